"""Annexes 2 and 3 as their columns say: who is counted where, what goes on unscored, what stands behind a cell, and
what a check compares."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.supervision.conftest import accepted, at, benefits, cells_of, d, department, filed
from tests.supervision.test_counting import H1, attested, counted, here, opened_shops
from tests.supervision.test_filings import annex_3
from tests.supervision.test_pages import address, page
from tests.supervision.test_papers import printed
from tongdian.documents.excel import return_in_excel
from tongdian.policy.rounding import percentage
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.actions import choose_interpretation
from tongdian.supervision.actions import filing
from tongdian.supervision.printing import paper_of, return_document
from tongdian.supervision.queries.behind import cases_behind
from tongdian.supervision.queries.cells import disagreements
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.queries.tasks import may_report
from tongdian.supervision.refusing import BadCells, NotATaskOfTheOffice

ZH = {"accept-language": "zh-hans"}
CAPACITY, BENEFICIARIES = "capacity", "beneficiaries"


@pytest.fixture
def shops(nation):
    """Two shops of 120 kW served at low voltage outside three-zero, and one that waits."""
    return opened_shops(nation)


def draft(nation, form, cells, name="yanshan", period=H1, day="2026-07-02"):
    return filing.fill_in(
        viewer=nation.who[name].clerk, organisation=getattr(nation, name), form=form, period=period, cells=cells,
        at=at(day),
    )  # fmt: skip


def line_of(standing, key):
    return next(
        one for one in standing.form.rule.lines(standing.form.pack, standing.form.version) if one.key == key
    )


# --------------------------------------------------------------- annex 2
def areas(done, due=1):
    return {"due_areas": {"value": str(due)}, "done_areas": {"value": str(done)}}


def test_annex_2_has_the_layout_that_its_interpretation_declares_and_says_that_it_is_ours(nation):
    """解读 annex-2-missing: 序号、完成时间、指标、标准、应完成地区数、已完成、完成率、未完成原因、计划完成时间，注明非官方."""
    version = draft(nation, "annex-2", {"附件2-2/3(1)": areas(2, 3), "附件2-2/6(1)": areas(0, 0)})
    paper = paper_of(here(nation), version)
    assert [paper.content, *(one.title for one in paper.columns)] == [
        "序号", "完成时间", "指标", "标准", "应完成地区数", "已完成", "完成率（%）",
        "未完成原因（持续推进的写进展和凭证）", "计划完成时间",
    ]  # fmt: skip
    rows = {row[0]: row[1:] for row in paper.rows}
    assert len(rows) == 58  # 56 parts of 36 indicators, and 37 and 38, which have none
    assert rows["3(1)"][3:6] == ("3", "2", "66.7")  # 2 of 3
    assert rows["6(1)"][5] == "—"  # nothing of nothing
    assert len({rows[key][2] for key in ("6(1)", "7(1)", "22(1)")} | {rows["6(1)"][1], rows["7(1)"][1]}) >= 4
    assert (rows["22(1)"][0], rows["*30(1)"][0], rows["*37"][0]) == (
        "2021年底前",
        "2021年4月30日前",
        "持续推进",
    )
    assert rows["*38"][2:6] == ("/", "/", "/", "/")  # the standard is printed "/", and nothing is scored
    assert {key for key in rows if key.startswith("*")} == {
        "*21(1)", "*21(2)", "*21(3)", "*27(1)", "*27(2)", "*27(3)", "*29(1)", "*29(2)", "*29(3)", "*30(1)", "*33(1)",
        "*37", "*38",
    }  # fmt: skip
    for said in (
        printed(here(nation), version)[1],
        "".join(one.text for one in Document(io.BytesIO(return_document(here(nation), version))).paragraphs),
        str([cell.value for row in load_workbook(io.BytesIO(return_in_excel(paper, "表"))).active.iter_rows() for cell in row]),
    ):  # fmt: skip
        assert "自定版式，非官方" in said
        assert "市、县逐级汇总是本程序的安排" in said


def test_what_goes_on_stands_in_annex_2_with_its_progress_and_is_never_scored(nation):
    assert "附件2-2/38" not in proposed(here(nation), as_of=d("2026-07-02"))
    attested(nation, "supplier", "附件2-2/38", "2021-06-01")
    cells = proposed(here(nation), as_of=d("2026-07-02"))["附件2-2/38"]
    assert list(cells) == ["reason"]
    assert cells["reason"]["value"] == "雁山供电公司 2021-06-01：已完成（〔2021〕3号）"
    version = draft(nation, "annex-2", {"附件2-2/38": cells})
    assert [one for one in disagreements(here(nation), version.cells, as_of=d("2026-07-02")) if one.line.key == "附件2-2/38"] == []  # fmt: skip


def test_no_area_due_says_why(nation, shops):
    counted(nation)
    cells = proposed(here(nation), as_of=d("2026-07-02"))
    assert cells["附件2-2/6(1)"]["due_areas"] == {
        "value": "0", "status": "A", "source": "cases", "why": "本期没有应评的业务",
    }  # fmt: skip
    assert cells["附件2-2/30(1)"]["due_areas"]["why"] == "不由本级完成"
    version = draft(nation, "annex-2", cells)
    notes = paper_of(here(nation), version).notes
    assert sum("本期没有应评的业务" in note for note in notes) == 1  # once, under one number


def test_what_is_done_before_its_day_may_be_told(nation):
    standing = here(nation, period="2021-H1", day="2021-07-10")
    day, early, due = d("2021-07-10"), "附件2-2/26(1)", "附件2-2/17(1)"  # by the end of 2021, and of 2020
    found = disagreements(standing, {key: areas(1, 0) for key in (early, due)}, as_of=day)
    assert [
        one.line.key for one in found if one.rule.rule == "annex-2-done-of-due" and one.outcome == "fail"
    ] == [due]


def test_a_share_is_rounded_and_less_than_all_never_shows_as_100():
    assert percentage(Decimal(29), Decimal(32), 0) == 91  # 90.625
    assert percentage(Decimal(99999), Decimal(100000)) == Decimal("99.9")
    assert percentage(Decimal(1), Decimal(100000)) == Decimal("0.1")
    assert percentage(Decimal(0), Decimal(0)) is None


def test_a_standard_of_offices_without_an_account_is_attested_by_the_department_that_files(nation):
    """附件2-2/20 各地审批相关部门, 21 省级价格主管部门: none of them is here."""
    attested(nation, "yanshan", "附件2-2/20(1)", "2021-05-01")
    attested(nation, "province", "附件2-2/21(1)", "2021-05-01")
    assert proposed(here(nation), as_of=d("2026-07-02"))["附件2-2/20(1)"]["done_areas"]["value"] == "1"
    with pytest.raises(NotATaskOfTheOffice):
        attested(nation, "yanshan", "附件2-2/21(1)", "2021-05-01")  # the price department is the province's
    department("approval", "雁山区行政审批局", "YSP", "450311")
    pack = rulebook.pack("nea-2021-37")
    assert not may_report(nation.yanshan, pack, pack.clauses["附件2-2/20(1)"], on=d("2026-07-02"))


def test_the_page_of_indicators_has_all_38(nation, client, shops):
    counted(nation)
    attested(nation, "supplier", "附件2-2/17(1)", "2021-05-01")
    said = page(client, nation.who["yanshan"].officer, f"/supervision/indicators/?period={H1}")
    for number in range(1, 39):
        assert f'"/packs/nea-2021-37/clauses/附件2-2/{number}' in said.replace(
            "%E9%99%84%E4%BB%B6", "附件"
        ), number
    assert "〔2021〕3号" in said


# --------------------------------------------------------------- annex 3
def test_excel_has_the_printed_layout_with_merged_heads_and_csv_names_no_person(nation, client):
    version = filed(
        nation, "province", "annex-3", "2021-H1", cells_of(annex_3(nation), **benefits(12, 3)), "2021-07-12",
        contact="李工 0771-1", absent=[{"organisation": "GLS", "why": "迟报"}],
    )  # fmt: skip
    client.force_login(nation.who["province"].officer)
    where = address(nation, "province", period="2021-H1", rest="export/")
    sheet = load_workbook(io.BytesIO(client.post(where, {"as": "xlsx"}, headers=ZH).content)).active
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "（2021年1月—2021年6月）" in texts
    assert any(one.startswith("填报人及联系方式：") and "李工 0771-1" in one for one in texts)
    assert "填报单位盖章处" in texts
    merged = {sheet[str(one).split(":", maxsplit=1)[0]].value for one in sheet.merged_cells.ranges}
    assert {"“三零”服务效益", "统计内容", "合计"} <= merged
    reply = client.post(where, {"as": "csv"}, headers=ZH)
    text = b"".join(reply.streaming_content).decode("utf-8-sig")
    assert "0771" not in text
    assert version.by.shown_name not in text
    assert ["填报单位", "自治区能源局", "填报日期", "2021-07-12"] in list(csv.reader(io.StringIO(text)))


def test_the_corps_has_its_own_name_above_its_form(nation):
    assert paper_of(here(nation, form="annex-3"), draft(nation, "annex-3", {})).title.startswith(
        "雁山区“三零”"
    )
    department("department", "雁山区兵团发展改革委", "YSB", "450311", parent=nation.city)
    title = paper_of(here(nation, form="annex-3"), draft(nation, "annex-3", {})).title
    assert title == "雁山区电力主管部门“三零”“三省”服务效益统计表"


def wider(viewer):
    choose_interpretation(
        pack=rulebook.pack("nea-2021-37"), interpretation="benefit-three-savings", option="everyone_else",
        reason="与派出机构商定", by=viewer("administrator", "reader"), at=at("2026-07-01"),
    )  # fmt: skip


def test_a_counted_cell_leads_to_its_cases_and_a_sum_to_the_returns_below(nation, client, viewer, shops):
    wider(viewer)
    counted(nation, form="annex-3")
    standing = here(nation, form="annex-3")
    version = filed_annex_3(nation, proposed(standing, as_of=d("2026-07-02")))
    _, cases = cases_behind(standing, line_of(standing, CAPACITY), "savings")
    # 120 kW each, in ten thousand: 0.0120, and together what stands in the cell
    assert [one.value for one in cases] == [Decimal("0.0120")] * 2
    assert sum(one.value for one in cases) == Decimal(version.cells[CAPACITY]["savings"]["value"])
    assert {one.number for one in cases} == {case.number for case in shops[:2]}
    assert cases_behind(standing, line_of(standing, CAPACITY), "residents")[1] == []
    assert len(cases_behind(standing, line_of(standing, BENEFICIARIES), "total")[1]) == 2
    officer = nation.who["yanshan"].officer
    said = page(client, officer, address(nation, "yanshan", period=H1))
    assert "cell/?row=capacity&amp;column=savings" in said
    said = page(
        client, officer, address(nation, "yanshan", period=H1, rest="cell/?row=capacity&column=savings")
    )
    assert all(case.number in said for case in shops[:2])
    page(
        client, officer, address(nation, "yanshan", period=H1, rest="cell/?row=capacity&column=nothing"), 404
    )
    accepted(nation, "city", version, "2026-07-03")
    chief = nation.who["city"].officer
    said = page(client, chief, address(nation, "city", period=H1, rest="cell/?row=capacity&column=savings"))
    assert "雁山区电力主管部门" in said
    assert "0.024" in said
    own = address(nation, "yanshan", period=H1, rest="cell/?row=capacity&column=savings")
    assert shops[0].number not in page(client, chief, own)  # a case is for the office's own people
    said = page(client, chief, f"/supervision/expected/annex-3/{H1}/cell/?row=capacity&column=savings")
    assert "0.024" in said


def filed_annex_3(nation, cells):
    for columns in cells.values():
        for column in ("residents", "firms", "others", "savings", "total"):
            columns.setdefault(column, {"value": "", "status": "M", "why": "尚未抄表"})
    return filed(nation, "yanshan", "annex-3", H1, cells, "2026-07-02")


# --------------------------------------------------------------- filling in
def typed(nation, client, **cells):
    client.force_login(nation.who["yanshan"].clerk)
    said = {"begun_from": "0", **{name.replace("__", "."): value for name, value in cells.items()}}
    return client.post(address(nation, "yanshan", period="2021-H1", rest="fill/"), said, headers=ZH)


def test_the_first_figure_typed_in_a_blank_cell_is_a_figure(nation, client):
    """Row 3, 增加售电量: whatever its status stood at."""
    for status in ("M", "N", ""):
        reply = typed(nation, client, c2__firms="12.5", s2__firms=status, begun_from=str(versions(nation)))
        assert reply.status_code == 302, status
        assert newest(nation)["energy"]["firms"] == {"value": "12.5", "status": "A", "source": "entered"}


def test_a_figure_is_marked_as_an_estimate_and_stays_one_when_it_is_typed_again(nation, client):
    assert typed(nation, client, c2__firms="12.5", s2__firms="E").status_code == 302
    assert newest(nation)["energy"]["firms"]["status"] == "E"
    client.force_login(nation.who["yanshan"].clerk)
    said = client.get(address(nation, "yanshan", period="2021-H1", rest="fill/"), headers=ZH).content.decode()
    assert '<option value="E" selected>估算</option>' in said  # what is posted with another figure
    assert '<option value="M" selected>' not in said


def test_every_bad_cell_is_named_at_once(nation, client):
    reply = typed(nation, client, c0__residents="x", c1__firms="y")
    said = reply.content.decode()
    assert reply.status_code == 422
    assert ("受益户数·“三零”居民用户" in said, "节省投资·“三零”160kW及以下的企业用户" in said) == (True, True)
    assert "““" not in said
    with pytest.raises(BadCells):
        draft(nation, "annex-3", {BENEFICIARIES: {"residents": {"value": "x"}, "firms": {"value": "y"}}})


def standing_of(nation):
    return here(nation, form="annex-3", period="2021-H1", day="2026-12-31")  # typed on a page: now


def versions(nation):
    return len(standing_of(nation).versions)


def newest(nation):
    return standing_of(nation).newest.cells


# --------------------------------------------------------------- checks
def failing(standing, cells, day="2026-07-02"):
    return {
        (one.rule.rule, one.line.key): one.sentence.zh
        for one in disagreements(standing, cells, as_of=d(day))
        if one.outcome == "fail"
    }


def test_a_mismatch_tells_both_figures_and_what_cannot_be_compared_is_folded(nation, client):
    version = filed(
        nation, "yanshan", "annex-3", "2021-H1", cells_of(annex_3(nation), **benefits(12, 3)), "2021-07-10"
    )
    accepted(nation, "city", version, "2021-07-11")
    cells = cells_of(annex_3(nation), **benefits(13, 3))
    cells["energy"] = {}
    city = here(nation, "city", form="annex-3", period="2021-H1", day="2021-07-12")
    said = failing(city, cells, "2021-07-12")["annex-3-sum-of-below", BENEFICIARIES]
    assert (
        said
        == (
            "与下级各表之和不符（“三零”居民用户：本表 13，下级合计 12；合计：本表 16，下级合计 15）"  # firms agree
        )
    )
    draft(nation, "annex-3", cells, "city", "2021-H1", "2021-07-12")
    shown = page(client, nation.who["city"].officer, address(nation, "city", period="2021-H1"))
    assert shown.index("本表 13，下级合计 12") < shown.index('<details class="part quiet"')
    assert "增加售电量 · 等于下级之和" in shown


def test_a_standard_that_is_said_to_be_done_has_a_paper_in_the_ledger(nation):
    cells = {"附件2-2/17(1)": areas(1)}
    assert ("annex-2-attested", "附件2-2/17(1)") in failing(here(nation), cells)
    attested(nation, "supplier", "附件2-2/17(1)", "2021-05-01")
    assert ("annex-2-attested", "附件2-2/17(1)") not in failing(here(nation), cells)


def test_annex_2_agrees_with_annex_3_of_the_same_office_and_period(nation):
    cells, key = {"附件2-2/6(1)": areas(0, 0)}, ("annex-2-residents-of-annex-3", "附件2-2/6(1)")
    assert key not in failing(here(nation), cells)  # there is no annex 3 yet
    draft(nation, "annex-3", cells_of(annex_3(nation), **benefits(12)))
    assert "附件3 服务效益·“三零”居民用户 12" in failing(here(nation), cells)[key]
    assert key not in failing(here(nation), {"附件2-2/6(1)": areas(1)})


def test_investment_saved_is_the_money_of_the_cases(nation, viewer, shops):
    wider(viewer)
    standing = here(nation, form="annex-3")
    counted(nation, form="annex-3")
    cells = proposed(standing, as_of=d("2026-07-02"))
    key = ("annex-3-saved-of-the-cases", "saved")
    assert key not in failing(standing, cells)
    cells["saved"]["savings"] = {"value": "99"}
    assert "本表 99，业务计数 " in failing(standing, cells)[key]


def test_people_are_called_by_their_names():
    from tongdian.parties.models import Account

    assert str(Account(username="ysq-clerk", name="李小明")) == "李小明"
    assert str(Account(username="ysq-clerk")) == "ysq-clerk"
