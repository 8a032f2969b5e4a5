"""A case that nobody can judge leaves open only the indicators and periods whose case it may be."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.bulk.test_indicators import write
from tests.policies.conftest import nea  # noqa: F401
from tongdian.bulk.indicators import count_indicators
from tongdian.bulk.periods import Span

H1 = Span(dt.date(2026, 1, 1), dt.date(2026, 6, 30), "ended")


def row(case, **said):
    """A shop of low voltage, finished in February 2026, of which nobody said whether its contract was electronic."""
    return {
        "case": case, "region": "450311", "class": "low_voltage", "applied": "2026-02-02", "ended": "2026-02-20",
        "channel": "online", "online_possible": "true", "electronic_contract": "",
        "electronic_contract_possible": "true", **said,
    }  # fmt: skip


def unjudged(nea, tmp_path, rows, engine="duckdb", span=H1):  # noqa: F811
    files = {"online-service": {"case": [write(tmp_path / "case.csv", rows)]}}
    found = count_indicators(nea, files, on=dt.date(2026, 11, 30), span=span, engine=engine)
    assert {one.key for one in found.refused["online-service"]} == {one["case"] for one in rows} - {"known"}
    return {name: {one.key for one in several} for name, several in found.unjudged.items()}


@pytest.mark.parametrize("engine", ["duckdb", "fold"])
def test_a_refused_case_counts_for_its_period_and_its_indicators_alone(nea, tmp_path, engine):  # noqa: F811
    rows = [
        row("known", electronic_contract="true"),
        row("low"),
        row("old", applied="2020-03-02", ended="2020-04-01"),
        row("high", **{"class": "high_voltage_single"}),
    ]
    found = unjudged(nea, tmp_path, rows, engine)
    assert found["indicator-11-1"] == {"low", "high"}
    assert found["indicator-25-1"] == {"low"}  # 25 is asked of low voltage


def test_what_the_file_does_not_rule_out_stays_in(nea, tmp_path):  # noqa: F811
    rows = [
        row("no-end", ended=""),
        row("no-class", **{"class": "villa"}),
        row("no-class-of-2020", applied="2020-03-02", ended="2020-04-01", **{"class": "villa"}),
        row("twice"),
        row("twice"),
    ]
    found = unjudged(nea, tmp_path, rows)
    assert found["indicator-25-1"] == {"no-end", "no-class", "twice"}


def test_of_all_days_every_refused_case_is_told(nea, tmp_path):  # noqa: F811
    rows = [row("low"), row("old", applied="2021-03-02", ended="2021-04-01")]
    assert unjudged(nea, tmp_path, rows, span=Span())["indicator-25-1"] == {"low", "old"}
