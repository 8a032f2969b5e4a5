"""The part of the home page that an office of supervision comes first to, at each level."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext, pgettext_lazy

from tongdian.parties.models import Organisation
from tongdian.parties.permissions import GOVERNMENT, SUPERVISED, grants
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import reader_language, spoken
from tongdian.supervision.models import CellQuestion
from tongdian.supervision.queries.homes import OfficeHome, home_of
from tongdian.supervision.queries.offices import own_offices
from tongdian.supervision.rules import ACCEPT, FILE, READ, ReturnState

MOST_OFFICES = 3  # of who works in more; one may choose to see one of them alone
NAMED = 8  # of whoever is overdue below, of what is red; the pages have them all
NEXT_STEP = {
    ReturnState.DRAFT: pgettext_lazy("return", "to be reviewed"),
    ReturnState.REVIEWED: pgettext_lazy("return", "to be filed"),
}


def authority_here(request: HttpRequest) -> dict[str, Any] | None:
    """For who works in an authority: before any case."""
    return _shown(request, of_suppliers=False)


def supplier_here(request: HttpRequest) -> dict[str, Any] | None:
    """For who works at a supplier: after the cases in hand."""
    return _shown(request, of_suppliers=True)


def _shown(request: HttpRequest, *, of_suppliers: bool) -> dict[str, Any] | None:
    viewer: Any = request.user
    if not viewer.is_authenticated or not viewer.has_perm(READ.name):
        return None
    asked, held = SUPERVISED if of_suppliers else GOVERNMENT, grants(viewer)
    if any(one.organisation is None for one in held):
        return None  # an administrator has every office, and the duties of none
    if not any(one.organisation is not None and one.organisation.kind in asked for one in held):
        return None  # nothing is asked for who works on a campus
    today = timezone.localdate()
    offices = [one for one in own_offices(viewer, today) if one.kind in asked]
    homes = [home_of(one, as_of=today) for one in offices[:MOST_OFFICES]]
    shown = [_said(viewer, one) for one in homes if not (of_suppliers and one.is_calm)]
    return {"homes": shown} if shown else None


def _said(viewer: Any, home: OfficeHome) -> dict[str, Any]:
    query, between = f"?office={home.office.short}", ", " if reader_language() == "en" else "、"
    return {
        "office": home.office,
        "query": query,
        "figures": [one for one in _figures(viewer, home, query) if one["n"]],
        "due": [
            {
                "title": spoken(one.title),
                "period": spoken(one.period.title),
                "day": one.period.due,
                "late": one.is_overdue(home.as_of),
                "next": NEXT_STEP.get(one.state) or pgettext("return", "to be filled in"),
                "address": _return(one.organisation, one.form.key, one.period.key) + query,
            }
            for one in home.due
        ],
        "missing": [
            {
                "title": spoken(one.title),
                "period": spoken(one.period.title),
                "rates": one.rates,
                "is_copy": one.is_copy,
                "n": len(those),
                "names": between.join(each.shown_name for each in those) if len(those) <= NAMED else "",
                "address": reverse("supervision-chasing", args=[one.form.key, one.period.key]) + query,
            }
            for one, those in home.missing
        ],
        "questions": [
            _question(one, query, late=one.answer_by < home.as_of) for one in home.questions[:NAMED]
        ],
        "red": [
            (spoken(one.says), reverse(one.page, args=one.of) + query) for one in home.red_indicators[:NAMED]
        ],
        "further_red": len(home.red_indicators) > NAMED,
    }


def _figures(viewer: Any, home: OfficeHome, query: str) -> list[dict[str, Any]]:
    """How many of what, the most pressing first, each with where it is. What waits for the viewer's own hand is
    counted once, above, with all that does (`sections`)."""
    first, tasks = reverse("supervision") + query, reverse("supervision-tasks") + query
    findings = f"{reverse('supervision-findings')}{query}&standing=overdue#list"
    answers, accepts = (viewer.has_perm(one.name, home.office) for one in (FILE, ACCEPT))
    grids, rules = reverse("supervision-grids") + query, reverse("supervision-internal-rules") + query
    return [
        _figure(home.overdue, gettext("returns of this office overdue"), f"{first}#own", level="late"),
        _figure(home.to_come, gettext("returns due within a month"), f"{first}#own", level="soon"),
        _figure(0 if answers else len(home.questions), gettext("questions to answer"), first, level="soon"),
        _figure(
            0 if accepts else home.to_accept, gettext("returns to accept"), f"{first}#to-accept", level="soon"
        ),
        _figure(home.overdue_below, gettext("returns overdue from below"), f"{first}#received", level="late"),
        _figure(
            home.red.get("indicator", 0),
            gettext("indicators not met"),
            reverse("supervision-indicators") + query,
            level="late",
        ),
        _figure(home.red.get("task", 0), gettext("tasks overdue"), f"{tasks}&only=overdue", level="late"),
        _figure(home.red.get("finding", 0), gettext("rectifications overdue"), findings, level="late"),
        _figure(
            home.red.get("plan", 0) + home.red.get("project", 0),
            gettext("grid plans and projects overdue"),
            grids,
            level="late",
        ),
        _figure(home.red.get("rule", 0), gettext("internal rules overdue"), f"{rules}#own", level="late"),
    ]


def _figure(n: int, title: str, address: str, *, level: str) -> dict[str, Any]:
    return {"n": n, "title": title, "address": address, "level": level}


def _return(organisation: Organisation, form: str, period: str) -> str:
    return reverse("supervision-return", args=[organisation.pk, form, period])


def _question(one: CellQuestion, query: str, *, late: bool) -> dict[str, Any]:
    filing = one.version.filing
    rule = rulebook.pack(filing.pack).rules.get(filing.form)
    return {
        "title": spoken(rule.title) if rule is not None else filing.form,
        "period": filing.period,
        "by": one.organisation.shown_name,
        "text": one.text,
        "day": one.answer_by,
        "late": late,
        "address": reverse("supervision-return", args=[filing.organisation_id, filing.form, filing.period])
        + query,
    }
