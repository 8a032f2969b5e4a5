"""Numbers as people write them."""

from decimal import Decimal

from django import template

from tongdian.network import rules

register = template.Library()


@register.filter
def plain(number: Decimal) -> str:
    """No exponent and no idle zeros: 12.50 → 12.5."""
    return rules.plain(number)
