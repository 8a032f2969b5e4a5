"""附件3 on paper: “填报人及联系方式、审核人、填报日期” above, four rows by five columns, “填报单位盖章处” below."""

from __future__ import annotations

import io
from decimal import Decimal

from pypdf import PdfReader

from tests.supervision.conftest import at, benefits, cells_of, d, filed
from tests.supervision.test_filings import annex_3
from tests.supervision.test_templates import H1, here_of
from tongdian.supervision.actions import filing
from tongdian.supervision.printing import paper_of, return_paper


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
    for text in ("填报人及联系方式", "李工0771-1", "审核人", "填报日期：2021年7月12日", "填报单位盖章处", "未含下级：GLS，迟报"):  # fmt: skip
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
        assert len(paper_of(here, version).notes) == 7  # five estimates, who is missing, the remark
        assert (len(pages), "填报单位盖章处" in said) == (1, True)


def test_every_form_can_be_printed(nation):
    """A plan of 57 tasks and a return of the standards go over pages, with their heads on each."""
    for name, form, period, row, heading in (
        ("supplier", "plan", "once", "附件1/1", "工作任务"),
        ("yanshan", "annex-2", H1, "附件2-2/3(1)", "指标"),
    ):
        office = getattr(nation, name)
        asked = filing.form_for(office, form, d("2021-07-10"))
        lines = asked.rule.lines(asked.pack, asked.version)
        keys = [line.key for line in lines]
        assert row in keys
        column = next(iter(asked.version.columns))
        version = filing.fill_in(
            viewer=nation.who[name].clerk, organisation=office, form=form, period=period,
            cells={keys[0]: {column: {"value": "1"}}}, at=at("2021-07-10"),
        )  # fmt: skip
        here = here_of(nation, name, form, period)
        pages, said = printed(here, version, "en")
        assert len(pages) > 1
        assert all(heading in "".join(page.extract_text().split()) for page in pages[:2])
        assert here.form.title.zh.replace(" ", "") in said


def test_figures_are_printed_without_idle_noughts(nation):
    cells = cells_of(annex_3(nation), **benefits(1))
    cells["saved"]["residents"] = {"value": "12.5000"}
    version = filing.fill_in(
        viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form="annex-3", period=H1, cells=cells,
        at=at("2021-07-10"),
    )  # fmt: skip
    assert paper_of(here_of(nation), version).rows[1][1] == "12.5"
    assert Decimal(version.cells["saved"]["residents"]["value"]) == Decimal("12.5")
