"""Reading a text and signing it, in the browser of the customer or at the counter."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

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
from tongdian.agreements.forms import SigningForm
from tongdian.agreements.models import AgreementText, Signature
from tongdian.agreements.rules import CONSENT, NoSuchAgreement
from tongdian.files.replies import file_reply
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import attempt, guarded, status_of
from tongdian.spoken import reader_language, say

PNG = "data:image/png;base64,"


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
    try:
        one = queries.text_to_sign(request.user, id_)
    except NoSuchAgreement:
        raise Http404 from None
    signed = queries.signatures(one)
    party, method = _as_whom(request, one, signed)
    form = SigningForm(request.POST or None, initial={"shown_hash": one.body_hash})
    consent = CONSENT.say(reader_language())
    if request.method == "POST":
        if not party:
            raise PermissionDenied
        if form.is_valid() and _sign(request, form, one, party, method, consent):
            messages.success(request, gettext("Signed and kept."))
            return redirect("agreement-text", one.pk)
    context = {
        "text": one,
        "paragraphs": one.body.split("\n\n"),
        "signatures": [signed[one] for one in ("customer", "supplier") if one in signed],
        "party": party,
        "method": method,
        "form": form,
        "consent": consent,
        "replaced": getattr(one, "replaced_by", None),
    }
    return render(request, "agreements/text.html", context, status=status_of(form))


def _as_whom(request: HttpRequest, one: AgreementText, signed: dict[str, Signature]) -> tuple[str, str]:
    if hasattr(one, "replaced_by"):
        return "", ""
    is_clerk = request.user.has_perm("agreements.sign", one.organisation)
    if "customer" not in signed:
        if one.customer.account_id == request.user.pk:
            return "customer", "account"
        return ("customer", "counter") if is_clerk else ("", "")
    return ("supplier", "account") if is_clerk and "supplier" not in signed else ("", "")


def _sign(
    request: HttpRequest, form: SigningForm, one: AgreementText, party: str, method: str, consent: str
) -> bool:
    typed = form.cleaned_data
    kept = attempt(
        form,
        lambda: signing.sign_text(
            viewer=request.user,
            text=one,
            party=party,
            method=method,
            name=typed["name"],
            shown_hash=typed["shown_hash"],
            drawing=_picture(typed["drawing"]),
            consent=consent if request.POST.get("consent") else "",
            at=timezone.now(),
            ip=request.META.get("REMOTE_ADDR") or None,
            user_agent=request.headers.get("User-Agent", ""),
        ),
    )
    return kept is not None


def _picture(address: str) -> bytes:
    if not address.startswith(PNG):
        return b""
    try:
        return base64.b64decode(address[len(PNG) :], validate=True)
    except binascii.Error:
        return b""


@login_required
@require_safe
def drawing(request: HttpRequest, id_: UUID, party: str) -> HttpResponse:
    """The picture of a signature, for who may read the text."""
    try:
        one = queries.text_to_sign(request.user, id_)
    except NoSuchAgreement:
        raise Http404 from None
    signature = queries.signatures(one).get(party)
    if signature is None:
        raise Http404
    return file_reply(signature.drawing, name=party)
