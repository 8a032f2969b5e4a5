"""The relations of a printed sheet: one a grain, which grows by a step for every layer of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from tongdian.policy.dialects import Dialect
from tongdian.policy.intervals import Intervals
from tongdian.policy.sheet import Grain, Item, Let, Look, Require, Sheet, rewritten
from tongdian.policy.sheet_case import Tables
from tongdian.policy.sql_expressions import expr_names, has_op
from tongdian.policy.types import Ident


@dataclass(slots=True)
class Relation:
    """A grain as printed so far: the step it stands in, its columns, and lines not yet printed."""

    step: str
    columns: dict[str, None]
    pending: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be printed: a sheet and its tables, for an engine, with the `wanted` grains. Where its
    rows need more than one calendar, the `places` that have their own, narrowest first; a line that names
    no region counts by `home`."""

    sheet: Sheet
    tables: Tables
    dialect: Dialect
    wanted: Sequence[str]
    places: Sequence[str] = ()
    home: str = ""


class Relations:
    """What is printed so far, and how a grain comes by another column."""

    def __init__(self, order: Order) -> None:
        sheet, self.dialect, self.wanted = order.sheet, order.dialect, order.wanted
        self.places, self.home = tuple(order.places), order.home
        self.counted: dict[tuple[str, str, str], str] = {}
        self.counts_before = any(has_op(e, ("worked_before",)) for e in sheet.expressions())
        self.sheet = sheet if self.places else with_one_calendar(sheet)
        self.intervals = {name: Intervals.of(rows) for name, rows in order.tables.items()}
        self.steps: list[tuple[str, str]] = []
        self.relations: dict[str, Relation] = {}
        self.checks: dict[str, list[str]] = {name: [] for name in sheet.grains}  # columns
        self.own_checks: dict[str, list[str]] = {name: [] for name in sheet.grains}
        self.carried_up: dict[str, int] = {}  # grain -> how many of its checks its parent has
        self.joined: set[str] = set()
        self.counter = 0
        self.needed = self._needs()

    # --- what each grain needs of its parents ---
    def _needs(self) -> dict[str, set[str]]:
        """Names of parents that a grain or any grain below it uses."""
        used: dict[str, set[str]] = {name: set() for name in self.sheet.grains}
        for item in self.sheet.items:
            names = names_of(item)
            for grain in self.sheet.chain(item.grain):
                used[grain.name] |= names
        for grain in self.sheet.grains.values():
            if grain.on:
                for above in self.sheet.chain(grain.name):
                    used[above.name] |= {grain.on, *(name for _, name in grain.keys)}
        return used

    def relation(self, name: str) -> Relation:
        if name not in self.relations:
            self.relations[name] = self._base(self.sheet.grains[name])
        return self.relations[name]

    def _base(self, grain: Grain) -> Relation:
        q = self.dialect.q
        own = [item.name for item in grain.inputs]
        if grain.parent is None:
            columns = [grain.key, *(n for n in own if n != grain.key)]
            return Relation(f"in_{grain.name}", dict.fromkeys(columns))
        keys = self.sheet.keys(grain.parent)
        parent = self.relation(grain.parent)
        carried = [
            n for n in (*parent.columns, *parent.pending) if n in self.needed[grain.name] and n not in keys
        ]
        if grain.table is not None:
            return self._table_base(grain, keys, carried, own)
        if not carried:
            return Relation(f"in_{grain.name}", dict.fromkeys([*keys, grain.key, *own]))
        self.flush(grain.parent)
        selected = [f"c.{q(k)}" for k in [*keys, *dict.fromkeys([grain.key, *own])]]
        selected += [f"p.{q(n)}" for n in carried]
        on = " AND ".join(f"p.{q(k)} = c.{q(k)}" for k in keys)
        step = self.step(
            grain.name, f"SELECT {', '.join(selected)} FROM in_{grain.name} c JOIN {parent.step} p ON {on}"
        )
        return Relation(step, dict.fromkeys([*keys, grain.key, *own, *carried]))

    def _table_base(self, grain: Grain, keys: list[str], carried: list[str], own: list[str]) -> Relation:
        q, table = self.dialect.q, str(grain.table)
        assert grain.parent is not None
        self.flush(grain.parent)
        parent = self.relations[grain.parent]
        self.joined.add(table)
        number = self.intervals[table].number(f"p.{q(str(grain.on))}", self.dialect)
        selected = [f"p.{q(n)}" for n in [*keys, *carried]] + [f"t.{q(n)}" for n in own]
        step = self.step(
            grain.name,
            f"SELECT {', '.join(selected)} FROM {parent.step} p JOIN {q('t_' + table)} t ON t._v = {number}"
            + "".join(f" AND t.{q(column)} = p.{q(name)}" for column, name in grain.keys),
        )
        return Relation(step, dict.fromkeys([*keys, *carried, *own]))

    def step(self, grain: str, sql: str) -> str:
        self.counter += 1
        name = f"{grain}_{self.counter}"
        self.steps.append((name, sql))
        return name

    def flush(self, name: str) -> None:
        relation = self.relation(name)
        if relation.pending:
            made = ", ".join(f"{sql} AS {self.dialect.q(n)}" for n, sql in relation.pending.items())
            relation.step = self.step(name, f"SELECT *, {made} FROM {relation.step}")
            relation.columns.update(dict.fromkeys(relation.pending))
            relation.pending = {}

    def add(self, grain: str, name: str, sql: str, uses: Iterable[str]) -> None:
        """Another column of a grain; printed a step later than the columns it uses."""
        relation = self.relation(grain)
        if any(n in relation.pending for n in uses):
            self.flush(grain)
        relation.pending[name] = sql

    def bring(self, grain: str, names: Iterable[str]) -> None:
        """Make parents' names available to a grain, by a further join if they came later."""
        relation = self.relation(grain)
        missing = [
            n
            for n in names
            if n not in relation.columns
            and n not in relation.pending
            and self.sheet.where.get(n, grain) != grain
        ]
        parent = self.sheet.grains[grain].parent
        if not missing or parent is None:
            return
        self.bring(parent, missing)
        self.flush(parent)
        self.flush(grain)
        q, keys = self.dialect.q, self.sheet.keys(parent)
        on = " AND ".join(f"p.{q(k)} = c.{q(k)}" for k in keys)
        brought = ", ".join(f"p.{q(n)}" for n in missing)
        relation.step = self.step(
            grain,
            f"SELECT c.*, {brought} FROM {relation.step} c JOIN {self.relations[parent].step} p ON {on}",
        )
        relation.columns.update(dict.fromkeys(missing))

    # --- checks ---
    def check(self, number: int, grain: str, failing: str) -> None:
        self.add(grain, f"_bad{number}", f"CASE WHEN {failing} THEN {number} END", [])
        self.checks[grain].append(f"_bad{number}")
        self.own_checks[grain].append(f"_bad{number}")

    def bad(self, grain: str, *, own: bool = False) -> str:
        """The first failing check of a row (LEAST skips NULL on both engines)."""
        columns = [self.dialect.q(c) for c in (self.own_checks if own else self.checks)[grain]]
        return columns[0] if len(columns) == 1 else f"LEAST({', '.join(columns)})"

    def settle(self, grain: str) -> None:
        """Print what waits of a grain, its checks so far as one column: what sorts or keeps its rows
        carries one number instead of a dozen."""
        own = self.own_checks[grain]
        if len(own) > 1 and grain not in self.carried_up:
            self.counter += 1
            name = f"_bad_of{self.counter}"
            self.add(grain, name, self.bad(grain, own=True), own)
            self.checks[grain] = [name, *(one for one in self.checks[grain] if one not in own)]
            self.own_checks[grain] = [name]
        self.flush(grain)

    def hidden(self, grain: str, sql: str, uses: Iterable[str]) -> str:
        """A helper column, quoted; printed a step before whatever uses it."""
        self.counter += 1
        name = f"_h{self.counter}"
        self.add(grain, name, sql, uses)
        self.flush(grain)
        return self.dialect.q(name)

    @property
    def key_order(self) -> Callable[[str], str]:
        """How rows of a grain are ordered by key; opaque ids order as text on every engine."""

        def order(grain: str) -> str:
            key = self.sheet.grains[grain].key
            quoted = self.dialect.q(key)
            if isinstance(self.sheet.types[key], Ident):
                return f"CAST({quoted} AS {self.dialect.text})"
            return quoted

        return order


PLACED = {
    "workdays": 2,
    "workday_after": 2,
    "worked_by": 1,
    "worked_before": 1,
}  # arguments before the region


def with_one_calendar(sheet: Sheet) -> Sheet:
    """The sheet without regions in its calendar look-ups, so that no row needs its region."""
    return rewritten(sheet, lambda e: replace(e, args=e.args[: PLACED[e.op]]) if e.op in PLACED else e)


def names_of(item: Item) -> set[str]:
    """Names that an item uses in its own row or its parents."""
    match item:
        case Look():
            return {item.on, *(name for _, name in item.keys)}
        case Require():
            return expr_names(item.condition)
        case Let():
            return expr_names(item.expr)
