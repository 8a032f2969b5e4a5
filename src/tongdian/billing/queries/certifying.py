"""What is billed of the days that a certificate speaks of (48)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tongdian.agreements.models import Agreement
from tongdian.billing.models import Bill
from tongdian.billing.queries import bills_here
from tongdian.billing.supplies import open_supplies
from tongdian.cases.models import Case
from tongdian.metering.rules import A_DAY


@dataclass(frozen=True, slots=True)
class Unbilled:
    """The first day of supply without a bill, of which agreement, and up to which day everything is billed."""

    agreement: str
    day: dt.date
    through: dt.date


def first_unbilled(case: Case, scope: str, first: dt.date, last: dt.date) -> Unbilled | None:
    """The first day from a day to a day (both included) on which the customer of a case was supplied and
    that no bill has: at its place, or with a scope of `customer` anywhere. None where an office bills
    elsewhere."""
    if case.customer_id is None or not bills_here(case.organisation):
        return None
    rows = Agreement.objects.filter(customer=case.customer_id, organisation=case.organisation_id)
    if scope != "customer":
        rows = rows.filter(usage_point__place__ancestors__contains=[case.place_id])
    numbers = dict(rows.values_list("pk", "number"))
    if not numbers:
        return None
    days = open_supplies(case.organisation, until=last + A_DAY, only=list(numbers))
    open_then = [one for one in days if one.ends > first]
    if not open_then:
        return None
    earliest = min(open_then, key=lambda one: one.starts)
    return Unbilled(str(numbers[earliest.agreement]), earliest.starts, earliest.starts - A_DAY)


def billed_for(case: Case, scope: str, first: dt.date, last: dt.date) -> int | None:
    """Fen of the bills whose last day is from a day to a day (both included), of the scope of
    `first_unbilled`; a bill counts once over times that follow each other. None where there is no bill."""
    rows = Bill.objects.filter(account__customer=case.customer_id, organisation=case.organisation_id)
    if scope != "customer":
        rows = rows.filter(account__place__ancestors__contains=[case.place_id])
    if not rows.exists():
        return None
    counted = rows.filter(cancellation=None, ends__gt=first, ends__lte=last + A_DAY)
    return sum(counted.values_list("fen", flat=True))
