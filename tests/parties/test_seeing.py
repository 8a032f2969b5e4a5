"""Who sees whom: real rows, role by organisation."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from tongdian.identifiers import uuid7
from tongdian.parties import queries
from tongdian.parties.actions.acting import appoint_stand_in, end_acting
from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.actions.people import add_membership
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.parties.permissions import grants, may_everywhere, seen, seen_organisations, sees
from tongdian.parties.rules import FOR_THE_HOUSE, FOR_THE_INSTALLATION, OF_ITS_OWN_HANDS, PERMISSIONS, Role

pytestmark = pytest.mark.django_db
SUPPLIERS = {"guilin", "branch", "canton"}
CUSTOMERS = (*sorted(SUPPLIERS), "campus")


@pytest.fixture
def everywhere(country, admin, at):
    """A customer of each supplier and of the campus, named like the organisation."""
    for key in CUSTOMERS:
        enter_customer(viewer=admin, organisation=getattr(country, key), kind="firm", name=key, at=at)
    return country


def names(viewer):
    return {one.name for one in queries.customers(viewer)}


@pytest.mark.parametrize("permission", ["cases.read", "parties.read_customer"])
def test_one_row_is_seen_just_when_the_filter_admits_it(everywhere, viewer, permission):
    rows = list(Customer.objects.select_related("organisation"))
    places = {key: one for key, one in vars(everywhere).items() if isinstance(one, Organisation)}
    for key, place in {**places, "everywhere": None}.items():
        for role in ("clerk", "supervisor", "auditor"):
            person = viewer(role, f"{role}-{key}", at=place)
            admitted = set(Customer.objects.filter(seen(person, permission)))
            one_by_one = {
                row
                for row in rows
                if sees(person, permission, row.organisation, region=row.organisation.region_id)
            }
            assert one_by_one == admitted, (role, key)


# role, organisation (None: the installation), whose customers are seen
@pytest.mark.parametrize(
    ("role", "at_", "whose"),
    [
        ("clerk", "branch", {"branch"}),
        ("clerk", "guilin", {"guilin", "branch"}),  # own and below
        ("clerk", "group", set()),  # a group reads the returns of its branches, not their customers
        ("clerk", "campus", {"campus"}),
        ("clerk", "centre", {"campus"}),  # an office of the processes works for its campus
        ("clerk", "guards", set()),  # one that fills no role does not
        ("clerk", "crew", set()),  # the campus's customers are the campus's, not its crew's
        ("supervisor", "nation", SUPPLIERS),  # every supplier, no campus
        ("supervisor", "south", SUPPLIERS),  # Guangdong and Guangxi
        ("supervisor", "province", {"guilin", "branch"}),
        ("supervisor", "city", {"guilin", "branch"}),
        ("supervisor", "county", {"branch"}),
        ("supervisor", "roads", set()),  # an approval department supervises nobody
        ("officer", "canton", {"canton"}),
        ("auditor", None, {*SUPPLIERS, "campus"}),
        ("administrator", None, {*SUPPLIERS, "campus"}),
        ("customer", None, set()),
    ],
)
def test_a_role_sees_own_below_and_supervised(everywhere, viewer, role, at_, whose):
    person = viewer(role, at=getattr(everywhere, at_) if at_ else None)
    assert names(person) == whose


@pytest.mark.parametrize("role", Role.values)
def test_a_role_counts_where_it_is_held_and_below_and_nowhere_else(country, viewer, role):
    person = viewer(role, at=country.centre)
    keys = ("campus", "centre", "crew", "energy", "guilin", "nation")
    for permission, roles in PERMISSIONS.items():
        allowed = {key for key in keys if person.has_perm(permission, getattr(country, key))}
        below = {"centre", "crew"} | ({"campus"} if permission in FOR_THE_HOUSE else set())
        if permission in OF_ITS_OWN_HANDS:  # what lies below is its own
            below = {"centre"}
        assert allowed == (below if role in roles else set()), permission
        # one log and one rulebook serve the whole installation: a role in an office is not enough
        anywhere = role in roles and permission not in FOR_THE_INSTALLATION
        assert person.has_perm(permission) == anywhere, permission
        assert not may_everywhere(person, permission)


def test_a_county_sees_the_suppliers_seated_in_it_and_those_that_supply_it(country, viewer):
    county = viewer("supervisor", at=country.county)
    rows = Organisation.objects.filter(seen_organisations(county, "parties.read"))
    # itself; the branch seated there; Guilin's supplier, which supplies it too
    assert {one.name for one in rows} == {"阳朔县发改局", "阳朔分公司", "桂林供电"}


def test_a_county_sees_of_a_supplier_across_counties_the_rows_that_lie_in_it(country, viewer, at):
    """Two places of one supplier, in two counties."""
    from tongdian.network.models import Place

    for name, region in (("阳朔", "450321"), ("七星", "450305")):
        id_ = uuid7()
        Place.objects.create(
            id=id_,
            organisation=country.guilin,
            region_id=region,
            kind="premises",
            code=region,
            name=name,
            ancestors=[id_],
        )
    found = Place.objects.filter(
        seen(viewer("supervisor", at=country.county), "network.read", region="region")
    )
    assert [one.name for one in found] == ["阳朔"]


def test_several_roles_add_up(everywhere, viewer, admin, at):
    person = viewer("clerk", at=everywhere.canton)
    add_membership(
        viewer=admin,
        account=person,
        role="supervisor",
        organisation=everywhere.county,
        at=at,
        since_on=dt.date(2021, 1, 1),
    )
    assert names(Account.objects.get(id=person.id)) == {"canton", "branch"}


def test_a_role_counts_from_its_first_day_to_its_last(everywhere, viewer):
    person = viewer("clerk", at=everywhere.canton)
    person.memberships.update(in_force=("2026-03-02", "2026-03-05"))
    held = {day: len(grants(person, on=dt.date(2026, 3, day))) for day in (1, 2, 4, 5)}  # [2nd, 5th)
    assert held == {1: 0, 2: 1, 4: 1, 5: 0}


def test_a_stand_in_has_the_roles_of_the_absent_only_on_the_days(everywhere, viewer, at):
    absent = viewer("clerk", "absent", at=everywhere.guilin)
    stand_in = viewer("technician", "stand-in", at=everywhere.branch)
    acting = appoint_stand_in(
        viewer=absent,
        absent=absent,
        stand_in=stand_in,
        reason="培训",
        at=at,
        first=dt.date(2026, 3, 3),
        last=dt.date(2026, 3, 9),
    )

    def held(day):
        fresh = Account.objects.get(id=stand_in.id)
        return {(one.role, one.for_account) for one in grants(fresh, on=dt.date(2026, 3, day))}

    own, lent = ("technician", None), ("clerk", absent.id)
    assert [held(day) for day in (2, 3, 9, 10)] == [{own}, {own, lent}, {own, lent}, {own}]
    end_acting(viewer=stand_in, acting=acting, on=dt.date(2026, 3, 6), at=at)
    assert [held(day) for day in (5, 6)] == [{own, lent}, {own}]
    Account.objects.filter(id=absent.id).update(is_active=False)
    assert held(4) == {own}  # nobody acts for a closed account


def test_what_is_lent_is_not_lent_on(everywhere, viewer, at):
    first, second, third = (
        viewer("clerk", name, at=where)
        for name, where in (("a", everywhere.guilin), ("b", everywhere.branch), ("c", everywhere.group))
    )
    days = {"first": dt.date(2026, 3, 3), "last": dt.date(2026, 3, 9), "reason": "休假"}
    appoint_stand_in(viewer=third, absent=third, stand_in=first, at=at, **days)
    appoint_stand_in(viewer=first, absent=first, stand_in=second, at=at, **days)
    fresh = Account.objects.get(id=second.id)
    held = {one.organisation.name for one in grants(fresh, on=dt.date(2026, 3, 4))}
    assert held == {"阳朔分公司", "桂林供电"}  # not 桂电集团


def test_a_closed_account_and_a_stranger_see_and_may_nothing(everywhere, viewer):
    person = viewer("administrator", at=everywhere.guilin)
    person.is_active = False
    for nobody in (person, AnonymousUser()):
        assert names(nobody) == set()
        assert queries.tree(nobody) == []
        assert not any(nobody.has_perm(permission) for permission in PERMISSIONS)
    assert queries.organisations_of(AnonymousUser()) == []


def test_the_switcher_lists_where_somebody_works(everywhere, viewer, admin):
    person = viewer("clerk", at=everywhere.centre)
    assert queries.organisations_of(person) == [everywhere.centre]
    tops = {"国家能源局", "南方监管局", "广西能源局", "桂林市公路局", "桂电集团", "粤电", "师大"}
    assert {one.name for one in queries.organisations_of(admin)} == tops


def test_asking_what_is_seen_costs_three_questions_a_request(everywhere, viewer, django_assert_num_queries):
    person = viewer("supervisor", at=everywhere.city)
    with django_assert_num_queries(3 + 3):  # roles, below, regions; and the three lists
        for permission in ("parties.read_customer", "parties.read", "cases.read"):
            list(Customer.objects.filter(seen(person, permission)))
        assert person.has_perm("parties.read", everywhere.county)
