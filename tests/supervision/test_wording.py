"""What pages of supervision say to a Chinese reader, what they list and leave out, and what they offer."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from tests.supervision.conftest import accepted, at, benefits, cells_of, d, department, filed
from tests.supervision.test_counting import shops  # noqa: F401  a fixture
from tests.supervision.test_filings import annex_3
from tests.supervision.test_findings_pages import LETTERS, LIST, TYPED, post
from tests.supervision.test_inspections import begun, checkpoint, drawn_one, typed, whole_plan  # noqa: F401  fixtures
from tests.supervision.test_pages import H1, address, page
from tests.supervision.test_revising import in_force, plan_cells
from tongdian.supervision.actions import counting, filing
from tongdian.supervision.models import SupervisionFinding
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.refusing import NotYet
from tongdian.workbooks import sheet_name

FIRST = "2021-H1"


def standing(nation, name, period=FIRST, day="2021-12-31"):
    return filings.standing(annex_3(nation, day), getattr(nation, name), period, as_of=d(day))


def draft(nation, name="yanshan", period=FIRST, day="2021-07-10", cells=None, **more):
    cells = cells if cells is not None else cells_of(annex_3(nation, day), **benefits(12, 3))
    return filing.fill_in(
        viewer=nation.who[name].clerk, organisation=getattr(nation, name), form="annex-3", period=period,
        cells=cells, at=at(day), **more,
    )  # fmt: skip


# --------------------------------------------------------------- files
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("“三零”“三省”服务效益统计表 2026年上半年 雁山区电力主管部门", "“三零”“三省”服务效益统计表 2026年上半年 雁山区电力主"),
        ("a/b: [c]?", "a b c"),
        ("''", "1"),
        ("𠮷" * 20, "𠮷" * 15),  # each counts as two
    ],
)  # fmt: skip
def test_a_title_is_made_a_name_that_excel_takes(title, name):
    assert sheet_name(title) == name
    assert len(name.encode("utf-16-le")) // 2 <= 31


def estimated(nation):
    cells = cells_of(annex_3(nation), **benefits(12, 3))
    cells["capacity"]["firms"] |= {"status": "E"}
    return cells


def test_an_export_has_a_sheet_of_31_characters_and_says_what_is_estimated(nation, client):
    filed(nation, "yanshan", "annex-3", FIRST, estimated(nation), "2021-07-10")
    client.force_login(nation.who["city"].officer)
    where, zh = address(nation, "yanshan", period=FIRST, rest="export/"), {"accept-language": "zh-hans"}
    sheet = load_workbook(io.BytesIO(client.post(where, {"as": "xlsx"}, headers=zh).content)).worksheets[0]
    assert len(sheet.title) <= 31
    assert "1）增加容量(万千瓦安)·160kW及以下的企业用户：估算" in [row[0].value for row in sheet.iter_rows()]
    reply = client.post(where, {"as": "csv"}, headers=zh)
    lines = list(csv.reader(io.StringIO(b"".join(reply.streaming_content).decode("utf-8-sig"))))
    assert ["1）增加容量(万千瓦安)·160kW及以下的企业用户：估算"] in lines
    assert [
        "增加容量(万千瓦安)",
        "12.0000",
        "3.0000",
        "0.0000",
        "0.0000",
        "15.0000",
    ] in lines  # figures stay figures


def test_a_sum_of_which_a_part_is_estimated_is_an_estimate(nation):
    for name in ("qixing", "yanshan"):
        cells = estimated(nation) if name == "yanshan" else cells_of(annex_3(nation), **benefits(1))
        version = filed(nation, name, "annex-3", FIRST, cells, "2021-07-10")
        accepted(nation, "city", version, "2021-07-11")
    capacity = proposed(standing(nation, "city", day="2021-07-12"), as_of=d("2021-07-12"))["capacity"]
    assert {column: (cell["value"].removesuffix(".0000"), cell["status"]) for column, cell in capacity.items()} == {
        "residents": ("13", "A"), "firms": ("3", "E"), "others": ("0", "A"), "savings": ("0", "A"),
        "total": ("16", "E"),  # 13 + 3, of which 3 is estimated
    }  # fmt: skip


# --------------------------------------------------------------- a return
def test_what_changed_is_headed_by_the_versions_and_tells_a_status_and_a_reason(nation, client):
    draft(nation)
    cells = cells_of(annex_3(nation), **benefits(12, 3))
    cells["energy"]["firms"] = {"value": "3", "status": "E", "why": "按合同容量推算"}
    draft(nation, cells=cells)
    said = page(client, nation.who["yanshan"].officer, address(nation, "yanshan", period=FIRST))
    table = said.split('id="differences"')[1].split("</section>")[0]
    assert ("上一版" in table, "本版" in table, "以往" in table, "起（不含）" in table) == (
        True,
        True,
        False,
        False,
    )
    assert ">3<" in table
    assert "3 估算 按合同容量推算" in table


def test_a_draft_says_at_once_what_it_lacks(nation, client):
    cells = cells_of(annex_3(nation), **benefits(12, 3))
    del cells["energy"]["firms"]
    draft(nation, cells=cells)
    here = address(nation, "yanshan", period=FIRST)
    lacks = page(client, nation.who["yanshan"].clerk, here).split("尚未填写")[1].split("</div>")[0]
    assert "联系" in lacks
    assert "增加售电量 · “三零”160kW及以下的企业用户" in lacks
    draft(nation, contact="0773-0000001")
    assert "尚未填写" not in page(client, nation.who["yanshan"].clerk, here)


def test_filing_is_not_offered_before_its_period_opens(nation, client):
    who = nation.who["yanshan"]
    for period, is_offered in (("2026", False), (H1, True)):  # the year is filed from 1 January 2027 on
        version = draft(nation, period=period, day="2026-11-20")
        filing.review(viewer=who.officer, version=version, at=at("2026-11-21"))
        said = page(client, who.officer, address(nation, "yanshan", period=period))
        assert ("steps/submit/" in said) == is_offered
        assert ("自 2027-01-01 起可以报送" in said) != is_offered


def test_questions_name_their_cell_by_titles_and_a_return_asks_why(nation, client):
    version = filed(
        nation, "yanshan", "annex-3", FIRST, cells_of(annex_3(nation), **benefits(1)), "2021-07-10"
    )
    city = nation.who["city"]
    filing.ask(
        viewer=city.officer, office=nation.city, version=version, row="energy", column="firms", text="为何为零",
        answer_by=d("2021-07-20"), at=at("2021-07-11"),
    )  # fmt: skip
    said = page(client, city.officer, address(nation, "yanshan", period=FIRST))
    assert "<strong>增加售电量 · “三零”160kW及以下的企业用户</strong>" in said
    assert '<option value="energy">增加售电量</option>' in said
    assert "退回原因" in said


def test_a_check_that_fails_is_named_by_its_title(nation, client):
    cells = cells_of(annex_3(nation), **benefits(12, 3))
    cells["energy"]["total"] = {"value": "99"}
    draft(nation, cells=cells)
    checks = page(client, nation.who["yanshan"].clerk, address(nation, "yanshan", period=FIRST))
    checks = checks.split('id="checks"')[1].split("</section>")[0]
    rule = next(one for one in annex_3(nation).pack.rules.values() if f"/{one.rule}/" in checks)
    assert f">{rule.title.zh}</a>" in checks
    assert f">{rule.rule}</a>" not in checks


def test_an_indicator_is_told_in_words_and_its_condition_is_put_away(nation, shops, client):  # noqa: F811
    counting.count_cases(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-2", period=H1, at=at("2026-07-02")
    )  # fmt: skip
    said = page(
        client,
        nation.who["yanshan"].officer,
        f"/supervision/indicators/indicator-3-1/?office=YSQ&period={H1}",
    )
    shown, put_away = said.split("<summary>规则原文</summary>")
    assert "<code>" not in shown
    assert "统计范围" in put_away
    for wrong in (">情形<", ">期间<", "盘点记录"):
        assert wrong not in said
    assert ">评定用时<" in said  # as the rule that judges calls it


# --------------------------------------------------------------- lists
def test_a_plan_that_nobody_accepted_stays_listed_and_an_accepted_one_of_long_ago_does_not(nation, client):
    officer = nation.who["province"].officer
    own = "/supervision/?office=GXT"
    assert f"/supervision/returns/{nation.province.pk}/plan/once/" in page(client, officer, own)
    assert "/supervision/expected/plan/once/" in page(
        client, nation.who["nea"].officer, "/supervision/?office=GNY"
    )
    keys = [
        (one.form.key, one.period.key)
        for one in filings.own_standings(nation.province, as_of=d("2026-11-30"))
    ]
    assert ("annex-3", FIRST) not in keys  # what comes again goes after 400 days
    in_force(nation, "province", "nea", plan_cells(nation))
    assert f"/supervision/returns/{nation.province.pk}/plan/once/" not in page(client, officer, own)


def test_who_gets_a_copy_sees_nothing_before_it_is_filed(nation, client):
    version = draft(nation, "province", absent=[{"organisation": "GLS", "why": "无"}], contact="0771-1234567")
    here, copied = address(nation, "province", period=FIRST), nation.who["regional"].officer
    said = page(client, copied, here)
    assert "0771-1234567" not in said
    assert 'id="cells"' not in said
    listed = page(client, copied, "/supervision/expected/annex-3/2021-H1/?as_of=2021-07-16")
    assert "草稿" not in listed
    filing.review(viewer=nation.who["province"].officer, version=version, at=at("2021-07-10"))
    filing.submit(viewer=nation.who["province"].officer, version=version, at=at("2021-07-10"))
    assert "0771-1234567" in page(client, copied, here)
    assert 'id="cells"' in page(client, copied, here)


def test_inspections_are_those_of_the_year_begun_by_the_day(typed, client):  # noqa: F811
    whole_plan(typed)
    begun(typed)  # 2 July 2026, for a cause
    clerk, home = typed.who["regional"].clerk, "/supervision/inspections/"
    for query, is_there in (
        ("?year=2026", True),
        ("?year=2025", False),
        ("?year=2026&as_of=2026-07-01", False),
    ):
        assert ("12398 反映集中" in page(client, clerk, home + query)) == is_there


def test_a_planned_inspection_whose_days_have_gone_by_is_overdue(typed, client):  # noqa: F811
    whole_plan(typed)  # 11 to 15 May 2026
    clerk, home = typed.who["regional"].clerk, "/supervision/inspections/?year=2026"
    assert ">逾期</span>" in page(client, clerk, home)


def test_the_corps_is_a_tile_beside_its_region(nation, client):
    from tongdian.parties.models import Region

    Region.objects.get_or_create(code="650000", defaults={"name": "新疆维吾尔自治区", "level": "province", "parent_id": "100000"})  # fmt: skip
    for name, short in (("新疆生产建设兵团发展改革委", "SNBT"), ("新疆维吾尔自治区能源主管部门", "SN65")):
        department("department", name, short, "650000", parent=nation.nea)
    said = page(client, nation.who["nea"].officer, "/supervision/expected/annex-3/2021-H1/?as_of=2021-07-16")
    tiles = said.split('role="list"')[1].split("</div>")[0]
    assert tiles.index("兵团发展改革委") < tiles.index(">兵团<") < tiles.index(">新疆<")


# --------------------------------------------------------------- entering
def test_a_task_is_not_reported_for_a_day_to_come(nation, client):
    given = {"clause": "附件1/54", "state": "going", "on": "2021-06-02", "text": "推进中"}
    with pytest.raises(NotYet):
        counting.report_task(
            viewer=nation.who["province"].clerk, organisation=nation.province, at=at("2021-06-01"),
            **given | {"on": d("2021-06-02")},
        )  # fmt: skip
    asked = page(client, nation.who["province"].clerk, "/supervision/tasks/report/?office=GXT")
    assert '<option value="附件1/54">附件1/54 纳入地方营商环境、重点工作台账</option>' in asked
    assert 'value="附件1/13"' not in asked  # the suppliers' own
    said = post(
        client,
        nation.who["province"].clerk,
        "/supervision/tasks/report/?office=GXT",
        given | {"on": "2199-01-01"},
        422,
    )
    assert "日期还没有到" in said.content.decode()


@pytest.mark.parametrize("typed_region", ["雁山区", "450311"])
def test_a_finding_is_of_a_division_by_its_name_or_code(nation, client, typed_region):
    post(client, nation.who["regional"].clerk, f"{LIST}new/", TYPED | {"region": typed_region})
    assert SupervisionFinding.objects.get().region_id == "450311"
    post(client, nation.who["regional"].clerk, f"{LIST}new/", TYPED | {"region": "北京"}, 422)


@pytest.mark.parametrize(
    ("sort", "clause"), [("reminder", "通知/4(2)"), ("talk", "通知/4(4)"), ("circular", "通知/4(4)")]
)
def test_a_letter_rests_on_its_clause_and_offers_those_of_the_letter_first(nation, client, sort, clause):
    said = page(client, nation.who["regional"].clerk, f"{LETTERS}{sort}/new/?whom=GD")
    chosen = said.split('name="clause"')[1].split("</select>")[0]
    assert f'<option value="{clause}" selected>' in chosen
    assert chosen.index("通知/4(1)") < chosen.index("附件1/56") < chosen.index("附件1/17")


def test_a_case_that_was_not_drawn_apart_bears_no_badge(typed, drawn_one, client):  # noqa: F811
    clerk, inspection = typed.who["regional"].clerk, drawn_one.draw.inspection
    said = page(client, clerk, f"/supervision/inspections/{inspection.pk}/")
    site = page(client, clerk, f"/supervision/inspections/cases/{drawn_one.pk}/")
    assert (drawn_one.draw.wanted, drawn_one.stratum) == ({}, "other")
    assert "· 其他" not in said
    assert ">其他</span>" not in site
