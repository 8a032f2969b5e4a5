"""师政后勤〔2016〕4号 11, 21(1): each point its meter, each meter its readings, nothing overwritten."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.metering.conftest import AT, d
from tongdian.metering import queries
from tongdian.metering.actions.meters import change_meter, remove_meter
from tongdian.metering.actions.readings import correct_reading
from tongdian.metering.models import MeterInstallation, MeterReading
from tongdian.metering.rules import (
    BeyondRegister,
    FinerThanRegister,
    FitsNoMore,
    InPlaceAlready,
    MeterDayToCome,
    MethodMissing,
    NotInPlace,
    NotReadThatDay,
    OnlyPowerIsWired,
    OtherQuality,
    OtherUtilityMetered,
    PassesNext,
    PointHasMeter,
    ReadThatDay,
    TooManyEstimates,
    TurnTooLarge,
    WentBack,
    WhyCorrected,
)
from tongdian.registers.action import CodeTaken, StillUsed
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db


def test_a_meter_hangs_at_one_point_and_a_point_has_one_meter(room):
    one, other = room.meter("D1"), room.meter("D2")
    room.fit(one, 0, value="12.5")
    with pytest.raises(InPlaceAlready):
        room.fit(one, 1)
    with pytest.raises(PointHasMeter):
        room.fit(other, 0)
    room.fit(other, 1)
    # the database holds it, too
    with pytest.raises(IntegrityError), transaction.atomic():
        MeterInstallation.objects.filter(meter=other).update(usage_point=room.town.points[0])
    assert [row.value for row in queries.standing(one)] == [d("12.5")]


def test_a_water_meter_meters_no_electricity(room):
    water = room.meter("S1", utility="water")
    with pytest.raises(OtherUtilityMetered):
        room.fit(water)
    with pytest.raises(OnlyPowerIsWired):
        room.meter("S2", utility="water", wiring="low_low")
    with pytest.raises(CodeTaken):
        room.meter("S1")


def test_what_was_used_is_the_difference_of_two_readings(room):
    """21(1): 1,052.30 − 1,000.00 = 52.30, times a multiplier of 40 = 2,092.00."""
    meter = room.meter(multiplier=d("40"))
    room.fit(meter, value="1000")
    room.read(meter, (1, 31), "1052.30")
    (ran,) = queries.stretches(meter)
    assert ran.used == d("52.30")
    assert ran.used * meter.multiplier == d("2092.00")


def test_a_meter_is_replaced_on_a_day_that_both_readings_have(room):
    old, new = room.meter("D1"), room.meter("D2")
    room.fit(old, value="100")
    room.take_down(old, (2, 10), "180")
    room.fit(new, on=dt.date(2026, 2, 10), value="3")
    room.read(new, (2, 28), "23")
    assert [row.used for row in queries.stretches(old)] == [d("80")]
    assert [row.used for row in queries.stretches(new)] == [d("20")]
    point = room.town.points[0]
    days = [dt.date(2026, 2, 9), dt.date(2026, 2, 10)]
    assert [queries.at_point(point, day).meter for day in days] == [old, new]
    with pytest.raises(NotInPlace):  # it lies in the store
        room.read(old, (3, 1), "180")


def test_from_one_point_to_another_nothing_is_counted_twice(room):
    """100 → 180 at the first point; carried to the second, where it shows 180 and runs to 190."""
    meter = room.meter()
    room.fit(meter, 0, value="100")
    room.take_down(meter, (2, 10), "180")
    room.fit(meter, 1, on=dt.date(2026, 2, 10), value="180")
    room.read(meter, (2, 28), "190")
    assert [row.used for row in queries.stretches(meter)] == [d("80"), d("10")]


def test_a_register_shows_no_more_than_it_can(room):
    meter = room.meter()  # five digits, two decimals
    room.fit(meter, value="99999.99")
    with pytest.raises(BeyondRegister):
        room.read(meter, (1, 31), "100000")
    with pytest.raises(FinerThanRegister):
        room.read(meter, (1, 31), "1.001")


def test_a_register_that_ran_full_begins_at_nought(room):
    """99,980 → 15: (15 − 99,980) + 100,000 = 35."""
    meter = room.meter()
    room.fit(meter, value="99980")
    with pytest.raises(WentBack):
        room.read(meter, (1, 31), "15")
    room.read(meter, (1, 31), "15", turned=True)
    (ran,) = queries.stretches(meter)
    assert ran.used == d("35")
    with pytest.raises(TurnTooLarge):  # 14 − 15 + 100,000 = 99,999: somebody read 14 for 140
        room.read(meter, (2, 28), "14", turned=True)


def test_exactly_half_a_register_may_have_turned_and_a_hundredth_more_not(room):
    meter = room.meter()
    room.fit(meter, value="60000")
    with pytest.raises(TurnTooLarge):
        room.read(meter, (1, 31), "10000.01", turned=True)
    room.read(meter, (1, 31), "10000", turned=True)


def test_a_reading_entered_later_fits_between_its_neighbours(room):
    meter = room.meter()
    room.fit(meter, value="0")
    room.read(meter, (3, 31), "300")
    with pytest.raises(PassesNext):
        room.read(meter, (2, 28), "300.01")
    room.read(meter, (2, 28), "200")
    assert [row.used for row in queries.stretches(meter)] == [d("200"), d("100")]


def test_a_day_has_one_reading_which_is_corrected_and_stays_readable(room):
    meter = room.meter()
    room.fit(meter)
    first = room.read(meter, (1, 31), "52.3")
    assert room.read(meter, (1, 31), "52.3") == first  # told twice
    with pytest.raises(ReadThatDay):
        room.read(meter, (1, 31), "53.2")
    asked = {
        "viewer": room.town.officer,
        "meter": meter,
        "on": dt.date(2026, 1, 31),
        "quality": "actual",
        "at": AT,
    }
    with pytest.raises(WhyCorrected):
        correct_reading(value=d("53.2"), reason=" ", **asked)
    correct_reading(value=d("53.2"), reason="两位抄反", **asked)
    assert [(row.version, row.value) for row in queries.versions(meter, dt.date(2026, 1, 31))] == [
        (2, d("53.2")),
        (1, d("52.3")),
    ]
    assert queries.standing(meter).last().value == d("53.2")
    with pytest.raises(DatabaseError), transaction.atomic():
        MeterReading.objects.filter(pk=first.pk).update(value=1)


def test_no_reading_of_tomorrow_and_none_of_a_day_before_it_was_fitted(room):
    meter = room.meter()
    with pytest.raises(NotInPlace):
        room.read(meter, (1, 31), "1")
    room.fit(meter)
    with pytest.raises(MeterDayToCome):
        room.read(meter, (4, 13), "1")
    with pytest.raises(NotReadThatDay):
        correct_reading(
            viewer=room.town.officer,
            meter=meter,
            on=dt.date(2026, 1, 31),
            value=d("1"),
            quality="actual",
            reason="补",
            at=AT,
        )


def test_what_nobody_read_says_how_and_why(room):
    meter = room.meter()
    room.fit(meter)
    with pytest.raises(MethodMissing):
        room.read(meter, (1, 31), "100", quality="estimated", method="previous_usage")
    with pytest.raises(BadValue):  # words of one's own are no method
        room.read(meter, (1, 31), "100", quality="estimated", method="拍脑袋", reason="x")
    with pytest.raises(OtherQuality):  # the highest of the same month (12) substitutes
        room.read(meter, (1, 31), "100", quality="estimated", method="highest_same_month", missed="blocked")
    row = room.read(meter, (1, 31), "100", quality="estimated", method="previous_usage", missed="not_at_home")
    assert (row.method, row.missed, row.reason) == ("previous_usage", "not_at_home", "用户不在家")


def test_after_three_estimates_somebody_reads_it(room):
    """22(3): the previous usage until the next reading; the pack's example says three times at most."""
    meter = room.meter()
    room.fit(meter)
    guess = {"quality": "estimated", "method": "previous_usage", "missed": "locked"}
    for day, value in (((1, 10), "10"), ((1, 20), "20"), ((2, 10), "40")):
        room.read(meter, day, value, **guess)
    for day, value in (((3, 1), "50"), ((1, 31), "30")):  # after them, and among them
        with pytest.raises(TooManyEstimates):
            room.read(meter, day, value, **guess)
    room.read(meter, (3, 1), "55")
    room.read(meter, (3, 10), "60", **guess)


def test_what_readings_rest_on_is_not_changed_afterwards(room):
    meter = room.meter()
    asked = {"viewer": room.town.officer, "meter": meter, "at": AT}
    change_meter(code="D1", multiplier=d("40"), **asked)
    room.fit(meter)
    with pytest.raises(FitsNoMore):
        change_meter(code="D1", multiplier=d("60"), **asked)
    change_meter(code="D1-A", seals="F2", **asked)
    with pytest.raises(StillUsed):
        remove_meter(**asked)


def test_it_is_removed_after_the_day_on_which_it_was_fitted(room):
    meter = room.meter()
    room.fit(meter, on=dt.date(2026, 2, 1))
    with pytest.raises(NotInPlace):
        room.take_down(meter, (2, 1), "0")
    room.take_down(meter, (2, 2), "0")
    with pytest.raises(NotInPlace):
        room.take_down(meter, (2, 3), "0")


def test_the_form_of_a_correction_has_what_stands_and_what_is_typed_is_kept_as_typed(room, client):
    from django.urls import reverse

    meter = room.meter()
    room.fit(meter)
    room.read(meter, (1, 31), "52.3")
    client.force_login(room.town.officer)
    at = reverse("meter-correct", args=[meter.pk])
    assert 'value="52.300"' in client.get(at, {"on": "2026-01-31"}).content.decode()
    typed = {"on": "2026-01-31", "value": "1,053.2", "quality": "actual"}
    refused = client.post(at, typed)
    assert "更正抄见数须写明原因。" in refused.content.decode()
    assert client.post(at, {**typed, "reason": "两位抄反"}).status_code == 302
    row = queries.versions(meter, dt.date(2026, 1, 31))[0]
    assert (row.raw, row.value) == ("1,053.2", d("1053.2"))
