"""One return: its cells, what does not agree, its versions and steps; filling it in; its steps; its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.parties.models import Organisation
from tongdian.plain_text import whole
from tongdian.policy.clauses import say_clause
from tongdian.policy.kinds.filing import FormLine, number_of
from tongdian.policy.kinds.indicator import IndicatorRule
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import Action
from tongdian.registers.pages.guarding import guarded, now
from tongdian.spoken import say, spoken
from tongdian.supervision.actions import filing as deeds
from tongdian.supervision.actions.counting import count_cases
from tongdian.supervision.models import CellQuestion, ReturnVersion
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.drawn import drawn_context
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.cells import blanks, differences, disagreements
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.offices import receiver
from tongdian.supervision.queries.proposing import proposed
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
BLANK = ((CellStatus.MISSING, "missing"), (CellStatus.NOT_APPLICABLE, "not applicable"))


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
        "columns": _columns(here),
        "rows": _rows(here, version.cells, _counted_at(about, here)) if version else [],
        "checks": [(one, version.remarks.get(one.key, "") if version else "") for one in found],
        "differences": _differences(here, earlier, version) if earlier and version else [],
        "questions": _questions(here),
        "drawn": drawn_context(request.user, here, version),
        **_lacks(here, version),
        "above": above,
        "revision": revision_due(here, as_of=about.as_of),
        "may": _may(request, here, version, above) if not about.is_past else {},
        "absent": filings.absent_named(version.absent) if version else [],
        "refusal": say(refusal) if refusal else "",
        "is_closed": here.state not in LOCKED and here.is_closed(about.as_of),
        "figures": filings.newest_figures(here.organisation, here.form.pack.id, here.period.key),
    }
    # of two who do something about one return the second is told so: 409, else what was asked is wrong
    status = 200 if refusal is None else 409 if refusal.status == 409 else 422
    return render(request, "supervision/return.html", context, status=status)


def _questions(here: ReturnStanding) -> list[tuple[CellQuestion, str, str]]:
    """Each with the titles of its row and column."""
    rows = {one.key: spoken(one.title) for one in here.lines}
    columns = dict(_columns(here))
    return [
        (one, rows.get(one.row, one.row), columns.get(one.column, one.column))
        for one in filings.questions_on(here)
    ]


def _lacks(here: ReturnStanding, version: ReturnVersion | None) -> dict[str, Any]:
    """What the newest version still needs before it is reviewed; of what is past that, nothing."""
    if version is None or version != here.newest or here.state != ReturnState.DRAFT:
        return {"lacks": []}
    columns = dict(_columns(here))
    found = [f"{spoken(line.title)} · {columns[column]}" for line, column in blanks(here.form, version.cells)]
    if not version.contact:
        found.insert(0, gettext("Contact"))
    return {"lacks": found[:MOST_LACKING], "lacks_more": max(0, len(found) - MOST_LACKING)}


def _columns(here: ReturnStanding) -> list[tuple[str, str]]:
    return [(key, spoken(column.title)) for key, column in here.form.version.columns.items()]


def _counted_at(about: OfficeAsked, here: ReturnStanding) -> Mapping[str, str]:
    """Where the cases lie that cells are counted from, for the office's own people: by clause the page of its
    indicator, and for all other rows that of the indicators of the period."""
    if here.organisation not in about.offices or here.period.first is None:
        return {}
    asked_for = urlencode({"office": here.organisation.short, "period": here.period.key})
    by_clause = {
        cite: f"{reverse('supervision-indicator', args=[rule.rule])}?{asked_for}"
        for rule in here.form.pack.rules.values()
        if isinstance(rule, IndicatorRule)
        for version in rule.versions
        for cite in version.cite
    }
    every = f"{reverse('supervision-indicators')}?{asked_for}"
    return by_clause if here.form.version.each == "standard" else {"": every}


def _rows(
    here: ReturnStanding, cells: Mapping[str, Any], counted_at: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The rows of a form with what stands in each cell, as it is said."""
    at = counted_at or {}
    found = []
    for line in here.lines:
        shown = []
        for column, declared in here.form.version.columns.items():
            cell = here.form.rule.cell(here.form.version, line, column)
            kept = cells.get(line.key, {}).get(column, {})
            status = kept.get("status", "")
            shown.append(
                {
                    "key": column,
                    "title": spoken(declared.title),
                    "is_there": cell is not None,
                    "is_number": cell is not None and number_of(cell) is not None,
                    "value": kept.get("value", ""),
                    "status": status,
                    "status_said": CellStatus(status).label if status not in ("", "A") else "",
                    "source": CellSource(kept["source"]).label if kept.get("source") else "",
                    "why": kept.get("why", ""),
                    "link": at.get(line.key, at.get("", ""))
                    if kept.get("source") == CellSource.CASES
                    else "",
                    "is_sum": declared.is_sum,
                    "input": cell,
                    "needed": declared.needed,
                }
            )
        found.append({"line": line, "cells": shown, "title": spoken(line.title), "number": _number(line)})
    return found


def _number(line: FormLine) -> str:
    """How a row is called beside its title: the clause of a task, the unit of a figure."""
    if line.row is not None:
        return spoken(line.row.unit) if line.row.unit else ""
    return say(say_clause(line.key)) if line.clause is not None else line.key


def _differences(here: ReturnStanding, before: ReturnVersion, after: ReturnVersion) -> list[dict[str, Any]]:
    columns = here.form.version.columns
    return [
        {
            "row": spoken(line.title),
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


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FILE.name)
def fill(request: HttpRequest, organisation: UUID, form: str, period: str) -> HttpResponse:
    """Fill in another version: it begins with what was counted, added up, or entered before."""
    here = return_at(request, organisation, form, period)
    if not request.user.has_perm(FILE.name, here.organisation):
        raise NoSuchReturn
    begun_from = here.newest.number if here.newest else 0
    begins = proposed(here, as_of=timezone.localdate())
    refusal: Refusal | None = None
    cells: Mapping[str, Any] = begins
    if request.method == "POST":
        cells = _typed(request, here, begins)
        try:
            now(
                request, deeds.fill_in, organisation=here.organisation, form=form, period=period, cells=cells,
                absent=_typed_absent(request, here), remarks=_typed_remarks(request),
                contact=request.POST.get("contact", "").strip()[:120], note=request.POST.get("note", "").strip()[:500],
                begun_from=whole(request.POST.get("begun_from", "")) or 0,
            )  # fmt: skip
        except Refusal as refused:
            if refused.status in (403, 404):
                raise
            refusal = refused
        else:
            say_kept(request, here)
            return redirect(address_of("supervision-return", here))
    expected = filings.expected_below(here.form, here.organisation, period, as_of=timezone.localdate())
    context = {
        "here": here,
        "columns": _columns(here),
        "rows": _rows(here, cells),
        "begun_from": begun_from,
        "is_closed": here.is_closed(timezone.localdate()),
        "checks": disagreements(here, cells, as_of=timezone.localdate()) if refusal is None else [],
        "below": [one for one in expected if one.accepted is None],
        "further": filings.absent_named(filings.absent_further_below(expected)),
        "why_absent": _why_absent(request, here),
        "remarks": here.newest.remarks if here.newest else {},
        "contact": here.newest.contact if here.newest else "",
        "note": here.newest.note if here.newest else "",
        "refusal": say(refusal) if refusal else "",
        "blank": [(status.value, status.label) for status, _ in BLANK],
    }
    return render(request, "supervision/fill.html", context, status=422 if refusal else 200)


def _typed(
    request: HttpRequest, here: ReturnStanding, begins: Mapping[str, Any]
) -> dict[str, dict[str, dict[str, Any]]]:
    """The cells as they were typed. One that stands as it was proposed keeps where it is from."""
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for number, line in enumerate(here.lines):
        for column in here.form.version.columns:
            if here.form.rule.cell(here.form.version, line, column) is None:
                continue
            value = request.POST.get(f"c{number}.{column}", "").strip()
            why = request.POST.get(f"w{number}.{column}", "").strip()
            was = begins.get(line.key, {}).get(column, {})
            if value and value == was.get("value"):
                cells.setdefault(line.key, {})[column] = was
            elif value or why:
                status = request.POST.get(f"s{number}.{column}", "") or (
                    CellStatus.NORMAL if value else CellStatus.MISSING
                )
                cells.setdefault(line.key, {})[column] = {"value": value, "why": why, "status": str(status)}
    return cells


def _typed_absent(request: HttpRequest, here: ReturnStanding) -> list[dict[str, str]]:
    return [
        {"organisation": name.removeprefix("absent."), "why": why.strip()}
        for name, why in request.POST.items()
        if name.startswith("absent.") and isinstance(why, str) and why.strip()
    ]


def _why_absent(request: HttpRequest, here: ReturnStanding) -> dict[str, str]:
    """By short name why a return below is missing: as it was typed just now, else as the version before said."""
    said = (
        _typed_absent(request, here)
        if request.method == "POST"
        else here.newest.absent
        if here.newest
        else []
    )
    return {one["organisation"]: one["why"] for one in said if not one.get("of")}


def _typed_remarks(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix("remark."): text.strip()
        for name, text in request.POST.items()
        if name.startswith("remark.") and isinstance(text, str) and text.strip()
    }
