"""Which ways cases went: how many as written by district and supplier, and the commonest paths drawn."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tongdian.bulk.conformance import (
    COMMONEST,
    TOLD_APART,
    CaseGroup,
    Conformance,
    ConformanceTally,
    PathCount,
)
from tongdian.policy.packs import Pack
from tongdian.policy.process.path_drawing import draw_path
from tongdian.policy.process.paths import CONFORMITIES, say_deviations, say_path, stage_titles
from tongdian.policy.process.replaying import KINDS
from tongdian.policy.rounding import ratio
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file
from tongdian.spoken import reader_language, say, spoken
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.narrowing import (
    carried,
    named_regions,
    named_suppliers,
    only_said,
    period_asked,
    short_asked,
)
from tongdian.supervision.queries import conformance as queries
from tongdian.supervision.queries.own_record import HalfYear, half_years
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ

COLOURS = ["#1c4f82", "#b5533c", "#6b7480"]
SHOWN = 20  # stages at fault and districts of the chart
HUNDRED = Decimal(100)


@require_safe
@guarded(READ.name)
def conformance(request: HttpRequest) -> HttpResponse:
    """How many went as written, by district, supplier and stage, and the commonest paths."""
    about = asked(request)
    if about.office is None or about.pack is None or not _has_processes(about.pack):
        return render(request, "supervision/conformance.html", {"about": about})
    period, county, supplier, process = _narrowed(request, about)
    found = queries.gone(about.office, about.pack, period=period, on=about.as_of)
    shown = _only(found, county, supplier, process)
    whole = shown.whole
    own = {"county": county, "supplier": supplier, "process": process}
    counties = _rows(shown, lambda group: group[0], named_regions, "county", period, own)
    context = {
        "about": about,
        "period": period,
        "periods": half_years(about.as_of),
        "whole": _figures(whole),
        "processes": [
            (name, spoken(title), cases, carried(period, **{**own, "process": name}))
            for name, title, cases in queries.processes_of(_only(found, county, supplier, ""), about.pack)
        ],
        "process": process,
        "all_processes": carried(period, **{**own, "process": ""}),
        "counties": counties,
        "suppliers": _rows(shown, lambda group: group[1], named_suppliers, "supplier", period, own),
        "kinds": [spoken(KINDS[kind]) for kind in TOLD_APART],
        "stages": [
            (spoken(rule), spoken(kind), spoken(stage), cases)
            for rule, kind, stage, cases in queries.stages_at_fault(whole, about.pack)[:SHOWN]
        ],
        "paths": [
            _path(one, about.pack, number, whole.cases)
            for number, one in enumerate(shown.drawn[:COMMONEST], 1)
        ],
        "beyond": max(len(shown.drawn) - COMMONEST, 0),
        "only": only_said(county, supplier),
        "carried": carried(period, **own),
        "keep": [("period", period.key), *own.items()],
        "chart": _chart(counties),
    }
    return render(request, "supervision/conformance.html", context)


@require_POST
@guarded(READ.name)
def export(request: HttpRequest) -> Any:
    """The tables of the page with every path, as a workbook or CSV."""
    about = asked(request)
    if about.office is None or about.pack is None or not _has_processes(about.pack):
        raise NoSuchReturn
    period, county, supplier, process = _narrowed(request, about)
    found = queries.gone(about.office, about.pack, period=period, on=about.as_of)
    shown = _only(found, county, supplier, process)
    own = {"county": county, "supplier": supplier, "process": process}
    return as_file(
        request, of="supervision-conformance", title=f"{gettext('Conformance')} {period.key}",
        lines=_lines(shown, about, period), query=f"{about.office.short}?{carried(period, **own)}",
    )  # fmt: skip


def _has_processes(pack: Pack) -> bool:
    return any(rule.kind == "process" for rule in pack.rules.values())


def _narrowed(request: HttpRequest, about: OfficeAsked) -> tuple[HalfYear, str, str, str]:
    names = ("county", "supplier", "process")
    county, supplier, process = (short_asked(request, name) for name in names)
    return period_asked(request, about), county, supplier, process


def _only(found: Conformance, county: str, supplier: str, process: str) -> Conformance:
    def holds(group: CaseGroup) -> bool:
        return county in ("", group[0]) and supplier in ("", group[1])

    return found.only(holds, process) if county or supplier or process else found


def _rows(
    found: Conformance, place: Any, named: Any, narrows: str, period: HalfYear, own: dict[str, str]
) -> list[dict[str, Any]]:
    """A row for each district or supplier, that with the most deviant cases first."""
    tallies = found.by(place)
    listed = named((code, one.cases) for code, one in tallies.items())
    rows = [
        {
            "code": code,
            "name": name,
            "link": carried(period, **{**own, narrows: code}),
            **_figures(tallies[code]),
        }
        for code, name, _ in listed
    ]
    return sorted(rows, key=lambda row: (-row["deviant"], row["code"]))


def _figures(one: ConformanceTally) -> dict[str, Any]:
    return {
        "cases": one.cases,
        "conformant": one.conformant,
        "deviant": one.deviant,
        "unjudged": one.unjudged,
        "share": None if one.share is None else f"{one.share * HUNDRED:.2f}",
        "kinds": [(spoken(KINDS[kind]), one.kinds[kind]) for kind in TOLD_APART],
        "other": one.other,
    }


def _path(one: PathCount, pack: Pack, number: int, cases: int) -> dict[str, Any]:
    process: Any = pack.rules[one.path.process]
    titles = stage_titles(process)
    drawn = {
        direction: mark_safe(  # noqa: S308  our own picture, every text in it escaped
            draw_path(one.path, titles, language=reader_language(), direction=direction, name=f"path-{number}-{direction}")
        )
        for direction in ("across", "down")
    }  # fmt: skip
    return {
        **drawn,
        "process": spoken(process.title),
        "total": one.total,
        "share": f"{ratio(HUNDRED * one.total, Decimal(cases), 1, 'half_up'):f}",
        "conformity": spoken(CONFORMITIES[one.path.conformity]),
        "standing": str(one.path.conformity),
        "deviations": [spoken(words) for words in say_deviations(one.path, titles)],
        "cases": one.cases,
    }


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    shown = rows[:SHOWN]
    if not shown:
        return None
    return {
        "title": gettext("Cases by district"),
        "colours": COLOURS,
        "labels": [row["name"] for row in shown],
        "series": [
            [gettext("as written"), [row["conformant"] for row in shown]],
            [gettext("not as written"), [row["deviant"] for row in shown]],
            [gettext("not judged"), [row["unjudged"] for row in shown]],
        ],
    }


def _lines(found: Conformance, about: OfficeAsked, period: HalfYear) -> Iterator[list[str | Decimal]]:
    pack = about.pack
    assert pack is not None
    assert about.office is not None
    yield [gettext("Conformance"), about.office.name, say(period.title), gettext("as of"), about.as_of.isoformat()]  # fmt: skip
    heads = [gettext("Cases"), gettext("As written"), gettext("Share (%)"), *(say(KINDS[one]) for one in TOLD_APART), gettext("Other"), gettext("Not judged")]  # fmt: skip
    for title, place, named in (
        (gettext("District"), lambda group: group[0], named_regions),
        (gettext("Supplier"), lambda group: group[1], named_suppliers),
    ):
        yield []
        yield [title, *heads]
        for row in _rows(found, place, named, "", period, {}):
            share = "" if row["share"] is None else Decimal(row["share"])
            counts = [*(n for _, n in row["kinds"]), row["other"], row["unjudged"]]
            yield [
                row["name"],
                Decimal(row["cases"]),
                Decimal(row["conformant"]),
                share,
                *map(Decimal, counts),
            ]
    yield []
    yield [gettext("Process"), gettext("Cases"), gettext("Standing"), gettext("Path"), gettext("Not as written"), gettext("Some cases")]  # fmt: skip
    for one in found.paths:
        process: Any = pack.rules[one.path.process]
        titles = stage_titles(process)
        yield [
            say(process.title), Decimal(one.total), say(CONFORMITIES[one.path.conformity]),
            say(say_path(one.path, titles)), "; ".join(say(words) for words in say_deviations(one.path, titles)),
            " ".join(one.cases),
        ]  # fmt: skip
