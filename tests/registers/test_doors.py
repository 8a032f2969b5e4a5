"""One register by every door: list, form, export, view, API, spreadsheet."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from tests.agreements.spreadsheets import text_table
from tests.api.conftest import token_of
from tests.network.conftest import AT, make_organisation
from tongdian.agreements.actions import importing
from tongdian.network import actions
from tongdian.network.models import Feeder, Transformer
from tongdian.workbooks import workbook

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def officer(client, campus):
    client.force_login(campus.officer)
    return client


def lines(campus, number: int) -> None:
    for n in range(number):
        actions.add_feeder(
            viewer=campus.officer,
            organisation=campus.organisation,
            utility="water" if n % 2 else "power",
            code=f"G{n:03}",
            name=f"干管 {n}",
            at=AT,
        )


def test_a_list_is_narrowed_by_its_address_and_taken_along_as_it_is(officer, campus) -> None:
    lines(campus, 4)
    said = text_of(officer.get("/network/feeders/?utility=water"))
    assert "G001" in said
    assert "G002" not in said
    assert "F1" in text_of(officer.get("/network/feeders/?q=10 kV"))
    assert "不在可选值之中" in text_of(officer.get("/network/feeders/?utility=gas"))
    reply = officer.post("/network/feeders/export/?utility=water", {"as": "csv"})
    written = b"".join(reply.streaming_content).decode("utf-8-sig").splitlines()
    assert written[0] == "线路或干管编号,水或电,名称,电压 kV,容量 kVA,单位"
    assert written[1:] == ["G001,水,干管 1,,,YS", "G003,水,干管 3,,,YS"]


def test_figures_of_a_workbook_can_be_added_and_codes_stay_text(officer, campus) -> None:
    campus.feeder.capacity_kva = Decimal("10000")
    campus.feeder.code = "0012"
    campus.feeder.save()
    reply = officer.post("/network/feeders/export/", {"as": "xlsx"})
    sheet = load_workbook(io.BytesIO(reply.content)).active
    code, _utility, _name, volts, kva, _organisation = sheet[2]
    assert (code.value, code.data_type) == ("0012", "s")
    assert (volts.value, volts.data_type, volts.number_format) == (10, "n", "0.00")
    assert (kva.value, kva.data_type, kva.number_format) == (10000, "n", "0.00")


def test_a_figure_of_more_digits_than_excel_keeps_is_text() -> None:
    long = Decimal("1234567890123456.78")
    book = workbook("x", [["a", "b"], [long, Decimal("0.90")]], texts=False)
    sheet = load_workbook(io.BytesIO(book)).active
    assert sheet["A2"].value == "1234567890123456.78"
    assert sheet["B2"].value == 0.9


def test_a_list_goes_on_where_the_page_ended(officer, campus) -> None:
    lines(campus, 60)
    first = officer.get("/network/feeders/").content.decode()
    assert "G048" in first  # F1 and 49 more
    assert "G049" not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)[1]
    second = text_of(officer.get(f"/network/feeders/{following}"))
    assert "G048" not in second
    assert "G059" in second


def test_a_view_is_kept(officer, campus) -> None:
    officer.post("/network/feeders/views/", {"name": "水管", "query": "utility=water"})
    assert "水管" in text_of(officer.get("/network/feeders/"))


def test_a_refusal_stands_beside_its_field(officer, campus) -> None:
    where = f"/network/feeders/{campus.feeder.pk}/new/"
    answer = officer.post(where, {"code": "T1", "name": "x", "capacity_kva": "0", "place": "nowhere"})
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert set(errors) == {"capacity_kva", "place"}
    assert "nowhere" in str(errors["place"])
    answer = officer.post(where, {"code": "T1", "name": "x", "capacity_kva": "5"})
    assert set(answer.context["form"].errors) == {"code"}  # taken


def test_a_program_changes_one_thing_and_the_rest_stays(client, campus) -> None:
    headers = token_of(campus.officer)

    def post(path, body, **more):
        return client.post(f"/api/v1{path}", body, "application/json", headers=headers | more)

    def seen(of=""):
        return client.get(f"/api/v1{of or where}", headers=headers).json()["seen"]

    where = f"/transformers/{campus.transformer.pk}"
    assert post(f"{where}/change", {"place": None}).status_code == 428  # who changes says what they saw
    assert post(f"{where}/change", {"place": str(campus.building.pk), "seen": seen()}).status_code == 200
    found = Transformer.objects.get()
    assert (found.place, found.capacity_kva) == (campus.building, Decimal(100))
    assert post(f"{where}/change", {"place": None, "seen": seen()}).json()["place"] is None
    refused = post(f"{where}/change", {"power_factor": "1.5", "seen": seen()})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        422,
        "bad-value",
        "power_factor",
    )
    assert post(f"{where}/change", {"feeder": str(campus.feeder.pk)}).status_code == 422  # fixed
    key = {"Idempotency-Key": "0123456789abcdef"}
    body = {"organisation": str(campus.organisation.pk), "utility": "water", "code": "W1", "name": "管"}
    assert post("/feeders", body, **key).status_code == 201
    assert post("/feeders", body, **key)["Idempotency-Replayed"] == "true"
    assert post("/feeders", body).json()["field"] == "code"
    made = Feeder.objects.get(code="W1")
    gone, before = f"/feeders/{made.pk}", seen(f"/feeders/{made.pk}")
    assert post(f"{gone}/change", {"name": "干管", "seen": before}).status_code == 200
    for told in ({}, ""):  # who removes says what they saw, too
        assert post(f"{gone}/remove", told).status_code == 428
    assert post(f"{gone}/remove", {"seen": before}).status_code == 409
    assert post(f"{gone}/remove", {}, **{"If-Match": f'"{before}"'}).status_code == 409
    assert post(f"{gone}/remove", {}, **{"If-Match": f'"{seen(gone)}"'}).status_code == 200
    assert not Feeder.objects.filter(code="W1").exists()
    used = f"/feeders/{campus.feeder.pk}"
    assert post(f"{used}/remove", {"seen": seen(used)}).json()["code"] == "still-used"


def test_a_list_of_the_api_has_the_filters_of_the_page(client, campus) -> None:
    lines(campus, 4)
    headers = token_of(campus.officer)
    found = client.get("/api/v1/feeders?utility=water&limit=1", headers=headers).json()
    assert [one["code"] for one in found["items"]] == ["G003"]
    rest = client.get(f"/api/v1/feeders?utility=water&after={found['next']}", headers=headers).json()
    assert [one["code"] for one in rest["items"]] == ["G001"]


def test_what_another_campus_has_is_not_there(client, campus, viewer) -> None:
    other = viewer("officer", "sun", at=make_organisation("WC", "王城校区"))
    client.force_login(other)
    assert "F1" not in text_of(client.get("/network/feeders/"))
    assert client.get(f"/network/feeders/{campus.feeder.pk}/").status_code == 404
    where = f"/network/transformers/?feeder={campus.feeder.pk}"
    assert "T1" not in text_of(client.get(where))
    reply = client.get(f"/api/v1/transformers?feeder={campus.feeder.pk}", headers=token_of(other))
    assert reply.status_code == 404


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("feeders", "/network/feeders/"),
        ("transformers", "/network/transformers/"),
        ("points", "/usage-points/"),
        ("places", "/places/"),
    ],
)
def test_what_is_taken_along_comes_in_again_as_the_same(officer, campus, kind, where) -> None:
    lines(campus, 3)
    actions.add_usage_point(
        viewer=campus.officer,
        place=campus.flats[0],
        utility="power",
        code="P1",
        is_live=True,
        transformer=campus.transformer,
        capacity_kw=Decimal("8.5"),
        at=AT,
    )
    reply = officer.post(f"{where}export/", {"as": "csv"})
    brought = importing.stage(
        viewer=campus.officer,
        organisation=campus.organisation,
        kind=kind,
        file_name="f.csv",
        content=b"".join(reply.streaming_content),
        at=AT,
    )
    assert set(brought.counts) == {"same"}


def test_a_spreadsheet_refuses_what_the_other_doors_refuse(campus) -> None:
    heads = ("线路或干管编号", "水或电", "名称", "电压 kV", "容量 kVA")
    content = text_table(heads, ("F2", "电", "二线", "123456", "-5"), ("F3", "气", "三线", "", ""))
    brought = importing.stage(
        viewer=campus.officer,
        organisation=campus.organisation,
        kind="feeders",
        file_name="f.csv",
        content=content,
        at=AT,
    )
    assert brought.counts == {"refused": 2}
    cells = [cell for row in brought.rows.order_by("number") for cell, _zh, _en in row.reasons]
    assert cells == ["D2", "E2", "B3"]


def test_volts_of_a_main_of_water_are_refused_at_every_door(officer, campus) -> None:
    given = {"utility": "water", "code": "W1", "name": "管", "voltage_kv": "10"}
    answer = officer.post(f"/network/feeders/new/?for={campus.organisation.pk}", given)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"voltage_kv"}
    body = given | {"organisation": str(campus.organisation.pk)}
    answer = officer.post("/api/v1/feeders", body, "application/json", headers=token_of(campus.officer))
    assert (answer.status_code, answer.json()["field"]) == (422, "voltage_kv")
    brought = importing.stage(
        viewer=campus.officer,
        organisation=campus.organisation,
        kind="feeders",
        file_name="f.csv",
        content=text_table(
            ("线路或干管编号", "水或电", "名称", "电压 kV"), ("W1", "水", "管", "10"), ("W2", "水", "管", "")
        ),
        at=AT,
    )
    assert brought.counts == {"refused": 1, "new": 1}
    assert [cell for row in brought.rows.order_by("number") for cell, _zh, _en in row.reasons] == ["D2"]


def test_a_code_of_another_organisation_is_theirs(campus, viewer) -> None:
    other = make_organisation("WC", "王城校区")
    sun = viewer("officer", "sun", at=other)
    place = actions.add_place(viewer=sun, organisation=other, kind="campus", code="WC", name="王城", at=AT)
    actions.add_usage_point(viewer=sun, place=place, utility="water", code="P7", at=AT)
    heads = ("用电（水）点编号", "地点编号", "水或电")
    brought = importing.stage(
        viewer=campus.officer,
        organisation=campus.organisation,
        kind="points",
        file_name="f.csv",
        content=text_table(heads, ("P7", "YS-1", "水"), ("P8", "WC", "水")),
        at=AT,
    )
    reasons = [zh for row in brought.rows.order_by("number") for _cell, zh, _en in row.reasons]
    assert reasons == ["编号已被王城校区使用", "没有编号为“WC”的地点"]


def test_of_two_pages_the_second_says_how_it_is_now_and_may_then_be_sent_again(officer, campus) -> None:
    where = f"/network/feeders/{campus.feeder.pk}/"
    seen = officer.get(where).context["form"]["seen"].value()
    typed = {"code": "F1", "name": "雁山一线", "voltage_kv": "10", "seen": seen}
    assert officer.post(where, typed).status_code == 302
    answer = officer.post(where, typed | {"name": "雁山 1 号线"})
    assert answer.status_code == 422
    assert "现在是：雁山一线" in text_of(answer)
    assert answer.context["form"]["name"].value() == "雁山 1 号线"  # what was typed stays
    again = answer.context["form"]["seen"].value()
    assert officer.post(where, typed | {"name": "雁山 1 号线", "seen": again}).status_code == 302
    assert Feeder.objects.get().name == "雁山 1 号线"
    assert officer.post(where, {"code": "F1", "name": "x"}).status_code == 422  # without having seen it


def test_a_row_that_was_changed_after_its_preview_is_not_brought_in(campus) -> None:
    heads = ("线路或干管编号", "水或电", "名称", "电压 kV", "容量 kVA")
    given = {"viewer": campus.officer, "at": AT}
    brought = importing.stage(
        organisation=campus.organisation,
        kind="feeders",
        file_name="f.csv",
        content=text_table(heads, ("F1", "电", "一线", "", "")),
        **given,
    )
    actions.change_feeder(feeder=campus.feeder, name="雁山二线", **given)
    with pytest.raises(importing.ImportIsStale):
        importing.confirm(brought=brought, **given)
    assert Feeder.objects.get().name == "雁山二线"
