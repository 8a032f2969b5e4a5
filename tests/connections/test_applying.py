"""What an application asks is asked by every door, in the same words and with the field's name."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from tests.cases.conftest import adopt, at, organisation
from tests.consent import CONSENT, CONSENTED
from tests.policies.conftest import POLICIES
from tests.tries import forget_all_tries
from tongdian.cases.models import Case
from tongdian.connections import queries
from tongdian.connections.actions import take_application
from tongdian.connections.models import Application, Draft
from tongdian.connections.rules import DRAFTS_ARE_KEPT
from tongdian.network.rules import PlaceKind
from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Customer
from tongdian.personal import lookup
from tongdian.policy import load_pack
from tongdian.policy.process import Process
from tongdian.registers.fields import BadValue

pytestmark = pytest.mark.django_db

SHOP, FOR_A_WHILE = "shop-application", "temporary-use-application"
WHO = {"kind": "person", "name": "王小明", "identity": "450305199003070016", "phone": "13807730001"}
WHERE = {"place_text": "雁山校区东门外"}
WHAT = {"capacity_kw": "12", "purpose": "奶茶店", "from_on": "2026-03-02", "last_on": "2026-06-30"}
NOTHING = {"wants_power": False, "wants_water": False}

# of which service, on which screen, what is said instead, about which field the refusal is
BAD = [
    (SHOP, "who", {"name": " "}, "name"),
    (SHOP, "who", {"phone": "1380773"}, "phone"),
    (SHOP, "who", {"phone": ""}, "phone"),
    (SHOP, "who", {"email": "not an address"}, "email"),
    (SHOP, "who", {"identity": "450305199003070017"}, "identity"),
    (SHOP, "who", {"kind": "firm"}, "identity"),  # a person's number is no firm's code
    (SHOP, "where", {"place_text": "  "}, "place_text"),
    (SHOP, "where", {"place": "0190a6f0-0000-7000-8000-000000000000"}, "place"),
    (SHOP, "what", {"capacity_kw": "0"}, "capacity_kw"),
    (SHOP, "what", {"capacity_kw": "0,5"}, "capacity_kw"),
    (SHOP, "what", {"purpose": ""}, "purpose"),
    (SHOP, "what", {"last_on": "2026-03-01"}, "last_on"),
    (SHOP, "what", {"from_on": None}, "from_on"),
    (SHOP, "what", NOTHING, "wants_power"),
    (FOR_A_WHILE, "what", {"last_on": None}, "last_on"),
    (FOR_A_WHILE, "what", {"from_on": None}, "from_on"),
    (FOR_A_WHILE, "what", {"last_on": "2026-03-01"}, "last_on"),
]


@pytest.fixture(autouse=True)
def nothing_tried_before():
    forget_all_tries()


def typed(said):
    """As a browser sends it: a box that is not ticked and an empty day are left out."""
    sent = {name: "on" if value is True else value for name, value in said.items()}
    return {name: value for name, value in sent.items() if value not in (None, False)}


def answer_of_the_page(client, service, screen, said):
    address = client.post(f"/services/YS/{service}/apply/")["Location"].removesuffix("who/")
    whole = {"who": WHO | CONSENTED, "where": WHERE, "what": {"wants_power": True, **WHAT}}
    whole[screen] = whole[screen] | said
    replies = {name: client.post(f"{address}{name}/", typed(one)) for name, one in whole.items()}
    assert client.post(f"{address}check/").status_code == (302 if not said else 422)
    return replies[screen]


def answer_of_the_api(client, service, said):
    whole = {**WHO, **WHERE, **WHAT, "wants_power": True, "consent": CONSENT, **said}
    return client.post(
        f"/api/v1/offices/YS/services/{service}/applications",
        json.dumps(whole),
        content_type="application/json",
    )


@pytest.mark.parametrize(
    ("service", "screen", "said", "field"), BAD, ids=[f"{s}-{f}-{next(iter(b))}" for s, _, b, f in BAD]
)
def test_page_and_program_are_refused_alike_and_nothing_is_kept(client, campus, service, screen, said, field):
    by_program = answer_of_the_api(client, service, said)
    assert by_program.status_code == 422, by_program.content
    refused = by_program.json()
    assert refused["field"] == field
    assert not Draft.objects.exists()

    by_page = answer_of_the_page(client, service, screen, said)
    assert by_page.status_code == 422
    errors = [str(one) for one in by_page.context["form"].errors[field]]
    assert [refused["detail"].endswith(one) for one in errors] == [True]
    assert errors[0] in unescape(by_page.content.decode())
    assert not Case.objects.exists()
    assert not Application.objects.exists()
    assert not Customer.objects.filter(phone_lookup=lookup(WHO["phone"])).exists()


@pytest.mark.parametrize("service", [SHOP, FOR_A_WHILE])
def test_what_fits_is_taken_by_both_and_kept_alike(client, campus, service):
    assert answer_of_the_api(client, service, {}).status_code == 201
    answer_of_the_page(client, service, "who", {})
    by_program, by_page = Application.objects.order_by("case__number")
    kept = [
        {name: getattr(one, name) for name in (*WHERE, *WHAT, "wants_power", "wants_water", "remark")}
        for one in (by_program, by_page)
    ]
    assert kept[0] == kept[1]
    assert str(kept[0]["last_on"]) == "2026-06-30"


# ---------------------------------------------------------------- offered again
def test_a_draft_is_offered_in_the_browser_that_began_it_until_it_is_sent_or_left(client, campus):
    address = client.post(f"/services/YS/{SHOP}/apply/")["Location"].removesuffix("who/")
    for page in ("/services/YS/", f"/services/YS/{SHOP}/"):
        assert f'href="{address}"' in client.get(page).content.decode()
        assert address not in Client().get(page).content.decode()
    assert address not in client.get(f"/services/YS/{FOR_A_WHILE}/").content.decode()

    assert client.post(f"{address}leave/")["Location"] == "/services/YS/"
    assert address not in client.get("/services/YS/").content.decode()
    client.get(address)  # gone on with by its address: offered again
    assert address in client.get("/services/YS/").content.decode()

    for name, said in (("who", WHO | CONSENTED), ("where", WHERE), ("what", WHAT | {"wants_power": True})):
        client.post(f"{address}{name}/", typed(said))
    assert client.post(f"{address}check/").status_code == 302
    assert address not in client.get("/services/YS/").content.decode()


def test_the_cookie_of_drafts_has_nothing_that_was_written_and_takes_no_address_of_others(client, campus):
    address = client.post(f"/services/YS/{SHOP}/apply/")["Location"].removesuffix("who/")
    client.post(f"{address}who/", WHO | CONSENTED)
    cookie = client.cookies["drafts"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert WHO["phone"] not in cookie.value
    stranger = Client()
    stranger.cookies["drafts"] = cookie.value.split(":")[0]  # not signed
    assert address not in stranger.get("/services/YS/").content.decode()


def test_a_draft_says_until_when_it_is_kept_and_is_not_offered_after(client, campus):
    client.post(f"/services/YS/{SHOP}/apply/")
    (draft,) = Draft.objects.all()
    until = timezone.localtime(draft.changed_at + DRAFTS_ARE_KEPT).date()
    assert str(until) in client.get("/services/YS/").content.decode()
    Draft.objects.update(changed_at=draft.changed_at - DRAFTS_ARE_KEPT)
    assert "/apply/" not in client.get("/services/YS/").content.decode()


# ---------------------------------------------------------------- nothing is asked twice
def test_what_was_said_to_find_the_service_is_not_asked_again(client, campus):
    supplier = organisation("supplier", "示例供电公司", "GL", region="450311")
    adopt(supplier, "nea-2021-37")
    said = "fact-kind=small_micro&fact-capacity=30&fact-area=urban"
    page = unescape(client.get(f"/services/GL/which/?{said}").content.decode())
    link = re.search(r'href="(/services/GL/low-voltage-three-zero-connection/\?[^"]+)"', page)[1]
    page = client.get(link).content.decode()
    assert '<input type="hidden" name="fact-capacity" value="30">' in page
    begun = client.post(link.partition("?")[0] + "apply/", {"fact-capacity": "30", "fact-other": "1"})
    screen = client.get(begun["Location"].replace("/who/", "/what/")).content.decode()
    assert re.search(r'name="fact-capacity" value="30"', screen)
    assert "other" not in queries.content(Draft.objects.get())["facts"]


KNOWN = {name: WHO[name] for name in ("kind", "name", "identity", "phone")}
MASKED = "4503**********0016"  # of 450305199003070016: never the birthday


@pytest.fixture
def signed_in(client, campus, viewer):
    """Wang, whom the office knows with his identity number, signed in; the address of his draft."""
    account = viewer("customer", "wang")
    customer = enter_customer(
        viewer=campus.counter,
        organisation=campus.campus,
        at=timezone.now(),
        consented=Consented(version=1, identity=True, door="paper"),
        **KNOWN,
    )
    Customer.objects.filter(pk=customer.pk).update(account=account)
    client.force_login(account)
    return client.post(f"/services/YS/{SHOP}/apply/")["Location"]


def test_a_customer_who_is_signed_in_finds_what_is_known_and_nothing_is_kept_before_they_send_it(
    client, signed_in
):
    page = client.get(signed_in).content.decode()
    for value in (KNOWN["kind"], KNOWN["name"], KNOWN["phone"], MASKED):
        assert f'value="{value}"' in page
    assert KNOWN["identity"] not in page  # whoever looks over the shoulder reads no number
    assert queries.content(Draft.objects.get())["form"] == {}
    assert f'value="{WHO["phone"]}"' not in Client().get(signed_in).content.decode()


def test_the_masked_number_sent_back_is_the_known_one_and_stays_masked(client, signed_in):
    assert client.post(signed_in, WHO | CONSENTED | {"identity": MASKED}).status_code == 302
    assert queries.content(Draft.objects.get())["form"]["identity"] == KNOWN["identity"]
    check = signed_in.replace("/who/", "/check/")
    for address in (signed_in, check):
        page = client.get(address).content.decode()
        assert MASKED in page
        assert KNOWN["identity"] not in page


def test_a_known_number_that_is_cleared_stays_cleared_and_the_application_is_still_theirs(client, signed_in):
    """No separate consent (29): the number may be left empty, and must not come back at the last screen."""
    without = {name: value for name, value in CONSENTED.items() if name != "consent_identity"}
    assert client.post(signed_in, WHO | without | {"identity": ""}).status_code == 302
    assert MASKED not in client.get(signed_in).content.decode()
    screens = {"where": WHERE, "what": WHAT | {"wants_power": True}}
    for name, said in screens.items():
        assert client.post(signed_in.replace("/who/", f"/{name}/"), typed(said)).status_code == 302
    assert client.post(signed_in.replace("/who/", "/check/")).status_code == 302
    case = Case.objects.get()
    assert case.customer.account.username == "wang"  # name and telephone are his: no second customer
    assert Customer.objects.count() == 2  # he, and the campus's own of these tests


def test_without_a_number_another_name_or_telephone_is_another_customer(client, signed_in):
    without = {name: value for name, value in CONSENTED.items() if name != "consent_identity"}
    client.post(signed_in, WHO | without | {"identity": "", "phone": "13807730009"})
    for name, said in {"where": WHERE, "what": WHAT | {"wants_power": True}}.items():
        client.post(signed_in.replace("/who/", f"/{name}/"), typed(said))
    client.post(signed_in.replace("/who/", "/check/"))
    assert Case.objects.get().customer.account is None


def test_the_last_screen_says_what_is_missing_and_why(client, signed_in):
    client.cookies["django_language"] = "en"
    client.post(signed_in, WHO | CONSENTED | {"phone": "123"})
    page = unescape(client.get(signed_in.replace("/who/", "/check/")).content.decode())
    summary = page[page.index("error-summary") : page.index("</h1>")]
    assert "Telephone" in summary
    assert "it must be filled in" in summary  # of the screen that nobody has seen yet


# ---------------------------------------------------------------- a shop applied for as a home
HOME = "staff-resident-application"
FIRM = {"kind": "firm", "name": "雁山奶茶有限公司", "identity": "", "contact": "王小明"}
LIVES_THERE = "门面后间是分给本人的教职工住房，附分房通知书。"


def said_of_a_home(**said):
    return {"from_on": None, "last_on": None, "purpose": "", "capacity_kw": "6", **said}


@pytest.mark.parametrize(
    ("said", "what"), [("shop", "雁山校区 3 号门面 (Shop)"), ("firm", "A firm or institution")]
)
def test_who_applies_for_a_home_in_a_shop_or_as_a_firm_is_asked_why(campus, said, what):
    """19, 50(1): a shop pays the commercial price, a staff flat the residential one. It is asked, and not refused:
    a lecturer may live behind a shop."""
    english = Client(HTTP_ACCEPT_LANGUAGE="en")
    odd = {"place": str(campus.shop.pk), "place_text": ""} if said == "shop" else FIRM
    by_program = answer_of_the_api(english, HOME, said_of_a_home(**odd))
    assert by_program.status_code == 422, by_program.content
    refused = by_program.json()
    assert refused["field"] == "remark"
    assert f"is seldom meant for: {what}. Say here why" in refused["detail"]
    assert not Case.objects.exists()

    screen = "where" if said == "shop" else "who"
    address = english.post(f"/services/YS/{HOME}/apply/")["Location"].removesuffix("who/")
    whole = {"who": WHO | CONSENTED, "where": WHERE, "what": {"wants_power": True}}
    whole[screen] = whole[screen] | odd
    replies = {name: english.post(f"{address}{name}/", typed(one)) for name, one in whole.items()}
    assert replies["what"].status_code == 422
    assert list(replies["what"].context["form"].errors) == ["remark"]
    assert f"is seldom meant for: {what}" in unescape(replies["what"].content.decode())
    assert english.post(f"{address}check/").status_code == 422
    assert not Case.objects.exists()

    assert english.post(f"{address}what/", {"wants_power": "on", "remark": LIVES_THERE}).status_code == 302
    assert english.post(f"{address}check/").status_code == 302
    assert answer_of_the_api(english, HOME, said_of_a_home(**odd, remark=LIVES_THERE)).status_code == 201
    assert [one.remark for one in Application.objects.all()] == [LIVES_THERE] * 2


def test_the_counter_is_asked_why_a_shop_is_a_home_too(campus):
    told = {
        "viewer": campus.counter,
        "organisation": campus.campus,
        "pack": "gxnu-2016-4",
        "process": HOME,
        "customer": campus.wang,
        "place": campus.shop,
        "at": at("2026-03-02"),
    }
    with pytest.raises(BadValue, match="Say here why") as refused:
        take_application(**told)
    assert refused.value.field == "remark"
    assert take_application(**told, given={"remark": LIVES_THERE}).application.remark == LIVES_THERE


def test_a_person_at_an_ordinary_place_is_asked_nothing_more(client, campus):
    assert answer_of_the_api(client, HOME, said_of_a_home()).status_code == 201


@pytest.mark.parametrize("pack", ["gxnu-2016-4", "nea-2021-37"])
def test_a_pack_doubts_kinds_that_there_are(pack):
    for rule in load_pack(POLICIES / pack, run_tests=False).rules.values():
        for wording in rule.versions if isinstance(rule, Process) else ():
            assert {*wording.not_at, *wording.doubtful_at} <= set(PlaceKind.values)
            assert {*wording.doubtful_for} <= set(Customer.Kind.values)
