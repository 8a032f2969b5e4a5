"""What every page on which somebody signs asks, and the evidence that comes of it."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont

from tongdian.agreements.models import AgreementText
from tongdian.agreements.rules import CONSENT, Proxy, SignatureEvidence
from tongdian.files.actions import MAX_BYTES
from tongdian.parties.limits import address_of
from tongdian.spoken import reader_language

PNG = "data:image/png;base64,"


class SealForm(forms.Form):
    """The texts that are shown and the sentence of consent: all that is asked of who signs for the
    supplier with the session."""

    shown_hash = forms.CharField(widget=forms.HiddenInput)
    consent = forms.BooleanField(
        label="", required=True, error_messages={"required": _("Tick this sentence to sign.")}
    )

    def __init__(self, request: HttpRequest, texts: Sequence[AgreementText]) -> None:
        posted = request.method == "POST"
        shown = " ".join(text.body_hash for text in texts)
        super().__init__(
            request.POST if posted else None, request.FILES if posted else None, initial={"shown_hash": shown}
        )
        self._request, self._texts = request, texts
        self.fields["consent"].label = CONSENT.say(reader_language())

    @property
    def shown(self) -> dict[AgreementText, str]:
        """Each text with the hash that it had on the screen."""
        hashes = [*self.cleaned_data["shown_hash"].split(), *("" for _ in self._texts)]
        return dict(zip(self._texts, hashes, strict=False))

    @property
    def evidence(self) -> SignatureEvidence:
        """What proves the signature."""
        return SignatureEvidence(
            consent=str(self.fields["consent"].label),
            ip=address_of(self._request) or None,
            user_agent=self._request.headers.get("User-Agent", ""),
            **self._by_hand(),
        )

    def _by_hand(self) -> dict[str, Any]:
        return {}


class SignatureForm(SealForm):
    """With the name that the customer types and draws, or that of who signs for them."""

    name = forms.CharField(
        label=_("Name of who signs"), max_length=60, widget=forms.TextInput({"autocomplete": "name"})
    )
    drawing = forms.CharField(widget=forms.HiddenInput, required=False)
    write_for_me = forms.BooleanField(label=_("Write my name for me instead"), required=False)
    proxy_reason = forms.CharField(label=_("Why you sign for somebody else"), max_length=200, required=False)
    authorisation = forms.FileField(
        label=_("The authorisation, as photograph or PDF"),
        required=False,
        max_length=200,
        widget=forms.FileInput({"accept": "image/*,application/pdf"}),
    )

    @property
    def proxies(self) -> list[forms.BoundField]:
        """What is asked of who signs for somebody else."""
        return [self["proxy_reason"], self["authorisation"]]

    def _by_hand(self) -> dict[str, Any]:
        typed = self.cleaned_data
        file, reason = typed["authorisation"], typed["proxy_reason"]
        proxy = Proxy(reason=reason, file=file.read(MAX_BYTES + 1) if file else b"")
        return {
            "name": typed["name"],
            "drawing": written(typed["name"]) if typed["write_for_me"] else drawn(typed["drawing"]),
            "proxy": proxy if file or reason else None,
        }


def drawn(address: str) -> bytes:
    """The picture that the browser drew, or nothing."""
    if not address.startswith(PNG):
        return b""
    try:
        return base64.b64decode(address[len(PNG) :], validate=True)
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
