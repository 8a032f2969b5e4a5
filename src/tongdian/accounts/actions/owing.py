"""Owing: what a customer owes comes into the books here, and what was prepaid pays it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tongdian.accounts import queries
from tongdian.accounts.actions.locking import locked
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.models import BillingAccount, Debt, Posting
from tongdian.accounts.rules import LedgerKind, NothingToPost, TransferReason
from tongdian.identifiers import uuid7
from tongdian.policy.words import Words

Subject = Debt.Subject
INCOME: dict[str, tuple[LedgerKind, TransferReason]] = {
    Subject.ELECTRICITY: (LedgerKind.ELECTRICITY, TransferReason.BILL),
    Subject.WATER: (LedgerKind.WATER, TransferReason.BILL),
    Subject.CHARGE: (LedgerKind.CHARGES, TransferReason.CHARGE),
    Subject.LATE_FEE: (LedgerKind.LATE_FEES, TransferReason.LATE_FEE),
    Subject.OPENING: (LedgerKind.OPENING, TransferReason.OPENING),
}


@dataclass(frozen=True, kw_only=True)
class Owed:
    """One thing that is owed: `fen` more than nothing, `answer` that of the rule which gave the amount,
    `document` the bill it stands on, `of` the debt that a late fee is for."""

    subject: str
    fen: int
    due_on: dt.date
    title: Words
    cite: str = ""
    answer: dict[str, Any] | None = None
    document: UUID | None = None
    of: Debt | None = None


def owe(
    *,
    viewer: Any,
    account: BillingAccount,
    items: Sequence[Owed],
    on: dt.date,
    at: dt.datetime,
    key: str = "",
    note: str = "",
) -> Posting:
    """Post what a billing account owes from a day on, one debt each: for the verbs of billing and
    charging, which ask for their own permission.

    A `key` that was posted before gives that posting again. Raises NothingToPost for no item or one of
    nothing, and what `post` does.
    """
    if not items or any(one.fen <= 0 for one in items):
        raise NothingToPost
    if (known := queries.postings_with_keys(account.organisation, [key]).get(key)) is not None:
        ids = {(one.subject, one.of_id): one.pk for one in known.debts.all()}
    else:
        ids = {}
    organisation = account.organisation
    receivable = account_of(organisation, LedgerKind.RECEIVABLE, holder=account).pk
    debts, moves = [], []
    for one in items:
        kind, reason = INCOME[one.subject]
        debt = Debt(
            id=ids.get((one.subject, one.of.pk if one.of else None)) or uuid7(),
            account=account,
            subject=one.subject,
            title={"zh": one.title.zh, "en": one.title.en},
            document=one.document,
            of=one.of,
            fen=one.fen,
            due_on=one.due_on,
            cite=one.cite,
            answer=one.answer,
        )
        debts.append(debt)
        moves.append(Movement(receivable, account_of(organisation, kind).pk, one.fen, reason, debt.pk))
    return post(
        viewer=viewer, organisation=organisation, moves=moves, debts=debts, on=on, at=at, key=key, note=note
    )


def set_off(
    *, viewer: Any, account: BillingAccount, on: dt.date, at: dt.datetime, note: str = ""
) -> Posting | None:
    """Let what a customer has pay what they owe: what was paid of debts that no longer stand becomes a
    prepayment, and the prepayment pays the others in the order of payment. None where nothing moves.

    For the verbs after which it may be needed: a bill, a rebill. Raises what `post` does.
    """
    account = locked(account)  # a payment at this moment is seen, or sees what was moved here
    organisation = account.organisation
    receivable = account_of(organisation, LedgerKind.RECEIVABLE, holder=account).pk
    prepaid = account_of(organisation, LedgerKind.PREPAYMENT, holder=account)
    moves = [
        Movement(receivable, prepaid.pk, -one.fen, TransferReason.SET_OFF, one.debt.pk)
        for one in queries.open_debts(account)
        if one.fen < 0
    ]
    left = queries.available(prepaid) + sum(one.fen for one in moves)
    for one in queries.in_order_of_payment(account, on):
        part = min(left, one.fen)
        if part > 0:
            moves.append(Movement(prepaid.pk, receivable, part, TransferReason.SET_OFF, one.debt.pk))
            left -= part
    if not moves:
        return None
    return post(viewer=viewer, organisation=organisation, moves=moves, on=on, at=at, note=note)
