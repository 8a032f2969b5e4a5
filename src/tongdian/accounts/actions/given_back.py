"""What is given back in a case: power that could not be loaded (15(1)), what a meter counted wrongly (14(2)).

sign-refund         somebody signs for a refund; nobody signs twice
refund-power        the last purchase is returned, and the power bought anew at once
settle-meter-error  what the rule says is charged besides, or given back as a prepayment
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongdian.accounts import queries
from tongdian.accounts.actions.by_case import account_in, asks_means, bank_named, cashier_of
from tongdian.accounts.actions.charging import charge_answer
from tongdian.accounts.actions.collecting import money_place, must_collect, write_receipt
from tongdian.accounts.actions.locking import locked
from tongdian.accounts.actions.owing import set_off
from tongdian.accounts.actions.posting import Movement, account_of, post
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.refusing import SignsTwice
from tongdian.accounts.refusing.charges import NotInForceHere
from tongdian.accounts.rules import LedgerKind, TransferReason
from tongdian.cases import queries as case_queries
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case, EffectRun
from tongdian.connections.effects import effect_given, in_force_at
from tongdian.connections.printing import REFUND_POWER, SIGN_REFUND
from tongdian.money import fen_of_yuan
from tongdian.policy.answer import Answer
from tongdian.policy.inputs import Input
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.actions import keep_answer

RULE = "meter-error"


@effect(SIGN_REFUND, title=Words("已签字", "signed"), undo=lambda deed: {})
def signed(deed: Deed) -> Mapping[str, Any]:
    """15(1): seller, electrician, supervisor and manager are different people, each signs for themselves.
    The seller makes the voucher out, and the supervisor signs it. Raises SignsTwice."""
    who = str(deed.viewer.pk)
    current = case_queries.attempt_of
    for run in EffectRun.objects.filter(case=deed.case, effect=SIGN_REFUND, is_undoing=False):
        counts = run.stage in deed.state.done and run.attempt == current(deed.state, run.stage)
        if counts and run.stage != deed.stage and run.result.get("by") == who:
            raise SignsTwice(stage=case_queries.desk(deed.case).wording.stages[run.stage].title)
    return {"by": who}


@effect(
    REFUND_POWER,
    title=Words("电费已退还并重新购电", "the money is returned and the power bought anew"),
    asks=asks_means,
    undo=lambda deed: {},  # the money is with the customer
)
def power_refunded(deed: Deed) -> Mapping[str, Any]:
    """The last purchase goes back out of the box or the bank, and the same sum comes in for the power that
    is bought anew, with its receipt: both stand in the books. Raises NotTheCollector, NotEnoughThere."""
    yuan = deed.state.facts.get(effect_given(deed).get("fact", ""))
    assert isinstance(yuan, Decimal)  # the pack's fact, which an earlier stage yields
    fen, who = fen_of_yuan(yuan), cashier_of(deed)
    must_collect(who, deed.case.organisation, deed.on)
    account = locked(account_in(deed.case, deed.viewer, deed.at))
    place = money_place(who, account.organisation, bank=bank_named(deed), on=deed.on, at=deed.at)
    sold = account_of(account.organisation, LedgerKind.ELECTRICITY)
    bought = write_receipt(
        who,
        account,
        place,
        [Movement(place.pk, sold.pk, fen, TransferReason.RECEIPT)],
        payer=str(account.customer),
        note=f"{deed.case.number} 重新购电",
        on=deed.on,
        at=deed.at,
    )
    returned = post(
        viewer=who,
        organisation=account.organisation,
        moves=[Movement(sold.pk, place.pk, fen, TransferReason.REFUND)],
        on=deed.on,
        at=deed.at,
        note=f"{deed.case.number} 退还购电款",
    )
    return {"fen": fen, "returned": str(returned.pk), "receipt": bought.number}


COUNTED = {
    "power": Input(
        title=Words("上次检定或装表以来计量的电量", "electricity counted since the last test or the fitting"),
        unit="kWh", scale=2, min=Decimal(0), max=Decimal(100_000_000),
    ),
    "water": Input(
        title=Words("上次检定或装表以来计量的水量", "water counted since the last test or the fitting"),
        unit="m³", scale=2, min=Decimal(0), max=Decimal(100_000_000),
    ),
}  # fmt: skip
ERROR = Input(
    title=Words("鉴定误差（多计为正，如 0.05）", "error found (above nothing: too much; such as 0.05)"),
    unit="ratio",
    scale=4,
    min=Decimal("-0.9"),
    max=Decimal(10),
)


def _utility(case: Case) -> str:
    return str(case_queries.state_of(case).facts.get("utility", "power"))


@effect(
    "settle-meter-error",
    title=Words("退补已入账", "refund or back-bill is in the books"),
    asks=lambda case: {"counted": COUNTED[_utility(case)], "error": ERROR},
    undo=lambda deed: {},  # taken back in the books, by two
)
def error_settled(deed: Deed) -> Mapping[str, Any]:
    """What the rule of 14(2) says: to pay besides it is a charge, to be given back a prepayment, which pays
    what is owed first. Raises NotTheCollector, NoAgreementHere, NotInForceHere."""
    who = cashier_of(deed)
    must_collect(who, deed.case.organisation, deed.on)
    utility = _utility(deed.case)
    (first, *_) = [one for one in in_force_at(deed.case, deed.on) if one.usage_point.utility == utility]
    pack = queries.pack_of(deed.case.organisation, deed.on)
    if pack is None or RULE not in pack.rules:
        raise NotInForceHere
    billing = pack.head.uses.billing
    offices = billing.offices if billing else {}
    given = {
        "decided_on": deed.on,
        "category": first.price_category,
        "campus": offices.get(deed.case.organisation.short, deed.case.organisation.short),
        **_rows(deed, utility),
    }
    said = pack.answer(RULE, on=deed.on, given=given, take=rulebook.options_in_force(pack, pack.rules[RULE]))
    account = account_in(deed.case, deed.viewer, deed.at)
    assert isinstance(said.value, Decimal)  # the rule gives yuan
    if said.value > 0:
        debt = charge_answer(
            viewer=who, account=account, said=said, paper=deed.case.number, case=deed.case.number,
            due_on=deed.on, on=deed.on, at=deed.at, key=f"case:{deed.case.number}:{deed.stage}",
        )  # fmt: skip
        return {"fen": debt.fen}
    if said.value < 0:
        _give_back(deed, account, said, utility, given)
    return {"fen": -fen_of_yuan(-said.value)}


def _rows(deed: Deed, utility: str) -> dict[str, Any]:
    if utility == "power":
        row = {"meter": "1", "counted_kwh": deed.given["counted"], "error": deed.given["error"]}
    else:
        row = {"tap": "1", "counted_m3": deed.given["counted"], "deviation": deed.given["error"]}
    return {utility: [row]}


def _give_back(
    deed: Deed, account: BillingAccount, said: Answer, utility: str, given: Mapping[str, Any]
) -> None:
    assert isinstance(said.value, Decimal)
    kind = LedgerKind.ELECTRICITY if utility == "power" else LedgerKind.WATER
    income = account_of(account.organisation, kind)
    prepaid = account_of(account.organisation, LedgerKind.PREPAYMENT, holder=account)
    who = cashier_of(deed)
    post(
        viewer=who,
        organisation=account.organisation,
        moves=[Movement(income.pk, prepaid.pk, fen_of_yuan(-said.value), TransferReason.REFUND)],
        on=deed.on,
        at=deed.at,
        key=f"case:{deed.case.number}:{deed.stage}",
        note=deed.case.number,
    )
    keep_answer(answer=said, given=given, subject=deed.case.number, by=who, at=deed.at)
    set_off(viewer=who, account=account, on=deed.on, at=deed.at)
