"""Ledger task 21 and indicator 25: a low-voltage contract drawn up, signed on the telephone, sealed
by the supplier and kept, as a case of its own that serves the connection."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from tests.cases.conftest import adopt, at, organisation
from tests.connections.conftest import evidence
from tests.connections.test_shop import code_sent, seal
from tongdian.agreements.models import Agreement
from tongdian.cases import actions as cases
from tongdian.cases.models import Case
from tongdian.cases.rules import ServesAnother
from tongdian.connections import contracts, queries
from tongdian.connections.pages.standing import ApplicantCase
from tongdian.connections.pages.tracking import SESSION
from tongdian.connections.rules import NotDrawnUp, NotSealed, NotSigned
from tongdian.network.actions import add_place
from tongdian.notices.models import Channel, Content
from tongdian.parties.actions.customers import enter_customer

pytestmark = pytest.mark.django_db
PHONE = "13877300055"
TEXT = {"customer_class": "low_voltage", "price_category": "commercial"}


@pytest.fixture
def grid(db, viewer):
    """A supplier, its clerk, and a firm that applied with 120 kW on Monday 2 March 2026."""
    office = organisation("supplier", "示例供电公司", "GL", region="450311")
    adopt(office, "nea-2021-37")
    Channel.objects.create(organisation=office.id, kind="sms", changed_at=at("2026-01-01"))
    clerk = viewer("clerk", "gl-clerk", at=office)
    known = {"viewer": clerk, "at": at("2026-03-02")}
    customer = enter_customer(
        organisation=office, kind="firm", name="桂林米香食品有限公司", phone=PHONE, **known
    )
    place = add_place(organisation=office, kind="premises", code="P1", name="雁中路 88 号", **known)
    opened = {"organisation": office, "pack": "nea-2021-37", "customer": customer, "place": place}
    whole = cases.open_case(process="low-voltage-connection", facts={"capacity": "120"}, **opened, **known)
    part = cases.open_case(process="electronic-contract", part_of=whole, **opened, **known)
    return SimpleNamespace(office=office, clerk=clerk, whole=whole, part=part)


def close(grid, stage, **more):
    grid.part.refresh_from_db()
    return cases.close_stage(
        viewer=grid.clerk, case=grid.part, stage=stage, seen=grid.part.seq, at=at("2026-03-03"), **more
    )


def test_only_low_voltage_connections_are_offered_an_electronic_contract(grid, client):
    # 附件1/21: "推行低压用户供用电合同电子化"; a high-voltage connection has none
    opened = {"organisation": grid.office, "pack": "nea-2021-37", "customer": grid.whole.customer}
    opened |= {"place": grid.whole.place, "viewer": grid.clerk, "at": at("2026-03-02")}
    high = cases.open_case(process="high-voltage-single-connection", facts={"capacity": "630"}, **opened)
    with pytest.raises(ServesAnother, match="does not serve"):
        cases.open_case(process="electronic-contract", part_of=high, **opened)
    client.force_login(grid.clerk)
    offered = "nea-2021-37/electronic-contract"
    assert offered not in client.get(f"/cases/{high.number}/").content.decode()
    assert offered in client.get(f"/cases/{grid.whole.number}/").content.decode()


def draw_up(grid):
    (text,) = contracts.draw_up(
        viewer=grid.clerk, case=grid.part, first_on=dt.date(2026, 3, 9), at=at("2026-03-03"), **TEXT
    )
    return text


def sign(grid, text):
    applicant = queries.track(grid.part.number, PHONE)
    contracts.send_code(applicant=applicant, case=grid.part, at=at("2026-03-03", 11))
    contracts.sign(
        applicant=applicant,
        case=grid.part,
        shown={text: text.body_hash},
        code=code_sent(grid.part),
        evidence=evidence("桂林米香食品有限公司"),
        at=at("2026-03-03", 11),
    )


def open_stages(grid):
    return set(grid.part.open_stages.values_list("stage", flat=True))


def test_the_contract_is_drawn_up_signed_sealed_and_runs_from_the_day_it_says(grid):
    with pytest.raises(NotDrawnUp):
        close(grid, "draft")
    text = draw_up(grid)
    assert "价格类别：一般工商业用电" in text.body  # in words, though the ledger names no prices
    close(grid, "draft")
    with pytest.raises(NotSigned):  # nobody can say for the customer that they signed
        close(grid, "sign")
    sign(grid, text)
    assert open_stages(grid) == {"seal"}  # the signature was what the stage waited for
    with pytest.raises(NotSealed):
        close(grid, "seal")
    seal(grid.clerk, text)
    assert open_stages(grid) == {"deliver"}
    assert Agreement.objects.get().in_force.lower == dt.date(2026, 3, 9)  # not the 3rd


def test_the_customer_is_told_and_finds_the_text_from_the_connection(grid, client):
    draw_up(grid)
    said = Content.objects.order_by("-notice_id").first().said["body"]
    assert f"/track/{grid.part.number}/" in said
    whole = queries.track(grid.whole.number, PHONE)
    shown = ApplicantCase(whole, grid.whole, at("2026-03-03"), dt.date(2026, 3, 3))
    todo = shown.todos[-1]
    assert (todo.title, todo.address) == ("供用电协议", f"/track/{grid.part.number}/")
    session = client.session
    session[SESSION] = {grid.whole.number: str(grid.whole.pk)}
    session.save()
    assert client.get(f"/track/{grid.part.number}/").status_code == 200


def test_what_serves_somebody_elses_case_stays_closed(grid, client, viewer):
    other = enter_customer(
        viewer=grid.clerk,
        organisation=grid.office,
        kind="person",
        name="赵敏",
        phone="13900000000",
        at=at("2026-03-02"),
    )
    Case.objects.filter(pk=grid.part.pk).update(customer=other)
    session = client.session
    session[SESSION] = {grid.whole.number: str(grid.whole.pk)}
    session.save()
    assert client.get(f"/track/{grid.part.number}/").status_code == 302
