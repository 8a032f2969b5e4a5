"""A group's overview of its suppliers, and its reminders."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.supervision.actions.groups import remind_supplier
from tongdian.supervision.pages.asking import asked
from tongdian.supervision.queries.groups import (
    SubsidiaryStanding,
    subsidiaries,
    subsidiary_standings,
    supplier_group,
)
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ, REMIND


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
        "may": request.user.has_perm(REMIND.name, about.office) and not about.is_past,
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


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(REMIND.name)
def remind(request: HttpRequest) -> HttpResponse:
    """Remind a supplier (?to=) of a task or a return (?about=)."""
    about = asked(request)
    if about.office is None or not about.is_group:
        raise NoSuchReturn
    must_edit(request, remind_supplier, {"organisation": about.office})
    here = supplier_group(about.office, about.today)
    named = request.GET.get("to", "")
    supplier = next((one for one in subsidiaries(here, about.today) if one.short == named), None)
    if supplier is None:
        raise NoSuchReturn
    form = FieldsForm(
        remind_supplier.fields, request.POST or None, scope=Scope(request.user, about.office, about.today),
        values={"about": request.GET.get("about", "")[:120]},
    )  # fmt: skip
    back = f"{reverse('supervision-group')}?{about.query}"
    if done(request, form, remind_supplier, organisation=about.office, supplier=supplier) is not None:
        messages.success(request, gettext("Reminded; it stands on their page of supervision."))
        return redirect(back)
    return form_page(
        request,
        form,
        title=gettext("Press a supplier"),
        within=supplier.shown_name,
        crumb=(gettext("Group"), back),
    )
