"""12: things stood before the meter, the highest use of the same month in earlier years; 22(3): the user was not
there, the previous use, until the next reading settles."""

import datetime as dt

import pytest

from tests.metering.conftest import AT, d
from tongdian.metering import queries
from tongdian.metering.actions.filling import fill_in_reading
from tongdian.metering.actions.readings import read_meter
from tongdian.metering.rules import NotInPlace, TooManyEstimates
from tongdian.policy.refusals import Refusal

pytestmark = pytest.mark.django_db

READ = [("2024-02-29", "0"), ("2024-03-31", "300"), ("2025-02-28", "2000"), ("2025-03-31", "2250")]
READ += [("2026-01-31", "4000"), ("2026-02-28", "4120.5")]


@pytest.fixture
def meter(room):
    """A meter of two Marches, with 300 kWh and 250."""
    made = room.meter()
    room.fit(made, on=dt.date(2024, 2, 29), value="0")
    for day, value in READ[1:]:
        read_meter(
            viewer=room.town.officer,
            meter=made,
            on=dt.date.fromisoformat(day),
            value=d(value),
            quality="actual",
            at=AT,
        )
    return made


def fill(room, meter, day, method, missed):
    on = dt.date.fromisoformat(day)
    return fill_in_reading(viewer=room.town.officer, meter=meter, on=on, method=method, missed=missed, at=AT)


def test_a_blocked_meter_is_held_to_the_highest_of_the_same_month(room, meter):
    """12: the higher of 300 and 250 is 300; 4,120.5 + 300 = 4,420.5."""
    row = fill(room, meter, "2026-03-31", "highest_same_month", "blocked")
    assert (row.value, row.quality, row.method, row.missed) == (
        d("4420.5"),
        "substituted",
        "highest_same_month",
        "blocked",
    )
    assert row.reason == "表前堆物（第十二条）"


def test_who_was_not_there_is_held_to_the_previous_use_and_the_next_reading_settles(room, meter):
    """22(3): 4,120.5 − 4,000 = 120.5 again; then 4,300 is read, and 4,300 − 4,241 = 59 are still due."""
    row = fill(room, meter, "2026-03-20", "previous_usage", "not_at_home")
    assert (row.value, row.quality) == (d("4241"), "estimated")
    room.read(meter, (3, 31), "4300")
    used = queries.usage_of(room.town.points[0], dt.date(2026, 2, 28), dt.date(2026, 3, 31))
    assert [part.quantity for part in used.segments] == [d("120.5"), d("59")]
    assert used.quantity == d("179.5")


def test_no_estimate_rests_on_an_estimate_and_none_follows_the_third(room, meter):
    for day, value in (("2026-03-05", "4241"), ("2026-03-10", "4361.5"), ("2026-03-15", "4482")):
        assert fill(room, meter, day, "previous_usage", "locked").value == d(value)
    with pytest.raises(TooManyEstimates):
        fill(room, meter, "2026-03-20", "previous_usage", "locked")


def test_what_rests_on_nothing_is_refused_and_not_nought(room, meter):
    with pytest.raises(Refusal, match="no use of the same month"):
        fill(room, meter, "2026-04-10", "highest_same_month", "blocked")
    other = room.meter("D2")
    with pytest.raises(NotInPlace):
        fill(room, other, "2026-03-31", "previous_usage", "locked")
    room.fit(other, 1)
    with pytest.raises(Refusal, match="no use before it"):
        fill(room, other, "2026-03-31", "previous_usage", "locked")
