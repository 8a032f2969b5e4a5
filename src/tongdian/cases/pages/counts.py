"""Counts of cases by supplier, area and process, each with the list of what it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from tongdian.cases import queries
from tongdian.cases.queries.counting import CaseCount, CaseCounts
from tongdian.parties.queries import names_of_regions
from tongdian.policy.process import Process
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import spoken

MOST_ROWS = 15  # of a table; the filters of the list find the others


def shown_counts(counts: CaseCounts, *, query: str, digits: int) -> list[dict[str, Any]]:
    """Three tables. `query` is what the list is asked already; a row adds its own filter to it. `digits` of a code are
    one area."""
    suppliers = queries.suppliers_named(counts)
    codes = {one.key: str(one.key).ljust(6, "0") for one in counts.by_area if one.key}
    names = names_of_regions(list(codes.values()))
    supplier = {key: one.shown_name for key, one in suppliers.items()}
    tables: list[tuple[str, str, Sequence[CaseCount], Callable[[Any], Narrowing]]] = [
        ("supplier", gettext("By supplier"), counts.by_supplier, lambda key: _supplier(key, supplier)),
        ("area", gettext("By area"), counts.by_area, lambda key: _area(key, codes, names, digits)),
        ("process", gettext("By service"), counts.by_process, _process),
    ]
    return [
        {
            "key": key,
            "title": title,
            "further": max(0, len(rows) - MOST_ROWS),
            "rows": [
                {"name": name, "count": one, "address": _narrowed(query, field, value)}
                for one in rows[:MOST_ROWS]
                for name, field, value in [said(one.key)]
            ],
        }
        for key, title, rows, said in tables
    ]


Narrowing = tuple[str, str, str]  # what a row is called, and the filter of the list that gives its cases


def _supplier(key: UUID, names: Mapping[UUID, str]) -> Narrowing:
    return names.get(key, "—"), "organisation", str(key)


def _area(key: str, codes: dict[str, str], names: dict[str, str], digits: int) -> Narrowing:
    code = codes.get(key, "")
    # a county right under its province has no prefecture of its own to be named by
    return names.get(code, code or gettext("without an area")), "region", str(key or "")[:digits]


def _process(key: tuple[str, str]) -> Narrowing:
    pack, process = key
    rule = rulebook.pack(pack).rules.get(process)
    title = spoken(rule.title) if isinstance(rule, Process) else process
    return title, "process", f"{pack}/{process}"


def _narrowed(query: str, field: str, value: str) -> str:
    """The list with one filter more; its place in the pages is left behind."""
    asked = QueryDict(query, mutable=True)
    for name in ("after", "before"):
        asked.pop(name, None)
    asked[field] = value
    return f"{reverse('cases')}?{urlencode(list(asked.lists()), doseq=True)}"
