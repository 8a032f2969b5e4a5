"""One customer's account on one page: what is there, what is owed and how old it is, what happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from tongdian import bounded_days
from tongdian.accounts.models import BillingAccount, Debt, LedgerAccount, Posting, Receipt, Transfer
from tongdian.accounts.queries import OpenDebt, balances, billing_accounts
from tongdian.accounts.rules import GROWS_BY_DEBIT, OF_A_CUSTOMER, LedgerKind
from tongdian.cases.models import Case, EffectRun
from tongdian.parties.models import Organisation
from tongdian.parties.queries import customers

# Days past the time limit, from which and up to which (inclusive).
AGES: tuple[tuple[int | None, int | None], ...] = (
    (None, 0),
    (1, 15),
    (16, 30),
    (31, 90),
    (91, 365),
    (366, None),
)
_OWED = """
select debt.id, sum(case when own.id = transfer.debit_id then transfer.fen else -transfer.fen end)::bigint
  from accounts_transfer transfer
  join accounts_debt debt on debt.id = transfer.item_id
  join accounts_ledgeraccount own
    on own.kind = 'receivable' and own.holder_id = debt.account_id
   and own.id in (transfer.debit_id, transfer.credit_id)
 where transfer.organisation_id = %(organisation)s and transfer.event_on <= %(on)s
 group by debt.id having sum(case when own.id = transfer.debit_id then transfer.fen else -transfer.fen end) <> 0
"""


@dataclass(frozen=True)
class AccountSummary:
    """What an account has, in fen: owed, prepaid, lodged."""

    owed: int = 0
    prepaid: int = 0
    lodged: int = 0


@dataclass(frozen=True)
class StatementLine:
    """One transfer as the customer reads it: `fen` more owed, or (below nothing) paid; `balance` is what
    is owed afterwards less what is prepaid."""

    transfer: Transfer
    kind: LedgerKind
    fen: int
    balance: int


def found_accounts(viewer: Any, text: str) -> QuerySet[BillingAccount]:
    """The billing accounts that a cashier seeks: by number, by place, or by whatever a customer is found by."""
    wanted = text.strip()
    rows = billing_accounts(viewer).order_by("number")
    if not wanted:
        return rows.none()
    theirs = customers(viewer, text=wanted).values("pk")
    return rows.filter(
        Q(number__icontains=wanted) | Q(customer__in=theirs) | Q(place__name__icontains=wanted)
    )


def own_accounts(viewer: Any) -> QuerySet[BillingAccount]:
    """The billing accounts of a customer who is signed in."""
    rows = BillingAccount.objects.filter(customer__account=viewer.pk)
    return rows.select_related("organisation", "customer", "place").order_by("number")


def ledger_of(accounts: Iterable[UUID]) -> list[LedgerAccount]:
    """The accounts of the books that are these customers'."""
    return list(LedgerAccount.objects.filter(holder__in=list(accounts)).order_by("id"))


def summaries(accounts: Iterable[BillingAccount], *, on: dt.date) -> dict[UUID, AccountSummary]:
    """What each account has at the end of a day."""
    ledger = ledger_of([one.pk for one in accounts])
    there = balances([one.pk for one in ledger], on=on)
    found: dict[Any, dict[str, int]] = {}
    for one in ledger:
        sign = 1 if one.kind in GROWS_BY_DEBIT else -1
        of = found.setdefault(one.holder_id, {})
        of[one.kind] = of.get(one.kind, 0) + sign * there.get(one.pk, 0)
    return {
        id_: AccountSummary(
            has.get(LedgerKind.RECEIVABLE, 0),
            has.get(LedgerKind.PREPAYMENT, 0),
            has.get(LedgerKind.DEPOSIT, 0),
        )
        for id_, has in found.items()
    }


def statement_of(
    account: BillingAccount, *, first: dt.date, last: dt.date
) -> tuple[int, list[StatementLine]]:
    """What was owed less what was prepaid before a day, and every transfer from then to another day."""
    first = max(first, bounded_days.FIRST)
    ledger = {one.pk: LedgerKind(one.kind) for one in ledger_of([account.pk]) if one.kind in OF_A_CUSTOMER}
    running = {id_: kind for id_, kind in ledger.items() if kind != LedgerKind.DEPOSIT}
    before = sum(balances(list(running), on=first - dt.timedelta(days=1)).values())
    rows = Transfer.objects.filter(event_on__gte=first, event_on__lte=last)
    ids = rows.filter(debit__in=ledger).union(rows.filter(credit__in=ledger))
    keys = [(row.event_on, row.id) for row in ids]
    found = Transfer.objects.filter(pk__in=keys).select_related("posting", "item", "debit", "credit")
    lines, balance = [], before
    for row in found.order_by("event_on", "id"):
        for id_, sign in ((row.debit_id, 1), (row.credit_id, -1)):
            if id_ in ledger:
                balance += sign * row.fen if id_ in running else 0
                lines.append(StatementLine(row, ledger[id_], sign * row.fen, balance))
    return before, lines


def owed_of(organisation: Organisation, *, on: dt.date) -> list[OpenDebt]:
    """All that customers of an organisation still owed at the end of a day, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_OWED, {"organisation": organisation.pk, "on": on})
        left = dict(cursor.fetchall())
    rows = Debt.objects.filter(pk__in=left).select_related("account__customer", "account__place")
    return [OpenDebt(row, left[row.pk]) for row in rows.order_by("due_on", "id")]


def age_of(debt: Debt, on: dt.date) -> int:
    """Which of AGES a debt is in."""
    days = (on - debt.due_on).days
    return next(at for at, (_, most) in enumerate(AGES) if most is None or days <= most)


def billed_between(accounts: Iterable[BillingAccount], first: dt.date, last: dt.date) -> int | None:
    """What was billed to accounts for electricity and water from a day to a day, in fen, without what was
    taken back; none where nothing was ever billed here: then the books say nothing."""
    rows = Debt.objects.filter(
        account__in=[one.pk for one in accounts],
        subject__in=(Debt.Subject.ELECTRICITY, Debt.Subject.WATER),
        posting__reversed_by=None,
    )
    if not rows.exists():
        return None
    raised = Transfer.objects.filter(item__in=rows, event_on__gte=first, event_on__lte=last)
    of_bills = raised.filter(reason="bill")
    return sum(of_bills.values_list("fen", flat=True))


def accounts_in(case: Case) -> list[BillingAccount]:
    """The billing accounts that a case's customer has at its place or in it."""
    if case.customer_id is None or case.place_id is None:
        return []
    rows = BillingAccount.objects.filter(
        customer=case.customer_id, place__ancestors__contains=[case.place_id]
    )
    return list(rows.select_related("organisation", "customer", "place").order_by("number"))


def money_of_case(case: Case) -> dict[str, list[Any]] | None:
    """The receipts that stages of a case made, and what they gave back: what for, fen, day. None of nothing."""
    results = EffectRun.objects.filter(case=case, is_undoing=False).values_list("result", flat=True)
    said = [one for one in results if one]
    numbers = [one["receipt"] for one in said if one.get("receipt")]
    numbers += [number for one in said for number in one.get("receipts", ())]
    receipts = list(Receipt.objects.filter(organisation=case.organisation, number__in=numbers).order_by("id"))
    postings = Posting.objects.filter(pk__in=[one["returned"] for one in said if one.get("returned")])
    returned = [
        (one.note, sum(row.fen for row in rows), rows[0].event_on)
        for one in postings.prefetch_related("transfers")
        if (rows := list(one.transfers.all()))
    ]
    return {"receipts": receipts, "returned": returned} if receipts or returned else None


def charges_of_case(case: Case) -> list[Debt]:
    """The charges that were made in the name of a case and not taken back."""
    rows = Debt.objects.filter(
        account__in=[one.pk for one in accounts_in(case)],
        subject=Debt.Subject.CHARGE,
        answer__case=case.number,
        posting__reversed_by=None,
    )
    return list(rows.select_related("account__organisation", "account__customer").order_by("id"))
