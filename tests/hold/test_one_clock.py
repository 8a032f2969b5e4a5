"""The law of the one clock in large counts: what `make test` asks of two thousand cases, of ten thousand.

Cases are driven under every way of taking the interpretations (512), and judged at the desk and by the
measure in exact arithmetic; then as many under the ways that are chosen and changed once, in DuckDB.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.hold import counts
from tests.policy.measured.test_one_clock import (
    cases_for,
    every_way,
    nea,
    said_by_desk,
    said_by_sheet,
    said_in_bulk,
    single_changes,
    taken_on,
    written,
)
from tongdian.bulk.engines import open_engine

SEED = int(os.environ.get("HOLD_SEED") or "1")
A_WAY = int(os.environ.get("HOLD_COUNT") or "1") * 20 // 12 or 1
"""12 counts are 20 cases of each of 512 ways: 10,240."""


@pytest.mark.parametrize("part", range(8))
def test_every_way_of_taking_the_interpretations(part: int) -> None:
    rnd, ways = random.Random(f"{SEED} {part}"), every_way(nea())[part::8]
    for take in ways:
        for _ in range(A_WAY):
            case = taken_on(rnd, take)
            assert said_by_sheet(case, take) == said_by_desk(case, take), (take, case.state.events)
    counts.add(attempts=len(ways) * A_WAY)


@pytest.mark.parametrize("take", [{}, *single_changes(nea())], ids=str)
def test_each_change_of_one_interpretation_over_many_cases_at_once(
    take: dict[str, str], tmp_path: Path
) -> None:
    cases = dict(enumerate(cases_for(take, A_WAY * 50, SEED)))
    desk = {number: said_by_desk(case, take) for number, case in cases.items()}
    with open_engine("duckdb") as engine:
        assert said_in_bulk(written(tmp_path, cases), take, engine) == desk
    counts.add(attempts=len(cases))
