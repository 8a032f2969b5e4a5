"""docs/security.md: identity numbers and telephones are encrypted, wherever they are kept."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from tests.connections.test_pages_public import WHO, sent  # noqa: F401
from tests.consent import CONSENT
from tests.in_clear import tables_with
from tests.tries import forget_all_tries
from tongdian.cases.rules import Applicant
from tongdian.connections import contracts
from tongdian.notices.models import Content

pytestmark = pytest.mark.django_db

PHONE, IDENTITY = WHO["phone"], WHO["identity"]
APPLIED = {
    "kind": "person",
    "name": WHO["name"],
    "identity": IDENTITY,
    "phone": PHONE,
    "consent": CONSENT,
    "purpose": "奶茶店",
    "capacity_kw": "12",
}


@pytest.fixture(autouse=True)
def nothing_tried_before():
    forget_all_tries()


def test_no_table_has_a_telephone_or_an_identity_number_in_clear(client, campus, sent):  # noqa: F811
    """Applied by page and API, told, sent a code, followed, and a fault reported."""
    contracts.send_code(applicant=Applicant(sent.pk, sent.number), case=sent, at=timezone.now())
    client.post("/track/", {"number": sent.number, "phone": PHONE})
    client.post(
        "/services/YS/repair/", {"utility": "water", "place_text": "3 栋", "what": "漏水", "phone": PHONE}
    )
    address = "/api/v1/offices/YS/services/shop-application/applications"
    said = client.post(
        address,
        json.dumps({**APPLIED, "place": str(campus.shop.pk)}),
        content_type="application/json",
        headers={"Idempotency-Key": "one-application-of-two"},
    )
    assert said.status_code == 201, said.content
    assert Content.objects.exists()
    for number in (PHONE, IDENTITY):
        assert tables_with(number) == []
    assert tables_with(sent.number)  # so it looks where something stands
