"""Collecting: money of a customer at the counter or at the bank, its receipt, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from tongdian.accounts import queries
from tongdian.accounts.actions.locking import locked_all
from tongdian.accounts.actions.owing import set_off
from tongdian.accounts.actions.posting import (
    Movement,
    NewPosting,
    Posted,
    account_of,
    accounts_of,
    post_all,
    reverse,
)
from tongdian.accounts.entries import PAYMENT
from tongdian.accounts.fields import BANK_ACCOUNT, REVERSAL
from tongdian.accounts.models import BillingAccount, LedgerAccount, Posting, Receipt
from tongdian.accounts.refusing import (
    BoxIsCounted,
    FarMoreThanOwed,
    NoSuchBank,
    NotTheCollector,
    OwnReceipt,
    TooManyAtOnce,
)
from tongdian.accounts.rules import (
    CLOSE,
    COLLECT,
    REVERSE,
    KeyUsedOtherwise,
    LedgerKind,
    NothingToPost,
    TransferReason,
)
from tongdian.calendar import legal_day
from tongdian.identifiers import uuid7
from tongdian.money import fen_of_yuan, format_yuan
from tongdian.parties.actions.numbering import next_numbers
from tongdian.parties.models import Organisation
from tongdian.questions import insert_many
from tongdian.registers.action import action

MOST_AT_ONCE = 2_000
FAR_FEN = 50_000  # kept beyond what is owed without asking: a small round sum is usual at a counter


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTold:
    """A payment of so many fen for a billing account. `key` is what it is called outside: told twice, it is
    one."""

    account: UUID
    fen: int
    payer: str = ""
    note: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptsTaken:
    """The receipts of payments that were taken at once, in their order."""

    receipts: Sequence[Receipt]

    @property
    def audit_subject(self) -> str:
        """Named by the first and the last, between which none is missing but what was told before."""
        numbers = sorted(one.number for one in self.receipts)
        return f"receipts:{numbers[0]}–{numbers[-1]}"


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
    told = PaymentTold(account=account.pk, fen=fen_of_yuan(yuan), payer=payer, note=note, key=key)
    house, day = account.organisation, on or legal_day(at)
    return _taken(viewer, house, [told], bank=bank, on=day, at=at, prepay=prepay)[0]


@action("take-payments", may=COLLECT, within="organisation")
def take_payments(
    *,
    viewer: Any,
    organisation: Organisation,
    payments: Sequence[PaymentTold],
    at: dt.datetime,
    bank: str = "",
    on: dt.date | None = None,
) -> ReceiptsTaken:
    """Take many payments at once, all of them or none, each with its receipt, in their order; each is
    taken as `take_payment` does, and what is more than is owed is meant.

    Raises NothingToPost for none, TooManyAtOnce, NoSuchBillingAccount, NotTheCollector and what `post` does.
    """
    if not payments:
        raise NothingToPost
    if len(payments) > MOST_AT_ONCE:
        raise TooManyAtOnce(count=len(payments), most=MOST_AT_ONCE)
    day = on or legal_day(at)
    return ReceiptsTaken(_taken(viewer, organisation, payments, bank=bank, on=day, at=at, prepay=True))


def _taken(
    viewer: Any,
    organisation: Organisation,
    payments: Sequence[PaymentTold],
    *,
    bank: str,
    on: dt.date,
    at: dt.datetime,
    prepay: bool,
) -> list[Receipt]:
    must_collect(viewer, organisation, on)
    payments = [replace(one, key=one.key.strip()) for one in payments]
    # in one order: of two who pay the same debts at once one waits for the other, and neither for ever
    accounts = locked_all(organisation, {one.account for one in payments})
    known = queries.receipts_with_keys(organisation, [one.key for one in payments])
    into = money_place(viewer, organisation, bank=bank, on=on, at=at)
    first: dict[str, PaymentTold] = {}
    for one in payments:
        if one.fen <= 0:
            raise NothingToPost
        if one.key:
            _must_be_one(one, first.setdefault(one.key, one), known.get(one.key), into, on)
    new = [one for one in payments if one.key not in known and first.get(one.key, one) is one]
    made = {
        id(one): _receipt(
            viewer,
            accounts[one.account],
            into,
            one.fen,
            payer=one.payer.strip() or str(accounts[one.account].customer),
            note=one.note,
            on=on,
            at=at,
        )
        for one in new
    }
    moves = _shared(organisation, new, into, on)
    if not prepay:
        for one in new:
            _must_be_meant(one.fen, rest=sum(move.fen for move in moves[id(one)] if move.item is None))
    post_with_receipts(
        viewer, organisation, [(made[id(one)], moves[id(one)], one.key) for one in new], on, at
    )
    by_key = known | {one.key: made[id(one)] for one in new}
    return [made.get(id(one)) or by_key[one.key] for one in payments]


def _must_be_one(
    one: PaymentTold, first: PaymentTold, known: Receipt | None, into: LedgerAccount, on: dt.date
) -> None:
    """What is called the same outside is the same payment. Raises KeyUsedOtherwise."""
    if (first.account, first.fen) != (one.account, one.fen):
        raise KeyUsedOtherwise(key=one.key, day=on)
    if known is None:
        return
    # a year later or by another cashier it is still the one; but a bank's payment told again as cash would
    # be two: the money lies in one place only
    is_same_place = known.into_id == into.pk or known.into.kind == into.kind == LedgerKind.CASH
    if not is_same_place or (known.account_id, known.fen) != (one.account, one.fen):
        raise KeyUsedOtherwise(key=one.key, day=known.on)


@action("take-receipt-back", may=REVERSE, within="receipt.organisation", fields=REVERSAL)
def take_receipt_back(*, viewer: Any, receipt: Receipt, reason: str, at: dt.datetime) -> Posting:
    """Take a receipt back: by another person than took the money, with a reason; all of it is moved back
    and the receipt stays readable; what else is prepaid pays what is owed again. Raises OwnReceipt, and
    what `reverse` does."""
    on = legal_day(at)
    try:
        back = reverse(viewer=viewer, posting=receipt.posting, on=on, at=at, note=reason)
    except IntegrityError as refused:
        if "whoever took the money does not take it back" not in str(refused):
            raise
        raise OwnReceipt(receipt=receipt.number) from refused
    set_off(viewer=viewer, account=receipt.account, on=on, at=at, note=reason)
    return back


def _must_be_meant(fen: int, *, rest: int) -> None:
    owed = fen - rest
    if rest > max(owed, FAR_FEN):
        raise FarMoreThanOwed(owed=format_yuan(owed), paid=format_yuan(fen), rest=format_yuan(rest))


def money_place(
    viewer: Any, organisation: Organisation, *, bank: str, on: dt.date, at: dt.datetime
) -> LedgerAccount:
    """The bank account of that name, or the viewer's cash box of the day. Raises NoSuchBank, BoxIsCounted
    for the box of an earlier day whose money was counted and paid in."""
    if bank:
        return known_bank(organisation, bank)
    box = account_of(organisation, LedgerKind.CASH, cashier=viewer, day=on)
    if on < legal_day(at) and box.counts.exists():
        raise BoxIsCounted(day=on)
    return box


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
    """Post the moves of a payment with its receipt, and what is `also` written of the posting."""
    fen = sum(one.fen for one in moves)
    made = _receipt(viewer, account, into, fen, payer=payer, note=note, on=on, at=at)
    return post_with_receipts(viewer, account.organisation, [(made, moves, key)], on, at, also=also)[0]


def _receipt(
    viewer: Any,
    account: BillingAccount,
    into: LedgerAccount,
    fen: int,
    *,
    payer: str,
    note: str,
    on: dt.date,
    at: dt.datetime,
) -> Receipt:
    """One that has no number and no posting yet."""
    return Receipt(
        id=uuid7(),
        organisation=account.organisation,
        account=account,
        into=into,
        fen=fen,
        payer=payer,
        note=note,
        on=on,
        at=at,
        by_id=viewer.pk,
    )


def post_with_receipts(
    viewer: Any,
    organisation: Organisation,
    payments: Sequence[tuple[Receipt, Sequence[Movement], str]],
    on: dt.date,
    at: dt.datetime,
    *,
    also: Callable[[Posting], object] = lambda posting: None,
) -> list[Receipt]:
    """Post payments (receipt, moves, key) with their receipts. The numbers come last, so that nobody waits
    for them longer than the posting itself takes; what was posted under a key before has its receipt."""
    if not payments:
        return []
    entries = [NewPosting(moves=moves, key=key) for _, moves, key in payments]
    of = {id(entry): receipt for entry, (receipt, _, _) in zip(entries, payments, strict=True)}

    def write(fresh: Posted) -> None:
        for posting, _ in fresh:
            also(posting)
        numbers = next_numbers(organisation, "receipt", year=on.year, count=len(fresh))
        for number, (posting, entry) in zip(numbers, fresh, strict=True):
            receipt = of[id(entry)]
            receipt.number = f"{organisation.short}-S{on.year}-{number:06d}"
            receipt.posting = posting
        insert_many([of[id(entry)] for _, entry in fresh])

    posted = post_all(
        viewer=viewer, organisation=organisation, entries=entries, on=on, at=at, before_moving=write
    )
    return [
        receipt if receipt.posting_id == posting.pk else Receipt.objects.get(posting=posting)
        for (receipt, _, _), posting in zip(payments, posted, strict=True)
    ]


def _shared(
    organisation: Organisation, payments: Sequence[PaymentTold], into: LedgerAccount, on: dt.date
) -> dict[int, list[Movement]]:
    """What each payment moves: by the order of the rule to what is owed, the rest to the prepayment; a
    later one of an account finds what the earlier ones left."""
    whose = {one.account for one in payments}
    owed = queries.in_order_of_payment_of(organisation, whose, on)
    open_fen = {row.debt.pk: row.fen for rows in owed.values() for row in rows}
    receivables = accounts_of(organisation, LedgerKind.RECEIVABLE, [pk for pk, rows in owed.items() if rows])
    found: dict[int, list[Movement]] = {}
    rest: dict[int, int] = {}
    for one in payments:
        left, moves = one.fen, []
        for row in owed[one.account]:
            part = min(left, open_fen[row.debt.pk])
            if part > 0:
                to = receivables[one.account]
                moves.append(Movement(into.pk, to, part, TransferReason.RECEIPT, row.debt.pk))
                open_fen[row.debt.pk] -= part
                left -= part
        found[id(one)] = moves
        if left:
            rest[id(one)] = left
    prepaid = accounts_of(
        organisation, LedgerKind.PREPAYMENT, [one.account for one in payments if id(one) in rest]
    )
    for one in payments:
        if left := rest.get(id(one), 0):
            found[id(one)].append(Movement(into.pk, prepaid[one.account], left, TransferReason.RECEIPT))
    return found
