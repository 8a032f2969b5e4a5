"""Limits on guessing, and what is told to caches."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_password_cannot_be_guessed_for_long(viewer: Any) -> None:
    account = viewer("officer", "guessed")
    account.set_password("right and long enough")
    account.save()

    def sign_in(password: str, address: str = "192.0.2.1") -> bool:
        person = Client(REMOTE_ADDR=address)
        person.post("/accounts/login/", {"login": "guessed", "password": password})
        return "_auth_user_id" in person.session

    assert sign_in("right and long enough")
    for number in range(5):
        assert not sign_in(f"wrong {number}", f"192.0.2.{number + 2}")
    # five in five minutes for one name, wherever they come from: now even the right one waits
    assert not sign_in("right and long enough", "192.0.2.99")


def test_answers_to_a_token_stay_in_no_cache(campus: Any, program: Any) -> None:
    clerk = program(campus.counter)
    made = clerk.do("/cases", organisation="YS", pack="gxnu-2016-4", process="shop-application")
    for reply in (made, clerk.ask("/cases"), clerk.ask("/customers")):
        assert reply["Cache-Control"] == "private, no-store"


def test_an_address_that_somebody_writes_himself_is_not_believed(settings: Any, rf: Any) -> None:
    from tongdian.parties.limits import address_of

    forged = rf.get("/", headers={"X-Forwarded-For": "198.51.100.7"}, REMOTE_ADDR="192.0.2.1")
    settings.HTTPS = False
    assert address_of(forged) == "192.0.2.1"
    settings.HTTPS = True  # behind the operator's proxy, which writes last
    behind = rf.get("/", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.5"})
    assert address_of(behind) == "203.0.113.5"


def test_the_api_signs_nobody_in_by_cookie(viewer: Any) -> None:
    """So a page of strangers cannot use the browser of somebody signed in (no CSRF)."""
    person = Client()
    person.force_login(viewer("administrator"))
    assert person.get("/api/v1/cases").status_code == 401
    assert person.post("/api/v1/cases", "{}", content_type="application/json").status_code == 401
