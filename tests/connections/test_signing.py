"""Signing at its edges: two at once, another text than the code was sent for, a case that is over."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from django.db import connections, transaction

from tests.cases.conftest import adopt, at, make_campus, organisation
from tests.connections.conftest import evidence, text_messages
from tests.connections.test_shop import code_sent, ready_to_sign, sign_as_customer, written
from tongdian.agreements.models import AgreementText, Signature
from tongdian.agreements.rules import TextIsSigned
from tongdian.cases import actions as cases
from tongdian.cases.effects import Deed
from tongdian.cases.queries import state_of
from tongdian.cases.rules import EVIDENCE_FILE
from tongdian.connections import actions, contracts, queries
from tongdian.connections.effects import sign_agreement
from tongdian.connections.rules import CodeWrong, FixedLine, LastDayMissing
from tongdian.parties.models import Customer
from tongdian.policy.process.refusals import CaseEnded


@pytest.fixture
def case(campus):
    return actions.submit(draft=written(campus), at=at("2026-03-02"))


def draw_up(campus, case, **more):
    """As `ready_to_sign` does, once more."""
    asked = {"customer_class": "shop", "price_category": "commercial", "first_on": dt.date(2026, 3, 4)}
    return contracts.draw_up(viewer=campus.counter, case=case, at=at("2026-03-04", 9), **asked | more)


def sign(case, texts, code):
    return contracts.sign(
        applicant=queries.track(case.number, "13807730001"),
        case=case,
        shown={text: text.body_hash for text in texts},
        code=code,
        evidence=evidence(),
        at=at("2026-03-04", 9),
    )


def test_what_is_being_signed_is_not_drawn_up_anew(committed, viewer):
    """The customer signs and the office draws up at the same moment: one of them is told."""
    campus = make_campus(viewer)
    text_messages(campus.campus)
    case = actions.submit(draft=written(campus), at=at("2026-03-02"))
    texts = ready_to_sign(campus, case)

    def anew():
        try:
            draw_up(campus, case)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as office:
        with transaction.atomic():
            sign_as_customer(case, texts)
            told = office.submit(anew)
            sleep(0.5)  # the office has asked, and waits for the signature to stand
        with pytest.raises(TextIsSigned):
            told.result()
    assert Signature.objects.count() == 2
    assert not AgreementText.objects.exclude(replaces=None).exists()


def test_a_code_sent_for_one_text_does_not_sign_another(campus, case):
    ready_to_sign(campus, case)
    applicant = queries.track(case.number, "13807730001")
    contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04", 9))
    code = code_sent(case)
    others = draw_up(campus, case, first_on=dt.date(2026, 3, 5))
    with pytest.raises(CodeWrong):
        sign(case, others, code)
    assert not Signature.objects.exists()


def test_a_code_may_be_typed_in_full_width(campus, case):
    texts = ready_to_sign(campus, case)
    applicant = queries.track(case.number, "13807730001")
    contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04", 9))
    wide = code_sent(case).translate({ord("0") + n: chr(0xFF10 + n) for n in range(10)})
    assert len(sign(case, texts, wide)) == 2


def test_nobody_draws_up_or_signs_in_a_case_that_is_over(campus, case):
    texts = ready_to_sign(campus, case)
    applicant = queries.track(case.number, "13807730001")
    contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04", 9))
    case.refresh_from_db()
    cases.withdraw(viewer=campus.counter, case=case, reason="不开店了", seen=case.seq, at=at("2026-03-04", 9))
    with pytest.raises(CaseEnded):
        sign(case, texts, code_sent(case))
    with pytest.raises(CaseEnded):
        draw_up(campus, case)
    with pytest.raises(CaseEnded):
        contracts.seal(
            viewer=campus.counter, case=case, shown={}, evidence=evidence(), at=at("2026-03-04", 9)
        )


def test_a_fixed_line_is_told_that_no_code_reaches_it(campus):
    draft = written(campus, phone="0773-5846000")
    case = actions.submit(draft=draft, at=at("2026-03-02"))
    ready_to_sign(campus, case)
    applicant = queries.track(case.number, "0773-5846000")
    with pytest.raises(FixedLine, match="sign on paper at the counter of"):
        contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04", 9))


def test_the_stage_leads_to_the_page_on_which_it_is_signed(client, campus, case):
    """Doing the stage is drawing up and signing; who has the paper signed by both closes it there."""
    ready_to_sign(campus, case)
    client.force_login(campus.counter)
    close = f"/cases/{case.number}/close/sign/"
    assert client.get(close)["Location"] == f"/cases/{case.number}/contract/"
    assert (
        client.get(close, headers={"HX-Request": "true"})["HX-Redirect"] == f"/cases/{case.number}/contract/"
    )
    assert f"{close}?here" in client.get(f"/cases/{case.number}/contract/").content.decode()
    assert client.get(f"{close}?here").status_code == 200


def test_a_temporary_supply_begins_with_its_last_day(db, viewer):
    """A case without that day (one from before it was asked) begins no agreement that never ends."""
    supplier = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt(supplier, "nea-2021-37")
    customer = Customer.objects.create(
        number="GD-1", kind="person", name="李四", organisation=supplier, created_at=at("2026-03-01")
    )
    case = cases.open_case(
        viewer=viewer("clerk", "gd-clerk", at=supplier),
        organisation=supplier,
        pack="nea-2021-37",
        process="temporary-supply",
        customer=customer,
        place=None,
        facts={"capacity": "10"},
        at=at("2026-03-02"),
    )
    deed = Deed(
        case=case,
        stage="sign",
        attempt=1,
        state=state_of(case),
        viewer=None,
        at=at("2026-03-03"),
        on=dt.date(2026, 3, 3),
        given={"customer_class": "x", "price_category": "y"},
        evidence=(f"{EVIDENCE_FILE}0:scan.pdf",),
    )
    with pytest.raises(LastDayMissing):
        sign_agreement(deed)
