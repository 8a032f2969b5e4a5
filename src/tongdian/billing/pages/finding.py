"""Bills, for the shell's search."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.accounts.queries.numbered import numbers_meant
from tongdian.billing import queries
from tongdian.money import format_yuan
from tongdian.parties.queries import shown_name
from tongdian.shell.search import Hit
from tongdian.spoken import days

SHOWN = 10


def found_bills(request: HttpRequest, wanted: str) -> list[tuple[str, list[Hit]]]:
    """The bills of a number, or of the last digits of one."""
    if not request.user.has_perm("billing.read"):
        return []
    year = timezone.localdate().year
    numbers = numbers_meant(request.user, wanted, "Z", years=(year, year - 1))
    hits = [
        Hit(
            f"{one.number} {format_yuan(one.fen)}",
            reverse("bill", args=[one.pk]),
            f"{days(one.starts, one.last_on)} · {shown_name(request.user, one.account.customer)}",
        )
        for one in queries.bills(request.user).filter(number__in=numbers)[:SHOWN]
    ]
    return [(gettext("Bills so numbered"), hits)]
