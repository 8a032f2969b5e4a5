"""No parameter of any address is answered with a server error, or in another form than the caller's."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client

from tests.api.conftest import token_of
from tests.architecture.two_campuses import build
from tests.hold.odd_values import Driver, Recorded

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("HOLD_SEED", "7"))
COUNT = int(os.environ.get("HOLD_COUNT", "2"))


@pytest.fixture
def driver(viewer: Any, monkeypatch: Any, settings: Any) -> Any:
    def reads(request: WSGIRequest) -> Recorded:
        found = request.__dict__.get("_recorded")
        if found is None:
            found = Recorded(request.META.get("QUERY_STRING", ""))
            request.__dict__["_recorded"] = found
        return found

    monkeypatch.setattr(WSGIRequest, "GET", property(reads))
    cache.clear()
    world = build(viewer)
    return world, Driver(seed=SEED, count=COUNT, things=world.ours)


@pytest.mark.parametrize("who", ["anonymous", "clerk", "administrator"])
def test_no_page_breaks_or_answers_a_reader_as_a_program(driver: Any, who: str) -> None:
    world, sender = driver
    client = Client(headers={"Accept-Language": "en"})
    if who != "anonymous":
        client.force_login(world.people[who])
    sender.pages(who, client)
    assert sender.wrong == [], "\n".join(map(str, sender.wrong))


@pytest.mark.parametrize("who", ["anonymous", "clerk", "administrator"])
def test_no_operation_breaks_or_answers_a_program_as_a_reader(
    driver: Any, who: str, monkeypatch: Any
) -> None:
    from tongdian.api.v1 import api

    world, sender = driver
    monkeypatch.setattr("tongdian.api.v1.asking.Unhurried.allow_request", lambda *_: True)
    headers = {} if who == "anonymous" else token_of(world.people[who])
    sender.operations(who, Client(headers=headers), api.get_openapi_schema())
    assert sender.wrong == [], "\n".join(map(str, sender.wrong))
