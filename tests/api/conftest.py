"""The API as a program meets it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.cases.conftest import make_campus
from tests.tries import forget_all_tries


def token_of(account: Any) -> dict[str, str]:
    """An `Authorization` header for an account, whatever its role."""
    from tongdian.api.models import Token
    from tongdian.api.rules import LIFETIME, digest, new_secret

    secret, now = new_secret(), timezone.now()
    Token.objects.create(
        account=account, title="a test", digest=digest(secret), made_at=now, expires_at=now + LIFETIME
    )
    return {"Authorization": f"Bearer {secret}"}


def at_the_counter(campus: Any, **more: Any) -> dict[str, Any]:
    """What a program says to open the shop's application: POST /cases."""
    return {
        "organisation": "YS",
        "pack": "gxnu-2016-4",
        "process": "shop-application",
        "customer": str(campus.wang.pk),
        "place": str(campus.shop.pk),
        "purpose": "奶茶店",
        **more,
    }


class Program(Client):
    """A program with a token: `post(path, **body)` under /api/v1, answers read as JSON."""

    def __init__(self, headers: Any = None) -> None:
        super().__init__(headers={"Accept-Language": "en", **(headers or {})})

    def ask(self, path: str, **more: Any) -> Any:
        """GET."""
        return self.get(f"/api/v1{path}", more)

    def do(self, path: str, headers: Any = None, **body: Any) -> Any:
        """POST."""
        return self.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def token(db: Any, viewer: Any) -> Any:
    """Makes a token for an account of a role; its `Authorization` header."""
    from tongdian.api.actions import make_token
    from tongdian.parties.models import Role

    def make(role: Role = Role.ADMINISTRATOR) -> dict[str, str]:
        account = viewer(role, f"program-{role}")
        _, secret = make_token(account=account, title="a test", at=timezone.now())
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def api(db: Any) -> Client:
    """A client that speaks English."""
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def campus(db: Any, viewer: Any) -> Any:
    """The campus of the engine's tests."""
    return make_campus(viewer)


@pytest.fixture
def program() -> Any:
    """Makes a program with the token of an account: `program(campus.officer)`."""
    return lambda account=None: Program(token_of(account) if account is not None else None)


@pytest.fixture(autouse=True)
def _nothing_tried_yet(request: Any) -> None:
    """Limits on tries are counted for all tests together; those on signing in in a cache."""
    from django.core.cache import cache

    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")
    cache.clear()
    forget_all_tries()
