"""师政后勤〔2016〕4号 19: read and billed on the days that are laid down, and everybody can know them."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from tests.metering.conftest import AT
from tongdian.metering import queries
from tongdian.metering.actions.routes import (
    add_reading_route,
    publish_route_month,
    put_on_route,
    take_off_route,
)
from tongdian.metering.models import RouteMonth, RoutePoint
from tongdian.metering.rules import BilledBeforeRead, NotOnRoute, OnRoute, PublishedAlready

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(room):
    return {"viewer": room.town.officer, "at": AT}


@pytest.fixture
def route(room, asked):
    return add_reading_route(organisation=room.town.campus.organisation, code="R1", name="一线", **asked)


def publish(route, asked, read, bill, **more):
    return publish_route_month(
        reading_route=route,
        read_on=dt.date.fromisoformat(read),
        bill_on=dt.date.fromisoformat(bill),
        **asked,
        **more,
    )


def test_the_days_of_a_month_are_published_and_changed_only_with_a_reason(route, asked):
    first = publish(route, asked, "2026-03-28", "2026-04-02")
    assert publish(route, asked, "2026-03-28", "2026-04-02") == first  # told twice
    with pytest.raises(PublishedAlready, match="2026-03-28"):
        publish(route, asked, "2026-03-30", "2026-04-02")
    publish(route, asked, "2026-03-30", "2026-04-02", reason="三月三放假")
    assert queries.published_days([route])[route.pk].read_on == dt.date(2026, 3, 30)
    assert RouteMonth.objects.count() == 2  # what was published first stays readable
    with pytest.raises(DatabaseError), transaction.atomic():
        RouteMonth.objects.update(read_on=dt.date(2026, 3, 1))


def test_nothing_is_billed_before_it_is_read(route, asked):
    with pytest.raises(BilledBeforeRead):
        publish(route, asked, "2026-03-28", "2026-03-27")
    publish(route, asked, "2026-03-28", "2026-03-28")


def test_a_point_is_on_one_route(room, route, asked):
    other = add_reading_route(organisation=room.town.campus.organisation, code="R2", name="二线", **asked)
    points = room.town.points
    for point in points[:2]:
        put_on_route(reading_route=route, usage_point=point, **asked)
    assert list(RoutePoint.objects.order_by("position").values_list("position", flat=True)) == [1, 2]
    with pytest.raises(OnRoute):
        put_on_route(reading_route=other, usage_point=points[0], **asked)
    take_off_route(reading_route=route, usage_point=points[0], **asked)
    with pytest.raises(NotOnRoute):
        take_off_route(reading_route=route, usage_point=points[0], **asked)
    put_on_route(reading_route=other, usage_point=points[0], **asked)
