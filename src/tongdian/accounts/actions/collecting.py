"""Collecting: money of a customer at the counter or at the bank, its receipt, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError

from tongdian.accounts import queries
from tongdian.accounts.actions.posting import Movement, account_of, post, reverse
from tongdian.accounts.entries import PAYMENT
from tongdian.accounts.fields import BANK_ACCOUNT, REVERSAL
from tongdian.accounts.models import BillingAccount, LedgerAccount, Posting, Receipt
from tongdian.accounts.refusing import FarMoreThanOwed, NoSuchBank, NotTheCollector, OwnReceipt
from tongdian.accounts.rules import CLOSE, COLLECT, REVERSE, KeyUsedOtherwise, LedgerKind, TransferReason
from tongdian.calendar import legal_day
from tongdian.identifiers import uuid7
from tongdian.money import fen_of_yuan, format_yuan
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.models import Organisation
from tongdian.questions import insert
from tongdian.registers.action import action

FAR_FEN = 50_000  # kept beyond what is owed without asking: a small round sum is usual at a counter


def must_collect(viewer: Any, organisation: Organisation, on: dt.date) -> None:
    """Raise NotTheCollector unless the viewer acts for the office that alone may take money: the one that
    the regulation names, as far as one is named and there."""
    sole = queries.collector(organisation, on)
    if sole is not None and not viewer.has_perm(COLLECT.name, sole.office):
        raise NotTheCollector(office=sole.office.name, cite=sole.cite)


@action("take-payment", may=COLLECT, within="account.organisation", fields=PAYMENT)
def take_payment(
    *,
    viewer: Any,
    account: BillingAccount,
    yuan: Decimal,
    payer: str,
    at: dt.datetime,
    bank: str = "",
    note: str = "",
    on: dt.date | None = None,
    key: str = "",
    prepay: bool = False,
) -> Receipt:
    """Take a payment in cash, or (`bank`) into a bank account: what is owed is paid in the order that the
    regulation's rule says, the rest is kept as a prepayment.

    `key` is what the payment is called outside: told twice, it is one. `prepay` says that far more than is
    owed is meant. Raises NotTheCollector, KeyUsedOtherwise, FarMoreThanOwed, and what `post` does.
    """
    day = on or legal_day(at)
    must_collect(viewer, account.organisation, day)
    fen = fen_of_yuan(yuan)
    account = locked(account)  # two who pay the same debts at once pay them one after the other
    into = money_place(viewer, account.organisation, bank=bank, on=day)
    if (known := queries.receipt_with_key(account.organisation, key)) is not None:
        # the bank's payment told again as cash would be two: the money lies in one place only
        if (known.account_id, known.fen, known.on, known.into_id) != (account.pk, fen, day, into.pk):
            raise KeyUsedOtherwise(key=key, day=known.on)
        return known
    shared = list(_shared(account, fen, day))
    if not prepay:
        _must_be_meant(fen, rest=sum(part for _, part, item in shared if item is None))
    moves = [Movement(into.pk, place, part, TransferReason.RECEIPT, item) for place, part, item in shared]
    return write_receipt(
        viewer,
        account,
        into,
        moves,
        payer=payer.strip() or str(account.customer),
        note=note,
        on=day,
        at=at,
        key=key,
    )


@action("take-receipt-back", may=REVERSE, within="receipt.organisation", fields=REVERSAL)
def take_receipt_back(*, viewer: Any, receipt: Receipt, reason: str, at: dt.datetime) -> Posting:
    """Take a receipt back: by another person than took the money, with a reason; all of it is moved back
    and the receipt stays readable. Raises OwnReceipt, and what `reverse` does."""
    try:
        return reverse(viewer=viewer, posting=receipt.posting, on=legal_day(at), at=at, note=reason)
    except IntegrityError as refused:
        if "whoever took the money does not take it back" not in str(refused):
            raise
        raise OwnReceipt(receipt=receipt.number) from refused


def _must_be_meant(fen: int, *, rest: int) -> None:
    owed = fen - rest
    if rest > max(owed, FAR_FEN):
        raise FarMoreThanOwed(owed=format_yuan(owed), paid=format_yuan(fen), rest=format_yuan(rest))


def locked(account: BillingAccount) -> BillingAccount:
    """The account as it is now, kept for this transaction."""
    rows = BillingAccount.objects.select_for_update(of=("self",)).select_related("organisation", "customer")
    return rows.get(pk=account.pk)


def money_place(viewer: Any, organisation: Organisation, *, bank: str, on: dt.date) -> LedgerAccount:
    """The bank account of that name, or the viewer's cash box of the day. Raises NoSuchBank."""
    if bank:
        return known_bank(organisation, bank)
    return account_of(organisation, LedgerKind.CASH, cashier=viewer, day=on)


def known_bank(organisation: Organisation, name: str) -> LedgerAccount:
    """A bank account that the books know. Raises NoSuchBank."""
    found = queries.ledger_account(organisation, LedgerKind.BANK, name=name)
    if found is None:
        known = [one.name for one in queries.banks(organisation)]
        raise NoSuchBank(name=name, known="、".join(known) or "—")
    return found


@action("open-bank-account", may=CLOSE, within="organisation", fields=BANK_ACCOUNT)
def open_bank_account(
    *, viewer: Any, organisation: Organisation, name: str, at: dt.datetime
) -> LedgerAccount:
    """Have the books know a bank account by its name."""
    return account_of(organisation, LedgerKind.BANK, name=name)


def write_receipt(
    viewer: Any,
    account: BillingAccount,
    into: LedgerAccount,
    moves: Sequence[Movement],
    *,
    payer: str,
    note: str,
    on: dt.date,
    at: dt.datetime,
    key: str = "",
    also: Callable[[Posting], object] = lambda posting: None,
) -> Receipt:
    """Post the moves of a payment with its receipt, whose number comes last, so that nobody waits for
    it longer than the posting itself takes."""
    made = Receipt(
        id=uuid7(),
        organisation=account.organisation,
        account=account,
        into=into,
        fen=sum(one.fen for one in moves),
        payer=payer,
        note=note,
        on=on,
        at=at,
        by_id=viewer.pk,
    )

    def write(posting: Posting) -> None:
        also(posting)
        series = next_number(account.organisation, "receipt", year=on.year)
        made.number = f"{account.organisation.short}-S{on.year}-{series:06d}"
        made.posting = posting
        insert([made])

    posting = post(
        viewer=viewer,
        organisation=account.organisation,
        moves=moves,
        on=on,
        at=at,
        key=key,
        before_moving=write,
    )
    if made.posting_id is None:  # another told the same meanwhile
        return Receipt.objects.get(posting=posting)
    return made


def _shared(account: BillingAccount, fen: int, on: dt.date) -> Iterable[tuple[int, int, Any]]:
    """(account of the books, fen, debt) of a payment: by the order of the rule, the rest to the
    prepayment."""
    left, ordered = fen, queries.in_order_of_payment(account, on)
    receivable = account_of(account.organisation, LedgerKind.RECEIVABLE, holder=account).pk if ordered else 0
    for one in ordered:
        part = min(left, one.fen)
        if part <= 0:
            break
        yield receivable, part, one.debt.pk
        left -= part
    if left:
        yield account_of(account.organisation, LedgerKind.PREPAYMENT, holder=account).pk, left, None
