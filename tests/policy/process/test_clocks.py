"""Time used, due dates and suspensions, with the arithmetic shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.policy.process.story import Case

from tongdian.calendar import Override, official_calendar
from tongdian.policy.process import Limit, Standing, limits_of
from tongdian.policy.process.clocks import begun_at
from tongdian.policy.process.refusals import AskedBeforeLastEvent, LimitUnreadable
from tongdian.policy.process.state import StageAttempt
from tongdian.policy.words import Words

MON, TUE, WED, THU, FRI = (date(2021, 3, day) for day in range(1, 6))


def march(day: int) -> date:
    return date(2021, 3, day)


@pytest.fixture
def case(small_pack) -> Case:
    return Case(small_pack, MON, capacity="200", checked="true")


def test_the_day_a_stage_opens_is_not_counted(case):
    clocks = case.clocks(MON)
    assert clocks.stage("accept").used == 0
    assert clocks.stage("accept").due_on == TUE


def test_a_limit_that_a_rule_answers_follows_the_facts_of_the_case(case):
    case.close("accept", TUE)
    reading = case.clocks(TUE).stage("reply")
    assert reading.limit == Limit(10, rule="reply-limit")  # 200 kW; up to 100 kW it is 3
    assert reading.due_on == march(16)  # 3, 4, 5, 8–12, 15, 16


def test_a_holder_has_to_keep_the_limit_of_the_whole_case_where_that_ends_first(case):
    case.close("accept", TUE)
    assert case.clocks(TUE).deadlines()["reply"].due_on == march(16)  # its own ten
    case.close("reply", march(16))
    found = case.clocks(march(16)).deadlines()
    # the whole: 2–5, 8–12, 15–17 March are twelve; ten days of the permit end on the 26th
    assert case.clocks(march(16)).stage("permit").due_on == march(26)
    assert found["permit"].due_on == march(17)
    assert found["works"].due_on is None  # the customer's


def test_where_the_rule_does_not_apply_the_document_sets_no_limit(small_pack):
    case = Case(small_pack, MON, capacity="800", checked="true").close("accept", TUE)
    reading = case.clocks(date(2021, 12, 1)).stage("reply")
    assert (reading.limit, reading.standing, reading.percent) == (None, Standing.NO_LIMIT, None)


def test_a_stage_passes_from_within_to_due_to_late(case):
    case.close("accept", TUE)
    seen = [case.clocks(day).stage("reply").standing for day in (march(15), march(16), march(17))]
    assert seen == [Standing.WITHIN, Standing.DUE, Standing.LATE]
    assert case.clocks(march(15)).stage("reply").percent == 90  # nine of ten
    assert case.clocks(march(17)).stage("reply").left == -1


def test_rest_days_after_the_last_day_add_nothing(small_pack):
    case = Case(small_pack, THU, capacity="80", checked="false")
    saturday = march(6)
    assert case.clocks(saturday).stage("accept").standing is Standing.DUE  # Friday was day 1
    assert case.clocks(march(8)).stage("accept").standing is Standing.LATE


def test_calendar_days_ending_on_a_rest_day_move_to_the_next_working_day(case):
    case.close("accept", WED).close("reply", THU)
    permit = case.clocks(THU).stage("permit")
    assert permit.due_on == march(15)  # 4 + 10 = Sunday 14, so Monday 15 (民法典 203)
    assert case.clocks(march(15)).stage("permit").standing is Standing.DUE
    assert case.clocks(march(16)).stage("permit").standing is Standing.LATE
    assert case.clocks(march(15)).stage("permit").used == 11


def test_parallel_stages_add_up_in_a_sum_and_count_once_in_a_span(case):
    case.close("accept", TUE).close("reply", WED).close("works", march(9)).close("permit", march(10))
    clocks = case.clocks(march(10))
    # works 4, 5, 8, 9 and permit 4, 5, 8, 9, 10: together the five days 4–10
    assert clocks.clock("outside").used == 5
    used = {owner: reading.used for owner, reading in clocks.by_owner().items()}
    assert used == {"supplier": 3, "customer": 4, "government": 5}
    assert clocks.altogether().used == 12
    assert clocks.clock("handling").used == 3  # 1 + 1, and the inspection's 10th
    assert clocks.clock("total").used == 7


def test_a_suspension_stands_still_and_the_due_date_follows(case):
    case.suspend("holiday", MON).resume(march(4))
    clocks = case.clocks(march(4))
    assert clocks.stage("accept").used == 0  # 2, 3, 4 March stood still
    assert clocks.stage("accept").due_on == FRI
    assert clocks.clock("total").used == 0


def test_a_suspension_that_lasts_has_no_due_date_and_says_why(case):
    case.suspend("holiday", TUE)
    reading = case.clocks(march(20)).stage("accept")
    assert (reading.due_on, reading.used) == (None, 1)  # the 2nd itself was worked
    assert reading.why_not == Words("中止期间不计时", "suspended: the time does not run")


def test_a_suspension_ended_the_same_day_loses_nothing(case):
    case.suspend("holiday", TUE).resume(TUE)
    assert case.clocks(WED).stage("accept").used == 2


def test_the_ledger_tells_causes_apart(case):
    case.suspend("holiday", TUE).resume(THU).suspend("force-majeure", FRI)
    ledger = case.clocks(march(9)).suspensions()
    assert [
        (each.cause, each.working_days, each.until, each.force_majeure, each.stops_clocks) for each in ledger
    ] == [
        ("holiday", 2, THU, False, True),  # 3, 4
        ("force-majeure", 2, None, True, False),  # 8, 9 so far
    ]


def test_force_majeure_keeps_counting_and_exempts_only_where_the_document_says_so(case):
    case.suspend("force-majeure", TUE).resume(march(30))
    clocks = case.clocks(march(30))
    total, handling = clocks.clock("total"), clocks.clock("handling")
    # 2–5, 8–12, 15–19, 22–26, 29, 30 March
    assert (total.used, total.standing, total.exempt) == (21, Standing.LATE, True)
    assert (handling.used, handling.standing, handling.exempt) == (21, Standing.LATE, False)


def test_force_majeure_may_be_subtracted_where_a_pack_says_so(load_small):
    pack = load_small({"force_majeure: exempt": "force_majeure: subtract"})
    case = Case(pack, MON, capacity="80", checked="true")
    case.suspend("force-majeure", TUE).resume(march(30))
    assert case.clocks(march(31)).clock("total").used == 2  # the 2nd and the 31st


def test_an_agreement_may_count_the_first_day(load_small):
    pack = load_small({"  suspensions:": "  count_day_zero: true\n  suspensions:"}, run_tests=False)
    case = Case(pack, MON, capacity="80", checked="true")
    reading = case.clocks(TUE).stage("accept")
    # Monday is day 1 and all there is; Tuesday is one too many
    assert (reading.used, reading.due_on, reading.standing) == (2, MON, Standing.LATE)


def test_rework_counts_every_attempt_but_each_has_its_own_due_date(case):
    case.close("accept", TUE).close("reply", WED).close("works", THU)
    case.back("inspect", "works", march(9)).close("works", march(11))
    clocks = case.clocks(march(12))
    assert clocks.stage("inspect").used == 1  # the 12th, of two days from the 11th
    assert clocks.stage("inspect").due_on == march(15)
    # 1 + 1, the first inspection 5, 8, 9, the second the 12th
    assert clocks.clock("handling").used == 6


def test_a_finished_case_stops_its_clocks(case):
    case.close("accept", TUE).withdraw(WED)
    assert case.clocks(march(30)).clock("total").used == 2
    assert case.clocks(march(30)).by_owner()["supplier"].used == 2


def test_a_calendar_correction_moves_the_due_date(case):
    typhoon = Override(
        on=TUE, is_working=False, name=Words("台风", "typhoon"), source="应急通知", by="officer"
    )
    corrected = official_calendar().with_overrides([typhoon])
    assert case.clocks(MON, calendar=corrected).stage("accept").due_on == WED


def test_a_due_date_past_the_published_calendar_is_refused_not_guessed(small_pack):
    last = official_calendar().official_through
    case = Case(small_pack, last - timedelta(days=1), capacity="80", checked="true")
    case.close("accept", last)
    reading = case.clocks(last).stage("check")
    assert reading.due_on is None
    assert reading.why_not is not None
    assert str(last) in reading.why_not.zh


def test_a_clock_is_not_asked_about_the_past_of_later_events(case):
    case.close("accept", WED)
    with pytest.raises(AskedBeforeLastEvent):
        case.clocks(TUE)


def test_a_rule_that_does_not_answer_in_days_is_no_limit(small_pack):
    with pytest.raises(LimitUnreadable):
        limits_of(small_pack)("price", MON, {})


def test_a_span_of_stages_that_is_running_has_its_last_day_from_its_first():
    """Two approvals side by side from Tuesday; the second is still open."""
    assert begun_at([StageAttempt(TUE, THU), StageAttempt(TUE)]) == TUE
    assert begun_at([StageAttempt(TUE, THU), StageAttempt(THU)]) == TUE


def test_a_span_with_a_hole_in_it_has_no_last_day():
    """Nothing ran on Thursday, and nobody knows what else will not."""
    assert begun_at([StageAttempt(TUE, WED), StageAttempt(FRI)]) is None
    assert begun_at([StageAttempt(TUE, WED)]) is None  # over
