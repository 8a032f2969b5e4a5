"""What a pack's rule or process asks, as a field of a form. It is read as the kernel reads it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.policy.inputs import Input, read_value, say_unit
from tongdian.policy.refusals import BadInput
from tongdian.policy.types import Bool, Date, Num, Options, Value
from tongdian.spoken import reader_language

FACT = "fact-"  # begins the name of a field that asks a fact of a case
MANY_OPTIONS = 5  # more than these are chosen from a list


class InputField(forms.Field):
    """A declared fact or question: its unit stands beside it, and the kernel reads it."""

    def __init__(self, name: str, declared: Input, *, required: bool, initial: Any = None) -> None:
        language = reader_language()
        self.name, self.declared = name, declared
        kind = declared.value_type
        self.unit = say_unit(kind.unit, language) if isinstance(kind, Num) else ""
        super().__init__(
            label=declared.title.say(language) if declared.title else name.replace("_", " "),
            required=required,
            widget=_widget(declared, language),
            initial=_typed(initial if initial is not None else declared.default),
            help_text=_hint(kind),
        )

    def clean(self, value: Any) -> Value | None:
        """The value, or None where it may be left open."""
        if value is None or not str(value).strip():
            if self.required:
                raise forms.ValidationError(_("Please fill this in."), code="required")
            return None
        try:
            return read_value(self.name, value, self.declared.value_type)
        except BadInput as refused:
            said = refused.facts["problem"].say(reader_language())
            raise forms.ValidationError(said) from None


def _typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _hint(kind: Any) -> str:
    if isinstance(kind, Num):
        return f"{kind.low.normalize():,f} – {kind.high.normalize():,f}"
    return ""


def _widget(declared: Input, language: str) -> forms.Widget:
    kind = declared.value_type
    if isinstance(kind, Bool | Options):
        values: list[Any] = ["true", "false"] if isinstance(kind, Bool) else list(kind.values)
        said = {"true": True, "false": False} if isinstance(kind, Bool) else {}
        choices = [(one, declared.label(said.get(one, one), language)) for one in values]
        if len(choices) <= MANY_OPTIONS:
            return forms.RadioSelect(choices=choices, attrs={"class": "form-check-input"})
        return forms.Select(choices=[("", ""), *choices])
    if isinstance(kind, Date):
        return forms.DateInput(attrs={"type": "date"})
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
