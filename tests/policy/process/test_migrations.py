"""Moving a running case to another version of its process: an event, or a refusal with reasons."""

from __future__ import annotations

from datetime import date

import pytest
from tests.policy.process.story import Case

from tongdian.policy.process import Migrated, fold
from tongdian.policy.process.refusals import CannotMigrate, EventDoesNotFit, ReasonNeeded

NEW = "2023-01-01"
MON = date(2022, 12, 26)
LATER = date(2023, 1, 3)


@pytest.fixture
def case(small_pack) -> Case:
    return Case(small_pack, MON, capacity="80", checked="false")


def test_a_case_is_pinned_to_the_version_of_the_day_it_was_applied_for(case, small_pack):
    assert case.state.version == "2020-01-01"
    case.close("accept", LATER)
    assert case.state.open_stages == ("reply",)  # the new version has a pre-check here
    assert Case(small_pack, LATER, capacity="80", checked="false").state.version == NEW


def test_a_case_may_move_while_nothing_is_behind_a_new_stage(case):
    case.migrate(NEW, LATER).close("accept", LATER)
    assert case.state.version == NEW
    assert case.state.open_stages == ("check",)
    assert fold(case.process, case.events) == case.state


def test_a_case_cannot_move_past_a_stage_it_never_had(case):
    case.close("accept", LATER)
    with pytest.raises(CannotMigrate) as refused:
        case.migrate(NEW, LATER)
    assert "新版本要求在已办的“答复”之前办理“预审”" in refused.value.say("zh")


def test_a_case_cannot_leave_work_behind_that_the_new_version_does_not_know(case):
    case.close("accept", MON).close("reply", MON).close("permit", MON)
    with pytest.raises(CannotMigrate, match='"Permit", already worked on'):
        case.migrate(NEW, LATER)


def test_a_fact_the_new_version_does_not_admit_is_named(small_pack):
    case = Case(small_pack, MON, capacity="800", checked="false")
    with pytest.raises(CannotMigrate, match="800 is not between 0 and 500"):
        case.migrate(NEW, LATER)


def test_a_move_needs_a_reason_and_another_version(case):
    with pytest.raises(ReasonNeeded):
        case.migrate(NEW, LATER, reason="")
    with pytest.raises(CannotMigrate, match="already under this version"):
        case.migrate("2020-01-01", LATER)


def test_a_suspended_case_may_move_and_stays_suspended(case):
    case.suspend("holiday", MON).migrate(NEW, LATER)
    assert case.state.suspension is not None
    case.resume(LATER)
    assert case.clocks(LATER).stage("accept").used == 0


def test_a_stored_move_that_loses_work_is_a_broken_history(case):
    case.close("accept", MON).close("reply", MON).close("permit", MON)
    move = Migrated(seq=case.state.seq + 1, on=LATER, by="x", version=NEW, reason="forced")
    with pytest.raises(EventDoesNotFit, match="permit"):
        fold(case.process, [*case.events, move])
