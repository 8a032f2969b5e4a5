"""What a page of staff asks the database: little, and nothing for each row."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cases.test_engine import PAPERS, hand_in
from tongdian.cases import actions
from tongdian.cases.models import Assignment
from tongdian.connections.models import Visit

pytestmark = pytest.mark.django_db

MOST = 15


def asked(account, address: str) -> int:
    """How many questions the page asks when it is opened for the second time."""
    client = Client()
    client.force_login(account)
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as questions:
        client.get(address)
    return len(questions)


def open_at_the_shop(campus, count: int) -> None:
    for _ in range(count):
        actions.open_case(
            viewer=campus.counter,
            organisation=campus.campus,
            pack="gxnu-2016-4",
            process="shop-application",
            customer=campus.wang,
            place=campus.shop,
            at=timezone.now(),
        )


@pytest.mark.parametrize("address", ["/", "/cases/", "/cases/?state=open", "/customers/", "/places/"])
def test_a_list_asks_the_same_however_long_it_is(campus, open_today, address):
    staff = (campus.counter, campus.clerk, campus.officer)
    few = [asked(person, address) for person in staff]
    open_at_the_shop(campus, 8)
    many = [asked(person, address) for person in staff]
    assert max(many) <= MOST
    # a group of rows that was empty is counted and read
    assert all(now <= before + 2 for now, before in zip(many, few, strict=True)), (few, many)


def test_a_cases_page_asks_the_same_however_much_happened(campus, open_today):
    address = f"/cases/{open_today.number}/"
    hand_in(open_today, PAPERS[0])
    Visit.objects.create(case=open_today, stage="approve", office=campus.energy, starts_at=timezone.now())
    few = asked(campus.officer, address)
    hand_in(open_today, *PAPERS)
    hand_in(open_today, *PAPERS)
    open_at_the_shop(campus, 6)
    for _ in range(4):
        Visit.objects.create(
            case=open_today,
            stage="approve",
            office=campus.energy,
            starts_at=timezone.now(),
            state=Visit.State.DONE,
        )
        Assignment.objects.create(
            case=open_today,
            part="customer-manager",
            account=campus.counter,
            by=campus.counter.actor,
            at=timezone.now(),
        )
    assert asked(campus.officer, address) <= few + 1  # who is named only in an assignment
