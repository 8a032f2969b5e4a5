"""Both packs, loaded once for the whole run with their own tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.policy.conftest import duckdb_engine, spark_engine  # noqa: F401  the engines are shared
from tongdian.policy import Answer, Pack, load_pack

Ask = Callable[..., Answer]
POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def gxnu() -> Pack:
    """广西师范大学水电管理规定."""
    return load_pack(POLICIES / "gxnu-2016-4")


@pytest.fixture(scope="session")
def nea() -> Pack:
    """The task ledger of 国能综通监管〔2021〕37号."""
    return load_pack(POLICIES / "nea-2021-37")


def asking(pack: Pack) -> Ask:
    """`ask(rule, "2026-03-02", take={…}, contract="150000")`."""

    def ask(rule: str, on: str, take: dict[str, str] | None = None, **given: Any) -> Answer:
        return pack.answer(rule, on=dt.date.fromisoformat(on), given=given, take=take)

    return ask


@pytest.fixture
def ask_gxnu(gxnu: Pack) -> Ask:
    """Ask the university's regulation."""
    return asking(gxnu)


@pytest.fixture
def ask_nea(nea: Pack) -> Ask:
    """Ask the ledger."""
    return asking(nea)
