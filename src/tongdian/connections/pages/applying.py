"""Applying online: one group of questions a screen, kept as it is typed, under a secret address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.connections import actions, queries
from tongdian.connections.forms import NOTICE, PAPERS, KnownNumberInput
from tongdian.connections.models import Draft
from tongdian.connections.pages import public_page, show
from tongdian.connections.pages.drafts import forget_draft, remember_draft
from tongdian.connections.pages.offering import carried_on, the_office
from tongdian.connections.pages.tracking import remember
from tongdian.connections.pages.writing import STEPS, Writing
from tongdian.files.replies import file_reply
from tongdian.parties.limits import address_of, count_try
from tongdian.parties.models import Customer
from tongdian.policy.refusals import Refusal
from tongdian.registers.forms import FormField
from tongdian.registers.inputs import FACT
from tongdian.spoken import reader_language, say


def _with_draft(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def shown(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        writing = Writing(token)
        writing.known = queries.known_applicant(request.user, writing.office)
        reply = view(request, writing, *args, **kwargs)
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
        draft, token = actions.start_draft(organisation=office, process=name, at=timezone.now())
        _carry_on(draft, carried_on(request.POST))
    except Refusal as refused:
        return show(request, "gone.html", office=office, said=say(refused), status=429)
    reply = redirect("apply-step", token, "who")
    remember_draft(request, reply, token)
    return reply


def _carry_on(draft: Draft, said: Mapping[str, str]) -> None:
    """What was answered before, as far as this service asks it too."""
    asks = queries.service_of(draft.organisation, draft.process, timezone.localdate()).wording.asks
    facts = {name: said[FACT + name] for name in asks if FACT + name in said}
    if facts:
        actions.save_draft(draft=draft, facts=facts, at=timezone.now())


@require_POST
@_with_draft
def leave(request: HttpRequest, writing: Writing) -> HttpResponse:
    """Offer the draft in this browser no more; its address stays good."""
    reply = redirect("services-of", writing.office.short)
    forget_draft(request, reply, writing.token)
    return reply


@require_safe
@_with_draft
def resume(request: HttpRequest, writing: Writing) -> HttpResponse:
    """Go on where something is still missing; this browser offers it from now on."""
    lacking = (key for key in ("who", "where", "what") if not writing.checked(key).is_valid())
    reply = redirect("apply-step", writing.token, next(lacking, "check"))
    remember_draft(request, reply, writing.token)
    return reply


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
    found = queries.public_places(writing.office, sought, writing.plain_service) if sought else []
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
                draft=writing.draft,
                at=timezone.now(),
                language=get_language() or "zh-hans",
                account=request.user,
            )
        except Refusal as refused:
            refusal = say(refused)
        else:
            remember(request, case)
            reply = redirect("track-sent", case.number)
            forget_draft(request, reply, writing.token)
            return reply
    missing = [paper for paper in writing.wanted if not paper.is_here]
    return _screen(
        request,
        writing,
        "check",
        "apply_check.html",
        groups=[(key, STEPS[key], list(_answers(writing, form))) for key, form in screens],
        broken=[(key, STEPS[key], list(_reasons(form))) for key, form in screens if key in broken],
        refusal=refusal,
        missing=missing,
        has_papers="papers" in writing.steps,
        status=422 if request.method == "POST" else 200,
    )


def _shows_document(form: forms.Form) -> bool:
    """A firm has a licence, and without a number nobody said of which document it is."""
    return bool(form["identity"].value()) and form["kind"].value() != Customer.Kind.FIRM


def _reasons(form: forms.Form) -> Any:
    """Why a screen is not complete: the field and what is said of it."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        yield from (f"{label}: {error}" if label else str(error) for error in errors)


def _answers(writing: Writing, form: forms.Form) -> Any:
    """What was asked and answered, in the reader's words."""
    for name, field in form.fields.items():
        if name in NOTICE or (name == "document" and not _shows_document(form)):
            continue
        value = form[name].value()
        if isinstance(field.widget, KnownNumberInput) and value == field.widget.known:
            yield field.label, field.widget.format_value(value)
        elif name == "place":
            chosen = queries.public_place(writing.office, str(value or ""))
            if chosen:
                yield gettext("Place"), chosen.name
        elif isinstance(field.widget, forms.CheckboxInput):
            yield field.label, gettext("Yes") if value else gettext("No")
        elif isinstance(field, FormField) and form.is_valid():
            read = form.cleaned_data[name]
            if said := field.declared.said(read, reader_language(), field.scope):
                yield field.label, f"{said} {field.unit}".strip()
        elif value:
            choices = dict(getattr(field.widget, "choices", ()) or ())
            said = choices.get(value, value)
            unit = getattr(field, "unit", "")
            yield field.label, f"{said} {unit}".strip()
