"""The home page's sections, which areas fill.

A section is a template and a function from the request to its context, or to None for "not for
this viewer":

    add_section("rulebook/home.html", coverage_at_a_glance, order=10)

A figure is how many of something wait for this viewer, and where they are; all figures of all areas are
counted in one question:

    add_figure("bills/objections/", _("Objections"), open_objections, order=3)
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from tongdian.questions import counts

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


class HomeFigure(NamedTuple):
    """What waits: `rows` gives it for a viewer on a day, None for who has nothing to do with it."""

    order: int
    url_name: str
    title: Any
    rows: Callable[[Any, dt.date], QuerySet[Any] | None]
    within: str = ""  # what the address asks beside: ?standing=verify, #to-accept


_figures: list[HomeFigure] = []


def add_figure(
    url_name: str,
    title: Any,
    rows: Callable[[Any, dt.date], QuerySet[Any] | None],
    *,
    order: int,
    within: str = "",
) -> None:
    """Count something on the home page of who it waits for."""
    _figures.append(HomeFigure(order, url_name, title, rows, within))


def waiting(viewer: Any, today: dt.date) -> list[tuple[Any, str, int]]:
    """What waits for this viewer: its title, where it is, how many. What nothing waits of is left out."""
    asked = sorted(_figures, key=_order)
    rows = {str(at): found for at, one in enumerate(asked) if (found := one.rows(viewer, today)) is not None}
    many = counts(rows) if rows else {}
    return [
        (one.title, reverse(one.url_name) + one.within, many[str(at)])
        for at, one in enumerate(asked)
        if many.get(str(at))
    ]


def _order(one: Section | HomeFigure) -> int:
    return one.order
