"""sheet: a calculation over rows, written in a `.sheet` file beside the pack's YAML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, PrivateAttr

from tongdian.calendar import noting
from tongdian.policy.answer import Answer, AnswerLine, plain
from tongdian.policy.calculation import Calculation
from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input, say_value
from tongdian.policy.kinds import Rule, Version, answer_of, describe_input, kind, same
from tongdian.policy.kinds.rows import Row
from tongdian.policy.measures import Counting
from tongdian.policy.reading import Bilingual, Id, Name, YamlNode
from tongdian.policy.refusals import CalculationRefused, InterpretationNotChosen
from tongdian.policy.sheet import Look, Sheet, SheetError
from tongdian.policy.sheet_case import CaseSheet, with_day
from tongdian.policy.sheet_library import PackLibrary, examples_of, line_depends, pack_tables
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.types import LanguageError, Num, Options
from tongdian.policy.units import BARE
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class SheetVersion(Version):
    """Which `.sheet` file of the pack is in force. `also` are articles that act only when a condition over
    the outermost lines holds: they are cited then, and not otherwise."""

    sheet: Id
    also: tuple[Row, ...] = ()

    @property
    def cites(self) -> tuple[str, ...]:
        """Also those that act on a condition."""
        return tuple(dict.fromkeys([*self.cite, *(cite for row in self.also for cite in row.cite)]))


@kind("sheet")
class SheetRule(Rule):
    """`reasons` words each `require`; `titles` names inputs and lines, `labels` words choices."""

    kind: Literal["sheet"]
    versions: tuple[SheetVersion, ...]
    reasons: dict[Id, Bilingual] = {}
    titles: dict[Name, Bilingual] = {}
    labels: dict[Name, Bilingual] = {}
    measure: Counting | None = None
    shown: tuple[Name, ...] = Field(default=())  # lines named in the spoken form, in order
    shown_when: dict[Name, str] = {}  # those that are none of some cases: no share where a meter counted

    _beside: tuple[str, ...] = PrivateAttr(default=())  # lines that others add to the outermost rows

    def with_lines(self, lines: Mapping[str, str]) -> Self:
        """The same rule with further lines of its outermost rows, by name: what an indicator asks of a case is
        calculated with the case, on every engine."""
        wider = self.model_copy()
        wider._beside = (*self._beside, *(f"{name} = {text}" for name, text in lines.items()))
        return wider

    def widened(self, text: str) -> str:
        """The text of its sheet with the lines that were added."""
        if not self._beside:
            return text
        outermost = next(line for line in text.splitlines() if line.startswith("each "))
        return "\n".join([text, outermost, *(f"  {line}" for line in self._beside)])

    @property
    def counted_as(self) -> Words:
        """What the whole numbers of its histogram are: working days of a measure, steps, papers."""
        assert self.measure is not None
        return self.titles.get(self.measure.days, Words(self.measure.days, self.measure.days))

    def counts_yes_or_no(self, pack: Pack, on: dt.date) -> bool:
        """Whether its histogram holds 0 and 1 alone, so that a median or a longest of them says nothing."""
        assert self.measure is not None
        taken = self.taken(pack, {})
        counted = self.sheet(pack, self.version_on(on, taken), taken).types[self.measure.days]
        return isinstance(counted, Num) and counted.low == 0 and counted.high == 1

    def sheet(self, pack: Pack, version: Any, taken: Mapping[str, str]) -> Sheet:
        """The parsed sheet under what is taken. Raises PackError at load, never later."""
        key = (self.rule, version.sheet, tuple(sorted(taken.items())), *self._beside)
        cached = pack.cache.get(key)
        if cached is None:
            cached = pack.cache[key] = parse_sheet(
                self.widened(pack.sheet_text(version.sheet)), PackLibrary(pack, self, taken)
            )
        sheet: Sheet = cached
        return sheet

    def taken(self, pack: Pack, take: Mapping[str, str]) -> dict[str, str]:
        """Also what the rules and `take` lines inside the sheets depend on.

        An interpretation that nobody has chosen is left out where only some cases come to it: they are
        refused, and the others are not.
        """
        taken: dict[str, str] = {}
        for key in self.needed(pack):
            try:
                taken[key] = pack.option(key, take)
            except InterpretationNotChosen:
                if key not in self._asked_in_use(pack):
                    raise
        return taken

    def _asked_in_use(self, pack: Pack) -> frozenset[str]:
        """The interpretations that only looks follow which not every case comes to."""
        key = ("asked-in-use", self.rule)
        if key not in pack.cache:
            found, always = set[str](), set(self.depends)
            for version in self.versions:
                sheet = self.sheet(pack, version, self.takings(pack, version)[0])
                for line in pack.sheet_text(version.sheet).splitlines():
                    name = line.split()[1] if line.split()[:1] == ["look"] else ""
                    (found if name in sheet.asked_in_use else always).update(line_depends(line.strip(), pack))
            pack.cache[key] = frozenset(found - always)
        asked: frozenset[str] = pack.cache[key]
        return asked

    def reads(self, pack: Pack) -> tuple[str, ...]:
        return self.needed(pack)

    def needed(self, pack: Pack) -> tuple[str, ...]:
        """Every interpretation that can change this sheet's result."""
        key = ("needed", self.rule)
        if key not in pack.cache:
            found = dict.fromkeys(self.depends)
            for version in self.versions:
                for line in pack.sheet_text(version.sheet).splitlines():
                    found.update(dict.fromkeys(line_depends(line.strip(), pack)))
            pack.cache[key] = tuple(found)
        needed: tuple[str, ...] = pack.cache[key]
        return needed

    def check(self, pack: Pack, source: YamlNode) -> None:
        for index, version in enumerate(self.versions):
            self._check_version(pack, source, version, ("versions", index, "sheet"))

    def _check_version(
        self, pack: Pack, source: YamlNode, version: SheetVersion, loc: tuple[str | int, ...]
    ) -> None:
        if version.sheet not in pack.sheets:
            raise source.error(
                Words(f"没有文件 sheets/{version.sheet}.sheet", f"there is no sheets/{version.sheet}.sheet"),
                Words("写出这个文件", "write that file"),
                loc=loc,
            )
        if pack.is_known_good:
            return
        for taken in self.takings(pack, version):
            try:
                sheet = self.sheet(pack, version, taken)
            except SheetError as error:
                raise pack.sheet_error(version.sheet, error) from None
            self._check_names(source, sheet)
            self._check_also(pack, source, version, sheet, loc[:-1])
            self.check_doubts(_root_types(sheet), source)
            for name, when in self.shown_when.items():
                try:
                    Condition.parse(when, _root_types(sheet))
                except LanguageError as error:
                    raise source.error(error.problem, error.remedy, loc=("shown_when", name)) from None

    def _check_also(
        self, pack: Pack, source: YamlNode, version: SheetVersion, sheet: Sheet, loc: tuple[str | int, ...]
    ) -> None:
        for number, row in enumerate(version.also):
            at = (*loc, "also", number)
            for cite in row.cite:
                if cite not in pack.clauses:
                    raise source.error(
                        Words(f"没有条款“{cite}”", f'there is no clause "{cite}"'),
                        Words("核对编号", "check the number"),
                        loc=at,
                    )
            try:
                Condition.parse(row.when or "true", _root_types(sheet))
            except LanguageError as error:
                raise source.error(error.problem, error.remedy, loc=at) from None

    def takings(self, pack: Pack, version: Version) -> list[dict[str, str]]:
        """Every option once beside the first of the others, as far as the version is for them: all are
        tried at load, so that choosing one later cannot meet a sheet that does not parse."""
        needed = self.needed(pack)
        first = {key: next(iter(pack.interpretations[key].options)) for key in needed}
        others = [
            first | {key: option} for key in needed for option in list(pack.interpretations[key].options)[1:]
        ]
        return [
            taken
            for taken in (first, *others)
            if all(taken.get(key) == option for key, option in version.taking.items())
        ]

    def _check_names(self, source: YamlNode, sheet: Sheet) -> None:
        measured = [
            name
            for name in (self.measure and (self.measure.days, self.measure.within, self.measure.exempt)) or ()
            if name
        ]
        for name in [*self.titles, *self.shown, *measured]:
            if name not in sheet.types and name not in sheet.grains:
                raise source.error(
                    Words(f"计算表里没有“{name}”", f'the sheet has no "{name}"'),
                    Words("核对名称", "check the name"),
                )
        choices = {
            word for type_ in sheet.types.values() if isinstance(type_, Options) for word in type_.values
        }
        for label in self.labels:
            if label not in choices:
                raise source.error(
                    Words(f"计算表里没有选项“{label}”", f'the sheet has no choice "{label}"'),
                    Words("核对名称", "check the name"),
                    loc=("labels", label),
                )
        if self.measure:
            days = sheet.types[self.measure.days]
            if not isinstance(days, Num) or days.scale or sheet.where[self.measure.days] != sheet.root.name:
                raise source.error(
                    Words(
                        "measure.days 要是最外层的整数",
                        "measure.days must be a whole number of the outermost grain",
                    ),
                    Words("取整并汇总到最外层", "round it and bring it to the outermost grain"),
                    loc=("measure",),
                )

    def called(self, pack: Pack) -> dict[str, tuple[str, ...]]:
        """Every title under which a file may name a choice."""
        return {word: tuple(title) for word, title in self.labels.items()}

    def case(self, pack: Pack, version: Any, taken: Mapping[str, str]) -> CaseSheet:
        """The sheet compiled for single cases, with the pack's tables and calendar."""
        key = ("case", self.rule, version.sheet, tuple(sorted(taken.items())), *self._beside)
        cached = pack.cache.get(key)
        if cached is None:
            sheet = self.sheet(pack, version, taken)
            cached = pack.cache[key] = CaseSheet(
                sheet,
                pack_tables(pack, sheet, taken),
                pack.workdays if sheet.needs_calendar else None,
                examples_of(pack, sheet, pack.own_tables),
            )
        case: CaseSheet = cached
        return case

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        case = self.case(pack, version, taken)
        return self.answered(pack, version, on, case, with_day(case.sheet, on, given), taken)

    def calculated(self, pack: Pack, on: dt.date, given: Mapping[str, Any]) -> Calculation:
        """The figures of one case, as `Pack.answer` calculates them. Raises as that."""
        taken = self.taken(pack, {})
        version = self.version_on(on, taken)
        case = self.case(pack, version, taken)
        root = self._figures(pack, case, with_day(case.sheet, on, given))
        cite = self.acted(pack, version, case.sheet, root, taken)
        return Calculation(case.sheet, root, version.in_force.start, cite, taken, case.examples)

    def answered(
        self,
        pack: Pack,
        version: Any,
        on: dt.date,
        case: CaseSheet,
        given: Mapping[str, Any],
        taken: Mapping[str, str],
    ) -> Answer:
        """The Answer of a compiled sheet for one case."""
        warnings: tuple[Words, ...] = ()
        if case.needs_calendar:
            with noting() as lacks:
                root = self._figures(pack, case, given)
            warnings = (lacks.words,) if lacks else ()
        else:
            root = self._figures(pack, case, given)
        kind_ = case.sheet.types[case.sheet.result]
        return answer_of(
            self,
            pack,
            version,
            on,
            value=root[case.sheet.result],
            unit=kind_.unit if isinstance(kind_, Num) else BARE,
            inputs=given,
            taken=taken,
            cite=self.acted(pack, version, case.sheet, root, taken),
            is_example=case.sheet.result in case.examples,
            reason=lambda language: self._reason(case.sheet, root, language),
            make_lines=lambda: self._lines(pack, case, root),
            warnings=warnings,
        )

    def _figures(self, pack: Pack, case: CaseSheet, given: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self.run(pack, case, given)
        except CalculationRefused as refusal:
            if isinstance(refusal.__cause__, InterpretationNotChosen):
                raise refusal.__cause__ from None  # the choice is what is asked for, not the line
            raise

    def judged(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """The outermost row of one case on a day, inputs and lines by name."""
        case = self.case(pack, version, taken)
        return self.run(pack, case, with_day(case.sheet, on, given))

    def run(self, pack: Pack, case: CaseSheet, given: Mapping[str, Any]) -> dict[str, Any]:
        """The outermost row with every line filled in."""
        return case.run(given)

    def _lines(self, pack: Pack, case: CaseSheet, root: dict[str, Any]) -> tuple[AnswerLine, ...]:
        """The lines with their words by the titles that the sheet's rule, or a table that it asks, gives."""
        tables = dict.fromkeys(item.table for item in case.sheet.items if isinstance(item, Look))
        columns = [one for name in tables for one in pack.rules[name].columns.values()]  # type: ignore[attr-defined]
        labels = {word: said for column in columns for word, said in column.labels.items()} | self.labels
        return tuple(
            line._replace(label=labels[line.value])
            if isinstance(line.value, str) and line.value in labels
            else line
            for line in case.lines(root)
        )

    def acted(
        self, pack: Pack, version: Any, sheet: Sheet, root: Mapping[str, Any], taken: Mapping[str, str]
    ) -> tuple[str, ...]:
        """The articles that acted on this case: those of the version, and those whose condition holds."""
        also = [
            cite
            for condition, cites in self._also(pack, version, sheet, taken)
            if condition.holds(root)
            for cite in cites
        ]
        return (*version.cite, *also)

    def _also(
        self, pack: Pack, version: Any, sheet: Sheet, taken: Mapping[str, str]
    ) -> tuple[tuple[Condition, tuple[str, ...]], ...]:
        """The articles that act on a condition, compiled once."""
        if not version.also:
            return ()
        key = ("also", self.rule, version.sheet, tuple(sorted(taken.items())))
        if key not in pack.cache:
            types = _root_types(sheet)
            pack.cache[key] = tuple(
                (Condition.parse(row.when or "true", types), row.cite) for row in version.also
            )
        compiled: tuple[tuple[Condition, tuple[str, ...]], ...] = pack.cache[key]
        return compiled

    def _reason(self, sheet: Sheet, root: Mapping[str, Any], language: str) -> str:
        said = []
        for name in self.shown:
            when = self.shown_when.get(name)
            if when and not Condition.parse(when, _root_types(sheet)).holds(root):
                continue
            if sheet.where.get(name) == sheet.root.name and name != sheet.result and name in root:
                title = self.titles.get(name, Words(name, name)).say(language)
                value = root[name]
                label = self.labels.get(value) if isinstance(value, str) else None
                shown = label.say(language) if label else say_value(value, sheet.types[name], language)
                said.append(f"{title} {shown}")
        return Words("，", ", ").say(language).join(said)

    def matches(self, answer: Answer, expect: Any) -> bool:
        """`expect` is the result, or names of lines with their values (lists for lower grains)."""
        if not isinstance(expect, dict):
            return same(plain(answer.value), expect)
        found: dict[str, list[Any]] = {}
        for line in answer.lines:
            found.setdefault(line.name, []).append(plain(line.value))
        for name, wanted in expect.items():
            values = found.get(name)
            if values is None or not same(values if isinstance(wanted, list) else values[0], wanted):
                return False
        return True

    def describe(self) -> dict[str, Any]:
        described = super().describe()
        described["titles"] = {name: words._asdict() for name, words in self.titles.items()}
        described["sheets"] = self.sheet_names
        return described

    @property
    def sheet_names(self) -> list[str]:
        """The file of each version."""
        return [version.sheet for version in self.versions]

    def describe_inputs(self, pack: Pack) -> dict[str, Any]:
        """The inputs of each grain, from the newest version's sheet under the pack's choices."""
        taken = {
            key: pack.interpretations[key].chosen
            if pack.interpretations[key].chosen != "none"
            else next(iter(pack.interpretations[key].options))
            for key in self.needed(pack)
        }
        version = self.version_on(self.versions[-1].in_force.start, taken)
        sheet = self.sheet(pack, version, taken)
        return {
            grain.name: {
                item.name: describe_input(as_input(item.type))
                | {
                    "title": self.titles[item.name]._asdict() if item.name in self.titles else None,
                    "default": None if item.default is None else plain(item.default),
                }
                for item in grain.inputs
            }
            for grain in sheet.grains.values()
            if grain.table is None
        }


def _root_types(sheet: Sheet) -> dict[str, Any]:
    """What a condition over the outermost lines may name."""
    return {name: sheet.types[name] for name, grain in sheet.where.items() if grain == sheet.root.name}


def as_input(kind_: Any) -> Input:
    """A declared Input for a sheet's type."""
    from tongdian.policy.types import Bool, Date, Instant

    match kind_:
        case Num():
            return Input(unit=str(kind_.unit) or "1", scale=kind_.scale, min=kind_.low, max=kind_.high)
        case Options(values):
            return Input(one_of=values)
        case Bool():
            return Input(type="bool")
        case Date():
            return Input(type="date")
        case Instant():
            return Input(type="instant")
    return Input(type="id")
