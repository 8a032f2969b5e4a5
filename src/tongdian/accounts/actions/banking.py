"""Files of banks: every line is kept once, whoever brings it and how often; what names an account is paid
at once, the rest waits on a list for somebody to say whose it is."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.db import IntegrityError, transaction

from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import must_collect, take_payment
from tongdian.accounts.models import BankLine, BillingAccount, LedgerAccount, Receipt
from tongdian.accounts.queries.agreed import accounts_named
from tongdian.accounts.refusing import LineMatched, LineToldOtherwise, NoPayment, NotABank
from tongdian.accounts.rules import COLLECT, DayNotOpen, LedgerKind
from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.money import fen_of_yuan, yuan_of_fen
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.registers.fields import Fields
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import Cell
from tongdian.spreadsheets.reading import SheetRow, read_table

MOST = 20_000  # lines of one file
NEEDED = ("number", "day", "yuan")


@dataclass
class BroughtLines:
    """What became of a file: lines that are new, that were told before, that were paid at once, and the
    rows that could not be read, with the reason."""

    new: int = 0
    known: int = 0
    matched: int = 0
    refused: list[tuple[int, Words]] = field(default_factory=list)


def bring_bank_file(*, viewer: Any, bank: LedgerAccount, content: bytes, at: dt.datetime) -> BroughtLines:
    """Keep the payments of a bank's file, each once for ever by the bank's own number, and pay those that
    name an account. A row that is wrong stops no other.

    Raises NotAllowed, NotTheCollector, NotABank, and what reading the file refuses.
    """
    organisation = bank.organisation
    must_be_allowed(viewer, *COLLECT, organisation)
    if bank.kind != LedgerKind.BANK:
        raise NotABank
    must_collect(viewer, organisation, legal_day(at))
    table = read_table(content, headings=layout(), required=NEEDED, most=MOST)
    digest, brought = hashlib.sha256(content).hexdigest(), BroughtLines()
    for row in table.rows:
        try:
            with transaction.atomic():
                _take(viewer, bank, row, digest, at, brought)
        except Refusal as refused:
            brought.refused.append((row.number, refused.words))
    record(
        actor=viewer.actor,
        action="bring-bank-file",
        subject=f"ledger-account:{bank.pk}",
        payload={
            "sha256": digest,
            "new": brought.new,
            "known": brought.known,
            "matched": brought.matched,
            "refused": len(brought.refused),
        },
        at=at,
    )
    return brought


@cache
def layout() -> dict[str, tuple[str, ...]]:
    """The titles by which banks call each column."""
    read = yaml.safe_load(files("tongdian.accounts").joinpath("bank_layouts.yaml").read_text("utf-8"))
    return {name: tuple(titles) for name, titles in read.items()}


@action("match-bank-line", may=COLLECT, within="line.organisation", fields=Fields())
def match_line(*, viewer: Any, line: BankLine, account: BillingAccount, at: dt.datetime) -> Receipt:
    """Say whose payment a line of a bank's file is: it is taken as one. Raises LineMatched, and what
    `take_payment` does."""
    known = queries.receipts_with_keys(line.organisation, [line.key]).get(line.key)
    if known is not None and known.account_id != account.pk:
        raise LineMatched(receipt=known.number)
    return take_payment(
        viewer=viewer,
        account=account,
        yuan=yuan_of_fen(line.fen),
        payer=line.payer,
        bank=line.bank.name,
        note=line.remark[:120],
        on=line.on,
        key=line.key,
        at=at,
        prepay=True,  # the money is at the bank already
    )


def _take(
    viewer: Any, bank: LedgerAccount, row: SheetRow, digest: str, at: dt.datetime, brought: BroughtLines
) -> None:
    line = _line(viewer, bank, row, digest, at)
    known = BankLine.objects.filter(bank=bank, number=line.number).first()
    if known is not None:
        if (known.on, known.fen) != (line.on, line.fen):
            raise LineToldOtherwise(number=line.number)
        brought.known += 1
        return
    try:
        with transaction.atomic():
            line.save(force_insert=True)
    except IntegrityError as refused:
        if "bank_tells_a_payment_once" not in str(refused):
            raise
        brought.known += 1  # another brings the same just now
        return
    brought.new += 1
    named = accounts_named(bank, line.remark)
    if len(named) == 1:
        match_line(viewer=viewer, line=line, account=named[0], at=at)
        brought.matched += 1


def _line(viewer: Any, bank: LedgerAccount, row: SheetRow, digest: str, at: dt.datetime) -> BankLine:
    """A row as it is kept. Raises CellRefused, NoPayment for money that went out."""
    has = row.cells
    fen = fen_of_yuan(cells.number(has["yuan"], unit="yuan", decimals=2))
    if fen <= 0:
        raise NoPayment
    if (on := cells.day(has["day"])) > (today := legal_day(at)):
        raise DayNotOpen(day=on, today=today)
    payer, remark = (cells.text(has.get(name, Cell(None)), most=200) for name in ("payer", "remark"))
    return BankLine(
        organisation=bank.organisation,
        bank=bank,
        number=cells.text(has["number"], most=80),
        on=on,
        fen=fen,
        payer=payer[:80],
        remark=remark,
        file=digest,
        at=at,
        by_id=viewer.pk,
    )
