"""Posting: the one way in which anything comes into the books.

For the verbs of money, which ask for their own permission and record the deed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from tongdian.accounts import queries
from tongdian.accounts.announcing import LessOwed, tell
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
from tongdian.questions import insert, insert_many

FIRST_DAY = dt.date(2000, 1, 1)
PAYS = frozenset({TransferReason.RECEIPT, TransferReason.SET_OFF, TransferReason.WRITE_OFF})
MANY = 20  # from so many rows on, COPY is quicker than a statement
_INSERT = """
insert into accounts_transfer
    (event_on, organisation_id, posting_id, debit_id, credit_id, fen, reason, item_id)
select %(on)s, %(organisation)s, moved.*
  from unnest(%(postings)s::uuid[], %(debits)s::bigint[], %(credits)s::bigint[], %(fen)s::bigint[], %(reasons)s::text[],
              %(items)s::uuid[]) moved
"""
# Another may open one just now.
_OPENED = """
insert into accounts_ledgeraccount (organisation_id, kind, holder_id, name)
select %(organisation)s, %(kind)s, holder, '' from unnest(%(holders)s::uuid[]) holder
    on conflict do nothing
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPosting:
    """Movements that are posted together or not at all, with new `debts`. A `key` is posted once for
    ever."""

    moves: Sequence[Movement]
    key: str = ""
    note: str = ""
    debts: Sequence[Debt] = ()
    reverses: Posting | None = None


Posted = Sequence[tuple[Posting, NewPosting]]


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


def accounts_of(organisation: Organisation, kind: LedgerKind, holders: Iterable[UUID]) -> Mapping[UUID, int]:
    """The keys of the accounts of the books of many billing accounts, by those; opened where they are not there."""
    wanted = set(holders)
    found = queries.ledger_accounts_of(organisation, kind, wanted)
    if new := wanted - found.keys():
        with connection.cursor() as cursor:
            cursor.execute(
                _OPENED, {"organisation": organisation.pk, "kind": str(kind), "holders": sorted(new)}
            )
        found |= queries.ledger_accounts_of(organisation, kind, new)
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
    """Move money on a day, all of it or nothing, with what `before_moving` writes of the posting.

    A `key` that was posted before gives that posting again, whoever tells it and however late. Raises
    NothingToPost, DayNotOpen, MonthIsSealed, NotEnoughThere, KeyUsedOtherwise, OtherBooks,
    ReversedAlready.
    """
    entry = NewPosting(moves=moves, key=key, note=note, debts=debts, reverses=reverses)
    posted = post_all(
        viewer=viewer,
        organisation=organisation,
        entries=[entry],
        on=on,
        at=at,
        before_moving=lambda fresh: before_moving(fresh[0][0]),
    )
    return posted[0]


def post_all(
    *,
    viewer: Any,
    organisation: Organisation,
    entries: Sequence[NewPosting],
    on: dt.date,
    at: dt.datetime,
    before_moving: Callable[[Posted], object] = lambda fresh: None,
) -> list[Posting]:
    """Post many entries of a day, all of them or none, each a posting of its own; `before_moving` is told
    those that were not posted before. Raises as `post`."""
    today = legal_day(at)
    if not all(entry.moves for entry in entries):
        raise NothingToPost
    if not FIRST_DAY <= on <= today:
        raise DayNotOpen(day=on, today=today)
    while True:
        known = queries.postings_with_keys(organisation, [entry.key for entry in entries if entry.key])
        made = [known.get(entry.key) or _posting(viewer, organisation, entry, at) for entry in entries]
        for entry in entries:
            if entry.key in known:
                _must_be_the_same(known[entry.key], entry.moves, on)
        fresh = [
            (posting, entry) for posting, entry in zip(made, entries, strict=True) if entry.key not in known
        ]
        if not fresh:
            return made
        try:
            with transaction.atomic():
                _write(fresh, on, before_moving)
                _tell(viewer, organisation, fresh, on, at)
        except IntegrityError as refused:
            if _constraint(refused) == "one_posting_has_a_key_for_ever":
                continue  # another posted it meanwhile: it is known now
            raise _refused(refused, organisation, fresh, on) from refused
        return made


def _posting(viewer: Any, organisation: Organisation, entry: NewPosting, at: dt.datetime) -> Posting:
    posting = Posting(
        id=uuid7(),
        organisation=organisation,
        key=entry.key,
        note=entry.note,
        at=at,
        by_id=getattr(viewer, "pk", None),
        reverses=entry.reverses,
    )
    for debt in entry.debts:
        debt.organisation, debt.posting = organisation, posting
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


def _write(fresh: Posted, on: dt.date, before_moving: Callable[[Posted], object]) -> None:
    make_months(on)  # before anything is written: it waits for who writes
    add = insert if len(fresh) < MANY else insert_many
    add([posting for posting, _ in fresh])
    debts = [debt for _, entry in fresh for debt in entry.debts]
    if debts:
        add(debts)
    before_moving(fresh)
    moved = [(posting, move) for posting, entry in fresh for move in entry.moves]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "on": on,
                "organisation": moved[0][0].organisation_id,
                "postings": [posting.pk for posting, _ in moved],
                "debits": [one.debit for _, one in moved],
                "credits": [one.credit for _, one in moved],
                "fen": [one.fen for _, one in moved],
                "reasons": [one.reason.value for _, one in moved],
                "items": [one.item for _, one in moved],
            },
        )


def _tell(viewer: Any, organisation: Organisation, fresh: Posted, on: dt.date, at: dt.datetime) -> None:
    """Tell whoever asked of what is owed no more. A bill that is posted makes nobody owe less."""
    credited = frozenset(
        move.credit
        for _, entry in fresh
        for move in entry.moves
        if move.item is not None and (move.reason in PAYS or entry.reverses is not None)
    )
    if credited:
        tell(LessOwed(organisation, credited, viewer, on, at))


def _must_be_the_same(posting: Posting, moves: Sequence[Movement], on: dt.date) -> None:
    """What was told before is told again as it was."""
    rows = Transfer.objects.filter(posting=posting)
    there = Counter((r.event_on, r.debit_id, r.credit_id, r.fen, r.reason, r.item_id) for r in rows)
    told = Counter((on, m.debit, m.credit, m.fen, m.reason.value, m.item) for m in moves)
    if there != told:
        raise KeyUsedOtherwise(key=posting.key, day=legal_day(posting.at))


def _constraint(refused: IntegrityError) -> str:
    return getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None) or ""


def _refused(refused: IntegrityError, organisation: Organisation, fresh: Posted, on: dt.date) -> Exception:
    """What the database refused, in words."""
    name = _constraint(refused)
    if name == "nothing_is_posted_into_a_closed_month":
        seal = queries.last_seal(organisation)
        return MonthIsSealed(day=on, through=seal.through if seal else on)
    if name == "limited_account_never_falls_below_what_is_held":
        return not_enough([move for _, entry in fresh for move in entry.moves])
    if name == "accounts_posting_reverses_id_key":
        reversed_ = [posting.reverses_id for posting, _ in fresh if posting.reverses_id]
        first = Posting.objects.filter(reverses__in=reversed_).earliest("at")
        return ReversedAlready(day=legal_day(first.at))
    if name.endswith("_are_of_one_organisation"):
        return OtherBooks()
    return refused


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
