"""The lists of agreements, customers and places: kept as views, taken along as files."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from tests.agreements import spreadsheets as sheets
from tests.agreements.test_importing import fates, stage
from tests.network.conftest import make_organisation
from tongdian.audit_log.models import Entry
from tongdian.cells import safe
from tongdian.personal import encrypt
from tongdian.registers.models import SavedView

pytestmark = pytest.mark.django_db


def table(reply) -> list[list[str]]:
    """A CSV as it is streamed."""
    text = b"".join(reply.streaming_content).decode()
    assert text.startswith("\ufeff")  # so that Excel reads it as UTF-8
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_agreements_of_a_list_are_taken_along_and_that_is_recorded(town, client):
    signed = town.sign()
    town.sign(customer=1, point=1)
    client.force_login(town.officer)
    lines = table(client.post("/agreements/export/?q=王小明", {"as": "csv"}))
    assert lines[0][:3] == ["协议", "户号", "用户"]
    assert [(line[0], line[2], line[8], line[10]) for line in lines[1:]] == [
        (signed.number, "王小明", "2026-01-01", "8.00")
    ]
    book = client.post("/agreements/export/", {"as": "xlsx"})
    assert load_workbook(io.BytesIO(book.content)).active.max_row == 3  # headings and two
    entry = Entry.objects.select_related("payload").filter(action="export-list").first()
    assert (entry.subject, entry.payload.content["query"]) == ("agreements", "q=王小明")


def test_a_view_of_agreements_is_kept_apart_from_those_of_cases(town, client):
    town.sign()
    client.force_login(town.officer)
    client.post("/agreements/views/", {"name": "在用", "query": "state=current"})
    client.post("/cases/views/", {"name": "在用", "query": "state=open"})
    assert SavedView.objects.count() == 2
    page = client.get("/agreements/?state=current").content.decode()
    assert 'href="?state=current" aria-current="page"' in page
    assert "state=open" not in page
    client.post(
        "/agreements/views/",
        {"forget": str(SavedView.objects.get(of="agreements").pk), "query": "state=current"},
    )
    assert [one.of for one in SavedView.objects.all()] == ["cases"]


def test_customers_are_taken_along_masked_and_what_was_searched_is_not_recorded(town, client):
    wang = town.customers[0]
    wang.identity, wang.phone = encrypt("11010519491231002X"), encrypt("13807730001")
    wang.save()
    client.force_login(town.officer)
    lines = table(client.post("/customers/export/", {"as": "csv", "q": "王小明"}))
    assert len(lines) == 2
    assert lines[1][::2][:2] == ["U000", "王小明"]
    assert "1231002X" not in "".join(lines[1])
    assert "07730001" not in "".join(lines[1])
    entry = Entry.objects.select_related("payload").get(action="export-list")
    assert "王小明" not in str(entry.payload.content)


def test_places_go_out_in_the_columns_in_which_they_come_in(town, client):
    client.force_login(town.officer)
    lines = table(client.post("/places/export/", {"as": "csv"}))
    assert [title.partition("（")[0] for title in lines[0][:6]] == [*sheets.PLACES]
    assert [line[0] for line in lines[1:]] == ["YS", "YS-1", "YS-1-101", "YS-1-102"]
    brought = stage(town, "places", sheets.text_table(*lines))
    assert fates(brought) == ["same"] * 4


def test_nobody_takes_along_what_they_do_not_see(town, client, viewer):
    town.sign()
    client.force_login(viewer("officer", "other", at=make_organisation("WC", "王城校区")))
    for where in ("/agreements/export/", "/customers/export/", "/places/export/"):
        assert len(table(client.post(where, {"as": "csv"}))) == 1, where


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("\r=1", "'\r=1"),
        ("-12.50", "-12.50"),
        ("+3", "+3"),
        ("王小明", "王小明"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula_and_a_negative_number_stays_one(cell, written):
    assert safe(cell) == written
