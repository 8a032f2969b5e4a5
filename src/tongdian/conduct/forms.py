"""What the public is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.conduct.queries import PickedAct
from tongdian.spoken import spoken


class ReportForm(forms.Form):
    """A violation: where, what it looks like, what was seen; who reports only if they like to."""

    where = forms.CharField(
        label=_("Where?"), max_length=200, help_text=_("Building, floor, room, or what is near.")
    )
    act = forms.ChoiceField(label=_("What does it look like?"), required=False)
    text = forms.CharField(
        label=_("What did you see, and when?"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )
    photograph = forms.FileField(
        label=_("Photograph"), required=False, widget=forms.FileInput({"accept": "image/*"})
    )
    name = forms.CharField(label=_("Your name"), max_length=60, required=False)
    contact = forms.CharField(
        label=_("How to reach you"),
        max_length=120,
        required=False,
        help_text=_(
            "Needed only for a reward. It is kept encrypted and shown only to who decides the reward."
        ),
    )

    def __init__(self, *args: Any, picks: Mapping[str, PickedAct], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(key, spoken(one.said)) for key, one in picks.items()]
        self.fields["act"].choices = [("", _("I do not know")), *offered]
