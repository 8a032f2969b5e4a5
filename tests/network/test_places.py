"""Places: what stands in what, who sees them, and how they are found."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.network.conftest import AT, make_organisation
from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.network import actions, queries
from tongdian.network.models import Place
from tongdian.network.rules import DoesNotStandThere, InsideItself, NoSuchPlace, OtherOrganisation
from tongdian.registers.action import CodeTaken, StillUsed
from tongdian.spoken import natural

pytestmark = pytest.mark.django_db


def change(campus, place, **new):
    now = {name: getattr(place, name) for name in ("kind", "code", "name", "parent", "region")}
    return actions.change_place(viewer=campus.officer, place=place, at=AT, **now | new)


def test_a_place_knows_everything_that_it_stands_in(campus):
    flat = campus.flats[0]
    assert flat.ancestors == [campus.campus.id, campus.building.id, flat.id]
    assert [one.name for one in queries.way_to(flat)] == ["雁山校区", "雁山校区 1 栋"]
    assert Entry.objects.filter(subject=f"place:{flat.id}", action="add-place").count() == 1


def test_a_code_is_used_once_in_an_organisation_and_the_other_place_is_named(campus):
    with pytest.raises(CodeTaken) as refused:
        actions.add_place(
            viewer=campus.officer,
            organisation=campus.organisation,
            kind="shop",
            code="YS-1",
            name="新门面",
            parent=campus.campus,
            at=AT,
        )
    assert "雁山校区 1 栋" in refused.value.say("zh")
    assert "雁山校区 1 栋" in refused.value.say("en")


def test_a_flat_stands_in_a_building_only(campus):
    with pytest.raises(DoesNotStandThere):
        actions.add_place(
            viewer=campus.officer,
            organisation=campus.organisation,
            kind="flat",
            code="X",
            name="空中楼阁",
            at=AT,
        )
    with pytest.raises(DoesNotStandThere):  # its flats would stand in a shop
        change(campus, campus.building, kind="shop")


def test_a_place_moves_with_all_its_parts(campus):
    area = actions.add_place(
        viewer=campus.officer,
        organisation=campus.organisation,
        kind="area",
        code="YS-E",
        name="雁山校区 东区",
        parent=campus.campus,
        at=AT,
    )
    change(campus, campus.building, parent=area)
    flat = Place.objects.get(pk=campus.flats[0].pk)
    assert flat.ancestors == [campus.campus.id, area.id, campus.building.id, flat.id]


def test_a_place_never_moves_into_itself(campus):
    with pytest.raises(InsideItself):
        change(campus, campus.campus, kind="area", parent=campus.building)


def test_only_who_may_edit_there_edits_and_nobody_joins_two_organisations(campus, viewer):
    other = make_organisation("WC", "王城校区")
    stranger = viewer("officer", "wang", at=other)
    with pytest.raises(NotAllowed):
        actions.add_place(
            viewer=stranger, organisation=campus.organisation, kind="area", code="A", name="甲区", at=AT
        )
    with pytest.raises(OtherOrganisation):
        actions.add_place(
            viewer=stranger,
            organisation=other,
            kind="area",
            code="A",
            name="甲区",
            parent=campus.campus,
            at=AT,
        )
    with pytest.raises(NoSuchPlace):
        queries.place(stranger, campus.campus.id)
    assert queries.find_places(stranger, "雁山") == []


def test_what_has_parts_stays_and_the_parts_are_counted(campus):
    with pytest.raises(StillUsed) as refused:
        actions.remove_place(viewer=campus.officer, place=campus.building, at=AT)
    assert "2" in refused.value.say("zh")
    actions.remove_place(viewer=campus.officer, place=campus.flats[0], at=AT)
    assert queries.parts(campus.officer, campus.building) == [campus.flats[1]]


def test_two_characters_find_a_place_and_the_closest_comes_first(campus):
    for number in (3, 12):
        actions.add_place(
            viewer=campus.officer,
            organisation=campus.organisation,
            kind="shop",
            code=f"M{number}",
            name=f"雁山校区 {number} 号门面",
            parent=campus.campus,
            at=AT,
        )
    found = queries.find_places(campus.officer, "门面")
    assert [one.code for one in found] == ["M3", "M12"]  # 3 before 12, as people count
    assert [one.code for one in queries.find_places(campus.officer, "YS-1-102")] == ["YS-1-102"]
    assert queries.find_places(campus.officer, "食堂") == []


def test_the_search_uses_the_index_of_pairs(campus):
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute("explain select id from network_place where pairs @> array['门面']::varchar[]")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "place_by_pairs_of_characters" in plan


def test_numbers_sort_as_people_count():
    names = ["10 号", "2 号", "1 栋 101", "1 栋 99"]
    assert sorted(names, key=natural) == ["1 栋 99", "1 栋 101", "2 号", "10 号"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 5)), max_size=8))
def test_whatever_moves_ancestors_stay_the_way_up(campus, moves):
    Place.objects.filter(kind="area").delete()
    areas = [
        actions.add_place(
            viewer=campus.officer,
            organisation=campus.organisation,
            kind="area",
            code=f"A{n}",
            name=f"{n} 区",
            at=AT,
        )
        for n in range(6)
    ]
    for moved, target in moves:
        place = Place.objects.get(pk=areas[moved].pk)
        parent = Place.objects.get(pk=areas[target].pk) if target >= 0 else None
        try:
            change(campus, place, parent=parent)
        except InsideItself:
            assert place.id in parent.ancestors
    for place in Place.objects.filter(kind="area").select_related("parent"):
        above = place.parent.ancestors if place.parent else []
        assert place.ancestors == [*above, place.id]
    Place.objects.filter(kind="area").update(parent=None)
