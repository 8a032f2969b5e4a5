"""A bill that was wrong is cancelled and made again, and the customer pays or gets the difference.

Nothing of a bill is changed: what it posted is reversed, its days are open again, and a bill over the
same days takes its place. What was paid of it stays the customer's, and pays the new one. Bills of the
same tier year that come after it are calculated anew as well, as what was used before them changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from tongdian.accounts.actions.owing import set_off
from tongdian.accounts.actions.posting import reverse
from tongdian.audit_log.actions import record
from tongdian.billing import queries
from tongdian.billing.actions.billing import Billed, post_bills
from tongdian.billing.assessing import assess_supplies
from tongdian.billing.fields import BECAUSE, CORRECTION
from tongdian.billing.models import Bill, BillCancellation, BilledPeriod
from tongdian.billing.rating import Rated
from tongdian.billing.rules import (
    CORRECT,
    CancelledAlready,
    CorrectionReasonMissing,
    NothingDiffers,
    OtherThanForeseen,
    SupplyOutcome,
)
from tongdian.billing.supplies import OpenSupply
from tongdian.calendar import legal_day
from tongdian.money import fen_of_yuan, format_yuan
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action

PROGRAM = "program"


@action("cancel-bill", may=CORRECT, within="bill.organisation", fields=BECAUSE)
def cancel_bill(*, viewer: Any, bill: Bill, reason: str, at: dt.datetime) -> BillCancellation:
    """A bill counts no more; its days are open again. What was paid of it becomes the customer's
    prepayment. Raises NotAllowed, CorrectionReasonMissing, CancelledAlready, and what posting refuses."""
    gone = _cancelled(viewer, bill, reason, at)
    set_off(viewer=viewer, account=bill.account, on=legal_day(at), at=at, note=reason)
    return gone


@action("correct-bill", may=CORRECT, within="bill.organisation", fields=CORRECTION)
def correct_bill(
    *, viewer: Any, bill: Bill, reason: str, at: dt.datetime, expected: Decimal | None = None
) -> Bill:
    """Cancel a bill and bill its days anew, by the readings, meters and rules as they are now; with it
    the later bills of its tier year that come out differently. The bill that takes its place.

    `expected` is what it was foreseen to come to, in yuan. Raises NotAllowed, CorrectionReasonMissing,
    CancelledAlready, NothingDiffers, OtherThanForeseen, and why it cannot be billed now.
    """
    made = corrected(viewer, bill, reason, at)[0]
    if expected is not None and made.fen != fen_of_yuan(expected):
        raise OtherThanForeseen(expected=f"¥{expected:,.2f}", now=format_yuan(made.fen))
    return made


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a correction would come to: a bill, what it asks for, what the one in its place would, in fen."""

    bill: Bill
    was: int
    fen: int

    @property
    def more(self) -> int:
        """How much more is asked for; below nothing, given back."""
        return self.fen - self.was


def foreseen(bill: Bill, at: dt.datetime) -> list[Foreseen]:
    """What `correct_bill` would come to, the bill first, then the later ones that follow it: it is carried
    out and undone, so that nobody calculates it in a second way. Raises what `correct_bill` does."""
    with transaction.atomic():
        again = Bill.objects.select_related("organisation", "account").get(pk=bill.pk)  # left as it was given
        made = corrected(None, again, "—", at)
        found = [Foreseen(one.corrects, one.corrects.fen, one.fen) for one in made if one.corrects]
        transaction.set_rollback(True)
    return found


def corrected(viewer: Any, bill: Bill, reason: str, at: dt.datetime) -> list[Bill]:
    """As `correct_bill`, inside a deed that asked who may, or of the program itself (`viewer` none): all
    bills that were made anew."""
    if queries.is_cancelled(bill):
        raise CancelledAlready(number=bill.number, day=legal_day(bill.cancellation.at))
    fresh = rated_anew(bill, at)
    if not differs(bill, fresh):
        raise NothingDiffers(number=bill.number)
    made = [_replaced(viewer, bill, fresh, reason, at)]
    year = bill.ends.year
    later = Bill.objects.filter(account=bill.account, starts__gte=bill.ends, starts__year__lte=year)
    for one in later.filter(cancellation=None).select_related("organisation", "account").order_by("starts"):
        again = rated_anew(one, at)
        if differs(one, again):
            made.append(_replaced(viewer, one, again, reason, at))
    return made


def rated_anew(bill: Bill, at: dt.datetime) -> list[Rated]:
    """What a bill's days owe now. Raises what refuses them."""
    periods = BilledPeriod.objects.filter(bill=bill).order_by("id")
    supplies = [
        OpenSupply(one.agreement_id, one.period.lower, one.period.upper, is_between=True) for one in periods
    ]
    found = []
    for item in assess_supplies(supplies, since=bill.starts, at=at, is_demo=bill.is_demo):
        if item.outcome != SupplyOutcome.BILL or item.rated is None:
            raise _Refused(said=item.reason)
        found.append(item.rated)
    return found


def differs(bill: Bill, fresh: Sequence[Rated]) -> bool:
    """Whether a bill's days come out otherwise than it says."""
    stood = [
        (str(line.agreement_id), line.first_on, line.before, line.now, line.quantity, line.price, line.fen)
        for line in queries.lines(bill)
    ]
    now = [
        (str(rated.terms.id), line.segment.start, line.before, line.now, line.quantity, line.price, line.fen)
        for rated in fresh
        for line in rated.lines
    ]
    return stood != now


class _Refused(Refusal):
    """Why days that were billed cannot be billed now, as the work list says it."""

    def __init__(self, **facts: Any) -> None:
        said = facts["said"]
        self.reason = Words(said.get("zh", ""), said.get("en", ""))
        super().__init__(**facts)

    @property
    def words(self) -> Any:
        return self.reason


def _replaced(viewer: Any, bill: Bill, fresh: Sequence[Rated], reason: str, at: dt.datetime) -> Bill:
    _cancelled(viewer, bill, reason, at)
    on = legal_day(at)
    due_on = max(bill.due_on, on + (bill.due_on - bill.issued_on))
    (key,) = post_bills(
        viewer=viewer,
        organisation=bill.organisation,
        billed=[Billed(bill.account_id, tuple(fresh), corrects=bill.pk, reason=reason)],
        due_on=due_on,
        at=at,
        is_demo=bill.is_demo,
    )
    made = Bill.objects.select_related("organisation", "account", "corrects").get(pk=key)
    actor = getattr(viewer, "actor", PROGRAM)
    payload = {"reason": reason, "corrects": bill.number, "more_fen": made.fen - bill.fen}
    record(actor=actor, action="replace-bill", subject=made.audit_subject, payload=payload, at=at)
    return made


def _cancelled(viewer: Any, bill: Bill, reason: str, at: dt.datetime) -> BillCancellation:
    if not reason.strip():
        raise CorrectionReasonMissing
    if BillCancellation.objects.filter(bill=bill).exists():
        raise CancelledAlready(number=bill.number, day=legal_day(bill.cancellation.at))
    posting = None
    if bill.posting is not None:
        posting = reverse(viewer=viewer, posting=bill.posting, on=legal_day(at), at=at, note=reason)
    gone = BillCancellation.objects.create(
        organisation_id=bill.organisation_id,
        bill=bill,
        posting=posting,
        reason=reason,
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
    BilledPeriod.objects.filter(bill=bill).update(is_cancelled=True)
    return gone
