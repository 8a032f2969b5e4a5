"""The home page's sections, which areas fill.

A section is a template and a function from the request to its context, or to None for "not for
this viewer":

    add_section("rulebook/home.html", coverage_at_a_glance, order=10)
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest

Fill = Callable[[HttpRequest], dict[str, Any] | None]


class Section(NamedTuple):
    """One part of the home page."""

    order: int
    template: str
    fill: Fill


_sections: list[Section] = []


def add_section(template: str, fill: Fill, *, order: int) -> None:
    """Put a section on the home page."""
    _sections.append(Section(order, template, fill))


def home_sections(request: HttpRequest) -> list[tuple[str, dict[str, Any]]]:
    """The template and context of every section that is for this viewer, in order."""
    filled = ((section, section.fill(request)) for section in sorted(_sections, key=_order))
    return [(section.template, context) for section, context in filled if context is not None]


def _order(section: Section) -> int:
    return section.order
