"""Cases in the shapes of the API: where one stands, and what a caller may do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from tongdian.cases import queries
from tongdian.cases.effects import effect_named
from tongdian.cases.models import Case, OpenStage
from tongdian.cases.queries import Desk
from tongdian.cases.rules import Applicant
from tongdian.parties.models import Organisation
from tongdian.parties.queries import shown_name
from tongdian.policy import process as kernel
from tongdian.policy.answer import plain
from tongdian.policy.process import CaseState, Clocks, WaitingClaim
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.questions import Question

_STAGE = ("stage", "role", "owner", "opened_on", "due_on", "limit", "in_working_days")


_OPEN = Question(
    """
    select {stage}, {office}
      from cases_openstage stage
      left join parties_organisation office on office.id = stage.office_id
     where stage.case_id = %(case)s
     order by stage.due_on, stage.stage
    """,
    stage=OpenStage,
    office=Organisation,
)


def standing(case: Case) -> dict[str, Any]:
    """What a step answers: the little that is new."""
    return {
        "number": case.number,
        "seq": case.seq,
        "opened_on": case.opened_on,
        "last_on": case.last_on,
        "suspended_since": case.suspended_since,
        "ended_on": case.ended_on,
        "ending": case.ending,
        "open": open_stages(case),
    }


def open_stages(case: Case) -> list[dict[str, Any]]:
    """The stages that wait for somebody, first due first."""
    if case.ending:
        return []
    return [
        {name: getattr(row, name) for name in _STAGE}
        | {"assigned_to": row.assigned_to_id, "office": office and office.short}
        for row, office in _OPEN(case=case.id)
    ]


def row(viewer: Any, case: Case) -> dict[str, Any]:
    """A case in a list."""
    place, customer = case.place, case.customer
    return {
        **{name: getattr(case, name) for name in _ROW},
        "organisation": case.organisation,
        "place": place and {"id": place.id, "name": place.name},
        "customer": customer
        and {"id": customer.id, "number": customer.number, "name": _name(viewer, customer)},
    }


_ROW = (
    "id",
    "number",
    "seq",
    "pack",
    "process",
    "channel",
    "opened_on",
    "ended_on",
    "ending",
    "suspended_since",
    "waits_from",
    "is_demo",
)


def _name(viewer: Any, customer: Any) -> str:
    return customer.name if isinstance(viewer, Applicant) else shown_name(viewer, customer)


def whole(viewer: Any, case: Case, today: dt.date) -> dict[str, Any]:
    """One case with its facts, clocks and what the caller may do."""
    desk = queries.desk(case)
    state = queries.state_of(case, desk)
    clocks = desk.clocks(case, state, today)
    return {
        **row(viewer, case),
        "title": desk.process.title._asdict(),
        "cite": list(desk.wording.cite),
        "version": case.version,
        "revision": case.revision,
        "taken": case.taken,
        "region": case.region_id,
        "part_of": case.part_of.number if case.part_of else None,
        "last_on": case.last_on,
        "open": open_stages(case),
        "facts": {name: plain(value) for name, value in state.facts.items()},
        "done": list(state.done),
        "clocks": list(_clocks(clocks)),
        "claims": [_claim(one) for one in clocks.waiting],
        "flags": [] if isinstance(viewer, Applicant) else queries.flags_of(case),
        "next": list(_next(viewer, case, desk, state, today)),
    }


def _clocks(clocks: Clocks) -> Iterator[dict[str, Any]]:
    for name, reading in {**clocks.clocks(), **clocks.dues()}.items():
        yield {
            "name": name,
            "used": reading.used,
            "at_least": reading.at_least,
            "limit": reading.limit.days if reading.limit else None,
            "in_working_days": reading.in_working_days,
            "due_on": reading.due_on,
            "standing": reading.standing.value,
            "exempt": reading.exempt,
            "doubted": reading.doubted,
            "why_not_due": reading.why_not and reading.why_not._asdict(),
        }


def _claim(claim: WaitingClaim) -> dict[str, Any]:
    return {
        "seq": claim.event.seq,
        "kind": claim.event.kind,
        "on": claim.event.on,
        "claimed_on": claim.event.claimed_on,
        "decides": claim.decides,
        "changes": [
            {
                "name": one.name,
                "standing": one.without.standing.value,
                "used": one.without.used,
                "due_on": one.without.due_on,
                "if_countersigned": {
                    "standing": one.believed.standing.value,
                    "used": one.believed.used,
                    "due_on": one.believed.due_on,
                    "exempt": one.believed.exempt,
                },
            }
            for one in claim.changes
        ],
    }


def _next(viewer: Any, case: Case, desk: Desk, state: CaseState, today: dt.date) -> Iterator[dict[str, Any]]:
    if state.ending is not None:
        return
    mine = [
        stage for stage in state.open_stages if queries.hand(viewer, case, desk.wording, stage, today).may
    ]
    is_applicant = isinstance(viewer, Applicant)
    at_the_counter = not is_applicant and viewer.has_perm("cases.open", case.organisation)
    has_it = not is_applicant and (bool(mine) or at_the_counter)
    if state.suspension is not None:
        if has_it:
            yield {"deed": "resume", "title": Words("恢复", "Resume")._asdict()}
    else:
        for stage in mine:
            yield from _at_stage(case, desk, state, stage)
        if has_it and desk.wording.causes:
            title = Words("中止", "Suspend")._asdict()
            yield {"deed": "suspend", "title": title, "causes": list(desk.wording.causes)}
    if has_it and desk.wording.facts:
        title = Words("登记事实", "Record a fact")._asdict()
        yield {"deed": "record-fact", "title": title, "facts": list(desk.wording.facts)}
    if is_applicant or at_the_counter:
        yield {"deed": "withdraw", "title": Words("撤回", "Take back")._asdict()}


def _at_stage(case: Case, desk: Desk, state: CaseState, key: str) -> Iterator[dict[str, Any]]:
    stage = desk.wording.stages[key]
    effect = effect_named(stage.effect)
    asks = effect.asks(case) if effect else {}
    try:
        listed = queries.paper_list(case, state, key, desk)
    except Refusal:
        listed = None  # a fact that the list depends on is not known yet
    yield {
        "deed": "close",
        "stage": key,
        "title": stage.title._asdict(),
        "facts": _facts_asked(desk, state, key),
        "given": [name for name in asks if name not in stage.effect_given],
        "needs_evidence": stage.planned is not None,
        "missing_papers": [one.item for one in listed.missing] if listed else [],
    }
    back = [to for to in stage.back if to in state.done]
    if back:
        title = Words(f"退回：{stage.title.zh}", f"Send back: {stage.title.en}")
        yield {"deed": "return", "stage": key, "title": title._asdict(), "back_to": back}


def _facts_asked(desk: Desk, state: CaseState, stage: str) -> list[str]:
    """The facts that decide what comes after a stage and nobody has recorded."""
    closed = kernel.Closed(
        seq=state.seq + 1, on=state.last_on, by="", stage=stage, role=desk.wording.stages[stage].role
    )
    after = kernel.apply(desk.process, state, closed)
    undecided = kernel.undecided(desk.wording, after).values()
    return list(dict.fromkeys(name for asked in undecided for name in asked))


def papers(case: Case) -> list[dict[str, Any]]:
    """The lists of papers of every stage that was or is open."""
    return [
        {
            "stage": listed.stage,
            "is_closed": listed.is_closed,
            "cite": list(listed.answer.cite),
            "needed": [
                {
                    "item": one.item,
                    "title": one.title._asdict(),
                    "reason": one.reason,
                    "received": [
                        {
                            "id": paper.id,
                            "name": paper.name,
                            "at": paper.at,
                            "by": paper.by,
                            "note": paper.reason,
                            "is_file": bool(paper.file),
                        }
                        for paper in one.received
                    ],
                }
                for one in listed.needed
            ],
        }
        for listed in queries.paper_lists(case, queries.state_of(case))
    ]
