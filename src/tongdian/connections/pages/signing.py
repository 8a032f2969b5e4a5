"""The applicant signs in the browser: the text, the sentence, the name, the drawing, the code."""

from __future__ import annotations

import base64
import binascii
import io
from importlib.resources import files
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from PIL import Image, ImageDraw, ImageFont

from tongdian.agreements.models import AgreementText
from tongdian.agreements.rules import CONSENT
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections import contracts
from tongdian.connections.forms import Form
from tongdian.connections.pages import show
from tongdian.connections.pages.tracking import own_case
from tongdian.parties.limits import address_of, count_try
from tongdian.parties.numbers import masked_phone
from tongdian.personal import decrypt
from tongdian.policy.refusals import Refusal
from tongdian.spoken import reader_language, say

_ = gettext_lazy
PNG = "data:image/png;base64,"


class SigningForm(Form):
    """What a signature is made of."""

    shown_hash = forms.CharField(widget=forms.HiddenInput)
    drawing = forms.CharField(widget=forms.HiddenInput, required=False)
    consent = forms.BooleanField(
        label="", required=True, error_messages={"required": _("Tick this sentence to sign.")}
    )
    name = forms.CharField(
        label=_("Your name"), max_length=60, widget=forms.TextInput({"autocomplete": "name"})
    )
    write_for_me = forms.BooleanField(label=_("Write my name for me instead"), required=False)
    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("Six digits sent to your telephone"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def picture(self) -> bytes:
        """The drawn name, or the typed one written out for who cannot draw."""
        if self.cleaned_data["write_for_me"]:
            return written(self.cleaned_data["name"])
        drawn = self.cleaned_data["drawing"]
        if not drawn.startswith(PNG):
            return b""
        try:
            return base64.b64decode(drawn[len(PNG) :], validate=True)
        except binascii.Error:
            return b""


def written(name: str) -> bytes:
    """A name set in type, as PNG: for the keyboard, a screen reader, a browser without scripts."""
    font_file = files("manimgx_fonts_cjk").joinpath("NotoSansCJK-VF.otf.ttc")
    font = ImageFont.truetype(str(font_file), 72)
    width = max(120, int(font.getlength(name)) + 40)
    picture = Image.new("RGBA", (min(width, 2000), 120), (0, 0, 0, 0))
    ImageDraw.Draw(picture).text((20, 8), name, font=font, fill="black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@require_http_methods(["GET", "HEAD", "POST"])
@own_case
def sign(request: HttpRequest, viewer: Applicant, case: Case, id_: UUID) -> HttpResponse:
    """Exactly the text that stands; what is signed is its hash."""
    text = _text(case, id_)
    signed = {one.party: one for one in text.signatures.all()}
    form = SigningForm(
        request.POST if request.method == "POST" else None, initial={"shown_hash": text.body_hash}
    )
    consent = CONSENT.say(reader_language())
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            contracts.sign(
                applicant=viewer,
                case=case,
                text=text,
                code=form.cleaned_data["code"],
                shown_hash=form.cleaned_data["shown_hash"],
                name=form.cleaned_data["name"],
                drawing=form.picture(),
                consent=consent,
                at=timezone.now(),
                ip=address_of(request) or None,
                user_agent=request.headers.get("User-Agent", ""),
            )
        except Refusal as refused:
            refusal = say(refused)
        else:
            messages.success(request, gettext("Signed. You can save the agreement as PDF."))
            return redirect("track-case", case.number)
    return show(
        request,
        "sign.html",
        office=case.organisation,
        case=case,
        text=text,
        form=form,
        paragraphs=text.body.split("\n\n"),
        signed=signed,
        consent=consent,
        refusal=refusal,
        phone=masked_phone(decrypt(case.customer.phone)) if case.customer else "",
        status=422 if request.method == "POST" else 200,
    )


def _text(case: Case, id_: UUID) -> AgreementText:
    text = next((one for one in contracts.texts_of(case) if one.pk == id_), None)
    if text is None:
        raise Http404
    return text


@require_POST
@own_case
def code(request: HttpRequest, viewer: Applicant, case: Case, id_: UUID) -> HttpResponse:
    """Send the six digits; what was typed meanwhile stays on the page."""
    text = _text(case, id_)
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
    return redirect("track-sign", case.number, text.pk)
