"""师政后勤〔2016〕4号 8(2), 10(1), 11, 52; 国能监管 附件1 tasks 32–34: a stage that fits, reads or removes a meter
writes the register, and is not complete without it."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.cases.brought import brought, hung, in_store
from tests.cases.conftest import SCAN, adopt, at, make_campus, organisation, supplied
from tests.cases.test_consistency import hand_in_all
from tests.cases.test_engine import PAPERS, close, hand_in, open_now
from tongdian.cases import actions
from tongdian.cases.actions import open_case
from tongdian.cases.rules import evidence_file
from tongdian.metering import queries
from tongdian.metering.models import Meter, MeterInstallation
from tongdian.metering.refusing import (
    HangsElsewhere,
    MeterNotEntered,
    MultiplierDiffers,
    NoMeterThere,
    ReadSince,
    SeveralMeters,
)
from tongdian.metering.rules import PointHasMeter, WentBack
from tongdian.network.models import UsagePoint

pytestmark = pytest.mark.django_db

SIGNED = evidence_file("0" * 64, "signed.jpg")


@pytest.fixture
def campus(db, viewer):
    return make_campus(viewer)


@pytest.fixture
def shop_case(campus):
    return opened(campus, "shop-application", "2026-03-02")


def opened(campus, process, day):
    return open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process=process,
        customer=campus.wang,
        place=campus.shop,
        at=at(day),
    )


def to_install(campus, case):
    """The shop's application by 8(2) up to the fitting of its meters."""
    hand_in(case, *PAPERS)
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-04", facts={"approved": "true"})
    close(case, campus.clerk, "accept", "2026-03-04")
    close(case, campus.clerk, "sign", "2026-03-05", evidence=[SCAN])
    close(case, campus.clerk, "deposit", "2026-03-05")
    case.refresh_from_db()
    return case


def install(campus, case, **facts):
    """Close the stage with these numbers and first readings, by hand."""
    case.refresh_from_db()
    told = {"supplies": "power", "power_meter": "D7", "power_start": "12.5"} | facts
    return actions.close_stage(
        viewer=campus.technician,
        case=case,
        stage="install",
        seen=case.seq,
        at=at("2026-03-09"),
        facts={name: value for name, value in told.items() if name != "supplies"},
        evidence=[SIGNED],
    )


def test_a_shop_has_no_meter_that_the_register_does_not_know(campus, shop_case):
    case = to_install(campus, shop_case)
    both = {"water_meter": "S7", "water_start": "3"}
    with pytest.raises(MeterNotEntered, match="D7"):
        install(campus, case, **both)
    in_store(campus.shop, "power", "D7")
    in_store(campus.shop, "water", "S7")
    install(campus, case, **both)
    hangs = {row.usage_point.utility: row for row in MeterInstallation.objects.all()}
    assert {row.meter.code for row in hangs.values()} == {"D7", "S7"}
    first = queries.standing(hangs["power"].meter).get()
    assert (first.value, first.on, first.source, first.case) == (
        Decimal("12.5"),
        dt.date(2026, 3, 9),
        "case",
        case.number,
    )


def test_a_point_with_a_meter_gets_no_second(campus, shop_case):
    case = to_install(campus, shop_case)
    both = {"water_meter": "S7", "water_start": "3"}
    in_store(campus.shop, "power", "D7")
    in_store(campus.shop, "water", "S7")
    hung(UsagePoint.objects.get(place=campus.shop, utility="power"), "D6")
    with pytest.raises(PointHasMeter, match="D6"):
        install(campus, case, **both)
    assert not MeterInstallation.objects.filter(meter__code="S7").exists()  # nothing half kept


def test_who_fitted_it_in_the_register_first_says_the_same_first_reading(campus, shop_case):
    case = to_install(campus, shop_case)
    both = {"water_meter": "S7", "water_start": "3"}
    in_store(campus.shop, "water", "S7")
    meter = hung(UsagePoint.objects.get(place=campus.shop, utility="power"), "D7")
    with pytest.raises(HangsElsewhere):
        install(campus, case, **both)
    install(campus, case, power_start="0", **both)
    assert [row.on for row in queries.standing(meter)] == [dt.date(2020, 1, 1)]


@pytest.fixture
def housing(campus, viewer):
    office = organisation("office", "房管科", "YSFG", parent=campus.campus, fills=["housing-office"])
    return viewer("clerk", "housing-clerk", at=office)


def moving_out(campus, housing):
    case = opened(campus, "move-out", "2026-06-01")
    close(case, housing, "notice", "2026-06-01")
    return case


def read_together(campus, housing, case, **given):
    for who, stage in (
        (housing, "read_housing"),
        (campus.clerk, "read_centre"),
        (campus.counter, "read_user"),
    ):
        case.refresh_from_db()
        actions.close_stage(
            viewer=who,
            case=case,
            stage=stage,
            seen=case.seq,
            at=at("2026-06-02"),
            given={"fittings": "sound"} | given,
            evidence=[SIGNED],
        )


def test_what_three_parties_read_together_is_the_final_reading(campus, housing):
    """10(1): the housing office, the centre and the user read 1,234.5 together."""
    meter = hung(supplied(campus).usage_point)
    case = moving_out(campus, housing)
    read_together(campus, housing, case, power="1234.5")
    last = queries.standing(meter).last()
    assert (last.value, last.on, last.quality) == (Decimal("1234.5"), dt.date(2026, 6, 2), "final")
    assert (last.source, last.case) == ("case", case.number)


def test_a_final_reading_of_10_1_is_written_when_all_three_have_read(campus, housing):
    meter = hung(supplied(campus).usage_point)
    case = moving_out(campus, housing)
    close(case, housing, "read_housing", "2026-06-02", given={"power": "1234.5", "fittings": "sound"})
    assert queries.standing(meter).last().value == 0  # what one says is not yet agreed


def test_nobody_moves_out_of_a_flat_whose_meter_nobody_entered(campus, housing):
    supplied(campus)
    case = moving_out(campus, housing)
    with pytest.raises(NoMeterThere):
        read_together(campus, housing, case)


def test_a_final_reading_below_the_last_one_is_refused_and_the_stage_stays_open(campus, housing):
    meter = hung(supplied(campus).usage_point)
    read(campus, meter, "2026-05-31", "1300")
    case = moving_out(campus, housing)
    with pytest.raises(WentBack):
        read_together(campus, housing, case, power="1234.5")
    case.refresh_from_db()
    assert queries.standing(meter).last().value == Decimal("1300")


def test_read_by_the_round_that_day_it_becomes_the_final_one(campus, housing):
    meter = hung(supplied(campus).usage_point)
    read(campus, meter, "2026-06-02", "1234.5")
    case = moving_out(campus, housing)
    read_together(campus, housing, case, power="1234.5")
    said = queries.versions(meter, dt.date(2026, 6, 2))
    assert [(row.version, row.quality) for row in said] == [(2, "final"), (1, "actual")]


def test_each_of_two_meters_is_read(campus, housing):
    one = hung(supplied(campus).usage_point)
    point = UsagePoint.objects.create(place=campus.shop, utility="power", code="S3-D2")
    other = hung(point)
    case = moving_out(campus, housing)
    read_together(campus, housing, case, power="10", power_2="20")
    assert [queries.standing(row).last().value for row in (one, other)] == [10, 20]


def read(campus, meter, day, value):
    from tongdian.metering.actions.readings import read_meter

    return read_meter(
        viewer=campus.clerk,
        meter=meter,
        on=dt.date.fromisoformat(day),
        value=Decimal(value),
        quality="actual",
        at=at("2026-06-02"),
    )


def temporary(campus):
    case = opened(campus, "temporary-use-application", "2026-03-02")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true", "metered": "true"})
    close(case, campus.clerk, "connect", "2026-03-04", facts={"supplies": "power"})
    close(case, campus.technician, "install", "2026-03-04", facts={"power_start": "100"})
    return case


def test_the_meter_of_a_temporary_use_is_removed_with_its_final_reading(campus):
    """52: fitted at 100 for the works, read and removed at 860 when they end: 760 kWh."""
    case = temporary(campus)
    close(case, campus.technician, "read", "2026-03-20", facts={"power_end": "860"})
    (row,) = MeterInstallation.objects.all()
    assert (row.fitted_on, row.removed_on) == (dt.date(2026, 3, 4), dt.date(2026, 3, 20))
    used = queries.usage_of(row.usage_point, dt.date(2026, 3, 4), dt.date(2026, 3, 20))
    assert used.quantity == Decimal("760")
    assert used.segments[0].now.quality == "final"


def test_one_figure_does_not_stand_for_two_meters(campus):
    case = temporary(campus)
    place = campus.shop
    other = hung(UsagePoint.objects.create(place=place, utility="power", code="S3-D9"))
    with pytest.raises(SeveralMeters):
        close(case, campus.technician, "read", "2026-03-20", facts={"power_end": "860"})
    for meter in Meter.objects.filter(installations__in_place__endswith=None):
        read(campus, meter, "2026-03-20", "5" if meter == other else "860")
    close(case, campus.technician, "read", "2026-03-20", facts={"power_end": "860"})


def test_withdrawn_the_meter_hangs_there_no_more_unless_it_was_read_since(campus):
    case = temporary(campus)
    meter = Meter.objects.get(installations__isnull=False)
    read(campus, meter, "2026-03-31", "120")
    case.refresh_from_db()
    withdrawn = {"viewer": campus.counter, "case": case, "reason": "不办了", "at": at("2026-04-02")}
    with pytest.raises(ReadSince):
        actions.withdraw(seen=case.seq, **withdrawn)
    from tongdian.metering.actions.readings import take_reading_back

    take_reading_back(
        viewer=campus.clerk, meter=meter, on=dt.date(2026, 3, 31), reason="错抄", at=at("2026-04-01")
    )
    actions.withdraw(seen=case.seq, **withdrawn)
    assert not MeterInstallation.objects.exists()
    assert not queries.standing(meter).exists()
    assert len(queries.versions(meter, dt.date(2026, 3, 4))) == 2  # both stay readable


@pytest.fixture
def grid(db, viewer):
    """A grid supplier and its clerk."""
    made = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt(made, "nea-2021-37")
    return made, viewer("administrator", "grid-clerk", at=made)


def to_the_meter(grid, process, stage, **facts):
    """A connection up to its meter."""
    made, clerk = grid
    case = open_case(
        viewer=clerk,
        organisation=made,
        pack="nea-2021-37",
        process=process,
        customer=None,
        place=None,
        facts=facts,
        at=at("2026-03-02"),
    )
    while stage not in open_now(case):
        for one in open_now(case):
            hand_in_all(case)
            chosen = {"equipment": "own"} if one == "choose" else {}
            close(case, clerk, one, "2026-03-03", facts=chosen)
    return case, clerk


def test_power_is_on_with_the_first_reading_of_the_meter_that_hangs_there(grid):
    """附件1/32: fitted at 0 with the power, removed at 5,210 with its end."""
    case, clerk = to_the_meter(grid, "temporary-supply", "energise", capacity="50")
    close(case, clerk, "energise", "2026-03-05")
    (row,) = MeterInstallation.objects.all()
    assert (row.meter.code, row.fitted_on) == ("4530000123", dt.date(2026, 3, 5))
    close(case, clerk, "remove", "2026-06-30", facts={"meter_end": "5210"})
    row.refresh_from_db()
    assert row.removed_on == dt.date(2026, 6, 30)
    used = queries.usage_of(row.usage_point, row.fitted_on, row.removed_on)
    assert used.quantity == Decimal("5210")


def test_the_ratio_of_the_job_sheet_is_that_of_the_register(grid):
    """附件2-2/4(1): a ratio of 200 on the sheet, 40 in the register."""
    case, clerk = to_the_meter(grid, "high-voltage-single-connection", "meter", capacity="800")
    case.refresh_from_db()
    more = brought(case, "meter", facts={"meter_ratio": "200"})
    Meter.objects.update(multiplier=40)
    with pytest.raises(MultiplierDiffers, match="40"):
        actions.close_stage(
            viewer=clerk, case=case, stage="meter", seen=case.seq, at=at("2026-03-20"), **more
        )
