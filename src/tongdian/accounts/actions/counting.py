"""Counting a cash box: what was counted goes to the bank, the difference to its own account."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import known_bank
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.entries import COUNT
from tongdian.accounts.models import CashCount, LedgerAccount, Posting
from tongdian.accounts.refusing import (
    CountedOtherwise,
    DifferenceUnexplained,
    NoSuchBank,
    NothingInTheBox,
    OtherCashier,
)
from tongdian.accounts.rules import COLLECT, REVERSE, LedgerKind, TransferReason
from tongdian.calendar import legal_day
from tongdian.identifiers import uuid7
from tongdian.money import fen_of_yuan, format_yuan
from tongdian.questions import insert
from tongdian.registers.action import action

DIFFERENCES = "长短款 cash differences"


@action("count-cash", may=COLLECT, within="box.organisation", fields=COUNT)
def count_cash(
    *,
    viewer: Any,
    box: LedgerAccount,
    counted: Decimal,
    booked: Decimal,
    at: dt.datetime,
    bank: str = "",
    note: str = "",
) -> CashCount:
    """Enter what was counted in a cashier's box, and pay it into the bank: the box is empty afterwards.
    More or less than the books said goes to an account of its own, with the reason.

    Raises OtherCashier for another's box but by who may take receipts back, CountedOtherwise where the
    books moved on, DifferenceUnexplained, NothingInTheBox, NoSuchBank.
    """
    if box.cashier_id != viewer.pk and not viewer.has_perm(REVERSE.name, box.organisation):
        raise OtherCashier(cashier=str(box.cashier))
    counted_fen, booked_fen = fen_of_yuan(counted), fen_of_yuan(booked)
    if (now := queries.available(box)) != booked_fen:
        raise CountedOtherwise(booked=format_yuan(now))
    if not (counted_fen or booked_fen):
        raise NothingInTheBox
    if counted_fen != booked_fen and not note.strip():
        raise DifferenceUnexplained(difference=format_yuan(counted_fen - booked_fen))
    if counted_fen and not bank:
        raise NoSuchBank(name="", known="、".join(one.name for one in queries.banks(box.organisation)) or "—")
    into = known_bank(box.organisation, bank) if counted_fen else None
    made = CashCount(
        id=uuid7(),
        organisation=box.organisation,
        box=box,
        booked_fen=booked_fen,
        counted_fen=counted_fen,
        bank=into,
        note=note,
        at=at,
        by_id=viewer.pk,
    )

    def write(posting: Posting) -> None:
        made.posting = posting
        insert([made])

    moves = [*_difference(box, counted_fen - booked_fen)]
    if into is not None:
        moves.append(Movement(into.pk, box.pk, counted_fen, TransferReason.BANKED))
    post(
        viewer=viewer,
        organisation=box.organisation,
        moves=moves,
        on=legal_day(at),
        at=at,
        before_moving=write,
    )
    if (left := queries.available(box)) != 0:  # the box is locked since the posting: this is the truth
        raise CountedOtherwise(booked=format_yuan(left + booked_fen))
    return made


def _difference(box: LedgerAccount, fen: int) -> list[Movement]:
    """What was found too much comes into the box, what is missing goes out of it."""
    if not fen:
        return []
    other = account_of(box.organisation, LedgerKind.WRITTEN_OFF, name=DIFFERENCES).pk
    debit, credit = (box.pk, other) if fen > 0 else (other, box.pk)
    return [Movement(debit, credit, abs(fen), TransferReason.DIFFERENCE)]
