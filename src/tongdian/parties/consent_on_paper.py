"""The consent that a clerk was given on paper, as part of every form that takes an identity number."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Consent
from tongdian.parties.privacy import notice_on


class ConsentOnPaper(forms.Form):
    """What a clerk says beside a person's identity number; cleaned, it is `consented`."""

    notice = forms.IntegerField(widget=forms.HiddenInput, required=False)
    consent = forms.BooleanField(required=False)

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = notice_on(on).version
        self.fields["notice"].initial = version
        self.fields["consent"].label = gettext(
            "With an identity number: the person was shown version %(version)s of the privacy "
            "notice and has consented to it in writing, separately for the number"
        ) % {"version": version}
        self.fields["consent"].help_text = format_html(
            '<a href="{}" target="_blank">{}</a>', reverse("privacy"), gettext("Print it for them")
        )

    def clean(self) -> dict[str, Any]:
        """What was ticked becomes what the action asks for: `consented`."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        version, ticked = given.pop("notice", None), given.pop("consent", False)
        paper = Consented(version or 0, identity=True, door=Consent.Door.PAPER)
        return {**given, "consented": paper if ticked else None}
