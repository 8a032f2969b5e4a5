"""Every operator on every engine at the values where engines differ from one another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from tests.policy.harness import Shelf, agree
from tongdian.bulk.engines import Engine
from tongdian.policy.inputs import Input

BIG = "9" * 34 + ".99"  # 36 digits


def flat(lines: str, *inputs: str, result: str = "y") -> str:
    """A sheet of one grain."""
    declared = "\n".join(f"  in {one}" for one in inputs)
    return f"sheet t -> c.{result}\neach c\n{declared}\n" + "\n".join(
        f"  {line}" for line in lines.split("\n")
    )


def rows(name: str, *values: Any) -> list[dict[str, Any]]:
    """One case a value, numbered from 1."""
    return [{"c": str(n), name: value} for n, value in enumerate(values, 1)]


MONEY = "x : yuan(3) -1000000..1000000"
TICKS = [
    "0.005",
    "-0.005",
    "0.004",
    "0.015",
    "2.675",
    "-2.675",
    "0",
    "1.000",
    "-0.001",
    "999999.995",
    "0.001",
    "-0.009",
]

FLAT: dict[str, tuple[str, list[dict[str, Any]], dict[str, Any]]] = {
    "a place is in those around it, by the digits that are not filled up": (
        flat('y = if r in ("450300", "110000") then 1 else 0', "r : region"),
        rows("r", "450311", "450300", "450100", "450000", "110105"),
        {"1": "1", "2": "1", "3": "0", "4": "0", "5": "1"},
    ),
    "round half up goes away from zero": (
        flat("y = round(x, 2)", MONEY),
        rows("x", *TICKS),
        {"1": "0.01", "2": "-0.01", "3": "0", "5": "2.68", "6": "-2.68"},
    ),
    "round half up to whole": (
        flat("y = round(x, 0)", MONEY),
        rows("x", "0.5", "1.5", "-0.5", "2.499"),
        {"1": "1", "2": "2", "3": "-1", "4": "2"},
    ),
    "round down goes towards zero": (
        flat("y = round(x, 2, down)", MONEY),
        rows("x", *TICKS),
        {"1": "0", "2": "0", "5": "2.67", "6": "-2.67", "10": "999999.99"},
    ),
    "round up goes away from zero": (
        flat("y = round(x, 2, up)", MONEY),
        rows("x", *TICKS),
        {"1": "0.01", "3": "0.01", "7": "0", "8": "1.00", "9": "-0.01"},
    ),
    # 3,333,333.33 × 30 = 99,999,999.90 is the last product of ten decimals that 64 bits are sure to hold
    "a product rounds alike on both sides of what 64 bits hold": (
        flat("y = round(x * p, 2)", "x : 1(2) -9999999..9999999", "p : 1(8) 0..30"),
        [
            {"c": "1", "x": "3333333.33", "p": "30"},
            {"c": "2", "x": "-3333333.33", "p": "30"},
            {"c": "3", "x": "3333333.34", "p": "30"},
            {"c": "4", "x": "-3333333.34", "p": "29.99999999"},
            {"c": "5", "x": "9999999", "p": "29.99999999"},
            {"c": "6", "x": "0.01", "p": "0.5"},
            {"c": "7", "x": "-0.01", "p": "0.5"},
            {"c": "8", "x": "9999998.01", "p": "0.5"},
            {"c": "9", "x": "-9999998.01", "p": "0.5"},
        ],
        {
            "1": "99999999.90",
            "2": "-99999999.90",
            "3": "100000000.20",
            "6": "0.01",
            "7": "-0.01",
            "8": "4999999.01",
            "9": "-4999999.01",
        },
    ),
    "rounding to more decimals changes nothing": (
        flat("y = round(x, 5)", MONEY),
        rows("x", *TICKS),
        {"1": "0.005"},
    ),
    "sums of different scales": (
        flat("y = x + z", MONEY, "z : yuan(1) -9..9"),
        [{"c": "1", "x": "0.001", "z": "0.1"}, {"c": "2", "x": "-1", "z": "-9"}],
        {"1": "0.101", "2": "-10"},
    ),
    "a product keeps every digit": (
        flat("y = x * z", "x : kWh(8) -99999999..99999999", "z : yuan/kWh(8) -9999999..9999999"),
        [
            {"c": "1", "x": "99999998.99999999", "z": "9999998.99999999"},
            {"c": "2", "x": "-0.00000001", "z": "0.00000001"},
        ],
        {"2": "-0.0000000000000001"},
    ),
    "38 digits are added exactly": (
        flat("y = x - z", f"x : yuan(2) -{BIG}..{BIG}", "z : yuan(2) 0..1"),
        [{"c": "1", "x": BIG, "z": "0.01"}, {"c": "2", "x": "-" + BIG, "z": "1"}],
        {"1": BIG[:-1] + "8"},
    ),
    "ratio rounds once": (
        flat("y = ratio(x, z, 2, half_up)", MONEY, "z : yuan(3) -1000..1000"),
        [
            {"c": "1", "x": "1", "z": "3"},
            {"c": "2", "x": "-1", "z": "3"},
            {"c": "3", "x": "1", "z": "8"},
            {"c": "4", "x": "0.005", "z": "1"},
            {"c": "5", "x": "1", "z": "0"},
            {"c": "6", "x": "0", "z": "0"},
            {"c": "7", "x": "0.045", "z": "-10"},
            {"c": "8", "x": "2", "z": "-3"},
        ],
        {"1": "0.33", "2": "-0.33", "3": "0.13", "4": "0.01", "5": None, "6": None, "7": "0", "8": "-0.67"},
    ),
    "ratio down and up": (
        flat("y = ratio(x, z, 0, down)\nu = ratio(x, z, 0, up)", MONEY, "z : yuan(3) -1000..1000"),
        [
            {"c": "1", "x": "7", "z": "2"},
            {"c": "2", "x": "-7", "z": "2"},
            {"c": "3", "x": "8", "z": "2"},
            {"c": "4", "x": "0", "z": "5"},
        ],
        {"1": "3", "2": "-3", "3": "4", "4": "0"},
    ),
    "if and a branch that would fail but is not taken": (
        flat("y = if z = 0 then 0 else ratio(x, z, 2, half_up)", MONEY, "z : yuan(3) -1000..1000"),
        [{"c": "1", "x": "1", "z": "0"}, {"c": "2", "x": "1", "z": "2"}],
        {"1": "0", "2": "0.5"},
    ),
    "a failed condition stays failed": (
        flat("y = if ratio(x, z, 2, half_up) > 1 then 1 else 0", MONEY, "z : yuan(3) -1000..1000"),
        [{"c": "1", "x": "1", "z": "0"}, {"c": "2", "x": "3", "z": "2"}],
        {"1": None, "2": "1"},
    ),
    "and decides from the left": (
        flat(
            "t = z > 0 and ratio(x, z, 2, half_up) > 1\nf = ratio(x, z, 2, half_up) > 1 and false\ny = if t then 1 else 0",
            MONEY,
            "z : yuan(3) -1000..1000",
        ),
        [{"c": "1", "x": "1", "z": "0"}, {"c": "2", "x": "3", "z": "2"}],
        {"1": None, "2": "1"},
    ),
    "or decides from the left": (
        flat(
            "t = z = 0 or ratio(x, z, 2, half_up) > 1\ny = if t then 1 else 0",
            MONEY,
            "z : yuan(3) -1000..1000",
        ),
        [{"c": "1", "x": "1", "z": "0"}, {"c": "2", "x": "3", "z": "2"}, {"c": "3", "x": "1", "z": "2"}],
        {"1": "1", "2": "1", "3": "0"},
    ),
    "min, max and clip": (
        flat("y = clip(x, -1, z)\nu = min(x, z, 0)\nv = max(x, z)", MONEY, "z : yuan(1) 0..5"),
        [
            {"c": "1", "x": "-7.001", "z": "2.5"},
            {"c": "2", "x": "3", "z": "2.5"},
            {"c": "3", "x": "0.001", "z": "5"},
        ],
        {"1": "-1", "2": "2.5", "3": "0.001"},
    ),
    "min of something failed is failed": (
        flat("y = min(ratio(x, z, 2, half_up), 5)", MONEY, "z : yuan(3) -1000..1000"),
        [{"c": "1", "x": "1", "z": "0"}, {"c": "2", "x": "3", "z": "2"}],
        {"1": None, "2": "1.5"},
    ),
    "comparisons at equality": (
        flat(
            "y = (if x < 1 then 1 else 0) + (if x <= 1 then 2 else 0) + (if x = 1 then 4 else 0) + (if x != 1 then 8 else 0) + (if x >= 1 then 16 else 0) + (if x > 1 then 32 else 0)",
            MONEY,
        ),
        rows("x", "1", "0.999", "1.001"),
        {"1": "22", "2": "11", "3": "56"},
    ),
    "not, in and words": (
        flat(
            'y = if k in (shop, "stall") then 1 else 2\nt = not k = shop\nu = if k != flat then k else shop',
            "k : one_of(shop, stall, flat)",
        ),
        rows("k", "shop", "stall", "flat"),
        {"1": "1", "3": "2"},
    ),
    "days across month ends and leap days": (
        flat("y = days(a, b)", "a : date", "b : date"),
        [
            {"c": "1", "a": "2024-02-28", "b": "2024-03-01"},
            {"c": "2", "a": "2023-02-28", "b": "2023-03-01"},
            {"c": "3", "a": "2026-01-31", "b": "2026-01-31"},
            {"c": "4", "a": "2026-03-01", "b": "2026-02-28"},
            {"c": "5", "a": "2025-12-31", "b": "2026-01-01"},
        ],
        {"1": "2", "2": "1", "3": "0", "4": "-1", "5": "1"},
    ),
    "working days with make-up weekends, and none past the calendar": (
        flat("y = workdays(a, b)", "a : date", "b : date"),
        [
            {"c": "1", "a": "2021-09-30", "b": "2021-10-13"},
            {"c": "2", "a": "2021-10-13", "b": "2021-09-30"},
            {"c": "3", "a": "2021-10-01", "b": "2021-10-07"},
            {"c": "4", "a": "2021-10-01", "b": "2199-01-01"},
            {"c": "5", "a": "1999-01-01", "b": "2021-01-01"},
        ],
        {"1": "5", "2": "-5", "3": "0", "4": None, "5": None},
    ),
    "the day some working days later": (
        flat("e = workday_after(a, n)\ny = days(a, e)", "a : date", "n : workday(0) -9..9999"),
        [
            {"c": "1", "a": "2021-09-30", "n": "5"},  # 13 October: the 9th, a Saturday, is worked
            {"c": "2", "a": "2021-10-02", "n": "0"},
            {"c": "3", "a": "2021-10-02", "n": "1"},
            {"c": "4", "a": "2021-10-02", "n": "-1"},
            {"c": "5", "a": "2026-12-30", "n": "30"},
            {"c": "6", "a": "1999-01-01", "n": "0"},
        ],
        {"1": "13", "2": "0", "3": "6", "4": None, "5": None, "6": None},
    ),
    "the year of a date": (
        flat("y = year(a)", "a : date"),
        rows("a", "2025-12-31", "2026-01-01"),
        {"1": "2025", "2": "2026"},
    ),
    "the month of a date": (
        flat("y = month(a)", "a : date"),
        rows("a", "2025-12-31", "2026-01-01", "2024-02-29"),
        {"1": "12", "2": "1", "3": "2"},
    ),
    "the day of a date": (
        flat("y = day(a)", "a : date"),
        rows("a", "2025-12-31", "2026-01-01", "2024-02-29"),
        {"1": "31", "2": "1", "3": "29"},
    ),
    "Monday is the first day of the week": (
        flat("y = weekday(a)", "a : date"),
        rows("a", "2026-11-30", "2026-11-28", "2026-11-29", "1899-12-31"),
        {"1": "1", "2": "6", "3": "7", "4": "7"},
    ),
    "a month begins on its first and ends on its last day": (
        flat("f = first_of_month(a)\nl = last_of_month(a)\ny = days(f, l)", "a : date"),
        rows("a", "2024-02-29", "2026-02-01", "2026-12-31", "1900-02-28"),
        {"1": "28", "2": "27", "3": "30", "4": "27"},
    ),
    "the first failing require is the reason": (
        flat("require x >= 0 : negative\nrequire x <= 10 : large\ny = x", MONEY),
        rows("x", "-1", "11", "10", "0"),
        {"1": None, "2": None, "3": "10", "4": "0"},
    ),
    "a default stands in for a missing value": (
        flat("y = x", "x : yuan(3) 0..9 default 1.5"),
        [{"c": "1"}, {"c": "2", "x": "2"}],
        {"1": "1.5", "2": "2"},
    ),
    "negation and truth": (
        flat("n = -x\ny = if t = (x > 0) then n else 0", MONEY, "t : bool"),
        [
            {"c": "1", "x": "1", "t": True},
            {"c": "2", "x": "1", "t": False},
            {"c": "3", "x": "-1", "t": False},
        ],
        {"1": "-1", "2": "0", "3": "1"},
    ),
}


@pytest.mark.parametrize("case", FLAT)
def test_an_operator_means_the_same_on_every_engine(case: str, engine: Engine) -> None:
    text, cases, expected = FLAT[case]
    cells, refused = agree(engine, text, cases)
    for key, value in expected.items():
        if value is None:
            assert key in refused
        else:
            assert cells[key, "c", "y"] == D(value), key


GROUPED = """
sheet t -> master.check
each master
  in total : kWh(2) -99999..99999
each user in master by meter
  in used : kWh(2) -9999..9999
  part = share(total, used)
  cumulative = before(used, band)
  in band : int 0..9
each master
  check = sum(part)
  uses = sum(used)
"""


def master(key: str, total: str, *used: str) -> dict[str, Any]:
    users = [{"meter": f"m{n}", "used": value, "band": n % 2} for n, value in enumerate(used)]
    return {"master": key, "total": total, "user": users}


def test_shares_always_sum_and_ties_go_by_key(engine: Engine) -> None:
    text = GROUPED.replace("  in band : int 0..9\n", "").replace("  part =", "  in band : int 0..9\n  part =")
    cells, refused = agree(
        engine,
        text,
        [
            master("a", "0.05", "1", "1", "1"),  # 0.02, 0.02, 0.01: equal remainders, the first two win
            master("b", "100.00", "333.33", "333.33", "333.34"),
            master("c", "10", "0", "5"),
            master("d", "0", "0", "0"),  # nothing to share
            master("e", "1", "0", "0"),  # something, but nothing to share it by
            master("f", "-1", "1", "2"),
            master("g", "1", "-1", "2"),
            master("h", "0"),  # an empty group
            master("i", "99999", *["9999"] * 11),
        ],
    )
    assert [cells["a", "user", f"m{n}", "part"] for n in range(3)] == [D("0.02"), D("0.02"), D("0.01")]
    assert cells["i", "master", "check"] == D(99999)
    assert cells["h", "master", "check"] == 0
    assert set(refused) == {"e", "f", "g"}


LOWER = """
sheet t -> house.y
each house
each visit in house by seq
  in seq : int 1..99
  in kind : one_of(a, b)
  in day : int -999..999
  late = day > 10
  so_far = reached(day, kind)
each house
  most = max(day)
  least = min(day)
  is_late = any(late)
  furthest = max(so_far)
  y = most - least
"""


def test_the_greatest_the_least_and_whether_any_over_lower_rows(engine: Engine) -> None:
    def house(key: str, *visits: tuple[str, int]) -> dict[str, Any]:
        listed = [{"seq": n, "kind": kind, "day": day} for n, (kind, day) in enumerate(visits, 1)]
        return {"house": key, "visit": listed}

    cells, _ = agree(
        engine,
        LOWER,
        [
            house("1", ("a", 3), ("b", 12), ("a", 5)),
            house("2", ("a", -7), ("a", -9)),
            house("3"),  # of no rows the greatest and the least are nought, and none is late
        ],
    )
    found = {
        key: [cells[key, "house", line] for line in ("most", "least", "is_late", "furthest")] for key in "123"
    }
    assert found == {"1": [12, 3, True, 3], "2": [-7, -9, False, 0], "3": [0, 0, False, 0]}
    assert [cells["1", "visit", str(n), "so_far"] for n in (1, 2, 3)] == [0, 0, 3]


PRICES = Shelf(
    {
        "price": (
            {
                "kind": Input(one_of=("shop", "flat")),
                "price": Input(unit="yuan/kWh", scale=4, min=D(0), max=D(10)),
            },
            ("kind",),
            [
                (date(2020, 1, 1), date(2026, 6, 1), {"kind": "shop", "price": D("0.8000")}),
                (date(2026, 6, 1), None, {"kind": "shop", "price": D("0.9000")}),
                (date(2020, 1, 1), None, {"kind": "flat", "price": D("0.5000")}),
            ],
        ),
        "tiers": (
            {
                "low": Input(unit="kWh", min=D(0), max=D(9999)),
                "high": Input(unit="kWh", min=D(0), max=D(9999)),
                "adder": Input(unit="yuan/kWh", scale=2, min=D(0), max=D(1)),
            },
            (),
            [
                (date(2020, 1, 1), date(2026, 1, 1), {"low": D(0), "high": D(100), "adder": D(0)}),
                (date(2020, 1, 1), date(2026, 1, 1), {"low": D(100), "high": D(9999), "adder": D("0.05")}),
                (date(2026, 1, 1), None, {"low": D(0), "high": D(50), "adder": D(0)}),
                (date(2026, 1, 1), None, {"low": D(50), "high": D(80), "adder": D("0.1")}),
                (date(2026, 1, 1), None, {"low": D(80), "high": D(9999), "adder": D("0.3")}),
            ],
        ),
    }
)
TIERED = """
sheet t -> bill.total
each bill
  in kind : one_of(shop, flat)
each segment in bill by start
  in start : date
  in used : kWh(2) -9999..9999
  look price : yuan/kWh(4) = price.price on start for kind
  base = round(used * price, 2)
each step in segment by low from tiers on start
  in low : kWh(0)
  in high : kWh(0)
  in adder : yuan/kWh(2)
  part = clip(used, low, high) - low
  extra = round(max(part, 0) * adder, 2)
each segment
  amount = base + sum(extra)
each bill
  total = sum(amount)
  steps = sum(extra)
"""


def bill(key: str, kind: str, *segments: tuple[str, str]) -> dict[str, Any]:
    return {
        "bill": key,
        "kind": kind,
        "segment": [{"start": start, "used": used} for start, used in segments],
    }


BILLS = [
    bill(
        "a",
        "shop",
        ("2025-12-31", "150.55"),
        ("2026-01-01", "150.55"),
        ("2026-05-31", "10"),
        ("2026-06-01", "-10"),
    ),
    bill("b", "flat", ("2020-01-01", "100"), ("2026-06-01", "80.01")),
    bill("c", "shop", ("2019-12-31", "1"), ("2026-06-01", "1")),  # before every price
    bill("d", "flat"),
]


@pytest.mark.parametrize("outputs", [None, ["bill"]], ids=["every grain", "unrolled"])
def test_dated_tables_and_steps(engine: Engine, outputs: list[str] | None) -> None:
    cells, refused = agree(engine, TIERED, BILLS, PRICES)
    # 150.55 × 0.8 = 120.44, and 50.55 × 0.05 = 2.5275 → 2.53 by the tiers of 2025
    assert cells["a", "segment", "2025-12-31", "amount"] == D("122.97")
    # by the tiers of 2026: 120.44 + 30 × 0.1 + 70.55 × 0.3 = 21.165 → 21.17
    assert cells["a", "segment", "2026-01-01", "amount"] == D("144.61")
    assert cells["d", "bill", "total"] == 0
    assert refused["c"][1] == "price has no row for these keys on this day"
    if outputs:
        _same_when_unrolled(engine, cells)


def _same_when_unrolled(engine: Engine, cells: Any) -> None:
    from tests.policy.harness import _provide
    from tongdian.policy.sheet_reader import parse_sheet
    from tongdian.policy.sheet_sql import print_sheet

    sheet = parse_sheet(TIERED, PRICES)
    _provide(engine, sheet, BILLS, PRICES.rows())
    script = print_sheet(sheet, PRICES.rows(), engine.dialect, outputs=["bill"])
    assert not any(name.startswith("step") for name, _ in script.steps)
    got = {row[0]: row[2:] for row in engine.fetch(script.query(script.outputs["bill"]))}
    assert got == {key: (cells[key, "bill", "total"], cells[key, "bill", "steps"]) for key in "abd"}
