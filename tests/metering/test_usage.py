"""师政后勤〔2016〕4号 21(1): what a point used is cut where a meter or a reading is, and missing is not zero."""

import datetime as dt

import pytest

from tests.metering.conftest import d
from tongdian.metering.queries import NothingHung, NotRead, usage_of, usages_of, usages_since
from tongdian.metering.rules import UsageMissing

pytestmark = pytest.mark.django_db

JANUARY, MARCH = dt.date(2026, 1, 1), dt.date(2026, 3, 31)


def test_two_meters_of_one_period_count_each_by_its_own_multiplier(room):
    """(812.4 − 800) × 40 = 496, (25.5 − 0) × 60 = 1,530, together 2,026."""
    old, new = room.meter("D1", multiplier=d("40")), room.meter("D2", multiplier=d("60"))
    room.fit(old, value="800")
    room.take_down(old, (3, 12), "812.4")
    room.fit(new, on=dt.date(2026, 3, 12))
    room.read(new, (3, 31), "25.5")
    used = usage_of(room.town.points[0], JANUARY, MARCH)
    assert [(part.meter, part.quantity) for part in used.segments] == [(old, d("496")), (new, d("1530"))]
    assert used.quantity == d("2026")
    assert [part.qualities for part in used.segments] == [("actual", "final"), ("actual", "actual")]


def test_a_reading_between_cuts_the_period_and_the_parts_are_the_whole(room):
    """100 → 180.5 → 250, turned nowhere: 80.5 + 69.5 = 150."""
    meter = room.meter()
    room.fit(meter, value="100")
    room.read(meter, (2, 10), "180.5")
    room.read(meter, (3, 31), "250")
    used = usage_of(room.town.points[0], JANUARY, MARCH)
    assert [part.quantity for part in used.segments] == [d("80.5"), d("69.5")]
    assert used.quantity == d("150")


def test_a_reading_that_is_not_there_is_named_and_never_nothing(room):
    meter = room.meter()
    room.fit(meter, value="100")
    room.read(meter, (2, 10), "180")
    used = usage_of(room.town.points[0], JANUARY, MARCH)
    assert used.missing == [NotRead(meter, MARCH)]
    with pytest.raises(UsageMissing, match="D1 has no reading of 2026-03-31"):
        _ = used.quantity


def test_days_without_a_meter_are_named(room):
    old, new = room.meter("D1"), room.meter("D2")
    room.fit(old)
    room.take_down(old, (2, 1), "5")
    room.fit(new, on=dt.date(2026, 2, 4))
    room.read(new, (3, 31), "9")
    point, bare = room.town.points[:2]
    found = usages_of([point, bare], JANUARY, MARCH)
    assert found[point.pk].missing == [NothingHung(dt.date(2026, 2, 1), dt.date(2026, 2, 4))]
    assert found[bare.pk].missing == [NothingHung(JANUARY, MARCH)]


def test_since_a_day_it_is_what_ran_to_the_last_reading_on_whichever_meter(room):
    """From 10 January: (300 - 100) + (40 - 0) = 240 by the last reading of March, 200 by the end of February."""
    old, new = room.meter("D1"), room.meter("D2")
    room.fit(old, on=dt.date(2026, 1, 10), value="100")
    room.take_down(old, (2, 1), "300")
    room.fit(new, on=dt.date(2026, 2, 1))
    room.read(new, (3, 20), "40")
    point, bare = room.town.points[:2]

    def since(first, until):
        found = usages_since({point: first, bare: first}, until)
        assert found[bare.pk] is None  # nothing hung: it is not nothing
        return found[point.pk]

    fitted = dt.date(2026, 1, 10)
    assert since(fitted, MARCH).quantity == d("240")
    assert since(fitted, dt.date(2026, 2, 28)).quantity == d("200")
    assert since(fitted, dt.date(2026, 1, 31)) is None  # not read yet since it was fitted
    assert since(dt.date(2026, 2, 1), MARCH).quantity == d("40")  # the new meter's alone
