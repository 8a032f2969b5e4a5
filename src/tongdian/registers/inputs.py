"""What a pack's rule or process asks, as a field of a form: read as the registers read theirs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.policy.inputs import Input
from tongdian.policy.types import Value
from tongdian.registers.fields import ANYWHERE
from tongdian.registers.forms import FormField
from tongdian.registers.sorts import of_input

FACT = "fact-"  # begins the name of a field that asks a fact of a case
GIVEN = "given-"  # and an answer that the effect of a stage asks for


class InputField(FormField):
    """A declared fact or question: its unit stands beside it; what was typed is read as people write
    it, then looked at by the kernel."""

    def __init__(self, name: str, declared: Input, *, required: bool, initial: Any = None) -> None:
        super().__init__(of_input(name, declared, optional=not required), ANYWHERE)
        self.initial = _typed(initial if initial is not None else declared.default)

    def clean(self, value: Any) -> Value | None:
        """The value, or None where it may be left open."""
        if self.required and not str(value if value is not None else "").strip():
            raise forms.ValidationError(_("Please fill this in."), code="required")
        found: Value | None = super().clean(value)
        return None if found == "" else found


def _typed(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
