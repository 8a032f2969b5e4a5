"""The applicant signs in the browser, in one sitting with one code: the texts, the sentence, the name,
the drawing."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tongdian.agreements.models import AgreementText
from tongdian.agreements.signature_form import SignatureForm
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections import contracts
from tongdian.connections.pages import show
from tongdian.connections.pages.tracking import own_case
from tongdian.parties.limits import count_try
from tongdian.parties.numbers import masked_phone
from tongdian.personal import decrypt
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import attempt, status_of
from tongdian.spoken import say

_ = gettext_lazy


class CodeForm(SignatureForm):
    """With the code that was sent to the customer's telephone."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("Six digits sent to your telephone"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@own_case
def sign(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """Exactly the texts that stand; what is signed is their hashes."""
    texts = contracts.texts_of(case)
    to_sign = contracts.unsigned(texts)
    form = CodeForm(request, to_sign)
    if request.method == "POST" and form.is_valid() and _sign(form, viewer, case):
        messages.success(request, gettext("Signed. You can save the agreement as PDF."))
        return redirect("track-case", case.number)
    return show(
        request,
        "sign.html",
        office=case.organisation,
        case=case,
        texts=[(text, text.signatures.all()) for text in texts],
        to_sign=to_sign,
        form=form,
        title=said_titles(to_sign or texts),
        phone=masked_phone(decrypt(case.customer.phone)) if case.customer else "",
        status=status_of(form),
    )


def said_titles(texts: Sequence[AgreementText]) -> str:
    """供用电协议、供用水协议."""
    return "、".join(text.title for text in texts)


def _sign(form: CodeForm, viewer: Applicant, case: Case) -> bool:
    def signed() -> bool:
        return bool(
            contracts.sign(
                applicant=viewer,
                case=case,
                shown=form.shown,
                code=form.cleaned_data["code"],
                evidence=form.evidence,
                at=timezone.now(),
            )
        )

    return attempt(form, signed) is not None


@require_POST
@own_case
def code(request: HttpRequest, viewer: Applicant, case: Case) -> HttpResponse:
    """Send the six digits; what was typed meanwhile stays on the page."""
    said, is_bad = gettext("The code was sent; it holds for ten minutes."), False
    try:
        count_try("code", case.number, at=timezone.now())
        shown = contracts.send_code(applicant=viewer, case=case, at=timezone.now())
        if shown:
            said = gettext("A demonstration sends nothing. The code is %(code)s.") % {"code": shown}
    except Refusal as refused:
        said, is_bad = say(refused), True
    if request.headers.get("HX-Request"):
        return HttpResponse(said, content_type="text/plain; charset=utf-8")
    (messages.error if is_bad else messages.success)(request, said)
    return redirect("track-sign", case.number)
