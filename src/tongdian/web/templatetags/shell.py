"""Template tags of the shell, there in every template without loading."""

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tongdian import spoken

register = template.Library()
ICONS = Path(__file__).resolve().parents[1] / "icons"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One of the Tabler icons in `web/icons`, drawn in the text's colour and hidden from readers.

    Its neighbour must say in words what it means.
    """
    return format_html('<svg class="icon {}" {}', css, mark_safe(_drawing(name)))  # noqa: S308


@cache
def _drawing(name: str) -> str:
    attributes = 'aria-hidden="true" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    _, _, shapes = (ICONS / f"{name}.svg").read_text().partition(">")
    return f"{attributes}>{' '.join(shapes.split())}"


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is a single box to tick."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's control in the shell's style, marked when it has an error."""
    if field.field.widget.attrs.get("placeholder") == field.label:
        del field.field.widget.attrs["placeholder"]  # the label says it already
    if isinstance(field.field.widget, CheckboxInput):
        css = "form-check-input"
    elif isinstance(field.field.widget, RadioSelect):
        css = "choices"  # a frame of its own hides which is chosen
    else:
        css = "form-select" if isinstance(field.field.widget, Select) else "form-control"
    return field.as_widget(attrs={"class": f"{css} is-invalid" if field.errors else css})


@register.simple_tag
def days(first: dt.date, last: dt.date | None) -> str:
    """A period as people read it, its last day included: 2026-10-01 – 2026-10-31."""
    return spoken.days(first, last)


@register.filter
def eve(day: dt.date) -> dt.date:
    """The last day of a period that ends before a day."""
    return day - dt.timedelta(days=1)


@register.filter
def chart_rows(chart: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """The numbers of a chart row by row: its label, and what each series has there."""
    values = zip(*(counts for _name, counts in chart["series"]), strict=True)
    return [(label, list(row)) for label, row in zip(chart["labels"], values, strict=True)]


@register.filter
def plain(number: Decimal | None) -> str:
    """A number without exponent and idle zeros: 12.50 → 12.5; nothing for none, so that |default says so."""
    return "" if number is None else spoken.plain(number)
