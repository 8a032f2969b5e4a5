"""The next number of a series: the one way in which anything gets one."""

from __future__ import annotations

from django.db import connection

from tongdian.parties.models import Organisation

_NEXT = """
    insert into parties_numberseries as series (organisation_id, "of", year, last)
    values (%(organisation)s, %(of)s, %(year)s, %(count)s)
    on conflict (organisation_id, "of", year) do update set last = series.last + %(count)s
    returning last
"""


def next_number(organisation: Organisation, of: str, *, year: int = 0) -> int:
    """The next number of an organisation's customers, cases, …: from 1 on, in each year anew where
    one is given. In the transaction of what it is for: nobody else gets a number of the series until
    that ends, and where it is rolled back the number is given again, so that none is missing."""
    return next_numbers(organisation, of, year=year, count=1)[0]


def next_numbers(organisation: Organisation, of: str, *, year: int = 0, count: int) -> range:
    """As `next_number`, several at once."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"organisation": organisation.id, "of": of, "year": year, "count": count})
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)
