"""Money that needs two people or a signature: refunds and debts given up, plans, consents to deduct."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.accounts import queries
from tongdian.accounts.actions.collecting import known_bank, money_place, must_collect
from tongdian.accounts.actions.depositing import lodged_of, must_owe_nothing
from tongdian.accounts.actions.locking import locked
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.entries import PROPOSAL
from tongdian.accounts.fields import ANSWER, CONSENT, PLAN
from tongdian.accounts.models import (
    BillingAccount,
    DeductionConsent,
    MoneyAnswer,
    MoneyProposal,
    PaymentPlan,
    Posting,
)
from tongdian.accounts.queries.agreed import parts_read
from tongdian.accounts.refusing import (
    AnsweredAlready,
    ConsentedAlready,
    MoreThanThere,
    OwnProposal,
    PlanNotTheSum,
    RefusalUnexplained,
)
from tongdian.accounts.refusing.charges import NotItsDebt
from tongdian.accounts.rules import COLLECT, REVERSE, LedgerKind, MoneyDeed, TransferReason
from tongdian.calendar import legal_day
from tongdian.money import fen_of_yuan, format_yuan
from tongdian.registers.action import action


@action("propose-money", may=COLLECT, within="account.organisation", fields=PROPOSAL)
def propose_money(
    *,
    viewer: Any,
    account: BillingAccount,
    deed: str,
    yuan: Decimal,
    reason: str,
    at: dt.datetime,
    debt: str = "",
    bank: str = "",
) -> MoneyProposal:
    """Propose to give back what was prepaid or lodged, or to give up a debt (by its id); another confirms it.

    Raises NotItsDebt, MoreThanThere, DebtsOpen for a deposit while something is owed, NoSuchBank.
    """
    about = queries.ledger_of_debt(account, debt) if debt else None
    if (deed == MoneyDeed.WRITE_OFF) != (about is not None):
        raise NotItsDebt
    fen = fen_of_yuan(yuan)
    account = locked(account)  # two proposals at once do not both count on the same money
    must_be_there(account, deed, fen, about.pk if about else None, is_new=True)
    return MoneyProposal.objects.create(
        organisation=account.organisation,
        account=account,
        deed=deed,
        debt=about,
        fen=fen,
        bank=known_bank(account.organisation, bank) if bank else None,
        reason=reason,
        at=at,
        by_id=viewer.pk,
    )


@action("confirm-money", may=REVERSE, within="proposal.organisation")
def confirm_money(*, viewer: Any, proposal: MoneyProposal, at: dt.datetime) -> MoneyAnswer:
    """Confirm what another proposed, who is somebody else: the money moves. Raises OwnProposal,
    AnsweredAlready, and what was refused on proposing, if it holds no more."""
    account = locked(proposal.account)
    must_be_there(account, proposal.deed, proposal.fen, proposal.debt_id)
    on = legal_day(at)
    if proposal.deed != MoneyDeed.WRITE_OFF:
        must_collect(viewer, account.organisation, on)

    def answer(posting: Posting) -> None:
        _answer(proposal, viewer, at, posting=posting)

    posting = post(
        viewer=viewer,
        organisation=account.organisation,
        moves=_moves(viewer, account, proposal, on, at),
        on=on,
        at=at,
        note=proposal.reason,
        key=f"proposal:{proposal.pk}",
        before_moving=answer,
    )
    return MoneyAnswer.objects.get(posting=posting)


@action("refuse-money", may=REVERSE, within="proposal.organisation", fields=ANSWER)
def refuse_money(*, viewer: Any, proposal: MoneyProposal, reason: str, at: dt.datetime) -> MoneyAnswer:
    """Set a proposal aside, with the reason. Raises OwnProposal, AnsweredAlready."""
    if not reason.strip():
        raise RefusalUnexplained
    return _answer(proposal, viewer, at, reason=reason)


def must_be_there(account: BillingAccount, deed: str, fen: int, debt: Any, *, is_new: bool = False) -> None:
    """Raise MoreThanThere or DebtsOpen unless so much may be given back or given up now; a new proposal,
    beside those that wait already."""
    if deed == MoneyDeed.WRITE_OFF:
        there = next((one.fen for one in queries.open_debts(account) if one.debt.pk == debt), 0)
    elif deed == MoneyDeed.DEPOSIT:
        must_owe_nothing(account)
        there = sum(queries.available(one) for one in lodged_of(account))
    else:
        there = queries.available(account_of(account.organisation, LedgerKind.PREPAYMENT, holder=account))
    if is_new:
        others = account.proposals.filter(deed=deed, debt=debt, answer=None)
        there -= sum(others.values_list("fen", flat=True))
    if fen > there:
        raise MoreThanThere(there=format_yuan(max(there, 0)), wanted=format_yuan(fen))


def _moves(
    viewer: Any, account: BillingAccount, proposal: MoneyProposal, on: dt.date, at: dt.datetime
) -> list[Movement]:
    organisation, left = account.organisation, proposal.fen
    if proposal.deed == MoneyDeed.WRITE_OFF:
        receivable = account_of(organisation, LedgerKind.RECEIVABLE, holder=account)
        given_up = account_of(organisation, LedgerKind.WRITTEN_OFF)
        reason = TransferReason.WRITE_OFF
        return [Movement(given_up.pk, receivable.pk, left, reason, proposal.debt_id)]
    out = proposal.bank or money_place(viewer, organisation, bank="", on=on, at=at)
    if proposal.deed == MoneyDeed.REFUND:
        prepaid = account_of(organisation, LedgerKind.PREPAYMENT, holder=account)
        return [Movement(prepaid.pk, out.pk, left, TransferReason.REFUND)]
    moves = []
    for one in lodged_of(account):
        if part := min(left, queries.available(one)):
            moves.append(Movement(one.pk, out.pk, part, TransferReason.REFUND))
            left -= part
    return moves


def _answer(
    proposal: MoneyProposal, viewer: Any, at: dt.datetime, *, posting: Posting | None = None, reason: str = ""
) -> MoneyAnswer:
    row = MoneyAnswer(
        proposal=proposal,
        organisation=proposal.organisation,
        posting=posting,
        reason=reason,
        at=at,
        by_id=viewer.pk,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        if "nobody answers their own proposal" in str(refused):
            raise OwnProposal from refused
        if "accounts_moneyanswer_pkey" in str(refused):
            raise AnsweredAlready from refused
        raise
    return row


@action("agree-plan", may=REVERSE, within="account.organisation", fields=PLAN)
def agree_plan(
    *, viewer: Any, account: BillingAccount, parts: str, paper: str, first_on: dt.date, at: dt.datetime
) -> PaymentPlan:
    """Agree that what is owed is paid in parts: lines of a day and an amount. While it is kept no late
    fee runs and nobody is dunned; a broken plan holds nothing up, and a fresh round begins.

    Raises PlanUnreadable for a line that is none, PlanNotTheSum unless the parts are what is owed.
    """
    read = parts_read(parts)
    owed = sum(one.fen for one in queries.open_debts(account) if one.fen > 0)
    total = sum(fen for _, fen in read)
    if total != owed:
        raise PlanNotTheSum(parts=format_yuan(total), owed=format_yuan(owed))
    return PaymentPlan.objects.create(
        organisation=account.organisation,
        account=account,
        fen=total,
        parts=[{"due_on": day.isoformat(), "fen": fen} for day, fen in read],
        paper=paper,
        first_on=first_on,
        at=at,
        by_id=viewer.pk,
    )


@action("consent-to-deduct", may=COLLECT, within="account.organisation", fields=CONSENT)
def consent_to_deduct(
    *, viewer: Any, account: BillingAccount, contract: str, signer: str, signed_on: dt.date, at: dt.datetime
) -> DeductionConsent:
    """Keep that a contractor signed, and when, that charges are deducted from the payments of a works
    contract (64(3)). Raises ConsentedAlready."""
    row = DeductionConsent(
        organisation=account.organisation,
        account=account,
        contract=contract,
        signer=signer,
        signed_on=signed_on,
        at=at,
        by_id=viewer.pk,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        if "contract_is_consented_to_once" not in str(refused):
            raise
        raise ConsentedAlready(contract=contract) from refused
    return row
