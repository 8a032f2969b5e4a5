"""师政后勤〔2016〕4号 35: what a hall used while it was closed, by registers read several times a day; from the finding to an
act in one step."""

import datetime as dt
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cases.conftest import at
from tests.supply.school import moment
from tests.supply.test_permits import applied, approved
from tongdian.metering.actions.meters import add_meter, fit_meter
from tongdian.metering.actions.timed import read_meter_at, take_timed_reading_back
from tongdian.metering.models import TimedReading
from tongdian.metering.rules import (
    FinerThanRegister,
    MomentToCome,
    NotInPlace,
    NotReadThatMoment,
    PassesNext,
    ReadThatMoment,
    TurnTooLarge,
    WentBack,
)
from tongdian.network.models import UsagePoint
from tongdian.policy.outside import UseVerdict
from tongdian.supply import queries
from tongdian.supply.models import SupplySwitch

pytestmark = pytest.mark.django_db
FRIDAY = dt.date(2026, 3, 6)  # the lecture hall is closed before 08:00 and from 18:00 by 35(3)


@pytest.fixture
def metered(school, viewer):
    """A meter of multiplier 20 at the lecture hall."""
    school.reader = viewer("officer", "reader", at=school.campus)
    school.point = UsagePoint.objects.create(place=school.hall, code="YS-TL-E", utility="power")
    school.meter = hang(school, "D0412", school.point, multiplier="20")
    return school


def hang(school, code, point, *, multiplier="1"):
    meter = add_meter(
        viewer=school.reader, organisation=school.campus, code=code, utility="power", kind="remote",
        multiplier=Decimal(multiplier), digits=Decimal(4), decimals=Decimal(2), owner="supplier", at=at("2026-01-02"),
    )  # fmt: skip
    fit_meter(
        viewer=school.reader, meter=meter, usage_point=point, on=dt.date(2026, 1, 2), value=Decimal(0), at=at("2026-01-02")
    )  # fmt: skip
    return meter


def read(school, clock, value, *, meter=None, entered="2026-03-08", **more):
    return read_meter_at(
        viewer=school.reader, meter=meter or school.meter, read_at=moment(clock), value=Decimal(value), at=at(entered), **more
    )  # fmt: skip


def evening(school):
    """Friday: 100.00 at 17:00, 103.00 at 18:30, 104.50 at 20:00, 104.50 at 21:00, 106.25 at 23:00."""
    for clock, value in {
        "17:00": "100.00", "18:30": "103.00", "20:00": "104.50", "21:00": "104.50", "23:00": "106.25",
    }.items():  # fmt: skip
        read(school, f"2026-03-06 {clock}", value)


def used(school, day=FRIDAY, where=None):
    [found] = queries.used_at([where or school.hall], first=day, last=day)
    return found


def test_35_3_what_the_hall_used_on_a_closed_evening_is_a_finding_with_its_rule(metered):
    evening(metered)
    use = used(metered)
    assert [one.judged.verdict for one in use.usages] == [
        UseVerdict.UNDECIDED,  # 17:00–18:30: it closed at 18:00; 60 kWh are not spread over the hour
        UseVerdict.OUTSIDE,
        UseVerdict.OUTSIDE,
        UseVerdict.OUTSIDE,
    ]
    [finding] = use.findings
    # (104.50 - 103.00) x 20 = 30 kWh, 0 between 20:00 and 21:00, (106.25 - 104.50) x 20 = 35 kWh
    assert finding.quantity == Decimal(65)
    assert (finding.first, finding.until) == (dt.datetime(2026, 3, 6, 18, 30), dt.datetime(2026, 3, 6, 23))
    assert finding.cite == ("35(3)",)


def test_25_an_approved_evening_is_no_finding_and_what_runs_beyond_it_is(metered):
    approved(metered, applied(metered))  # 19:00 to 22:00
    evening(metered)
    use = used(metered)
    assert [one.judged.verdict for one in use.usages] == [
        UseVerdict.UNDECIDED,  # 17:00–18:30: it closed at 18:00
        UseVerdict.UNDECIDED,  # 18:30–20:00: it opened at 19:00
        UseVerdict.ALLOWED,
        UseVerdict.UNDECIDED,  # 21:00–23:00: the permit ended at 22:00
    ]
    assert use.findings == []
    read(metered, "2026-03-06 23:30", "106.50")
    [finding] = used(metered).findings
    assert finding.quantity == Decimal("5.00")  # (106.50 - 106.25) x 20


def test_two_evenings_are_two_findings_and_midnight_parts_none(metered):
    evening(metered)
    read(metered, "2026-03-07 01:00", "107.25")  # Friday night is closed until Saturday 08:00
    [finding] = used(metered).findings
    assert finding.quantity == Decimal(85)  # 65 + (107.25 - 106.25) x 20
    read(metered, "2026-03-05 19:00", "90")
    read(metered, "2026-03-05 22:00", "91")
    found, is_more = queries.used_outside(metered.officer, first=dt.date(2026, 3, 5), last=FRIDAY)
    assert [(one.first.day, one.quantity) for one in found] == [(6, Decimal(85)), (5, Decimal(20))]
    assert not is_more


def test_what_protects_from_fire_runs_at_all_hours(metered):
    evening(metered)
    SupplySwitch.objects.create(
        organisation=metered.campus, usage_point=metered.point, code="K1", host="10.0.0.9", port=502, unit=1, coil=0,
        protects="fire",
    )  # fmt: skip
    assert queries.used_at([metered.hall], first=FRIDAY, last=FRIDAY) == []


def test_a_place_without_timetable_or_with_one_reading_says_nothing(metered):
    read(metered, "2026-03-06 19:00", "100")
    assert queries.used_at([metered.hall], first=FRIDAY, last=FRIDAY) == []


def test_a_register_that_ran_full_counts_over_its_end(metered):
    read(metered, "2026-03-06 19:00", "9999.50")
    read(metered, "2026-03-06 20:00", "0.25", turned=True)
    [finding] = used(metered).findings
    assert finding.quantity == Decimal(15)  # (0.25 - 9999.50 + 10000) x 20


@pytest.mark.parametrize(
    ("clock", "value", "more", "refused"),
    [
        ("2026-03-09 08:00", "104", {}, MomentToCome),
        ("2026-01-01 08:00", "104", {}, NotInPlace),
        ("2026-03-06 19:00", "104.001", {}, FinerThanRegister),
        ("2026-03-06 18:30", "104", {}, ReadThatMoment),
        ("2026-03-06 19:00", "102.99", {}, WentBack),
        ("2026-03-06 19:00", "104.51", {}, PassesNext),
        ("2026-03-06 23:30", "6000", {"turned": True}, TurnTooLarge),
    ],
)
def test_a_figure_that_cannot_be_is_refused_and_none_is_kept(metered, clock, value, more, refused):
    evening(metered)
    with pytest.raises(refused):
        read(metered, clock, value, **more)
    assert TimedReading.objects.count() == 5


def test_a_wrong_figure_is_taken_back_stays_readable_and_another_is_entered(metered):
    evening(metered)
    wrong = moment("2026-03-06 20:00")
    take_timed_reading_back(
        viewer=metered.reader, meter=metered.meter, read_at=wrong, reason="抄错", at=at("2026-03-08", 12)
    )
    [finding] = used(metered).findings
    assert finding.quantity == Decimal(65)  # (104.50 - 103.00) x 20 + (106.25 - 104.50) x 20
    with pytest.raises(NotReadThatMoment):
        take_timed_reading_back(
            viewer=metered.reader, meter=metered.meter, read_at=wrong, reason="抄错", at=at("2026-03-08", 12)
        )
    read(metered, "2026-03-06 20:00", "103.50", entered="2026-03-09")
    versions = TimedReading.objects.filter(read_at=wrong).order_by("version")
    assert [one.value for one in versions] == [Decimal("104.50"), None, Decimal("103.50")]
    assert read(metered, "2026-03-06 20:00", "103.50").version == 3  # the same again is the one that stands


# ---------------------------------------------------------------- pages
def test_the_day_of_a_place_tells_what_ran_while_it_was_closed_and_has_its_numbers_as_a_table(
    client, metered
):
    evening(metered)
    client.force_login(metered.officer)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/places/{metered.hall.pk}/supply/use/?day=2026-03-06")
    assert len(asked) <= 40
    text = page.content.decode()
    [use] = page.context["uses"]
    assert use.chart["labels"] == ["17:00–18:30", "18:30–20:00", "20:00–21:00", "21:00–23:00"]
    assert [values for _, values in use.chart["series"]] == [[0, 0, 0, 0], [0, 30, 0, 35], [60, 0, 0, 0]]
    assert use.chart["shaded"] == [(1, 3, "停止供应")]  # not the span within which it closed
    assert "65 kWh" in text
    assert "第三十五条（三）" in text
    assert client.get(f"/places/{metered.hall.pk}/supply/use/?day=x").status_code == 404
    assert "没有" in client.get(f"/places/{metered.stadium.pk}/supply/use/?day=2026-03-06").content.decode()


def test_the_duty_officer_takes_a_finding_into_an_act_with_one_step(client, metered):
    evening(metered)
    client.force_login(metered.technician)
    page = client.get("/supply/used-outside/?day=2026-03-06")
    [shown] = page.context["findings"]
    [(_, section)] = shown.sections
    asked = {name: values[0] for name, values in parse_qs(urlsplit(section["address"]).query).items()}
    assert asked["place"] == "YS-TL"
    form = client.get(section["address"])
    values = form.context["form"].initial
    assert (values["hour"], values["seen_by"]) == ("18:30", "计量表 D0412 的定时抄见数")
    assert "18:30 至 2026-03-06 23:00，YS-TL-E 用量 65 kWh；该时段停止供应，依据" in values["text"]
    assert "第三十五条（三）" in values["text"]
    other = client.get(section["address"].replace("10%3A30", "10%3A31"))  # no finding begins then
    assert "65 kWh" not in other.content.decode()
    assert client.get("/conduct/record/?place=YS-TL&used=x&from=x").status_code == 200


def test_who_may_not_record_is_offered_nothing(client, metered, viewer):
    evening(metered)
    client.force_login(viewer("supervisor", "looks-on", at=metered.campus))
    page = client.get("/supply/used-outside/?day=2026-03-06")
    assert all(not shown.sections for shown in page.context["findings"])


def test_a_file_of_timed_readings_comes_in_with_what_cannot_be_refused(metered):
    from tongdian.agreements.actions import importing

    lines = [
        "表号,抄表时刻,示数", "D0412,2026-03-06 19:00,100.00", "D0412,2026-03-06T20:00+08:00,101.50", "D0412,昨晚,5",
        "D0412,2027-03-06 20:00,5", "D9,2026-03-06 20:00,5", "D0412,2026-03-06 20:00,101.50",
    ]  # fmt: skip
    made = importing.stage(
        viewer=metered.reader, organisation=metered.campus, kind="timed", file_name="x.csv",
        content="\n".join(lines).encode(), at=at("2026-03-08"),
    )  # fmt: skip
    assert made.counts == {"new": 2, "refused": 4}, [row.reasons for row in made.rows.all()]
    importing.confirm(viewer=metered.reader, brought=made, at=at("2026-03-08"))
    [finding] = used(metered).findings
    assert finding.quantity == Decimal(30)  # (101.50 - 100.00) x 20
    made.refresh_from_db()
    importing.undo(viewer=metered.reader, brought=made, at=at("2026-03-09"))
    assert queries.used_at([metered.hall], first=FRIDAY, last=FRIDAY) == []
    assert TimedReading.objects.count() == 4  # both taken back, and readable
