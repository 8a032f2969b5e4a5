"""One case through a sheet, in exact Decimal arithmetic, keeping every line.

Rows are dictionaries. `^` is the parent row, `#` the position among its siblings, `*grain` the rows
of a lower grain: marks that no name of a sheet can have.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import partial
from itertools import groupby
from typing import Any

from tongdian.policy.answer import AnswerLine
from tongdian.policy.code import NoQuotient, OutsideTheCenturies, PythonText, Workdays
from tongdian.policy.inputs import read_value
from tongdian.policy.refusals import BadInput, CalculationRefused, Refusal
from tongdian.policy.rounding import EXACT, shares
from tongdian.policy.sheet import Grain, Item, Let, Look, Meeting, Require, Sheet
from tongdian.policy.typed import BELOW, ROWS_PER_PARENT, Expr
from tongdian.policy.types import Num, Type, Value
from tongdian.policy.words import Words

Row = dict[str, Any]
DatedRow = tuple[dt.date, dt.date | None, Mapping[str, Value]]  # from, before, columns
Tables = Mapping[str, Sequence[DatedRow]]

_ZERO = Decimal(0)


@dataclass(slots=True)
class _Step:
    """A line: `name` is None for a check, `in_use` of a look that only some rows come to."""

    item: Item
    run: Callable[[Row], Any]
    name: str | None
    in_use: bool


@dataclass(slots=True)
class _Plan:
    """How the rows of a grain are read: what may be given, and what lies below."""

    grain: Grain
    names: set[str]
    known: set[str]
    marks: list[str]
    read: list[Grain]


def with_day(sheet: Sheet, on: dt.date, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is given of a case, with the day of the question where the sheet asks for it."""
    return {**given, **dict.fromkeys(sheet.given, on)} if sheet.given else given


class CaseSheet:
    """A sheet compiled for single cases.

    `tables` holds the dated rows of each table the sheet reads; `workdays` counts working days in
    (start, end] and refuses what is not published; `examples` are the lines to be marked.
    """

    def __init__(
        self,
        sheet: Sheet,
        tables: Tables,
        workdays: Workdays | None = None,
        examples: frozenset[str] = frozenset(),
    ) -> None:
        self.sheet = sheet
        self.needs_calendar = sheet.needs_calendar
        self.tables = tables
        self.examples = examples
        self._index = {
            item.line: _index(item, tables[item.table]) for item in sheet.items if isinstance(item, Look)
        }
        self._made = {
            grain.name: sorted(
                ((start, before, dict(row)) for start, before, row in tables[grain.table]),
                key=lambda dated: dated[2][grain.key],
            )
            for grain in sheet.grains.values()
            if grain.table
        }
        self._steps = [self._step(item, workdays) for item in sheet.items]
        self._said = [_said(item, examples) for item in sheet.items if not isinstance(item, Require)]
        self._plans = {name: self._planned(grain) for name, grain in sheet.grains.items()}
        self._acts = list(self._ordered())

    # --- compiling ---
    def _step(self, item: Item, workdays: Workdays | None) -> _Step:
        name = None if isinstance(item, Require) else item.name
        return _Step(item, self._compile(item, workdays), name, name in self.sheet.asked_in_use)

    def _compile(self, item: Item, workdays: Workdays | None) -> Callable[[Row], Any]:
        if isinstance(item, Look):
            return self._look(item)
        source = _SheetSource(self.sheet, item.grain)
        expr = item.expr if isinstance(item, Let) else item.condition
        source.constants |= _OVER_ROWS
        return source.function("r", source.text(expr), workdays)

    def _look(self, look: Look) -> Callable[[Row], Any]:
        index = self._index[look.line]
        reach = _SheetSource(self.sheet, look.grain)
        keys = ", ".join(reach.reference(name) for _, name in look.keys)
        read = reach.function("r", f"(({keys}{',' if keys else ''}), {reach.reference(look.on)})")

        def run(row: Row) -> Any:
            key, on = read(row)
            for start, before, value in index.get(key, ()):
                if start <= on and (before is None or on < before):
                    return value
            raise LookupError

        return run

    # --- running ---
    def run(self, given: Mapping[str, Any]) -> Row:
        """The root row with every line filled in, for inputs given as nested plain data.

        `given` holds the root grain's inputs and, under each lower grain's name, a list of rows.
        Raises BadInput, CalculationRefused.
        """
        with localcontext(EXACT):
            rows: dict[str, list[Row]] = {name: [] for name in self.sheet.grains}
            root = self._read(self._plans[self.sheet.root.name], given, None, 0, rows, "")
            for act in self._acts:
                act(rows)
        return root

    def _planned(self, grain: Grain) -> _Plan:
        below = list(self.sheet.children(grain.name))
        read = [child for child in below if child in self.sheet.read]
        names = {item.name for item in grain.inputs} | (self.sheet.given if grain.parent is None else set())
        known = names | {child.name for child in read} | {grain.name}
        return _Plan(grain, names, known, ["*" + child.name for child in below], read)

    def _ordered(self) -> Iterator[Callable[[dict[str, list[Row]]], None]]:
        """What is done with the rows, one after the other: rows made, chains reckoned, lines filled in."""
        waiting = [g for g in self.sheet.grains.values() if g not in self.sheet.read]
        chains = {chain.start: chain for chain in self.sheet.chains}
        inside = {number for chain in self.sheet.chains for number in chain}
        for number, step in enumerate(self._steps):
            while waiting and waiting[0].line <= step.item.line:
                yield partial(self._make_rows, waiting.pop(0))
            if number in chains:
                yield partial(self._fill_chains, [self._steps[n] for n in chains[number]])
            elif number not in inside:
                yield partial(self._fill_grain, step)

    def _read(
        self,
        plan: _Plan,
        given: Mapping[str, Any],
        parent: Row | None,
        position: int,
        rows: dict[str, list[Row]],
        path: str,
    ) -> Row:
        row: Row = {"#": position}
        grain = plan.grain
        if not given.keys() <= plan.known:
            unknown = given.keys() - plan.known
            listed = [*sorted(plan.names), *(g.name for g in plan.read)]
            raise BadInput(
                name=path + min(unknown),
                problem=Words(
                    f"没有这个输入；可填：{'、'.join(listed)}",
                    f"there is no such input; the inputs are {', '.join(listed)}",
                ),
            )
        if parent is not None:
            row["^"] = parent
        else:
            row[grain.name] = str(given.get(grain.name, "1"))
            for name in self.sheet.given:
                row[name] = read_value(name, given.get(name), self.sheet.types[name])
        for item in grain.inputs:
            value = given.get(item.name)
            if value is None and item.default is not None:
                row[item.name] = item.default if item.name in given else item.without_column
            else:
                row[item.name] = read_value(path + item.name, value, item.type)
        rows[grain.name].append(row)
        for mark in plan.marks:
            row[mark] = []
        for child in plan.read:
            self._read_children(child, given.get(child.name, ()), row, rows, path)
        return row

    def _read_children(
        self, grain: Grain, listed: Any, parent: Row, rows: dict[str, list[Row]], path: str
    ) -> None:
        place = path + grain.name
        if isinstance(listed, (str, Mapping)) or not isinstance(listed, Sequence):
            raise BadInput(name=place, problem=Words("应是一列行", "expected a list of rows"))
        if len(listed) > ROWS_PER_PARENT:
            raise BadInput(name=place, problem=Words("行数过多", "too many rows"))
        kind, plan = self.sheet.types[grain.key], self._plans[grain.name]
        keyed = []
        for number, member in enumerate(listed):
            if not isinstance(member, Mapping):
                raise BadInput(name=place, problem=Words("应是一行", "expected a row"))
            keyed.append((read_value(f"{place}[{number}].{grain.key}", member.get(grain.key), kind), member))
        keyed.sort(key=lambda pair: pair[0])  # the order that before and share follow
        for position, (key, member) in enumerate(keyed):
            if position and key == keyed[position - 1][0]:
                raise BadInput(
                    name=f"{place}.{grain.key}", problem=Words(f"“{key}”写了两次", f"{key} is written twice")
                )
            row = self._read(plan, member, parent, position, rows, f"{place}[{position}].")
            parent["*" + grain.name].append(row)

    def _fill_grain(self, step: _Step, rows: dict[str, list[Row]]) -> None:
        self._fill(step, rows[step.item.grain])

    def _fill(self, step: _Step, rows: list[Row]) -> None:
        name, run = step.name, step.run
        if name is not None and step.in_use:
            for row in rows:
                with suppress(LookupError):  # without the name, a line that comes to it fails
                    row[name] = run(row)
            return
        try:
            if name is None:
                for row in rows:
                    if not run(row):
                        raise LookupError
            else:
                for row in rows:
                    row[name] = run(row)
        except (LookupError, NoQuotient, ValueError, OutsideTheCenturies) as failed:
            item, grain = step.item, self.sheet.grains[step.item.grain]
            lacked = failed.args[0] if isinstance(failed, KeyError) else ""
            raise CalculationRefused(
                line=item.line, grain=grain.name, key=_key(row, grain), reason=item.failure
            ) from self.sheet.waits.get(lacked)
        except Refusal as refusal:  # working days outside the calendar
            item, grain = step.item, self.sheet.grains[step.item.grain]
            raise CalculationRefused(
                line=item.line, grain=grain.name, key=_key(row, grain), reason=item.failure
            ) from refusal

    def _fill_chains(self, steps: list[_Step], rows: dict[str, list[Row]]) -> None:
        """Row after row of each parent, every line of one before any of the next. Of what cannot be
        reckoned the earliest line is the reason, as everywhere."""
        refused: list[tuple[int, CalculationRefused]] = []
        for _, chain in groupby(rows[steps[0].item.grain], key=lambda row: id(row["^"])):
            for number, step, row in ((n, step, row) for row in chain for n, step in enumerate(steps)):
                try:
                    self._fill(step, [row])
                except CalculationRefused as refusal:
                    refused.append((number, refusal))
                    break
        if refused:
            raise min(refused, key=lambda found: found[0])[1]

    def _make_rows(self, grain: Grain, rows: dict[str, list[Row]]) -> None:
        """Rows of a grain that comes from a table, or from a meeting, for each parent."""
        if grain.made is not None:
            self._make_meetings(grain, grain.made, rows)
            return
        made = self._made[grain.name]
        for parent in rows[str(grain.parent)]:
            on = _reach(parent, str(grain.on))
            members = parent["*" + grain.name]
            for start, before, values in made:
                if (
                    start <= on
                    and (before is None or on < before)
                    and all(values[column] == _reach(parent, name) for column, name in grain.keys)
                ):
                    row: Row = dict(values)
                    row["^"], row["#"] = parent, len(members)
                    for mark in self._plans[grain.name].marks:
                        row[mark] = []
                    members.append(row)
            rows[grain.name].extend(members)

    def _make_meetings(self, grain: Grain, made: Meeting, rows: dict[str, list[Row]]) -> None:
        (first, last), (begun, ended) = made.days, made.met
        for parent in rows[str(grain.parent)]:
            members = parent["*" + grain.name]
            for met in rows[made.sister]:
                if met[first] <= parent[ended] and parent[begun] <= met[last]:
                    row: Row = {name: met[column] for name, column in made.columns.items()}
                    row |= {name: parent[column] for name, column in made.beside.items()}
                    row["^"], row["#"] = parent, len(members)
                    members.append(row)
            rows[grain.name].extend(members)

    def lines(self, root: Row) -> tuple[AnswerLine, ...]:
        """Every line for every row, in the order of calculation."""
        top, *below = self.sheet.grains.values()
        placed = {top.name: [(root, str(root[top.key]))]}
        for grain in below:
            assert grain.parent is not None
            placed[grain.name] = [
                (child, str(child[grain.key]) if parent is root else f"{path} / {child[grain.key]}")
                for parent, path in placed[grain.parent]
                for child in parent["*" + grain.name]
            ]
        return tuple(
            AnswerLine(grain, path, name, text, row[name], kind, cite, is_example)
            for grain, name, text, kind, cite, is_example in self._said
            for row, path in placed[grain]
            if name in row  # a look that this row did not use is not there
        )


def _said(item: Let | Look, examples: frozenset[str]) -> tuple[str, str, str, Type, str, bool]:
    """What every row's line of an item says alike: grain, name, text, type, cite, rests on an example."""
    text = item.text if isinstance(item, Let) else f"{item.table}.{item.column} on {item.on}"
    cite = item.cite if isinstance(item, Let) else ""
    return item.grain, item.name, text, item.type, cite, item.name in examples


class _SheetSource(PythonText):
    """Python text for expressions of one grain: names are reached through parent rows."""

    def __init__(self, sheet: Sheet, grain: str) -> None:
        self.sheet, self.grain = sheet, grain
        super().__init__(self._reach)

    def _reach(self, name: str) -> str:
        chain = [g.name for g in self.sheet.chain(self.grain)]
        up = len(chain) - 1 - chain.index(self.sheet.where[name])
        return "r" + "['^']" * up + f"[{name!r}]"

    def reference_across(self, e: Expr) -> str:
        names = [str(arg.value) for arg in e.args]
        if e.op in ("first", "last"):
            return f"[{self._below(names[0])}][{0 if e.op == 'first' else -1}]"
        if e.op in BELOW:
            return f"{e.op.upper()}([{self._below(names[0])}])"
        if e.op in ("previous", "carried"):
            before = f"r['^']['*{self.grain}'][r['#'] - 1][{names[0]!r}]"
            value = f"({before} if r['#'] else {self.text(e.args[1])})"
            if e.op == "previous" or not isinstance(e.type, Num):
                return value
            return f"WITHIN({value}, {self.constant(e.type.low)}, {self.constant(e.type.high)})"
        if e.op in ("before", "reached"):
            x, key = names
            siblings = f"r['^']['*{self.grain}'][:r['#']]"
            return f"{'SUM' if e.op == 'before' else 'MOST'}([q[{x!r}] for q in {siblings} if q[{key!r}] == r[{key!r}]])"
        assert isinstance(e.type, Num)
        total, weight = names
        return f"SHARE(r, {self.grain!r}, {self._reach(total)}, {weight!r}, {e.type.scale})"

    def _below(self, name: str) -> str:
        """`q1['x'] for q0 in r['*a'] for q1 in q0['*b']`."""
        path = [g.name for g in self.sheet.chain(self.sheet.where[name])]
        steps = path[path.index(self.grain) + 1 :]
        loops, at = "", "r"
        for depth, grain in enumerate(steps):
            loops += f" for q{depth} in {at}['*{grain}']"
            at = f"q{depth}"
        return f"{at}[{name!r}]{loops}"


def _sum(values: list[Decimal]) -> Decimal:
    return sum(values, _ZERO)


def _most(values: list[Decimal]) -> Decimal:
    return max(values, default=_ZERO)


def _least(values: list[Decimal]) -> Decimal:
    return min(values, default=_ZERO)


def _within(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    if not low <= value <= high:
        raise LookupError
    return value


def _rows(values: list[Any]) -> Decimal:
    return Decimal(len(values))


def _holds(values: list[bool]) -> Decimal:
    return Decimal(sum(values))


def _share(row: Row, grain: str, total: Decimal, weight: str, scale: int) -> Decimal:
    siblings = row["^"]["*" + grain]
    place = f"share {grain} {weight} {scale} {total}"
    parts = row["^"].get(place)
    if parts is None:
        parts = row["^"][place] = shares(total, [q[weight] for q in siblings], scale)
    part: Decimal = parts[row["#"]]
    return part


_OVER_ROWS: dict[str, Callable[..., Any]] = {
    "SUM": _sum,
    "SHARE": _share,
    "MOST": _most,
    "LEAST": _least,
    "ANY": any,
    "WITHIN": _within,
    "ROWS": _rows,
    "HOLDS": _holds,
    "LATEST": max,
    "EARLIEST": min,
}


def _index(
    look: Look, rows: Sequence[DatedRow]
) -> dict[tuple[Value, ...], list[tuple[dt.date, dt.date | None, Value]]]:
    found: dict[tuple[Value, ...], list[tuple[dt.date, dt.date | None, Value]]] = {}
    for start, before, row in rows:
        key = tuple(row[column] for column, _ in look.keys)
        found.setdefault(key, []).append((start, before, row[look.column]))
    return found


def _reach(row: Row, name: str) -> Any:
    while name not in row:
        row = row["^"]
    return row[name]


def _key(row: Row, grain: Grain) -> str:
    return str(row[grain.key])


__all__ = ["CaseSheet", "DatedRow", "Row", "Tables"]
