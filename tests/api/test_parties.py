"""Organisations, people and customers by the API, as by their pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from tongdian.parties.models import Membership

pytestmark = pytest.mark.django_db


def test_a_program_changes_what_it_saw_of_a_customer(campus: Any, program: Any) -> None:
    clerk = program(campus.clerk)
    made = clerk.do("/customers", organisation=str(campus.campus.pk), name="李小红", phone="0773-5846000转1")
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["document"], one["phone"]) == ("id_card", "077****6000-1")
    path = f"/customers/{one['id']}/change"
    assert clerk.do(path, email="li@example.org").json()["code"] == "seen-missing"
    given = {"document": "passport", "identity": "E12345678", "seen": one["seen"]}
    assert clerk.do(path, **given).json()["code"] == "paper-consent-missing"
    consent = {"version": 1, "personal": True, "identity": True}
    changed = clerk.do(path, **given, consent=consent)
    assert changed.status_code == 200, changed.content
    assert (changed.json()["identity"], changed.json()["name"]) == ("****", "李小红")
    assert clerk.do(path, email="x@example.org", seen=one["seen"]).status_code == 409
    again = changed.json()["seen"]
    assert clerk.do(path, name="李大红", seen=again).json()["code"] == "renamed-without-reason"
    assert clerk.do(path, name="李大红", reason="录入有误", seen=again).json()["name"] == "李大红"


def test_an_administrator_runs_organisations_and_people_by_the_api(
    campus: Any, viewer: Any, program: Any
) -> None:
    boss, above = program(viewer("administrator", "boss")), str(campus.campus.pk)
    made = boss.do(
        "/organisations",
        kind="unit",
        name="食堂",
        short="ST",
        region="450305",
        since_on="2026-01-01",
        parent=above,
    )
    assert made.status_code == 201, made.content
    canteen = made.json()
    path = f"/organisations/{canteen['id']}"
    assert boss.do(f"{path}/change", hotline="0773-5846000").status_code == 428
    seen = canteen["seen"]
    changed = boss.do(f"{path}/change", hotline="0773-5846000", seen=seen).json()
    assert boss.do(f"{path}/change", name="饭堂", seen=seen).status_code == 409
    assert boss.do(f"{path}/change", name="饭堂", headers={"If-Match": f'"{seen}"'}).status_code == 409
    assert (changed["name"], changed["hotline"]) == ("食堂", "0773-5846000")
    person = boss.do("/people", username="canteen", name="陈", role="clerk", organisation=canteen["id"])
    assert person.status_code == 201, person.content
    assert "password" not in person.text
    who, known = f"/people/{person.json()['id']}", person.json()["seen"]
    assert boss.do(f"{who}/change", name="陈").status_code == 428
    assert boss.do(f"{who}/change", name="陈明", seen=known).json()["name"] == "陈明"
    assert boss.do(f"{who}/change", name="陈光", seen=known).status_code == 409
    given = boss.do(f"{who}/roles", role="technician", organisation=canteen["id"]).json()
    assert {one["role"] for one in given["roles"]} == {"clerk", "technician"}
    role = next(one for one in given["roles"] if one["role"] == "technician")
    on = (dt.date.fromisoformat(role["since"]) + dt.timedelta(7)).isoformat()
    ended = boss.do(f"{who}/roles/{role['id']}/end", on=on).json()
    assert {one["role"]: one["before"] for one in ended["roles"]} == {"clerk": None, "technician": on}
    clerk = next(one for one in given["roles"] if one["role"] == "clerk")
    assert boss.do(f"{path}/close", on="2030-01-01", reason="并入后勤").json()["code"] == "has-people"
    boss.do(f"{who}/roles/{clerk['id']}/end", on=on)
    assert boss.do(f"{path}/move", below=None).status_code == 428
    assert boss.do(f"{path}/move", below=None, seen=changed["seen"]).json()["parent"] is None
    assert boss.do(f"{path}/move", below=above, seen=changed["seen"]).status_code == 409
    closed = boss.do(f"{path}/close", on="2030-01-01", reason="并入后勤")
    assert closed.json()["before"] == "2030-01-01", closed.content


def test_a_page_of_people_asks_for_their_roles_once(campus: Any, viewer: Any, program: Any) -> None:
    from django.db import connection

    asked = program(viewer("administrator", "boss"))
    with CaptureQueriesContext(connection) as found:
        listed = asked.ask("/people").json()["items"]
    table = Membership._meta.db_table
    of_each = [
        one
        for one in found.captured_queries
        if f'FROM "{table}" WHERE "{table}"."account_id" =' in one["sql"]
    ]
    assert len(listed) > 3
    assert len(of_each) <= 2  # what the viewer may do
