"""Policy packs: a folder of YAML and sheets, loaded strictly into rules that answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongdian.calendar import NATIONAL, Calendar, WorkingDayCounts, official_calendar
from tongdian.policy.answer import Answer
from tongdian.policy.asked_defaults import decided_with_defaults
from tongdian.policy.calculation import Calculation
from tongdian.policy.calendars import OwnCalendar, calendar_of
from tongdian.policy.clauses import Chapter, Clause, Interpretation, PackHead, say_clause
from tongdian.policy.interpretations import check_take
from tongdian.policy.kinds import Rule
from tongdian.policy.kinds import Test as RuleTest
from tongdian.policy.reading import YamlNode
from tongdian.policy.refusals import InterpretationNotChosen, PackError, UnknownRule
from tongdian.policy.sheet import SheetError
from tongdian.policy.sheet_case import DatedRow
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.overlays.changes import RuleChange


_COMMA = Words("、", ", ")


@dataclass(frozen=True, slots=True)
class WorkingDayCount:
    """Working days for sheets: of `region` where a line names none. Days that are not published are
    refused."""

    calendar: Calendar
    region: str = NATIONAL

    def of(self, region: str = "") -> WorkingDayCounts:
        """The counts of a region."""
        return self.calendar.counts(region or self.region)

    def between(self, start: dt.date, end: dt.date, region: str = "") -> int:
        """Working days in (start, end], negative when end is earlier."""
        counts = self.of(region)
        if end < start:
            return -counts.between(end, start, count_day_zero=False)
        return counts.between(start, end, count_day_zero=False)

    def by(self, day: dt.date, region: str = "") -> int:
        """Working days reached by the end of a day."""
        return self.of(region).reached(day)

    def before(self, day: dt.date, region: str = "") -> int:
        """Working days before a day."""
        return self.by(day, region) - self.of(region).is_working(day)

    def after(self, start: dt.date, count: int, region: str = "") -> dt.date:
        """The day `count` working days after `start`; `start` itself after none."""
        if count < 0:
            raise ValueError("a count of days is not negative")
        counts = self.of(region)
        counts.is_working(start)  # refuses a start that is not published
        return counts.add(start, count, count_day_zero=False) if count else start


def qualified(pack: str, clause: str) -> str:
    """A clause of an overlay, as the pack that it makes names it."""
    return f"{pack}/{clause}"


@dataclass(eq=False)
class Pack:
    """A loaded pack. `choices` are what an installation chose for open interpretations."""

    head: PackHead
    folder: Path
    content_hash: str
    chapters: Mapping[str, Chapter]
    clauses: Mapping[str, Clause]
    interpretations: Mapping[str, Interpretation]
    rules: Mapping[str, Rule]
    sheets: Mapping[str, str]
    areas: Mapping[str, str]  # rule id -> the file it stands in, without suffix
    sources: Mapping[str, YamlNode] = field(default_factory=dict, repr=False)
    choices: Mapping[str, str] = field(default_factory=dict)
    own_tables: Mapping[str, list[DatedRow]] = field(default_factory=dict)
    published: Calendar | Callable[[], Calendar] | None = None  # as the installation knows it
    is_known_good: bool = False  # this content was checked whole before
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    over: Pack | None = None  # the pack that it is laid over
    changes: tuple[RuleChange, ...] = ()  # of an overlay, with its clauses as the laid pack names them
    place: str = ""  # the division that an overlay binds by itself, wherever its parent was adopted
    bound_as: str = ""  # the pack that was adopted where an overlay of the place governs
    overlays: Callable[[], tuple[tuple[str, Pack], ...]] = tuple  # (region, pack) that bind places under it
    written: Mapping[str, dict[str, Any]] = field(default_factory=dict, repr=False)  # rules laid anew

    @property
    def chain(self) -> tuple[str, ...]:
        """The ids of the pack and of those it lies over, the last of which is a whole pack."""
        return (self.id, *(self.over.chain if self.over else ()))

    @property
    def adopted_id(self) -> str:
        """The id under which it binds an office, and under which its cases and fees are kept: an overlay
        that governs a place does so under the pack that was adopted there."""
        return self.bound_as or self.id

    def governing_as(self, adopted: str) -> Pack:
        """The same pack, where it governs under another; all that was made of it is shared."""
        if adopted == self.id:
            return self
        return dataclasses.replace(self, bound_as=adopted)

    @property
    def id(self) -> str:
        """The pack's id, the same as its folder's name."""
        return self.head.pack

    @property
    def title(self) -> Words:
        """The document's title."""
        return self.head.title

    @property
    def number(self) -> str:
        """The document's number, as citations write it."""
        return self.head.number

    def rule(self, rule_id: str) -> Rule:
        """One rule. Raises UnknownRule with the nearest names."""
        found = self.rules.get(rule_id)
        if found is None:
            near = difflib.get_close_matches(rule_id, self.rules, n=3)
            raise UnknownRule(
                pack=self.id,
                rule=rule_id,
                near=Words(
                    f"；相近的有：{'、'.join(near)}" if near else "",
                    f"; did you mean {', '.join(near)}?" if near else "",
                ),
            )
        return found

    def answer(
        self,
        rule_id: str,
        *,
        on: dt.date,
        given: Mapping[str, Any] | None = None,
        take: Mapping[str, str] | None = None,
    ) -> Answer:
        """What the rule says on a day about `given` inputs (text or typed values, never floats).

        `take` chooses options of interpretations for this answer only. Raises a Refusal:
        UnknownRule, BadInput, NotInForce, InterpretationNotChosen, NotApplicable, OptionNotUsed, …
        """
        rule = self.rule(rule_id)
        check_take(self, rule, take or {})
        taken = rule.taken(self, take or {})
        version = rule.version_on(on, taken)
        if not rule.asked_for_defaults:
            return rule.decide(self, version, on, given or {}, taken)
        return decided_with_defaults(self, rule, version, on, given or {}, take or {}, taken)

    def calculate(self, sheet: str, *, on: dt.date, given: Mapping[str, Any]) -> Calculation:
        """The figures that `answer` gives of a sheet, without words or lines. Raises as that."""
        rule = self.rule(sheet)
        assert rule.kind == "sheet"
        found: Calculation = rule.calculated(self, on, given)  # type: ignore[attr-defined]
        return found

    def option(self, interpretation: str, take: Mapping[str, str]) -> str:
        """The option of an interpretation: taken now, else chosen here, else the pack's default."""
        known = self.interpretations[interpretation]
        option = take.get(interpretation) or self.choices.get(interpretation) or known.chosen
        if option == "none":
            raise InterpretationNotChosen(interpretation=interpretation, options=list(known.options))
        return option

    def chosen(
        self,
        *,
        choices: Mapping[str, str] | None = None,
        own_tables: Mapping[str, list[DatedRow]] | None = None,
        published: Calendar | Callable[[], Calendar] | None = None,
        days_of: PackHead | None = None,
        overlays: Callable[[], tuple[tuple[str, Pack], ...]] | None = None,
    ) -> Pack:
        """The same pack under an installation's choices and tables. `published` is the published
        calendar as the installation knows it, asked for when it is called; `days_of` a later encoding's
        head, whose calendar and rest days then count: a case keeps its rules, but not an old calendar.
        `overlays` gives those that bind places under it, the smallest first, when a measure asks."""
        return dataclasses.replace(
            self,
            choices=self.choices if choices is None else choices,
            own_tables=self.own_tables if own_tables is None else own_tables,
            published=published or self.published,
            overlays=overlays or self.overlays,
            head=self.head.model_copy(
                update={
                    "calendar": days_of.calendar,
                    "region": days_of.region,
                    "rest_days": days_of.rest_days,
                }
            )
            if days_of
            else self.head,
            cache={},
        )

    def on_calendar(self, calendar: Calendar) -> Pack:
        """The same pack by other working days, such as those of one organisation."""
        return dataclasses.replace(self, cache={"calendar": calendar})

    @property
    def calendar(self) -> Calendar:
        """The working days this pack counts by, in every region (`calendar_of`). Raises NoCalendar."""
        if "calendar" not in self.cache:
            published = self.published() if callable(self.published) else self.published
            self.cache["calendar"] = calendar_of(self.head, published or official_calendar())
        calendar: Calendar = self.cache["calendar"]
        return calendar

    @property
    def workdays(self) -> WorkingDayCount:
        """What sheets count by."""
        return WorkingDayCount(self.calendar, self.head.region or NATIONAL)

    @property
    def has_regions(self) -> bool:
        """Whether its calendar may differ from region to region: that of China, not one of its own."""
        return not isinstance(self.head.calendar, OwnCalendar)

    def say_cite(self, cites: tuple[str, ...], language: str) -> str:
        """`师政后勤〔2016〕4号 第九条（一）`; clauses of an overlay by its own number."""
        said: dict[str, list[str]] = {}
        for cite in cites:
            said.setdefault(self._number_of(cite), []).append(say_clause(cite).say(language))
        comma = _COMMA.say(language)
        return comma.join(f"{number} {comma.join(clauses)}" for number, clauses in said.items())

    def _number_of(self, cite: str) -> str:
        if cite not in self.clauses:  # a measure judges cases of places under it by their own documents
            for _, one in self.overlays():
                if cite in one.clauses:
                    return one._number_of(cite)
        if self.over is None or cite.startswith(f"{self.id}/"):
            return self.number
        return self.over._number_of(cite)

    def sheet_text(self, sheet: str) -> str:
        """The text of sheets/<sheet>.sheet."""
        return self.sheets.get(sheet, "")

    def sheet_error(self, sheet: str, error: SheetError) -> PackError:
        """A sheet's mistake, placed in its file."""
        return PackError(
            file=self.folder / "sheets" / f"{sheet}.sheet",
            line=error.line,
            problem=error.problem,
            remedy=error.remedy,
        )

    def tests(self) -> Iterator[tuple[Rule, int, RuleTest]]:
        """Every test of every rule; of an overlay its own: those of the pack below it were run there."""
        own = (
            {change.rule for change in self.changes} | self.rules.keys() - self.over.rules.keys()
            if self.over
            else self.rules
        )
        for rule in self.rules.values():
            if rule.rule not in own:
                continue
            for number, test in enumerate(rule.tests):
                yield rule, number, test
