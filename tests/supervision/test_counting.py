"""A county's half-year from its cases, through its city, to the return; and back to the case that is late."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from tests.cases.test_measured import close, hand_in_all
from tests.supervision.conftest import accepted, at, d
from tongdian.bulk.intake import RefusedRow
from tongdian.cases import actions as cases
from tongdian.policy.measures import Histogram
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.actions import choose_interpretation
from tongdian.supervision.actions import counting, filing
from tongdian.supervision.queries import filings, tasks
from tongdian.supervision.queries.counting import refused_as_kept, results_of
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.refusing import EvidenceMissing, NotATask, NotATaskOfTheOffice
from tongdian.supervision.rules import TaskStanding

H1 = "2026-H1"


@pytest.fixture
def shops(nation):
    """As `opened_shops`."""
    return opened_shops(nation)


def opened_shops(nation):
    """Three shops of low voltage in Yanshan applied on 2 March 2026: metered on the 18th (6 working days of the
    supplier), on the 19th (7, a day late), and one that waits."""
    clerk = nation.who["supplier"].clerk
    found = []
    for metered in ("2026-03-18", "2026-03-19", None):
        case = cases.open_case(
            viewer=clerk, organisation=nation.supplier, pack="nea-2021-37", process="low-voltage-connection",
            customer=None, place=None, facts={"capacity": "120"}, at=at("2026-03-02"),
        )  # fmt: skip
        found.append(case)
        if metered:
            hand_in_all(case)
            days = ("2026-03-03", "2026-03-06", "2026-03-16", metered)
            for stage, day in zip(("accept", "reply", "works", "meter"), days, strict=True):
                close(case, clerk, stage, day)
    return found


def counted(nation, name="yanshan", form="annex-2", day="2026-07-02"):
    return counting.count_cases(
        viewer=nation.who[name].clerk, organisation=getattr(nation, name), form=form, period=H1, at=at(day)
    )


def here(nation, name="yanshan", form="annex-2", day="2026-07-02", period=H1):
    return filings.standing(
        filing.form_for(getattr(nation, name), form, d(day)), getattr(nation, name), period, as_of=d(day)
    )


def test_a_county_counts_its_indicators_and_names_the_late_case(nation, shops):
    kept = counted(nation)
    form = filing.form_for(nation.yanshan, "annex-2", d("2026-07-02"))
    found = {one.rule.rule: one for one in results_of(form.pack, kept)}
    third = found["indicator-3-1"]
    # at the end of June the one that waits is long beyond its limit: late, and open
    assert (third.whole.total, third.whole.total_within, third.whole.late_open) == (3, 1, 1)
    assert third.verdict == "not_met"
    assert {one["case"] for one in third.late} == {shops[1].number, shops[2].number}
    said = {one["case"]: (one["limit"], one["is_open"], one["stages"]) for one in third.late}
    # 3 days where 2 are given, and 82 to the end of June where 1 is
    assert said[shops[1].number] == (6, False, [["装表接电", "Meter and power", 3, 2]])
    assert said[shops[2].number] == (6, True, [["业务受理", "Acceptance", 82, 1]])
    assert list(third.regions) == ["450311"]
    assert "indicator-6-1" not in kept.late


def test_a_case_that_is_undecided_is_named_with_its_stage_and_reached_from_the_list(nation, shops, client):
    """On 3 March, a working day after they applied, nobody is late and nothing is known of the shops yet."""
    kept = counted(nation, day="2026-03-03")
    form = filing.form_for(nation.yanshan, "annex-2", d("2026-03-03"))
    third = next(one for one in results_of(form.pack, kept) if one.rule.rule == "indicator-3-1")
    assert (third.verdict, third.whole.undecided) == ("open", 3)
    assert {one["case"] for one in third.undecided} == {one.number for one in shops}
    client.force_login(nation.who["yanshan"].clerk)
    asked = "office=YSQ&period=2026-H1"
    listed = client.get(f"/supervision/indicators/?{asked}").content.decode()
    assert f"/supervision/indicators/indicator-3-1/?{asked}#undecided".replace("&", "&amp;") in listed
    page = client.get(f"/supervision/indicators/indicator-3-1/?{asked}").content.decode()
    assert all(f'<a href="/cases/{one.number}/">' in page for one in shops)
    assert "在办" in page


def test_the_same_cases_are_not_counted_twice_and_another_district_has_none(nation, shops):
    assert counted(nation).pk == counted(nation).pk
    other = counted(nation, "qixing")
    assert all(not places for places in other.indicators.values())
    assert counted(nation, "city").indicators == counted(nation).indicators


def test_what_is_read_otherwise_is_counted_anew(nation, shops, viewer):
    """The cases are the same; the rule is not: figures of the old reading would stand as those of the new."""
    before = counted(nation)
    choose_interpretation(
        pack=rulebook.pack("nea-2021-37"), interpretation="year-end-deadline", option="after_deadline",
        reason="与派出机构商定", by=viewer("administrator", "reader"), at=at("2026-07-02"),
    )  # fmt: skip
    after = counted(nation)
    assert after.pk != before.pk
    assert after.hash != before.hash


def test_a_standard_is_done_in_a_county_only_when_every_case_keeps_it(nation, shops):
    counted(nation)
    cells = proposed(here(nation), as_of=d("2026-07-02"))
    low = cells["附件2-2/3(1)"]
    assert (low["due_areas"]["value"], low["done_areas"]["value"], low["reason"]["value"]) == (
        "1",
        "0",
        "2 件未达标",
    )
    # no case of that kind in the half-year: there was nothing to do, and nothing is claimed
    none = cells["附件2-2/5(1)"]
    assert (none["due_areas"]["value"], none["done_areas"]["value"]) == ("0", "0")
    # 30 is asked of the province: of a county nothing is due
    assert (cells["附件2-2/30(1)"]["due_areas"]["value"], cells["附件2-2/30(1)"]["done_areas"]["value"]) == (
        "0",
        "0",
    )
    # 31 is the suppliers': due, and open until they, or the county, say so with a paper
    assert "done_areas" not in cells["附件2-2/31(2)"]
    attested(nation, "supplier", "附件2-2/31(2)", "2026-05-01")
    assert proposed(here(nation), as_of=d("2026-07-02"))["附件2-2/31(2)"]["done_areas"]["value"] == "1"


def attested(nation, name, clause, on):
    counting.report_task(
        viewer=nation.who[name].clerk, organisation=getattr(nation, name), clause=clause, state="done", on=d(on),
        text="已完成", paper="〔2021〕3号", at=at("2026-07-02"),
    )  # fmt: skip


def test_a_standard_with_a_day_is_not_done_by_what_came_later(nation, shops):
    # 31(1): the supplier's plan by 15 May 2021
    attested(nation, "supplier", "附件2-2/31(1)", "2021-05-16")
    late = proposed(here(nation), as_of=d("2026-07-02"))["附件2-2/31(1)"]
    assert (late["done_areas"]["value"], late["reason"]["value"]) == (
        "0",
        "2021-05-16 才完成，晚于 2021-05-15",
    )


def test_what_is_asked_of_the_province_is_its_own_and_no_sum(nation):
    attested(nation, "province", "附件2-2/30(1)", "2021-04-20")
    cells = proposed(here(nation, "province"), as_of=d("2026-07-02"))
    assert (cells["附件2-2/30(1)"]["due_areas"]["value"], cells["附件2-2/30(1)"]["done_areas"]["value"]) == (
        "1",
        "1",
    )
    with pytest.raises(NotATaskOfTheOffice):
        attested(nation, "yanshan", "附件2-2/31(1)", "2021-05-01")  # the supplier's plan


def test_problems_and_practices_reach_the_offices_above(nation):
    said(nation, "附件1/17", "problem", "2021-06-01", name="yanshan")
    said(nation, "附件1/57", "practice", "2021-06-02", name="city")
    form = filing.form_for(nation.province, "plan", d("2021-06-03"))
    for above in ("city", "province", "nea", "regional"):
        rows = tasks.reports_from_below(getattr(nation, above), form.pack, as_of=d("2021-06-03"))
        assert "附件1/17" in {one.clause for one in rows}, above
    assert tasks.reports_from_below(nation.qixing, form.pack, as_of=d("2021-06-03")) == []
    said(nation, "附件1/17", "going", "2021-06-04", name="yanshan")  # it stands no more
    rows = tasks.reports_from_below(nation.province, form.pack, as_of=d("2021-06-04"))
    assert [one.clause for one in rows] == ["附件1/57"]


def test_annex_3_adds_up_what_the_grid_paid_in_ten_thousand_yuan(nation, shops):
    counted(nation)
    cells = proposed(here(nation, form="annex-3"), as_of=d("2026-07-02"))
    # the shops are of low voltage outside three-zero: “其他用户” is printed under three-zero and is not theirs
    assert cells["beneficiaries"]["residents"] == {"value": "0", "status": "A", "source": "cases"}
    assert [cells["beneficiaries"][one]["value"] for one in ("firms", "others", "savings", "total")] == [
        "0"
    ] * 4
    assert cells["capacity"]["total"]["status"] == "E"  # kW taken for kVA: the sum of estimates is one
    said = cells["beneficiaries"]["total"]["why"]
    assert said.startswith("另有 2 件未计入：未实行“三零”服务的低压非居民用户")


def test_what_was_applied_for_later_is_no_case_of_a_past_day(nation, shops):
    early = counting.count_cases(
        viewer=nation.who["yanshan"].clerk,
        organisation=nation.yanshan,
        form="annex-2",
        period="2025",
        at=at("2026-07-02"),
    )
    assert early.refused == {}
    assert all(not places for places in early.indicators.values())


def test_a_row_that_nobody_can_judge_leaves_the_verdict_open():
    assert Histogram({5: 2}, {5: 2}).verdict() == "met"
    assert Histogram({5: 2}, {5: 2}).verdict(1) == "open"
    assert Histogram({5: 2}, {5: 2}, undecided=1).verdict() == "open"
    assert Histogram({5: 2, 6: 1}, {5: 2}).verdict(1) == "not_met"
    assert Histogram(exempt=3).verdict() == "none"


def test_a_city_s_figures_are_the_sum_of_its_counties(nation, shops):
    for name in ("yanshan", "qixing"):
        counted(nation, name)
        cells = proposed(here(nation, name), as_of=d("2026-07-02"))
        for row in cells.values():
            row.setdefault("done_areas", {"value": "0"})
            if row["done_areas"]["value"] < row["due_areas"]["value"]:
                row["reason"] = {"value": "尚未取得凭证"}
        who = nation.who[name]
        version = filing.fill_in(
            viewer=who.clerk, organisation=getattr(nation, name), form="annex-2", period=H1, cells=cells,
            at=at("2026-07-02"),
        )  # fmt: skip
        filing.review(viewer=who.officer, version=version, at=at("2026-07-03"))
        filing.submit(viewer=who.officer, version=version, at=at("2026-07-03"))
        accepted(nation, "city", version, "2026-07-04")
    cells = proposed(here(nation, "city", day="2026-07-05"), as_of=d("2026-07-05"))
    # Yanshan has two late shops, Qixing no case of that kind: none of one area
    assert (cells["附件2-2/3(1)"]["due_areas"], cells["附件2-2/3(1)"]["done_areas"]["value"]) == (
        {"value": "1", "status": "A", "source": "below"}, "0",
    )  # fmt: skip
    assert cells["附件2-2/31(2)"]["due_areas"]["value"] == "2"
    assert cells["附件2-2/30(1)"]["due_areas"]["value"] == "0"


# ------------------------------------------------------------- the ledger
def task(nation, clause, day, name="province"):
    form = filing.form_for(getattr(nation, name), "plan", d(day))
    return next(
        t for t in tasks.tasks_of(getattr(nation, name), form.pack, as_of=d(day)) if t.clause.id == clause
    )


def said(nation, clause, state, day, name="province", **more):
    return counting.report_task(
        viewer=nation.who[name].clerk, organisation=getattr(nation, name), clause=clause, state=state, on=d(day),
        text="会议纪要", at=at(day), **more,
    )  # fmt: skip


def test_a_task_is_overdue_the_day_after_its_day_and_done_with_a_paper(nation):
    # task 54: by the end of April 2021
    assert task(nation, "附件1/54", "2021-04-30").standing == TaskStanding.GOING
    assert task(nation, "附件1/54", "2021-05-01").standing == TaskStanding.OVERDUE
    with pytest.raises(EvidenceMissing):
        said(nation, "附件1/54", "done", "2021-05-06")
    said(nation, "附件1/54", "done", "2021-05-06", paper="桂政办发〔2021〕5号")
    assert task(nation, "附件1/54", "2021-05-06").standing == TaskStanding.DONE_LATE
    assert (
        task(nation, "附件1/54", "2021-05-05").standing == TaskStanding.OVERDUE
    )  # as it was seen the day before


def test_what_goes_on_is_not_scored_by_itself(nation):
    assert task(nation, "附件1/40", "2030-01-01").standing == TaskStanding.ONGOING


def test_a_problem_is_reported_upward_and_a_practice_changes_no_standing(nation):
    said(nation, "附件1/17", "problem", "2021-11-01")
    assert task(nation, "附件1/17", "2021-11-30").has_problem
    said(nation, "附件1/17", "done", "2021-11-10", paper="桂发改〔2021〕9号")
    said(nation, "附件1/17", "practice", "2021-11-20")
    one = task(nation, "附件1/17", "2021-11-30")
    assert (one.standing, one.done_on) == (TaskStanding.DONE_LATE, d("2021-11-10"))


def test_a_task_is_that_of_the_offices_that_the_ledger_names(nation):
    with pytest.raises(NotATask):
        said(nation, "附件1/58", "going", "2021-06-01")
    with pytest.raises(NotATaskOfTheOffice):
        said(nation, "附件1/56", "going", "2021-06-01")  # the regional offices'
    said(nation, "附件1/56", "going", "2021-06-01", name="regional")
    said(
        nation, "附件1/17", "going", "2021-06-01", name="yanshan"
    )  # the province's, broken down to its counties
    assert task(nation, "附件1/1", "2021-06-01").leads


# ------------------------------------------------------------- standards of offices that file nothing
def published(nation, clause, by, day="2021-06-20", on="2021-06-10"):
    return counting.report_task(
        viewer=nation.who[by].clerk, organisation=getattr(nation, by), clause=clause, state="done", on=d(on),
        text="已公布", paper="政府网站链接（示例）", at=at(day),
    )  # fmt: skip


def test_what_approval_and_price_departments_publish_is_reported_by_the_county_and_the_province(
    nation, viewer
):
    """20: 各地电力接入工程审批相关部门; 21: 各省级价格主管部门. Neither files a return: who does reports their papers."""
    from tests.supervision.conftest import department

    for kind, name, short, region in (
        ("approval", "雁山区审批局", "SPJ", "450311"), ("price_authority", "自治区物价局", "WJJ", "450000"),
    ):  # fmt: skip
        made = department(kind, name, short, region, parent=nation.nea)
        setattr(nation, short, made)
        nation.who[short] = SimpleNamespace(clerk=viewer("clerk", f"{short}-clerk", at=made))

    def cell(name, row):
        form = filing.form_for(getattr(nation, name), "annex-2", d("2021-07-02"))
        standing = filings.standing(form, getattr(nation, name), "2021-H1", as_of=d("2021-07-02"))
        columns = proposed(standing, as_of=d("2021-07-02")).get(row, {})
        return columns.get("due_areas", {}).get("value"), columns.get("done_areas", {}).get("value")

    assert cell("yanshan", "附件2-2/20(1)") == ("1", None)  # due since the end of 2020, and nobody said so
    published(nation, "附件2-2/20(1)", "SPJ", on="2020-12-20")
    assert cell("yanshan", "附件2-2/20(1)") == ("1", "1")
    assert cell("yanshan", "附件2-2/21(1)") == ("0", "0")  # the province's
    published(nation, "附件2-2/21(1)", "WJJ", on="2020-12-20")
    assert cell("province", "附件2-2/21(1)") == ("1", "1")


def test_a_customer_who_is_served_again_within_the_year_is_one_customer(nation):
    """受益户数 counts 户 (interpretation benefit-counted-once); what the grid paid counts each time."""
    from tests.agreements.conftest import make_customer
    from tongdian.cases.queries.burden import _served_before
    from tongdian.identifiers import uuid7
    from tongdian.network.models import Place

    id_ = uuid7()
    place = Place.objects.create(id=id_, organisation=nation.supplier, region=nation.supplier.region, kind="shop",
                                 code="S1", name="一号", ancestors=[id_], pairs=[])  # fmt: skip
    customer = make_customer(nation.supplier, "U1", "王小明")
    found = []
    for applied, ended in (
        ("2026-01-05", "2026-01-08"),
        ("2026-03-02", "2026-03-05"),
        ("2027-01-04", "2027-01-06"),
    ):
        case = cases.open_case(
            viewer=nation.who["supplier"].clerk, organisation=nation.supplier, pack="nea-2021-37",
            process="low-voltage-connection", customer=customer, place=place, facts={"capacity": "120"}, at=at(applied),
        )  # fmt: skip
        type(case).objects.filter(pk=case.pk).update(ended_on=d(ended), ending="finished")
        case.refresh_from_db()
        found.append(case)
    assert [_served_before(case) for case in found] == [False, True, False]


def test_rows_that_nobody_could_judge_are_named_and_older_counts_stay_readable(nation, shops):
    kept = counted(nation)
    form = filing.form_for(nation.yanshan, "annex-2", d("2026-07-02"))
    rows = [
        RefusedRow(f"GD-{n}", "case", str(n), "class", "x", Words("矛盾", "contradicts")) for n in range(25)
    ]
    for said, listed in ((refused_as_kept(rows), 20), (25, 0)):
        for name in ("indicator-3-1", "connection-time"):  # once by the rule that judges
            kept.refused = {name: said}
            found = {one.rule.rule: one for one in results_of(form.pack, kept)}
            assert (found["indicator-3-1"].refused, len(found["indicator-3-1"].refused_rows)) == (25, listed)
            assert found["indicator-4-1"].refused == (25 if name == "connection-time" else 0)


def test_energy_sold_is_what_was_metered_since_energisation_and_says_who_was_not_read(nation, shops, viewer):
    """附件3/行3 增加售电量(万千瓦时), by the readings of each case's own meter since it was fitted. The shops are
    counted under three savings by the wider reading of 附件3/列4."""
    from tongdian.metering.actions.readings import read_meter
    from tongdian.metering.models import MeterInstallation

    choose_interpretation(
        pack=rulebook.pack("nea-2021-37"), interpretation="benefit-three-savings", option="everyone_else",
        reason="与派出机构商定", by=viewer("administrator", "reader"), at=at("2026-07-01"),
    )  # fmt: skip
    first, second = (
        row.meter for row in MeterInstallation.objects.select_related("meter").order_by("in_place")
    )

    def read(meter, day, value):
        read_meter(
            viewer=nation.who["supplier"].clerk, meter=meter, on=d(day), value=Decimal(value), quality="actual",
            at=at("2026-07-02"),
        )  # fmt: skip

    def energy():
        counted(nation)
        return proposed(here(nation, form="annex-3"), as_of=d("2026-07-02"))["energy"]

    assert energy()["residents"] == {"value": "0.0000", "status": "A", "source": "cases"}  # there was no case
    assert "savings" not in energy()  # two, and of neither is it known
    read(first, "2026-06-25", "12345")
    read(first, "2026-07-01", "13000")  # after the half-year
    (one, whole) = (energy()["savings"], energy()["total"])
    assert (one["value"], one["status"]) == ("1.2345", "P")  # 12,345 kWh are 1.2345 ten thousand
    assert one["why"] == "另有 1 户尚无数据，未计入"
    assert (whole["value"], whole["status"]) == ("1.2345", "P")
    read(second, "2026-06-30", "655")
    assert energy()["savings"] == {
        "value": "1.3000",
        "status": "A",
        "source": "cases",
    }  # 12,345 + 655 = 13,000
