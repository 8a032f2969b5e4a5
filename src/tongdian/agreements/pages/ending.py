"""What is done with an agreement without a case: one person proposes with a file, another confirms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.agreements import queries
from tongdian.agreements.actions import proposing
from tongdian.agreements.forms import EndAnswerForm, EndForm, ProposeChangeForm, ReopenForm, TransferForm
from tongdian.agreements.models import Agreement, EndProposal
from tongdian.agreements.pages.agreeing import settle, terms_now, to_change_agreement
from tongdian.allowed import NotAllowed
from tongdian.files.actions import store
from tongdian.files.replies import file_reply
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

Deed = EndProposal.Deed
PROPOSE: dict[str, tuple[Any, Callable[..., EndProposal]]] = {
    Deed.END: (gettext_lazy("Propose the end"), proposing.propose_end),
    Deed.TRANSFER: (gettext_lazy("Propose the transfer to another customer"), proposing.propose_transfer),
    Deed.CHANGE: (
        gettext_lazy("Propose other terms, also from a day that has passed"),
        proposing.propose_change,
    ),
    Deed.REOPEN: (gettext_lazy("Propose to take the end back"), proposing.propose_reopening),
}


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("agreements.sign")
def propose(request: HttpRequest, id_: UUID, deed: str) -> HttpResponse:
    """Propose an end, a transfer, other terms or to take an end back, with a reason and a file."""
    one = to_change_agreement(request, id_)
    if deed not in PROPOSE:
        raise Http404
    title, action = PROPOSE[deed]
    form = _form(request, one, deed)
    who: list[str] = []

    def do(asked: dict[str, Any]) -> Agreement:
        at, upload = timezone.now(), asked.pop("file")
        proposal = action(
            viewer=request.user,
            agreement=one,
            file=store(content=upload, at=at).hash,
            name=upload.name,
            at=at,
            **asked,
        )
        who.extend(person.shown_name for person in queries.second_persons(proposal, at=at))
        return one

    return settle(request, one, form, str(title), do, said=lambda: said_proposed(who))


def said_proposed(who: list[str]) -> str:
    """What is said after a proposal: who may confirm it."""
    if not who:
        return gettext("Proposed. Nobody else may confirm it yet: a second officer is needed.")
    return gettext("Proposed. It takes effect once one of these has confirmed it: %(people)s.") % {
        "people": gettext(", ").join(who)
    }


def _form(request: HttpRequest, one: Agreement, deed: str) -> Any:
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    today = timezone.localdate()
    if deed == Deed.END:
        return EndForm(*typed, initial={"last_on": today})  # type: ignore[misc]  # of what was posted, or nothing
    if deed == Deed.TRANSFER:
        return TransferForm(*typed, organisation=one.organisation, initial={"first_on": today})
    if deed == Deed.CHANGE:
        return ProposeChangeForm(*typed, **terms_now(request, one))
    return ReopenForm(*typed)


@require_POST
@guarded("agreements.sign")
def answer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Confirm what is proposed, or set it aside."""
    one = to_change_agreement(request, id_)
    form = EndAnswerForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        if "confirm" in request.POST:
            one = proposing.confirm_proposal(viewer=request.user, agreement=one, at=timezone.now())
            said = gettext("Confirmed; the customer is told.")
        else:
            proposing.set_proposal_aside(viewer=request.user, agreement=one, reason=reason, at=timezone.now())
            said = gettext("Set aside: the agreement stays as it is.")
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, said)
    return redirect("agreement", one.pk)


@require_safe
@guarded("agreements.sign")
def file(request: HttpRequest, id_: UUID) -> HttpResponse:
    """What the last proposal rests on."""
    one = queries.agreement(request.user, id_)
    row = queries.last_proposal(request.user, one)
    return file_reply(row.file, name=row.name.rpartition(".")[0] or one.number)
