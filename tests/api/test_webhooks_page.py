"""An administrator sets up a webhook, tries it, and sees how it went."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.api.test_webhooks import Receiver, receiver, send

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(campus: Any, viewer: Any) -> Client:
    person = Client(headers={"Accept-Language": "en"})
    person.force_login(viewer("administrator", "campus-admin", at=campus.campus))
    return person


def test_a_webhook_is_set_up_tried_and_removed(admin: Client, campus: Any, receiver: Receiver) -> None:
    assert "/webhooks/" in admin.get("/").content.decode()
    said = {"organisation": str(campus.campus.pk), "title": "财务系统", "address": receiver.address}
    made = admin.post("/webhooks/new/", said).content.decode()
    secret = re.search(r"whsec_[\w+/=]+", made)
    assert secret is not None
    listed = admin.get("/webhooks/").content.decode()
    address = re.search(r"/webhooks/[0-9a-f-]{36}/", listed)
    assert address is not None
    assert secret.group() not in admin.get(address.group()).content.decode()
    admin.post(f"{address.group()}ping/")
    send()
    assert [one["type"] for one in receiver.read(secret.group())] == ["tongdian.ping"]
    shown = admin.get(address.group()).content.decode()
    assert "HTTP 204" in shown
    delivery = re.search(r'name="delivery" value="([^"]+)"', shown)
    assert delivery is not None
    admin.post(f"{address.group()}replay/", {"delivery": delivery.group(1)})
    send()
    assert len(receiver.got) == 2
    admin.post(address.group(), {"title": "t", "address": receiver.address})  # off
    assert "Off" in admin.get(address.group()).content.decode()
    admin.post(f"{address.group()}remove/")
    assert admin.get(address.group()).status_code == 404


def test_an_address_inside_the_network_is_refused_in_words(admin: Client, campus: Any, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = []
    said = {"organisation": str(campus.campus.pk), "title": "t", "address": "https://10.0.0.8/"}
    reply = admin.post("/webhooks/new/", said)
    assert reply.status_code == 422
    assert "TONGDIAN_WEBHOOK_NETWORKS" in reply.content.decode()


def test_an_officer_sets_up_none(campus: Any) -> None:
    officer = Client()
    officer.force_login(campus.officer)
    assert officer.get("/webhooks/").status_code == 403
    assert "/webhooks/" not in officer.get("/").content.decode()
