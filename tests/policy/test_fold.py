"""The third printer alone: what it says, how wide, how often, and what it cannot say, by name."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.fold_harness import folded
from tests.policy.harness import Shelf, agrees_folded, exact
from tests.policy.test_conformance import LOWER, PRICES, flat
from tests.policy.test_engines_agree import BANDED, slow
from tests.policy.test_rows_and_dates import CREDIT, SLABBED, SLABS
from tongdian.policy.fold_values import Unsaid
from tongdian.policy.sheet import Let
from tongdian.policy.sheet_fold import print_fold
from tongdian.policy.sheet_reader import parse_sheet

GOLDEN = Path(__file__).parent / "golden"


def printed(text: str, *outputs: str, shelf: Shelf | None = None) -> str:
    sheet = parse_sheet(text, shelf or Shelf())
    return print_fold(sheet, outputs or [item.name for item in sheet.items if isinstance(item, Let)]).text


def test_what_is_printed_is_what_was_reviewed() -> None:
    """Golden file: a change of the printer shows in review as a change of its text."""
    assert printed(LOWER, "y", "is_late", "furthest") == (GOLDEN / "lower.fold.txt").read_text("utf-8")


def test_a_step_that_is_written_twice_stands_once_and_what_nobody_asks_for_not_at_all() -> None:
    """Of four lines two use a * b, one uses nothing asked for: one product, and no minimum."""
    text = flat("p = a * b\nq = a * b + 1\nunused = min(a, b)\ny = p + q", "a : int 0..9", "b : int 0..9")
    said = printed(text, "y")
    assert len(re.findall(r" \* ", re.sub(r"#.*", "", said))) == 1
    assert "minimum" not in said


def test_an_array_is_let_go_after_its_last_use() -> None:
    said = printed(flat("y = (a + 1) * 2", "a : int 0..9"), "y")
    assert re.search(r"t2 = t1 \+ 1\n    del t1\n    t3 = t2 \* 2\n    del t2\n    return", said)


@pytest.mark.parametrize(
    ("most", "bits"),
    [("46340", 32), ("46341", 64)],  # 46340² = 2,147,395,600 < 2³¹ - 1 = 2,147,483,647 < 46341²
)
def test_a_number_stands_in_32_bits_where_they_hold_its_range(most: str, bits: int) -> None:
    text = flat("y = a * b", f"a : int 0..{most}", f"b : int 0..{most}")
    assert ("dtype=i64" in printed(text, "y")) == (bits == 64)
    agrees(text, [{"c": "1", "a": most, "b": most}])


def test_how_many_rows_a_parent_has_follows_from_the_range_of_their_key() -> None:
    """999 rows of at most 2,000,000 are 1,998,000,000 and fit 32 bits; 9,999 rows do not."""
    text = "sheet t -> c.y\neach c\neach r in c by n\n  in n : int 1..{}\n  in x : int 0..2000000\neach c\n  y = sum(x)"
    assert "at.sum('c', 'r', t1, i32)" in printed(text.format(999), "y")
    assert "at.sum('c', 'r', t1, i64)" in printed(text.format(9999), "y")
    agrees(text.format(9999), [{"c": "1", "r": [{"n": n, "x": 2_000_000} for n in range(1, 1200)]}])


LOOKED = """
sheet t -> b.y
each b
  in kind : one_of(shop, flat)
  in start : date
  look p : yuan/kWh(4) = price.price on start for kind
  y = p * 2
"""
UNSAID: dict[str, tuple[str, Shelf | None, str]] = {
    "look (rows of a table)": (LOOKED, PRICES, "y"),
    "from (rows of a table)": (SLABBED, SLABS, "y"),
    "share": (BANDED, None, "check"),
    "what one row hands on to the next (previous)": (CREDIT, None, "due"),
    "instants": (flat("y = seconds(a, b)", "a : instant", "b : instant"), None, "y"),
    "numbers of more than 18 digits": (
        flat("y = a * b", "a : kWh(8) 0..9999999999", "b : ratio(2) 0..99"),
        None,
        "y",
    ),
    "reckoning with c": (flat("y = c = d", "d : id"), None, "y"),
    "the order of identifiers": (flat("y = d > e", "d : id", "e : id"), None, "y"),
}


@pytest.mark.parametrize("what", UNSAID)
def test_what_it_cannot_say_it_names(what: str) -> None:
    text, shelf, result = UNSAID[what]
    with pytest.raises(Unsaid, match=f"^{re.escape(what)}$"):
        printed(text, result, shelf=shelf)


def agrees(text: str, cases: list[dict[str, Any]]) -> None:
    sheet = parse_sheet(text, Shelf())
    wanted, refused = exact(sheet, cases, {})
    agrees_folded(sheet, cases, wanted, set(refused))


# --- generated rows ---
RUNS = """
sheet t -> c.y
each c
  in begun : date
  in place : region
  in flag : bool default false
each e in c by seq
  in seq : int 1..99
  in kind : one_of(a, b, d)
  in on : date
  in x : kWh(2) -50..50
  late = workdays(begun, on, place) > 3
  so_far = reached(x, kind)
  added = before(x, kind)
  gone = days(begun, on)
  step = previous(x, 1)
  weighed = if kind in (a, b) then round(x * 1.5, 1) else -x
  ended = if on > begun then begun else on
each e_of_day in e by n
  in n : int 1..9
  in cost : yuan(2) 0..99.99
  dear = cost > 50
each e
  paid = sum(cost)
  dearest = max(cost)
  some = any(dear)
  several = count(dear)
each c
  rows = count(e)
  total = sum(x)
  cost_of_all = sum(cost)
  least = min(x)
  most = max(weighed)
  is_late = any(late) or flag and any(some)
  reach = max(so_far)
  sums = sum(added)
  last_on = if rows > 0 then max(on) else begun
  first_kind = if rows > 0 then first(kind) else "a"
  per = if rows > 0 then ratio(total, rows * 1 kWh, 3, half_up) else 0
  soonest = workday_after(begun, 5, place)
  quarter = month(begun) * 100 + weekday(begun)
  y = total + reach - sums
  require y > -100000 : never
"""
NEAR = ["2026-02-13", "2026-02-14", "2026-02-23", "2026-02-28", "2026-03-02", "2026-09-30", "2026-10-10"]
RUN_CASES = st.lists(
    st.fixed_dictionaries(
        {
            "begun": st.sampled_from([*NEAR, "1999-12-31"]),
            "place": st.sampled_from(["450300", "110000"]),
            "flag": st.sampled_from([True, False, None]),
            "e": st.lists(
                st.fixed_dictionaries(
                    {
                        "seq": st.integers(1, 99),
                        "kind": st.sampled_from("abd"),
                        "on": st.sampled_from(NEAR),
                        "x": st.decimals(-50, 50, places=2).map(str),
                        "e_of_day": st.lists(
                            st.fixed_dictionaries(
                                {
                                    "n": st.integers(1, 9),
                                    "cost": st.decimals(0, Decimal("99.99"), places=2).map(str),
                                }
                            ),
                            max_size=3,
                            unique_by=lambda row: row["n"],
                        ),
                    }
                ),
                max_size=6,
                unique_by=lambda row: row["seq"],
            ),
        }
    ),
    min_size=1,
    max_size=15,
)


@slow(150)
@given(RUN_CASES)
def test_runs_of_rows_give_what_decimal_gives(cases: list[dict[str, Any]]) -> None:
    agrees(RUNS, [{**case, "c": str(n)} for n, case in enumerate(cases)])


def test_no_case_is_no_row() -> None:
    sheet = parse_sheet(LOWER, Shelf())
    assert folded(sheet, []) == ({}, set())
