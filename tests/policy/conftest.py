"""Engines for the kernel's tests: one DuckDB for the whole run, one Spark a module, on the run's JVM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.policy.few_rows import spark_for_few_rows
from tongdian.bulk.engines import Engine, open_engine


@pytest.fixture(scope="session")
def duckdb_engine() -> Iterator[Engine]:
    with open_engine("duckdb") as engine:
        yield engine


@pytest.fixture(scope="module")  # closed between modules: what it keeps fills its JVM otherwise
def spark_engine() -> Iterator[Engine]:
    with spark_for_few_rows() as engine:
        yield engine


@pytest.fixture(params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found
