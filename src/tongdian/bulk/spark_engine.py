"""Spark as an engine: past one machine, the same SQL but for its dialect."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Files
from tongdian.bulk.files import DataFile, no_parquet
from tongdian.bulk.refusals import EngineFailed, EngineMissing, UnreadableFile
from tongdian.policy.dialects import SPARK
from tongdian.policy.sheet_sql import Script
from tongdian.policy.words import Words

LONG_CHAIN = 60  # steps


class Spark(Files):
    """One session a process, local or on a Spark Connect server."""

    dialect = SPARK

    def __init__(self, scratch: Path, memory: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            remedy = Words("运行 make spark", "run `make spark`")
            raise EngineMissing(engine="PySpark", remedy=remedy) from None
        super().__init__(scratch)
        self._kept: dict[str, Any] = {}
        remote = os.environ.get("TONGDIAN_SPARK_REMOTE")  # any Spark Connect server: sc://host:port
        if not remote:
            _find_java()
        builder = SparkSession.builder.appName("tongdian")
        builder = (
            builder.remote(remote)
            if remote
            else builder.master(os.environ.get("TONGDIAN_SPARK_MASTER", "local[2]"))
        )
        for key, value in _SPARK_SETTINGS.items():
            builder = builder.config(key, value)
        if not remote:
            builder = builder.config("spark.driver.memory", memory.replace("B", "").lower())
            builder = builder.config("spark.local.dir", _process_folder()).config(
                "spark.sql.warehouse.dir", f"{_process_folder()}/warehouse"
            )
        if not remote:
            _forget_a_dead_jvm()
        try:
            with _quiet_jvm():
                self.spark: Any = builder.getOrCreate()
        except Exception as error:  # a JVM that does not start, a server that does not answer
            first = str(error).strip().partition("\n")[0]
            raise EngineMissing(engine="Spark", remedy=Words(first, first)) from error
        for key, value in _SPARK_SETTINGS.items():
            if key.startswith("spark.sql.") and not key.startswith("spark.sql.ui."):
                self.spark.conf.set(key, value)
        if not remote:
            self.spark.sparkContext.setLogLevel("OFF")  # what fails is told in our own words

    def _columns_of(self, file: Path) -> dict[str, str]:
        try:
            schema = self.spark.read.parquet(_hadoop(file)).schema
        except Exception:  # Py4J wraps whatever the reader meets
            raise no_parquet(file) from None
        kinds = {field.name: field.dataType.simpleString() for field in schema.fields}
        # an instant is no date, even at midnight; a time without zone may be one
        return {c: "timestamp_ltz" if kind == "timestamp" else kind for c, kind in kinds.items()}

    def _source(self, name: str, form: str, files: list[DataFile], shape: Mapping[str, str]) -> str:
        paths = [_hadoop(one.path) for one in files]
        if form == "xlsx":
            self.rows(name, shape, [row for one in files for row in one.rows])
            return self.dialect.q(name)
        if form == "parquet":
            frame = self.spark.read.parquet(*paths)
        else:
            from pyspark.sql.types import StringType, StructField, StructType

            texts = StructType([StructField(column, StringType()) for column in shape])
            frame = self.spark.read.schema(texts).csv(
                paths, header=True, sep=files[0].separator, quote='"', escape='"', mode="FAILFAST"
            )
        frame.createOrReplaceTempView(f"`{name}`")
        return self.dialect.q(name)

    def rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        from pyspark.sql.types import StringType, StructField, StructType

        listed = [tuple(None if cell is None else str(cell) for cell in row) for row in rows]
        texts = StructType([StructField(column, StringType()) for column in columns])
        with _spark_says():
            frame = self.spark.createDataFrame(listed, texts)
        quoted = ["`" + column.replace("`", "``") + "`" for column in columns]
        casts = [f"CAST({c} AS {k}) AS {c}" for c, k in zip(quoted, columns.values(), strict=True)]
        frame.selectExpr(*casts).createOrReplaceTempView(f"`{name}`")

    def define(self, name: str, sql: str) -> None:
        # read several times; a cut in the plan also keeps Spark 4.3's optimizer from tying itself up
        with _spark_says():
            frame = self.spark.sql(sql).cache()
            frame.createOrReplaceTempView(f"`{name}`")
        if (former := self._kept.pop(name, None)) is not None:
            former.unpersist()  # a name that is defined anew gives its room back
        self._kept[name] = frame

    def view(self, name: str, sql: str) -> None:
        with _spark_says():
            self.spark.sql(sql).createOrReplaceTempView(f"`{name}`")

    def lay(self, script: Script) -> Script:
        # its analyzer gives up on a long chain in one statement; a step that is read several times is
        # kept, which cuts the plan as well. A short one it plans better whole
        if len(script.steps) < LONG_CHAIN:
            return script
        asked = [sql for _, sql in script.steps] + [*script.outputs.values(), script.refused or ""]
        for number, (name, sql) in enumerate(script.steps):
            readers = sum(len(re.findall(rf"\b{name}\b", later)) for later in asked[number + 1 :])
            (self.define if readers > 1 else self.view)(name, sql)
        return replace(script, steps=())

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        with _spark_says():
            return [tuple(row) for row in self.spark.sql(sql).collect()]

    def write(self, sql: str, out: Path) -> int:
        with _spark_says():
            writer, path = self.spark.sql(sql).write.mode("overwrite"), str(out.absolute())
            if out.suffix == ".csv":
                writer.csv(path, header=True, quote='"', escape='"')
                return int(self.spark.read.csv(path, header=True, multiLine=True).count())
            writer.parquet(path)
            return int(self.spark.read.parquet(_hadoop(out)).count())

    def close(self) -> None:
        # the JVM is slow to start: a process keeps one session for all its runs
        with suppress(EngineFailed), _spark_says():
            self.spark.catalog.clearCache()


def _forget_a_dead_jvm() -> None:
    """PySpark goes on talking to a JVM that was killed, or that ended itself for want of memory: have
    it start another, or one death fails every later run of this process."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    gateway = SparkContext._gateway
    launched = getattr(gateway, "proc", None)
    if gateway is None or launched is None or launched.poll() is None:
        return
    with suppress(OSError):
        launched.stdin.close()
    gateway.shutdown()
    SparkContext._active_spark_context = SparkContext._gateway = SparkContext._jvm = None
    SparkSession._instantiatedSession = None


@lru_cache(maxsize=1)
def _process_folder() -> str:
    """Where the session spills: it outlives a run, and so must its folder."""
    folder = tempfile.mkdtemp(prefix="tongdian-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def _quiet_jvm() -> Iterator[None]:
    """A JVM started here greets into a file beside its scratch, not on the user's terminal."""
    terminal = os.dup(2)
    log = os.open(f"{_process_folder()}/jvm.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.dup2(log, 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(log)


def _find_java() -> None:
    """Refuse before PySpark's launcher prints about it."""
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").exists() if home else shutil.which("java")):
        raise EngineMissing(
            engine="Java 17",
            remedy=Words(
                "安装 openjdk-17，或把 JAVA_HOME 指向它", "install openjdk-17, or point JAVA_HOME to it"
            ),
        )


def _hadoop(file: Path) -> str:
    """A path that Spark takes as it stands, not as a pattern."""
    return re.sub(r"([\\{}\[\]*?])", r"\\\1", str(file.absolute()))


@contextmanager
def _spark_says() -> Iterator[None]:
    """Spark's own errors in a line."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        said = str(error)
        if "MALFORMED_RECORD_IN_PARSING" in said or "MALFORMED_CSV_RECORD" in said:
            row = re.search(r"\[([^\[\]]*)\]\.?\s*(?:Parse Mode|$)", said, re.MULTILINE)
            shown = row[1] if row else ""
            problem = Words(f"有一行的列数不对：{shown}", f"a row has too few or too many columns: {shown}")
            raise UnreadableFile(file="CSV", problem=problem) from error
        first = said.strip().partition("\n")[0]
        raise EngineFailed(engine="Spark", problem=Words(first, first)) from error


_SPARK_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    # with loss allowed, Spark drops decimals of products past 38 digits
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.analyzer.maxIterations": "1000",  # a long sheet is a long chain of names
    "spark.sql.shuffle.partitions": "8",
    # it copies what it infers of a long CASE into every join above, until the heap is full
    "spark.sql.constraintPropagation.enabled": "false",
    # a row with too many or too few columns must be noticed even where its last columns are not read
    "spark.sql.csv.parser.columnPruning.enabled": "false",
    "spark.ui.enabled": "false",
    # nobody looks at past runs here, and it would keep their plans until the heap is full
    "spark.sql.ui.retainedExecutions": "5",
    "spark.ui.retainedJobs": "20",
    "spark.ui.retainedStages": "20",
    "spark.sql.maxPlanStringLength": "10000",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
