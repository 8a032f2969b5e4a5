"""indicator: of which cases something is asked, and when a case keeps it. It is counted by a measure, or by a
sheet of one row a case that says how it is counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy.answer import Answer
from tongdian.policy.choices import ChoosingVersion
from tongdian.policy.kinds import Rule, answer_of, kind
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.measures import Histogram
from tongdian.policy.reading import Flag, Id, YamlNode
from tongdian.policy.sheet import SheetError
from tongdian.policy.types import LanguageError
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

# What becomes of a case in an indicator: an outcome of a measure, or that it is none of its cases.
OUTCOMES = {
    "met": Words("达标", "met"),
    "not_met": Words("未达标", "not met"),
    "exempt": Words("不可抗力除外", "exempt"),
    "undecided": Words("未定", "undecided"),
    "withdrawn": Words("撤回", "withdrawn"),
    "no_limit": Words("无限值", "no limit"),
    "not_counted": Words("不属于本指标", "not a case of this indicator"),
}
JUDGED = ("met", "not_met")
NOTHING_TAKEN: Mapping[str, str] = MappingProxyType({})


class IndicatorVersion(ChoosingVersion):
    """`of` is the rule that judges its cases, `where` which of them it counts, and `kept` when one keeps what
    is asked; without `kept`, when that rule says so. Both are conditions over that rule's outermost lines.

    `unknown` is a third one: of which cases that seem to keep it the file says too little, so that they are undecided.
    `so_far`: what a case in hand does not keep it never will, so that it counts before it ends; the rule then leaves
    cases undecided only because they are in hand."""

    of: Id
    where: str = "true"
    kept: str | None = None
    unknown: str | None = None
    so_far: Flag = False

    @property
    def judged(self) -> tuple[str, ...]:
        """The outcomes of its rule of which a case that does not keep what is asked has failed."""
        return (*JUDGED, "undecided") if self.so_far else JUDGED


@kind("indicator")
class IndicatorRule(Rule):
    """Answers of one case whether it keeps the standard. Over many it gives a histogram of days where the
    rule counts days, and how many keep it: all are asked for, and an average is none (所有). One that is not
    `scored` tells its figures and gives no verdict: the document names none."""

    kind: Literal["indicator"]
    decided_on: Literal["period"] = "period"
    scored: Flag = True
    versions: tuple[IndicatorVersion, ...]

    @cached_property
    def depends(self) -> tuple[str, ...]:
        chosen = (key for version in self.versions for key in version.choices)
        return tuple(dict.fromkeys([*super().depends, *chosen]))

    def version_on(self, on: dt.date, taken: Mapping[str, str]) -> IndicatorVersion:
        version: IndicatorVersion = super().version_on(on, taken)
        return version.under(taken)

    def version_for(self, pack: Pack, on: dt.date, take: Mapping[str, str]) -> IndicatorVersion:
        """The version in force on a day, as this installation reads it, or under what is taken now."""
        return self.version_on(on, {key: pack.option(key, take) for key in self.depends})

    @property
    def counts_as(self) -> str:
        """The name of the line that says whether a case is counted."""
        return f"is_of_{self.rule.replace('-', '_')}"

    @property
    def keeps_as(self) -> str:
        """The name of the line that says whether it keeps what is asked."""
        return f"keeps_{self.rule.replace('-', '_')}"

    @property
    def doubts_as(self) -> str:
        """The name of the line that says whether the file says too little to tell."""
        return f"doubts_{self.rule.replace('-', '_')}"

    def reads(self, pack: Pack) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                [
                    *self.depends,
                    *(key for version in self.versions for key in self.source(pack, version).needed(pack)),
                ]
            )
        )

    @property
    def asks_rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(version.of for version in self.versions))

    def taken(self, pack: Pack, take: Mapping[str, str]) -> dict[str, str]:
        found = super().taken(pack, take)
        for version in self.versions:
            found |= self.source(pack, version).taken(pack, take)
        return found

    def source(self, pack: Pack, version: IndicatorVersion) -> SheetRule:
        """The rule that judges its cases."""
        found = pack.rules[version.of]
        assert isinstance(found, SheetRule)  # checked when the pack is loaded
        return found

    def check(self, pack: Pack, source: YamlNode) -> None:
        for number, version in enumerate(self.versions):
            loc = ("versions", number, "of")
            found = pack.rules.get(version.of)
            if not isinstance(found, SheetRule) or found.measure is None:
                raise source.error(
                    Words(
                        f"没有评定业务的规则“{version.of}”（kind: measure，或写有 measure 的 sheet）",
                        f'there is no rule "{version.of}" that judges cases (a measure, or a sheet with measure:)',
                    ),
                    Words("核对名称", "check the name"),
                    loc=loc,
                )
            if pack.is_known_good:
                continue
            for wording in found.versions:
                try:
                    asked = widened(pack, [self], found, version.in_force.start)
                    taken = found.takings(pack, wording)[0]
                    chosen = found.version_on(max(wording.in_force.start, version.in_force.start), taken)
                    asked.sheet(pack, chosen, taken)
                except (SheetError, LanguageError) as error:
                    raise source.error(error.problem, error.remedy, loc=("versions", number)) from None

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """What becomes of one case, given as the rule that judges it is given it, at the end of a day."""
        judge = self.source(pack, version)
        asked = widened(pack, [self], judge, on, taken)
        row = asked.judged(pack, asked.version_on(on, taken), on, given, taken)
        outcome = self.outcome(version, judge, row)
        return answer_of(
            self, pack, version, on,
            value=outcome, inputs=given, taken=taken,
            say_option=OUTCOMES[outcome].say,
            reason=lambda language: judge.title.say(language),
        )  # fmt: skip

    def verdict(self, histogram: Histogram, refused: int) -> str:
        """As `Histogram.verdict` says; of one that is not scored, that."""
        said = histogram.verdict(refused)
        return said if self.scored or said == "none" else "unscored"

    def outcome(self, version: IndicatorVersion, judge: SheetRule, row: Mapping[str, Any]) -> str:
        """One of OUTCOMES, of the outermost row of a case with the lines of `widened`."""
        if not row[self.counts_as]:
            return "not_counted"
        assert judge.measure is not None
        said = outcome_of(judge, row)
        if self.keeps_as not in row:
            return said
        if not row[self.keeps_as]:
            return "not_met" if said in version.judged else said
        if said not in JUDGED:
            return said
        return "undecided" if row.get(self.doubts_as) else "met"


def outcome_of(judge: SheetRule, row: Mapping[str, Any]) -> str:
    """What the rule itself says of a case."""
    counting = judge.measure
    assert counting is not None
    if counting.outcome:
        return str(row[counting.outcome])
    if counting.exempt and row[counting.exempt]:
        return "exempt"
    return "met" if row[counting.within] else "not_met"


def widened(
    pack: Pack,
    indicators: Iterable[IndicatorRule],
    judge: SheetRule,
    on: dt.date,
    take: Mapping[str, str] = NOTHING_TAKEN,
) -> SheetRule:
    """The rule that judges cases, with the lines that indicators in force on a day ask of each."""
    lines: dict[str, str] = {}
    for one in indicators:
        version = one.version_for(pack, on, take)
        lines[one.counts_as] = version.where
        if version.kept is not None:
            lines[one.keeps_as] = f"({version.where}) and ({version.kept})"
        if version.unknown is not None:
            lines[one.doubts_as] = f"({version.where}) and ({version.unknown})"
    return judge.with_lines(lines)


def indicators_of(pack: Pack, on: dt.date) -> Mapping[str, Sequence[IndicatorRule]]:
    """The indicators in force on a day, by the rule that judges their cases."""
    found: dict[str, list[IndicatorRule]] = {}
    for rule in pack.rules.values():
        if isinstance(rule, IndicatorRule):
            for version in rule.versions:
                if version.in_force.covers(on):
                    found.setdefault(version.of, []).append(rule)
    return found
