"""Bills are posted in one way, whoever asks: number, lines, days, debts and transfers together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, models
from psycopg.types.range import DateRange

from tongdian.accounts.actions.owing import INCOME, set_off
from tongdian.accounts.actions.posting import Movement, NewPosting, account_of, accounts_of, post_all
from tongdian.accounts.models import BillingAccount, Debt, LimitedBalance
from tongdian.accounts.rules import LedgerKind, TransferReason
from tongdian.billing.assessing import hash_of
from tongdian.billing.models import Bill, BilledPeriod, BillingRun, BillLine
from tongdian.billing.rating import Rated, RatedLine
from tongdian.billing.rules import BilledAlready
from tongdian.calendar import legal_day
from tongdian.identifiers import uuid7
from tongdian.metering.rules import A_DAY
from tongdian.parties.actions.numbering import next_numbers
from tongdian.parties.models import Organisation
from tongdian.questions import insert_rows
from tongdian.spoken import days

SUBJECTS = {"power": Debt.Subject.ELECTRICITY, "water": Debt.Subject.WATER}
TITLES = {"power": {"zh": "电费", "en": "Electricity"}, "water": {"zh": "水费", "en": "Water"}}


@dataclass(frozen=True, slots=True)
class Billed:
    """What one bill asks for: supplies of one billing account."""

    account: UUID
    supplies: tuple[Rated, ...]
    corrects: UUID | None = None
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class NewLine:
    """A row of BillLine."""

    issued_on: dt.date
    bill_id: UUID
    position: int
    organisation_id: UUID
    agreement_id: UUID
    utility: str
    meter: str
    first_on: dt.date
    last_on: dt.date
    before: Decimal | None
    now: Decimal | None
    multiplier: Decimal
    notes: list[str]
    title: dict[str, str]
    quantity: Decimal | None
    price: Decimal | None
    fen: int
    cite: list[str]
    is_example: bool


@dataclass(slots=True, kw_only=True)
class NewBill:
    """A row of Bill, before it is written; a run has thousands of them, and instances of the model would cost
    more than all else."""

    id: UUID
    organisation_id: UUID
    number: str
    account_id: UUID
    run_id: UUID | None
    starts: dt.date
    ends: dt.date
    issued_on: dt.date
    due_on: dt.date
    fen: int
    electricity_fen: int
    water_fen: int
    parts: list[dict[str, Any]]
    corrects_id: UUID | None
    reason: str
    is_example: bool
    is_demo: bool
    at: dt.datetime
    by_id: Any
    hash: str = ""
    posting_id: UUID | None = None

    @property
    def fen_of(self) -> dict[str, int]:
        """What it asks for of each utility."""
        return {"power": self.electricity_fen, "water": self.water_fen}


_BILL, _LINE = tuple(NewBill.__slots__), tuple(NewLine.__slots__)
_PERIOD = ("organisation_id", "agreement_id", "service", "period", "bill_id", "is_cancelled")


def post_bills(
    *,
    viewer: Any,
    organisation: Organisation,
    billed: Sequence[Billed],
    due_on: dt.date,
    at: dt.datetime,
    run: BillingRun | None = None,
    is_demo: bool = False,
) -> list[UUID]:
    """Post bills, in the transaction of who asks: their keys. Their numbers are drawn together and have no gap.

    Raises BilledAlready, and what posting refuses.
    """
    if not billed:
        return []
    on = legal_day(at)
    numbers = next_numbers(organisation, "bill", year=on.year, count=len(billed))
    make_month(on)
    bills: list[NewBill] = []
    lines: list[NewLine] = []
    for number, one in zip(numbers, billed, strict=True):
        bill = _bill(
            one,
            number=f"{organisation.short}-Z{on.year}-{number:06d}",
            organisation_id=organisation.pk,
            run_id=run.pk if run else None,
            issued_on=on,
            due_on=due_on,
            is_demo=is_demo,
            at=at,
            by_id=getattr(viewer, "pk", None),
        )
        made = _lines(bill, one.supplies)
        bill.hash = bill_hash(bill, made)
        bills.append(bill)
        lines += made
    _post(viewer, organisation, list(zip(bills, billed, strict=True)), on=on, at=at)
    insert_rows(Bill, _BILL, map(attrgetter(*_BILL), bills))
    insert_rows(BillLine, _LINE, map(attrgetter(*_LINE), lines))
    _insert_periods(list(zip(bills, billed, strict=True)))
    _pay_from_prepayments(viewer, bills, at)
    return [bill.id for bill in bills]


def make_month(on: dt.date) -> None:
    """Have the partition of a day's lines there."""
    with connection.cursor() as cursor:
        cursor.execute("select billing_make_month(%s)", [on])


def bill_hash(bill: NewBill, lines: Sequence[NewLine]) -> str:
    """SHA-256 over all that a bill says: the same from its rows, its page and its paper."""
    return hash_of(
        [
            bill.number,
            str(bill.account_id),
            bill.starts,
            bill.ends,
            bill.issued_on,
            bill.due_on,
            bill.fen,
            bill.parts,
            [
                [line.position, line.utility, line.meter, line.first_on, line.last_on,
                 _plain(line.quantity), _plain(line.price), line.fen]
                for line in lines
            ],
        ]
    )  # fmt: skip


def _plain(value: Any) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _bill(one: Billed, **given: Any) -> NewBill:
    fen = {
        utility: sum(rated.fen for rated in one.supplies if rated.terms.utility == utility)
        for utility in SUBJECTS
    }
    return NewBill(
        id=uuid7(),
        account_id=one.account,
        starts=min(rated.starts for rated in one.supplies),
        ends=max(rated.ends for rated in one.supplies),
        fen=sum(fen.values()),
        electricity_fen=fen["power"],
        water_fen=fen["water"],
        parts=[
            {"agreement": str(rated.terms.id), **part.said, "taken": dict(part.taken)}
            for rated in one.supplies
            for part in rated.parts
        ],
        corrects_id=one.corrects,
        reason=one.reason,
        is_example=any(line.is_example for rated in one.supplies for line in rated.lines),
        **given,
    )


def _lines(bill: NewBill, supplies: Sequence[Rated]) -> list[NewLine]:
    both = [(rated, line) for rated in supplies for line in rated.lines]
    return [_line(bill, position, rated, line) for position, (rated, line) in enumerate(both)]


def _line(bill: NewBill, position: int, rated: Rated, line: RatedLine) -> NewLine:
    return NewLine(
        issued_on=bill.issued_on,
        bill_id=bill.id,
        position=position,
        organisation_id=bill.organisation_id,
        agreement_id=rated.terms.id,
        utility=rated.terms.utility,
        meter=line.meter,
        first_on=line.segment.start,
        last_on=line.segment.end - A_DAY,
        before=line.before,
        now=line.now,
        multiplier=line.multiplier,
        notes=list(line.notes),
        title={"zh": line.title[0], "en": line.title[1]},
        quantity=line.quantity,
        price=line.price,
        fen=line.fen,
        cite=list(line.cite),
        is_example=line.is_example,
    )


def _post(
    viewer: Any,
    organisation: Organisation,
    bills: Sequence[tuple[NewBill, Billed]],
    *,
    on: dt.date,
    at: dt.datetime,
) -> None:
    """What bills owe goes to the receivables, what they give back to the prepayments; a bill of nothing
    is a bill, and posts nothing."""
    income = {
        utility: account_of(organisation, INCOME[subject][0]).pk for utility, subject in SUBJECTS.items()
    }
    owing = {bill.account_id for bill, _ in bills if max(bill.fen_of.values()) > 0}
    given = {bill.account_id for bill, _ in bills if min(bill.fen_of.values()) < 0}
    owed = accounts_of(organisation, LedgerKind.RECEIVABLE, owing)
    kept = accounts_of(organisation, LedgerKind.PREPAYMENT, given)
    entries = []
    for bill, one in bills:
        moves, debts = [], []
        for utility, part in bill.fen_of.items():
            if part > 0:
                debt = _debt(bill, one, utility, part)
                debts.append(debt)
                moves.append(
                    Movement(owed[bill.account_id], income[utility], part, TransferReason.BILL, debt.id)
                )
            elif part < 0:
                moves.append(Movement(income[utility], kept[bill.account_id], -part, TransferReason.BILL))
        if moves:
            entries.append((bill, NewPosting(moves=moves, key=f"bill {bill.number}", debts=debts)))
    postings = post_all(
        viewer=viewer, organisation=organisation, entries=[entry for _, entry in entries], on=on, at=at
    )
    for (bill, _), posting in zip(entries, postings, strict=True):
        bill.posting_id = posting.pk


def _debt(bill: NewBill, one: Billed, utility: str, fen: int) -> Debt:
    titles = TITLES[utility].items()
    return Debt(
        id=uuid7(),
        account_id=bill.account_id,
        subject=SUBJECTS[utility],
        title={language: f"{title} {days(bill.starts, bill.ends - A_DAY)}" for language, title in titles},
        document=bill.id,
        fen=fen,
        due_on=bill.due_on,
        cite=one.supplies[0].parts[0].cite[0],
    )


def _pay_from_prepayments(viewer: Any, bills: Sequence[NewBill], at: dt.datetime) -> None:
    """What a customer prepaid, or had paid of a bill that counts no more, pays the new one."""
    prepaid = LimitedBalance.objects.filter(
        account__holder__in=[bill.account_id for bill in bills],
        account__kind=LedgerKind.PREPAYMENT,
        fen__gt=models.F("held"),
    )
    wanted = set(prepaid.values_list("account__holder", flat=True))
    wanted |= {bill.account_id for bill in bills if bill.corrects_id is not None}
    accounts = BillingAccount.objects.select_related("organisation").in_bulk(wanted)
    for pk in sorted(wanted):  # in one order, or two that pay would wait for each other
        set_off(viewer=viewer, account=accounts[pk], on=legal_day(at), at=at)


def _insert_periods(bills: Sequence[tuple[NewBill, Billed]]) -> None:
    of_supplies = [(bill, rated) for bill, one in bills for rated in one.supplies]
    try:
        insert_rows(
            BilledPeriod,
            _PERIOD,
            (
                (
                    bill.organisation_id,
                    rated.terms.id,
                    rated.terms.utility,
                    DateRange(rated.starts, rated.ends),
                    bill.id,
                    False,
                )
                for bill, rated in of_supplies
            ),
        )
    except IntegrityError as refused:
        name = getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None) or ""
        if name != "days_of_a_service_are_billed_once":
            raise
        _, first = of_supplies[0]
        raise BilledAlready(
            agreement=first.terms.number, first=first.starts, last=first.ends, number="—"
        ) from refused
