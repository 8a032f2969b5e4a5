"""Deposits of 9 and 10(1): taken with a receipt, topped up, set off, given back once nothing is owed.

A deposit lies in an account of its own for each rule that asks for it (`name`: the rule's id), so that
the card of a resident and what they prepay on leaving stay apart.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import money_place, must_collect, write_receipt
from tongdian.accounts.actions.locking import locked
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.entries import TOP_UP
from tongdian.accounts.fields import OLD_DEPOSIT, SET_OFF
from tongdian.accounts.models import BillingAccount, LedgerAccount, Posting, Receipt
from tongdian.accounts.refusing import DebtsOpen, NothingLodged
from tongdian.accounts.rules import COLLECT, REVERSE, LedgerKind, NothingToPost, TransferReason
from tongdian.calendar import legal_day
from tongdian.money import fen_of_yuan, format_yuan, yuan_of_fen
from tongdian.policy.refusals import BadInput
from tongdian.registers.action import action
from tongdian.rulebook import queries as rulebook


def take_deposit(
    *,
    viewer: Any,
    account: BillingAccount,
    name: str,
    fen: int,
    on: dt.date,
    at: dt.datetime,
    bank: str = "",
    note: str = "",
) -> Receipt:
    """Take a deposit, or more of it, for the stage of a case whose rule says how much it is; one that is
    read to be a prepayment goes to the prepayments. Raises NotTheCollector, and what `post` does."""
    must_collect(viewer, account.organisation, on)
    into = money_place(viewer, account.organisation, bank=bank, on=on, at=at)
    kind = queries.kept_as(account.organisation, name, on)
    is_deposit = kind == LedgerKind.DEPOSIT
    lodged = account_of(account.organisation, kind, holder=account, name=name if is_deposit else "")
    reason = TransferReason.DEPOSIT if is_deposit else TransferReason.RECEIPT
    moves = [Movement(into.pk, lodged.pk, fen, reason)]
    payer = str(account.customer)
    return write_receipt(viewer, account, into, moves, payer=payer, note=note, on=on, at=at)


def refund_deposit(
    *,
    viewer: Any,
    account: BillingAccount,
    name: str | None,
    fen: int | None,
    on: dt.date,
    at: dt.datetime,
    bank: str = "",
    note: str = "",
) -> Posting:
    """Give a deposit back: that of a rule, or (no name) all of them; so much of it, or (no amount) all.

    Raises DebtsOpen while anything is owed, NothingLodged, NotEnoughThere where there is less, or the
    box has less.
    """
    must_collect(viewer, account.organisation, on)
    account = locked(account)
    must_owe_nothing(account)
    there = lodged_of(account) if name is None else [_named(account, name)]
    out = money_place(viewer, account.organisation, bank=bank, on=on, at=at)
    moves = [
        Movement(one.pk, out.pk, part, TransferReason.REFUND)
        for one in there
        if (part := queries.available(one) if fen is None else fen)
    ]
    if not moves:
        raise NothingLodged(account=account.number)
    return post(viewer=viewer, organisation=account.organisation, moves=moves, on=on, at=at, note=note)


def must_owe_nothing(account: BillingAccount) -> None:
    """Raise DebtsOpen while an account owes anything."""
    if owed := sum(one.fen for one in queries.open_debts(account) if one.fen > 0):
        raise DebtsOpen(account=account.number, owed=format_yuan(owed))


def lodged_of(account: BillingAccount) -> list[LedgerAccount]:
    """The deposits of an account that hold something."""
    rows = LedgerAccount.objects.filter(holder=account, kind=LedgerKind.DEPOSIT, limited__fen__gt=0)
    return list(rows.order_by("id"))


@action("set-off-deposit", may=REVERSE, within="account.organisation", fields=SET_OFF)
def set_off_deposit(
    *, viewer: Any, account: BillingAccount, yuan: Decimal, reason: str, at: dt.datetime
) -> Posting:
    """Let deposits pay what is owed, up to an amount, in the order of payment. Raises NotTheCollector,
    NothingLodged, NothingToPost where nothing is owed, NotEnoughThere."""
    on = legal_day(at)
    must_collect(viewer, account.organisation, on)
    account = locked(account)
    owed, there = queries.in_order_of_payment(account, on), lodged_of(account)
    if not there:
        raise NothingLodged(account=account.number)
    if not owed:
        raise NothingToPost
    left = fen_of_yuan(yuan)
    receivable = account_of(account.organisation, LedgerKind.RECEIVABLE, holder=account).pk
    has = [[one.pk, queries.available(one)] for one in there]
    moves = []
    for debt in owed:
        open_fen = debt.fen
        for place in has:
            part = min(left, open_fen, place[1])
            if part > 0:
                moves.append(Movement(place[0], receivable, part, TransferReason.SET_OFF, debt.debt.pk))
                left, open_fen, place[1] = left - part, open_fen - part, place[1] - part
    return post(viewer=viewer, organisation=account.organisation, moves=moves, on=on, at=at, note=reason)


@action("top-up-deposit", may=COLLECT, within="account.organisation", fields=TOP_UP)
def top_up_deposit(
    *,
    viewer: Any,
    account: BillingAccount,
    what: str,
    yuan: Decimal,
    reason: str,
    approver: str,
    at: dt.datetime,
    basis: Decimal | None = None,
    bank: str = "",
) -> Receipt:
    """Take more of a deposit without a case, so that all of it lies within the range of its rule; `basis`
    is what the rule goes by (the contract's price, the months). Raises NotTheCollector, BadInput."""
    on = legal_day(at)
    pack = queries.pack_of(account.organisation, on)
    if pack is None:
        raise NothingLodged(account=account.number)
    account = locked(account)
    lodged = account_of(account.organisation, LedgerKind.DEPOSIT, holder=account, name=what)
    rule: Any = pack.rules[what]
    total = yuan + yuan_of_fen(queries.available(lodged))
    given: dict[str, Any] = {rule.over: basis} if basis is not None and getattr(rule, "over", None) else {}
    said = pack.answer(
        what, on=on, given=given | {"chosen": total}, take=rulebook.options_in_force(pack, rule)
    )
    if said.value != total:
        raise BadInput(name=pack.rules[what].title, problem=said.value)
    return take_deposit(
        viewer=viewer,
        account=account,
        name=what,
        fen=fen_of_yuan(yuan),
        on=on,
        at=at,
        bank=bank,
        note=f"{reason}；批准人：{approver}",
    )


@action("enter-old-deposit", may=COLLECT, within="account.organisation", fields=OLD_DEPOSIT)
def enter_old_deposit(
    *, viewer: Any, account: BillingAccount, what: str, yuan: Decimal, reason: str, at: dt.datetime
) -> Posting:
    """Enter a deposit that former books say was lodged, once for each rule. Raises KeyUsedOtherwise for
    another amount."""
    lodged = account_of(account.organisation, LedgerKind.DEPOSIT, holder=account, name=what)
    opening = account_of(account.organisation, LedgerKind.OPENING)
    move = Movement(opening.pk, lodged.pk, fen_of_yuan(yuan), TransferReason.OPENING)
    key = f"old-deposit:{account.number}:{what}"
    known = queries.postings_with_keys(account.organisation, [key]).get(key)
    on = known.transfers.get().event_on if known else legal_day(at)
    return post(
        viewer=viewer, organisation=account.organisation, moves=[move], on=on, at=at, key=key, note=reason
    )


def _named(account: BillingAccount, name: str) -> LedgerAccount:
    found = queries.ledger_account(account.organisation, LedgerKind.DEPOSIT, holder=account, name=name)
    if found is None:
        raise NothingLodged(account=account.number)
    return found
