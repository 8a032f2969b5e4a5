"""An office's overview in a few lines, for an e-mail: what is due, who has not filed, what turned red.

It names offices, documents and numbers of them, and nobody: no customer, no case, no officer, nothing that
somebody wrote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from tongdian.parties.models import Organisation
from tongdian.policy.clauses import say_clause
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.supervision.models import (
    CountedFigures,
    GridPlan,
    GridProject,
    InternalRule,
    SupervisionFinding,
)
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.counting import results_of
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.findings import standing_rows
from tongdian.supervision.queries.offices import supervising_packs
from tongdian.supervision.queries.receiving import received
from tongdian.supervision.queries.registers import evaluations_due, projects_late, rules_overdue
from tongdian.supervision.queries.tasks import tasks_of
from tongdian.supervision.rules import TaskStanding

SOON = dt.timedelta(days=31)
NAMED = 8  # offices of a return; the page has them all


RedKey = tuple[Any, ...]  # "task", "indicator", "finding", "plan", "project" or "rule", and which


class DigestLine(NamedTuple):
    """What is said of one thing, and the page that shows it: the name of an address and what it takes."""

    says: Words
    page: str
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class OverviewDigest:
    """An office's overview as of a day; `red` is what was not red `since`."""

    office: Organisation
    as_of: dt.date
    since: dt.date
    due: tuple[DigestLine, ...]
    missing: tuple[DigestLine, ...]
    red: tuple[DigestLine, ...]


def digest(office: Organisation, *, as_of: dt.date, since: dt.date) -> OverviewDigest:
    """What an e-mail says of an office at the end of a day."""
    before = dict(red_lines(office, since))
    red = tuple(line for key, line in red_lines(office, as_of) if key not in before)
    return OverviewDigest(
        office, as_of, since, tuple(_due(office, as_of)), tuple(_missing(office, as_of)), red
    )


def _due(office: Organisation, as_of: dt.date) -> Iterator[DigestLine]:
    """The office's own returns that are not filed and whose day is near or gone by, the earliest first."""
    for one in reversed(filings.own_standings(office, as_of=as_of)):
        if one.is_received or one.period.due > as_of + SOON:
            continue
        late = Words("（已逾期）", " (overdue)") if one.is_overdue(as_of) else Words("", "")
        form, period, day = one.title, one.period.title, one.period.due
        yield DigestLine(
            Words(f"{form.zh} {period.zh}，{day} 前{late.zh}", f"{form.en} {period.en}, by {day}{late.en}"),
            "supervision-return",
            (str(office.pk), one.form.key, one.period.key),
        )


def _missing(office: Organisation, as_of: dt.date) -> Iterator[DigestLine]:
    """Returns to the office whose day has gone by, with those who have not filed."""
    for one in received(office, as_of=as_of):
        those = [row.organisation for row in one.standings if row.is_overdue(as_of)]
        if one.is_copy or not those:
            continue
        form, period = one.title, one.period.title
        zh = "、".join(each.name for each in those[:NAMED]) + (" 等" if len(those) > NAMED else "")
        en = ", ".join(each.name_en or each.name for each in those[:NAMED])
        en += " and others" if len(those) > NAMED else ""
        yield DigestLine(
            Words(
                f"{form.zh} {period.zh}：应报 {one.rates.expected}，逾期未报 {len(those)}：{zh}",
                f"{form.en} {period.en}: {one.rates.expected} expected, {len(those)} overdue: {en}",
            ),
            "supervision-chasing",
            (one.form.key, one.period.key),
        )


def red_lines(office: Organisation, as_of: dt.date) -> Iterator[tuple[RedKey, DigestLine]]:
    """What is red on the office's pages on a day, each with what it is known by: a sort of thing, and which."""
    for pack in supervising_packs(office, as_of):
        yield from _red_tasks(office, pack, as_of)
        yield from _red_indicators(office, pack, as_of)
    about = SupervisionFinding.objects.filter(about=office, at__lt=end_of(as_of))
    for finding in standing_rows(about, as_of).filter(is_overdue=True).order_by("number"):
        says = Words(
            f"问题 {finding.number} 整改逾期", f"Rectification of finding {finding.number} is overdue"
        )
        yield ("finding", finding.pk), DigestLine(says, "supervision-finding", (str(finding.pk),))
    for plan in evaluations_due(GridPlan.objects.filter(organisation=office), as_of).order_by("code"):
        says = Words(f"规划 {plan.code} 应评估", f"Plan {plan.code} is to be evaluated")
        yield ("plan", plan.code, plan.evaluation_due), DigestLine(says, "supervision-grids")
    for project in projects_late(GridProject.objects.filter(organisation=office), as_of).order_by("code"):
        says = Words(f"项目 {project.code} 逾期", f"Project {project.code} is late")
        yield ("project", project.code, project.standing), DigestLine(says, "supervision-grids")
    for rule in rules_overdue(InternalRule.objects.filter(organisation=office), as_of).order_by("code"):
        says = Words(f"制度 {rule.code} 清理逾期", f"Review of rule {rule.code} is overdue")
        yield ("rule", rule.code, rule.due_on), DigestLine(says, "supervision-internal-rules")


def _red_tasks(office: Organisation, pack: Pack, as_of: dt.date) -> Iterator[tuple[RedKey, DigestLine]]:
    for task in tasks_of(office, pack, as_of=as_of):
        if task.is_own and task.standing == TaskStanding.OVERDUE:
            cite, title = say_clause(task.clause.id), task.clause.title
            says = Words(f"{cite.zh} {title.zh}：任务逾期", f"{cite.en} {title.en}: task overdue")
            yield ("task", task.clause.id), DigestLine(says, "supervision-tasks")


def _red_indicators(office: Organisation, pack: Pack, as_of: dt.date) -> Iterator[tuple[RedKey, DigestLine]]:
    """Of the period that was counted last by then."""
    rows = CountedFigures.objects.filter(organisation=office, pack=pack.id, at__lt=end_of(as_of))
    newest = rows.order_by("-at").first()
    if newest is None:
        return
    for one in results_of(pack, newest):
        if one.verdict == "not_met":
            title, late = one.rule.title, one.whole.total - one.whole.total_within
            says = Words(
                f"{title.zh}（{newest.period}）：未达标，{late} 件不符",
                f"{title.en} ({newest.period}): not met, {late} cases do not keep it",
            )
            yield (
                ("indicator", one.rule.rule, newest.period),
                DigestLine(says, "supervision-indicator", (one.rule.rule,)),
            )
