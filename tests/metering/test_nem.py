"""NEM12 and NEM13 files, line by line: what a day is read as, and what is refused and named."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metering.nem_files import HEADER, OF_D1, day, nem12, nem13, of, reading
from tongdian.calendar import SHANGHAI
from tongdian.metering.importing.nem import FileCutShort, NotNem, RefusedLine
from tongdian.metering.importing.nem12 import read_nem12
from tongdian.metering.importing.nem13 import read_nem13
from tongdian.metering.queries.intervals import QualityRun, begin_of, intervals_in


def read(*lines, zone=SHANGHAI):
    return list(read_nem12(nem12(*lines), zone))


def only(*lines):
    (found,) = read(*lines)
    return found


def test_a_day_of_half_hours_is_48_quantities_from_midnight():
    found = only(OF_D1, day(value="0.1234"))
    assert (found.line, found.of.serial, found.of.channel, found.on) == (3, "D1", "E1", dt.date(2026, 3, 5))
    assert found.told.values == (Decimal("0.1234"),) * 48  # four decimals, none of them lost
    assert (found.told.unit, found.told.minutes) == ("kWh", 30)
    assert found.told.runs == (QualityRun(1, 48, "A"),)


def test_the_length_of_intervals_changes_with_the_next_record_200_of_the_same_channel():
    half, five = read(
        OF_D1, day("20260304"), OF_D1.replace("KWH,30", "KWH,05"), day("20260305", value="0.01", count=288)
    )
    assert [(one.told.minutes, len(one.told.values)) for one in (half, five)] == [(30, 48), (5, 288)]


@pytest.mark.parametrize(
    ("unit", "kept", "value"),
    [
        ("Wh", "kWh", "0.0005"),  # 0.5 Wh
        ("kWh", "kWh", "0.5"),
        ("MWH", "kWh", "500"),  # 0.5 MWh
        ("kVArh", "kvarh", "0.5"),
        ("kVAh", "kVAh", "0.5"),
    ],
)
def test_quantities_are_kept_in_units_of_a_thousand(unit, kept, value):
    told = only(OF_D1.replace("KWH", unit), day()).told
    assert (told.unit, told.values[0]) == (kept, Decimal(value))


def test_qualities_vary_within_a_day_and_what_is_null_is_missing_and_never_nought():
    told = only(
        OF_D1, day(value="0", quality="V"), "400,1,10,N,,", "400,11,28,S51,41,dark", "400,29,48,A,,"
    ).told
    assert told.values[:10] == (None,) * 10
    assert told.values[10:] == (Decimal(0),) * 38
    assert told.runs == (
        QualityRun(1, 10, "N"),
        QualityRun(11, 28, "S", "51", "41 dark"),
        QualityRun(29, 48, "A"),
    )


def test_a_day_on_which_clocks_go_forward_has_46_half_hours_and_one_on_which_they_go_back_50():
    amsterdam = ZoneInfo("Europe/Amsterdam")
    # 2026-03-29 has 23 hours there, 2026-10-25 has 25; in China every day has 24
    assert [intervals_in(dt.date(2026, m, d), 30, amsterdam) for m, d in ((3, 29), (10, 25))] == [46, 50]
    short, refused = read(OF_D1, day("20260329", count=46), day("20260329"), zone=amsterdam)
    assert len(short.told.values) == 46
    assert "46" in refused.why.zh
    # four half hours after midnight it is 3 o'clock: there is no 2 o'clock
    assert begin_of(dt.date(2026, 3, 29), 4, 30, amsterdam).strftime("%H:%M") == "03:00"


@pytest.mark.parametrize(
    ("lines", "line", "why"),
    [
        ([day()], 2, "前面没有 200 记录"),
        ([OF_D1.replace("KWH", "V"), day()], 2, "不是电量"),
        ([OF_D1.replace("KWH", "V"), day()], 3, "第 2 行的 200 记录未被接受"),
        ([OF_D1.replace("KWH,30", "KWH,60")], 2, "不是 5、15、30 分钟"),
        (["200,,E1,1,E1,N,,KWH,30,"], 2, "没有表号"),
        (["200,P0,E1,1,,N,D1,KWH,30,"], 2, "没有通道"),
        (["200,P0,E1"], 2, "记录只有 3 格"),
        ([OF_D1, day(count=47)], 3, "应有 48 个 30 分钟的用量，其后为质量标志；第 50 格却是“A”"),
        ([OF_D1, day(count=49)], 3, "第 52 格却是“A”"),
        ([OF_D1, day("20260230")], 3, "20260230"),
        ([OF_D1, day("05.03.26")], 3, "不是日期"),
        ([OF_D1, day(value="-0.5")], 3, "第 1 个区间的用量“-0.5”"),
        ([OF_D1, day(value="0.12345")], 3, "小数至多四位"),
        ([OF_D1, day(value="")], 3, "第 1 个区间的用量“”"),
        ([OF_D1, day(value="123456789")], 3, "整数至多八位"),
        ([OF_D1, day(value="1e3")], 3, "第 1 个区间"),
        ([OF_D1, day(quality="S")], 3, "“S”"),
        ([OF_D1, day(quality="X12")], 3, "“X12”"),
        ([OF_D1, day(quality="V")], 3, "只说明到第 0 个区间，共 48 个"),
        ([OF_D1, day(quality="V"), "400,1,20,A,,"], 3, "只说明到第 20 个区间，共 48 个"),
        (
            [OF_D1, day(quality="V"), "400,1,20,A,,", "400,22,48,A,,"],
            3,
            "第 5 行（400）的区间 22–48 不接在 20 之后",
        ),
        ([OF_D1, day(quality="V"), "400,1,49,A,,"], 3, "或超出 48"),
        ([OF_D1, day(quality="V"), "400,1,48,V,,"], 3, "第 4 行（400）"),
        ([OF_D1, day(), "400,1,48,A,,"], 3, "当日质量标志为 A 而非 V"),
        ([OF_D1, "400,1,48,A,,"], 3, "前面没有 300 记录"),
        (["777,1"], 2, "“777”不是 NEM12 的记录"),
        ([OF_D1, "900", day()], 4, "在 900 记录之后"),
        ([OF_D1, day() + ",,x"], 3, "多余"),
    ],
)
def test_a_line_that_the_format_does_not_have_is_refused_and_named(lines, line, why):
    refused = {one.line: one.why for one in read(*lines) if isinstance(one, RefusedLine)}
    assert why in refused[line].zh
    assert refused[line].en


def test_lines_beside_a_refused_one_are_taken():
    good, bad, further = read(OF_D1, day("20260303"), day("20260304", count=40), day("20260305"))
    assert [good.on.day, bad.line, further.on.day] == [3, 4, 5]


def test_a_file_without_its_end_and_one_of_another_form_are_refused_whole():
    with pytest.raises(FileCutShort, match="line 3"):
        list(read_nem12(nem12(OF_D1, day(), end=""), SHANGHAI))
    for text in ("", "表号,日期\nD1,2026-03-05", nem13(), nem12(header="200,P0")):
        with pytest.raises(NotNem):
            list(read_nem12(text, SHANGHAI))


@given(st.text(alphabet="0123459ANVS,.\n-", max_size=300))
def test_whatever_stands_in_a_file_is_read_or_refused_in_words(text):
    try:
        for one in read_nem12(f"{HEADER}\n{OF_D1}\n{text}\n900", SHANGHAI):
            assert isinstance(one, RefusedLine) or len(one.told.values) == 48
    except (NotNem, FileCutShort):
        pass


@given(st.lists(st.decimals(0, 9999, places=4), min_size=48, max_size=48))
def test_every_quantity_comes_as_it_stands(values):
    told = only(OF_D1, of([f"{value:f}" for value in values])).told
    assert told.values == tuple(values)


def test_a_record_250_is_a_reading_with_the_one_before_it():
    (found,) = read_nem13(nem13(reading(quality="E62", reason="53"), "550,N,,A,"))
    assert (found.meter, found.on, found.value) == ("D1", dt.date(2026, 3, 5), Decimal("152.5"))
    assert (found.before_on, found.before, found.quantity) == (
        dt.date(2026, 1, 31),
        Decimal(100),
        Decimal("52.5"),
    )
    assert (found.quality, found.method, found.reason) == ("E", "62", "53")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"direction": "I"}, "只接受 E"),
        ({"quality": "N"}, "没有示数"),
        ({"quality": "E"}, "质量标志"),
        ({"value": "-1"}, "示数“-1”"),
        ({"at": "20260305"}, "不是时刻"),
        ({"at": "20260305250000"}, "不是时刻"),
        ({"unit": "kW"}, "不是电量"),
        ({"quantity": "x"}, "用量“x”"),
    ],
)
def test_a_record_250_that_says_no_reading_is_refused_and_named(given, why):
    (refused,) = read_nem13(nem13(reading(**given)))
    assert refused.line == 2
    assert why in refused.why.zh
