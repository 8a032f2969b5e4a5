"""What is done to a case: a form on its page, one call, and the page again.

Each maker asks whether the viewer may do it now and gives the form with the call it makes; a
refusal is shown beside the form, with what was typed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from tongdian.allowed import NotAllowed
from tongdian.cases import actions, queries
from tongdian.cases.effects import effect_named
from tongdian.cases.forms import (
    FACT,
    GIVEN,
    AssignForm,
    CloseForm,
    FactForm,
    ResumeForm,
    ReturnForm,
    Step,
    SuspendForm,
    WithdrawForm,
)
from tongdian.cases.models import OpenStage
from tongdian.cases.pages import say, settling, staff_page
from tongdian.cases.pages.acts import Act, Maker, NotNow, as_seen, evidence_of, typed
from tongdian.cases.pages.case import case_page, shown_case
from tongdian.cases.pages.showing import ShownCase
from tongdian.cases.pages.timeline import part_said
from tongdian.parties.models import Account
from tongdian.policy import process as kernel
from tongdian.policy.process.refusals import CaseMovedOn
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.pages.saying import cites


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("cases.read")
def act(request: HttpRequest, number: str, verb: str, about: str = "") -> HttpResponse:
    """Ask for what a step needs, and take it."""
    shown = shown_case(request, number)
    try:
        made = MAKERS[verb](request, shown, about)
    except NotNow:
        return _somebody_was_faster(request, number)
    address = request.path
    if request.method != "POST":
        context = {"shown": shown, "act": made, "act_address": address}
        if request.headers.get("HX-Request"):
            return render(request, "cases/act.html", context)
        return case_page(request, shown, act=made, act_address=address)
    refusal, status = "", 422
    if made.form.is_valid():
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


def _somebody_was_faster(request: HttpRequest, number: str, verb: str = "", about: str = "") -> HttpResponse:
    """The case as it is now, with what was typed where the step is still open."""
    shown = shown_case(request, number)
    faster = gettext("Somebody was faster: the case has moved on since your page was drawn.")
    more: dict[str, Any] = {"refusal": f"{faster} {_last_said(shown)}"}
    if verb:
        with contextlib.suppress(NotNow):
            made = MAKERS[verb](request, shown, about)
            sent = request.POST.copy()
            sent["seen"] = str(shown.state.seq)
            made.form.data = sent
            more |= {"act": made, "act_address": request.path}
    return case_page(request, shown, status=409, **more)


def _last_said(shown: ShownCase) -> str:
    line = next((line for line in shown.lines if line.seq == shown.state.seq), None)
    return f"{line.who}: {line.what}" if line else ""


def _same(request: HttpRequest, shown: ShownCase, form: Step) -> dict[str, Any]:
    return {
        "viewer": request.user,
        "case": shown.case,
        "seen": form.cleaned_data["seen"],
        "at": timezone.now(),
        "claimed_on": form.cleaned_data["claimed_on"],
    }


# ---------------------------------------------------------------- the steps
def _close(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    _must_be_open(shown, about)
    stage = shown.wording.stages[about]
    effect = effect_named(stage.effect)
    asks = {
        name: declared
        for name, declared in (effect.asks(shown.case) if effect else {}).items()
        if name not in stage.effect_given
    }
    form = CloseForm(
        *typed(request),
        facts=_facts_to_ask(shown, about, request.POST),
        asks=asks,
        needs_evidence=stage.planned is not None,
        refuses=stage.refuses,
        **as_seen(shown),
    )

    def do() -> None:
        known = shown.state.facts
        facts = {
            name: value
            for name, value in form.answers(FACT).items()
            if name not in known or known[name] != value
        }
        actions.close_stage(
            **_same(request, shown, form),
            stage=about,
            facts=facts,
            given=form.answers(GIVEN),
            note=form.cleaned_data["note"].strip(),
            evidence=evidence_of(form),
        )

    listed = next((one for one in shown.papers if one.stage == about), None)
    missing = listed.missing if listed else ()
    said = "、".join(one.title.say(shown.language) for one in missing)
    return Act(
        title=stage.title.say(shown.language),
        form=form,
        button=gettext("Complete this stage"),
        do=do,
        explain=stage.note.say(shown.language) if stage.note else "",
        cites=tuple(cites(shown.desk.pack, tuple(stage.cite), shown.language)),
        warning=gettext("Papers still missing: %(papers)s") % {"papers": said} if missing else "",
    )


def _facts_to_ask(shown: ShownCase, stage: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that decide what comes after this stage: those nobody recorded, and those that
    stand at their default, which nobody has looked at yet."""
    wording, state = shown.wording, shown.state
    closed = kernel.Closed(
        seq=state.seq + 1, on=state.last_on, by="", stage=stage, role=wording.stages[stage].role
    )
    after = kernel.apply(shown.desk.process, state, closed)
    names = [name for asked in kernel.undecided(wording, after).values() for name in asked]
    recorded = {one.name for one in shown.events if isinstance(one, kernel.FactRecorded)}
    for follower in wording.graph.followers[stage]:
        for name in wording.graph.asks.get(follower, ()):
            at_default = wording.facts[name].default is not None and name not in recorded
            if name not in state.facts or at_default:
                names.append(name)
    names += [name.removeprefix(FACT) for name in typed if name.startswith(FACT)]
    return {
        name: (wording.facts[name], state.facts.get(name))
        for name in dict.fromkeys(names)
        if name in wording.facts
    }


def _return(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    _must_be_open(shown, about)
    stages = shown.wording.stages
    choices = [
        (to, stages[to].title.say(shown.language)) for to in stages[about].back if to in shown.state.done
    ]
    if not choices:
        raise NotNow
    form = ReturnForm(*typed(request), choices=choices, **as_seen(shown))
    return Act(
        title=gettext("Send back: %(stage)s") % {"stage": stages[about].title.say(shown.language)},
        form=form,
        button=gettext("Send back"),
        do=lambda: actions.return_stage(
            **_same(request, shown, form),
            stage=about,
            to=form.cleaned_data["to"],
            reason=form.cleaned_data["reason"],
        ),
        explain=gettext("Everything after that stage is done again; what it brought about is undone."),
    )


def _must_be_open(shown: ShownCase, stage: str) -> None:
    if stage not in shown.wording.stages:
        raise Http404
    if not shown.hand(stage).may:
        raise PermissionDenied
    if stage not in shown.state.open_stages or shown.state.suspension:
        raise NotNow


def _suspend(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    _must_have_in_hand(shown)
    if shown.state.suspension:
        raise NotNow
    choices = [(key, one.title.say(shown.language)) for key, one in shown.wording.causes.items()]
    form = SuspendForm(*typed(request), choices=choices, **as_seen(shown))
    return Act(
        title=gettext("Suspend"),
        form=form,
        button=gettext("Suspend"),
        do=lambda: actions.suspend(
            **_same(request, shown, form),
            cause=form.cleaned_data["cause"],
            reason=form.cleaned_data["reason"],
            evidence=evidence_of(form),
        ),
        explain=gettext(
            "Only these causes stop the time, and where that changes the verdict only once somebody "
            "who recorded no step of the case has countersigned it with a file."
        ),
    )


def _resume(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    _must_have_in_hand(shown)
    if not shown.state.suspension:
        raise NotNow
    form = ResumeForm(*typed(request), **as_seen(shown))
    return Act(
        title=gettext("Resume"),
        form=form,
        button=gettext("Resume"),
        do=lambda: actions.resume(**_same(request, shown, form), note=form.cleaned_data["note"]),
    )


def _withdraw(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    if not shown.may_open_here:
        raise PermissionDenied
    if shown.state.ending is not None:
        raise NotNow
    form = WithdrawForm(*typed(request), **as_seen(shown))
    return Act(
        title=gettext("Take back"),
        form=form,
        button=gettext("Take the case back"),
        do=lambda: actions.withdraw(**_same(request, shown, form), reason=form.cleaned_data["reason"]),
        explain=gettext(
            "The applicant takes the application back. The case ends and cannot be opened again; "
            "what it brought about is undone. A new application at this place shows on both cases."
        ),
        is_grave=True,
    )


def _fact(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    _must_have_in_hand(shown)
    declared = shown.wording.facts
    if about not in declared:
        raise Http404
    known = shown.state.facts.get(about)
    form = FactForm(*typed(request), name=about, declared=declared[about], known=known, **as_seen(shown))
    title = declared[about].title
    said = title.say(shown.language) if title else about
    return Act(
        title=gettext("Record: %(fact)s") % {"fact": said},
        form=form,
        button=gettext("Record"),
        do=lambda: actions.record_fact(
            **_same(request, shown, form),
            name=about,
            value=form.cleaned_data[FACT + about],
            reason=form.cleaned_data.get("reason", ""),
        ),
        explain=gettext("What an earlier value decided stays decided.") if known is not None else "",
    )


def _must_have_in_hand(shown: ShownCase) -> None:
    if shown.state.ending is not None:
        raise NotNow
    if not shown.has_it_in_hand:
        raise PermissionDenied


# ---------------------------------------------------------------- to whom
def _assign(request: HttpRequest, shown: ShownCase, about: str) -> Act:
    row = OpenStage.objects.filter(case=shown.case, stage=about).select_related("office").first()
    is_manager = about in {part for part, _title, _name in shown.managers}
    if row is None and not is_manager:
        if about in shown.wording.stages:
            raise NotNow
        raise Http404
    if not (shown.may_assign(row) if row else shown.may_assign_managers):
        raise PermissionDenied
    people = queries.hands_for(shown.case, row.office if row else None, shown.today)
    choices = [(str(one.pk), one.shown_name) for one in people]
    initial = {"account": str(row.assigned_to_id)} if row and row.assigned_to_id else {}
    form = AssignForm(*typed(request)[:1], choices=choices, initial=initial)

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

    part = part_said(about, shown.desk, shown.language)
    return Act(title=gettext("Assign: %(part)s") % {"part": part}, form=form, button=gettext("Assign"), do=do)


@require_POST
@staff_page("cases.work")
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


MAKERS: dict[str, Maker] = {
    "close": _close,
    "return": _return,
    "suspend": _suspend,
    "resume": _resume,
    "withdraw": _withdraw,
    "fact": _fact,
    "assign": _assign,
    "countersign": settling.countersign,
    "refuse-claim": settling.refuse_claim,
}
