"""The third printer end to end: files in, and the cells that DuckDB and exact Decimal give.

Cases are driven at random to their last days and a day beside them, with returns, stays over several
visits, parallel stages and regions that rest on days of their own; some are open on the day. They are
written with row groups so small that a case lies over a seam, and folded by one worker or several. Groups
are by nearly every line of a case, so that a group is seldom more than one of them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.policy.measured.driven import Driven
from tests.policy.measured.test_one_clock import AS_OF, nea, rule_of, single_changes, taken_on, written
from tongdian.bulk.engines import open_engine
from tongdian.bulk.fold_measure import SORTED, Asked, Ran, run_fold, run_sql
from tongdian.bulk.measuring import ALL
from tongdian.bulk.rating import prepare, untold
from tongdian.bulk.sorted_files import written_sorted

Files = Mapping[str, Sequence[Path]]
BY = ("region", "class", "applied", "outcome", "days", "limit", "exempt", "steps", "steps_kept", "stages_within",
      "doubt", "is_open", "last_day")  # fmt: skip


def a_case(rnd: random.Random, take: Mapping[str, str]) -> Driven:
    case = taken_on(rnd, take)
    # a code to group by is that of a division of today
    return replace(case, region={"110100": "110101"}.get(case.region, case.region))


def some(count: int, seed: int, take: Mapping[str, str] | None = None) -> dict[int, Driven]:
    rnd = random.Random(seed)
    return {n * 7919 % 100_003: a_case(rnd, take or {}) for n in range(count)}


def asked(
    files: Files, *, by: tuple[str, ...] = BY, take: Mapping[str, str] | None = None, **more: Any
) -> Asked:
    given = {"columns": None, "span": ALL} | more
    return Asked(nea(), rule_of(nea()), files, AS_OF, take or {}, by=by, **given)


def sorted_copies(engine: Any, files: Files, folder: Path, *, group_rows: int) -> dict[str, list[Path]]:
    """The files as the fold reads them, with small row groups."""
    ready = prepare(nea(), rule_of(nea()), files, engine, on=AS_OF, take={}, only=["case"])
    found = {}
    for grain in ready.sheet.read:
        found[grain.name] = [folder / f"{grain.name}.parquet"]
        written_sorted(engine, ready.sheet, grain, found[grain.name][0], group_rows=group_rows)
    return found


def groups(ran: Ran) -> dict[tuple[str, ...], Any]:
    return {group: (tally.histogram, tally.added) for group, tally in ran.tallies.items()}


def refusals(ran: Ran) -> Counter[Any]:
    return Counter((r.key, r.grain, r.row, r.column, r.value, r.reason.en) for r in ran.refused)


def agree(engine: Any, files: Files, **more: Any) -> Ran:
    """Assert that the fold of the files gives what SQL gives, refusals and their reasons too."""
    how = {name: more.pop(name) for name in ("batch_rows", "workers") if name in more}
    wanted = run_sql(asked(files, **more), engine, untold)
    found = run_fold(asked(files, **more), engine, untold, **how)
    assert refusals(found) == refusals(wanted)
    assert groups(found) == groups(wanted)
    assert found.engine is None
    return found


# --- random cases ---
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller example takes minutes to find
)
@given(
    st.randoms(use_true_random=False),
    st.integers(1, 40),
    st.sampled_from([1, 2, 3, 7, 50]),
    st.sampled_from([1, 4, 30, 10_000]),
    st.sampled_from([1, 2, 3]),
)
def test_the_fold_says_of_every_case_what_duckdb_and_decimal_say(
    tmp_path_factory: pytest.TempPathFactory,
    rnd: random.Random,
    count: int,
    group_rows: int,
    batch_rows: int,
    workers: int,
) -> None:
    folder = tmp_path_factory.mktemp("fold")
    cases = {rnd.randint(0, 10**6) + n * 10**6: a_case(rnd, {}) for n in range(count)}
    with open_engine("duckdb") as engine:
        files = sorted_copies(engine, written(folder, cases), folder, group_rows=group_rows)
        found = agree(engine, files, batch_rows=batch_rows, workers=workers)
    assert not found.notes
    assert not found.refused
    exact = Counter(said_by_decimal(case) for case in cases.values())
    assert {group: tally_size(tally) for group, tally in found.tallies.items()} == exact


def tally_size(tally: Any) -> int:
    return sum(tally.cases.values()) + sum(tally.apart.values())


def said_by_decimal(case: Driven) -> tuple[str, ...]:
    answer = nea().answer("connection-time", on=AS_OF, given=case.rows())
    lines = {line.name: line.value for line in answer.lines if line.grain == "case"} | case.rows()
    return tuple(text(lines[name]) for name in BY)


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("take", [{}, *single_changes(nea())], ids=str)
def test_under_every_option_the_fold_says_what_duckdb_says(take: dict[str, str], tmp_path: Path) -> None:
    cases = some(200, 41, take)
    with open_engine("duckdb") as engine:
        files = sorted_copies(engine, written(tmp_path, cases), tmp_path, group_rows=64)
        agree(engine, files, take=take, batch_rows=100)


def test_files_as_people_write_them_are_sorted_once_and_it_is_said(tmp_path: Path) -> None:
    cases = some(120, 5)
    with open_engine("duckdb") as engine:
        found = agree(engine, written(tmp_path, cases))
    assert found.notes == (SORTED,)
