"""Which rows the page of a case is drawn from, each in which version: one question.

PostgreSQL writes a row that is changed anew: at another place (ctid) or in another transaction
(xmin). While all of these stay as they are the page stays, and is kept. A part of the page that
reads a further table names it here, as areas above do for theirs; else the page is not kept:

    rests_on("connections_visit", "case_id = %(case)s")
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection

from tongdian.cases.models import Case
from tongdian.regions import codes_above

MOST_ELSEWHERE = 200  # other cases at the place; the page shows twenty

_rests_on: list[tuple[str, str]] = []


def rests_on(table: str, condition: str) -> None:
    """The page of a case is drawn from these rows too. The condition may use `case`, `place`,
    `customer`, `part_of`, `above` (its organisations from the top down), `regions` (its own and
    those above) and `absent` (accounts that the viewer stands in for)."""
    _rests_on.append((table, condition))
    _written.cache_clear()


def tables() -> set[str]:
    """The tables of those rows, and those of the rulebook, which the rules in force tell of."""
    told = {"rulebook_choice", "rulebook_calendarchange", "rulebook_revision"}
    return told | {table for table, _condition in _rests_on}


def versions(case: Case, absent: list[Any]) -> str:
    """The versions of all those rows, as one text."""
    with connection.cursor() as cursor:
        cursor.execute(
            _written(),
            {
                "case": case.pk,
                "place": case.place_id,
                "customer": case.customer_id,
                "part_of": case.part_of_id,
                "above": case.organisation.ancestors,
                "absent": absent,
                "regions": [case.region_id, *codes_above(case.region_id)],
                "most_elsewhere": MOST_ELSEWHERE,
            },
        )
        return str(cursor.fetchone()[0])


@cache
def _written() -> str:
    version = "string_agg(t.ctid::text || t.xmin, ' ' order by t.ctid)"
    parts = (
        f"(select {version} from {table} t where {condition})"  # noqa: S608  our own words
        for table, condition in _rests_on
    )
    return f"select concat_ws('|', current_database(), {', '.join(parts)})"


for _table in ("cases_event", "cases_openstage", "cases_assignment", "cases_paper"):
    rests_on(_table, "case_id = %(case)s")
rests_on("cases_case", "id in (%(case)s, %(part_of)s) or part_of_id = %(case)s")
_AT_THE_PLACE = f"from cases_case where place_id = %(place)s order by id desc limit {MOST_ELSEWHERE}"
rests_on("cases_case", f"id in (select id {_AT_THE_PLACE})")
rests_on("parties_organisation_regions", "region_id = any(%(regions)s)")
rests_on(  # on the way to it, having a stage of it or able to, and of the other cases
    "parties_organisation",
    """
    id = any(%(above)s) or ancestors && %(above)s[1:1] and fills <> '{}'
    or id in (
        select organisation_id from parties_organisation_regions where region_id = any(%(regions)s)
        union all select office_id from cases_openstage where case_id = %(case)s
        union all (select organisation_id from cases_case where place_id = %(place)s
                    order by id desc limit %(most_elsewhere)s))
    """,
)
rests_on("network_place", "id = %(place)s")
rests_on("parties_customer", "id = %(customer)s")
rests_on(  # everybody who is named
    "parties_account",
    """
    id = any(%(absent)s)
    or id in (
        select unnest(array[account_id, acted_for]) from cases_event where case_id = %(case)s
        union all select assigned_to_id from cases_openstage where case_id = %(case)s
        union all select account_id from cases_assignment where case_id = %(case)s
        union all select account_id from parties_customer where id = %(customer)s)
    or username in (
        select substr(by, 9) from cases_event where case_id = %(case)s
        union all select substr(by, 9) from cases_assignment where case_id = %(case)s
        union all select substr(by, 9) from cases_paper where case_id = %(case)s)
    """,
)
