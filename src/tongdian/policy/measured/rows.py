"""The rows that a measure reads, from the state of a case: days as they happened, no counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tongdian.policy.process.events import Countersigned, Suspended
from tongdian.policy.process.state import CaseState, Suspension

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion

Row = dict[str, Any]


def rows_of(
    wording: ProcessVersion, state: CaseState, *, told_by: str, word: str, region: str, facts: Iterable[str]
) -> Row:
    """One case as a sheet is given it: its own columns, and `visit` and `stay` with their rows.

    A day that is still to come is None. `facts` are those that the limits of the measure ask for. A
    stay that waits for its second person has no `confirmed_on`; one that was refused is no row.
    """
    return {
        "region": region,
        told_by: word,
        **{name: state.facts.get(name) for name in facts},
        "applied": state.opened_on,
        "ended": state.ended_on,
        "ending": str(state.ending) if state.ending else None,
        "visit": [
            {"seq": number, "stage": stage, "opened": opened, "closed": closed}
            for number, (opened, stage, closed) in enumerate(_visits(wording, state), 1)
        ],
        "stay": [
            {
                "stay_no": number,
                "since": stay.since,
                "until": stay.until,
                "cause": stay.cause,
                "confirmed_on": confirmed_on,
            }
            for number, (stay, confirmed_on) in enumerate(_stays(state), 1)
        ],
    }


def _stays(state: CaseState) -> Iterator[tuple[Suspension, dt.date | None]]:
    """Each stay with the day on which a second person confirmed it; those refused are left out."""
    confirmed = {event.claim: event.on for event in state.events if isinstance(event, Countersigned)}
    begun = [event.seq for event in state.events if isinstance(event, Suspended)]
    for seq, stay in zip(begun, state.suspensions, strict=True):
        if state.settled.get(seq) is not False:
            yield stay, confirmed.get(seq)


def _visits(wording: ProcessVersion, state: CaseState) -> list[tuple[dt.date, str, dt.date | None]]:
    """(opened, stage, closed) in order of opening; of an ended case none is open."""
    found = [
        (attempt.opened_on, key, attempt.closed_on or state.ended_on)
        for key in wording.stages
        if key in state.runs
        for attempt in state.runs[key].attempts
    ]
    return sorted(found, key=lambda visit: visit[0])
