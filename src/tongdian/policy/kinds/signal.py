"""signal: what in the record of a business makes a supervisor look (疑点), with the limits that it goes by and
the sentence that it says.

It is about one kind of rows (`policy.signal_rows`): a case, a step, a stay or a contract for works. Of a row,
`where` says whether the signal is about it at all and `when` whether it shows. With `by` it is about groups:
`when` then says which rows match, and `that` is asked of the group. All are conditions of the sheet language,
so that a pack changes a limit, a sentence or a whole signal without a line of Python.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from tongdian.policy.answer import Answer
from tongdian.policy.inputs import read_value, say_value
from tongdian.policy.kinds import Rule, Version, answer_of, kind
from tongdian.policy.language import Node, parse, written
from tongdian.policy.reading import Bilingual, Model, Name, Number, YamlNode
from tongdian.policy.refusals import CalculationRefused
from tongdian.policy.sheet import Sheet, SheetError
from tongdian.policy.sheet_case import CaseSheet
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.signal_rows import EARLY, GROUP_COLUMNS, GROUP_NEEDS, ROWS, SHARES, RowKind
from tongdian.policy.statistics import one_in
from tongdian.policy.types import Bool, Date, Num, Type, Value
from tongdian.policy.units import Unit
from tongdian.policy.words import Words
from tongdian.policy.written_sheets import WrittenSheet

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

OUTCOMES = {
    "found": Words("有疑点", "a signal"),
    "clear": Words("无疑点", "no signal"),
    "unknown": Words("缺数，不作判断", "not judged: something is missing"),
    "not_of": Words("不属于本规则", "not a row of this signal"),
    "match": Words("计入", "matches"),
    "other": Words("不计入", "does not match"),
}
SEVERITIES = {
    "serious": Words("涉嫌违规", "a suspected breach"),
    "explain": Words("需要说明", "to be explained"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_HUNDRED = Decimal(100)
BESIDE = {"known_where": "bool", "known_when": "bool", "case_no": "id", "hour": "id"}
"""What the engine hands through the sheet of a row: whether all is there that is asked for, whose row it is."""
KEYS = ("supplier", "region", "person", "hour")  # what a sentence about a group may name beside its figures


class SignalLimit(Model):
    """A number that a signal goes by: `is` so much of `unit`, or a bare count or share."""

    is_: Number = Field(alias="is")
    unit: str | None = None
    title: Bilingual

    @property
    def value_type(self) -> Num:
        """Its type."""
        exponent = self.is_.as_tuple().exponent
        scale = max(0, -exponent) if isinstance(exponent, int) else 0
        return Num(Unit.parse(self.unit) if self.unit else Unit(), scale, self.is_, self.is_)


class SignalVersion(Version):
    """Of which `rows` it asks, `where` and `when`; of groups also `by` what, and `that`. `facts` are figures with
    a name, for conditions and for the sentence. `usual` names the limit that is the usual share: `one_in` is
    then how seldom chance alone would give so many."""

    rows: Literal["case", "step", "stay", "work"]
    where: str = "true"
    when: str = "true"
    by: Literal["supplier", "region", "person", "person-hour"] | None = None
    that: str | None = None
    usual: Name | None = None
    limits: dict[Name, SignalLimit] = {}
    facts: dict[Name, str] = {}

    @property
    def row_kind(self) -> RowKind:
        """The kind of its rows."""
        return ROWS[self.rows]

    def with_limits(self, text: str) -> str:
        """A condition with its limits written in: a bare number takes the unit of what it is compared with."""
        return _NAME.sub(
            lambda name: f"{self.limits[name[0]].is_:f}" if name[0] in self.limits else name[0], text
        )

    def names_in(self, text: str) -> frozenset[str]:
        """The columns of rows that a condition rests on, through facts as well."""
        found: set[str] = set()
        for name in _NAME.findall(text):
            if name in self.facts:
                found |= self.names_in(self.facts[name])
            elif name in self.row_kind.types:
                found.add(name)
        return frozenset(found)

    def lacks(self, known: frozenset[str]) -> tuple[str, ...]:
        """The columns of files that it needs and that are not `known`: `event.person`. Without them nothing
        is judged."""
        if (file := self.row_kind.file) not in known:
            return (file,)
        names = sorted(self.names_in(self.where) | self.names_in(self.when) | self.summed)
        found = [one for name in names for one in self.row_kind.lacks(name, known)]
        found += [one for one in GROUP_NEEDS.get(self.by or "", ()) if one not in known]
        return tuple(dict.fromkeys(found))

    @property
    def that_early(self) -> str:
        """The parts of `that` which must hold together and rest on EARLY figures alone."""
        early = {*EARLY, *self.limits}
        parts = [one for one in _together(parse(str(self.that))) if _names_of(one) <= early]
        return " and ".join(written(one) for one in parts) or "true"

    @property
    def summed(self) -> frozenset[str]:
        """The column that is added up for its groups, where its rows have amounts."""
        asks = self.by is not None and "amount" in self.row_kind.columns
        return frozenset({"amount"} if asks else ())


@kind("signal")
class SignalRule(Rule):
    """Answers `found` or `clear`; `unknown` where something that it asks for is missing, which is neither. `says` is
    the sentence of what it finds, with the names of columns, facts and limits in braces; `titles` name its facts."""

    kind: Literal["signal"]
    decided_on: Literal["period"] = "period"
    severity: Literal["serious", "explain"]
    says: Bilingual
    titles: dict[Name, Bilingual] = {}
    versions: tuple[SignalVersion, ...]

    def check(self, pack: Pack, source: YamlNode) -> None:
        for number, version in enumerate(self.versions):
            loc = ("versions", number)
            if (version.by is None) != (version.that is None):
                raise source.error(
                    Words("by 与 that 要同时写", "by and that belong together"),
                    Words("按组的规则写 by 和 that", "a signal about groups has both"),
                    loc=loc,
                )
            if version.usual is not None and (version.by is None or version.usual not in version.limits):
                raise source.error(
                    Words(f"没有限值“{version.usual}”", f'there is no limit "{version.usual}"'),
                    Words("写进 limits，并写 by", "name it under limits, and give by"),
                    loc=(*loc, "usual"),
                )
            self._check_limits(version, source, loc)
            if not pack.is_known_good:
                self._check_sheets(pack, version, source, loc)
            self._check_sentence(version, source)
        if {"found", "clear"} - {test.expect for test in self.tests}:
            raise source.error(
                Words(
                    "疑点规则要有一个有疑点和一个无疑点的例子",
                    "a signal has an example that shows it and one that does not",
                ),
                Words("写进 tests：expect: found 与 expect: clear", "write both under tests: expect: found, expect: clear"),
            )  # fmt: skip

    def _check_limits(self, version: SignalVersion, source: YamlNode, loc: tuple[str | int, ...]) -> None:
        asked = " ".join([version.where, version.when, version.that or "", *version.facts.values()])
        used = {*_NAME.findall(asked), version.usual}
        taken = {*version.row_kind.types, *GROUP_COLUMNS, *SHARES, *version.facts, *KEYS, *BESIDE}
        for name in version.facts:
            if name not in self.titles:
                raise source.error(
                    Words(f"事实“{name}”没有名称", f'the fact "{name}" has no title'),
                    Words("写进 titles", "name it under titles"),
                    loc=(*loc, "facts", name),
                )
        for name in version.limits:
            if name in taken or name not in used:
                raise source.error(
                    Words(f"限值“{name}”与列同名，或没有用到", f'the limit "{name}" is called like a column, or not used'),
                    Words("改名，或写进条件", "rename it, or use it in a condition"),
                    loc=(*loc, "limits", name),
                )  # fmt: skip

    def _check_sheets(
        self, pack: Pack, version: SignalVersion, source: YamlNode, loc: tuple[str | int, ...]
    ) -> None:
        for part, make in (("when", self.row_sheet), ("that", self.group_sheet)):
            if part == "that" and version.by is None:
                continue
            try:
                sheet = make(pack, version)
            except SheetError as error:
                raise source.error(error.problem, error.remedy, loc=(*loc, part)) from None
            if any(not isinstance(sheet.types[name], Bool) for name in ("is_of", "shows")):
                raise source.error(
                    Words("不是条件", "it is no condition"),
                    Words("写成可判断真假的式子", "write what is true or false"),
                    loc=(*loc, part),
                )

    def _check_sentence(self, version: SignalVersion, source: YamlNode) -> None:
        known = self.said_names(version)
        for language in ("zh", "en"):
            for _, name, _, _ in Formatter().parse(self.says.say(language)):
                if name is not None and name not in known:
                    raise source.error(
                        Words(f"句子里的“{name}”不是列、事实或限值", f'"{name}" in the sentence is no column, fact or limit'),
                        Words(f"可写：{'、'.join(sorted(known))}", f"write one of {', '.join(sorted(known))}"),
                        loc=("says", language),
                    )  # fmt: skip

    # --- its sheets ---
    def row_sheet(self, pack: Pack, version: SignalVersion) -> Sheet:
        """One row, with the lines `is_of` and `shows`. Raises SheetError."""
        brought = {**version.row_kind.types, **BESIDE}
        lines = {**version.facts, "is_of": version.where, "shows": version.when}
        return self._sheet(pack, version, "rows", brought, lines)

    def group_sheet(self, pack: Pack, version: SignalVersion) -> Sheet:
        """One group, with its shares and the lines `is_of` (always) and `shows`. Raises SheetError."""
        brought = {name: one.type for name, one in GROUP_COLUMNS.items()}
        lines = {name: text for name, (text, _) in SHARES.items()}
        return self._sheet(
            pack, version, "groups", brought, {**lines, "is_of": "true", "shows": str(version.that)}
        )

    def early_sheet(self, pack: Pack, version: SignalVersion) -> Sheet:
        """`group_sheet` with as much of `that` as rests on its rows and amounts alone: a group for which this does
        not hold is clear, whatever its other figures are. Raises SheetError."""
        brought = {name: one.type for name, one in GROUP_COLUMNS.items()}
        lines = {name: text for name, (text, _) in SHARES.items()}
        return self._sheet(
            pack, version, "groups early", brought, {**lines, "is_of": "true", "shows": version.that_early}
        )

    def _sheet(
        self,
        pack: Pack,
        version: SignalVersion,
        of: str,
        brought: Mapping[str, str],
        lines: Mapping[str, str],
    ) -> Sheet:
        key = ("signal", self.rule, version.in_force.start, of)
        if key not in pack.cache:
            listed = [f"  in {name} : {type_}" for name, type_ in brought.items()]
            listed += [f"  {name} = {version.with_limits(text)}" for name, text in lines.items()]
            text = "\n".join(["sheet signal -> shows", "each item", *listed])
            pack.cache[key] = parse_sheet(text, WrittenSheet())
        found: Sheet = pack.cache[key]
        return found

    # --- one row, one group ---
    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """What comes of one row, or of one group given by its figures. What is not given is missing."""
        of_group = version.by is not None and not given.keys() <= version.row_kind.types.keys()
        judge = self._of_group if of_group else self._of_row
        outcome, values = judge(pack, version, on, given)
        sentence = self.sentence(version, values, self.types(pack, version), stages_of(pack))
        return answer_of(
            self, pack, version, on,
            value=outcome, inputs=values, taken=taken,
            say_option=OUTCOMES[outcome].say,
            reason=sentence.say if outcome == "found" else self.title.say,
        )  # fmt: skip

    def _of_row(
        self, pack: Pack, version: SignalVersion, on: dt.date, given: Mapping[str, Any]
    ) -> tuple[str, dict[str, Value]]:
        sheet, rows = self.row_sheet(pack, version), version.row_kind
        known = {name: read_value(name, value, sheet.types[name]) for name, value in given.items()}
        day: Any = known.get(rows.day, on)
        for name, one in rows.columns.items():
            if one.optional:
                known.setdefault(f"has_{name}", name in known)
        filled = {name: known.get(name, blank(sheet.types[name], day)) for name in rows.types}
        case = CaseSheet(sheet, {}, pack.workdays if sheet.needs_calendar else None)
        if not version.names_in(version.where) <= known.keys():
            return "unknown", known
        try:
            row = case.run({**filled, "known_where": True, "known_when": True, "case_no": "-", "hour": "-"})
        except CalculationRefused:
            return "unknown", known
        if not row["is_of"]:
            return "not_of", known
        if not version.names_in(version.when) <= known.keys():
            return "unknown", known
        words = ("clear", "found") if version.by is None else ("other", "match")
        return words[bool(row["shows"])], known | {name: row[name] for name in version.facts}

    def _of_group(
        self, pack: Pack, version: SignalVersion, on: dt.date, given: Mapping[str, Any]
    ) -> tuple[str, dict[str, Value]]:
        sheet = self.group_sheet(pack, version)
        known = {name: read_value(name, value, sheet.types[name]) for name, value in given.items()}
        filled = {name: known.get(name, blank(sheet.types[name], on)) for name in GROUP_COLUMNS}
        if version.usual is not None:
            filled["one_in"] = Decimal(self.chance(version, filled))
        asked = {name for name in _NAME.findall(str(version.that)) if name in GROUP_COLUMNS} - {"one_in"}
        for name in _NAME.findall(str(version.that)):
            if name in SHARES:
                asked |= {one for one in _NAME.findall(SHARES[name][0]) if one in GROUP_COLUMNS}
        if not asked <= known.keys():
            return "unknown", known
        row = CaseSheet(sheet, {}).run(filled)
        values = {name: row[name] for name in (*GROUP_COLUMNS, *SHARES)}
        return ("found" if row["shows"] else "clear"), values

    def chance(self, version: SignalVersion, figures: Mapping[str, Any]) -> int:
        """One in how many groups of so many rows would have so many matches by chance: under the usual share, or
        that of all others where it is greater, so that what is usual everywhere accuses nobody."""
        assert version.usual is not None
        usual = version.limits[version.usual].is_
        others = Decimal(figures["others_matching"]) / max(Decimal(figures["others_total"]), Decimal(1))
        return one_in(int(figures["total"]), int(figures["matching"]), max(usual, min(others, Decimal(1))))

    # --- what it says ---
    def types(self, pack: Pack, version: SignalVersion) -> dict[str, Type]:
        """The type of everything that its sentence may name."""
        make = self.row_sheet if version.by is None else self.group_sheet
        found = dict(make(pack, version).types)
        return found | {name: one.value_type for name, one in version.limits.items()}

    def said_names(self, version: SignalVersion) -> set[str]:
        """The names that its sentence may have."""
        own = {*version.row_kind.columns, *version.facts, "more"}
        return {*version.limits, *(own if version.by is None else {*GROUP_COLUMNS, *SHARES, *KEYS})}

    def sentence(
        self,
        version: SignalVersion,
        values: Mapping[str, Value | None],
        types: Mapping[str, Type],
        stages: Mapping[str, Words],
    ) -> Words:
        """The sentence with its figures; what is missing is a dash, and a stage has its name in `stages`."""
        known: dict[str, Any] = {**values, **{name: one.is_ for name, one in version.limits.items()}}

        def said(language: str) -> str:
            filled = dict.fromkeys(self.said_names(version), "—")
            for name, value in known.items():
                if name == "stage" and value in stages:
                    filled[name] = stages[str(value)].say(language)
                elif value is not None:
                    filled[name] = say_figure(value, types.get(name), language)
            return self.says.say(language).format(**filled)

        return Words(said("zh"), said("en"))

    def evidence(self, version: SignalVersion) -> list[str]:
        """The names that its sentence has, in its order: the figures that are shown as evidence."""
        return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.says.zh) if name))

    def named(self, version: SignalVersion) -> dict[str, Words]:
        """How each figure is called."""
        found = {name: one.title for name, one in version.row_kind.columns.items()}
        found |= {name: Words(*title) for name, title in self.titles.items()}
        if version.by is not None:
            found |= {name: one.title for name, one in GROUP_COLUMNS.items()}
            found |= {name: title for name, (_, title) in SHARES.items()}
        return {**found, **{name: Words(*one.title) for name, one in version.limits.items()}}


def _together(node: Node) -> list[Node]:
    """The parts of a condition that must all hold."""
    return [one for part in node.args for one in _together(part)] if node.op == "and" else [node]


def _names_of(node: Node) -> set[str]:
    own = {str(node.value)} if node.op == "name" else set()
    return own.union(*(_names_of(one) for one in node.args))


def stages_of(pack: Pack) -> Mapping[str, Words]:
    """The stages of the pack's processes by their ids; the first process that has one names it."""
    if "stages by id" not in pack.cache:
        found: dict[str, Words] = {}
        for rule in pack.rules.values():
            for version in rule.versions if rule.kind == "process" else ():
                for key, stage in version.stages.items():  # type: ignore[attr-defined]  # a process has stages
                    found.setdefault(key, Words(*stage.title))
        pack.cache["stages by id"] = found
    known: Mapping[str, Words] = pack.cache["stages by id"]
    return known


def say_figure(value: Value, type_: Type | None, language: str) -> str:
    """A figure as people read it; a share in per cent."""
    if isinstance(value, Decimal) and isinstance(type_, Num) and not str(type_.unit) and type_.scale:
        return f"{(value * _HUNDRED).quantize(Decimal('0.01')):f}".rstrip("0").rstrip(".") + " %"
    return say_value(value, type_, language) if type_ is not None else str(value)


def blank(type_: Type, day: dt.date) -> Any:
    """What stands in a column of which nothing is known, so that the rest of its row can be reckoned; no outcome
    rests on it. A date is the row's own, which its calendar surely has."""
    match type_:
        case Bool():
            return False
        case Date():
            return day
        case Num():
            return max(type_.low, Decimal(0))
    return "450000" if str(type_) == "region" else "-"


def signals_of(pack: Pack, on: dt.date, only: Iterable[str] = ()) -> list[tuple[SignalRule, SignalVersion]]:
    """The signals of a pack in force on a day, in its order; `only` those of these ids, where any are given."""
    wanted = set(only)
    found = []
    for rule in pack.rules.values():
        if isinstance(rule, SignalRule) and (not wanted or rule.rule in wanted):
            with suppress(StopIteration):
                found.append((rule, next(one for one in rule.versions if one.in_force.covers(on))))
    return found
