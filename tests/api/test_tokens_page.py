"""A person makes, sees once and revokes a token."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_token_is_shown_once_works_and_can_be_revoked(viewer: Any) -> None:
    person = Client()
    person.force_login(viewer("auditor"))
    assert "/tokens/" in person.get("/").content.decode()
    made = person.post("/tokens/", {"title": "月报", "days": "90"}).content.decode()
    secret = re.search(r"tdn_[\w-]+", made)
    assert secret is not None
    assert secret.group() not in person.get("/tokens/").content.decode()
    program = Client(headers={"Authorization": f"Bearer {secret.group()}"})
    assert program.get("/api/v1/audit/head").status_code == 200
    token = re.search(r'name="revoke" value="([^"]+)"', made)
    assert token is not None
    person.post("/tokens/", {"revoke": token.group(1)})
    assert program.get("/api/v1/audit/head").status_code == 401


def test_a_token_without_a_purpose_is_refused(viewer: Any) -> None:
    person = Client()
    person.force_login(viewer("officer"))
    reply = person.post("/tokens/", {"title": " ", "days": "90"}, headers={"Accept-Language": "en"})
    assert reply.status_code == 422
    assert "Say what the token is for" in reply.content.decode()


def test_nobody_revokes_another_s_token(viewer: Any) -> None:
    owner, other = Client(), Client()
    owner.force_login(viewer("officer"))
    other.force_login(viewer("auditor"))
    made = owner.post("/tokens/", {"title": "a", "days": "90"}).content.decode()
    token = re.search(r'name="revoke" value="([^"]+)"', made)
    assert token is not None
    assert other.post("/tokens/", {"revoke": token.group(1)}).status_code == 404
    assert token.group(1) in owner.get("/tokens/").content.decode()


def test_strangers_and_customers_make_no_token(viewer: Any) -> None:
    assert Client().get("/tokens/").status_code == 302
    customer = Client()
    customer.force_login(viewer("customer"))
    assert customer.post("/tokens/", {"title": "a", "days": "90"}).status_code == 422
