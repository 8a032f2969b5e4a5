"""Repairs (报修): reported by anybody, followed by who reported, taken on and mended by offices."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.allowed import NotAllowed
from tongdian.connections import actions, queries
from tongdian.connections.actions.repairing import mark
from tongdian.connections.forms import RepairForm
from tongdian.connections.models import Repair
from tongdian.connections.pages import public_page, show
from tongdian.files.replies import file_reply
from tongdian.parties.limits import address_of, count_try
from tongdian.parties.models import Organisation
from tongdian.parties.privacy import notice_on
from tongdian.personal import decrypt
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

MOST_PHOTOS = 6
REPORTER = "reporter_of"


# ---------------------------------------------------------------- the public
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def report(request: HttpRequest, short: str = "") -> HttpResponse:
    """Say what is broken and where; no sign-in."""
    offices = queries.offices(timezone.localdate())
    office = next((one for one in offices if one.short == short), None)
    if office is None and len(offices) == 1:
        office = offices[0]
    if office is None:
        return show(request, "offices.html", offices=offices, for_repairs=True)
    form = RepairForm(request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            repair = _report(request, office, form.cleaned_data)
        except Refusal as refused:
            refusal = say(refused)
        else:
            request.session[REPORTER] = repair.number
            return redirect("repair-followed", repair.number)
    return show(
        request,
        "repair_report.html",
        office=office,
        form=form,
        refusal=refusal,
        notice=notice_on(timezone.localdate()).told_by(office),
        status=422 if request.method == "POST" else 200,
    )


def _report(request: HttpRequest, office: Organisation, typed: dict[str, Any]) -> Repair:
    count_try("repair", address=address_of(request), at=timezone.now())
    photos = [one.read() for one in request.FILES.getlist("photos")[:MOST_PHOTOS]]
    return actions.report_repair(organisation=office, photos=photos, at=timezone.now(), **typed)


@require_safe
@public_page
def followed(request: HttpRequest, number: str) -> HttpResponse:
    """Where a repair stands, for who reported it."""
    repair = Repair.objects.filter(number=number).select_related("organisation").first()
    if repair is None or request.session.get(REPORTER) != number:
        return redirect(f"/track/?number={number}")
    return show(
        request,
        "repair_followed.html",
        office=repair.organisation,
        repair=repair,
        steps=list(repair.steps.order_by("at")),
    )


# ---------------------------------------------------------------- offices
@require_safe
@guarded("connections.answer_repairs")
def repairs(request: HttpRequest) -> HttpResponse:
    """What waits, dangerous things first; and what was mended lately."""
    rows = queries.repairs(request.user)
    shown = request.GET.get("state", "open")
    if shown == "open":
        rows = rows.filter(state__in=[Repair.State.REPORTED, Repair.State.TAKEN])
        rows = rows.order_by("-is_urgent", "id")
    else:
        rows = rows.filter(state__in=[Repair.State.DONE, Repair.State.REFUSED])
    context = {"repairs": rows[:200], "shown": shown}
    return render(request, "connections/repairs.html", context)


def _repair(request: HttpRequest, number: str) -> Repair:
    one = queries.repairs(request.user).filter(number=number).first()
    if one is None:
        raise Http404
    return one


@require_safe
@guarded("connections.answer_repairs")
def repair(request: HttpRequest, number: str) -> HttpResponse:
    """One repair, with whom to call and what was done."""
    one = _repair(request, number)
    may_call = request.user.has_perm("parties.read_customer_numbers", one.organisation)
    context = {
        "repair": one,
        "steps": list(one.steps.order_by("at")),
        "name": decrypt(one.name),
        "phone": decrypt(one.phone) if may_call or one.assigned_to_id == request.user.pk else "",
        "may_work": one.is_open,
        "seen": mark(one),
    }
    return render(request, "connections/repair.html", context)


@require_POST
@guarded("connections.answer_repairs")
def work(request: HttpRequest, number: str) -> HttpResponse:
    """Taken on, mended, or not ours with the reason."""
    one, state = _repair(request, number), request.POST.get("state", "")
    note = request.POST.get("note", "").strip()
    if state not in Repair.State.values:
        raise Http404
    try:
        actions.take_repair_on(
            viewer=request.user,
            repair=one,
            state=state,
            note=note,
            at=timezone.now(),
            seen=request.POST.get("seen", ""),
        )
    except NotAllowed:
        raise
    except Refusal as refused:
        messages.error(request, say(refused))
    else:
        messages.success(request, gettext("Kept."))
    return redirect("repair", number)


@require_safe
@guarded("connections.answer_repairs")
def photo(request: HttpRequest, number: str, hash_: str) -> HttpResponse:
    """A photograph that came with the report."""
    if hash_ not in _repair(request, number).photos:
        raise Http404
    return file_reply(hash_, name=number)
