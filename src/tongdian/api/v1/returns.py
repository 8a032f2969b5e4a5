"""Returns: where they stand, what they say, and their steps; tasks of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router

from tongdian.api.shapes import supervision as shapes
from tongdian.api.v1.asking import REFUSED, STAFF, Name, Short, viewer_of
from tongdian.api.v1.doing import deed as once
from tongdian.api.v1.registers import do_as_asked, seen_in, shape_of, takes
from tongdian.bounded_days import WrittenDay
from tongdian.parties.models import Organisation
from tongdian.registers.action import Action
from tongdian.supervision.actions import conditions, filing
from tongdian.supervision.actions.counting import count_cases, report_task
from tongdian.supervision.models import CellQuestion, TaskReport
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.cells import disagreements
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.offices import office_named, own_offices, receiver, supervising_packs
from tongdian.supervision.queries.sdmx import sdmx_csv
from tongdian.supervision.queries.tasks import Task, tasks_of
from tongdian.supervision.refusing import NoSuchDay, NoSuchReturn
from tongdian.supervision.rules import READ

returns = Router(tags=["supervision"], auth=STAFF)
tasks = Router(tags=["supervision"], auth=STAFF)
Period = Annotated[str, Path(description="2021-H1, 2021 or once", max_length=7, pattern=r"^[A-Za-z0-9-]+$")]
AsOf = Annotated[WrittenDay | None, Query(description="as it stood at the end of that day; none: today")]
ONE = "/{short}/{form}/{period}"
FIRST_DAY = date(2000, 1, 1)


@returns.get("", response={200: list[shapes.ReturnStandingOut], **REFUSED})
def list_returns(request: HttpRequest, as_of: AsOf = None) -> Any:
    """What your own offices have to file about now, office by office, by its day."""
    viewer, day = viewer_of(request), _day(as_of)
    found = [one for office in own_offices(viewer, day) for one in filings.own_standings(office, as_of=day)]
    return [_standing(one, day) for one in found]


@returns.get(ONE, response={200: shapes.ReturnOut, **REFUSED})
def show_return(request: HttpRequest, short: Short, form: Name, period: Period, as_of: AsOf = None) -> Any:
    """A return with what its newest version says, what does not agree, and the questions on it."""
    day = _day(as_of)
    return _whole(_named(request, short, form, period, day), day)


@returns.get(f"{ONE}/below", response={200: shapes.ReturnsBelow, **REFUSED})
def list_returns_below(
    request: HttpRequest, short: Short, form: Name, period: Period, as_of: AsOf = None
) -> Any:
    """The returns that are filed to an office for a period, with the four numbers: what is missing is the
    chasing list."""
    day = _day(as_of)
    office = _office(short)
    if not viewer_of(request).has_perm(READ.name, office):
        raise NoSuchReturn
    asked = conditions.form_for(office, form, day)
    rows = filings.expected_below(asked, office, period, as_of=day)
    rates = filings.rates_of(rows)
    numbers = {name: getattr(rates, name) for name in ("expected", "received", "on_time", "accepted", "rate")}
    return {**numbers, "items": [_standing(one, day) for one in rows]}


@returns.get(f"{ONE}/sdmx.csv", response={200: str, **REFUSED})
def show_return_as_sdmx(
    request: HttpRequest, short: Short, form: Name, period: Period, as_of: AsOf = None
) -> Any:
    """The figures of the newest version as SDMX-CSV 2.0."""
    here = _named(request, short, form, period, _day(as_of))
    if here.newest is None:
        raise NoSuchReturn
    reply = HttpResponse(
        sdmx_csv(here, here.newest),
        content_type="application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8",
    )
    reply["Content-Disposition"] = f'attachment; filename="{form}-{period}-{short}.csv"'
    return reply


@once(returns, f"{ONE}/fill", gives=shapes.ReturnOut, status=201)
def fill_in_return(
    request: HttpRequest, short: Short, form: Name, period: Period, asked: shapes.FillIn
) -> Any:
    """Write another version; a second person reviews it."""
    here = _named(request, short, form, period, timezone.localdate())
    filing.fill_in(viewer=viewer_of(request), **_about(here), at=timezone.now(), **asked.model_dump())
    return _again(here)


def _about(here: ReturnStanding) -> dict[str, Any]:
    return {"organisation": here.organisation, "form": here.form.key, "period": here.period.key}


def _version(here: ReturnStanding) -> dict[str, Any]:
    if here.newest is None:
        raise NoSuchReturn
    return {"version": here.newest}


def _above(here: ReturnStanding) -> dict[str, Any]:
    office = receiver(here.form, here.organisation, timezone.localdate())
    if office is None:
        raise NoSuchReturn
    return {"office": office}


SEEN_RETURN = "what you saw: the `seen` of the return. If something else stands now, nothing is done: 409"


def _step(slug: str, action: Action[Any, Any], *about: Callable[[ReturnStanding], dict[str, Any]]) -> None:
    """A step on a return, asked by the fields of its action; the return as it stands after is the answer. A step of
    a version names what of it was seen."""
    rests_on_a_version = _version in about

    def doing(request: HttpRequest, short: str, form: str, period: str, asked: Any) -> Any:
        here = _named(request, short, form, period, timezone.localdate())
        things = {name: thing for one in about for name, thing in one(here).items()}
        if rests_on_a_version:
            things["seen"] = seen_in(request, asked)
        given = asked.model_dump(exclude_unset=True, exclude={"seen"})
        do_as_asked(action, request, given, **things)
        return _again(here)

    says = (action.__doc__ or "").partition(" Raises ")[0].strip()
    name = "".join(part.title() for part in action.name.split("-"))
    asked = shape_of(name, action.fields, says, seen=SEEN_RETURN if rests_on_a_version else "")
    takes(doing, {"short": (Short, ...), "form": (Name, ...), "period": (Period, ...), "asked": (asked, ...)})
    once(
        returns, f"{ONE}/{slug}", gives=shapes.ReturnOut, summary=action.name.replace("-", " ").title(),
        description=says, operation_id=action.name.replace("-", "_"),
    )(doing)  # fmt: skip


_step("review", filing.review, _version)
_step("hand-back", filing.hand_back, _version)
_step("file", filing.submit, _version)
_step("take-back", filing.withdraw, _version)
_step("accept", filing.accept, _version, _above)
_step("send-back", filing.send_back, _version, _above)
_step("ask", filing.ask, _version, _above)
_step("ask-late", filing.ask_late, _about)
_step("allow-late", filing.allow_late, _about, _above)
_step("count", count_cases, _about)


@once(returns, f"{ONE}/questions/{{uuid:id_}}/answer", gives=shapes.ReturnOut)
def answer_question_on_return(
    request: HttpRequest, short: Short, form: Name, period: Period, id_: UUID, asked: shapes.AnswerQuestion
) -> Any:
    """Answer a question on a cell."""
    here = _named(request, short, form, period, timezone.localdate())
    question = CellQuestion.objects.filter(version__in=here.versions, pk=id_).first()
    if question is None:
        raise NoSuchReturn
    do_as_asked(filing.answer_question, request, asked.model_dump(), question=question)
    return _again(here)


@tasks.get("/{short}", response={200: list[shapes.TaskOut], **REFUSED})
def list_tasks(request: HttpRequest, short: Short, as_of: AsOf = None) -> Any:
    """The tasks of the ledger, as they stand with an office at the end of a day."""
    day = _day(as_of)
    office = _office(short)
    if not viewer_of(request).has_perm(READ.name, office):
        raise NoSuchReturn
    return [
        _task(one) for pack in supervising_packs(office, day) for one in tasks_of(office, pack, as_of=day)
    ]


def _report() -> None:
    def doing(request: HttpRequest, short: str, asked: Any) -> Any:
        office = _office(short)
        return _said(
            do_as_asked(report_task, request, asked.model_dump(exclude_unset=True), organisation=office)
        )

    asked = shape_of("ReportTask", report_task.fields, "What an office says of a task.")
    takes(doing, {"short": (Short, ...), "asked": (asked, ...)})
    once(
        tasks, "/{short}/report", gives=shapes.TaskReportOut, status=201, summary="Report Task",
        description="Say how a task or a standard stands, with the paper that shows it where it is done.",
        operation_id="report_task",
    )(doing)  # fmt: skip


_report()


def _day(as_of: date | None) -> date:
    """The day as of which it is asked. Raises NoSuchDay."""
    today = timezone.localdate()
    if as_of is not None and not FIRST_DAY <= as_of <= today:
        raise NoSuchDay
    return as_of or today


def _named(request: HttpRequest, short: str, form: str, period: str, day: date) -> ReturnStanding:
    return filings.named(viewer_of(request), _office(short), form, period, as_of=day)


def _office(short: str) -> Organisation:
    """An office by its short name. Raises NoSuchReturn."""
    office = office_named(short)
    if office is None:
        raise NoSuchReturn
    return office


def _again(here: ReturnStanding) -> dict[str, Any]:
    day = timezone.localdate()
    return _whole(filings.standing(here.form, here.organisation, here.period.key, as_of=day), day)


def _standing(one: ReturnStanding, day: date) -> dict[str, Any]:
    return {
        "office": one.organisation.short,
        "name": one.organisation.name,
        "form": one.form.key,
        "period": one.period.key,
        "opens": one.period.opens,
        "due": one.period.due,
        "closes": one.period.closes,
        "closed": one.is_closed(day),
        "state": one.state.value,
        "filed_on": one.first_filed_on,
        "is_on_time": one.is_on_time,
        "is_overdue": one.is_overdue(day),
    }


def _whole(here: ReturnStanding, day: date) -> dict[str, Any]:
    version = here.newest
    kept = {name: getattr(version, name, empty) for name, empty in KEPT.items()}
    return {
        **_standing(here, day),
        **kept,
        "version": version.number if version else None,
        "seen": here.mark,
        "comes_again_by": here.comes_again_by,
        "asked_late": {name: getattr(here.asked_late, name) for name in ("until", "reason", "at")}
        if here.asked_late
        else None,
        "steps": [
            {"what": one.what, "at": one.at, "by": str(one.by or ""), "reason": one.reason}
            for one in (here.steps.get(version.pk, ()) if version else ())
        ],
        "disagreements": [
            {
                "check": one.rule.rule,
                "row": one.line.key,
                "severity": one.severity,
                "outcome": one.outcome,
                "says": one.sentence._asdict(),
            }
            for one in (disagreements(here, version.cells, as_of=day) if version else ())
        ],
        "questions": [_question(one) for one in filings.questions_on(here)],
    }


KEPT = {"hash": "", "contact": "", "note": "", "cells": {}, "absent": [], "remarks": {}}


def _question(one: CellQuestion) -> dict[str, Any]:
    answer = getattr(one, "answer", None)
    said = {name: getattr(one, name) for name in ("row", "column", "text", "answer_by")}
    return {"id": one.pk, **said, "answer": answer.text if answer else None}


def _task(one: Task) -> dict[str, Any]:
    return {
        "clause": one.clause.id,
        "title": one.clause.title._asdict(),
        "due": one.due,
        "is_own": one.is_own,
        "leads": one.leads,
        "standing": one.standing.value,
        "done_on": one.done_on,
        "reports": [_said(report) for report in one.reports],
    }


def _said(report: TaskReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ("state", "on", "text", "paper", "at")}
