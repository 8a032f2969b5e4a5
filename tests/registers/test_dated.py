"""A dated register: a change is a new row from a day on, and what was before stays readable."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import transaction

from tests.api.conftest import token_of
from tests.network.conftest import AT
from tongdian.connections.actions.fees import change_fee, publish_fee
from tongdian.connections.models import PublishedFee
from tongdian.registers.dated import DayTaken
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db

JANUARY, MARCH = dt.date(2026, 1, 1), dt.date(2026, 3, 1)


def published(campus, first_on=JANUARY, yuan="20", **more):
    return publish_fee(
        viewer=campus.officer,
        organisation=campus.organisation,
        at=AT,
        **{"code": "card", "name": "补办电卡", "unit": "张", "basis": "第十五条（三）"} | more,
        yuan=Decimal(yuan),
        first_on=first_on,
    )


def prices():
    rows = PublishedFee.objects.order_by("in_force__startswith")
    return [(row.in_force.lower, row.in_force.upper, row.yuan) for row in rows]


def test_a_change_ends_what_was_the_day_before_and_keeps_it(campus):
    fee = published(campus)
    new = change_fee(
        viewer=campus.officer, fee=fee, yuan=Decimal("25.50"), basis="新文件", first_on=MARCH, at=AT
    )
    assert (new.code, new.name, new.unit) == ("card", "补办电卡", "张")  # what is not named stays
    assert prices() == [(JANUARY, MARCH, 20), (MARCH, None, Decimal("25.50"))]


def test_a_change_says_its_day_and_its_reason_anew(campus):
    fee = published(campus)
    for left_out in ("basis", "first_on"):
        said = {"basis": "新文件", "first_on": MARCH, "yuan": Decimal(25)}
        del said[left_out]
        with pytest.raises((BadValue, TypeError)) as refused:
            change_fee(viewer=campus.officer, fee=fee, at=AT, **said)
        assert getattr(refused.value, "field", left_out) == left_out
    with pytest.raises(DayTaken) as taken:
        published(campus, first_on=JANUARY, yuan="30")
    assert taken.value.field == "first_on"
    assert prices() == [(JANUARY, None, 20)]


def test_whatever_the_order_of_entry_each_day_has_one_price(campus):
    """The periods tile time from the first day on: each ends where the next begins, the last is open."""
    days = [dt.date(2026, month, 1) for month in (1, 3, 5, 8)]
    for order in permutations(days):
        with transaction.atomic():
            for day in order:
                published(campus, first_on=day, yuan=str(day.month))
            assert prices() == [
                (day, following, day.month) for day, following in zip(days, [*days[1:], None], strict=True)
            ]
            transaction.set_rollback(True)


def test_by_page_and_api_the_history_is_listed_and_a_day_can_be_asked_for(client, campus):
    fee = published(campus)
    client.force_login(campus.officer)
    where = f"/fees/{fee.pk}/"
    form = client.get(where).context["form"]
    assert form["first_on"].value() is None
    assert form["yuan"].value() == "20.00"
    typed = {
        "name": "补办电卡",
        "unit": "张",
        "yuan": "25.5",
        "basis": "新文件",
        "seen": form["seen"].value(),
    }
    assert client.post(where, typed | {"first_on": "2026-03-01"}).status_code == 302
    said = re.sub(r"<[^>]+>", " ", client.get("/fees/?on=2026-02-01").content.decode())
    assert ("20" in said, "25.5" in said) == (True, False)
    headers = token_of(campus.officer)
    held = client.get(f"/api/v1{where}history", headers=headers).json()["items"]
    assert [(one["first_on"], one["yuan"]) for one in held] == [
        ("2026-03-01", "25.50"),
        ("2026-01-01", "20.00"),
    ]
