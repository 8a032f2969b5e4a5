"""A run on its pages: begun, looked at, released by another, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
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
from tongdian.billing.actions.discarding import discard_run
from tongdian.billing.actions.runs import look_again, release_item, release_run, start_run
from tongdian.billing.models import BillingRun, RunItem, RunPosting, RunPreview
from tongdian.billing.rules import RELEASE, RUN, RunState, SupplyOutcome
from tongdian.metering.queries.own import meters_at_points
from tongdian.metering.rules import READ
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import chosen_one, done, form_page, guarded, must_edit, now
from tongdian.registers.pages.list_tools import one_page
from tongdian.spoken import days, say

SHOWN = 50  # of each list on the page of a run; behind it all of them, page by page, and their export

GIVEN_UP_FROM = (RunState.PREPARING, RunState.PREPARED, RunState.RELEASED)


@require_safe
@guarded("billing.read")
def runs(request: HttpRequest) -> HttpResponse:
    """The runs, newest first."""
    rows, further = one_page(request, queries.with_progress(queries.runs(request.user)))
    context = {
        "rows": [(row, queries.state_of(row)) for row in rows],
        "further": further,
        "may_run": request.user.has_perm(RUN.name),
    }
    return render(request, "billing/runs.html", context)


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
        "billing/run_new.html",
        unfinished=queries.unfinished(chosen)[:SHOWN],
        title=gettext("Begin a billing run"),
        within=chosen.shown_name,
        crumb=(gettext("Billing runs"), reverse("billing-runs")),
    )


def billing_offices(request: HttpRequest) -> list[Organisation]:
    """Where the viewer may begin a run: the organisations with agreements."""
    return queries.billing_offices(request.user)


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
        "may_discard": state in GIVEN_UP_FROM and request.user.has_perm(RUN.name, one.organisation),
        "beside": _beside(one) if state in GIVEN_UP_FROM else (),
        **(_of_preview(request, one, preview) if preview else {}),
    }
    return render(request, "billing/run.html", context)


def _beside(one: BillingRun) -> list[BillingRun]:
    """Other runs of the office that read some of the same days and are not finished."""
    others = queries.unfinished(one.organisation, first_on=one.first_on).exclude(pk=one.pk)
    return list(others.filter(first_on__lte=one.until)[:SHOWN])


def _of_preview(request: HttpRequest, one: BillingRun, preview: RunPreview) -> dict[str, Any]:
    own = is_own(request, one)
    held = queries.held(preview)
    billed = queries.items(preview, SupplyOutcome.BILL)
    work = queries.items(preview, SupplyOutcome.WORK)
    return {
        "lists": [
            {"kind": kind, "title": title, "rows": listed_items(request, list(rows[:SHOWN])), "count": count}
            for kind, title, rows in (
                ("held", gettext("Held: look at these"), held),
                ("work", gettext("Work list"), work),
                ("bill", gettext("What is billed"), billed),
            )
            if (count := rows.count())
        ],
        "held_count": held.count(),
        "work_count": work.count(),
        "may_release": may_release(request, one),
        "is_own": own,
        "days": _bar(preview),
    }


def is_own(request: HttpRequest, one: BillingRun) -> bool:
    """Whether the viewer began it, or acts for who did."""
    return one.by_id is not None and request.user.pk in one_hand(one.by_id, on=(timezone.localdate(),))


def may_release(request: HttpRequest, one: BillingRun) -> bool:
    """Whether the viewer is the second person of a run."""
    return bool(request.user.has_perm(RELEASE.name, one.organisation)) and not is_own(request, one)


def _bar(preview: RunPreview) -> list[dict[str, Any]]:
    """The days of a preview as parts of a bar a thousand wide."""
    found, at = [], 0
    for title, count, look in (
        (gettext("billed"), preview.billed, "good"),
        (gettext("on the work list"), preview.work, "bad"),
        (gettext("not due"), preview.later, "quiet"),
    ):
        wide = 1000 * count // max(1, preview.supplied)
        found.append({"title": f"{title}: {count}", "look": look, "x": at, "width": wide})
        at += wide
    return found


def listed_items(request: HttpRequest, rows: Sequence[RunItem]) -> list[dict[str, Any]]:
    """Items as they are listed, marked where what was used rests on an estimate."""
    estimated = queries.on_estimates([row.pk for row in rows])
    meters = meters_at_points([row.agreement.usage_point_id for row in rows])
    may_read = bool(request.user.has_perm(READ.name))
    return [
        {
            **_shown(request, row),
            "is_estimated": row.pk in estimated,
            "meter": meters.get(row.agreement.usage_point_id),
            "may_read": may_read,
        }
        for row in rows
    ]


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


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def discard(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Give a run up that has posted nothing, with the reason."""
    one = queries.run(request.user, id_)
    organisation = must_edit(request, discard_run, {"run": one})
    scope = Scope(request.user, organisation, timezone.localdate())
    form = FieldsForm(discard_run.fields, request.POST or None, scope=scope)
    if done(request, form, discard_run, run=one) is not None:
        messages.success(request, gettext("The run is given up; it stays in the list."))
        return redirect("billing-runs")
    return form_page(
        request,
        form,
        title=gettext("Give the run up"),
        within=f"{organisation.shown_name} · {days(one.first_on, one.until)}",
        crumb=(days(one.first_on, one.until), reverse("billing-run", args=[one.pk])),
    )


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
