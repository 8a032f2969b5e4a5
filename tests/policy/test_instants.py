"""Instants with a stated zone: their reading, their sums by the clock and their legal days, on every engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.harness import Shelf, agree, exact
from tests.policy.test_conformance import flat
from tests.policy.test_engines_agree import slow
from tongdian.bulk.engines import Engine
from tongdian.calendar import legal_day
from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input, read_value, say_value
from tongdian.policy.refusals import BadInput
from tongdian.policy.sheet import SheetError
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.types import Instant, LanguageError
from tongdian.policy.zones import offsets

CHINA = timezone(timedelta(hours=8))


class ShelfOf(Shelf):
    """A pack whose calendar is in another zone."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.name = zone

    def zone(self) -> str:
        return self.name


FLAT: dict[str, tuple[str, list[dict[str, Any]], dict[str, dict[str, Any]]]] = {
    # 22:40 to 10:05 the day after is 11 h 25 min: 685 minutes, 11.41666… hours
    "from one instant to another, whole in seconds and rounded as the sheet says": (
        flat(
            "s = seconds(a, b)\nm = minutes(a, b, 0, down)\nh = hours(a, b, 2, up)\ny = h",
            "a : instant",
            "b : instant",
        ),
        [
            {"c": "1", "a": "2026-03-02T22:40+08:00", "b": "2026-03-03T10:05+08:00"},
            {"c": "2", "a": "2026-03-02T14:40Z", "b": "2026-03-03 10:05:59 +0800"},
            {"c": "3", "a": "2026-03-03T10:05+08:00", "b": "2026-03-02T22:40+08:00"},
            {"c": "4", "a": "1970-01-01T00:00Z", "b": "2100-12-31T23:59:59Z"},
        ],
        {
            "1": {"s": D(41100), "m": D(685), "h": D("11.42")},
            "2": {"s": D(41159), "m": D(685), "h": D("11.44")},
            "3": {"s": D(-41100), "m": D(-685), "h": D("-11.42")},
            "4": {"s": D(4133980799)},
        },
    ),
    "instants are compared by when they were, whatever their clocks showed": (
        flat(
            "same = a = b\nearlier = a < b\nl = max(a, b)\ne = min(a, b)\ny = if same then 0 else 1",
            "a : instant",
            "b : instant",
        ),
        [
            {"c": "1", "a": "2026-03-02T09:30+08:00", "b": "2026-03-02T01:30Z"},
            {"c": "2", "a": "2026-03-02T09:30+09:00", "b": "2026-03-02T08:31+08:00"},
        ],
        {
            "1": {"same": True, "earlier": False},
            "2": {"same": False, "earlier": True, "l": datetime(2026, 3, 2, 8, 31, tzinfo=CHINA)},
        },
    ),
    # within 24 hours: the last second is in time, the next is not
    "hours, minutes and seconds are added to an instant and taken from it": (
        flat(
            "late = b > a + 24 hours\nr = b - n\nk = r + 30 seconds\ny = if late then 1 else 0",
            "a : instant",
            "b : instant",
            "n : minute(0) -90..90",
        ),
        [
            {"c": "1", "a": "2026-03-02T09:30+08:00", "b": "2026-03-03T09:30+08:00", "n": "45"},
            {"c": "2", "a": "2026-03-02T09:30+08:00", "b": "2026-03-03T09:30:01+08:00", "n": "-45"},
            {"c": "3", "a": "2100-12-31T00:00Z", "b": "2100-01-01T00:00Z", "n": "0"},
            {"c": "4", "a": "2026-03-02T09:30+08:00", "b": "1970-01-01T00:44:59Z", "n": "45"},
        ],
        {
            "1": {"y": D(0), "r": datetime(2026, 3, 3, 8, 45, tzinfo=CHINA)},
            "2": {"y": D(1), "k": datetime(2026, 3, 3, 10, 15, 31, tzinfo=CHINA)},
            "3": {},
            "4": {},
        },
    ),
    # 1 March 17:30 in London is 2 March in China; in the summer of 1988 China's clocks were an hour ahead
    "the legal day of an instant is that of the pack's zone": (
        flat("d = legal_day(a)\ny = days(d, legal_day(b))", "a : instant", "b : instant"),
        [
            {"c": "1", "a": "2026-03-01T15:59:59Z", "b": "2026-03-01T16:00Z"},
            {"c": "2", "a": "2026-03-01T17:30+00:00", "b": "2026-03-02T23:59-08:00"},
            {"c": "3", "a": "1988-07-01T15:00Z", "b": "1988-12-31T15:59:59Z"},
        ],
        {
            "1": {"d": date(2026, 3, 1), "y": D(1)},
            "2": {"d": date(2026, 3, 2), "y": D(1)},
            "3": {"d": date(1988, 7, 2), "y": D(182)},
        },
    ),
}


@pytest.mark.parametrize("case", FLAT)
def test_an_instant_means_the_same_on_every_engine(case: str, engine: Engine) -> None:
    text, cases, expected = FLAT[case]
    cells, refused = agree(engine, text, cases)
    for key, lines in expected.items():
        assert (key in refused) == (not lines)
        for name, value in lines.items():
            assert cells[key, "c", name] == value, f"{case}: {name} of {key}"


OUTAGES = """
sheet outages -> place.hours_out
each place
  in users : int 1..100000
each outage in place by number at most 100 rows
  in cut   : instant
  in back  : instant
  in hit   : int 0..100000
  require back >= cut : turned-round
  lasted = seconds(cut, back) * hit
each place
  first_cut = min(cut)
  last_back = max(back)
  begun_last = last(cut)
  hours_out = ratio(sum(lasted), users * 3600, 4, half_up)
"""


def test_outages_of_a_place_are_weighed_by_the_users_they_hit(engine: Engine) -> None:
    rows = [
        {
            "place": "a",
            "users": "400",
            "outage": [
                {
                    "number": "1",
                    "cut": "2026-03-02T23:15+08:00",
                    "back": "2026-03-03T00:45+08:00",
                    "hit": "100",
                },
                {"number": "2", "cut": "2026-05-01T00:00Z", "back": "2026-05-01T08:20+08:00", "hit": "30"},
            ],
        },
        {"place": "b", "users": "9", "outage": []},
        {
            "place": "c",
            "users": "9",
            "outage": [
                {"number": "1", "cut": "2026-03-02T10:00+08:00", "back": "2026-03-02T09:59+08:00", "hit": "1"}
            ],
        },
    ]
    cells, refused = agree(engine, OUTAGES, rows)
    # 1.5 h × 100 + 1/3 h × 30 = 160 hours of users, over 400 users: 0.4
    assert cells["a", "place", "hours_out"] == D("0.4000")
    assert cells["a", "place", "first_cut"] == datetime(2026, 3, 2, 15, 15, tzinfo=UTC)
    assert cells["a", "place", "last_back"] == datetime(2026, 5, 1, 0, 20, tzinfo=UTC)
    assert refused["b"][1] == "there are no rows to look at"
    assert refused["c"][1] == "turned-round"


# --- the law: both engines, and the zone's own clock, agree ---
ANY = st.datetimes(datetime(1970, 1, 2), datetime(2100, 12, 30), allow_imaginary=False).map(
    lambda at: at.replace(microsecond=0)
)
OFF = st.integers(-14 * 60 + 1, 14 * 60).map(lambda n: timezone(timedelta(minutes=n)))
MOMENTS = st.builds(lambda at, zone: at.replace(tzinfo=UTC).astimezone(zone).isoformat(), ANY, OFF)
LAW = flat(
    "d = legal_day(a)\ne = legal_day(b)\ns = seconds(a, b)\nm = minutes(a, b, 1, half_up)\nh = hours(a, b, 3, down)\n"
    "l = max(a, b) - n\nr = min(a, b) + n\nw = a < b and l != r\ny = if w then days(d, e) else 0",
    "a : instant",
    "b : instant",
    "n : minute(0) -1500..1500",
)
CASES = st.lists(
    st.fixed_dictionaries({"a": MOMENTS, "b": MOMENTS, "n": st.integers(-1500, 1500).map(str)}),
    min_size=1,
    max_size=30,
)


def numbered(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"c": str(n), **case} for n, case in enumerate(cases)]


@slow(40)
@given(CASES, st.sampled_from(["Asia/Shanghai", "Europe/Amsterdam", "America/Sao_Paulo", "Asia/Kathmandu"]))
def test_duckdb_reckons_instants_as_decimal_does(
    duckdb_engine: Engine, cases: list[dict[str, Any]], zone: str
) -> None:
    agree(duckdb_engine, LAW, numbered(cases), ShelfOf(zone))


@slow(2)
@given(st.lists(CASES, min_size=20, max_size=20))
def test_spark_reckons_instants_as_decimal_does(spark_engine: Engine, cases: list[Any]) -> None:
    agree(spark_engine, LAW, numbered([case for some in cases for case in some]), ShelfOf("Europe/Amsterdam"))


@slow(60)
@given(ANY, st.sampled_from(["Asia/Shanghai", "Africa/Monrovia", "America/Recife", "Australia/Lord_Howe"]))
def test_the_offsets_written_out_are_those_of_the_zone(at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    off = next(seconds for until, seconds in offsets(zone) if until is None or at < until)
    assert (at + timedelta(seconds=off)).date() == legal_day(at.replace(tzinfo=UTC), zone)


# --- what is no instant ---
@pytest.mark.parametrize(
    "written",
    [
        "2026-03-02T09:30",
        "2026-03-02 09:30:00",
        "2026-03-02",
        "2026-03-02T09:30 CST",
        "2026-03-02T24:00+08:00",
        "2026-02-30T09:30+08:00",
        "2026-03-02T09:30:00.5+08:00",
        "2026-03-02T09:30+15:00",
        "2026-03-02T09:30+8",
        "1969-12-31T23:59:59Z",
        "2101-01-01T00:00Z",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "2026-03-02T09:30+08:00\n",
    ][:-1],
)
def test_what_states_no_zone_or_is_no_moment_is_refused(written: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_value("cut", written, Instant())
    said = refused.value.words
    assert "2026-03-02T09:30+08:00" in said.zh
    no_zone = written in ("2026-03-02T09:30", "2026-03-02 09:30:00", "2026-03-02")
    assert ("it states no zone (like +08:00)" in said.en) == no_zone


def test_a_moment_of_python_without_zone_is_refused_too() -> None:
    with pytest.raises(BadInput, match="states no zone"):
        read_value("cut", datetime(2026, 3, 2, 9, 30), Instant())
    with pytest.raises(BadInput, match="states no zone"):
        read_value("cut", date(2026, 3, 2), Instant())
    assert read_value("cut", datetime(2026, 3, 2, 9, 30, tzinfo=CHINA), Instant())


def test_an_instant_is_said_by_the_clock_that_it_was_read_from() -> None:
    at = read_value("cut", "2026-03-02T09:30+08:00", Instant())
    assert say_value(at, Instant(), "zh") == "2026-03-02 09:30+08:00"
    at = read_value("cut", "2026-03-02 01:30:07Z", Instant())
    assert say_value(at, Instant(), "en") == "2026-03-02 01:30:07+00:00"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("y = hours(a, b)", "hours takes 4 arguments"),
        ("y = days(a, b)", "a date belongs here, not instant"),
        ("y = seconds(a, d)", "an instant belongs here, not date"),
        ("y = if a < d then 1 else 0", "instant cannot be compared with date"),
        ("y = a - b", "an instant takes whole hours, minutes or seconds, not instant"),
        (
            "y = days(d, legal_day(a + 1 days))",
            "an instant takes whole hours, minutes or seconds, not day(0) 1..1",
        ),
        ("y = seconds(a, a + 0.5 hours)", "not hour(1) 0.5..0.5"),
        ("y = seconds(a, a + n)", "555555 is the most"),
        ("y = hours(a, b, 12, up)", "the quotient may reach 19 digits of 18"),
        ("y = year(a)", "a date belongs here, not instant"),
        ("y = max(a, d)", "an instant belongs here, not date"),
    ],
)
def test_what_no_instant_can_do_is_said_when_the_pack_loads(line: str, said: str) -> None:
    text = flat(line, "a : instant", "b : instant", "d : date", "n : hour(0) 0..600000")
    with pytest.raises(SheetError) as refused:
        parse_sheet(text, Shelf())
    assert said in refused.value.problem.en


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (flat("y = 1", "a : instant default 2026-03-02T09:30+08:00"), "is no key, has no default"),
        ("sheet t -> c.y\neach c\n  given a : instant\n  y = 1", "is not given for a whole run"),
        (
            "sheet t -> c.y\neach c\neach r in c by at\n  in at : instant\neach c\n  y = count(r)",
            "is no key, has no default",
        ),
    ],
)
def test_an_instant_is_brought_by_each_row_and_orders_none(text: str, said: str) -> None:
    with pytest.raises(SheetError) as refused:
        parse_sheet(text, Shelf())
    assert said in refused.value.problem.en


def test_without_a_zone_an_instant_has_no_legal_day() -> None:
    with pytest.raises(SheetError) as refused:
        parse_sheet(flat("y = days(d, legal_day(a))", "a : instant", "d : date"), ShelfOf(""))
    assert "by the clocks of which zone" in refused.value.problem.en
    with pytest.raises(LanguageError, match="by the clocks of which zone"):
        Condition.parse("legal_day(a) = 2026-03-02", {"a": Input(type="instant")})


def test_a_condition_of_limits_compares_instants() -> None:
    """Restored within 24 hours of the cut: at 24 h it is, a second later it is not."""
    within = Condition.parse(
        "back <= cut + 24 hours", {"cut": Input(type="instant"), "back": Input(type="instant")}
    )
    cut = read_value("cut", "2026-03-02T09:30+08:00", Instant())
    assert within.holds({"cut": cut, "back": read_value("back", "2026-03-03T01:30Z", Instant())})
    assert not within.holds({"cut": cut, "back": read_value("back", "2026-03-03T01:30:01Z", Instant())})


def test_a_row_is_worked_out_by_its_line() -> None:
    text = flat("l = a + 45 minutes\ny = minutes(a, b, 0, down)", "a : instant", "b : instant")
    cells, _ = exact(
        parse_sheet(text, Shelf()),
        [{"c": "1", "a": "2026-03-02T09:30+08:00", "b": "2026-03-02T10:14:59+08:00"}],
        {},
    )
    assert cells["1", "c", "l"] == datetime(2026, 3, 2, 10, 15, tzinfo=CHINA)
    assert cells["1", "c", "y"] == 44  # the 45 minutes are not full
