"""Reading a text and signing it, in the browser of the customer or at the counter."""

from __future__ import annotations

from uuid import UUID

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.agreements import queries
from tongdian.agreements.actions import signing
from tongdian.agreements.models import AgreementText, Signature
from tongdian.agreements.rules import NoSuchAgreement
from tongdian.agreements.signature_form import SealForm, SignatureForm
from tongdian.files.replies import file_reply
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import attempt, guarded, status_of
from tongdian.spoken import say

Party, Method = Signature.Party, Signature.Method


@require_POST
@guarded("agreements.sign")
def draw_up(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Draw up the text of an agreement, in place of an unsigned one."""
    one = queries.agreement(request.user, id_)
    texts = queries.texts_of(request.user, one)
    unsigned = next((text for text in texts[:1] if not queries.signatures(text)), None)
    try:
        text = signing.draw_up_for(viewer=request.user, agreement=one, at=timezone.now(), replaces=unsigned)
    except Refusal as refusal:
        messages.error(request, say(refusal))
        return redirect("agreement", one.pk)
    return redirect("agreement-text", text.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A text with its signatures; who may sign it signs here."""
    one = _text(request, id_)
    signed = queries.signatures(one)
    party, method = _as_whom(request, one, signed)
    form = (SealForm if party == Party.SUPPLIER else SignatureForm)(request, [one])
    if request.method == "POST":
        if not party:
            raise PermissionDenied
        if party == Party.SUPPLIER:
            raise_if_reauthentication_required(request, app="")
        if form.is_valid() and attempt(form, lambda: _sign(request, form, party, method)) is not None:
            messages.success(request, gettext("Signed and kept."))
            return redirect("agreement-text", one.pk)
    context = {
        "text": one,
        "signatures": [signed[one] for one in Party.values if one in signed],
        "party": party,
        "method": method,
        "form": form,
        "replaced": getattr(one, "replaced_by", None),
    }
    return render(request, "agreements/text.html", context, status=status_of(form))


def _text(request: HttpRequest, id_: UUID) -> AgreementText:
    try:
        return queries.text_to_sign(request.user, id_)
    except NoSuchAgreement:
        raise Http404 from None


def _as_whom(request: HttpRequest, one: AgreementText, signed: dict[str, Signature]) -> tuple[str, str]:
    if hasattr(one, "replaced_by"):
        return "", ""
    is_clerk = request.user.has_perm("agreements.sign", one.organisation)
    if Party.CUSTOMER not in signed:
        if one.customer.account_id == request.user.pk:
            return Party.CUSTOMER, Method.ACCOUNT
        return (Party.CUSTOMER, Method.COUNTER) if is_clerk else ("", "")
    return (Party.SUPPLIER, Method.ACCOUNT) if is_clerk and Party.SUPPLIER not in signed else ("", "")


def _sign(request: HttpRequest, form: SealForm, party: str, method: str) -> list[Signature]:
    return signing.sign_texts(
        viewer=request.user,
        shown=form.shown,
        party=party,
        method=method,
        evidence=form.evidence,
        at=timezone.now(),
    )


@login_required
@require_safe
def drawing(request: HttpRequest, id_: UUID, party: str) -> HttpResponse:
    """The picture of a signature, for who may read the text."""
    signature = queries.signatures(_text(request, id_)).get(party)
    if signature is None or not signature.drawing:
        raise Http404
    return file_reply(signature.drawing, name=party)


@login_required
@require_safe
def authorisation(request: HttpRequest, id_: UUID) -> HttpResponse:
    """The file by which somebody signed for the customer, for who may read the text."""
    signature = queries.signatures(_text(request, id_)).get(Party.CUSTOMER)
    if signature is None or not signature.authorisation:
        raise Http404
    return file_reply(signature.authorisation, name="authorisation")
