"""When the places of the demonstration are supplied: the university's year, timetables of halls and rooms, permits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.calendar import SHANGHAI, legal_day
from tongdian.cases.actions import close_stage, open_case
from tongdian.cases.models import Case, TimeSource
from tongdian.cases.rules import evidence_file
from tongdian.demo.meters import read_by_the_hour
from tongdian.demo.names import Names
from tongdian.demo.organisations import CAMPUS_PACK
from tongdian.demo.papers import DemoPapers
from tongdian.demo.people import Staff
from tongdian.network.actions import add_place
from tongdian.network.models import Place
from tongdian.network.rules import PlaceKind
from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Consent, Customer, Organisation
from tongdian.parties.privacy import notice_on
from tongdian.supply.actions.days import govern_place, move_school_day, tell_school_days
from tongdian.supply.actions.permits import grant_permit

A_DAY = dt.timedelta(days=1)
SATURDAY = 6
YEAR_PAPER, HOURS_PAPER = "校历（示例）", "作息时间通知（示例）"
NAMED_BY_OFFICE = "第三十五条列名，节能办归入（示例）"
VENUE, CLASSROOM = "venue-supply venue={}", "premises-{} premises=classroom"
# campus, code, name, kind of place, timetables
HALLS = (
    ("YS", "TL", "雁山校区田楼报告厅", (VENUE.format("tianlou_hall"), "venue-use")),
    ("YS", "XSB", "雁山校区大学生学术报告厅", (VENUE.format("student_hall"), "venue-use")),
    ("YS", "TYC", "雁山校区标准体育场", (VENUE.format("yanshan_stadium"), "venue-use")),
    ("YS", "LQC", "雁山校区篮球场", (VENUE.format("yanshan_basketball"), "venue-use")),
    ("YS", "FYC", "雁山校区风雨操场", (VENUE.format("yanshan_sports_hall"), "venue-use")),
    ("YS", "GY1", "雁山校区学生公寓 1 栋", ("dormitory-supply",)),
    ("YS", "GY2", "雁山校区学生公寓 2 栋", ("dormitory-supply",)),
    ("YS", "LD1", "雁山校区中心大道路灯", ("street-lights dense=true",)),
    ("YS", "TYD", "雁山校区庭院灯", ("courtyard-lights",)),
    ("YC", "YYG", "育才校区游泳馆", (VENUE.format("yucai_pool"), "venue-use")),
    ("YC", "PPG", "育才校区乒乓球馆", (VENUE.format("yucai_table_tennis"), "venue-use")),
    ("WC", "DLT", "王城校区大礼堂", (VENUE.format("wangcheng_auditorium"), "venue-use")),
    ("WC", "QLG", "王城校区球类馆", (VENUE.format("wangcheng_ball_hall"), "venue-use")),
)
ROOMS = ("101", "102", "201", "202")  # of the teaching building
FACULTY = "计算机科学与工程学院"


def open_halls(
    organisations: Mapping[str, Organisation],
    staff: Staff,
    papers: DemoPapers,
    names: Names,
    viewer: Any,
    at: dt.datetime,
) -> None:
    """Enter the university's years around an instant, say by what its halls and rooms go, and permit some evenings."""
    university, campus = organisations["GXNU"], organisations["YS"]
    for year in (legal_day(at).year - 1, legal_day(at).year):
        _tell_year(viewer, university, year, at)
    _move_a_day(viewer, university, at)
    places = {}
    for house, code, name, kinds in HALLS:
        places[code] = _place(viewer, organisations[house], code, name, PlaceKind.BUILDING, None, at)
        _govern(viewer, places[code], kinds, at)
    building = _place(viewer, campus, "JXL", "雁山校区文科教学楼", PlaceKind.BUILDING, None, at)
    for room in ROOMS:
        one = _place(viewer, campus, f"JXL{room}", f"文科教学楼 {room} 教室", PlaceKind.ROOM, building, at)
        _govern(viewer, one, (CLASSROOM.format("supply"), CLASSROOM.format("use")), at)
        places[room] = one
    read_by_the_hour(places[ROOMS[-1]], viewer, at)
    _permit(places, organisations, staff, names, evidence_file(*papers.file_for("notice", "活动申请表")), at)


def _tell_year(viewer: Any, university: Organisation, year: int, at: dt.datetime) -> None:
    """A year of the university, from September to the end of August."""

    def tell(fact: str, value: str, first_on: dt.date, last_on: dt.date, paper: str) -> None:
        tell_school_days(
            viewer=viewer, organisation=university, fact=fact, value=value, first_on=first_on, last_on=last_on,
            reason=f"{year}—{year + 1}学年{paper}", at=at, is_demo=True,
        )  # fmt: skip

    begins, ends, next_year = dt.date(year, 9, 1), dt.date(year + 1, 8, 31), year + 1
    tell("vacation", "none", begins, dt.date(next_year, 1, 16), YEAR_PAPER)
    tell("vacation", "winter", dt.date(next_year, 1, 17), dt.date(next_year, 2, 22), YEAR_PAPER)
    tell("vacation", "none", dt.date(next_year, 2, 23), dt.date(next_year, 7, 12), YEAR_PAPER)
    tell("vacation", "summer", dt.date(next_year, 7, 13), ends, YEAR_PAPER)
    for fact, value in (("teaching_from", "08:00"), ("study_ends", "22:30"), ("office_from", "08:00")):
        tell(fact, value, begins, ends, HOURS_PAPER)
    for fact in ("teaching_until", "office_until"):
        tell(fact, "18:00", begins, dt.date(year, 9, 30), HOURS_PAPER)
        tell(fact, "17:30", dt.date(year, 10, 1), dt.date(next_year, 4, 30), HOURS_PAPER)
        tell(fact, "18:00", dt.date(next_year, 5, 1), ends, HOURS_PAPER)


def _move_a_day(viewer: Any, university: Organisation, at: dt.datetime) -> None:
    """The second Saturday from now is worked: Friday's lessons are held on it."""
    day = legal_day(at) + A_DAY
    while day.isoweekday() != SATURDAY:
        day += A_DAY
    move_school_day(
        viewer=viewer, organisation=university, on=day + 7 * A_DAY, is_working=True, as_weekday="5", at=at,
        reason="运动会停课后补周五的课（示例）", is_demo=True,
    )  # fmt: skip


def _place(
    viewer: Any, house: Organisation, code: str, name: str, kind: str, parent: Place | None, at: dt.datetime
) -> Place:
    above = parent or Place.objects.get(organisation=house, code=house.short)
    return add_place(
        viewer=viewer, organisation=house, kind=kind, code=f"{house.short}-{code}", name=name, parent=above, at=at,
        is_demo=True,
    )  # fmt: skip


def _govern(viewer: Any, place: Place, kinds: tuple[str, ...], at: dt.datetime) -> None:
    for kind in kinds:
        govern_place(
            viewer=viewer, place=place, kind=kind, first_on=dt.date(legal_day(at).year - 1, 9, 1), last_on=None,
            reason=NAMED_BY_OFFICE, at=at, is_demo=True,
        )  # fmt: skip


def _permit(
    places: Mapping[str, Place],
    organisations: Mapping[str, Organisation],
    staff: Staff,
    names: Names,
    paper: str,
    at: dt.datetime,
) -> None:
    """Applications for halls, one of them still to be approved, and rooms kept open for those who revise."""
    today, campus = legal_day(at), organisations["YS"]
    faculty = _customer(campus, staff, names, at)
    first = _applied(campus, places["TL"], faculty, staff, today, "19:00", "22:00", at, paper)
    _approved(first, staff, campus, at, "special")
    _applied(campus, places["XSB"], faculty, staff, today + 2 * A_DAY, "18:30", "21:30", at, paper)
    hall = organisations["WC"]
    rehearsal = _applied(
        hall,
        places["DLT"],
        _customer(hall, staff, names, at),
        staff,
        today,
        "08:00",
        "22:00",
        at,
        paper,
        last=3,
    )
    _approved(rehearsal, staff, hall, at, "hall_use")
    rehearsal.refresh_from_db()
    close_stage(viewer=staff.named["wc-centre"], case=rehearsal, stage="hall", seen=rehearsal.seq, at=at)
    for room in ROOMS[:2]:
        for days in range(5):
            day = today + days * A_DAY
            grant_permit(
                viewer=_officer(staff, campus), place=places[room], permit="fixed_room",
                first_at=dt.datetime.combine(day, dt.time(22, 30), SHANGHAI),
                until_at=dt.datetime.combine(day + A_DAY, dt.time(0), SHANGHAI),
                purpose="考研复习固定开放教室（示例）", permitted_by="", paper="", at=at, is_demo=True,
            )  # fmt: skip


def _customer(house: Organisation, staff: Staff, names: Names, at: dt.datetime) -> Customer:
    consented = Consented(notice_on(legal_day(at)).version, identity=True, door=Consent.Door.PAPER)
    return enter_customer(
        viewer=_officer(staff, house), organisation=house, kind="firm", name=f"{FACULTY}（{house.name}）", identity=names.credit_code(),
        phone=names.phone(), contact="", address="", consented=consented, at=at, is_demo=True,
    )  # fmt: skip


def _officer(staff: Staff, house: Organisation) -> Any:
    return staff.named[ENERGY[house.short]]


ENERGY = {"YS": "energy", "WC": "wc-energy"}


def _applied(
    house: Organisation, place: Place, customer: Customer, staff: Staff, day: dt.date, opens: str, closes: str,
    at: dt.datetime, paper: str, last: int = 0,
) -> Case:  # fmt: skip
    case = open_case(
        viewer=_officer(staff, house), organisation=house, pack=CAMPUS_PACK, process="venue-use-permit",
        customer=customer, place=place, at=at, source=TimeSource.DEMO,
        facts={
            "nature": "own_event", "first_on": day.isoformat(),
            "last_on": (day + last * A_DAY).isoformat(), "opens": opens, "closes": closes,
        },
    )  # fmt: skip
    close_stage(
        viewer=_officer(staff, house), case=case, stage="apply", seen=case.seq, at=at,
        evidence=[paper],
    )  # fmt: skip
    return Case.objects.get(pk=case.pk)


def _approved(case: Case, staff: Staff, house: Organisation, at: dt.datetime, opened_as: str) -> None:
    close_stage(
        viewer=_officer(staff, house), case=case, stage="approve", seen=case.seq, at=at,
        facts={"approved": "true", "opened_as": opened_as},
    )  # fmt: skip
