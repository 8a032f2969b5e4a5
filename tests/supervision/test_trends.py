"""An indicator over the periods that were counted, with the line of its standard and its article."""

from __future__ import annotations

import json
import re

from tests.supervision.conftest import at, d
from tests.supervision.test_counting import opened_shops
from tongdian.policy.measures import Histogram
from tongdian.supervision.actions import conditions, counting
from tongdian.supervision.pages.trends import month_chart
from tongdian.supervision.queries.trends import digits_below, months_of, trend_of


def counted(nation, name, period, day):
    return counting.count_cases(
        viewer=nation.who[name].clerk,
        organisation=getattr(nation, name),
        form="annex-2",
        period=period,
        at=at(day),
    )


def points(nation, name, day):
    form = conditions.form_for(getattr(nation, name), "annex-2", d(day))
    return trend_of(getattr(nation, name), form, form.pack.rules["indicator-3-1"], as_of=d(day))


def test_a_half_year_stands_before_its_year_and_the_newest_count_of_each_is_taken(nation):
    """Three shops: one in 6 working days, one in 7, one that waits. On 3 March nobody is judged; on 2 July 1 of 3
    keeps the limit of 6, in the half-year and in the year so far."""
    opened_shops(nation)
    counted(nation, "yanshan", "2026-H1", "2026-03-03")
    counted(nation, "yanshan", "2026", "2026-07-02")
    counted(nation, "yanshan", "2026-H1", "2026-07-02")
    found = points(nation, "yanshan", "2026-07-02")
    assert [one.period.key for one in found] == ["2026-H1", "2026"]
    assert [(one.whole.total, one.whole.total_within) for one in found] == [(3, 1), (3, 1)]
    before = points(nation, "yanshan", "2026-03-03")
    assert [(one.period.key, one.whole.total, one.whole.undecided) for one in before] == [("2026-H1", 0, 3)]


def test_each_level_is_compared_with_the_level_below_it(nation):
    opened_shops(nation)
    counted(nation, "city", "2026-H1", "2026-07-02")
    (one,) = points(nation, "city", "2026-07-02")
    assert list(one.areas) == ["450311"]
    assert [digits_below(getattr(nation, name)) for name in ("nea", "province", "city", "yanshan")] == [
        2,
        4,
        6,
        6,
    ]


def test_the_page_draws_the_line_of_the_standard_and_the_limit_of_days_with_their_article(nation, client):
    opened_shops(nation)
    counted(nation, "yanshan", "2026-H1", "2026-07-02")
    client.force_login(nation.who["yanshan"].clerk)
    page = client.get(
        "/supervision/indicators/indicator-3-1/?period=2026-H1", headers={"Accept-Language": "zh-hans"}
    ).content.decode()

    def chart(name):
        (said,) = re.findall(rf'<script id="{name}"[^>]*>(.*?)</script>', page)
        return json.loads(said)

    trend, days = chart("trend-data"), chart("chart-data")
    # 1 of 3 is 33.33 %, where all are asked for
    assert trend["series"] == [["全部", ["33.33"]]]
    assert trend["limits"] == [{"at": 100, "name": "要求 100% 附件2-2/3(1)"}]
    assert (days["labels"], days["limits"]) == (["6", "7"], [{"at": "6", "name": "限值 6 附件2-2/3(1)"}])
    assert "限值 6 附件2-2/3(1)" in page.replace("\\u", "")  # in words too, for who does not see the chart


# ------------------------------------------------------------- month by month
def months(nation, day, count_day=None):
    form = conditions.form_for(nation.yanshan, "annex-2", d(day))
    figures = counted(nation, "yanshan", "2026-H1", count_day or day)
    rule = form.pack.rules["indicator-3-1"]
    return rule, figures, months_of(form.period(nation.yanshan, "2026-H1"), figures, rule)


def test_each_case_stands_in_the_month_in_which_it_ended_and_an_open_one_in_that_of_the_count(nation):
    """Two shops ended in March, one of them a day late; the third waits at the end of June."""
    opened_shops(nation)
    rule, figures, found = months(nation, "2026-07-02")
    assert list(found) == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]
    assert [(one.total, one.total_within) for one in found.values()] == [
        (0, 0), (0, 0), (2, 1), (0, 0), (0, 0), (1, 0),
    ]  # fmt: skip
    whole = sum(
        (Histogram.of_plain(one) for one in figures.indicators["indicator-3-1"].values()), Histogram()
    )
    assert sum(found.values(), Histogram()) == whole  # no case is lost between months, none counted twice
    chart = month_chart(rule, found)
    # 1 of 2 is 50 %, 0 of 1 is 0 %; where nothing is judged there is a gap, and no nought
    assert [values for _, values in chart["series"]] == [["-", "-", "50.00", "-", "-", "0.00"]]
    assert chart["limits"][0]["at"] == 100


def test_a_month_after_the_count_is_not_counted_and_so_is_every_month_of_an_older_count(nation):
    opened_shops(nation)
    _, figures, found = months(nation, "2026-03-19")
    assert {month: one is not None for month, one in found.items()} == {
        "2026-01": True, "2026-02": True, "2026-03": True, "2026-04": False, "2026-05": False, "2026-06": False,
    }  # fmt: skip
    figures.months = {}  # as of a count that kept no months
    form = conditions.form_for(nation.yanshan, "annex-2", d("2026-07-02"))
    rule = form.pack.rules["indicator-3-1"]
    before = months_of(form.period(nation.yanshan, "2026-H1"), figures, rule)
    assert set(before.values()) == {None}
    assert month_chart(rule, before) is None


def test_the_page_of_an_indicator_draws_its_months_with_a_table(nation, client):
    opened_shops(nation)
    counted(nation, "yanshan", "2026-H1", "2026-07-02")
    client.force_login(nation.who["yanshan"].clerk)
    page = client.get(
        "/supervision/indicators/indicator-3-1/?period=2026-H1", headers={"Accept-Language": "zh-hans"}
    ).content.decode()
    (said,) = re.findall(r'<script id="months-data"[^>]*>(.*?)</script>', page)
    assert json.loads(said)["series"] == [["全部", ["-", "-", "50.00", "-", "-", "0.00"]]]
    assert "逐月达标率" in page
    assert re.search(r'<th scope="row" class="short">2026-03</th><td class="number">50.00</td>', page)
