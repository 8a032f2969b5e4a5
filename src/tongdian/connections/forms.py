"""What the public fills in, one group of questions a screen, and what offices fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from tongdian.cases.forms import FACT, InputField
from tongdian.connections.models import PublishedFee
from tongdian.connections.rules import charge_of
from tongdian.network.rules import Utility
from tongdian.parties.models import Customer
from tongdian.parties.numbers import checked_credit_code, checked_identity, checked_phone
from tongdian.policy.inputs import Input
from tongdian.policy.refusals import Refusal
from tongdian.spoken import reader_language

_ = gettext_lazy
RADIO = {"class": "form-check-input"}
PAPERS = "image/*,application/pdf"
APPLICANTS = [(Customer.Kind.PERSON, _("A person")), (Customer.Kind.FIRM, _("A firm or institution"))]


class Form(forms.Form):
    """A form that says in plain words that something is missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = gettext("Please fill this in.")


def _date(label: Any, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        help_text=hint,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


TICKS = ("consent", "consent_identity")
NOTICE = ("notice", *TICKS)  # told and consented to, not an answer


class WhoForm(Form):
    """Who applies."""

    kind = forms.ChoiceField(
        label=_("Who applies"),
        choices=APPLICANTS,
        initial=Customer.Kind.PERSON,
        widget=forms.RadioSelect(RADIO),
    )
    name = forms.CharField(
        label=_("Your name, or that of the firm"),
        max_length=120,
        help_text=_("As it stands on the identity card or business licence."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    identity = forms.CharField(
        label=_("Identity number, or unified social credit code"),
        max_length=18,
        required=False,
        help_text=_("Leave it empty if you have another document. It is kept encrypted."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=_("Mobile telephone"),
        max_length=20,
        help_text=_("We send codes and messages to it; with it you follow your application."),
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    contact = forms.CharField(
        label=_("Person to ask for"), max_length=60, required=False, help_text=_("For a firm or institution.")
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, widget=forms.EmailInput({"autocomplete": "email"})
    )

    # The notice read, and two consents: one tick is not enough for the identity document (29).
    notice = forms.CharField(widget=forms.HiddenInput, required=False)
    consent = forms.BooleanField(
        label=_("I have read the privacy notice and consent to it."),
        error_messages={
            "required": _(
                "Without your consent nothing may be taken here; you may apply on paper at the counter."
            )
        },
    )
    consent_identity = forms.BooleanField(
        label=_("I consent separately that the number and pictures of my identity document are handled."),
        required=False,
    )

    def __init__(self, typed: Any = None, *, version: int, **kwargs: Any) -> None:
        has_changed = typed is not None and typed.get("notice") != str(version)
        if has_changed:  # a tick below other words is no consent to these
            typed = {name: typed[name] for name in typed if name not in TICKS}
        super().__init__(typed, **kwargs)
        if has_changed:
            changed = _("The privacy notice has to be read in its present version. Tick your consent.")
            self.fields["consent"].error_messages["required"] = changed

    def clean(self) -> dict[str, Any]:
        """An identity number is consented to on its own."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        is_person = given.get("kind") == Customer.Kind.PERSON
        if is_person and given.get("identity") and not given.get("consent_identity"):
            self.add_error(
                "consent_identity",
                _("An identity number needs your separate consent. Tick it, or leave the number empty."),
            )
        return given

    def clean_identity(self) -> str:
        """Checked as what it is: a person's or a firm's number."""
        number = self.cleaned_data["identity"].strip()
        is_firm = self.cleaned_data.get("kind") == Customer.Kind.FIRM
        return _checked(checked_credit_code if is_firm else checked_identity, number)

    def clean_phone(self) -> str:
        """A telephone number of China."""
        return _checked(checked_phone, self.cleaned_data["phone"])


def _checked(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text) if text else ""
    except Refusal as refused:
        raise forms.ValidationError(refused.say(reader_language())) from None


class WhereForm(Form):
    """Where: a place that is known here, or a description."""

    place = forms.CharField(required=False, widget=forms.HiddenInput)
    place_text = forms.CharField(
        label=_("Describe where it is"),
        max_length=200,
        required=False,
        help_text=_("If you cannot find it above: building, floor, door, what is next to it."),
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, is_offered: Callable[[str], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_offered = is_offered

    def clean(self) -> dict[str, Any]:
        """One of both."""
        typed = super().clean() or {}
        if typed.get("place") and not self.is_offered(typed["place"]):
            typed["place"] = ""
        if not typed.get("place") and not (typed.get("place_text") or "").strip():
            self.add_error("place_text", gettext("Choose a place, or describe where it is."))
        return typed


class WhatForm(Form):
    """What is applied for: as the service needs it, with the facts that its process asks for."""

    wants_power = forms.BooleanField(label=_("Electricity"), required=False)
    wants_water = forms.BooleanField(label=_("Water"), required=False)
    capacity_kw = forms.DecimalField(
        label=_("Capacity of all equipment together"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        help_text=_("Add up what stands on the name plates. Leave it empty if you do not know."),
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    purpose = forms.CharField(
        label=_("What it is used for"),
        max_length=200,
        help_text=_("For example a tea shop, a building site, a flat."),
    )
    from_on = _date(_("From"))
    last_on = _date(_("Last day"), _("Only if you know when it ends."))
    remark = forms.CharField(
        label=_("Anything else we should know"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(
        self,
        *args: Any,
        group: str,
        asks: Mapping[str, Input],
        has_water: bool,
        initial: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = dict(initial)
        super().__init__(*args, **kwargs)
        asked = {
            FACT + name: InputField(
                name, declared, required=declared.default is None, initial=initial.get(FACT + name)
            )
            for name, declared in asks.items()
        }
        self.fields = {**asked, **self.fields}
        self.fields["capacity_kw"].unit = "kW"
        is_supply = group in ("connect", "temporary")
        if not has_water or not is_supply:
            del self.fields["wants_power"], self.fields["wants_water"]
        if not is_supply or "capacity" in asks:
            del self.fields["capacity_kw"]
        if not is_supply:
            del self.fields["purpose"], self.fields["last_on"]
        if group == "temporary":
            self.fields["from_on"].required = self.fields["last_on"].required = True
            self.fields["last_on"].help_text = ""

    def clean(self) -> dict[str, Any]:
        """At least one of power and water; an end after the beginning."""
        typed = super().clean() or {}
        if "wants_power" in self.fields and not (typed["wants_power"] or typed["wants_water"]):
            self.add_error("wants_power", gettext("Choose electricity, water, or both."))
        first, last = typed.get("from_on"), typed.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", gettext("The last day comes before the first."))
        if last and not first:
            self.add_error("from_on", gettext("Say from which day as well."))
        return typed


class TrackForm(Form):
    """The number of a case or repair, and the telephone given with it."""

    number = forms.CharField(
        label=_("Number"),
        max_length=30,
        help_text=_("It stands on the receipt and in the message, such as YS-2026-000412."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
    phone = forms.CharField(
        label=_("Telephone given in the application"),
        max_length=20,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


class ReasonForm(Form):
    """Why it is taken back."""

    reason = forms.CharField(
        label=_("Why do you take it back?"), max_length=500, widget=forms.Textarea({"rows": 3})
    )


SCORES = [("5", _("Very good")), ("4", _("Good")), ("3", _("Fair")), ("2", _("Poor")), ("1", _("Very poor"))]


class RatingForm(Form):
    """What the applicant thought."""

    score = forms.ChoiceField(label=_("How was it?"), choices=SCORES, widget=forms.RadioSelect(RADIO))
    comment = forms.CharField(
        label=_("What should we do better?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )


class ConfirmForm(Form):
    """A stage of the customer's own is done; with the facts it settles."""

    note = forms.CharField(
        label=_("Anything to tell us"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, asks: Mapping[str, Input], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {FACT + name: InputField(name, one, required=True) for name, one in asks.items()}
        self.fields = {**asked, **self.fields}


class RepairForm(Form):
    """A fault: where, what, how to reach who saw it."""

    utility = forms.ChoiceField(
        label=_("What is it about?"), choices=Utility, widget=forms.RadioSelect(RADIO)
    )
    place_text = forms.CharField(
        label=_("Where?"), max_length=200, help_text=_("Building, floor, room, or what is near.")
    )
    what = forms.CharField(label=_("What is wrong?"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    is_urgent = forms.BooleanField(
        label=_("It is dangerous: sparks, smoke, a live wire, water running out"), required=False
    )
    phone = forms.CharField(
        label=_("Your telephone"),
        max_length=20,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=60, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )

    def clean_phone(self) -> str:
        """A telephone number of China."""
        return _checked(checked_phone, self.cleaned_data["phone"])


class DrawUpForm(Form):
    """What the agreement is to say beyond what the case knows."""

    first_on = forms.DateField(
        label=_("First day of supply"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, asks: Mapping[str, Input], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {
            FACT + name: InputField(name, one, required=True, initial=self.initial.get(FACT + name))
            for name, one in asks.items()
        }
        self.fields = {**asked, **self.fields}


class ChargesForm(Form):
    """How much of each fee of the catalogue; what is left open is not charged."""

    def __init__(self, *args: Any, fees: Iterable[PublishedFee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fees = list(fees)
        for fee in self.fees:
            self.fields[f"quantity-{fee.code}"] = forms.DecimalField(
                label=fee.name,
                required=False,
                min_value=Decimal("0.001"),
                max_digits=12,
                decimal_places=3,
                widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
            )

    @property
    def quantities(self) -> dict[str, Decimal]:
        """Of each fee that is charged, by its code."""
        said = {fee.code: self.cleaned_data.get(f"quantity-{fee.code}") for fee in self.fees}
        return {code: quantity for code, quantity in said.items() if quantity}

    @property
    def lines(self) -> list[tuple[PublishedFee, Any, Decimal | None]]:
        """Each fee with its field and what it comes to."""
        said = self.quantities if self.is_bound and hasattr(self, "cleaned_data") else {}
        return [
            (
                fee,
                self[f"quantity-{fee.code}"],
                charge_of(fee.yuan, said[fee.code]) if fee.code in said else None,
            )
            for fee in self.fees
        ]

    @property
    def total(self) -> Decimal:
        """What it comes to, each fee rounded to the fen as it is charged."""
        return sum((amount for _fee, _field, amount in self.lines if amount), Decimal("0.00"))
