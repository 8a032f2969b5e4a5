"""Pages and answers of packs over packs, and of what came after a document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

OVERLAYS = Path(__file__).parents[1] / "policies" / "overlays"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf_with_examples(monkeypatch):
    monkeypatch.setenv("TONGDIAN_POLICIES", str(OVERLAYS))


def page(client, path: str) -> str:
    answer = client.get(path, HTTP_ACCEPT_LANGUAGE="zh-Hans")
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_the_ledgers_page_lists_the_places_with_stricter_terms(client):
    text = page(client, "/packs/nea-2021-37/")
    assert "各地更严的规定" in text
    assert text.index("/packs/example-province/") < text.index("/packs/example-county/")  # widest first


def test_an_overlays_page_says_what_it_lies_over_and_what_it_no_longer_asks(client):
    text = page(client, "/packs/example-county/")
    assert "/packs/example-prefecture/" in text
    assert "用电工程项目批准文件" in text
    assert "中间检查" in text
    page(client, "/packs/example-county/rules/connection-end-to-end-limit/")
    page(client, "/packs/example-county/clauses/example-province/1")
    page(client, "/packs/example-county/coverage/")


def test_a_page_of_the_ledger_says_that_a_later_opinion_exists(client):
    for path in ("/packs/nea-2021-37/", "/packs/nea-2021-37/clauses/附件1/6"):
        text = page(client, path)
        assert "已知有后续文件" in text
        assert "现代化用电营商环境" in text
    assert "已知有后续文件" not in page(client, "/packs/gxnu-2016-4/")


@pytest.mark.parametrize(
    ("region", "pack", "days"), [("450311", "example-county", "8"), ("", "nea-2021-37", "15")]
)
def test_the_api_answers_by_the_overlay_of_a_place(client, region, pack, days):
    asked = {"on": "2022-04-01", "given": {"class": "three_zero"}, "region": region}
    answer = client.post(
        "/api/v1/packs/nea-2021-37/rules/connection-end-to-end-limit/answers",
        json.dumps(asked),
        content_type="application/json",
    )
    assert answer.status_code == 200, answer.content
    assert (answer.json()["pack"], answer.json()["value"]) == (pack, days)


def test_the_api_refuses_a_place_that_does_not_exist(client):
    asked = {"on": "2022-04-01", "given": {"class": "three_zero"}, "region": "999999"}
    answer = client.post(
        "/api/v1/packs/nea-2021-37/rules/connection-end-to-end-limit/answers",
        json.dumps(asked),
        content_type="application/json",
    )
    assert answer.status_code == 422


def test_the_search_finds_each_clause_once(client):
    from tongdian.rulebook import queries

    hits = [hit for hit in queries.find("办电环节") if hit.what == "clause" and hit.id == "附件1/7"]
    assert [hit.pack.id for hit in hits] == ["nea-2021-37"]
    own = [hit for hit in queries.find("三零用户12个工作日") if hit.what == "clause"]
    assert [hit.pack.id for hit in own] == ["example-province"]


def test_a_limit_is_tried_for_a_place(client, db, monkeypatch):
    """The region box of a rule in working days: in the example's province three-zero has 12, not the nation's 15."""
    monkeypatch.setenv("TONGDIAN_POLICIES", str(OVERLAYS))
    at = "/packs/nea-2021-37/rules/connection-end-to-end-limit/?on=2022-03-01&given.class=three_zero"
    english = {"HTTP_ACCEPT_LANGUAGE": "en"}
    assert 'name="region"' in client.get(at, **english).content.decode()
    assert "15 working days" in client.get(at, **english).content.decode()
    assert "12 working days" in client.get(f"{at}&region=450100", **english).content.decode()
    wrong = client.get(f"{at}&region=999999", **english).content.decode()
    assert "There is no division with the code 999999" in wrong
