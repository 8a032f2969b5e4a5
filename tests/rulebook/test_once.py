"""What is asked once a request."""

from datetime import UTC, datetime

import pytest

from tests.rulebook.papers import papers_of
from tongdian.rulebook import actions, queries
from tongdian.rulebook.once import for_one_request

PACK = "nea-2021-37"
pytestmark = pytest.mark.django_db


def test_a_request_asks_once_what_is_chosen_however_many_packs_it_reads(django_assert_num_queries):
    queries.readable_packs()

    def read(request):
        return [queries.pack(PACK) for _ in range(50)]

    with django_assert_num_queries(1):
        for_one_request(read)(None)


def test_outside_a_request_it_is_asked_each_time(django_assert_num_queries):
    queries.pack(PACK)
    with django_assert_num_queries(2):
        queries.pack(PACK)
        queries.pack(PACK)


def test_what_is_chosen_in_a_request_counts_at_once_and_after_it(viewer):
    chooser = viewer("administrator")
    one = queries.pack(PACK)
    place = next(place for place in one.interpretations.values() if place.fixed is None)
    other = next(key for key in place.options if key != (one.choices.get(place.id) or place.chosen))

    def choose(request):
        before = queries.pack(PACK).choices.get(place.id)
        actions.choose_interpretation(
            pack=one,
            interpretation=place.id,
            option=other,
            reason="试",
            papers=papers_of(one),
            by=chooser,
            at=datetime(2026, 11, 2, tzinfo=UTC),
        )
        return before, queries.pack(PACK).choices.get(place.id)

    assert for_one_request(choose)(None) == (None, other)
    assert queries.pack(PACK).choices[place.id] == other
