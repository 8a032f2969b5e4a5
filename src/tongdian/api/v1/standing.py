"""Cases in the shapes of the API: where one stands, and what a caller may do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from tongdian.cases import queries
from tongdian.cases.models import Case, OpenStage
from tongdian.cases.offers import Offer, offers
from tongdian.cases.rules import Applicant, told_as
from tongdian.parties.models import Organisation
from tongdian.parties.queries import shown_name
from tongdian.policy.answer import plain
from tongdian.policy.process import Clocks, WaitingClaim
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
        "ending": queries.ending_of(case),
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
        "ending": queries.ending_of(case),
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
    hands = queries.Hands(viewer, case, desk.wording, today)
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
        "doubts": [
            *(one.words._asdict() for one in queries.doubts_of(case, desk, state)),
            *(one._asdict() for one in queries.slips_of(desk, state)),
            *(one._asdict() for one in queries.outlasting(case, state, today)),
        ],
        "next": [_next(one) for one in offers(hands, desk, state, clocks=clocks)],
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
        "kind": told_as(claim.event.kind),
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


OPTIONS = {"to": "back_to", "cause": "causes", "version": "versions"}


def _next(offer: Offer) -> dict[str, Any]:
    """An offer as a program reads it: what to send with it, or why it is refused now."""
    verb = offer.verb
    chosen = next((OPTIONS[one.name] for one in offer.asks if one.name in OPTIONS), "")
    return {
        "deed": verb.name,
        "stage": offer.about if verb.about in ("stage", "part") else None,
        "claim": int(offer.about) if verb.about == "claim" else None,
        "title": offer.title._asdict(),
        "facts": list(offer.facts),
        "may_say": list(offer.may_say),
        "given": list(offer.given),
        "needs_evidence": any(one.sort == "evidence" for one in offer.asks) and verb.name != "suspend",
        "needs_reason": any(one.sort == "text" and one.is_needed for one in offer.asks),
        "missing_papers": [one.item for one in offer.missing],
        "why_not": offer.refusal and offer.refusal.words._asdict(),
        "cite": list(offer.cite),
        **({chosen: list(offer.options)} if chosen else {}),
    }


def events(case: Case) -> list[dict[str, Any]]:
    """Everything that happened, by the names under which programs are told of it."""
    rows = queries.events(case)
    same = ("seq", "stage", "at", "on", "claimed_on", "by", "body")
    steps = [row.seq for row in rows if row.kind not in queries.SETTLING]
    return [
        {name: getattr(row, name) for name in same}
        | {"kind": told_as(row.kind), "ends_case": bool(case.ending) and row.seq == steps[-1]}
        for row in rows
    ]


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
