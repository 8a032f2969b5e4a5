"""What people type to set up a channel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.notices.rules import TO_A_GROUP, ChannelKind, Quiet

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ChannelForm(forms.Form):
    """How an organisation sends one kind of message."""

    is_enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)
    address = forms.CharField(
        label=_("Webhook address"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    signing = forms.CharField(
        label=_("Signing secret"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Only where the robot's settings ask for signatures (加签)."),
    )
    quiet_since = forms.TimeField(label=_("Silent from"), widget=TIME, initial=Quiet().since)
    quiet_until = forms.TimeField(
        label=_("Silent until"),
        widget=TIME,
        initial=Quiet().until,
        help_text=_("What is not urgent waits until then. The same time twice: never silent."),
    )

    def __init__(self, *args: Any, kind: str, has_address: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind not in TO_A_GROUP:
            del self.fields["address"]
        elif has_address:
            self.fields["address"].help_text = _("One is kept and not shown. Empty: it stays.")
        if kind not in (ChannelKind.DINGTALK, ChannelKind.FEISHU):
            del self.fields["signing"]
