"""What these pages share: who may open one, and a form that does one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from tongdian.allowed import NotAllowed
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import ChangedMeanwhile
from tongdian.registers.forms import IS_NOW
from tongdian.registers.pages.guarding import status_of
from tongdian.spoken import reader_language, say

Page = Callable[..., HttpResponse]
Standing = Callable[[], tuple[str, Mapping[str, Any]]]


def ask(
    request: HttpRequest,
    form: forms.Form,
    do: Callable[[dict[str, Any]], HttpResponse | str],
    *,
    title: str,
    submit: str,
    back: str,
    lead: str = "",
    crumbs: Sequence[tuple[str, str]] = (),
    danger: bool = False,
    done: str = "",
    standing: Standing | None = None,
) -> HttpResponse:
    """A page with one form. `do` gets what was typed and gives back where to go, or a page.

    A refusal is shown above the form, and what was typed stays. Where the form changes something,
    `standing` finds its mark and what stands there now; `do` gets the mark that was seen as `seen`.
    """
    if standing is not None:
        form.fields["seen"] = forms.CharField(
            max_length=16, initial=standing()[0], widget=forms.HiddenInput()
        )
    if request.method == "POST" and form.is_valid():
        try:
            answer = do(form.cleaned_data)
        except NotAllowed:
            raise
        except Refusal as refusal:
            typed = dict(form.cleaned_data)
            form.add_error(_field_of(refusal, form), refusal.say(reader_language()))
            if isinstance(refusal, ChangedMeanwhile) and standing is not None:
                _moved_on(form, typed, request.POST, *standing())
        else:
            if isinstance(answer, HttpResponse):
                return answer
            if done:
                messages.success(request, done)
            return redirect(answer)
    return asked(
        request, form, title=title, submit=submit, back=back, lead=lead, crumbs=crumbs, danger=danger
    )


def _moved_on(
    form: forms.Form, typed: Mapping[str, Any], sent: QueryDict, mark: str, now: Mapping[str, Any]
) -> None:
    """As `FieldsForm.moved_on`: what was typed stays, beside it how it is now, and who sends it again has
    seen that."""
    for name, value in now.items():
        if typed[name] != value:
            form.add_error(name, say(IS_NOW.fill(now=_now(form.fields[name], value))))
    data = sent.copy()
    data["seen"] = mark
    form.data = data


def _now(field: forms.Field, value: Any) -> str:
    """A value as people read it."""
    if isinstance(field, forms.ModelChoiceField):
        return field.label_from_instance(value) if value is not None else str(field.empty_label)
    said = field.prepare_value(value)
    return ("、".join(said) if isinstance(said, list) else str(said or "")) or "—"


def asked(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """The page with a form; 422 after a refusal."""
    return render(request, "parties/form.html", {"form": form, **context}, status=status_of(form))


# Refusals that are about one field are said beside it.
_FIELDS = {
    "not-a-short-name": "short",
    "short-name-taken": "short",
    "user-name-taken": "username",
    "not-a-user-name": "username",
    "not-a-colleague": "stand_in",
    "has-that-role": "role",
    "not-a-credit-code": "credit_code",  # of an organisation
}


def _field_of(refusal: Refusal, form: forms.Form) -> str | None:
    field = _FIELDS.get(refusal.code, refusal.field)
    return field if field in form.fields else None
