"""The page of one event of force majeure: what proves it, and the cases that it held up."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from tongdian.cases import queries
from tongdian.cases.actions.force_majeure import RECORD, add_proof
from tongdian.cases.forms import FilesField, SeveralFiles
from tongdian.cases.models import HeldUp
from tongdian.cases.pages.case import file_page
from tongdian.cases.registers import FORCE_MAJEURE
from tongdian.files.actions import store
from tongdian.policy.process import CaseState
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

PAGE = 200


class ProofForm(forms.Form):
    """Files that prove an event."""

    attached = FilesField(
        label=_("Photographs or files"),
        widget=SeveralFiles(attrs={"accept": "image/*,application/pdf", "class": "form-control"}),
    )


@dataclass(frozen=True)
class HeldUpCase:
    """A case whose stay names the event, and whether a second person has confirmed that."""

    held: HeldUp
    standing: str
    is_confirmed: bool


@require_safe
@guarded("cases.read")
def event(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One event on one page."""
    return _page(request, id_, ProofForm())


@require_POST
@guarded("cases.open")
def prove(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Hand in files that prove it."""
    found = FORCE_MAJEURE.find(request.user, id_)
    form = ProofForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, id_, form, status=422)
    try:
        with transaction.atomic():
            for upload in form.cleaned_data["attached"]:
                kept = store(content=upload, at=timezone.now())
                add_proof(
                    viewer=request.user, event=found, file=kept.hash, name=upload.name, at=timezone.now()
                )
    except Refusal as refused:
        if refused.status in (403, 404):
            raise
        form.add_error("attached", say(refused))
        return _page(request, id_, form, status=422)
    messages.success(request, gettext("The proof is kept."))
    return redirect("force-majeure-event", id_)


@require_safe
@guarded("cases.read")
def proof(request: HttpRequest, id_: UUID, hash_: str) -> HttpResponse:
    """A file that proves an event."""
    found = FORCE_MAJEURE.find(request.user, id_).proofs.filter(file=hash_).first()
    if found is None:
        raise Http404
    return file_page(found.file, found.name, request)


def _page(request: HttpRequest, id_: UUID, form: ProofForm, *, status: int = 200) -> HttpResponse:
    found = FORCE_MAJEURE.find(request.user, id_)
    rows = list(queries.held_up_by(request.user, found)[: PAGE + 1])
    context = {
        "event": found,
        "proofs": found.proofs.order_by("id"),
        "held_up": [_held_up(one) for one in rows[:PAGE]],
        "is_more": len(rows) > PAGE,
        "form": form,
        "may_edit": request.user.has_perm(RECORD.name, found.organisation),
    }
    return render(request, "cases/force_majeure.html", context, status=status)


def _held_up(one: HeldUp) -> HeldUpCase:
    state: CaseState = queries.state_of(one.case)
    settled = state.settled.get(one.seq)
    if settled is None:
        return HeldUpCase(one, gettext("not confirmed yet"), False)
    return HeldUpCase(one, gettext("confirmed") if settled else gettext("not accepted"), settled)
