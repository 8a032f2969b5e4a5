"""Forms for what is done to a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian.cases.offers import Offer
from tongdian.cases.rules import EVIDENCE_FILE
from tongdian.policy.inputs import Input
from tongdian.policy.process import Ask
from tongdian.policy.types import Value
from tongdian.registers.inputs import FACT, GIVEN, InputField
from tongdian.spoken import reader_language


class SeveralFiles(forms.ClearableFileInput):
    """Files chosen or photographed, several at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files, perhaps none."""
        several = data if isinstance(data, list | tuple) else [data]
        found = [super(FilesField, self).clean(one, initial) for one in several if one]
        return found if found or not self.required else [super().clean(None, initial)]


class OfferForm(forms.Form):
    """What an offer asks, as a form; `seen` says from which state of the case it was typed.

    `known` are facts that stand already; `more` facts typed into a form drawn before, which keep
    their fields.
    """

    either = ("evidence", "attached")  # one of the two is enough

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        offer: Offer,
        known: Mapping[str, Any] | None = None,
        more: Mapping[str, Input] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer, self.known = offer, known or {}
        self.facts = {**offer.facts, **offer.may_say, **(more or {})}
        if offer.verb.event is None:  # it adds nothing to the case's events
            del self.fields["seen"]
        for ask in offer.asks:
            self.fields.update(getattr(self, f"_{ask.sort}")(ask, reader_language()))

    # --- a field, or several, for each sort of question ---
    def _facts(self, ask: Ask, language: str) -> dict[str, forms.Field]:
        return {
            FACT + name: InputField(
                name, declared, required=name not in self.offer.may_say, initial=self.known.get(name)
            )
            for name, declared in self.facts.items()
        }

    _fact = _facts

    def _answers(self, ask: Ask, language: str) -> dict[str, forms.Field]:
        return {
            GIVEN + name: InputField(name, declared, required=declared.default is None)
            for name, declared in self.offer.given.items()
        }

    def _text(self, ask: Ask, language: str) -> dict[str, forms.Field]:
        return {ask.name: _note(ask.title.say(language), required=ask.is_needed)}

    def _option(self, ask: Ask, language: str) -> dict[str, forms.Field]:
        choices = [(key, one.say(language)) for key, one in self.offer.options.items()]
        widget: forms.Widget = forms.RadioSelect({"class": "form-check-input"})
        if not ask.is_needed:
            choices.insert(0, ("", gettext("Nobody: back to the office")))
            widget = forms.Select()
        chosen = choices[0][0] if ask.is_needed and len(choices) == 1 else self.initial.get(ask.name)
        title = ask.title.say(language)
        return {
            ask.name: forms.ChoiceField(
                label=title, choices=choices, required=ask.is_needed, widget=widget, initial=chosen
            )
        }

    def _event(self, ask: Ask, language: str) -> dict[str, forms.Field]:
        choices = [("", "---------"), *((key, one.say(language)) for key, one in self.offer.events.items())]
        hint = ask.hint.say(language) if ask.hint else ""
        title = ask.title.say(language)
        return {ask.name: forms.ChoiceField(label=title, choices=choices, required=False, help_text=hint)}

    def _evidence(self, ask: Ask, language: str) -> dict[str, forms.Field]:
        """Files alone where it must rest on one; else lines or files."""
        hint = ask.hint.say(language) if ask.hint else ""
        widget = SeveralFiles(attrs={"accept": "image/*,application/pdf"})
        if ask.is_needed:
            return {"attached": FilesField(label=ask.title.say(language), help_text=hint, widget=widget)}
        lines = forms.CharField(
            label=ask.title.say(language),
            required=False,
            max_length=1000,
            help_text=hint,
            widget=forms.Textarea({"rows": 2}),
        )
        files = FilesField(label=_("Photographs or files"), required=False, widget=widget)
        return {"evidence": lines, "attached": files}

    def _day(self, ask: Ask, language: str) -> dict[str, forms.Field]:
        field = forms.DateField(
            required=False,
            label=ask.title.say(language),
            widget=forms.DateInput(attrs={"type": "date"}),
            help_text=ask.hint.say(language) if ask.hint else "",
        )
        return {ask.name: field}

    def clean_evidence(self) -> list[str]:
        """The lines that say something; one that poses as a kept file is refused."""
        lines = [one.strip() for one in self.cleaned_data["evidence"].splitlines() if one.strip()]
        if any(line.startswith(EVIDENCE_FILE) for line in lines):
            raise forms.ValidationError(_("Files are handed in below, not written."))
        return lines

    def answers(self, kept: Iterable[str] = ()) -> dict[str, Any]:
        """What was answered, by the names under which the verb's action takes it; `kept` says the
        files that were kept."""
        said: dict[str, Any] = {}
        for ask in self.offer.asks:
            if ask.sort == "facts":
                said[ask.name] = {
                    name: value
                    for name, value in self._answered(FACT).items()
                    if name in {*self.offer.facts, *self.offer.may_say} or self.known.get(name) != value
                }
            elif ask.sort == "answers":
                said[ask.name] = self._answered(GIVEN)
            elif ask.sort == "fact":
                (said[ask.name],) = self._answered(FACT).values()
            elif ask.sort == "evidence":
                said[ask.name] = [*self.cleaned_data.get("evidence", ()), *kept]
            elif ask.sort == "text":
                said[ask.name] = self.cleaned_data[ask.name].strip()
            else:
                said[ask.name] = self.cleaned_data[ask.name]
        return said

    def _answered(self, prefix: str) -> dict[str, Value]:
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value is not None
        }


def _note(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=2000, widget=forms.Textarea({"rows": 2})
    )


class MorePaperForm(forms.Form):
    """One more paper, where the list is open."""

    title = forms.CharField(label=_("Which paper"), max_length=120)
    reason = _note(_("Reason, which the applicant reads"), required=True)


class AsideForm(forms.Form):
    """A paper that no longer counts."""

    reason = _note(_("Reason, which the applicant reads"), required=True)


class PaperForm(forms.Form):
    """A paper handed in: a file or photograph, or the original seen at the counter."""

    file = forms.FileField(required=False)
    photo = forms.FileField(required=False)
    seen_original = forms.BooleanField(required=False)
    note = forms.CharField(required=False, max_length=500)
