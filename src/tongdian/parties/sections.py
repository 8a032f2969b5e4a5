"""What a customer's page shows besides the customer, which higher areas fill.

A section is a template and a function from the request and the customer to its context, or to None
for "nothing to show":

    add_customer_section("agreements/of_customer.html", agreements_of, order=10)
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest

from tongdian.parties.models import Customer

Fill = Callable[[HttpRequest, Customer], dict[str, Any] | None]


class Section(NamedTuple):
    """One part of a customer's page."""

    order: int
    template: str
    fill: Fill


_sections: list[Section] = []


def add_customer_section(template: str, fill: Fill, order: int) -> None:
    """Put a section on every customer's page."""
    _sections.append(Section(order, template, fill))


def customer_sections(request: HttpRequest, customer: Customer) -> list[tuple[str, dict[str, Any]]]:
    """The template and context of every section that has something to show, in order."""
    ordered = sorted(_sections, key=lambda section: section.order)
    filled = ((section.template, section.fill(request, customer)) for section in ordered)
    return [(template, context) for template, context in filled if context is not None]
