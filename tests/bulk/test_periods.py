"""Measures by the periods of the filings: the first half of a year, the whole year, and days from and to."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.bulk.conftest import table
from tongdian.bulk import measure
from tongdian.bulk.periods import Span
from tongdian.bulk.refusals import GroupTwice, NoSuchPeriodDay, PeriodTurnedRound, UnknownColumn

ON = dt.date(2022, 12, 31)
HOMES = [
    "case,region,class,applied,ended",
    "1,450305,residential,2021-12-30,2022-01-04",
    "2,450305,residential,2022-03-31,2022-04-06",
    "3,450305,residential,2022-04-01,2022-04-07",
    "4,450305,residential,2022-06-30,2022-07-04",
    "5,450305,residential,2022-12-01,",  # waits since
]
VISITS = [
    "case,seq,stage,opened,closed",
    *(
        f"{number},1,accept,{applied},{applied}\n{number},2,energise,{applied},{ended}"
        for number, _, _, applied, ended in (line.split(",") for line in HOMES[1:])
    ),
]


@pytest.fixture
def homes(nea, lay, tmp_path):
    files = {"case": lay("in/case.csv", HOMES), "visit": lay("in/visit.csv", VISITS)}

    def run(by, **more):
        measured = measure(nea, "connection-time", files, by=by, out=tmp_path / "out", on=ON, **more)
        return {group: one.total for group, one in measured.groups.items()}

    return run


@pytest.fixture(scope="module")
def nea():
    from pathlib import Path

    from tongdian.policy import load_pack

    return load_pack(Path(__file__).parents[2] / "policies" / "nea-2021-37")


def test_a_case_is_of_the_period_in_which_it_was_applied_for(homes):
    assert homes(["month"]) == {
        ("2021-12",): 1, ("2022-03",): 1, ("2022-04",): 1, ("2022-06",): 1, ("2022-12",): 1
    }  # fmt: skip
    assert homes(["quarter"]) == {("2021-Q4",): 1, ("2022-Q1",): 1, ("2022-Q2",): 2, ("2022-Q4",): 1}
    # 通知/3: the first half by 15 July, the whole year by 15 January
    assert homes(["half_year"]) == {("2021-H2",): 1, ("2022-H1",): 3, ("2022-H2",): 1}
    assert homes(["year", "region"]) == {("2021", "450305"): 1, ("2022", "450305"): 4}


def test_or_by_the_day_of_its_end_where_who_waits_is_of_the_day_of_measuring(homes):
    assert homes(["month"], span=Span(day_of="ended")) == {
        ("2022-01",): 1, ("2022-04",): 2, ("2022-07",): 1, ("2022-12",): 1
    }  # fmt: skip


def test_from_and_to_are_both_included_and_kept_with_the_run(homes, tmp_path, nea):
    span = Span(dt.date(2022, 3, 31), dt.date(2022, 6, 30))
    assert homes([], span=span) == {(): 3}
    run = json.loads((tmp_path / "out/run.json").read_text())
    assert (run["from"], run["to"], run["period_of"]) == ("2022-03-31", "2022-06-30", "applied")
    assert run["calendar"] == nea.calendar.content_hash  # another calendar is another figure
    assert table(tmp_path / "out/measures.csv")[0]["cases"] == "3"


def test_a_period_is_refused_in_words(homes):
    with pytest.raises(PeriodTurnedRound):
        Span(dt.date(2022, 2, 1), dt.date(2022, 1, 31))
    with pytest.raises(NoSuchPeriodDay, match="applied"):
        homes(["month"], span=Span(day_of="paid"))
    with pytest.raises(NoSuchPeriodDay):  # also where no period is asked for
        homes([], span=Span(day_of="paid"))
    with pytest.raises(UnknownColumn, match="half_year"):
        homes(["week"])


def test_a_grouping_is_named_once_and_in_half_width(homes):
    with pytest.raises(GroupTwice, match='"class" stands twice'):
        homes(["class", "month", "class"])
    with pytest.raises(UnknownColumn, match="write it in half-width characters: class,month"):
        homes(["class，month"])
