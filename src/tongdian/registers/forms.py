"""A form of what is asked. A page that is special makes one too, and changes what it must."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from tongdian.policy.inputs import say_unit
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import Field, Fields, Scope, problem_of
from tongdian.registers.sorts import Number
from tongdian.spoken import reader_language, say, spoken

IS_NOW = Words("现在是：{now}", "it is now: {now}")


class FormField(forms.Field):
    """A field on a form, which reads what was typed itself."""

    def __init__(self, declared: Field, scope: Scope, *, is_change: bool = False) -> None:
        self.declared, self.scope = declared, scope
        self._may_be_empty = is_change and declared.stays_when_empty
        unit = declared.kind.unit if isinstance(declared, Number) else None
        self.unit = say_unit(unit, reader_language()) if unit else ""
        super().__init__(
            label=spoken(declared.title),
            required=declared.required and not self._may_be_empty,
            widget=declared.control(scope),
            help_text=spoken(declared.note) if declared.note.zh else "",
        )

    def clean(self, value: Any) -> Any:
        """The value, or why it is none."""
        if self._may_be_empty and not str(value or "").strip():
            return ""
        try:
            return self.declared.read(value, self.scope)
        except Refusal as refused:
            raise forms.ValidationError(say(problem_of(refused))) from None


class FieldsForm(forms.Form):
    """What is asked, with the values that stand there already."""

    def __init__(
        self,
        asked: Fields,
        data: Any = None,
        *,
        scope: Scope,
        values: Mapping[str, Any] | None = None,
        seen: str = "",
    ) -> None:
        known = {one.name: one.default for one in asked} | dict(values or {})
        initial = {
            one.name: one.typed(known[one.name])
            for one in asked
            if known[one.name] is not None and not (seen and one.asked_anew)
        }
        super().__init__(data, initial=initial)
        self.fields.update((one.name, FormField(one, scope, is_change=bool(seen))) for one in asked)
        self._asked, self._is_change = asked, bool(seen)
        if seen:  # what stood there when the page was drawn
            self.fields["seen"] = forms.CharField(max_length=16, initial=seen, widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        """Without what was left empty and thereby stays."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self._is_change:
            for one in self._asked:
                if one.stays_when_empty and not given.get(one.name):
                    given.pop(one.name, None)
        return given

    def refused(self, refusal: Refusal) -> None:
        """Say a refusal beside the field that it is about, or above all."""
        where = refusal.field if refusal.field in self.fields else None
        self.add_error(where, say(problem_of(refusal) if where else refusal.words))

    def moved_on(self, thing: Any, asked: Fields) -> None:
        """Somebody changed the thing meanwhile: what was typed stays, beside it how it is now, and who
        sends it again has seen that."""
        for one in asked:
            now = one.value_of(thing)
            if one.name in self.cleaned_data and one.text(self.cleaned_data[one.name]) != one.text(now):
                said = one.text_of_change(now) if one.secret else one.said(now, reader_language())
                self.add_error(one.name, say(IS_NOW.fill(now=said or "—")))
        self.data = {**dict(self.data.items()), "seen": asked.mark(thing)}
