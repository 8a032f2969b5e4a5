"""The visits of an office: today's and those to come."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tongdian.cases import queries as cases
from tongdian.connections import actions, queries
from tongdian.connections.models import Visit
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import reader_language, say

RECENT = dt.timedelta(days=14)


@require_safe
@guarded("cases.work")
def visits(request: HttpRequest) -> HttpResponse:
    """Booked visits by day, what is overdue for a result first; then what was settled lately."""
    today = timezone.localdate()
    rows = queries.visits(request.user)
    booked = [(one, _title(one)) for one in rows.filter(state=Visit.State.BOOKED)[:200]]
    days = [(timezone.localdate(one.starts_at), one, title) for one, title in booked]
    context = {
        "today": [row for row in days if row[0] == today],
        "before": [row for row in days if row[0] < today],
        "coming": [row for row in days if row[0] > today],
        "settled": [
            (one, _title(one))
            for one in rows.exclude(state=Visit.State.BOOKED).filter(starts_at__gte=timezone.now() - RECENT)[
                :50
            ]
        ],
    }
    return render(request, "connections/visits.html", context)


def _title(visit: Visit) -> str:
    stages = cases.desk(visit.case).wording.stages
    return stages[visit.stage].title.say(reader_language())


@require_POST
@guarded("cases.work")
def settle(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Done, nobody there, or given up."""
    one = queries.visits(request.user).filter(pk=id_).first()
    state = request.POST.get("state", "")
    if one is None or state not in (Visit.State.DONE, Visit.State.MISSED, Visit.State.CANCELLED):
        raise Http404
    try:
        actions.end_visit(
            viewer=request.user, visit=one, state=state, note=request.POST.get("note", ""), at=timezone.now()
        )
    except Refusal as refused:
        messages.error(request, say(refused))
    else:
        messages.success(request, gettext("Kept."))
    return redirect("visits")
