"""What closing a stage does to the books.

take-deposit     the deposit that the stage's facts say is taken, with a receipt (9, 10(1))
refund-deposit   it is given back, never while anything is owed (10(2), 15(3))
check-balance    what the office says is owed is what the books say (48)
issue-certificate  the certificate of 48: contract, payment, time and amount; one serves one payment

Which fact is the amount, and of what a certificate speaks, the pack says in `effect_given`; a case
under an older encoding names none, and a person does it as before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.accounts import guards, queries
from tongdian.accounts.actions.depositing import refund_deposit, take_deposit
from tongdian.accounts.actions.opening import open_account
from tongdian.accounts.models import BillingAccount, ServedPayment
from tongdian.accounts.queries.customers import accounts_in, billed_between
from tongdian.accounts.refusing import BooksSayOtherwise, DebtsOpen, NotTheCollector, ServedAlready
from tongdian.agreements.rules import EndsBeforeItBegins
from tongdian.cases import queries as case_queries
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case, EffectRun
from tongdian.cases.rules import Applicant
from tongdian.connections.amounts_due import MOST
from tongdian.connections.effects import effect_given
from tongdian.connections.printing import CHECK_BALANCE, ISSUE_CERTIFICATE
from tongdian.connections.rules import NoCustomer, NoPlace
from tongdian.money import fen_of_yuan, format_yuan
from tongdian.policy.inputs import Input
from tongdian.policy.words import Words

TAKE_DEPOSIT, REFUND_DEPOSIT = "take-deposit", "refund-deposit"
CASH = "cash"
AMOUNTS = ("amount", "or_amount")


def asks_means(case: Case) -> Mapping[str, Input]:
    """In cash, or by which bank account: nothing where the books know no bank."""
    banks = {str(one.pk): Words(one.name, one.name) for one in queries.banks(case.organisation)}
    if not banks:
        return {}
    labels: dict[str, Any] = {CASH: Words("现金", "in cash"), **banks}
    title = Words("收付方式", "in cash or by bank")
    return {"means": Input(title=title, one_of=tuple(labels), labels=labels, default=CASH)}


def bank_named(deed: Deed) -> str:
    """The name of the bank account that was chosen."""
    chosen = deed.given.get("means", CASH)
    names = {str(one.pk): one.name for one in queries.banks(deed.case.organisation)}
    return names.get(str(chosen), "")


def _amount(deed: Deed) -> tuple[str, Decimal] | None:
    """The rule of the deposit and its amount, by the facts that the pack names; none while there is none."""
    told, desk = effect_given(deed), case_queries.desk(deed.case)
    for key in AMOUNTS:
        value = deed.state.facts.get(told.get(key, ""))
        if isinstance(value, Decimal):
            return _rule_of(desk.wording.facts[told[key]], told), value
    return None


def _rule_of(fact: Any, told: Mapping[str, str]) -> str:
    return str(told.get("deposit") or getattr(fact, "within", None) or "")


def cashier_of(deed: Deed) -> Any:
    """The person of staff who takes or gives the money. Raises NotTheCollector: an applicant says that
    they paid, and the office takes it."""
    who = deed.viewer.viewer
    if isinstance(who, Applicant) or getattr(who, "pk", None) is None:
        sole = queries.collector(deed.case.organisation, deed.on)
        office = sole.office.name if sole else deed.case.organisation.name
        raise NotTheCollector(office=office, cite=sole.cite if sole else Words("—", "—"))
    return who


def account_in(case: Case, viewer: Any, at: dt.datetime) -> BillingAccount:
    """The billing account of a case's customer at its place, opened if it is not there. Raises NoCustomer,
    NoPlace."""
    if case.customer is None:
        raise NoCustomer(case=case.number)
    if case.place is None:
        raise NoPlace(case=case.number)
    return open_account(viewer=viewer, customer=case.customer, place=case.place, at=at, is_demo=case.is_demo)


def _moved_before(deed: Deed, effect_name: str) -> int:
    """Fen that stages of this effect moved in the case already: one that is done again moves the rest."""
    runs = EffectRun.objects.filter(case=deed.case, effect=effect_name, is_undoing=False)
    return sum(int(run.result.get("fen", 0)) for run in runs)


@effect(
    TAKE_DEPOSIT,
    title=Words("保证金已收", "the deposit is taken"),
    asks=asks_means,
    undo=lambda deed: {},  # it stays lodged, and is given back as any deposit is
)
def deposit_taken(deed: Deed) -> Mapping[str, Any]:
    """The amount goes from the cashier's box or the bank to the deposit, as far as it is not there from
    an earlier time that the stage was done."""
    said = _amount(deed)
    if said is None:
        return {}
    rule, yuan = said
    fen = fen_of_yuan(yuan) - _moved_before(deed, TAKE_DEPOSIT)
    if fen <= 0:
        return {"fen": 0}
    who = cashier_of(deed)
    receipt = take_deposit(
        viewer=who,
        account=account_in(deed.case, deed.viewer, deed.at),
        name=rule,
        fen=fen,
        on=deed.on,
        at=deed.at,
        bank=bank_named(deed),
        note=deed.case.number,
    )
    return {"fen": fen, "receipt": receipt.number}


@effect(
    REFUND_DEPOSIT,
    title=Words("保证金已退", "the deposit is given back"),
    asks=asks_means,
    undo=lambda deed: {},  # the money is with the customer
)
def deposit_refunded(deed: Deed) -> Mapping[str, Any]:
    """What is lodged goes back to the customer: the amount that the pack names a fact for, else all.
    Raises DebtsOpen, NothingLodged."""
    told, said = effect_given(deed), _amount(deed)
    if "amount" in told and said is None:
        return {}  # the card was not given back: what is lodged for it stays (15(3))
    if not told or _moved_before(deed, REFUND_DEPOSIT):
        return {}
    who = cashier_of(deed)
    posting = refund_deposit(
        viewer=who,
        account=account_in(deed.case, deed.viewer, deed.at),
        name=said[0] if said else None,
        fen=fen_of_yuan(said[1]) if said else None,
        on=deed.on,
        at=deed.at,
        bank=bank_named(deed),
        note=deed.case.number,
    )
    return {"fen": sum(one.fen for one in posting.transfers.all())}


def _asked_of(case: Case, scope: str) -> list[BillingAccount]:
    """The accounts that a certificate speaks of: those at the place, or all of the customer."""
    if scope == "customer":
        rows = BillingAccount.objects.filter(customer=case.customer_id, organisation=case.organisation_id)
        return list(rows.select_related("organisation"))
    return accounts_in(case)


def _owed_by(case: Case, scope: str) -> int:
    return sum(
        one.fen for account in _asked_of(case, scope) for one in queries.open_debts(account) if one.fen > 0
    )


def _scope(case: Case) -> str:
    stages = case_queries.desk(case).wording.stages.values()
    told = next((one.effect_given for one in stages if one.effect == CHECK_BALANCE), {})
    return told.get("of", "place")


def _what_books_say(case: Case, on: dt.date) -> Words | None:
    owed = _owed_by(case, _scope(case))
    if not owed:
        return None
    return Words(f"账面尚欠 {format_yuan(owed)}", f"the books say that {format_yuan(owed)} is owed")


@effect(
    CHECK_BALANCE,
    title=Words("已核对欠费", "the balance is checked"),
    undo=lambda deed: {},
    warns=_what_books_say,
)
def balance_checked(deed: Deed) -> Mapping[str, Any]:
    """Nobody is certified to owe nothing while the books say otherwise. Raises DebtsOpen."""
    told = effect_given(deed)
    owed = _owed_by(deed.case, _scope(deed.case))
    if owed and deed.state.facts.get(told.get("fact", "")) is False:
        raise DebtsOpen(account=deed.case.number, owed=format_yuan(owed))
    return {"owed_fen": owed}


CERTIFIED: Mapping[str, Input] = {
    "contract": Input(title=Words("施工合同名称或编号", "works contract, by name or number"), type="id"),
    "payment": Input(
        title=Words("用于哪次付款（如 第2期进度款）", "for which payment (such as progress payment 2)"),
        type="id",
    ),
    "period_from": Input(title=Words("结清期间起", "settled from"), type="date"),
    "period_to": Input(title=Words("结清期间止", "settled to"), type="date"),
    "amount": Input(
        title=Words("已结清水电费", "charges settled"), unit="yuan", scale=2, min=Decimal(0), max=MOST
    ),
}


@effect(
    ISSUE_CERTIFICATE,
    title=Words("结清证明已开具", "the certificate is issued"),
    asks=lambda case: CERTIFIED,
    undo=lambda deed: {},
)
def certificate_issued(deed: Deed) -> Mapping[str, Any]:
    """What the certificate says is kept with the stage, and printed from it. Raises EndsBeforeItBegins,
    DebtsOpen where something came to be owed since, ServedAlready, BooksSayOtherwise for an amount that
    is not what was billed in the time; and what bills refuse, of days that none has."""
    case, first, last = deed.case, deed.given["period_from"], deed.given["period_to"]
    if last < first:
        raise EndsBeforeItBegins(first=first, last=last)
    if owed := _owed_by(case, _scope(case)):
        raise DebtsOpen(account=case.number, owed=format_yuan(owed))
    billed = guards.check_certifying(case, _scope(case), first, last)
    if billed is None:  # from former books, or an office that bills elsewhere
        billed = billed_between(_asked_of(case, _scope(case)), first, last)
    if billed is not None and billed != fen_of_yuan(deed.given["amount"]):
        raise BooksSayOtherwise(billed=format_yuan(billed))
    _serve(deed)
    return {}


def _serve(deed: Deed) -> None:
    """The payment is served by this certificate; again in the same case it is the same one."""
    case, said = deed.case, (str(deed.given["contract"]), str(deed.given["payment"]))
    key = {
        "organisation": case.organisation,
        "customer": case.customer,
        "contract": said[0],
        "payment": said[1],
    }
    if case.customer is None:
        raise NoCustomer(case=case.number)
    known = ServedPayment.objects.filter(**key).first()
    if known is None:
        try:
            with transaction.atomic():
                ServedPayment.objects.create(**key, case=case.number, at=deed.at)
        except IntegrityError as refused:
            if "one_certificate_serves_one_payment" not in str(refused):
                raise
            known = ServedPayment.objects.get(**key)
    if known is not None and known.case != case.number:
        raise ServedAlready(contract=said[0], payment=said[1], case=known.case)
