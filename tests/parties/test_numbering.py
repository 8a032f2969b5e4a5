"""Numbers of cases, agreements, repairs and customers: one after the other, none twice, none missing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections, transaction
from tests.cases.conftest import make_campus

from tongdian.parties.actions.numbering import next_number, next_numbers
from tongdian.parties.models import NumberSeries


class NotUsed(Exception):
    """What the number was for did not come about."""


def test_each_series_and_each_year_begins_at_one(campus):
    given = [
        next_number(campus, "case", year=2026),
        next_number(campus, "case", year=2026),
        next_number(campus, "case", year=2027),
        next_number(campus, "repair", year=2026),
        next_number(campus, "customer"),
    ]
    assert given == [1, 2, 1, 1, 1]
    assert list(next_numbers(campus, "agreement", year=2026, count=100)) == list(range(1, 101))
    assert next_number(campus, "agreement", year=2026) == 101


def test_a_number_that_was_not_used_is_given_again(campus):
    def refused():
        with transaction.atomic():
            next_number(campus, "case", year=2026)
            raise NotUsed

    assert next_number(campus, "case", year=2026) == 1
    with pytest.raises(NotUsed):
        refused()
    assert next_number(campus, "case", year=2026) == 2


def test_of_many_at_once_each_gets_a_number_of_its_own_and_none_is_missing(committed, viewer):
    campus = make_campus(viewer).campus
    together = Barrier(4)

    def take(worker):
        together.wait()
        taken = []
        try:
            for n in range(25):
                try:
                    with transaction.atomic():
                        number = next_number(campus, "case", year=2026)
                        if (n + worker) % 5 == 0:
                            raise NotUsed
                    taken.append(number)
                except NotUsed:
                    continue
        finally:
            connections.close_all()
        return taken

    with ThreadPoolExecutor(4) as four:
        numbers = sorted(n for taken in four.map(take, range(4)) for n in taken)
    assert numbers == list(range(1, 81))  # 4 workers, 25 each, every fifth taken back
    assert NumberSeries.objects.get(organisation=campus, of="case", year=2026).last == 80


@pytest.fixture
def campus(db, viewer):
    return make_campus(viewer).campus
