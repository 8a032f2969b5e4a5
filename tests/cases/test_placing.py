"""An applicant described the place in words; the office says which one it is."""

from __future__ import annotations

import pytest

from tests.cases.conftest import at
from tongdian.audit_log.models import Entry
from tongdian.cases import actions
from tongdian.network.models import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def placeless(campus):
    return actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=None,
        at=at("2026-03-02"),
    )


def test_a_known_place_is_looked_for_and_chosen(english, campus, placeless):
    english.force_login(campus.counter)
    assert f"/cases/{placeless.number}/place/" in english.get(f"/cases/{placeless.number}/").content.decode()
    page = english.post(f"/cases/{placeless.number}/place/", {"find": "", "find_place": "3号门面"})
    assert str(campus.shop.pk) in page.content.decode()
    english.post(f"/cases/{placeless.number}/place/", {"choose_place": str(campus.shop.pk)})
    placeless.refresh_from_db()
    assert (placeless.place, placeless.region) == (campus.shop, campus.shop.region)
    assert Entry.objects.filter(action="case.settle").count() == 1


def test_a_new_place_is_entered_with_the_applicants_words_or_not_at_all(english, campus, placeless):
    english.force_login(campus.counter)
    address = f"/cases/{placeless.number}/place/"
    page = english.get(f"{address}?name=后门小卖部").content.decode()
    assert 'value="后门小卖部"' in page
    assert f'value="{placeless.number}"' in page  # a code that no other place has
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
