"""An indicator over the periods that were counted, with the line of its standard and its article."""

from __future__ import annotations

import json
import re

from tests.supervision.conftest import at, d
from tests.supervision.test_counting import opened_shops
from tongdian.supervision.actions import conditions, counting
from tongdian.supervision.queries.trends import digits_below, trend_of


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
