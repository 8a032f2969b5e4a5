"""What if: the same works judged with the days of a hearing and without them (interpretation approval-time-excluded)."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from tests.policies.conftest import nea
from tongdian.bulk import measure
from tongdian.bulk.comparing import JudgedBy, NamedCase, VerdictChanges, compare

__all__ = ["nea"]

ON = dt.date(2021, 6, 1)
# low voltage, accepted on Tuesday 2 March 2021: five working days end on the 9th
CASES = {
    "in-time": ("2021-03-09", None),  # 3, 4, 5, 8, 9: the fifth day, the edge
    "hearing": (
        "2021-03-16",
        ("2021-03-03", "2021-03-10"),
    ),  # ten days in all, of which the hearing takes five
    "late": ("2021-03-10", None),  # the sixth
    "open": (None, None),  # and long past
}


@pytest.fixture
def files(tmp_path):
    def write(grain, rows):
        with (tmp_path / f"{grain}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return [str(tmp_path / f"{grain}.csv")]

    cases, visits, stays = [], [], []
    for name, (decided, hearing) in CASES.items():
        cases.append({"case": name, "region": "450300" if name != "late" else "450305", "matter": "works-approval",
                      "voltage": "0.38", "applied": "2021-03-02", "ended": decided or ""})  # fmt: skip
        visits.append(
            {"case": name, "seq": 1, "stage": "accept", "opened": "2021-03-02", "closed": "2021-03-02"}
        )
        visits.append(
            {"case": name, "seq": 2, "stage": "permit", "opened": "2021-03-02", "closed": decided or ""}
        )
        if hearing:
            stays.append({"case": name, "stay_no": 1, "since": hearing[0], "until": hearing[1],
                          "cause": "statutory-procedure", "confirmed_on": hearing[0]})  # fmt: skip
    return {"case": write("case", cases), "visit": write("visit", visits), "stay": write("stay", stays)}


def readings(nea):
    return JudgedBy(nea, "approval-time"), JudgedBy(
        nea, "approval-time", {"approval-time-excluded": "included"}
    )


def test_who_kept_the_limit_only_without_the_hearing_is_named(nea, files):
    excluded, included = readings(nea)
    found = compare(excluded, included, files, on=ON, by=["region"])
    assert found.groups == {
        ("450300",): VerdictChanges(kept=1, not_kept=1, newly_not_kept=1, edge=1),  # "open" fails under both
        ("450305",): VerdictChanges(not_kept=1),
    }
    assert found.named == {"newly_kept": [], "newly_not_kept": [NamedCase("hearing", 5, 10)]}
    assert found.has_limits


def test_the_other_way_round_it_is_newly_kept(nea, files):
    excluded, included = readings(nea)
    found = compare(included, excluded, files, on=ON)
    assert found.whole == VerdictChanges(kept=1, not_kept=2, newly_kept=1, edge=2)
    assert found.named["newly_kept"] == [NamedCase("hearing", 10, 5)]


def test_each_side_counts_what_the_measure_counts(nea, files, tmp_path):
    excluded, included = readings(nea)
    found = compare(excluded, included, files, on=ON).whole
    for reading, kept in (
        (excluded, found.kept + found.newly_not_kept),
        (included, found.kept + found.newly_kept),
    ):
        out = tmp_path / f"out-{kept}"
        whole = measure(nea, "approval-time", files, by=[], out=out, on=ON, take=reading.take).whole
        assert (whole.total, whole.total_within) == (found.cases, kept)


def test_a_case_that_one_reading_cannot_judge_is_counted_apart(nea, files):
    """Of 35 kilovolts, where there is no limit, nothing passes and nothing fails."""
    path = Path(files["case"][0])
    path.write_text(
        path.read_text("utf-8").replace("late,450305,works-approval,0.38", "late,450305,works-approval,35")
    )
    excluded, included = readings(nea)
    assert compare(excluded, included, files, on=ON, by=["region"]).groups[("450305",)] == VerdictChanges(
        apart=1
    )


def test_an_approval_of_whose_stages_the_file_says_nothing_is_not_kept(nea, files):
    """A finished case without a visit took no day that anybody saw: undecided, and not met."""
    path = Path(files["visit"][0])
    head, *rows = path.read_text("utf-8").splitlines()
    path.write_text(
        "\n".join([head, *(row for row in rows if not row.startswith("in-time,"))]) + "\n", "utf-8"
    )
    excluded, included = readings(nea)
    assert compare(excluded, included, files, on=ON).whole == VerdictChanges(
        not_kept=2, newly_not_kept=1, apart=1
    )
