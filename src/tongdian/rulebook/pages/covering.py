"""Coverage: which clauses are alive, which wait, as a table one can filter and take away."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.cells import safe
from tongdian.policy.clauses import Clause
from tongdian.policy.packs import Pack
from tongdian.rulebook import queries
from tongdian.rulebook.pages.reading import installed, page, state_of
from tongdian.rulebook.pages.unchanged import unchanged
from tongdian.rulebook.queries import Coverage
from tongdian.rulebook.saying import AREA_NAMES, CLAUSE_KINDS, Cite, cite, rule_address
from tongdian.spoken import reader_language

STATES = ("implemented", "half", "planned", "text")


@dataclass(frozen=True)
class CoverageRow:
    """One clause with what implements it and what waits."""

    clause: Clause
    cite: Cite
    title: str
    kind: str
    state: str
    rules: tuple[tuple[str, str, str], ...]  # id, title, address
    planned: tuple[str, ...]
    tests: int
    decided: int


@dataclass(frozen=True)
class SelectBox:
    """One select of the filter bar."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]


def coverage_rows(one: Pack, language: str) -> list[CoverageRow]:
    """Every clause, in the document's order."""
    decided = queries.answers_by_rule(one.id)
    return [
        CoverageRow(
            clause,
            cite(one, clause.id, language),
            clause.title.say(language),
            str(CLAUSE_KINDS[clause.kind]),
            state_of(clause),
            tuple((r, one.rules[r].title.say(language), rule_address(one, r)) for r in clause.by),
            tuple(str(AREA_NAMES.get(area, area)) for area in clause.planned),
            sum(len(one.rules[rule].tests) for rule in clause.by),
            sum(decided.get(rule, 0) for rule in clause.by),
        )
        for clause in one.clauses.values()
    ]


def _filters(one: Pack, query: QueryDict, language: str) -> list[SelectBox]:
    states = (
        ("implemented", gettext("implemented")),
        ("half", gettext("partly")),
        ("planned", gettext("planned")),
        ("text", gettext("text only")),
    )
    kinds = tuple((kind, str(said)) for kind, said in CLAUSE_KINDS.items())
    chapters = tuple((key, part.title.say(language)) for key, part in one.chapters.items())
    areas = sorted({area for clause in one.clauses.values() for area in clause.planned})
    waiting = tuple((area, str(AREA_NAMES.get(area, area))) for area in areas)
    return [
        SelectBox("state", gettext("State"), query.get("state", ""), states),
        SelectBox("kind", gettext("Kind"), query.get("kind", ""), kinds),
        SelectBox("chapter", gettext("Chapter"), query.get("chapter", ""), chapters),
        SelectBox("area", gettext("Planned for"), query.get("area", ""), waiting),
    ]


def _kept(rows: list[CoverageRow], query: QueryDict) -> list[CoverageRow]:
    tests: dict[str, Callable[[CoverageRow, str], bool]] = {
        "state": lambda row, value: row.state == value,
        "kind": lambda row, value: row.clause.kind == value,
        "chapter": lambda row, value: row.clause.chapter == value,
        "area": lambda row, value: value in row.clause.planned,
    }
    for name, holds in tests.items():
        if query.get(name):
            rows = [row for row in rows if holds(row, str(query[name]))]
    return rows


@require_safe
@unchanged
@page
def coverage(request: HttpRequest, pack: str) -> HttpResponse:
    """Clauses by state; the filters are in the address."""
    one, language = installed(pack), reader_language()
    rows = _kept(coverage_rows(one, language), request.GET)
    context = {
        "pack": one,
        "pack_title": one.title.say(language),
        "coverage": Coverage.of(one.clauses.values()),
        "rows": rows,
        "filters": _filters(one, request.GET, language),
        "query": request.GET.urlencode(),
        "total": len(one.clauses),
        "tests": sum(len(rule.tests) for rule in one.rules.values()),
    }
    return render(request, "rulebook/coverage.html", context)


@require_safe
@page
def coverage_csv(request: HttpRequest, pack: str) -> HttpResponse:
    """Exactly the rows the page shows, as CSV that Excel opens in Chinese."""
    one, language = installed(pack), reader_language()
    reply = HttpResponse(content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{one.id}-coverage.csv"'
    reply.write("\ufeff")
    sheet = csv.writer(reply)
    sheet.writerow(["clause", "title", "kind", "state", "rules", "planned", "tests", "decided"])
    for row in _kept(coverage_rows(one, language), request.GET):
        ids = " ".join(rule for rule, _title, _address in row.rules)
        planned = " ".join(row.clause.planned)
        cells = [row.clause.id, row.title, row.clause.kind, row.state, ids, planned]
        sheet.writerow([safe(cell) for cell in cells] + [row.tests, row.decided])
    return reply
