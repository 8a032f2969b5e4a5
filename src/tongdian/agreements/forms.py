"""Forms for agreements and imports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian import bounded_days
from tongdian.agreements.importing.kinds import KINDS
from tongdian.agreements.importing.kinds.kind import Asked, Said
from tongdian.parties.consent_on_paper import ConsentOnPaper
from tongdian.parties.models import Customer, Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.sorts import to_choose_from

Names = dict[str, Words]


class ImportForm(ConsentOnPaper):
    """What an import asks of the one who confirms it; of what it does not ask, no field is shown."""

    reason = forms.CharField(max_length=200, required=False, label=_("Why names are corrected"))

    def __init__(self, *args: Any, asks: Asked, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, on=on, **kwargs)
        if asks.consent:
            self.fields["consent"].label = gettext(
                "Everybody whose identity number is new in this file was shown version %(version)s of the "
                "privacy notice and has consented to it in writing, separately for the number"
            ) % {"version": self.fields["notice"].initial}
        else:
            del self.fields["notice"], self.fields["consent"]
        if not asks.renamed:
            del self.fields["reason"]

    @property
    def said(self) -> Said:
        """What was said, of a valid form."""
        return Said(self.cleaned_data["consented"], self.cleaned_data.get("reason", ""))


def a_day(label: Any, **kwargs: Any) -> forms.DateField:
    """A date chosen from a calendar."""
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=picker, **kwargs)


def a_name(label: Any, names: Names, language: str, *, required: bool = True) -> forms.Field:
    """One of the names of a regulation, or any word where it names none."""
    if not names:
        return forms.CharField(label=label, max_length=40, required=required)
    offered = [("", "")] + [(key, words.say(language)) for key, words in names.items()]
    return forms.ChoiceField(label=label, choices=offered, required=required)


class CustomerField(forms.CharField):
    """A customer by number, of one organisation or those above it."""

    def __init__(self, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(max_length=24, **kwargs)
        self.organisation = organisation

    def clean(self, value: Any) -> Any:
        """The customer."""
        number = super().clean(value).strip().upper()
        if not number:
            return None
        found = Customer.objects.filter(
            organisation__in=self.organisation.ancestors, number=number, erased_on=None
        ).first()
        if found is None:
            raise forms.ValidationError(_("No customer of this organisation has that number."))
        return found


class SignForm(forms.Form):
    """A new agreement at a usage point."""

    def __init__(
        self,
        *args: Any,
        organisation: Organisation,
        classes: Names,
        categories: Names,
        language: str,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.fields["customer"] = CustomerField(organisation, label=_("Customer number"))
        self.fields["customer_class"] = a_name(_("Customer class"), classes, language)
        self.fields["price_category"] = a_name(_("Price category"), categories, language)
        self.fields["capacity_kw"] = a_capacity()
        self.fields["first_on"] = a_day(_("First day"))
        self.fields["last_on"] = a_day(
            _("Last day"), required=False, help_text=_("Only of a temporary supply.")
        )
        self.fields["signed_on"] = a_day(_("Signed on"), required=False)


class ProposalForm(forms.Form):
    """Why, and the file that it rests on."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    file = forms.FileField(
        label=_("What it rests on"),
        help_text=_("The customer's request, a notice, the settlement: photograph or PDF."),
        widget=forms.ClearableFileInput({"accept": "image/*,application/pdf"}),
    )


class EndForm(ProposalForm):
    """The last day."""

    last_on = a_day(_("Last day"))
    field_order = ["last_on"]


class ReopenForm(ProposalForm):
    """An end is to be taken back: for what reason."""


class EndAnswerForm(forms.Form):
    """Why a proposal is set aside."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class TermsForm(forms.Form):
    """Other terms from a day on."""

    def __init__(self, *args: Any, classes: Names, categories: Names, language: str, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["from_on"] = a_day(_("First day of the new terms"))
        self.fields["customer_class"] = a_name(_("Customer class"), classes, language)
        self.fields["price_category"] = a_name(_("Price category"), categories, language)
        self.fields["capacity_kw"] = a_capacity()
        self.order_fields(["from_on", "customer_class", "price_category", "capacity_kw"])


class ChangeForm(TermsForm):
    """Other terms from today or a day to come."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class ProposeChangeForm(TermsForm, ProposalForm):
    """Other terms, also from a day that has passed."""


class TransferForm(ProposalForm):
    """Another customer from a day on."""

    def __init__(self, *args: Any, organisation: Organisation, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["customer"] = CustomerField(organisation, label=_("Number of the new customer"))
        self.fields["first_on"] = a_day(_("First day of the new customer"))
        self.order_fields(["customer", "first_on"])


def a_capacity() -> forms.DecimalField:
    """A capacity in kW."""
    return forms.DecimalField(
        label=_("Capacity (kW)"),
        max_digits=12,
        decimal_places=2,
        required=False,
        min_value=Decimal("0.01"),
        help_text=_("Empty: as the usage point has."),
    )


class UploadForm(forms.Form):
    """A spreadsheet of a kind, for an organisation."""

    kind = forms.ChoiceField(label=_("What is in it"))
    organisation = forms.ModelChoiceField(label=_("For"), queryset=Organisation.objects.none())
    file = forms.FileField(label=_("Spreadsheet (.xlsx or .csv)"))

    def __init__(self, *args: Any, offered: Any, language: str, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["kind"].choices = to_choose_from(kinds_said(language))
        self.fields["organisation"].queryset = offered
        if len(few := offered[:2]) == 1:
            self.fields["organisation"].initial = few[0]


def kinds_said(language: str) -> list[tuple[str, str]]:
    """The kinds of spreadsheet."""
    return [(kind.name, kind.title.say(language)) for kind in KINDS.values()]


def a_day_of(text: str) -> dt.date | None:
    """A day in an address, or nothing."""
    try:
        return bounded_days.read(text)
    except Refusal:
        return None


def joined(names: Iterable[Names]) -> Names:
    """Names of several rules as one list."""
    return {key: words for each in names for key, words in each.items()}
