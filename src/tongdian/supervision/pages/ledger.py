"""The ledger and the indicators of an office as of a day, down to the case and the article."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.parties.models import Organisation
from tongdian.parties.queries import names_of_regions
from tongdian.policy.clauses import say_clause
from tongdian.policy.form_lines import day_of, day_of_standard
from tongdian.policy.kinds.filing import FilingPeriod
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.measures import Histogram
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.spoken import reader_language, say, spoken
from tongdian.supervision.actions.counting import report_task
from tongdian.supervision.forms import TASK_OF_OFFICE
from tongdian.supervision.pages.asking import OfficeAsked, asked
from tongdian.supervision.pages.level import shown_level
from tongdian.supervision.pages.trends import day_lines, month_chart, trend_chart
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.counting import IndicatorResult, counted_clauses, results_of
from tongdian.supervision.queries.offices import ReturnForm
from tongdian.supervision.queries.revising import own_revisions
from tongdian.supervision.queries.tasks import (
    Task,
    evidence_of,
    may_report,
    progress_of,
    tasks_below,
    tasks_of,
)
from tongdian.supervision.queries.trends import months_of, trend_of
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import FILE, READ, TaskStanding

HUNDRED = 100
MOST_DAYS = 80  # of a chart
KEPT_AND_NOT = ["#1c4f82", "#b5533c"]


@require_safe
@guarded(READ.name)
def ledger(request: HttpRequest) -> HttpResponse:
    """Every task, as it stands with the office; what is its own stands out."""
    about = asked(request)
    if about.office is None or about.pack is None:
        return render(request, "supervision/ledger.html", {"about": about, "groups": []})
    every = tasks_of(about.office, about.pack, as_of=about.as_of)
    own = [one for one in every if one.is_own]
    below = tasks_below(about.office, about.pack, as_of=about.as_of)
    only = request.GET.get("only", "own" if own or not below else "below")
    is_all = only == "all" or request.GET.get("of") == "all"
    kept = every if is_all else own
    if only in TaskStanding.values:
        kept = [one for one in kept if one.standing == only]
    if only == "problem":
        kept = [one for one in kept if one.has_problem]
    groups: dict[str, list[Task]] = {}
    for one in kept:
        groups.setdefault(one.clause.group or "", []).append(one)
    revisions = own_revisions(about.office, as_of=about.as_of)
    context = {
        "about": about,
        "only": only,
        "groups": [(_title_of(about.pack, group), tasks) for group, tasks in groups.items()],
        "below": below,
        "is_all": is_all,
        "counts": [
            (value, label, n)
            for value, label in TaskStanding.choices
            if (n := sum(one.standing == value for one in (every if is_all else own)))
            or value in _ALWAYS_COUNTED
        ],
        "is_undivided": any(one.standing == TaskStanding.UNDIVIDED for one in own),
        "beside": _beside(about.pack, every),
        "may_report": request.user.has_perm(FILE.name, about.office) and not about.is_past,
        "names": {key: spoken(name) for key, name in about.pack.head.uses.names.items()},
        "chart": _standing_chart(about.pack, own),
        "revisions": revisions,
        "to_amend": {row for due in revisions for row in due.rows},
        "kept_at": _kept_at(about.pack),
    }
    return render(request, "supervision/ledger.html", context)


_ALWAYS_COUNTED = (TaskStanding.DONE, TaskStanding.DONE_LATE, TaskStanding.OVERDUE, TaskStanding.GOING)


def _beside(pack: Pack, tasks: list[Task]) -> dict[str, list[tuple[str, dt.date]]]:
    """Where the standard of an indicator gives the same thing another day than its task, that day beside it, by the
    task (`coordination-date`): the interpretation's clause is the task, and its standard is named by `both_days`."""
    found: dict[str, list[tuple[str, dt.date]]] = {}
    for task, standard in pack.head.uses.both_days.items():
        day = day_of(pack.clauses[standard])
        if day is not None and any(one.clause.id == task for one in tasks):
            found.setdefault(task, []).append((standard, day))
    return found


def _kept_at(pack: Pack) -> dict[str, str]:
    """The pages where what a task asks for is entered, by its clause."""
    planning, review = pack.head.uses.grid_planning, pack.head.uses.rule_review
    found = dict.fromkeys(
        (planning.investment, planning.development) if planning else (), "supervision-grids"
    )
    return found | ({review.task: "supervision-internal-rules"} if review else {})


def _title_of(pack: Pack, group: str) -> str:
    """A group of the ledger in the reader's language; in English as the pack calls its part."""
    titles = {id_.rsplit("/", 1)[-1]: one.title for id_, one in pack.chapters.items()}
    return group if reader_language() != "en" or group not in titles else titles[group].en


def _standing_chart(pack: Pack, own: list[Task]) -> dict[str, Any] | None:
    """How many of each group stand how."""
    groups = list(dict.fromkeys(one.clause.group or "" for one in own))
    if not groups:
        return None
    return {
        "title": gettext("Tasks by group"),
        "labels": [_title_of(pack, group) for group in groups],
        "series": [
            [
                str(label),
                [
                    sum(one.standing == value and (one.clause.group or "") == group for one in own)
                    for group in groups
                ],
            ]
            for value, label in TaskStanding.choices
        ],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(FILE.name)
def report(request: HttpRequest) -> HttpResponse:
    """Say how a task stands."""
    about = asked(request)
    if about.office is None:
        raise NoSuchReturn
    must_edit(request, report_task, {"organisation": about.office})
    scope = Scope(request.user, about.office, timezone.localdate())
    values = {"clause": request.GET.get("task", "")[:40], "on": timezone.localdate()}
    asked_here = Fields(*(TASK_OF_OFFICE if one.name == "clause" else one for one in report_task.fields))
    form = FieldsForm(asked_here, request.POST or None, scope=scope, values=values)
    if done(request, form, report_task, organisation=about.office) is not None:
        messages.success(request, gettext("Entered with your name."))
        return redirect(f"{request.path.removesuffix('report/')}?{about.query}")
    return form_page(
        request, form, title=gettext("Report on a task"), within=about.office.shown_name,
        crumb=(gettext("Task ledger"), f"{request.path.removesuffix('report/')}?{about.query}"),
    )  # fmt: skip


@require_safe
@guarded(READ.name)
def indicators(request: HttpRequest) -> HttpResponse:
    """What was counted last of a period: each indicator with its share, by the clause that asks for it."""
    about = asked(request)
    form, period = _counted_form(about, request.GET.get("period", ""))
    if form is None or period is None or about.office is None:
        context = {"about": about, "rows": [], "level": shown_level(about, request.GET)}
        return render(request, "supervision/indicators.html", context)
    figures = filings.newest_figures(about.office, form.pack.id, period.key)
    counted = [_said(one) for one in results_of(form.pack, figures)] if figures is not None else []
    context = {
        "about": about,
        "form": form,
        "period": period,
        "periods": _periods(form, about),
        "figures": figures,
        "rows": _every_standard(form, about.office, period, counted, as_of=about.as_of),
        "chart": _share_chart(counted),
        "may_count": request.user.has_perm(FILE.name, about.office),
        "may_report": request.user.has_perm(FILE.name, about.office) and not about.is_past,
    }
    return render(request, "supervision/indicators.html", context)


def _every_standard(
    form: ReturnForm,
    office: Organisation,
    period: FilingPeriod,
    counted: list[dict[str, Any]],
    *,
    as_of: dt.date,
) -> list[dict[str, Any]]:
    """Each standard of the 38 indicators in the document's order: what was counted of it, or that it is attested, with
    the paper and its day; of what goes on, what was said last."""
    by_clause = {cite: row for row in counted for version in row["rule"].versions for cite in version.cite}
    on = min(period.last or as_of, as_of)
    counts, evidence = counted_clauses(form.pack), evidence_of(office, form.pack, on=on)
    found = []
    for line in form.rule.lines(form.pack, form.version):
        clause = line.clause
        assert clause is not None  # a form of standards
        row: dict[str, Any] = {"line": line, "is_counted": line.key in counts}
        if line.key in by_clause:
            row |= by_clause[line.key]
        elif not row["is_counted"]:
            said = progress_of(office, form.pack, clause, on=on) if line.is_ongoing else []
            report = evidence.get(line.key) or (said[0] if said else None)
            row |= {
                "report": report,
                "is_due": line.day is not None and line.day <= on,
                "may_report": may_report(office, form.pack, clause, on=as_of),
            }
        found.append(row)
    return found


@require_safe
@guarded(READ.name)
def indicator(request: HttpRequest, rule: str) -> HttpResponse:
    """One indicator: by district, its days against the limit, and the cases that do not keep it."""
    about = asked(request)
    form, period = _counted_form(about, request.GET.get("period", ""))
    if form is None or period is None or about.office is None:
        raise NoSuchReturn
    figures = filings.newest_figures(about.office, form.pack.id, period.key)
    found = [one for one in (results_of(form.pack, figures) if figures else ()) if one.rule.rule == rule]
    if not found:
        raise NoSuchReturn
    one = found[0]
    names = names_of_regions([*one.regions, *(case["region"] for case in (*one.late, *one.undecided))])
    version = one.rule.version_for(form.pack, max(figures.on, one.rule.versions[0].in_force.start), {})  # type: ignore[union-attr]
    judge = one.rule.source(form.pack, version)
    counted_as = spoken(judge.counted_as)
    is_yes_or_no = judge.counts_yes_or_no(form.pack, max(figures.on, judge.versions[0].in_force.start))  # type: ignore[union-attr]
    context = {
        "about": about,
        "form": form,
        "period": period,
        "figures": figures,
        "one": _said(one),
        "clause": form.pack.clauses[version.cite[0]],
        "version": version,
        **_due(form.pack, one, figures.on),  # type: ignore[union-attr]
        "judged_by": spoken(form.pack.rules[version.of].title),
        "counted_as": counted_as,
        "regions": [
            (code, names.get(code, code), _numbers(histogram))
            for code, histogram in sorted(one.regions.items())
        ],
        "late": [_late(case, names) for case in one.late],
        "undecided": [_late(case, names) for case in one.undecided],
        "refused": [_refused(row, judge) for row in one.refused_rows],
        "is_yes_or_no": is_yes_or_no,
        "chart": None if is_yes_or_no else _days_chart(one, counted_as, version.cite[0]),
        "trend": trend_chart(one.rule, trend_of(about.office, form, one.rule, as_of=about.as_of)),
        "months": month_chart(one.rule, months_of(period, figures, one.rule)),  # type: ignore[arg-type]  # found above
    }
    return render(request, "supervision/indicator.html", context)


def _due(pack: Pack, one: IndicatorResult, on: dt.date) -> dict[str, Any]:
    """By when the document wants the standard to be reached. Before that day the ledger has it as not due, while its
    cases are judged: by which readings, is told with it."""
    due = day_of_standard(pack, one.rule.versions[-1].cite[0])
    return {"due": due, "is_early": due is not None and on < due, "readings": one.rule.depends}


def _late(case: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A case that fails; what was counted before stages were kept has none, and one before their limits were
    names its stages alone."""
    stages = [
        {"title": spoken(Words(zh, en)), "days": days, "limit": limit}
        for zh, en, days, limit in ([*one, None, None][:4] for one in case.get("stages", ()))
    ]
    return {**case, "name": names.get(case["region"], case["region"]), "stages": stages}


def _refused(row: Mapping[str, Any], judge: SheetRule) -> dict[str, Any]:
    """A row that nobody could judge, with the field at fault as the rule that judges calls it."""
    title = judge.titles.get(row["column"])
    return {
        **row,
        "field": spoken(title) if title is not None else row["column"],
        "why": spoken(Words(row["zh"], row["en"])),
    }


def _counted_form(about: OfficeAsked, key: str) -> tuple[ReturnForm | None, FilingPeriod | None]:
    """The form whose periods are counted, and one of its periods: that of the address, else the one
    that was counted last."""
    if about.office is None:
        return None, None
    for form in filings.forms_for(about.office, about.as_of):
        if form.version.each == "standard" and form.filer(about.office) is not None:
            periods = _periods(form, about)
            counted = filings.newest_counted(about.office, form.pack.id)
            wanted = key or counted
            chosen = next((one for one in periods if one.key == wanted), periods[0] if periods else None)
            return form, chosen
    return None, None


def _periods(form: ReturnForm, about: OfficeAsked) -> list[FilingPeriod]:
    """The periods of which something has happened, the newest first."""
    found = form.periods(first=dt.date(2021, 1, 1), last=about.as_of + dt.timedelta(days=380))
    return [one for one in reversed(found) if one.first is not None and one.first <= about.as_of]


def _numbers(histogram: Histogram) -> dict[str, Any]:
    share = histogram.share()
    return {
        "total": histogram.total,
        "no_limit": histogram.no_limit,
        "within": histogram.total_within,
        "late": histogram.total - histogram.total_within,
        "share": None if share is None else f"{share * HUNDRED:.2f}",
        "exempt": histogram.exempt,
        "undecided": histogram.undecided,
        "late_open": histogram.late_open,
        "withdrawn": histogram.withdrawn,
        "stood_still": "—" if histogram.stood_still is None else histogram.stood_still,
        "p50": histogram.percentile(50),
        "p90": histogram.percentile(90),
        "longest": histogram.percentile(100),
    }


def _said(one: IndicatorResult) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "title": spoken(one.rule.title),
        "cite": one.rule.versions[-1].cite[0],
        "cite_said": say(say_clause(one.rule.versions[-1].cite[0])),
        "verdict": one.verdict,
        "refused": one.refused,
        **_numbers(one.whole),
    }


def _share_chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Cases that keep each standard, and those that do not."""
    shown = [row for row in rows if row["total"]]
    if not shown:
        return None
    return {
        "title": gettext("Cases of each standard"),
        "colours": KEPT_AND_NOT,
        "labels": [
            row["cite"].removeprefix("附件2-2/") if row["cite"].startswith("附件2-2/") else row["cite_said"]
            for row in shown
        ],
        "series": [
            [gettext("kept"), [row["within"] for row in shown]],
            [gettext("not kept"), [row["late"] for row in shown]],
        ],
    }


def _days_chart(one: IndicatorResult, counted_as: str, clause: str) -> dict[str, Any] | None:
    """How many cases took how many days, or what else is counted, those that keep the limit apart, with the limits
    as far as cases that were named tell them."""
    histogram = one.whole
    counts = histogram.cases or histogram.unlimited
    if not counts:
        return None
    limits = sorted({case["limit"] for case in (*one.late, *one.undecided) if case.get("limit") is not None})
    first, last = min([*counts, *limits]), max([*counts, *limits])
    days = list(range(first, min(last, first + MOST_DAYS) + 1))
    return {
        **day_lines([limit for limit in limits if limit in days], clause),
        "title": gettext("Cases that have ended, by: %(what)s") % {"what": counted_as},
        "colours": KEPT_AND_NOT,
        "labels": [str(day) for day in days],
        "series": [
            [gettext("kept"), [histogram.within.get(day, 0) for day in days]],
            [
                gettext("not kept"),
                [histogram.cases.get(day, 0) - histogram.within.get(day, 0) for day in days],
            ],
        ],
    }
