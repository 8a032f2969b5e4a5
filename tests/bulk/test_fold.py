"""The third printer end to end: files in, and the cells that DuckDB and exact Decimal give.

Cases are driven at random to their last days and a day beside them, with returns, stays over several
visits, parallel stages and regions that rest on days of their own; some are open on the day. They are
written with row groups so small that a case lies over a seam, and folded by one worker or several. Groups
are by nearly every line of a case, so that a group is seldom more than one of them.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.policy.measured.driven import Driven
from tests.policy.measured.test_one_clock import AS_OF, nea, rule_of, single_changes, taken_on, written
from tongdian.bulk import measure
from tongdian.bulk.engines import open_engine
from tongdian.bulk.fold_measure import SORTED, MeasureOrder, Ran, run_fold, run_sql
from tongdian.bulk.measuring import ALL
from tongdian.bulk.periods import Span
from tongdian.bulk.rating import prepare, untold
from tongdian.bulk.refusals import NotSorted
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
) -> MeasureOrder:
    given = {"columns": None, "span": ALL} | more
    return MeasureOrder(nea(), rule_of(nea()), files, AS_OF, take or {}, by=by, **given)


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


@pytest.fixture(scope="module")
def duck() -> Iterator[Any]:
    with open_engine("duckdb") as engine:
        yield engine


# --- random cases ---
@settings(
    max_examples=20,
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
    duck: Any,
    tmp_path_factory: pytest.TempPathFactory,
    rnd: random.Random,
    count: int,
    group_rows: int,
    batch_rows: int,
    workers: int,
) -> None:
    folder = tmp_path_factory.mktemp("fold")
    cases = {rnd.randint(0, 10**6) + n * 10**6: a_case(rnd, {}) for n in range(count)}
    files = sorted_copies(duck, written(folder, cases), folder, group_rows=group_rows)
    found = agree(duck, files, batch_rows=batch_rows, workers=workers)
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
def test_under_every_option_the_fold_says_what_duckdb_says(
    take: dict[str, str], duck: Any, tmp_path: Path
) -> None:
    cases = some(150, 41, take)
    files = sorted_copies(duck, written(tmp_path, cases), tmp_path, group_rows=64)
    agree(duck, files, take=take, batch_rows=100)


def test_files_as_people_write_them_are_sorted_once_and_it_is_said(duck: Any, tmp_path: Path) -> None:
    cases = some(120, 5)
    found = agree(duck, written(tmp_path, cases))
    assert found.notes == (SORTED,)


# --- what is not as declared ---
CASE = """SELECT * FROM (VALUES (1::BIGINT, '110101', 'residential', DATE '2021-03-01', DATE '2021-03-05', NULL),
  (2, '110101', 'residential', DATE '2021-03-01', NULL, NULL),
  (3, '450300', 'low_voltage', DATE '2021-03-01', DATE '2021-03-20', 'finished'),
  (4, '450300', 'low_voltage', DATE '2021-03-01', DATE '2021-03-20', 'withdrawn'))
  t("case", region, "class", applied, ended, ending)"""
VISIT = """SELECT * FROM (VALUES (1::BIGINT, 1::SMALLINT, 'accept', DATE '2021-03-01', DATE '2021-03-02'),
  (1, 2, 'energise', DATE '2021-03-02', DATE '2021-03-05'),
  (2, 1, 'accept', DATE '2021-03-01', NULL),
  (3, 1, 'accept', DATE '2021-03-01', DATE '2021-03-02'), (3, 2, 'reply', DATE '2021-03-02', DATE '2021-03-05'),
  (3, 3, 'meter', DATE '2021-03-17', DATE '2021-03-20'))
  t("case", seq, stage, opened, closed)"""


def parquet(
    file: Path, select: str, *, order: str = "1", group_rows: int = 2, mark: bool = True, **more: Any
) -> Path:
    """The rows of a query, marked as sorted by their first column."""
    rows = duckdb.sql(f"SELECT * FROM ({select}) ORDER BY {order}").to_arrow_table()
    by = [pq.SortingColumn(0)] if mark else None
    pq.write_table(rows, file, sorting_columns=by, row_group_size=group_rows, **more)
    return file


def in_form(folder: Path, case: str = CASE, visit: str = VISIT, **more: Any) -> dict[str, list[Path]]:
    folder.mkdir(exist_ok=True)
    return {
        "case": [parquet(folder / "case.parquet", case, **more)],
        "visit": [parquet(folder / "visit.parquet", visit, order="1, 2", **more)],
    }


ODD = {
    "nothing": (CASE, VISIT),
    "a stage that nobody knows": (CASE, VISIT.replace("'reply'", "'answer'")),
    "a stage by its title": (CASE, VISIT.replace("'reply'", "'供电方案答复'")),
    "no stage": (CASE, VISIT.replace("(3, 2, 'reply'", "(3, 2, NULL")),
    "a class that nobody knows": (
        CASE.replace("(3, '450300', 'low_voltage'", "(3, '450300', 'palace'"),
        VISIT,
    ),
    "a region that is none": (CASE.replace("(3, '450300'", "(3, '459900'"), VISIT),
    "no region": (CASE.replace("(3, '450300'", "(3, NULL"), VISIT),
    "no day of application": (
        CASE.replace("'residential', DATE '2021-03-01', NULL", "'residential', NULL, NULL"),
        VISIT,
    ),
    "a number out of range": (CASE, VISIT.replace("(3, 3, 'meter'", "(3, 10000, 'meter'")),
    "a visit without its case": (CASE, VISIT.replace("(2, 1, 'accept'", "(7, 1, 'accept'")),
    "the first and the last visits without their cases": (
        CASE.replace("(1::BIGINT", "(5::BIGINT"),
        VISIT.replace("(3, 3, 'meter'", "(9, 3, 'meter'"),
    ),
    "a visit twice": (CASE, VISIT.replace("(3, 2, 'reply'", "(3, 1, 'reply'")),
    "a case twice": (CASE.replace("(2, '110101'", "(1, '110101'"), VISIT),
    "closed before it was opened": (CASE, VISIT.replace("DATE '2021-03-17'", "DATE '2021-03-21'")),
    "ended before it was applied for": (CASE.replace("DATE '2021-03-05'", "DATE '2021-02-05'"), VISIT),
    "a day before the published calendar": (CASE, VISIT.replace("DATE '2021-03-17'", "DATE '1999-03-17'")),
    "every case": (CASE.replace("'2021-03-01'", "'2031-03-01'"), VISIT),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("batch_rows", [2, 1_000])
def test_what_the_fold_doubts_is_decided_by_sql_alone(
    odd: str, batch_rows: int, duck: Any, tmp_path: Path
) -> None:
    files = in_form(tmp_path / "in", *ODD[odd])
    found = agree(duck, files, by=("region", "class", "outcome", "days"), batch_rows=batch_rows)
    assert not found.notes  # read as they are


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("group_rows", [1, 2])
def test_a_case_that_lies_over_seams_is_one_case_whoever_folds_it(
    workers: int, group_rows: int, duck: Any, tmp_path: Path
) -> None:
    """Case 3 took 1 + 3 + 2 days, for 20 March 2021 is a Saturday; with row groups of one it lies over two
    seams."""
    files = in_form(tmp_path / "in", group_rows=group_rows)
    found = agree(duck, files, by=("class", "days"), batch_rows=1, workers=workers)
    assert found.tallies["low_voltage", "6"].cases == {6: 1}


def test_visits_out_of_their_order_within_a_case_are_put_in_order_by_sql(duck: Any, tmp_path: Path) -> None:
    files = in_form(tmp_path / "in")
    parquet(files["visit"][0], VISIT, order="1, 2 DESC")
    assert not agree(duck, files, by=("days", "outcome")).notes


def test_a_file_that_says_an_order_which_it_does_not_keep_is_refused(duck: Any, tmp_path: Path) -> None:
    files = in_form(tmp_path / "in")
    parquet(files["case"][0], CASE, order="1 DESC", group_rows=10)
    with pytest.raises(NotSorted, match=r"case\.parquet: its metadata says that rows are sorted"):
        run_fold(asked(files), duck, untold)


def test_without_statistics_one_worker_checks_the_order_over_seams(duck: Any, tmp_path: Path) -> None:
    files = in_form(tmp_path / "in")
    for grain, select in (("case", CASE), ("visit", VISIT)):
        parquet(files[grain][0], select, order="1, 2", write_statistics=False)
    assert not agree(duck, files, by=("days",)).notes
    parquet(files["case"][0], CASE, order="1 DESC", group_rows=1, write_statistics=False)
    with pytest.raises(NotSorted):
        run_fold(asked(files), duck, untold)


def test_an_engine_s_batches_come_in_the_order_of_the_query(duck: Any) -> None:
    """DuckDB gives the batches of a sorted query in any order unless it is told to keep one."""
    sql = "SELECT (hash(i) % 1000000)::INT AS k FROM range(700000) t(i) ORDER BY k"
    keys = np.concatenate([batch.column(0).to_numpy() for batch in duck.batches(sql, 1 << 16)])
    assert len(keys) == 700_000
    assert (keys[1:] >= keys[:-1]).all()


@pytest.mark.parametrize("say", ["nothing of an order", "a case as text in one file", "days as texts"])
def test_files_that_are_not_in_the_form_are_sorted_once(say: str, duck: Any, tmp_path: Path) -> None:
    files = in_form(tmp_path / "in")
    if say == "nothing of an order":
        parquet(files["case"][0], CASE, order="1 DESC", mark=False)
    elif say == "days as texts":
        parquet(files["case"][0], f"SELECT * REPLACE (applied::VARCHAR AS applied) FROM ({CASE})")
    else:
        parquet(files["visit"][0], f'SELECT * REPLACE ("case"::VARCHAR AS "case") FROM ({VISIT})')
    assert agree(duck, files, by=("days", "outcome")).notes == (SORTED,)


def test_cases_whose_key_is_text_are_folded_in_the_order_of_its_bytes(duck: Any, tmp_path: Path) -> None:
    named = """SELECT * REPLACE (['B-9', '北-1', 'b-10', '南-2'][("case"::INT - 1) % 4 + 1] AS "case") FROM ({})"""
    files = in_form(tmp_path / "in", named.format(CASE), named.format(VISIT))
    assert not agree(duck, files, by=("days", "outcome"), batch_rows=2).notes


@pytest.mark.parametrize("names", [(("a", 1, 2), ("b", 3, 4)), (("b", 3, 4), ("a", 1, 2))])
def test_several_files_of_a_grain_are_one_if_their_cases_do_not_mix(
    names: Any, duck: Any, tmp_path: Path
) -> None:
    files = in_form(tmp_path / "in")
    files["visit"] = [
        parquet(
            tmp_path / f"{name}.parquet", f'SELECT * FROM ({VISIT}) WHERE "case" BETWEEN {low} AND {high}'
        )
        for name, low, high in names
    ]
    assert not agree(duck, files, by=("days", "outcome")).notes
    mixed = [
        parquet(tmp_path / f"{n}.parquet", f"SELECT * FROM ({VISIT}) WHERE seq % 2 = {n}") for n in (0, 1)
    ]
    assert agree(duck, files | {"visit": mixed}, by=("days", "outcome")).notes == (SORTED,)


# --- groups ---
@pytest.mark.parametrize("day_of", ["applied", "ended"])
@pytest.mark.parametrize("by", [(), ("month",), ("quarter", "class"), ("half_year", "region"), ("year",)])
def test_periods_and_spans_are_those_of_sql(
    by: tuple[str, ...], day_of: str, duck: Any, tmp_path: Path
) -> None:
    files = sorted_copies(duck, written(tmp_path, some(80, 3)), tmp_path, group_rows=50)
    agree(duck, files, by=by, span=Span(dt.date(2021, 1, 1), dt.date(2026, 3, 31), day_of))
    agree(duck, files, by=by, span=Span(day_of=day_of))


def test_what_cannot_be_said_runs_on_duckdb_and_says_what(duck: Any, tmp_path: Path) -> None:
    files = in_form(tmp_path / "in")
    found = run_fold(asked(files, by=("case",)), duck, untold)
    assert found.engine == "duckdb"
    assert [one.en for one in found.notes] == [
        "the fold cannot say: reckoning with case; run on DuckDB instead"
    ]
    assert groups(found) == groups(run_sql(asked(files, by=("case",)), duck, untold))


# --- what stands in the folder ---
@pytest.mark.parametrize("form", ["parquet", "csv"])
@pytest.mark.parametrize(
    "odd", ["nothing", "a visit without its case", "closed before it was opened", "every case"]
)
def test_the_folder_of_results_is_that_of_duckdb(odd: str, form: str, tmp_path: Path) -> None:
    files = in_form(tmp_path / "in", *ODD[odd])
    stays = """SELECT 3::BIGINT AS "case", 1 AS stay_no, DATE '2021-03-06' AS since, DATE '2021-03-08' AS until,
      'applicant-request' AS cause"""  # without the day of confirmation: believed, and said
    files["stay"] = [parquet(tmp_path / "in/stay.parquet", stays)]
    if form == "csv":
        for name, (file,) in files.items():
            files[name] = [file.with_suffix(".csv")]
            duckdb.sql(f"SELECT * FROM '{file}' ORDER BY ALL DESC").write_csv(str(files[name][0]))
    for engine in ("duckdb", "fold"):
        measure(
            nea(), "connection-time", files, by=["region"], out=tmp_path / engine, on=AS_OF, engine=engine
        )
    one, other = ({file.name: file for file in (tmp_path / e).iterdir()} for e in ("duckdb", "fold"))
    assert set(one) == set(other)
    for name in set(one) - {"run.json"}:
        assert other[name].read_text("utf-8") == one[name].read_text("utf-8"), name
    duckdb_run, fold_run = (json.loads(of["run.json"].read_text("utf-8")) for of in (one, other))
    assert duckdb_run.pop("not_confirmed") == fold_run.pop("not_confirmed") == ["stay.confirmed_on"]
    assert (duckdb_run.pop("engine"), fold_run.pop("engine")) == ("duckdb", "fold")
    assert (duckdb_run.pop("notes"), fold_run.pop("notes")) == ([], [SORTED.en] if form == "csv" else [])
    assert fold_run == duckdb_run


BURDEN = """SELECT i::BIGINT AS "case", ['110101', '450300'][i % 2 + 1] AS region,
  ['residential', 'three_zero', 'low_voltage', 'high_voltage_single', 'high_voltage_dual'][i % 5 + 1] AS "class",
  ['residential', 'small_micro', 'other'][i * 3 % 7 % 3 + 1] AS kind, ['urban', 'rural'][i % 3 % 2 + 1] AS area,
  i % 4 = 0 AS promised, ((i * 37 % 3300 + 1) / 10)::DECIMAL(8, 1) AS capacity,
  DATE '2020-06-01' + (i * 5 % 1500)::INT AS applied, DATE '2020-06-01' + (i * 5 % 1500 + i % 40)::INT AS ended,
  i % 8 AS steps, i % 5 AS papers, i % 6 AS listed, (i % 3 * 0.01 * i)::DECIMAL(13, 2) AS customer_paid,
  (i * 1234.5)::DECIMAL(13, 2) AS supplier_paid FROM range(3000) t(i)"""


@pytest.mark.parametrize(
    "take", [{}, {"closed-lists": "where_only_stands"}, {"steps-at-most": "exactly"}], ids=str
)
def test_counts_and_sums_beside_the_share_are_those_of_sql(
    take: dict[str, str], duck: Any, tmp_path: Path
) -> None:
    """附件1/7, 25, 38: money of two decimals adds up to the fen, cases of another class are refused."""
    rule: Any = nea().rules["connection-burden"]
    files = {"case": [parquet(tmp_path / "case.parquet", BURDEN, group_rows=500)]}
    of = MeasureOrder(nea(), rule, files, AS_OF, take, None, ("region", "class", "year", "kept"), ALL)
    wanted, found = run_sql(of, duck, untold), run_fold(of, duck, untold, batch_rows=200)
    assert found.engine is None
    assert refusals(found) == refusals(wanted)
    assert len(found.refused) > 500
    assert groups(found) == groups(wanted)
    assert sum(tally.added["supplier_paid"] for tally in found.tallies.values()) > 10**8
