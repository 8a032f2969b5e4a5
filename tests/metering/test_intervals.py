"""Interval data as it comes in and stands: nothing is overwritten unseen, and no order of files changes what stands."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.metering.conftest import AT, d
from tests.metering.nem_files import OF_D1, day, nem12, nem13, of, reading
from tongdian.agreements.actions import importing
from tongdian.agreements.importing.kinds.kind import Job
from tongdian.allowed import NotAllowed
from tongdian.calendar import SHANGHAI
from tongdian.metering import queries
from tongdian.metering.actions.intervals import NoIntervalsThatDay, take_intervals_back
from tongdian.metering.importing.intervals import IntervalData, _written
from tongdian.metering.models import IntervalDay, MeterReading

pytestmark = pytest.mark.django_db
MARCH_5 = dt.date(2026, 3, 5)


def bring(room, text, *, kind="nem12", confirm=True, viewer=None):
    """A file: its import."""
    who = viewer or room.town.officer
    made = importing.stage(
        viewer=who,
        organisation=room.town.campus.organisation,
        kind=kind,
        file_name="nem.csv",
        content=text.encode(),
        at=AT,
    )
    if confirm and any(made.counts.get(fate) for fate in ("new", "changed")):
        importing.confirm(viewer=who, brought=made, at=AT)
    return made


def stands(meter, on=MARCH_5, channel="E1"):
    """What stands of a day, if anything."""
    (row,) = [one for one in queries.newest_intervals([meter.pk], [on]) if one.channel == channel] or [None]
    return queries.intervals_of(row) if row is not None and row.values is not None else None


def whys(made):
    """The reasons of the rows that were refused."""
    return "; ".join(zh for row in made.rows.all() for _, zh, _ in row.reasons)


@pytest.fixture
def meter(room):
    found = room.meter()
    room.fit(found)
    return found


def test_a_file_is_seen_first_then_kept_and_the_same_file_again_changes_nothing(room, meter):
    text = nem12(OF_D1, day("20260304"), day("20260305", value="0.1234"))
    made = bring(room, text, confirm=False)
    assert made.counts == {"new": 2}, whys(made)
    first = made.rows.order_by("number").first()
    assert first.cells["received"] == "48 / 48"
    assert first.cells["total"] == "24.0"  # 48 x 0.5
    assert "values" not in first.cells  # three hundred figures are no preview
    assert stands(meter) is None
    importing.confirm(viewer=room.town.officer, brought=made, at=AT)
    assert sum(stands(meter).values) == d("5.9232")  # 48 x 0.1234
    again = bring(room, text)
    assert again.counts == {"same": 2}
    assert IntervalDay.objects.count() == 2


def test_the_meter_is_the_one_that_hung_at_the_metering_point_where_no_number_is_told(room, meter):
    assert bring(room, nem12(OF_D1.replace(",D1,", ",,"), day())).counts == {"new": 1}
    assert stands(meter) is not None


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((OF_D1.replace("D1", "D9"), day()), "没有登记此表号"),
        ((OF_D1.replace("P0", "P1"), day()), "装在计量点 P1 的是另一块表"),
        ((OF_D1, day("20251231")), "没有装在"),
        ((OF_D1, day("20260413")), "还没有到"),  # the clock stands at noon of 12 April
        ((OF_D1, day("20260413", quality="N")), "还没有到"),  # not even that nothing is known of it
        ((OF_D1, day("20260412")), "2026-04-13 00:00 结束的区间还没有到"),
        ((OF_D1, day(), day()), "与第 3 行重复"),
    ],
)
def test_a_day_that_cannot_be_is_refused_counted_and_none_is_kept(room, meter, lines, why):
    room.fit(room.meter("D2"), 1)
    made = bring(room, nem12(*lines))
    assert made.counts["refused"] == 1
    assert why in whys(made)
    assert IntervalDay.objects.count() == made.counts.get("new", 0)


def test_of_today_what_has_run_is_taken(room, meter):
    half = of(["0.5"] * 24 + ["0"] * 24, "20260412", "V")  # until noon, which it is
    one_more = bring(room, nem12(OF_D1, half, "400,1,25,A,,", "400,26,48,N,,"))
    assert "2026-04-12 12:30 结束的区间还没有到" in whys(one_more)
    assert bring(room, nem12(OF_D1, half, "400,1,24,A,,", "400,25,48,N,,")).counts == {"new": 1}


def test_a_water_meter_counts_no_kilowatt_hours(room):
    room.meter("W1", utility="water")
    made = bring(room, nem12(OF_D1.replace("D1", "W1"), day()))
    assert "不是电表" in whys(made)


def test_a_gap_and_an_estimate_are_filled_by_what_was_metered_as_a_further_version(room, meter):
    bring(room, nem12(OF_D1, day(quality="V"), "400,1,10,N,,", "400,11,20,E52,,", "400,21,48,A,,"))
    # 38 of 48 received: 10 x 0.5 estimated, 28 x 0.5 metered = 19 kWh
    made = bring(room, nem12(OF_D1, of(["0.7"] * 20 + ["0.5"] * 28)), confirm=False)
    (row,) = made.rows.all()
    assert row.fate == "changed"
    assert row.changes == [
        ["received", "38 / 48", "48 / 48"],
        ["total", "19", "28"],  # 20 x 0.7 + 28 x 0.5
        ["quality", "1–10 N, 11–20 E52, 21–48 A", "A"],
    ]
    importing.confirm(viewer=room.town.officer, brought=made, at=AT)
    assert [one.version for one in IntervalDay.objects.order_by("version")] == [1, 2]
    assert sum(stands(meter).values) == d("28")


def test_what_was_metered_is_overwritten_by_nothing(room, meter):
    bring(room, nem12(OF_D1, day()))
    for quality in ("N", "E52", "S53", "F14"):  # worse than what stands
        assert bring(room, nem12(OF_D1, day(value="9", quality=quality))).counts == {"same": 1}
    other = bring(room, nem12(OF_D1, day(value="0.6")))
    assert "2026-03-05 00:00 起的区间已有用量 0.5（实测），文件为 0.6；" in whys(other)
    longer = bring(room, nem12(OF_D1.replace("H,30", "H,15"), day(count=96)))
    assert "已按 30 min, kWh 保存" in whys(longer)
    assert IntervalDay.objects.count() == 1


def test_a_day_that_was_wrong_is_taken_back_with_a_reason_and_told_anew(room, meter):
    bring(room, nem12(OF_D1, day()))
    asked = {"viewer": room.town.officer, "meter": meter, "on": MARCH_5, "reason": "倍率有误", "at": AT}
    take_intervals_back(channel="E1", **asked)
    assert stands(meter) is None
    with pytest.raises(NoIntervalsThatDay):
        take_intervals_back(channel="E1", **asked)
    assert bring(room, nem12(OF_D1, day(value="0.6"))).counts == {"new": 1}
    assert stands(meter).values[0] == d("0.6")
    assert IntervalDay.objects.count() == 3


def test_an_import_is_undone_to_what_stood_before_it(room, meter):
    bring(room, nem12(OF_D1, day(quality="E52")))
    metered = bring(room, nem12(OF_D1, day(value="0.7"), day("20260304")))
    importing.undo(viewer=room.town.officer, brought=metered, at=AT)
    assert stands(meter).values[0] == d("0.5")
    assert stands(meter, dt.date(2026, 3, 4)) is None


def test_who_may_not_read_meters_brings_no_file(room, meter, viewer):
    auditor = viewer("auditor", at=room.town.campus.organisation)
    with pytest.raises(NotAllowed):
        bring(room, nem12(OF_D1, day()), viewer=auditor)
    job = Job(room.town.campus.organisation, auditor, AT)
    with pytest.raises(NotAllowed):  # nor by any other door
        IntervalData().existing([], job)


PARTS = [
    nem12(OF_D1, day(value="0.4", quality="E52")),
    nem12(OF_D1, of(["0.5"] * 24 + ["0"] * 24, quality="V"), "400,1,24,A,,", "400,25,48,N,,"),
    nem12(OF_D1, of(["0"] * 20 + ["0.6"] * 28, quality="V"), "400,1,20,N,,", "400,21,24,S53,,", "400,25,40,A,,", "400,41,48,S53,,"),
    nem12(OF_D1, day("20260304")),
]  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(PARTS * 2))
def test_any_order_and_number_of_files_leaves_the_same_days(room, meter, files):
    with transaction.atomic():
        for text in files:
            made = bring(room, text)
            assert "refused" not in made.counts, whys(made)
        # 1 to 24 metered, 25 to 40 metered, 41 to 48 substituted, which beats the estimate
        assert stands(meter).values == (d("0.5"),) * 24 + (d("0.6"),) * 24
        assert [run[:4] for run in stands(meter).runs] == [(1, 40, "A", ""), (41, 48, "S", "53")]
        assert set(stands(meter, dt.date(2026, 3, 4)).values) == {d("0.5")}
        transaction.set_rollback(True)


def test_completeness_counts_what_is_expected_and_names_every_gap_from_until(room, meter):
    bring(
        room,
        nem12(
            OF_D1,
            day("20260304", quality="V"), "400,1,40,A,,", "400,41,48,N,,",
            day("20260305", quality="V"), "400,1,4,N,,", "400,5,48,E52,,",
            day("20260307"),
        ),
    )  # fmt: skip
    month = queries.completeness(
        meter,
        "E1",
        first=dt.date(2026, 3, 4),
        last=dt.date(2026, 3, 31),
        until=dt.date(2026, 3, 8),
        zone=SHANGHAI,
    )
    # 4, 5, 6, 7 March: 4 x 48 = 192 expected; 40 + 44 + 0 + 48 = 132 received, 44 of them estimated
    assert (month.expected, month.received, month.estimated) == (192, 132, 44)
    said = [(f"{gap.begins:%d %H:%M}", f"{gap.ends:%d %H:%M}", gap.intervals) for gap in month.gaps]
    assert said == [("04 20:00", "05 02:00", 12), ("06 00:00", "07 00:00", 48)]  # 12 = 8 + 4
    assert [one.total for one in month.days] == [d("20"), d("22"), None, d("24")]


def test_the_smallest_quantity_of_the_format_is_kept_to_its_last_digit_and_read_again_as_the_same(
    room, meter
):
    text = nem12(OF_D1.replace("KWH", "WH"), of(["0.0001"] * 24 + ["0.0000"] * 24))
    assert bring(room, text).counts == {"new": 1}
    # 0.0001 Wh = 0.0000001 kWh, seven decimals: all that are kept
    assert stands(meter).values == (d("0.0000001"),) * 24 + (d("0"),) * 24
    assert bring(room, text).counts == {"same": 1}


@given(st.lists(st.none() | st.decimals("0", "99999999999", places=7), min_size=1, max_size=96))
def test_a_day_is_read_from_the_database_as_it_was_written(values):
    assert queries.values_read(_written(values)) == tuple(values)


def test_the_database_keeps_no_day_without_channel_length_and_unit(room, meter):
    given_ = {
        "meter": meter,
        "on": MARCH_5,
        "channel": "E1",
        "minutes": 30,
        "unit": "kWh",
        "values": [d("1")],
        "at": AT,
    }
    for wrong in ({"minutes": 7}, {"unit": "kW"}, {"channel": ""}, {"values": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            IntervalDay.objects.create(**given_ | wrong)


def test_a_reading_of_nem13_is_a_reading_like_any_other(room, meter):
    room.read(meter, (1, 31), "100")
    text = nem13(reading())
    made = bring(room, text, kind="nem13")
    assert made.counts == {"new": 1}, whys(made)
    (row,) = queries.standing(meter).filter(on=MARCH_5)
    assert (row.value, row.quality, row.source) == (d("152.5"), "actual", "file")
    assert bring(room, text, kind="nem13").counts == {"same": 1}


def test_a_method_of_nem13_is_the_packs_method_of_that_code(room, meter):
    made = bring(room, nem13(reading(quality="E62", reason="53")), kind="nem13")
    assert made.counts == {"new": 1}, whys(made)
    (row,) = queries.standing(meter).filter(on=MARCH_5)
    # the pack's table of methods: previous_usage has NEM12's 62
    assert (row.quality, row.method, row.reason) == ("estimated", "previous_usage", "NEM13 E62 53")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"quality": "E44"}, "不在可选值之中"),
        ({"before": "99"}, "上次示数为 99，此处为 100.00"),
        ({"quantity": "525"}, "不等于示数之差 52.5 乘倍率 1"),  # (152.5 - 100) x 1 = 52.5, not 525
        ({"value": "90", "quantity": "10"}, "不等于示数之差"),
        ({"value": "152.555", "quantity": "52.555"}, "小数多于"),
    ],
)
def test_a_record_that_does_not_fit_what_stands_is_refused(room, meter, given, why):
    room.read(meter, (1, 31), "100")
    made = bring(room, nem13(reading(**given)), kind="nem13")
    assert made.counts == {"refused": 1}
    assert why in whys(made)
    assert MeterReading.objects.filter(on=MARCH_5).count() == 0


def test_a_register_that_ran_full_turned_over_where_the_quantity_says_so(room, meter):
    # five digits: 100000 - 99990 + 5 = 15
    made = bring(room, nem13(reading(before="99990", value="5", quantity="15")), kind="nem13")
    assert made.counts == {"new": 1}, whys(made)
    assert MeterReading.objects.get(on=MARCH_5).turned


def test_the_page_says_how_complete_a_month_is_and_what_is_missing(room, meter, client):
    lines = (day("20260304"), day("20260305", quality="V"), "400,1,40,A,,", "400,41,48,N,,", day("20260331"))
    bring(room, nem12(OF_D1, *lines))
    client.force_login(room.town.officer)
    page = client.get(
        f"/meters/{meter.pk}/intervals/?month=2026-03&day=2026-03-05", headers={"accept-language": "en"}
    )
    said = page.content.decode()
    # 31 days x 48 = 1488 expected; 48 + 40 + 48 = 136 received, 9.1 %
    assert ">1488<" in said
    assert "136" in said
    assert "9.1 %" in said
    # 28 whole days before, between and after, and from 20:00 on the 5th: 1 and 2 March..., 6 to 30 March
    assert "2026-03-05 20:00 – 2026-03-31 00:00" in said
    assert "2026-03-01 00:00 – 2026-03-04 00:00" in said
    assert '"series": [["E1", [0.5' in said
    assert (
        page.context["heat"]["rows"][4] == [0.5] * 40 + [None] * 8
    )  # the 5th: what is missing has no colour
    assert page.context["heat"]["rows"][0] == [None] * 48
    assert [bool(one) for one in page.context["heat"]["addresses"]].count(True) == 3
    assert "Most: 0.5 kWh from 2026-03-04 00:00." in said  # the first of several as great
    assert ">68<" in said  # (48 + 40 + 48) x 0.5
    file = client.post(f"/meters/{meter.pk}/intervals/?month=2026-03", {"as": "csv"})
    rows = b"".join(file.streaming_content).decode().splitlines()
    assert rows[1] == "2026-03-04 00:00,2026-03-04 00:30,0.5,kWh,A,,"
    assert rows[96] == "2026-03-05 23:30,2026-03-06 00:00,,kWh,N,,"  # what is missing is empty, never 0
    assert len(rows) == 1 + 3 * 48
    assert client.get(f"/meters/{meter.pk}/intervals/?month=x").status_code == 404
    assert client.get(f"/meters/{meter.pk}/intervals/?channel=Q9").status_code == 404
    assert client.get(f"/meters/{meter.pk}/").content.decode().count("/intervals/") == 1


def test_a_meter_without_interval_data_says_where_it_comes_from(room, meter, client, viewer):
    client.force_login(room.town.officer)
    said = client.get(f"/meters/{meter.pk}/intervals/", headers={"accept-language": "en"}).content.decode()
    assert "Its data comes from a NEM12 file." in said
    assert "/imports/?kind=nem12" in said
    client.force_login(viewer("auditor", at=room.town.campus.organisation))
    page = client.get(f"/meters/{meter.pk}/intervals/", headers={"accept-language": "zh-hans"})
    assert "此表尚无区间用量" in page.content.decode()
    assert "/imports/?kind=nem12" not in page.content.decode()  # who may bring none is offered none
