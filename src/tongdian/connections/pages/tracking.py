"""Following one's own case by its number and telephone, without an account.

The session remembers of which cases this browser is the applicant, until it is told to forget.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.cases import queries as cases
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant, NoSuchCase
from tongdian.connections import contracts, printing, queries
from tongdian.connections.forms import PAPERS, TrackForm
from tongdian.connections.pages import public_page, show
from tongdian.connections.pages.standing import ApplicantCase
from tongdian.connections.printing import money
from tongdian.connections.refusing import refusal
from tongdian.connections.rules import NotFoundTogether
from tongdian.files.replies import file_reply
from tongdian.notices.queries import can_text
from tongdian.parties.limits import TriedTooOften, address_of, count_try
from tongdian.parties.telephones import masked_phone, receives_messages
from tongdian.personal import decrypt
from tongdian.policy.refusals import Refusal
from tongdian.spoken import say

SESSION = "applicant_of"  # number -> id of the case
MOST_CASES = 20


def remember(request: HttpRequest, case: Case) -> None:
    """This browser is the applicant of a case from now on. Its session gets a new key, so that
    one planted before is worth nothing."""
    known = dict(request.session.get(SESSION, {}))
    known[case.number] = str(case.pk)
    request.session.cycle_key()
    request.session[SESSION] = dict(list(known.items())[-MOST_CASES:])


def applicant_of(request: HttpRequest, number: str) -> Applicant | None:
    """Who this browser is known to be the applicant of, also in what serves their case; none: they
    have to say their telephone."""
    known = request.session.get(SESSION, {})
    if number in known:
        return Applicant(UUID(known[number]), number)
    own = (
        queries.cases_of_account(request.user).filter(number=number).first()
        or queries.parts_of(known.values()).filter(number=number).first()
    )
    return Applicant(own.id, own.number) if own else None


def own_case(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the applicant's own case: `view(request, viewer, case, …)`."""

    @wraps(view)
    def shown(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        viewer = applicant_of(request, number)
        if viewer is None:
            if request.method != "GET":
                raise Http404
            return redirect(f"/track/?number={number}")
        case = cases.case_numbered(viewer, number)
        reply = view(request, viewer, case, *args, **kwargs)
        reply.setdefault("Cache-Control", "private, no-store")
        return reply

    return public_page(shown)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def track(request: HttpRequest) -> HttpResponse:
    """The number and the telephone, of a case or of a repair."""
    form = TrackForm(
        request.POST if request.method == "POST" else None, initial={"number": request.GET.get("number", "")}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            number, phone = form.cleaned_data["number"], form.cleaned_data["phone"]
            number = "".join(number.split()).upper()
            try:
                count_try("track", number, address=address_of(request), at=timezone.now())
                return _found(request, number, phone)
            except TriedTooOften as refused:
                form.add_error(None, say(refused))
                status = 429
            except NotFoundTogether as refused:
                form.add_error(None, say(refused))
    known = list(request.session.get(SESSION, {}))
    return show(request, "track.html", form=form, known=known, status=status)


def _found(request: HttpRequest, number: str, phone: str) -> HttpResponse:
    if number.startswith("BX-"):
        repair = queries.tracked_repair(number, phone)
        request.session["reporter_of"] = repair.number
        return redirect("repair-followed", repair.number)
    viewer = queries.track(number, phone)
    remember(request, Case.objects.get(pk=viewer.case))
    return redirect("track-case", viewer.number)


@require_safe
@own_case
def sent(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """The number, large; what happens next and by when; how to follow it."""
    phone = decrypt(case.customer.phone) if case.customer else ""
    return show(
        request,
        "sent.html",
        office=case.organisation,
        standing=_standing(viewer, case),
        phone=masked_phone(phone) if receives_messages(phone) and can_text(case.organisation) else "",
    )


@require_safe
@own_case
def case(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """Where it stands, and what the applicant has to do."""
    return case_page(request, viewer, case)


def _standing(viewer: Applicant, case: Case) -> ApplicantCase:
    return ApplicantCase(viewer, case, timezone.now(), timezone.localdate())


def case_page(
    request: HttpRequest, viewer: Applicant, case: Case, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page, with what was refused on it if anything was."""
    standing = _standing(viewer, case)
    papers = [
        (kind, title)
        for kind, (title, _make) in PRINTED.items()
        if kind != "form" or printing.has_approval_form(case)
        if kind != "missing" or standing.missing
        if kind != "refusal" or standing.refusal
        if kind != "completion" or (standing.state.ending and not standing.refusal)
        if kind not in ("certificate", "voucher") or PRINTED[kind][1](case) is not None
    ]
    return show(
        request,
        "case.html",
        office=case.organisation,
        standing=standing,
        status=status,
        accept=PAPERS,
        papers=papers,
        **more,
    )


@require_POST
@public_page
def forget(request: HttpRequest, number: str) -> HttpResponse:
    """This browser is no longer the applicant of a case."""
    known = dict(request.session.get(SESSION, {}))
    known.pop(number, None)
    request.session.cycle_key()
    request.session[SESSION] = known
    return redirect("track")


# ---------------------------------------------------------------- files
PRINTED: dict[str, tuple[Any, Callable[[Case], bytes | None]]] = {
    "form": (lambda: gettext("Approval form"), printing.approval_form),
    "receipt": (lambda: gettext("Receipt of the papers"), printing.papers_receipt),
    "missing": (lambda: gettext("Notice of missing papers"), printing.missing_papers),
    "refusal": (lambda: gettext("Notice of refusal"), printing.refusal_notice),
    "completion": (lambda: gettext("Notice of completion"), printing.completion_notice),
    "certificate": (lambda: gettext("Certificate of settlement"), money.settlement_certificate),
    "voucher": (lambda: gettext("Voucher for money returned"), money.refund_voucher),
}


def printed_of(case: Case) -> list[tuple[str, str]]:
    """The receipts and notices that an office may want of a case, by kind."""
    kinds = ["form", "receipt"] if printing.has_approval_form(case) else ["receipt"]
    brought_about = set(case.effects.values_list("effect", flat=True))
    if printing.ISSUE_CERTIFICATE in brought_about:
        kinds.append("certificate")
    if printing.SIGN_REFUND in brought_about:
        kinds.append("voucher")
    if case.ending:
        kinds.append("completion" if refusal(case) is None else "refusal")
    return [(kind, PRINTED[kind][0]()) for kind in kinds]


@require_safe
@own_case
def printed(request: HttpRequest, viewer: Applicant, case: Case, kind: str) -> HttpResponse:
    """A receipt or notice as PDF."""
    if kind not in PRINTED:
        raise Http404
    pdf = PRINTED[kind][1](case)
    return pdf_reply(pdf, f"{case.number}-{kind}")


@require_safe
@own_case
def printed_text(request: HttpRequest, viewer: Applicant, case: Case, id_: UUID) -> HttpResponse:
    """An agreement as PDF, with what was signed so far."""
    text = next((one for one in contracts.texts_of(case) if one.pk == id_), None)
    return pdf_reply(printing.signed_text(case, text) if text else None, case.number)


def pdf_reply(pdf: bytes | None, name: str) -> HttpResponse:
    """A paper that opens in the browser; Http404 where there is none."""
    if pdf is None:
        raise Http404
    reply = HttpResponse(pdf, content_type="application/pdf")
    reply["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    reply["Cache-Control"] = "private, no-store"
    return reply


@require_safe
@own_case
def paper_file(request: HttpRequest, viewer: Applicant, case: Case, id_: UUID) -> HttpResponse:
    """A paper that was handed in."""
    try:
        row = cases.paper(viewer, case, id_)
        return file_reply(row.file, name=case.number)
    except NoSuchCase:
        raise
    except Refusal:
        raise Http404 from None
