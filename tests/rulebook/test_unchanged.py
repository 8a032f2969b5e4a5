"""A stranger's page of the rulebook is not drawn again while nothing changed, and comes compressed."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.rulebook.papers import papers_of
from tongdian.rulebook import actions, queries

PACK = "nea-2021-37"
ADDRESSES = (
    "/packs/",
    f"/packs/{PACK}/",
    f"/packs/{PACK}/coverage/",
    f"/packs/{PACK}/interpretations/",
    "/calendar/",
    "/differences/",
    "/help/",
)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_the_page_already_gets_nothing_drawn(client, address, monkeypatch):
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200  # the first one brought the token of the forms
    monkeypatch.setattr("django.template.base.Template.render", None)
    last = client.get(address, headers={"If-None-Match": again["ETag"]})
    assert (last.status_code, last.content) == (304, b"")
    assert "Content-Security-Policy" not in last


def test_another_language_or_choice_is_another_page(viewer):
    client = Client()
    client.get("/packs/")
    known = client.get("/packs/")["ETag"]
    assert client.get("/packs/", headers={"If-None-Match": known}).status_code == 304
    english = client.get("/packs/", headers={"If-None-Match": known, "Accept-Language": "en"})
    assert english.status_code == 200
    one = queries.pack(PACK)
    place = next(place for place in one.interpretations.values() if place.fixed is None)
    other = next(key for key in place.options if key != (one.choices.get(place.id) or place.chosen))
    actions.choose_interpretation(
        pack=one,
        interpretation=place.id,
        option=other,
        reason="试",
        papers=papers_of(one),
        by=viewer("administrator"),
        at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    assert client.get("/packs/", headers={"If-None-Match": known}).status_code == 200


def test_a_strangers_page_comes_compressed_and_a_colleagues_whole(viewer):
    asks = {"Accept-Encoding": "gzip"}
    stranger = Client()
    assert stranger.get("/packs/", headers=asks)["Content-Encoding"] == "gzip"
    colleague = Client()
    colleague.force_login(viewer("clerk", "li"))
    page = colleague.get("/packs/", headers=asks)
    assert "Content-Encoding" not in page
    assert "ETag" not in page
