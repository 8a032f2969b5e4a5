"""Standing in for an absent colleague: who does, appointing, and ending early."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.parties import queries
from tongdian.parties.actions import acting as actions
from tongdian.parties.forms import DayForm, StandInForm
from tongdian.parties.models import Account, Acting
from tongdian.parties.pages.asking import ask
from tongdian.registers.pages.guarding import guarded

typing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@guarded("parties.read")
def acting(request: HttpRequest) -> HttpResponse:
    """For whom the viewer acts today, who stands in for the viewer, and what was before."""
    today, viewer = timezone.localdate(), cast(Account, request.user)
    rows = [(row, actions.last_day(row)) for row in queries.acting_of(viewer)[:50]]
    context = {
        "today": today,
        "now": [(row, last) for row, last in rows if row.in_force.lower <= today <= last],
        "coming": [(row, last) for row, last in rows if today < row.in_force.lower <= last],
        "past": [(row, last) for row, last in rows if last < today],
        "may_appoint": actions.may_appoint_for(viewer, viewer, on=today),
    }
    return render(request, "parties/acting.html", context)


@typing
@guarded("parties.read")
def appoint(request: HttpRequest, person: UUID) -> HttpResponse:
    """Who stands in for somebody, from when to when, and why."""
    one, today = queries.person(request.user, person), timezone.localdate()
    if not actions.may_appoint_for(request.user, one, on=today):
        raise PermissionDenied
    form = StandInForm(
        request.POST or None, initial={"first": today}, choices=queries.colleagues(one, on=today)
    )
    back = _back(request, one.id)

    def do(given: dict[str, Any]) -> str:
        actions.appoint_stand_in(viewer=request.user, absent=one, at=timezone.now(), **given)
        return back

    return ask(
        request,
        form,
        do,
        title=gettext("Appoint a stand-in"),
        submit=gettext("Appoint"),
        lead=gettext("On those days the stand-in has every role of %(name)s, and each step says so.")
        % {"name": one.shown_name},
        back=back,
        crumbs=[(gettext("Acting"), reverse("acting"))],
        done=gettext("The stand-in is appointed."),
    )


@typing
@guarded("parties.read")
def end(request: HttpRequest, acting: UUID) -> HttpResponse:
    """End it before its last day."""
    row = Acting.objects.select_related("absent", "stand_in").filter(id=acting).first()
    if row is None:
        raise Http404
    if not actions.may_end(request.user, row):
        raise Http404
    form = DayForm(request.POST or None, initial={"on": timezone.localdate()})
    back = _back(request, row.absent_id)

    def do(given: dict[str, Any]) -> str:
        actions.end_acting(viewer=request.user, acting=row, on=given["on"], at=timezone.now())
        return back

    return ask(
        request,
        form,
        do,
        title=gettext("End acting early"),
        submit=gettext("End it"),
        lead=gettext("%(stand_in)s acts for %(absent)s.")
        % {"stand_in": row.stand_in.shown_name, "absent": row.absent.shown_name},
        back=back,
        crumbs=[(gettext("Acting"), reverse("acting"))],
    )


def _back(request: HttpRequest, absent: Any) -> str:
    return reverse("acting") if absent == request.user.id else reverse("person", args=[absent])
