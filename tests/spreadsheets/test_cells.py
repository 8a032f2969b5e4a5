"""A cell is taken as the person before the spreadsheet sees it, or refused in words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import (
    Cell,
    CellRefused,
    CellTooLong,
    CommaForDecimals,
    DayUnlikely,
    ExcelLostDigits,
    ExcelMadeADay,
    ExcelSavedADay,
    ExcelShowsOtherwise,
    NotADay,
    NotANumber,
    NumberNotPositive,
    NumberOutOfRange,
    NumberShownShorter,
    OtherUnit,
    SerialNumber,
    TextRefused,
    TooManyDecimals,
    UnitNotAsked,
    code,
    day,
    number,
    text,
)


def refused(take: Any, value: Any, number_format: str = "General", **options: Any) -> type[CellRefused]:
    """The sort of refusal; its words stand in both languages and name the value or the rule."""
    with pytest.raises(CellRefused) as caught:
        take(Cell(value, "B2", number_format), **options)
    assert caught.value.say("zh")
    assert caught.value.say("en")
    return type(caught.value)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("1,234.50", "yuan", "1234.50"),
        ("￥300", "yuan", "300.00"),
        ("-¥1,280.40", "yuan", "-1280.40"),
        ("３元", "yuan", "3.00"),
        ("１２３", "", "123.00"),
        ("−7.5", "yuan", "-7.50"),
        ("630 kVA", "kVA", "630.00"),
        ("630KVA", "kVA", "630.00"),
        ("8 千瓦", "kW", "8.00"),
        ("12 ㎥", "m³", "12.00"),
        (" +5 ", "kW", "5.00"),
        (0.1 + 0.2, "yuan", "0.30"),  # as Excel shows it
        (1234567.89, "yuan", "1234567.89"),  # 1234567.8899999999 in binary
        (99999999.99, "yuan", "99999999.99"),
        (-0.0, "yuan", "0.00"),
        ("-0", "yuan", "0.00"),
    ],
)
def test_a_number_is_read_with_its_columns_own_unit(value, unit, said):
    assert f"{number(Cell(value), unit=unit)}" == said


@pytest.mark.parametrize(
    ("value", "unit", "refusal"),
    [
        *((one, "yuan", CommaForDecimals) for one in ("0,5", "12,5", "3，5", "1,23", "1,2345", "12,34,567")),
        *((one, "yuan", NotANumber) for one in ("12 5", "3元50", "1_000", "1e5", "٣", "10万", "五十", "NaN")),
        *(
            (one, "yuan", NotANumber)
            for one in ("50%", "(100)", "--1", "1.", ".5", "元", "=1+1", True, "12O.5")
        ),
        ("300kW", "yuan", OtherUnit),
        ("630kW", "kVA", OtherUnit),
        ("¥630", "kVA", OtherUnit),
        ("5 kV", "kVA", OtherUnit),
        ("0.9 kW", "", UnitNotAsked),
        (dt.datetime(2026, 3, 1), "yuan", ExcelMadeADay),
        (dt.time(1, 2), "yuan", ExcelMadeADay),
        ("1.005", "yuan", TooManyDecimals),
        (1e11, "yuan", NumberOutOfRange),
        ("1" + "0" * 60, "yuan", NumberOutOfRange),
    ],
)
def test_a_number_written_otherwise_is_refused(value, unit, refusal):
    assert refused(number, value, unit=unit) is refusal


def test_a_unit_that_only_the_number_format_shows_counts():
    assert refused(number, 300, '0.00"kW"', unit="yuan") is OtherUnit
    assert refused(number, 300, "[$¥-804]#,##0.00", unit="kVA") is OtherUnit
    assert refused(number, 0.05, "0.0%", unit="") is UnitNotAsked
    assert number(Cell(300, "B2", '0.00"kW"'), unit="kW") == 300
    assert number(Cell(300, "B2", '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ '), unit="yuan") == 300
    assert number(Cell(300, "B2", "#,##0.00_ "), unit="kVA") == 300


def test_nothing_is_not_positive():
    assert refused(number, "0.00", unit="kW", positive=True) is NumberNotPositive
    assert number(Cell("0.01"), positive=True) == Decimal("0.01")


@given(st.decimals(-9_999_999, 9_999_999, places=2), st.sampled_from([str, "{:,f}".format, float]))
def test_what_excel_shows_of_a_number_is_what_is_taken(wanted, written):
    assert number(Cell(written(wanted)), unit="yuan") == wanted


@given(st.text(alphabet="0123456789,.-+ ¥元kWVAe_%", max_size=12))
def test_a_number_taken_is_the_one_that_its_own_digits_say(typed):
    try:
        found = number(Cell(typed), unit="yuan", decimals=4)
    except CellRefused:
        return
    digits = "".join(sign for sign in typed if sign in "0123456789.-")
    assert found == Decimal(digits)


# --- days


@pytest.mark.parametrize(
    "value",
    [
        dt.date(2026, 3, 1),
        dt.datetime(2026, 3, 1),
        "2026-03-01",
        "2026/3/1",
        "2026.3.1",
        "2026年3月1日",
        "2026 年 3 月 1 日",
        "２０２６－３－１",
        "20260301",
        20260301,
        "2026-03-01 00:00:00",
        "2026/3/1 0:00",
    ],
)
def test_a_day_is_read_as_people_write_it(value):
    assert day(Cell(value)) == dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        *(
            (one, NotADay)
            for one in ("2021/2/30", "2021-02-29", "2026/13/01", "4/12/2026", "民国115年3月1日", "")
        ),
        (dt.datetime(2026, 3, 1, 8, 30), NotADay),
        ("2026-03-01 08:30", NotADay),
        ("٢٠٢٦-٠٣-٠١", NotADay),
        (dt.time(8, 30), NotADay),
        (44562, SerialNumber),
        (44562.0, SerialNumber),
        ("2206-03-01", DayUnlikely),
        ("0221-03-01", DayUnlikely),
    ],
)
def test_an_impossible_day_or_a_serial_number_is_refused(value, refusal):
    assert refused(day, value) is refusal


def test_for_ever_is_a_day():
    assert day(Cell("9999-12-31")) == dt.date(9999, 12, 31)


@given(
    st.dates(dt.date(1949, 1, 1), dt.date(2199, 12, 31)),
    st.sampled_from(
        ["{0:%Y-%m-%d}", "{0.year}/{0.month}/{0.day}", "{0.year}年{0.month}月{0.day}日", "{0:%Y%m%d}"]
    ),
)
def test_a_day_is_itself_however_it_is_written(wanted, form):
    assert day(Cell(form.format(wanted))) == wanted


# --- texts and codes


@pytest.mark.parametrize("take", [text, code])
@pytest.mark.parametrize(
    ("value", "number_format", "refusal"),
    [
        (dt.datetime(2026, 3, 1), "General", ExcelMadeADay),  # 3-1
        (dt.time(1, 2), "General", ExcelMadeADay),  # 1:2
        (dt.timedelta(hours=26), "General", ExcelMadeADay),
        (1.1, "General", ExcelShowsOtherwise),  # 1.10
        (True, "General", ExcelShowsOtherwise),
        (12345678901234567890, "General", ExcelLostDigits),
        (1.2345678901234567e19, "0", ExcelLostDigits),
        (110105194912310000, "@", ExcelLostDigits),
        (123, '"A-"000', ExcelShowsOtherwise),
        (123456, "000-000", ExcelShowsOtherwise),
        (5, "0.00E+00", ExcelShowsOtherwise),
        ("王\u0001明", "General", TextRefused),
        ("张\ue863", "General", TextRefused),
        ("长" * 121, "General", CellTooLong),
    ],
)
def test_a_code_that_excel_has_changed_is_refused(take, value, number_format, refusal):
    assert refused(take, value, number_format) is refusal


@pytest.mark.parametrize(
    ("value", "number_format", "said"),
    [
        (123, "000000", "000123"),
        (123.0, "000000", "000123"),
        (1234567, "000000", "1234567"),
        (101.0, "General", "101"),
        (101, "#,##0", "101"),
        (101, "0.00", "101"),
        (101, "#,##0_);[Red]\\(#,##0\\)", "101"),
        (999999999999999, "General", "999999999999999"),
        (-5, "000", "-005"),
        ("0123", "@", "0123"),
    ],
)
def test_a_figure_in_a_code_column_is_the_digits_that_the_cell_shows(value, number_format, said):
    assert code(Cell(value, "A2", number_format)) == said


def test_what_excel_leaves_of_a_long_number_in_a_csv_is_refused():
    assert refused(code, "1.10105E+17") is ExcelLostDigits
    assert code(Cell("1E5")) == "1E5"  # a code like another


@pytest.mark.parametrize(
    "left",
    "3月1日 2026年3月1日 2026年3月 1-Mar 1-Mar-26 Mar-26 2026/3/1 2026-03-01 3/1/2026 12:30:00 12:30 1:02:00PM"
    " 2026/3/1,12:30 TRUE False 1E-05".replace(",", "\u00a0").split(" "),
)
def test_what_excel_saves_in_a_csv_of_a_code_that_it_took_for_a_day_is_refused(left):
    with pytest.raises((ExcelSavedADay, ExcelLostDigits)) as caught:
        code(Cell(left, "A2", as_shown=True))
    assert "文本" in caught.value.say("zh")


@pytest.mark.parametrize(
    "kept", ["3-1", "3/1", "YS-3-1", "2016-4", "Mar-ch", "3月", "月亮楼", "12:3", "TRUE1"]
)
def test_a_code_that_excel_has_left_alone_is_taken_from_a_csv(kept):
    assert code(Cell(kept, "A2", as_shown=True)) == kept


def test_a_text_of_a_workbook_is_what_was_typed():
    assert code(Cell("3月1日", "A2", "@")) == "3月1日"


@pytest.mark.parametrize(
    ("value", "number_format"),
    [
        (10.4, "0"),
        (10.25, "0.0"),
        (-10.4, "0;-0"),
        (1234567, "0,"),
        (1234567, '#,##0.00,,"M"'),
        (10.5, "0E+00"),
    ],
)
def test_a_number_that_the_cell_shows_otherwise_is_refused(value, number_format):
    assert refused(number, value, number_format, decimals=4) is NumberShownShorter


@pytest.mark.parametrize(
    ("value", "number_format"),
    [
        (10.4, "0.0"),
        (10.4, "General"),
        (10.4, "#,##0.00_);[Red]\\(#,##0.00\\)"),
        (10, "0"),
        (1234.5, '0.##" kW"'),
        (0.1 + 0.2, "0.00"),
        (0, "0;-0;"),
        (-1234.5, "#,##0.00"),
        (1200, "0.0E+00"),
    ],
)
def test_a_number_that_the_cell_shows_whole_is_taken(value, number_format):
    unit = "kW" if "kW" in number_format else ""
    assert number(Cell(value, "B2", number_format), unit=unit) == Decimal(f"{value:.15g}")


@pytest.mark.parametrize("take", [text, code])
@pytest.mark.parametrize("value", ["王\n小明", "王\t小明", "王\r\n小明"])
def test_a_line_break_within_a_name_or_code_is_refused_as_on_the_page(take, value):
    assert refused(take, value) is TextRefused


def test_a_text_of_several_lines_keeps_them():
    assert text(Cell("雁山校区\n一栋\n"), lines=True) == "雁山校区\n一栋"


def test_a_code_is_made_plain_and_a_text_is_put_on_one_line():
    assert code(Cell(" ＹＳ－Ｍ３ ")) == "YS-M3"
    assert code(Cell("110105 19900307 3023")) == "110105199003073023"
    assert text(Cell("  雁山  校区 一栋 \r\n")) == "雁山 校区 一栋"
    assert text(Cell(None)) == ""


@pytest.mark.parametrize("value", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?"])
def test_an_error_of_excel_is_known(value):
    assert value in cells.error_in(value).en
    assert cells.error_in("#1 楼") is None


@pytest.mark.parametrize(
    "value", [1e28, 1e30, 1e60, 1e300, float("inf"), float("-inf"), float("nan"), 10**40]
)
@pytest.mark.parametrize("number_format", ["General", "0.00", "#,##0", "0.0E+00", "# ?/?"])
def test_a_number_larger_than_any_is_refused_and_no_error(value, number_format):
    """1e28 has more digits than decimal arithmetic keeps, so that rounding it fails."""
    with pytest.raises(CellRefused):
        cells.number(Cell(value, number_format=number_format), decimals=2, most=10**20)
