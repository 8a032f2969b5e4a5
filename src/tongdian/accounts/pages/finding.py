"""Billing accounts and receipts, for the shell's search."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from tongdian.accounts import queries
from tongdian.accounts.queries.numbered import numbers_meant
from tongdian.money import format_yuan
from tongdian.parties.queries import shown_name
from tongdian.shell.search import Hit

SHOWN = 10


def found_by_number(request: HttpRequest, wanted: str) -> list[tuple[str, list[Hit]]]:
    """The billing accounts and receipts of a number, or of the last digits of one."""
    if not request.user.has_perm("accounts.read"):
        return []
    viewer, year = request.user, timezone.localdate().year
    accounts = queries.billing_accounts(viewer).filter(number__in=numbers_meant(viewer, wanted, "J"))
    numbers = numbers_meant(viewer, wanted, "S", years=(year, year - 1))
    receipts = queries.receipts(viewer).filter(number__in=numbers)
    return [
        (
            gettext("Billing accounts"),
            [
                Hit(
                    f"{one.number} {shown_name(viewer, one.customer)}",
                    reverse("money-account", args=[one.pk]),
                    f"{one.place.name} · {one.organisation.shown_name}",
                )
                for one in accounts.order_by("number")[:SHOWN]
            ],
        ),
        (
            gettext("Receipts"),
            [
                Hit(
                    f"{one.number} {format_yuan(one.fen)}",
                    reverse("receipt", args=[one.pk]),
                    f"{one.on} · {shown_name(viewer, one.account.customer)}",
                )
                for one in receipts.order_by("-on")[:SHOWN]
            ],
        ),
    ]
