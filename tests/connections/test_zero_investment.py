"""附件1/38: homes and customers under three-zero service are connected at zero investment: no charge is made,
and none is published for a service that is free to all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.cases.conftest import adopt, organisation
from tongdian.cases import actions as cases
from tongdian.connections import actions
from tongdian.connections.actions.fees import publish_fee
from tongdian.connections.models import Charge, PublishedFee
from tongdian.policy.process.refusals import MustHold

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)


@pytest.fixture
def supplier(db):
    made = organisation("supplier", "临桂供电", "LG", region="450312")
    adopt(made, "nea-2021-37")
    return made


def publish(clerk, supplier, charged_in="nea-2021-37", yuan="300", code="meter"):
    return publish_fee(
        viewer=clerk,
        organisation=supplier,
        first_on=dt.date(2026, 1, 1),
        at=NOON,
        code=code,
        name="电能表",
        unit="只",
        basis="示例",
        yuan=Decimal(yuan),
        charged_in=charged_in,
    )


def charged(clerk, supplier, process, **facts):
    case = cases.open_case(
        viewer=clerk,
        organisation=supplier,
        pack="nea-2021-37",
        process=process,
        customer=None,
        place=None,
        facts=facts,
        at=NOON,
    )
    return actions.charge(viewer=clerk, case=case, quantities={"meter": Decimal(1)}, at=NOON)


def test_a_home_is_charged_nothing_though_the_fee_is_published(supplier, viewer):
    clerk = viewer("administrator", "lg-admin", at=supplier)
    publish(clerk, supplier)
    with pytest.raises(MustHold) as refused:
        charged(clerk, supplier, "residential-connection", capacity="8")
    assert "附件1/38" in refused.value.say("zh")
    assert not Charge.objects.exists()


def test_who_pays_by_the_ledger_is_charged_what_is_published(supplier, viewer):
    clerk = viewer("administrator", "lg-admin", at=supplier)
    publish(clerk, supplier)
    (made,) = charged(
        clerk,
        supplier,
        "high-voltage-single-connection",
        capacity="800",
        customer_kind="enterprise",
        area="urban",
    )
    assert made.yuan == Decimal(300)


def test_no_fee_is_published_for_a_service_that_is_free_to_everybody(supplier, viewer):
    clerk = viewer("administrator", "lg-admin", at=supplier)
    with pytest.raises(MustHold) as refused:
        publish(clerk, supplier, "nea-2021-37/residential-connection")
    assert "附件1/38" in refused.value.say("zh")
    assert not PublishedFee.objects.exists()
    assert publish(clerk, supplier, "nea-2021-37/residential-connection", yuan="0").yuan == 0
    assert publish(clerk, supplier, "nea-2021-37/high-voltage-single-connection", code="high").yuan == 300
