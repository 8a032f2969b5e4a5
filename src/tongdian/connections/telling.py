"""Telling the applicant what happened to their case, after it was committed.

A listener may be called twice for one event, so each notice names the event and is sent once.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from tongdian.cases import queries as cases
from tongdian.cases.announcing import on_event
from tongdian.cases.effects import effect_named
from tongdian.cases.models import Case, Event, OpenStage
from tongdian.connections.models import Application, Told
from tongdian.connections.recipients import recipient, track_address
from tongdian.connections.refusing import RefusalGrounds, refusal
from tongdian.connections.rules import only_permits
from tongdian.notices.actions import notify
from tongdian.parties.models import Organisation
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words


@on_event
def tell_the_applicant(case: Case, event: Event) -> None:
    """One notice for each event that concerns the applicant."""
    if case.customer is None or event.source != "live" or event.kind == "fact_recorded":
        return
    to = recipient(case)
    found = _notice(case, event, to.language)
    if found is None:
        return
    name, params = found
    with transaction.atomic():
        _, is_first = Told.objects.get_or_create(case=case, seq=event.seq)
        if is_first:
            notify(
                name=name,
                organisation=case.organisation_id,
                to=to,
                subject=f"case:{case.id}",
                params=params,
                at=event.at,
            )


def _notice(case: Case, event: Event, language: str) -> tuple[str, dict[str, str]] | None:
    """The wording and what it is filled with; none for what does not concern the applicant."""
    desk, state = cases.desk(case), cases.state_of(case)
    common = {"case": case.number, "track": track_address(case)}
    match event.kind:
        case "opened":
            return "application-received", {
                **common,
                "business": desk.process.title.say(language),
                "place": _place(case),
                "due": _due(case, language),
            }
        case "suspended":
            cause = desk.wording.causes[event.body["cause"]].title
            waiting = Words("原因消除后", "once the cause is gone")
            return "suspended", {**common, "cause": cause.say(language), "resumes": waiting.say(language)}
        case "resumed":
            return "resumed", {**common, "next": _next(desk, state, language)}
        case "withdrawn":
            return "withdrawn", {"case": case.number, "reason": event.body["reason"]}
        case "returned":
            missing = [
                one.title.say(language)
                for listed in cases.paper_lists(case, state, desk)
                for one in listed.missing
            ]
            asked = "；".join(missing) if missing else event.body["reason"]
            soon = Words("方便时", "when you can").say(language)
            return "papers-missing", {**common, "papers": asked, "due": soon}
        case "closed" if cases.ended_with(case, event):
            if (refused := refusal(case, desk, state)) is not None:
                return _refused(case, refused, language)
            return _completed(case, desk, state, language)
        case "closed" if said := _decided_at(case, desk, state, event.stage):
            return "stage-decided", {
                **common,
                "stage": desk.wording.stages[event.stage].title.say(language),
                "outcome": "\n".join(one.say(language) for one in said),
                "next": _next(desk, state, language),
            }
        case "closed" if event.by != f"applicant:{case.number}":
            return "stage-done", {
                **common,
                "stage": desk.wording.stages[event.stage].title.say(language),
                "next": _next(desk, state, language),
            }
    return None


def decided_in(case: Case, desk: cases.Desk, state: CaseState) -> list[Words]:
    """What the effects of a case's stages say that they came to, each once."""
    names = dict.fromkeys(stage.effect for stage in desk.wording.stages.values())
    effects = (effect_named(one) for one in names)
    return [words for one in effects if one is not None for words in one.decided(case, state)]


def _decided_at(case: Case, desk: cases.Desk, state: CaseState, stage: str) -> list[Words]:
    """What a stage came to, if its effect has to say something."""
    effect = effect_named(desk.wording.stages[stage].effect)
    return list(effect.decided(case, state)) if effect is not None else []


def _refused(case: Case, refused: RefusalGrounds, language: str) -> tuple[str, dict[str, str]]:
    said = [one.say(language) for one in refused.remedies]
    return "refused", {
        "case": case.number,
        "business": refused.business.say(language),
        "place": _place(case),
        "reason": refused.reason,
        "cite": refused.cite.say(language),
        "remedies": "\n".join(f"{n}. {one}" for n, one in enumerate(said, 1)),
        "track": track_address(case),
    }


def _completed(case: Case, desk: Any, state: CaseState, language: str) -> tuple[str, dict[str, str]]:
    total = desk.clocks(case, state, state.last_on).altogether()
    done = desk.wording.stages[state.done[-1]].title.say(language)
    if only_permits(desk.wording):  # who asked for a hall has no meter to doubt
        decided = "\n".join(one.say(language) for one in decided_in(case, desk, state))
        return "permit-completed", {
            "case": case.number,
            "business": desk.process.title.say(language),
            "outcome": decided or done,
            "used": total.said.say(language),
            "rate": track_address(case),
        }
    on_campus = case.organisation.kind in (Organisation.Kind.CAMPUS, Organisation.Kind.OFFICE)
    return "completed-on-campus" if on_campus else "completed", {
        "case": case.number,
        "business": desk.process.title.say(language),
        "outcome": done,
        "used": total.said.say(language),
        "rate": track_address(case),
    }


def _place(case: Case) -> str:
    if case.place is not None:
        return case.place.name
    application = Application.objects.filter(case=case).first()
    return (application.place_text if application else "") or "—"


def _due(case: Case, language: str) -> str:
    """When the next step is to be done at the latest, where the document sets a limit."""
    rows = OpenStage.objects.filter(case=case, due_on__isnull=False).order_by("due_on")
    first = rows.first()
    if first is None:
        return Words("我们会按规定办理并告知进展。", "We will keep you informed.").say(language)
    return Words(f"下一步最迟 {first.due_on} 完成。", f"The next step is due on {first.due_on}.").say(
        language
    )


def _next(desk: Any, state: CaseState, language: str) -> str:
    said = [
        f"{desk.wording.stages[key].title.say(language)}"
        f"（{desk.wording.all_roles[desk.wording.stages[key].role].title.say(language)}）"
        for key in state.open_stages
    ]
    return "、".join(said) or "—"
