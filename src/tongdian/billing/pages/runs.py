"""A run on its pages: begun, looked at, released by another, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.billing import queries
from tongdian.billing.actions.runs import look_again, release_item, release_run, start_run
from tongdian.billing.models import BillingRun, RunItem, RunPosting, RunPreview
from tongdian.billing.rules import RELEASE, RUN, RunState, SupplyOutcome
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import chosen_one, done, form_page, guarded, must_edit, now
from tongdian.spoken import say

SHOWN = 300  # of each list of a run; all of them are in the export of bills


@require_safe
@guarded("billing.read")
def runs(request: HttpRequest) -> HttpResponse:
    """The runs, newest first."""
    rows = list(queries.runs(request.user)[:SHOWN])
    shown = [(row, queries.state_of(row), queries.last_preview(row)) for row in rows]
    return render(request, "billing/runs.html", {"rows": shown, "may_run": request.user.has_perm(RUN.name)})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a run of an organisation."""
    chosen = chosen_one(request, billing_offices(request))
    if isinstance(chosen, HttpResponse):
        return chosen
    must_edit(request, start_run, {"organisation": chosen})
    today = timezone.localdate()
    form = FieldsForm(
        start_run.fields,
        request.POST or None,
        scope=Scope(request.user, chosen, today),
        values={"first_on": today.replace(day=1), "until": today, "due_on": today + dt.timedelta(days=15)},
    )
    run = done(request, form, start_run, organisation=chosen)
    if run is not None:
        messages.success(request, gettext("The run has begun; its preview is being made."))
        return redirect("billing-run", run.pk)
    return form_page(
        request,
        form,
        title=gettext("Begin a billing run"),
        within=chosen.shown_name,
        crumb=(gettext("Billing runs"), reverse("billing-runs")),
    )


def billing_offices(request: HttpRequest) -> list[Organisation]:
    """Where the viewer may begin a run: the organisations with agreements."""
    return [one for one in queries.with_agreements() if request.user.has_perm(RUN.name, one)]


@require_safe
@guarded("billing.read")
def run(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One run: its days, its equation, what is held, what is to be done, what is billed."""
    one = queries.run(request.user, id_)
    preview, state = queries.last_preview(one), queries.state_of(one)
    posting = RunPosting.objects.filter(run=one).first()
    context: dict[str, Any] = {
        "run": one,
        "state": state,
        "preview": preview,
        "posting": posting,
        "posted": queries.posted(one) if posting else None,
        "not_as_released": queries.released_before(preview) if preview and not posting else None,
        "is_at_work": state in (RunState.PREPARING, RunState.POSTING, RunState.RELEASED),
        "may_run": request.user.has_perm(RUN.name, one.organisation),
        **(_of_preview(request, one, preview) if preview else {}),
    }
    return render(request, "billing/run.html", context)


def _of_preview(request: HttpRequest, one: BillingRun, preview: RunPreview) -> dict[str, Any]:
    own = one.by_id is not None and request.user.pk in one_hand(one.by_id, on=(timezone.localdate(),))
    held = queries.held(preview)
    billed = queries.items(preview, SupplyOutcome.BILL)
    work = queries.items(preview, SupplyOutcome.WORK)
    return {
        "held": [_shown(request, row) for row in held[:SHOWN]],
        "held_count": held.count(),
        "work": [_shown(request, row) for row in work[:SHOWN]],
        "work_count": work.count(),
        "billed": [_shown(request, row) for row in billed[:SHOWN]],
        "billed_count": billed.count(),
        "may_release": request.user.has_perm(RELEASE.name, one.organisation) and not own,
        "is_own": own,
        "days": _bar(preview),
    }


def _bar(preview: RunPreview) -> list[dict[str, Any]]:
    """The days of a preview as parts of a bar a thousand wide."""
    found, at = [], 0
    for title, days, look in (
        (gettext("billed"), preview.billed, "good"),
        (gettext("on the work list"), preview.work, "bad"),
        (gettext("not due"), preview.later, "quiet"),
    ):
        wide = 1000 * days // max(1, preview.supplied)
        found.append({"title": f"{title}: {days}", "look": look, "x": at, "width": wide})
        at += wide
    return found


def _shown(request: HttpRequest, row: RunItem) -> dict[str, Any]:
    return {
        "row": row,
        "customer": shown_name(request.user, row.agreement.customer),
        "reason": say(Words(row.reason["zh"], row.reason["en"])) if row.reason else "",
        "findings": [say(Words(one["zh"], one["en"])) for one in row.findings],
    }


@require_POST
@guarded("billing.read")
def again(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Have the preview made anew."""
    return _do(request, id_, look_again, gettext("The preview is being made anew."))


@require_POST
@guarded("billing.read")
def release(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Release what was looked at, and have it posted."""
    number = request.POST.get("preview", "")
    said = gettext("Released: the bills are being posted.")
    return _do(request, id_, release_run, said, preview=int(number) if number.isdecimal() else 0)


def _do(request: HttpRequest, id_: UUID, deed: Any, said: str, **given: Any) -> HttpResponse:
    one = queries.run(request.user, id_)
    try:
        now(request, deed, run=one, **given)
    except Refusal as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, said)
    return redirect("billing-run", one.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RELEASE.name)
def held(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Say why a bill that its findings held is right."""
    item = queries.item(request.user, id_)
    organisation = must_edit(request, release_item, {"item": item})
    scope = Scope(request.user, organisation, timezone.localdate())
    form = FieldsForm(release_item.fields, request.POST or None, scope=scope)
    if done(request, form, release_item, item=item) is not None:
        messages.success(request, gettext("It is billed with the run."))
        return redirect("billing-run", item.preview.run_id)
    return form_page(
        request,
        form,
        title=gettext("Release a held bill"),
        within="; ".join(_shown(request, item)["findings"]),
        crumb=(gettext("Billing run"), reverse("billing-run", args=[item.preview.run_id])),
    )
