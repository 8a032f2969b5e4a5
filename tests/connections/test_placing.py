"""An applicant described the place in words; the office says which one it is."""

from __future__ import annotations

import re

import pytest

from tests.cases.conftest import at, english
from tongdian.audit_log.models import Entry
from tongdian.bigrams import bigrams
from tongdian.cases import actions
from tongdian.connections.models import Application
from tongdian.network.models import Place
from tongdian.network.queries import places_described

__all__ = ["english"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def placeless(campus):
    """A case of which only the applicant's words are known: 雁山校区3号门面隔壁."""
    Place.objects.filter(pk=campus.shop.pk).update(pairs=bigrams(campus.shop.name))
    case = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=None,
        at=at("2026-03-02"),
    )
    Application.objects.create(case=case, place_text="雁山校区3号门面隔壁", wants_power=True)
    return case


def test_a_known_place_is_looked_for_and_chosen(english, campus, placeless):
    english.force_login(campus.counter)
    assert f"/cases/{placeless.number}/place/" in english.get(f"/cases/{placeless.number}/").content.decode()
    page = english.post(f"/cases/{placeless.number}/place/", {"find": "", "find_place": "3号门面"})
    assert str(campus.shop.pk) in page.content.decode()
    english.post(f"/cases/{placeless.number}/place/", {"choose_place": str(campus.shop.pk)})
    placeless.refresh_from_db()
    assert (placeless.place, placeless.region) == (campus.shop, campus.shop.region)
    assert Entry.objects.filter(action="case.settle").count() == 1


def test_the_places_that_are_known_are_offered_by_the_applicants_words_at_once(english, campus, placeless):
    english.force_login(campus.counter)
    page = english.get(f"/cases/{placeless.number}/place/").content.decode()
    # nothing is called 雁山校区3号门面隔壁, and the longest beginning that finds something is 雁山校区3号门面
    assert f'name="choose_place" value="{campus.shop.pk}"' in page
    assert page.index("choose_place") < page.index('name="add"')


def test_what_the_applicant_wrote_comes_from_the_case_and_not_from_the_address(english, campus, placeless):
    english.force_login(campus.counter)
    page = english.get(f"/cases/{placeless.number}/place/?name=后门小卖部").content.decode()
    assert "后门小卖部" not in page
    assert "<strong>雁山校区3号门面隔壁</strong>" in page


def test_words_are_followed_as_far_as_they_lead(campus):
    viewer, office = campus.counter, campus.campus
    Place.objects.filter(pk=campus.shop.pk).update(pairs=bigrams(campus.shop.name))
    found = [
        places_described(viewer, office, text, limit=8) for text in ("3号门面", "3号门面二楼", "图书馆", "3")
    ]
    assert [[one.pk for one in places] for places in found[:3]] == [[campus.shop.pk], [campus.shop.pk], []]


def test_a_new_place_is_entered_with_the_applicants_words_or_not_at_all(english, campus, placeless):
    english.force_login(campus.counter)
    address = f"/cases/{placeless.number}/place/"
    page = english.get(address).content.decode()
    assert 'value="雁山校区3号门面隔壁"' in page
    assert re.search(rf'name="code" value="{placeless.number}"', page)  # a code that no other place has
    taken = {"add": "", "kind": "shop", "name": "后门小卖部", "code": campus.shop.code}
    assert english.post(address, taken).status_code == 422
    placeless.refresh_from_db()
    assert placeless.place is None
    assert english.post(address, {**taken, "code": "S99"}).status_code == 302
    placeless.refresh_from_db()
    assert placeless.place == Place.objects.get(code="S99", name="后门小卖部")


def test_who_may_not_open_cases_there_does_not_say_where_they_are(english, campus, placeless):
    english.force_login(campus.technician)
    answer = english.post(f"/cases/{placeless.number}/place/", {"choose_place": str(campus.shop.pk)})
    assert answer.status_code == 403
    placeless.refresh_from_db()
    assert placeless.place is None
