"""师政后勤〔2016〕4号 29, 34 to 37, 39: a permit opens what it names and nothing else, and nobody gets one past the document."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cases.conftest import at
from tests.supply.school import govern, moment, place, tell
from tests.supply.test_hours import hours, permit
from tongdian.allowed import NotAllowed
from tongdian.cases import actions
from tongdian.cases import queries as cases
from tongdian.cases.actions import open_case, record_fact
from tongdian.cases.offers import offers
from tongdian.cases.rules import evidence_file
from tongdian.policy.process.refusals import ProductOfAnother
from tongdian.policy.timetables import DayNotTold
from tongdian.supply.actions.days import (
    change_school_days,
    govern_place_otherwise,
    move_school_day,
    take_school_days_back,
)
from tongdian.supply.actions.permits import withdraw_permit
from tongdian.supply.models import Permit, PermitEnd, PlaceTimetable, SchoolFact
from tongdian.supply.refusing import AnotherTimetable, DayToldAlready, NoTimetable
from tongdian.supply.refusing.permits import (
    NotInThePlace,
    NotPermittedThere,
    PermitEndsFirst,
    PermitNeedsCase,
    PermitOpensNothing,
    PermitOver,
    PermitTooLong,
    PermitUnknown,
)
from tongdian.supply.saying import moment_shown

pytestmark = pytest.mark.django_db
SCAN = evidence_file("0" * 64, "申请.png")


# --------------------------------------------------------------- by a case
def applied(school, where=None, **facts):
    """A faculty applies on Monday 2 March 2026 for the lecture hall on Friday evening."""
    usual = {
        "nature": "own_event", "first_on": "2026-03-06", "last_on": "2026-03-06",
        "opens": "19:00", "closes": "22:00",
    }  # fmt: skip
    case = open_case(
        viewer=school.counter,
        organisation=school.campus,
        pack="gxnu-2016-4",
        process="venue-use-permit",
        customer=school.wang,
        place=where or school.hall,
        facts=usual | facts,
        at=at("2026-03-02"),
    )
    closed(school.counter, case, "apply", "2026-03-02", evidence=[SCAN])
    return case


def closed(viewer, case, stage, day, **given):
    case.refresh_from_db()
    actions.close_stage(viewer=viewer, case=case, stage=stage, seen=case.seq, at=at(day), **given)
    case.refresh_from_db()


def approved(school, case, *, as_="special", said="true"):
    closed(school.officer, case, "approve", "2026-03-04", facts={"approved": said, "opened_as": as_})


def test_an_approved_evening_opens_the_hall_and_closes_it_again_by_its_article(school):
    approved(school, applied(school))
    (hall,) = hours(school.hall, "2026-03-06")
    evening = hall.at(dt.datetime(2026, 3, 6, 20))
    assert (f"{evening.first:%H:%M}", f"{evening.until:%H:%M}", evening.state) == (
        "19:00",
        "22:00",
        "supplied",
    )
    given_ = hall.permit_of(evening)
    assert (given_.case.process, given_.by) == ("venue-use-permit", school.officer)
    closing = hall.after(evening)
    assert (closing.state, hall.cite(closing)) == ("stopped", ("35(3)",))
    assert hall.why(dt.datetime(2026, 3, 6, 20)).value == "supplied"
    assert "特殊情况" in hall.why(dt.datetime(2026, 3, 6, 20)).say("zh")


def test_a_closed_evening_goes_on_past_midnight_and_names_the_permit_that_ended(school):
    """35(3): the hall closes on Friday at 18:00; the permit of the evening opens it from 19:00 to 22:00; then it stays
    closed until Monday 8:00, and neither midnight nor Saturday's line closes it anew."""
    approved(school, applied(school))
    given_ = Permit.objects.get()
    [hall] = hours(school.hall, "2026-03-06", "2026-03-10")
    late = hall.at(dt.datetime(2026, 3, 6, 23))
    first, last = hall.run(late)
    assert (first.first, last.until) == (dt.datetime(2026, 3, 6, 22), dt.datetime(2026, 3, 9, 8))
    assert hall.permit_before(hall.at(dt.datetime(2026, 3, 7, 10))) == given_
    assert hall.permit_before(hall.at(dt.datetime(2026, 3, 6, 18, 30))) is None  # by the timetable alone
    shown = moment_shown(hall, dt.datetime(2026, 3, 6, 23))
    assert (shown.ended, shown.until) == (given_, dt.datetime(2026, 3, 9, 8))


def test_what_is_not_approved_opens_nothing(school):
    approved(school, applied(school), said="false")
    assert not Permit.objects.exists()


def test_each_day_of_a_week_is_opened_for_its_hours_and_no_night_between(school):
    approved(school, applied(school, first_on="2026-03-06", last_on="2026-03-08"))
    (hall,) = hours(school.hall, "2026-03-06", "2026-03-08")
    assert Permit.objects.count() == 3
    assert hall.at(dt.datetime(2026, 3, 7, 3)).state == "stopped"
    assert hall.at(dt.datetime(2026, 3, 7, 20)).state == "supplied"


def test_an_evening_past_midnight_ends_on_the_next_day(school):
    approved(school, applied(school, opens="22:00", closes="01:00"))
    (hall,) = hours(school.hall, "2026-03-07")
    assert hall.at(dt.datetime(2026, 3, 7, 0, 59)).state == "supplied"
    assert hall.at(dt.datetime(2026, 3, 7, 1)).state == "stopped"


def test_the_stadium_cannot_be_opened_as_a_meeting_room(school):
    case = applied(school, school.stadium)
    with pytest.raises(NotPermittedThere):  # 35(3) names meeting venues
        approved(school, case, as_="special")
    assert not Permit.objects.exists()
    case.refresh_from_db()
    assert case.seq == 2  # nothing of the step was kept


def test_35_5_the_auditorium_is_approved_by_the_office_and_switched_on_by_the_centre(school):
    """What the energy office agrees to opens nothing yet: "水电中心根据使用情况开通电源"."""
    auditorium = place(school, "YS-DLT", "王城大礼堂")
    govern(school, auditorium, "venue-supply venue=wangcheng_auditorium")
    case = applied(school, auditorium)
    approved(school, case, as_="hall_use")
    assert not Permit.objects.exists()
    closed(school.clerk, case, "hall", "2026-03-05")
    (hours_,) = hours(auditorium, "2026-03-06")
    evening = hours_.at(dt.datetime(2026, 3, 6, 20))
    assert (evening.state, hours_.at(dt.datetime(2026, 3, 6, 18)).state) == ("supplied", "fire_only")
    assert hours_.permit_of(evening).by == school.clerk


def test_37_an_approved_event_of_a_club_from_outside_opens_the_courts(school):
    case = applied(school, school.courts, nature="outside_event")
    approved(school, case, as_="event")
    (hours_,) = hours(school.courts, "2026-03-06")
    assert hours_.at(dt.datetime(2026, 3, 6, 20)).state == "supplied"


def test_25_revenue_use_of_a_hall_that_35_4_does_not_name_opens_it_at_the_price_of_revenue(school):
    case = applied(school, nature="revenue")
    closed(
        school.officer, case, "permission", "2026-03-03", evidence=[SCAN],
        facts={"permitted_by": "校长办公室", "permission": "师政办〔2026〕31号"},
    )  # fmt: skip
    closed(school.officer, case, "open", "2026-03-04", facts={"approved": "true"})
    permit = Permit.objects.get()
    assert (permit.permit, permit.price_category, permit.paper) == (
        "revenue",
        "revenue",
        "师政办〔2026〕31号",
    )
    (hours_,) = hours(school.hall, "2026-03-06")
    assert hours_.at(dt.datetime(2026, 3, 6, 20)).state == "supplied"


def test_35_4_what_is_opened_and_earns_nothing_has_no_charge_to_come(school):
    case = applied(school, school.stadium, nature="open_free")
    closed(
        school.officer, case, "permission", "2026-03-03", evidence=[SCAN],
        facts={"permitted_by": "校长办公室", "permission": "师政办〔2026〕32号"},
    )  # fmt: skip
    closed(school.officer, case, "open_free", "2026-03-04", facts={"approved": "true"})
    assert (Permit.objects.get().permit, Permit.objects.get().price_category) == ("opening", "")
    assert {one.stage for one in case.open_stages.all()} == {"off"}


def test_a_step_that_goes_back_takes_its_permit_along(school):
    case = applied(school)
    approved(school, case)
    actions.withdraw(viewer=school.counter, case=case, seen=case.seq, reason="活动取消", at=at("2026-03-05"))
    (hall,) = hours(school.hall, "2026-03-06")
    assert hall.at(dt.datetime(2026, 3, 6, 20)).state == "stopped"
    assert PermitEnd.objects.get().reason == "环节退回或业务撤回"


def test_a_venue_that_no_timetable_governs_is_not_applied_for(school):
    with pytest.raises(NoTimetable):
        applied(school, school.shop)


def test_revenue_use_keeps_the_universitys_permission_apart_and_its_price(school):
    case = applied(school, school.stadium, nature="revenue", first_on="2026-03-07", last_on="2026-03-07")
    closed(
        school.officer, case, "permission", "2026-03-03", evidence=[SCAN],
        facts={"permitted_by": "校长办公室", "permission": "师政办〔2026〕31号"},
    )  # fmt: skip
    closed(school.officer, case, "open", "2026-03-04", facts={"approved": "true"})
    row = Permit.objects.get()
    assert (row.permit, row.permitted_by, row.paper) == ("revenue", "校长办公室", "师政办〔2026〕31号")
    assert (row.price_category, row.cite) == ("revenue", ["25", "35(4)"])


def test_the_basketball_courts_are_not_named_by_35_4(school):
    case = applied(school, school.courts, nature="open_free", first_on="2026-03-07", last_on="2026-03-07")
    closed(
        school.officer, case, "permission", "2026-03-03", evidence=[SCAN],
        facts={"permitted_by": "校长办公室", "permission": "师政办〔2026〕31号"},
    )  # fmt: skip
    with pytest.raises(NotPermittedThere):
        closed(school.officer, case, "open_free", "2026-03-04", facts={"approved": "true"})


# --------------------------------------------------------------- by hand
def test_what_a_process_decides_is_granted_by_no_other_door(school):
    with pytest.raises(PermitNeedsCase):
        permit(school, school.hall, "special", "2026-03-06 19:00", "2026-03-06 22:00")


def test_a_permit_that_its_timetables_do_not_know_is_refused(school):
    with pytest.raises(PermitUnknown):
        permit(school, school.room, "needed", "2026-07-20 00:00", "2026-07-21 00:00")


def test_a_permit_ends_after_it_begins_and_lasts_no_year(school):
    with pytest.raises(PermitEndsFirst):
        permit(school, school.room, "fixed_room", "2026-06-22 22:30", "2026-06-22 22:30")
    with pytest.raises(PermitTooLong):
        permit(school, school.room, "fixed_room", "2026-03-02 22:30", "2026-08-22 22:30")


def test_a_permit_that_changes_nothing_is_refused_with_the_reason(school):
    with pytest.raises(PermitOpensNothing) as refused:  # a Wednesday morning in term: open anyway
        permit(school, school.room, "fixed_room", "2026-06-24 09:00", "2026-06-24 10:00")
    assert "本来就" in refused.value.words.zh


def test_a_permit_for_days_nobody_told_is_refused(school):
    with pytest.raises(DayNotTold):
        permit(school, school.room, "fixed_room", "2026-09-01 22:30", "2026-09-01 23:30")


def test_a_withdrawn_permit_opens_nothing_from_that_moment_on(school):
    given_ = permit(school, school.room, "fixed_room", "2026-06-22 22:30", "2026-06-23 02:00")
    withdraw_permit(viewer=school.officer, permit=given_, reason="考场改期", at=moment("2026-06-22 23:00"))
    supply = next(one for one in hours(school.room, "2026-06-22") if one.rule.rule == "premises-supply")
    assert supply.at(dt.datetime(2026, 6, 22, 22, 59)).state == "supplied"
    assert supply.at(dt.datetime(2026, 6, 22, 23)).state == "stopped"
    with pytest.raises(PermitOver):
        withdraw_permit(
            viewer=school.officer, permit=Permit.objects.get(), reason="再撤", at=moment("2026-06-22 23:30")
        )


def test_a_clerk_grants_no_permit(school):
    from tongdian.supply.actions.permits import grant_permit

    with pytest.raises(NotAllowed):
        grant_permit(
            viewer=school.clerk, place=school.room, permit="fixed_room", first_at=moment("2026-06-22 22:30"),
            until_at=moment("2026-06-22 23:30"), purpose="复习", permitted_by="", paper="", at=at("2026-03-02"),
        )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, 7 * 96 - 1), length=st.integers(1, 96))
def test_a_permit_opens_only_its_place_and_its_time(school, first, length):
    """The days of a week tile, with or without; and outside its time, or elsewhere, nothing is otherwise."""
    from tongdian.supply.queries.hours import hours_of

    start = dt.datetime(2026, 6, 22) + dt.timedelta(minutes=15 * first)
    until = start + dt.timedelta(minutes=15 * length)
    monday, sunday = dt.date(2026, 6, 22), dt.date(2026, 6, 29)
    asked = Permit(
        organisation=school.campus, place=school.room, pack="gxnu-2016-4", permit="fixed_room",
        first_at=moment(str(start)), until_at=moment(str(until)), purpose="复习", cite=["29"], at=at("2026-03-02"),
    )  # fmt: skip
    places = [school.room, school.hall]
    without, with_it = (
        hours_of(places, first=monday, last=sunday),
        hours_of(places, first=monday, last=sunday, only=[asked]),
    )
    assert without[school.hall.pk] == with_it[school.hall.pk]
    for before, after in zip(without[school.room.pk], with_it[school.room.pk], strict=True):
        edges = [one.first for one in after.stretches] + [after.stretches[-1].until]
        assert edges[0] == dt.datetime(2026, 6, 22)
        assert edges[-1] == dt.datetime(2026, 6, 30)
        assert [one.until for one in after.stretches] == edges[1:]
        for quarter in range(8 * 96):
            when = dt.datetime(2026, 6, 22) + dt.timedelta(minutes=15 * quarter)
            if not start <= when < until:
                assert before.at(when).state == after.at(when).state


# --------------------------------------------------------------- the school's days
def test_days_that_have_come_are_not_told_otherwise(school):
    row = SchoolFact.objects.get(fact="vacation", value="none")
    asked = {"value": "summer", "last_on": dt.date(2026, 7, 12), "reason": "提前放假"}
    with pytest.raises(DayToldAlready):
        change_school_days(
            viewer=school.officer, told=row, first_on=dt.date(2026, 7, 1), at=at("2026-07-02"), **asked
        )
    change_school_days(
        viewer=school.officer, told=row, first_on=dt.date(2026, 7, 2), at=at("2026-07-02"), **asked
    )
    with pytest.raises(DayToldAlready):
        take_school_days_back(viewer=school.officer, told=row, at=at("2026-07-02"))


def test_what_was_told_by_mistake_is_taken_back_before_it_comes(school):
    tell(school, "vacation", "summer", "2026-07-06", "2026-07-12", when="2026-03-02")
    row = SchoolFact.objects.get(fact="vacation", last_on=dt.date(2026, 7, 12), value="summer")
    take_school_days_back(viewer=school.officer, told=row, at=at("2026-03-03"))
    before = SchoolFact.objects.get(fact="vacation", value="none")
    assert (before.in_force.upper, before.last_on) == (dt.date(2026, 7, 13), dt.date(2026, 7, 12))


def test_a_fact_that_no_timetable_asks_is_refused(school):
    from tongdian.registers.fields import BadValue

    with pytest.raises(BadValue):
        tell(school, "weather", "fine", "2026-09-01", "2026-12-31")
    with pytest.raises(BadValue):
        tell(school, "vacation", "autumn", "2026-09-01", "2026-12-31")
    with pytest.raises(BadValue):
        tell(school, "teaching_from", "8 Uhr", "2026-09-01", "2026-12-31")


def test_a_day_that_has_passed_is_not_moved(school):
    with pytest.raises(DayToldAlready):
        move_school_day(
            viewer=school.officer, organisation=school.campus, on=dt.date(2026, 3, 1), is_working=True, reason="调课",
            at=at("2026-03-02"),
        )  # fmt: skip


def test_another_timetable_is_another_entry(school):
    row = PlaceTimetable.objects.get(place=school.hall)
    with pytest.raises(AnotherTimetable):
        govern_place_otherwise(
            viewer=school.officer, timetable=row, kind="dormitory-supply", first_on=dt.date(2026, 4, 1),
            last_on=None, reason="改", at=at("2026-03-02"),
        )  # fmt: skip


# --------------------------------------------------------------- premises, and those who stay
def opened_case(school, process, where, day, **facts):
    return open_case(
        viewer=school.counter, organisation=school.campus, pack="gxnu-2016-4", process=process, customer=school.wang,
        place=where, facts=facts, at=at(day),
    )  # fmt: skip


def test_a_saturday_in_a_classroom_needs_both_offices(school):
    hours_ = {"first_on": "2026-03-14", "last_on": "2026-03-14", "opens": "09:00", "closes": "17:00"}
    case = opened_case(school, "premises-use-permit", school.room, "2026-03-09", **hours_)
    closed(school.counter, case, "apply", "2026-03-09", evidence=[SCAN])
    closed(school.officer, case, "approve_energy", "2026-03-10", facts={"energy_agrees": "true"})
    assert not Permit.objects.exists()
    closed(school.clerk, case, "approve_centre", "2026-03-10", facts={"centre_agrees": "true"})
    closed(school.clerk, case, "open", "2026-03-11")
    supply, use = hours(school.room, "2026-03-14")
    assert supply.at(dt.datetime(2026, 3, 14, 10)).permit == "work_need"
    assert use.at(dt.datetime(2026, 3, 14, 10)).state == "allowed"
    assert supply.at(dt.datetime(2026, 3, 14, 17)).state == "stopped"


def test_29_one_office_does_not_answer_for_the_other(school):
    hours_ = {"first_on": "2026-03-14", "last_on": "2026-03-14", "opens": "09:00", "closes": "17:00"}
    case = opened_case(school, "premises-use-permit", school.room, "2026-03-09", **hours_)
    closed(school.counter, case, "apply", "2026-03-09", evidence=[SCAN])
    both = {"energy_agrees": "true", "centre_agrees": "true"}
    with pytest.raises(ProductOfAnother, match="utilities centre to say"):
        closed(school.officer, case, "approve_energy", "2026-03-10", facts=both)
    case.refresh_from_db()
    with pytest.raises(ProductOfAnother):
        record_fact(
            viewer=school.officer,
            case=case,
            name="centre_agrees",
            value="true",
            seen=case.seq,
            at=at("2026-03-10"),
        )
    closed(school.officer, case, "approve_energy", "2026-03-10", facts={"energy_agrees": "true"})
    assert not Permit.objects.exists()


def test_what_was_approved_is_opened_although_another_opens_it_too(school):
    """Two faculties work in one room on a Saturday: each has its permit, so that none loses by the other's."""
    saturday = {"first_on": "2026-03-14", "last_on": "2026-03-14", "opens": "09:00", "closes": "17:00"}
    both = []
    for _ in range(2):
        case = opened_case(school, "premises-use-permit", school.room, "2026-03-09", **saturday)
        closed(school.counter, case, "apply", "2026-03-09", evidence=[SCAN])
        closed(school.officer, case, "approve_energy", "2026-03-10", facts={"energy_agrees": "true"})
        closed(school.clerk, case, "approve_centre", "2026-03-10", facts={"centre_agrees": "true"})
        closed(school.clerk, case, "open", "2026-03-11")
        both.append(case)
    assert [one.case for one in Permit.objects.order_by("id")] == both


def test_an_approved_morning_at_which_the_hall_is_supplied_anyway_needs_no_permit_and_the_case_goes_on(
    school,
):
    case = applied(
        school, first_on="2026-03-11", last_on="2026-03-11", opens="09:00", closes="11:00"
    )  # a Wednesday
    approved(school, case)
    assert not Permit.objects.exists()
    case.refresh_from_db()
    assert "off" in {one.stage for one in case.open_stages.all()}


def test_who_asks_later_than_three_working_days_ahead_is_told(school):
    from tongdian.supply.actions.permitting import warns_of_late_application

    hours_ = {"first_on": "2026-03-14", "last_on": "2026-03-14", "opens": "09:00", "closes": "17:00"}
    # Saturday 14 March: Friday 13, Thursday 12 and Wednesday 11 are the three working days before
    late = opened_case(school, "premises-use-permit", school.room, "2026-03-12", **hours_)
    assert "2026-03-11" in warns_of_late_application(late, dt.date(2026, 3, 12)).zh
    closed(school.counter, late, "apply", "2026-03-12", evidence=[SCAN])
    late.refresh_from_db()
    for office, stage in ((school.officer, "approve_energy"), (school.clerk, "approve_centre")):
        desk = cases.desk(late)
        hands = cases.Hands(office, late, desk.wording, dt.date(2026, 3, 12))
        offer = next(one for one in offers(hands, desk, cases.state_of(late, desk)) if one.about == stage)
        assert "2026-03-11" in offer.warning.zh  # both decide, and both see it
    in_time = opened_case(school, "premises-use-permit", school.room, "2026-03-11", **hours_)
    assert warns_of_late_application(in_time, dt.date(2026, 3, 12)) is None


def test_only_the_rooms_on_the_list_are_opened_over_the_summer(school):
    from tongdian.network.models import Place

    rooms = [place(school, f"YS-S1-{number}", f"1 栋 {number}") for number in (101, 102, 103)]
    for one in rooms:
        Place.objects.filter(pk=one.pk).update(
            ancestors=[school.dormitory.pk, one.pk], parent=school.dormitory
        )
        govern(school, one, "dormitory-supply")
    stay = {
        "first_on": "2026-07-13",
        "last_on": "2026-08-30",
        "rooms": "YS-S1-101，YS-S1-102",
        "stayers": "8",
    }
    case = opened_case(school, "holiday-stay", school.dormitory, "2026-07-06", **stay)
    closed(school.counter, case, "apply", "2026-07-06", evidence=[SCAN])
    closed(school.officer, case, "approve", "2026-07-08", facts={"approved": "true"}, evidence=[SCAN])
    states = [hours(one, "2026-07-20")[0].at(dt.datetime(2026, 7, 20, 20)).state for one in rooms]
    assert states == ["supplied", "supplied", "stopped"]
    assert [row.cite for row in Permit.objects.all()] == [["39"], ["39"]]


def test_a_list_with_a_room_of_another_hall_opens_none(school):
    stay = {"first_on": "2026-07-13", "last_on": "2026-08-30", "rooms": "YS-J101", "stayers": "4"}
    case = opened_case(school, "holiday-stay", school.dormitory, "2026-07-06", **stay)
    closed(school.counter, case, "apply", "2026-07-06", evidence=[SCAN])
    with pytest.raises(NotInThePlace):
        closed(school.officer, case, "approve", "2026-07-08", facts={"approved": "true"}, evidence=[SCAN])
    assert not Permit.objects.exists()
