"""61, 62: what was deducted for waste in a month, by unit, drawn and as a table; a unit's record says when nothing was billed."""

from __future__ import annotations

import json
import re

import pytest

from tests.cases.conftest import at, english, organisation
from tests.conduct.conftest import recorded
from tongdian.conduct.models import Deduction, DeductionTakenBack

__all__ = ["english"]

pytestmark = pytest.mark.django_db


def deducted(campus, unit, fen, day="2026-03-05", act=None):
    """A deduction as the stage of a case hands it to finance."""
    act = act or recorded(campus, "2026-03-02")
    return Deduction.objects.create(
        organisation=campus.campus, act=act, unit=unit, amount_fen=fen, rule="unmetered-use", given={}, said="示例",
        at=at(day), by=campus.officer,
    )  # fmt: skip


def drawn(page):
    """The chart of waste, from the page: {unit: yuan}."""
    found = re.search(r'<script id="chart-wasted"[^>]*>(.*?)</script>', page)
    if found is None:
        return {}
    said = json.loads(found[1])
    return dict(zip(said["labels"], said["series"][0][1], strict=True))


def test_the_waste_of_a_month_is_added_up_by_unit_without_what_was_taken_back(campus, english):
    """化学 10.50 + 2.25 = 12.75 in March; 物理 99.00, taken back; 5.00 of 化学 in April is another month's."""
    physics = organisation("unit", "物理学院", "WULI", parent=campus.campus)
    act = recorded(campus, "2026-03-02")
    for fen in (1050, 225):
        deducted(campus, campus.faculty, fen, act=act)
    gone = deducted(campus, physics, 9900, act=act)
    DeductionTakenBack.objects.create(
        organisation=campus.campus, deduction=gone, reason="申诉成立", at=at("2026-03-06"), by=campus.officer
    )
    deducted(campus, campus.faculty, 500, "2026-04-02", act=act)
    english.force_login(campus.officer)
    for address in ("/conduct/", "/conduct/deductions/"):
        page = english.get(f"{address}?month=2026-03").content.decode()
        assert drawn(page) == {"化学与药学学院": "12.75"}
        assert "As a table" in page
    assert "Deducted in 2026-03: ¥12.75" in page
    empty = english.get("/conduct/deductions/?month=2026-02").content.decode()
    assert "Nothing was deducted in 2026-02." in empty
    assert drawn(empty) == {}


def test_a_units_record_says_that_nothing_was_billed_to_its_own_people_too(campus, viewer, english):
    secretary = viewer("clerk", "faculty-clerk", at=campus.faculty)
    for who in (campus.officer, secretary):
        english.force_login(who)
        assert (
            "Nothing was billed to this unit this year."
            in english.get("/conduct/units/HUAX/").content.decode()
        )
