"""What became of bills at the counter: what the ledger still leaves open of each, and by what it was paid."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from tongdian.accounts.models import Debt, Receipt, Transfer
from tongdian.accounts.queries import open_debts_of
from tongdian.accounts.rules import LedgerKind
from tongdian.billing.models import Bill


@dataclass(frozen=True, slots=True)
class BillStanding:
    """What a bill asked for and what is open of it, in fen, on a day."""

    asked: int
    left: int
    due_on: dt.date
    on: dt.date

    @property
    def is_of_nothing(self) -> bool:
        """Whether it asked for nothing."""
        return self.asked == 0

    @property
    def is_late(self) -> bool:
        """Whether something is open after its last day."""
        return self.left > 0 and self.due_on < self.on


def standings_of(bills: Iterable[Bill], on: dt.date) -> dict[UUID, BillStanding]:
    """How each of the bills that count stands, by those: asked of the ledger once an organisation."""
    counting = [one for one in bills if not hasattr(one, "cancellation")]
    by_office: dict[UUID, list[Bill]] = defaultdict(list)
    for one in counting:
        by_office[one.organisation_id].append(one)
    left: dict[UUID, int] = defaultdict(int)
    for rows in by_office.values():
        owed = open_debts_of(rows[0].organisation, {one.account_id for one in rows})
        for debt in (debt for debts in owed.values() for debt in debts):
            if debt.debt.document is not None:
                left[debt.debt.document] += debt.fen
    return {
        one.pk: BillStanding(
            max(one.electricity_fen, 0) + max(one.water_fen, 0), max(left[one.pk], 0), one.due_on, on
        )
        for one in counting
    }


@dataclass(frozen=True, slots=True)
class BillPayment:
    """Something that paid a bill: the day, fen, and the receipt; none where it was prepaid or lodged before,
    or written off."""

    on: dt.date
    fen: int
    receipt: Receipt | None
    is_written_off: bool


def payments_of(bill: Bill) -> list[BillPayment]:
    """By what a bill was paid so far, in order; what was taken back is left out."""
    rows = Transfer.objects.filter(
        item__account=bill.account_id,
        item__document=bill.pk,
        credit__kind=LedgerKind.RECEIVABLE,
        posting__reverses=None,
        posting__reversed_by=None,
    ).select_related("posting__receipt", "debit")
    found: dict[UUID, BillPayment] = {}
    for row in rows.order_by("event_on", "id"):
        before = found.get(row.posting_id)
        found[row.posting_id] = BillPayment(
            row.event_on,
            row.fen + (before.fen if before else 0),
            getattr(row.posting, "receipt", None),
            row.debit.kind == LedgerKind.WRITTEN_OFF,
        )
    return list(found.values())


def bills_paid_by(receipt: Receipt) -> Sequence[Bill]:
    """The bills that a receipt paid, the oldest first."""
    paid = Debt.objects.filter(transfers__posting=receipt.posting_id, document__isnull=False)
    return list(Bill.objects.filter(pk__in=paid.values("document")).order_by("issued_on", "id"))
