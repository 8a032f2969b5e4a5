"""A template is filled in and given to a run as it is."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from tests.bulk.conftest import ON, table, totals
from tongdian.bulk import measure
from tongdian.bulk.rating import sheet_of
from tongdian.bulk.refusals import TemplateThere
from tongdian.bulk.templates import write_templates
from tongdian.policy import load_pack


def fill(file, rows) -> None:
    """Rows below the headings and the notes, as a clerk types them."""
    if file.suffix == ".csv":
        with file.open("a", encoding="utf-8") as lines:
            lines.writelines(",".join(map(str, row)) + "\n" for row in rows)
        return
    book = openpyxl.load_workbook(file)
    for row in rows:
        book.active.append(row)
    book.save(file)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_filled_in_template_is_rated_as_it_is(pack, bill, tmp_path, form, language):
    rule, sheet = sheet_of(pack, "bill", on=ON)
    bills, segments = write_templates(rule, sheet, tmp_path / "t", form=form, language=language)
    assert (bills.name, segments.name) == (f"bill.{form}", f"segment.{form}")
    fill(bills, [["A-1", "shop", 3, "true"]])
    fill(segments, [["A-1", "2026-01-05", "10.00", "2026-01-09"]])
    run = bill(bills, segments)
    assert run.refused == 0
    assert totals(tmp_path / "out") == {"A-1": "8.00"}  # 10 × 0.80


def test_headings_and_choices_of_a_template_are_the_pack_s_own_words(tmp_path):
    """The national measure: 报装业务 is its case, and a filled-in template is measured unchanged."""
    pack, on = load_pack("policies/nea-2021-37"), date(2022, 12, 31)
    rule, sheet = sheet_of(pack, "connection-time", on=on)
    files = {one.stem: one for one in write_templates(rule, sheet, tmp_path / "t", language="zh")}
    assert set(files) == {grain.name for grain in sheet.read}
    page = openpyxl.load_workbook(files["case"]).active
    headings = [cell.value for cell in page[1]]
    assert headings[0] == "报装业务"
    assert page["A2"].value.startswith("※")
    said = {
        "报装业务": "C-1",
        "地区": "450302",
        "用户类别": "residential",
        "报装申请日": "2022-06-01",
        "结束日": "2022-06-08",
        "结束方式": "办结",
    }
    fill(files["case"], [[said.get(one) for one in headings]])
    fill(
        files["visit"],
        [
            ["C-1", 1, "业务受理", "2022-06-01", "2022-06-01"],
            ["C-1", 2, "施工接电", "2022-06-01", "2022-06-08"],
        ],
    )
    measured = measure(pack, "connection-time", files, by=[], out=tmp_path / "out", on=on)
    assert measured.refused == ()
    assert [row["cases"] for row in table(tmp_path / "out/measures.csv")] == ["1"]


def test_a_title_that_two_columns_share_is_no_heading(pack, tmp_path):
    """Then both keep the names of the sheet, which are never the same."""
    from tongdian.bulk.templates import template_columns
    from tongdian.policy.words import Words

    rule, sheet = sheet_of(pack, "bill", on=ON)
    rule = rule.model_copy(
        update={"titles": {"start": Words("日期", "day"), "paid_on": Words("日期", "day")}}
    )
    [_, segment] = sheet.read
    names = [one.heading for one in template_columns(rule, sheet, segment, language="zh")]
    assert {"start", "paid_on"} <= set(names)


def test_what_somebody_may_have_filled_in_is_never_replaced(pack, tmp_path):
    rule, sheet = sheet_of(pack, "bill", on=ON)
    list(write_templates(rule, sheet, tmp_path, form="csv"))
    before = (tmp_path / "bill.csv").read_bytes()
    with pytest.raises(TemplateThere):
        list(write_templates(rule, sheet, tmp_path, form="csv"))
    assert (tmp_path / "bill.csv").read_bytes() == before
