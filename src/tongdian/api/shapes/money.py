"""Money as the API gives it: yuan, exact."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from tongdian.accounts.fields import ASSERTION, YUAN
from tongdian.api.shapes.cases import Asked
from tongdian.bounded_days import WrittenDay

Paid: Any = YUAN.shape()
Balance: Any = ASSERTION["yuan"].shape()


class DebtOut(Schema):
    """Something that is owed, and what is still open of it."""

    id: UUID
    subject: str = Field(description="electricity, water, charge, late_fee or opening")
    title_zh: str
    title_en: str
    cite: str = Field(description="the article by which it is owed")
    due_on: date
    yuan: Decimal
    open_yuan: Decimal = Field(description="still owed; below nothing, it was paid and then taken back")


class StatementLineOut(Schema):
    """One transfer as the customer reads it."""

    on: date
    reason: str
    title_zh: str
    yuan: Decimal = Field(description="more owed, or (below nothing) paid")
    owed_afterwards: Decimal


class PaidForOut(Schema):
    """What a payment went to."""

    title_zh: str
    title_en: str
    yuan: Decimal
    cite: str


class PaymentAsked(Asked):
    """One payment of a batch."""

    account: UUID
    yuan: Paid
    payer: str = Field("", max_length=80)
    note: str = Field("", max_length=120)
    key: str = Field("", max_length=120, description="what it is called outside: told twice, it is one")


class TakePayments(Asked):
    """Payments that were made on one day into one place."""

    bank: str = Field("", max_length=80, description="into which bank account; empty: your cash box")
    on: WrittenDay | None = Field(None, description="empty: today")
    payments: list[PaymentAsked]


class ReceiptTaken(Schema):
    """The receipt of one payment of a batch."""

    number: str
    id: UUID
    account: UUID
    key: str


class ReceiptsTaken(Schema):
    """Those of a batch, in its order."""

    receipts: list[ReceiptTaken]


class ReceiptOut(Schema):
    """A payment, with what it paid; one that was taken back says when and why."""

    id: UUID
    number: str
    account: UUID
    on: date
    at: datetime
    yuan: Decimal
    payer: str
    into: str
    note: str
    paid: list[PaidForOut]
    taken_back_at: datetime | None
    taken_back_why: str


class Receipts(Schema):
    """A page of receipts."""

    items: list[ReceiptOut]
    next: str | None


class BoxOut(Schema):
    """A cashier's box of a day, and what it should hold."""

    id: int
    day: date
    cashier: str
    yuan: Decimal


class Boxes(Schema):
    """Cash boxes."""

    items: list[BoxOut]
    next: str | None


class CountBox(Asked):
    """What was counted in a box, beside what the books said then."""

    counted: Decimal = Field(ge=0, le=Decimal("99999999.99"), decimal_places=2)
    booked: Decimal = Field(ge=0, le=Decimal("99999999.99"), decimal_places=2)
    bank: str = Field("", max_length=80)
    note: str = Field("", max_length=200)


class ProposalOut(Schema):
    """A refund or a debt to be given up, and what a second person said."""

    id: UUID
    account: UUID
    deed: str
    yuan: Decimal
    reason: str
    state: str = Field(description="waiting, confirmed or refused")


class Proposals(Schema):
    """A page of proposals."""

    items: list[ProposalOut]
    next: str | None


class HaltOut(Schema):
    """A halt of collection."""

    id: UUID
    account: UUID
    debt: UUID | None
    ground: str
    cite: str
    first_on: date
    before: date | None
    ended_on: date | None


class Halts(Schema):
    """A page of halts."""

    items: list[HaltOut]
    next: str | None


class BankLineOut(Schema):
    """A line of a bank's file without a receipt."""

    id: UUID
    bank: str
    number: str
    on: date
    yuan: Decimal
    payer: str
    remark: str


class BankLines(Schema):
    """A page of lines without a receipt."""

    items: list[BankLineOut]
    next: str | None


class MatchLine(Asked):
    """Whose payment a line is."""

    account: UUID


class TrialLineOut(Schema):
    """An account of the books with the sums of its sides."""

    id: int
    account: str
    kind: str
    debit: Decimal
    credit: Decimal


class TrialBalance(Schema):
    """The books at the end of a day: both sums are the same."""

    on: date
    debit: Decimal
    credit: Decimal
    lines: list[TrialLineOut]


class BankAccountOut(Schema):
    """A bank account of the books."""

    id: int
    name: str


class NewBankAccount(Asked):
    """A bank account that the books are to know."""

    name: str = Field(min_length=1, max_length=80)


class ClosedMonth(Schema):
    """A month that was closed."""

    month: date
    accounts: int


class LateFeesRun(Asked):
    """The day up to which late fees are posted."""

    on: WrittenDay


class LateFeesOut(Schema):
    """What a run of late fees did."""

    fees: int
    yuan: Decimal
    halted: int
    not_calculated: list[str]


class AssertBalance(Asked):
    """What another paper says that an account has: debits less credits."""

    on: WrittenDay
    yuan: Balance
    source: str = Field(description="bank_statement, cash_count or old_book", max_length=14)
    note: str = Field("", max_length=200)


class AssertedOut(Schema):
    """An asserted balance, and whether the books say the same."""

    id: UUID
    on: date
    yuan: Decimal
    is_true: bool
