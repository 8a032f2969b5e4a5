"""Indicator 14: the designs of a high-voltage connection are papers of the supplier's review. The
customer hands them in while it is their turn, so that no day of the supplier's is spent waiting."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from tests.cases.brought import brought
from tests.cases.conftest import at
from tests.connections.test_electronic_contract import PHONE, grid  # noqa: F401
from tongdian.cases import actions as cases
from tongdian.cases.models import Paper
from tongdian.connections import queries
from tongdian.connections.pages.standing import ApplicantCase

pytestmark = pytest.mark.django_db


@pytest.fixture
def designing(grid):  # noqa: F811
    """A connection of 800 kVA whose supply plan was answered: the customer designs."""
    case = cases.open_case(
        viewer=grid.clerk,
        organisation=grid.office,
        pack="nea-2021-37",
        process="high-voltage-single-connection",
        customer=grid.whole.customer,
        place=grid.whole.place,
        facts={"capacity": "800"},
        at=at("2026-03-02"),
    )
    for item in ("identity-document", "proof-of-premises", "project-approval"):
        Paper.objects.create(
            case=case, kind="received", item=item, file="0" * 64, at=at("2026-03-02"), by="test"
        )
    for stage in ("accept", "reply"):
        case.refresh_from_db()
        cases.close_stage(
            viewer=grid.clerk,
            case=case,
            stage=stage,
            seen=case.seq,
            at=at("2026-03-03"),
            **brought(case, stage),
        )
    return case


def todos(case):
    viewer = queries.track(case.number, PHONE)
    with override("zh-hans"):
        shown = ApplicantCase(viewer, case, at("2026-03-04"), dt.date(2026, 3, 4))
        return [todo.title for todo in shown.todos]


def test_the_designs_are_asked_for_before_the_customer_says_they_are_done(designing):
    assert todos(designing) == ["设计单位资质证明材料", "用电工程设计及说明书", "客户工程设计"]
    cases.receive_paper(
        viewer=queries.track(designing.number, PHONE),
        case=designing,
        item="design-and-description",
        file="1" * 64,
        name="design.pdf",
        at=at("2026-03-04"),
    )
    assert todos(designing) == ["设计单位资质证明材料", "客户工程设计"]
