"""Who has roles in several offices may look at one of them alone; that only ever takes away."""

import datetime as dt

import pytest

from tests.network.conftest import make_organisation
from tongdian.network.models import Place
from tongdian.parties.models import Account, Membership, since
from tongdian.parties.permissions import grants, offices

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(viewer, client):
    """An officer of Yanshan who is also a technician of Yucai, signed in, with a place at each."""
    yanshan, yucai = make_organisation("YS", "雁山校区"), make_organisation("YC", "育才校区")
    account = viewer("officer", "li", at=yanshan)
    Membership.objects.create(
        account=account, organisation=yucai, role="technician", in_force=since(dt.date(2020, 1, 1))
    )
    for one in (yanshan, yucai):
        place = Place(
            organisation=one, kind="shop", code=one.short, name=f"{one.name}门面", region=one.region, pairs=[]
        )
        place.ancestors = [place.id]
        place.save()
    client.force_login(account)
    return yanshan, yucai


def choose(client, office):
    return client.post("/acting-at/", {"office": office})


def test_all_of_mine_is_what_is_shown_at_first(client, both):
    page = client.get("/places/").content.decode()
    assert "雁山校区门面" in page
    assert "育才校区门面" in page
    assert "全部单位" in page


def test_one_office_alone_shows_what_is_its_own(client, both):
    _yanshan, yucai = both
    choose(client, str(yucai.id))
    page = client.get("/places/").content.decode()
    assert "雁山校区门面" not in page
    assert "育才校区门面" in page
    assert 'class="shell-office d-none d-sm-inline">育才校区' in page
    choose(client, "")
    assert "雁山校区门面" in client.get("/places/").content.decode()


def test_a_choice_never_gives_a_role_that_is_not_held(client, both, viewer):
    yanshan, yucai = both
    account = Account.objects.get(username="li")
    account.acts_at = str(yucai.id)
    assert [(one.role, one.organisation) for one in grants(account)] == [("technician", yucai)]
    assert not account.has_perm("cases.assign", yucai)  # an officer, but elsewhere
    assert not account.has_perm("network.read", yanshan)
    stranger = make_organisation("WH", "王城校区")
    choose(client, str(stranger.id))  # not an office of theirs: as if nothing was chosen
    assert "acts-at" not in client.session


def test_an_office_whose_role_ended_gives_way_to_all(both):
    account = Account.objects.get(username="li")
    account.acts_at = str(both[1].id)
    Membership.objects.filter(role="technician").delete()
    assert [one.role for one in grants(account)] == ["officer"]


def test_who_has_one_office_has_nothing_to_choose(viewer, client):
    one = viewer("clerk", "zhou", at=make_organisation("YS", "雁山校区"))
    assert offices(one) == []
    client.force_login(one)
    assert "全部单位" not in client.get("/").content.decode()


def test_a_page_of_another_office_says_why_it_is_not_there(client, both):
    yanshan, yucai = both
    choose(client, str(yucai.id))
    place = Place.objects.get(organisation=yanshan)
    page = client.get(f"/places/{place.id}/")
    assert page.status_code == 404
    assert "显示全部单位" in page.content.decode()
