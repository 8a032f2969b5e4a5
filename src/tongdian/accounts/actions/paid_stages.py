"""Stages that are done by a payment: the expansion fee of 10(5), what is used for a time (32, 46, 52).

charge-fee   the charge is in the books and paid; whoever closes it at the counter takes what is still open

What is due is the answer of the rule that the pack names, `{rule: RULE, day: INPUT}`, or the fact in which
an office confirmed it, `{fact: FACT}`; where it names neither, or the fact is not there, the charge is
made by hand, by a rule, in the name of the case. A payment for a charge goes to that charge (民法典 560:
who pays says for what). Where no regulation speaks of money a person closes it, with evidence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from tongdian.accounts import queries
from tongdian.accounts.actions.by_case import account_in, asks_means, bank_named, cashier_of
from tongdian.accounts.actions.charging import charge_answer
from tongdian.accounts.actions.collecting import money_place, must_collect, write_receipt
from tongdian.accounts.actions.locking import locked
from tongdian.accounts.actions.owing import Owed, owe, set_off
from tongdian.accounts.actions.posting import Movement, account_of
from tongdian.accounts.models import BillingAccount, Debt, Receipt
from tongdian.accounts.queries.customers import accounts_in, charges_of_case
from tongdian.accounts.refusing.charges import ChargeNotPaid, NotChargedYet
from tongdian.accounts.rules import COLLECT, LedgerKind, TransferReason
from tongdian.allowed import must_be_allowed
from tongdian.calendar import legal_day
from tongdian.cases import queries as case_queries
from tongdian.cases.actions import close_stage
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case
from tongdian.connections.amounts_due import CHARGE_FEE, MOST, fee_due
from tongdian.money import fen_of_yuan, fen_rounded, format_yuan, yuan_of_fen
from tongdian.policy.answer import Answer
from tongdian.policy.inputs import Input
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

AMOUNT = Words("实缴金额", "amount paid")
NOT_CHARGED = Words(
    "尚未记入应收：请先按规则计费，再收款办结。",
    "Nothing is charged yet: charge it by its rule, then take it.",
)


def _told(case: Case) -> Mapping[str, str]:
    stages = case_queries.desk(case).wording.stages.values()
    return next((one.effect_given for one in stages if one.effect == CHARGE_FEE), {})


def due_in(case: Case) -> Answer | Decimal | None:
    """What a stage of the case is paid with, before it is charged: what its rule answers, or the yuan that
    a fact of it says; none where it is charged by hand."""
    told = _told(case)
    if "rule" in told:
        return fee_due(case)
    said = case_queries.state_of(case).facts.get(told.get("fact", ""))
    return said if isinstance(said, Decimal) else None


def _due_yuan(due: Answer | Decimal | None) -> Decimal | None:
    value = due.value if isinstance(due, Answer) else due
    return value if isinstance(value, Decimal) else None


def left_of(case: Case) -> dict[Debt, int]:
    """The charges in the name of a case, each with the fen that are still owed of it."""
    debts = charges_of_case(case)
    open_fen = {one.debt.pk: one.fen for account in accounts_in(case) for one in queries.open_debts(account)}
    return {one: max(0, open_fen.get(one.pk, 0)) for one in debts}


def _asked(case: Case) -> Mapping[str, Input]:
    """The amount paid, which is the amount due; in cash or by which bank. Nothing where it is paid."""
    charged = left_of(case)
    due = due_in(case)
    yuan = _due_yuan(due) if not charged else yuan_of_fen(sum(charged.values()))
    if charged and not yuan:
        return {}
    if yuan is None:
        return {"amount": _amount(AMOUNT)} if not _has_books(case) else {}
    said = AMOUNT
    if isinstance(due, Answer):
        said = Words(
            f"{said.zh}（应缴 {due.say_value('zh')}，{due.cited('zh')}）",
            f"{said.en} (due: {due.say_value('en')}, {due.cited('en')})",
        )
    asked = {"amount": _amount(said, low=yuan, high=yuan)}
    return {**asked, **asks_means(case)} if yuan else asked


def _amount(title: Words, low: Decimal = Decimal(0), high: Decimal = MOST) -> Input:
    return Input(title=title, unit="yuan", scale=2, min=low, max=high)


def _has_books(case: Case) -> bool:
    pack = case_queries.desk(case).pack
    return pack.head.uses.collecting is not None


def _not_charged(case: Case, on: dt.date) -> Words | None:
    """What is charged by hand has to be charged first."""
    if not _has_books(case) or charges_of_case(case) or due_in(case) is not None:
        return None
    return NOT_CHARGED


@effect(
    CHARGE_FEE,
    title=Words("费用已缴", "the fee is paid"),
    asks=_asked,
    undo=lambda deed: {},  # what was paid stays in the books; the charge is taken back there
    warns=_not_charged,
)
def fee_paid(deed: Deed) -> Mapping[str, Any]:
    """The charge of the stage is in the books, and what is open of it is taken from who pays at the desk.

    Raises NotChargedYet, ChargeNotPaid where an applicant says so and money is still owed, NotTheCollector."""
    case = deed.case
    due = due_in(case)
    if not _has_books(case):
        return {"rule": due.rule, "pack_hash": due.pack_hash} if isinstance(due, Answer) else {}
    if not charges_of_case(case):
        yuan = _due_yuan(due)
        if due is None or yuan is None:
            raise NotChargedYet(case=case.number)
        if fen_rounded(yuan) == 0:
            return {"fen": 0}
        charge_due(viewer=cashier_of(deed), case=case, stage=deed.stage, at=deed.at, authority=deed.viewer)
    left = {one: fen for one, fen in left_of(case).items() if fen}
    said = deed.given.get("amount")
    if left and said is None:
        first = next(iter(left))
        owed = format_yuan(sum(left.values()))
        raise ChargeNotPaid(case=case.number, charge=Words(**first.title), owed=owed)
    receipts = [_taken(deed, one, fen) for one, fen in left.items()]
    return {"receipts": [one.number for one in receipts], "fen": sum(one.fen for one in receipts)}


def charge_case(*, viewer: Any, case: Case, stage: str, at: dt.datetime) -> Debt:
    """Let the customer of a case owe what its stage is paid with, before they come to pay it; once.

    Raises NotTheCollector, NotChargedYet where no rule and no fact says the amount, NoCustomer, NoPlace."""
    must_be_allowed(viewer, *COLLECT, case.organisation)
    return charge_due(viewer=viewer, case=case, stage=stage, at=at, authority=viewer)


def charge_due(*, viewer: Any, case: Case, stage: str, at: dt.datetime, authority: Any) -> Debt:
    """As `charge_case`, with the authority of whoever closes the stage."""
    on = legal_day(at)
    must_collect(viewer, case.organisation, on)
    due = due_in(case)
    account = account_in(case, authority, at)
    key = f"case:{case.number}:{stage}"
    if isinstance(due, Answer):
        return charge_answer(
            viewer=viewer, account=account, said=due, paper=case.number, case=case.number, due_on=on, on=on,
            at=at, key=key,
        )  # fmt: skip
    if due is None:
        raise NotChargedYet(case=case.number)
    declared = case_queries.desk(case).wording.stages[stage]
    item = Owed(
        subject=Debt.Subject.CHARGE,
        fen=fen_of_yuan(due),
        due_on=on,
        title=declared.title,
        cite=declared.cite[0] if declared.cite else "",
        answer={"amount": f"{due:f}", "fact": _told(case)["fact"], "payer": "user", "case": case.number},
    )
    posting = owe(viewer=viewer, account=account, items=[item], on=on, at=at, key=key, note=case.number)
    set_off(viewer=viewer, account=account, on=on, at=at)
    return posting.debts.get()


def _taken(deed: Deed, debt: Debt, fen: int) -> Receipt:
    """What is open of a charge, with its receipt: from who pays for it, to that charge."""
    viewer = cashier_of(deed)
    must_collect(viewer, deed.case.organisation, deed.on)
    account = locked(debt.account)
    into = money_place(viewer, account.organisation, bank=bank_named(deed), on=deed.on, at=deed.at)
    receivable = account_of(account.organisation, LedgerKind.RECEIVABLE, holder=account)
    return write_receipt(
        viewer,
        account,
        into,
        [Movement(into.pk, receivable.pk, fen, TransferReason.RECEIPT, debt.pk)],
        payer=str(account.customer),
        note=deed.case.number,
        on=deed.on,
        at=deed.at,
    )


def close_what_is_paid(
    *, viewer: Any, account: BillingAccount, receipt: Receipt, at: dt.datetime
) -> list[str]:
    """Close the stages that waited for a payment and have it; the numbers of their cases. What cannot be
    closed by this viewer, or asks more, stays open for whose it is."""
    done = []
    rows = Case.objects.filter(customer=account.customer_id, ended_on=None, organisation=account.organisation)
    for case in rows:
        state = case_queries.state_of(case)
        stages = case_queries.desk(case).wording.stages
        waiting = [one for one in state.open_stages if stages[one].effect == CHARGE_FEE]
        charged = left_of(case) if waiting else {}
        if not charged or any(charged.values()):
            continue
        with suppress(Refusal):
            close_stage(
                viewer=viewer, case=case, stage=waiting[0], seen=case.seq, at=at, evidence=[receipt.number]
            )
            done.append(case.number)
    return done
