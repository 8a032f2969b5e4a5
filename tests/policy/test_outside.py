"""What was used while a place was closed: only what ran wholly within closed hours, never a part by guess."""

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tongdian.policy.outside import MeteredSpan, UseVerdict, judged
from tongdian.policy.timetables import PlacedStretch

DAY = dt.datetime(2026, 3, 6)
CLOSED = ("stopped", "fire_only")


def at(hour, minute=0):
    return DAY + dt.timedelta(hours=hour, minutes=minute)


def stretch(first, until, state, line=0):
    return PlacedStretch(at(first), at(until), state, line, "", dt.date(2016, 1, 1))


# closed until 08:00, open until 18:00, closed by one line until 22:00 and by another until midnight
HOURS = [
    stretch(0, 8, "stopped"),
    stretch(8, 18, "supplied", -1),
    stretch(18, 22, "stopped", 1),
    stretch(22, 24, "fire_only", 2),
]


def verdict(first, until, stretches=HOURS):
    [one] = judged([MeteredSpan(first, until, Decimal("1.5"))], stretches, closed=CLOSED)
    return one.verdict, [shut.line for shut in one.closed]


def test_what_ran_between_two_moments_of_closed_hours_was_used_outside():
    assert verdict(at(19), at(20)) == (UseVerdict.OUTSIDE, [1])
    assert verdict(at(21, 30), at(22, 30)) == (
        UseVerdict.OUTSIDE,
        [1, 2],
    )  # no open hour lies between the two lines


def test_what_ran_in_open_hours_is_allowed_to_the_minute():
    assert verdict(at(8), at(18)) == (UseVerdict.ALLOWED, [])
    assert verdict(at(18), at(18, 15)) == (UseVerdict.OUTSIDE, [1])


def test_nothing_is_spread_over_an_hour_in_which_the_hours_change():
    assert verdict(at(17, 45), at(18, 15))[0] == UseVerdict.UNDECIDED
    assert verdict(at(7), at(19))[0] == UseVerdict.UNDECIDED
    late = at(18) - dt.timedelta(seconds=30)
    assert verdict(late, at(19))[0] == UseVerdict.UNDECIDED  # half a minute of it was open


def test_what_runs_while_a_circuit_stays_on_is_nobodys_finding():
    """35(5): the fire circuit of the auditorium is always on, so what ran from 22:00 on may all be its own."""
    late = [MeteredSpan(at(22), at(23), Decimal("1.5")), MeteredSpan(at(21), at(23), Decimal("1.5"))]
    found = judged(
        [*late, MeteredSpan(at(19), at(20), Decimal(1))], HOURS, closed=CLOSED, partly=["fire_only"]
    )
    assert [one.verdict for one in found] == [UseVerdict.UNDECIDED, UseVerdict.UNDECIDED, UseVerdict.OUTSIDE]


def test_a_day_nobody_told_decides_nothing():
    assert verdict(at(23), at(25))[0] == UseVerdict.UNDECIDED
    assert verdict(at(30), at(31))[0] == UseVerdict.UNDECIDED
    assert verdict(at(1), at(2), [])[0] == UseVerdict.UNDECIDED
    gap = [stretch(0, 8, "stopped"), stretch(9, 24, "stopped")]
    assert verdict(at(7), at(10), gap)[0] == UseVerdict.UNDECIDED


@given(
    edges=st.lists(st.integers(1, 1439), min_size=0, max_size=6, unique=True),
    states=st.lists(st.sampled_from(["supplied", *CLOSED]), min_size=7, max_size=7),
    first=st.integers(0, 1438),
    lasts=st.integers(1, 400),
)
def test_a_span_is_judged_as_its_minutes_are(edges, states, first, lasts):
    cuts = [0, *sorted(edges), 1440]
    stretches = [
        PlacedStretch(DAY + dt.timedelta(minutes=a), DAY + dt.timedelta(minutes=b), state, 0, "", DAY.date())
        for a, b, state in zip(cuts, cuts[1:], states, strict=False)
    ]
    until = min(first + lasts, 1440)
    shut = {
        next(one for one in stretches if one.first <= minute < one.until).state in CLOSED
        for minute in (DAY + dt.timedelta(minutes=n) for n in range(first, until))
    }
    expected = UseVerdict.UNDECIDED if len(shut) > 1 else [UseVerdict.ALLOWED, UseVerdict.OUTSIDE][shut.pop()]
    assert verdict(at(0, first), at(0, until), stretches)[0] == expected
