"""Money as people write it."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def money(yuan: Decimal) -> str:
    """Two decimals, thousands apart, a true minus: −1,280.40."""
    return f"{yuan:,.2f}".replace("-", "−")
