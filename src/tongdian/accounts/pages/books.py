"""The books: trial balance of any day, months closed, balances that other papers say, ageing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.accounts import queries
from tongdian.accounts.actions.closing import assert_balance, close_month, next_month
from tongdian.accounts.actions.collecting import open_bank_account
from tongdian.accounts.fields import ASSERTION
from tongdian.accounts.models import LedgerAccount
from tongdian.accounts.queries import trial_balances
from tongdian.accounts.queries.customers import AGES, age_of, owed_of
from tongdian.accounts.rules import ASSERT, CLOSE, READ
from tongdian.bounded_days import checked
from tongdian.bounded_days import read as read_day
from tongdian.money import fen_of_yuan, yuan_of_fen
from tongdian.parties.models import Organisation
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import attempt, chosen_one, done, form_page, guarded, must_edit
from tongdian.registers.pages.list_tools import as_file, list_tools
from tongdian.spoken import say

OLDEST = 50  # debts on the page of ageing; the file has all


def books_of(request: HttpRequest) -> Organisation | HttpResponse:
    """Whose books: by `?for=`, or the only ones that the viewer reads."""
    found: Organisation | HttpResponse = chosen_one(request, queries.with_books(request.user))
    return found


def asked_day(
    request: HttpRequest, name: str = "on", otherwise: dt.date | None = None
) -> tuple[dt.date, str]:
    """The day that an address names, today where it names none; and why what it names is none."""
    day = otherwise or timezone.localdate()
    try:
        return (checked(read_day(request.GET[name])) if request.GET.get(name) else day), ""
    except Refusal as refusal:
        return day, say(refusal)


@require_safe
@guarded(READ.name)
def trial(request: HttpRequest) -> HttpResponse:
    """The trial balance at the end of a day: the customers' accounts by kind, the others one by one."""
    house = books_of(request)
    if isinstance(house, HttpResponse):
        return house
    on, problem = asked_day(request)
    if problem:
        return render(request, "accounts/no_day.html", {"house": house, "problem": problem}, status=422)
    lines = trial_balances.trial_balance(house, on=on)
    kinds = trial_balances.by_kind(lines)
    opened = next((one for one in kinds if one.kind == request.GET.get("kind") and one.accounts), None)
    first, last = next_month(house, on=timezone.localdate())
    false = {row.pk for row in queries.untrue(house, through=timezone.localdate())}
    context = {
        "house": house,
        "on": on,
        "rows": kinds,
        "opened": opened,
        "debit": sum(one.debit for one in lines),
        "credit": sum(one.credit for one in lines),
        "month": f"{first:%Y-%m}",
        "is_over": last < timezone.localdate(),
        "seals": list(queries.seals(house)[:6]),
        "assertions": [(row, row.pk not in false) for row in queries.assertions(house)[:20]],
        "may_close": request.user.has_perm(CLOSE.name, house),
        "banks": queries.banks(house),
    }
    return render(request, "accounts/books.html", context)


@require_POST
@guarded(CLOSE.name)
def close(request: HttpRequest) -> HttpResponse:
    """Close the oldest open month."""
    house = house_posted(request)
    try:
        seal = close_month(viewer=request.user, organisation=house, at=timezone.now())
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, say(refusal))
    else:
        messages.success(request, gettext("%(month)s is closed.") % {"month": f"{seal.month:%Y-%m}"})
    return redirect(f"{reverse('books')}?for={house.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(CLOSE.name)
def bank(request: HttpRequest) -> HttpResponse:
    """Have the books know a bank account."""
    house = books_of(request)
    if isinstance(house, HttpResponse):
        return house
    must_edit(request, open_bank_account, {"organisation": house})
    form = FieldsForm(open_bank_account.fields, request.POST or None, scope=Scope(request.user, house))
    if done(request, form, open_bank_account, organisation=house) is not None:
        return redirect(f"{reverse('books')}?for={house.pk}")
    return form_page(request, form, title=gettext("A bank account"), within=house.name, crumb=_crumb(house))


@require_safe
@guarded(READ.name)
def ledger(request: HttpRequest, id_: int) -> HttpResponse:
    """One account of the books: its transfers of a month, its asserted balances."""
    one = queries.ledger_account_seen(request.user, id_)
    on, problem = asked_day(request)
    if problem:
        return render(request, "accounts/no_day.html", {"one": one, "problem": problem}, status=422)
    first = on.replace(day=1)
    before = queries.balances([one.pk], on=first - dt.timedelta(days=1))[one.pk]
    lines, balance = [], before
    for row in queries.statement(one, first=first, last=on):
        fen = row.fen if row.debit_id == one.pk else -row.fen
        balance += fen
        lines.append((row, row.credit if fen > 0 else row.debit, fen, balance))
    context = {
        "one": one,
        "first": first,
        "on": on,
        "before": before,
        "lines": lines,
        "assertions": list(one.assertions.order_by("-on", "-id")),
        "may_assert": request.user.has_perm(ASSERT.name, one.organisation),
    }
    return render(request, "accounts/ledger.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(ASSERT.name)
def asserted(request: HttpRequest, id_: int) -> HttpResponse:
    """Enter what a bank statement or a count says that the account has."""
    one = queries.ledger_account_seen(request.user, id_)
    wrong = _standing_assertion(one, request.GET.get("instead", ""))
    scope = Scope(request.user, one.organisation, timezone.localdate())
    values = {"on": wrong.on if wrong else scope.on}
    form = FieldsForm(ASSERTION, request.POST or None, scope=scope, values=values)

    def do() -> Any:
        asked = dict(form.cleaned_data)
        fen = fen_of_yuan(asked.pop("yuan"))
        return assert_balance(
            viewer=request.user, account=one, fen=fen, instead_of=wrong, at=timezone.now(), **asked
        )

    if request.method == "POST" and form.is_valid() and attempt(form, do) is not None:
        messages.success(request, gettext("Entered; it stays red until the books say the same."))
        return redirect("books-account", one.pk)
    return form_page(
        request,
        form,
        title=gettext("Assert a balance"),
        within=str(one),
        crumb=(str(one), reverse("books-account", args=[one.pk])),
    )


# ---------------------------------------------------------------- ageing
@require_safe
@guarded(READ.name)
def ageing(request: HttpRequest) -> HttpResponse:
    """What is owed by its age, as a chart, a table and the oldest debts."""
    house = books_of(request)
    if isinstance(house, HttpResponse):
        return house
    on, problem = asked_day(request)
    if problem:
        return render(request, "accounts/no_day.html", {"house": house, "problem": problem}, status=422)
    owed = [one for one in owed_of(house, on=on) if one.fen > 0]
    sums = [[0, 0] for _ in AGES]
    for one in owed:
        sums[age_of(one.debt, on)][0] += 1
        sums[age_of(one.debt, on)][1] += one.fen
    context = {
        "house": house,
        "on": on,
        "rows": [(age, count, fen) for age, (count, fen) in zip(_ages(), sums, strict=True)],
        "total": sum(fen for _, fen in sums),
        "oldest": [
            (one, shown_name(request.user, one.debt.account.customer), (on - one.debt.due_on).days)
            for one in owed[:OLDEST]
        ],
        "chart": {
            "labels": _ages(),
            "series": [[gettext("Owed (yuan)"), [float(yuan_of_fen(fen)) for _, fen in sums]]],
        },
        "listed": list_tools(request, "ageing", query=_query(house, on), keeps=False),
    }
    return render(request, "accounts/ageing.html", context)


@require_POST
@guarded(READ.name)
def ageing_export(request: HttpRequest) -> Any:
    """All open debts with their age, as a file."""
    house = books_of(request)
    if isinstance(house, HttpResponse):
        return house
    on, problem = asked_day(request)
    if problem:
        return render(request, "accounts/no_day.html", {"house": house, "problem": problem}, status=422)
    heads = [
        gettext("Account"), gettext("Customer"), gettext("What for"), gettext("Due"), gettext("Days late"),
        gettext("Age"), gettext("Owed (yuan)"), gettext("Article"),
    ]  # fmt: skip
    ages = _ages()
    lines = (
        [
            one.debt.account.number,
            shown_name(request.user, one.debt.account.customer),
            one.title_here,
            one.debt.due_on.isoformat(),
            str(max((on - one.debt.due_on).days, 0)),
            ages[age_of(one.debt, on)],
            yuan_of_fen(one.fen),
            one.debt.cite,
        ]
        for one in owed_of(house, on=on)
    )
    listed = [heads, *lines]
    return as_file(request, of="ageing", title=gettext("Ageing"), lines=listed, query=_query(house, on))


def _ages() -> list[str]:
    said = [gettext("not yet due")]
    for least, most in AGES[1:]:
        if most is None:
            said.append(gettext("over %(days)s days") % {"days": (least or 1) - 1})
        else:
            said.append(gettext("%(least)s–%(most)s days") % {"least": least, "most": most})
    return said


def _query(house: Organisation, on: dt.date) -> str:
    asked = QueryDict(mutable=True)
    asked.update({"for": str(house.pk), "on": on.isoformat()})
    return asked.urlencode()


def _standing_assertion(one: LedgerAccount, asked: str) -> Any:
    """The assertion that was entered wrong and is to be set aside, if one is named."""
    id_ = as_uuid(asked)
    return one.assertions.filter(pk=id_, set_aside_by=None).first() if id_ else None


def house_posted(request: HttpRequest) -> Organisation:
    """Whose books a form is about. Raises Http404."""
    wanted = request.POST.get("for", "")
    found = next((one for one in queries.with_books(request.user) if str(one.pk) == wanted), None)
    if found is None:
        raise Http404
    return found


def _crumb(house: Organisation) -> tuple[str, str]:
    return (gettext("Books"), f"{reverse('books')}?for={house.pk}")
