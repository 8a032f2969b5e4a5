"""Cases that happened before this program knew of them: appended whole, with their own days.

Nothing follows from them: no effect runs and nobody is told. Every event says where it comes from,
and is sealed like any other, at the time it was imported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.calendar import legal_day
from tongdian.cases import queries
from tongdian.cases.actions.appending import open_stages, project, row_of, seal
from tongdian.cases.actions.hands import actor_of
from tongdian.cases.actions.opening import new_case
from tongdian.cases.models import ApplicationChannel, Case, Event, TimeSource
from tongdian.cases.queries import Desk
from tongdian.network.models import Place
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState
from tongdian.policy.words import Words
from tongdian.questions import at_once, insert

Command = Callable[..., kernel.CaseEvent | tuple[kernel.CaseEvent, ...]]
DEED = Words("导入以往业务", "import cases of the past")


@dataclass(frozen=True, kw_only=True)
class HistoryStep:
    """What somebody did: a command of the kernel, such as `close_stage`, and what it is told.

    `by` None: the applicant.
    """

    at: dt.datetime
    by: Account | None
    command: Command
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CaseHistory:
    """A case from its opening to its last step so far."""

    organisation: Organisation
    pack: str
    process: str
    customer: Customer | None
    place: Place | None
    at: dt.datetime
    by: Account | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    channel: str = ApplicationChannel.COUNTER
    claimed_on: dt.date | None = None
    part_of: Case | None = None
    steps: Sequence[HistoryStep] = ()


def import_events(*, viewer: Any, history: CaseHistory, source: TimeSource, at: dt.datetime) -> Case:
    """Append a case with all its events, as imported or as demonstration, in one transaction.

    Raises NotAllowed, NotBound, and what the kernel refuses: an imported case obeys its process
    like any other.
    """
    must_be_allowed(viewer, "cases.migrate", DEED, history.organisation)
    if source == TimeSource.LIVE:
        raise ValueError("what happens now is not imported")
    with transaction.atomic():
        case = new_case(
            organisation=history.organisation,
            pack=history.pack,
            process=history.process,
            customer=history.customer,
            place=history.place,
            on=legal_day(history.at),
            claimed_on=history.claimed_on,
            channel=history.channel,
            part_of=history.part_of,
            source=source,
        )
        desk = queries.desk(case)
        state: CaseState | None = None
        rows: list[Event] = []
        for when, by, event in _happened(desk, case, history):
            state = kernel.apply(desk.process, state, event)
            rows.append(row_of(case, event, by, when, source))
        assert state is not None
        case.save(force_insert=True)
        clocks = desk.clocks(case, state, legal_day(at))
        stages = open_stages(case, desk, state, clocks, legal_day(at))
        with at_once():
            insert(rows)
            project(case, state, clocks, stages)
            seal(rows, at)
    return case


def _happened(
    desk: Desk, case: Case, history: CaseHistory
) -> Iterator[tuple[dt.datetime, Account | None, kernel.CaseEvent]]:
    """Every event with its time and who it is by."""
    opened = kernel.open_case(
        desk.process,
        version=case.version,
        on=legal_day(history.at),
        by=actor_of(history.by, case.number),
        facts=history.facts,
        claimed_on=history.claimed_on,
    )
    yield history.at, history.by, opened
    state = kernel.apply(desk.process, None, opened)
    for step in history.steps:
        made = step.command(
            desk.process,
            state,
            on=legal_day(step.at),
            by=actor_of(step.by, case.number),
            seen=state.seq,
            **step.told,
        )
        for event in made if isinstance(made, tuple) else (made,):
            yield step.at, step.by, event
            state = kernel.apply(desk.process, state, event)
