"""Instants out of files: as text in CSV and Excel, as instants of Parquet; without a zone they are refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import duckdb
import openpyxl
import pytest

from tests.bulk.conftest import ON, table
from tests.bulk.town import TOWN, write_town
from tongdian.bulk import rate
from tongdian.bulk.converting import converted
from tongdian.bulk.rating import sheet_of
from tongdian.bulk.reexplaining import reexplain_run
from tongdian.policy import load_pack
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import PackError

# restored within 24 hours of being told, and 45 minutes to be there
RULE = """- rule: repair
  kind: sheet
  title: {zh: 抢修, en: Repair}
  titles:
    told: {zh: 报修时刻, en: told at}
    there: {zh: 到场时刻, en: there at}
    back: {zh: 复电时刻, en: back at}
  reasons:
    turned-round: {zh: 复电早于报修, en: power was back before it was told}
  versions:
  - {in_force: {from: 2020-01-01}, cite: "1", sheet: repair}
  tests:
  - on: 2026-01-01
    given: {told: "2026-03-02T09:30+08:00", there: "2026-03-02T10:15+08:00", back: "2026-03-03T09:30+08:00"}
    expect: true
  - on: 2026-01-01
    given: {told: "2026-03-02T09:30+08:00", there: "2026-03-02T10:15:01+08:00", back: "2026-03-02T12:00+08:00"}
    expect: false
  - on: 2026-01-01
    given: {told: "2026-03-02T09:30", there: "2026-03-02T10:15+08:00", back: "2026-03-02T12:00+08:00"}
    refused: bad-input
"""
SHEET = """sheet repair -> case.within
each case
  in told  : instant
  in there : instant
  in back  : instant
  require told <= back : turned-round
  within  = there <= told + 45 minutes and back <= told + 24 hours    # 1
  waited  = minutes(told, there, 0, up)
  without = hours(told, back, 2, half_up)
  on      = legal_day(told)
  due_at  = told + 24 hours
"""
FILES = {
    "clauses": TOWN["clauses.yaml"].replace("meter, prices", "meter, prices, repair"),
    "rules": TOWN["rules.yaml"] + RULE,
}


def repairs(folder: Any, **changes: str) -> Pack:
    home = write_town(folder, **(FILES | changes))
    (home / "sheets" / "repair.sheet").write_text(SHEET, encoding="utf-8")
    return load_pack(home)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return repairs(tmp_path_factory.mktemp("repairs"))


LINES = [
    "case,told,there,back",
    "A,2026-03-01T23:30+08:00,2026-03-02T00:15+08:00,2026-03-02 23:30:00 +0800",
    "B,2026-03-01T16:00Z,2026-03-01T16:45:01Z,2026-03-01T18:20:00.000Z",
    "C,2026-03-01T23:30,2026-03-02T00:15+08:00,2026-03-02T10:00+08:00",
    "D,2026-03-01,2026-03-02T00:15+08:00,2026-03-02T10:00+08:00",
    "E,2026-03-01T23:30+08:00,2026-03-02T00:15+08:00,2026-03-01T23:29+08:00",
    "F,,2026-03-02T00:15+08:00,2026-03-02T10:00+08:00",
    "G,2026-03-01T23:30:00.5+08:00,2026-03-02T00:15+08:00,2026-03-02T10:00+08:00",
    "H,2026-02-29T23:30+08:00,2026-03-02T00:15+08:00,2026-03-02T10:00+08:00",
    "I,2101-01-01T00:00Z,2026-03-02T00:15+08:00,2026-03-02T10:00+08:00",
    "J,2026-03-01T23:30 CST,2026-03-02T00:15+08:00,2026-03-02T10:00+08:00",
]
NO_ZONE = "it states no zone (like +08:00)"


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_a_csv_gives_what_one_case_gives_and_refuses_what_states_no_zone(
    town: Pack, lay: Any, tmp_path: Any, engine: str
) -> None:
    file = lay("repairs.csv", LINES)
    run = rate(town, "repair", {"case": file}, out=tmp_path / "out", on=ON, engine=engine)
    said = {row.key: row.reason.en for row in run.refusals}
    assert set(said) == {*"CDEFGHIJ"}
    assert NO_ZONE in said["C"]
    assert NO_ZONE in said["D"]
    assert said["E"] == "power was back before it was told"
    assert said["F"].startswith("missing (expected an instant with its zone")
    assert NO_ZONE not in said["G"] + said["H"] + said["I"] + said["J"]
    report = reexplain_run(tmp_path / "out", open_by=lambda _: town)
    assert (report.made, report.different) == (2, [])


def test_results_say_the_zone_of_their_instants(town: Pack, lay: Any, tmp_path: Any) -> None:
    rate(town, "repair", {"case": lay("repairs.csv", LINES[:3])}, out=tmp_path / "out.csv", on=ON)
    first, second = table(tmp_path / "out.csv")
    # told on 1 March at 23:30, 45 minutes to be there, 24 hours to the minute
    assert first == {
        "case": "A",
        "told": "2026-03-01T15:30:00Z",
        "there": "2026-03-01T16:15:00Z",
        "back": "2026-03-02T15:30:00Z",
        "within": "true",
        "waited": "45",
        "without": "24.00",
        "on": "2026-03-01",
        "due_at": "2026-03-02T15:30:00Z",
    }
    # 16:00 in UTC is midnight of 2 March in China; a second over 45 minutes counts as the 46th
    assert (second["on"], second["waited"], second["without"]) == ("2026-03-02", "46", "2.33")
    assert second["within"] == "false"


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_an_instant_of_parquet_states_its_zone_and_a_time_without_one_does_not(
    town: Pack, lay: Any, tmp_path: Any, engine: str
) -> None:
    with_zone = (
        "SELECT 'A' AS \"case\", TIMESTAMPTZ '2026-03-01 23:30:00+08' AS told, TIMESTAMPTZ '2026-03-02 00:15:00+08' "
        "AS there, TIMESTAMPTZ '2026-03-02 23:30:00+08' AS back UNION ALL SELECT 'B', TIMESTAMPTZ "
        "'2026-03-01 23:30:00.25+08', TIMESTAMPTZ '2026-03-02 00:15:00+08', TIMESTAMPTZ '2026-03-02 23:30:00+08'"
    )
    run = rate(
        town, "repair", {"case": lay("z.parquet", with_zone)}, out=tmp_path / "z", on=ON, engine=engine
    )
    assert run.counts == {"case": 1}
    assert [(row.key, row.column) for row in run.refusals] == [("B", "told")]  # no second is cut off
    without = with_zone.replace("TIMESTAMPTZ", "TIMESTAMP").replace("+08'", "'")
    run = rate(town, "repair", {"case": lay("n.parquet", without)}, out=tmp_path / "n", on=ON, engine=engine)
    assert run.counts == {"case": 0}
    assert {row.key: NO_ZONE in row.reason.en for row in run.refusals}["A"]


def test_a_workbook_writes_instants_as_text_for_its_own_times_have_no_zone(
    town: Pack, lay: Any, tmp_path: Any
) -> None:
    file = lay(
        "r.xlsx",
        [
            ["case", "报修时刻", "到场时刻", "复电时刻"],
            ["A", "2026-03-01 23:30 +08:00", "2026-03-02T00:15+08:00", "2026-03-02T23:30+08:00"],
            ["B", datetime(2026, 3, 1, 23, 30), "2026-03-02T00:15+08:00", "2026-03-02T23:30+08:00"],
        ],
    )
    run = rate(town, "repair", {"case": file}, out=tmp_path / "out", on=ON)
    assert run.counts == {"case": 1}
    assert [(row.key, row.line, row.column, NO_ZONE in row.reason.en) for row in run.refusals] == [
        ("B", "3", "told", True)
    ]


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a_result_taken_in_another_form_keeps_the_zone(
    town: Pack, lay: Any, tmp_path: Any, form: str
) -> None:
    rate(town, "repair", {"case": lay("repairs.csv", LINES[:2])}, out=tmp_path / "out.csv", on=ON)
    made = tmp_path / f"out.{form}"
    converted(tmp_path / "out.csv", made, sheet_of(town, "repair", on=ON)[1].types)
    if form == "parquet":
        (told,) = duckdb.execute(f"SELECT told FROM '{made}'").fetchall()[0]
    else:
        rows = list(openpyxl.load_workbook(made).active.values)
        told = rows[1][rows[0].index("told")]
    assert told == "2026-03-01T15:30:00Z"


# --- the zone is the pack's ---
DUTCH_CALENDAR = """calendar:
  years: {first: 2026, last: 2026}
  weekend: [saturday, sunday]
  zone: ZONE
  source: here
"""


def at_home(zone: str) -> str:
    return TOWN["pack.yaml"].replace("calendar: CN\n", DUTCH_CALENDAR.replace("ZONE", zone))


def test_the_legal_day_is_that_of_the_packs_own_zone(lay: Any, tmp_path: Any) -> None:
    pack = repairs(tmp_path / "nl", pack=at_home("Europe/Amsterdam"))
    given = {"told": "2026-03-28T23:30Z", "there": "2026-03-28T23:31Z", "back": "2026-03-29T02:00Z"}
    answer = pack.answer("repair", on=date(2026, 3, 29), given=given)
    assert {line.name: line.value for line in answer.lines}["on"] == date(
        2026, 3, 29
    )  # 00:30, before summer time
    rate(pack, "repair", {"case": lay("a.csv", ["case,told,there,back", f"A,{','.join(given.values())}"])},
         out=tmp_path / "out.csv", on=ON)  # fmt: skip
    assert table(tmp_path / "out.csv")[0]["on"] == "2026-03-29"


def test_a_file_of_days_is_read_by_the_packs_zone_too(lay: Any, tmp_path: Any) -> None:
    """23:30 UTC on 5 January is the 6th in Amsterdam and in Shanghai; 17:30 is the 6th in Shanghai alone."""
    pack = repairs(tmp_path / "nl", pack=at_home("Europe/Amsterdam"))
    rows = ["reading,read_on,before,after", "A,2026-01-05T17:30Z,1,2", "B,2026-01-05T23:30Z,1,2"]
    run = rate(pack, "meter", {"reading": lay("in/m.csv", rows)}, out=tmp_path / "m.csv", on=ON)
    assert [row["read_on"] for row in table(tmp_path / "m.csv")] == ["2026-01-05", "2026-01-06"]
    assert "Europe/Amsterdam" in run.read[0].notes[0][1].en


@pytest.mark.parametrize("zone", ["Europe/Rotterdam", "CST", "../etc/passwd", "+08:00"])
def test_a_zone_that_is_none_does_not_load(zone: str, tmp_path: Any) -> None:
    with pytest.raises(PackError, match="Europe/Amsterdam"):
        repairs(tmp_path / "bad", pack=at_home(zone))


def test_without_a_zone_a_pack_that_asks_for_legal_days_does_not_load(tmp_path: Any) -> None:
    with pytest.raises(PackError, match="by the clocks of which zone") as refused:
        repairs(tmp_path / "none", pack=at_home("X").replace("  zone: X\n", ""))
    assert "repair.sheet" in str(refused.value)


def test_tables_have_days_and_no_instants(tmp_path: Any) -> None:
    rules = FILES["rules"].replace(
        "price: {unit: yuan/kWh, scale: 4, min: 0, max: 10}",
        "price: {unit: yuan/kWh, scale: 4, min: 0, max: 10}\n    since: {type: instant}",
    )
    with pytest.raises(PackError, match="tables go by days"):
        repairs(tmp_path / "table", rules=rules)
