"""附件3 by a template: who has no Tongdian fills in a workbook, and every cell that is not taken is named."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tests.supervision.conftest import accepted, at, benefits, cells_of, d, filed
from tests.supervision.test_filings import annex_3
from tongdian.parties.models import Membership
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import ChangedMeanwhile
from tongdian.spreadsheets.refusals import FormatNotRead, NotASpreadsheet, WorkbookTooPacked
from tongdian.supervision.actions import filing
from tongdian.supervision.importing.bringing import bring_return, read_template
from tongdian.supervision.importing.layout import template_of
from tongdian.supervision.importing.sheets import BELOW, CHECKS, FORM, REASONS, template_workbook
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.refusing import (
    BlankWithoutReason,
    NotATemplate,
    OtherTemplate,
    TemplateCellsRefused,
    TemplateHasMoreRows,
)

H1, DAY = "2021-H1", "2021-07-10"
ROWS = (10, 11, 12, 13)  # 受益户数, 节省投资, 增加售电量, 增加容量
NUMBERS = {f"{column}{row}": 0 for column in "BCDE" for row in ROWS}  # the columns before 合计, in F


def here_of(nation, name="yanshan", form="annex-3", period=H1, day=DAY):
    office = getattr(nation, name)
    return filings.standing(filing.form_for(office, form, d(day)), office, period, as_of=d(day))


def template(here, day=DAY, language="zh", cells=None):
    begins = proposed(here, as_of=d(day)) if cells is None else cells
    return template_of(here, language=language, as_of=d(day), cells=begins)


def filled(here, values, *, sheets=None, language="zh", change=None):
    """The template with values typed into the form, and into other sheets by their names."""
    book = load_workbook(io.BytesIO(template_workbook(template(here, language=language))))
    for name, typed in {FORM: values, **(sheets or {})}.items():
        for address, value in typed.items():
            book[name][address] = value
    if change:
        change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def read(content, here):
    return read_template(content, here, as_of=d(DAY))


def refused(content, here):
    with pytest.raises(TemplateCellsRefused) as told:
        read(content, here)
    return {(one.sheet, one.address): one.problem.zh for one in told.value.problems}


# ------------------------------------------------------------- the template
def test_only_the_cells_that_are_filled_in_are_unlocked(nation):
    book = load_workbook(io.BytesIO(template_workbook(template(here_of(nation, "city")))))
    form = book[FORM]
    unlocked = {cell.coordinate for row in form.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == {*NUMBERS, "B5", "B6"}  # 4 rows × 4 columns, contact and remark; 合计 stays locked
    assert all(sheet.protection.sheet for sheet in book)
    assert form["F10"].value == '=IF(COUNT(B10,C10,D10,E10)=4,SUM(B10,C10,D10,E10),"")'
    assert [one.title for one in book] == [FORM, REASONS, BELOW, CHECKS]


def test_it_has_the_layout_of_annex_3_with_office_and_period(nation):
    form = load_workbook(io.BytesIO(template_workbook(template(here_of(nation)))))[FORM]
    assert form["B3"].value == "雁山区电力主管部门"
    assert form["B4"].value == "2021年上半年"
    assert (form["A8"].value, form["B8"].value) == ("统计内容", "“三零”服务效益")
    merged = {str(one) for one in form.merged_cells.ranges}
    assert merged == {"A2:F2", "A8:A9", "B8:D8", "E8:E9", "F8:F9"}  # “三零” stands over three columns
    assert [form[at_].value for at_ in ("B9", "C9", "D9", "E8", "F8")] == [
        "居民用户", "160kW及以下的企业用户", "其他用户", "“三省”服务效益", "合计",
    ]  # fmt: skip
    assert [form.cell(row, 1).value for row in ROWS] == [
        "受益户数(户)", "节省投资(万元)", "增加售电量(万千瓦时)", "增加容量(万千瓦安)",
    ]  # fmt: skip


def test_excel_itself_refuses_what_a_cell_does_not_take(nation):
    form = load_workbook(io.BytesIO(template_workbook(template(here_of(nation)))))[FORM]
    rules = {
        cell: rule for rule in form.data_validations.dataValidation for cell in str(rule.sqref).split()
    }  # fmt: skip
    assert (rules["B10"].type, rules["B10"].formula1, rules["B10"].formula2) == ("whole", "0", "1000000000")
    assert rules["E12"].formula1 == "AND(ISNUMBER(E12),ROUND(E12,4)=E12,E12>=0,E12<=1000000000)"
    assert rules.keys() == NUMBERS.keys()
    reasons = load_workbook(io.BytesIO(template_workbook(template(here_of(nation)))))[REASONS]
    assert "估算" in reasons.data_validations.dataValidation[0].formula1
    plan = template(here_of(nation, "supplier", "plan", "once", "2021-05-10"))
    of_plan = load_workbook(io.BytesIO(template_workbook(plan)))[FORM].data_validations.dataValidation
    assert [one.type for one in of_plan] == ["textLength", "date", "whole"]


def test_the_checks_are_written_out_with_their_clauses(nation):
    sheet = load_workbook(io.BytesIO(template_workbook(template(here_of(nation, "city")))))[CHECKS]
    lines = {row[0].value: [cell.value for cell in row[1:]] for row in sheet.iter_rows(min_row=3)}
    assert lines["合计等于各列之和"][:2] == ["合计不等于前四列之和", "不能报送"]
    assert "附件3" in lines["合计等于各列之和"][2]
    assert "等于下级之和" in lines  # a prefecture's; a county adds up nobody's
    assert "已完成不多于应完成" not in lines  # of annex 2
    assert not any(str(one).startswith("annex-") for one in lines)


def test_an_office_s_name_that_looks_like_a_formula_stays_a_text(nation):
    here = here_of(nation)
    here.organisation.name = "=HYPERLINK(1)"
    cell = load_workbook(io.BytesIO(template_workbook(template(here))))[FORM]["B3"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


# ------------------------------------------------------------- read back
def test_what_is_typed_is_what_is_read_and_the_sum_is_reckoned(nation):
    here = here_of(nation)
    content = filled(
        here, NUMBERS | {"B10": 120, "C10": 30, "D10": 4, "E10": 6, "B11": 12.5, "B5": "李工 0773-1"}
    )
    found = read(content, here)
    kept = {column: cell["value"] for column, cell in found.cells["beneficiaries"].items()}
    # 120 + 30 + 4 + 6 = 160; openpyxl keeps no result of the formula, and none is asked for
    assert kept == {"residents": "120", "firms": "30", "others": "4", "savings": "6", "total": "160"}
    assert found.cells["saved"]["total"]["value"] == "12.5000"
    assert found.contact == "李工 0773-1"
    assert {cell["source"] for cell in found.cells["beneficiaries"].values()} == {"entered"}


def test_texts_full_width_digits_and_thousands_are_numbers(nation):
    here = here_of(nation)
    found = read(filled(here, NUMBERS | {"B10": "１２０", "C10": "1,030", "D10": " 4 "}), here)
    assert [found.cells["beneficiaries"][one]["value"] for one in ("residents", "firms", "others")] == [
        "120", "1030", "4",
    ]  # fmt: skip


def test_every_refused_cell_is_named_at_once_and_nothing_is_stored(nation):
    here = here_of(nation)
    content = filled(
        here, NUMBERS | {"B10": "很多", "C10": 2.5, "D10": -1, "E11": "1.23456", "B12": "=1+1", "C13": "12户"}
    )  # fmt: skip
    with pytest.raises(TemplateCellsRefused) as told:
        bring_return(viewer=nation.who["yanshan"].clerk, here=here, content=content, begun_from=0, at=at(DAY))
    named = {one.address: one for one in told.value.problems}
    assert named.keys() == {"B10", "C10", "D10", "E11", "B12", "C13"}
    assert (named["B10"].row, named["B10"].column) == ("受益户数", "“三零”居民用户")
    assert "不是数字" in named["B10"].problem.zh
    assert "-1 不在 0 至 1000000000 之间" in named["D10"].problem.zh
    assert "小数多于 4 位" in named["E11"].problem.zh
    assert "公式" in named["B12"].problem.zh
    assert "单位" in named["C13"].problem.zh or "不是数字" in named["C13"].problem.zh
    assert not ReturnVersion.objects.exists()


def test_the_result_of_a_formula_is_not_believed(nation):
    """Excel keeps a result behind each formula: one of an entry cell is refused, that of the sum is passed over."""
    here = here_of(nation)
    content = replaced(filled(here, NUMBERS), rb"</f><v(?: ?/>|></v>)", b"</f><v>999</v>")
    assert read(content, here).cells["beneficiaries"]["total"]["value"] == "0"
    forged = replaced(filled(here, NUMBERS | {"B10": "=1+1"}), rb"</f><v(?: ?/>|></v>)", b"</f><v>2</v>")
    assert "公式" in refused(forged, here)[FORM, "B10"]
    wrong = refused(filled(here, NUMBERS | {"F10": 161}), here)
    assert "合计应为 0，现为 161" in wrong[FORM, "F10"]
    assert read(filled(here, NUMBERS | {"F10": 0}), here).cells["beneficiaries"]["total"]["value"] == "0"


def replaced(content, old, new):
    """The workbook with something of its first sheet written otherwise."""
    made, done = io.BytesIO(), 0
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:  # fmt: skip
        for name in before.namelist():
            part = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part, done = re.subn(old, new, part)
            after.writestr(name, part)
    assert done
    return made.getvalue()


def test_a_blank_has_a_status_and_a_reason_and_nought_is_no_blank(nation):
    here, who = here_of(nation), nation.who["yanshan"]
    typed = {one: value for one, value in NUMBERS.items() if one not in ("C12", "D12")}
    lines = {cell.address: number for number, cell in template(here).reasons}
    said = {f"D{lines['C12']}": "缺数", f"E{lines['C12']}": "尚未抄表", f"D{lines['D12']}": "不适用",
            f"E{lines['D12']}": "无其他用户", f"E{lines['F12']}": "分项缺数", f"D{lines['B11']}": "估算"}  # fmt: skip
    version = bring_return(
        viewer=who.clerk, here=here, content=filled(here, typed, sheets={REASONS: said}), begun_from=0, at=at(DAY)
    )  # fmt: skip
    energy = version.cells["energy"]
    assert energy["firms"] == {"status": "M", "source": "entered", "why": "尚未抄表"}
    assert energy["others"] == {"status": "N", "source": "entered", "why": "无其他用户"}
    assert energy["total"] == {"status": "M", "source": "entered", "why": "分项缺数"}  # not 0 + 0
    assert version.cells["saved"]["residents"]["status"] == "E"
    assert version.cells["beneficiaries"]["residents"]["value"] == "0"
    silent = bring_return(viewer=who.clerk, here=here, content=filled(here, typed), begun_from=1, at=at(DAY))
    with pytest.raises(
        BlankWithoutReason, match="missing"
    ):  # as from the page: a draft may wait, a review does not
        filing.review(viewer=who.officer, version=silent, at=at(DAY))


def test_a_status_that_does_not_fit_its_cell_is_named(nation):
    here = here_of(nation)
    lines = {cell.address: number for number, cell in template(here).reasons}
    del_c12 = {one: value for one, value in NUMBERS.items() if one != "C12"}
    wrong = refused(
        filled(here, del_c12, sheets={REASONS: {f"D{lines['B10']}": "缺数", f"D{lines['D10']}": "大概", f"D{lines['C12']}": "估算"}}),
        here,
    )  # fmt: skip
    assert "已填“0”，状态却是“缺数”" in wrong[REASONS, f"D{lines['B10']}"]
    assert "“大概”不在状态列表中" in wrong[REASONS, f"D{lines['D10']}"]


def test_days_and_texts_of_a_plan(nation):
    """通知/1(5): a plan names the office, the person and the day of each task."""
    here = here_of(nation, "supplier", "plan", "once", "2021-05-10")
    book = {"B9": "营销部", "C9": "王工", "D9": "2021年12月31日"}
    found = read(filled(here, book), here)
    assert {column: cell["value"] for column, cell in found.cells["附件1/1"].items()} == {
        "office": "营销部", "person": "王工", "due": "2021-12-31",
    }  # fmt: skip
    wrong = refused(filled(here, book | {"D9": "年底", "D10": "2021-02-30", "B10": "字" * 501}), here)
    assert "不是日期" in wrong[FORM, "D9"]
    assert "不是日期" in wrong[FORM, "D10"]
    assert "超过 500 个字" in wrong[FORM, "B10"]


@settings(
    max_examples=15, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    values=st.lists(
        st.tuples(
            st.sampled_from(sorted(NUMBERS)),
            st.decimals(min_value=0, max_value=100_000_000, places=4),
            st.sampled_from(["figure", "text", "wide"]),
        ),
        max_size=16, unique_by=lambda one: one[0],
    )
)  # fmt: skip
def test_whatever_numbers_are_typed_are_read_as_they_are(nation, values):
    here = here_of(nation)
    typed, wanted = {}, {}
    for address, number, how in values:
        value = number.to_integral_value() if address.endswith("10") else number
        said = f"{value:f}"
        typed[address] = value if how == "figure" else said if how == "text" else said.translate(WIDE)
        wanted[address] = value
    found = read(filled(here, typed), here)
    places = {cell.address: cell for cell in template(here).cells}
    kept = {
        address: Decimal(found.cells[cell.row][cell.column]["value"])
        for address, cell in places.items()
        if not cell.is_sum and cell.column in found.cells.get(cell.row, {})
    }
    assert kept == wanted
    for row in ROWS:
        parts = [wanted.get(f"{column}{row}") for column in "BCDE"]
        total = found.cells.get(places[f"F{row}"].row, {}).get("total")
        if None in parts:
            assert total is None  # a missing part is no nought
        else:
            assert Decimal(total["value"]) == sum(parts)


ODD = st.one_of(
    st.sampled_from(["#DIV/0!", "=SUM(B10:B11)", "=1/0", "TRUE", "_x000D_", "1e400", "9" * 400, "'=1", "\t", "‮12", ""]),
    st.booleans(), st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False),
    st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31)), st.times(), st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=40),
)  # fmt: skip


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    typed=st.dictionaries(
        st.tuples(st.sampled_from([FORM, REASONS, BELOW, CHECKS]), st.sampled_from("ABCDEFH"), st.integers(1, 30)),
        ODD, max_size=12,
    )
)  # fmt: skip
def test_whatever_is_typed_anywhere_is_read_or_refused_in_words(nation, typed):
    here = here_of(nation, "city")  # the template of a prefecture has every sheet
    sheets = {}
    for (sheet, column, row), value in typed.items():
        if not (sheet == FORM and row in (2, 8, 9)):  # which openpyxl does not write to: merged
            sheets.setdefault(sheet, {})[f"{column}{row}"] = value
    assert said_of(filled(here, {}, sheets=sheets), here)
    assert not ReturnVersion.objects.exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 9_999), st.integers(0, 255)), min_size=1, max_size=6), st.integers(1, 10_000)
)  # fmt: skip
def test_a_file_that_was_damaged_is_read_or_refused_in_words(nation, changed, kept):
    """Bytes at ten-thousandths of its length are others, and its end is missing."""
    here = here_of(nation)
    content = bytearray(filled(here, NUMBERS))
    for place, value in changed:
        content[place * len(content) // 10_000] = value
    assert said_of(bytes(content[: kept * len(content) // 10_000]), here)


def said_of(content, here):
    """What is said of a file: that its cells are as the action takes them, or why not. Anything else is raised."""
    try:
        filing.checked_cells(here.form, here.organisation, read(content, here).cells)
    except Refusal as told:
        return told.words.zh and told.words.en
    return "taken"


WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


# ------------------------------------------------------------- what is no template of this return
def test_the_template_of_another_office_period_form_or_layout_is_refused(nation):
    here = here_of(nation)
    with pytest.raises(OtherTemplate) as told:
        read(filled(here_of(nation, "qixing"), NUMBERS), here)
    assert "填报单位为“QXQ”，应为“YSQ”" in told.value.words.zh
    with pytest.raises(OtherTemplate, match="2021"):
        read(filled(here_of(nation, period="2021", day="2022-01-10"), NUMBERS), here)
    with pytest.raises(OtherTemplate, match="annex-2"):
        read(filled(here_of(nation, form="annex-2"), {}), here)
    with pytest.raises(OtherTemplate) as told:
        read(filled(here, NUMBERS | {"G1": "0" * 16}), here)
    assert "表式已修订" in told.value.words.zh


def test_moved_rows_and_what_stands_beside_the_form_are_named(nation):
    here = here_of(nation)
    wrong = refused(
        filled(here, NUMBERS | {"A10": "节省投资(万元)", "A11": "受益户数(户)", "H12": 5, "C20": 1}), here
    )
    assert "应为“受益户数(户)”，现为“节省投资(万元)”" in wrong[FORM, "A10"]
    assert {(FORM, "A11"), (FORM, "H12"), (FORM, "C20")} <= wrong.keys()
    merged = refused(filled(here, {}, change=lambda book: book[FORM].merge_cells("B10:C10")), here)
    assert "合并单元格" in merged[FORM, "B10"]
    other = refused(filled(here, NUMBERS, change=lambda book: book.create_sheet("附").append([1])), here)
    assert ("附", "") in other


def test_foreign_files_are_refused_in_words(nation):
    here = here_of(nation)
    foreign = io.BytesIO()
    book = Workbook()
    book.active.append(["受益户数", 1])
    book.save(foreign)
    with pytest.raises(NotATemplate):
        read(foreign.getvalue(), here)
    with pytest.raises(NotASpreadsheet):
        read(b"a,b\n1,2\n", here)
    with pytest.raises(NotASpreadsheet):
        read(b"", here)
    with pytest.raises(FormatNotRead, match="xls"):  # an old workbook renamed, or one with a password
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, here)
    good = filled(here, NUMBERS)
    with pytest.raises(NotASpreadsheet):
        read(good[: len(good) // 2], here)
    with_macro = io.BytesIO(good)
    with zipfile.ZipFile(with_macro, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    with pytest.raises(FormatNotRead, match="macros"):
        read(with_macro.getvalue(), here)
    bomb = io.BytesIO(good)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * (65 << 20))
    with pytest.raises(WorkbookTooPacked):
        read(bomb.getvalue(), here)


def test_180_000_rows_are_no_template(nation):
    here = here_of(nation)
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(200, 180_000))
    with pytest.raises(TemplateHasMoreRows):
        read(replaced(filled(here, NUMBERS), b"</sheetData>", rows + b"</sheetData>"), here)


# ------------------------------------------------------------- through the same door as the page
def test_it_becomes_a_draft_that_is_reviewed_and_filed(nation):
    who, here = nation.who["yanshan"], here_of(nation)
    content = filled(here, NUMBERS | {"B10": 12})
    version = bring_return(viewer=who.clerk, here=here, content=content, begun_from=0, at=at(DAY))
    filing.review(viewer=who.officer, version=version, at=at(DAY))
    filing.submit(viewer=who.officer, version=version, at=at(DAY))
    assert here_of(nation).state == "submitted"
    with pytest.raises(ChangedMeanwhile):
        bring_return(
            viewer=nation.who["qixing"].clerk, here=here_of(nation, "qixing"),
            content=filled(here_of(nation, "qixing"), NUMBERS), begun_from=3, at=at(DAY),
        )  # fmt: skip


def test_whom_it_is_filed_to_enters_it_for_an_office_without_tongdian(nation):
    for name in ("clerk", "officer"):  # nobody of the county is here any more
        Membership.objects.filter(account=getattr(nation.who["yanshan"], name)).delete()
    here = here_of(nation)
    version = bring_return(
        viewer=nation.who["city"].clerk, here=here, content=filled(here, NUMBERS), begun_from=0, at=at(DAY)
    )  # fmt: skip
    assert (version.organisation, version.by) == (nation.yanshan, nation.who["city"].clerk)


def test_what_was_added_up_from_below_keeps_saying_so_and_the_missing_are_named(nation):
    form = annex_3(nation)
    accepted(nation, "city", filed(nation, "qixing", "annex-3", H1, cells_of(form, **benefits(5)), DAY), DAY)
    here = here_of(nation, "city")
    content = filled(here, {"C10": 1}, sheets={BELOW: {"C3": "系统未上线"}})
    found = read(content, here)
    cells = found.cells["beneficiaries"]
    assert (cells["residents"]["value"], cells["residents"]["source"]) == ("5", "below")
    assert (cells["firms"]["value"], cells["firms"]["source"]) == ("1", "entered")
    assert cells["total"]["value"] == "6"  # 5 + 1 + 0 + 0
    assert found.absent == [{"organisation": "YSQ", "why": "系统未上线"}]


def test_english_templates_are_read_too(nation):
    here = here_of(nation)
    assert read(filled(here, NUMBERS | {"B10": 7}, language="en"), here).cells["beneficiaries"]["total"]["value"] == "7"  # fmt: skip
