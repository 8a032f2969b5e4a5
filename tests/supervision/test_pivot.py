"""Figures laid out as somebody asks: what adds up is added up, and nothing else; a share is reckoned anew; what one
return lacks the sum lacks; a view is an address that is kept under a name, for oneself or the office."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.supervision.conftest import accepted, benefits, cells_of, filed
from tests.supervision.test_counting import counted, shops  # noqa: F401  a fixture
from tests.supervision.test_filings import annex_3
from tests.supervision.test_pages import page
from tongdian.allowed import NotAllowed
from tongdian.policy.measures import Histogram
from tongdian.registers.models import SavedView
from tongdian.registers.views import ViewNameTaken, ViewNeedsAName, rename_view, save_view
from tongdian.supervision.actions.views import drop_office_view, rename_office_view, share_view
from tongdian.supervision.models import OfficeView
from tongdian.supervision.queries.pivoting import MEASURES, PivotFact, PivotShape, PivotTable

OF = "supervision-pivot"


def fact(county, kept, late=0, *, period="2026-H1", indicator="i"):
    """Cases that took a day and kept their limit, and others that took nine and did not."""
    histogram = Histogram({1: kept, 9: late} if kept or late else {}, {1: kept} if kept else {})
    of = {"county": county, "prefecture": f"{county[:4]}00", "province": f"{county[:2]}0000", "period": period,
          "indicator": indicator}  # fmt: skip
    return PivotFact(of, histogram)


def laid(facts, *rows, columns="", measure="share", place="", **chosen):
    return PivotTable(PivotShape(rows, columns, measure, chosen, place), facts)


def test_a_share_of_two_counties_is_of_their_cases_and_no_average_of_their_shares():
    table = laid([fact("450305", 1, 0), fact("450311", 1, 8)], "county")
    # 1 of 1 and 1 of 9: together 2 of 10; the average of 100 % and 11.11 % would be 55.56 %
    assert table.cell(("450311",), "").value == Decimal("11.1100")
    assert table.cell(None, "").value == 20
    assert laid([fact("450305", 1, 0), fact("450311", 1, 8)], "prefecture").cell(("450300",), "").value == 20


def test_percentiles_are_those_of_all_cases_together():
    facts = [fact("450305", 9, 0), fact("450311", 0, 1)]
    assert laid(facts, "county", measure="p90").cell(None, "").value == 1  # nine of ten took a day
    assert laid(facts, "county", measure="longest").cell(None, "").value == 9


def test_periods_and_indicators_are_never_added_up():
    facts = [fact("450305", 1, period="2026-H1"), fact("450305", 2, period="2026")]
    table = laid(facts, "county", measure="cases", period="2026-H1")
    assert table.cell(("450305",), "").value == 1
    by_period = laid(facts, "period", columns="county", measure="cases")
    assert (by_period.adds_down, by_period.adds_across) == (False, True)
    assert [by_period.cell((one,), None).value for one in ("2026-H1", "2026")] == [1, 2]
    assert not laid(facts, "county", columns="period", measure="cases").adds_across


def test_where_nothing_is_judged_there_is_no_share_and_where_nothing_was_kept_no_cell():
    table = laid([fact("450305", 0), fact("450311", 1, indicator="j")], "county", columns="indicator")
    assert table.cell(("450305",), "i").value is None
    assert table.cell(("450305",), "j") is None


def test_a_place_narrows_what_is_added_up():
    facts = [fact("450305", 1), fact("440303", 1)]
    assert laid(facts, "county", measure="cases", place="45").rows == [("450305",)]


@given(st.lists(st.tuples(st.sampled_from(["450305", "450311", "440303"]), st.integers(0, 9), st.integers(0, 9)),
                min_size=1, max_size=12), st.sampled_from(sorted(MEASURES)))  # fmt: skip
def test_whatever_way_it_is_laid_out_the_whole_is_the_same(several, measure):
    facts = [fact(county, kept, late) for county, kept, late in several]
    wholes = {
        laid(facts, *rows, columns=columns, measure=measure).cell(None, None).value
        for rows, columns in ((("county",), ""), (("province",), "county"), (("prefecture", "county"), ""))
    }
    kept, late = sum(one[1] for one in several), sum(one[2] for one in several)
    assert len(wholes) == 1
    if measure == "share":
        assert wholes == {None if not kept + late else Histogram({1: kept, 9: late}, {1: kept}).share() * 100}


def figure(office, value, *, is_estimated=False):
    of = {"office": office, "county": "450300", "prefecture": "450300", "province": "450000", "period": "2021-H1",
          "line": "saved", "item": "firms"}  # fmt: skip
    return PivotFact(of, None if value is None else Decimal(value), is_estimated)


def test_a_sum_of_which_a_part_is_missing_is_none_and_says_how_many():
    table = laid([figure("A", "1.5"), figure("B", None), figure("C", "0", is_estimated=True)], "office")
    assert table.cell(("C",), "").value == 0  # nothing is another thing than missing
    whole = table.cell(None, "")
    assert (whole.value, whole.lacking, whole.is_estimated) == (None, 1, True)
    assert laid([figure("A", "1.5"), figure("C", "2")], "office").cell(None, "").value == Decimal("3.5")


# ------------------------------------------------------------- the page
@pytest.fixture
def both(nation):
    """Both counties' half-year of 2021, accepted by their city; what Yanshan's residents saved is not known."""
    known = cells_of(annex_3(nation), **benefits(30, 5))
    lacking = cells_of(annex_3(nation), **benefits(12, 3))
    for column in ("residents", "total"):
        lacking["saved"][column] = {"value": "", "status": "M", "why": "尚未统计"}
    for name, cells in (("qixing", known), ("yanshan", lacking)):
        accepted(nation, "city", filed(nation, name, "annex-3", "2021-H1", cells, "2021-07-05"), "2021-07-06")


FORM = "/supervision/pivot/?office=GLS&as_of=2021-07-16&of=annex-3"


def rows_of(client, who, address, rest=""):
    client.force_login(who)
    query = address.partition("?")[2]
    reply = client.post(
        f"/supervision/pivot/export/?{query}{rest}", {"as": "csv"}, headers={"accept-language": "zh-hans"}
    )
    return list(csv.reader(io.StringIO(reply.getvalue().decode("utf-8-sig"))))


def test_a_city_lays_out_its_counties_by_class_and_a_missing_figure_is_no_zero(nation, both, client):
    rows = rows_of(client, nation.who["city"].officer, FORM, "&line=beneficiaries")
    # 30 and 12 residents, 5 and 3 firms
    assert ["合计", "42", "8"] in [row[:3] for row in rows]
    saved = rows_of(client, nation.who["city"].officer, FORM, "&line=saved")
    assert next(row for row in saved if row[0] == "雁山区电力主管部门")[1] == ""
    assert next(row for row in saved if row[0] == "合计")[1] == ""
    assert ["合计", "居民用户", "1 份报表缺数"] in saved
    shown = page(client, nation.who["city"].officer, f"{FORM}&line=saved")
    assert "1 份缺数" in shown


def test_a_county_lays_out_what_was_counted_from_its_cases(nation, shops, client):  # noqa: F811
    counted(nation)
    address = "/supervision/pivot/?office=YSQ&rows=indicator&columns=county&measure=cases"
    rows = rows_of(client, nation.who["yanshan"].officer, address)
    assert any(row[:1] == ["指标3 未实行“三零”的低压非居民用户"] for row in rows)
    assert "指标3" in page(client, nation.who["yanshan"].officer, address)


def test_another_office_does_not_lay_out_the_figures_of_the_city(nation, both, client):
    said = page(client, nation.who["qixing"].officer, FORM)
    assert "雁山区电力主管部门" not in said


@pytest.mark.parametrize(
    "odd", ["?of=x", "?rows=x&rows2=x&columns=x", "?place=45%27", "?measure=x", "?of=annex-2&line=x", "?rows=county&rows2=county&columns=county"]
)  # fmt: skip
def test_odd_layouts_are_answered_with_a_page(nation, client, odd):
    page(client, nation.who["city"].officer, f"/supervision/pivot/{odd}")


# ------------------------------------------------------------- views
def test_a_view_of_one_s_own_is_kept_renamed_and_dropped_on_the_page(nation, both, client):
    client.force_login(nation.who["city"].officer)
    there = "/supervision/pivot/views/?office=GLS&of=annex-3&rows=office&columns=item&line=saved"
    client.post(there, {"deed": "save", "name": "节省投资"})
    view = SavedView.objects.get(of=OF)
    assert "line=saved" in view.query
    assert "as_of" not in view.query  # on another day it shows that day's figures
    assert "节省投资" in page(client, nation.who["city"].officer, "/supervision/pivot/?office=GLS")
    client.post(there, {"deed": "rename", "view": str(view.pk), "name": "投资"})
    assert SavedView.objects.get(of=OF).name == "投资"
    client.post(there, {"deed": "forget", "view": str(view.pk)})
    assert not SavedView.objects.filter(of=OF).exists()


def test_a_view_is_shared_with_the_office_and_with_nobody_else(nation, client):
    there = "/supervision/pivot/views/?office=GLS&rows=indicator&columns=period"
    client.force_login(nation.who["city"].clerk)
    client.post(there, {"deed": "save", "name": "全市", "whose": "office"})
    assert "全市" in page(client, nation.who["city"].officer, "/supervision/pivot/?office=GLS")
    assert "全市" not in page(client, nation.who["yanshan"].officer, "/supervision/pivot/?office=YSQ")


def test_who_does_not_fill_in_for_an_office_shares_renames_and_drops_nothing_of_it(nation):
    stranger, clerk = nation.who["yanshan"].clerk, nation.who["city"].clerk
    with pytest.raises(NotAllowed):
        share_view(viewer=stranger, organisation=nation.city, of=OF, name="全市", query="")
    view = share_view(viewer=clerk, organisation=nation.city, of=OF, name="全市", query="")
    with pytest.raises(NotAllowed):
        rename_office_view(viewer=stranger, view=view.pk, name="别名")
    with pytest.raises(NotAllowed):
        drop_office_view(viewer=stranger, view=view.pk)
    rename_office_view(viewer=clerk, view=view.pk, name="本市")
    assert OfficeView.objects.get(pk=view.pk).name == "本市"
    drop_office_view(viewer=clerk, view=view.pk)
    assert not OfficeView.objects.exists()


def test_a_view_has_a_name_of_its_own(nation):
    clerk = nation.who["city"].clerk
    first = share_view(viewer=clerk, organisation=nation.city, of=OF, name="全市", query="")
    with pytest.raises(ViewNameTaken):
        share_view(viewer=clerk, organisation=nation.city, of=OF, name=" 全市 ", query="a=1")
    with pytest.raises(ViewNeedsAName):
        rename_office_view(viewer=clerk, view=first.pk, name="  ")
    own, other = (save_view(viewer=clerk, of=OF, name=name, query="") for name in ("甲", "乙"))
    with pytest.raises(ViewNameTaken):
        rename_view(viewer=clerk, view=other.pk, name="甲")
    rename_view(viewer=nation.who["city"].officer, view=own.pk, name="丙")  # is nobody else's
    assert {one.name for one in SavedView.objects.filter(of=OF)} == {"甲", "乙"}
