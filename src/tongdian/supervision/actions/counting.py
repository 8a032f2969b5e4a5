"""Counting the cases of a period, and what an office says of tasks."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from tongdian.bulk.periods import Span
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.clauses import say_clause
from tongdian.policy.form_lines import day_of
from tongdian.policy.packs import Pack
from tongdian.registers.action import action
from tongdian.supervision.actions.conditions import form_for
from tongdian.supervision.actions.coordination import must_be_over
from tongdian.supervision.actions.telling import tell_red
from tongdian.supervision.fields import TASK_REPORT
from tongdian.supervision.models import CountedFigures, CountedPopulation, PopulationLot, TaskReport
from tongdian.supervision.queries.counting import (
    as_plain,
    bundles_below,
    count,
    named_as_kept,
    refused_as_kept,
    results_of,
    with_bundles,
    with_digests,
    write_files,
)
from tongdian.supervision.queries.filings import newest_figures
from tongdian.supervision.queries.offices import supervising_packs
from tongdian.supervision.queries.populations import Population, order_as_kept, population_of
from tongdian.supervision.queries.registers import open_rules
from tongdian.supervision.queries.tasks import may_report
from tongdian.supervision.refusing import (
    BeforeTheDocument,
    EvidenceMissing,
    NoSuchReturn,
    NotATask,
    NotATaskOfTheOffice,
    RulesOpen,
    TaskGoesOn,
)
from tongdian.supervision.rules import FILE, TaskState
from tongdian.supervision.samples import Figures


@action("count-cases", may=FILE, within="organisation")
def count_cases(
    *, viewer: Any, organisation: Organisation, form: str, period: str, at: dt.datetime
) -> CountedFigures:
    """Count the indicators and sums of a period from the cases as they are now, with what the bundles accepted from
    below had counted. The same under the same rules is not counted twice. Raises NotAllowed, NoSuchReturn."""
    today = legal_day(at)
    asked = form_for(organisation, form, today)
    about = asked.period(organisation, period)
    if about is None or about.first is None or about.last is None:
        raise NoSuchReturn
    on = min(today, about.last)
    last = newest_figures(organisation, asked.pack.id, period)
    bundles = bundles_below(asked, organisation, period, as_of=today)
    with tempfile.TemporaryDirectory(prefix="tongdian-count-") as folder:
        files, digest = write_files(organisation, asked.pack, on=on, folder=Path(folder))
        digest = with_digests(digest, bundles)
        if last is not None and last.hash == digest and last.on == on:
            return last
        counted, columns = count(asked.pack, files, first=about.first, last=about.last, on=on)
        span = Span(about.first, about.last, "ended")
        population = population_of(asked.pack, files, counted.regions, span=span, on=on)
    whole, below = with_bundles(counted.regions, bundles)
    figures = CountedFigures.objects.create(
        organisation=organisation,
        pack=asked.pack.id,
        period=period,
        on=on,
        indicators=as_plain(whole),
        months=as_plain(counted.months),
        columns=columns,
        late=named_as_kept(counted.late, on),
        undecided=named_as_kept(counted.undecided, on),
        refused={rule: refused_as_kept(rows) for rule, rows in counted.unjudged.items() if rows},
        below=below,
        hash=digest,
        at=at,
        by=viewer,
    )
    if population is not None:
        _keep_population(figures, population, counted.regions)
    before = results_of(asked.pack, last) if last is not None else ()
    tell_red(figures, results_of(asked.pack, figures), before, at=at)
    return figures


def _keep_population(figures: CountedFigures, population: Population, own: Figures) -> None:
    """The cases as they stood when they were counted: a receiver may ask for some of them."""
    kept = CountedPopulation.objects.create(
        figures=figures, organisation=figures.organisation, size=len(population.order), root=population.root,
        indicators=as_plain(own), order=order_as_kept(population.order),
    )  # fmt: skip
    PopulationLot.objects.bulk_create(
        PopulationLot(population=kept, number=number, data=data)
        for number, data in enumerate(population.lots)
    )


@action("report-task", may=FILE, within="organisation", fields=TASK_REPORT)
def report_task(
    *,
    viewer: Any,
    organisation: Organisation,
    clause: str,
    state: str,
    on: dt.date,
    text: str,
    at: dt.datetime,
    paper: str = "",
    is_demo: bool = False,
) -> TaskReport:
    """Say how a task or a standard stands, with the paper that shows it where it is done. A problem is for the
    office above to see; a practice is worth copying.

    Raises NotAllowed, NotYet, NotATask, NotATaskOfTheOffice, BeforeTheDocument, TaskGoesOn, EvidenceMissing, RulesOpen.
    """
    must_be_over(on, at)
    for pack in supervising_packs(organisation, legal_day(at)):
        found = pack.clauses.get(clause)
        if found is not None and (found.group is not None or found.shown_by is not None):
            break
    else:
        raise NotATask(clause=clause[:40])
    starts = pack.head.in_force.start
    if on < starts:
        raise BeforeTheDocument(day=starts)
    if not may_report(organisation, pack, found, on=legal_day(at)):
        raise NotATaskOfTheOffice(organisation=organisation.name)
    if state == TaskState.DONE:
        if found.group is not None and found.shown_by is None and day_of(found) is None:
            raise TaskGoesOn(clause=say_clause(clause))
        if not paper.strip():
            raise EvidenceMissing
        _must_have_reviewed(organisation, pack, clause, on)
    return TaskReport.objects.create(
        organisation=organisation,
        pack=pack.id,
        clause=clause,
        on=on,
        state=state,
        text=text,
        paper=paper,
        is_demo=is_demo,
        at=at,
        by=viewer,
    )


def _must_have_reviewed(organisation: Organisation, pack: Pack, clause: str, on: dt.date) -> None:
    """Raise RulesOpen where the review of internal rules is said to be done, and its list says otherwise."""
    says = pack.head.uses.rule_review
    if says is not None and clause in (says.task, says.standard, says.due):
        number = open_rules(organisation, as_of=on)
        if number:
            raise RulesOpen(n=number)
