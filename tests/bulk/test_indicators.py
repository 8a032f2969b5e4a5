"""Indicators over files: what many come to is what each comes to, added up by place."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import Counter

import pytest

from tests.policies.conftest import nea  # noqa: F401
from tongdian.bulk.indicators import count_indicators
from tongdian.bulk.periods import Span
from tongdian.policy.kinds.indicator import indicators_of

ON = dt.date(2022, 6, 30)
COUNTIES = ("450302", "450305", "450311")


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def some_burdens(count=300):
    """Cases of every class, finished, withdrawn and in hand, some at the edge of what is allowed and some beyond."""
    draw = random.Random(7)
    kinds = {
        "residential": ("residential", "false"),
        "three_zero": ("small_micro", "true"),
        "low_voltage": ("other", "false"),
        "high_voltage_single": ("other", "false"),
    }
    for n in range(count):
        name = draw.choice(list(kinds))
        kind, promised = kinds[name]
        applied = dt.date(2021, 1, 1) + dt.timedelta(days=draw.randrange(500))
        yield {
            "case": f"C{n}", "region": draw.choice(COUNTIES), "class": name, "kind": kind,
            "area": draw.choice(["urban", "rural"]), "promised": promised,
            "capacity": 800 if name.startswith("high") else draw.choice([8, 99, 100]),
            "applied": applied, "ended": draw.choice([applied + dt.timedelta(days=9), ""]),
            "ending": draw.choice(["finished", "finished", "withdrawn"]),
            "steps": draw.choice([2, 3, 4]), "papers": draw.choice([2, 3, 8]), "listed": 8, "beyond": draw.choice(["", 0, 1]),
            "customer_paid": draw.choice([0, "0.01", 500]), "supplier_paid": 8600,
        }  # fmt: skip


def test_many_cases_come_to_what_each_comes_to(nea, tmp_path):  # noqa: F811
    rows = list(some_burdens())
    found = count_indicators(
        nea, {"connection-burden": {"case": [write(tmp_path / "case.csv", rows)]}}, on=ON
    )
    for indicator in indicators_of(nea, ON)["connection-burden"]:
        singly: Counter = Counter()
        for row in rows:
            given = {name: str(value) for name, value in row.items() if name != "case" and value != ""}
            outcome = str(nea.answer(indicator.rule, on=ON, given=given).value)
            singly[row["region"], outcome] += 1
        for county in COUNTIES:
            one = found.regions[indicator.rule][county]
            assert one.total_within == singly[county, "met"], indicator.rule
            assert one.total - one.total_within == singly[county, "not_met"], indicator.rule
            assert one.undecided == singly[county, "undecided"], indicator.rule
            assert one.withdrawn == singly[county, "withdrawn"], indicator.rule
        assert len(found.late[indicator.rule]) == min(
            10, found.whole(indicator.rule).total - found.whole(indicator.rule).total_within
        )
    assert not found.refused["connection-burden"]


def test_the_cases_that_fail_are_named_the_longest_first(nea, tmp_path):  # noqa: F811
    # residents: 5 working days; applied on Monday 7 March, so 14 March is the fifth and 17 March the eighth
    cases = [
        {"case": "in-time", "region": "450305", "class": "residential", "applied": "2022-03-07", "ended": "2022-03-14"},
        {"case": "late", "region": "450305", "class": "residential", "applied": "2022-03-07", "ended": "2022-03-15"},
        {"case": "later", "region": "450302", "class": "residential", "applied": "2022-03-07", "ended": "2022-03-17"},
        {"case": "in-june", "region": "450302", "class": "residential", "applied": "2022-05-07", "ended": "2022-06-17"},
    ]  # fmt: skip
    visits = [
        {"case": one["case"], "seq": seq, "stage": stage, "opened": one["applied"], "closed": one[until]}
        for one in cases
        for seq, (stage, until) in enumerate([("accept", "applied"), ("energise", "ended")], 1)
    ]
    files = {"case": [write(tmp_path / "case.csv", cases)], "visit": [write(tmp_path / "visit.csv", visits)]}
    march = Span(dt.date(2022, 3, 1), dt.date(2022, 3, 31), "ended")
    found = count_indicators(nea, {"connection-time": files}, on=ON, span=march)
    assert [(one.case, one.days) for one in found.late["indicator-6-1"]] == [("later", 8), ("late", 6)]
    assert (found.whole("indicator-6-1").total, found.whole("indicator-6-1").total_within) == (3, 1)
    assert found.regions["indicator-6-1"]["450302"].total == 1
    assert "indicator-8-1" not in found.regions  # no file of burdens was brought


@pytest.mark.parametrize("engine", ["duckdb", "fold"])
@pytest.mark.parametrize(("reading", "kept"), [("counted", 1), ("deducted", 2)])
def test_who_stood_still_is_told_beside_the_share_whatever_the_days_count(
    nea,  # noqa: F811
    tmp_path,
    engine,
    reading,
    kept,
):
    """Two of low voltage took 1 + 3 + 2 working days; one of them with 9–18 March in the reply, at the
    applicant's request."""
    visits = {
        "through": [("accept", 1, 2), ("reply", 2, 5), ("works", 5, 8), ("meter", 8, 10)],
        "stayed": [("accept", 1, 2), ("reply", 2, 15), ("works", 15, 16), ("meter", 16, 18)],
    }
    cases = [
        {"case": one, "region": "450305", "class": "low_voltage", "applied": "2021-03-01", "ended": f"2021-03-{days[-1][2]:02}"}
        for one, days in visits.items()
    ]  # fmt: skip
    rows = [
        {"case": one, "seq": seq, "stage": stage, "opened": f"2021-03-{a:02}", "closed": f"2021-03-{b:02}"}
        for one, days in visits.items()
        for seq, (stage, a, b) in enumerate(days, 1)
    ]
    stay = {
        "case": "stayed",
        "stay_no": 1,
        "since": "2021-03-04",
        "until": "2021-03-14",
        "cause": "applicant-request",
    }
    files = {
        "case": [write(tmp_path / "case.csv", cases)],
        "visit": [write(tmp_path / "visit.csv", rows)],
        "stay": [write(tmp_path / "stay.csv", [stay | {"confirmed_on": "2021-03-04"}])],
    }
    found = count_indicators(
        nea, {"connection-time": files}, on=dt.date(2021, 6, 30), engine=engine,
        take={"handling-time-stays": reading},
    ).whole("indicator-3-1")  # fmt: skip
    assert (found.total, found.total_within, found.stood_still) == (2, kept, 1)


def test_the_fold_counts_the_same(nea, tmp_path):  # noqa: F811
    files = {"connection-burden": {"case": [write(tmp_path / "case.csv", list(some_burdens()))]}}
    folded = count_indicators(nea, files, on=ON, engine="fold")
    assert folded.regions == count_indicators(nea, files, on=ON).regions
    assert not folded.late
