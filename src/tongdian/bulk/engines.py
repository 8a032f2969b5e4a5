"""DuckDB and Spark behind the few verbs that a bulk run needs."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tongdian.bulk.refusals import EngineMissing, UnreadableFile
from tongdian.policy.dialects import DUCKDB, SPARK, Dialect
from tongdian.policy.words import Words

TEXT, WHOLE, EXACT, BINARY, DAY, TRUTH = "text", "whole", "exact", "binary", "day", "truth"


class Engine(Protocol):
    """What a bulk run asks of an engine. Relations are known by name."""

    dialect: Dialect

    def read(self, name: str, files: Sequence[Path]) -> dict[str, str]:
        """Make `name` from files of one format; its columns with a rough type each."""

    def rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Make `name` from typed rows: column name → SQL type."""

    def define(self, name: str, sql: str) -> None:
        """Make `name` from a query; kept if it is read several times."""

    def view(self, name: str, sql: str) -> None:
        """Make `name` from a query that is run each time it is read."""

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""

    def write(self, sql: str, out: Path) -> None:
        """The rows of a query into a Parquet or CSV file (a folder of parts, on Spark)."""


@contextmanager
def open_engine(name: str, *, memory: str = "3GB", threads: int | None = None) -> Iterator[Engine]:
    """An engine by name, closed and its scratch files removed at the end. Raises EngineMissing."""
    scratch = Path(tempfile.mkdtemp(prefix="tongdian-"))
    engine: _Duck | _Spark = (
        _Duck(scratch, memory, threads) if name == "duckdb" else _Spark(scratch, memory)
    )
    try:
        yield engine
    finally:
        engine.close()
        shutil.rmtree(scratch, ignore_errors=True)


def format_of(files: Sequence[Path]) -> str:
    """parquet, csv or xlsx. Raises UnreadableFile."""
    suffixes = {"".join(file.suffixes[-1:]).lower() for file in files}
    for file in files:
        if not file.exists():
            raise UnreadableFile(file=file, problem=Words("没有这个文件", "there is no such file"))
    if len(suffixes) == 1 and (suffix := suffixes.pop()) in (".parquet", ".csv", ".xlsx"):
        return suffix[1:]
    raise UnreadableFile(
        file=files[0],
        problem=Words("只读 .parquet、.csv、.xlsx", "only .parquet, .csv and .xlsx are read"),
    )


def sheet_rows(file: Path) -> tuple[list[str], list[list[str | None]]]:
    """The first sheet of a workbook as header and text. Numbers keep their shortest writing."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises zip, key and value errors alike for a broken file
        raise UnreadableFile(
            file=file, problem=Words("不是合法的 Excel 文件", "not a valid Excel file")
        ) from error
    rows = book.worksheets[0].iter_rows(values_only=True)
    header = [str(cell).strip() if cell is not None else "" for cell in next(rows, ())]
    body = [[_cell(cell) for cell in row] for row in rows if any(cell is not None for cell in row)]
    book.close()
    return header, body


def _cell(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return repr(cell).removesuffix(".0") if isinstance(cell, float) else str(cell).strip()


class _Duck:
    dialect = DUCKDB

    def __init__(self, scratch: Path, memory: str, threads: int | None) -> None:
        import duckdb

        self.error = duckdb.Error
        self.scratch = scratch
        self.db = duckdb.connect(str(scratch / "run.duckdb"))
        self.db.execute(f"SET memory_limit = '{memory}'")
        self.db.execute(f"SET temp_directory = '{scratch / 'spill'}'")
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute(f"SET threads = {threads or os.cpu_count() or 1}")

    def read(self, name: str, files: Sequence[Path]) -> dict[str, str]:
        match format_of(files):
            case "xlsx":
                header, body = sheet_rows(files[0])
                self.rows(name, dict.fromkeys(header, "VARCHAR"), body)
                return dict.fromkeys(header, TEXT)
            case "csv":
                source = f"read_csv({_paths(files)}, all_varchar = true, header = true)"
            case _:
                source = f"read_parquet({_paths(files)})"
        try:
            self.db.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM {source}')
            described = self.db.execute(f'DESCRIBE "{name}"').fetchall()
        except self.error as error:
            raise UnreadableFile(file=files[0], problem=Words(str(error), str(error))) from None
        return {row[0]: _rough(str(row[1])) for row in described}

    def rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        declared = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        self.db.execute(f'CREATE OR REPLACE TABLE "{name}" ({declared})')
        listed = [tuple(row) for row in rows]
        if not listed:
            return
        import pyarrow as pa

        given = pa.table({c: [None if row[i] is None else str(row[i]) for row in listed] for i, c in enumerate(columns)}, schema=pa.schema([(c, pa.string()) for c in columns]))  # fmt: skip
        self.db.register("_given", given)
        casts = ", ".join(f'CAST("{column}" AS {kind})' for column, kind in columns.items())
        self.db.execute(f'INSERT INTO "{name}" SELECT {casts} FROM _given')
        self.db.unregister("_given")

    def define(self, name: str, sql: str) -> None:
        self.db.execute(f'CREATE OR REPLACE TABLE "{name}" AS {sql}')

    def view(self, name: str, sql: str) -> None:
        """A query by name, run each time it is read."""
        self.db.execute(f'CREATE OR REPLACE VIEW "{name}" AS {sql}')

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        return self.db.execute(sql).fetchall()

    def write(self, sql: str, out: Path) -> None:
        kind = "CSV, HEADER" if out.suffix == ".csv" else "PARQUET, COMPRESSION zstd"
        self.db.execute(f"COPY ({sql}) TO '{out}' (FORMAT {kind})")

    def close(self) -> None:
        self.db.close()


def _paths(files: Sequence[Path]) -> str:
    return "[" + ", ".join("'" + str(file).replace("'", "''") + "'" for file in files) + "]"


def _rough(kind: str) -> str:
    kind = kind.upper()
    if kind in ("FLOAT", "DOUBLE", "REAL"):
        return BINARY
    if kind.startswith("DECIMAL"):
        return EXACT
    if "INT" in kind:
        return WHOLE
    if kind == "DATE":
        return DAY
    return TRUTH if kind == "BOOLEAN" else TEXT


class _Spark:
    dialect = SPARK

    def __init__(self, scratch: Path, memory: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            remedy = Words("运行 make spark", "run `make spark`")
            raise EngineMissing(engine="PySpark", remedy=remedy) from None
        if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
            raise EngineMissing(
                engine="Java 17", remedy=Words("安装 openjdk-17", "install openjdk-17")
            )
        self.scratch = scratch
        remote = os.environ.get("TONGDIAN_SPARK_REMOTE")  # any Spark Connect server: sc://host:port
        builder = SparkSession.builder.appName("tongdian")
        builder = (
            builder.remote(remote)
            if remote
            else builder.master(os.environ.get("TONGDIAN_SPARK_MASTER", "local[2]"))
        )
        for key, value in _SPARK_SETTINGS.items():
            builder = builder.config(key, value)
        if not remote:
            builder = builder.config("spark.driver.memory", memory.replace("GB", "g"))
            builder = builder.config("spark.local.dir", str(scratch)).config(
                "spark.sql.warehouse.dir", str(scratch / "warehouse")
            )
        self.spark: Any = builder.getOrCreate()
        for key, value in _SPARK_SETTINGS.items():
            if key.startswith("spark.sql.") and "warehouse" not in key:
                self.spark.conf.set(key, value)
        if not remote:
            self.spark.sparkContext.setLogLevel("ERROR")

    def read(self, name: str, files: Sequence[Path]) -> dict[str, str]:
        paths = [str(file.resolve()) for file in files]
        match format_of(files):
            case "xlsx":
                header, body = sheet_rows(files[0])
                self.rows(name, dict.fromkeys(header, "STRING"), body)
                return dict.fromkeys(header, TEXT)
            case "csv":
                frame = self.spark.read.csv(paths, header=True, inferSchema=False)
            case _:
                frame = self.spark.read.parquet(*paths)
        frame.createOrReplaceTempView(f"`{name}`")
        return {field.name: _rough(field.dataType.simpleString()) for field in frame.schema.fields}

    def rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        listed = [tuple(None if cell is None else str(cell) for cell in row) for row in rows]
        text = ", ".join(f"`{column}` STRING" for column in columns)
        frame = self.spark.createDataFrame(listed, text)
        casts = [f"CAST(`{column}` AS {kind}) AS `{column}`" for column, kind in columns.items()]
        frame.selectExpr(*casts).createOrReplaceTempView(f"`{name}`")

    def define(self, name: str, sql: str) -> None:
        # read several times; a cut in the plan also keeps Spark 4.3's optimizer from tying itself up
        self.spark.sql(sql).cache().createOrReplaceTempView(f"`{name}`")

    def view(self, name: str, sql: str) -> None:
        self.spark.sql(sql).createOrReplaceTempView(f"`{name}`")

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.spark.sql(sql).collect()]

    def write(self, sql: str, out: Path) -> None:
        writer = self.spark.sql(sql).write.mode("overwrite")
        if out.suffix == ".csv":
            writer.csv(str(out.resolve()), header=True)
        else:
            writer.parquet(str(out.resolve()))

    def close(self) -> None:
        # the JVM is slow to start: a process keeps one session for all its runs
        self.spark.catalog.clearCache()


_SPARK_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    # with loss allowed, Spark drops decimals of products past 38 digits
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "8",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
