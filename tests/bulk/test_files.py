"""Files as people have them: every format, odd names, odd contents."""

from __future__ import annotations

import datetime as dt
import itertools
import os

import pytest

from tests.bulk.conftest import BILLS, ON, SEGMENTS, reasons, table, totals
from tests.spreadsheets.made import book, with_dimension, with_rows
from tongdian.bulk import rate
from tongdian.bulk.refusals import MissingColumn, UnreadableFile

# A: 10.00 × 0.8 + 2.5 × 0.8 = 8.00 + 2.00; B: 7 × 0.5
RIGHT = {"A": "10.00", "B": "3.50"}


def test_csv_as_a_text_editor_writes_it(bill, tmp_path):
    run = bill()
    assert run.counts == {"bill": 2, "segment": 3}
    assert totals(tmp_path / "out") == RIGHT


def test_csv_with_a_byte_order_mark_quotes_and_windows_line_ends(bill, lay, tmp_path):
    bills = lay("b.csv", '"bill","kind","people"\r\n"A","shop","3"\r\n"B",flat,\r\n', encoding="utf-8-sig")
    bill(bills)
    assert totals(tmp_path / "out") == RIGHT


@pytest.mark.parametrize("marks", [2, 3])
def test_two_programs_that_each_set_their_mark(bill, tmp_path, marks):
    bills = tmp_path / "b.csv"
    bills.write_bytes(b"\xef\xbb\xbf" * marks + "\n".join(BILLS).encode() + b"\n")
    bill(bills)
    assert totals(tmp_path / "out") == RIGHT


@pytest.mark.parametrize("ends", list(itertools.product(["\n", "\r\n", "\r"], repeat=3)), ids=repr)
def test_lines_end_as_they_were_typed_on_three_machines(bill, tmp_path, ends):
    bills = tmp_path / "b.csv"
    rows = ["bill,kind,people", "A,shop,3", "B,flat,"]
    bills.write_bytes("".join(row + end for row, end in zip(rows, ends, strict=True)).encode())
    run = bill(bills)
    assert (run.refused, totals(tmp_path / "out")) == (0, RIGHT)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_csv_with_another_separator(bill, lay, tmp_path, separator):
    bill(lay("b.csv", [line.replace(",", separator) for line in BILLS]))
    assert totals(tmp_path / "out") == RIGHT


def test_a_row_that_begins_with_a_hash_is_a_row(bill, tmp_path):
    run = bill([*BILLS, "#C,flat,1"], [*SEGMENTS, "#C,2026-01-05,1,2026-01-05"])
    assert totals(tmp_path / "out") == RIGHT | {"#C": "0.50"}
    assert run.refused == 0


def test_the_last_rows_of_a_spreadsheet_are_nothing(bill, tmp_path):
    run = bill([*BILLS, ",,", ",,"])
    assert (run.refused, totals(tmp_path / "out")) == (0, RIGHT)


UNREAD = {"bill": {"note": None, "备注": None}}


def test_columns_stand_in_any_order_and_those_mapped_to_nothing_are_passed_over(bill, tmp_path):
    bill(["note,people,bill,kind", '"a, ""b""",3,A,shop', "机房,,B,flat"], columns=UNREAD)
    assert totals(tmp_path / "out") == RIGHT


def test_whole_numbers_exact_decimals_and_binary_numbers_of_parquet(bill, lay, tmp_path):
    bills = lay(
        "b.parquet",
        "SELECT 'A' AS bill, 'shop' AS kind, 3::INTEGER AS people UNION ALL SELECT 'B', 'flat', NULL",
    )
    for kind in ("DECIMAL(9,4)", "DOUBLE", "FLOAT"):
        segments = lay(
            "s.parquet",
            f"SELECT 'A' AS bill, DATE '2026-01-05' AS start, 10::{kind} AS used, DATE '2026-01-09' AS paid_on UNION ALL SELECT 'A', DATE '2026-02-02', 2.5, DATE '2026-02-02' UNION ALL SELECT 'B', DATE '2026-01-05', 7, DATE '2026-01-12'",
        )
        assert bill(bills, segments).refused == 0
        assert totals(tmp_path / "out") == RIGHT


def test_a_binary_number_counts_as_it_is_written(pack, lay, tmp_path):
    # 0.1 + 0.2 is 0.30000000000000004 in binary: more than two decimals; 5e-05 too; 1234567.25 is fine
    select = "SELECT i AS reading, DATE '2026-01-01' AS read_on, 0 AS before, v AS after FROM (VALUES (1, 0.1::DOUBLE + 0.2::DOUBLE), (2, 0.00005::DOUBLE), (3, 123456.25::DOUBLE), (4, 'nan'::DOUBLE)) t(i, v)"
    run = rate(pack, "meter", {"reading": lay("m.parquet", select)}, out=tmp_path / "o.csv", on=ON)
    assert [row["used"] for row in table(tmp_path / "o.csv")] == ["123456.25"]
    assert {r.key for r in run.refusals} == {"1", "2", "4"}


def test_a_time_of_day_in_parquet_is_its_legal_day_and_said(pack, lay, tmp_path):
    """17:30 in UTC is 01:30 of the next day in Shanghai; a time without offset is the place's own."""
    select = (
        "SELECT i AS reading, v AS read_on, 0 AS before, 5 AS after FROM (VALUES (1, {0} '2026-01-01 00:00:00{1}'), "
        "(2, {0} '2026-01-01 17:30:00{1}')) t(i, v)"
    )
    for kind, offset, second, count in (
        ("TIMESTAMP", "", "2026-01-01", 1),
        ("TIMESTAMPTZ", "+00", "2026-01-02", 2),
    ):
        file = lay("m.parquet", select.format(kind, offset))
        run = rate(pack, "meter", {"reading": file}, out=tmp_path / "o.csv", on=ON)
        days = {row["reading"]: row["read_on"] for row in table(tmp_path / "o.csv")}
        assert days == {"1": "2026-01-01", "2": second}, kind
        [(grain, note)] = run.read[0].notes
        assert (grain, note.en) == (
            "reading",
            f"read_on: {count} written with a time of day, taken by the legal day in Asia/Shanghai",
        )


def test_a_workbook_with_numbers_dates_text_and_empty_rows(bill, lay, tmp_path):
    segments = lay(
        "s.xlsx",
        [
            ["bill", "start", "used", None, "paid_on"],  # a merged header leaves a blank one
            ["A", dt.datetime(2026, 1, 5), 10, "x", "2026-01-09"],
            [None, None, None, None, None],
            ["A", dt.date(2026, 2, 2), "2.50", None, dt.date(2026, 2, 2)],
            ["B", dt.date(2026, 1, 5), 107.1 - 100.1, None, dt.date(2026, 1, 12)],  # 7 in Excel
        ],
    )
    assert bill(segments=segments).refused == 0
    assert totals(tmp_path / "out") == RIGHT


def test_rows_of_every_sheet_with_the_columns_are_read_and_others_named(bill, tmp_path):
    (tmp_path / "s.xlsx").write_bytes(
        book(
            [["bill", "start", "used", "paid_on"], ["A", dt.date(2026, 1, 5), 10, dt.date(2026, 1, 9)]],
            [
                ["二月"],
                ["paid_on", "used", "start", "bill"],
                ["2026-02-02", 2.5, "2026-02-02", "A"],
                ["2026-01-12", 7, "2026-01-05", "B"],
            ],
            [["说明"], ["一月至二月"]],
            sheet1="一月",
            sheet2="二月",
            sheet3="说明",
        )
    )
    run = bill(segments=tmp_path / "s.xlsx")
    assert totals(tmp_path / "out") == RIGHT
    [read] = [one for one in run.read if one.grain == "segment"]
    assert read.words.zh == "segment：读取 3 行（s.xlsx）"
    [(_, note)] = read.notes
    assert note.en == (
        "一月: headings in row 1, rows read: 1; 二月: headings in row 2, rows read: 2; "
        "说明: not read, it has no such headings"
    )


def test_a_wrong_dimension_and_a_far_cell_lose_no_row(bill, tmp_path):
    made = book([["bill", "kind", "people"], ["A", "shop", 3], ["B", "flat"]])
    far = with_rows(with_dimension(made, b"A1:C2"), b'<row r="1048576"><c r="XFD1048576"/></row>')
    (tmp_path / "b.xlsx").write_bytes(far)
    assert bill(tmp_path / "b.xlsx").refused == 0
    assert totals(tmp_path / "out") == RIGHT


def test_a_key_that_excel_has_changed_stops_the_run_with_its_cell(bill, tmp_path):
    """00123 typed into Excel is 123 with or without its noughts, 3-1 is the first of March."""
    for value, number_format, said in (
        (dt.date(2026, 3, 1), "", "A2: the cell is a day or a time"),
        (1.1, "General", "A2: the cell holds the value 1.1"),
        (12345678901234567890, "0", "A2: .*Excel keeps 15 digits"),
        ("=1+1", "General", "A2: the formula has no result"),
    ):
        made = book(
            [["bill", "kind", "people"], [value, "shop", 3]],
            formats={"A2": number_format} if number_format else {},
        )
        (tmp_path / "b.xlsx").write_bytes(made)
        with pytest.raises(UnreadableFile, match=rf"b\.xlsx: 表1 {said}"):
            bill(tmp_path / "b.xlsx")
    (tmp_path / "b.xlsx").write_bytes(
        book([["bill", "kind", "people"], [123, "shop", 3]], formats={"A2": "00000"})
    )
    bill(tmp_path / "b.xlsx", ["bill,start,used,paid_on", "00123,2026-01-05,10,2026-01-05"])
    assert totals(tmp_path / "out") == {"00123": "8.00"}


def test_a_merged_cell_is_no_empty_cell(bill, lay, tmp_path):
    import openpyxl

    file = lay("b.xlsx", [["bill", "kind", "people"], ["A", "shop", 3], ["B", "flat", None]])
    made = openpyxl.load_workbook(file)
    made.active.merge_cells("C2:C3")
    made.save(file)
    with pytest.raises(UnreadableFile, match="C2: merged cells"):
        bill(file)


def test_a_workbook_of_another_format_is_named(bill, tmp_path):
    (tmp_path / "b.xlsx").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match=r"an old \.xls workbook, or one with a password"):
        bill(tmp_path / "b.xlsx")


def test_a_blank_row_above_the_header_of_a_workbook_is_nothing(bill, lay, tmp_path):
    bills = lay("b.xlsx", [[], ["bill", "kind", "people"], ["A", "shop", 3], ["B", "flat"]])
    bill(bills)
    assert totals(tmp_path / "out") == RIGHT


def test_several_files_of_one_grain_add_up_whatever_their_columns_and_types(bill, lay, tmp_path):
    first = lay("one.csv", SEGMENTS[:2])
    second = lay("two.csv", ["paid_on,used,start,bill", "2026-02-02,2.5,2026-02-02,A"])
    third = lay(
        "three.parquet",
        "SELECT 'B' AS bill, DATE '2026-01-05' AS start, 7 AS used, DATE '2026-01-12' AS paid_on",
    )
    run = bill(more={"segment": [first, second, third]})
    assert run.counts["segment"] == 3
    assert totals(tmp_path / "out") == RIGHT


def test_decimals_of_a_second_file_are_not_rounded_to_whole_numbers_of_the_first(bill, lay, tmp_path):
    day = "DATE '2026-01-05' AS start, DATE '2026-01-05' AS paid_on"
    whole = lay("a.parquet", f"SELECT 'A' AS bill, {day}, 10 AS used")
    tenth = lay("b.parquet", f"SELECT 'B' AS bill, {day}, 2.4::DOUBLE AS used")
    bill(more={"segment": [whole, tenth]})
    assert totals(tmp_path / "out") == {"A": "8.00", "B": "1.20"}  # 2.4 × 0.5, not 2 × 0.5


def test_two_workbooks_of_one_grain_are_both_read(bill, lay, tmp_path):
    header = ["bill", "start", "used", "paid_on"]
    a = lay("a.xlsx", [header, ["A", "2026-01-05", 12.5, "2026-01-05"]])
    b = lay("b.xlsx", [header, ["B", "2026-01-05", 7, "2026-01-05"]])
    bill(more={"segment": [a, b]})
    assert totals(tmp_path / "out") == RIGHT


def test_a_folder_of_parts_is_read_as_one_file(bill, lay, tmp_path):
    lay("parts/part-0.csv", SEGMENTS[:3])
    lay("parts/part-1.csv", [SEGMENTS[0], SEGMENTS[3]])
    lay("parts/_SUCCESS", "")
    bill(segments=tmp_path / "parts")
    assert totals(tmp_path / "out") == RIGHT


def test_every_file_of_a_folder_is_read_or_refused(bill, lay, tmp_path):
    lay("parts/a.csv", SEGMENTS[:3])
    lay("parts/B.CSV", [SEGMENTS[0], SEGMENTS[3]])
    run = bill(segments=tmp_path / "parts")
    assert totals(tmp_path / "out") == RIGHT
    assert [one.words.en for one in run.read][1] == "segment: 3 read from B.CSV, a.csv"
    lay("parts/三月.xls", "")
    with pytest.raises(UnreadableFile, match=r"三月\.xls: it lies in the folder"):
        bill(segments=tmp_path / "parts")


@pytest.mark.parametrize("name", ['it\'s; a "bill".csv', "账单 2026 [1].csv", "a*?.csv", "region=45/b.csv"])
def test_a_file_name_is_a_name_and_not_a_pattern(bill, lay, tmp_path, name):
    lay("账单 2026 1.csv", "bill,kind\nZ,flat\n")  # what [1] would match
    lay("abc.csv", "bill,kind\nZ,flat\n")  # what a*? would match
    bill(lay(name, BILLS))
    assert totals(tmp_path / "out") == RIGHT


def test_a_symbolic_link_to_a_file_is_that_file(bill, lay, tmp_path):
    (tmp_path / "link.csv").symlink_to(lay("b.csv", BILLS))
    bill(tmp_path / "link.csv")
    assert totals(tmp_path / "out") == RIGHT


def test_columns_named_with_quotes_are_passed_over(bill, lay, tmp_path):
    odd = ['a"b', "c'd", "e`f", "x); DROP TABLE raw_bill; --", "x;--"]
    unread = {"bill": dict.fromkeys([*odd, "c"])}
    bill(lay("b.xlsx", [["bill", "kind", "people", *odd], ["A", "shop", 3], ["B", "flat"]]), columns=unread)
    assert totals(tmp_path / "out") == RIGHT
    bill(lay("b.csv", ['bill,kind,people,"a""b",c\'d,x;--', "A,shop,3,1,2,3", "B,flat,,,,"]), columns=unread)
    assert totals(tmp_path / "out") == RIGHT


def test_nothing_written_in_a_cell_is_a_command(bill, tmp_path):
    key = "'); DROP TABLE typed_bill; --"
    run = bill(
        ["bill,kind,people", f"{key},shop,1", "B,flat' OR '1'='1,1"],
        ["bill,start,used,paid_on", f"{key},2026-01-05,10,2026-01-05"],
    )
    assert totals(tmp_path / "out") == {key: "8.00"}
    assert reasons(run) == [
        ("B", "B", "kind", "flat' OR '1'='1", "\"flat' OR '1'='1\" is not one of shop, flat")
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("b.csv", "", "its first line names no column"),
        ("b.csv", "bill,kind,people\nA,shop\n", "line 2 has 2 columns where the header has 3"),
        ("b.csv", "bill,kind,people\nA,shop,1,9\n", "line 2 has 4 columns where the header has 3"),
        ("b.csv", "bill,kind,Bill\n", 'two columns are called "Bill"'),
        ("b.txt", "bill\n", "only .parquet, .csv and .xlsx are read"),
        ("b.xlsx", [], "its first sheet is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(bill, lay, tmp_path, name, content, said):
    with pytest.raises(UnreadableFile) as refused:
        bill(lay(name, content))
    assert said in str(refused.value)
    assert name in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_csv_of_chinese_windows_is_read_and_said(bill, lay, tmp_path):
    """GBK, a title above the headings, `sep=`, UTF-16: what Excel and WPS write."""
    plain = ["bill,kind,people,备注", "A,shop,3,灯", "B,flat,,"]
    for name, lines, encoding, note in (
        ("gbk.csv", plain, "gbk", "in GB 18030"),
        ("late.csv", ["bill,kind,people", "A,shop,3", "B,flat,", "灯,shop,1"], "gbk", "in GB 18030"),
        ("sep.csv", ["sep=;", *(line.replace(",", ";") for line in plain)], "utf-8-sig", None),
        ("title.csv", ["三月电费，2026", "", *plain], "utf-8", "headings in line 3"),
        (
            "utf16.csv",
            ["三月", *(line.replace(",", "\t") for line in plain)],
            "utf-16",
            "in UTF-16, headings in line 2",
        ),
    ):
        file = lay(name, lines, encoding=encoding)
        run = bill(file, out=tmp_path / name.partition(".")[0], columns=UNREAD)
        assert totals(tmp_path / name.partition(".")[0])["A"] == "10.00", name
        [read] = [one for one in run.read if one.grain == "bill"]
        assert (read.rows, read.files) == (len([x for x in lines if x.startswith(("A", "B", "灯"))]), (name,))
        assert [said.en for _, said in read.notes] == ([note] if note else [])


def test_bytes_that_are_two_different_texts_are_refused(bill, lay):
    """B-一 in GBK is B-һ in UTF-8, another key (field 24)."""
    lines = ["bill,kind", "B-一,shop"]
    with pytest.raises(UnreadableFile, match="It cannot be told how the text is encoded"):
        bill(lay("b.csv", lines, encoding="gbk"))
    run = bill(lay("b.csv", ["bill,kind", "B-һ,shop"], encoding="utf-8-sig"))  # its mark tells
    assert run.counts["bill"] == 1


def test_a_line_at_fault_is_counted_as_the_file_has_it(bill, lay):
    with pytest.raises(UnreadableFile, match=r"b\.csv: line 4 has 2 columns where the header has 3"):
        bill(lay("b.csv", ["三月电费", "bill,kind,people", "A,shop,1", "B,shop"], encoding="gbk"))


@pytest.mark.parametrize("name", ["b.xlsx", "b.parquet"])
def test_a_file_of_another_kind_under_that_name_is_refused(bill, tmp_path, name):
    (tmp_path / name).write_bytes(b"not what it says")
    with pytest.raises(UnreadableFile, match="not a valid"):
        bill(tmp_path / name)


def test_a_missing_file_is_refused(bill, tmp_path):
    with pytest.raises(UnreadableFile, match="there is no such file"):
        bill(tmp_path / "nowhere.csv")


def test_a_header_in_chinese_is_refused_with_the_columns_needed(bill, lay):
    with pytest.raises(MissingColumn) as refused:
        bill(lay("b.csv", ["账单,类别", "A,shop"]))
    assert refused.value.say("zh") == (
        "b.csv 没有列“bill”，只有：账单、类别；这里需要：bill、kind、people、exact"
    )


def test_the_second_file_of_a_grain_needs_its_columns_too(bill, lay):
    first, second = lay("a.csv", SEGMENTS), lay("b.csv", ["bill,start", "B,2026-03-01"])
    with pytest.raises(MissingColumn, match=r'b\.csv has no column "used"'):
        bill(more={"segment": [first, second]})


def test_a_pipe_is_no_file_and_is_not_waited_for(bill, tmp_path):
    pipe = tmp_path / "b.csv"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableFile, match="not a regular file"):
        bill(pipe)


def test_a_day_of_parquet_that_no_calendar_has_refuses_its_row_alone(bill, lay, tmp_path):
    days = ("'infinity'::DATE", "DATE '5000000-01-01'", "'infinity'::TIMESTAMP", "'infinity'::TIMESTAMPTZ")
    for day in days:
        segments = lay(
            "s.parquet",
            f"SELECT 'A' AS bill, {day} AS start, 10 AS used, DATE '2026-01-09' AS paid_on"
            " UNION ALL SELECT 'B', DATE '2026-01-05', 7, DATE '2026-01-12'",
        )
        run = bill(more={"segment": [segments]})
        assert {one.key for one in run.refusals} == {"A"}
        assert totals(tmp_path / "out") == {"B": RIGHT["B"]}


def test_a_file_of_a_million_columns_is_refused_before_it_is_read(bill, tmp_path):
    wide = tmp_path / "wide.csv"
    wide.write_text(",".join(f"c{n}" for n in range(20_000)) + "\n")
    with pytest.raises(UnreadableFile, match="20000 columns"):
        bill(wide)
