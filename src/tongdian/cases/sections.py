"""What a case's page shows besides the case itself, which higher areas fill.

A section is a template and a function from the request and the case to its context, or to None
for "nothing to show":

    add_case_section("connections/of_case.html", of_case, order=10)
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest

from tongdian.cases.models import Case

Fill = Callable[[HttpRequest, Case], dict[str, Any] | None]


class Section(NamedTuple):
    """One part of a case's page."""

    order: int
    template: str
    fill: Fill


_sections: list[Section] = []


def add_case_section(template: str, fill: Fill, order: int) -> None:
    """Put a section on every case's page."""
    _sections.append(Section(order, template, fill))


def case_sections(request: HttpRequest, case: Case) -> list[tuple[str, dict[str, Any]]]:
    """The template and context of every section that has something to show, in order."""
    ordered = sorted(_sections, key=lambda section: section.order)
    filled = ((section.template, section.fill(request, case)) for section in ordered)
    return [(template, context) for template, context in filled if context is not None]
