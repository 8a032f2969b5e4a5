"""Offices are reminded once of what is due and once of what is late; last days follow the days."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError

from tests.cases.conftest import adopt, at, organisation
from tongdian.cases import actions
from tongdian.cases.actions import reminding
from tongdian.cases.actions.reminding import lay_out_last_days, remind
from tongdian.cases.models import OpenStage
from tongdian.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier(db, viewer):
    """A county's supplier with a clerk, bound by the national ledger."""
    made = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt(made, "nea-2021-37")
    return made, viewer("clerk", "gd-clerk", at=made)


@pytest.fixture
def connection(supplier):
    """120 kW applied for on Monday 2 March 2026: one working day to accept, Tuesday the 3rd."""
    made, clerk = supplier
    return actions.open_case(
        viewer=clerk,
        organisation=made,
        pack="nea-2021-37",
        process="low-voltage-connection",
        customer=None,
        place=None,
        facts={"capacity": "120"},
        at=at("2026-03-02"),
    )


def due(case):
    return dict(OpenStage.objects.filter(case=case).values_list("stage", "due_on"))


def test_a_stage_has_the_last_day_that_the_ledger_gives(connection):
    assert due(connection) == {"accept": dt.date(2026, 3, 3)}


def test_the_office_is_told_once_that_it_is_due_and_once_that_it_is_late(supplier, connection):
    assert remind(at=at("2026-03-02", 8)) == 1  # due on the next working day
    assert remind(at=at("2026-03-03", 8)) == 0  # told already
    assert remind(at=at("2026-03-04", 8)) == 1  # late
    assert remind(at=at("2026-03-05", 8)) == 0
    names = list(Notice.objects.order_by("id").values_list("wording", "account__username"))
    assert names == [("due-soon", "gd-clerk"), ("overdue", "gd-clerk")]


def test_a_notice_that_the_database_refuses_is_no_reminder_given_before(connection, monkeypatch):
    def refuse(**said):
        raise IntegrityError("another constraint")

    with monkeypatch.context() as broken:
        broken.setattr(reminding, "notify", refuse)
        with pytest.raises(IntegrityError):
            remind(at=at("2026-03-02", 8))
    assert remind(at=at("2026-03-02", 9)) == 1


def test_a_suspended_case_is_nobody_s_fault_once_that_is_countersigned(supplier, viewer):
    from tests.connections.conftest import picture
    from tongdian.cases.rules import evidence_file
    from tongdian.files.actions import store
    from tongdian.rulebook import queries as rulebook
    from tongdian.rulebook.actions import choose_interpretation

    choose_interpretation(
        pack=rulebook.pack("nea-2021-37"), interpretation="handling-time-stays", option="deducted",
        reason="与派出机构商定", by=viewer("administrator", "reader"), at=at("2026-03-01"),
    )  # fmt: skip
    connection = actions.open_case(
        viewer=supplier[1], organisation=supplier[0], pack="nea-2021-37", process="low-voltage-connection",
        customer=None, place=None, facts={"capacity": "120"}, at=at("2026-03-02"),
    )  # fmt: skip
    actions.suspend(
        viewer=supplier[1],
        case=connection,
        cause="applicant-request",
        reason="用户暂缓",
        seen=1,
        at=at("2026-03-02"),
    )
    kept = store(content=picture(), at=at("2026-03-02"))
    actions.countersign(
        viewer=viewer("officer", "gd-officer", at=supplier[0]),
        case=connection,
        claim=2,
        seen=2,
        evidence=[evidence_file(kept.hash, "申请.jpg")],
        at=at("2026-03-02", 15),
    )
    assert remind(at=at("2026-03-09", 8)) == 0


def test_a_day_made_free_moves_the_last_day(supplier, connection, viewer):
    from tongdian.policy.words import Words
    from tongdian.rulebook.actions import change_calendar

    lay_out_last_days(at=at("2026-03-02"))
    assert lay_out_last_days(at=at("2026-03-02", 11)) == 0  # nothing has changed
    change_calendar(
        on=dt.date(2026, 3, 3),
        region="450300",
        kind="rest",
        name=Words("停电检修", "x"),
        source="桂政〔2026〕1号",
        by=viewer("administrator"),
        at=at("2026-03-02", 12),
    )
    assert lay_out_last_days(at=at("2026-03-02", 13)) == 1
    assert due(connection) == {"accept": dt.date(2026, 3, 4)}
