"""Results appear whole or not at all, in the format asked for, and never over a stranger's file."""

from __future__ import annotations

import json

import duckdb
import openpyxl
import pytest

from tests.bulk.conftest import BILLS, ON, SEGMENTS, table, totals
from tongdian.bulk import duckdb_engine, rate
from tongdian.bulk.refusals import BadMemory, EngineFailed, OneGrainOnly, TooManyRows, WouldOverwrite


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_a_folder_holds_a_file_a_grain_the_refused_and_the_record(bill, pack, tmp_path):
    bill(form="parquet")
    assert names(tmp_path / "out") == ["bill.parquet", "refused.csv", "run.json", "segment.parquet"]
    assert duckdb.sql(f"SELECT bill, total FROM '{tmp_path}/out/bill.parquet' ORDER BY 1").fetchall() == [
        ("A", 10),
        ("B", 3.5),
    ]
    assert json.loads((tmp_path / "out/run.json").read_text()) == {
        "pack": "town",
        "pack_hash": pack.content_hash,
        "rule": "bill",
        "version": "2020-01-01",
        "cite": ["1"],
        "day": "2026-06-30",
        "interpretations": {},
        "engine": "duckdb",
        "counts": {"bill": 2, "segment": 3},
        "refused": 0,
        "files": {"bill": "bill.parquet", "segment": "segment.parquet", "refused": "refused.csv"},
        "own_tables": {},
        "examples": {},
        "read": [
            {"grain": "bill", "rows": 2, "files": ["bill.csv"], "notes": []},
            {"grain": "segment", "rows": 3, "files": ["segment.csv"], "notes": []},
        ],
        "columns": {
            "bill": {"bill": "bill", "kind": "kind", "people": "people"},
            "segment": {"bill": "bill", "start": "start", "used": "used", "paid_on": "paid_on"},
        },
    }


def test_only_what_is_asked_for_is_written(bill, tmp_path):
    bill(only=["bill"])
    assert names(tmp_path / "out") == ["bill.csv", "refused.csv", "run.json"]


def test_running_again_replaces_all_of_the_earlier_run_and_nothing_else(bill, tmp_path):
    bill(form="parquet")
    (tmp_path / "out/notes.txt").write_text("mine")
    bill(form="csv", only=["bill"])
    assert names(tmp_path / "out") == ["bill.csv", "notes.txt", "refused.csv", "run.json"]


def test_a_run_that_fails_leaves_the_earlier_results_as_they_were(bill, tmp_path, monkeypatch):
    bill()
    before = {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path / "out")}
    whole = duckdb_engine.Duck.write

    def fails_at_the_second_grain(self, sql, out):
        if out.stem == "segment":
            raise OSError("the disk is full")
        return whole(self, sql, out)

    monkeypatch.setattr(duckdb_engine.Duck, "write", fails_at_the_second_grain)
    with pytest.raises(OSError, match="the disk is full"):
        bill([*BILLS, "C,shop,1"])
    after = {name: (tmp_path / "out" / name).read_bytes() for name in names(tmp_path / "out")}
    assert after == before


def test_a_first_run_that_fails_leaves_no_folder(bill, tmp_path, monkeypatch):
    monkeypatch.setattr(duckdb_engine.Duck, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bill()
    assert not (tmp_path / "out").exists()


def test_a_result_never_replaces_a_file_that_the_run_reads(bill, lay, tmp_path):
    bills = lay("here/bill.csv", BILLS)
    with pytest.raises(WouldOverwrite, match="this run reads it"):
        bill(bills, out=tmp_path / "here")
    assert bills.read_text().splitlines() == BILLS
    assert names(tmp_path / "here") == ["bill.csv"]


def test_a_result_never_replaces_a_folder_of_someone_else(bill, tmp_path):
    (tmp_path / "out/bill.csv/precious").mkdir(parents=True)
    with pytest.raises(WouldOverwrite, match="no earlier run wrote"):
        bill()
    assert (tmp_path / "out/bill.csv/precious").is_dir()


def test_a_record_of_a_stranger_deletes_nothing_outside(bill, lay, tmp_path):
    victim = lay("victim.txt", "mine")
    lay("out/run.json", json.dumps({"files": {"bill": "../victim.txt", "x": 7}}))
    bill()
    assert victim.read_text() == "mine"


def test_a_name_with_quotes_can_be_written(bill, tmp_path):
    bill(out=tmp_path / 'it\'s "out" 出')
    assert totals(tmp_path / 'it\'s "out" 出') == {"A": "10.00", "B": "3.50"}


def test_a_place_that_cannot_be_written_is_an_error_of_the_system(bill, lay):
    with pytest.raises(NotADirectoryError):
        bill(out=lay("a-file.txt", "x") / "out")


def test_one_file_holds_the_outermost_grain_or_the_one_asked_for(bill, tmp_path):
    bill(out=tmp_path / "all.csv")
    assert [row["total"] for row in table(tmp_path / "all.csv")] == ["10.00", "3.50"]
    bill(out=tmp_path / "parts.csv", only=["segment"])
    assert len(table(tmp_path / "parts.csv")) == 3
    with pytest.raises(OneGrainOnly):
        bill(out=tmp_path / "both.csv", only=["bill", "segment"])
    assert names(tmp_path) == [
        "all.csv",
        "all.refused.csv",
        "all.run.json",
        "in",
        "parts.csv",
        "parts.refused.csv",
        "parts.run.json",
    ]


def test_a_workbook_has_numbers_as_numbers_and_no_formula(bill, tmp_path):
    bill(["bill,kind", "=1+1,shop"], [SEGMENTS[0], "=1+1,2026-01-05,10,2026-01-05"], form="xlsx")
    page = openpyxl.load_workbook(tmp_path / "out/bill.xlsx").active
    header, row = page.iter_rows()
    assert [cell.value for cell in header] == ["bill", "kind", "people", "exact", "total", "each_pays"]
    assert [(cell.value, cell.data_type) for cell in row] == [
        ("=1+1", "s"),
        ("shop", "s"),
        (1, "n"),
        (True, "b"),
        (8, "n"),
        (8, "n"),
    ]


def test_more_rows_than_a_worksheet_holds_are_refused(bill, tmp_path, monkeypatch):
    monkeypatch.setattr("tongdian.bulk.rating.MOST_ROWS", 2)
    with pytest.raises(TooManyRows, match="write parquet or csv"):
        bill(form="xlsx")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("memory", ["", "3", "3G'; DROP", "0GB", "much"])
def test_a_memory_limit_that_is_none_is_refused(bill, memory):
    with pytest.raises(BadMemory, match="write 500MB or 3GB"):
        bill(memory=memory)


def test_too_little_memory_is_told_with_the_remedy(pack, lay, tmp_path):
    select = (
        "SELECT i AS reading, DATE '2026-01-01' AS read_on, 1 AS before, 2 AS after FROM range(400000) t(i)"
    )
    file = lay("m.parquet", select)
    with pytest.raises(EngineFailed, match="allow more with --memory"):
        rate(pack, "meter", {"reading": file}, out=tmp_path / "out", on=ON, memory="4MB")
    assert not (tmp_path / "out").exists()
