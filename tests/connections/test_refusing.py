"""An application that is not agreed to: the reason is told, with the article and what can be done."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.cases.conftest import at
from tests.connections.test_shop import case, draft, words_of  # noqa: F401
from tongdian.cases import actions as cases
from tongdian.connections import actions, printing
from tongdian.connections.actions.charging import RefusedPaysNothing
from tongdian.connections.refusing import refusal
from tongdian.connections.telling import tell_the_applicant
from tongdian.notices.models import Content
from tongdian.policy.process.refusals import ReasonNeeded

pytestmark = pytest.mark.django_db

REASON = "该门面线路最大允许 10 kW，申请 12 kW 超出。"


def close(campus, case, stage, **given):  # noqa: F811
    case.refresh_from_db()
    return cases.close_stage(
        viewer=campus.officer, case=case, stage=stage, seen=case.seq, at=at("2026-03-04"), **given
    )


@pytest.fixture
def refused(campus, case):  # noqa: F811
    """The energy office says no, and on Wednesday 4 March why."""
    close(campus, case, "approve", facts={"approved": False})
    with pytest.raises(ReasonNeeded):
        close(campus, case, "refuse", note="  ")
    close(campus, case, "refuse", note=REASON)
    case.refresh_from_db()
    return case


def test_the_applicant_is_told_why_and_what_to_do(refused):
    event = refused.events.order_by("seq").last()
    tell_the_applicant(refused, event)
    body = Content.objects.order_by("notice").last().said["body"]
    assert f"理由：{REASON}" in body
    assert "师政后勤〔2016〕4号 第八条（二）" in body
    assert "重新申请" in body
    assert "书面提出，或拨打 0773-5846000" in body
    assert "办理一户" not in body  # nothing was completed for them


def test_a_notice_is_printed_for_the_refused_only(refused, campus, draft):  # noqa: F811
    assert printing.refusal_notice(refused).startswith(b"%PDF")
    assert refusal(refused).reason == REASON


def test_who_is_still_waiting_was_not_refused(campus, case):  # noqa: F811
    close(campus, case, "approve", facts={"approved": True})
    assert printing.refusal_notice(case) is None


def test_the_applicant_and_the_office_open_it(client, refused, campus, viewer):
    client.post("/track/", {"number": refused.number, "phone": "13807730001"})
    page = client.get(f"/track/{refused.number}/").content.decode()
    assert "不予同意的理由" in page
    assert REASON in page
    pdf = client.get(f"/track/{refused.number}/print/refusal/")
    assert pdf["Content-Type"] == "application/pdf"
    client.force_login(campus.officer)
    where = f"/cases/{refused.number}/print/refusal/"
    assert where in client.get(f"/cases/{refused.number}/").content.decode()
    assert client.get(where).content == pdf.content
    client.force_login(viewer("supervisor", "inspector", at=campus.campus))
    assert client.get(where).status_code in (403, 404)  # papers are not for supervisors


def test_the_form_asks_for_the_reason(client, campus, case):  # noqa: F811
    close(campus, case, "approve", facts={"approved": False})
    client.force_login(campus.officer)
    case.refresh_from_db()
    where = f"/cases/{case.number}/close/refuse/"
    assert "理由（申请人可见）" in client.get(where).content.decode()
    assert client.post(where, {"seen": case.seq, "note": ""}).status_code == 422


def test_nothing_was_completed_for_who_was_refused_and_nothing_is_charged(client, refused, campus):
    assert printing.completion_notice(refused) is None
    with pytest.raises(RefusedPaysNothing):
        actions.charge(
            viewer=campus.officer, case=refused, quantities={"meter": Decimal(1)}, at=at("2026-03-05")
        )
    client.force_login(campus.officer)
    page = client.get(f"/cases/{refused.number}/").content.decode()
    assert f"/cases/{refused.number}/print/completion/" not in page
    assert f"/cases/{refused.number}/charge/" not in page
    assert "收取费用" not in page


def test_the_approval_form_of_a_refused_case_says_the_refusal(client, refused, campus):
    client.force_login(campus.officer)
    where = f"/cases/{refused.number}/print/form/"
    assert where in client.get(f"/cases/{refused.number}/").content.decode()
    said = words_of(client.get(where).content)
    assert "不同意：" + "".join(REASON.split()) in said
