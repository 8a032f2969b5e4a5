"""The faults of the attack and of the field, one by one: refused in words, in the caller's form."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.api.conftest import token_of
from tests.architecture.two_campuses import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(viewer: Any) -> Any:
    return build(viewer)


@pytest.fixture
def admin(world: Any) -> Client:
    client = Client(headers={"Accept-Language": "en"}, raise_request_exception=False)
    client.force_login(world.people["administrator"])
    return client


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/calendar/?year=²", 200),
        ("/agreements/?from=²", 200),
        ("/agreements/?from=99999999999999999999", 200),
        ("/agreements/?q=%00", 422),
        ("/people/?q=%00", 422),
        ("/places/?q=%00", 422),
        ("/audit/?subject=%00", 422),
        ("/deliveries/?subject=%00", 422),
        ("/cases/new/?part_of=%00", 422),
        ("/repair/%00/", 404),
        ("/cases/%00/", 404),
        ("/repairs/%00/", 404),
    ],
)
def test_an_odd_address_is_a_page_in_words(admin: Client, address: str, status: int) -> None:
    reply = admin.get(address)
    assert (reply.status_code, reply["Content-Type"].split(";")[0]) == (status, "text/html")


def test_an_id_that_is_no_uuid_is_a_problem_and_no_stale_form(world: Any) -> None:
    strict = Client(enforce_csrf_checks=True, headers=token_of(world.people["administrator"]))
    for address in ("/api/v1/agreements/x/end", "/api/v1/customers/x/numbers", "/api/v1/nothing"):
        reply = strict.post(address, "{}", "application/json")
        assert (reply.status_code, reply["Content-Type"]) == (404, "application/problem+json")
        assert {"zh", "en"} == set(reply.json()["says"])
    wrong = strict.delete("/api/v1/cases")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")


def test_a_bad_name_by_the_api_is_refused_in_both_languages(world: Any) -> None:
    program = Client(headers=token_of(world.people["administrator"]))
    said = {"organisation": str(world.ours["organisation"]), "name": "x\u0007"}
    reply = program.post("/api/v1/customers", json.dumps(said), "application/json")
    assert (reply.status_code, reply.json()["code"]) == (422, "not-plain-text")
    assert "U+0007" in reply.json()["says"]["zh"]


def test_a_form_says_it_beside_the_field(admin: Client, world: Any) -> None:
    reply = admin.post(f"/customers/new/?for={world.ours['organisation']}", {"name": "王\u200b"})
    assert reply.status_code == 422
    assert "Character 2 of the text (U+200B)" in reply.content.decode()


def test_a_workbook_with_an_undefined_entity_is_refused(admin: Client, world: Any) -> None:
    from tests.agreements.spreadsheets import PLACES, workbook
    from tongdian.spreadsheets.reading import read_table
    from tongdian.spreadsheets.refusals import NotASpreadsheet

    good, spoilt = workbook(PLACES, ("S9", "门面", "九号", "", "", "")), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(spoilt, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if "sheet1" in name:
                part = part.replace(b"<sheetData>", b"<sheetData>&nothing;")
            new.writestr(name, part)
    with pytest.raises(NotASpreadsheet):
        read_table(spoilt.getvalue(), headings={"a": ["x"]}, required=["a"], most=9)


@pytest.mark.parametrize(
    ("failed", "status", "code"),
    [
        (OSError(28, "No space left on device"), 507, "disk-full"),
        (OSError(30, "Read-only file system"), 503, "not-available"),
        (OperationalError("the connection is closed"), 503, "not-available"),
        (RuntimeError("a fault of ours"), 500, "server-error"),
    ],
)
def test_a_full_disk_is_said_in_the_callers_form(
    monkeypatch: Any, failed: Exception, status: int, code: str
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise failed

    monkeypatch.setattr("tongdian.api.v1.asking.Unhurried.allow_request", fails)
    monkeypatch.setattr("tongdian.web.pages.render", fails)
    client = Client(raise_request_exception=False)
    client.fails_on_purpose = True  # type: ignore[attr-defined]
    reply = client.get("/api/v1/offices")
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    page = client.get("/")
    assert (page.status_code, page["Content-Type"].split(";")[0]) == (status, "text/html")
