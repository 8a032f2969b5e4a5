"""What the command line calls."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tongdian.bulk.as_of import write_as_of
from tongdian.bulk.engines import open_engine
from tongdian.bulk.rating import sheet_of
from tongdian.bulk.sorted_files import sorted_from_csv
from tongdian.cases.models import Case
from tongdian.cases.queries import is_of_cases
from tongdian.cases.queries.case_files import RECORD, in_stretches, rows_for, write_cases
from tongdian.cases.queries.record_files import InUse, record_rows
from tongdian.policy.kinds.indicator import indicators_of
from tongdian.policy.kinds.measure import MeasureRule
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook.queries import pack as pack_in_force


class NotAMeasureOfCases(Refusal):
    """A rule that judges no process, so that no case is of it."""

    says = Words("“{rule}”不是对业务的评定（kind: measure）。", '"{rule}" measures no cases (kind: measure).')


def judging_rules(pack_id: str, on: dt.date) -> list[str]:
    """The rules by which the pack's indicators are counted on a day."""
    return list(indicators_of(pack_in_force(pack_id), on))


def export_cases(
    pack_id: str, rule_id: str, *, to: Path, on: dt.date, with_demo: bool = False, form: str = "csv"
) -> dict[str, int]:
    """Write every case that a measure judges, or that a sheet of one row a case counts, as the files which
    `tongdian measure` reads: `case`, `visit`, `stay`, in dates only. How many rows each has. `to` may not
    be there yet, or empty. As `parquet` they come sorted by case, in narrow types, for `--engine fold`. Beside them
    stands as of which day they were taken.

    Raises UnknownRule, NotAMeasureOfCases, FileExistsError.
    """
    if form == "csv":
        counts = _export(pack_id, rule_id, to, on, with_demo)
        write_as_of(to, on)
        return counts
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
    write_as_of(to, on)
    return counts


def export_record(
    pack_id: str, *, to: Path, on: dt.date, in_use: InUse, with_demo: bool = False
) -> dict[str, int]:
    """Write every case with its events and the contracts for its works as the files which `tongdian integrity`
    reads. How many rows each has. `to` may not be there yet, or empty. Raises UnknownPack, FileExistsError."""
    pack = pack_in_force(pack_id)
    rows = record_rows(pack, _cases(pack_id, with_demo), on=on, in_use=in_use)
    counts = write_cases(rows, to, RECORD)
    write_as_of(to, on)
    return counts


def left_out(pack_id: str) -> int:
    """How many demonstration cases an export without them leaves out."""
    return Case.objects.filter(pack=pack_id, is_demo=True).count()


def _export(pack_id: str, rule_id: str, to: Path, on: dt.date, with_demo: bool) -> dict[str, int]:
    pack = pack_in_force(pack_id)
    rule = pack.rule(rule_id)
    if not (isinstance(rule, MeasureRule) or (isinstance(rule, SheetRule) and is_of_cases(rule, pack))):
        raise NotAMeasureOfCases(rule=rule.title)
    return write_cases(rows_for(rule, pack, _cases(pack_id, with_demo), on), to)


def _cases(pack_id: str, with_demo: bool) -> Iterator[Case]:
    found = Case.objects.filter(pack=pack_id)
    found = found.select_related("organisation")
    return in_stretches(found if with_demo else found.filter(is_demo=False))
