"""Parts of pages that are drawn once."""

import pytest
from django.db import connection

from tongdian.keeping import Kept, Mark

pytestmark = pytest.mark.django_db


def drawing(*texts: str, reads: str = ""):
    left = list(texts)

    def draw() -> str:
        if reads:
            with connection.cursor() as cursor:
                cursor.execute(reads)
        return left.pop(0)

    return draw


def test_what_was_drawn_is_kept_for_its_place_and_mark():
    kept, draw = Kept(), drawing("first", "second", "third")
    assert kept.drawn("head", Mark(1), draw) == "first"
    assert kept.drawn("head", Mark(1), draw) == "first"
    assert kept.drawn("head", Mark(2), draw) == "second"
    assert kept.drawn("foot", Mark(1), draw) == "third"


def test_what_reads_a_table_that_its_mark_does_not_tell_of_is_drawn_each_time():
    kept, draw = Kept(), drawing("one", "two", reads="select count(*) from cases_case")
    assert kept.drawn("head", Mark(1), draw) == "one"
    assert kept.drawn("head", Mark(1), draw) == "two"
    draw = drawing("one", reads="select count(*) from cases_case")
    assert kept.drawn("foot", Mark(1, tables={"cases_case"}), draw) == "one"
    assert kept.drawn("foot", Mark(1, tables={"cases_case"}), draw) == "one"


def test_what_follows_on_a_page_that_read_too_much_is_not_kept_either():
    kept, mark = Kept(), Mark(1)
    kept.drawn("head", mark, drawing("", reads="select count(*) from cases_case"))
    assert kept.drawn("foot", mark, drawing("one")) == "one"
    assert kept.drawn("foot", mark, drawing("two")) == "two"


def test_what_was_not_asked_for_longest_makes_room(monkeypatch):
    monkeypatch.setattr("tongdian.keeping.MOST_KEPT", 8)
    kept = Kept()
    for place in "aba":  # b came later and was not asked for since
        kept.drawn(place, Mark(1), drawing("four"))
    kept.drawn("c", Mark(1), drawing("more"))  # 4 + 4 + 4 characters are more than 8
    assert kept.drawn("a", Mark(1), drawing("anew")) == "four"
    assert kept.drawn("b", Mark(1), drawing("anew")) == "anew"
