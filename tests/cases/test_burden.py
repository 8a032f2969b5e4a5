"""Steps, papers and cost of finished cases, exported and measured: sums that are no share (附件1/7, 25, 38)."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal

import pytest

from tests.cases.test_engine import hand_in
from tests.cases.test_measured import close, hand_in_all, shops  # noqa: F401, a fixture
from tongdian.bulk import measure
from tongdian.bulk.indicators import count_indicators
from tongdian.cases.commands import NotAMeasureOfCases, export_cases
from tongdian.rulebook.queries import pack

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 3, 31)


def rows(folder, name):
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measured(tmp_path, engine="duckdb"):
    out = tmp_path / f"measured-{engine}"
    found = measure(
        pack("nea-2021-37"),
        "connection-burden",
        {"case": tmp_path / "cases" / "case.csv"},
        by=["class"],
        out=out,
        on=ON,
        engine=engine,
    )
    return found, rows(out, "measures.csv")


def test_finished_cases_say_their_steps_papers_and_cost(shops, tmp_path):  # noqa: F811
    counts = export_cases("nea-2021-37", "connection-burden", to=tmp_path / "cases", on=ON)
    assert counts["case"] == 2  # the third shop waits, and nobody was asked yet what it is
    nea = pack("nea-2021-37")
    exported = rows(tmp_path / "cases", "case.csv")
    # three steps of the supplier: acceptance, reply, meter; two papers of the closed list
    assert [(one["steps"], one["papers"], one["listed"]) for one in exported] == [("3", "2", "2")] * 2
    found, (line,) = measured(tmp_path)
    assert not found.refused
    answered = [
        nea.answer(
            "connection-burden", on=ON, given={key: value for key, value in one.items() if key != "case"}
        )
        for one in exported
    ]
    assert [str(one.value) for one in answered] == ["3", "3"]
    paid = sum(Decimal(one["supplier_paid"]) for one in exported)
    assert Decimal(line["sum_supplier_paid"]) == paid == 2 * 8600
    assert Decimal(line["average_supplier_paid"]) == paid / 2
    assert (line["cases"], line["within"], line["steps_kept"], line["papers_kept"]) == ("2", "2", "2", "2")


def test_a_case_in_hand_counts_with_what_it_came_to_by_the_day(shops, tmp_path):  # noqa: F811
    """The third shop is accepted on 10 March, and a paper that no list has was handed in."""
    waiting = shops[2]
    clerk = waiting.organisation.memberships.get().account
    hand_in_all(waiting)
    hand_in(waiting, "letter-of-commitment")
    close(waiting, clerk, "accept", "2026-03-10")
    before = dt.date(2026, 3, 9)  # the other two were accepted on the 3rd, and in hand
    assert export_cases("nea-2021-37", "connection-burden", to=tmp_path / "before", on=before)["case"] == 2
    export_cases("nea-2021-37", "connection-burden", to=tmp_path / "cases", on=ON)
    one = rows(tmp_path / "cases", "case.csv")[2]
    assert (one["steps"], one["papers"], one["listed"], one["beyond"]) == ("2", "3", "2", "1")
    assert (one["ended"], one["customer_paid"]) == ("", "0")
    files = {"connection-burden": {"case": [tmp_path / "cases" / "case.csv"]}}
    found = count_indicators(pack("nea-2021-37"), files, on=ON)
    # three steps and two papers each of the two that ended; the third paper shows before the case ends
    steps, papers = found.whole("indicator-10-1"), found.whole("indicator-13-1")
    assert (steps.total, steps.total_within, steps.undecided, steps.late_open) == (2, 2, 1, 0)
    assert (papers.total, papers.total_within, papers.undecided, papers.late_open) == (3, 2, 0, 1)
    assert [one.case for one in found.late["indicator-13-1"]] == [waiting.number]


def test_what_the_customer_paid_where_the_grid_pays_is_counted_against_it(shops, tmp_path):  # noqa: F811
    """What it is was learnt after the end, so the file says what no stage would have taken."""
    export_cases("nea-2021-37", "connection-burden", to=tmp_path / "cases", on=ON)
    file = tmp_path / "cases" / "case.csv"
    lines = rows(tmp_path / "cases", "case.csv")
    lines[0] |= {
        "kind": "small_micro",
        "class": "three_zero",
        "steps": "2",
        "customer_paid": "500.00",
        "papers": "3",
    }
    lines[1] |= {"customer_paid": ""}  # nobody knows: no nought
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    found, (line,) = measured(tmp_path)
    assert [one.column for one in found.refused] == ["customer_paid"]
    assert (line["cases"], line["within"]) == ("1", "0")
    assert (line["steps_kept"], line["papers_kept"], line["cost_kept"]) == ("1", "0", "0")
    assert line["sum_customer_paid"] == "500.00"


def test_a_sheet_that_is_of_no_cases_is_refused(db, tmp_path):
    with pytest.raises(NotAMeasureOfCases):
        export_cases("nea-2021-37", "share-within-limit", to=tmp_path / "cases", on=ON)
