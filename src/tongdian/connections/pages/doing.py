"""What an applicant does to their own case: papers, stages of theirs, visits, withdrawal, rating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from tongdian import bounded_days
from tongdian.cases import actions as cases
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections import actions
from tongdian.connections.forms import ConfirmForm, RatingForm, TakeBackForm
from tongdian.connections.models import Visit
from tongdian.connections.pages import show
from tongdian.connections.pages.standing import ApplicantCase
from tongdian.connections.pages.tracking import case_page, own_case
from tongdian.connections.rules import OnlineCounter
from tongdian.parties.actions import privacy
from tongdian.parties.limits import address_of, count_try
from tongdian.parties.models import Consent
from tongdian.parties.privacy import notice_on
from tongdian.policy.refusals import Refusal
from tongdian.registers.inputs import FACT, GIVEN
from tongdian.spoken import say


def _refused(request: HttpRequest, deed: Callable[[], Any]) -> str:
    """What the deed refused, in the reader's language; nothing if it was done."""
    try:
        deed()
    except Refusal as refused:
        return say(refused)
    return ""


@require_POST
@own_case
def hand_in(request: HttpRequest, viewer: Applicant, case: Case, item: str) -> HttpResponse:
    """Pages of a paper that is missing, or asked for in addition."""
    uploads = request.FILES.getlist("pages")
    consented = None
    if "consent_identity" in request.POST:
        version = notice_on(timezone.localdate()).version
        consented = privacy.Consented(version=version, identity=True, door=Consent.Door.PAGE)

    def deed() -> None:
        for upload in uploads:
            count_try("hand-in", address=address_of(request), at=timezone.now())
            actions.hand_in_paper(
                viewer=viewer,
                case=case,
                item=item,
                content=upload.read(),
                name=upload.name or item,
                at=timezone.now(),
                consented=consented,
            )

    refusal = _refused(request, deed)
    if not uploads:
        refusal = gettext("Choose or photograph the paper first.")
    if refusal:
        return case_page(request, viewer, case, refusal=refusal, refused=item, status=422)
    messages.success(request, gettext("Received. Thank you."))
    return redirect("track-case", case.number)


@require_http_methods(["GET", "HEAD", "POST"])
@own_case
def confirm(request: HttpRequest, viewer: Applicant, case: Case, stage: str) -> HttpResponse:
    """A stage of the customer's own is done."""
    standing = ApplicantCase(viewer, case, timezone.now(), timezone.localdate())
    offer = standing.closing(stage)
    if offer is None:
        raise Http404
    form = ConfirmForm(
        request.POST if request.method == "POST" else None, asks=offer.facts, yields=offer.given
    )
    refusal = ""
    if request.method == "POST" and form.is_valid():
        refusal = _refused(
            request,
            lambda: cases.close_stage(
                viewer=viewer,
                case=case,
                stage=stage,
                seen=standing.state.seq,
                facts=form.said(FACT),
                given=form.said(GIVEN),
                note=form.cleaned_data["note"].strip(),
                at=timezone.now(),
            ),
        )
        if not refusal:
            messages.success(request, gettext("Thank you. It goes on."))
            return redirect("track-case", case.number)
    return show(
        request,
        "confirm.html",
        office=case.organisation,
        case=case,
        title=offer.title.say(standing.language),
        form=form,
        refusal=refusal,
        status=422 if request.method == "POST" else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@own_case
def withdraw(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """Take the application back, with a reason."""
    standing = ApplicantCase(viewer, case, timezone.now(), timezone.localdate())
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        refusal = _refused(
            request,
            lambda: cases.withdraw(
                viewer=viewer,
                case=case,
                reason=form.cleaned_data["reason"],
                seen=standing.state.seq,
                at=timezone.now(),
            ),
        )
        if not refusal:
            return redirect("track-case", case.number)
    return show(
        request,
        "withdraw.html",
        office=case.organisation,
        case=case,
        standing=standing,
        form=form,
        refusal=refusal,
        status=422 if request.method == "POST" else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@own_case
def withdraw_consent(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """Withdraw consent to the privacy notice as easily as it was given (个人信息保护法 15)."""
    customer, refusal = case.customer, ""
    if customer is None:
        raise Http404
    if request.method == "POST":
        refusal = _refused(
            request,
            lambda: privacy.withdraw_consent(
                viewer=OnlineCounter(case.organisation),
                customer=customer,
                door=Consent.Door.PAGE,
                at=timezone.now(),
            ),
        )
        if not refusal:
            messages.success(request, gettext("Your consent is withdrawn; the office is told."))
            return redirect("track-case", case.number)
    standing = ApplicantCase(viewer, case, timezone.now(), timezone.localdate())
    return show(
        request,
        "withdraw_consent.html",
        office=case.organisation,
        case=case,
        standing=standing,
        refusal=refusal,
        status=422 if refusal else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@own_case
def visit(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """Book an hour of the office that has the case, change it, or give it up."""
    standing = ApplicantCase(viewer, case, timezone.now(), timezone.localdate())
    refusal = ""
    if request.method == "POST":
        refusal = _refused(request, lambda: _settle(viewer, case, standing, request.POST))
        if not refusal:
            messages.success(request, gettext("Done."))
            return redirect("track-case", case.number)
    return show(
        request,
        "visit.html",
        office=case.organisation,
        case=case,
        standing=standing,
        refusal=refusal,
        status=422 if refusal else 200,
    )


def _settle(viewer: Applicant, case: Case, standing: ApplicantCase, typed: Any) -> None:
    at = timezone.now()
    if "cancel" in typed and standing.visit is not None:
        actions.end_visit(viewer=viewer, visit=standing.visit, state=Visit.State.CANCELLED, note="", at=at)
        return
    try:
        starts_at = bounded_days.read_moment(typed.get("slot", ""))
    except Refusal:
        raise Http404 from None
    actions.book_visit(viewer=viewer, case=case, starts_at=starts_at, at=at)


@require_http_methods(["GET", "HEAD", "POST"])
@own_case
def rate(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """What the applicant thought, once."""
    form = RatingForm(request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        refusal = _refused(
            request,
            lambda: actions.rate(
                applicant=viewer,
                case=case,
                score=int(form.cleaned_data["score"]),
                comment=form.cleaned_data["comment"],
                at=timezone.now(),
            ),
        )
        if not refusal:
            messages.success(request, gettext("Thank you for telling us."))
            return redirect("track-case", case.number)
    return show(
        request,
        "rate.html",
        office=case.organisation,
        case=case,
        form=form,
        refusal=refusal,
        status=422 if request.method == "POST" else 200,
    )
