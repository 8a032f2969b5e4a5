"""Days, units and what a row asks of other rows, on every engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.harness import Shelf, agree
from tests.policy.test_conformance import flat
from tests.policy.test_engines_agree import amounts, slow
from tongdian.bulk.engines import Engine
from tongdian.policy.inputs import Input
from tongdian.policy.sheet import SheetError
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.sheet_sql import print_sheet

# 2021: 1–7 October rest, Saturday the 9th is worked; 2026: Saturday 28 February is worked
FLAT: dict[str, tuple[str, list[dict[str, Any]], dict[str, dict[str, Any]]]] = {
    "a value between two, the lower one included: 840 is in, 1200 is not": (
        flat("i = 840 <= m < 1200\nd = 1200 > m >= 840\ny = if i and d then 1 else 0", "m : int 0..2000"),
        [{"c": "1", "m": "839"}, {"c": "2", "m": "840"}, {"c": "3", "m": "1199"}, {"c": "4", "m": "1200"}],
        {"1": {"y": D(0)}, "2": {"y": D(1)}, "3": {"y": D(1)}, "4": {"y": D(0)}},
    ),
    "days are added to a date and taken from it": (
        flat("l = a + 14 days\ne = a - n\ny = days(e, l)", "a : date", "n : day(0) -400..400"),
        [
            {"c": "1", "a": "2024-02-20", "n": "1"},  # 29 February between
            {"c": "2", "a": "2025-12-31", "n": "-1"},
            {"c": "3", "a": "2200-12-20", "n": "0"},  # past the years of rules
            {"c": "4", "a": "1900-01-01", "n": "1"},
        ],
        {
            "1": {"l": date(2024, 3, 5), "e": date(2024, 2, 19)},
            "2": {"l": date(2026, 1, 14), "e": date(2026, 1, 1)},
            "3": {},
            "4": {},
        },
    ),
    "the earliest and the latest of dates, and a date kept within two": (
        flat(
            "e = min(a, b, 2026-03-01)\nl = max(a, b)\nk = clip(a, 2026-02-01, 2026-02-28)\ny = days(e, l)",
            "a : date",
            "b : date",
        ),
        [{"c": "1", "a": "2026-03-02", "b": "2026-04-01"}, {"c": "2", "a": "2026-01-02", "b": "2026-01-01"}],
        {
            "1": {"e": date(2026, 3, 1), "l": date(2026, 4, 1), "k": date(2026, 2, 28)},
            "2": {"e": date(2026, 1, 1), "l": date(2026, 1, 2), "k": date(2026, 2, 1)},
        },
    ),
    "a working day, and the next one: the day itself where it is worked": (
        flat("w = is_workday(a)\nn = next_workday(a)\ny = days(a, n)", "a : date"),
        [
            {"c": "1", "a": "2021-10-01"},
            {"c": "2", "a": "2021-10-09"},
            {"c": "3", "a": "2021-10-10"},
            {"c": "4", "a": "2021-10-11"},
            {"c": "5", "a": "2199-01-01"},  # no calendar is published
        ],
        {
            "1": {"w": False, "n": date(2021, 10, 8)},
            "2": {"w": True, "n": date(2021, 10, 9)},
            "3": {"w": False, "n": date(2021, 10, 11)},
            "4": {"w": True, "n": date(2021, 10, 11)},
            "5": {},
        },
    ),
    "a constant carries its unit": (
        flat("t = x * 0.5 yuan/kWh\ny = max(t - 1 yuan, 0) + 2 yuan", "x : kWh(2) -99..99"),
        [{"c": "1", "x": "10.01"}, {"c": "2", "x": "-3"}],
        {"1": {"t": D("5.005"), "y": D("6.005")}, "2": {"t": D("-1.5"), "y": D(2)}},
    ),
    "rounding to tens and hundreds": (
        flat(
            "n = round(x, -1)\nd = round(x, -1, down)\nu = round(x, -1, up)\ny = round(x, -2)",
            "x : kWh(2) -9999..9999",
        ),
        [
            *({"c": "1", "x": "45"}, {"c": "2", "x": "-45"}, {"c": "3", "x": "44.99"}),
            *({"c": "4", "x": "150"}, {"c": "5", "x": "0.01"}, {"c": "6", "x": "-149.99"}),
        ],
        {
            "1": {"n": 50, "d": 40, "u": 50, "y": 0},
            "2": {"n": -50, "d": -40, "u": -50, "y": 0},
            "3": {"n": 40, "d": 40, "u": 50, "y": 0},
            "4": {"n": 150, "d": 150, "u": 150, "y": 200},
            "5": {"n": 0, "d": 0, "u": 10, "y": 0},
            "6": {"n": -150, "d": -140, "u": -150, "y": -100},
        },
    ),
}


@pytest.mark.parametrize("case", FLAT)
def test_days_and_units_mean_the_same_on_every_engine(case: str, engine: Engine) -> None:
    text, cases, expected = FLAT[case]
    cells, refused = agree(engine, text, cases)
    assert set(refused) == {key for key, lines in expected.items() if not lines}
    found = {key: {name: cells[key, "c", name] for name in lines} for key, lines in expected.items()}
    assert found == expected


EVENTS = """
sheet t -> case.y
each case
  in opened : date
each event in case by seq at most 3 rows
  in seq : int 0..99
  in on : date
  in kind : one_of(visit, call)
  in cost : yuan(2) 0..9
  visited = kind = visit
each case
  events = count(event)
  visits = count(visited)
  total = sum(cost)
  from = if events > 0 then opened else 2000-01-01
  y = days(from, opened)
each last_event in case by n from one on opened
  in n : int
each case
  first_on = first(on)
  last_kind = last(kind)
  latest = max(on)
  earliest = min(on)
"""
ONE = Shelf(
    {"one": ({"n": Input(type="int", min=D(1), max=D(1))}, (), [(date(1900, 1, 1), None, {"n": D(1)})])}
)


def events(key: str, *rows: tuple[int, str, str]) -> dict[str, Any]:
    listed = [{"seq": seq, "on": on, "kind": kind, "cost": "9"} for seq, on, kind in rows]
    return {"case": key, "opened": "2026-01-01", "event": listed}


def test_rows_are_counted_bounded_and_their_ends_taken_by_key(engine: Engine) -> None:
    cells, refused = agree(
        engine,
        EVENTS,
        [
            events("1", (2, "2026-02-01", "visit"), (10, "2026-01-05", "call"), (1, "2026-01-20", "visit")),
            events("2"),  # the first of no rows is nothing
            events("3", *((n, "2026-01-01", "call") for n in range(4))),
        ],
        ONE,
    )
    lines = ("events", "visits", "total", "first_on", "last_kind", "latest", "earliest")
    assert [cells["1", "case", line] for line in lines] == [
        *(3, 2, 27, date(2026, 1, 20), "call"),
        *(date(2026, 2, 1), date(2026, 1, 5)),
    ]
    assert {key: reason for key, (_, reason) in refused.items()} == {
        "2": "there are no rows to look at",
        "3": "more than 3 rows of event",
    }


def test_a_bound_on_rows_keeps_a_sum_within_its_digits() -> None:
    sheet = parse_sheet(EVENTS, ONE)
    assert str(sheet.types["total"]) == "yuan(2) 0..27"  # 3 rows of 9 at most
    assert str(sheet.types["visits"]) == "1(0) 0..3"


SLABS = Shelf(
    {
        "slab": (
            {
                "kind": Input(one_of=("shop", "flat")),
                "low": Input(unit="kWh", min=D(0), max=D(999)),
                "adder": Input(unit="yuan/kWh", scale=1, min=D(0), max=D(9)),
            },
            ("kind", "low"),
            [
                (date(2020, 1, 1), None, {"kind": "shop", "low": D(0), "adder": D("0.5")}),
                (date(2020, 1, 1), None, {"kind": "flat", "low": D(0), "adder": D("0.1")}),
                (date(2020, 1, 1), date(2026, 1, 1), {"kind": "flat", "low": D(100), "adder": D("0.2")}),
                (date(2026, 1, 1), None, {"kind": "flat", "low": D(80), "adder": D("0.3")}),
            ],
        )
    }
)
SLABBED = """
sheet t -> bill.y
each bill
  in kind : one_of(shop, flat)
  in on : date
  in used : kWh(0) 0..999
each step in bill by low from slab on on for kind at most 2 rows
  in low : kWh(0)
  in adder : yuan/kWh(1)
  part = max(used - low, 0) * adder
each bill
  steps = count(step)
  y = sum(part)
"""


def test_a_table_gives_only_the_rows_of_a_key(engine: Engine) -> None:
    cells, _ = agree(
        engine,
        SLABBED,
        [
            {"bill": "1", "kind": "shop", "on": "2026-05-01", "used": "110"},  # 110 × 0.5
            {"bill": "2", "kind": "flat", "on": "2025-12-31", "used": "110"},  # 11 and 10 × 0.2
            {"bill": "3", "kind": "flat", "on": "2026-01-01", "used": "110"},  # 11 and 30 × 0.3
        ],
        SLABS,
    )
    assert [(cells[key, "bill", "steps"], cells[key, "bill", "y"]) for key in "123"] == [
        (1, D(55)),
        (2, D(13)),
        (2, D(20)),
    ]


CREDIT = """
sheet t -> account.due
each account
  in opening : kWh(1) 0..50
each meter in account by number
each month in meter by seq at most 12 rows
  in seq : int 1..12
  in made : kWh(1) 0..60
  in used : kWh(1) 0..60
  in reading : kWh(0) 0..999
  since = reading - previous(reading, 0)
  brought : kWh(1) 0..100 = previous(left, opening)
  net = used - made - brought
  tenth = ratio(net, used, 1, half_up)
  left = if net < 0 then round(-net, 0, down) + tenth * 0 kWh else 0
  owed = max(net, 0)
each account
  read = sum(since)
  due = sum(owed)
"""


def account(key: str, opening: str, *meters: list[tuple[int, str, str]]) -> dict[str, Any]:
    listed = [
        {
            "number": f"m{n}",
            "month": [{"seq": s, "made": m, "used": u, "reading": 10 * s} for s, m, u in months],
        }
        for n, months in enumerate(meters)
    ]
    return {"account": key, "opening": opening, "meter": listed}


def test_what_a_month_leaves_is_carried_to_the_next(engine: Engine) -> None:
    cells, refused = agree(
        engine,
        CREDIT,
        [
            # July: 10 − 25 − 5 = −20 leaves 20; August: 12.5 − 0 − 20 = −7.5 leaves 7 (whole kWh);
            # October, the row after: 30 − 0 − 7 = 23 is owed. The other meter begins with 5 of its own.
            account("1", "5", [(10, "0", "30"), (7, "25", "10"), (8, "0", "12.5")], [(1, "0", "6")]),
            account("2", "0", [(1, "60", "1"), (2, "60", "1"), (3, "1", "1")]),  # 59, then 118: over 100
            account("3", "0", [(1, "1", "1")], [(1, "0", "1"), (2, "1", "0"), (3, "1", "1")]),  # used is 0
            account("4", "0"),
        ],
    )
    month = ("1", "month", "m0")
    assert [cells[*month, seq, "brought"] for seq in ("7", "8", "10")] == [5, 20, 7]
    assert [cells[*month, seq, "owed"] for seq in ("7", "8", "10")] == [0, 0, 23]
    assert [cells[*month, seq, "since"] for seq in ("7", "8", "10")] == [70, 10, 20]
    assert cells["1", "account", "due"] == 24  # 23, and 6 − 5 = 1 of the other meter
    assert {key: reason for key, (_, reason) in refused.items()} == {
        "2": "what the row before carries on is out of the range declared",
        "3": "the divisor is zero",
    }


@slow(25)
@given(
    st.lists(
        st.tuples(
            amounts("0", "50", 1),
            st.lists(st.tuples(amounts("0", "60", 1), amounts("0.1", "60", 1)), max_size=12),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_duckdb_carries_over_what_a_loop_does(duckdb_engine: Engine, found: list[Any]) -> None:
    cases = [
        account(str(n), opening, [(s, made, used) for s, (made, used) in enumerate(months, 1)])
        for n, (opening, months) in enumerate(found)
    ]
    cells, refused = agree(duckdb_engine, CREDIT, cases)
    for n, (opening, months) in enumerate(found):
        left, owed = D(opening), D(0)
        for made, used in months:
            if left > 100 or D(used) == 0:  # out of the range declared; the tenth divides by what is used
                assert str(n) in refused
                break
            net = D(used) - D(made) - left
            left, owed = D(int(max(-net, 0))), owed + max(net, 0)
        else:
            assert cells[str(n), "account", "due"] == owed


ASKED = """
sheet t -> bill.y
each bill
  in kind : one_of(shop, flat)
  in on : date
  in used : kWh(0) 0..999
  look price : yuan/kWh(1) = price.price on on for kind
  y = if used = 0 then 0 else used * price
"""
PRICE = Shelf(
    {
        "price": (
            {
                "kind": Input(one_of=("shop", "flat")),
                "price": Input(unit="yuan/kWh", scale=1, min=D(0), max=D(9)),
            },
            ("kind",),
            [(date(2026, 1, 1), None, {"kind": "flat", "price": D("0.5")})],
        )
    }
)


def test_a_price_is_asked_only_where_it_is_used(engine: Engine) -> None:
    def bill(key: str, kind: str, used: str) -> dict[str, str]:
        return {"bill": key, "kind": kind, "on": "2026-03-01", "used": used}

    cases = [bill("1", "flat", "10"), bill("2", "shop", "0"), bill("3", "shop", "1")]
    cells, refused = agree(engine, ASKED, cases, PRICE)
    assert [cells[key, "bill", "y"] for key in "12"] == [5, 0]
    assert {key: reason for key, (_, reason) in refused.items()} == {
        "3": "price has no row for these keys on this day"
    }
    _, refused = agree(engine, ASKED + "  x = price * 2\n", cases, PRICE)  # a line uses it anyway
    assert set(refused) == {"2", "3"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (" at most 12 rows", "", "grain says too little"),
        ("brought : kWh(1) 0..100 =", "brought =", "grain says too little"),
        ("previous(left, opening)", "previous(left, 5 yuan)", "what is handed on is yuan(0) 5..5"),
        ("  tenth =", "  require net < 9 : dear\n  tenth =", 'previous waits for "left"'),
        ("  left = if", "  spare = if", 'previous waits for "left"'),
        ("net = used", "net = previous(used, 0) + used", "a chain along the rows looks at no other rows"),
        ("at most 12 rows", "at most 0 rows", "at most bounds the rows of a lower grain"),
        ("made : kWh(1)", "made : kWh(2)", "what is handed on is"),
    ],
)
def test_a_chain_that_cannot_be_reckoned_is_refused_with_what_is_wrong(old: str, new: str, said: str) -> None:
    text = CREDIT.replace("round(-net, 0, down)", "-net") if "kWh(2)" in new else CREDIT
    assert old in text
    with pytest.raises(SheetError) as refusal:
        parse_sheet(text.replace(old, new), Shelf())
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("y = a + 14", "a date takes a whole number of days"),
        ("y = a + 1.5 days", "a date takes a whole number of days"),
        ("y = x + 1 yuan", "units differ: kWh and yuan"),
        ("y = x > month(a)", "units differ: kWh and none in >"),
        ("y = round(x, 1 kWh)", "decimals are written -12 to 12; -1 rounds to tens"),
        ("y = ratio(x, x, 12, down)", "the quotient may reach"),
        (
            "y = ratio(x * x, x, 9, down)",
            "may reach 29 digits of 18, the dividend 39 and the divisor 22 of 38",
        ),
        ("y = min(a, 5)", "a date belongs here"),
        ("y = count(x)", "count looks at rows of a lower grain"),
    ],
)
def test_a_mistake_says_what_is_reached_and_what_is_allowed(line: str, said: str) -> None:
    with pytest.raises(SheetError) as refusal:
        parse_sheet(flat(line, "a : date", "x : kWh(4) -99999999..99999999"), Shelf())
    assert said in str(refusal.value)


def test_a_line_that_names_no_region_counts_by_the_packs_own(duckdb_engine: Engine) -> None:
    """Two calendars are in play; each case stays one row."""
    days = "a : date", "b : date", "there : region"
    sheet = parse_sheet(flat("here = workdays(a, b)\ny = workdays(a, b, there)", *days), Shelf())
    dialect = duckdb_engine.dialect
    columns = {"c": dialect.text, "a": "DATE", "b": "DATE", "there": dialect.text}
    monday, friday = date(2026, 3, 2), date(2026, 3, 6)
    duckdb_engine.rows("in_c", columns, [("1", monday, friday, "110000"), ("2", monday, friday, "450300")])
    counted = {"place": dialect.text, "day": "DATE", "cum": "INTEGER", "before": "INTEGER"}
    # everywhere four days, Tuesday to Friday; at 45 one of them is a local day of rest
    everywhere = [("", monday, 1, 0), ("", friday, 5, 4)]
    duckdb_engine.rows("workdays", counted, [*everywhere, ("45", monday, 1, 0), ("45", friday, 4, 3)])
    for home, here in (("450300", 3), ("110000", 4)):
        script = print_sheet(sheet, {}, dialect, places=["45"], home=home)
        found = sorted(duckdb_engine.fetch(script.query(script.outputs["c"])))
        assert [row[-2:] for row in found] == [(here, 4), (here, 3)]


MISTAKES = {
    "a word that is also a line is quoted": (
        "sheet s -> case.y\neach case\n  in c : id\n  in period : one_of(on_peak, off_peak)\n"
        "each energy in case by h\n  in h : int 0..23\n  on_peak = h * 2\n"
        "each case\n  y = if period = on_peak then sum(on_peak) else 0\n",
        '"on_peak"',
    ),
    "a word by itself is quoted": (
        "sheet s -> case.y\neach case\n  in c : id\n  in period : one_of(on_peak, off_peak)\n  y = off_peak\n",
        'write "off_peak"',
    ),
    "the day of a look has a name": (
        "sheet s -> case.y\neach case\n  in c : id\n  look p : yuan(2) = price on 2000-01-01\n  y = p\n",
        "day = 2000-01-01",
    ),
    "comparisons that go two ways are not chained": (
        "sheet s -> case.y\neach case\n  in c : id\n  in m : int 0..9\n  y = if 1 < m > 3 then 1 else 0\n",
        "chain one way",
    ),
}


@pytest.mark.parametrize("said", MISTAKES, ids=str)
def test_a_mistake_is_told_with_what_mends_it(said: str) -> None:
    """packs.md, stumbles 5, 8 and 11."""
    text, remedy = MISTAKES[said]
    with pytest.raises(SheetError) as refusal:
        parse_sheet(text, Shelf())
    assert remedy in refusal.value.remedy.en
