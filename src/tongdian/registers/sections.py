"""What a page shows besides its own, which higher areas fill.

    place_sections = Sections()
    place_sections.add("agreements/at_place.html", agreements_at, order=10)

A section is a template and a function from the request and the thing to its context, or to None for
"nothing to show".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

Fill = Callable[[HttpRequest, Any], dict[str, Any] | None]


class Sections:
    """The parts of one page that other areas bring."""

    def __init__(self) -> None:
        self._sections: list[tuple[int, str, Fill]] = []

    def add(self, template: str, fill: Fill, order: int) -> None:
        """Put a section on every page of the sort."""
        self._sections.append((order, template, fill))

    def of(self, request: HttpRequest, thing: Any) -> list[tuple[str, dict[str, Any]]]:
        """The template and context of every section that has something to show, in order."""
        ordered = sorted(self._sections, key=lambda one: one[0])
        filled = ((template, fill(request, thing)) for _order, template, fill in ordered)
        return [(template, context) for template, context in filled if context is not None]
