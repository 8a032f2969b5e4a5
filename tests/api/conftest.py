"""The API as a program meets it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone


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
