"""Spreadsheets: every row's fate is told first, stored at one stroke, and undone exactly."""

import datetime as dt
import io
import tracemalloc
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.agreements import spreadsheets as sheets
from tests.agreements.conftest import AT, make_customer
from tests.network.conftest import make_organisation
from tongdian.agreements.actions import importing
from tongdian.agreements.actions.ending import change_by_case
from tongdian.agreements.actions.importing import ImportIsStale, NoRows, NothingToStore, NotWaiting
from tongdian.agreements.importing.kinds import KINDS
from tongdian.agreements.importing.kinds.kind import ChangedSince, DependedUpon, Said
from tongdian.agreements.importing.kinds.posted import PostedKind
from tongdian.agreements.importing.workbooks import template
from tongdian.agreements.models import Agreement, ImportRow, OpeningBalance
from tongdian.allowed import NotAllowed
from tongdian.bounded import NotReadable
from tongdian.files.models import StoredFile
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.notices.models import Notice
from tongdian.parties.actions.customers import RenamedWithoutReason
from tongdian.parties.actions.privacy import (
    Consented,
    ConsentMissing,
    IdentityConsentMissing,
    PaperConsentMissing,
    record_consent,
)
from tongdian.parties.models import Consent, Customer
from tongdian.personal import decrypt
from tongdian.spreadsheets.refusals import FileHasTooManyRows, HeadingsMissing, NotASpreadsheet, SeveralSheets

pytestmark = pytest.mark.django_db

IDENTITY = "11010519491231002X"  # the example of GB 11643


def stage(town, kind, content):
    return importing.stage(
        viewer=town.officer,
        organisation=town.campus.organisation,
        kind=kind,
        file_name="f.xlsx",
        content=content,
        at=AT,
    )


ON_PAPER = Said(Consented(1, identity=True, door="paper"), "户口簿更正")


def confirm(town, brought, said=ON_PAPER):
    return importing.confirm(viewer=town.officer, brought=brought, at=AT, said=said)


def undo(town, brought):
    return importing.undo(viewer=town.officer, brought=brought, at=AT)


def fates(brought):
    return list(brought.rows.order_by("number").values_list("fate", flat=True))


def reasons(brought):
    """Cell and Chinese reason of every refused row."""
    return [
        (cell, zh)
        for row in brought.rows.filter(fate="refused").order_by("number")
        for cell, zh, _ in row.reasons
    ]


# --- places


def test_every_row_has_a_fate_and_nothing_is_stored_before_it_is_confirmed(town):
    brought = stage(
        town,
        "places",
        sheets.workbook(
            sheets.PLACES,
            ("YS-2", "楼栋", "雁山校区 2 栋", "YS", "", ""),
            ("YS-2-101", "flat", "雁山校区 2 栋 101 室", "YS-2", "", ""),
            ("YS-1", "楼栋", "雁山校区 1 栋（梅园）", "YS", "", ""),
            ("YS-1-101", "套房", "雁山校区 1 栋 101 室", "YS-1", "", ""),
            ("YS-9", "城堡", "雁山城堡", "YS", "", ""),
            ("YS-3-1", "套房", "空中", "YS-3", "", ""),
            ("YS-2", "楼栋", "再来一栋", "YS", "", ""),
        ),
    )
    assert fates(brought) == ["new", "new", "changed", "same", "refused", "refused", "refused"]
    assert brought.counts == {"new": 2, "changed": 1, "same": 1, "refused": 3}
    changed = brought.rows.get(fate="changed")
    assert changed.changes == [["name", "雁山校区 1 栋", "雁山校区 1 栋（梅园）"]]
    found = reasons(brought)
    assert found[0][0] == "B6"
    assert "城堡" in found[0][1]
    assert found[1] == ("D7", "没有编号为“YS-3”的地点；它应已登记，或写在本表上面的行")
    assert found[2] == ("A8", "与第 2 行重复")
    assert Place.objects.count() == 4  # campus, building, two flats, as before

    confirm(town, brought)
    flat = Place.objects.get(code="YS-2-101")
    assert flat.ancestors == [town.campus.campus.id, Place.objects.get(code="YS-2").id, flat.id]
    assert flat.region == town.campus.campus.region
    assert Place.objects.get(code="YS-1").name == "雁山校区 1 栋（梅园）"
    with pytest.raises(NotWaiting):
        confirm(town, brought)


def test_undoing_gives_the_same_rows_as_before(town):
    before = list(Place.objects.order_by("id").values())
    brought = confirm(
        town,
        stage(
            town,
            "places",
            sheets.workbook(
                sheets.PLACES,
                ("YS-2", "楼栋", "雁山校区 2 栋", "YS", "", ""),
                ("YS-2-101", "套房", "雁山校区 2 栋 101 室", "YS-2", "", ""),
                ("YS-1", "楼栋", "梅园", "YS", "梅园路", ""),
            ),
        ),
    )
    assert list(Place.objects.order_by("id").values()) != before
    assert undo(town, brought).state == "undone"
    assert list(Place.objects.order_by("id").values()) == before
    with pytest.raises(NotWaiting):
        undo(town, brought)


def test_what_others_depend_on_blocks_undoing_and_is_named(town):
    brought = confirm(
        town,
        stage(
            town, "places", sheets.workbook(sheets.PLACES, ("YS-2", "楼栋", "雁山校区 2 栋", "YS", "", ""))
        ),
    )
    place = Place.objects.get(code="YS-2")
    UsagePoint.objects.create(place=place, utility="water", code="W9")
    with pytest.raises(DependedUpon) as refused:
        undo(town, brought)
    assert "(1)" in refused.value.say("zh")
    UsagePoint.objects.all().filter(code="W9").delete()
    undo(town, brought)
    assert not Place.objects.filter(code="YS-2").exists()


def test_what_was_changed_again_is_not_overwritten_by_undoing(town):
    brought = confirm(
        town, stage(town, "places", sheets.workbook(sheets.PLACES, ("YS-1", "楼栋", "梅园", "YS", "", "")))
    )
    Place.objects.filter(code="YS-1").update(name="兰园")
    with pytest.raises(ChangedSince):
        undo(town, brought)
    assert Place.objects.get(code="YS-1").name == "兰园"


@pytest.mark.parametrize(
    ("kind", "table", "model", "change"),
    [
        ("places", (sheets.PLACES, ("YS-2", "楼栋", "2 栋", "YS", "", "")), Place, {"name": "梅园"}),
        ("customers", (sheets.CUSTOMERS, ("103", "个人", "王四", "", "")), Customer, {"address": "梅园"}),
        ("points", (sheets.POINTS, ("E9", "YS-1", "电", "", "", "", "")), UsagePoint, {"is_live": True}),
        ("feeders", (sheets.FEEDERS, ("F9", "电", "九线", 10)), Feeder, {"name": "十线"}),
        ("transformers", (sheets.TRANSFORMERS, ("T9", "F1", "九变", 100)), Transformer, {"name": "十变"}),
        (
            "agreements",
            (sheets.AGREEMENTS, ("P0", "U000", "2021-09-01", "", "staff", "staff")),
            Agreement,
            {"signed_on": date(2021, 9, 1)},
        ),
    ],
)
def test_a_new_row_that_was_changed_since_is_not_removed_by_undoing(town, kind, table, model, change):
    brought = confirm(town, stage(town, kind, sheets.workbook(*table)))
    made = model.objects.get(pk=brought.rows.get().subject)
    was = {name: getattr(made, name) for name in change}
    model.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(ChangedSince) as refused:
        undo(town, brought)
    assert "第 2 行" in refused.value.say("zh")
    assert model.objects.filter(pk=made.pk).exists()
    model.objects.filter(pk=made.pk).update(**was)
    undo(town, brought)
    assert not model.objects.filter(pk=made.pk).exists()


def test_a_preview_that_is_no_longer_true_is_not_stored(town):
    row = ("YS-2", "楼栋", "雁山校区 2 栋", "YS", "", "")
    one = stage(town, "places", sheets.workbook(sheets.PLACES, row))
    other = stage(town, "places", sheets.workbook(sheets.PLACES, row))
    confirm(town, other)
    with pytest.raises(ImportIsStale):
        confirm(town, one)
    with pytest.raises(NothingToStore):
        confirm(town, stage(town, "places", sheets.workbook(sheets.PLACES, row)))


def test_a_preview_is_dropped_with_its_rows(town):
    brought = stage(
        town, "places", sheets.workbook(sheets.PLACES, ("YS-2", "楼栋", "雁山校区 2 栋", "YS", "", ""))
    )
    importing.discard(viewer=town.officer, brought=brought, at=AT)
    assert not ImportRow.objects.exists()
    with pytest.raises(NotWaiting):
        confirm(town, brought)


# --- files


def test_a_csv_of_excel_in_china_is_read_and_one_in_utf8_too(town):
    row = ("YS-2", "楼栋", "雁山校区 2 栋", "YS", "", "")
    for encoding in ("gb18030", "utf-8", "utf-8-sig", "utf-16"):
        brought = stage(town, "places", sheets.text_table(sheets.PLACES, row, encoding=encoding))
        assert fates(brought) == ["new"], encoding
        assert brought.rows.get().values["name"] == "雁山校区 2 栋"


def test_the_workbook_is_kept_by_its_hash(town):
    content = sheets.workbook(sheets.PLACES, ("YS-2", "楼栋", "二栋", "YS", "", ""))
    brought = stage(town, "places", content)
    assert StoredFile.objects.filter(hash=brought.file_hash).exists()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, NotASpreadsheet),
        (b"\x89PNG\r\n\x1a\n\0\0\0", NotASpreadsheet),
        (sheets.text_table(("甲", "乙"), ("1", "2")), HeadingsMissing),
        (sheets.workbook(("地点编号", "类型"), ("1", "2")), HeadingsMissing),
        (sheets.workbook(sheets.PLACES), NoRows),
    ],
)
def test_what_is_no_such_table_is_refused_as_a_whole(town, content, refusal):
    with pytest.raises(refusal):
        stage(town, "places", content)


def test_missing_columns_are_named(town):
    with pytest.raises(HeadingsMissing) as refused:
        stage(town, "places", sheets.workbook(("地点编号", "类型"), ("1", "2")))
    assert "全称" in refused.value.say("zh")
    assert "地点编号" not in refused.value.say("zh")


def test_headings_may_be_starred_english_shifted_or_below_a_title(town):
    titles = ("Full name", "Place code *", "类型（必填）", "备注", "上级地点编号")
    content = sheets.workbook(("雁山校区地点表",), titles, ("二栋", "YS-2", "building", "不读", "YS"))
    assert fates(stage(town, "places", content)) == ["new"]


def test_merged_cells_and_formulas_without_a_result_are_refused_with_their_cell(town):
    rows = [("YS-2", "楼栋", "二栋", "YS"), ("YS-3", "楼栋", "三栋", "YS")]
    merged = stage(town, "places", sheets.workbook(sheets.PLACES, *rows, merge="C2:C3"))
    assert [cell for cell, _ in reasons(merged)] == ["C2", "C3"]
    formula = stage(town, "places", sheets.workbook(sheets.PLACES, ("YS-2", "楼栋", '="二"&"栋"', "YS")))
    [(cell, why)] = reasons(formula)
    assert cell == "C2"
    assert "公式" in why


def test_the_template_can_be_filled_in_and_uploaded(town):
    import io

    from openpyxl import load_workbook

    for kind in KINDS.values():
        if not kind.has_template:
            continue
        book = load_workbook(io.BytesIO(template(kind, kind.columns(None))))
        sheet = book.worksheets[0]
        for place, column in enumerate(kind.columns(None), start=1):
            if column.required or column.example:
                sheet.cell(3, place, column.example)
        kept = io.BytesIO()
        book.save(kept)
        brought = stage(town, kind.name, kept.getvalue())
        assert sum(brought.counts.values()) == 1, kind.name
        assert not any(words == ["必填，不能为空"] for words in reasons(brought))


# of a meter that is in the register (tests/metering), of a place that has a timetable or a point (tests/supply)
OF_WHAT_IS_THERE = {"readings", "timed", "lessons", "switches"}


def test_the_examples_of_the_templates_come_in_one_upon_the_other(town):
    """What stands in a template as an example is taken (field 53: 商业 was none of the pack's classes)."""
    for kind in KINDS.values():
        if kind.name in OF_WHAT_IS_THERE or not kind.has_template:
            continue
        if isinstance(kind, PostedKind):  # of suppliers and authorities: tests/supervision/test_grid_plans.py
            continue
        example = [column.example for column in kind.columns(None)]
        titles = [column.title.zh for column in kind.columns(None)]
        brought = stage(town, kind.name, sheets.workbook(titles, example))
        assert reasons(brought) == [], kind.name
        if brought.counts != {"same": 1}:
            confirm(town, brought)


def test_the_preview_says_what_was_read_of_every_sheet(town):
    from tests.spreadsheets.made import book

    rows = [("地点表",), (*sheets.PLACES, "旧编号"), ("YS-2", "楼栋", "二栋", "YS", "", "", "7")]
    brought = stage(town, "places", book(rows, [("选项",), ("楼栋",)], sheet1="地点", sheet2="选项"))
    assert [zh for zh, _ in brought.contents] == [
        "地点：标题在第 2 行，读取 1 行；未读的列：旧编号",
        "选项：没有所需的标题，未读取",
    ]
    with pytest.raises(SeveralSheets, match="一月, 二月"):
        stage(town, "places", book(rows, rows, sheet1="一月", sheet2="二月"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0,5", "逗号有歧义"),
        ("12,5", "逗号有歧义"),
        ("300kW", "单位不是本列的“元”"),
        ("1_000", "不是数字"),
        ("1e5", "不是数字"),
        (dt.date(2026, 3, 1), "已被 Excel 改动"),
    ],
)
def test_a_balance_written_otherwise_than_in_yuan_is_refused(town, value, said):
    brought = stage(town, "balances", sheets.workbook(sheets.BALANCES, ("P0", "2026-06-30", value, "")))
    [why] = [zh for cell, zh in reasons(brought) if cell == "C2"]
    assert said in why


def test_an_amount_over_a_million_with_fen_is_taken(town):
    town.sign()
    brought = stage(town, "balances", sheets.workbook(sheets.BALANCES, ("P0", "2026-06-30", 1234567.89, "")))
    confirm(town, brought)
    assert OpeningBalance.objects.get().yuan == Decimal("1234567.89")


# --- customers


def customers(*rows):
    return sheets.workbook(sheets.CUSTOMERS, *rows)


def test_an_identity_number_that_excel_cut_short_is_refused_with_the_explanation(town):
    brought = stage(
        town,
        "customers",
        customers(
            ("100", "个人", "王一", 110105194912310000, ""),
            ("101", "个人", "王二", "1.10105E+17", ""),
            ("102", "个人", "王三", "110105194912310021", ""),
            (103, "个人", "王四", IDENTITY, "13800000000"),
            ("104", "个人", "王五", IDENTITY, ""),
            ("105", "个人", "王六", "", "138"),
        ),
    )
    assert fates(brought) == ["refused", "refused", "refused", "new", "refused", "refused"]
    found = reasons(brought)
    assert "15 位" in found[0][1]
    assert "15 位" in found[1][1]
    assert "校验码" in found[2][1]
    assert found[3] == ("D6", "证件号码与第 5 行相同")
    assert found[4][0] == "E7"


def test_personal_numbers_lie_encrypted_and_masked_in_the_preview(town):
    brought = stage(town, "customers", customers(("103", "个人", "王四", IDENTITY, "13800001234")))
    row = brought.rows.get()
    kept = f"{row.cells}{row.values}{row.changes}"
    assert IDENTITY not in kept
    assert "13800001234" not in kept
    assert IDENTITY.encode() not in bytes(row.secret)
    confirm(town, brought)
    customer = Customer.objects.get(number="103")
    assert (decrypt(customer.identity), decrypt(customer.phone)) == (IDENTITY, "13800001234")


def test_a_customer_is_changed_and_undone_to_the_same_bytes(town):
    confirm(town, stage(town, "customers", customers(("103", "个人", "王四", "", "13800001234"))))
    before = list(Customer.objects.order_by("id").values())
    brought = stage(
        town,
        "customers",
        customers(("103", "个人", "王肆", IDENTITY, "13900001234"), ("104", "单位", "雁山超市", "", "")),
    )
    assert brought.rows.get(number=2).changes == [
        ["name", "王四", "王肆"],
        ["identity", "", "1101**********002X"],
        ["phone", "138****1234", "139****1234"],
    ]
    confirm(town, brought)
    assert Customer.objects.get(number="103").name == "王肆"
    undo(town, brought)
    after = list(Customer.objects.order_by("id").values())
    assert [{k: bytes(v) if isinstance(v, memoryview) else v for k, v in row.items()} for row in after] == [
        {k: bytes(v) if isinstance(v, memoryview) else v for k, v in row.items()} for row in before
    ]


@pytest.mark.parametrize(
    ("consented", "refusal"),
    [
        (None, PaperConsentMissing),
        (Consented(2, identity=True, door="paper"), ConsentMissing),
        (Consented(1, identity=False, door="paper"), IdentityConsentMissing),
    ],
)
def test_a_number_of_a_person_comes_in_with_their_consent_only(town, consented, refusal):
    """Personal Information Protection Law, 29; said once for the file, kept for everybody."""
    confirm(town, stage(town, "customers", customers(("103", "个人", "王四", "", ""))), Said())
    brought = stage(
        town,
        "customers",
        customers(
            ("103", "个人", "王四", IDENTITY, ""),
            ("104", "个人", "王五", "110105194912310118", ""),
            ("105", "个人", "王六", "", ""),
            ("106", "单位", "雁山超市", "91450300198215375T", ""),
        ),
    )
    assert "refused" not in fates(brought), reasons(brought)
    with pytest.raises(refusal):
        confirm(town, brought, Said(consented))
    assert not Customer.objects.filter(number="104").exists()
    confirm(town, brought)
    kept = Consent.objects.order_by("customer__number")
    assert [(one.customer.number, one.version, one.identity, one.door) for one in kept] == [
        ("103", 1, True, "paper"),
        ("104", 1, True, "paper"),
    ]
    assert importing.what_blocks(brought) == []
    undo(town, brought)
    assert Consent.objects.filter(is_withdrawn=True).count() == 2
    assert not Customer.objects.filter(number="104").exists()


def test_numbers_of_firms_need_no_consent(town):
    firm = ("106", "单位", "雁山超市", "91450300198215375T", "")
    confirm(town, stage(town, "customers", customers(firm)), Said())
    assert not Consent.objects.exists()


def test_a_consent_given_since_blocks_undoing(town):
    brought = confirm(town, stage(town, "customers", customers(("104", "个人", "王五", IDENTITY, ""))))
    customer = Customer.objects.get(number="104")
    said = Consented(1, identity=True, door="page")
    record_consent(viewer=town.officer, customer=customer, consented=said, at=AT)
    with pytest.raises(DependedUpon):
        undo(town, brought)


def test_another_name_comes_in_with_a_reason_only_and_is_told(town):
    told = Notice.objects.filter(wording="customer-renamed")
    confirm(town, stage(town, "customers", customers(("103", "个人", "王四", "", "13800001234"))))
    brought = stage(town, "customers", customers(("103", "个人", "王肆", "", "13900001234")))
    for reason in ("", "  "):
        with pytest.raises(RenamedWithoutReason) as refused:
            confirm(town, brought, Said(reason=reason))
        assert "王四" in refused.value.say("zh")
    confirm(town, brought, Said(reason="户口簿更正"))
    assert Customer.objects.get(number="103").name == "王肆"
    assert told.get().content.said


def test_a_spreadsheet_does_not_rename_a_customer_who_is_supplied(town):
    """Another name needs a reason, and is told: on the customer's page."""
    town.sign(0, last_on=date(2026, 3, 31))  # U000, ended
    town.sign(1, point=1)  # U001, in force
    brought = stage(
        town,
        "customers",
        customers(("U000", "个人", "王晓明", "", ""), ("U001", "个人", "顶替新户主", "", "")),
    )
    [(cell, said)] = reasons(brought)
    assert (cell, "户号 U001 有有效协议" in said) == ("C3", True)


def test_the_customer_of_a_number_is_not_somebody_else(town):
    confirm(town, stage(town, "customers", customers(("103", "个人", "王四", IDENTITY, ""))))
    brought = stage(town, "customers", customers(("104", "个人", "王四", IDENTITY, "")))
    assert reasons(brought) == [("D2", "此证件号码的用户已登记，户号 103")]
    make_customer(make_organisation("WC", "王城校区"), "W1", "钱六")
    brought = stage(town, "customers", customers(("W1", "个人", "钱六", "", "")))
    assert reasons(brought) == [("A2", "户号已被王城校区使用")]


# --- points, agreements, balances


def test_capacity_is_counted_over_the_rows_of_the_file(town):
    """100 kVA × 0.9 = 90 kW, of which two points have 8 each: 74 are free."""
    brought = stage(
        town,
        "points",
        sheets.workbook(
            sheets.POINTS,
            ("E1", "YS-1", "电", "T1", "", 70, "是"),
            ("E2", "YS-1", "电", "T1", "", "4.01", "否"),
            ("E3", "YS-1", "电", "T1", "", "4 kW", "否"),
            ("W1", "YS-1", "水", "T1", "", "", ""),
            ("W2", "YS-1", "水", "", "", "", "是"),
            ("E4", "YS-1", "电", "T7", "", "", ""),
            ("P0", "YS-1-101", "电", "T1", "", "8.00", ""),
        ),
    )
    assert fates(brought) == ["new", "refused", "new", "refused", "new", "refused", "same"]
    assert reasons(brought)[0] == (
        "F3",
        "变压器“1 号变”可用 90 kW，已承诺 86 kW，余 4 kW，不足 4.01 kW；请减少容量、改接别的变压器或先增容。",
    )
    before = list(UsagePoint.objects.order_by("id").values())
    confirm(town, brought)
    point = UsagePoint.objects.get(code="E1")
    assert (point.feeder, point.is_live, point.capacity_kw) == (town.campus.feeder, True, Decimal(70))
    undo(town, brought)
    assert list(UsagePoint.objects.order_by("id").values()) == before


def test_a_point_is_changed_and_changed_back(town):
    before = list(UsagePoint.objects.order_by("id").values())
    brought = stage(
        town, "points", sheets.workbook(sheets.POINTS, ("P0", "YS-1-101", "电", "", "", 12, "是"))
    )
    assert brought.rows.get().changes == [["capacity_kw", "8.00", "12.00"], ["is_live", "no", "yes"]]
    confirm(town, brought)
    assert UsagePoint.objects.get(code="P0").capacity_kw == 12
    undo(town, brought)
    assert list(UsagePoint.objects.order_by("id").values()) == before


def agreements(*rows):
    return sheets.workbook(sheets.AGREEMENTS, *rows)


def test_agreements_and_balances_come_in_and_go_out_again(town):
    town.sign(2, point=1, first_on=date(2020, 1, 1), last_on=date(2020, 12, 31))
    brought = stage(
        town,
        "agreements",
        agreements(
            ("P0", "U000", dt.datetime(2021, 9, 1), "2022/8/31", "staff", "教工住户"),
            ("P0", "u001", "2022年9月1日", "", "staff", "staff residents"),
            ("P1", "U001", "2020-12-31", "", "staff", "staff"),
            ("P1", "U001", "2021-01-01", "2020-12-01", "staff", "staff"),
            ("P1", "U001", 44562, "", "staff", "staff"),
            ("P1", "U009", "2021-01-01", "", "staff", "宫殿"),
            ("P9", "U001", "2021-01-01", "", "staff", "staff"),
            ("P0", "U002", "2022-08-31", "", "staff", "staff"),
        ),
    )
    assert fates(brought) == ["new", "new", *["refused"] * 6]
    said = dict(reasons(brought))
    assert "YS-A2020-000001" in said["C4"]
    assert said["D5"] == "最后一天早于第一天"
    assert "数字而不是日期" in said["C6"]
    assert said["B7"] == "没有户号为“U009”的用户"
    assert said["A8"] == "没有编号为“P9”的用电（水）点"
    assert said["C9"] == "与第 2 行的期间重叠"
    confirm(town, brought)
    first, second = Agreement.objects.filter(begun_by="imported").order_by("in_force")
    assert (first.first_on, first.last_on) == (date(2021, 9, 1), date(2022, 8, 31))
    assert (second.customer, second.last_on) == (town.customers[1], None)
    assert {first.pack, first.price_category} == {"gxnu-2016-4", "staff"}

    claims = stage(
        town,
        "balances",
        sheets.workbook(
            sheets.BALANCES,
            ("P0", "2026-06-30", "1,280.40", "旧系统"),
            ("P0", "2021-08-31", 5, ""),
            ("P0", "2021-09-01", "5.005", ""),
            ("P0", "2021-09-02", -0.1, ""),
        ),
    )
    assert fates(claims) == ["new", "refused", "refused", "new"]
    confirm(town, claims)
    assert OpeningBalance.objects.get(agreement=second).yuan == Decimal("1280.40")
    assert OpeningBalance.objects.get(agreement=first).yuan == Decimal("-0.10")
    with pytest.raises(DependedUpon):
        undo(town, brought)
    undo(town, claims)
    assert sum(claim.yuan for claim in OpeningBalance.objects.all()) == 0  # reversed, not removed
    undo(town, brought)
    assert Agreement.objects.count() == 1


def test_the_same_agreements_again_change_nothing_and_other_terms_are_refused(town):
    row = ("P0", "U000", "2021-09-01", "", "staff", "staff")
    confirm(town, stage(town, "agreements", agreements(row)))
    again = stage(town, "agreements", agreements(row))
    assert fates(again) == ["same"]
    other = stage(town, "agreements", agreements((*row[:5], "revenue")))
    assert "价格类别" in reasons(other)[0][1]


@pytest.mark.parametrize(
    ("heading", "value"),
    [("容量 kW", 7), ("签订日期", "2021-08-30"), ("适用文件", "gxnu-1999"), ("最后一天", "2030-01-01")],
)
def test_no_column_of_an_agreement_that_stands_is_passed_over(town, heading, value):
    row = ("P0", "U000", "2021-09-01", "staff", "staff")
    titles = ("用电（水）点编号", "户号", "开始日期", "用户类别", "价格类别")
    confirm(town, stage(town, "agreements", sheets.workbook((*titles, "容量 kW"), (*row, 6))))
    other = stage(town, "agreements", sheets.workbook((*titles, heading), (*row, value)))
    assert fates(other) == ["refused"]
    assert reasons(other)[0][0] == "F2"


def test_another_note_to_a_balance_that_stands_is_refused(town):
    town.sign(0)
    row = ("P0", "2026-06-30", "5")
    confirm(town, stage(town, "balances", sheets.workbook(sheets.BALANCES, (*row, "旧系统"))))
    again = stage(town, "balances", sheets.workbook(sheets.BALANCES, (*row, "旧系统")))
    assert fates(again) == ["same"]
    other = stage(town, "balances", sheets.workbook(sheets.BALANCES, (*row, "另一本账")))
    assert reasons(other)[0][0] == "D2"


def test_an_agreement_that_was_changed_later_blocks_undoing(town):
    brought = confirm(
        town, stage(town, "agreements", agreements(("P0", "U000", "2021-09-01", "", "staff", "staff")))
    )
    change_by_case(
        viewer=town.officer,
        agreement=Agreement.objects.get(),
        from_on=date(2026, 1, 1),
        price_category="revenue",
        case="YS-2026-000001",
        at=AT,
    )
    with pytest.raises(DependedUpon):
        undo(town, brought)


# --- who, and how much


def test_clerks_and_strangers_import_nothing(town, viewer):
    content = sheets.workbook(sheets.PLACES, ("YS-2", "楼栋", "二栋", "YS", "", ""))
    brought = stage(town, "places", content)
    stranger = viewer("officer", "wang", at=make_organisation("WC", "王城校区"))
    for account in (viewer("clerk", at=town.campus.organisation), stranger):
        for deed in (
            lambda account=account: importing.stage(
                viewer=account,
                organisation=town.campus.organisation,
                kind="places",
                file_name="f",
                content=content,
                at=AT,
            ),
            lambda account=account: importing.confirm(viewer=account, brought=brought, at=AT),
            lambda account=account: importing.discard(viewer=account, brought=brought, at=AT),
        ):
            with pytest.raises(NotAllowed):
                deed()


def many(count: int) -> bytes:
    return sheets.text_table(
        sheets.PLACES, *((f"R{n}", "区域", f"雁山校区 {n} 区", "YS", "", "") for n in range(count))
    )


def test_more_rows_than_are_taken_at_once_are_refused(town):
    with pytest.raises(FileHasTooManyRows):
        stage(town, "places", many(20_001))


def test_many_rows_are_held_a_batch_at_a_time(town):
    content = many(2_500)
    tracemalloc.start()
    brought = confirm(town, stage(town, "places", content))
    undo(town, brought)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert brought.counts == {"new": 2_500}
    assert peak < 30_000_000


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["YS", "YS-1", "YS-2", "YS-3", "YS-1-101", ""]),
        st.sampled_from(["楼栋", "区域", "套房", "校区"]),
        st.sampled_from(["梅园", "兰园", "雁山校区", ""]),
        st.sampled_from(["", "YS", "YS-1", "YS-2", "YS-3"]),
        st.sampled_from(["", "梅园路", "兰园路"]),
        st.sampled_from(["", "450305", "999999"]),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_whatever_is_imported_undoing_gives_the_rows_of_before(town, rows):
    before = list(Place.objects.order_by("id").values())
    try:
        brought = stage(town, "places", sheets.text_table(sheets.PLACES, *rows))
    except NoRows:
        return
    assert list(Place.objects.order_by("id").values()) == before
    counts = brought.counts
    try:
        confirm(town, brought)
    except NothingToStore:
        assert not counts.get("new")
        assert not counts.get("changed")
        return
    assert Place.objects.count() == len(before) + counts.get("new", 0)
    for place in Place.objects.select_related("parent"):
        assert place.ancestors == [*(place.parent.ancestors if place.parent else []), place.id]
    undo(town, brought)
    assert list(Place.objects.order_by("id").values()) == before


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="9A" t="inlineStr"><is><t>103</t></is></c>',
        '<c r="A2" t="s"><v>99999999</v></c>',
        '<c r="A2" t="d"><v>99999-99-99</v></c>',
    ],
)
def test_a_damaged_workbook_cannot_be_read_and_is_not_called_too_large(town, cell):
    whole = sheets.workbook(sheets.CUSTOMERS, ("103", "个人", "王四", "", ""))
    good = '<c r="A2" t="inlineStr"><is><t>103</t></is></c>'
    damaged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(good.encode(), cell.encode()))
    with pytest.raises(NotReadable):
        importing.stage(
            viewer=town.officer,
            organisation=town.campus.organisation,
            kind="customers",
            file_name="f",
            at=AT,
            content=damaged.getvalue(),
        )
