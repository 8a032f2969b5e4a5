"""Cases driven at random by Hypothesis, checked against plain day-by-day counting."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.process.story import Case

from tongdian.calendar import official_calendar
from tongdian.policy.loading import load_pack
from tongdian.policy.process import (
    CaseState,
    Outcome,
    StageStatus,
    event_from_plain,
    event_to_plain,
    fold,
    next_actions,
)
from tongdian.policy.refusals import Refusal

calendar = official_calendar()
pack = load_pack(Path(__file__).parent / "small")
START = date(2021, 1, 4)
CAUSES = ("holiday", "force-majeure")
facts = st.fixed_dictionaries(
    {"capacity": st.sampled_from(["80", "200", "800"]), "checked": st.sampled_from(["true", "false"])}
)


@dataclass(frozen=True)
class Move:
    """What to try next: the number of an action that is open then, after some days."""

    days: int
    pick: int
    kind: str


moves = st.lists(
    st.builds(
        Move,
        st.integers(0, 9),
        st.integers(0, 20),
        st.sampled_from(["act"] * 8 + ["suspend", "suspend", "record", "withdraw", "migrate"]),
    ),
    max_size=25,
)
drives = settings(max_examples=150, deadline=None)


def drive(known: dict[str, str], plan: list[Move]) -> Case:
    """A case taken as far as the plan goes; what a command refuses does not happen."""
    case, day = Case(pack, START, **known), START
    for move in plan:
        if case.state.ending is not None:
            break
        day += timedelta(days=move.days)
        try:
            _move(case, move, day)
        except Refusal:
            continue
    return case


def _move(case: Case, move: Move, day: date) -> None:
    if move.kind == "suspend":
        case.suspend(CAUSES[move.pick % 2], day)
    elif move.kind == "record":
        case.record("capacity", ("80", "200", "400")[move.pick % 3], day)
    elif move.kind == "withdraw" and move.pick == 0:
        case.withdraw(day)
    elif move.kind == "migrate":
        case.migrate("2023-01-01", day)
    else:
        stages = ("close", "return", "resume")
        actions = [one for one in next_actions(case.process, case.state) if one.verb.name in stages]
        action = actions[move.pick % len(actions)]
        if action.verb.name == "close":
            case.close(action.about, day)
        elif action.verb.name == "return":
            case.back(action.about, next(iter(action.options)), day)
        else:
            case.resume(day)


@drives
@given(known=facts, plan=moves)
def test_the_same_events_always_give_the_same_state(known, plan):
    case = drive(known, plan)
    assert fold(case.process, case.events) == case.state
    stored = json.loads(json.dumps([event_to_plain(event) for event in case.events]))
    again, version = [], "2020-01-01"
    for row in stored:
        again.append(event_from_plain(case.process, row, version=version))
        version = row.get("version", version)
    assert again == case.events


@drives
@given(known=facts, plan=moves)
def test_a_case_never_comes_to_a_standstill(known, plan):
    case = drive(known, plan)
    wording = case.process.at(case.state.version)
    assert (case.state.ending is not None) == (next_actions(case.process, case.state) == ())
    for key, run in case.state.runs.items():
        waits_for = [case.state.runs[before].status for before in wording.graph.after[key]]
        if run.status in (StageStatus.OPEN, StageStatus.DONE):
            assert all(each in (StageStatus.DONE, StageStatus.SKIPPED) for each in waits_for)
        is_open = bool(run.attempts) and run.attempts[-1].closed_on is None
        assert is_open == (run.status is StageStatus.OPEN)
        sent_back = [each for each in run.attempts if each.outcome is Outcome.RETURNED]
        assert len(sent_back) == run.returned


def counted(state: CaseState, opened: date, closed: date) -> set[date]:
    """Working days after `opened` up to `closed` that no suspension but force majeure took."""
    stays = [each for each in state.suspensions if each.cause == "holiday"]
    after = (opened + timedelta(days=number) for number in range(1, (closed - opened).days + 1))
    return {
        day
        for day in after
        if calendar.is_working_day(day)
        and not any(stay.since < day and (stay.until is None or day <= stay.until) for stay in stays)
    }


@drives
@given(known=facts, plan=moves, later=st.integers(0, 40))
def test_the_clocks_are_what_counting_day_by_day_gives(known, plan, later):
    case = drive(known, plan)
    as_of = case.state.last_on + timedelta(days=later)
    until = case.state.ended_on or as_of
    wording, clocks = case.process.at(case.state.version), case.clocks(as_of)
    held = {
        key: [counted(case.state, each.opened_on, each.closed_on or until) for each in run.attempts]
        for key, run in case.state.runs.items()
    }
    suppliers = [key for key in held if wording.owner_of(key) == "supplier"]
    summed = sum(len(days) for key in suppliers for days in held[key])
    assert clocks.clock("handling").used == summed
    for owner, reading in clocks.by_owner().items():
        used = reading.used
        own = [days for key in held if wording.owner_of(key) == owner for days in held[key]]
        assert used == len(set().union(*own))
        assert used <= sum(map(len, own))
    if "total" in wording.clocks:
        whole = counted(case.state, case.state.opened_on, until)
        assert clocks.clock("total").used == len(whole)


@drives
@given(known=facts, plan=moves, later=st.integers(0, 40))
def test_a_working_day_limit_is_late_exactly_after_its_due_date(known, plan, later):
    case = drive(known, plan)
    as_of = case.state.last_on + timedelta(days=later)
    clocks = case.clocks(as_of)
    for key in case.state.open_stages:
        reading = clocks.stage(key)
        assert reading.used >= 0
        if reading.limit is None or not reading.in_working_days or reading.due_on is None:
            continue
        due_on, days = reading.due_on, reading.limit.days
        opened = case.state.runs[key].opened_on
        assert opened is not None
        assert len(counted(case.state, opened, due_on)) == days
        assert (reading.used > days) == (as_of > due_on and len(counted(case.state, due_on, as_of)) > 0)


@drives
@given(known=facts, plan=moves)
def test_the_ledger_never_takes_more_than_there_is(known, plan):
    case = drive(known, plan)
    clocks = case.clocks(case.state.last_on)
    for stay in clocks.suspensions():
        assert stay.working_days >= 0
    if "total" in case.process.at(case.state.version).clocks:
        whole = calendar.working_days_between(case.state.opened_on, case.state.last_on)
        lost = sum(stay.working_days for stay in clocks.suspensions() if stay.stops_clocks)
        assert clocks.clock("total").used + lost == whole
