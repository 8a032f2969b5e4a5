"""What every form on the page of a case has: what it does, what it was typed from, its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from tongdian.cases.pages.showing import ShownCase
from tongdian.cases.rules import evidence_file
from tongdian.files.actions import store
from tongdian.rulebook.saying import Cite


@dataclass(frozen=True)
class Act:
    """A form with what it does; `warning` says before what will be refused, and `turns_to`, of the
    figures typed where they end in a refusal, what follows from them and the mark that confirms them."""

    title: str
    form: forms.Form
    button: str
    do: Callable[[], Any]
    explain: str = ""
    warning: str = ""
    is_grave: bool = False
    cites: tuple[Cite, ...] = ()
    turns_to: Callable[[], tuple[str, str] | None] = lambda: None


class NotNow(Exception):
    """The case is past what the page offered: somebody was faster."""


def as_seen(shown: ShownCase) -> dict[str, Any]:
    """What a form begins with: the state that its page was drawn from."""
    return {"initial": {"seen": shown.state.seq}}


def typed(request: HttpRequest) -> tuple[Any, ...]:
    """What was sent, for a form; nothing where it is only asked for."""
    return (request.POST, request.FILES) if request.method == "POST" else ()


def kept_files(form: forms.Form) -> list[str]:
    """The files handed in, kept: in the transaction of the step."""
    return [
        evidence_file(store(content=upload, at=timezone.now()).hash, upload.name)
        for upload in form.cleaned_data.get("attached", ())
    ]
