"""What offices do about what the public sent: agreements, visits, repairs, fees."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.cases.brought import brought
from tests.connections.conftest import confirm, evidence, picture
from tests.consent import CONSENTED
from tongdian.agreements.models import AgreementText
from tongdian.audit_log.models import Entry
from tongdian.cases.rules import Applicant
from tongdian.connections import actions, contracts
from tongdian.connections.models import Charge, PublishedFee, Repair, Visit
from tongdian.connections.rules import NothingCharged, NotInCatalogue
from tongdian.notices.models import Content
from tongdian.parties.models import since
from tongdian.policy.refusals import BadInput

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(campus):
    made, _token = actions.start_draft(
        organisation=campus.campus, process="shop-application", at=timezone.now()
    )
    actions.save_draft(
        draft=made,
        form={
            "name": "王小明",
            "phone": "13807730001",
            "place": str(campus.shop.pk),
            "wants_power": "true",
            "capacity_kw": "12",
            "purpose": "奶茶店",
            **CONSENTED,
        },
        at=timezone.now(),
    )
    return actions.submit(draft=made, at=timezone.now())


def sign_as_customer(case, text):
    applicant = Applicant(case.pk, case.number)
    contracts.send_code(applicant=applicant, case=case, at=timezone.now())
    said = Content.objects.order_by("-notice_id").first().said["body"]
    contracts.sign(
        applicant=applicant,
        case=case,
        shown={text: text.body_hash},
        code=re.search(r"验证码 (\d{6})", said)[1],
        evidence=evidence(),
        at=timezone.now(),
    )


def test_the_office_draws_up_and_signs_after_the_customer(client, campus, case):
    client.force_login(campus.counter)
    address = f"/cases/{case.number}/contract/"
    given = {"fact-customer_class": "shop", "fact-price_category": "commercial"}
    client.post(address, {**given, "first_on": "2026-12-01"})
    (text,) = AgreementText.objects.all()
    assert text.terms["first_on"] == "2026-12-01"
    signing = {"shown_hash": text.body_hash, "consent": "1"}
    assert client.post(f"{address}sign/", signing).url.startswith("/accounts/confirm/")
    confirm(client, campus.counter)
    client.post(f"{address}sign/", signing)
    assert not text.signatures.exists()  # the customer signs first
    sign_as_customer(case, text)
    client.post(f"{address}sign/", {**signing, "shown_hash": "0" * 64})
    client.post(f"{address}sign/", {"shown_hash": text.body_hash})  # not ticked
    assert text.signatures.count() == 1
    client.post(f"{address}sign/", signing)
    assert {one.party: one.name for one in text.signatures.all()} == {
        "customer": "王小明",
        "supplier": campus.counter.shown_name,
    }
    assert client.get(f"{address}{text.pk}/pdf/").content.startswith(b"%PDF-")


def test_home_says_which_agreement_is_to_be_drawn_up(client, campus, case):
    from tongdian.cases import actions as cases
    from tongdian.files.actions import store

    for item in ("shop-lease", "shopkeeper-identity"):
        kept = store(content=picture(item), at=timezone.now())
        cases.receive_paper(viewer=campus.counter, case=case, item=item, file=kept.hash, at=timezone.now())
    steps = [("approve", campus.officer, {"approved": "true"}), ("accept", campus.clerk, {})]
    client.force_login(campus.clerk)
    address = f"/cases/{case.number}/contract/"
    assert address not in client.get("/").content.decode()
    for stage, who, facts in steps:
        case.refresh_from_db()
        cases.close_stage(
            viewer=who,
            case=case,
            stage=stage,
            seen=case.seq,
            at=timezone.now(),
            **brought(case, stage, facts=facts),
        )
    assert address in client.get("/").content.decode()


def test_nobody_of_another_campus_sees_the_agreement(client, campus, case, viewer):
    from tests.cases.conftest import organisation

    other = organisation("campus", "育才校区", "YC", region="450305")
    client.force_login(viewer("clerk", "other-clerk", at=other))
    for page in ("contract", "charge"):
        assert client.get(f"/cases/{case.number}/{page}/").status_code == 404


def test_a_fee_outside_the_catalogue_is_refused_by_what_the_regulation_of_the_case_says(campus, case):
    # the only collector is 18 of the university's regulation; 附件1/37 binds suppliers of the nation
    with pytest.raises(NotInCatalogue) as refused:
        actions.charge(
            viewer=campus.counter, case=case, quantities={"tea-money": Decimal(1)}, at=timezone.now()
        )
    assert refused.value.facts["cite"].zh == "18"
    assert not Charge.objects.exists()


def test_nothing_or_less_than_nothing_is_not_charged(client, campus, case):
    client.force_login(campus.counter)
    assert client.post(f"/cases/{case.number}/charge/", {}).status_code == 422
    with pytest.raises(NothingCharged):
        actions.charge(viewer=campus.counter, case=case, quantities={}, at=timezone.now())
    PublishedFee.objects.create(
        organisation=campus.campus,
        code="card",
        name="补办电卡",
        unit="张",
        yuan=Decimal("20"),
        basis="15(3)",
        in_force=since(dt.date(2020, 1, 1)),
    )
    with pytest.raises(BadInput):
        actions.charge(viewer=campus.counter, case=case, quantities={"card": Decimal(-1)}, at=timezone.now())
    assert not Charge.objects.exists()


def test_the_page_lists_what_may_be_charged_and_works_out_the_total(client, campus, case):
    for code, name, yuan in (("card", "补办电卡", "25.50"), ("meter", "单相电表", "0.333")):
        PublishedFee.objects.create(
            organisation=campus.campus,
            code=code,
            name=name,
            unit="张",
            yuan=Decimal(yuan).quantize(Decimal("0.01")),
            basis="15(3)",
            in_force=since(dt.date(2020, 1, 1)),
        )
    client.force_login(campus.counter)
    address = f"/cases/{case.number}/charge/"
    page = client.get(address).content.decode()
    assert "补办电卡" in page
    assert "¥25.50/张" in page
    assert "¥0.00" in page
    page = client.get(address, {"quantity-card": "2", "quantity-meter": "1.5"}).content.decode()
    assert "¥51.50" in page  # 2 × 25.50 = 51.00; 1.5 × 0.33 = 0.495, to the fen 0.50
    assert not Charge.objects.exists()
    client.post(address, {"quantity-card": "2", "quantity-meter": "1.5"})
    assert sorted(one.yuan for one in Charge.objects.all()) == [Decimal("0.50"), Decimal("51.00")]


def test_a_published_fee_is_charged_by_the_price_of_the_day(client, campus, case, viewer):
    client.force_login(viewer("officer", "campus-officer", at=campus.campus))
    fee = {"code": "card", "name": "补办电卡", "unit": "张", "basis": "第十五条（三）"}
    for yuan, first in (("20", "2020-01-01"), ("25.50", "2021-01-01")):
        answer = client.post(f"/fees/new/?for={campus.campus.pk}", {**fee, "yuan": yuan, "first_on": first})
        assert answer.status_code == 302
    periods = [(one.in_force.lower, one.in_force.upper) for one in PublishedFee.objects.all()]
    assert sorted(periods, key=str) == [
        (dt.date(2020, 1, 1), dt.date(2021, 1, 1)),
        (dt.date(2021, 1, 1), None),
    ]
    client.post(f"/cases/{case.number}/charge/", {"quantity-card": "2"})
    assert Charge.objects.get().yuan == Decimal("51.00")  # 2 × 25.50


def test_a_charge_is_rounded_to_the_fen_in_the_record_too(client, campus, case, viewer):
    client.force_login(viewer("officer", "campus-officer", at=campus.campus))
    fee = {"code": "cable", "name": "电缆", "unit": "米", "basis": "第十五条（三）"}
    client.post(f"/fees/new/?for={campus.campus.pk}", {**fee, "yuan": "25.50", "first_on": "2021-01-01"})
    client.post(f"/cases/{case.number}/charge/", {"quantity-cable": "0.35"})
    assert Charge.objects.get().yuan == Decimal("8.93")  # 0.35 × 25.50 = 8.925, half up
    assert Entry.objects.get(action="case.charge").payload.content["yuan"] == "8.93"


def test_a_visit_is_settled_by_the_office_that_has_it(client, campus, case, viewer):
    visit = Visit.objects.create(
        case=case,
        stage="apply",
        office=campus.centre,
        by="x",
        starts_at=timezone.now() - dt.timedelta(hours=1),
    )
    client.force_login(campus.officer)  # of another office
    assert client.post(f"/visits/{visit.pk}/", {"state": "done"}).status_code == 404
    client.force_login(campus.technician)
    assert case.number in client.get("/visits/").content.decode()
    client.post(f"/visits/{visit.pk}/", {"state": "missed", "note": "无人应门"})
    visit.refresh_from_db()
    assert (visit.state, visit.note) == ("missed", "无人应门")


def test_a_repair_is_taken_on_mended_and_refused_only_with_a_reason(client, campus):
    repair = actions.report_repair(
        organisation=campus.campus,
        utility="water",
        what="水管漏水",
        place_text="3 栋",
        phone="13807730001",
        at=timezone.now(),
    )
    client.force_login(campus.technician)
    assert repair.number in client.get("/repairs/").content.decode()
    work = f"/repairs/{repair.number}/work/"

    def seen():
        return client.get(f"/repairs/{repair.number}/").context["seen"]

    client.post(work, {"state": "refused", "note": "", "seen": seen()})
    repair.refresh_from_db()
    assert repair.state == Repair.State.REPORTED
    client.post(work, {"state": "taken", "seen": seen()})
    client.post(work, {"state": "done", "note": "换了接头", "seen": seen()})
    repair.refresh_from_db()
    assert (repair.state, repair.assigned_to) == ("done", campus.technician)
    assert [one.state for one in repair.steps.order_by("at")] == ["reported", "taken", "done"]


def test_a_stranger_reads_no_page_of_offices(client, campus, case):
    for address in ("/repairs/", "/visits/", "/fees/", f"/cases/{case.number}/contract/"):
        assert client.get(address)["Location"].startswith("/accounts/login/")


def test_a_fee_of_one_service_is_charged_in_no_other(client, campus, case, viewer):
    client.force_login(viewer("officer", "campus-officer", at=campus.campus))
    fee = {"unit": "张", "basis": "第十五条（三）", "yuan": "20", "first_on": "2020-01-01"}
    for code, charged_in in (
        ("lease", "gxnu-2016-4/temporary-use-application"),
        ("card", "gxnu-2016-4/shop-application"),
        ("copy", "gxnu-2016-4"),
        ("any", ""),
    ):
        typed = {**fee, "code": code, "name": f"收费 {code}", "charged_in": charged_in}
        assert client.post(f"/fees/new/?for={campus.campus.pk}", typed).status_code == 302
    typed = {**fee, "code": "other", "name": "别处的", "charged_in": "gxnu-2016-4/no-such"}
    assert client.post(f"/fees/new/?for={campus.campus.pk}", typed).status_code == 422
    client.force_login(campus.counter)
    page = client.get(f"/cases/{case.number}/charge/").content.decode()
    assert [one in page for one in ("收费 lease", "收费 card", "收费 copy", "收费 any")] == [
        False,
        True,
        True,
        True,
    ]
    with pytest.raises(NotInCatalogue):
        actions.charge(viewer=campus.counter, case=case, quantities={"lease": Decimal(1)}, at=timezone.now())
    told = client.get("/services/YS/temporary-use-application/").content.decode()
    assert [one in told for one in ("收费 lease", "收费 card", "收费 any")] == [True, False, True]
    assert "临时用水用电" in client.get("/services/YS/fees/").content.decode()
