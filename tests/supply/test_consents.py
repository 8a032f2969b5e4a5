"""师政后勤〔2016〕4号 6, 25, 29, 32, 44, 56, 59, 62(2), 62(4), 63(6): what may be done with permission only, and is no
violation where permission was given."""

import datetime as dt

import pytest

from tests.cases.conftest import at
from tests.conduct.conftest import picture
from tests.supply.school import moment
from tests.supply.test_hours import hours
from tests.supply.test_permits import SCAN, closed
from tongdian.cases.actions import open_case
from tongdian.conduct.actions.recording import record_act
from tongdian.conduct.rules import PermittedThen
from tongdian.parties.models import Organisation
from tongdian.supply.actions.permits import grant_permit, withdraw_permit
from tongdian.supply.models import Permit
from tongdian.supply.refusing.permits import PermitNeedsCase

pytestmark = pytest.mark.django_db
DAYS = {"first_on": "2026-03-09", "last_on": "2026-03-13"}


def applied(school, process, where, **facts):
    """Somebody applies on Monday 2 March 2026."""
    case = open_case(
        viewer=school.counter, organisation=school.campus, pack="gxnu-2016-4", process=process, customer=school.wang,
        place=where, facts=DAYS | facts, at=at("2026-03-02"),
    )  # fmt: skip
    closed(school.counter, case, "apply", "2026-03-02", evidence=[SCAN])
    return case


def permitted(school, case, viewer):
    """The university's permission is on record, and the energy office approves."""
    closed(
        viewer, case, "permission", "2026-03-03", evidence=[SCAN],
        facts={"permitted_by": "校长办公室", "permission": "师政办〔2026〕31号"},
    )  # fmt: skip
    closed(viewer, case, "approve", "2026-03-04", facts={"approved": "true"})


def _faculty(school):
    from tests.cases.conftest import organisation

    known = Organisation.objects.filter(short="HUAX").first()
    return known or organisation("unit", "化学与药学学院", "HUAX", parent=school.campus)


def found(school, where, act, day="2026-03-10", **more):
    """A technician records an act of a faculty at 9:30, or of a customer where one is named."""
    whose = {} if "customer" in more else {"unit": _faculty(school)}
    return record_act(
        viewer=school.technician, organisation=school.campus, place=where, act=act, **whose,
        on=dt.date.fromisoformat(day), hour="09:30", text="所见如照片", at=at(day, 11), photograph=picture(), **more,
    )  # fmt: skip


# ------------------------------------------------------------- no act with a permit
def test_62_4_a_renovation_that_was_approved_is_no_violation_and_one_that_was_not_is(school):
    case = applied(school, "renovation-permit", school.room, works="隔断")
    closed(school.officer, case, "approve", "2026-03-04", facts={"approved": "true"})
    with pytest.raises(PermittedThen, match="renovation of premises"):
        found(school, school.room, "renovation")
    act = found(school, school.room, "renovation", beyond="另拆了承重墙上的线路")
    assert (act.clause, act.beyond) == ("62(4)", "另拆了承重墙上的线路")
    # the permit is of 9 to 13 March: the 16th is none of its days
    assert found(school, school.room, "renovation", "2026-03-16").clause == "62(4)"


def test_a_permit_of_a_building_holds_in_its_rooms_and_not_next_door(school):
    building = school.courts
    school.room.ancestors = [building.pk, school.room.pk]
    school.room.parent = building
    school.room.save()
    case = applied(school, "renovation-permit", building, works="整栋")
    closed(school.officer, case, "approve", "2026-03-04", facts={"approved": "true"})
    with pytest.raises(PermittedThen):
        found(school, school.room, "renovation")
    assert found(school, school.hall, "renovation").clause == "62(4)"


def test_what_was_withdrawn_excuses_nothing(school):
    case = applied(school, "renovation-permit", school.room, works="隔断")
    closed(school.officer, case, "approve", "2026-03-04", facts={"approved": "true"})
    withdraw_permit(
        viewer=school.officer, permit=Permit.objects.get(), reason="图纸不符", at=at("2026-03-09", 12)
    )
    assert found(school, school.room, "renovation").beyond == ""


def test_a_permit_for_one_thing_excuses_nothing_else(school):
    case = applied(school, "renovation-permit", school.room, works="隔断")
    closed(school.officer, case, "approve", "2026-03-04", facts={"approved": "true"})
    assert found(school, school.room, "living-there").clause == "62(2)"


@pytest.mark.parametrize(
    ("process", "permit", "act", "cite"),
    [
        ("premises-lodging-permit", "lodging", "living-there", "62(2)"),
        ("flat-letting-permit", "letting_flat", "letting-a-flat", "63(6)"),
        ("flat-letting-permit", "letting_flat", "changed-use", "63(6)"),  # 64(4) 未经学校允许
    ],
)
def test_62_2_and_63_6_the_permission_says_who_of_the_university_and_by_which_paper(
    school, process, permit, act, cite
):
    permitted(school, applied(school, process, school.room, purpose="两人值班"), school.officer)
    row = Permit.objects.get()
    assert (row.permit, row.cite, row.permitted_by, row.paper) == (
        permit, [cite], "校长办公室", "师政办〔2026〕31号",
    )  # fmt: skip
    with pytest.raises(PermittedThen, match=row.case.number):
        found(school, school.room, act)


def test_6_whoever_alters_a_circuit_with_the_centres_consent_has_altered_none_without(school):
    case = applied(school, "installation-alteration", school.room, installation="照明回路", by_whom="centre")
    closed(school.technician, case, "survey", "2026-03-03")
    closed(school.technician, case, "consent", "2026-03-04", facts={"approved": "true"})
    for act in ("altered-circuits", "unapproved-connection", "altered-installations"):
        with pytest.raises(PermittedThen):
            found(school, school.room, act)


def test_a_consent_is_given_by_its_process_and_by_nobody_alone(school):
    with pytest.raises(PermitNeedsCase):
        grant_permit(
            viewer=school.officer, place=school.room, permit="renovation", first_at=moment("2026-03-09 00:00"),
            until_at=moment("2026-03-10 00:00"), purpose="隔断", permitted_by="", paper="", at=at("2026-03-04"),
        )  # fmt: skip


# ------------------------------------------------------------- what opens a place besides
def test_25_and_32_a_permitted_course_opens_a_classroom_on_a_saturday_and_is_charged_as_revenue(school):
    case = applied(
        school, "premises-revenue-permit", school.room, purpose="英语培训班", first_on="2026-03-14",
        last_on="2026-03-14", opens="09:00", closes="17:00",
    )  # fmt: skip
    permitted(school, case, school.officer)
    supply = next(one for one in hours(school.room, "2026-03-14") if one.rule.rule == "premises-supply")
    opened = supply.at(dt.datetime(2026, 3, 14, 10))
    assert (opened.state, supply.cite(opened)) == ("supplied", ("25", "32"))
    assert supply.at(dt.datetime(2026, 3, 14, 18)).state == "stopped"
    assert Permit.objects.get().price_category == "revenue"
    with pytest.raises(PermittedThen):
        found(school, school.room, "outsiders-trading-or-letting", "2026-03-14")


def test_29_and_56_a_recognised_laboratory_is_supplied_at_night_and_may_cool_it(school):
    from tests.supply.school import govern, place

    laboratory = place(school, "YS-H301", "化学楼 301")
    govern(school, laboratory, "premises-supply premises=laboratory")
    case = applied(
        school, "special-use-permit", laboratory, use="special_laboratory", purpose="恒温细胞培养",
        opens="00:00", closes="24:00",
    )  # fmt: skip
    closed(school.officer, case, "approve", "2026-03-04", facts={"approved": "true"})
    [supply] = hours(laboratory, "2026-03-10")
    assert supply.at(dt.datetime(2026, 3, 10, 23)).state == "supplied"
    with pytest.raises(PermittedThen):
        record_act(
            viewer=school.technician, organisation=school.campus, place=laboratory, customer=school.wang,
            act="air-conditioning", on=dt.date(2026, 3, 10), hour="09:30", text="22 ℃ 时开空调",
            at=at("2026-03-10", 11), photograph=picture(),
        )  # fmt: skip
    too_cold = record_act(  # 56 excepts special laboratories from 12–25 ℃ alone, not from the set point
        viewer=school.technician, organisation=school.campus, place=laboratory, customer=school.wang,
        act="summer-set-point", on=dt.date(2026, 3, 10), hour="09:40", text="设定 18 ℃",
        at=at("2026-03-10", 11), photograph=picture(),
    )  # fmt: skip
    assert too_cold.clause == "61(2)"


def test_44_fire_water_is_opened_when_both_offices_agree(school, viewer):
    from tests.cases.conftest import organisation

    guards = organisation("office", "保卫处", "BW", parent=school.campus, fills=["security-office"])
    guard = viewer("officer", "guard", at=guards)
    case = applied(school, "fire-water-use", school.hall, purpose="抢修期间取水")
    closed(guard, case, "approve_security", "2026-03-03", facts={"security_agrees": "true"})
    assert not Permit.objects.exists()
    closed(school.officer, case, "approve_energy", "2026-03-04", facts={"energy_agrees": "true"})
    closed(school.technician, case, "open", "2026-03-09")
    assert Permit.objects.get().cite == ["43", "44"]
    with pytest.raises(PermittedThen):
        found(school, school.hall, "fire-water")
