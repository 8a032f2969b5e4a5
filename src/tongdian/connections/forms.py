"""What the public fills in, one group of questions a screen, and what offices fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from tongdian.connections.entries import together
from tongdian.connections.models import PublishedFee
from tongdian.connections.rules import charge_of
from tongdian.network.rules import Utility
from tongdian.parties.models import Customer
from tongdian.parties.numbers import checked_phone, masked_identity
from tongdian.policy.inputs import Input
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Fields, Scope, problem_of
from tongdian.registers.forms import FormField
from tongdian.registers.inputs import FACT, GIVEN, InputField
from tongdian.spoken import reader_language, say

_ = gettext_lazy
RADIO = {"class": "form-check-input"}
PAPERS = "image/*,application/pdf"


class Form(forms.Form):
    """A form that says in plain words that something is missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.error_messages["required"] == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = gettext("Please fill this in.")


TICKS = ("consent", "consent_identity")
NOTICE = ("notice", *TICKS)  # told and consented to, not an answer


# How a telephone helps with what is asked.
CONTROLS: dict[str, Callable[[], forms.Widget]] = {
    "name": lambda: forms.TextInput({"autocomplete": "name", "maxlength": 120}),
    "identity": lambda: forms.TextInput({"autocomplete": "off", "spellcheck": "false", "maxlength": 30}),
    "phone": lambda: forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    "email": lambda: forms.EmailInput({"autocomplete": "email", "maxlength": 254}),
    "place": forms.HiddenInput,
    "place_text": lambda: forms.Textarea({"rows": 2, "maxlength": 200}),
}


class KnownNumberInput(forms.TextInput):
    """An identity number; the one that the office knows of who is signed in is never written into the page: it
    stands there masked, and means the whole one when it is sent so."""

    def __init__(self, known: str, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.known = known

    def format_value(self, value: Any) -> Any:
        """Masked where it is the known one."""
        return (
            masked_identity(self.known) if self.known and value == self.known else super().format_value(value)
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The known one where it came back masked."""
        sent = super().value_from_datadict(data, files, name)
        return self.known if self.known and sent == masked_identity(self.known) else sent


class ScreenForm(Form):
    """One screen of what an application asks."""

    screen = ""

    def __init__(self, typed: Any = None, *, asked: Fields, scope: Scope, **kwargs: Any) -> None:
        super().__init__(typed, **kwargs)
        declared: dict[str, forms.Field] = {one.name: FormField(one, scope) for one in asked}
        for name, field in declared.items():
            if name in CONTROLS:
                field.widget = CONTROLS[name]()
                field.widget.is_required = field.required
        self.fields = {**declared, **self.fields}

    def clean(self) -> dict[str, Any]:
        """The values beside each other."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for refused in list(together(self.screen, given)):
            self.add_error(refused.field, say(problem_of(refused)))
        return given


class WhoForm(ScreenForm):
    """Who applies."""

    screen = "who"

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

    def __init__(self, typed: Any = None, *, version: int, known_identity: str = "", **kwargs: Any) -> None:
        has_changed = typed is not None and typed.get("notice") != str(version)
        if has_changed:  # a tick below other words is no consent to these
            typed = {name: typed[name] for name in typed if name not in TICKS}
        super().__init__(typed, **kwargs)
        if known_identity:
            asked = self.fields["identity"].widget
            self.fields["identity"].widget = KnownNumberInput(known_identity, asked.attrs)
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


def _checked(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text) if text else ""
    except Refusal as refused:
        raise forms.ValidationError(refused.say(reader_language())) from None


class WhereForm(ScreenForm):
    """Where: a place that is known here, or a description."""

    screen = "where"


class WhatForm(ScreenForm):
    """What is applied for: as the service needs it, with the facts that its process asks for."""

    screen = "what"

    def __init__(
        self, typed: Any = None, *, facts: Mapping[str, Input], initial: Mapping[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(typed, initial=dict(initial), **kwargs)
        stated = {
            FACT + name: InputField(
                name, declared, required=declared.default is None, initial=initial.get(FACT + name)
            )
            for name, declared in facts.items()
        }
        self.fields = {**stated, **self.fields}


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


class TakeBackForm(Form):
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
    """A stage of the customer's own is done; with the facts it settles and what it yields."""

    note = forms.CharField(
        label=_("Anything to tell us"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(
        self, *args: Any, asks: Mapping[str, Input], yields: Mapping[str, Input], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        asked = {FACT + name: InputField(name, one, required=True) for name, one in asks.items()}
        asked |= {GIVEN + name: InputField(name, one, required=True) for name, one in yields.items()}
        self.fields = {**asked, **self.fields}

    def said(self, mark: str) -> dict[str, Any]:
        """What was answered under FACT or GIVEN, by name."""
        return {k.removeprefix(mark): v for k, v in self.cleaned_data.items() if k.startswith(mark)}


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
