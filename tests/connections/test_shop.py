"""A shop on campus by articles 8(2) and 9(2): from the phone to the agreement in force."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.db import IntegrityError
from pypdf import PdfReader

from tests.cases.brought import brought
from tests.cases.conftest import at
from tests.cases.test_engine import close
from tests.connections.conftest import drawn_name, evidence, picture, scanned
from tests.consent import CONSENTED
from tongdian.agreements.actions import signing
from tongdian.agreements.models import Agreement, Signature
from tongdian.agreements.rules import CONSENT, NameOfAnother, Proxy, SignatureEvidence, TextHasChanged
from tongdian.cases import actions as cases
from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case, EffectRun, OpenStage, Paper
from tongdian.connections import actions, contracts, printing, queries, telling
from tongdian.connections.entries import asked_of
from tongdian.connections.models import PhoneCode
from tongdian.connections.rules import (
    CodeWrong,
    NoSuchOffice,
    NoTextMessages,
    NotFoundTogether,
    NotSealed,
    NotSigned,
)
from tongdian.files.queries import open_file
from tongdian.notices.models import Channel, Content, Notice
from tongdian.policy.refusals import BadInput
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db

WANG = {
    "name": "王小明",
    "identity": "450305199003070016",
    "phone": "13807730001",
    "purpose": "奶茶店",
    "wants_power": "true",
    "wants_water": "true",
    "capacity_kw": "12",
    **CONSENTED,
}


def written(campus, **more):
    """A shop's application, ready to be sent."""
    made, _ = actions.start_draft(organisation=campus.campus, process="shop-application", at=at("2026-03-02"))
    actions.save_draft(draft=made, form={**WANG, "place": str(campus.shop.pk), **more}, at=at("2026-03-02"))
    for item in ("shop-lease", "shopkeeper-identity"):
        actions.add_draft_paper(
            draft=made, item=item, content=picture(item), name=f"{item}.jpg", at=at("2026-03-02")
        )
    made.refresh_from_db()
    return made


@pytest.fixture
def draft(campus):
    return written(campus)


@pytest.fixture
def case(draft):
    return actions.submit(draft=draft, at=at("2026-03-02"))


def test_what_a_shopkeeper_is_told_before_the_first_question(campus):
    service = queries.service_of(campus.campus, "shop-application", dt.date(2026, 3, 2))
    (asked,) = service.asked
    assert [paper.id for paper in asked.papers.papers] == [
        "usage-approval-form",
        "shop-lease",
        "shopkeeper-identity",
    ]
    assert asked.answer.cited("zh") == "师政后勤〔2016〕4号 第八条（二）"
    assert [step.key for step in service.steps][:3] == ["apply", "approve", "refuse"]


def test_what_was_typed_is_kept_encrypted_until_it_is_sent(draft):
    assert queries.content(draft)["form"]["name"] == "王小明"
    assert "王小明".encode() not in bytes(draft.content)


def test_the_application_goes_straight_to_the_energy_office(campus, case):
    assert case.number == "YS-2026-000001"
    assert case.customer.name == "王小明"
    assert [row.office for row in OpenStage.objects.filter(case=case)] == [campus.energy]
    # the form is the program's own: printed from the application, and the lease as photographed
    names = list(Paper.objects.filter(case=case).order_by("id").values_list("name", flat=True))
    assert names == ["shop-lease.jpg", "shopkeeper-identity.jpg", "《广西师范大学用水用电审批表》.pdf"]


def words_of(pdf):
    return "".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def test_the_approval_form_names_what_was_handed_in_and_leaves_room_for_both_offices(campus, case):
    # 8(2): "到节能办申请用水用电" and "到水电中心办理水电开通手续"
    kept = Paper.objects.get(case=case, item="usage-approval-form")
    said = words_of(open_file(kept.file).content)
    for words in ("商业", "1.门面租赁合同", "2.", "节能办意见", "水电中心意见"):
        assert words in said
    assert "同意。" not in said


def test_what_the_energy_office_decided_stands_on_the_form_with_its_name_and_day(campus, case):
    cases.close_stage(
        viewer=campus.officer,
        case=case,
        stage="approve",
        seen=case.seq,
        at=at("2026-03-04"),
        facts={"approved": True},
        note="用电不超过 10 kW",
    )
    said = words_of(printing.approval_form(case))
    assert "同意。用电不超过10kW" in said
    assert "2026年3月4日" in said
    assert campus.officer.shown_name in said  # the person, and not the account
    assert "account:" not in said


def test_the_centre_s_opinion_says_what_it_did_and_not_the_title_of_the_stage(campus, case):
    close(case, campus.officer, "approve", "2026-03-04", facts={"approved": "true"})
    case.refresh_from_db()
    close(case, campus.clerk, "accept", "2026-03-04")
    case.refresh_from_db()
    said = words_of(printing.approval_form(case))
    assert "已核对材料，受理" in said
    assert "核对材料、受理开通" not in said
    assert campus.clerk.shown_name in said
    assert "account:" not in said


def test_a_draft_sent_twice_is_one_case(draft):
    first = actions.submit(draft=draft, at=at("2026-03-02"))
    assert actions.submit(draft=draft, at=at("2026-03-02", 11)) == first
    assert queries.content(draft)["form"]["name"] == "王小明"  # as the page still had it
    draft.refresh_from_db()
    assert queries.content(draft)["form"] == {}


def test_without_a_name_or_telephone_nothing_is_stored(campus):
    made, _ = actions.start_draft(organisation=campus.campus, process="shop-application", at=at("2026-03-02"))
    actions.save_draft(draft=made, form=CONSENTED, at=at("2026-03-02"))
    with pytest.raises(BadValue, match="name"):
        actions.submit(draft=made, at=at("2026-03-02"))
    made.refresh_from_db()
    assert made.case is None


def test_an_identity_number_under_another_name_attaches_to_nobody(campus, case):
    assert case.customer.name == "王小明"
    made, _ = actions.start_draft(organisation=campus.campus, process="shop-application", at=at("2026-03-03"))
    form = {**WANG, "name": "李大明", "phone": "13807730002", "place": str(campus.shop.pk)}
    actions.save_draft(draft=made, form=form, at=at("2026-03-03"))
    with pytest.raises(BadInput, match="does not belong to that name"):
        actions.submit(draft=made, at=at("2026-03-03"))
    assert list(Case.objects.filter(customer=case.customer)) == [case]
    # the number's own owner, however name and number are spaced, applies again as the same customer
    spaced = {"name": " 王小明 ", "identity": "450305 19900307 0016"}
    actions.save_draft(draft=made, form={**form, **spaced}, at=at("2026-03-03"))
    assert actions.submit(draft=made, at=at("2026-03-03")).customer == case.customer


def test_number_and_telephone_together_find_the_case(case):
    assert queries.track("ys-2026-000001", "138 0773 0001").case == case.id
    for number, phone in (("YS-2026-000001", "13807730002"), ("YS-2026-000002", "13807730001")):
        with pytest.raises(NotFoundTogether):
            queries.track(number, phone)
    with pytest.raises(NotFoundTogether):
        queries.track("YS-2026-000001", "")


def ready_to_sign(campus, case):
    case.refresh_from_db()
    cases.close_stage(
        viewer=campus.officer,
        case=case,
        stage="approve",
        seen=case.seq,
        at=at("2026-03-03"),
        facts={"approved": "true"},
    )
    case.refresh_from_db()
    cases.close_stage(
        viewer=campus.clerk,
        case=case,
        stage="accept",
        seen=case.seq,
        at=at("2026-03-03"),
        **brought(case, "accept"),
    )
    case.refresh_from_db()
    return contracts.draw_up(
        viewer=campus.counter,
        case=case,
        customer_class="shop",
        price_category="commercial",
        first_on=dt.date(2026, 3, 4),
        at=at("2026-03-03"),
    )


def code_sent(case):
    content = Content.objects.order_by("-notice_id").first()
    return re.search(r"验证码 (\d{6})", content.said["body"])[1]


def seal(viewer, *texts, when=at("2026-03-04", 11)):
    """The office's own signature, after the customer's."""
    signing.sign_texts(
        viewer=viewer,
        shown={text: text.body_hash for text in texts},
        party="supplier",
        method="account",
        evidence=SignatureEvidence(consent=CONSENT.zh),
        at=when,
    )


def sign_as_customer(case, texts, **more):
    """Every text in one sitting with one code."""
    applicant = queries.track(case.number, "13807730001")
    contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04", 9))
    return contracts.sign(
        applicant=applicant,
        case=case,
        shown={text: text.body_hash for text in texts},
        code=code_sent(case),
        evidence=evidence(**more),
        at=at("2026-03-04", 9),
    )


def test_both_texts_are_signed_with_one_code_and_the_agreement_takes_effect_with_the_last(campus, case):
    texts = ready_to_sign(campus, case)
    assert [text.usage_point.utility for text in texts] == ["power", "water"]
    signed = sign_as_customer(case, texts)
    assert [(one.name, one.ip, one.method) for one in signed] == [
        ("王小明", "10.0.0.7", "customer_phone_code")
    ] * 2
    assert len({one.drawing for one in signed}) == 1
    with pytest.raises(NotSealed):
        cases.close_stage(
            viewer=campus.counter, case=case, stage="sign", seen=case.seq, at=at("2026-03-04", 11)
        )
    seal(campus.counter, *texts)  # nobody is asked afterwards whether it was signed
    assert "sign" not in case_queries.state_of(case).open_stages
    made = Agreement.objects.order_by("usage_point__utility")
    assert [(one.usage_point.utility, one.customer) for one in made] == [
        ("power", case.customer),
        ("water", case.customer),
    ]
    assert all(one.in_force.lower == dt.date(2026, 3, 4) and one.text for one in made)
    assert {(one.customer_class, one.price_category) for one in made} == {("shop", "commercial")}
    assert made[0].capacity_kw == 12
    assert made[1].capacity_kw is None


def test_the_stage_waits_for_the_last_signature(campus, case):
    texts = ready_to_sign(campus, case)
    sign_as_customer(case, texts)
    seal(campus.counter, texts[0])
    assert "sign" in case_queries.state_of(case).open_stages
    assert not Agreement.objects.exists()


def test_of_two_texts_both_are_signed_or_none(campus, case):
    texts = ready_to_sign(campus, case)
    with pytest.raises(TextHasChanged):  # who leaves the water out has not read what waits
        sign_as_customer(case, texts[:1])
    seen = {texts[0]: texts[0].body_hash, texts[1]: "0" * 64}
    with pytest.raises(TextHasChanged):
        contracts.sign(
            applicant=queries.track(case.number, "13807730001"),
            case=case,
            shown=seen,
            code=code_sent(case),
            evidence=evidence(),
            at=at("2026-03-04", 9),
        )
    assert not Signature.objects.exists()


def test_a_refused_name_leaves_the_code_as_good_as_it_was(campus, case):
    texts = ready_to_sign(campus, case)
    with pytest.raises(NameOfAnother):
        sign_as_customer(case, texts, name="不是本人")
    contracts.sign(
        applicant=queries.track(case.number, "13807730001"),
        case=case,
        shown={text: text.body_hash for text in texts},
        code=code_sent(case),
        evidence=evidence(),
        at=at("2026-03-04", 9),
    )


def test_the_paper_says_who_signed_for_the_customer_and_by_which_authorisation(campus, case):
    texts = ready_to_sign(campus, case)
    proxy = Proxy(reason="母亲住院", file=drawn_name())
    signed = sign_as_customer(case, texts, name="王大明", proxy=proxy)[0]
    paper = printing.signed_text(case, texts[0])
    said = re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages))
    assert "王大明代王小明签署；原因：母亲住院" in said
    assert signed.authorisation[:32] in said


def test_it_is_signed_on_the_legal_day_of_the_last_signature(campus, case):
    """王小明 on 4 March; the office on 5 March at 06:00 in Shanghai, which is still the 4th in UTC."""
    texts = ready_to_sign(campus, case)
    sign_as_customer(case, texts)
    seal(campus.counter, *texts, when=at("2026-03-05", 6))
    signed_on = Agreement.objects.values_list("signed_on", flat=True)
    assert list(signed_on) == [dt.date(2026, 3, 5)] * 2


def test_signed_on_paper_needs_the_scan(campus, case):
    ready_to_sign(campus, case)
    case.refresh_from_db()
    known = {
        "viewer": campus.counter,
        "case": case,
        "stage": "sign",
        "seen": case.seq,
        "at": at("2026-03-04"),
    }
    for nothing in ((), ("协议在柜子里",)):
        with pytest.raises(NotSigned):
            cases.close_stage(**known, evidence=nothing)
    scan = scanned()
    cases.close_stage(**known, evidence=(scan,))
    assert EffectRun.objects.get(effect="sign-agreement").result["paper"] == [scan]


def test_a_supply_applied_for_until_a_day_ends_on_it(campus, draft):
    days = {"from_on": "2026-03-04", "last_on": "2026-06-30"}
    actions.save_draft(draft=draft, form={**WANG, "place": str(campus.shop.pk), **days}, at=at("2026-03-02"))
    case = actions.submit(draft=draft, at=at("2026-03-02"))
    ready_to_sign(campus, case)
    cases.close_stage(
        viewer=campus.counter,
        case=case,
        stage="sign",
        seen=case.seq,
        at=at("2026-03-04"),
        evidence=(scanned(),),
    )
    assert {one.in_force.upper for one in Agreement.objects.all()} == {dt.date(2026, 7, 1)}  # half-open


def test_a_wrong_code_signs_nothing_and_five_tries_end_it(campus, case):
    texts = ready_to_sign(campus, case)
    applicant = queries.track(case.number, "13807730001")
    contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04"))
    right = code_sent(case)
    wrong = "000000" if right != "000000" else "111111"
    said = {
        "applicant": applicant,
        "case": case,
        "shown": {text: text.body_hash for text in texts},
        "evidence": evidence(),
        "at": at("2026-03-04"),
    }
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(CodeWrong, match=f"{left} tries left"):
            contracts.sign(code=wrong, **said)
    with pytest.raises(CodeWrong):
        contracts.sign(code=right, **said)
    assert not Signature.objects.exists()


def test_the_agreement_does_not_take_effect_before_anybody_signed(campus, case):
    ready_to_sign(campus, case)
    with pytest.raises(NotSigned):
        cases.close_stage(
            viewer=campus.counter,
            case=case,
            stage="sign",
            seen=case.seq,
            at=at("2026-03-04"),
            given={"customer_class": "shop", "price_category": "commercial"},
        )
    assert "sign" in case_queries.state_of(case).open_stages


def test_withdrawn_before_supply_the_agreement_goes_again(campus, case):
    ready_to_sign(campus, case)
    cases.close_stage(
        viewer=campus.counter,
        case=case,
        stage="sign",
        seen=case.seq,
        at=at("2026-03-04"),
        evidence=(scanned(),),
    )
    assert Agreement.objects.count() == 2
    case.refresh_from_db()
    cases.withdraw(
        viewer=queries.track(case.number, "13807730001"),
        case=case,
        reason="不开店了",
        seen=case.seq,
        at=at("2026-03-05"),
    )
    assert Agreement.objects.count() == 0


def test_an_office_without_text_messages_sends_no_code_and_says_where_to_sign(campus, case):
    ready_to_sign(campus, case)
    applicant = queries.track(case.number, "13807730001")
    Channel.objects.update(is_enabled=False)
    with pytest.raises(NoTextMessages, match="on paper at its counter"):
        contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04"))
    assert not PhoneCode.objects.exists()


def test_only_a_demonstration_shows_the_code_that_it_does_not_send(campus, case):
    ready_to_sign(campus, case)
    applicant = queries.track(case.number, "13807730001")
    assert contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04")) == ""
    case.organisation.is_demo = True
    shown = contracts.send_code(applicant=applicant, case=case, at=at("2026-03-04", 12))
    assert shown == code_sent(case)


def test_an_office_that_is_not_there_is_named_in_the_refusal(campus):
    with pytest.raises(NoSuchOffice) as refused:
        queries.office_short("ZZ", at("2026-03-02").date())
    assert refused.value.say("en") == 'There is no office "ZZ" to apply to; there are: YS.'


def test_word_that_the_database_refuses_is_no_word_given_before(campus, monkeypatch):
    case = cases.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        at=at("2026-03-02"),
    )
    (event,) = case_queries.events(case)

    def refuse(**said):
        raise IntegrityError("another constraint")

    with monkeypatch.context() as broken:
        broken.setattr(telling, "notify", refuse)
        with pytest.raises(IntegrityError):
            telling.tell_the_applicant(case, event)
    for _ in range(2):
        telling.tell_the_applicant(case, event)
    assert Notice.objects.filter(wording="application-received").count() == 1


def test_a_case_is_found_however_its_telephone_is_written(campus):
    """A landline with its extension, full width, a country code: all are one number."""
    case = actions.submit(draft=written(campus, phone="0773—5846000转8012"), at=at("2026-03-02"))
    for typed in ("0773-5846000-8012", "07735846000-8012", "０７７３５８４６０００转８０１２"):
        assert queries.track(case.number, typed).case == case.id
    other = actions.submit(draft=written(campus, identity=""), at=at("2026-03-02"))
    for typed in ("+86 138 0773 0001", "１３８０７７３０００１"):
        assert queries.track(other.number, typed).case == other.id


def test_one_person_is_one_customer_whatever_the_dot_in_the_name(campus):
    first = actions.submit(draft=written(campus, name="阿依古丽·买买提"), at=at("2026-03-02"))
    again = actions.submit(draft=written(campus, name="阿依古丽•买买提"), at=at("2026-03-03"))
    assert first.customer_id == again.customer_id


def test_who_has_a_passport_applies_with_it(campus):
    draft = written(campus, name="John Smith", document="passport", identity="E12345678")
    case = actions.submit(draft=draft, at=at("2026-03-02"))
    assert (case.customer.document, case.customer.name) == ("passport", "John Smith")
    with pytest.raises(BadValue, match="should look like"):
        actions.submit(draft=written(campus, document="passport", identity="12"), at=at("2026-03-02"))


def test_a_home_is_not_asked_what_it_is_used_for(campus):
    asked = asked_of(
        queries.service_of(campus.campus, "staff-resident-application", dt.date(2026, 3, 2))
    ).screens["what"]
    assert "purpose" not in asked
    assert "last_on" not in asked
    shop = asked_of(queries.service_of(campus.campus, "shop-application", dt.date(2026, 3, 2)))
    assert "purpose" in shop.screens["what"]
