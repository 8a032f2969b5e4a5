"""Indicator 6: a home is connected within five working days from the application to power. No stage
has a limit of its own, and still whoever holds one is told the last day and listed when late."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.cases.conftest import adopt, at, organisation
from tongdian.cases import actions, queries
from tongdian.cases.models import Paper

pytestmark = pytest.mark.django_db


def test_a_home_is_late_on_the_sixth_working_day_though_no_stage_has_a_limit(db, viewer):
    office = organisation("supplier", "示例供电公司", "GL", region="450311")
    adopt(office, "nea-2021-37")
    clerk = viewer("clerk", "gl-clerk", at=office)
    case = actions.open_case(
        viewer=clerk,
        organisation=office,
        pack="nea-2021-37",
        process="residential-connection",
        customer=None,
        place=None,
        facts={"capacity": "8"},
        at=at("2026-03-02"),
    )
    # applied on Monday 2 March: 3, 4, 5, 6 are four, Monday the 9th is the fifth
    assert [(row.stage, row.due_on, row.limit) for row in case.open_stages.all()] == [
        ("accept", dt.date(2026, 3, 9), 5)
    ]
    lately = queries.work(clerk).filter(due_on__lt=dt.date(2026, 3, 10))
    assert [row.case for row in lately] == [case]
    assert not Paper.objects.exists()
