"""A stranger's page of the services is not drawn again while nothing changed that it is drawn from."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.cases.conftest import at
from tongdian.connections.actions.fees import publish_fee

ADDRESSES = (
    "/services/YS/",
    "/services/YS/shop-application/",
    "/services/YS/fees/",
    "/services/YS/prices/",
    "/hotlines/",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_the_page_already_gets_nothing_drawn(client, campus, address, monkeypatch):
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200  # the first one brought the token of the forms
    with monkeypatch.context() as undrawn:
        undrawn.setattr("django.template.base.Template.render", None)
        last = client.get(address, headers={"If-None-Match": again["ETag"]})
    assert (last.status_code, last.content) == (304, b"")


def test_another_fee_or_name_is_another_page_and_a_draft_is_one_s_own(client, campus, viewer):
    address = "/services/YS/shop-application/"
    client.get(address)

    def changed_since(known):
        return client.get(address, headers={"If-None-Match": known}).status_code == 200

    known = client.get(address)["ETag"]
    assert not changed_since(known)
    publish_fee(
        viewer=viewer("officer", "campus-officer", at=campus.campus),
        organisation=campus.campus,
        code="card",
        name="补办电卡",
        unit="张",
        yuan=Decimal("20.00"),
        basis="第十五条（三）",
        first_on=dt.date(2020, 1, 1),
        at=at("2026-03-02"),
    )
    assert changed_since(known)
    known = client.get(address)["ETag"]
    campus.campus.hotline = "0773-5846001"
    campus.campus.save()
    assert changed_since(known)
    client.post(f"{address}apply/")  # a draft begins in this browser
    assert "ETag" not in client.get(address)
