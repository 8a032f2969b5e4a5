"""Who asked for a permit reads what was decided: approved or not, which place, which hours, until when."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.cases.conftest import at, english
from tests.supply.test_permits import applied, approved, closed
from tongdian.cases.announcing import announce_waiting
from tongdian.cases.queries import state_of
from tongdian.connections.actions.fees import publish_fee
from tongdian.connections.pages.showing import ShownService
from tongdian.connections.queries import service_of
from tongdian.notices.queries import of_subject
from tongdian.parties.models import Customer
from tongdian.supply.actions.permits import withdraw_permit
from tongdian.supply.models import Permit
from tongdian.supply.queries import what_was_permitted

__all__ = ["english"]

ON = dt.date(2026, 3, 2)
pytestmark = pytest.mark.django_db


def said(case):
    return [one.zh for one in what_was_permitted(case, state_of(case))]


def test_nothing_is_said_before_it_is_decided(school):
    assert said(applied(school)) == []


def test_one_evening_is_said_with_its_place_and_hours(school):
    case = applied(school)
    approved(school, case)
    assert said(case) == ["已同意：田楼报告厅，2026-03-06 19:00 至 22:00（特殊情况）"]


def test_following_days_with_the_same_hours_are_one_line(school):
    """6, 7 and 8 March, each 19:00 to 22:00: three permits, one sentence."""
    case = applied(school, first_on="2026-03-06", last_on="2026-03-08")
    approved(school, case)
    assert Permit.objects.count() == 3
    assert said(case) == ["已同意：田楼报告厅，2026-03-06 至 2026-03-08 每日 19:00 至 22:00（特殊情况）"]


def test_an_evening_past_midnight_names_the_day_on_which_it_ends(school):
    case = applied(school, opens="22:00", closes="01:00")
    approved(school, case)
    assert said(case) == ["已同意：田楼报告厅，2026-03-06 22:00 至 2026-03-07 01:00（特殊情况）"]


def test_what_ends_early_is_said_with_why_and_apart_from_the_days_that_stand(school):
    case = applied(school, first_on="2026-03-06", last_on="2026-03-07")
    approved(school, case)
    second = Permit.objects.order_by("first_at").last()
    withdraw_permit(viewer=school.officer, permit=second, reason="会议取消", at=at("2026-03-05"))
    stands, over = said(case)
    assert stands.startswith("已同意：田楼报告厅，2026-03-06 19:00 至 22:00")
    assert "2026-03-07 19:00 至 22:00 已于 2026-03-05" in over
    assert "会议取消" in over


def test_a_refusal_is_said_at_once_and_promises_the_reasons(school):
    case = applied(school)
    approved(school, case, said="false")
    assert said(case) == ["未同意：不开通；理由另行告知。"]


def test_the_message_and_the_tracking_page_say_it_and_offer_no_visit(school, english, viewer):
    case = applied(school)
    approved(school, case)
    announce_waiting(at=at("2026-03-04"))
    told = [one.content.said["body"] for one in of_subject(f"case:{case.pk}")]
    assert any("2026-03-06 19:00 至 22:00" in one and "田楼报告厅" in one for one in told)
    account = viewer("customer", "wang")
    Customer.objects.filter(pk=school.wang.pk).update(account=account)
    english.force_login(account)
    page = english.get(f"/track/{case.number}/").content.decode()
    assert "Approved: 田楼报告厅, 2026-03-06 19:00 to 22:00" in page
    assert "Book a visit" not in page


def test_at_its_end_it_is_not_told_of_the_rights_of_who_has_a_meter(school):
    case = applied(school)
    approved(school, case)
    closed(school.clerk, case, "off", "2026-03-07")
    announce_waiting(at=at("2026-03-07"))
    last = of_subject(f"case:{case.pk}").last()
    assert last.wording == "permit-completed"
    assert "已同意：田楼报告厅" in last.content.said["body"]
    assert "计量" not in last.content.said["body"]


def test_a_permit_lists_no_fee_for_meters(school, viewer):
    publish_fee(
        viewer=viewer("administrator", "head", at=school.campus), organisation=school.campus, code="JL-1",
        name="电能表安装", unit="只", yuan=Decimal(80), basis="示例", charged_in="", first_on=dt.date(2026, 1, 1),
        at=at("2026-01-01"),
    )  # fmt: skip
    services = [service_of(school.campus, name, ON) for name in ("venue-use-permit", "shop-application")]
    assert [[one.code for one in ShownService(school.campus, of).fees] for of in services] == [[], ["JL-1"]]
