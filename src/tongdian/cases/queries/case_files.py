"""Cases as the files that measures read: a CSV a grain, in dates only."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.cases.models import Case
from tongdian.cases.queries.burden import burden_rows
from tongdian.cases.queries.measured import measured_rows
from tongdian.policy.kinds.measure import MeasureRule
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack

AT_ONCE = 500
LOWER = ("visit", "stay")  # the grains below a case that measures read
RECORD = ("event", "work", "fact")  # and those that signals and conformance read


def rows_for(rule: SheetRule, pack: Pack, cases: Iterable[Case], on: Any) -> Iterator[dict[str, Any]]:
    """The cases as the rule that judges them is given them, each with its lower rows."""
    if isinstance(rule, MeasureRule):
        return measured_rows(rule, pack, cases, on)
    return burden_rows(rule, pack, cases, on)


def in_stretches(rows: Any) -> Iterator[Case]:
    """Cases by id, some at a time: a country's are never in memory at once."""
    rows, last = rows.order_by("id"), None
    while stretch := list((rows.filter(id__gt=last) if last else rows)[:AT_ONCE]):
        yield from stretch
        last = stretch[-1].pk


def write_cases(rows: Iterable[dict[str, Any]], folder: Path, lower: Sequence[str] = LOWER) -> dict[str, int]:
    """Write `case.csv` and a file for each grain below, as far as there are rows; how many each has.

    Raises FileExistsError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(("case", *lower), 0)
    with ExitStack() as opened:
        writers: dict[str, Any] = {}

        def write(grain: str, row: dict[str, Any]) -> None:
            if grain not in writers:
                file = opened.enter_context((folder / f"{grain}.csv").open("x", encoding="utf-8", newline=""))
                writers[grain] = csv.DictWriter(file, list(row), lineterminator="\n")
                writers[grain].writeheader()
            writers[grain].writerow({name: _cell(value) for name, value in row.items()})
            counts[grain] += 1

        for row in rows:
            below = {grain: row.pop(grain) for grain in lower if grain in row}
            write("case", row)
            for grain, several in below.items():
                for one in several:
                    write(grain, {"case": row["case"], **one})
    return counts


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
