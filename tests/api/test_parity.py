"""A program brings in spreadsheets, settles interpretations and enters working days, as a person does."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.agreements.spreadsheets import CUSTOMERS, text_table
from tests.api.conftest import token_of
from tests.network.conftest import campus
from tests.rulebook.papers import papers_asked
from tongdian.network.models import Feeder
from tongdian.parties.models import Consent
from tongdian.rulebook import queries

__all__ = ["campus"]
pytestmark = pytest.mark.django_db


def test_a_spreadsheet_is_read_looked_at_stored_and_undone(client, campus):
    headers = token_of(campus.officer)
    heads = ("线路或干管编号", "水或电", "名称", "电压 kV", "容量 kVA")
    content = text_table(heads, ("F2", "电", "二线", "10", ""), ("F3", "气", "三线", "", ""))
    typed = {
        "organisation": str(campus.organisation.pk),
        "kind": "feeders",
        "file": SimpleUploadedFile("f.csv", content),
    }
    made = client.post("/api/v1/imports", typed, headers=headers)
    assert (made.status_code, made.json()["counts"]) == (201, {"new": 1, "refused": 1})
    where = f"/api/v1/imports/{made.json()['id']}"
    rows = client.get(f"{where}/rows?fate=refused", headers=headers).json()["items"]
    assert [(row["number"], row["reasons"][0]["cell"]) for row in rows] == [(3, "B3")]
    first = client.get(f"{where}/rows?limit=1", headers=headers).json()
    assert client.get(f"{where}/rows?from={first['next']}", headers=headers).json()["items"] == rows
    assert client.generic("POST", f"{where}/confirm", headers=headers).json()["state"] == "confirmed"
    assert Feeder.objects.filter(code="F2").exists()
    assert client.post(f"{where}/undo", headers=headers).json()["state"] == "undone"
    assert not Feeder.objects.filter(code="F2").exists()
    assert client.get("/api/v1/imports", headers=headers).json()["items"][0]["state"] == "undone"
    assert client.get("/api/v1/imports/templates/feeders", headers=headers).status_code == 200


def test_a_program_says_the_consent_of_the_people_in_a_spreadsheet(client, campus):
    headers = token_of(campus.officer)
    content = text_table(CUSTOMERS, ("104", "个人", "王五", "11010519491231002X", ""))
    typed = {
        "organisation": str(campus.organisation.pk),
        "kind": "customers",
        "file": SimpleUploadedFile("c.csv", content),
    }
    made = client.post("/api/v1/imports", typed, headers=headers)
    where = f"/api/v1/imports/{made.json()['id']}/confirm"
    for body, code in (
        ({}, "paper-consent-missing"),
        ({"consent": {"version": 1, "personal": False, "identity": True}}, "paper-consent-missing"),
        ({"consent": {"version": 1, "personal": True}}, "identity-consent-missing"),
    ):
        refused = client.post(where, body, content_type="application/json", headers=headers)
        assert (refused.status_code, code in refused.content.decode()) == (422, True)
    body = {"consent": {"version": 1, "personal": True, "identity": True}}
    assert client.post(where, body, content_type="application/json", headers=headers).status_code == 200
    assert Consent.objects.get().door == "paper"


def test_an_administrator_s_program_settles_an_interpretation(client, viewer):
    headers = token_of(viewer("administrator"))
    pack = queries.pack("gxnu-2016-4")
    name, place = next((n, one) for n, one in pack.interpretations.items() if len(one.options) > 1)
    now = queries.choices(pack.id).get(name, place.chosen)
    option = next(one for one in place.options if one != now)
    where = f"/api/v1/packs/{pack.id}/interpretations/{name}/choose"
    given = {"option": option, "reason": "校务会 2026 年第 3 号纪要", "papers": papers_asked(pack)}
    reply = client.post(where, given, "application/json", headers=headers)
    assert (reply.status_code, reply.json()["option"]) == (200, option)
    assert queries.choices(pack.id)[name] == option
    assert client.post(where, given, "application/json", headers=headers).json()["code"] == "already-so"


def test_an_administrator_s_program_makes_a_local_day_of_rest(client, viewer):
    headers = token_of(viewer("administrator"))
    day = {"on": "2026-12-14", "region": "450311", "kind": "rest", "name_zh": "停电检修", "source": "通知"}
    made = client.post("/api/v1/workdays/changes", day, "application/json", headers=headers)
    assert (made.status_code, made.json()["waits"]) == (201, False)
    listed = client.get("/api/v1/workdays/changes", headers=headers).json()["items"]
    assert [(one["on"], one["kind"]) for one in listed] == [("2026-12-14", "rest")]
    assert (
        client.post(
            "/api/v1/workdays/changes", day | {"region": "999999"}, "application/json", headers=headers
        ).status_code
        == 422
    )
