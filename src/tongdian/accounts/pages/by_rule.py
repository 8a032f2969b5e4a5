"""What a rule answers, charged: from the account, a case, or the page of the rule itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.accounts import queries
from tongdian.accounts.actions.by_case import REFUND_DEPOSIT, TAKE_DEPOSIT, account_in
from tongdian.accounts.actions.charging import answer_to_charge, charge_by_rule
from tongdian.accounts.actions.paid_stages import charge_case, due_in, left_of
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries.customers import money_of_case
from tongdian.accounts.rules import COLLECT, READ
from tongdian.bounded_days import read as read_day
from tongdian.cases.queries import case_numbered
from tongdian.connections.amounts_due import CHARGE_FEE
from tongdian.connections.printing import REFUND_POWER
from tongdian.money import fen_of_yuan, format_yuan
from tongdian.parties.queries import shown_name
from tongdian.policy.answer import Answer
from tongdian.policy.kinds import Rule
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import attempt, guarded, must_edit
from tongdian.rulebook.saying import rule_address, said_plainly, without_idle_zeros
from tongdian.spoken import reader_language, say

WHOM = "charge-by-rule"  # of a session: the account and the case that an answer is charged to


class ByRuleForm(forms.Form):
    """By what paper, and until when it is paid."""

    paper = forms.CharField(
        label=gettext_lazy("By what paper"),
        max_length=120,
        help_text=gettext_lazy("The estimate or the settlement, by its number."),
    )
    due_on = forms.DateField(
        label=gettext_lazy("Due"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Left empty: at once."),
    )


@require_safe
@guarded(COLLECT.name)
def choose(request: HttpRequest, id_: UUID) -> HttpResponse:
    """The rules by which an account may be charged; each is answered on its own page, which leads back."""
    account = queries.billing_account(request.user, id_)
    must_edit(request, charge_by_rule, {"account": account})
    request.session[WHOM] = {"account": str(account.pk), "case": request.GET.get("case", "")[:30]}
    pack = queries.pack_of(account.organisation, timezone.localdate())
    uses = pack.head.uses.collecting if pack else None
    rules: list[tuple[Rule, str]] = []
    if pack is not None and uses is not None:
        rules = [(pack.rules[one], rule_address(pack, one)) for one in uses.by_rule]
    return render(
        request,
        "accounts/by_rule_choose.html",
        {
            "account": account,
            "customer": shown_name(request.user, account.customer),
            "rules": [(say(rule.title), address) for rule, address in rules],
        },
    )


def charges_it(request: HttpRequest, shown: Any) -> dict[str, Any] | None:
    """Under an answer of a rule by which is charged: what leads to charging it."""
    if shown.refusal or not request.user.has_perm(COLLECT.name):
        return None
    uses = shown.pack.head.uses.collecting
    if uses is None or shown.rule.rule not in uses.by_rule:
        return None
    whom = request.session.get(WHOM, {})
    account = _account(request, whom.get("account", ""))
    if account is None:
        return {"desk": reverse("cash")}
    asked = urlencode({"on": shown.day, "given": shown.given})
    address = reverse("money-account-charge-answer", args=[account.pk, shown.rule.rule])
    return {"account": account, "address": f"{address}?{asked}"}


def _account(request: HttpRequest, id_: str) -> BillingAccount | None:
    try:
        return queries.billing_account(request.user, id_) if id_ else None
    except Refusal:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(COLLECT.name)
def charge(request: HttpRequest, id_: UUID, rule: str) -> HttpResponse:
    """The amount, its article, who pays and whether a figure is an example; then it is charged."""
    account = queries.billing_account(request.user, id_)
    must_edit(request, charge_by_rule, {"account": account})
    whom = request.session.get(WHOM, {})
    case = whom.get("case", "") if whom.get("account") == str(account.pk) else ""
    today, refusal, said = timezone.localdate(), "", None
    day, given = _day(request.GET.get("on", ""), today), request.GET.get("given", "")
    try:
        said = answer_to_charge(account.organisation, rule, of_day=day, given=given)
    except Refusal as refused:
        refusal = say(refused.words)
    form = ByRuleForm(request.POST or None, initial={"paper": case})
    if said is not None and request.method == "POST" and form.is_valid():
        debt = attempt(
            form,
            lambda: charge_by_rule(
                viewer=request.user,
                account=account,
                rule=rule,
                of_day=day,
                given=given,
                paper=form.cleaned_data["paper"],
                due_on=form.cleaned_data["due_on"],
                case=case,
                at=timezone.now(),
            ),
        )
        if debt is not None:
            request.session.pop(WHOM, None)
            messages.success(request, gettext("%(yuan)s is charged.") % {"yuan": format_yuan(debt.fen)})
            return redirect("case", case) if case else redirect("money-account", account.pk)
    context = {
        "account": account,
        "customer": shown_name(request.user, account.customer),
        "form": form,
        "case": case,
        "refusal": refusal,
        **(_of_answer(account, said, day) if said is not None else {}),
    }
    status = 422 if refusal or (form.is_bound and form.errors) else 200
    return render(request, "accounts/by_rule.html", context, status=status)


def _of_answer(account: BillingAccount, said: Answer, day: dt.date) -> dict[str, Any]:
    language = reader_language()
    pack = queries.pack_of(account.organisation, day)
    assert pack is not None  # it gave the answer
    return {
        "title": said.title.say(language),
        "amount": without_idle_zeros(said.say_value(language)),
        "sentence": said_plainly(pack, said, language),
        "is_example": said.is_example,
    }


def _day(typed: str, today: dt.date) -> dt.date:
    try:
        return read_day(typed) if typed else today
    except Refusal:
        return today


MOVES_MONEY = frozenset({CHARGE_FEE, TAKE_DEPOSIT, REFUND_DEPOSIT, REFUND_POWER})


def paid_in_case(request: HttpRequest, of: Any) -> dict[str, Any] | None:
    """While a case waits for a payment: what is charged and what is open of it, and what leads there; and
    whatever was received and given back in the name of the case."""
    case, stages = of.case, of.wording.stages
    waiting = [one for one in of.state.open_stages if stages[one].effect == CHARGE_FEE]
    if of.desk.pack.head.uses.collecting is None or not request.user.has_perm(READ.name, case.organisation):
        return None
    moved = money_of_case(case) if any(one.effect in MOVES_MONEY for one in stages.values()) else None
    if not waiting:
        return {"case": case, "moved": moved} if moved else None
    due = due_in(case)
    return {
        "moved": moved,
        "case": case,
        "stage": waiting[0],
        "charges": list(left_of(case).items()),
        "is_known": due is not None,
        "due": _said(due),
        "may_charge": request.user.has_perm(COLLECT.name, case.organisation),
    }


def _said(due: Answer | Decimal | None) -> str:
    """The amount that is due, and by which article."""
    language = reader_language()
    if isinstance(due, Answer):
        return f"{due.title.say(language)} {due.say_value(language)} · {due.cited(language)}"
    return "" if due is None else format_yuan(fen_of_yuan(due))


@require_POST
@guarded(COLLECT.name)
def charge_now(request: HttpRequest, number: str, stage: str) -> HttpResponse:
    """Charge what a stage of a case is paid with; where that is found by hand, choose the rule for it."""
    case = case_numbered(request.user, number)
    try:
        if due_in(case) is None:
            account = account_in(case, request.user, timezone.now())
            address = reverse("money-account-by-rule", args=[account.pk])
            return redirect(f"{address}?{urlencode({'case': case.number})}")
        debt = charge_case(viewer=request.user, case=case, stage=stage, at=timezone.now())
    except Refusal as refused:
        messages.error(request, say(refused.words))
        return redirect("case", case.number)
    messages.success(request, gettext("%(yuan)s is charged.") % {"yuan": format_yuan(debt.fen)})
    return redirect("case", case.number)
