"""One inspection: its draws, what was found on site of each case, and the evidence to take along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.cases import queries as cases
from tongdian.files.actions import MAX_BYTES
from tongdian.files.replies import file_reply
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit, status_of
from tongdian.registers.views import record_export
from tongdian.spoken import reader_language, say
from tongdian.supervision.actions.drawing import draw_cases, papers_asked, record_on_site
from tongdian.supervision.findings import FindingSource
from tongdian.supervision.models import CaseDraw, DrawnCase, Inspection, SiteFile
from tongdian.supervision.pages.offering import FindingOffer, offer
from tongdian.supervision.queries.inspections import drawn_seen, draws_of, inspection_seen
from tongdian.supervision.replies import archive_name, evidence_archive
from tongdian.supervision.rules import INSPECT, READ, SiteOutcome, Stratum


@require_safe
@guarded(READ.name)
def inspection(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Its draws with their cases."""
    return _page(request, inspection_seen(request.user, id_))


def _page(request: HttpRequest, found: Inspection, refusal: Refusal | None = None) -> HttpResponse:
    draws = draws_of(found)
    standings = [one for _, several in draws for one in several]
    context = {
        "one": found,
        "draws": [(draw, several, _strata(draw)) for draw, several in draws],
        "counts": {
            "drawn": len(standings),
            "recorded": sum(one.record is not None for one in standings),
            "differs": sum(one.differs for one in standings),
        },
        "may": request.user.has_perm(INSPECT.name, found.organisation),
        "refusal": say(refusal) if refusal else "",
        "back": f"{reverse('supervision-inspections')}?office={found.organisation.short}",
    }
    return render(request, "supervision/inspection.html", context, status=422 if refusal else 200)


def _strata(draw: CaseDraw) -> list[tuple[Any, int]]:
    """How many cases there were of each, where they were drawn apart."""
    return [(Stratum(key).label, n) for key, n in draw.population.items() if n] if draw.wanted else []


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(INSPECT.name)
def draw(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Draw cases."""
    found = inspection_seen(request.user, id_)
    must_edit(request, draw_cases, {"inspection": found})
    form = FieldsForm(
        draw_cases.fields,
        request.POST or None,
        scope=Scope(request.user, found.organisation, timezone.localdate()),
    )
    if done(request, form, draw_cases, inspection=found) is not None:
        messages.success(request, gettext("Drawn by the root of the audit log: nobody chose."))
        return redirect("supervision-inspection", found.pk)
    return form_page(
        request, form, title=gettext("Draw cases"), within=f"{found.supplier.shown_name} · {found.region.shown_name}",
        crumb=(gettext("Inspection"), reverse("supervision-inspection", args=[found.pk])),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ.name)
def record(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A drawn case on site: what the system says, which originals were seen, what differs, photographs."""
    drawn = drawn_seen(request.user, id_)
    found = drawn.draw.inspection
    may = request.user.has_perm(INSPECT.name, found.organisation)
    scope = Scope(request.user, found.organisation, timezone.localdate())
    form = FieldsForm(
        record_on_site.fields, request.POST or None, scope=scope, values={"on": timezone.localdate()}
    )
    if request.method == "POST" and not may:
        raise PermissionDenied
    files = [(one, str(one.name)) for one in request.FILES.getlist("photos")]
    kept = done(
        request, form, record_on_site, drawn=drawn, originals=request.POST.getlist("original"), files=files
    )
    if kept is not None:
        messages.success(request, gettext("Entered with your name."))
        return redirect("supervision-inspection", found.pk)
    desk = cases.desk(drawn.case)
    state = cases.state_of(drawn.case, desk)
    measured = cases.measured(drawn.case, desk, state, timezone.localdate())
    context = {
        "drawn": drawn,
        "one": found,
        "process": desk.process.title,
        "measured": [one for one in measured if one.answer is not None],
        "papers": [
            (paper, paper["item"] in request.POST.getlist("original")) for paper in papers_asked(drawn)
        ],
        "records": drawn.records.select_related("by").prefetch_related("files").order_by("-number"),
        "form": form,
        "may": may,
        "finding": _offer(request, drawn),
        "language": reader_language(),
        "most_mb": MAX_BYTES // 1_000_000,
    }
    return render(request, "supervision/site_record.html", context, status=status_of(form))


def _offer(request: HttpRequest, drawn: DrawnCase) -> FindingOffer | None:
    """A finding of what differs on site, by the newest record."""
    newest = drawn.records.order_by("-number").first()
    if newest is None or newest.outcome != SiteOutcome.DIFFERS:
        return None
    return offer(
        request, drawn.draw.organisation, origin=f"inspection:{drawn.pk}", about=drawn.case.organisation.short,
        source=FindingSource.SAMPLING.value, text=newest.differs, region=drawn.case.region_id, case=drawn.case.number,
    )  # fmt: skip


@require_safe
@guarded(READ.name)
def site_file(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A photograph or file of a record."""
    kept = SiteFile.objects.filter(pk=id_).select_related("record").first()
    if kept is None:
        raise Http404
    drawn_seen(request.user, kept.record.drawn_id)
    return file_reply(kept.file, name=kept.name.rpartition(".")[0] or kept.name)


@require_POST
@guarded(INSPECT.name)
def evidence(request: HttpRequest, id_: UUID) -> HttpResponseBase:
    """Everything that the inspection rests on, as one zip; that it was taken along is recorded."""
    found = inspection_seen(request.user, id_)
    viewer: Any = request.user
    if not viewer.has_perm(INSPECT.name, found.organisation):
        raise PermissionDenied
    try:
        made = evidence_archive(found, language="en" if reader_language() == "en" else "zh")
    except Refusal as refused:
        return _page(request, found, refused)
    record_export(
        viewer=viewer,
        of="supervision-inspection-evidence",
        query=str(found.pk),
        columns=[],
        at=timezone.now(),
    )
    reply = FileResponse(
        made,
        as_attachment=True,
        filename=archive_name(found, timezone.localdate()),
        content_type="application/zip",
    )
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Cache-Control"] = "private, no-store"
    return reply
