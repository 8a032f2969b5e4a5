"""附件3 on paper: “填报人及联系方式、审核人、填报日期” above, four rows by five columns, “填报单位盖章处” below."""

from __future__ import annotations

import io
from decimal import Decimal

from docx import Document
from docx.enum.section import WD_ORIENT
from pypdf import PdfReader

from tests.supervision.conftest import at, benefits, cells_of, d, filed
from tests.supervision.test_filings import annex_3
from tests.supervision.test_templates import H1, here_of
from tongdian.supervision.actions import filing
from tongdian.supervision.printing import paper_of, return_document, return_paper


def printed(here, version, language="zh"):
    pages = PdfReader(io.BytesIO(return_paper(here, version, language=language))).pages
    return pages, "".join("".join(page.extract_text() for page in pages).split())


def test_annex_3_has_the_document_s_rows_columns_head_and_foot(nation):
    cells = cells_of(annex_3(nation), **benefits(120, 30, 4, 6))
    version = filed(
        nation, "province", "annex-3", H1, cells, "2021-07-12", contact="李工 0771-1",
        absent=[{"organisation": "GLS", "why": "迟报"}],
    )  # fmt: skip
    here = here_of(nation, "province", day="2021-07-12")
    paper = paper_of(here, version)
    assert paper.title == "广西壮族自治区“三零”“三省”服务效益统计表"
    assert paper.period == "2021年1月—2021年6月"
    assert [(one.title, one.span) for one in paper.groups] == [("“三零”服务效益", 3), ("", 2)]
    assert [one.title for one in paper.columns] == [
        "居民用户", "160kW及以下的企业用户", "其他用户", "“三省”服务效益", "合计",
    ]  # fmt: skip
    assert [row[0] for row in paper.rows] == [
        "受益户数(户)", "节省投资(万元)", "增加售电量(万千瓦时)", "增加容量(万千瓦安)",
    ]  # fmt: skip
    assert paper.rows[0][1:] == ("120", "30", "4", "6", "160")  # 120 + 30 + 4 + 6
    assert (paper.reviewer, paper.filed_on) == (nation.who["province"].officer.shown_name, d("2021-07-12"))
    pages, said = printed(here, version)
    assert len(pages) == 1
    assert pages[0].mediabox.width > pages[0].mediabox.height  # landscape
    for text in ("填报人及联系方式", "李工0771-1", "审核人", "填报日期：2021年7月12日", "填报单位盖章处", "未含下级：桂林市电力主管部门，迟报"):  # fmt: skip
        assert text in said
    assert "草稿" not in said


def test_a_cell_without_a_figure_says_why_below(nation):
    cells = cells_of(annex_3(nation), **benefits(1))
    cells["energy"]["firms"] = {"value": "", "status": "M", "why": "尚未抄表"}
    cells["energy"]["total"] = {"value": "", "status": "N", "why": "分项缺数"}
    cells["capacity"]["residents"] |= {"status": "E"}
    version = filing.fill_in(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-3", period=H1, cells=cells,
        at=at("2021-07-10"),
    )  # fmt: skip
    paper = paper_of(here_of(nation), version)
    assert paper.rows[2][1:] == ("1", "— 1）", "0", "0", "— 2）")
    assert paper.rows[3][1] == "1 3）"
    assert paper.notes == (
        "1）增加售电量(万千瓦时)·160kW及以下的企业用户：缺数，尚未抄表",
        "2）增加售电量(万千瓦时)·合计：不适用，分项缺数",
        "3）增加容量(万千瓦安)·居民用户：估算",
        "增加容量的单位照原件印作“万千瓦安”，读作万千伏安（解读 annex-3-capacity-unit）。",
    )
    assert paper.standing == "草稿"  # and is no paper to be sealed yet
    assert paper.filed_on is None


def test_annex_3_with_its_estimated_row_and_its_seal_is_one_sheet(nation):
    cells = cells_of(annex_3(nation), **benefits(120, 30, 4, 6))
    for one in cells["capacity"].values():
        one["status"] = "E"
    version = filed(
        nation, "province", "annex-3", H1, cells, "2021-07-12", contact="李工 0771-1", note="含新增园区两处。",
        absent=[{"organisation": "GLS", "why": "迟报，七月底前补报"}],
    )  # fmt: skip
    here = here_of(nation, "province", day="2021-07-12")
    for language in ("zh", "en"):
        pages, said = printed(here, version, language)
        assert len(paper_of(here, version).notes) == 8  # five estimates, the unit, who is missing, the remark
        assert (len(pages), "填报单位盖章处" in said) == (1, True)


def test_every_form_can_be_printed(nation):
    """A plan of the supplier's tasks and a return of the standards go over pages, with their heads on each."""
    for name, form, period, row, heading in (
        ("supplier", "plan", "once", "附件1/1", "工作任务"),
        ("yanshan", "annex-2", H1, "附件2-2/3(1)", "指标"),
    ):
        office = getattr(nation, name)
        asked = filing.form_for(office, form, d("2021-07-10"))
        lines = asked.lines(office)
        keys = [line.key for line in lines]
        assert row in keys
        column = next(key for key, one in asked.version.columns.items() if one.is_filled_in)
        version = filing.fill_in(
            viewer=nation.who[name].clerk, organisation=office, form=form, period=period,
            cells={keys[0]: {column: {"value": "1"}}}, at=at("2021-07-10"),
        )  # fmt: skip
        here = here_of(nation, name, form, period)
        pages, said = printed(here, version, "en")
        assert len(pages) > 1
        assert all(heading in "".join(page.extract_text().split()) for page in pages[:2])
        assert here.title.zh.replace(" ", "") in said


def test_figures_are_printed_without_idle_noughts(nation):
    cells = cells_of(annex_3(nation), **benefits(1))
    cells["saved"]["residents"] = {"value": "12.5000"}
    version = filing.fill_in(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-3", period=H1, cells=cells,
        at=at("2021-07-10"),
    )  # fmt: skip
    assert paper_of(here_of(nation), version).rows[1][1] == "12.5"
    assert Decimal(version.cells["saved"]["residents"]["value"]) == Decimal("12.5")


# --- as Word
def in_word(here, version, language="zh"):
    return Document(io.BytesIO(return_document(here, version, language=language)))


def grid(table):
    """Its rows as they stand; a cell that is merged says so in each of its places."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_in_word_the_form_has_the_same_rows_columns_and_merged_head_as_on_paper(nation):
    cells = cells_of(annex_3(nation), **benefits(120, 30, 4, 6))
    version = filed(
        nation, "province", "annex-3", H1, cells, "2021-07-12", contact="李工 0771-1",
        absent=[{"organisation": "GLS", "why": "迟报"}],
    )  # fmt: skip
    here = here_of(nation, "province", day="2021-07-12")
    paper, document = paper_of(here, version), in_word(here, version)
    head, form, foot = document.tables
    assert document.sections[0].orientation == WD_ORIENT.LANDSCAPE
    assert document.sections[0].page_width > document.sections[0].page_height
    assert [one.text for one in document.paragraphs[:2]] == [paper.title, f"（{paper.period}）"]
    assert grid(head) == [
        [f"填报人及联系方式：{paper.filer}", f"审核人：{paper.reviewer}", "填报日期：2021年7月12日"]
    ]
    served, titles = paper.groups[0].title, [one.title for one in paper.columns]
    assert grid(form) == [
        [paper.content, served, served, served, *titles[3:]],
        [paper.content, *titles],
        *([*row] for row in paper.rows),
    ]
    told, seal = foot.rows[0].cells
    assert paper.notes
    for said in (*paper.notes, paper.number, paper.check):
        assert said in told.text
    assert seal.text.splitlines() == ["填报单位盖章处", "自治区能源局"]


def test_in_word_a_draft_says_so_and_a_status_stands_in_the_notes(nation):
    cells = cells_of(annex_3(nation), **benefits(1))
    cells["energy"]["firms"] = {"value": "", "status": "M", "why": "尚未抄表"}
    cells["energy"]["total"] = {"value": "", "status": "N", "why": "分项缺数"}
    version = filing.fill_in(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-3", period=H1, cells=cells,
        at=at("2021-07-10"),
    )  # fmt: skip
    document = in_word(here_of(nation), version)
    said = [one.text for one in document.paragraphs]
    assert paper_of(here_of(nation), version).standing in said
    assert grid(document.tables[1])[4] == ["增加售电量(万千瓦时)", "1", "— 1）", "0", "0", "— 2）"]
    assert "1）增加售电量(万千瓦时)·160kW及以下的企业用户：" in document.tables[2].rows[0].cells[0].text
    assert "审核人：＿＿＿＿＿＿" in document.tables[0].rows[0].cells[1].text


def test_in_english_the_labels_stand_beside_the_chinese(nation):
    version = filing.fill_in(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-3", period=H1,
        cells=cells_of(annex_3(nation), **benefits(1)), at=at("2021-07-10"),
    )  # fmt: skip
    document = in_word(here_of(nation), version, language="en")
    assert "填报人及联系方式 Filled in by, contact：" in document.tables[0].rows[0].cells[0].text


def test_what_a_stranger_wrote_is_set_as_it_is(nation):
    cells = cells_of(annex_3(nation), **benefits(1))
    cells["energy"]["firms"] = {"value": "", "status": "M", "why": "<w:t>&amp; {DATE} =1+1"}
    version = filing.fill_in(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-3", period=H1, cells=cells,
        at=at("2021-07-10"),
    )  # fmt: skip
    document = in_word(here_of(nation), version)
    assert "<w:t>&amp; {DATE} =1+1" in document.tables[2].rows[0].cells[0].text


def test_the_page_gives_it_as_word_and_says_that_it_was_taken(nation, client):
    filed(nation, "yanshan", "annex-3", H1, cells_of(annex_3(nation), **benefits(1)), "2021-07-12")
    client.force_login(nation.who["yanshan"].officer)
    address = f"/supervision/returns/{nation.yanshan.pk}/annex-3/{H1}/paper/"
    word, pdf = client.post(address, {"as": "docx"}), client.post(address, {})
    assert word["Content-Type"].endswith("wordprocessingml.document")
    assert "docx" in word["Content-Disposition"]
    assert word["Cache-Control"] == "private, no-store"
    assert len(Document(io.BytesIO(word.content)).tables) == 3
    assert pdf.content.startswith(b"%PDF")
