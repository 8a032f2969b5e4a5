"""A shop that changes hands: who is supplied there is seen, and ended or renamed by a linked case."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cases.conftest import SCAN, at, english, shop_case
from tests.cases.test_engine import PAPERS, close, hand_in
from tongdian.agreements.actions.ending import end_by_case, transfer_by_case
from tongdian.agreements.models import Agreement, AgreementText
from tongdian.agreements.queries import ClassNames
from tongdian.agreements.rules import AgreementStands
from tongdian.cases.actions import open_case, withdraw
from tongdian.cases.models import Case
from tongdian.connections import contracts, making_room
from tongdian.connections.models import Application
from tongdian.connections.rules import DoesNotMakeRoom, NotInTheWay
from tongdian.parties.models import Customer
from tongdian.policy.process import Process
from tongdian.rulebook.queries import pack as rulebook_pack

__all__ = ["english", "shop_case"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def former(campus):
    """李四 has had the shop since 2025."""
    from tongdian.agreements.actions import agreeing
    from tongdian.network.actions import add_usage_point

    customer = Customer.objects.create(
        number="YS-L0001", kind="person", name="李四", organisation=campus.campus, created_at=at("2025-01-01")
    )
    point = add_usage_point(
        viewer=campus.counter, place=campus.shop, utility="power", code="S3-D", at=at("2025-01-01")
    )
    return agreeing.sign(
        viewer=campus.counter,
        usage_point=point,
        customer=customer,
        pack="gxnu-2016-4",
        customer_class="shop",
        price_category="commercial",
        first_on=dt.date(2025, 1, 1),
        at=at("2025-01-01"),
    )


def draw_up(campus, case, first_on=dt.date(2026, 3, 4), day="2026-03-03"):
    return contracts.draw_up(
        viewer=campus.counter,
        case=case,
        customer_class="shop",
        price_category="commercial",
        first_on=first_on,
        at=at(day),
    )


def test_the_agreement_is_refused_when_it_is_drawn_up(campus, shop_case, former):
    with pytest.raises(AgreementStands) as refused:
        draw_up(campus, shop_case)
    assert former.number in refused.value.say("zh")
    assert not AgreementText.objects.exists()


def test_one_that_is_agreed_to_end_before_does_not_block(campus, shop_case, former):
    end_by_case(
        viewer=campus.counter, agreement=former, last_on=dt.date(2026, 3, 3), case="YS-1", at=at("2026-03-02")
    )
    assert draw_up(campus, shop_case)


def test_the_ending_is_opened_as_part_of_the_case_with_place_and_customer(campus, shop_case, former):
    made = making_room.make_room(
        viewer=campus.counter, case=shop_case, agreement=former, process="stop-supply", at=at("2026-03-03")
    )
    assert (made.part_of, made.place, made.customer) == (shop_case, campus.shop, former.customer)
    again = making_room.make_room(
        viewer=campus.counter,
        case=shop_case,
        agreement=former,
        process="stop-supply",
        at=at("2026-03-03", 11),
    )
    assert again == made  # one click more opens nothing
    with pytest.raises(DoesNotMakeRoom):
        making_room.make_room(
            viewer=campus.counter,
            case=shop_case,
            agreement=former,
            process="shop-application",
            at=at("2026-03-03"),
        )


def test_the_applicants_own_agreement_is_refused_when_another_is_drawn_up(campus, shop_case, former):
    """Closing the stage would refuse it, after signatures and a deposit."""
    own = transfer_by_case(
        viewer=campus.counter,
        agreement=former,
        customer=campus.wang,
        first_on=dt.date(2026, 3, 4),
        case="YS-1",
        at=at("2026-03-02"),
    )
    with pytest.raises(AgreementStands) as refused:
        draw_up(campus, shop_case)
    assert own.number in refused.value.say("zh")
    assert making_room.in_the_way(shop_case, dt.date(2026, 3, 4)) == [own]


def test_the_text_of_an_agreement_signed_on_paper_in_the_case_is_still_drawn_up(campus, shop_case):
    hand_in(shop_case, *PAPERS)
    close(shop_case, campus.counter, "apply", "2026-03-02")
    close(shop_case, campus.officer, "approve", "2026-03-04", facts={"approved": "true"})
    close(shop_case, campus.clerk, "accept", "2026-03-04")
    close(shop_case, campus.clerk, "sign", "2026-03-05", evidence=[SCAN])
    own = Agreement.objects.get(customer=campus.wang)
    assert draw_up(campus, shop_case, first_on=own.first_on, day="2026-03-05")


def test_what_does_not_stand_in_the_way_is_not_ended(campus, shop_case, former):
    end_by_case(
        viewer=campus.counter, agreement=former, last_on=dt.date(2026, 3, 2), case="YS-1", at=at("2026-03-02")
    )
    with pytest.raises(NotInTheWay):
        making_room.make_room(
            viewer=campus.counter,
            case=shop_case,
            agreement=former,
            process="stop-supply",
            at=at("2026-03-03"),
        )


def test_only_processes_for_that_class_of_customer_are_offered(campus, shop_case, former):
    assert [one.rule for one in making_room.offered(shop_case, former)] == ["stop-supply"]
    with pytest.raises(DoesNotMakeRoom):  # for staff residents
        making_room.make_room(
            viewer=campus.counter, case=shop_case, agreement=former, process="move-out", at=at("2026-03-03")
        )
    Agreement.objects.filter(pk=former.pk).update(customer_class="staff")
    former.refresh_from_db()
    assert {one.rule for one in making_room.offered(shop_case, former)} == {
        "move-out",
        "rename",
        "leave-school",
    }


def test_the_classes_of_customers_that_processes_are_for_are_those_of_the_regulation():
    for name in ("gxnu-2016-4", "nea-2021-37"):
        known = set(ClassNames().classes(name))
        for rule in rulebook_pack(name).rules.values():
            if isinstance(rule, Process):
                assert set(rule.customer_classes) <= known, rule.rule


def test_the_page_names_who_is_supplied_there_once_and_opens_the_ending_when_confirmed(
    english, campus, former
):
    from tongdian.agreements.actions import agreeing
    from tongdian.network.actions import add_usage_point

    water = add_usage_point(
        viewer=campus.counter, place=campus.shop, utility="water", code="S3-S", at=at("2025-01-01")
    )
    agreeing.sign(
        viewer=campus.counter,
        usage_point=water,
        customer=former.customer,
        pack="gxnu-2016-4",
        customer_class="shop",
        price_category="commercial",
        first_on=dt.date(2025, 1, 1),
        at=at("2025-01-01"),
    )
    case = open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        at=timezone.now(),
    )
    Application.objects.create(case=case, wants_power=True, wants_water=True)
    english.force_login(campus.officer)  # who approves it sees it first
    page = english.get(f"/cases/{case.number}/").content.decode()
    assert former.number in page
    assert "Supply is agreed here already" in page
    found = english.get("/search/", {"q": former.number}).content.decode()
    assert f"/agreements/{former.pk}/" in found
    english.force_login(campus.counter)
    page = english.get(f"/cases/{case.number}/contract/").content.decode()
    assert page.count("?process=") == 1
    address = f"/cases/{case.number}/make-room/{former.pk}/"
    assert english.get(address, {"process": "move-out"}).status_code == 404
    page = english.get(address, {"process": "stop-supply"}).content.decode()
    assert "This opens a case of its own for 李四" in page
    assert not Case.objects.filter(part_of=case).exists()  # looking opens nothing
    answer = english.post(address, {"process": "stop-supply"})
    opened = Case.objects.get(part_of=case)
    assert answer["Location"] == f"/cases/{opened.number}/"
    assert opened.number in english.get(f"/cases/{case.number}/").content.decode()


def test_the_timeline_says_that_the_office_took_a_case_back(english, campus, shop_case):
    withdraw(viewer=campus.counter, case=shop_case, reason="开错业务", seen=1, at=at("2026-03-03"))
    english.force_login(campus.counter)
    page = english.get(f"/cases/{shop_case.number}/").content.decode()
    assert "Taken back by the office" in page
    assert "Withdrawn by the applicant" not in page
