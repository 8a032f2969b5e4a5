"""Papers on a case's page: received, asked for in addition, set aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from tongdian.allowed import NotAllowed
from tongdian.cases import actions
from tongdian.cases.forms import AsideForm, MorePaperForm, PaperForm
from tongdian.cases.models import Paper
from tongdian.cases.pages.acts import Act
from tongdian.cases.pages.case import case_page, shown_case
from tongdian.cases.pages.showing import ShownCase
from tongdian.files.actions import store
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say


@require_POST
@guarded("cases.read")
def receive(request: HttpRequest, number: str, item: str) -> HttpResponse:
    """Take in a file or photograph, or note that the original was seen."""
    shown = shown_case(request, number)
    form = PaperForm(request.POST, request.FILES)
    problem = "" if form.is_valid() else gettext("The file is empty; choose it again.")
    if not problem:
        try:
            _receive(request, shown, item, form)
        except NotAllowed:
            raise
        except Refusal as refusal:
            problem = say(refusal)
    if problem:
        return case_page(request, shown, status=422, paper_problem=(item, problem))
    title = shown.paper_titles.get(item, item)
    messages.success(request, gettext("Received: %(paper)s") % {"paper": title})
    return redirect(f"{request.path.partition('/papers/')[0]}/#papers")


def _receive(request: HttpRequest, shown: ShownCase, item: str, form: PaperForm) -> None:
    at = timezone.now()
    upload = form.cleaned_data["file"] or form.cleaned_data["photo"]
    note = form.cleaned_data["note"].strip()
    if form.cleaned_data["seen_original"]:
        note = "；".join(filter(None, [gettext("original seen at the counter"), note]))
    with transaction.atomic():
        kept = store(content=upload, at=at).hash if upload else ""
        name = upload.name if upload else ""
        actions.receive_paper(
            viewer=request.user, case=shown.case, item=item, file=kept, name=name, note=note, at=at
        )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("cases.read")
def ask(request: HttpRequest, number: str, stage: str) -> HttpResponse:
    """Ask for one more paper, where the document leaves the list open."""
    shown = shown_case(request, number)
    form = MorePaperForm(request.POST or None)
    return _acted(
        request,
        shown,
        Act(
            title=gettext("Ask for one more paper"),
            form=form,
            button=gettext("Ask for it"),
            do=lambda: actions.ask_for_paper(
                viewer=request.user,
                case=shown.case,
                stage=stage,
                title=form.cleaned_data["title"],
                reason=form.cleaned_data["reason"],
                at=timezone.now(),
            ),
            explain=gettext("The document leaves this list open; the reason is kept and shown."),
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("cases.read")
def set_aside(request: HttpRequest, number: str, id_: UUID) -> HttpResponse:
    """Say that a paper no longer counts, and why."""
    shown = shown_case(request, number)
    row = Paper.objects.filter(case=shown.case, id=id_, set_aside_by=None).first()
    if row is None or row.kind == Paper.Kind.SET_ASIDE:
        raise Http404
    form = AsideForm(request.POST or None)
    title = shown.paper_titles.get(row.item, row.title or row.name)
    return _acted(
        request,
        shown,
        Act(
            title=gettext("Set aside: %(paper)s") % {"paper": title},
            form=form,
            button=gettext("Set aside"),
            do=lambda: actions.set_paper_aside(
                viewer=request.user, paper=row, reason=form.cleaned_data["reason"], at=timezone.now()
            ),
            explain=gettext("It is kept with the case, and no longer counts."),
        ),
    )


def _acted(request: HttpRequest, shown: ShownCase, made: Act) -> HttpResponse:
    context: dict[str, Any] = {"act": made, "act_address": request.path}
    if request.method != "POST":
        if request.headers.get("HX-Request"):
            return render(request, "cases/act.html", {"shown": shown, "is_beside": True, **context})
        return case_page(request, shown, **context)
    refusal = _refusal_of(made.form, made.do) if made.form.is_valid() else ""
    if refusal or made.form.errors:
        return case_page(request, shown, status=422, refusal=refusal, **context)
    messages.success(request, gettext("Done: %(what)s") % {"what": made.title})
    return redirect("case", shown.case.number)


def _refusal_of(form: forms.Form, do: Callable[[], Any]) -> str:
    try:
        do()
    except NotAllowed:
        raise
    except Refusal as refusal:
        return say(refusal)
    return ""
