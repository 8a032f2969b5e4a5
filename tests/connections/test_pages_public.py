"""What the public reads and does without signing in."""

from __future__ import annotations

import datetime as dt
import re
import shutil

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.connections.conftest import picture
from tests.consent import CONSENTED
from tests.policies.conftest import POLICIES
from tests.tries import forget_all_tries
from tongdian.cases import actions as cases
from tongdian.cases import queries as case_queries
from tongdian.cases.models import Case, Paper
from tongdian.connections import actions, queries
from tongdian.connections.models import Draft, Rating, Repair, Visit
from tongdian.network.models import Place
from tongdian.notices.models import Content

pytestmark = pytest.mark.django_db

WHO = {
    "kind": "person",
    "name": "王小明",
    "identity": "450305199003070016",
    "phone": "13807730001",
    **CONSENTED,
}
WHAT = {"wants_power": "on", "wants_water": "on", "capacity_kw": "12", "purpose": "奶茶店"}


@pytest.fixture(autouse=True)
def nothing_tried_before():
    forget_all_tries()


def text_of(reply) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


def begin(client):
    reply = client.post("/services/YS/shop-application/apply/")
    return reply["Location"].split("/")[2]


def answer(client, campus):
    """Everything but the papers, as a shopkeeper types it."""
    token = begin(client)
    client.post(f"/apply/{token}/who/", WHO)
    client.post(f"/apply/{token}/where/", {"place": str(campus.shop.pk)})
    client.post(f"/apply/{token}/what/", WHAT)
    return token


def photograph(name, text="lease"):
    return SimpleUploadedFile(name, picture(text), content_type="image/jpeg")


@pytest.fixture
def sent(client, campus):
    token = answer(client, campus)
    for item in ("shop-lease", "shopkeeper-identity"):
        client.post(f"/apply/{token}/papers/add/", {"item": item, "pages": photograph(f"{item}.jpg", item)})
    client.post(f"/apply/{token}/check/")
    return Case.objects.get()


# ---------------------------------------------------------------- reading
def test_one_office_is_not_asked_for(client, campus):
    assert client.get("/services/")["Location"] == "/services/YS/"


def test_the_service_page_has_exactly_the_papers_of_the_pack_and_its_article(client, campus):
    page = text_of(client.get("/services/YS/shop-application/"))
    asked = queries.service_of(campus.campus, "shop-application", timezone.localdate()).asked
    for paper in asked[0].papers.papers:
        assert paper.title.zh in page
    assert "师政后勤〔2016〕4号 第八条（二）" in page


def test_the_deposit_is_the_rule_of_article_9_for_shops_alone(client, campus):
    page = text_of(client.get("/services/YS/shop-application/"))
    assert "商业门面（摊点）保证金 300–10,000 元" in page
    assert "施工保证金" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/services/YS/",
        "/services/YS/prices/",
        "/services/YS/fees/",
        "/hotlines/",
        "/track/",
        "/services/YS/repair/",
        "/services/YS/shop-application/",
    ],
)
def test_both_hotlines_stand_on_every_public_page(client, campus, address):
    page = text_of(client.get(address))
    assert "12398" in page
    assert "0773-5846000" in page


def test_made_up_prices_say_that_they_are(client, campus):
    page = client.get("/services/YS/prices/?on=2026-03-02", HTTP_ACCEPT_LANGUAGE="en")
    assert text_of(page).count("EXAMPLE – not official") >= 2
    assert "0.5491" in text_of(page)  # from 2026-06-01 it is 0.5603


def test_what_everybody_needs_to_know_is_a_sheet_of_paper(client, campus):
    reply = client.get("/services/YS/shop-application/notice/")
    assert reply["Content-Type"] == "application/pdf"
    assert reply.content.startswith(b"%PDF-")


def test_a_tea_shop_of_30_kw_in_town_is_a_three_zero_customer(client, campus):
    from tests.cases.conftest import adopt, organisation

    supplier = organisation("supplier", "示例供电公司", "GL", region="450311")
    adopt(supplier, "nea-2021-37")
    reply = client.get(
        "/services/GL/which/?fact-kind=small_micro&fact-capacity=30&fact-area=urban",
        HTTP_ACCEPT_LANGUAGE="en",
    )
    # 30 kW ≤ 160 kW, small or micro: three-zero service
    assert "low-voltage non-residential customer under three-zero service" in text_of(reply)
    assert "/services/GL/low-voltage-three-zero-connection/" in reply.content.decode()


# ---------------------------------------------------------------- applying
def test_what_was_typed_wrong_is_kept_and_the_error_stands_above_and_beside(client, campus):
    token = begin(client)
    reply = client.post(f"/apply/{token}/who/", {**WHO, "identity": "450305199003070017"})
    assert reply.status_code == 422
    page = reply.content.decode()
    assert 'value="450305199003070017"' in page
    assert 'href="#id_identity"' in page
    assert 'id="id_identity_error"' in page
    assert 'value="450305199003070017"' in client.get(f"/apply/{token}/who/").content.decode()


def test_a_draft_saves_itself_and_opens_on_another_device(client, campus):
    token = begin(client)
    reply = client.post(f"/apply/{token}/who/?keep", {"name": "王小", **CONSENTED})
    assert "已保存" in reply.content.decode()
    assert 'value="王小"' in Client().get(f"/apply/{token}/who/").content.decode()
    assert Client().get(f"/apply/{token}x/who/").status_code == 410


def test_a_place_is_found_by_two_characters(client, campus):
    from tongdian.bigrams import bigrams

    Place.objects.filter(pk=campus.shop.pk).update(pairs=bigrams(campus.shop.name, "S3", ""))
    token = begin(client)
    assert "3 号门面" in text_of(client.get(f"/apply/{token}/places/?q=门面"))
    assert "3 号门面" not in text_of(client.get(f"/apply/{token}/places/?q=宿舍"))


def test_a_place_of_another_office_is_not_taken(client, campus):
    from tests.cases.conftest import organisation
    from tongdian.identifiers import uuid7

    other = organisation("campus", "育才校区", "YC", region="450305")
    key = uuid7()
    Place.objects.create(
        id=key,
        organisation=other,
        region=other.region,
        kind="shop",
        code="S1",
        name="育才 1 号",
        ancestors=[key],
    )
    token = begin(client)
    assert client.post(f"/apply/{token}/where/", {"place": str(key)}).status_code == 422


def test_the_shopkeeper_applies_and_sees_the_number(client, campus, sent):
    assert sent.number in text_of(client.get(f"/track/{sent.number}/sent/"))
    assert sent.place == campus.shop
    assert Paper.objects.filter(case=sent, item="shop-lease").count() == 1
    assert sent.application.capacity_kw == 12
    assert "approve" in {row.stage for row in sent.open_stages.all()}


def test_without_the_papers_it_can_be_sent_and_waits_for_them(client, campus):
    token = answer(client, campus)
    client.post(f"/apply/{token}/check/")
    case = Case.objects.get()
    # 8(2): the energy office decides first, the papers are for the utilities centre
    assert [row.stage for row in case.open_stages.all()] == ["approve"]
    page = text_of(client.get(f"/track/{case.number}/"))
    assert "门面租赁合同" in page
    for item in ("shop-lease", "shopkeeper-identity"):
        client.post(f"/track/{case.number}/papers/{item}/", {"pages": photograph("a.jpg", item)})
    (listed,) = case_queries.paper_lists(case, case_queries.state_of(case))
    assert (listed.stage, listed.missing) == ("accept", ())


def test_a_program_is_not_taken_for_a_photograph(client, campus):
    token = answer(client, campus)
    bad = SimpleUploadedFile("lease.jpg", b"MZ\x90\x00 not a picture", content_type="image/jpeg")
    reply = client.post(f"/apply/{token}/papers/add/", {"item": "shop-lease", "pages": bad})
    assert reply.status_code == 422
    assert queries.content(Draft.objects.get())["papers"] == {}


def test_a_page_is_taken_out_again(client, campus):
    token = answer(client, campus)
    client.post(f"/apply/{token}/papers/add/", {"item": "shop-lease", "pages": photograph("a.jpg")})
    (page,) = queries.content(Draft.objects.get())["papers"]["shop-lease"]
    assert client.get(f"/apply/{token}/papers/shop-lease/{page['hash']}/").status_code == 200
    client.post(f"/apply/{token}/papers/add/", {"item": "shop-lease", "remove": page["hash"]})
    assert queries.content(Draft.objects.get())["papers"]["shop-lease"] == []


# ---------------------------------------------------------------- following
def test_number_and_telephone_open_the_case_in_a_new_session(client, sent):
    stranger = Client()
    assert stranger.get(f"/track/{sent.number}/")["Location"].startswith("/track/")
    wrong = stranger.post("/track/", {"number": sent.number, "phone": "13807730002"})
    assert wrong.status_code == 422
    stranger.post("/track/", {"number": sent.number, "phone": "138 0773 0001"})
    before = stranger.session.session_key
    assert stranger.get(f"/track/{sent.number}/").status_code == 200
    stranger.post("/track/", {"number": sent.number, "phone": "13807730001"})
    assert stranger.session.session_key != before  # a planted session is worth nothing
    stranger.post(f"/track/{sent.number}/forget/")
    assert stranger.get(f"/track/{sent.number}/").status_code == 302


def test_the_ninth_try_at_one_number_is_not_looked_at(client, sent):
    stranger = Client()
    for n in range(8):
        guess = {"number": sent.number, "phone": f"1380773100{n}"}
        assert stranger.post("/track/", guess).status_code == 422
    right = {"number": sent.number, "phone": "13807730001"}
    assert stranger.post("/track/", right).status_code == 429
    assert stranger.get(f"/track/{sent.number}/").status_code == 302


def test_papers_and_receipts_are_the_applicants_alone(client, sent):
    paper = Paper.objects.filter(case=sent).first()
    for address in (f"file/{paper.pk}/", "print/receipt/"):
        assert client.get(f"/track/{sent.number}/{address}").content.startswith((b"%PDF", b"\xff"))
        assert Client().get(f"/track/{sent.number}/{address}").status_code == 302


def test_codes_sent_to_the_telephone_are_not_among_the_messages(client, campus, sent):
    from tongdian.cases.rules import Applicant
    from tongdian.connections import contracts

    contracts.send_code(applicant=Applicant(sent.pk, sent.number), case=sent, at=timezone.now())
    code = re.search(r"\d{6}", Content.objects.get().said["body"].replace(sent.number, ""))[0]
    assert code not in text_of(client.get(f"/track/{sent.number}/"))


def test_an_hour_is_booked_changed_and_given_up(client, campus, sent):
    page = client.get(f"/track/{sent.number}/visit/").content.decode()
    first, second = re.findall(r'name="slot" value="([^"]+)"', page)[:2]
    client.post(f"/track/{sent.number}/visit/", {"slot": first})
    client.post(f"/track/{sent.number}/visit/", {"slot": second})
    assert [one.state for one in Visit.objects.order_by("id")] == ["cancelled", "booked"]
    client.post(f"/track/{sent.number}/visit/", {"cancel": "1"})
    assert not Visit.objects.filter(state="booked").exists()


def test_a_case_holds_one_hour_at_a_time_and_moves_it_ten_times_at_most(client, campus, sent):
    page = client.get(f"/track/{sent.number}/visit/").content.decode()
    slots = re.findall(r'name="slot" value="([^"]+)"', page)
    client.post(f"/track/{sent.number}/visit/", {"slot": slots[0]})
    Visit.objects.update(stage="an-earlier-stage")
    client.post(f"/track/{sent.number}/visit/", {"slot": slots[1]})
    assert Visit.objects.filter(case=sent, state="booked").count() == 1
    for slot in slots[2:10]:
        assert client.post(f"/track/{sent.number}/visit/", {"slot": slot}).status_code == 302
    refused = client.post(f"/track/{sent.number}/visit/", {"slot": slots[10]})
    assert refused.status_code == 422
    assert campus.campus.hotline in refused.content.decode()
    assert Visit.objects.filter(case=sent, state="booked").count() == 1


def test_taken_back_with_a_reason(client, sent):
    assert client.post(f"/track/{sent.number}/withdraw/", {"reason": ""}).status_code == 422
    client.post(f"/track/{sent.number}/withdraw/", {"reason": "不开店了"})
    sent.refresh_from_db()
    assert sent.ending == "withdrawn"


def test_rated_once_and_only_at_the_end(client, campus, sent):
    rating = {"score": "4", "comment": "很快"}
    assert client.post(f"/track/{sent.number}/rate/", rating).status_code == 422
    sent.refresh_from_db()
    cases.close_stage(
        viewer=campus.officer,
        case=sent,
        stage="approve",
        seen=sent.seq,
        at=timezone.now(),
        facts={"approved": "false"},
    )
    sent.refresh_from_db()
    cases.close_stage(
        viewer=campus.officer,
        case=sent,
        stage="refuse",
        seen=sent.seq,
        at=timezone.now(),
        note="线路容量不足",
    )
    assert client.post(f"/track/{sent.number}/rate/", rating).status_code == 302
    assert client.post(f"/track/{sent.number}/rate/", rating).status_code == 422
    assert Rating.objects.get().score == 4
    # nothing was completed, so no notice of it
    assert client.get(f"/track/{sent.number}/print/completion/").status_code == 404


# ---------------------------------------------------------------- repairs
def test_a_fault_is_reported_with_photographs_and_followed(client, campus):
    report = {
        "utility": "water",
        "place_text": "3 栋 2 楼",
        "what": "水管漏水",
        "phone": "13807730001",
        "photos": [photograph("a.jpg", "one"), photograph("b.jpg", "two")],
    }
    client.post("/services/YS/repair/", report)
    repair = Repair.objects.get()
    assert len(repair.photos) == 2
    assert repair.number in text_of(client.get(f"/repair/{repair.number}/"))
    stranger = Client()
    assert stranger.get(f"/repair/{repair.number}/").status_code == 302
    stranger.post("/track/", {"number": repair.number.lower(), "phone": "13807730001"})
    assert "水管漏水" in text_of(stranger.get(f"/repair/{repair.number}/"))


def test_drafts_nobody_sent_are_forgotten_after_thirty_days(client, campus):
    begin(client)
    kept_until = Draft.objects.get().changed_at + dt.timedelta(days=30)
    assert actions.forget_drafts(at=kept_until) == 0
    assert actions.forget_drafts(at=kept_until + dt.timedelta(minutes=1)) == 1


# ---------------------------------------------------------------- a supplier
@pytest.fixture
def supplier(campus):
    from tests.cases.conftest import adopt, organisation

    found = organisation("supplier", "示例供电公司", "GL", region="450311")
    adopt(found, "nea-2021-37")
    return found


def test_every_service_of_both_regulations_has_its_page(client, supplier, campus):
    today = timezone.localdate()
    shown = {
        (office.short, process.rule): client.get(f"/services/{office.short}/{process.rule}/")
        for office in (supplier, campus.campus)
        for _pack, process in queries.services_of(office, today)
    }
    assert len(shown) >= 25  # 19 of the university, at least 6 of the ledger
    assert {reply.status_code for reply in shown.values()} == {200}


def test_limits_in_working_days_stand_with_their_reason(client, supplier):
    page = client.get("/services/GL/low-voltage-three-zero-connection/", HTTP_ACCEPT_LANGUAGE="en")
    assert "within 15 working days" in text_of(page)  # since 2022: 25, 20, then 15
    assert "Nothing else may be asked for." in text_of(page)  # task 24 closes the list
    assert 'class="why-mark"' in page.content.decode()


def test_a_supplier_of_power_asks_for_capacity_once_and_not_for_water(client, supplier):
    begun = client.post("/services/GL/low-voltage-three-zero-connection/apply/")
    token = begun["Location"].split("/")[2]
    page = client.get(f"/apply/{token}/what/").content.decode()
    assert 'name="fact-capacity"' in page
    assert 'name="capacity_kw"' not in page
    assert 'name="wants_water"' not in page
    client.post(f"/apply/{token}/who/", WHO)
    client.post(f"/apply/{token}/where/", {"place_text": "雁中路 8 号，菜市场对面"})
    too_much = client.post(f"/apply/{token}/what/", {"fact-capacity": "x", "purpose": "超市"})
    assert too_much.status_code == 422
    client.post(f"/apply/{token}/what/", {"fact-capacity": "60", "purpose": "超市"})
    client.post(f"/apply/{token}/check/")
    case = Case.objects.get()
    assert (case.application.capacity_kw, case.application.place_text) == (60, "雁中路 8 号，菜市场对面")
    assert "雁中路 8 号" in text_of(client.get(f"/track/{case.number}/"))


def test_a_paper_asked_in_addition_stands_with_its_reason_and_is_handed_in(client, campus, sent):
    cases.ask_for_paper(
        viewer=campus.officer,
        case=sent,
        stage="accept",
        title="门面平面图",
        reason="确定表位",
        at=timezone.now(),
    )
    sent.refresh_from_db()
    cases.return_stage(
        viewer=campus.officer,
        case=sent,
        stage="approve",
        to="apply",
        reason="请补平面图",
        seen=sent.seq,
        at=timezone.now(),
    )
    page = text_of(client.get(f"/track/{sent.number}/"))
    assert "门面平面图" in page
    assert "确定表位" in page
    assert "请补平面图" in page
    notice = client.get(f"/track/{sent.number}/print/missing/")
    assert notice.content.startswith(b"%PDF-")
    client.post(f"/track/{sent.number}/papers/accept+1/", {"pages": photograph("plan.jpg", "plan")})
    client.post(f"/track/{sent.number}/confirm/apply/", {})
    assert [row.stage for row in sent.open_stages.all()] == ["approve"]


def test_services_stand_under_the_headings_of_the_document_in_its_order(
    client, campus, tmp_path, monkeypatch
):
    own = shutil.copytree(POLICIES / "gxnu-2016-4", tmp_path / "gxnu-2016-4") / "pack.yaml"
    groups = (
        "uses:\n  service_groups:\n    end: {zh: 退出, en: Leaving}\n    connect: {zh: 开户, en: Joining}\n"
    )
    own.write_text(own.read_text(encoding="utf-8").replace("uses:\n", groups), encoding="utf-8")
    before = client.get("/services/YS/", headers={"Accept-Language": "en"}).content.decode()
    assert before.index("New supply") < before.index("Stopping and leaving")
    monkeypatch.setenv("TONGDIAN_POLICIES", str(tmp_path))
    page = client.get("/services/YS/", headers={"Accept-Language": "en"}).content.decode()
    assert page.index("Leaving") < page.index("Joining") < page.index("Changes")
    assert "New supply" not in page
