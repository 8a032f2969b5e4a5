"""The town's pack, and runs over files that a test writes in a line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from tests.bulk.town import town
from tongdian.bulk import Run, rate
from tongdian.policy.packs import Pack

ON = date(2026, 6, 30)
BILLS = ["bill,kind,people", "A,shop,3", "B,flat,"]
SEGMENTS = [
    "bill,start,used,paid_on",
    "A,2026-01-05,10.00,2026-01-09",
    "A,2026-02-02,2.5,2026-02-02",
    "B,2026-01-05,7,2026-01-12",
]


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return town(tmp_path_factory.mktemp("packs"))


@pytest.fixture
def lay(tmp_path: Path) -> Callable[..., Path]:
    """Write a file by its suffix: lines of CSV, rows of a workbook, or a SELECT for Parquet."""

    def write(name: str, content: Any, *, encoding: str = "utf-8") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in content:
                book.active.append(row)
            book.save(file)
        elif file.suffix == ".parquet":
            place = str(file).replace("'", "''")
            duckdb.execute(f"COPY ({content}) TO '{place}' (FORMAT PARQUET)")
        else:
            text = content if isinstance(content, str) else "\n".join(content) + "\n"
            file.write_text(text, encoding=encoding)
        return file

    return write


@pytest.fixture
def bill(pack: Pack, lay: Callable[..., Path], tmp_path: Path) -> Callable[..., Run]:
    """Rate bills and segments: lines of CSV, or files already laid."""

    def run(bills: Any = BILLS, segments: Any = SEGMENTS, **options: Any) -> Run:
        given = {
            "bill": bills if isinstance(bills, Path) else lay("in/bill.csv", bills),
            "segment": segments if isinstance(segments, Path) else lay("in/segment.csv", segments),
        }
        options = {"out": tmp_path / "out", "on": ON, "form": "csv"} | options
        return rate(pack, "bill", given | options.pop("more", {}), **options)

    return run


def table(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV that a run wrote."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def totals(out: Path) -> dict[str, str]:
    """Each bill's total."""
    return {row["bill"]: row["total"] for row in table(out / "bill.csv")}


def reasons(run: Run) -> Sequence[tuple[str, str, str, str, str]]:
    """Case, row, column, value and reason of each refused row."""
    return sorted((r.key, r.row, r.column, r.value, r.reason.en) for r in run.refusals)
