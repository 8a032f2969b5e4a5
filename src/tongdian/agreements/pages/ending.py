"""Ending an agreement without a case: one person proposes with a file, another confirms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.agreements import queries
from tongdian.agreements.actions import ending
from tongdian.agreements.forms import EndAnswerForm, EndForm
from tongdian.agreements.models import Agreement
from tongdian.agreements.pages import agreement_page
from tongdian.agreements.pages.agreeing import settle, to_change_agreement
from tongdian.allowed import NotAllowed
from tongdian.files.actions import store
from tongdian.files.pages import file_reply
from tongdian.network.pages import say
from tongdian.policy.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@agreement_page("agreements.sign")
def propose(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Propose the last day, with a reason and a file."""
    one = to_change_agreement(request, id_)
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    form = EndForm(*typed, initial={"last_on": timezone.localdate()})

    def deed(asked: dict[str, Any]) -> Agreement:
        at, upload = timezone.now(), asked["file"]
        ending.propose_end(
            viewer=request.user, agreement=one, last_on=asked["last_on"], reason=asked["reason"],
            file=store(content=upload, at=at).hash, name=upload.name, at=at,
        )  # fmt: skip
        return one

    said = gettext("Proposed. It ends once another officer has confirmed it.")
    return settle(request, one, form, gettext("Propose the end"), deed, said=said)


@require_POST
@agreement_page("agreements.sign")
def answer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Confirm the proposed end, or set it aside."""
    one = to_change_agreement(request, id_)
    form = EndAnswerForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        if "confirm" in request.POST:
            ending.confirm_end(viewer=request.user, agreement=one, at=timezone.now())
            said = gettext("The agreement ends; its customer is told.")
        else:
            ending.refuse_end(viewer=request.user, agreement=one, reason=reason, at=timezone.now())
            said = gettext("Set aside: the agreement runs on.")
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, said)
    return redirect("agreement", one.pk)


@require_safe
@agreement_page("agreements.sign")
def file(request: HttpRequest, id_: UUID) -> HttpResponse:
    """What the end that was proposed last rests on."""
    one = queries.agreement(request.user, id_)
    row = queries.last_proposal(request.user, one)
    return file_reply(row.file, name=row.name.rpartition(".")[0] or one.number)
