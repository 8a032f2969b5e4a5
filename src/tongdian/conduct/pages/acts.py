"""Acts: the list with the month's figures, a new one on a phone, and one with what follows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.bounded_days import read_moment, read_month
from tongdian.calendar import SHANGHAI, legal_day, month_of
from tongdian.conduct import queries
from tongdian.conduct.actions.appealing import appeal_act
from tongdian.conduct.actions.recording import end_publication, record_act, take_act_back
from tongdian.conduct.entries import ACT, BECAUSE
from tongdian.conduct.models import ConductAct, ConductReport, Deduction, ServedNotice
from tongdian.conduct.rules import DECIDE, READ, RECORD, NoSuchAct
from tongdian.files.replies import file_reply
from tongdian.money import format_yuan
from tongdian.network.models import Place, UsagePoint
from tongdian.network.queries import places, places_described, usage_points
from tongdian.network.rules import FOUND
from tongdian.parties.models import Organisation
from tongdian.parties.queries import manageable
from tongdian.policy.clauses import say_clause
from tongdian.policy.refusals import Refusal
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import attempt, done, guarded, status_of
from tongdian.registers.pages.list_tools import as_file, one_page
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.saying import cite, rule_address
from tongdian.spoken import reader_language, say
from tongdian.supply.queries import finding_at


@require_safe
@guarded(READ.name)
def listed(request: HttpRequest) -> HttpResponse:
    """The acts of a month, by article and by unit; `mine` are those of one's own round today."""
    today = timezone.localdate()
    month, first, until = _month(request)
    rows = queries.acts(request.user).filter(done_at__gte=first, done_at__lt=until)
    unit = request.GET.get("unit", "")[:12]
    if unit:
        rows = queries.acts(request.user).filter(unit__short=unit)  # a unit's record is not of one month
    if request.GET.get("mine"):
        rows = rows.filter(by=request.user.pk, at__date=today)
    page, following = one_page(request, rows)
    by_unit = queries.counts(rows, "unit__name")
    by_clause = [
        (say_clause(clause).say(reader_language()), number)
        for clause, number in queries.counts(rows, "clause")
    ]
    context = {
        "rows": [(one, _said(one)) for one in page],
        "following": following,
        "month": month,
        "unit": unit,
        "mine": bool(request.GET.get("mine")),
        "units": sorted({(one.unit.short, one.unit.shown_name) for one in page if one.unit}),
        "may_record": _houses(request).exists(),
        "charts": [
            *([_chart("clauses", gettext("Acts by article"), by_clause)] if by_clause else []),
            *([_chart("units", gettext("Acts by unit"), by_unit)] if by_clause else []),
            *_wasted(request, first, until),
        ],
    }
    return render(request, "conduct/acts.html", context)


def _month(request: HttpRequest) -> tuple[str, dt.datetime, dt.datetime]:
    """The month that an address asks for, else this one: as 2026-03, with its first instant and that after its last."""
    today = timezone.localdate()
    try:
        chosen = read_month(request.GET["month"]) if request.GET.get("month") else today
    except Refusal:
        chosen = today
    month = month_of(chosen)
    bounds = (dt.datetime.combine(day or today, dt.time(), SHANGHAI) for day in (month.start, month.end))
    first, until = bounds
    return f"{month.start:%Y-%m}", first, until


def _wasted(request: HttpRequest, first: dt.datetime, until: dt.datetime) -> list[dict[str, Any]]:
    """A chart of what was deducted for waste in a time, by unit: exact yuan, as the table below it has them."""
    sums = queries.wasted_by_unit(request.user, first, until)
    if not sums:
        return []
    yuan = [f"{Decimal(fen).scaleb(-2):.2f}" for _unit, fen in sums]
    said = {"id": "chart-wasted", "title": gettext("Waste deducted, by unit"), "counted": gettext("yuan")}
    return [{**said, "labels": [unit for unit, _fen in sums], "series": [[gettext("Yuan"), yuan]]}]


def _chart(key: str, title: str, counts: list[tuple[str, int]]) -> dict[str, Any]:
    return {
        "id": f"chart-{key}",
        "title": title,
        "labels": [key for key, _ in counts],
        "series": [[gettext("Acts"), [number for _, number in counts]]],
    }


def _said(act: ConductAct) -> str:
    return queries.words_of(act).said.say(reader_language())


# ---------------------------------------------------------------- a new one
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RECORD.name)
def new(request: HttpRequest) -> HttpResponse:
    """Record an act: `?place=CODE` is what the code at the door says; `?report=ID` the report that led here, from which
    act, words, place and photograph are taken over."""
    report = queries.report_to_record(request.user, as_uuid(request.GET.get("report")))
    house = report.organisation if report is not None else _house(request)
    if isinstance(house, HttpResponse):
        return house
    now, today = timezone.localtime(), timezone.localdate()
    scope = Scope(request.user, house, today)
    place = (
        places(request.user)
        .filter(code=request.GET.get("place", "")[:40], organisation__ancestors__contains=[house.pk])
        .first()
    )
    near = places_described(request.user, house, report.where, limit=FOUND) if report is not None else []
    if len(near) == 1:
        place = near[0]
    values = {
        "on": today,
        "hour": f"{now:%H:%M}",
        **(_of_report(report) if report is not None else {}),
        **({"place": place, "unit": queries.unit_last_found_at(place)} if place else {}),
        **(_of_finding(request, place) if place else {}),
    }
    form = FieldsForm(ACT, request.POST if request.method == "POST" else None, scope=scope, values=values)
    sent = request.FILES.get("photograph")
    made = done(
        request, form, record_act, organisation=house, photograph=sent.read() if sent else b"",
        report=report if "keep_photograph" in request.POST else None,
    )  # fmt: skip
    if made is not None:
        messages.success(request, gettext("%(number)s is recorded.") % {"number": made.number})
        if report is not None:  # where it is found true by this act
            return redirect(f"{reverse('conduct-report', args=[report.pk])}?act={made.number}")
        return redirect("conduct-act", made.number)
    context = {"form": form, "house": house, "place": place, "report": report, "near": near}
    return render(request, "conduct/record.html", context, status=status_of(form))


def _of_report(report: ConductReport) -> dict[str, Any]:
    """What a report tells of the act. When it was done the reporter wrote in words: the day is that of the report."""
    day = timezone.localtime(report.at)
    known = {"act": report.act} if report.act else {}
    return {"text": report.text, "on": legal_day(report.at), "hour": f"{day:%H:%M}", **known}


def _of_finding(request: HttpRequest, place: Place) -> dict[str, Any]:
    """What a finding of use outside hours tells of the act, where one led here: `?used=POINT&timetable=RULE&from=INSTANT`.
    Which article it breaks the inspector picks."""
    try:
        point = usage_points(request.user).get(pk=request.GET.get("used", ""), place=place)
        instant = read_moment(request.GET.get("from", ""))
    except (UsagePoint.DoesNotExist, ValidationError, Refusal):
        return {}
    finding = finding_at(point, request.GET.get("timetable", ""), instant)
    return queries.told_by(finding) if finding is not None else {}


def _houses(request: HttpRequest) -> QuerySet[Organisation]:
    """The campuses in which the viewer records acts."""
    kinds = [Organisation.Kind.CAMPUS]
    return manageable(request.user, RECORD.name, on=timezone.localdate()).filter(kind__in=kinds)


def _house(request: HttpRequest) -> Organisation | HttpResponse:
    """The house in which the viewer records: the one named, or the only one."""
    offered = list(_houses(request))
    chosen = next((one for one in offered if one.short == request.GET.get("house")), None)
    if chosen is not None:
        return chosen
    if not offered:
        raise NoSuchAct
    if len(offered) == 1:
        return offered[0]
    query = request.GET.copy()
    listed = []
    for one in offered:
        query["house"] = one.short
        listed.append((one, f"{request.path}?{query.urlencode()}"))
    return render(request, "conduct/choose_house.html", {"listed": listed})


# ---------------------------------------------------------------- one
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ.name)
def act(request: HttpRequest, number: str) -> HttpResponse:
    """An act with what follows it, by which article; taken back with a reason."""
    one = queries.act_seen(request.user, number)
    may_decide = request.user.has_perm(DECIDE.name, one.organisation) and not hasattr(one, "taken_back")
    form = FieldsForm(
        BECAUSE, request.POST if request.method == "POST" else None,
        scope=Scope(request.user, one.organisation, timezone.localdate()),
    )  # fmt: skip
    if request.method == "POST":
        if not may_decide:
            raise NoSuchAct
        if form.is_valid() and attempt(
            form, lambda: take_act_back(viewer=request.user, act=one, at=timezone.now(), **form.cleaned_data)
        ):
            messages.success(
                request, gettext("It is taken back and counts for nothing; all of it stays readable.")
            )
            return redirect("conduct-act", number)
    language = reader_language()
    pack = rulebook.pack_for(one.pack, one.organisation.region_id)
    follows = queries.what_follows(one, on=timezone.localdate())
    context = {
        "act": one,
        "whose": one.unit.shown_name if one.unit else queries.name_of(one),
        "said": _said(one),
        "clause": cite(pack, one.clause, language),
        "answers": [
            (
                answer,
                answer.say(language),
                [
                    (line.text, _line(pack, answer.rule, line, language), line.say(language))
                    for line in answer.lines
                ],
            )
            for answer in follows.answers
        ],
        "recovery": _recovery(one, follows),
        "notices": queries.notices_of(one),
        "publications": list(one.publications.select_related("ended").order_by("since")),
        "deductions": [
            (row, format_yuan(row.amount_fen)) for row in one.deductions.select_related("taken_back")
        ],
        "form": form,
        "may_decide": may_decide,
        "may_record": request.user.has_perm(RECORD.name, one.organisation),
        "appeals": list(one.appeals.select_related("heard_in__case").order_by("at")),
        "may_appeal": request.user.has_perm(RECORD.name, one.appellant) and not hasattr(one, "taken_back"),
    }
    return render(request, "conduct/act.html", context, status=status_of(form))


def _recovery(act: ConductAct, follows: queries.WhatFollows) -> dict[str, Any] | None:
    """The edition by which what was stolen is calculated, for the officer: its name, its rule to try, what is open."""
    edition = queries.recovery_edition(act, follows)
    if edition is None:
        return None
    head, language = edition.pack.head, reader_language()
    return {
        "title": head.title.say(language),
        "number": head.number,
        "address": f"{rule_address(edition.pack, edition.rule)}?on={legal_day(act.done_at)}",
        "open": [
            (issue.say(language), chosen.say(language) if chosen is not None else "")
            for issue, chosen in edition.open
        ],
    }


def _line(pack: Any, rule: str, line: Any, language: str) -> str:
    ladder = pack.rules[rule]
    acts = ladder.acts(pack, ladder.version_on(dt.date.fromisoformat(line.text), ladder.taken(pack, {})))
    return str(ladder.act_words(pack, acts[line.name]).say(language))


@require_safe
@guarded(READ.name)
def photograph(request: HttpRequest, number: str) -> HttpResponse:
    """The photograph, as it was sealed."""
    one = queries.act_seen(request.user, number)
    if one.photograph_id is None:
        raise Http404
    return file_reply(one.photograph_id, name=number)


@require_safe
@guarded(READ.name)
def notice(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """A notice as it was served, the last of its kind."""
    one = queries.act_seen(request.user, number)
    row = ServedNotice.objects.filter(act=one, kind=kind).order_by("-at").first()
    if row is None:
        raise Http404
    return file_reply(row.file_id, name=f"{number}-{kind}")


@require_POST
@guarded(DECIDE.name)
def end(request: HttpRequest, number: str) -> HttpResponse:
    """A publication ends before its day, with a reason."""
    one = queries.act_seen(request.user, number)
    row = one.publications.filter(ended=None, until__gt=legal_day(timezone.now())).order_by("-since").first()
    if row is None:
        raise Http404
    try:
        end_publication(
            viewer=request.user, publication=row, reason=request.POST.get("reason", ""), at=timezone.now()
        )
    except Refusal as refused:
        if refused.status in (403, 404):
            raise
        messages.error(request, say(refused))
    else:
        messages.success(request, gettext("It stands on the public page no more."))
    return redirect("conduct-act", number)


@require_POST
@guarded(RECORD.name)
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Whoever the act is laid to says why it is wrong."""
    one = queries.act_seen(request.user, number)
    try:
        made = appeal_act(
            viewer=request.user, act=one, reason=request.POST.get("reason", ""), at=timezone.now()
        )
    except Refusal as refused:
        if refused.status in (403, 404):
            raise
        messages.error(request, say(refused))
    else:
        messages.success(request, gettext("The appeal is heard in case %s.") % made.heard_in.case.number)
    return redirect("conduct-act", number)


# ---------------------------------------------------------------- for finance
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ.name)
def deductions(request: HttpRequest) -> HttpResponseBase:
    """What is deducted from budgets: the list that finance is handed, sent for also as a file."""
    rows = queries.deductions(request.user)
    if request.method == "POST":
        title = gettext("Deductions for violations")
        return as_file(request, of="conduct-deductions", title=title, lines=_lines(rows), query="")
    page, following = one_page(request, rows)
    month, first, until = _month(request)
    charts = _wasted(request, first, until)
    total = sum(fen for _unit, fen in queries.wasted_by_unit(request.user, first, until))
    context = {
        "rows": [(one, format_yuan(one.amount_fen)) for one in page],
        "following": following,
        "month": month,
        "charts": charts,
        "total": format_yuan(total) if charts else "",
    }
    return render(request, "conduct/deductions.html", context)


def _lines(rows: QuerySet[Deduction]) -> Iterator[list[str | Decimal]]:
    yield [
        gettext("Act"),
        gettext("Unit"),
        gettext("Yuan"),
        gettext("Calculation"),
        gettext("Day"),
        gettext("Taken back"),
    ]
    for one in rows.iterator(chunk_size=500):
        back = one.taken_back.reason if hasattr(one, "taken_back") else ""
        yuan = Decimal(one.amount_fen).scaleb(-2)
        yield [one.act.number, one.unit.name, yuan, one.said, f"{timezone.localdate(one.at)}", back]
