"""Sheets: calculations as layers of rows (grains), one quantity a line.

    sheet residential-electricity -> bill.total
    each bill
      in months : month(0) 1..12
    each segment in bill by start
      in start : date
      look price : yuan/kWh(8) = base-price.price on start
      billed = round(used * (1 + loss), 2)        # 47(2)

A line sees its own row and its parents; only sum, before, share and their like look across or up.
Every line is declared above where it is used, except that `previous` may take from the row before
what is calculated below: a chain along the rows of one parent, of a bounded length. So nothing loops
without end, and the printers can turn a sheet into joins, windows and GROUP BY (`sheet_sql`) or a
function (`sheet_case`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from tongdian.policy.inputs import Input
from tongdian.policy.language import Node
from tongdian.policy.refusals import Refusal
from tongdian.policy.typed import ENDS, Expr
from tongdian.policy.types import Type, Value
from tongdian.policy.words import Words


@dataclass(frozen=True, slots=True)
class In:
    """A value that each row of the grain brings with it."""

    name: str
    type: Type
    grain: str
    line: int
    default: Value | None = None
    absent: Value | None = None  # in rows of a file that does not have the column at all

    def believed(self) -> In:
        """The same where a whole file without the column is taken to be in time."""
        return replace(self, absent=dt.date(1900, 1, 1))

    @property
    def without_column(self) -> Value | None:
        """What stands for it where nobody could have filled it in."""
        return self.default if self.absent is None else self.absent


@dataclass(frozen=True, slots=True)
class Look:
    """The one row of a table, in force on a date of this row, with these keys. `waits` says why it can find
    none: the interpretation that decides it has not been chosen."""

    name: str
    type: Type
    grain: str
    line: int
    table: str
    column: str
    on: str
    keys: tuple[tuple[str, str], ...]  # (column of the table, name in the sheet)
    waits: Words | None = None
    title: Words | None = None  # of the table, as its pack calls it

    @property
    def failure(self) -> Words:
        """The reason when no row is found."""
        named = Words(self.table, self.table)
        if self.title is not None:
            named = Words(f"“{self.title.zh}”", f'"{self.title.en}"')
        return self.waits or Words(
            f"{named.zh}中没有这一天、这些键的行", f"{named.en} has no row for these keys on this day"
        )


@dataclass(frozen=True, slots=True)
class Require:
    """A condition the case must meet, and the reason given when it does not. `of` names the line that it
    guards: a rule looked up, which has a version on that day or none."""

    condition: Expr
    text: str
    reason: Words
    grain: str
    line: int
    of: str = ""

    @property
    def failure(self) -> Words:
        """The reason, as the rule words it."""
        return self.reason


@dataclass(frozen=True, slots=True)
class Let:
    """A line of the calculation: a name for an expression."""

    name: str
    expr: Expr
    type: Type
    text: str
    grain: str
    line: int
    cite: str = ""
    missing: tuple[Words, ...] = ()  # what it asks of a table only in some cases, and may not find
    in_use: bool = False  # a rule looked up that only some cases use
    lacks: tuple[str, ...] = ()  # the looks that these reasons speak of, in their order

    @property
    def may_fail(self) -> bool:
        """Whether a case without a value for it is refused."""
        return self.expr.partial and not self.in_use

    @property
    def failure(self) -> Words:
        """Why a line that may fail has failed."""
        causes = dict.fromkeys(_CAUSES[op] for op in _CAUSES if uses(self.expr, op))
        return _either([*causes, *self.missing])

    def failure_of(self, lacking: Collection[str]) -> Words:
        """Why it has failed in a case that is known to lack these of its looks."""
        told = [said for name, said in zip(self.lacks, self.missing, strict=False) if name in lacking]
        return _either(told) if told else self.failure


def _either(causes: Iterable[Words]) -> Words:
    told = dict.fromkeys(causes)
    return Words("或".join(c.zh.rstrip("。") for c in told), " or ".join(c.en.rstrip(".") for c in told))


OUTSIDE_THE_CENTURIES = Words("日期早于1900年或晚于2200年", "the date lies before 1900 or after 2200")
OUTSIDE_THE_INSTANTS = Words("时刻早于1970年或晚于2100年", "the instant lies before 1970 or after 2100")
_CAUSES = {
    "ratio": Words("除数为零", "the divisor is zero"),
    "workdays": Words(
        "日期超出已公布的工作日历", "a date lies outside the published calendar of working days"
    ),
    "worked_by": Words(
        "日期超出已公布的工作日历", "a date lies outside the published calendar of working days"
    ),
    "worked_before": Words(
        "日期超出已公布的工作日历", "a date lies outside the published calendar of working days"
    ),
    "workday_after": Words(
        "期满日超出已公布的工作日历", "the day lies outside the published calendar of working days"
    ),
    **dict.fromkeys(ENDS, Words("下层没有行", "there are no rows to look at")),
    "later": OUTSIDE_THE_CENTURIES,
    "earlier": OUTSIDE_THE_CENTURIES,
    "after": OUTSIDE_THE_INSTANTS,
    "sooner": OUTSIDE_THE_INSTANTS,
    "carried": Words(
        "从上一行带来的数超出所写的范围", "what the row before carries on is out of the range declared"
    ),
    "share": Words(
        "无法分摊：总数或权数为负，或权数全为零",
        "nothing to share by: a negative total or weight, or all weights zero",
    ),
}


CALENDAR_OPS = ("workdays", "workday_after", "worked_by", "worked_before")


def uses(e: Expr, op: str) -> bool:
    """Whether an operator stands anywhere in an expression."""
    return e.op == op or any(uses(arg, op) for arg in e.args)


Item = Look | Require | Let


@dataclass(frozen=True, slots=True)
class Meeting:
    """How rows are made that nobody gives: each row of `sister` stands again under each row of the
    parent whose days it touches.

    `days` are the first and last day of the sister's rows, `met` those of the parent's. A made row
    has `columns`: its name for a column of the sister; and `beside`: its name for one of the parent.
    """

    sister: str
    days: tuple[str, str]
    met: tuple[str, str]
    columns: Mapping[str, str]
    beside: Mapping[str, str]


@dataclass(slots=True)
class Grain:
    """A layer of rows. `key` is the column that tells rows of one parent apart and orders them."""

    name: str
    parent: str | None
    key: str
    table: str | None = None
    on: str | None = None
    line: int = 0
    inputs: list[In] = field(default_factory=list)
    made: Meeting | None = None
    most: int | None = None  # rows that a parent may have
    keys: tuple[tuple[str, str], ...] = ()  # (column of the table, name above): only the rows that match
    may_be_absent: bool = False  # no file of it means that nothing of the kind happened


class Library(Protocol):
    """What a sheet may reach in its pack."""

    def columns(self, table: str) -> tuple[Mapping[str, Input], tuple[str, ...]] | None:
        """The columns and keys of a table, or None if there is no such table."""

    def title(self, table: str) -> Words | None:
        """How the pack calls a table."""

    def rule_node(
        self, rule: str, on: Node, names: tuple[str, ...], *, region: str = ""
    ) -> tuple[Node, Node] | None:
        """A rule as an expression, dated by `on` and fed by these names, and the condition that a
        version is in force; None if the rule is unknown. `region` names the line that says where the case
        is: the rule is then that of the overlay which governs the place."""

    def waits(self, rule: str) -> Refusal | None:
        """Why a rule or table says nothing yet: the interpretation it follows has not been chosen."""

    def reason(self, reason: str) -> Words | None:
        """The words of a `require`."""

    def option(self, interpretation: str) -> tuple[str, tuple[str, ...]] | None:
        """The option taken and all options of an interpretation."""

    def zone(self) -> str:
        """The zone of the pack's calendar, by its name; empty where none is known."""


@dataclass(slots=True)
class Sheet:
    """A parsed and typed sheet."""

    id: str
    result: str
    text: str
    grains: dict[str, Grain] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    types: dict[str, Type] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    takes: dict[str, Node] = field(default_factory=dict)  # constant name -> the option taken, as a word
    waits: dict[str, Refusal] = field(default_factory=dict)  # looks whose interpretation nobody has chosen
    asked_in_use: frozenset[str] = frozenset()  # looks that only some cases use: the others lack nothing
    chains: list[range] = field(default_factory=list)  # items reckoned together, one row after the other
    given: set[str] = field(default_factory=set)  # values that one run has for all its rows
    zone: str = ""  # whose days are those of the law, by its name: Asia/Shanghai

    @property
    def root(self) -> Grain:
        """The grain without a parent: one case, one bill, one master meter."""
        return next(iter(self.grains.values()))

    def chain(self, grain: str) -> list[Grain]:
        """The grain and its parents, outermost first."""
        found: list[Grain] = []
        step: str | None = grain
        while step is not None:
            found.append(self.grains[step])
            step = self.grains[step].parent
        return found[::-1]

    def keys(self, grain: str) -> list[str]:
        """The columns that identify a row of the grain, outermost first."""
        return [g.key for g in self.chain(grain)]

    def children(self, grain: str) -> Iterator[Grain]:
        """The grains directly below."""
        return (g for g in self.grains.values() if g.parent == grain)

    def is_below(self, grain: str, other: str) -> bool:
        """Whether `grain` is a strict descendant of `other`."""
        return grain != other and any(g.name == other for g in self.chain(grain))

    @property
    def tables(self) -> set[str]:
        """Every table the sheet reads."""
        looked = {item.table for item in self.items if isinstance(item, Look)}
        return looked | {g.table for g in self.grains.values() if g.table}

    @property
    def read(self) -> list[Grain]:
        """The grains whose rows are given; the others are made."""
        return [g for g in self.grains.values() if g.table is None and g.made is None]

    @property
    def needs_calendar(self) -> bool:
        """Whether any line counts working days."""
        return any(uses(e, op) for e in self.expressions() for op in CALENDAR_OPS)

    def expressions(self) -> Iterator[Expr]:
        """Every expression of the sheet."""
        for item in self.items:
            if isinstance(item, Let):
                yield item.expr
            elif isinstance(item, Require):
                yield item.condition


def rewritten(sheet: Sheet, change: Callable[[Expr], Expr]) -> Sheet:
    """The sheet with every expression changed, from its leaves up."""

    def changed(e: Expr) -> Expr:
        return change(replace(e, args=tuple(map(changed, e.args))) if e.args else e)

    items: list[Item] = []
    for item in sheet.items:
        match item:
            case Let():
                items.append(replace(item, expr=changed(item.expr)))
            case Require():
                items.append(replace(item, condition=changed(item.condition)))
            case Look():
                items.append(item)
    return replace(sheet, items=items)


class SheetError(Exception):
    """A mistake in a sheet: its line, what is wrong and how to mend it."""

    def __init__(self, line: int, problem: Words, remedy: Words) -> None:
        self.line, self.problem, self.remedy = line, problem, remedy
        super().__init__(f"line {line}: {problem.en} ({remedy.en})")
