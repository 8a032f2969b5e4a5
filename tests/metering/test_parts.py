"""师政后勤〔2016〕4号 47(1): the main meter's usage less that of the meters behind it, nested, exact."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.metering.conftest import AT, d
from tongdian.metering import queries
from tongdian.metering.actions.parts import (
    add_virtual_meter,
    count_point,
    leave_point_out,
    meter_apart,
    meter_behind,
)
from tongdian.metering.models import SubMetering
from tongdian.metering.rules import (
    CountsAlready,
    GoesInCircles,
    HasMaster,
    NotBehind,
    OtherUtilityBehind,
    PartsChanged,
    UsageMissing,
)
from tongdian.network.models import UsagePoint

pytestmark = pytest.mark.django_db

JANUARY, MARCH = dt.date(2026, 1, 1), dt.date(2026, 3, 31)


@pytest.fixture
def tree(room):
    """A master, two parts behind it, and one behind the first part: each with its meter, from 0."""
    place = room.town.points[0].place
    points = [*room.town.points[:2]]
    points += [UsagePoint.objects.create(place=place, utility="power", code=f"P9{n}") for n in range(2)]
    room.points = points
    room.meters = [room.meter(f"T{n}") for n in range(4)]
    for meter, point in zip(room.meters, points, strict=True):
        from tongdian.metering.actions.meters import fit_meter

        fit_meter(viewer=room.town.officer, meter=meter, usage_point=point, on=JANUARY, value=d("0"), at=AT)
    return room


def behind(room, part, master, on=JANUARY):
    return meter_behind(
        viewer=room.town.officer, meter=room.meters[part], master=room.points[master], on=on, at=AT
    )


def read_all(room, *values, day=(3, 31)):
    for meter, value in zip(room.meters, values, strict=True):
        room.read(meter, day, value)


def own(room, n):
    return queries.own_usage(room.points[n], JANUARY, MARCH).quantity


def test_a_master_less_its_parts_and_nested_the_parts_are_the_whole(tree):
    """1,000 − 300.25 − 200.5 = 499.25 of the master; 300.25 − 100.1 = 200.15 of the first part."""
    behind(tree, 1, 0)
    behind(tree, 2, 0)
    behind(tree, 3, 1)
    read_all(tree, "1000", "300.25", "200.5", "100.1")
    assert [own(tree, n) for n in range(4)] == [d("499.25"), d("200.15"), d("200.5"), d("100.1")]
    assert sum(own(tree, n) for n in range(4)) == d("1000")
    assert queries.masters_above(tree.points[3], MARCH) == [tree.points[1], tree.points[0]]
    assert set(queries.tree_of(tree.points[0], MARCH)) == {tree.points[0].pk, tree.points[1].pk}


def test_a_part_that_was_not_read_is_not_used_up_as_nothing(tree):
    behind(tree, 1, 0)
    tree.read(tree.meters[0], (3, 31), "1000")
    with pytest.raises(UsageMissing, match="T1 has no reading"):
        own(tree, 0)


def test_nothing_is_metered_behind_itself_however_far_round(tree):
    behind(tree, 1, 0)
    behind(tree, 3, 1)
    with pytest.raises(GoesInCircles):
        behind(tree, 0, 3)
    with pytest.raises(GoesInCircles):
        behind(tree, 2, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubMetering.objects.update(master=tree.points[3])


def test_a_point_has_one_master_at_a_time(tree):
    behind(tree, 1, 0)
    with pytest.raises(HasMaster):
        behind(tree, 1, 2)
    meter_apart(viewer=tree.town.officer, meter=tree.meters[1], on=dt.date(2026, 2, 1), at=AT)
    behind(tree, 1, 2, on=dt.date(2026, 2, 1))
    with pytest.raises(NotBehind):
        meter_apart(viewer=tree.town.officer, meter=tree.meters[0], on=dt.date(2026, 2, 1), at=AT)


def test_water_is_not_metered_behind_electricity(tree):
    water = UsagePoint.objects.create(place=tree.points[0].place, utility="water", code="W1")
    with pytest.raises(OtherUtilityBehind):
        meter_behind(viewer=tree.town.officer, meter=tree.meters[0], master=water, on=JANUARY, at=AT)


def test_where_a_part_came_within_the_days_they_are_cut_there(tree):
    """Behind it from 1 February: 1,000 is not 1,000 less what the part used in January, too."""
    day = dt.date(2026, 2, 1)
    behind(tree, 1, 0, on=day)
    read_all(tree, "400", "100", "0", "0", day=(2, 1))
    read_all(tree, "1000", "300", "0", "0")
    with pytest.raises(PartsChanged, match="2026-02-01"):
        own(tree, 0)
    first, then = (
        queries.own_usage(tree.points[0], *days).quantity for days in ((JANUARY, day), (day, MARCH))
    )
    assert (first, then) == (d("400"), d("400"))  # 600 − 200


def test_parts_that_used_more_than_their_master_are_found(tree):
    """300 and 900 behind a master that shows 1,000: 1,200 is within half as much again, 1,600 is not."""
    behind(tree, 1, 0)
    behind(tree, 2, 0)
    for day, values in (((2, 1), ("300", "900", "0")), ((3, 1), ("600", "2200", "0"))):
        for n, value in enumerate(values, start=1):
            tree.read(tree.meters[n], day, value)
    rows = [tree.read(tree.meters[0], (2, 1), "1000"), tree.read(tree.meters[0], (3, 1), "2000")]
    looked = queries.findings_of(rows)
    said = [{one.check for one in looked[row.pk].findings} for row in rows]
    assert ["parts_exceed" in one for one in said] == [False, True]


def test_a_virtual_meter_adds_and_takes_away(tree):
    """What two blocks share: the mains less one and the other: 1,000 − 300 − 200.5 = 499.5."""
    asked = {"viewer": tree.town.officer, "at": AT}
    virtual = add_virtual_meter(
        organisation=tree.town.campus.organisation, code="V1", name="公共用电", utility="power", **asked
    )
    for n in range(3):
        count_point(
            virtual_meter=virtual, usage_point=tree.points[n], is_taken_away=n > 0, on=JANUARY, **asked
        )
    with pytest.raises(CountsAlready):
        count_point(virtual_meter=virtual, usage_point=tree.points[0], on=JANUARY, **asked)
    read_all(tree, "1000", "300", "200.5", "1")
    assert queries.virtual_usage(virtual, JANUARY, MARCH).quantity == d("499.5")
    leave_point_out(virtual_meter=virtual, usage_point=tree.points[1], on=MARCH, **asked)
    assert queries.virtual_usage(virtual, JANUARY, MARCH).quantity == d("499.5")  # until that reading


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    used=st.lists(st.decimals(0, 5000, places=2), min_size=4, max_size=4),
    masters=st.tuples(st.just(0), st.integers(0, 1), st.integers(0, 2)),
)
def test_however_they_hang_the_parts_are_the_whole(tree, used, masters):
    with transaction.atomic():
        above = {n + 1: master for n, master in enumerate(masters)}
        for part, master in above.items():
            behind(tree, part, master)
        shown = list(used)
        for part in (3, 2, 1):
            shown[above[part]] += shown[part]
        read_all(tree, *map(str, shown))
        assert [own(tree, n) for n in range(4)] == used
        assert sum(own(tree, n) for n in range(4)) == shown[0]
        transaction.set_rollback(True)
