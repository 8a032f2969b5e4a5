"""A case from application to power: what opens, who may act, what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from tests.policy.process.story import Case

from tongdian.policy.process import (
    CaseState,
    Closed,
    Ending,
    Opened,
    Outcome,
    event_from_plain,
    event_to_plain,
    fold,
    next_actions,
    open_case,
)
from tongdian.policy.process.refusals import (
    BackNotAllowed,
    BeforeLastEvent,
    CaseEnded,
    CaseMovedOn,
    CaseSuspended,
    ClaimedLater,
    EventDoesNotFit,
    EvidenceNeeded,
    FactNeeded,
    NotSuspended,
    ReasonNeeded,
    StageNotOpen,
    UnknownCause,
    UnknownStage,
    UnknownVersion,
    WrongRole,
)
from tongdian.policy.refusals import BadInput

MON, TUE, WED, THU, FRI = (date(2021, 3, day) for day in range(1, 6))
NEXT_MON = date(2021, 3, 8)


@pytest.fixture
def case(small_pack) -> Case:
    return Case(small_pack, MON, capacity="200", checked="true")


def to_works(case: Case) -> Case:
    return case.close("accept", TUE).close("reply", WED)


# The way through


def test_stages_after_the_same_one_open_together_and_are_waited_for(case):
    to_works(case)
    assert case.state.open_stages == ("works", "permit")
    case.close("works", THU).close("inspect", FRI)
    assert case.state.open_stages == ("permit",)  # the meter waits for the permit
    case.close("permit", NEXT_MON)
    assert case.state.open_stages == ("meter",)
    case.close("meter", date(2021, 3, 9))
    assert (case.state.ending, case.state.ended_on) == (Ending.FINISHED, date(2021, 3, 9))


def test_a_stage_whose_condition_does_not_hold_is_skipped(small_pack):
    case = to_works(Case(small_pack, MON, capacity="80", checked="true"))
    case.close("works", THU).close("permit", THU)
    assert case.state.skipped == ("inspect",)
    assert case.state.open_stages == ("meter",)


def test_a_return_opens_the_earlier_stage_again_and_keeps_the_attempts(case):
    to_works(case).close("works", THU).back("inspect", "works", FRI)
    assert case.state.open_stages == ("works", "permit")
    assert case.state.returned == 1
    assert [each.outcome for each in case.state.runs["works"].attempts] == [Outcome.CLOSED, None]
    assert case.state.runs["inspect"].attempts[0].outcome is Outcome.RETURNED


def test_a_return_undoes_what_was_open_behind_it_but_not_a_parallel_branch(case):
    to_works(case).close("works", THU).close("permit", THU).back("inspect", "works", FRI)
    assert case.state.done == ("accept", "reply", "permit")


def test_a_fact_decides_only_what_is_not_decided_yet(case):
    to_works(case).close("works", THU)
    assert "inspect" in case.state.open_stages
    case.record("capacity", "80", FRI)
    assert "inspect" in case.state.open_stages  # it was needed at 200 kW when its turn came
    case.back("inspect", "works", FRI).close("works", NEXT_MON)
    assert "inspect" in case.state.skipped  # its turn came again, at 80 kW


def test_a_condition_is_decided_before_facts_that_cannot_change_it(small_pack):
    case = Case(small_pack, MON, checked="false").close("accept", TUE)
    case.record("capacity", "80", TUE)
    assert case.close("reply", WED).close("works", THU).state.skipped == ("inspect",)


def test_a_withdrawn_case_ends_and_its_open_stages_with_it(case):
    case.close("accept", TUE).withdraw(WED)
    assert (case.state.ending, case.state.ended_on) == (Ending.WITHDRAWN, WED)
    assert case.state.runs["reply"].attempts[-1].outcome is Outcome.WITHDRAWN
    assert next_actions(case.process, case.state) == ()


def test_the_next_actions_are_what_the_open_stages_allow(case):
    to_works(case).close("works", THU)
    actions = next_actions(case.process, case.state)
    assert [(each.verb.name, each.about, list(each.options)) for each in actions[:3]] == [
        ("close", "permit", []),
        ("close", "inspect", []),
        ("return", "inspect", ["works"]),
    ]
    assert [each.verb.name for each in actions[3:]] == ["suspend", "record-fact", "withdraw"]


def test_while_a_case_stands_still_each_stage_says_why_it_may_not_be_closed(case):
    to_works(case).close("works", THU)
    case.suspend("holiday", FRI)
    may, may_not = [], []
    for each in next_actions(case.process, case.state):
        (may if each.refusal is None else may_not).append(each.verb.name)
    assert may == ["resume", "record-fact", "withdraw"]
    assert may_not == ["close", "close", "return"]
    closing = next_actions(case.process, case.state)[1]
    with pytest.raises(CaseSuspended) as refused:
        case.close(closing.about, FRI)
    assert str(refused.value) == str(closing.refusal)


def test_a_missing_fact_is_the_next_action(small_pack):
    case = Case(small_pack, MON, capacity="200", checked="true")
    # imported events may stop where no command would
    events = [
        *case.events,
        Closed(seq=2, on=TUE, by="import", stage="accept", role="supplier"),
        Closed(seq=3, on=TUE, by="import", stage="reply", role="supplier"),
        Closed(seq=4, on=TUE, by="import", stage="works", role="customer"),
    ]
    first = events[0]
    assert isinstance(first, Opened)
    events[0] = Opened(seq=1, on=MON, by="import", process="connection", version=first.version, facts={})
    state = fold(case.process, events)
    (wanted,) = [one for one in next_actions(case.process, state) if one.verb.name == "record-fact"]
    assert {"checked", "capacity"} <= set(wanted.facts)


# Refusals


def test_a_stage_that_is_not_open_is_not_closed(case):
    with pytest.raises(StageNotOpen) as refused:
        case.close("meter", TUE)
    assert refused.value.say("zh") == "“接电”现在不能办理；正在办理的环节：受理。"


def test_another_role_may_not_close_a_stage(case):
    with pytest.raises(WrongRole):
        case.close("accept", TUE, role="customer")


def test_of_two_officers_the_second_is_told(case):
    seen = case.state.seq
    case.close("accept", TUE)
    with pytest.raises(CaseMovedOn):
        case.close("reply", TUE, seen=seen)


def test_a_suspended_case_is_only_resumed_recorded_or_withdrawn(case):
    case.suspend("holiday", TUE)
    for act in (lambda: case.close("accept", WED), lambda: case.suspend("holiday", WED)):
        with pytest.raises(CaseSuspended):
            act()
    case.record("capacity", "90", WED).resume(WED)
    assert case.state.suspension is None


def test_a_running_case_cannot_be_resumed(case):
    with pytest.raises(NotSuspended):
        case.resume(TUE)


def test_a_cause_the_process_does_not_admit_is_refused(case):
    with pytest.raises(UnknownCause) as refused:
        case.suspend("busy", TUE)
    assert "不可抗力" in refused.value.say("zh")


def test_an_ended_case_is_left_alone(case):
    case.withdraw(TUE)
    with pytest.raises(CaseEnded, match="withdrawn"):
        case.close("accept", WED)


def test_nothing_is_recorded_before_what_was_recorded(case):
    case.close("accept", WED)
    with pytest.raises(BeforeLastEvent):
        case.close("reply", TUE)


def test_only_an_earlier_day_can_be_claimed(case):
    with pytest.raises(ClaimedLater):
        case.close("accept", TUE, claimed_on=WED)


def test_a_return_goes_where_the_process_allows_and_says_why(case):
    to_works(case).close("works", THU)
    with pytest.raises(BackNotAllowed):
        case.back("inspect", "reply", FRI)
    with pytest.raises(ReasonNeeded):
        case.back("inspect", "works", FRI, reason=" ")


def test_a_step_is_refused_while_the_way_after_it_is_unknown(small_pack):
    case = Case(small_pack, MON, capacity="200").close("accept", TUE).close("reply", WED)
    with pytest.raises(FactNeeded) as refused:
        case.close("works", THU)
    assert refused.value.say("zh") == "请先填写“须检查”：它决定“检查”是否需要办理。"
    case.close("works", THU, facts={"checked": "true"})
    assert "inspect" in case.state.open_stages


def test_a_manual_step_for_a_planned_effect_needs_evidence(case):
    to_works(case).close("works", THU).close("permit", THU).close("inspect", FRI)
    with pytest.raises(EvidenceNeeded):
        case.close("meter", NEXT_MON, evidence=())


def test_a_fact_outside_its_range_is_refused(case):
    with pytest.raises(BadInput, match="not between 0 and 1000"):
        case.record("capacity", "5000", TUE)
    with pytest.raises(BadInput, match="there is no such fact"):
        case.record("colour", "red", TUE)


def test_an_unknown_stage_or_version_is_named(case):
    with pytest.raises(UnknownVersion):
        open_case(case.process, version="1999-01-01", on=MON, by="x")
    with pytest.raises(UnknownStage):
        case.add(*_close_unknown(case))


def _close_unknown(case: Case):
    from tongdian.policy.process import close_stage

    return close_stage(
        case.process, case.state, stage="sign", role="supplier", on=TUE, by="x", seen=case.state.seq
    )


# Claimed dates


def test_a_claimed_earlier_day_counts_and_its_gap_shows(small_pack):
    process = small_pack.rules["connection"]
    opened = open_case(
        process,
        version="2020-01-01",
        on=WED,
        claimed_on=MON,
        by="officer",
        facts={"capacity": "80", "checked": "false"},
    )
    state = fold(process, [opened])
    assert state.opened_on == MON
    assert state.runs["accept"].opened_on == MON
    assert state.late_entries == ((1, 2),)  # recorded two days after the day it claims


# Stored histories


def test_events_survive_storage(case):
    to_works(case).close("works", THU, claimed_on=WED).suspend("holiday", FRI).resume(NEXT_MON)
    case.record("capacity", "300.0", NEXT_MON).withdraw(NEXT_MON)
    version = case.state.version
    stored = [event_to_plain(event) for event in case.events]
    assert all(isinstance(row["seq"], int) for row in stored)
    again = [event_from_plain(case.process, row, version=version) for row in stored]
    assert again == case.events
    assert fold(case.process, again) == case.state


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"seq": 5}, "expected event 2"),
        ({"on": date(2021, 2, 1)}, "before 2021-03-01"),
        ({"stage": "meter"}, "not open"),
    ],
)
def test_a_broken_history_is_never_skipped_over(case, change, problem):
    values = {"seq": 2, "on": TUE, "by": "x", "stage": "accept", "role": "supplier", **change}
    with pytest.raises(EventDoesNotFit, match=problem):
        fold(case.process, [*case.events, Closed(**values)])


def test_a_history_must_begin_with_the_application(case):
    with pytest.raises(EventDoesNotFit):
        fold(case.process, [])
    with pytest.raises(EventDoesNotFit):
        fold(case.process, [Closed(seq=1, on=MON, by="x", stage="accept", role="supplier")])
    with pytest.raises(EventDoesNotFit):
        fold(case.process, [case.events[0], case.events[0]])


def test_a_state_is_a_value(case):
    before = case.state
    case.close("accept", TUE)
    assert isinstance(before, CaseState)
    assert before.open_stages == ("accept",)
    assert before == fold(case.process, case.events[:1])
