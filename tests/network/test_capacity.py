"""Transformers: what is promised on them, what is free, never more than there is."""

from decimal import Decimal

import pytest

from tests.network.conftest import AT, make_organisation
from tongdian.network import actions, queries
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Load, NotEnoughCapacity, OtherOrganisation, OtherUtility
from tongdian.registers.action import StillUsed
from tongdian.registers.fields import BadValue
from tongdian.spoken import plain

pytestmark = pytest.mark.django_db


def point(campus, code, kw, **more):
    given = {"utility": "power", "transformer": campus.transformer} | more
    return actions.add_usage_point(
        viewer=campus.officer,
        place=campus.flats[0],
        code=code,
        at=AT,
        capacity_kw=kw and Decimal(kw),
        **given,
    )


def free(campus) -> Decimal:
    return queries.load(campus.transformer).free_kw


def test_free_is_capacity_times_power_factor_less_what_is_promised(campus):
    point(campus, "P1", "40.25")
    point(campus, "P2", "9.75")
    point(campus, "P3", None)
    [(_, load)] = queries.with_loads(queries.transformers(campus.officer))
    assert load.usable_kw == Decimal(90)  # 100 kVA × 0.90
    assert load.committed_kw == Decimal("50.00")  # 40.25 + 9.75
    assert load.free_kw == Decimal("40.00")
    assert (load.points, load.unstated, load.percent) == (3, 1, 56)  # 50 / 90 = 55.6 %, up
    assert queries.load(campus.transformer) == load


def test_the_last_kilowatt_is_given_and_not_one_hundredth_more(campus):
    point(campus, "P1", "40")
    with pytest.raises(NotEnoughCapacity) as refused:
        point(campus, "P2", "50.01")  # 90 − 40 = 50
    assert refused.value.facts["free"] == "50"
    assert "50.01" in refused.value.say("zh")
    point(campus, "P2", "50")
    assert free(campus) == 0


def test_a_point_that_grows_is_measured_without_itself(campus):
    one = point(campus, "P1", "60")
    actions.promise_capacity(viewer=campus.officer, point=one, capacity_kw=Decimal(90), at=AT)
    assert free(campus) == 0
    with pytest.raises(NotEnoughCapacity):
        actions.promise_capacity(viewer=campus.officer, point=one, capacity_kw=Decimal(91), at=AT)
    with pytest.raises(BadValue, match=r"0\.01"):
        actions.promise_capacity(viewer=campus.officer, point=one, capacity_kw=Decimal(0), at=AT)


def test_a_transformer_is_not_exchanged_for_one_too_small_for_its_promises(campus):
    point(campus, "P1", "60")
    given = {
        "viewer": campus.officer,
        "transformer": campus.transformer,
        "code": "T1",
        "name": "1 号变",
        "power_factor": Decimal("0.9"),
        "place": None,
        "is_public": True,
        "at": AT,
    }
    with pytest.raises(NotEnoughCapacity):
        actions.change_transformer(capacity_kva=Decimal("66.66"), **given)  # 59.994 kW < 60
    actions.change_transformer(capacity_kva=Decimal("66.67"), **given)  # 60.003 kW
    campus.transformer.refresh_from_db()
    assert free(campus) == Decimal("0.003")


def test_a_point_too_large_already_may_still_shrink(campus):
    one = point(campus, "P1", "60")
    UsagePoint.objects.filter(pk=one.pk).update(capacity_kw=Decimal(200))
    actions.promise_capacity(viewer=campus.officer, point=one, capacity_kw=Decimal(120), at=AT)
    assert free(campus) == Decimal(-30)


def test_water_does_not_come_from_a_transformer(campus):
    with pytest.raises(OtherUtility):
        point(campus, "W1", None, utility="water")
    with pytest.raises(OtherUtility):
        point(campus, "W1", None, utility="water", transformer=None, feeder=campus.feeder)


def test_a_point_hangs_on_lines_of_its_own_organisation(campus, viewer):
    other = make_organisation("WC", "王城校区")
    line = actions.add_feeder(
        viewer=viewer("officer", "wang", at=other),
        organisation=other,
        utility="power",
        code="F9",
        name="王城一线",
        at=AT,
    )
    with pytest.raises(OtherOrganisation):
        point(campus, "P1", "1", transformer=None, feeder=line)


def test_the_feeder_of_a_point_is_its_transformers(campus):
    assert point(campus, "P1", "1").feeder == campus.feeder


def test_equipment_that_feeds_something_stays(campus):
    one = point(campus, "P1", "1")
    for remove in (
        lambda: actions.remove_feeder(viewer=campus.officer, feeder=campus.feeder, at=AT),
        lambda: actions.remove_transformer(viewer=campus.officer, transformer=campus.transformer, at=AT),
    ):
        with pytest.raises(StillUsed):
            remove()
    actions.remove_usage_point(viewer=campus.officer, point=one, at=AT)
    actions.remove_transformer(viewer=campus.officer, transformer=campus.transformer, at=AT)
    actions.remove_feeder(viewer=campus.officer, feeder=campus.feeder, at=AT)


def test_numbers_are_written_as_people_write_them():
    load = Load(Decimal("630.00"), Decimal("0.90"), Decimal("600"))
    assert plain(load.usable_kw) == "567"
    assert plain(load.free_kw) == "−33"
    assert plain(Decimal("12.50")) == "12.5"
    assert plain(Decimal("1E+2")) == "100"
