"""DuckDB and Spark behind the few verbs that a bulk run needs."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tongdian.bulk.files import DataFile, data_file
from tongdian.bulk.headings import Wanted, resolved
from tongdian.bulk.refusals import BadMemory
from tongdian.policy.dialects import Dialect
from tongdian.policy.sheet_sql import Script

TEXT, WHOLE, EXACT, BINARY, DAY, MOMENT, INSTANT, TRUTH = (
    "text",
    "whole",
    "exact",
    "binary",
    "day",
    "moment",
    "instant",
    "truth",
)


class Engine(Protocol):
    """What a bulk run asks of an engine. Relations are known by name."""

    dialect: Dialect

    def columns(self, file: Path, wanted: Wanted) -> dict[str, str]:
        """The columns of a file with the engine's type of each. Raises UnreadableFile."""

    def read(self, name: str, files: Sequence[Path], wanted: Wanted) -> dict[str, str]:
        """Make `name` from files: those of the wanted columns that any has, a rough type each."""

    def titles(self, file: Path, wanted: Wanted) -> dict[str, str]:
        """Each column of a file as the file writes it. Raises UnreadableFile."""

    def data_file(self, file: Path, wanted: Wanted) -> DataFile:
        """How a file is read, and what is said of it. Raises UnreadableFile."""

    def rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Make `name` from typed rows: column name → SQL type."""

    def define(self, name: str, sql: str) -> None:
        """Make `name` from a query; kept if it is read several times."""

    def view(self, name: str, sql: str) -> None:
        """Make `name` from a query that is run each time it is read."""

    def lay(self, script: Script) -> Script:
        """Make the steps of a script ready; what is left of it is asked in one statement."""

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""

    def write(self, sql: str, out: Path) -> int:
        """The rows of a query into a Parquet or CSV file (a folder of parts, on Spark); how many."""


@contextmanager
def open_engine(name: str, *, memory: str = "3GB", threads: int | None = None) -> Iterator[Engine]:
    """An engine by name, closed and its scratch files removed at the end.

    `memory` is written like 500MB or 3GB. Raises EngineMissing, BadMemory.
    """
    if not re.fullmatch(r"[1-9]\d{0,6}(MB|GB)", memory, re.ASCII):
        raise BadMemory(memory=memory)
    scratch = Path(tempfile.mkdtemp(prefix="tongdian-"))
    try:
        engine = _started(name, scratch, memory, threads)
        try:
            yield engine
        finally:
            engine.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _started(name: str, scratch: Path, memory: str, threads: int | None) -> Any:
    if name == "duckdb":
        from tongdian.bulk.duckdb_engine import Duck

        return Duck(scratch, memory, threads)
    from tongdian.bulk.spark_engine import Spark

    return Spark(scratch, memory)


class Files:
    """Reading files into one relation, however their columns are ordered and typed."""

    dialect: Dialect

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._files: dict[tuple[Path, Wanted], DataFile] = {}
        self._described: dict[Path, dict[str, str]] = {}

    def data_file(self, file: Path, wanted: Wanted) -> DataFile:
        if (file, wanted) not in self._files:
            self._files[file, wanted] = data_file(file, wanted, scratch=self._scratch)
        return self._files[file, wanted]

    def columns(self, file: Path, wanted: Wanted) -> dict[str, str]:
        data = self.data_file(file, wanted)
        if data.form != "parquet":
            return dict.fromkeys(data.columns, self.dialect.text)
        written = self._written(file)
        return dict(zip(resolved(file, list(written), wanted), written.values(), strict=True))

    def titles(self, file: Path, wanted: Wanted) -> dict[str, str]:
        """Each column of a file as the file writes it."""
        data = self.data_file(file, wanted)
        if data.form != "parquet":
            return dict(data.titles)
        written = list(self._written(file))
        return dict(zip(resolved(file, written, wanted), written, strict=True))

    def _written(self, file: Path) -> dict[str, str]:
        if file not in self._described:
            self._described[file] = self._columns_of(file)
        return self._described[file]

    def read(self, name: str, files: Sequence[Path], wanted: Wanted) -> dict[str, str]:
        alike: dict[Any, list[DataFile]] = {}  # files that one scan can read
        for file in files:
            data = self.data_file(file, wanted)
            written = self.titles(file, wanted) if data.form == "parquet" else {}
            shape = tuple((c, kind, written.get(c, c)) for c, kind in self.columns(file, wanted).items())
            alike.setdefault((data.form, data.separator, shape), []).append(data)
        kinds: dict[str, set[str]] = {}
        for *_, shape in alike:
            for column, kind, _ in shape:
                kinds.setdefault(column, set()).add(kind)
        found = [column for column in dict.fromkeys(wanted.names) if column in kinds]
        arms = []
        for number, ((form, _, shape), group) in enumerate(alike.items()):
            source = self._source(f"{name}_{number}", form, group, {c: kind for c, kind, _ in shape})
            arms.append(self._arm(source, form, shape, {c: kinds[c] for c in found}))
        self.view(name, " UNION ALL ".join(arms))  # type: ignore[attr-defined]
        return {c: rough(next(iter(kinds[c]))) if len(kinds[c]) == 1 else TEXT for c in found}

    def _arm(
        self, source: str, form: str, shape: Sequence[tuple[str, str, str]], kinds: Mapping[str, set[str]]
    ) -> str:
        q, text = self.dialect.q, self.dialect.text
        own = {column: (kind, written) for column, kind, written in shape}
        made = []
        for column, seen in kinds.items():
            if column not in own:
                made.append(f"CAST(NULL AS {next(iter(seen)) if len(seen) == 1 else text})")
            elif len(seen) == 1:
                made.append(q(own[column][1]))
            else:  # whole here and with decimals there: neither may be rounded to the other
                made.append(self._as_text(q(own[column][1]), rough(own[column][0])))
        listed = ", ".join(f"{sql} AS {q(c)}" for sql, c in zip(made, kinds, strict=True))
        whole = f"SELECT {listed or '1'} FROM {source}"
        if form == "parquet" or not kinds:
            return whole
        present = [q(c) for c in kinds if c in own]  # spreadsheets end in rows of nothing
        return f"{whole} WHERE COALESCE({', '.join([*present, 'NULL'])}) IS NOT NULL"

    def _as_text(self, sql: str, rough: str) -> str:
        """A column as text; a binary number in plain digits, as it is written."""
        text = f"CAST({sql} AS {self.dialect.text})"
        if rough != BINARY:
            return text
        plain = f"CAST(TRY_CAST({text} AS DECIMAL(38,18)) AS {self.dialect.text})"
        return f"COALESCE({plain}, {text})"

    def _columns_of(self, file: Path) -> dict[str, str]:
        """Of a Parquet file."""
        raise NotImplementedError

    def _source(self, name: str, form: str, files: list[DataFile], shape: Mapping[str, str]) -> str:
        raise NotImplementedError


_WHOLE = re.compile(r"u?(tiny|small|big|huge)?int|u?integer|byte|short|long")


def rough(kind: str) -> str:
    """What kind of column an engine's type is, as far as reading it goes."""
    kind = kind.lower()
    if kind in ("float", "double", "real"):
        return BINARY
    if kind.startswith("decimal("):
        return EXACT
    if _WHOLE.fullmatch(kind):
        return WHOLE
    if kind in ("timestamp with time zone", "timestamp_ltz"):
        return INSTANT
    if kind == "timestamp_ntz" or re.fullmatch(r"timestamp(_(ns|ms|s))?", kind):
        return MOMENT
    return {"date": DAY, "boolean": TRUTH}.get(kind, TEXT)
