"""What the command line calls."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import open_engine
from tongdian.bulk.rating import sheet_of
from tongdian.bulk.sorted_files import sorted_from_csv
from tongdian.cases.models import Case
from tongdian.cases.queries import burden_rows, is_of_cases, measured_rows
from tongdian.policy.kinds.measure import MeasureRule
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook.queries import pack as pack_in_force

AT_ONCE = 500
LOWER = {"visit": "seq", "stay": "stay_no"}  # the grains below a case, and what numbers their rows


class NotAMeasureOfCases(Refusal):
    """A rule that judges no process, so that no case is of it."""

    says = Words("“{rule}”不是对业务的评定（kind: measure）。", '"{rule}" measures no cases (kind: measure).')


def export_cases(
    pack_id: str, rule_id: str, *, to: Path, on: dt.date, with_demo: bool = False, form: str = "csv"
) -> dict[str, int]:
    """Write every case that a measure judges, or that a sheet of one row a case counts, as the files which
    `tongdian measure` reads: `case`, `visit`, `stay`, in dates only. How many rows each has. `to` may not
    be there yet, or empty. As `parquet` they come sorted by case, in narrow types, for `--engine fold`.

    Raises UnknownRule, NotAMeasureOfCases, FileExistsError.
    """
    if form == "csv":
        return _export(pack_id, rule_id, to, on, with_demo)
    with tempfile.TemporaryDirectory(prefix="tongdian-export-") as scratch:
        counts = _export(pack_id, rule_id, Path(scratch), on, with_demo)
        to.mkdir(parents=True, exist_ok=True)
        if there := [one.name for one in to.iterdir() if one.name in {f"{name}.parquet" for name in counts}]:
            raise FileExistsError(17, "File exists", str(to / there[0]))
        _, sheet = sheet_of(pack_in_force(pack_id), rule_id, on=on)
        with open_engine("duckdb", memory="1GB") as engine:
            for grain in sheet.read:
                if (file := Path(scratch) / f"{grain.name}.csv").exists():
                    sorted_from_csv(engine, sheet, grain, file, to / f"{grain.name}.parquet")  # type: ignore[arg-type]
    return counts


def _export(pack_id: str, rule_id: str, to: Path, on: dt.date, with_demo: bool) -> dict[str, int]:
    pack = pack_in_force(pack_id)
    rule = pack.rule(rule_id)
    if isinstance(rule, MeasureRule):
        rows = measured_rows(rule, pack, _cases(pack_id, with_demo), on)
    elif isinstance(rule, SheetRule) and is_of_cases(rule, pack):
        rows = burden_rows(rule, pack, _cases(pack_id, with_demo))
    else:
        raise NotAMeasureOfCases(rule=rule.title)
    to.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(("case", *LOWER), 0)
    with ExitStack() as opened:
        writers: dict[str, Any] = {}

        def write(grain: str, row: dict[str, Any]) -> None:
            if grain not in writers:
                file = opened.enter_context((to / f"{grain}.csv").open("x", encoding="utf-8", newline=""))
                writers[grain] = csv.DictWriter(file, list(row), lineterminator="\n")
                writers[grain].writeheader()
            writers[grain].writerow({name: _cell(value) for name, value in row.items()})
            counts[grain] += 1

        for row in rows:
            lower = {grain: row.pop(grain) for grain in LOWER if grain in row}
            write("case", row)
            for grain, several in lower.items():
                for one in several:
                    write(grain, {"case": row["case"], **one})
    return counts


def _cases(pack_id: str, with_demo: bool) -> Iterator[Case]:
    """In stretches: a country's cases are never in memory at once."""
    found = Case.objects.filter(pack=pack_id).order_by("id")
    if not with_demo:
        found = found.filter(is_demo=False)
    last = None
    while stretch := list((found.filter(id__gt=last) if last else found)[:AT_ONCE]):
        yield from stretch
        last = stretch[-1].pk


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
