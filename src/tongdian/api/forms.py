"""What is asked to set up a webhook."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.api.rules import KINDS

KIND_TITLES = {
    "opened": _("A case is opened"),
    "stage_closed": _("A stage is completed"),
    "returned": _("A case is sent back"),
    "suspended": _("A case is suspended"),
    "resumed": _("A case goes on"),
    "fact_recorded": _("A fact is recorded"),
    "withdrawn": _("A case is taken back"),
    "migrated": _("A case moves to another version"),
    "countersigned": _("A claim is countersigned"),
    "claim_refused": _("A claim is not accepted"),
    "case_ended": _("A case ends: finished or taken back"),
}


class WebhookForm(forms.Form):
    """A webhook; the organisation is chosen once."""

    title = forms.CharField(label=_("What for"), max_length=80)
    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput,
        help_text=_("Begins with https://; addresses inside the network only if the operator allows."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        choices=[(kind, KIND_TITLES[kind]) for kind in KINDS],
        help_text=_("None: all."),
    )
    is_on = forms.BooleanField(label=_("On"), required=False, initial=True)

    def __init__(self, *args: Any, organisations: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if organisations is not None:
            self.fields["organisation"] = forms.ModelChoiceField(organisations, label=_("Organisation"))
            del self.fields["is_on"]
            self.order_fields(["organisation", "title", "address", "kinds"])
