"""Signals in the record of an office's cases: counts before lists, down to the case and the article."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.views.decorators.http import require_safe

from tongdian.bulk.signals import FoundSignals, Signal, SignalResult
from tongdian.policy.clauses import say_clause
from tongdian.policy.kinds.signal import SEVERITIES, say_figure
from tongdian.policy.words import Words
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say, spoken
from tongdian.supervision.findings import FindingSource
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.narrowing import (
    carried,
    named_regions,
    named_suppliers,
    only_said,
    period_asked,
    short_asked,
)
from tongdian.supervision.pages.offering import offer
from tongdian.supervision.queries import integrity as queries
from tongdian.supervision.queries.own_record import HalfYear, half_years
from tongdian.supervision.refusing import NoSuchSignal
from tongdian.supervision.rules import READ

SERIOUS_AND_NOT = ["#b5533c", "#1c4f82"]
SHOWN = 200  # of a list; what is beyond is said to be there


@require_safe
@guarded(READ.name)
def integrity(request: HttpRequest) -> HttpResponse:
    """How many signals of each rule, by district and by supplier."""
    about = asked(request)
    if about.office is None or about.pack is None:
        return render(request, "supervision/integrity.html", {"about": about, "rows": []})
    period, county, supplier = (
        period_asked(request, about),
        short_asked(request, "county"),
        short_asked(request, "supplier"),
    )
    found = queries.detect(about.office, about.pack, period=period, on=about.as_of)
    counts = queries.counted(found, county=county, supplier=supplier)
    whole = queries.counted(found)
    rows = [_said(one) for one in counts.rules]
    context = {
        "about": about,
        "period": period,
        "periods": half_years(about.as_of),
        "rows": rows,
        "total": counts.total,
        "counties": [
            (code, name, count, carried(period, county=code))
            for code, name, count in named_regions(whole.counties)
        ],
        "suppliers": [
            (code, name, count, carried(period, supplier=code))
            for code, name, count in named_suppliers(whole.suppliers)
        ],
        "only": only_said(county, supplier),
        "carried": carried(period, county=county, supplier=supplier),
        "keep": [("period", period.key), ("county", county), ("supplier", supplier)],
        "chart": _chart(rows),
    }
    return render(request, "supervision/integrity.html", context)


@require_safe
@guarded(READ.name)
def signal(request: HttpRequest, rule: str) -> HttpResponse:
    """One rule: what it looks for, how many by district and supplier, and each with its sentence."""
    about, period, found = _found(request)
    county, supplier = short_asked(request, "county"), short_asked(request, "supplier")
    counts = queries.counted(found, county=county, supplier=supplier)
    result = next((one for one in counts.rules if one.rule.rule == rule), None)
    if result is None or about.pack is None:
        raise NoSuchSignal
    own = queries.counted(FoundSignals((result,), (), ()))
    context = {
        "about": about,
        "period": period,
        "one": _said(result),
        "version": result.version,
        "limits": [
            (spoken(one.title), say_figure(one.is_, one.value_type, get_language() or "zh"))
            for one in result.version.limits.values()
        ],
        "clauses": [(one, about.pack.clauses[one]) for one in result.version.cite],
        "counties": named_regions(own.counties),
        "suppliers": named_suppliers(own.suppliers),
        "listed": [_listed(one, period) for one in result.found[:SHOWN]],
        "beyond": max(result.total - SHOWN, 0),
        "carried": carried(period, county=county, supplier=supplier),
    }
    return render(request, "supervision/signal.html", context)


@require_safe
@guarded(READ.name)
def signal_evidence(request: HttpRequest, rule: str) -> HttpResponse:
    """One signal with its figures, and where they lead: the case and the article."""
    about, period, found = _found(request)
    pair = queries.signal_named(found, rule, request.GET.get("about", "")[:200])
    if pair is None or about.pack is None or about.office is None:
        raise NoSuchSignal
    result, one = pair
    language = get_language() or "zh"
    figures = queries.figures_of(result.rule, result.version, about.pack, one)
    context = {
        "about": about,
        "period": period,
        "one": _said(result),
        "signal": one,
        "said": spoken(one.sentence),
        "figures": [(spoken(title), _figure(value, type_, language)) for title, value, type_ in figures],
        "clauses": [(clause, about.pack.clauses[clause]) for clause in result.version.cite],
        "region": named_regions(((one.region, 1),))[0][1],
        "supplier": named_suppliers(((one.supplier, 1),))[0][1],
        "carried": carried(period),
        "finding": offer(
            request, about.office, origin=one.origin, about=one.supplier, source=FindingSource.INTEGRITY.value,
            clause=result.version.cite[0], text=spoken(one.sentence), region=one.region, case=one.case,
        ),
    }  # fmt: skip
    return render(request, "supervision/signal_evidence.html", context)


def _found(request: HttpRequest) -> tuple[OfficeAsked, HalfYear, FoundSignals]:
    """Raises NoSuchSignal where the viewer has no office that a pack binds."""
    about = asked(request)
    if about.office is None or about.pack is None:
        raise NoSuchSignal
    period = period_asked(request, about)
    return about, period, queries.detect(about.office, about.pack, period=period, on=about.as_of)


def _figure(value: Any, type_: Any, language: str) -> str:
    return value.say(language) if isinstance(value, Words) else say_figure(value, type_, language)


# what is judged, one by one or group by group
UNITS = {
    "case": pgettext_lazy("judged", "cases"),
    "step": pgettext_lazy("judged", "steps"),
    "stay": pgettext_lazy("judged", "stays"),
    "work": pgettext_lazy("judged", "works"),
    "supplier": pgettext_lazy("judged", "suppliers"),
    "region": pgettext_lazy("judged", "districts"),
    "person": pgettext_lazy("judged", "persons"),
    "person-hour": pgettext_lazy("judged", "hours of a person"),
}


def _said(one: SignalResult) -> dict[str, Any]:
    return {
        "rule": one.rule.rule,
        "title": spoken(one.rule.title),
        "note": spoken(one.rule.note) if one.rule.note else "",
        "cite": one.version.cite[0],
        "cite_said": say(say_clause(one.version.cite[0])),
        "severity": spoken(SEVERITIES[one.rule.severity]),
        "is_serious": one.rule.severity == "serious",
        "total": one.total,
        "judged": one.judged,
        "unknown": one.unknown,
        "unit": UNITS[one.version.by or one.version.rows],
        "lacks": ", ".join(one.lacks),
        "is_judged": one.is_judged,
    }


def _listed(one: Signal, period: HalfYear) -> dict[str, Any]:
    return {
        "about": one.about,
        "said": spoken(one.sentence),
        "supplier": one.supplier,
        "link": f"{urlencode({'about': one.about})}&{carried(period)}",
    }


def _chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """How many of each rule, those that are suspected breaches apart."""
    shown = [row for row in rows if row["total"]]
    if not shown:
        return None
    return {
        "title": gettext("Signals by rule"),
        "colours": SERIOUS_AND_NOT,
        "labels": [row["title"] for row in shown],
        "series": [
            [spoken(SEVERITIES["serious"]), [row["total"] if row["is_serious"] else 0 for row in shown]],
            [spoken(SEVERITIES["explain"]), [0 if row["is_serious"] else row["total"] for row in shown]],
        ],
    }
