"""Desk and indicator are one clock: what a case's page says is what its exported rows are measured as."""

from __future__ import annotations

import csv
import datetime as dt
import json

import pyarrow.parquet as pq
import pytest

from tests.cases.brought import brought
from tests.cases.conftest import adopt, at, organisation
from tongdian.bulk.measuring import measure
from tongdian.cases import actions, queries
from tongdian.cases.commands import NotAMeasureOfCases, export_cases
from tongdian.policy.measures import Histogram
from tongdian.rulebook.queries import pack

pytestmark = pytest.mark.django_db

THURSDAY = dt.date(2026, 3, 19)


@pytest.fixture
def shops(viewer):
    """Three shops of low voltage applied on Monday 2 March 2026. Two were accepted on the 3rd, had their
    reply on the 6th and had built by the 16th; one has its meter on the 18th, one on the 19th. One waits."""
    office = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt(office, "nea-2021-37")
    clerk = viewer("clerk", "grid-clerk", at=office)
    found = []
    for metered in ("2026-03-18", "2026-03-19", None):
        case = actions.open_case(
            viewer=clerk,
            organisation=office,
            pack="nea-2021-37",
            process="low-voltage-connection",
            customer=None,
            place=None,
            facts={"capacity": "120"},
            at=at("2026-03-02"),
        )
        found.append(case)
        if metered:
            hand_in_all(case)
            days = ("2026-03-03", "2026-03-06", "2026-03-16", metered)
            for stage, day in zip(("accept", "reply", "works", "meter"), days, strict=True):
                close(case, clerk, stage, day)
    return found


def hand_in_all(case):
    from tests.cases.test_engine import hand_in

    state = queries.state_of(case)
    wanted = [one.item for listed in queries.paper_lists(case, state) for one in listed.needed]
    hand_in(case, *wanted)


def close(case, who, stage, day):
    case.refresh_from_db()
    return actions.close_stage(
        viewer=who, case=case, stage=stage, seen=case.seq, at=at(day), **brought(case, stage)
    )


def said_of(case):
    (one,) = queries.measured(case, queries.desk(case), queries.state_of(case), THURSDAY)
    assert one.rule.rule == "connection-time"
    return one.outcome, one.answer.value


def test_a_case_s_page_says_how_it_counts(shops, client, viewer):
    # the supplier's own: 3; 4, 5, 6; 17, 18 are six of six. With the 19th seven. 3 to 19 March are thirteen.
    assert [said_of(case) for case in shops] == [("met", 6), ("not_met", 7), ("not_met", 13)]
    client.force_login(viewer("administrator", "boss"))
    page = client.get(f"/cases/{shops[1].number}/").content.decode()
    assert "未达标" in page
    assert "/packs/nea-2021-37/rules/connection-time/" in page


def test_what_is_exported_is_measured_as_the_pages_say(shops, tmp_path):
    counts = export_cases("nea-2021-37", "connection-time", to=tmp_path / "files", on=THURSDAY)
    assert counts == {"case": 3, "visit": 9, "stay": 0}  # four stages, four stages, and one that is open
    files = {grain: tmp_path / "files" / f"{grain}.csv" for grain in ("case", "visit")}
    found = measure(
        pack("nea-2021-37"), "connection-time", files, by=["case"], out=tmp_path / "out", on=THURSDAY
    )
    assert {key[0]: one.total_within for key, one in found.groups.items()} == {
        case.number: int(said_of(case)[0] == "met") for case in shops
    }
    assert found.whole.total == 3
    assert found.whole.late_open == 1
    assert not found.refused
    with (tmp_path / "files" / "visit.csv").open() as file:
        assert [row["closed"] for row in csv.DictReader(file)] == [
            *("2026-03-03", "2026-03-06", "2026-03-16", "2026-03-18"),
            *("2026-03-03", "2026-03-06", "2026-03-16", "2026-03-19"),
            "",
        ]  # fmt: skip


def test_exported_as_parquet_the_cases_come_sorted_and_are_folded_as_they_are(shops, tmp_path):
    """The same three cases: 6 and 7 days of two that ended, and one that is late and open."""
    for form in ("csv", "parquet"):
        counts = export_cases("nea-2021-37", "connection-time", to=tmp_path / form, on=THURSDAY, form=form)
        assert counts == {"case": 3, "visit": 9, "stay": 0}
    assert {file.name for file in (tmp_path / "parquet").iterdir()} == {
        "case.parquet",
        "visit.parquet",
        "export.json",
    }
    assert json.loads((tmp_path / "csv/export.json").read_text())["as_of"] == str(THURSDAY)
    visit = pq.ParquetFile(tmp_path / "parquet/visit.parquet")
    assert visit.schema_arrow.metadata[b"tongdian.schema"] == b"1"
    assert [str(field.type) for field in visit.schema_arrow] == [
        *(
            "string",
            "int16",
            "dictionary<values=string, indices=int32, ordered=0>",
            "date32[day]",
            "date32[day]",
        )
    ]
    by = visit.metadata.row_group(0).sorting_columns
    assert [visit.schema_arrow.names[one.column_index] for one in by] == ["case", "seq"]
    found = {}
    for form, engine in (("csv", "duckdb"), ("parquet", "fold")):
        files = {grain: tmp_path / form / f"{grain}.{form}" for grain in ("case", "visit")}
        found[form] = measure(
            pack("nea-2021-37"), "connection-time", files,
            by=["region"], out=tmp_path / "out", on=THURSDAY, engine=engine,
        )  # fmt: skip
    assert not found["parquet"].notes
    assert found["parquet"].groups == found["csv"].groups
    assert found["parquet"].whole == Histogram({6: 1, 7: 1}, {6: 1}, late_open=1, stood_still=0)
    with pytest.raises(FileExistsError):
        export_cases("nea-2021-37", "connection-time", to=tmp_path / "parquet", on=THURSDAY, form="parquet")


def test_demonstrations_are_left_out_and_a_rule_that_measures_no_cases_is_refused(shops, tmp_path):
    shops[0].is_demo = True
    shops[0].save(update_fields=["is_demo"])
    few = export_cases("nea-2021-37", "connection-time", to=tmp_path / "a", on=THURSDAY)
    all_ = export_cases("nea-2021-37", "connection-time", to=tmp_path / "b", on=THURSDAY, with_demo=True)
    assert (few["case"], all_["case"]) == (2, 3)
    with pytest.raises(NotAMeasureOfCases):
        export_cases("nea-2021-37", "connection-stage-limit", to=tmp_path / "c", on=THURSDAY)
    with pytest.raises(FileExistsError):  # never over files of before
        export_cases("nea-2021-37", "connection-time", to=tmp_path / "a", on=THURSDAY)
