"""个人信息保护法: nothing is taken before the applicant was told and consented (13, 14, 17)."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.cases.conftest import at
from tests.connections.conftest import picture
from tests.consent import CONSENT, CONSENTED
from tongdian.api.tickets import for_upload
from tongdian.cases.models import Case
from tongdian.cases.rules import Applicant
from tongdian.connections import actions, queries
from tongdian.connections.models import Draft
from tongdian.files.actions import store
from tongdian.files.models import StoredFile
from tongdian.parties.actions.privacy import (
    ConsentMissing,
    IdentityConsentMissing,
    NothingToWithdraw,
    publish_notice,
    withdraw_consent,
)
from tongdian.parties.models import Consent, Customer
from tongdian.personal import encrypt
from tongdian.policy.kinds.checklist import shows_identity
from tongdian.rulebook.queries import pack

pytestmark = pytest.mark.django_db

MARCH = at("2026-03-02")
WANG = {
    "kind": "person",
    "name": "李小红",
    "phone": "13807730001",
    "purpose": "奶茶店",
    "wants_power": "true",
    "capacity_kw": "12",
}
NUMBER = {"identity": "450305199003070016"}


def sent(campus, **form):
    draft, _ = actions.start_draft(organisation=campus.campus, process="shop-application", at=MARCH)
    whole = {**WANG, "place": str(campus.shop.pk), **form}
    actions.save_draft(draft=draft, form=whole, at=MARCH)
    return actions.submit(draft=draft, at=MARCH)


def nothing_is_stored():
    return not (
        Case.objects.exists()
        or Customer.objects.filter(name=WANG["name"]).exists()
        or Consent.objects.exists()
    )


def test_without_consent_nothing_is_taken_and_the_words_say_what_to_do(campus):
    with pytest.raises(ConsentMissing, match="apply on paper at the counter"):
        sent(campus)
    assert nothing_is_stored()


def test_who_writes_an_application_is_not_kept_before_the_consent(client, campus):
    """13 and 29: a draft saves itself, and who applies with it from the tick on."""
    address = client.post("/services/YS/shop-application/apply/")["Location"]
    for ticks, kept in (
        ({}, []),
        ({"consent": "true"}, [WANG["name"]]),
        ({"consent": "true", "consent_identity": "true"}, [WANG["name"], NUMBER["identity"]]),
        ({}, []),  # the tick is taken away
    ):
        said = client.post(f"{address}?keep", {**WANG, **NUMBER, "notice": "1", **ticks})
        assert ("勾选同意后保存" in said.content.decode()) is not bool(ticks)
        page = client.get(address).content.decode()
        assert [one for one in (WANG["name"], NUMBER["identity"]) if f'value="{one}"' in page] == kept


def test_an_identity_number_needs_a_consent_of_its_own(campus):
    """29: sensitive personal information."""
    with pytest.raises(IdentityConsentMissing, match="separate consent"):
        sent(campus, **NUMBER, **{**CONSENTED, "consent_identity": ""})
    assert nothing_is_stored()


def test_without_an_identity_number_the_separate_consent_is_not_asked_for(campus):
    case = sent(campus, **{**CONSENTED, "consent_identity": ""})
    assert not case.customer.consents.get().identity


def test_the_credit_code_of_a_firm_needs_no_separate_consent(campus):
    firm = {"kind": "firm", "name": "示例公司", "identity": "91350100M000100Y43"}
    case = sent(campus, **firm, **{**CONSENTED, "consent_identity": ""})
    assert case.customer.kind == Customer.Kind.FIRM


def test_the_consent_says_which_words_were_read_when_and_by_which_door(campus):
    row = sent(campus, **NUMBER, **CONSENTED).customer.consents.get()
    assert (row.version, row.identity, row.door, row.at) == (1, True, "page", MARCH)


def test_consent_to_words_that_were_replaced_is_no_consent(campus, viewer):
    """14(2): what is told changes, so consent is asked for anew."""
    words = "谁：{office} {phone}"
    publish_notice(
        viewer=viewer("administrator"),
        first_on=dt.date(2026, 3, 1),
        zh=words,
        en=words,
        identity_zh="证件",
        identity_en="identity",
        at=at("2026-02-20"),
    )
    with pytest.raises(ConsentMissing, match="version 2"):
        sent(campus, **CONSENTED)
    assert nothing_is_stored()
    assert sent(campus, **{**CONSENTED, "notice": "2"}).customer.consents.get().version == 2


def test_a_withdrawal_is_a_further_row_and_what_was_done_stays(campus):
    """15."""
    case = sent(campus, **NUMBER, **CONSENTED)
    withdraw = {"viewer": campus.clerk, "customer": case.customer, "door": "paper"}
    withdraw_consent(**withdraw, at=at("2026-03-05"))
    rows = case.customer.consents.order_by("id")
    assert [row.is_withdrawn for row in rows] == [False, True]
    assert Case.objects.get() == case
    with pytest.raises(NothingToWithdraw):
        withdraw_consent(**withdraw, at=at("2026-03-06"))


def test_the_page_tells_who_handles_what_and_for_what_before_it_asks(client, campus):
    """17; who consented to other words is asked again, and the ticks are no answers."""
    address = client.post("/services/YS/shop-application/apply/")["Location"]
    page = client.get(address).content.decode()
    assert page.count('name="notice"') == 1
    assert page.index(campus.campus.name) < page.index('name="consent"')
    assert page.index("撤回同意") < page.index('name="consent"')
    old = client.post(address, {**WANG, **NUMBER, **CONSENTED, "notice": "7"})
    assert old.status_code == 422
    assert "checked" not in old.content.decode().split('name="consent"')[1].split(">")[0]
    assert client.post(address, {**WANG, **CONSENTED}).status_code == 302
    check = client.get(address.replace("/who/", "/check/")).content.decode()
    assert "李小红" in check
    assert "单独同意" not in check
    public = client.get("/privacy/").content.decode()
    assert public.count("撤回同意") == 1  # told once, above the offices and their telephones
    assert campus.campus.name in public.split("撤回同意")[1].split("<footer")[0]
    told = client.get("/api/v1/privacy-notice").json()
    assert told["version"] == 1


def test_the_notice_names_all_that_is_kept_and_why_and_who_asks_for_the_dead(client, campus):
    """17(2) and 49."""
    said = client.get("/privacy/").content.decode()
    for word in ("签名", "时间", "IP 地址", "浏览器", "评价", "故障报修的电话", "近亲属"):
        assert word in said


def test_who_reports_a_fault_is_told_by_whom_and_why_the_telephone_is_kept(client, campus):
    """17: beside the telephone, not in a link at the foot."""
    page = client.get("/services/YS/repair/").content.decode()
    form = page.split("<form")[-1].split("</form>")[0]
    assert "电话和姓名加密保存" in form
    assert f"谁处理您的信息：{campus.campus.name}" in form


# ---------------------------------------------------------------- a picture of the document (29)
IDENTITY_PAPER = "shopkeeper-identity"  # of 8(2); the pack says that it shows one


def kept_files():
    return {one.hash for one in StoredFile.objects.all()}


def test_a_picture_of_an_identity_document_needs_the_separate_consent_without_any_number(campus):
    draft, _ = actions.start_draft(organisation=campus.campus, process="shop-application", at=MARCH)
    whole = {**WANG, "place": str(campus.shop.pk), **CONSENTED}
    actions.save_draft(draft=draft, form=whole, at=MARCH)
    actions.add_draft_paper(draft=draft, item=IDENTITY_PAPER, content=picture("id"), name="id.jpg", at=MARCH)
    written = queries.content(Draft.objects.get())
    written["form"]["consent_identity"] = ""  # as a program may send it
    Draft.objects.update(content=encrypt(json.dumps(written)))
    with pytest.raises(IdentityConsentMissing, match="separate consent"):
        actions.submit(draft=draft, at=MARCH)
    assert nothing_is_stored()


def test_a_program_that_sends_a_picture_without_the_separate_consent_is_refused(client, campus):
    ticket = for_upload(store(content=picture("id"), at=MARCH).hash)
    asked = {
        **WANG,
        "wants_power": True,
        "place": str(campus.shop.pk),
        "consent": {**CONSENT, "identity": False},
        "papers": {IDENTITY_PAPER: [{"ticket": ticket}]},
    }
    address = "/api/v1/offices/YS/services/shop-application/applications"
    said = client.post(address, json.dumps(asked), content_type="application/json")
    assert (said.status_code, said.json()["code"]) == (422, "identity-consent-missing")
    assert nothing_is_stored()
    asked["consent"] = CONSENT
    said = client.post(address, json.dumps(asked), content_type="application/json")
    assert said.status_code == 201, said.content


def test_a_draft_keeps_no_identity_document_before_the_consent_and_leads_to_it(client, campus):
    address = client.post("/services/YS/shop-application/apply/")["Location"]
    adding = address.replace("/who/", "/papers/add/")
    paper = {"item": IDENTITY_PAPER, "pages": SimpleUploadedFile("id.jpg", picture("id"))}
    for ticks in ({}, {"consent": "true"}):
        client.post(address, {**WANG, "notice": "1", **ticks})
        paper["pages"].seek(0)
        said = client.post(adding, paper)
        assert said.status_code == 422
        assert f'href="{address}#id_consent_identity"' in said.content.decode()
        assert kept_files() == set()
    client.post(address, {**WANG, **CONSENTED})
    paper["pages"].seek(0)
    assert client.post(adding, paper).status_code == 302
    assert len(kept_files()) == 1
    # the tick is taken away: so is the picture, and the page says so
    said = client.post(f"{address}?keep", {**WANG, "notice": "1", "consent": "true"})
    assert "证件照片" in said.content.decode()
    assert IDENTITY_PAPER not in queries.content(Draft.objects.get())["papers"]


def test_a_tick_taken_away_says_what_it_erased(client, campus):
    address = client.post("/services/YS/shop-application/apply/")["Location"]
    client.post(f"{address}?keep", {**WANG, **NUMBER, **CONSENTED})
    said = client.post(f"{address}?keep", {**WANG, **NUMBER, "notice": "1"}).content.decode()
    assert "已从草稿中删除" in said
    assert "姓名" in said


def test_where_a_case_is_followed_an_identity_document_is_handed_in_with_its_consent(client, campus):
    case = sent(campus, **{**CONSENTED, "consent_identity": ""})
    client.post("/track/", {"number": case.number, "phone": WANG["phone"]})
    address = f"/track/{case.number}/papers/{IDENTITY_PAPER}/"

    def hand_in(**ticks):
        page = SimpleUploadedFile("id.jpg", picture("id"))
        return client.post(address, {"pages": page, **ticks}).status_code

    before = kept_files()
    with pytest.raises(IdentityConsentMissing):  # a door that asks for none
        actions.hand_in_paper(
            viewer=Applicant(case.id, case.number),
            case=case,
            item=IDENTITY_PAPER,
            content=picture("id"),
            name="id.jpg",
            at=MARCH,
        )
    assert 'name="consent_identity"' in client.get(f"/track/{case.number}/").content.decode()
    assert hand_in() == 422
    assert kept_files() == before
    assert hand_in(consent_identity="true") == 302
    assert case.customer.consents.order_by("-id")[0].identity
    assert 'name="consent_identity"' not in client.get(f"/track/{case.number}/").content.decode()


def test_a_firm_hands_in_its_licence_and_the_shopkeeper_s_card_with_the_consent():
    """The pack says whose document a paper shows: a firm's own is its licence (附件1/24)."""
    nea, gxnu = pack("nea-2021-37"), pack("gxnu-2016-4")
    assert shows_identity(nea, "identity-document", of_a_firm=False)
    assert not shows_identity(nea, "identity-document", of_a_firm=True)
    assert shows_identity(gxnu, IDENTITY_PAPER, of_a_firm=True)
    assert not shows_identity(gxnu, "shop-lease", of_a_firm=False)


def test_an_applicant_withdraws_consent_where_they_follow_the_case(client, campus):
    """15: as easy as it was given. The office finds it in its list of customers."""
    case = sent(campus, **CONSENTED)
    address = reverse("track-withdraw-consent", args=[case.number])
    assert client.post(address).status_code in (302, 404)  # a stranger proves who they are first
    assert not Consent.objects.filter(is_withdrawn=True).exists()
    client.post("/track/", {"number": case.number, "phone": WANG["phone"]})
    assert address in client.get(reverse("track-case", args=[case.number])).content.decode()
    assert client.post(address).status_code == 302
    said = case.customer.consents.get(is_withdrawn=True)
    assert (said.door, said.by) == ("page", f"online:{case.organisation.short}")
    assert address not in client.get(reverse("track-case", args=[case.number])).content.decode()
    assert client.post(address).status_code == 422
