"""DuckDB as an engine: one process, out of memory into a scratch file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Files
from tongdian.bulk.files import DataFile, no_parquet, not_text
from tongdian.bulk.refusals import EngineFailed, UnreadableFile
from tongdian.policy.dialects import DUCKDB
from tongdian.policy.sheet_sql import Script
from tongdian.policy.words import Words

MOST_AT_ONCE = 20_000  # rows that are handed over in one statement


class Duck(Files):
    """One database in a scratch file, spilling beside it."""

    dialect = DUCKDB

    def __init__(self, scratch: Path, memory: str, threads: int | None) -> None:
        import duckdb

        super().__init__(scratch)
        self.duckdb = duckdb
        self.db = duckdb.connect(str(scratch / "run.duckdb"))
        self.db.execute(f"SET memory_limit = '{memory}'")
        self.db.execute(f"SET temp_directory = {_quoted(scratch / 'spill')}")
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute(f"SET threads = {threads or os.cpu_count() or 1}")

    def _columns_of(self, file: Path) -> dict[str, str]:
        try:
            described = self.db.execute(f"DESCRIBE SELECT * FROM {_parquet([file])}").fetchall()
        except self.duckdb.Error:
            raise no_parquet(file) from None
        return {row[0]: str(row[1]) for row in described}

    def _source(self, name: str, form: str, files: list[DataFile], shape: Mapping[str, str]) -> str:
        if form == "parquet":
            return _parquet([one.path for one in files])
        if form == "csv":
            # nothing is guessed: a sniffer would skip odd first rows and rows that begin with #
            typed = ", ".join(f"{_quoted(column)}: 'VARCHAR'" for column in shape)
            return (
                f"read_csv({_paths([one.path for one in files])}, auto_detect = false, header = true, comment = '', quote = '\"', "
                f"escape = '\"', delim = {_quoted(files[0].separator)}, columns = {{{typed}}}, "
                "hive_partitioning = false)"
            )
        self.rows(name, shape, [row for one in files for row in one.rows])
        return self.dialect.q(name)

    def rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        names = [_identifier(column) for column in columns]
        declared = ", ".join(f"{n} {k}" for n, k in zip(names, columns.values(), strict=True))
        self._run(f'CREATE OR REPLACE TABLE "{name}" ({declared})')
        listed = [tuple(row) for row in rows]
        if not listed:
            return
        casts = ", ".join(f"CAST(UNNEST(${n}::VARCHAR[]) AS {k})" for n, k in enumerate(columns.values(), 1))
        for start in range(0, len(listed), MOST_AT_ONCE):
            some = listed[start : start + MOST_AT_ONCE]
            texts = [
                [None if cell is None else str(cell) for cell in column] for column in zip(*some, strict=True)
            ]
            self._run(f'INSERT INTO "{name}" SELECT {casts}', texts)

    def define(self, name: str, sql: str) -> None:
        self._run(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')

    def view(self, name: str, sql: str) -> None:
        self._run(f'CREATE OR REPLACE VIEW "{name}" AS {sql}')

    def lay(self, script: Script) -> Script:
        if len(script.outputs) == 1:
            return script  # one statement is what it plans best
        # what several grains are written from is calculated once, into tables of the scratch file
        steps: list[tuple[str, str]] = []
        for number, (name, sql) in enumerate(script.steps):
            if name not in script.lasts:
                steps.append((name, sql))
                continue
            asked = " ".join(
                [later for _, later in script.steps[number + 1 :]]
                + [*script.outputs.values(), script.refused or ""]
            )
            columns = [self.dialect.q(one) for one in script.lasts[name]]
            listed = ", ".join(one for one in columns if one in asked)
            self.define(name, replace(script, steps=tuple(steps)).query(f"SELECT {listed} FROM ({sql}) s"))
        return replace(script, steps=tuple(steps))

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._run(sql).fetchall())

    def batches(self, sql: str, rows: int) -> Iterator[Any]:
        """The rows of a query in its order, in batches of Arrow of at most so many."""
        # without this, batches come in any order although the query says one
        self.db.execute("SET preserve_insertion_order = true")
        try:
            yield from self.db.sql(sql).to_arrow_reader(rows)
        except self.duckdb.OutOfMemoryException:
            raise EngineFailed(engine="DuckDB", problem=_MORE_MEMORY) from None
        finally:
            self.db.execute("SET preserve_insertion_order = false")

    def write(self, sql: str, out: Path) -> int:
        kind = "CSV, HEADER" if out.suffix == ".csv" else "PARQUET, COMPRESSION zstd"
        written = self._run(f"COPY ({sql}) TO {_quoted(out)} (FORMAT {kind})").fetchone()
        return int(written[0])

    def _run(self, sql: str, given: Sequence[Any] | None = None) -> Any:
        try:
            return self.db.execute(sql, given)
        except self.duckdb.OutOfMemoryException:
            raise EngineFailed(engine="DuckDB", problem=_MORE_MEMORY) from None
        except self.duckdb.Error as error:
            raise self._explained(str(error)) from error

    def _explained(self, said: str) -> Exception:
        """What DuckDB says of a file, in a line of our own; else its own first line."""
        found, path = re.search(r"CSV Error on Line: (\d+)", said), re.search(r"\n  file = (.+)", said)
        if found is None or path is None:
            first = said.partition("\n")[0]
            return EngineFailed(engine="DuckDB", problem=Words(first, first))
        data = next((one for one in self._files.values() if str(one.path.absolute()) == path[1]), None)
        file, line = (data.file, int(found[1]) + data.lines_above) if data else (path[1], int(found[1]))
        if "Invalid unicode" in said:
            return not_text(file)
        columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
        problem = (
            Words(
                f"第 {line} 行有 {columns[2]} 列，表头有 {columns[1]} 列",
                f"line {line} has {columns[2]} columns where the header has {columns[1]}",
            )
            if columns
            else Words(f"第 {line} 行写法不对", f"line {line} is not well-formed CSV")
        )
        return UnreadableFile(file=file, problem=problem)

    def close(self) -> None:
        self.db.close()


_MORE_MEMORY = Words("内存不够；用 --memory 放宽", "not enough memory; allow more with --memory")


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _paths(files: Sequence[Path]) -> str:
    # a name with [, * or ? is that file's name, not a pattern for others
    exact = (re.sub(r"([\[*?])", r"[\1]", str(file.absolute())) for file in files)
    return "[" + ", ".join(map(_quoted, exact)) + "]"


def _parquet(files: Sequence[Path]) -> str:
    return f"read_parquet({_paths(files)}, hive_partitioning = false)"
