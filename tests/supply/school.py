"""The university's campus with its offices, a lecture hall, a stadium and a student hall, and its school year 2025/26."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.cases.conftest import adopt, at, make_campus, organisation

YEAR = "校历 2025—2026"


def place(campus, code, name, kind="building"):
    """A place of the campus."""
    from tongdian.bigrams import bigrams
    from tongdian.identifiers import uuid7
    from tongdian.network.models import Place

    key = uuid7()
    return Place.objects.create(
        id=key, organisation=campus.campus, region=campus.campus.region, kind=kind, code=code, name=name,
        ancestors=[key], pairs=bigrams(name),
    )  # fmt: skip


def tell(campus, fact, value, first_on, last_on, *, when="2026-01-01"):
    """Tell of the school's days."""
    from tongdian.supply.actions.days import tell_school_days

    return tell_school_days(
        viewer=campus.officer,
        organisation=campus.campus,
        fact=fact,
        value=value,
        first_on=dt.date.fromisoformat(first_on),
        last_on=dt.date.fromisoformat(last_on),
        reason=YEAR,
        at=at(when),
    )


def govern(campus, where, kind, *, first_on="2026-01-01", last_on=None):
    """Say by which timetable a place goes."""
    from tongdian.supply.actions.days import govern_place

    return govern_place(
        viewer=campus.officer,
        place=where,
        kind=kind,
        first_on=dt.date.fromisoformat(first_on),
        last_on=dt.date.fromisoformat(last_on) if last_on else None,
        reason="节能办归入",
        at=at("2026-01-01"),
    )


def moment(text):
    """An instant by the clock in Shanghai: 2026-03-06 19:00."""
    from tongdian.calendar import SHANGHAI

    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def school(db, viewer):
    """Spring term from 23 February to 12 July 2026, then the summer vacation to 30 August."""
    campus = make_campus(viewer)
    campus.hall = place(campus, "YS-TL", "田楼报告厅")
    campus.stadium = place(campus, "YS-TYC", "雁山标准体育场")
    campus.courts = place(campus, "YS-LQ", "雁山篮球场")
    campus.dormitory = place(campus, "YS-S1", "学生公寓 1 栋")
    campus.room = place(campus, "YS-J101", "教学楼 101")
    tell(campus, "vacation", "winter", "2026-01-17", "2026-02-22")
    tell(campus, "vacation", "none", "2026-02-23", "2026-07-12")
    tell(campus, "vacation", "summer", "2026-07-13", "2026-08-30")
    for fact, value in {
        "teaching_from": "08:00", "teaching_until": "18:00", "study_ends": "22:30", "office_from": "08:00",
        "office_until": "18:00",
    }.items():  # fmt: skip
        tell(campus, fact, value, "2026-01-17", "2026-08-30")
    govern(campus, campus.hall, "venue-supply venue=tianlou_hall")
    govern(campus, campus.stadium, "venue-supply venue=yanshan_stadium")
    govern(campus, campus.courts, "venue-supply venue=yanshan_basketball")
    govern(campus, campus.dormitory, "dormitory-supply")
    govern(campus, campus.room, "premises-supply premises=classroom")
    govern(campus, campus.room, "premises-use premises=classroom")
    return campus


__all__ = ["adopt", "organisation"]
