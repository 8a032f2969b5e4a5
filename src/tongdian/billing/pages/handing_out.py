"""The papers of a run: printed in stacks as they are carried around, and entered as handed over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.billing import queries
from tongdian.billing.actions.handing_out import deliver_run
from tongdian.billing.models import BillingRun
from tongdian.billing.pages.bills import as_pdf, paper_language
from tongdian.billing.printing import bill_papers
from tongdian.billing.queries.handing_out import Stack, papers
from tongdian.billing.queries.handing_out import stacks as stacks_of
from tongdian.billing.rules import RUN, NothingToPrint
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.registers.views import record_export
from tongdian.spoken import days, say

IN_A_FILE = 1_000  # bills: a request prints them in some seconds, and a printer's tray holds no more


@require_safe
@guarded("billing.read")
def stacks(request: HttpRequest, id_: UUID) -> HttpResponse:
    """What is printed and carried around together, and how much of it has reached its customers."""
    one = queries.run(request.user, id_)
    routes, buildings = stacks_of(request.user, one)
    bills, left = sum(row.bills for row in buildings), sum(row.undelivered for row in buildings)
    only_undelivered = bool(left) and request.GET.get("only") == "undelivered"
    context = {
        "run": one,
        "bills": bills,
        "left": left,
        "only": "undelivered" if only_undelivered else "",
        "whole": _files(left if only_undelivered else bills),
        "lists": [
            {"id": id_, "title": title, "rows": shown}
            for id_, title, rows in (
                ("routes", gettext("By route of reading"), routes),
                ("buildings", gettext("By building or area"), buildings),
            )
            if (shown := _shown(rows, only_undelivered))
        ],
        "may_deliver": request.user.has_perm(RUN.name, one.organisation),
    }
    return render(request, "billing/run_papers.html", context)


def _shown(rows: list[Stack], only_undelivered: bool) -> list[dict[str, Any]]:
    return [
        {"stack": row, "files": _files(row.undelivered if only_undelivered else row.bills)}
        for row in rows
        if row.undelivered or not only_undelivered
    ]


def _files(count: int) -> list[dict[str, int]]:
    """The files of so many bills: the number of each, its first and last."""
    return [
        {"number": start // IN_A_FILE + 1, "first": start + 1, "last": min(start + IN_A_FILE, count)}
        for start in range(0, count, IN_A_FILE)
    ]


@require_POST
@guarded("billing.read")
def print_(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One file of the papers of a run or of a stack, as PDF."""
    one = queries.run(request.user, id_)
    asked = {name: request.POST.get(name, "")[:36] for name in ("within", "only", "file")}
    within, number = as_uuid(asked["within"]), _file_number(asked["file"] or "1")
    start = (number - 1) * IN_A_FILE
    try:
        if not number or (asked["within"] and within is None):
            raise NothingToPrint
        rows = papers(request.user, one, within=within, undelivered=asked["only"] == "undelivered")
        found = list(rows.select_related("account__place__region")[start : start + IN_A_FILE])
        if not found:
            raise NothingToPrint
        printed = bill_papers(found, language=paper_language())
    except Refusal as refusal:
        messages.error(request, say(refusal))
        return redirect("billing-run-papers", one.pk)
    said = f"{one.pk} within={within or ''} only={asked['only']} file={number}"
    record_export(viewer=request.user, of="billing-run-papers", query=said, columns=[], at=timezone.now())
    name = gettext("Bills %(days)s %(first)s–%(last)s") % {
        "days": f"{one.first_on} {one.until}",
        "first": start + 1,
        "last": start + len(found),
    }
    return as_pdf(printed, name=name)


def _file_number(text: str) -> int:
    """Which file is meant; 0 for none."""
    return int(text) if text.isdecimal() and len(text) <= 6 else 0


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def deliver(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Enter that the papers of a run or of a stack were handed over."""
    one = queries.run(request.user, id_)
    organisation = must_edit(request, deliver_run, {"run": one})
    today = timezone.localdate()
    within = request.GET.get("within", "")
    form = FieldsForm(
        deliver_run.fields,
        request.POST or None,
        scope=Scope(request.user, organisation, today),
        values={"on": today, "within": within},
    )
    form.fields["within"].widget = HiddenInput()  # it goes along as the page before named it
    if done(request, form, deliver_run, run=one) is not None:
        messages.success(request, gettext("The delivery is entered."))
        return redirect("billing-run-papers", one.pk)
    return form_page(
        request,
        form,
        title=gettext("Enter the delivery"),
        within=_told(request, one, as_uuid(request.POST.get("within", within))),
        crumb=(gettext("Print and hand out"), reverse("billing-run-papers", args=[one.pk])),
    )


def _told(request: HttpRequest, one: BillingRun, within: UUID | None) -> str:
    """Of which bills it is entered, and how many those are."""
    routes, buildings = stacks_of(request.user, one)
    stack = next((row for row in (*routes, *buildings) if row.id == within), None)
    left = sum(row.undelivered for row in ([stack] if stack else buildings))
    where = stack.name if stack else days(one.first_on, one.until)
    return f"{where} · " + gettext("%(n)s bills not delivered yet") % {"n": left}
