"""A group's overview of its suppliers; what it presses them for is written among the reminders."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.registers.pages.guarding import guarded
from tongdian.supervision.pages.asking import asked
from tongdian.supervision.queries.groups import SubsidiaryStanding, subsidiary_standings, supplier_group
from tongdian.supervision.rules import FIND, READ


@require_safe
@guarded(READ.name)
def group(request: HttpRequest) -> HttpResponse:
    """Each supplier of the group: plans, returns and tasks, due, late and missing."""
    about = asked(request)
    if about.office is None or not about.is_group:
        return render(request, "supervision/group.html", {"about": about})
    here = supplier_group(about.office, about.as_of)
    rows = subsidiary_standings(here, as_of=about.as_of)
    context = {
        "about": about,
        "here": here,
        "rows": rows,
        "behind": sum(one.is_behind for one in rows),
        "chart": _chart(rows),
        "may": request.user.has_perm(FIND.name, about.office) and not about.is_past,
    }
    return render(request, "supervision/group.html", context)


def _chart(rows: list[SubsidiaryStanding]) -> dict[str, Any] | None:
    """Tasks of each supplier: done, overdue, and the others."""
    if len(rows) < 2:
        return None  # one bar explains nothing
    return {
        "title": gettext("Tasks by supplier"),
        "labels": [one.supplier.shown_name for one in rows],
        "series": [
            [gettext("done"), [one.done for one in rows]],
            [gettext("overdue"), [len(one.overdue) for one in rows]],
            [gettext("others"), [len(one.tasks) - one.done - len(one.overdue) for one in rows]],
        ],
    }
