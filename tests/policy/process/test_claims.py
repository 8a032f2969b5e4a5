"""Time with claims believed only as far as they may be: the worst that the record supports."""

from __future__ import annotations

from datetime import date

import pytest
from tests.policy.process.story import Case

from tongdian.calendar import official_calendar
from tongdian.policy.process import (
    JudgedClocks,
    Standing,
    countersign,
    event_from_plain,
    event_to_plain,
    fold,
    limits_of,
    refuse_claim,
)
from tongdian.policy.process.refusals import EventDoesNotFit, EvidenceNeeded, NoClaimWaits

MON, RECORDED = date(2021, 3, 1), date(2021, 3, 31)


def judged(case: Case, as_of: date = RECORDED) -> JudgedClocks:
    return JudgedClocks(
        case.process, case.state, calendar=official_calendar(), as_of=as_of, limit_of=limits_of(case.pack)
    )


def vouch(case: Case, claim: int) -> Case:
    return case.add(
        countersign(
            case.process,
            case.state,
            claim=claim,
            evidence=("notice",),
            on=RECORDED,
            by="second",
            seen=case.state.seq,
        )
    )


@pytest.fixture
def back_filled(small_pack) -> Case:
    """On 31 March both steps are recorded: one claimed for the 2nd, one for the 16th."""
    case = Case(small_pack, MON, capacity="200", checked="true")
    case.close("accept", RECORDED, claimed_on=date(2021, 3, 2))
    return case.close("reply", RECORDED, claimed_on=date(2021, 3, 16))


def test_a_stage_between_two_claims_opened_on_the_claimed_day_and_closed_on_the_recorded_one(back_filled):
    clocks = judged(back_filled)
    assert clocks.stage("accept").standing is Standing.LATE
    # 3–5, 8–12, 15–19, 22–26, 29–31 March: believing neither claim it would have taken no day
    assert (clocks.stage("reply").standing, clocks.stage("reply").used) == (Standing.LATE, 21)
    assert back_filled.clocks(RECORDED).stage("reply").standing is Standing.WITHIN  # all believed
    assert [one.event.seq for one in clocks.waiting if one.decides] == [2, 3]


def test_each_claim_counts_from_its_own_countersignature(back_filled):
    clocks = judged(vouch(back_filled, 2))
    assert clocks.stage("accept").standing is Standing.WITHIN
    assert clocks.stage("reply").standing is Standing.LATE
    clocks = judged(vouch(back_filled, 3))
    assert (clocks.stage("reply").standing, clocks.stage("reply").used) == (Standing.WITHIN, 10)
    assert clocks.waiting == ()


def test_a_refused_claim_leaves_the_day_of_recording(back_filled):
    back_filled.add(
        refuse_claim(
            back_filled.process,
            back_filled.state,
            claim=3,
            reason="no proof",
            on=RECORDED,
            by="second",
            seen=back_filled.state.seq,
        )
    )
    clocks = judged(vouch(back_filled, 2))
    assert clocks.stage("reply").used == 21
    assert clocks.waiting == ()


def test_two_stays_of_which_either_is_enough_wait_both(small_pack):
    case = Case(small_pack, MON, capacity="200", checked="true")
    case.suspend("holiday", MON).resume(date(2021, 3, 15))
    case.suspend("holiday", date(2021, 3, 15)).resume(RECORDED)
    assert judged(case).clock("total").standing is Standing.LATE  # 22 of 12; 12 or 10 with one
    assert {one.event.seq for one in judged(case).waiting} == {2, 4}
    assert [stay.stops_clocks for stay in judged(case).suspensions()] == [False, False]
    assert [stay.stops_clocks for stay in judged(vouch(case, 2)).suspensions()] == [True, False]


def test_a_countersignature_is_settled_once_needs_evidence_and_is_kept_without_loss(back_filled):
    with pytest.raises(NoClaimWaits):
        vouch(back_filled, 1)
    with pytest.raises(EvidenceNeeded):
        countersign(
            back_filled.process,
            back_filled.state,
            claim=2,
            evidence=(),
            on=RECORDED,
            by="second",
            seen=back_filled.state.seq,
        )
    event = vouch(back_filled, 2).events[-1]
    with pytest.raises(NoClaimWaits):
        vouch(back_filled, 2)
    again = event_from_plain(back_filled.process, event_to_plain(event))
    assert again == event
    assert fold(back_filled.process, back_filled.events) == back_filled.state
    with pytest.raises(EventDoesNotFit):
        fold(back_filled.process, [*back_filled.events[:-1], event, event])


def test_a_corrected_fact_on_which_a_limit_hangs_waits_and_one_that_shortens_it_counts(small_pack):
    """reply: 3 working days up to 100 kW, 10 up to 500 kW, none above."""
    case = Case(small_pack, MON, capacity="100", checked="true").close("accept", MON)
    as_of = date(2021, 3, 8)  # 2–5 and 8 March: 5 of 3
    assert judged(case, as_of).stage("reply").standing is Standing.LATE
    for better, limit in (("400", 10), ("600", None)):
        case.record("capacity", better, as_of, reason="mistyped")
        reading = judged(case, as_of).stage("reply")
        assert (reading.standing, reading.limit.days, reading.doubted) == (Standing.LATE, 3, True)
        believed = case.clocks(as_of).stage("reply").limit
        assert (believed.days if believed else None) == limit
    assert [one.event.seq for one in judged(case, as_of).waiting] == [3, 4]
    case.add(
        refuse_claim(
            case.process, case.state, claim=4, reason="it is not", on=as_of, by="second", seen=case.state.seq
        )
    )
    vouched = judged(vouch(case, 3), RECORDED).stage("reply")
    assert (vouched.limit.days, vouched.doubted) == (10, False)

    worse = Case(small_pack, MON, capacity="400", checked="true").close("accept", MON)
    worse.record("capacity", "100", as_of, reason="mistyped")
    assert judged(worse, as_of).stage("reply").standing is Standing.LATE
    assert judged(worse, as_of).waiting == ()


def test_while_a_claim_waits_no_time_of_the_case_is_told_with_it(small_pack):
    """A stay that saves one stage, in a case late either way: the total is told without it too."""
    case = Case(small_pack, MON, capacity="200", checked="true").close("accept", MON)
    case.suspend("holiday", date(2021, 3, 2)).resume(date(2021, 3, 16))
    clocks = judged(case, RECORDED)
    assert clocks.waiting
    assert case.clocks(RECORDED).clock("total").used == 12  # 2 March; 17–31 March
    assert clocks.clock("total").used == 22 == clocks.stage("reply").used


def test_nor_is_the_total_of_a_case_that_ended_late_either_way(small_pack):
    case = Case(small_pack, MON, capacity="200", checked="true").close("accept", MON)
    case.suspend("holiday", date(2021, 3, 2)).resume(date(2021, 3, 16))
    for stage, day in (("reply", 17), ("works", 18), ("permit", 18), ("inspect", 19)):
        case.close(stage, date(2021, 3, day))
    case.close("meter", date(2021, 4, 2))
    ended = date(2021, 4, 30)
    assert judged(case, ended).waiting  # the stay saves the reply: 2 and 17 March, not twelve days
    # of 12 allowed: 2 March, 17–31 March and 1 and 2 April are 14; without the stay 24
    assert case.clocks(ended).clock("total").used == 14
    assert judged(case, ended).clock("total").used == 24


def test_an_exception_for_a_time_that_is_in_time_makes_nothing_better(load_small):
    storm = "storm: {title: {zh: 风灾, en: storm}, force_majeure: true}\n    holiday:"
    pack = load_small({"holiday:": storm})
    case = Case(pack, MON, capacity="200", checked="true").close("accept", MON)
    case.suspend("storm", date(2021, 3, 2)).resume(date(2021, 3, 4))
    assert judged(case, date(2021, 3, 5)).waiting == ()
    assert judged(case, RECORDED).waiting  # late by now, so the exception is a claim
