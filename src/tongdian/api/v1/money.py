"""Money: accounts and what is done with them, receipts, boxes, proposals, the books."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from tongdian.accounts import queries
from tongdian.accounts.actions.agreeing import confirm_money, refuse_money
from tongdian.accounts.actions.banking import match_line
from tongdian.accounts.actions.charging import take_charge_back
from tongdian.accounts.actions.closing import assert_balance, close_month
from tongdian.accounts.actions.collecting import (
    PaymentTold,
    open_bank_account,
    take_payments,
    take_receipt_back,
)
from tongdian.accounts.actions.counting import count_cash
from tongdian.accounts.actions.late import end_halt, run_late_fees
from tongdian.accounts.fields import ASSERTION, YUAN
from tongdian.accounts.models import BillingAccount, Debt, Receipt
from tongdian.accounts.queries import agreed, late, trial_balances
from tongdian.accounts.queries.customers import statement_of
from tongdian.accounts.registers import ACCOUNTS
from tongdian.allowed import NoSuchOrganisation
from tongdian.api.shapes import money as shapes
from tongdian.api.v1.asking import REFUSED, STAFF, viewer_of
from tongdian.api.v1.doing import deed
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import doing_with, operations
from tongdian.bounded_days import WrittenDay
from tongdian.money import fen_of_yuan, yuan_of_fen
from tongdian.parties.models import Organisation

accounts = operations(ACCOUNTS)
receipts = Router(tags=["money"], auth=STAFF)
boxes = Router(tags=["money"], auth=STAFF)
debts = Router(tags=["money"], auth=STAFF)
proposals = Router(tags=["money"], auth=STAFF)
halts = Router(tags=["money"], auth=STAFF)
lines = Router(tags=["money"], auth=STAFF)
books = Router(tags=["money"], auth=STAFF)


def _debt(one: Debt, left: int) -> dict[str, Any]:
    return {
        "id": one.pk,
        "subject": one.subject,
        "title_zh": one.title["zh"],
        "title_en": one.title["en"],
        "cite": one.cite,
        "due_on": one.due_on,
        "yuan": yuan_of_fen(one.fen),
        "open_yuan": yuan_of_fen(left),
    }


# ---------------------------------------------------------------- accounts
@accounts.get("/{uuid:id_}/debts", response={200: list[shapes.DebtOut], **REFUSED})
def list_debts(request: HttpRequest, id_: UUID) -> Any:
    """What an account owes, in the order in which a payment goes to it."""
    account = ACCOUNTS.find(viewer_of(request), id_)
    owed = queries.in_order_of_payment(account, timezone.localdate())
    return [_debt(one.debt, one.fen) for one in owed]


@accounts.get("/{uuid:id_}/statement", response={200: list[shapes.StatementLineOut], **REFUSED})
def show_statement(
    request: HttpRequest, id_: UUID, first: WrittenDay | None = None, last: WrittenDay | None = None
) -> Any:
    """The transfers of an account from a day (its opening) to a day (today), with what was owed after each."""
    account: BillingAccount = ACCOUNTS.find(viewer_of(request), id_)
    _, found = statement_of(account, first=first or account.opened_on, last=last or timezone.localdate())
    return [
        {
            "on": line.transfer.event_on,
            "reason": line.transfer.reason,
            "title_zh": line.transfer.item.title["zh"] if line.transfer.item else str(line.kind),
            "yuan": yuan_of_fen(line.fen),
            "owed_afterwards": yuan_of_fen(line.balance),
        }
        for line in found
    ]


doing_with(
    debts,
    "/{uuid:id_}/take-back",
    take_charge_back,
    find=lambda viewer, id_: queries.debt(viewer, id_),
    gives=shapes.DebtOut,
    answer=lambda thing, _made: _debt(thing, 0),
)


# ---------------------------------------------------------------- receipts
def _receipt(one: Receipt) -> dict[str, Any]:
    undone = one.undone
    return {
        "id": one.pk,
        "number": one.number,
        "account": one.account_id,
        "on": one.on,
        "at": one.at,
        "yuan": yuan_of_fen(one.fen),
        "payer": one.payer,
        "into": str(one.into),
        "note": one.note,
        "paid": [
            {"title_zh": title.zh, "title_en": title.en, "yuan": yuan_of_fen(fen), "cite": cite}
            for title, fen, cite in queries.paid_for(one)
        ],
        "taken_back_at": undone.at if undone else None,
        "taken_back_why": undone.note if undone else "",
    }


@receipts.get("", response={200: shapes.Receipts, **REFUSED})
def list_receipts(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The receipts that you see, newest first."""
    return page(queries.receipts(viewer_of(request)), after, limit, _receipt)


@receipts.get("/{uuid:id_}", response={200: shapes.ReceiptOut, **REFUSED})
def show_receipt(request: HttpRequest, id_: UUID) -> Any:
    """One receipt."""
    return _receipt(queries.receipt(viewer_of(request), id_))


doing_with(
    receipts,
    "/{uuid:id_}/take-back",
    take_receipt_back,
    find=lambda viewer, id_: queries.receipt(viewer, id_),
    gives=shapes.ReceiptOut,
    answer=lambda thing, _made: _receipt(Receipt.objects.select_related("posting", "into").get(pk=thing.pk)),
)


# ---------------------------------------------------------------- boxes
@boxes.get("", response={200: shapes.Boxes, **REFUSED})
def list_boxes(request: HttpRequest) -> Any:
    """The cash boxes that hold something, newest first."""
    rows = queries.boxes(viewer_of(request)).filter(limited__fen__gt=0)[:200]
    return {"items": [_box(one) for one in rows], "next": None}


def _box(one: Any) -> dict[str, Any]:
    return {
        "id": one.pk,
        "day": one.day,
        "cashier": one.cashier.shown_name,
        "yuan": yuan_of_fen(queries.available(one)),
    }


@deed(boxes, "/{int:number}/count", gives=shapes.BoxOut)
def count(request: HttpRequest, number: int, asked: shapes.CountBox) -> Any:
    """Enter what was counted in a box, and pay it into the bank."""
    viewer = viewer_of(request)
    one = queries.box(viewer, number)
    count_cash(viewer=viewer, box=one, at=timezone.now(), **asked.model_dump())
    return _box(one)


# ---------------------------------------------------------------- proposals and halts
def _proposal(one: Any, _made: Any = None) -> dict[str, Any]:
    answer = getattr(one, "answer", None) if _made is None else _made
    state = "waiting" if answer is None else ("confirmed" if answer.posting_id else "refused")
    return {
        "id": one.pk,
        "account": one.account_id,
        "deed": one.deed,
        "yuan": yuan_of_fen(one.fen),
        "reason": one.reason,
        "state": state,
    }


@proposals.get("", response={200: shapes.Proposals, **REFUSED})
def list_proposals(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """Refunds and debts to be given up, newest first."""
    return page(agreed.proposals(viewer_of(request)), after, limit, _proposal)


for _verb, _action in (("confirm", confirm_money), ("refuse", refuse_money)):
    doing_with(
        proposals,
        f"/{{uuid:id_}}/{_verb}",
        _action,
        find=lambda viewer, id_: agreed.proposal(viewer, id_),
        gives=shapes.ProposalOut,
        answer=_proposal,
    )


def _halt(one: Any, made: Any = None) -> dict[str, Any]:
    end = made or getattr(one, "end", None)
    return {
        "id": one.pk,
        "account": one.account_id,
        "debt": one.debt_id,
        "ground": one.ground,
        "cite": one.cite,
        "first_on": one.first_on,
        "before": one.before,
        "ended_on": end.on if end else None,
    }


@halts.get("", response={200: shapes.Halts, **REFUSED})
def list_halts(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The halts that you see, newest first."""
    return page(late.halts(viewer_of(request)), after, limit, _halt)


doing_with(
    halts,
    "/{uuid:id_}/end",
    end_halt,
    find=lambda viewer, id_: late.halt(viewer, id_),
    gives=shapes.HaltOut,
    answer=_halt,
)


# ---------------------------------------------------------------- bank files
def _line(one: Any) -> dict[str, Any]:
    return {
        "id": one.pk,
        "bank": one.bank.name,
        "number": one.number,
        "on": one.on,
        "yuan": yuan_of_fen(one.fen),
        "payer": one.payer,
        "remark": one.remark,
    }


@lines.get("", response={200: shapes.BankLines, **REFUSED})
def list_unmatched(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The lines of bank files without a receipt, newest first."""
    return page(agreed.unmatched(viewer_of(request)), after, limit, _line)


@deed(lines, "/{uuid:id_}/match", gives=shapes.ReceiptOut)
def match(request: HttpRequest, id_: UUID, asked: shapes.MatchLine) -> Any:
    """Say whose payment a line is: it is taken as one."""
    viewer = viewer_of(request)
    line = agreed.bank_line(viewer, id_)
    account = ACCOUNTS.find(viewer, asked.account)
    return _receipt(match_line(viewer=viewer, line=line, account=account, at=timezone.now()))


# ---------------------------------------------------------------- the books
def _house(request: HttpRequest, id_: UUID) -> Organisation:
    """Whose books. Raises NoSuchOrganisation."""
    found = next((one for one in queries.with_books(viewer_of(request)) if one.pk == id_), None)
    if found is None:
        raise NoSuchOrganisation
    return found


@books.get("/{uuid:id_}", response={200: shapes.TrialBalance, **REFUSED})
def trial_balance(request: HttpRequest, id_: UUID, on: WrittenDay | None = None) -> Any:
    """The trial balance of an organisation's books at the end of a day (today)."""
    on = on or timezone.localdate()
    found = trial_balances.trial_balance(_house(request, id_), on=on)
    return {
        "on": on,
        "debit": yuan_of_fen(sum(one.debit for one in found)),
        "credit": yuan_of_fen(sum(one.credit for one in found)),
        "lines": [
            {
                "id": one.account.pk,
                "account": str(one.account),
                "kind": one.account.kind,
                "debit": yuan_of_fen(one.debit),
                "credit": yuan_of_fen(one.credit),
            }
            for one in found
        ],
    }


@deed(books, "/{uuid:id_}/payments", gives=shapes.ReceiptsTaken, status=201)
def take_batch(request: HttpRequest, id_: UUID, asked: shapes.TakePayments) -> Any:
    """Take up to 2,000 payments at once, all of them or none; each gets its receipt, in their order."""
    house = _house(request, id_)
    payments = [
        PaymentTold(
            account=one.account,
            fen=fen_of_yuan(YUAN.read(one.yuan)),
            payer=one.payer,
            note=one.note,
            key=one.key,
        )
        for one in asked.payments
    ]
    made = take_payments(
        viewer=viewer_of(request),
        organisation=house,
        payments=payments,
        bank=asked.bank,
        on=asked.on,
        at=timezone.now(),
    )
    return {
        "receipts": [
            {"number": row.number, "id": row.pk, "account": row.account_id, "key": told.key}
            for row, told in zip(made.receipts, payments, strict=True)
        ]
    }


@deed(books, "/{uuid:id_}/close", gives=shapes.ClosedMonth)
def close(request: HttpRequest, id_: UUID) -> Any:
    """Close the oldest open month."""
    house = _house(request, id_)
    return close_month(viewer=viewer_of(request), organisation=house, at=timezone.now())


@deed(books, "/{uuid:id_}/late-fees", gives=shapes.LateFeesOut)
def late_fees(request: HttpRequest, id_: UUID, asked: shapes.LateFeesRun) -> Any:
    """Post the late fees that have grown up to a day."""
    house, at = _house(request, id_), timezone.now()
    ran = run_late_fees(viewer=viewer_of(request), organisation=house, on=asked.on, at=at)
    refused = [f"{debt.account.number}: {why.en}" for debt, why in ran.refused]
    return {"fees": ran.fees, "yuan": yuan_of_fen(ran.fen), "halted": ran.halted, "not_calculated": refused}


@deed(books, "/{uuid:id_}/banks", gives=shapes.BankAccountOut, status=201)
def add_bank(request: HttpRequest, id_: UUID, asked: shapes.NewBankAccount) -> Any:
    """Have the books know a bank account."""
    house = _house(request, id_)
    return open_bank_account(
        viewer=viewer_of(request), organisation=house, name=asked.name, at=timezone.now()
    )


@deed(books, "/accounts/{int:number}/assert", gives=shapes.AssertedOut, status=201)
def assert_(request: HttpRequest, number: int, asked: shapes.AssertBalance) -> Any:
    """Enter what a bank statement, a count or an old book says that an account has."""
    viewer = viewer_of(request)
    account = queries.ledger_account_seen(viewer, number)
    row = assert_balance(
        viewer=viewer,
        account=account,
        on=asked.on,
        fen=fen_of_yuan(ASSERTION["yuan"].read(asked.yuan)),
        source=ASSERTION["source"].read(asked.source),
        note=asked.note,
        at=timezone.now(),
    )
    there = queries.balances([account.pk], on=row.on)[account.pk]
    return {"id": row.pk, "on": row.on, "yuan": asked.yuan, "is_true": there == row.fen}
