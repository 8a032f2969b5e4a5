"""Headings and choices in the pack's own words, columns mapped once, and refused rows given again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.bulk.conftest import BILLS, SEGMENTS, table, totals
from tongdian.bulk import measure
from tongdian.bulk.headings import read_columns, write_columns
from tongdian.bulk.legal_days import day_of
from tongdian.bulk.refusals import BadColumns, ColumnTwice, MissingColumn, UnknownColumns, UnreadableFile
from tongdian.policy import load_pack

CASES = [
    "报装业务,地区,用户类别,报装申请日,结束日,结束方式",
    "C-1,450302,residential,2022-06-01,2022-06-08 09:30,办结",
]
VISITS = [
    "报装业务,序号,环节,开始日,办结日",
    "C-1,1,业务受理,2022/6/1,2022年6月1日",
    "C-1,2,施工接电,2022/6/1,2022年6月8日",
]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026/3/1", "2026-03-01"),
        ("2026年3月1日", "2026-03-01"),
        ("２０２６－０３－０１", "2026-03-01"),
        ("2026-03-01 23:59:59", "2026-03-01"),  # the place's own time
        ("2026-03-01T17:30:00Z", "2026-03-02"),  # 17:30 + 8:00 = 01:30 of the next day
        ("2026-03-01T00:30:00+09:00", "2026-02-28"),  # 00:30 − 9:00 + 8:00 = 23:30 of the day before
        ("2026-03-01 23:59-0500", "2026-03-02"),
        ("2026-02-30", None),
        ("20260301", None),
        ("2026-03-01 25:00", None),
    ],
)
def test_a_day_is_taken_as_people_write_it_and_an_instant_by_the_legal_day(bill, tmp_path, written, day):
    """The same for a bulk run as for the key that finds its line."""
    assert day_of(written) == (day and date.fromisoformat(day))
    run = bill(segments=[SEGMENTS[0], f"A,{written},10,2026-06-01"])
    days = [row["start"] for row in table(tmp_path / "out/segment.csv")]
    assert days == ([day] if day else [])
    assert run.refused == (0 if day else 1)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_headings_are_the_pack_s_own_titles_whatever_their_width_blanks_and_case(
    bill, lay, encoding, tmp_path
):
    file = lay("b.csv", ["ＢＩＬＬ, Kind ,People（人）", "A,shop,3", "B,flat,"], encoding=encoding)
    assert bill(file).refused == 0
    assert totals(tmp_path / "out") == {"A": "10.00", "B": "3.50"}


def test_a_measure_reads_the_titles_and_choices_of_its_process(lay, tmp_path):
    """The county's export in its own words: the stage 业务受理 is `accept`, 办结 is `finished`."""
    pack = load_pack(Path("policies/nea-2021-37"))
    files = {
        "case": lay("case.csv", CASES, encoding="gb18030"),
        "visit": lay("visit.xlsx", [line.split(",") for line in VISITS]),
    }
    measured = measure(pack, "connection-time", files, by=[], out=tmp_path / "m", on=date(2022, 12, 31))
    assert measured.columns["case"]["结束方式"] == "ending"
    assert not measured.refused
    # 3 June 2022 was the Dragon Boat rest day: 2, 6, 7 and 8 June are four working days of five
    assert (measured.whole.total, measured.whole.total_within) == (1, 1)
    [(_, note)] = [one for read in measured.read for one in read.notes if one[0] == "case"]
    assert note.en.startswith("ended: 1 written with a time of day")


@pytest.mark.parametrize("accepted", ["业务受理", "受理签约", "Acceptance and contract"])
def test_a_stage_is_read_by_what_any_of_its_processes_calls_it(lay, tmp_path, accepted):
    """A home's process prints 受理签约 and a shop's 业务受理: both are `accept`."""
    visits = [line.replace("业务受理", accepted) for line in VISITS]
    files = {"case": lay("case.csv", CASES), "visit": lay("visit.csv", visits)}
    pack = load_pack(Path("policies/nea-2021-37"), run_tests=False)
    measured = measure(pack, "connection-time", files, by=[], out=tmp_path / "m", on=date(2022, 12, 31))
    assert not measured.refused
    assert (measured.whole.total, measured.whole.total_within) == (1, 1)


def test_an_unknown_column_is_refused_by_name_with_the_nearest_known(bill, lay):
    with pytest.raises(UnknownColumns, match=r'not known here: "peoples" \(did you mean people\?\); known'):
        bill(["bill,kind,peoples", "A,shop,3"])
    with pytest.raises(UnknownColumns, match="peoples"):
        bill(lay("b.xlsx", [["bill", "kind", "peoples"], ["A", "shop", 3]]))
    with pytest.raises(UnknownColumns, match="peoples"):
        bill(lay("b.parquet", "SELECT 'A' AS bill, 'shop' AS kind, 3 AS peoples"))


def test_two_columns_that_mean_the_same_are_refused(bill):
    with pytest.raises(ColumnTwice, match=r'"kind" and "Kind \(old\)" both mean kind'):
        bill(["bill,kind,Kind (old)", "A,shop,flat"])


def test_columns_are_mapped_once_and_the_mapping_kept(bill, lay, tmp_path):
    kept = lay("columns.yaml", "bill:\n  户号: bill\n  用电类别: kind\n  备注:\n")
    rows = ["户号,用电类别,备注", "A,shop,x", "B,flat,"]
    with pytest.raises(MissingColumn):
        bill(rows)
    run = bill(rows, columns=read_columns(kept))
    assert totals(tmp_path / "out") == {"A": "10.00", "B": "3.50"}
    write_columns(tmp_path / "again.yaml", run.columns)
    assert read_columns(tmp_path / "again.yaml")["bill"] == {"户号": "bill", "用电类别": "kind", "备注": None}
    assert bill(rows, columns=read_columns(tmp_path / "again.yaml")).refused == 0
    parquet = lay("b.parquet", "SELECT 'A' AS \"户号\", 'shop' AS \"用电类别\"")
    assert bill(parquet, SEGMENTS[:2], columns=read_columns(kept)).refused == 0
    assert totals(tmp_path / "out") == {"A": "8.00"}


def test_a_mapping_to_nothing_known_is_refused(bill, lay):
    with pytest.raises(BadColumns, match='"x" cannot mean "kinds"; it may mean bill, kind'):
        bill(columns={"bill": {"x": "kinds"}})
    for text in ("- a\n", "bill: kind\n", "bill:\n  x: [kind]\n"):
        with pytest.raises(UnreadableFile):
            read_columns(lay("columns.yaml", text))


def test_refused_rows_are_found_by_file_line_and_keys_and_go_round_again(bill, lay, tmp_path):
    """Line 4 of a file with a title above its headings is line 4 for whoever opens it."""
    first = lay("一月.csv", ["一月电量", *SEGMENTS[:2], "C,2026-01-05,12O.5,2026-01-09"], encoding="gb18030")
    second = lay(
        "s.xlsx", [line.split(",") for line in (SEGMENTS[0], *SEGMENTS[2:], "C,2026-02-05,1,2026-02-09")]
    )
    bills = [*BILLS, "C,shop,1"]
    run = bill(bills, more={"segment": [first, second]})
    [row] = run.refusals
    assert (row.file, row.line, row.keys, row.written) == (
        "一月.csv",
        "4",
        (("bill", "C"), ("start", "2026-01-05")),
        "used",
    )
    [reason] = table(tmp_path / "out/reasons.csv")
    assert (reason["rows"], reason["cases"], reason["first"]) == ("1", "1", "一月.csv:4")
    assert reason["reason_en"] == "… is not a number; write it like 1234.56, without unit or commas"
    aside = tmp_path / "out/refused-segment.csv"
    assert [(r["used"], r["※file"], r["※line"], bool(r["※reason_zh"])) for r in table(aside)] == [
        ("12O.5", "一月.csv", "4", True),
        ("1", "s.xlsx", "4", False),  # set aside with its bill, and sound
    ]
    mended = lay("mended.csv", aside.read_text(encoding="utf-8-sig").replace("12O.5", "120.5"))
    again = bill(tmp_path / "out/refused-bill.csv", mended, out=tmp_path / "again")
    assert again.refused == 0
    assert totals(tmp_path / "again") == {"C": "97.20"}  # 120.5 × 0.8 = 96.40; 1 × 0.8 = 0.80
