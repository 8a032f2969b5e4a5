"""Bills are posted in one way, whoever asks: number, lines, days, debts and transfers together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, models

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
from tongdian.questions import insert_many
from tongdian.spoken import days

SUBJECTS = {"power": Debt.Subject.ELECTRICITY, "water": Debt.Subject.WATER}
TITLES = {"power": {"zh": "电费", "en": "Electricity"}, "water": {"zh": "水费", "en": "Water"}}


@dataclass(frozen=True, slots=True)
class Billed:
    """What one bill asks for: supplies of one billing account."""

    account: UUID
    supplies: tuple[Rated, ...]
    corrects: Bill | None = None
    reason: str = ""


def post_bills(
    *,
    viewer: Any,
    organisation: Organisation,
    billed: Sequence[Billed],
    due_on: dt.date,
    at: dt.datetime,
    run: BillingRun | None = None,
    is_demo: bool = False,
) -> list[Bill]:
    """Post bills, in the transaction of who asks. Their numbers are drawn together and have no gap.

    Raises BilledAlready, and what posting refuses.
    """
    if not billed:
        return []
    on = legal_day(at)
    numbers = next_numbers(organisation, "bill", year=on.year, count=len(billed))
    accounts = BillingAccount.objects.select_related("organisation").in_bulk([one.account for one in billed])
    make_month(on)
    bills: list[Bill] = []
    lines: list[BillLine] = []
    periods: list[BilledPeriod] = []
    for number, one in zip(numbers, billed, strict=True):
        bill = _bill(f"{organisation.short}-Z{on.year}-{number:06d}", one, on=on, due_on=due_on, at=at)
        bill.organisation, bill.account, bill.run = organisation, accounts[one.account], run
        bill.is_demo, bill.by_id = is_demo, getattr(viewer, "pk", None)
        made = _lines(bill, one.supplies)
        bill.hash = bill_hash(bill, made)
        bills.append(bill)
        lines += made
        periods += [
            BilledPeriod(
                organisation=organisation,
                agreement=rated.agreement,
                service=rated.agreement.usage_point.utility,
                period=(rated.starts, rated.ends),
                bill=bill,
            )
            for rated in one.supplies
        ]
    _post(viewer, organisation, list(zip(bills, billed, strict=True)), on=on, at=at)
    insert_many(bills)
    insert_many(lines)
    _insert_periods(periods)
    _pay_from_prepayments(viewer, bills, at)
    return bills


def make_month(on: dt.date) -> None:
    """Have the partition of a day's lines there."""
    with connection.cursor() as cursor:
        cursor.execute("select billing_make_month(%s)", [on])


def bill_hash(bill: Bill, lines: Sequence[BillLine]) -> str:
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


def _bill(number: str, one: Billed, *, on: dt.date, due_on: dt.date, at: dt.datetime) -> Bill:
    fen = {
        utility: sum(r.fen for r in one.supplies if r.agreement.usage_point.utility == utility)
        for utility in SUBJECTS
    }
    return Bill(
        id=uuid7(),
        number=number,
        starts=min(rated.starts for rated in one.supplies),
        ends=max(rated.ends for rated in one.supplies),
        issued_on=on,
        due_on=due_on,
        fen=sum(fen.values()),
        electricity_fen=fen["power"],
        water_fen=fen["water"],
        parts=[
            {"agreement": str(rated.agreement.pk), **part.said, "taken": dict(part.answer.interpretations)}
            for rated in one.supplies
            for part in rated.parts
        ],
        corrects=one.corrects,
        reason=one.reason,
        is_example=any(line.is_example for rated in one.supplies for line in rated.lines),
        at=at,
    )


def _lines(bill: Bill, supplies: Sequence[Rated]) -> list[BillLine]:
    both = [(rated, line) for rated in supplies for line in rated.lines]
    return [_line(bill, position, rated, line) for position, (rated, line) in enumerate(both)]


def _line(bill: Bill, position: int, rated: Rated, line: RatedLine) -> BillLine:
    return BillLine(
        issued_on=bill.issued_on,
        bill=bill,
        position=position,
        organisation_id=bill.organisation_id,
        agreement=rated.agreement,
        utility=rated.agreement.usage_point.utility,
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
    bills: Sequence[tuple[Bill, Billed]],
    *,
    on: dt.date,
    at: dt.datetime,
) -> None:
    """What bills owe goes to the receivables, what they give back to the prepayments; a bill of nothing
    is a bill, and posts nothing."""
    income = {utility: account_of(organisation, INCOME[subject][0]) for utility, subject in SUBJECTS.items()}
    asked = [(bill, one, fen) for bill, one in bills for fen in [_fen_of(bill)]]
    owing = {bill.account_id for bill, _, fen in asked if max(fen.values()) > 0}
    given = {bill.account_id for bill, _, fen in asked if min(fen.values()) < 0}
    owed = accounts_of(organisation, LedgerKind.RECEIVABLE, owing)
    kept = accounts_of(organisation, LedgerKind.PREPAYMENT, given)
    entries = []
    for bill, one, fen in asked:
        moves, debts = [], []
        for utility, part in fen.items():
            if part > 0:
                debt = _debt(bill, one, utility, part)
                debts.append(debt)
                moves.append(
                    Movement(owed[bill.account_id].pk, income[utility].pk, part, TransferReason.BILL, debt.id)
                )
            elif part < 0:
                giver, taker = income[utility].pk, kept[bill.account_id].pk
                moves.append(Movement(giver, taker, -part, TransferReason.BILL))
        if moves:
            entries.append((bill, NewPosting(moves=moves, key=f"bill {bill.number}", debts=debts)))
    postings = post_all(
        viewer=viewer, organisation=organisation, entries=[entry for _, entry in entries], on=on, at=at
    )
    for (bill, _), posting in zip(entries, postings, strict=True):
        bill.posting = posting


def _fen_of(bill: Bill) -> dict[str, int]:
    return {"power": bill.electricity_fen, "water": bill.water_fen}


def _debt(bill: Bill, one: Billed, utility: str, fen: int) -> Debt:
    titles = TITLES[utility].items()
    return Debt(
        id=uuid7(),
        account=bill.account,
        subject=SUBJECTS[utility],
        title={language: f"{title} {days(bill.starts, bill.last_on)}" for language, title in titles},
        document=bill.id,
        fen=fen,
        due_on=bill.due_on,
        cite=one.supplies[0].parts[0].answer.cite[0],
    )


def _pay_from_prepayments(viewer: Any, bills: Sequence[Bill], at: dt.datetime) -> None:
    """What a customer prepaid, or had paid of a bill that counts no more, pays the new one."""
    accounts = {bill.account_id: bill.account for bill in bills}
    prepaid = LimitedBalance.objects.filter(
        account__holder__in=accounts, account__kind=LedgerKind.PREPAYMENT, fen__gt=models.F("held")
    )
    wanted = set(prepaid.values_list("account__holder", flat=True))
    wanted |= {bill.account_id for bill in bills if bill.corrects_id is not None}
    for pk in sorted(wanted):  # in one order, or two that pay would wait for each other
        set_off(viewer=viewer, account=accounts[pk], on=legal_day(at), at=at)


def _insert_periods(periods: Sequence[BilledPeriod]) -> None:
    try:
        insert_many(periods)
    except IntegrityError as refused:
        name = getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None) or ""
        if name != "days_of_a_service_are_billed_once":
            raise
        first = periods[0]
        raise BilledAlready(
            agreement=first.agreement.number, first=first.period[0], last=first.period[1], number="—"
        ) from refused
