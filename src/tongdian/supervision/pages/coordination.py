"""The mechanism of coordination: meetings held, difficulties known and resolved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.parties.models import Organisation
from tongdian.registers.action import Action
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.supervision.actions.coordination import enter_difficulty, enter_meeting, resolve_difficulty
from tongdian.supervision.models import CoordinationMeeting, Difficulty
from tongdian.supervision.pages.asking import asked
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import FILE, READ

MOST = 100


@require_safe
@guarded(READ.name)
def coordination(request: HttpRequest) -> HttpResponse:
    """An office's meetings, and its difficulties, those that wait first."""
    about = asked(request)
    context: dict[str, Any] = {"about": about}
    if about.office is not None and about.coordinates is not None:
        meetings = CoordinationMeeting.objects.filter(organisation=about.office, on__lte=about.as_of)
        difficulties = Difficulty.objects.filter(organisation=about.office, on__lte=about.as_of)
        listed = list(difficulties.select_related("resolution", "by").order_by("-on", "-at")[:MOST])
        rows = [(one, _resolution(one, about.as_of), (about.as_of - one.on).days) for one in listed]
        context |= {
            "meetings": list(meetings.select_related("by").order_by("-on", "-at")[:MOST]),
            "difficulties": sorted(rows, key=lambda row: row[1] is not None),
            "waiting": sum(resolution is None for _, resolution, _ in rows),
            "may": request.user.has_perm(FILE.name, about.office) and not about.is_past,
        }
    return render(request, "supervision/coordination.html", context)


def _resolution(one: Difficulty, as_of: Any) -> Any:
    found = getattr(one, "resolution", None)
    return found if found is not None and found.on <= as_of else None


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FILE.name)
def meeting(request: HttpRequest) -> HttpResponse:
    """Enter a meeting."""
    return _entered(request, enter_meeting, gettext("Enter a meeting"))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FILE.name)
def difficulty(request: HttpRequest) -> HttpResponse:
    """Enter a difficulty."""
    return _entered(request, enter_difficulty, gettext("Enter a difficulty"))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FILE.name)
def resolve(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Say how a difficulty was resolved."""
    found = Difficulty.objects.filter(pk=id_).select_related("organisation").first()
    if found is None or not request.user.has_perm(FILE.name, found.organisation):
        raise NoSuchReturn
    return _filled(
        request, resolve_difficulty, found.organisation, gettext("How it was resolved"), within=found.text,
        difficulty=found,
    )  # fmt: skip


def _entered(request: HttpRequest, deed: Action[Any, Any], title: str) -> HttpResponse:
    about = asked(request)
    if about.office is None or about.coordinates is None:
        raise NoSuchReturn
    must_edit(request, deed, {"organisation": about.office})
    return _filled(
        request, deed, about.office, title, within=about.office.shown_name, organisation=about.office
    )


def _filled(
    request: HttpRequest,
    deed: Action[Any, Any],
    office: Organisation,
    title: str,
    *,
    within: str,
    **given: Any,
) -> HttpResponse:
    today = timezone.localdate()
    form = FieldsForm(
        deed.fields, request.POST or None, scope=Scope(request.user, office, today), values={"on": today}
    )
    back = f"{reverse('supervision-coordination')}?office={office.short}"
    if done(request, form, deed, **given) is not None:
        messages.success(request, gettext("Entered with your name."))
        return redirect(back)
    return form_page(request, form, title=title, within=within, crumb=(gettext("Coordination"), back))
