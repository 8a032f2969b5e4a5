"""Cases as the record on which signals and conformance are judged: each with its events, the contracts for its works,
and the facts that decide its way.

What is recorded by the hand of a person has that person and the moment. Of what was brought in from another system
neither is known here: the columns stay empty, and what asks for them is not judged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from tongdian.calendar import SHANGHAI
from tongdian.cases.models import Case, Event, HeldUp, TimeSource
from tongdian.cases.queries.case_files import AT_ONCE
from tongdian.cases.queries.one import Desk, Desks, kernel_events
from tongdian.cases.rules import EVIDENCE_FILE
from tongdian.policy import process as kernel
from tongdian.policy.clauses import RecordFacts
from tongdian.policy.packs import Pack
from tongdian.policy.process import CaseState
from tongdian.policy.process.paths import facts_asked
from tongdian.policy.process.state import apply

METERED = "energise"  # the effect of the stage that fits the meter: it is told the fact with its number
InUse = Callable[[Case, str], dt.date | None]
"""Since when a case's supply is in use, by the number of its meter."""


def record_rows(pack: Pack, cases: Iterable[Case], *, on: dt.date, in_use: InUse) -> Iterator[dict[str, Any]]:
    """The cases as the files `case`, `event`, `work` and `fact` say them, as of a day; `case` is its number."""
    desks, named, rest = Desks(), pack.head.uses.record or RecordFacts(), iter(cases)
    while some := list(islice(rest, AT_ONCE)):
        happened: dict[Any, list[Event]] = {case.pk: [] for case in some}
        for row in Event.objects.filter(case__in=happened, on__lte=on).order_by("case", "seq"):
            happened[row.case_id].append(row)
        proved = _proved(some, on)
        for case in some:
            if happened[case.pk]:
                proofs = proved.get(case.pk, {})
                yield _record(case, desks.of(case), happened[case.pk], on, named, in_use, proofs)


def _proved(cases: Iterable[Case], on: dt.date) -> dict[Any, dict[int, str]]:
    """The stays of cases that are laid to an event of force majeure, each with the first file that proves it."""
    until = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(), SHANGHAI)
    rows = HeldUp.objects.filter(case__in=cases, event__proofs__at__lt=until)
    found: dict[Any, dict[int, str]] = {}
    for case, seq, file in rows.order_by("event__proofs__at").values_list(
        "case", "seq", "event__proofs__file"
    ):
        found.setdefault(case, {}).setdefault(seq, file)
    return found


def _record(
    case: Case, desk: Desk, rows: list[Event], on: dt.date, named: RecordFacts, in_use: InUse,
    proofs: Mapping[int, str],
) -> dict[str, Any]:  # fmt: skip
    state: CaseState | None = None
    listed, accepted = [], None
    events = kernel_events(desk.process, rows, case.version)
    # what stops the clock is shown by its own file, by that of who vouched for it, or by a proof of the event
    vouched = {
        one.claim: file for one in events if isinstance(one, kernel.Countersigned) and (file := _file(one))
    }
    for row, event in zip(rows, events, strict=True):
        if state is not None and event.kind in _DEEDS:
            shown = _event(case, desk, state, row, event)
            if event.kind == "suspended":
                shown["file"] = shown["file"] or vouched.get(row.seq) or proofs.get(row.seq, "")
            listed.append(shown)
            if accepted is None and isinstance(event, kernel.Closed):
                accepted = event.day  # the first stage of any process takes the application in
        state = apply(desk.process, state, event)
    assert state is not None
    facts: Mapping[str, Any] = state.facts
    meter = next((facts.get(name) for name in _meter_facts(desk) if facts.get(name)), None)
    used = in_use(case, str(meter)) if meter else None
    clocks = desk.clocks(case, state, max(on, state.last_on))
    return {
        "case": case.number,
        "region": case.region_id,
        "supplier": case.organisation.short,
        "process": case.process,
        "applied": state.opened_on,
        "accepted": accepted,
        "ended": state.ended_on,
        "ending": state.ending.value if state.ending else "open",
        "in_use": used if used is not None and used <= on else None,
        "place": case.place_id,
        "customer": case.customer_id,
        "capacity": facts.get(named.capacity or ""),
        "exempt": "yes" if any(one.exempt for one in clocks.clocks().values()) else "no",
        "event": listed,
        "work": _works(facts, named, state),
        "fact": _deciding(desk, events),
    }


_DEEDS = {"closed": "close", "returned": "return", "suspended": "suspend", "resumed": "resume"}


def _event(case: Case, desk: Desk, before: CaseState, row: Event, event: Any) -> dict[str, Any]:
    """`due` is the last day as it stood then: of the stage that is closed, or of the first that runs out."""
    clocks = desk.clocks(case, before, max(row.on, before.last_on))
    if event.kind in ("closed", "returned"):
        due = clocks.stage(event.stage).due_on
    else:
        due = min((one.due_on for one in clocks.deadlines().values() if one.due_on), default=None)
    is_own = row.source != TimeSource.IMPORT
    return {
        "seq": row.seq,
        "deed": _DEEDS[event.kind],
        "stage": row.stage,
        "to": event.to if event.kind == "returned" else "",
        "on": row.on,
        "at": row.at.astimezone(SHANGHAI).isoformat(timespec="seconds") if is_own else "",
        "claimed": event.claimed_on,
        "due": due if event.kind != "resumed" else None,
        "person": row.by.removeprefix("account:") if is_own else "",
        "file": _file(event),
    }


def _deciding(desk: Desk, events: Iterable[Any]) -> list[dict[str, Any]]:
    """The facts by which the process decides the way, as they became known."""
    asked = facts_asked([desk.wording])
    known = [
        (event.on, event.seq, name, value)
        for event in events
        for name, value in (
            event.facts.items() if isinstance(event, kernel.Opened)
            else [(event.name, event.value)] if isinstance(event, kernel.FactRecorded)
            else ()
        )
        if name in asked
    ]  # fmt: skip
    return [
        {"fact_no": number, "known": day, "before": seq, "name": name, "value": value}
        for number, (day, seq, name, value) in enumerate(known, 1)
    ]


def _file(event: Any) -> str:
    """The hash of the first file among the evidence of an event."""
    files = (one.split(":")[1] for one in getattr(event, "evidence", ()) if one.startswith(EVIDENCE_FILE))
    return next(files, "")


def _meter_facts(desk: Desk) -> list[str]:
    stages = desk.wording.stages.values()
    return [stage.effect_given["power"] for stage in stages if stage.effect == METERED and "power" in stage.effect_given]  # fmt: skip


def _works(facts: Mapping[str, Any], named: RecordFacts, state: CaseState) -> list[dict[str, Any]]:
    """The contract for the customer's works, where who has it is on record."""
    contractor = facts.get(named.contractor or "")
    if not contractor:
        return []
    is_affiliate = facts.get(named.affiliate or "")
    return [
        {
            "work_no": 1,
            "dated": state.ended_on or state.last_on,
            "contractor": contractor,
            "affiliate": "" if is_affiliate is None else ("yes" if is_affiliate else "no"),
            "amount": facts.get(named.amount or ""),
        }
    ]
