"""What a case of the process brings about in an agreement; the customer is told.

师政后勤〔2016〕4号 10(2) lets an agreement end after final readings and settlement, which its case
takes down; 10(1) and 10(3) let it be renamed and its terms change so. No page and no program reaches
these without the case; where there is no case, see proposing.py.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction

from tongdian.agreements.actions.agreeing import (
    follow,
    must_be_free,
    record_deed,
    set_end,
    still_standing,
    terms_to_follow,
)
from tongdian.agreements.actions.telling import tell_of_change, tell_of_end
from tongdian.agreements.models import Agreement
from tongdian.agreements.rules import EndedAlready, EndsBeforeItBegins, NotEnded
from tongdian.bounded_days import checked, end_after
from tongdian.parties.models import Customer, since


@transaction.atomic
def end_by_case(
    *, viewer: Any, agreement: Agreement, last_on: dt.date, case: str, at: dt.datetime, tells: bool = True
) -> Agreement:
    """Let an agreement end with a day, which is its last, in the case of that number.

    Raises NotAllowed, EndsBeforeItBegins, EndedAlready, WasFollowed.
    """
    agreement = still_standing(viewer, agreement)
    must_fit_to_end(agreement, last_on)
    ended = set_end(viewer, agreement, last_on, case, at)
    if tells:
        tell_of_end(ended, reason=case, at=at)
    return ended


@transaction.atomic
def reopen_by_case(*, viewer: Any, agreement: Agreement, case: str, at: dt.datetime) -> Agreement:
    """Take an end back, since the stage of the case that brought it was returned.

    Raises NotAllowed, NotEnded, WasFollowed, AgreementStands.
    """
    agreement = still_standing(viewer, agreement)
    agreement = run_on(viewer, must_fit_to_reopen(agreement, None), case, at)
    tell_of_change(agreement, reason=case, at=at)
    return agreement


@transaction.atomic
def transfer_by_case(
    *,
    viewer: Any,
    agreement: Agreement,
    customer: Customer,
    first_on: dt.date,
    case: str,
    at: dt.datetime,
    tells: bool = True,
) -> Agreement:
    """Another customer takes the supply over from a day on, without a gap (过户、更名).

    Raises NotAllowed, NotInForceThen, NothingBefore, NothingChanges, WasFollowed,
    CustomerOfOthers, UnknownCategory.
    """
    return _follow_by_case(viewer, agreement, first_on, case, at, tells, customer=customer)


@transaction.atomic
def change_by_case(
    *,
    viewer: Any,
    agreement: Agreement,
    from_on: dt.date,
    case: str,
    at: dt.datetime,
    price_category: str | None = None,
    capacity_kw: Decimal | None = None,
    tells: bool = True,
) -> Agreement:
    """Another price category or capacity from the day of the case on.

    Raises NotAllowed, NotInForceThen, NothingBefore, NothingChanges, WasFollowed,
    UnknownCategory, NotEnoughCapacity.
    """
    return _follow_by_case(
        viewer, agreement, from_on, case, at, tells, price_category=price_category, capacity_kw=capacity_kw
    )


def _follow_by_case(
    viewer: Any,
    agreement: Agreement,
    first_on: dt.date,
    case: str,
    at: dt.datetime,
    tells: bool,
    **given: Any,
) -> Agreement:
    agreement = still_standing(viewer, agreement)
    new = terms_to_follow(agreement, first_on, **given)
    made = follow(viewer, agreement, first_on, reason=case, at=at, **new)
    if tells:
        tell_of_follower(agreement, made, reason=case, at=at)
    return made


def tell_of_follower(former: Agreement, made: Agreement, *, reason: str, at: dt.datetime) -> None:
    """Tell the customer whose agreement goes on otherwise, or both where another takes it over."""
    if made.customer != former.customer:
        tell_of_end(former, reason=reason, at=at)
    tell_of_change(made, reason=reason, at=at)


def must_fit_to_end(agreement: Agreement, last_on: dt.date) -> None:
    """Raise EndsBeforeItBegins or EndedAlready where it cannot end with that day."""
    if checked(last_on) < agreement.first_on:
        raise EndsBeforeItBegins(first=agreement.first_on, last=last_on)
    if agreement.last_on is not None and agreement.last_on <= last_on:
        raise EndedAlready(number=agreement.number, day=agreement.last_on)


def must_fit_to_reopen(agreement: Agreement, last_on: dt.date | None) -> Agreement:
    """The agreement as it would run on, unsaved: open, or to a later last day.

    Raises NotEnded, AgreementStands.
    """
    if agreement.last_on is None or (last_on is not None and checked(last_on) <= agreement.last_on):
        raise NotEnded(number=agreement.number)
    agreement.in_force = since(agreement.first_on, end_after(last_on))
    must_be_free(agreement)
    return agreement


def run_on(viewer: Any, agreement: Agreement, reason: str, at: dt.datetime) -> Agreement:
    """Write that an agreement runs on, which was found to be lawful."""
    agreement.end_reason = ""
    agreement.save(update_fields=["in_force", "end_reason"])
    record_deed(
        viewer, "reopen-agreement", agreement, at, last_on=str(agreement.last_on or ""), reason=reason
    )
    return agreement
