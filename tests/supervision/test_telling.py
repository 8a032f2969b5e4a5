"""What is told at once: a question on a cell to who filed it, an indicator that turned red to whose cases do so."""

from __future__ import annotations

from tests.supervision.conftest import at, benefits, cells_of, d, filed
from tests.supervision.test_counting import counted, opened_shops
from tongdian.notices.models import Notice
from tongdian.notices.queries import own_notices
from tongdian.supervision.actions import conditions, filing

H1 = "2021-H1"


def told(wording):
    return sorted(Notice.objects.filter(wording=wording).values_list("account__username", flat=True))


def test_a_question_on_a_cell_is_told_to_who_fills_in_and_files_and_says_nothing_that_was_written(nation):
    form = conditions.form_for(nation.yanshan, "annex-3", d("2021-07-14"))
    version = filed(nation, "yanshan", "annex-3", H1, cells_of(form, **benefits(3)), "2021-07-14")
    filing.ask(
        viewer=nation.who["city"].officer, office=nation.city, version=version, row=form.lines(nation.yanshan)[0].key,
        column="residents", text="王某家为何未计？", answer_by=d("2021-07-20"), at=at("2021-07-15"),
    )  # fmt: skip
    assert told("supervision-question") == ["yanshan-clerk", "yanshan-officer"]
    said = own_notices(nation.who["yanshan"].clerk).first().content.said
    assert "2021-07-20" in str(said)
    assert "王某" not in str(said)


def test_an_indicator_that_turns_red_is_told_once_to_whose_cases_do_not_keep_it(nation):
    """On 3 March nothing is judged. On 2 July two of three shops are late: told then, and not again when it is counted
    anew on the 3rd; the county itself, which counted, is not told."""
    opened_shops(nation)
    counted(nation, day="2026-03-03")
    assert told("supervision-red") == []
    counted(nation, day="2026-07-02")
    first = told("supervision-red")
    assert set(first) == {"supplier-clerk", "supplier-officer"}
    counted(nation, day="2026-07-03")
    assert told("supervision-red") == first
