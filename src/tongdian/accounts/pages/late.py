"""What is late: whom to ask to pay, halts to be looked at again, the late fees of a day."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.accounts.actions.late import end_halt, run_late_fees
from tongdian.accounts.pages.books import books_of, house_posted
from tongdian.accounts.queries import late as queries
from tongdian.accounts.rules import CLOSE, COLLECT, READ, REVERSE
from tongdian.money import format_yuan
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.spoken import say

SHOWN = 60


@require_safe
@guarded(READ.name)
def late(request: HttpRequest) -> HttpResponse:
    """The accounts with overdue principal, the most first, each with the next step."""
    house = books_of(request)
    if isinstance(house, HttpResponse):
        return house
    today = timezone.localdate()
    rows = queries.overdue_accounts(house, today)[:SHOWN]
    context = {
        "house": house,
        "rows": [(row, shown_name(request.user, row.account.customer)) for row in rows],
        "review": list(queries.to_review(request.user, today)[:SHOWN]),
        "halts": list(queries.halts(request.user).filter(queries.holding(today))[:SHOWN]),
        "may_run": request.user.has_perm(CLOSE.name, house),
        "may_dun": request.user.has_perm(REVERSE.name, house),
        "may_end": request.user.has_perm(COLLECT.name, house),
    }
    return render(request, "accounts/late.html", context)


@require_POST
@guarded(CLOSE.name)
def run(request: HttpRequest) -> HttpResponse:
    """Post the late fees up to today."""
    house, now = house_posted(request), timezone.now()
    try:
        ran = run_late_fees(viewer=request.user, organisation=house, on=timezone.localdate(), at=now)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, say(refusal))
    else:
        said = gettext("%(fees)s late fees, %(yuan)s in all; %(halted)s halted, %(refused)s not calculated.")
        told = {
            "fees": ran.fees,
            "yuan": format_yuan(ran.fen),
            "halted": ran.halted,
            "refused": len(ran.refused),
        }
        messages.success(request, said % told)
        for debt, why in ran.refused[:5]:
            messages.warning(request, f"{debt.account.number}: {say(why)}")
    return redirect("late")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(COLLECT.name)
def end(request: HttpRequest, id_: UUID) -> HttpResponse:
    """End a halt, with the reason."""
    halt = queries.halt(request.user, id_)
    organisation = must_edit(request, end_halt, {"halt": halt})
    today = timezone.localdate()
    scope = Scope(request.user, organisation, today)
    form = FieldsForm(end_halt.fields, request.POST or None, scope=scope, values={"on": today})
    if done(request, form, end_halt, halt=halt) is not None:
        return redirect("money-account", halt.account_id)
    within = f"{halt.account} · {halt.get_ground_display()} · {halt.cite}"
    return form_page(request, form, title=gettext("End the halt"), within=within)
