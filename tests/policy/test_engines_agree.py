"""Laws that hold for any rows: every engine gives what Decimal gives, and amounts cancel and add up."""

from __future__ import annotations

import functools
import operator
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.harness import Shelf, agree, exact, printed_sql
from tests.policy.test_conformance import GROUPED, PRICES, TIERED
from tongdian.bulk.engines import Engine
from tongdian.policy.dialects import DUCKDB
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.sheet_sql import print_sheet


def slow(examples: int) -> settings:
    """Engines are slower than Hypothesis expects."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def amounts(low: str, high: str, places: int) -> st.SearchStrategy[str]:
    """Decimals as text, often near a half tick or an edge."""
    plain = st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False, allow_infinity=False)
    kinds = [plain, st.sampled_from([Decimal(low), Decimal(high), Decimal(0)])]
    if places >= 3:
        tenths = st.integers(int(Decimal(low)) * 10, int(Decimal(high)) * 10 - 1)
        kinds.append(tenths.map(lambda n: Decimal(n) / 10 + Decimal("0.005")))
    return st.one_of(kinds).map(lambda x: f"{x:f}")


ARITHMETIC = """
sheet t -> c.y
each c
  in a : kWh(3) -99999..99999
  in b : yuan/kWh(8) -100..100
  in d : kWh(3) -999..999
  in t : bool
  amount = round(a * b, 2)
  lower = round(a * b, 1, down)
  upper = round(a * b, 3, up)
  per = if d = 0 then 0 else ratio(a, d, 4, half_up)
  least = min(a, d, 0)
  most = max(a, d)
  inside = clip(a, -10, max(d, 0))
  chosen = if t and a > d or not t and a = d then a else -d
  y = amount + round(most * b, 2) - round(least * b, 2)
  require y > -9999999 : never
"""
FLAT_CASES = st.lists(
    st.fixed_dictionaries(
        {
            "a": amounts("-99999", "99999", 3),
            "b": amounts("-100", "100", 8),
            "d": amounts("-999", "999", 3),
            "t": st.booleans(),
        }
    ),
    min_size=1,
    max_size=40,
)
GROUPS = st.lists(
    st.fixed_dictionaries(
        {
            "total": amounts("-10", "99999", 2),
            "user": st.lists(
                st.fixed_dictionaries({"used": amounts("-1", "9999", 2), "band": st.integers(0, 2)}),
                max_size=7,
            ),
        }
    ),
    min_size=1,
    max_size=12,
)
DAYS = ["2019-12-31", "2020-01-01", "2025-12-31", "2026-01-01", "2026-05-31", "2026-06-01", "2030-02-28"]
BILLS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["shop", "flat"]),
            "segment": st.lists(
                st.fixed_dictionaries({"start": st.sampled_from(DAYS), "used": amounts("-9999", "9999", 2)}),
                max_size=5,
                unique_by=lambda row: row["start"],
            ),
        }
    ),
    min_size=1,
    max_size=12,
)


def keyed(root: str, cases: list[dict[str, Any]], child: str = "", key: str = "") -> list[dict[str, Any]]:
    """Cases with their ids, and ids for rows that have none."""
    return [
        {**case, root: str(n)}
        | ({child: [{key: f"m{i}", **row} for i, row in enumerate(case[child])]} if key else {})
        for n, case in enumerate(cases)
    ]


BANDED = GROUPED.replace("  in band : int 0..9\n", "").replace("  part =", "  in band : int 0..9\n  part =")


@slow(60)
@given(FLAT_CASES)
def test_duckdb_computes_what_decimal_does(duckdb_engine: Engine, cases: list[dict[str, Any]]) -> None:
    agree(duckdb_engine, ARITHMETIC, keyed("c", cases))


DIVIDED = """
sheet t -> c.y
each c
  in a : kWh(2) -{most}..{most}
  in b : kWh(2) 1000..9999
  y = ratio(a, b, 2, half_up)
"""


@pytest.mark.parametrize(
    ("most", "whole"),
    [
        # on the way to two decimals twice the ticks are met: 2 x 10^14 x 10^4 is below 2^63 = 9.22 x 10^18
        ("100000000000000", "BIGINT"),
        ("1000000000000000", "HUGEINT"),  # and 2 x 10^19 is not
    ],
)
def test_a_quotient_beyond_64_bits_is_divided_in_128(duckdb_engine: Engine, most: str, whole: str) -> None:
    text = DIVIDED.format(most=most)
    script = print_sheet(parse_sheet(text, Shelf()), {}, DUCKDB)
    printed = script.query(script.outputs["c"])
    assert {"BIGINT", "HUGEINT"} & set(re.findall(r"AS (\w+)\)", printed)) == {whole}
    edges = [most, f"-{most}", "0.01", "-0.05", "99999999.99"]
    cases = [{"a": a, "b": b} for a in edges for b in ("1000", "1000.01", "3333.33", "9999")]
    agree(duckdb_engine, text, keyed("c", cases))


@slow(40)
@given(GROUPS)
def test_duckdb_shares_what_decimal_does(duckdb_engine: Engine, groups: list[dict[str, Any]]) -> None:
    agree(duckdb_engine, BANDED, keyed("master", groups, "user", "meter"))


@slow(40)
@given(BILLS)
def test_duckdb_looks_up_what_decimal_does(duckdb_engine: Engine, bills: list[dict[str, Any]]) -> None:
    agree(duckdb_engine, TIERED, keyed("bill", bills), PRICES)


@slow(3)
@given(
    st.lists(FLAT_CASES, min_size=8, max_size=8),
    st.lists(GROUPS, min_size=8, max_size=8),
    st.lists(BILLS, min_size=8, max_size=8),
)
def test_spark_computes_what_decimal_does(
    spark_engine: Engine, flat: list[Any], groups: list[Any], bills: list[Any]
) -> None:
    # a Spark job takes seconds whatever its size: many generated cases ride in one
    agree(spark_engine, ARITHMETIC, keyed("c", functools.reduce(operator.iadd, flat, [])))
    agree(spark_engine, BANDED, keyed("master", functools.reduce(operator.iadd, groups, []), "user", "meter"))
    agree(spark_engine, TIERED, keyed("bill", functools.reduce(operator.iadd, bills, [])), PRICES)


@given(GROUPS)
def test_shares_sum_to_what_is_shared_and_more_use_never_pays_less(groups: list[dict[str, Any]]) -> None:
    cells, refused = exact(parse_sheet(BANDED, Shelf()), keyed("master", groups, "user", "meter"), {})
    for n, group in enumerate(groups):
        if str(n) in refused or not group["user"]:
            continue
        parts = [
            (Decimal(u["used"]), cells[str(n), "user", f"m{i}", "part"]) for i, u in enumerate(group["user"])
        ]
        assert sum(part for _, part in parts) == Decimal(group["total"])
        # 多用多摊: apart from the odd tick that goes to equal users by key
        assert all(a <= b + Decimal("0.01") for (x, a) in parts for (y, b) in parts if x <= y)


@given(amounts("-99999", "99999", 3), amounts("-100", "100", 8))
def test_a_reversal_cancels_to_the_last_tick(a: str, b: str) -> None:
    case = {"a": a, "b": b, "d": "0", "t": True}
    opposite = case | {"a": a[1:] if a.startswith("-") else f"-{a}"}
    unguarded = ARITHMETIC.replace("  require y > -9999999 : never\n", "")
    cells, _ = exact(parse_sheet(unguarded, Shelf()), keyed("c", [case, opposite]), {})
    for line in ("amount", "lower", "upper"):
        assert cells["0", "c", line] == -cells["1", "c", line]


@pytest.mark.parametrize("where", ["duckdb", "spark"])
def test_printed_sql_is_what_was_reviewed(where: str) -> None:
    """Golden files: a change of the printers shows in review as a change of SQL."""
    from pathlib import Path

    from tongdian.policy.dialects import DIALECTS

    folder = Path(__file__).parent / "golden"
    for name, text, shelf in (
        ("arithmetic", ARITHMETIC, Shelf()),
        ("grouped", BANDED, Shelf()),
        ("tiered", TIERED, PRICES),
    ):
        printed = printed_sql(text, shelf, DIALECTS[where])
        golden = folder / f"{name}.{where}.sql"
        assert printed == golden.read_text(encoding="utf-8"), f"see docs/how-to/add-a-kind.md: {golden.name}"
