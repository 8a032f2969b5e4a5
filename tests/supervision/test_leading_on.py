"""What a page says leads to what it says it of: a cell to its cases, a number to its list, a task to the offices."""

from __future__ import annotations

import pytest
from django.utils import translation

from tests.supervision.conftest import accepted, at, benefits, cells_of, d, filed
from tests.supervision.test_counting import counted, here, said, shops  # noqa: F401  a fixture
from tests.supervision.test_pages import H1, address, page
from tongdian.shell.home import waiting
from tongdian.supervision.actions import filing
from tongdian.supervision.queries.proposing import proposed
from tongdian.supervision.queries.tasks import tasks_below
from tongdian.supervision.rules import TaskState


def test_a_counted_cell_leads_to_its_indicator_and_no_other_does(nation, shops, client):  # noqa: F811
    """The plan of annex 2 is counted but for what is attested; of annex 3 every figure leads to its own cases."""
    own = (
        f"/supervision/returns/{nation.yanshan.pk}/annex-3/{H1}/cell/?row=beneficiaries&amp;column=residents"
    )
    counted_at = f"/supervision/indicators/indicator-3-1/?office=YSQ&amp;period={H1}"
    for form, leads_to in (("annex-2", counted_at), ("annex-3", own)):
        counted(nation)
        filing.fill_in(
            viewer=nation.who["yanshan"].clerk, organisation=nation.yanshan, form=form, period=H1,
            cells=proposed(here(nation, form=form), as_of=d("2026-07-02")), at=at("2026-07-02"),
        )  # fmt: skip
        shown = page(client, nation.who["yanshan"].officer, address(nation, "yanshan", form=form))
        assert leads_to in shown
        above = page(client, nation.who["city"].officer, address(nation, "yanshan", form=form))
        assert leads_to not in above  # the city has no case of its own, and those of others are theirs


def test_counting_leads_to_where_the_figures_are(nation, shops, client):  # noqa: F811
    client.force_login(nation.who["yanshan"].clerk)
    count = address(nation, "yanshan", form="annex-2", rest="steps/count/")
    assert client.post(count).url == address(nation, "yanshan", form="annex-2", rest="fill/")
    assert (
        client.post(count, {"back": "indicators"}).url == f"/supervision/indicators/?office=YSQ&period={H1}"
    )


def test_what_was_filed_to_an_office_is_listed_whatever_its_period(nation, client):
    """Filed for the first half of 2021; five years on it is in no list of periods, and still waits."""
    form = filing.form_for(nation.yanshan, "annex-3", d("2021-07-10"))
    version = filed(nation, "yanshan", "annex-3", "2021-H1", cells_of(form, **benefits(12, 3)), "2021-07-10")
    officer = nation.who["city"].officer
    ((_, where, many),) = waiting(officer, d("2026-07-02"))
    assert (where, many) == ("/supervision/#to-accept", 1)
    own = address(nation, "yanshan", period="2021-H1")
    shown = page(client, officer, "/supervision/")
    assert 'id="to-accept"' in shown
    assert own in shown
    assert 'id="to-accept"' not in page(client, officer, "/supervision/?as_of=2021-07-09")
    accepted(nation, "city", version, "2021-07-12")
    assert 'id="to-accept"' not in page(client, officer, "/supervision/")


def test_a_plan_begins_with_the_days_above_and_the_offices_own_tasks(nation):
    plan = proposed(
        here(nation, "province", form="plan", day="2021-04-02", period="once"), as_of=d("2021-04-02")
    )
    assert plan["附件1/2"]["due"] == {"value": "2020-12-31", "status": "A", "source": "ledger"}
    assert plan["附件1/2"]["office"]["value"] == "自治区能源局"
    assert plan["附件1/9"]["due"]["source"] == "ledger"  # every task with a deadline has a day
    assert "office" not in plan["附件1/9"]  # the suppliers'
    form = filing.form_for(nation.province, "plan", d("2021-04-02"))
    cells = cells_of(
        form,
        nation.province,
        office="本局",
        person="王工",
        measures="逐项落实",
        milestone_2021="一半",
        milestone_2022="全部",
    )
    for row, columns in plan.items():
        cells.setdefault(row, {})["due"] = {"value": columns["due"]["value"]} if "due" in columns else {}
    cells |= {row: {name: one for name, one in columns.items() if one} for row, columns in cells.items()}
    cells["附件1/1"]["due"] = {"value": "2022-06-30"}
    for row in ("附件1/9", "附件1/10", "附件1/34", "附件1/36"):
        cells[row]["covers"] = {"value": "160"}
    cells["附件1/9"]["covers_city"] = {"value": "160"}
    version = filed(
        nation,
        "province",
        "plan",
        "once",
        cells,
        "2021-04-20",
        absent=[{"organisation": "GLS", "why": "细化中"}],
    )
    accepted(nation, "nea", version, "2021-04-22")
    city = proposed(here(nation, "city", form="plan", day="2021-04-25", period="once"), as_of=d("2021-04-25"))
    assert city["附件1/1"]["due"] == {"value": "2022-06-30", "status": "A", "source": "above"}
    supplier = proposed(
        here(nation, "supplier", form="plan", day="2021-05-02", period="once"), as_of=d("2021-05-02")
    )
    assert "附件1/2" not in supplier  # the province's, and nothing asks a supplier for its day
    assert supplier["附件1/9"]["office"]["value"] == "雁山供电公司"


def test_a_task_says_how_it_stands_below_with_the_names(nation, client):
    said(nation, "附件1/2", TaskState.DONE, "2021-03-01", name="province", paper="桂能〔2021〕1号")
    (pack,) = {
        one.pack.id: one.pack for one in [filing.form_for(nation.province, "plan", d("2021-04-02"))]
    }.values()
    one = next(
        row for row in tasks_below(nation.nea, pack, as_of=d("2021-05-01")) if row.clause.id == "附件1/2"
    )
    assert [(office.short, task.standing) for office, task in one.each] == [("GXT", "late")]
    assert (one.done, one.late, one.overdue, one.missing) == (0, 1, 0, 0)
    every = page(client, nation.who["nea"].officer, "/supervision/tasks/?as_of=2021-05-01&only=all")
    assert "逾期 0</a>" in every  # no task is its own, and nobody is late with what is others'
    assert "自治区能源局" in page(
        client, nation.who["nea"].officer, "/supervision/tasks/?as_of=2021-05-01&only=below"
    )


@pytest.mark.parametrize("path", ["tasks/?only=all&", "coordination/?", "inspections/?"])
def test_english_pages_cite_in_english(nation, client, path):
    client.force_login(nation.who["regional"].officer)
    with translation.override("en"):
        shown = client.get(
            f"/supervision/{path}as_of=2021-05-01", headers={"accept-language": "en"}
        ).content.decode()
    assert ">附件" not in shown
    assert ">通知/" not in shown
    if path.startswith("tasks"):
        assert ">Annex 1/57<" in shown
        assert "<h2>Annex 1: goals</h2>" in shown
