"""What papers, lists and past days say, where a reader was led to believe another thing."""

from __future__ import annotations

from tests.supervision.conftest import d
from tests.supervision.test_internal_rules import rule
from tests.supervision.test_letters import circular_of, confirmed, remind, talk_of
from tests.supervision.test_pages import page
from tongdian.supervision.printing import letter_on_paper
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.receiving import received

DAY = "2021-07-02"


def test_a_talk_of_a_regional_office_shows_the_reading_by_which_it_summons(nation):
    """通知/4(4) names 国家能源局 alone."""
    paper = letter_on_paper(talk_of(nation, confirmed(nation)), as_of=d(DAY))
    assert "通知/4(4)" in paper.cites[0]
    assert "regional-talks" in paper.cites[1]
    assert "派出机构可在本辖区约谈" in paper.cites[1]
    own = letter_on_paper(circular_of(nation, confirmed(nation)), as_of=d(DAY))
    assert len(own.cites) == 1


def test_a_reminder_names_who_answers_for_it(nation):
    paper = letter_on_paper(remind(nation), as_of=d(DAY))
    assert paper.signer == paper.drafter != ""


def test_nothing_is_to_be_filed_before_the_letter_asked_for_it(nation):
    for day in ("2020-12-31", "2021-03-28"):
        assert filings.own_standings(nation.province, as_of=d(day)) == []
        assert received(nation.nea, as_of=d(day)) == []
    assert filings.own_standings(nation.province, as_of=d("2021-03-29"))


def test_an_inspection_of_the_nation_beyond_2021_is_not_said_to_be_asked_for(nation, client):
    """通知/4(3): 今年, which is 2021; a regional office supervises its area each year (4(1))."""
    said = {
        (who, year): "own arrangement"
        in page(client, nation.who[who].officer, f"/supervision/inspections/?year={year}")
        or "本单位的安排" in page(client, nation.who[who].officer, f"/supervision/inspections/?year={year}")
        for who in ("nea", "regional")
        for year in (2021, 2026)
    }
    assert said == {
        ("nea", 2021): False, ("nea", 2026): True, ("regional", 2021): False, ("regional", 2026): False,
    }  # fmt: skip


def test_a_list_links_only_what_its_reader_may_open(nation, client):
    one = rule(nation)
    address = f"/supervision/internal-rules/list/{one.pk}/"
    where = "/supervision/internal-rules/list/?whose=GD"
    assert address in page(client, nation.who["supplier"].clerk, where)
    above = page(client, nation.who["city"].clerk, where)
    assert one.name in above
    assert address not in above
