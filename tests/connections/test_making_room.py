"""A shop that changes hands: who is supplied there is seen, and ended or renamed by a linked case."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cases.conftest import at, english, shop_case
from tongdian.agreements.actions.ending import end_by_case
from tongdian.agreements.models import Agreement, AgreementText
from tongdian.agreements.rules import AgreementStands
from tongdian.cases.actions import open_case
from tongdian.cases.models import Case
from tongdian.connections import contracts, making_room
from tongdian.connections.rules import DoesNotMakeRoom, NotInTheWay
from tongdian.parties.models import Customer

__all__ = ["english", "shop_case"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def former(campus):
    """李四 has had the shop since 2025."""
    from tongdian.agreements.actions import agreeing
    from tongdian.network.actions import add_usage_point

    customer = Customer.objects.create(
        number="YS-L0001", kind="person", name="李四", organisation=campus.campus,
        created_at=at("2025-01-01"),
    )  # fmt: skip
    point = add_usage_point(
        viewer=campus.counter, place=campus.shop, utility="power", code="S3-D",
        at=at("2025-01-01"),
    )  # fmt: skip
    return agreeing.sign(
        viewer=campus.counter, usage_point=point, customer=customer, pack="gxnu-2016-4",
        customer_class="shop", price_category="commercial", first_on=dt.date(2025, 1, 1),
        at=at("2025-01-01"),
    )  # fmt: skip


def draw_up(campus, case, first_on=dt.date(2026, 3, 4), day="2026-03-03"):
    return contracts.draw_up(
        viewer=campus.counter, case=case, customer_class="shop", price_category="commercial",
        first_on=first_on, at=at(day),
    )  # fmt: skip


def test_the_agreement_is_refused_when_it_is_drawn_up(campus, shop_case, former):
    with pytest.raises(AgreementStands) as refused:
        draw_up(campus, shop_case)
    assert former.number in refused.value.say("zh")
    assert not AgreementText.objects.exists()


def test_one_that_is_agreed_to_end_before_does_not_block(campus, shop_case, former):
    end_by_case(
        viewer=campus.counter, agreement=former, last_on=dt.date(2026, 3, 3), case="YS-1",
        at=at("2026-03-02"),
    )  # fmt: skip
    assert draw_up(campus, shop_case)


def test_the_ending_is_opened_as_part_of_the_case_with_place_and_customer(
    campus, shop_case, former
):
    made = making_room.make_room(
        viewer=campus.counter, case=shop_case, agreement=former, process="stop-supply",
        at=at("2026-03-03"),
    )  # fmt: skip
    assert (made.part_of, made.place, made.customer) == (
        shop_case, campus.shop, former.customer,
    )  # fmt: skip
    again = making_room.make_room(
        viewer=campus.counter, case=shop_case, agreement=former, process="stop-supply",
        at=at("2026-03-03", 11),
    )  # fmt: skip
    assert again == made  # one click more opens nothing
    with pytest.raises(DoesNotMakeRoom):
        making_room.make_room(
            viewer=campus.counter, case=shop_case, agreement=former, process="shop-application",
            at=at("2026-03-03"),
        )  # fmt: skip


def test_what_does_not_stand_in_the_way_is_not_ended(campus, shop_case, former):
    Agreement.objects.filter(pk=former.pk).update(customer=campus.wang)
    former.refresh_from_db()
    with pytest.raises(NotInTheWay):
        making_room.make_room(
            viewer=campus.counter, case=shop_case, agreement=former, process="stop-supply",
            at=at("2026-03-03"),
        )  # fmt: skip


def test_the_page_names_who_is_supplied_there_and_opens_the_ending_in_one_click(
    english, campus, former
):
    case = open_case(
        viewer=campus.counter, organisation=campus.campus, pack="gxnu-2016-4",
        process="shop-application", customer=campus.wang, place=campus.shop, at=timezone.now(),
    )  # fmt: skip
    english.force_login(campus.officer)  # who approves it sees it first
    page = english.get(f"/cases/{case.number}/").content.decode()
    assert former.number in page
    assert "Somebody else is supplied here" in page
    found = english.get("/search/", {"q": former.number}).content.decode()
    assert f"/agreements/{former.pk}/" in found
    english.force_login(campus.counter)
    assert (
        "Somebody else is supplied here"
        in english.get(f"/cases/{case.number}/contract/").content.decode()
    )
    answer = english.post(
        f"/cases/{case.number}/make-room/{former.pk}/", {"process": "stop-supply"}
    )
    opened = Case.objects.get(part_of=case)
    assert answer["Location"] == f"/cases/{opened.number}/"
    assert opened.number in english.get(f"/cases/{case.number}/").content.decode()
