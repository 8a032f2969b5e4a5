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
        case.process, case.state, calendar=official_calendar(), as_of=as_of,
        limit_of=limits_of(case.pack),
    )  # fmt: skip


def vouch(case: Case, claim: int) -> Case:
    return case.add(
        countersign(
            case.process, case.state, claim=claim, evidence=("notice",), on=RECORDED, by="second",
            seen=case.state.seq,
        )
    )  # fmt: skip


@pytest.fixture
def back_filled(small_pack) -> Case:
    """On 31 March both steps are recorded: one claimed for the 2nd, one for the 16th."""
    case = Case(small_pack, MON, capacity="200", checked="true")
    case.close("accept", RECORDED, claimed_on=date(2021, 3, 2))
    return case.close("reply", RECORDED, claimed_on=date(2021, 3, 16))


def test_a_stage_between_two_claims_opened_on_the_claimed_day_and_closed_on_the_recorded_one(
    back_filled,
):
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
            back_filled.process, back_filled.state, claim=3, reason="no proof", on=RECORDED,
            by="second", seen=back_filled.state.seq,
        )
    )  # fmt: skip
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
            back_filled.process, back_filled.state, claim=2, evidence=(), on=RECORDED, by="second",
            seen=back_filled.state.seq,
        )  # fmt: skip
    event = vouch(back_filled, 2).events[-1]
    with pytest.raises(NoClaimWaits):
        vouch(back_filled, 2)
    again = event_from_plain(back_filled.process, event_to_plain(event))
    assert again == event
    assert fold(back_filled.process, back_filled.events) == back_filled.state
    with pytest.raises(EventDoesNotFit):
        fold(back_filled.process, [*back_filled.events[:-1], event, event])
