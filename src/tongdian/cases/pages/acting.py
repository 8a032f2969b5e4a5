"""What is done to a case: a form on its page, one call, and the page again.

The form is drawn from the offer, the call is the verb's action; a refusal is shown beside the form,
with what was typed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from tongdian.allowed import NotAllowed
from tongdian.cases import actions, queries
from tongdian.cases.effects import effect_named
from tongdian.cases.forms import OfferForm
from tongdian.cases.models import OpenStage
from tongdian.cases.offers import Offer
from tongdian.cases.pages.acts import Act, NotNow, as_seen, kept_files, typed
from tongdian.cases.pages.case import case_page, shown_case
from tongdian.cases.pages.showing import ShownCase
from tongdian.cases.pages.timeline import part_said
from tongdian.cases.rules import ASSIGN
from tongdian.parties.models import Account
from tongdian.plain_text import whole
from tongdian.policy import process as kernel
from tongdian.policy.process import Verb
from tongdian.policy.process.refusals import CaseMovedOn
from tongdian.policy.process.verbs import CLOSE
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.inputs import FACT
from tongdian.registers.pages.guarding import guarded
from tongdian.rulebook.saying import cites
from tongdian.spoken import say

HERE = "here"  # in the address: the stage is closed on the case, not on the page of its effect
CONFIRMED = "confirmed"  # figures that end in a refusal, said once more
CHOOSE_AGAIN = gettext_lazy("Choose the files again, too.")
CORRECTED = Words("此前已按原值决定的环节不变。", "What an earlier value decided stays decided.")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("cases.read")
def act(request: HttpRequest, number: str, verb: str, about: str = "") -> HttpResponse:
    """Ask for what a step needs, and take it."""
    shown = shown_case(request, number)
    try:
        made = _made(request, shown, verb, about)
    except NotNow:
        return _somebody_was_faster(request, number)
    address = request.path
    if request.method != "POST":
        if HERE not in request.GET and (page := _page_of_its_own(request, shown, verb, about)):
            return HttpResponseClientRedirect(page) if request.headers.get("HX-Request") else redirect(page)
        context = {"shown": shown, "act": made, "act_address": address, "is_beside": True}
        if request.headers.get("HX-Request"):
            return render(request, "cases/act.html", context)
        return case_page(request, shown, act=made, act_address=address)
    refusal, status = "", 422
    is_valid = made.form.is_valid()
    if is_valid and (turn := made.turns_to()) and request.POST.get(CONFIRMED) != turn[1]:
        asked = {"turns_to": turn[0], "confirms": turn[1]}
        return case_page(request, shown, status=409, act=made, act_address=address, **asked)
    if is_valid:
        try:
            with transaction.atomic():
                made.do()
        except NotAllowed:
            raise
        except CaseMovedOn:
            return _somebody_was_faster(request, number, verb, about)
        except Refusal as refused:
            refusal = say(refused)
        else:
            messages.success(request, gettext("Done: %(what)s") % {"what": made.title})
            return redirect("case", number)
    return case_page(request, shown, status=status, act=made, act_address=address, refusal=refusal)


def _page_of_its_own(request: HttpRequest, shown: ShownCase, verb: str, about: str) -> str:
    """The address of the page on which a stage is done, such as that of the contract to be signed."""
    if verb != CLOSE.name:
        return ""
    effect = effect_named(shown.wording.stages[about].effect)
    name = effect.page(request.user, shown.case) if effect is not None else ""
    return reverse(name, args=[shown.case.number]) if name else ""


def _somebody_was_faster(request: HttpRequest, number: str, verb: str = "", about: str = "") -> HttpResponse:
    """The case as it is now, with what was typed where the step is still open."""
    shown = shown_case(request, number)
    faster = gettext("Somebody was faster: the case has moved on since your page was drawn.")
    more: dict[str, Any] = {"refusal": f"{faster} {_last_said(shown)}"}
    if verb:
        with contextlib.suppress(NotNow):
            made = _made(request, shown, verb, about)
            sent = request.POST.copy()
            sent["seen"] = str(shown.state.seq)
            made.form.data = sent
            more |= {"act": made, "act_address": request.path}
    return case_page(request, shown, status=409, **more)


def _last_said(shown: ShownCase) -> str:
    line = next((line for line in shown.lines if line.seq == shown.state.seq), None)
    return f"{line.who}: {line.what}" if line else ""


# ---------------------------------------------------------------- the steps
def _made(request: HttpRequest, shown: ShownCase, verb: str, about: str) -> Act:
    """The form of an offer with the call that it makes. Raises Http404, PermissionDenied, NotNow."""
    if verb == ASSIGN.name:
        return _assign(request, shown, about)
    offer = _offer(shown, kernel.VERBS[verb], about)
    known, declared = shown.state.facts, shown.wording.facts
    later = {name.removeprefix(FACT) for name in request.POST if name.startswith(FACT)}
    form = OfferForm(
        *typed(request),
        offer=offer,
        known=known,
        more={name: declared[name] for name in declared if name in later},
        **as_seen(shown),
    )

    def do() -> None:
        what = form.answers(kept_files(form))
        if offer.verb.about:
            what[offer.verb.about] = int(about) if offer.verb.about == "claim" else about
        actions.BY_VERB[verb](  # type: ignore[operator]  # each takes what its verb asks
            viewer=request.user, case=shown.case, seen=form.cleaned_data["seen"], at=timezone.now(), **what
        )

    def turns_to() -> tuple[str, str] | None:
        refusing = _refusing_by_figures(shown, about, form.answers().get("facts", {}))
        if refusing is None:
            return None
        stage, figures = refusing
        title = shown.wording.stages[stage].title.say(shown.language)
        says = gettext(
            "By these figures the case goes on to “%(stage)s”. Check them; if they are right, send once more."
        )
        said = says % {"stage": title}
        return (f"{said} {CHOOSE_AGAIN}" if request.FILES else said), figures

    missing = "、".join(one.title.say(shown.language) for one in offer.missing)
    warnings = [gettext("Papers still missing: %(papers)s") % {"papers": missing}] if missing else []
    warnings += [offer.warning.say(shown.language)] if offer.warning else []
    explain = offer.note or offer.verb.explain
    return Act(
        title=offer.title.say(shown.language),
        form=form,
        button=(offer.verb.button or offer.verb.title).say(shown.language),
        do=do,
        explain=explain.say(shown.language) if explain else "",
        cites=tuple(cites(shown.desk.pack, offer.cite, shown.language)),
        warning=" ".join(warnings),
        is_grave=offer.verb.is_grave,
        turns_to=turns_to if offer.verb is CLOSE else lambda: None,
    )


def _refusing_by_figures(shown: ShownCase, stage: str, told: Mapping[str, Any]) -> tuple[str, str] | None:
    """The refusing stage that the numbers just typed make follow on a stage, with what was typed; none where
    nothing follows but what somebody said in words."""
    graph, declared = shown.wording.graph, shown.wording.facts
    numbers = {name for name in told if isinstance(told[name], Decimal) and name in declared}
    known = {**shown.state.facts, **told}
    for key in graph.followers.get(stage, ()):
        by_numbers = numbers.intersection(graph.asks.get(key, ()))
        if shown.wording.stages[key].refuses and by_numbers and graph.is_needed(key, known):
            return key, ";".join(f"{name}={told[name]}" for name in sorted(told))
    return None


def _offer(shown: ShownCase, verb: Verb, about: str) -> Offer:
    known: dict[str, Container[str]] = {"stage": shown.wording.stages, "name": shown.wording.facts}
    if verb.about in known and about not in known[verb.about]:
        raise Http404
    if shown.state.ending is not None and verb.about != "claim":
        raise NotNow
    if not shown.hands.may(verb, about, shown.state).may:
        raise PermissionDenied
    listed = "" if verb.about == "name" else about
    found = next((one for one in shown.offers if one.verb is verb and one.about == listed), None)
    if found is None or not found.may_begin:
        was_never = verb.about == "claim" and whole(about) not in shown.state.settled
        raise Http404 if was_never else NotNow
    if verb.about == "name":
        return _about_fact(shown, found, about)
    if verb.about == "claim":
        line = next((one.line for one in shown.claims if str(one.seq) == about), None)
        what = line.what if line else about
        title = Words(f"{verb.title.zh}：{what}", f"{verb.title.en}: {what}")
        return replace(found, title=title)
    return found


def _about_fact(shown: ShownCase, offer: Offer, name: str) -> Offer:
    """The offer to record one fact: a correction says why."""
    declared = offer.facts[name]
    said = declared.title or Words(name, name)
    is_looked_at = name not in kernel.at_default(shown.wording, shown.state)
    return replace(
        offer,
        title=Words(f"登记：{said.zh}", f"Record: {said.en}"),
        facts={name: declared},
        needs_reason=name in shown.state.facts and is_looked_at,
        note=CORRECTED if name in shown.state.facts else None,
    )


# ---------------------------------------------------------------- to whom
def _assign(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    row = OpenStage.objects.filter(case=shown.case, stage=about).select_related("office").first()
    is_manager = about in {part for part, _title, _name in shown.managers}
    if row is None and not is_manager:
        if about in shown.wording.stages:
            raise NotNow
        raise Http404
    if not (shown.hands.may_assign(about) if row else shown.may_assign_managers):
        raise PermissionDenied
    by = shown.wording.stages[about].by if row else ()
    people = queries.hands_for(shown.case, row.office if row else None, shown.today, by=by)
    part = part_said(about, shown.desk, shown.language)
    offer = Offer(
        verb=ASSIGN,
        title=Words(part, part),
        about=about,
        options={str(one.pk): Words(one.shown_name, one.shown_name) for one in people},
    )
    begins = as_seen(shown)
    begins["initial"]["account"] = str(row.assigned_to_id) if row and row.assigned_to_id else ""
    form = OfferForm(*typed(request)[:1], offer=offer, **begins)

    def do() -> None:
        chosen = form.cleaned_data["account"]
        account = next((one for one in people if str(one.pk) == chosen), None)
        actions.assign(
            viewer=request.user,
            case=shown.case,
            part=about,
            account=account,
            at=timezone.now(),
            reason=form.cleaned_data["reason"],
        )

    return Act(title=gettext("Assign: %(part)s") % {"part": part}, form=form, button=gettext("Assign"), do=do)


@require_POST
@guarded("cases.work")
def take(request: HttpRequest, number: str, stage: str) -> HttpResponse:
    """Take a stage of the office, or give one's own back to it."""
    shown = shown_case(request, number)
    if stage not in shown.state.open_stages:
        return _somebody_was_faster(request, number)
    account: Account | None = None if "back" in request.POST else request.user  # type: ignore[assignment]
    try:
        actions.assign(viewer=request.user, case=shown.case, part=stage, account=account, at=timezone.now())
    except NotAllowed:
        raise
    except Refusal as refusal:
        messages.error(request, say(refusal))
    return redirect("case", number)
