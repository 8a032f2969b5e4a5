"""What is set aside, so that it can be found, counted, mended and given again.

Beside the results of a run stand

- `refused.csv`: each reason, with the keys of every layer, the file and line that it is about, and the
  column as that file calls it;
- `reasons.csv`: how often each kind of reason came, and where first;
- `refused-GRAIN.csv`: every row of the cases set aside, as it was brought, with its reason beside it.
  Mended there, it is given again as it is: columns that begin with ※ are remarks.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tongdian.bulk.files import DataFile
from tongdian.bulk.intake import Intake, RefusedRow
from tongdian.bulk.legal_days import day_of
from tongdian.bulk.results import write_csv
from tongdian.cells import safe
from tongdian.policy.sheet import Grain
from tongdian.policy.types import Date, Num, Type
from tongdian.policy.words import Words
from tongdian.spreadsheets.reading import NOTE

Keys = tuple[str, ...]
REMARKS = tuple(f"{NOTE}{name}" for name in ("file", "line", "reason_zh", "reason_en"))
MOST_LINES = 5  # that are named of one row written many times


@dataclass(frozen=True, slots=True)
class Reason:
    """A kind of reason: of which column, how many rows and cases, and where first."""

    grain: str
    column: str
    words: Words
    rows: int
    cases: int
    first: str


class Aside:
    """The rows set aside, found again in the files that were brought."""

    def __init__(self, draft: Path, stem: str, intake: Intake, refused: Sequence[RefusedRow]) -> None:
        self.intake, self.draft, self.stem = intake, draft, stem
        self.rows = sorted(refused, key=lambda r: (r.key, r.grain, r.row, r.column))
        self.files = {"refused": f"{stem}refused.csv"}
        if refused:
            self.files["reasons"] = f"{stem}reasons.csv"
            for grain in intake.given:
                self._find(grain)
        self.reasons = reasons_of(self.rows)
        self._write()

    def _find(self, grain: Grain) -> None:
        """Go through the files of a grain once: say where each reason stands, and copy the cases."""
        types, zone = self.intake.sheet.types, self.intake.days.zone
        keys = self.intake.sheet.keys(grain.name)
        kinds = [types[key] for key in keys]
        roots = {_canonical(row.key, kinds[0], zone) for row in self.rows}
        places: dict[Keys, list[int]] = {}
        for number, refusal in enumerate(self.rows):
            if refusal.grain == grain.name:
                at = tuple(
                    _canonical(value, kind, zone)
                    for (_, value), kind in zip(refusal.keys, kinds, strict=True)
                )
                places.setdefault(at, []).append(number)
        lines: dict[int, list[str]] = {}
        with ExitStack() as stack:
            writer = None
            for file in self.intake.files[grain.name]:
                asked = self.intake.wanted(grain)
                data = self.intake.engine.data_file(file, asked)
                titles = self.intake.engine.titles(file, asked)
                for line, row in _rows(data, titles):
                    at = tuple(
                        _canonical(row.get(k, ""), kind, zone) for k, kind in zip(keys, kinds, strict=True)
                    )
                    if at[0] not in roots:
                        continue
                    about = places.get(at, [])
                    for number in about:
                        lines.setdefault(number, []).append(line)
                        column = titles.get(self.rows[number].column, self.rows[number].column)
                        self.rows[number] = replace(self.rows[number], file=file.name, written=column)
                    if writer is None:
                        names = self._columns(grain)
                        self.files[f"refused-{grain.name}"] = f"{self.stem}refused-{grain.name}.csv"
                        opened = stack.enter_context(
                            (self.draft / self.files[f"refused-{grain.name}"]).open(
                                "w", encoding="utf-8-sig", newline=""
                            )
                        )
                        writer = csv.writer(opened)
                        writer.writerow([*names.values(), *REMARKS])
                    why = [self.rows[n].reason for n in about]
                    said = ["；".join(w.zh for w in why), "; ".join(w.en for w in why)]
                    cells = [row.get(name, "") for name in names]
                    writer.writerow([safe(one) for one in [*cells, file.name, line, *said]])
        for number, found in lines.items():
            more = ["…"] if len(found) > MOST_LINES else []
            self.rows[number] = replace(self.rows[number], line=", ".join([*found[:MOST_LINES], *more]))

    def _columns(self, grain: Grain) -> dict[str, str]:
        """The columns that any file of the grain has, each as the first file calls it."""
        asked = self.intake.wanted(grain)
        found: dict[str, str] = {}
        for file in self.intake.files[grain.name]:
            for column, title in self.intake.engine.titles(file, asked).items():
                if column in asked.names:
                    found.setdefault(column, title)
        return found

    def _is_read(self, row: RefusedRow) -> bool:
        """Whether what a reason speaks of was brought, and not calculated."""
        grain = next((one for one in self.intake.given if one.name == row.grain), None)
        return grain is None or row.column in self.intake.wanted(grain).names

    def _write(self) -> None:
        keys = list(
            dict.fromkeys(k for grain in self.intake.sheet.read for k in self.intake.sheet.keys(grain.name))
        )
        write_csv(
            self.draft / self.files["refused"],
            ["file", "line", "grain", *keys, "column", "value", "reason_zh", "reason_en"],
            (
                [
                    *(r.file, r.line, r.grain, *_in(keys, dict(r.keys)), r.written or r.column),
                    *(r.value if self._is_read(r) else "", *r.reason),  # the line of a sheet is no cell
                ]
                for r in self.rows
            ),
        )
        if self.rows:
            write_csv(
                self.draft / self.files["reasons"],
                ["grain", "column", "reason_zh", "reason_en", "rows", "cases", "first"],
                ([r.grain, r.column, *r.words, r.rows, r.cases, r.first] for r in self.reasons),
            )


def reasons_of(rows: Sequence[RefusedRow]) -> list[Reason]:
    """The kinds of reason, the most frequent first."""
    found: dict[tuple[str, str, Words], list[RefusedRow]] = {}
    for row in rows:
        kind = Words(*(_kind(said, row.value) for said in row.reason))
        found.setdefault((row.grain, row.written or row.column, kind), []).append(row)
    reasons = [
        Reason(grain, column, words, len(of), len({row.key for row in of}), place(of[0]))
        for (grain, column, words), of in found.items()
    ]
    return sorted(reasons, key=lambda one: (-one.rows, one.grain, one.column))


def place(row: RefusedRow) -> str:
    """Where a refused row stands: `segment.csv:4`; empty where no file has it."""
    return f"{row.file}:{row.line}" if row.file else ""


def _in(keys: Sequence[str], of: Mapping[str, str]) -> list[str]:
    return [of.get(key, "") for key in keys]


def _kind(said: str, value: str) -> str:
    """A reason without the value that it is about."""
    shown = value[:60]
    for quoted in (f"“{shown}”", repr(shown)):
        said = said.replace(quoted, "…")
    try:
        number = f"{Decimal(value).normalize():f}"
    except InvalidOperation:
        return said
    return "…" + said[len(number) :] if said.startswith(number) else said


def _rows(data: DataFile, titles: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of a file with its line there, as text by column."""
    match data.form:
        case "csv":
            with data.path.open(encoding="utf-8-sig", newline="") as opened:
                reader = csv.reader(opened, delimiter=data.separator)
                next(reader, None)
                at = reader.line_num + 1
                for row in reader:
                    yield (
                        str(at + data.lines_above),
                        dict(zip(data.columns, map(str.strip, row), strict=False)),
                    )
                    at = reader.line_num + 1
        case "xlsx":
            for (sheet, number), texts in zip(data.places, data.rows, strict=True):
                where = f"{sheet} {number}" if sheet else str(number)
                yield where, {c: text or "" for c, text in zip(data.columns, texts, strict=True)}
        case _:
            yield from _parquet_rows(data.path, titles)


def _parquet_rows(file: Path, titles: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    import pyarrow.parquet as pq

    number = 0
    for batch in pq.ParquetFile(file).iter_batches(columns=list(titles.values())):
        columns = {column: _as_python(batch.column(title)) for column, title in titles.items()}
        for row in range(batch.num_rows):
            number += 1
            cells = {column: values[row] for column, values in columns.items()}
            yield str(number), {column: "" if one is None else str(one) for column, one in cells.items()}


def _as_python(column: Any) -> list[Any]:
    """The cells of a column of Parquet; where it has a day that no calendar of Python has, as text."""
    try:
        found: list[Any] = column.to_pylist()
    except (OverflowError, ValueError):
        found = column.cast("string").to_pylist()
    return found


def _canonical(text: str, kind: Type, zone: ZoneInfo) -> str:
    """A key as it is compared: days and numbers by what they mean."""
    text = text.strip()
    match kind:
        case Date():
            day = day_of(text, zone)
            return text if day is None else day.isoformat()
        case Num():
            try:
                return f"{Decimal(text).normalize():f}"
            except InvalidOperation:
                return text
    return text
