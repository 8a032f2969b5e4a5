"""What waits for a second person, and lines of bank files that nobody has claimed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.accounts import queries as books
from tongdian.accounts.actions.agreeing import confirm_money, refuse_money
from tongdian.accounts.actions.banking import bring_bank_file, match_line
from tongdian.accounts.actions.charging import take_charge_back
from tongdian.accounts.queries import agreed as queries
from tongdian.accounts.queries.customers import found_accounts
from tongdian.accounts.rules import COLLECT, READ, REVERSE
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import attempt, done, form_page, guarded, must_edit, now
from tongdian.registers.pages.list_tools import one_page
from tongdian.spoken import say

SHOWN = 60


@require_safe
@guarded(READ.name)
def proposals(request: HttpRequest) -> HttpResponse:
    """Refunds and debts to be given up, those that wait first."""
    found = queries.proposals(request.user)
    rows, further = one_page(request, found.exclude(answer=None))
    waiting = [] if "after" in request.GET else list(found.filter(answer=None))
    context = {
        "rows": [(row, shown_name(request.user, row.account.customer)) for row in (*waiting, *rows)],
        "further": further,
    }
    return render(request, "accounts/proposals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ.name)
def answer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One proposal; a second person confirms it, or sets it aside with a reason."""
    one = queries.proposal(request.user, id_)
    scope = Scope(request.user, one.organisation, timezone.localdate())
    refusing = "refuse" in request.POST
    form = FieldsForm(refuse_money.fields, request.POST if refusing else None, scope=scope)
    if request.method == "POST":
        must_edit(request, confirm_money, {"proposal": one})
        if refusing and done(request, form, refuse_money, proposal=one) is not None:
            return redirect("money-proposals")
        if not refusing:
            try:
                now(request, confirm_money, proposal=one)
                messages.success(request, gettext("Confirmed; the money is posted."))
                return redirect("money-account", one.account_id)
            except Refusal as refusal:
                if refusal.status == 403:
                    raise
                messages.error(request, say(refusal))
                return redirect("money-proposal", one.pk)
    may = one.by_id != request.user.pk and request.user.has_perm(REVERSE.name, one.organisation)
    context = {
        "one": one,
        "customer": shown_name(request.user, one.account.customer),
        "form": form if may and not hasattr(one, "answer") else None,
    }
    return render(request, "accounts/proposal.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(REVERSE.name)
def take_charge(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Take a one-off charge back, with a reason."""
    debt = books.debt(request.user, id_)
    organisation = must_edit(request, take_charge_back, {"debt": debt})
    scope = Scope(request.user, organisation, timezone.localdate())
    form = FieldsForm(take_charge_back.fields, request.POST or None, scope=scope)
    if done(request, form, take_charge_back, debt=debt) is not None:
        return redirect("money-account", debt.account_id)
    within = f"{debt.account} · {debt.title['zh']}"
    return form_page(request, form, title=gettext("Take the charge back"), within=within)


class BankFileForm(forms.Form):
    """A bank's file, and of which bank account it is."""

    bank = forms.ChoiceField(label=gettext_lazy("Bank account"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "Excel or CSV, as the bank gives it out; every payment counts once, however often it is brought."
        ),
    )

    def __init__(self, *args: Any, banks: list[Any], **more: Any) -> None:
        super().__init__(*args, **more)
        self.banks = {str(one.pk): one for one in banks}
        choice: Any = self.fields["bank"]
        choice.choices = [(key, f"{one.name} · {one.organisation.name}") for key, one in self.banks.items()]


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(COLLECT.name)
def bank_lines(request: HttpRequest) -> HttpResponse:
    """Bring a bank's file; the lines that nobody has claimed."""
    banks = [
        one
        for one in books.bank_accounts(request.user)
        if request.user.has_perm(COLLECT.name, one.organisation)
    ]
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = BankFileForm(*typed, banks=banks)
    brought = None

    def do() -> Any:
        bank = form.banks[form.cleaned_data["bank"]]
        content = form.cleaned_data["file"].read()
        return bring_bank_file(viewer=request.user, bank=bank, content=content, at=timezone.now())

    if request.method == "POST" and form.is_valid():
        brought = attempt(form, do)
    rows, further = one_page(request, queries.unmatched(request.user), newest_first=False)
    context = {
        "form": form,
        "brought": brought,
        "refused": [(number, say(why)) for number, why in brought.refused] if brought else [],
        "rows": rows,
        "further": further,
    }
    return render(request, "accounts/bank_lines.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(COLLECT.name)
def match(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Say whose payment a line is: seek the account, choose it."""
    line = queries.bank_line(request.user, id_)
    must_edit(request, match_line, {"line": line})
    if request.method == "POST":
        account = books.billing_account(request.user, request.POST.get("account", ""))
        try:
            receipt = now(request, match_line, line=line, account=account)
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            messages.error(request, say(refusal))
            return redirect("bank-line", line.pk)
        return redirect("receipt", receipt.pk)
    text = request.GET.get("q", line.payer)[:60]
    found = list(found_accounts(request.user, text).filter(organisation=line.organisation)[:SHOWN])
    context = {
        "line": line,
        "text": text,
        "rows": [(row, shown_name(request.user, row.customer)) for row in found],
    }
    return render(request, "accounts/bank_line.html", context)
