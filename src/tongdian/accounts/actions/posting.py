"""Posting: the one way in which anything comes into the books.

For the verbs of money, which ask for their own permission and record the deed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from tongdian.accounts import queries
from tongdian.accounts.models import BillingAccount, Debt, LedgerAccount, LimitedBalance, Posting, Transfer
from tongdian.accounts.rules import (
    DayNotOpen,
    KeyUsedOtherwise,
    LedgerKind,
    MonthIsSealed,
    NotEnoughThere,
    NothingToPost,
    OtherBooks,
    ReversedAlready,
    TransferReason,
)
from tongdian.calendar import legal_day
from tongdian.identifiers import uuid7
from tongdian.money import format_yuan
from tongdian.parties.models import Account, Organisation
from tongdian.questions import insert

FIRST_DAY = dt.date(2000, 1, 1)
_INSERT = """
insert into accounts_transfer
    (event_on, organisation_id, posting_id, debit_id, credit_id, fen, reason, item_id)
select %(on)s, %(organisation)s, %(posting)s, moved.*
  from unnest(%(debits)s::bigint[], %(credits)s::bigint[], %(fen)s::bigint[], %(reasons)s::text[],
              %(items)s::uuid[]) moved
"""


@dataclass(frozen=True, slots=True)
class Movement:
    """So many fen from the account `credit` to the account `debit`, for a reason; of a debt, if it is
    owed or paid by it."""

    debit: int
    credit: int
    fen: int
    reason: TransferReason
    item: UUID | None = None


def account_of(
    organisation: Organisation,
    kind: LedgerKind,
    *,
    holder: BillingAccount | None = None,
    cashier: Account | None = None,
    day: dt.date | None = None,
    name: str = "",
) -> LedgerAccount:
    """The account of the books, opened if it is not there."""
    whose: Any = {"holder": holder, "day": day, "name": name}
    cashier_id = cashier.pk if cashier else None
    found = queries.ledger_account(organisation, kind, cashier=cashier_id, **whose)
    if found is None:
        row = LedgerAccount(organisation=organisation, kind=kind, cashier=cashier, **whose)
        LedgerAccount.objects.bulk_create([row], ignore_conflicts=True)  # another may open it just now
        found = queries.ledger_account(organisation, kind, cashier=cashier_id, **whose)
    assert found is not None
    return found


def post(
    *,
    viewer: Any,
    organisation: Organisation,
    moves: Sequence[Movement],
    on: dt.date,
    at: dt.datetime,
    key: str = "",
    note: str = "",
    debts: Sequence[Debt] = (),
    reverses: Posting | None = None,
    before_moving: Callable[[Posting], object] = lambda posting: None,
) -> Posting:
    """Movement money on a day, all of it or nothing; new `debts` come with it, and what `before_moving`
    writes of the posting.

    A `key` that was posted before gives that posting again, whoever tells it and however late. Raises
    NothingToPost, DayNotOpen, MonthIsSealed, NotEnoughThere, KeyUsedOtherwise, OtherBooks,
    ReversedAlready.
    """
    today = legal_day(at)
    if not moves:
        raise NothingToPost
    if not FIRST_DAY <= on <= today:
        raise DayNotOpen(day=on, today=today)
    known = queries.posting_with_key(organisation, key)
    if known is not None:
        return _the_same(known, moves, on)
    posting = Posting(
        id=uuid7(),
        organisation=organisation,
        key=key,
        note=note,
        at=at,
        by_id=getattr(viewer, "pk", None),
        reverses=reverses,
    )
    for debt in debts:
        debt.organisation, debt.posting = organisation, posting
    try:
        with transaction.atomic():
            _write(posting, moves, debts, on, before_moving)
    except IntegrityError as refused:
        return _refused(refused, posting, moves, on)
    return posting


def reverse(*, viewer: Any, posting: Posting, on: dt.date, at: dt.datetime, note: str) -> Posting:
    """Movement everything of a posting back, in an open month; it stays as it was. Raises ReversedAlready,
    MonthIsSealed, NotEnoughThere, DayNotOpen."""
    moves = [
        Movement(one.credit_id, one.debit_id, one.fen, TransferReason(one.reason), one.item_id)
        for one in posting.transfers.order_by("id")
    ]
    return post(
        viewer=viewer,
        organisation=posting.organisation,
        moves=moves,
        on=on,
        at=at,
        note=note,
        reverses=posting,
    )


def make_months(*days: dt.date) -> None:
    """Have the partitions of those days there."""
    with connection.cursor() as cursor:
        cursor.executemany("select accounts_make_month(%s)", [[day] for day in days])


def _write(
    posting: Posting,
    moves: Sequence[Movement],
    debts: Sequence[Debt],
    on: dt.date,
    before_moving: Callable[[Posting], object],
) -> None:
    make_months(on)  # before anything is written: it waits for who writes
    insert([posting])
    if debts:
        insert(debts)
    before_moving(posting)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "on": on,
                "organisation": posting.organisation_id,
                "posting": posting.pk,
                "debits": [one.debit for one in moves],
                "credits": [one.credit for one in moves],
                "fen": [one.fen for one in moves],
                "reasons": [one.reason.value for one in moves],
                "items": [one.item for one in moves],
            },
        )


def _the_same(posting: Posting, moves: Sequence[Movement], on: dt.date) -> Posting:
    """What was told before, if it is told again as it was."""
    rows = Transfer.objects.filter(posting=posting)
    there = Counter((r.event_on, r.debit_id, r.credit_id, r.fen, r.reason, r.item_id) for r in rows)
    told = Counter((on, m.debit, m.credit, m.fen, m.reason.value, m.item) for m in moves)
    if there != told:
        raise KeyUsedOtherwise(key=posting.key, day=legal_day(posting.at))
    return posting


def _refused(refused: IntegrityError, posting: Posting, moves: Sequence[Movement], on: dt.date) -> Posting:
    """What the database refused, in words; or the posting that another made meanwhile."""
    name = getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None) or ""
    if name == "one_posting_has_a_key_for_ever":
        known = queries.posting_with_key(posting.organisation, posting.key)
        assert known is not None
        return _the_same(known, moves, on)
    if name == "nothing_is_posted_into_a_closed_month":
        seal = queries.last_seal(posting.organisation)
        raise MonthIsSealed(day=on, through=seal.through if seal else on) from refused
    if name == "limited_account_never_falls_below_what_is_held":
        raise not_enough(moves) from refused
    if name == "accounts_posting_reverses_id_key":
        first = Posting.objects.get(reverses=posting.reverses_id)
        raise ReversedAlready(day=legal_day(first.at)) from refused
    if name.endswith("_are_of_one_organisation"):
        raise OtherBooks from refused
    raise refused


def not_enough(moves: Sequence[Movement]) -> NotEnoughThere:
    """Which limited account could not give what was asked of it."""
    given: Counter[int] = Counter()
    for one in moves:
        given[one.debit] += one.fen
        given[one.credit] -= one.fen
    for limit in (
        LimitedBalance.objects.filter(account__in=given).select_related("account").order_by("account")
    ):
        wanted = limit.grows_by * given[limit.account_id]
        if limit.fen - limit.held < wanted:
            there = format_yuan(limit.fen - limit.held)
            return NotEnoughThere(account=limit.account, there=there, wanted=format_yuan(wanted))
    return NotEnoughThere(account="—", there="—", wanted="—")  # it has come meanwhile
