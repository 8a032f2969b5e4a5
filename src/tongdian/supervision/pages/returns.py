"""One return: its cells, what does not agree, its versions and steps; filling it in; its steps; its file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tongdian.parties.models import Organisation
from tongdian.policy.clauses import say_clause
from tongdian.policy.form_lines import FormLine
from tongdian.policy.kinds.filing import number_of
from tongdian.policy.kinds.indicator import IndicatorRule
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import Action
from tongdian.registers.pages.guarding import guarded, now
from tongdian.spoken import say, spoken
from tongdian.supervision.actions import filing as deeds
from tongdian.supervision.actions.counting import count_cases
from tongdian.supervision.models import CellQuestion, ReturnVersion
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.drawn import draws_shown
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.absent import absent_named
from tongdian.supervision.queries.cells import blanks, differences, disagreements, told_of
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.offices import receiver
from tongdian.supervision.queries.revising import is_open, revision_due
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import (
    ACCEPT,
    FILE,
    LOCKED,
    READ,
    REVIEW,
    TAKE_BACK,
    CellSource,
    CellStatus,
    ReturnState,
)

MOST_LACKING = 12  # cells that a note names


def return_at(request: HttpRequest, organisation: UUID, form: str, period: str) -> ReturnStanding:
    """The return of an address, as the viewer sees it. Raises NoSuchReturn."""
    office = (
        Organisation.objects.select_related("region")
        .prefetch_related("regions")
        .filter(pk=organisation)
        .first()
    )
    if office is None:
        raise NoSuchReturn
    return filings.named(request.user, office, form, period, as_of=asked(request).as_of)


@require_safe
@guarded(READ.name)
def shown(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """A return as it stands: the version that was asked for, else the newest."""
    here = return_at(request, organisation, form, period)
    return _page(request, here)


def _page(request: HttpRequest, here: ReturnStanding, refusal: Refusal | None = None) -> HttpResponse:
    about = asked(request)
    number = request.GET.get("version", "")
    version = next((one for one in here.versions if str(one.number) == number), here.newest)
    found = disagreements(here, version.cells, as_of=about.as_of) if version else []
    earlier = next((one for one in here.versions if version and one.number == version.number - 1), None)
    above = receiver(here.form, here.organisation, about.as_of)
    context = {
        "about": about,
        "here": here,
        "version": version,
        "state": here.state_of(version) if version else ReturnState.MISSING,
        "steps": here.steps.get(version.pk, ()) if version else (),
        "columns": columns_of(here),
        "rows": rows_of(here, version.cells, _led_to(about, here)) if version else [],
        "checks": [
            (one, version.remarks.get(one.key, "") if version else "")
            for one in found
            if one.outcome == "fail"
        ],
        "untold": [one for one in found if one.outcome != "fail"],
        "differences": _differences(here, earlier, version) if earlier and version else [],
        "questions": _questions(here),
        "draws": draws_shown(request.user, here, version, as_of=about.as_of),
        **_lacks(here, version),
        "above": above,
        "revision": revision_due(here, as_of=about.as_of),
        "may": _may(request, here, version, above) if not about.is_past else {},
        "absent": absent_named(version.absent) if version else [],
        "refusal": say(refusal) if refusal else "",
        "is_closed": here.state not in LOCKED and here.is_closed(about.as_of),
        "figures": filings.newest_figures(here.organisation, here.form.pack.id, here.period.key),
    }
    # of two who do something about one return the second is told so: 409, else what was asked is wrong
    status = 200 if refusal is None else 409 if refusal.status == 409 else 422
    return render(request, "supervision/return.html", context, status=status)


def _questions(here: ReturnStanding) -> list[tuple[CellQuestion, str, str]]:
    """Each with the titles of its row and column."""
    rows = {one.key: spoken(one.named) for one in here.lines}
    columns = dict(columns_of(here))
    return [
        (one, rows.get(one.row, one.row), columns.get(one.column, one.column))
        for one in filings.questions_on(here)
    ]


def _lacks(here: ReturnStanding, version: ReturnVersion | None) -> dict[str, Any]:
    """What the newest version still needs before it is reviewed; of what is past that, nothing."""
    if version is None or version != here.newest or here.state != ReturnState.DRAFT:
        return {"lacks": []}
    columns = dict(columns_of(here))
    found = [
        f"{spoken(line.named)} · {columns[column]}"
        for line, column in blanks(here.form, here.organisation, version.cells)
    ]
    if not version.contact:
        found.insert(0, gettext("Contact"))
    return {"lacks": found[:MOST_LACKING], "lacks_more": max(0, len(found) - MOST_LACKING)}


def columns_of(here: ReturnStanding) -> list[tuple[str, str]]:
    """The keys and titles of the form's columns."""
    return [(key, spoken(column.title)) for key, column in here.form.version.columns.items()]


def _led_to(about: OfficeAsked, here: ReturnStanding) -> Callable[[FormLine, str, str], str]:
    """Where a cell leads: a standard that is counted to its indicator; any other counted cell to its cases, one that
    is added up to the returns below. Cases are for the office's own people."""
    asked_for = urlencode({"office": here.organisation.short, "period": here.period.key})
    by_clause = {
        cite: f"{reverse('supervision-indicator', args=[rule.rule])}?{asked_for}"
        for rule in here.form.pack.rules.values()
        if isinstance(rule, IndicatorRule)
        for version in rule.versions
        for cite in version.cite
    }
    is_own = here.organisation in about.offices and here.period.first is not None

    def link(line: FormLine, column: str, source: str) -> str:
        if source == CellSource.CASES and is_own and line.clause is not None:
            return by_clause.get(line.key, "")
        if source == CellSource.BELOW or (source == CellSource.CASES and is_own):
            said = urlencode({"row": line.key, "column": column, "as_of": about.as_of.isoformat()})
            return f"{address_of('supervision-cell', here)}?{said}"
        return ""

    return link


def rows_of(
    here: ReturnStanding,
    cells: Mapping[str, Any],
    led_to: Callable[[FormLine, str, str], str] = lambda line, column, source: "",
) -> list[dict[str, Any]]:
    """The rows of a form with what stands in each cell, as it is said."""
    found = []
    for line in here.lines:
        shown = []
        for column, declared in here.form.version.columns.items():
            cell = here.form.rule.cell(here.form.version, line, column)
            kept = cells.get(line.key, {}).get(column, {})
            status, source = kept.get("status", ""), kept.get("source", "")
            told = told_of(here.form, line, column, cells) if cell is None else None
            shown.append(
                {
                    "key": column,
                    "title": spoken(declared.title),
                    "is_there": cell is not None,
                    "is_number": bool(declared.share) or (cell is not None and number_of(cell) is not None),
                    "told": spoken(told) if told is not None else "",
                    "value": kept.get("value", ""),
                    "status": status,
                    "status_said": CellStatus(status).label if status not in ("", "A") else "",
                    "source": CellSource(source).label if source else "",
                    "why": kept.get("why", ""),
                    "link": led_to(line, column, source) if kept.get("value") else "",
                    "is_sum": declared.is_sum,
                    "input": cell,
                    "needed": declared.needed,
                }
            )
        found.append(
            {"line": line, "cells": shown, "title": _title(here, line), "number": _number(here, line)}
        )
    return found


def _tells(here: ReturnStanding) -> bool:
    """Whether columns tell what a row is, so that its head is its number."""
    return any(one.tells is not None for one in here.form.version.columns.values())


def _title(here: ReturnStanding, line: FormLine) -> str:
    return "" if _tells(here) else spoken(line.title)


def _number(here: ReturnStanding, line: FormLine) -> str:
    """How a row is called beside its title: the clause of a task, the unit of a figure."""
    if _tells(here):
        return line.number
    if line.row is not None:
        return spoken(line.row.unit) if line.row.unit else ""
    return say(say_clause(line.key)) if line.clause is not None else line.key


def _differences(here: ReturnStanding, before: ReturnVersion, after: ReturnVersion) -> list[dict[str, Any]]:
    columns = here.form.version.columns
    return [
        {
            "row": spoken(line.named),
            "column": spoken(columns[column].title),
            "before": _told(one),
            "after": _told(other),
        }
        for line, column, one, other in differences(here.form, before, after)
    ]


def _told(kept: Mapping[str, Any] | None) -> str:
    """What stood in a cell: the value, how it came about where that is not usual, and why."""
    cell = kept or {}
    status = cell.get("status", "")
    said = CellStatus(status).label if status not in ("", CellStatus.NORMAL) else ""
    return " ".join(str(one) for one in (cell.get("value", ""), said, cell.get("why", "")) if one)


def _may(
    request: HttpRequest, here: ReturnStanding, version: ReturnVersion | None, above: Organisation | None
) -> dict[str, bool]:
    """What the viewer may do next; the actions ask again."""
    viewer, state = request.user, here.state
    is_newest = version is not None and here.newest is not None and version.pk == here.newest.pk
    files, signs = (
        viewer.has_perm(FILE.name, here.organisation),
        viewer.has_perm(REVIEW.name, here.organisation),
    )
    takes = above is not None and viewer.has_perm(ACCEPT.name, above)
    is_another = version is None or version.by_id != viewer.pk
    is_reviewed = signs and is_newest and state == ReturnState.REVIEWED
    waits = here.period.opens is not None and timezone.localdate() < here.period.opens
    return {
        "fill": files and is_open(here, as_of=timezone.localdate()),
        "count": files and here.form.version.each != "task" and here.period.first is not None,
        "review": signs and is_newest and state == ReturnState.DRAFT and is_another,
        "own": signs and is_newest and state == ReturnState.DRAFT and not is_another,
        "hand_back": signs and is_newest and state in (ReturnState.DRAFT, ReturnState.REVIEWED),
        "submit": is_reviewed and not waits,
        "waits": is_reviewed and waits,
        "withdraw": viewer.has_perm(TAKE_BACK.name, here.organisation)
        and is_newest
        and state == ReturnState.SUBMITTED,
        "accept": takes and is_newest and state == ReturnState.SUBMITTED,
        "send_back": takes and is_newest and state in LOCKED,
        "ask": takes and is_newest and state in LOCKED,
        "allow": takes and state not in LOCKED and here.period.closes is not None,
        "ask_late": files and state not in LOCKED and here.is_closed(timezone.localdate()),
        "answer": files,
    }


STEPS: Mapping[str, Action[Any, Any]] = {
    "review": deeds.review,
    "hand-back": deeds.hand_back,
    "submit": deeds.submit,
    "withdraw": deeds.withdraw,
}


@require_POST
@guarded(READ.name)
def step(request: HttpRequest, organisation: UUID, form: str, period: str, deed: str) -> HttpResponse:
    """One step of the newest version, or a question, an answer, an allowance, a count."""
    here = return_at(request, organisation, form, period)
    given = {name: request.POST.get(name, "").strip() for name in ("reason", "text", "row", "column")}
    above = receiver(here.form, here.organisation, timezone.localdate())
    version, seen = here.newest, request.POST.get("seen", "")
    try:
        if deed == "count":
            now(request, count_cases, organisation=here.organisation, form=form, period=period)
            return _to_what_was_counted(request, here)
        if deed == "ask-late":
            now(
                request, deeds.ask_late, organisation=here.organisation, form=form, period=period,
                until=request.POST.get("until", ""), reason=given["reason"],
            )  # fmt: skip
        elif deed == "allow" and above is not None:
            now(
                request, deeds.allow_late, office=above, organisation=here.organisation, form=form, period=period,
                until=request.POST.get("until", ""), reason=given["reason"],
            )  # fmt: skip
        elif deed == "answer":
            asked_by = str(request.POST.get("question"))
            question = next((one for one in filings.questions_on(here) if str(one.pk) == asked_by), None)
            if question is None:
                raise NoSuchReturn
            now(request, deeds.answer_question, question=question, text=given["text"])
        elif version is None or (deed in ("accept", "return", "ask") and above is None):
            raise NoSuchReturn
        elif deed == "ask":
            now(
                request, deeds.ask, office=above, version=version, row=given["row"], column=given["column"],
                text=given["text"], answer_by=request.POST.get("answer_by", ""), seen=seen,
            )  # fmt: skip
        elif deed == "return":
            now(
                request, deeds.send_back, office=above, version=version, reason=given["reason"],
                until=request.POST.get("until", ""), seen=seen,
            )  # fmt: skip
        elif deed == "accept":
            now(request, deeds.accept, office=above, version=version, reason=given["reason"], seen=seen)
        elif deed in STEPS:
            now(request, STEPS[deed], version=version, reason=given["reason"], seen=seen)
        else:
            raise NoSuchReturn
    except Refusal as refusal:
        if refusal.status in (403, 404) and not refusal.field:
            raise
        return _page(request, here, refusal)
    messages.success(request, gettext("Done, and entered with your name."))
    return redirect(address_of("supervision-return", here))


def _to_what_was_counted(request: HttpRequest, here: ReturnStanding) -> HttpResponse:
    """The page of indicators where it was asked for there; else where the figures are proposed, if they may be
    taken over."""
    if request.POST.get("back") == "indicators":
        messages.success(request, gettext("Counted from the cases."))
        asked_for = urlencode({"office": here.organisation.short, "period": here.period.key})
        return redirect(f"{reverse('supervision-indicators')}?{asked_for}")
    if not is_open(here, as_of=timezone.localdate()):
        messages.success(request, gettext("Counted from the cases; the return is filed and stays as it is."))
        return redirect(address_of("supervision-return", here))
    messages.success(
        request, gettext("Counted from the cases: the figures are proposed here. Keep them as a draft.")
    )
    return redirect(address_of("supervision-fill", here))


def say_kept(request: HttpRequest, here: ReturnStanding) -> None:
    """That a draft was kept: a second person reviews it once it is whole."""
    kept = filings.standing(here.form, here.organisation, here.period.key, as_of=timezone.localdate())
    if _lacks(kept, kept.newest)["lacks"]:
        messages.warning(
            request, gettext("Kept as a draft. It is not whole yet: below stands what is missing.")
        )
    else:
        messages.success(request, gettext("Kept as a draft; a second person reviews it."))


def address_of(name: str, here: ReturnStanding) -> str:
    """A page of a return, by the name of its address."""
    return reverse(name, args=[here.organisation.pk, here.form.key, here.period.key])
