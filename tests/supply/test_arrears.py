"""Articles 6, 64, 66; 电力供应与使用条例 39, 民法典 654: supply stops for arrears only after a demand, time and notice, and
comes back by the formalities of both offices."""

import datetime as dt

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from tests.accounts.conftest import choose, noon
from tests.accounts.test_collecting import bill
from tests.supply.conftest import DUE, FIRST, STEPS, approve, pay, stop
from tongdian.accounts.actions.late import dun, end_halt, halt_collection, run_late_fees
from tongdian.accounts.models import DunningStep
from tongdian.allowed import NotAllowed
from tongdian.cases.actions import close_stage
from tongdian.cases.models import Case
from tongdian.supply.actions.restoring import ask_restoration
from tongdian.supply.actions.stopping import stop_for_safety
from tongdian.supply.models import StopApproval, StopEnd, SupplyStop
from tongdian.supply.queries import arrears
from tongdian.supply.queries.stopping import supply_of
from tongdian.supply.refusing import (
    DelayNotExplained,
    HomeNotApproved,
    NotOfBothOffices,
    NotTheOperator,
    NotYetToBeStopped,
    RestorationUnderWay,
    StillOwed,
    StoppedAlready,
)

__all__ = ["choose"]
pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def missing(late, day) -> list[str]:
    return [one.key for one in arrears.arrears_gate(late.account, late.point, day).missing]


def standing(late, day) -> str:
    return supply_of([late.point], day)[late.point.pk].standing


# ---------------------------------------------------------------- before it is stopped
def test_39_a_stop_waits_until_more_than_thirty_days_are_overdue(demanded):
    approve(demanded)
    assert missing(demanded, FIRST - DAY) == ["overdue"]  # 1 April is day 30
    with pytest.raises(NotYetToBeStopped, match="30"):
        stop(demanded, day=FIRST - DAY)
    made = stop(demanded)
    assert (made.ground, made.on, made.is_home, made.notice.step) == ("arrears", FIRST, True, "notice")
    assert made.cite.endswith("第六十四条（一）")


def test_654_without_demand_or_notice_nothing_stops(late):
    approve(late)
    assert missing(late, FIRST) == ["demand", "notice"]
    with pytest.raises(NotYetToBeStopped, match="民法典654"):
        stop(late)


def test_654_a_notice_has_its_seven_days(late):
    approve(late)
    for (step, _), day in zip(STEPS, (STEPS[0][1], STEPS[1][1], FIRST - 3 * DAY), strict=True):
        dun(viewer=late.chief, account=late.account, step=step, note="送达", at=noon(day))
    found = arrears.arrears_gate(late.account, late.point, FIRST)
    assert [(one.key, one.from_on) for one in found.missing] == [("notice", FIRST + 4 * DAY)]


def test_654_a_notice_has_its_seven_days_at_the_action_too(late):
    approve(late)
    for (step, _), day in zip(STEPS, (STEPS[0][1], STEPS[1][1], FIRST - 3 * DAY), strict=True):
        dun(viewer=late.chief, account=late.account, step=step, note="送达", at=noon(day))
    with pytest.raises(NotYetToBeStopped, match="2026-04-06"):  # 30 March + 7 days
        stop(late)


def test_62_a_home_is_not_stopped_without_a_leader_who_is_somebody_else(demanded):
    assert missing(demanded, FIRST) == ["approval"]
    with pytest.raises(NotYetToBeStopped, match="a leader approved"):
        stop(demanded)
    approve(demanded)
    with pytest.raises(HomeNotApproved):
        stop(demanded, by=demanded.chief)  # who approved does not switch off
    assert stop(demanded).approval.by == demanded.chief


def test_an_approval_is_for_one_stop(demanded):
    approve(demanded)
    stop(demanded)
    assert arrears.unused_approval(demanded.point, "arrears") is None


def test_a_clerk_or_technician_approves_nothing(demanded):
    for somebody in (demanded.cashier, demanded.technician):
        with pytest.raises(NotAllowed):
            approve(demanded, by=somebody)


def test_what_is_disputed_stops_nothing_until_the_dispute_is_over(demanded):
    approve(demanded)
    held = halt_collection(
        viewer=demanded.cashier,
        account=demanded.account,
        debt=str(demanded.debt.pk),
        ground="dispute",
        cite="第二十二条",
        first_on=FIRST,
        at=noon(FIRST),
    )
    gate = arrears.arrears_gate(demanded.account, demanded.point, FIRST)
    assert [one.key for one in gate.missing] == ["overdue", "demand", "notice"]
    assert [halt for _, halt in gate.held] == [held]
    with pytest.raises(NotYetToBeStopped):
        stop(demanded)
    end_halt(viewer=demanded.cashier, halt=held, on=FIRST + DAY, reason="已核对", at=noon(FIRST + DAY))
    stop(demanded, day=FIRST + DAY)


def test_late_fees_and_charges_never_count_into_arrears(demanded):
    approve(demanded)
    run_late_fees(viewer=demanded.chief, organisation=demanded.organisation, on=FIRST, at=noon(FIRST))
    bill(demanded, 50_000, due=DUE, subject="charge")
    gate = arrears.arrears_gate(demanded.account, demanded.point, FIRST)
    assert gate.fen == 100_000  # neither the fee of 30.00 nor the charge of 500.00
    pay(demanded, "1000", at=noon(FIRST))
    assert "overdue" in missing(demanded, FIRST + 40 * DAY)


def test_who_owes_for_water_keeps_the_power(demanded):
    approve(demanded)
    pay(demanded, "1000", at=noon(FIRST))
    bill(demanded, 20_000, due=DUE, subject="water")
    assert "overdue" in missing(demanded, FIRST + DAY)


def test_6_only_the_utilities_centre_operates_the_supply(demanded):
    approve(demanded)
    with pytest.raises(NotTheOperator, match="Article 6"):
        stop(demanded, by=demanded.energy)
    with pytest.raises(NotTheOperator):
        stop_for_safety(
            viewer=demanded.energy,
            point=demanded.point,
            on=FIRST,
            cite="第六条",
            reason="检修",
            at=noon(FIRST),
        )


def test_it_is_stopped_once(demanded):
    approve(demanded)
    stop(demanded)
    approve(demanded)
    with pytest.raises(StoppedAlready):
        stop(demanded)


def test_by_the_words_alone_the_steps_are_made_all_the_same(late, choose):
    choose("cut-off-gate", "at_once")
    approve(late)
    assert missing(late, DUE + DAY) == ["demand", "notice"]
    for step, _ in STEPS:
        dun(viewer=late.chief, account=late.account, step=step, note="送达", at=noon(DUE + DAY))
    stop(late, day=DUE + DAY)


# ---------------------------------------------------------------- what the database refuses
def row(late, **more):
    said = {
        "organisation": late.organisation,
        "usage_point": late.point,
        "ground": "arrears",
        "on": FIRST,
        "cite": "六十四",
        "reason": "欠费",
        "account": late.account,
        "notice": DunningStep.objects.filter(account=late.account, step="notice").first(),
        "is_home": True,
        "at": noon(FIRST),
        "by": late.technician,
    }
    return SupplyStop(**said | more)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({}, "home_is_stopped_with_a_leaders_approval"),
        ({"is_home": False}, "flat_is_stopped_as_a_home"),
        ({"notice": None}, "stop_for_arrears_follows_its_notice"),
        ({"on": STEPS[2][1] - DAY}, "stop_for_arrears_follows_its_notice"),
        ({"ground": "asked", "account": None, "notice": None}, "stop_by_a_case_names_it"),
    ],
)
def test_no_door_writes_a_stop_past_the_rules(demanded, more, rule):
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        row(demanded, **more).save(force_insert=True)


def test_nobody_switches_off_what_they_approved_themselves(demanded):
    with pytest.raises(IntegrityError, match="approved by another"), transaction.atomic():
        row(demanded, approval=approve(demanded), by=demanded.chief).save(force_insert=True)


# ---------------------------------------------------------------- restored
@pytest.fixture
def cut(demanded):
    """The flat's power is stopped since 2 April."""
    approve(demanded)
    demanded.stop = stop(demanded)
    return demanded


def case_of(late) -> Case:
    return Case.objects.get(process="restoration", ended_on=None)


def close(late, stage, who, *, at, **more):
    case = case_of(late)
    return close_stage(viewer=who, case=case, stage=stage, seen=case.seq, at=at, **more)


def formalities(late, *, at, centre=None):
    close(late, "energy", late.energy, at=at)
    close(late, "centre", centre or late.cashier, at=at, facts={"has_costs": "false"})


def restored(late, *, at, delay="—"):
    return close(late, "restore", late.technician, at=at, given={"delay": delay})


def test_64_paying_opens_the_case_by_itself_and_restores_nothing(cut):
    paid = noon(FIRST + DAY)
    pay(cut, "400", at=paid)
    assert not Case.objects.filter(process="restoration").exists()  # 600.00 are still owed
    pay(cut, "600", at=paid)
    case = case_of(cut)
    assert (case.customer, case.place) == (cut.account.customer, cut.account.place)
    assert standing(cut, FIRST + DAY) == "stopped"
    formalities(cut, at=paid + dt.timedelta(hours=2))
    assert standing(cut, FIRST + DAY) == "stopped"
    restored(cut, at=paid + dt.timedelta(hours=5))
    end = StopEnd.objects.get(stop=cut.stop)
    assert (end.outcome, end.energy, end.centre, end.by) == (
        "restored",
        cut.energy,
        cut.cashier,
        cut.technician,
    )
    assert standing(cut, FIRST + DAY) != "stopped"
    assert standing(cut, FIRST) == "stopped"  # the day it was is not rewritten


def test_64_late_fees_are_paid_too_before_supply_comes_back(cut):
    run_late_fees(viewer=cut.chief, organisation=cut.organisation, on=FIRST, at=noon(FIRST))
    day = noon(FIRST)
    pay(cut, "1000", at=day)
    assert not Case.objects.filter(process="restoration").exists()  # 30.00 of fees: 10 days × 3.00
    with pytest.raises(StillOwed, match="30"):
        ask_restoration(viewer=cut.cashier, stop=cut.stop, reason="已缴", at=day)
    pay(cut, "30", at=day)
    assert case_of(cut)


def test_66_one_person_does_not_stand_for_both_offices(cut, viewer):
    paid = noon(FIRST + DAY)
    pay(cut, "1000", at=paid)
    close(cut, "energy", cut.officer, at=paid)  # an officer of the whole campus
    close(cut, "centre", cut.officer, at=paid, facts={"has_costs": "false"})
    with pytest.raises(NotOfBothOffices):
        restored(cut, at=paid)
    with pytest.raises(IntegrityError, match="both offices"), transaction.atomic():
        StopEnd.objects.create(
            stop=cut.stop,
            organisation=cut.organisation,
            outcome="restored",
            on=FIRST + DAY,
            reason="已缴费",
            energy=cut.officer,
            centre=cut.officer,
            at=paid,
        )


def test_after_24_hours_the_reason_is_told(cut):
    paid = noon(FIRST + DAY)
    pay(cut, "1000", at=paid)
    formalities(cut, at=paid + dt.timedelta(hours=1))
    later = paid + dt.timedelta(hours=25)
    with pytest.raises(DelayNotExplained, match="24"):
        restored(cut, at=later)
    restored(cut, at=later, delay="断路器损坏，更换中")
    assert StopEnd.objects.get(stop=cut.stop).delay == "断路器损坏，更换中"


def test_new_arrears_of_the_same_supply_keep_it_stopped(cut):
    paid = noon(FIRST + DAY)
    pay(cut, "1000", at=paid)
    formalities(cut, at=paid)
    bill(cut, 5_000, due=FIRST - DAY)
    with pytest.raises(StillOwed, match="50"):
        restored(cut, at=paid)


def test_ending_one_stop_restores_nothing_while_another_holds(cut):
    stop_for_safety(
        viewer=cut.technician, point=cut.point, on=FIRST, cite="第六条", reason="线路烧损", at=noon(FIRST)
    )
    paid = noon(FIRST + DAY)
    pay(cut, "1000", at=paid)
    formalities(cut, at=paid)
    restored(cut, at=paid)
    now = supply_of([cut.point], FIRST + DAY)[cut.point.pk]
    assert (now.standing, [one.ground for one in now.stops]) == ("stopped", ["safety"])


def test_a_case_is_opened_once(cut):
    pay(cut, "1000", at=noon(FIRST + DAY))
    pay(cut, "50", at=noon(FIRST + DAY))
    assert Case.objects.filter(process="restoration").count() == 1
    with pytest.raises(RestorationUnderWay):
        ask_restoration(viewer=cut.cashier, stop=cut.stop, reason="已缴", at=noon(FIRST + DAY))


def test_what_was_written_stays_written(cut):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        SupplyStop.objects.filter(pk=cut.stop.pk).update(reason="别的")
    assert StopApproval.objects.count() == 1
