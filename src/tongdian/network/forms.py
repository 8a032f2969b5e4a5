"""Forms for places, feeders, transformers and usage points."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongdian.network.models import Feeder, Place, Transformer, UsagePoint, Utility
from tongdian.network.rules import STANDS_IN, TOP
from tongdian.parties.models import Organisation, Region


def a_code(**kwargs: Any) -> forms.CharField:
    """A short code of letters, digits or characters."""
    return forms.CharField(label=pgettext_lazy("number", "Code"), max_length=40, **kwargs)


def a_number(label: Any, *, most: int = 12, required: bool = False, **kwargs: Any) -> Any:
    """A decimal with two places."""
    return forms.DecimalField(
        label=label, max_digits=most, decimal_places=2, required=required, min_value=Decimal("0.01"), **kwargs
    )


class PlaceForm(forms.Form):
    """A place; what it stands in is named by its code."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Place.Kind)
    name = forms.CharField(
        label=_("Full name"), max_length=120, help_text=_("As on letters, for example 雁山校区 3 号门面")
    )
    code = a_code(help_text=_("No other place of the organisation has it."))
    parent_code = forms.CharField(
        label=_("Stands in (its code)"),
        max_length=40,
        required=False,
        help_text=_("Empty: it stands by itself."),
    )
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    region = forms.CharField(
        label=_("Region (code of six digits)"),
        max_length=6,
        required=False,
        help_text=_("Empty: as what it stands in."),
    )

    def __init__(self, *args: Any, organisation: Organisation, parent: Place | None, **kw: Any):
        super().__init__(*args, **kw)
        self.organisation = organisation
        if not self.initial.get("kind"):
            above = parent.kind if parent else TOP
            fitting = [kind for kind in Place.Kind.choices if above in STANDS_IN[kind[0]]]
            self.fields["kind"].choices = fitting if parent else Place.Kind.choices

    def clean_parent_code(self) -> Place | None:
        """The place of that code in the same organisation."""
        code = self.cleaned_data["parent_code"]
        if not code:
            return None
        found = Place.objects.filter(organisation=self.organisation, code=code).first()
        if found is None:
            raise forms.ValidationError(_("No place of this organisation has that code."))
        return found

    def clean_region(self) -> Region | None:
        """The region of that code."""
        code = self.cleaned_data["region"]
        if not code:
            return None
        found = Region.objects.filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("There is no region of that code."))
        return found


class FeederForm(forms.Form):
    """A feeder or main."""

    utility = forms.ChoiceField(label=_("Utility"), choices=Utility)
    code = a_code()
    name = forms.CharField(label=_("Name"), max_length=120)
    voltage_kv = a_number(_("Voltage (kV)"), most=7)
    capacity_kva = a_number(_("Capacity (kVA)"))


class TransformerForm(forms.Form):
    """A transformer on a feeder."""

    code = a_code()
    name = forms.CharField(label=_("Name"), max_length=120)
    capacity_kva = a_number(_("Capacity (kVA)"), required=True)
    power_factor = forms.DecimalField(
        label=_("Power factor"),
        max_digits=3,
        decimal_places=2,
        initial="0.90",
        min_value=Decimal("0.01"),
        max_value=Decimal(1),
        help_text=_("What it can give in kW is its capacity in kVA times this."),
    )
    place_code = forms.CharField(label=_("Stands at (code of the place)"), required=False)
    is_public = forms.BooleanField(label=_("Public: not one customer's own"), required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.organisation = organisation

    def clean_place_code(self) -> Place | None:
        """The place of that code in the same organisation."""
        code = self.cleaned_data["place_code"]
        found = Place.objects.filter(organisation=self.organisation, code=code).first()
        if code and found is None:
            raise forms.ValidationError(_("No place of this organisation has that code."))
        return found


class UsagePointForm(forms.Form):
    """Where a place takes power or water, and what feeds it."""

    utility = forms.ChoiceField(label=_("Utility"), choices=Utility)
    code = a_code(help_text=_("No other usage point has it."))
    transformer = forms.ModelChoiceField(
        label=_("Transformer"), queryset=Transformer.objects.none(), required=False
    )
    feeder = forms.ModelChoiceField(
        label=_("Feeder or main"),
        queryset=Feeder.objects.none(),
        required=False,
        help_text=_("Of a point behind a transformer, it is the transformer's."),
    )
    capacity_kw = a_number(_("Promised capacity (kW)"))
    is_live = forms.BooleanField(label=_("Is supplied now"), required=False)

    def __init__(
        self, *args: Any, organisation: Organisation, point: UsagePoint | None = None, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        by = organisation.ancestors
        feeders = Feeder.objects.filter(organisation__in=by).order_by("code")
        transformers = Transformer.objects.filter(feeder__organisation__in=by).order_by("code")
        if point is not None:
            del self.fields["utility"]
            feeders = feeders.filter(utility=point.utility)
            if point.utility == Utility.WATER:
                del self.fields["transformer"]
        self.fields["feeder"].queryset = feeders
        if "transformer" in self.fields:
            self.fields["transformer"].queryset = transformers
