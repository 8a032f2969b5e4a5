"""The register of billing accounts, with everything that is done about one's money."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from tongdian.accounts import queries
from tongdian.accounts.actions.agreeing import agree_plan, consent_to_deduct, propose_money
from tongdian.accounts.actions.charging import charge_by_rule, charge_once
from tongdian.accounts.actions.collecting import take_payment
from tongdian.accounts.actions.depositing import enter_old_deposit, set_off_deposit, top_up_deposit
from tongdian.accounts.actions.late import dun, halt_collection
from tongdian.accounts.actions.opening import add_account, change_account
from tongdian.accounts.entries import ACCOUNT
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries.customers import AccountSummary, summaries
from tongdian.accounts.rules import NoSuchBillingAccount
from tongdian.bounded_days import LAST
from tongdian.money import format_yuan, yuan_of_fen
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Number, Text

KEPT = Words("已办理。", "It is done.")


def _has(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    """What each owes and has, now."""
    found = summaries(things, on=LAST)  # nothing is ever posted on a day to come
    return {
        one.pk: {
            "owed": yuan_of_fen(has.owed),
            "prepaid": yuan_of_fen(has.prepaid),
            "lodged": yuan_of_fen(has.lodged),
        }
        for one in things
        for has in (found.get(one.pk, AccountSummary()),)
    }


def _owed(account: BillingAccount) -> Words:
    fen = sum(one.fen for one in queries.open_debts(account) if one.fen > 0)
    return Words(f"尚欠 {format_yuan(fen)}", f"owes {format_yuan(fen)}")


def _about(slug: str, action: Any, title: Words) -> FurtherAction:
    return FurtherAction(slug=slug, action=action, title=title, said=KEPT, note=_owed)


def _figure(name: str, title: Words) -> Number:
    return Number(name, title, low="-99999999999.99", high="99999999999.99", unit="yuan")


ACCOUNTS = Register(
    name="billing-accounts",
    model=BillingAccount,
    title=Words("缴费户", "Billing accounts"),
    one=Words("缴费户", "a billing account"),
    api=("What a customer is billed for at a place.", "The billing accounts that you see."),
    fields=ACCOUNT,
    reads="accounts.read",
    rows=queries.billing_accounts,
    unknown=NoSuchBillingAccount,
    add=add_account,
    change=change_account,
    deeds=(
        _about("pay", take_payment, Words("收款", "Take a payment")),
        _about("charge", charge_once, Words("一次性收费", "Charge once")),
        _about("charge-by-rule", charge_by_rule, Words("按规则计费", "Charge by a rule")),
        _about("top-up", top_up_deposit, Words("追加保证金", "More deposit")),
        _about("old-deposit", enter_old_deposit, Words("录入旧账保证金", "Deposit of former books")),
        _about("set-off", set_off_deposit, Words("保证金抵欠费", "Set the deposit off")),
        _about("propose", propose_money, Words("退款或核销", "Refund, or give a debt up")),
        _about("plan", agree_plan, Words("分期付款", "Payment plan")),
        _about("halt", halt_collection, Words("暂停催收", "Halt collection")),
        _about("dun", dun, Words("催收", "Next step of collection")),
        _about("consent", consent_to_deduct, Words("工程款扣缴确认", "Consent to deduct")),
    ),
    filters=(
        Filter(
            Text(
                "q",
                Words("户号或用户编号", "Account or customer number"),
                optional=True,
                most=60,
                api="part of its number, or the number of the customer",
            ),
            lambda rows, text: rows.filter(Q(number__icontains=text) | Q(customer__number=text)),
        ),
    ),
    numbered=Text("number", Words("户号", "Account"), most=30),
    derived=(
        _figure("owed", Words("尚欠（元）", "Owed (yuan)")),
        _figure("prepaid", Words("预存（元）", "Prepaid (yuan)")),
        _figure("lodged", Words("保证金（元）", "Deposit (yuan)")),
    ),
    derive=_has,
    order="number",
    at="cash/accounts/",
    new_at="places/<uuid:id_>/billing-account/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("money-account", args=[one.pk]),
)
