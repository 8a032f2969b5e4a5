"""What a place's page shows besides the network itself, which higher areas fill.

A section is a template and a function from the request and the place to its context, or to None
for "nothing to show":

    add_place_section("agreements/at_place.html", agreements_at, order=10)
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest

from tongdian.network.models import Place

Fill = Callable[[HttpRequest, Place], dict[str, Any] | None]


class Section(NamedTuple):
    """One part of a place's page."""

    order: int
    template: str
    fill: Fill


_sections: list[Section] = []


def add_place_section(template: str, fill: Fill, order: int) -> None:
    """Put a section on every place's page."""
    _sections.append(Section(order, template, fill))


def place_sections(request: HttpRequest, place: Place) -> list[tuple[str, dict[str, Any]]]:
    """The template and context of every section that has something to show, in order."""
    ordered = sorted(_sections, key=lambda section: section.order)
    filled = ((section.template, section.fill(request, place)) for section in ordered)
    return [(template, context) for template, context in filled if context is not None]
