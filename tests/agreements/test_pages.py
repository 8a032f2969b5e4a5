"""The pages of agreements, of texts to sign, and of imports."""

import base64
import io
import re
from datetime import date
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from tests.agreements import spreadsheets as sheets
from tests.agreements.conftest import AT
from tests.agreements.test_signing import drawn
from tests.api.conftest import Program, token_of
from tests.connections.conftest import picture
from tongdian.agreements.actions import signing
from tongdian.agreements.actions.ending import change_by_case
from tongdian.agreements.models import Agreement, Import, Signature
from tongdian.agreements.pages import agreeing as agreeing_pages
from tongdian.agreements.registers import FIELDS
from tongdian.network.models import Place
from tongdian.parties.models import Customer

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def officer(client, town):
    client.force_login(town.officer)
    return client


def upload(client, town, kind, content, name="表.xlsx"):
    return client.post(
        "/imports/",
        {
            "kind": kind,
            "organisation": town.campus.organisation.pk,
            "file": SimpleUploadedFile(name, content),
        },
    )


def test_an_agreement_is_signed_and_its_terms_change_from_today(officer, town):
    address = f"/agreements/new/?point={town.points[0].pk}"
    typed = {
        "customer": "u000",
        "customer_class": "staff",
        "price_category": "staff",
        "first_on": "2026-01-01",
        "capacity_kw": "8",
    }
    assert "教工住户" in text_of(officer.get(address))
    assert officer.post(address, typed | {"customer": "U9"}).status_code == 422
    assert officer.post(address, typed).status_code == 302
    one = Agreement.objects.get()
    answer = officer.post(address, typed)
    assert answer.status_code == 422
    assert one.number in text_of(answer)

    said = text_of(officer.get(f"/agreements/{one.pk}/"))
    for words in ("王小明", "教工住户", "8 kW", "2026-01-01"):
        assert words in said
    typed = {
        "from_on": f"{timezone.localdate()}",
        "customer_class": "staff",
        "price_category": "revenue",
        "capacity_kw": "8",
        "reason": "出租",
    }
    address = f"/agreements/{one.pk}/change/"
    passed = officer.post(address, typed | {"from_on": "2026-03-01"})
    assert passed.status_code == 422
    assert "由另一人确认" in text_of(passed)
    assert officer.post(address, typed).status_code == 302
    two = Agreement.objects.get(previous=one)
    answer = officer.post(
        f"/agreements/{one.pk}/propose/end/",
        {
            "last_on": "2026-03-10",
            "reason": "x",
            "file": SimpleUploadedFile("x.jpg", picture(), "image/jpeg"),
        },
    )
    assert answer.status_code == 422
    assert two.number in text_of(answer)
    assert text_of(officer.get(f"/agreements/{one.pk}/")).count("YS-A2026-000001") >= 2


def test_the_list_is_filtered_by_state_utility_and_two_characters(officer, town):
    one, two = town.sign(), town.sign(1, point=1, first_on=date(2025, 1, 1), last_on=date(2025, 6, 30))
    assert one.number in text_of(officer.get("/agreements/?state=current"))
    for query, found in (
        ("state=ended", [two]),
        ("q=小明", [one]),
        ("q=102 室", [two]),
        ("utility=water", []),
        ("state=temporary", [two]),
        ("state=expiring", []),
        ("q=YS-A2025", [two]),
        ("", [one, two]),
        ("from=x", [one, two]),
    ):
        said = text_of(officer.get(f"/agreements/?{query}"))
        assert [row for row in (one, two) if row.number in said] == found, query


def test_a_place_shows_who_is_supplied_and_offers_what_is_free(officer, town):
    one = town.sign()
    said = text_of(officer.get(f"/places/{town.campus.flats[0].pk}/"))
    assert one.number in said
    assert "王小明" in said
    assert str(town.points[1].pk) in officer.get(f"/places/{town.campus.flats[1].pk}/").content.decode()
    assert one.number in text_of(officer.get(f"/places/{town.campus.building.pk}/"))


def test_page_and_api_have_the_same_filters(officer, town):
    first, second = town.sign(), town.sign(point=1)
    program = Program(token_of(town.officer))
    place = str(first.usage_point.place_id)
    asked = {
        "q": first.number,
        "customer": str(first.customer_id),
        "usage_point": str(first.usage_point_id),
        "place": place,
        "utility": "power",
        "state": "current",
    }
    assert set(asked) == set(FIELDS.by_name)
    for name, value in asked.items():
        items = program.ask(f"/agreements?{urlencode({name: value})}").json()["items"]
        numbers = {one["number"] for one in items}
        page = text_of(officer.get("/agreements/", {name: value}))
        assert {one.number for one in (first, second) if one.number in page} == numbers, name
        assert first.number in numbers, name
    assert program.ask("/agreements?colour=red").status_code == 422
    assert second.number not in text_of(officer.get(f"/agreements/?usage_point={first.usage_point.code}"))


def test_the_list_goes_on_behind_the_last_one_shown(officer, town, monkeypatch):
    monkeypatch.setattr(agreeing_pages, "PAGE", 1)
    both = {town.sign().number, town.sign(point=1).number}
    page = officer.get("/agreements/")
    onward = re.search(r'rel="next" href="([^"]+)"', page.content.decode())[1]
    seen = [
        {one for one in both if one in text_of(each)} for each in (page, officer.get(f"/agreements/{onward}"))
    ]
    assert sorted(map(len, seen)) == [1, 1]
    assert seen[0] | seen[1] == both


def test_the_list_asks_the_database_as_often_for_one_row_as_for_many(officer, town):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert officer.get("/agreements/").status_code == 200
        return len(queries)

    one = town.sign()
    asked()  # what is kept between requests is kept now
    for_one = asked()
    for month in range(2, 10):
        one = change_by_case(
            viewer=town.officer,
            agreement=one,
            from_on=date(2026, month, 1),
            case="x",
            at=AT,
            price_category="revenue" if month % 2 == 0 else "staff",
        )
    assert asked() == for_one


def test_a_text_is_drawn_up_read_and_signed_at_the_counter(officer, town):
    one = town.sign()
    address = officer.post(f"/agreements/{one.pk}/text/").url
    page = officer.get(address)
    assert "供用电协议" in text_of(page)
    shown = re.search(r'name="shown_hash" value="(\w+)"', page.content.decode())[1]
    picture = "data:image/png;base64," + base64.b64encode(drawn()).decode()
    typed = {"shown_hash": shown, "name": "王小明", "drawing": picture, "consent": "1"}
    for missing in ("drawing", "consent", "name"):
        answer = officer.post(address, {k: v for k, v in typed.items() if k != missing})
        assert answer.status_code == 422, missing
    assert officer.post(address, typed).status_code == 302
    town.officer.set_password("a-long-password")
    town.officer.save()
    officer.force_login(town.officer)
    asked = officer.post(address, {"shown_hash": shown, "consent": "1"})
    assert asked.url.startswith("/accounts/confirm/")  # the session alone does not sign
    assert Signature.objects.count() == 1
    assert officer.post(asked.url, {"password": "a-long-password"}).url == address
    assert Signature.objects.get(party="supplier").name == town.officer.shown_name
    assert officer.post(address, typed).status_code == 403  # both have signed
    kept = Signature.objects.get(party="customer")
    assert (kept.method, kept.ip) == ("counter", "127.0.0.1")
    assert officer.get(f"{address}customer.png").content.startswith(b"\x89PNG")
    assert Signature.objects.count() == 2
    assert officer.get(f"/agreements/{one.pk}/").status_code == 200


def test_who_signs_is_told_before_of_characters_that_cannot_be_printed(officer, town):
    town.customers[0].name = "张𱖎"
    town.customers[0].save()
    address = officer.post(f"/agreements/{town.sign().pk}/text/").url
    assert "打印件上会显示为方框：𱖎" in text_of(officer.get(address))


def test_the_customer_reads_and_signs_and_others_find_nothing(client, town, viewer):
    text = signing.draw_up_for(viewer=town.officer, agreement=town.sign(), at=AT)
    address = f"/agreement-texts/{text.pk}/"
    assert client.get(address).status_code == 302  # to sign in
    client.force_login(viewer("customer", "other"))
    assert client.get(address).status_code == 404
    assert client.get(f"{address}customer.png").status_code == 404
    own = viewer("customer", "ming")
    town.customers[0].account = own
    town.customers[0].save()
    client.force_login(own)
    picture = "data:image/png;base64," + base64.b64encode(drawn()).decode()
    typed = {"shown_hash": text.body_hash, "name": "王小明", "drawing": picture, "consent": "1"}
    assert client.post(address, typed).status_code == 302
    assert Signature.objects.get().method == "account"


def test_a_spreadsheet_is_uploaded_looked_at_stored_and_undone(officer, town):
    content = sheets.workbook(
        sheets.PLACES,
        ("YS-2", "楼栋", "雁山校区 2 栋", "YS", "", ""),
        ("YS-1", "楼栋", "梅园", "YS", "", ""),
        ("YS-8", "城堡", "雁山城堡", "YS", "", ""),
    )
    address = upload(officer, town, "places", content).url
    said = text_of(officer.get(address))
    assert "雁山校区 1 栋 → 梅园" in said
    assert "B4" in said
    assert "标题在第 1 行，读取 3 行" in said
    assert "雁山校区 2 栋" not in text_of(officer.get(f"{address}?fate=refused"))
    assert not Place.objects.filter(code="YS-2").exists()
    sheet = load_workbook(io.BytesIO(officer.get(f"{address}refused.xlsx").content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][0] == "YS-8"
    assert "城堡" in rows[1][-1]

    officer.post(f"{address}confirm/")
    assert Place.objects.get(code="YS-2").name == "雁山校区 2 栋"
    again = upload(officer, town, "places", content).url
    assert address in officer.get(again).content.decode()  # the same file is told
    officer.post(f"{again}discard/")
    officer.post(f"{address}undo/")
    assert not Place.objects.filter(code="YS-2").exists()
    assert Import.objects.get(state="undone").counts == {"new": 1, "changed": 1, "refused": 1}
    assert "表.xlsx" in text_of(officer.get("/imports/"))


def test_who_stores_customers_says_once_that_they_consented_and_why_names_change(officer, town):
    old = sheets.workbook(sheets.CUSTOMERS, ("103", "个人", "王四", "", ""))
    officer.post(f"{upload(officer, town, 'customers', old).url}confirm/")
    new = ("104", "个人", "王五", "11010519491231002X", "")
    content = sheets.workbook(sheets.CUSTOMERS, ("103", "个人", "王肆", "", ""), new)
    address = upload(officer, town, "customers", content).url
    page = officer.get(address).content.decode()
    assert 'name="consent"' in page
    assert 'name="reason"' in page
    said = text_of(officer.post(f"{address}confirm/", {"notice": 1, "reason": "户口簿更正"}, follow=True))
    assert "单独的书面同意" in said
    said = text_of(officer.post(f"{address}confirm/", {"notice": 1, "consent": "on"}, follow=True))
    assert "须写明原因" in said
    assert not Customer.objects.filter(number="104").exists()
    officer.post(f"{address}confirm/", {"notice": 1, "consent": "on", "reason": "户口簿更正"})
    assert Customer.objects.get(number="103").name == "王肆"
    assert Customer.objects.get(number="104").consents.get().door == "paper"


def test_a_file_that_cannot_be_read_says_why_on_the_form(officer, town):
    for content, words in ((b"\x89PNG\r\n", "xlsx"), (sheets.workbook(("甲",), ("乙",)), "地点编号")):
        answer = upload(officer, town, "places", content)
        assert answer.status_code == 422
        assert words in text_of(answer)


def test_an_import_that_others_depend_on_offers_no_undoing(officer, town):
    address = upload(
        officer, town, "places", sheets.text_table(sheets.PLACES, ("YS-2", "楼栋", "二栋", "YS", "", ""))
    ).url
    officer.post(f"{address}confirm/")
    Place.objects.get(code="YS-2").usage_points.create(utility="water", code="W2")
    page = officer.get(address)
    assert "undo/" not in page.content.decode()
    officer.post(f"{address}undo/")
    assert Place.objects.filter(code="YS-2").exists()


def test_every_template_downloads(officer):
    for kind in ("places", "points", "customers", "agreements", "balances"):
        book = load_workbook(io.BytesIO(officer.get(f"/imports/templates/{kind}.xlsx").content))
        assert book.worksheets[0]["A1"].value.endswith("*")
    assert officer.get("/imports/templates/castles.xlsx").status_code == 404


def test_the_sheet_of_choices_of_our_own_template_is_not_called_unread(officer, town):
    book = load_workbook(io.BytesIO(officer.get("/imports/templates/places.xlsx").content))
    sheet = book.worksheets[0]
    titles = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    for title, value in {"地点编号": "ZZ", "类型": "校区", "全称": "新校区"}.items():
        sheet.cell(3, titles[title], value)
    book.create_sheet("说明").append(["请看这里"])
    content = io.BytesIO()
    book.save(content)
    upload(officer, town, "places", content.getvalue())
    said = [zh for zh, _en in Import.objects.get().contents]
    assert not any("选项" in one for one in said)
    assert any("说明：没有所需的标题" in one for one in said)  # another's sheet is named


def test_who_may_not_is_told_so(client, town, viewer):
    one = town.sign()
    client.force_login(viewer("auditor", at=town.campus.organisation))
    assert client.get(f"/agreements/{one.pk}/").status_code == 200
    assert client.get("/imports/").status_code == 403
    for address in ("propose/end", "answer-proposal", "change", "text"):
        assert client.post(f"/agreements/{one.pk}/{address}/").status_code == 403
    client.force_login(viewer("customer"))
    assert client.get("/agreements/").status_code == 403


def test_pages_speak_english(officer, town):
    one = town.sign()
    officer.cookies["django_language"] = "en"
    said = text_of(officer.get(f"/agreements/{one.pk}/"))
    assert "Everything agreed at this usage point" in said
    assert "staff residents" in said
    assert "Templates, in this order" in text_of(officer.get("/imports/"))
