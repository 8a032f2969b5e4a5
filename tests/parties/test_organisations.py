"""Organisations: their tree, what binds them, who fills which role."""

import datetime as dt
from pathlib import Path

import pytest

from tongdian.allowed import NotAllowed
from tongdian.audit_log.models import Entry
from tongdian.parties import guards, queries
from tongdian.parties.actions import organisations as actions
from tongdian.parties.actions.ending import EndsTooEarly
from tongdian.parties.actions.organisations import OverlayOfAnotherPlace
from tongdian.parties.actions.people import make_account
from tongdian.parties.models import Adoption, Organisation
from tongdian.parties.telephones import NotAPhoneNumber
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook.rules import ReasonMissing

pytestmark = pytest.mark.django_db
GXNU, NEA = "gxnu-2016-4", "nea-2021-37"
TODAY = dt.date(2026, 3, 2)


def close(viewer, organisation, on=dt.date(2026, 4, 1), *, at, reason="撤并"):
    return actions.close_organisation(viewer=viewer, organisation=organisation, on=on, reason=reason, at=at)


def test_an_organisation_knows_all_above_it_from_the_top_down(country):
    above = [country.campus.id, country.centre.id, country.crew.id]
    assert country.crew.ancestors == above
    assert [one.name for one in queries.above(country.crew)] == ["师大", "水电中心"]


def test_what_is_done_to_it_is_in_the_audit_log(country, admin, at):
    actions.change_organisation(
        viewer=admin,
        organisation=country.energy,
        name="节能管理办公室",
        region="450305",
        fills=["energy-office"],
        hotline="0773-5846000",
        at=at,
    )
    entry = Entry.objects.filter(subject="organisation:SDJ").latest("id")
    assert (entry.actor, entry.action) == ("account:root", "change-organisation")
    assert entry.payload.content == {"name": ["节能办", "节能管理办公室"], "hotline": ["", "0773-5846000"]}


def test_a_change_that_changes_nothing_is_not_recorded(country, admin, at):
    before = Entry.objects.count()
    actions.change_organisation(
        viewer=admin, organisation=country.crew, name="维修班", region="450305", at=at
    )
    assert Entry.objects.count() == before


def test_it_fills_only_roles_that_processes_have_and_keeps_one_that_they_had(country, admin, at):
    one = {"viewer": admin, "organisation": country.crew, "name": "维修班", "region": "450305", "at": at}
    with pytest.raises(actions.FillsNoSuchRole, match="zzz"):
        actions.change_organisation(**one, fills=["zzz"])
    Organisation.objects.filter(id=country.crew.id).update(fills=["bygone"])
    kept = actions.change_organisation(**one, fills=["bygone", "energy-office"])
    assert kept.fills == ["bygone", "energy-office"]


@pytest.mark.parametrize("hotline", ["12398", "95598", "0773-5846000", "４００-８２３-４５６７", ""])
def test_its_hotline_is_a_number_that_somebody_can_dial(country, admin, at, hotline):
    one = {"viewer": admin, "organisation": country.crew, "name": "维修班", "region": "450305", "at": at}
    actions.change_organisation(**one, hotline=hotline)
    with pytest.raises(NotAPhoneNumber) as refused:
        actions.change_organisation(**one, hotline="abc")
    assert refused.value.field == "hotline"


def test_an_office_moves_with_all_below_it(country, admin, at):
    moved = actions.move_organisation(viewer=admin, organisation=country.centre, below=country.energy, at=at)
    assert moved.parent == country.energy
    crew = Organisation.objects.get(id=country.crew.id)
    assert crew.ancestors == [country.campus.id, country.energy.id, country.centre.id, country.crew.id]
    assert [b.depth for b in queries.tree(admin) if b.organisation == crew] == [3]


def test_an_office_moves_to_the_top_only_by_who_may_everywhere(country, viewer, admin, at):
    manager = viewer("administrator", "manager", at=country.campus)
    with pytest.raises(NotAllowed):
        actions.move_organisation(viewer=manager, organisation=country.crew, below=None, at=at)
    assert actions.move_organisation(
        viewer=admin, organisation=country.crew, below=None, at=at
    ).ancestors == [country.crew.id]


def test_an_office_cannot_lie_below_itself(country, admin, at):
    for below in (country.crew, country.centre):
        with pytest.raises(actions.WouldBeItsOwnAncestor) as refused:
            actions.move_organisation(viewer=admin, organisation=country.centre, below=below, at=at)
        assert "不能作为它的上级" in refused.value.say("zh")


def test_an_organisation_closes_after_those_below_it_and_its_people(country, admin, at):
    with pytest.raises(actions.HasOpenChildren, match="维修班"):
        close(admin, country.centre, at=at)
    worker = make_account(
        viewer=admin,
        username="zhang",
        name="张强",
        role="technician",
        organisation=country.crew,
        at=at,
        until=dt.date(2026, 3, 31),
    ).account
    with pytest.raises(actions.HasPeople, match="张强"):
        close(admin, country.crew, dt.date(2026, 3, 31), at=at)  # still there on the 31st
    close(admin, country.crew, dt.date(2026, 4, 1), at=at)
    assert close(admin, country.centre, at=at).in_force.upper == dt.date(2026, 4, 1)
    assert worker.memberships.count() == 1


def test_a_closed_organisation_is_kept_and_gets_nothing_new(country, admin, at):
    close(admin, country.crew, at=at)
    with pytest.raises(actions.IsClosed):
        close(admin, country.crew, dt.date(2026, 5, 1), at=at)
    with pytest.raises(actions.IsClosed, match="2026-04-01"):
        actions.adopt_pack(viewer=admin, organisation=country.crew, pack=GXNU, on=dt.date(2026, 4, 1), at=at)
    names = {one.organisation.name for one in queries.tree(admin, on=dt.date(2026, 4, 1))}
    assert "维修班" not in names
    assert Organisation.objects.filter(name="维修班").exists()


@pytest.mark.parametrize(
    ("on", "reason", "refusal"),
    [(dt.date(2026, 4, 1), " ", ReasonMissing), (dt.date(2020, 1, 1), "撤并", actions.NotYetOpen)],
)
def test_closing_wants_a_reason_and_a_day_after_the_first(country, admin, at, on, reason, refusal):
    with pytest.raises(refusal):
        close(admin, country.crew, on, at=at, reason=reason)


def test_a_higher_area_may_refuse_to_close(country, admin, at, monkeypatch):
    class StillSupplies(Refusal):
        says = Words("仍在供电。", "It still supplies.")

    def refuse(organisation):
        raise StillSupplies

    monkeypatch.setattr(guards, "_closing", [])
    guards.before_closing(refuse)
    with pytest.raises(StillSupplies):
        close(admin, country.crew, at=at)
    country.crew.refresh_from_db()
    assert country.crew.in_force.upper is None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " "}, actions.NameMissing),
        ({"short": "师"}, actions.NotAShortName),
        ({"short": "sd"}, actions.ShortNameTaken),
        ({"region": "450399"}, actions.NoSuchRegion),
    ],
)
def test_what_cannot_be_created_is_refused_in_two_languages(country, admin, at, changes, refusal):
    given = {"kind": "office", "name": "房管科", "short": "SDF", "region": "450305"} | changes
    with pytest.raises(refusal) as refused:
        actions.create_organisation(viewer=admin, parent=country.campus, since_on=TODAY, at=at, **given)
    assert refused.value.say("zh") != refused.value.say("en")


# ---------------------------------------------------------------- what binds whom
def test_a_pack_binds_who_adopts_it_and_all_below_from_its_day(country, admin, at):
    actions.adopt_pack(viewer=admin, organisation=country.campus, pack=GXNU, on=dt.date(2022, 9, 1), at=at)

    def packs(organisation, on):
        return [(row.pack, row.organisation.name) for row in queries.packs_in_force(organisation, on=on)]

    assert packs(country.crew, dt.date(2022, 8, 31)) == []
    assert packs(country.crew, dt.date(2022, 9, 1)) == [(GXNU, "师大")]
    assert packs(country.guilin, dt.date(2022, 9, 1)) == []


def test_the_nearest_adoption_of_a_pack_counts_and_others_are_inherited_beside_it(country, admin, at):
    for organisation, pack, on in (
        (country.group, NEA, dt.date(2021, 9, 1)),
        (country.guilin, GXNU, dt.date(2023, 1, 1)),
        (country.branch, NEA, dt.date(2024, 1, 1)),
    ):
        actions.adopt_pack(viewer=admin, organisation=organisation, pack=pack, on=on, at=at)
    bound = queries.packs_in_force(country.branch, on=TODAY)
    assert [(row.pack, row.organisation) for row in bound] == [(NEA, country.branch), (GXNU, country.guilin)]
    assert queries.adoption_in_force(country.guilin, NEA, on=TODAY).organisation == country.group
    assert queries.adoption_in_force(country.canton, NEA, on=TODAY) is None


def test_one_pack_binds_an_organisation_once_at_a_time(country, admin, at):
    adopt = {"viewer": admin, "organisation": country.campus, "pack": GXNU, "at": at}
    actions.adopt_pack(on=dt.date(2022, 1, 1), before=dt.date(2023, 1, 1), **adopt)
    with pytest.raises(actions.AdoptedAlready):
        actions.adopt_pack(on=dt.date(2022, 12, 31), **adopt)
    actions.adopt_pack(on=dt.date(2023, 1, 1), **adopt)
    assert Adoption.objects.count() == 2


def test_an_adoption_ends_with_a_reason_and_one_that_had_not_begun_disappears(country, admin, at):
    adopt = {"viewer": admin, "organisation": country.campus, "pack": GXNU, "at": at}
    actions.adopt_pack(on=dt.date(2022, 1, 1), **adopt)
    with pytest.raises(ReasonMissing):
        actions.end_adoption(on=TODAY, reason="", **adopt)
    actions.end_adoption(on=TODAY, reason="新规定施行", **adopt)
    assert queries.packs_in_force(country.campus, on=TODAY) == []
    assert len(queries.packs_in_force(country.campus, on=dt.date(2026, 3, 1))) == 1
    with pytest.raises(actions.NotAdopted):
        actions.end_adoption(on=TODAY, reason="再次", **adopt)
    actions.adopt_pack(on=dt.date(2027, 1, 1), **adopt)
    actions.end_adoption(on=dt.date(2026, 12, 1), reason="不再施行", **adopt)
    assert Adoption.objects.count() == 1


def test_an_adoption_that_bound_somebody_cannot_end_before_it_did(country, admin, at):
    adopt = {"viewer": admin, "organisation": country.campus, "pack": GXNU, "at": at}
    actions.adopt_pack(on=dt.date(2022, 1, 1), **adopt)
    with pytest.raises(EndsTooEarly):
        actions.end_adoption(on=dt.date(2015, 1, 1), reason="录错", **adopt)
    assert Adoption.objects.count() == 1


def test_a_pack_that_is_not_installed_binds_nobody(country, admin, at):
    with pytest.raises(actions.NoSuchPack, match="gxnu-2016-4"):
        actions.adopt_pack(viewer=admin, organisation=country.campus, pack="gxnu-1999", on=TODAY, at=at)


# ---------------------------------------------------------------- who fills which role
@pytest.mark.parametrize(
    ("organisation", "role", "office"),
    [
        ("campus", "energy-office", "energy"),  # below it
        ("energy", "energy-office", "energy"),  # itself
        ("crew", "energy-office", "energy"),  # beside the one above it
        ("guilin", "supplier", "guilin"),  # a supplier is one without saying so
        ("branch", "supplier", "branch"),
        ("branch", "window", "guilin"),  # above it
        ("branch", "road-office", "roads"),  # the city's, which has the county's region in it
        ("campus", "road-office", "roads"),
        ("canton", "road-office", None),  # competent for Guilin only
        ("canton", "window", None),  # another supplier's window is not its own
        ("campus", "supplier", None),
        ("campus", "traffic-police", None),
    ],
)
def test_a_role_of_a_process_is_filled_by_the_nearest_office(country, organisation, role, office):
    found = queries.office_for(getattr(country, organisation), role, on=TODAY)
    assert found == (getattr(country, office) if office else None)


def test_a_supplier_s_window_serves_no_other_supplier_of_its_group(country, admin, at):
    other = actions.create_organisation(
        viewer=admin,
        kind="supplier",
        name="柳州供电",
        short="LZD",
        region="450300",
        parent=country.group,
        since_on=TODAY,
        at=at,
    )
    assert queries.office_for(country.branch, "window", on=TODAY) == country.guilin
    assert queries.office_for(other, "window", on=TODAY) is None


def test_the_narrowest_competent_department_comes_first(country, admin, at):
    county = actions.create_organisation(
        viewer=admin,
        kind="approval",
        name="阳朔公路局",
        short="YSG",
        region="450321",
        regions=["450321"],
        fills=["road-office"],
        since_on=TODAY,
        at=at,
    )
    assert queries.office_for(country.branch, "road-office", on=TODAY) == county
    assert queries.office_for(country.guilin, "road-office", on=TODAY) == country.roads
    works_there = county.region
    assert queries.office_for(country.guilin, "road-office", on=TODAY, region=works_there.code) == county
    day_before = dt.date(2026, 3, 1)
    assert queries.office_for(country.branch, "road-office", on=day_before) == country.roads


def test_a_role_is_found_in_few_questions(country, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):  # itself, the tree, its region, departments
        branch = Organisation.objects.get(id=country.branch.id)
        queries.office_for(branch, "road-office", on=TODAY)


def test_an_overlay_of_a_place_is_adopted_there_alone(country, admin, at, monkeypatch):
    """ADR 54: the example's county binds 450311; the campus is in 450305, and the province's binds all of 45."""
    overlays = Path(__file__).parents[1] / "policies" / "overlays"
    monkeypatch.setenv("TONGDIAN_POLICIES", str(overlays))
    adopt = {"viewer": admin, "organisation": country.campus, "on": dt.date(2026, 1, 1), "at": at}
    with pytest.raises(OverlayOfAnotherPlace, match="450311"):
        actions.adopt_pack(pack="example-county", **adopt)
    assert not Adoption.objects.exists()
    actions.adopt_pack(pack="example-province", **adopt)
