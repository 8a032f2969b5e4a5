"""Cases as the measures of their pack count them: one on its page, many as files for `tongdian measure`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from tongdian.cases.models import Case, Event
from tongdian.cases.queries.one import Desk, Desks, kernel_events, state_of
from tongdian.policy.answer import Answer
from tongdian.policy.interpretations import used_by
from tongdian.policy.kinds.measure import MeasureRule
from tongdian.policy.packs import Pack
from tongdian.policy.process import CaseState, fold
from tongdian.policy.process.readings import Standing
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

SAID = (("zh", "；"), ("en", "; "))


@dataclass(frozen=True)
class MeasuredCase:
    """How a case counts in one measure, or (`refusal`) why nobody can say."""

    rule: MeasureRule
    answer: Answer | None = None
    refusal: Refusal | None = None

    @property
    def outcome(self) -> str:
        """One of the outcomes of a measure; nothing where it was refused."""
        return str(self._line("outcome")) if self.answer is not None else ""

    @property
    def outcome_title(self) -> Words:
        """The outcome in words."""
        return self.rule.labels.get(self.outcome, Words(self.outcome, self.outcome))

    @property
    def said(self) -> Words:
        """The time and its limit; how it is found stands on the page of the measure."""
        assert self.answer is not None
        return Words(*(f"{self.answer.say_value(one)}{sep}{self.answer.reason(one)}" for one, sep in SAID))

    def _line(self, name: str) -> Any:
        assert self.answer is not None
        return next(line.value for line in self.answer.lines if line.name == name)


def measures_of(pack: Pack, process: str) -> list[MeasureRule]:
    """The measures that judge a process."""
    return [
        rule
        for rule in pack.rules.values()
        if isinstance(rule, MeasureRule) and any(process in version.judges for version in rule.versions)
    ]


def measured(case: Case, desk: Desk, state: CaseState, on: dt.date) -> list[MeasuredCase]:
    """How a case stands at the end of a day in each measure that judges it. It is reckoned from its
    dates by the same sheet that runs over files, so that desk and indicator cannot differ."""
    found = []
    for rule in measures_of(desk.pack, case.process):
        try:
            taken = rule.taken(desk.pack, used_by(desk.pack, rule, case.taken))
            given = _row(rule, case, desk, state, on, taken)
            answer = rule.decide(desk.pack, rule.version_on(on, taken), on, given, taken)
            found.append(MeasuredCase(rule, answer))
        except Refusal as refusal:
            found.append(MeasuredCase(rule, refusal=refusal))
    return found


def exempt_among(cases: Iterable[Case], on: dt.date) -> set[Any]:
    """Those of some cases that a measure of their pack keeps apart for force majeure at the end of a day. Only
    what was ever suspended is looked into."""
    by_key, desks = {case.pk: case for case in cases}, Desks()
    suspended = Event.objects.filter(case__in=by_key, kind="suspended").values_list("case", flat=True)
    return {
        key
        for key in set(suspended)
        for case, desk in ((by_key[key], desks.of(by_key[key])),)
        if any(one.outcome == "exempt" for one in measured(case, desk, state_of(case, desk), on))
    }


class LateStage(NamedTuple):
    """A stage of a case: the working days of its last visit and what it might take, where that is past."""

    title: Words
    days: int | None = None
    limit: int | None = None


def stages_late(numbers: Iterable[str], on: dt.date) -> dict[str, list[LateStage]]:
    """Of some cases, by their numbers, the stages that were past their own limit at the end of a day; where none
    was, those that were open."""
    found, desks = {}, Desks()
    for case in Case.objects.filter(number__in=list(numbers)).select_related("organisation"):
        desk = desks.of(case)
        rows = Event.objects.filter(case=case, on__lte=on).order_by("seq")
        state = fold(desk.process, kernel_events(desk.process, rows, case.version))
        clocks, stages = desk.clocks(case, state, on), desk.wording.stages
        late = []
        for key, run in state.runs.items():
            with suppress(Refusal):  # beyond the published calendar nobody can say
                if run.attempts and (reading := clocks.stage(key)).is_late:
                    past = reading.limit is not None and reading.standing is Standing.LATE
                    told = (reading.used, reading.limit.days) if past and reading.limit else (None, None)
                    late.append(LateStage(stages[key].title, *told))
        found[case.number] = late or [LateStage(stages[key].title) for key in state.open_stages]
    return found


def measured_rows(
    rule: MeasureRule, pack: Pack, cases: Iterable[Case], on: dt.date
) -> Iterator[dict[str, Any]]:
    """Every case that a measure judges as its sheet is given it, `case` being its number: with its rows
    of `visit` and `stay`. Cases of other processes are passed over."""
    desks = Desks()
    for case in cases:
        if any(case.process in version.judges for version in rule.versions):
            desk = desks.of(case)
            taken = rule.taken(pack, used_by(pack, rule, case.taken))
            yield {"case": case.number, **_row(rule, case, desk, state_of(case, desk), on, taken)}


def _row(
    rule: MeasureRule, case: Case, desk: Desk, state: CaseState, on: dt.date, taken: dict[str, str]
) -> dict[str, Any]:
    return rule.row(
        desk.pack,
        rule.version_on(on, taken),
        taken,
        process=case.process,
        wording=desk.wording,
        state=state,
        region=case.region_id,
    )
