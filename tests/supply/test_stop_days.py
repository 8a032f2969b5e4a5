"""From which day on a stop, its end and an opening may be said to be: not to come, not before the supply began, and of a
stop not long after the fact, at a home a few days. What bounds it is ours (ADR 113), no article."""

import datetime as dt

import pytest

from tests.cases.conftest import at
from tests.supply.test_switching import campus, unsafe  # noqa: F401  # a fixture
from tongdian.network.models import UsagePoint
from tongdian.supply.actions.stopping import end_safety_stop, enter_opening, stop_for_safety
from tongdian.supply.refusing import DayNotOfRecord

pytestmark = pytest.mark.django_db
TODAY = "2026-03-04"


def stopped(campus, day, point=None):  # noqa: F811
    return stop_for_safety(
        viewer=campus.technician, point=point or campus.point, on=dt.date.fromisoformat(day), cite="第六条",
        reason="烧损", at=at(TODAY),
    )  # fmt: skip


@pytest.mark.parametrize("day", ["1949-01-01", "2026-01-31", "2026-03-05", "2199-12-31"])
def test_a_stop_began_within_31_days_and_is_not_to_come(campus, day):  # noqa: F811
    """4 March less 31 days is 1 February."""
    with pytest.raises(DayNotOfRecord):
        stopped(campus, day)
    assert stopped(campus, "2026-02-01").on == dt.date(2026, 2, 1)


def test_a_stop_at_a_home_began_within_seven_days(campus):  # noqa: F811
    """4 March less 7 days is 25 February."""
    campus.shop.kind = "flat"
    campus.shop.save()
    point = UsagePoint.objects.get(pk=campus.point.pk)
    with pytest.raises(DayNotOfRecord):
        stopped(campus, "2026-02-24", point)
    assert stopped(campus, "2026-02-25", point).is_home


def test_a_stop_does_not_begin_before_the_supply(campus):  # noqa: F811
    place = campus.shop
    new = UsagePoint.objects.create(place=place, utility="water", code="S3-S")
    enter_opening(viewer=campus.technician, point=new, on=dt.date(2026, 3, 2), reason="新装", at=at(TODAY))
    with pytest.raises(DayNotOfRecord):
        stopped(campus, "2026-03-01", new)
    assert stopped(campus, "2026-03-02", new)


def test_an_end_is_neither_before_its_stop_nor_to_come(campus):  # noqa: F811
    stop = unsafe(campus)
    for day in ("2026-03-03", "2026-03-05"):
        with pytest.raises(DayNotOfRecord):
            end_safety_stop(
                viewer=campus.technician,
                stop=stop,
                on=dt.date.fromisoformat(day),
                reason="修复",
                at=at(TODAY),
            )


def test_an_opening_is_not_to_come(campus):  # noqa: F811
    new = UsagePoint.objects.create(place=campus.shop, utility="water", code="S3-S")
    with pytest.raises(DayNotOfRecord):
        enter_opening(
            viewer=campus.technician, point=new, on=dt.date(2026, 3, 5), reason="新装", at=at(TODAY)
        )
