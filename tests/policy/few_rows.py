"""Spark for the few rows of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tongdian.bulk.engines import open_engine

# Nearly all of a run on Spark is planning: for few rows in one piece, nothing is to be replanned.
FEW_ROWS = {"spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "1"}


@contextmanager
def spark_for_few_rows() -> Iterator[Any]:
    """A session, one for a process, as it plans quickest for few rows."""
    with open_engine("spark") as engine:
        conf = engine.spark.conf  # type: ignore[attr-defined]
        before = {key: conf.get(key) for key in FEW_ROWS}
        try:
            for key, value in FEW_ROWS.items():
                conf.set(key, value)
            yield engine
        finally:
            for key, value in before.items():
                conf.set(key, value)
