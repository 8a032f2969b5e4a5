"""The same files on Spark: the same results, the same refusals, the same indicators."""

from __future__ import annotations

import pytest

from tests.bulk.conftest import BILLS, ON, SEGMENTS, reasons
from tests.bulk.test_fold import asked, groups, refusals, some, sorted_copies
from tests.policy.few_rows import spark_for_few_rows
from tests.policy.measured.test_one_clock import written
from tongdian.bulk import measure, rate
from tongdian.bulk.engines import open_engine
from tongdian.bulk.fold_measure import run_fold, run_sql
from tongdian.bulk.rating import untold
from tongdian.bulk.reexplaining import reexplain_run
from tongdian.bulk.refusals import EngineFailed, EngineMissing, UnreadableFile

ODD = [
    "C,shop,0",  # divided by nobody
    "D,office,1",
    "E,shop,1",
    ",shop,1",
    "F,shop,1\t",
]
ODD_SEGMENTS = [
    "C,2026-01-05,1,2026-01-05",
    "E,2026-01-05,12O.5,2026-01-05",
    "E,2026-01-05,1.005,2099-01-01",
    "Z,2026-02-30,1,2026-01-05",
    "Y,2026-01-05,1,2026-01-05",
]


def both(bill, tmp_path, *files, **options):
    runs = [
        bill(*files, engine=engine, form="parquet", out=tmp_path / engine, **options)
        for engine in ("duckdb", "spark")
    ]
    assert runs[0].counts == runs[1].counts
    assert reasons(runs[0]) == reasons(runs[1])
    return runs


def test_csv_with_every_fault_and_own_prices(bill, lay, pack, tmp_path):
    prices = lay("p.csv", ["from,before,kind,price", "2026-01-01,,shop,1", "2026-01-01,,flat,2"])
    _, run = both(bill, tmp_path, [*BILLS, *ODD], [*SEGMENTS, *ODD_SEGMENTS], more={"prices": prices})
    assert run.counts == {"bill": 2, "segment": 3}
    assert {r.key for r in run.refusals} == {"", "C", "D", "E", "F", "Y", "Z"}
    report = reexplain_run(tmp_path / "spark", open_by=lambda _: pack)
    assert (report.made, report.different) == (2, [])


def test_parquet_with_binary_numbers_and_midnights_under_an_odd_name(lay, pack, tmp_path):
    select = "SELECT i AS reading, d AS read_on, 0 AS before, v AS after FROM (VALUES (1, 123456.25::DOUBLE, TIMESTAMP '2026-01-01'), (2, 0.1::DOUBLE + 0.2::DOUBLE, TIMESTAMP '2026-01-01'), (3, 7, TIMESTAMP '2026-01-01 08:00:00'), (4, 0.25, TIMESTAMP '2026-01-01')) t(i, v, d)"
    file = lay("读数 [1] {a}'.parquet", select)
    runs = [
        rate(pack, "meter", {"reading": file}, out=tmp_path / f"{engine}.csv", on=ON, engine=engine)
        for engine in ("duckdb", "spark")
    ]
    assert [run.counts for run in runs] == [{"reading": 3}, {"reading": 3}]  # a time of day is its day
    assert [(r.key, r.column) for r in runs[0].refusals] == [("2", "after")]
    assert reasons(runs[0])[0][4] == reasons(runs[1])[0][4]
    parts = [p.read_text() for p in (tmp_path / "spark.csv").glob("part-*.csv")]
    rows = {line for part in parts for line in part.splitlines()[1:]}
    assert rows == set((tmp_path / "duckdb.csv").read_text().splitlines()[1:])


def test_running_again_replaces_sparks_folders_of_parts(lay, pack, tmp_path):
    rows = lay("m.csv", ["reading,read_on,before,after", "1,2026-03-31,100,107.5"])
    for engine, form in (("spark", "parquet"), ("spark", "csv"), ("duckdb", "csv")):
        rate(pack, "meter", {"reading": rows}, out=tmp_path / "out", on=ON, engine=engine, form=form)
        assert {f.name for f in (tmp_path / "out").iterdir()} == {
            f"reading.{form}",
            "refused.csv",
            "run.json",
        }
    assert (tmp_path / "out/reading.csv").is_file()


def test_indicators_are_the_same(lay, pack, tmp_path):
    lines = ["case,region,class,days,limit,storm"]
    lines += [f"{n},{'NSW'[n % 3]},shop,{n * 7 % 23},{9},{str(n % 11 == 0).lower()}" for n in range(200)]
    file = lay("case.csv", [*lines, "x,N,shop,1.5,9,"])
    found = [
        measure(pack, "wait", {"case": file}, by=["region"], out=tmp_path / e, on=ON, engine=e)
        for e in ("duckdb", "spark")
    ]
    assert found[0].groups == found[1].groups
    assert found[0].refused == found[1].refused
    for name in ("measures.csv", "histogram.csv", "refused.csv"):
        assert (tmp_path / "duckdb" / name).read_bytes() == (tmp_path / "spark" / name).read_bytes()
    assert found[1].whole.total == 200 - 19  # of 0…199, 19 are multiples of 11


def test_a_ragged_csv_is_refused_by_spark_too(bill, tmp_path):
    with pytest.raises((UnreadableFile, EngineFailed), match="too few or too many columns"):
        bill([*BILLS, "C,shop,1,surplus"], engine="spark")
    assert not (tmp_path / "out").exists()


def test_without_java_the_remedy_is_said(bill, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineMissing, match="install openjdk-17"):
        bill(engine="spark")


def test_a_jvm_that_was_killed_fails_the_run_in_words_and_no_later_one(bill, tmp_path):
    from pyspark import SparkContext

    with open_engine("spark", memory="3GB") as engine:
        assert engine.fetch("select 1") == [(1,)]
        jvm = SparkContext._gateway.proc  # what this very process started
        jvm.kill()
        jvm.wait()
        with pytest.raises(EngineFailed):
            engine.rows("lost", {"a": "INT"}, [[1]])
    both(bill, tmp_path, BILLS, SEGMENTS)  # another is started


def test_what_a_name_held_is_let_go_when_it_is_defined_anew():
    with open_engine("spark", memory="3GB") as engine:
        for number in range(3):
            engine.define("held", f"select {number} as a")
            assert engine.fetch("select a from held") == [(number,)]
        cached = engine.spark.sparkContext._jsc.getPersistentRDDs()
        assert len(cached) <= 1


def test_a_fold_says_what_spark_says(tmp_path):
    """Sixty cases driven to their last days and a day beside them, by nearly every line of a case."""
    with open_engine("duckdb") as engine:
        files = sorted_copies(engine, written(tmp_path, some(60, 29)), tmp_path, group_rows=20)
        found = run_fold(asked(files), engine, untold, batch_rows=50)
    with spark_for_few_rows() as engine:
        wanted = run_sql(asked(files), engine, untold)
    assert groups(found) == groups(wanted)
    assert refusals(found) == refusals(wanted)
