"""个人信息保护法: nothing is taken before the applicant was told and consented (13, 14, 17)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from tests.cases.conftest import at
from tests.consent import CONSENTED
from tongdian.cases.models import Case
from tongdian.connections import actions
from tongdian.parties.actions.privacy import (
    ConsentMissing,
    IdentityConsentMissing,
    NothingToWithdraw,
    publish_notice,
    withdraw_consent,
)
from tongdian.parties.models import Consent, Customer

pytestmark = pytest.mark.django_db

MARCH = at("2026-03-02")
WANG = {"kind": "person", "name": "李小红", "phone": "13807730001", "purpose": "奶茶店",
        "wants_power": "true", "capacity_kw": "12"}  # fmt: skip
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
        ({}, []), ({"consent": "true"}, [WANG["name"]]),
        ({"consent": "true", "consent_identity": "true"}, [WANG["name"], NUMBER["identity"]]),
        ({}, []),  # the tick is taken away
    ):  # fmt: skip
        said = client.post(f"{address}?keep", {**WANG, **NUMBER, "notice": "1", **ticks})
        assert ("勾选同意后保存" in said.content.decode()) is not bool(ticks)
        page = client.get(address).content.decode()
        assert [
            one for one in (WANG["name"], NUMBER["identity"]) if f'value="{one}"' in page
        ] == kept


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
        viewer=viewer("administrator"), first_on=dt.date(2026, 3, 1), zh=words, en=words,
        identity_zh="证件", identity_en="identity", at=at("2026-02-20"),
    )  # fmt: skip
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
