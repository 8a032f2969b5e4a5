"""What these pages share: who may open one, and a form that does one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tongdian.allowed import NotAllowed
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import status_of
from tongdian.spoken import reader_language

Page = Callable[..., HttpResponse]


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
) -> HttpResponse:
    """A page with one form. `do` gets what was typed and gives back where to go, or a page.

    A refusal is shown above the form, and what was typed stays.
    """
    if request.method == "POST" and form.is_valid():
        try:
            answer = do(form.cleaned_data)
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.add_error(_field_of(refusal, form), refusal.say(reader_language()))
        else:
            if isinstance(answer, HttpResponse):
                return answer
            if done:
                messages.success(request, done)
            return redirect(answer)
    return asked(
        request, form, title=title, submit=submit, back=back, lead=lead, crumbs=crumbs, danger=danger
    )


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
