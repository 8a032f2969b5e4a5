"""Closing months, and asserting balances that other papers say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from tongdian.accounts import queries
from tongdian.accounts.models import BalanceAssertion, LedgerAccount, MonthSeal, SealedBalance, Transfer
from tongdian.accounts.queries.proofs import balance_leaf
from tongdian.accounts.rules import ASSERT, CLOSE, DayNotOpen, NotFirst, NotTheOrder
from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.audit_log.tree import Frontier, leaf_hash
from tongdian.calendar import legal_day, month_of
from tongdian.parties.models import Organisation

CLOSING = 7_368_011  # with the organisation's hash: the advisory lock of the trigger on transfers
AT_A_TIME = 5_000


@transaction.atomic
def close_month(*, viewer: Any, organisation: Organisation, at: dt.datetime) -> MonthSeal:
    """Close the oldest open month of an organisation's books, once it is over: every balance is
    written down and proven, and nothing is posted into it any more.

    Raises NotAllowed, NotTheOrder, NotFirst.
    """
    must_be_allowed(viewer, *CLOSE, organisation)
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(%s, hashtext(%s::text))", [CLOSING, str(organisation.pk)]
        )
    first, last = next_month(organisation, on=legal_day(at))
    if last >= legal_day(at):
        raise NotTheOrder(month=f"{first:%Y-%m}")
    if false := queries.untrue(organisation, through=last):
        raise NotFirst(month=f"{first:%Y-%m}", count=len(false))
    tree, rows = Frontier(), []
    for place, (account, fen) in enumerate(_balances_at(organisation, last)):
        tree.append(leaf_hash(balance_leaf(organisation.pk, account, first, fen)))
        rows.append(
            SealedBalance(organisation=organisation, account_id=account, month=first, place=place, fen=fen)
        )
    SealedBalance.objects.bulk_create(rows, batch_size=AT_A_TIME)
    seal = MonthSeal.objects.create(
        organisation=organisation,
        month=first,
        through=last,
        accounts=len(rows),
        root=tree.root(),
        at=at,
        by_id=viewer.pk,
    )
    record(
        actor=viewer.actor,
        action="close-month",
        subject=f"books:{organisation.pk}",
        payload={"month": f"{first:%Y-%m}", "accounts": len(rows), "root": tree.root().hex()},
        at=at,
    )
    return seal


def next_month(organisation: Organisation, *, on: dt.date) -> tuple[dt.date, dt.date]:
    """The first and last day of the oldest open month: after the last that was closed, else the first
    in which money moved, else this one."""
    seal = queries.last_seal(organisation)
    if seal is not None:
        day = seal.through + dt.timedelta(days=1)
    else:
        moved = Transfer.objects.filter(organisation=organisation).order_by("event_on").first()
        day = moved.event_on if moved is not None else on
    first = month_of(day).start
    after = month_of(first + dt.timedelta(days=31)).start
    return first, after - dt.timedelta(days=1)


@transaction.atomic
def assert_balance(
    *,
    viewer: Any,
    account: LedgerAccount,
    on: dt.date,
    fen: int,
    source: str,
    at: dt.datetime,
    file: str = "",
    note: str = "",
    instead_of: BalanceAssertion | None = None,
) -> BalanceAssertion:
    """Enter what another paper says that an account had at the end of a day (debits less credits, in
    fen). `instead_of` sets one aside that was entered wrong, with a note why. Raises NotAllowed,
    DayNotOpen."""
    must_be_allowed(viewer, *ASSERT, account.organisation)
    if on > legal_day(at):
        raise DayNotOpen(day=on, today=legal_day(at))
    row = BalanceAssertion.objects.create(
        organisation=account.organisation,
        account=account,
        on=on,
        fen=fen,
        source=source,
        file=file,
        note=note,
        set_aside=instead_of,
        at=at,
        by_id=viewer.pk,
    )
    record(
        actor=viewer.actor,
        action="assert-balance",
        subject=f"ledger-account:{account.pk}",
        payload={"on": on.isoformat(), "fen": fen, "source": source, "note": note},
        at=at,
    )
    return row


def _balances_at(organisation: Organisation, on: dt.date) -> list[tuple[int, int]]:
    """Debits less credits of every account that ever moved, by its number."""
    ids = LedgerAccount.objects.filter(organisation=organisation).order_by("pk").values_list("pk", flat=True)
    return sorted(queries.balances(list(ids), on=on).items())
