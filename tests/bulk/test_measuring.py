"""Indicators over files: histograms by group, equal to cases answered one by one and added by hand."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest

from tests.bulk.conftest import ON, table
from tongdian.bulk import measure
from tongdian.bulk.refusals import GroupTwice, NotAMeasure, UnknownColumn
from tongdian.policy.measures import Histogram, merged
from tongdian.regions import NoSuchRegion

CASES = [
    "case,region,class,days,limit,storm",
    "1,N,shop,3,5,",
    "2,N,shop,5,5,false",
    "3,N,flat,9,5,",
    "4,S,flat,2,5,",
    "5,S,flat,40,5,true",  # a storm: counted apart
    "6,W,flat,40,5,true",
    "7,S,shop,x,5,",
]


@pytest.fixture
def waits(pack, lay, tmp_path):
    def run(by, lines=CASES, **options):
        file = lay("in/case.csv", lines)
        return measure(pack, "wait", {"case": file}, by=by, out=tmp_path / "out", on=ON, **options)

    return run


def test_cases_are_counted_by_region_with_the_exempt_apart(waits, tmp_path):
    measured = waits(["region"])
    apart = dict.fromkeys(("late_open", "undecided", "withdrawn", "no_limit"), "0")
    assert measured.groups == {
        ("N",): Histogram({3: 1, 5: 1, 9: 1}, {3: 1, 5: 1}),
        ("S",): Histogram({2: 1}, {2: 1}, exempt=1),
        ("W",): Histogram(exempt=1),  # nobody left to count
    }
    none = {**apart, "within": "0", "share": "", "p50": "", "p90": "", "p99": "", "longest": ""}
    # case 7 is refused, and nobody knows whose it is: nowhere has every case met its limit
    assert table(tmp_path / "out/measures.csv") == [
        {
            "region": "N",
            "cases": "3",
            "exempt": "0",
            **apart,
            "within": "2",
            "share": "0.6666",  # down: 2/3
            "p50": "5",
            "p90": "9",
            "p99": "9",
            "longest": "9",
            "all_within": "false",
        },
        {
            "region": "S",
            "cases": "1",
            "exempt": "1",
            **apart,
            "within": "1",
            "share": "1.0000",
            "p50": "2",
            "p90": "2",
            "p99": "2",
            "longest": "2",
            "all_within": "false",
        },
        {"region": "W", "cases": "0", "exempt": "1", **none, "all_within": "false"},
    ]
    assert table(tmp_path / "out/histogram.csv") == [
        {"region": "N", "days": "3", "cases": "1", "within": "1"},
        {"region": "N", "days": "5", "cases": "1", "within": "1"},
        {"region": "N", "days": "9", "cases": "1", "within": "0"},
        {"region": "S", "days": "2", "cases": "1", "within": "1"},
    ]


def test_the_refused_are_listed_and_counted_nowhere(waits, tmp_path):
    measured = waits([])
    assert [(r.key, r.column, r.value) for r in measured.refused] == [("7", "days", "x")]
    assert [row["case"] for row in table(tmp_path / "out/refused.csv")] == ["7"]
    record = json.loads((tmp_path / "out/run.json").read_text())
    assert {k: record[k] for k in ("by", "groups", "cases", "within", "exempt", "refused")} == {
        "by": [],
        "groups": 1,
        "cases": 4,
        "within": 3,
        "exempt": 2,
        "refused": 1,
    }


@pytest.mark.parametrize("code", ["999999", "４５０３０２", "4503", "450399"])
def test_a_code_that_is_no_region_is_no_place_of_its_own(waits, tmp_path, code):
    with pytest.raises(NoSuchRegion, match=code):
        waits(["region"], [*CASES, f"Z,{code},flat,3,5,false"])
    assert not (tmp_path / "out").exists()
    assert waits(["region"], [*CASES, "Z,450302,flat,3,5,false"]).groups["450302",].total == 1


@pytest.mark.parametrize("by", [["region"], ["class"], ["region", "class"], ["limit"]])
def test_groups_add_up_to_the_whole_however_they_are_cut(waits, by):
    assert waits(by).whole == waits([]).whole == waits([]).groups[()]


def test_the_histogram_is_what_single_answers_add_up_to(waits, pack):
    cases, within = Counter(), Counter()
    for line in CASES[1:-1]:
        _, region, kind, days, limit, storm = line.split(",")
        given = {"region": region, "class": kind, "days": days, "limit": limit}
        answer = pack.answer("wait", on=ON, given=given | ({"storm": storm} if storm else {}))
        if storm != "true":
            cases[int(days)] += 1
            within[int(days)] += bool(answer.value)
    whole = waits(["region"]).whole
    assert (whole.cases, whole.within) == (cases, Counter({3: 1, 5: 1, 2: 1}))
    assert +within == Counter(dict(whole.within))


def test_no_case_at_all_is_an_empty_table(waits, tmp_path):
    measured = waits(["region"], CASES[:1])
    assert (measured.groups, measured.whole) == ({}, merged([]))
    assert table(tmp_path / "out/measures.csv") == []


def test_a_column_named_twice_is_told(waits):
    with pytest.raises(GroupTwice):
        waits(["region", "region"])


def test_a_column_that_the_case_does_not_bring_is_refused(waits, tmp_path):
    with pytest.raises(UnknownColumn) as refused:
        waits(["county"])
    assert 'cannot group by "county"; use case, region, class' in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_sheet_without_a_measure_is_refused(pack, tmp_path):
    with pytest.raises(NotAMeasure):
        measure(pack, "bill", {}, by=[], out=tmp_path / "out", on=ON)


def test_the_share_of_a_million_less_one_never_reads_one_hundred_per_cent():
    almost = Histogram({1: 999_999, 9: 1}, {1: 999_999})
    assert almost.share() == Decimal("0.9999")
    assert not almost.complete
