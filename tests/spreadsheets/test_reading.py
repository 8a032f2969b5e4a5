"""Files as people bring them: what was read is said, and nothing is passed over in silence."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.spreadsheets.made import book, strict, with_dimension, with_rows, zipped
from tongdian.cells import safe
from tongdian.plain_text import check
from tongdian.policy.refusals import Refusal
from tongdian.spreadsheets.cells import CellUnreadable, ExcelSavedADay, code, day, text
from tongdian.spreadsheets.reading import Table, read_table
from tongdian.spreadsheets.refusals import (
    BrokenText,
    FileHasTooManyColumns,
    FileHasTooManyRows,
    FormatNotRead,
    HeadingsMissing,
    HeadingTwice,
    NotASpreadsheet,
    SeveralSheets,
    UnclearEncoding,
    WorkbookTooPacked,
)
from tongdian.spreadsheets.workbooks import worksheets
from tongdian.workbooks import workbook

HEADINGS = {"number": ("户号", "Customer number"), "name": ("姓名或名称", "Name"), "note": ("备注", "Note")}
HEAD = ("户号", "姓名或名称")


def read(content: bytes, most: int = 100) -> Table:
    return read_table(content, headings=HEADINGS, required=["number", "name"], most=most)


def rows(content: bytes) -> list[tuple[int, str, str]]:
    """Row, number and name."""
    found = read(content).rows
    return [(row.number, code(row.cells["number"]), text(row.cells["name"])) for row in found]


def said(content: bytes) -> list[str]:
    return [part.words.zh for part in read(content).parts]


# --- workbooks


def test_a_wrong_dimension_hides_no_row():
    content = book([HEAD, *((f"W{n}", f"维度{n}") for n in range(5))])
    assert len(rows(with_dimension(content, b"A1:B2"))) == 5


def test_a_formatted_cell_at_the_end_of_the_world_costs_nothing():
    content = book([HEAD, ("W1", "一")])
    far = with_rows(content, b'<row r="1048576"><c r="XFD1048576"/></row>')
    assert rows(far) == [(2, "W1", "一")]
    for sheet in worksheets(far):
        assert len(list(sheet.lines)) <= 4  # a million rows of 16,384 cells were filled in: 1.2 GB


def test_a_value_beyond_the_last_column_is_refused_before_a_cell_is_read():
    wide = with_rows(book([HEAD, ("W1", "一")]), b'<row r="3"><c r="XFD3"><v>1</v></c></row>')
    with pytest.raises(FileHasTooManyColumns) as refused:
        read(wide)
    assert "XFD" in refused.value.say("zh")


def test_a_sheet_that_is_a_chart_is_no_damage():
    made = Workbook()
    for row in (HEAD, ("W1", "一")):
        made.active.append(row)
    made.create_chartsheet("图")
    kept = io.BytesIO()
    made.save(kept)
    assert rows(kept.getvalue()) == [(2, "W1", "一")]


def test_a_csv_of_excel_says_which_codes_it_has_changed():
    found = read("户号,姓名或名称\r\n3月1日,一\r\n".encode("gbk")).rows
    with pytest.raises(ExcelSavedADay):
        code(found[0].cells["number"])


def test_a_row_below_a_million_empty_ones_is_not_lost():
    content = with_rows(
        book([HEAD, ("W1", "一")]),
        b'<row r="900000"><c r="A900000" t="inlineStr"><is><t>W2</t></is></c>'
        b'<c r="B900000" t="inlineStr"><is><t>\xe4\xba\x8c</t></is></c></row>',
    )
    assert rows(content)[1] == (900_000, "W2", "二")


def test_what_was_read_of_each_sheet_is_said():
    options = [("选项",), ("个人",)]
    content = book([("用户表",), (), (*HEAD, "旧系统编号"), ("1", "一", "x")], options, sheet2="选项 Options")
    assert said(content) == [
        "表1：标题在第 3 行，读取 1 行；未读的列：旧系统编号",
        "选项 Options：没有所需的标题，未读取",
    ]


def test_rows_on_two_sheets_are_refused_by_their_names():
    with pytest.raises(SeveralSheets, match="一月, 二月"):
        read(book([HEAD, ("1", "一")], [HEAD, ("2", "二")], sheet1="一月", sheet2="二月"))
    assert len(rows(book([HEAD], [HEAD, ("2", "二")]))) == 1


def test_noughts_of_a_number_format_and_days_of_a_code_are_seen():
    found = read(book([HEAD, (123, "甲"), (dt.date(2026, 3, 1), "乙")], formats={"A2": "000000"})).rows
    assert code(found[0].cells["number"]) == "000123"
    with pytest.raises(Refusal, match="Excel has changed"):
        code(found[1].cells["number"])


def test_a_carriage_return_of_a_workbook_is_no_text():
    assert rows(book([HEAD, ("1", "换行甲_x000D_"), ("2", "甲_x005F_x000D_")])) == [
        (2, "1", "换行甲"),
        (3, "2", "甲_x000D_"),
    ]


def test_a_workbook_that_counts_from_1904_gives_the_same_day():
    from openpyxl import Workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    made, kept = Workbook(), io.BytesIO()
    made.epoch = CALENDAR_MAC_1904
    for row in ((*HEAD, "备注"), ("1", "一", dt.date(2026, 3, 1))):
        made.active.append(row)
    made.save(kept)
    assert day(read(kept.getvalue()).rows[0].cells["note"]) == dt.date(2026, 3, 1)


def test_a_formula_without_a_result_is_no_empty_cell():
    [row] = read(book([HEAD, ("=1+1", '="甲"')])).rows
    with pytest.raises(CellUnreadable, match="the formula has no result"):
        code(row.cells["number"])


def test_an_error_and_a_merged_cell_are_named():
    [row] = read(book([HEAD, ("1", "#N/A")])).rows
    with pytest.raises(CellUnreadable, match="#N/A"):
        text(row.cells["name"])


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (strict(book([HEAD])), "Strict Open XML"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xls"),
        (zipped(xl__workbook_bin=b""), ".xlsb"),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_xml=b""), ".ods"),
    ],
)
def test_a_workbook_of_another_format_is_named_with_the_remedy(content, named):
    with pytest.raises(FormatNotRead) as refused:
        read(content)
    assert named in refused.value.say("zh")
    assert ".xlsx" in refused.value.say("en")


def test_two_columns_of_one_meaning_are_refused():
    with pytest.raises(HeadingTwice, match='The columns B1 and C1 both mean "姓名或名称"'):
        read(book([("户号", "姓名或名称", "Name")]))


def test_reading_stops_at_the_first_row_too_many():
    content = book([HEAD, *((str(n), "一") for n in range(11))])
    assert len(read(content, most=11).rows) == 11
    with pytest.raises(FileHasTooManyRows):
        read(content, most=10)


# --- text


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_with_a_title_is_read_in_every_encoding(encoding, separator):
    lines = ["用户表，2026 年", separator.join(HEAD), separator.join(("1", "王小明"))]
    content = "\r\n".join(lines).encode(encoding)
    if encoding == "utf-16-le":
        content = b"\xff\xfe" + content
    assert rows(content) == [(3, "1", "王小明")]


def test_a_line_that_names_the_separator_is_no_row():
    content = "sep=;\r\n户号;姓名或名称\r\n1;王,小明\r\n".encode("utf-8-sig")
    assert rows(content) == [(2, "1", "王,小明")]
    assert said(content) == ["CSV (UTF-8, ;)：标题在第 1 行，读取 1 行"]


def test_a_comma_without_quotes_moves_no_cell():
    content = "户号,备注,姓名或名称\n1,1,280.40,一\n2,,二\n".encode("utf-8-sig")
    first, second = read(content).rows
    with pytest.raises(CellUnreadable, match="this row has 4 cells where the headings have 3"):
        code(first.cells["number"])
    assert code(second.cells["number"]) == "2"


def test_quotation_marks_that_do_not_pair_swallow_no_row():
    with pytest.raises(BrokenText, match="row 2"):
        read('户号,姓名或名称\n1,"一\n2,二\n3,三\n'.encode("utf-8-sig"))


def test_what_keeps_a_spreadsheet_from_calculating_is_taken_off():
    content = "户号,姓名或名称\n'0123,'-甲\n=\"0124\",乙\n\t0125,丙\n".encode("utf-8-sig")
    assert rows(content) == [(2, "0123", "-甲"), (3, "0124", "乙"), (4, "0125", "丙")]


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"\0\0", "户号".encode("utf-8-sig")[:5]])
def test_what_is_no_table_is_refused(content):
    with pytest.raises(NotASpreadsheet):
        read(content)


def test_text_that_is_two_different_texts_is_refused():
    """The GBK bytes of 一 are those of U+04BB in UTF-8 (the fault of Notepad's 联通)."""
    headings = {"bill": ("bill",)}
    with pytest.raises(UnclearEncoding):
        read_table("bill\nB-一\n".encode("gbk"), headings=headings, required=["bill"], most=9)
    marked = read_table("bill\nB-һ\n".encode("utf-8-sig"), headings=headings, required=["bill"], most=9)
    assert marked.rows[0].cells["bill"].value == "B-һ"


def test_damaged_utf_8_is_not_read_as_gbk():
    """As GBK, which it is too, the heading would be 鎴峰彿 and each key another one."""
    damaged = "户号\n".encode() + "中\n".encode("gbk")
    assert damaged.decode("gb18030")
    with pytest.raises(NotASpreadsheet):
        read_table(damaged, headings={"number": ("户号",)}, required=["number"], most=9)


def test_the_missing_columns_of_the_best_row_are_named():
    with pytest.raises(HeadingsMissing, match="missing: 姓名或名称"):
        read(book([("户号", "编号"), ("1", "2")]))


# --- what our export writes comes in again


def _is_plain(value: str) -> bool:
    try:
        check(value, has_lines=False)
    except Refusal:
        return False
    return value == " ".join(value.split())


ESCAPES = st.sampled_from(["_x000D_", "甲_x0041_", "_x005F_x000D_", "=1+1", "-甲", "007", "2026-03-01"])
PLAIN = (ESCAPES | st.text(min_size=1, max_size=20)).filter(_is_plain)


@settings(deadline=None)
@given(st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=5))
def test_what_our_workbooks_say_comes_in_again_as_it_was(lines):
    content = workbook("用户", [("备注", *HEAD), *(("x", *line) for line in lines)], texts=True)
    found = [(text(row.cells["number"]), text(row.cells["name"])) for row in read(content).rows]
    assert found == lines


@settings(deadline=None)
@given(st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=5))
def test_what_our_csv_says_comes_in_again_as_it_was(lines):
    """But for a text that itself begins as our guard against formulas does."""
    lines = [line for line in lines if not any(cell.startswith(("'", '="')) for cell in line)]
    written = io.StringIO()
    csv.writer(written).writerows([("备注", *HEAD), *(("x", *map(safe, line)) for line in lines)])
    found = read(written.getvalue().encode("utf-8-sig")).rows
    assert [(text(row.cells["number"]), text(row.cells["name"])) for row in found] == lines


def test_a_small_workbook_that_unpacks_to_fill_the_memory_is_refused_unread():
    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"a" * (80 << 20) + b"</t></is></c></row>"
    sheet = io.BytesIO()
    with zipfile.ZipFile(sheet, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", rows)
    with pytest.raises(WorkbookTooPacked, match="unpacks to 80 MB"):
        list(worksheets(sheet.getvalue()))
