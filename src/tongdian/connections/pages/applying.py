"""Applying online: one group of questions a screen, kept as it is typed, under a secret address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.agreements.queries import Names
from tongdian.cases.forms import FACT
from tongdian.connections import actions, queries
from tongdian.connections.forms import NOTICE, PAPERS, TICKS, WhatForm, WhereForm, WhoForm
from tongdian.connections.models import Draft
from tongdian.connections.pages import public_page, show
from tongdian.connections.pages.offering import the_office
from tongdian.connections.pages.showing import ShownService
from tongdian.connections.pages.tracking import remember
from tongdian.connections.rules import Service, printed_forms
from tongdian.files.replies import file_reply
from tongdian.parties.limits import address_of, count_try
from tongdian.parties.privacy import Notice, notice_on
from tongdian.policy.refusals import Refusal
from tongdian.spoken import say

STEPS = {
    "who": _("Who applies"),
    "where": _("Where"),
    "what": _("What you need"),
    "papers": _("Papers"),
    "check": _("Check your answers"),
}


@dataclass(frozen=True)
class WantedPaper:
    """A paper asked for with the application, and its pages so far."""

    id: str
    title: str
    pages: tuple[Mapping[str, str], ...]
    is_printed: bool
    needs_consent: bool  # an identity document, and not consented to yet

    @property
    def is_here(self) -> bool:
        return bool(self.pages) or self.is_printed


class Writing:
    """A draft, as the screens show it."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.draft: Draft = queries.draft(token, at=timezone.now())
        self.office = self.draft.organisation
        written = queries.content(self.draft)
        self.form: dict[str, str] = written["form"]
        self.facts: dict[str, str] = written["facts"]
        self.papers: dict[str, list[dict[str, str]]] = written["papers"]

    @cached_property
    def plain_service(self) -> Service:
        return queries.service_of(self.office, self.draft.process, timezone.localdate())

    @cached_property
    def service(self) -> Service:
        """The service for the facts as far as they can be read."""
        given = {name: value for name, value in self.facts.items() if value != ""}
        try:
            return queries.service_of(self.office, self.draft.process, timezone.localdate(), facts=given)
        except Refusal:
            return self.plain_service

    @cached_property
    def notice(self) -> Notice:
        """What the applicant is told before anything is taken."""
        return notice_on(timezone.localdate()).told_by(self.office)

    @property
    def title(self) -> str:
        return ShownService(self.office, self.plain_service).title

    @cached_property
    def wanted(self) -> list[WantedPaper]:
        """The papers of the first stages."""
        shown = ShownService(self.office, self.service)
        first = [paper for asked in self.service.asked if asked.is_first for paper in asked.papers.papers]
        lacking = actions.without_identity_consent(self.draft, self.form, [paper.id for paper in first])
        return [
            WantedPaper(
                paper.id,
                paper.title.say(shown.language),
                tuple(self.papers.get(paper.id, ())),
                paper.id in printed_forms(self.service.pack),
                paper.id in lacking,
            )
            for paper in first
        ]

    @property
    def shown_lists(self) -> list[Any]:
        shown = ShownService(self.office, self.service)
        return [
            listed for asked, listed in zip(self.service.asked, shown.papers, strict=True) if asked.is_first
        ]

    @cached_property
    def steps(self) -> list[str]:
        """The screens of this service, in order; without papers to hand in that one is left out."""
        return [key for key in STEPS if key != "papers" or self.wanted]

    def address(self, step: str) -> str:
        return reverse("apply-step", args=[self.token, step])

    def form_of(self, step: str, typed: Any = None) -> forms.Form:
        """The form of a screen, with what was typed before."""
        if step == "what":
            wording = self.plain_service.wording
            known = {FACT + name: value for name, value in self.facts.items()}
            booleans = {
                name: self.form.get(name, default) == "true"
                for name, default in (("wants_power", "true"), ("wants_water", ""))
            }
            return WhatForm(
                typed,
                group=self.plain_service.process.service or "connect",
                asks={name: wording.facts[name] for name in wording.asks},
                has_water=bool(Names().categories(self.draft.pack, "water")),
                initial={**self.form, **known, **booleans},
            )
        if step == "where":
            return WhereForm(
                typed,
                initial=self.form,
                is_offered=lambda id_: queries.public_place(self.office, id_) is not None,
            )
        ticks = {name: self.form.get(name) == "true" for name in TICKS}
        return WhoForm(typed, version=self.notice.version, initial={**self.form, **ticks})

    def checked(self, step: str) -> forms.Form:
        """The form of a screen as it was saved, checked again."""
        form = self.form_of(step)
        return self.form_of(step, {name: form[name].value() or "" for name in form.fields})

    def save(self, form: forms.Form) -> None:
        """Keep what was typed, right or wrong."""
        plain = {name: _text(form, name) for name in form.fields}
        facts = {k.removeprefix(FACT): v for k, v in plain.items() if k.startswith(FACT)}
        rest = {k: v for k, v in plain.items() if not k.startswith(FACT)}
        wording = self.plain_service.wording
        if "capacity" in facts and wording.facts["capacity"].unit == "kW":
            rest["capacity_kw"] = facts["capacity"]
        self.draft = actions.save_draft(draft=self.draft, form=rest, facts=facts, at=timezone.now())

    def erased_by_a_tick(self) -> str:
        """What a tick taken away has erased from the draft since it was read, in words."""
        now = queries.content(self.draft)
        if self.form.get("name") and not now["form"].get("name"):
            return gettext(
                "Without your consent your name, number, telephone and e-mail are no longer kept: "
                "they were erased from this draft."
            )
        if (self.form.get("identity") and not now["form"].get("identity")) or (
            now["papers"].keys() < self.papers.keys()
        ):
            return gettext(
                "Without your separate consent the number and the pictures of your identity document "
                "are no longer kept: they were erased from this draft."
            )
        return ""


def _text(form: forms.Form, name: str) -> str:
    value = form[name].value()
    if isinstance(form.fields[name], forms.BooleanField):
        return "true" if value else ""
    return str(value or "").strip()


def _with_draft(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def shown(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        reply = view(request, Writing(token), *args, **kwargs)
        reply["Cache-Control"] = "private, no-store"
        return reply

    return public_page(shown)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def start(request: HttpRequest, short: str, name: str) -> HttpResponse:
    """Begin an application; who only looks (a bookmark) is led to what it needs."""
    if request.method != "POST":
        return redirect("service", short, name)
    office = the_office(short)
    try:
        count_try("draft", address=address_of(request), at=timezone.now())
        _draft, token = actions.start_draft(organisation=office, process=name, at=timezone.now())
    except Refusal as refused:
        return show(request, "gone.html", office=office, said=say(refused), status=429)
    return redirect("apply-step", token, "who")


@require_safe
@_with_draft
def resume(request: HttpRequest, writing: Writing) -> HttpResponse:
    """Go on where something is still missing."""
    for step in ("who", "where", "what"):
        if not writing.checked(step).is_valid():
            return redirect("apply-step", writing.token, step)
    return redirect("apply-step", writing.token, "check")


@require_http_methods(["GET", "HEAD", "POST"])
@_with_draft
def step(request: HttpRequest, writing: Writing, step: str) -> HttpResponse:
    """One screen. A change is kept at once; going on asks whether it can be understood."""
    if step not in writing.steps:
        raise Http404
    if step == "check":
        return _check(request, writing)
    if step == "papers":
        return _papers(request, writing)
    form = writing.form_of(step, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        form.full_clean()
        writing.save(form)
        if "keep" in request.GET:
            saved = timezone.localtime()
            said = gettext("Saved %(time)s") % {"time": f"{saved:%H:%M}"}
            if step == "who" and form["consent"].value() is not True:
                said = gettext("Kept once you consent below")
            if step == "who" and (gone := writing.erased_by_a_tick()):
                said = f"{gone} {said}"
            return HttpResponse(said, content_type="text/plain; charset=utf-8")
        if "find" not in request.POST:
            if form.is_valid():
                return redirect(_next(request, writing, step))
            status = 422
        else:
            form.errors.clear()
    more = _places(request, writing, form) if step == "where" else {}
    return _screen(request, writing, step, "apply.html", status=status, form=form, **more)


def _next(request: HttpRequest, writing: Writing, step: str) -> str:
    if "back_to_check" in request.POST:
        return writing.address("check")
    return writing.address(writing.steps[writing.steps.index(step) + 1])


def _screen(
    request: HttpRequest, writing: Writing, step: str, template: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    number = writing.steps.index(step)
    return show(
        request,
        template,
        office=writing.office,
        status=status,
        writing=writing,
        step=step,
        title=STEPS[step],
        number=number + 1,
        of=len(writing.steps),
        before=writing.address(writing.steps[number - 1]) if number else "",
        own_address=request.build_absolute_uri(reverse("apply-resume", args=[writing.token])),
        back_to_check="check" in request.GET or "back_to_check" in request.POST,
        **more,
    )


def _places(request: HttpRequest, writing: Writing, form: forms.Form) -> dict[str, Any]:
    """The places found for what was typed, and the one chosen."""
    sought = request.POST.get("q", request.GET.get("q", "")).strip()
    found = queries.public_places(writing.office, sought) if sought else []
    chosen = queries.public_place(writing.office, str(form["place"].value() or ""))
    return {"q": sought, "found": found, "chosen": chosen}


@require_POST
@_with_draft
def send_link(request: HttpRequest, writing: Writing) -> HttpResponse:
    """Keep what is typed, and send the draft's address to the applicant; then go on there."""
    step = request.POST.get("step", "")
    if step not in writing.steps:
        raise Http404
    if step in ("who", "where", "what"):
        writing.save(writing.form_of(step, request.POST))
    try:
        count_try("draft-link", address=address_of(request), at=timezone.now())
        for name in ("phone", "email"):
            if to := queries.content(writing.draft)["form"].get(name, ""):
                count_try("draft-link", to, at=timezone.now())
        to = actions.send_draft_link(
            draft=writing.draft, token=writing.token, language=get_language() or "zh-hans", at=timezone.now()
        )
    except Refusal as refused:
        messages.error(request, say(refused))
    else:
        messages.success(request, gettext("Sent to %(to)s.") % {"to": to})
    return redirect(writing.address(step))


@require_safe
@_with_draft
def places(request: HttpRequest, writing: Writing) -> HttpResponse:
    """The places found while somebody types."""
    form = writing.form_of("where")
    return show(request, "places.html", office=writing.office, **_places(request, writing, form))


# ---------------------------------------------------------------- papers
def _papers(request: HttpRequest, writing: Writing, refusal: str = "") -> HttpResponse:
    if request.method == "POST" and not refusal and "item" not in request.POST:
        return redirect(_next(request, writing, "papers"))
    return _screen(
        request,
        writing,
        "papers",
        "apply_papers.html",
        accept=PAPERS,
        refusal=refusal,
        refused=request.POST.get("item", ""),
        status=422 if refusal else 200,
    )


@require_POST
@_with_draft
def add_paper(request: HttpRequest, writing: Writing) -> HttpResponse:
    """Add the pages that were chosen or photographed, or take one out again."""
    item, at = request.POST.get("item", ""), timezone.now()
    if all(paper.id != item for paper in writing.wanted):
        raise Http404
    refusal = ""
    if "remove" in request.POST:
        actions.remove_draft_paper(draft=writing.draft, item=item, hash_=request.POST["remove"], at=at)
    try:
        for upload in request.FILES.getlist("pages"):
            actions.add_draft_paper(
                draft=writing.draft, item=item, content=upload.read(), name=upload.name or item, at=at
            )
    except Refusal as refused:
        refusal = say(refused)
    now = Writing(writing.token)
    if refusal or request.headers.get("HX-Request"):
        return _papers(request, now, refusal)
    return redirect(f"{now.address('papers')}#paper-{item}")


@require_safe
@_with_draft
def draft_page(request: HttpRequest, writing: Writing, item: str, hash_: str) -> HttpResponse:
    """A page of a paper, for who has the draft's address."""
    if all(page["hash"] != hash_ for page in writing.papers.get(item, ())):
        raise Http404
    return file_reply(hash_, name=item)


# ---------------------------------------------------------------- sending
def _check(request: HttpRequest, writing: Writing) -> HttpResponse:
    """Everything that was answered, each with a way back to it; then it is sent."""
    screens = [(key, writing.checked(key)) for key in ("who", "where", "what")]
    broken = [key for key, form in screens if not form.is_valid()]
    refusal = ""
    if request.method == "POST" and not broken:
        try:
            count_try("apply", address=address_of(request), at=timezone.now())
            case = actions.submit(
                draft=writing.draft, at=timezone.now(), language=get_language() or "zh-hans"
            )
        except Refusal as refused:
            refusal = say(refused)
        else:
            remember(request, case)
            return redirect("track-sent", case.number)
    missing = [paper for paper in writing.wanted if not paper.is_here]
    return _screen(
        request,
        writing,
        "check",
        "apply_check.html",
        groups=[(key, STEPS[key], list(_answers(writing, form))) for key, form in screens],
        broken=[(key, STEPS[key]) for key in broken],
        refusal=refusal,
        missing=missing,
        has_papers="papers" in writing.steps,
        status=422 if request.method == "POST" else 200,
    )


def _answers(writing: Writing, form: forms.Form) -> Any:
    """What was asked and answered, in the reader's words."""
    for name, field in form.fields.items():
        if name in NOTICE:
            continue
        value = form[name].value()
        if name == "place":
            chosen = queries.public_place(writing.office, str(value or ""))
            if chosen:
                yield gettext("Place"), chosen.name
        elif isinstance(field, forms.BooleanField):
            yield field.label, gettext("Yes") if value else gettext("No")
        elif value:
            choices = dict(getattr(field.widget, "choices", ()) or ())
            said = choices.get(value, value)
            unit = getattr(field, "unit", "")
            yield field.label, f"{said} {unit}".strip()
