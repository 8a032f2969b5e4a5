"""What is told at once: a question on a cell to who filed it, an indicator that turned red to whose cases do so."""

from __future__ import annotations

from tests.supervision.conftest import at, benefits, cells_of, d, database_refuses, filed
from tests.supervision.test_counting import counted, opened_shops
from tongdian.notices.actions import Recipient
from tongdian.notices.models import Notice
from tongdian.notices.queries import own_notices
from tongdian.parties.actions.people import choose_language
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
    anew on the 3rd."""
    opened_shops(nation)
    counted(nation, day="2026-03-03")
    assert told("supervision-red") == []
    counted(nation, day="2026-07-02")
    first = told("supervision-red")
    assert set(first) == {"supplier-clerk", "supplier-officer"}
    counted(nation, day="2026-07-03")
    assert told("supervision-red") == first


def test_the_office_that_counted_is_told_once_when_its_indicator_turns_red_and_nobody_above_it(nation):
    opened_shops(nation)
    counted(nation, day="2026-03-03")
    assert told("supervision-red-here") == []
    counted(nation, day="2026-07-02")
    first = told("supervision-red-here")
    assert set(first) == {"yanshan-clerk", "yanshan-officer"}
    said = own_notices(nation.who["yanshan"].clerk).filter(
        subject="red:indicator-3-1/2026-H1/" + str(nation.yanshan.pk)
    )
    text = str(said.get().content.said)
    assert "3 件中 2 件不符" in text
    assert "/supervision/indicators/indicator-3-1/?office=YSQ&period=2026-H1" in text
    counted(nation, day="2026-07-03")
    assert told("supervision-red-here") == first


def test_a_colleague_is_told_in_the_language_that_they_read_pages_in(nation, client):
    """The clerk chose English in the menu, the officer nothing: one message is English, the other Chinese; in both
    what the pack says is in that language too."""
    client.force_login(nation.who["yanshan"].clerk)
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    client.post("/i18n/setlang/", {"language": "xx", "next": "/"})  # no language: nothing is kept of it
    opened_shops(nation)
    counted(nation, day="2026-07-02")
    subject = f"red:indicator-3-1/2026-H1/{nation.yanshan.pk}"
    for who, is_english in (("clerk", True), ("officer", False)):
        notice = own_notices(getattr(nation.who["yanshan"], who)).get(subject=subject)
        assert notice.language == ("en" if is_english else "zh")
        assert ("2 of 3 cases" in notice.content.said["title"]) == is_english
        assert notice.content.said["params"]["indicator"].isascii() == is_english


def test_a_language_that_is_none_is_refused_by_the_database(nation):
    clerk = nation.who["yanshan"].clerk
    choose_language(account=clerk, language="en")
    assert Recipient.colleague(clerk).language == "en"
    with database_refuses("account_language_is_known"):
        choose_language(account=clerk, language="fr")
