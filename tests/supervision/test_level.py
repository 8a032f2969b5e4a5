"""Who files no indicators sees those of its level: from the returns that it accepted, or has copies of."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.supervision.conftest import accepted, cells_of, d, filed
from tests.supervision.test_pages import page
from tongdian.supervision.actions import filing
from tongdian.supervision.queries.level import standards_of, standards_received
from tongdian.supervision.queries.pivot import source

SIX, SEVEN = "附件2-2/6(1)", "附件2-2/7(1)"


@pytest.fixture
def version(nation):
    """The province's return of the first half of 2021: 5 of 5 areas in every standard, in 6 three of them."""
    form = filing.form_for(nation.province, "annex-2", d("2021-07-12"))
    cells = cells_of(form, due_areas=5, done_areas=5)
    cells[SIX] |= {"done_areas": {"value": "3"}, "reason": {"value": "汛期"}}
    absent = [{"organisation": nation.city.short, "why": "机构合并"}]
    return filed(nation, "province", "annex-2", "2021-H1", cells, "2021-07-12", absent=absent)


def six(nation, name):
    (one,) = standards_received(getattr(nation, name), as_of=d("2021-07-16"))
    return {row.line.key: row for row in standards_of(one)}.get(SIX)


def test_the_nation_sees_what_it_accepted_and_the_regional_office_what_was_filed(nation, version):
    assert six(nation, "nea") is None  # not accepted yet
    assert (six(nation, "regional").due, six(nation, "regional").done) == (5, 3)
    accepted(nation, "nea", version, "2021-07-15")
    assert (six(nation, "nea").left, six(nation, "nea").share) == (2, Decimal("60.00"))
    assert standards_received(nation.nea, as_of=d("2021-07-11")) == []


def test_its_page_has_the_tile_the_ranking_and_every_standard_and_the_pivot_opens_on_figures(
    nation, version, client
):
    accepted(nation, "nea", version, "2021-07-15")
    said = page(client, nation.who["nea"].officer, "/supervision/indicators/?as_of=2021-07-16")
    assert "本单位不报送指标" not in said
    assert "<span>3/5</span>" in said  # of 6, which is the furthest behind
    assert "60.00" in said
    other = page(client, nation.who["nea"].officer, f"/supervision/indicators/?as_of=2021-07-16&line={SEVEN}")
    assert "<span>5/5</span>" in other
    form = filing.form_for(nation.province, "annex-2", d("2021-07-12"))
    assert source(nation.nea, form.pack, "", as_of=d("2021-07-16")).facts
    assert not source(nation.nea, form.pack, "indicators", as_of=d("2021-07-16")).facts  # asked for, so shown
