"""A sheet as SQL: the same lines over ten million rows, for DuckDB and Spark.

The script reads one relation per given grain, `in_<grain>`, holding the key columns of the row and
its parents and its inputs, already read and in range; one per table that is joined, `t_<table>`;
and `workdays(day, cum, before)`. It is a chain of common table expressions, one step a layer of lines.

A check that fails leaves its number in a `_bad` column of its row. Where rows are summed anyway, the
least number travels up with the sums, so that one broken case is set aside with its reason, all
others go on, and nothing is read twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tongdian.policy.dialects import Dialect
from tongdian.policy.sheet import Grain, Item, Let, Look, Require, Sheet, rewritten
from tongdian.policy.sheet_case import DatedRow, Tables
from tongdian.policy.sql_expressions import Expressions, expr_names, has_op, summed_names
from tongdian.policy.types import Ident, Num, Value
from tongdian.policy.typing import Expr

MARK = {"sum": "_s_", "most": "_m_", "least": "_l_"}  # what begins the column of an aggregate
WRITTEN_OUT = 24  # a table without keys of at most so many stretches is written into the statement
UNROLL = 8  # a table grain of at most so many rows becomes columns of its parent when only summed


@dataclass(frozen=True, slots=True)
class Intervals:
    """A table cut into stretches of days in which its rows do not change."""

    spans: tuple[tuple[dt.date, dt.date | None], ...]
    rows: tuple[tuple[Mapping[str, Value], ...], ...]

    @classmethod
    def of(cls, dated: Sequence[DatedRow]) -> Intervals:
        edges = sorted({start for start, _, _ in dated} | {b for _, b, _ in dated if b})
        ends: list[dt.date | None] = [*edges[1:], None]
        spans, rows = [], []
        for start, before in zip(edges, ends, strict=True):
            inside = tuple(row for s, b, row in dated if s <= start and (b is None or start < b))
            if inside:
                spans.append((start, before))
                rows.append(inside)
        return cls(tuple(spans), tuple(rows))

    def number(self, on: str, dialect: Dialect) -> str:
        """SQL for the number of the interval that `on` lies in; NULL outside all."""
        whens = " ".join(
            f"WHEN {on} >= {dialect.literal(start)}"
            + (f" AND {on} < {dialect.literal(before)}" if before else "")
            + f" THEN {n}"
            for n, (start, before) in enumerate(self.spans)
        )
        return f"CASE {whens} END" if whens else "CAST(NULL AS INTEGER)"


@dataclass(frozen=True, slots=True)
class Script:
    """Printed SQL. `outputs` maps a grain to a SELECT of its sound rows.

    `refused` lists root key, first failing check and row key (of a row in the third layer or deeper all
    keys below the root, parted by U+001F); None when nothing can fail. `joined`
    are the tables to provide as `t_<table>`: interval number `_v` and the table's columns.
    """

    steps: tuple[tuple[str, str], ...]
    outputs: Mapping[str, str]
    refused: str | None
    joined: frozenset[str]

    def query(self, select: str) -> str:
        """One whole statement."""
        if not self.steps:
            return select
        steps = ",\n".join(f"{name} AS (\n  {sql}\n)" for name, sql in self.steps)
        return f"WITH {steps}\n{select}"


def print_sheet(
    sheet: Sheet,
    tables: Tables,
    dialect: Dialect,
    *,
    outputs: Iterable[str] | None = None,
    given: Mapping[str, Value] | None = None,
    places: Sequence[str] = (),
) -> Script:
    """The script that makes `outputs` (grain names; all by default).

    `given`: what the run has for all its rows. `places`: beginnings of region codes with working
    days of their own, narrowest first, where the rows need more than one calendar; then
    `workdays(place, day, cum, before)` has them all.
    """
    wanted = list(outputs) if outputs is not None else list(sheet.grains)
    return Printer(with_given(sheet, given or {}), tables, dialect, wanted, places).script()


@dataclass(slots=True)
class _Relation:
    """A grain as printed so far: the step it stands in, its columns, and lines not yet printed."""

    step: str
    columns: dict[str, None]
    pending: dict[str, str] = field(default_factory=dict)


class Printer:
    def __init__(
        self, sheet: Sheet, tables: Tables, dialect: Dialect, wanted: list[str], places: Sequence[str]
    ) -> None:
        self.places = tuple(places)
        self.counted: dict[tuple[str, str, str], str] = {}
        self.counts_before = any(has_op(e, ("worked_before",)) for e in sheet.expressions())
        self.sheet, self.dialect, self.wanted = sheet, dialect, wanted
        if not self.places:
            self.sheet = sheet = with_one_calendar(sheet)
        self.intervals = {name: Intervals.of(rows) for name, rows in tables.items()}
        self.steps: list[tuple[str, str]] = []
        self.relations: dict[str, _Relation] = {}
        self.checks: dict[str, list[str]] = {name: [] for name in sheet.grains}  # columns
        self.own_checks: dict[str, list[str]] = {name: [] for name in sheet.grains}
        self.carried_up: dict[str, int] = {}  # grain -> how many of its checks its parent has
        self.joined: set[str] = set()
        self.counter = 0
        self.sums: dict[tuple[str, str, str], str] = {}
        self.unrolled = {g.name for g in sheet.grains.values() if self._can_unroll(g)}
        self.needed = self._needs()

    # --- what each grain needs of its parents ---
    def _needs(self) -> dict[str, set[str]]:
        """Names of parents that a grain or any grain below it uses."""
        used: dict[str, set[str]] = {name: set() for name in self.sheet.grains}
        for item in self.sheet.items:
            names = _names(item)
            for grain in self.sheet.chain(item.grain):
                used[grain.name] |= names
        for grain in self.sheet.grains.values():
            if grain.on:
                for above in self.sheet.chain(grain.name)[:-1]:
                    used[above.name].add(grain.on)
                used[grain.name].add(grain.on)
        return used

    def _can_unroll(self, grain: Grain) -> bool:
        if grain.table is None or grain.name in self.wanted or any(self.sheet.children(grain.name)):
            return False
        if max((len(rows) for rows in self.intervals[grain.table].rows), default=0) > UNROLL:
            return False
        return all(
            isinstance(item, Let)
            and not item.expr.partial
            and not has_op(item.expr, ("before", "share", "reached"))
            for item in self.sheet.items
            if item.grain == grain.name
        )

    # --- the script ---
    def script(self) -> Script:
        for number, item in enumerate(self.sheet.items):
            match item:
                case Look():
                    self._look(number, item)
                case Require():
                    condition = self._print(item.condition, item.grain)
                    self._check(number, item.grain, f"({condition}) IS NOT TRUE")
                case Let():
                    self._let(number, item)
        for name in self.wanted:
            self._relation(name)
        for name in list(self.relations):
            self.flush(name)
        root = self.sheet.root.name
        refused = self._refused()
        whole = self._bad(root) if self._all_carried_up() and self.checks[root] else None
        outputs = {name: self._output(name, refused, whole) for name in self.wanted}
        return Script(tuple(self.steps), outputs, refused, frozenset(self.joined))

    def _all_carried_up(self) -> bool:
        """Whether the outermost grain knows of every check."""
        return all(
            grain.parent is None
            or not self.checks[grain.name]
            or self.carried_up.get(grain.name) == len(self.checks[grain.name])
            for grain in self.sheet.grains.values()
        )

    def _bad(self, grain: str, *, own: bool = False) -> str:
        """The first failing check of a row (LEAST skips NULL on both engines)."""
        columns = [self.dialect.q(c) for c in (self.own_checks if own else self.checks)[grain]]
        return columns[0] if len(columns) == 1 else f"LEAST({', '.join(columns)})"

    def _output(self, name: str, refused: str | None, whole: str | None) -> str:
        q, grain = self.dialect.q, self.sheet.grains[name]
        own = [
            n
            for n, where in self.sheet.where.items()
            if where == name and n != grain.key and n not in self.sheet.given
        ]
        columns = ", ".join(q(c) for c in [*self.sheet.keys(name), *own])
        base = f"SELECT {columns} FROM {self.relations[name].step}"
        if refused is None:
            return base
        root = self.sheet.root
        if whole is not None and name == root.name:
            return f"{base} WHERE {whole} IS NULL"
        bad = (
            f"SELECT {q(root.key)} FROM {self.relations[root.name].step} WHERE {whole} IS NOT NULL"
            if whole
            else f"SELECT {q(root.key)} FROM ({refused}) x"
        )
        return f"{base} o WHERE NOT EXISTS (SELECT 1 FROM ({bad}) r WHERE r.{q(root.key)} = o.{q(root.key)})"

    def _refused(self) -> str | None:
        """A SELECT that names, per root, its first failing check and row."""
        q, root = self.dialect.q, self.sheet.root.key
        arms = []
        for name, checks in self.own_checks.items():
            if checks:
                bad = self._bad(name, own=True)
                keys = [f"CAST({q(key)} AS {self.dialect.text})" for key in self.sheet.keys(name)]
                row = f"CONCAT_WS(CHR(31), {', '.join(keys[1:])})" if len(keys) > 2 else keys[-1]
                arms.append(
                    f"SELECT {q(root)}, {bad} AS _check, {row} AS _row FROM {self.relations[name].step} WHERE {bad} IS NOT NULL"
                )
        if not arms:
            return None
        union = " UNION ALL ".join(arms)
        ranked = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {q(root)} ORDER BY _check, _row) AS _n FROM ({union}) u"
        return f"SELECT {q(root)}, _check, _row FROM ({ranked}) v WHERE _n = 1"

    # --- relations ---
    def _relation(self, name: str) -> _Relation:
        if name not in self.relations:
            self.relations[name] = self._base(self.sheet.grains[name])
        return self.relations[name]

    def _base(self, grain: Grain) -> _Relation:
        q = self.dialect.q
        own = [item.name for item in grain.inputs]
        if grain.parent is None:
            columns = [grain.key, *(n for n in own if n != grain.key)]
            return _Relation(f"in_{grain.name}", dict.fromkeys(columns))
        keys = self.sheet.keys(grain.parent)
        parent = self._relation(grain.parent)
        carried = [
            n for n in (*parent.columns, *parent.pending) if n in self.needed[grain.name] and n not in keys
        ]
        if grain.table is not None:
            return self._table_base(grain, keys, carried, own)
        if not carried:
            return _Relation(f"in_{grain.name}", dict.fromkeys([*keys, grain.key, *own]))
        self.flush(grain.parent)
        selected = [f"c.{q(k)}" for k in [*keys, *dict.fromkeys([grain.key, *own])]]
        selected += [f"p.{q(n)}" for n in carried]
        on = " AND ".join(f"p.{q(k)} = c.{q(k)}" for k in keys)
        step = self.step(
            grain.name, f"SELECT {', '.join(selected)} FROM in_{grain.name} c JOIN {parent.step} p ON {on}"
        )
        return _Relation(step, dict.fromkeys([*keys, grain.key, *own, *carried]))

    def _table_base(self, grain: Grain, keys: list[str], carried: list[str], own: list[str]) -> _Relation:
        q, table = self.dialect.q, str(grain.table)
        assert grain.parent is not None
        self.flush(grain.parent)
        parent = self.relations[grain.parent]
        self.joined.add(table)
        number = self.intervals[table].number(f"p.{q(str(grain.on))}", self.dialect)
        selected = [f"p.{q(n)}" for n in [*keys, *carried]] + [f"t.{q(n)}" for n in own]
        step = self.step(
            grain.name,
            f"SELECT {', '.join(selected)} FROM {parent.step} p JOIN {q('t_' + table)} t ON t._v = {number}",
        )
        return _Relation(step, dict.fromkeys([*keys, *carried, *own]))

    def step(self, grain: str, sql: str) -> str:
        self.counter += 1
        name = f"{grain}_{self.counter}"
        self.steps.append((name, sql))
        return name

    def flush(self, name: str) -> None:
        relation = self._relation(name)
        if relation.pending:
            made = ", ".join(f"{sql} AS {self.dialect.q(n)}" for n, sql in relation.pending.items())
            relation.step = self.step(name, f"SELECT *, {made} FROM {relation.step}")
            relation.columns.update(dict.fromkeys(relation.pending))
            relation.pending = {}

    def _add(self, grain: str, name: str, sql: str, uses: Iterable[str]) -> None:
        """Another column of a grain; printed a step later than the columns it uses."""
        relation = self._relation(grain)
        if any(n in relation.pending for n in uses):
            self.flush(grain)
        relation.pending[name] = sql

    def _bring(self, grain: str, names: Iterable[str]) -> None:
        """Make parents' names available to a grain, by a further join if they came later."""
        relation = self._relation(grain)
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
        self._bring(parent, missing)
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

    def _check(self, number: int, grain: str, failing: str) -> None:
        self._add(grain, f"_bad{number}", f"CASE WHEN {failing} THEN {number} END", [])
        self.checks[grain].append(f"_bad{number}")
        self.own_checks[grain].append(f"_bad{number}")

    # --- lines ---
    def _look(self, number: int, look: Look) -> None:
        q, relation = self.dialect.q, self._relation(look.grain)
        uses = [look.on, *(name for _, name in look.keys)]
        self._bring(look.grain, uses)
        table = self.intervals[look.table]
        if not look.keys and len(table.spans) <= WRITTEN_OUT:
            whens = " ".join(
                f"WHEN {q(look.on)} >= {self.dialect.literal(start)}"
                + (f" AND {q(look.on)} < {self.dialect.literal(before)}" if before else "")
                + f" THEN {self.dialect.literal(rows[0][look.column], look.type)}"
                for (start, before), rows in zip(table.spans, table.rows, strict=True)
            )
            empty = f"CAST(NULL AS {self.dialect.type(look.type)})"
            self._add(look.grain, look.name, f"CASE {whens} END" if whens else empty, uses)
        else:
            self.flush(look.grain)
            self.joined.add(look.table)
            on = " AND ".join(
                [f"t._v = {table.number('c.' + q(look.on), self.dialect)}"]
                + [f"t.{q(column)} = c.{q(name)}" for column, name in look.keys]
            )
            relation.step = self.step(
                look.grain,
                f"SELECT c.*, t.{q(look.column)} AS {q(look.name)} FROM {relation.step} c "
                f"LEFT JOIN {q('t_' + look.table)} t ON {on}",
            )
            relation.columns[look.name] = None
        if look.name in relation.pending:
            self.flush(look.grain)
        self._check(number, look.grain, f"{q(look.name)} IS NULL")

    def _let(self, number: int, let: Let) -> None:
        if let.grain in self.unrolled:
            self._unroll(let)
            return
        sql = self._print(let.expr, let.grain)
        cast = f"CAST({sql} AS {self.dialect.type(let.type)})"
        self._add(
            let.grain,
            let.name,
            cast,
            _names(let) | {n for n in self._relation(let.grain).pending if n.startswith("_h")},
        )
        if let.expr.partial:
            self.flush(let.grain)
            self._check(number, let.grain, f"{self.dialect.q(let.name)} IS NULL")

    def _unroll(self, let: Let) -> None:
        """A line of a small table grain as one column a row of the table, in the parent."""
        grain = self.sheet.grains[let.grain]
        assert grain.parent is not None
        assert grain.table is not None
        table = self.intervals[grain.table]
        inputs = {item.name for item in grain.inputs}
        for row in range(max((len(rows) for rows in table.rows), default=0)):

            def rename(name: str, row: int = row) -> str:
                if name in inputs:
                    return self._unrolled_input(grain, name, row)
                if self.sheet.where[name] == grain.name:
                    return self.dialect.q(f"{name}__{row}")
                return self.dialect.q(name)

            own = {n for n in _names(let) if self.sheet.where[n] == grain.name}
            above = _names(let) - own | ({str(grain.on)} if own & inputs else set())
            self._bring(grain.parent, above)
            text = self._expression(let.expr, grain.parent, rename)
            sql = f"CAST({text} AS {self.dialect.type(let.type)})"
            self._add(grain.parent, f"{let.name}__{row}", sql, above | {f"{n}__{row}" for n in own})

    def _unrolled_input(self, grain: Grain, name: str, row: int) -> str:
        table = self.intervals[str(grain.table)]
        kind = self.sheet.types[name]
        ordered = [sorted(rows, key=lambda r: r[grain.key]) for rows in table.rows]
        literals = [
            self.dialect.literal(rows[row][name], kind) if row < len(rows) else "NULL" for rows in ordered
        ]
        on = self.dialect.q(str(grain.on))
        if len(literals) == 1:
            start, before = table.spans[0]
            return (
                f"CASE WHEN {on} >= {self.dialect.literal(start)} THEN {literals[0]} END"
                if before is None
                else f"CASE {table.number(on, self.dialect)} WHEN 0 THEN {literals[0]} END"
            )
        whens = " ".join(f"WHEN {n} THEN {literal}" for n, literal in enumerate(literals))
        return f"CASE {table.number(on, self.dialect)} {whens} END"

    # --- expressions ---
    def _print(self, expr: Expr, grain: str) -> str:
        self._relation(grain)
        self._bring(grain, expr_names(expr))
        return self._expression(expr, grain, self.dialect.q)

    def _expression(self, expr: Expr, grain: str, rename: Callable[[str], str]) -> str:
        return Expressions(self, grain, rename).text(expr)

    def hidden(self, grain: str, sql: str, uses: Iterable[str]) -> str:
        """A helper column, quoted; printed a step before whatever uses it."""
        self.counter += 1
        name = f"_h{self.counter}"
        self._add(grain, name, sql, uses)
        self.flush(grain)
        return self.dialect.q(name)

    def sum_below(self, grain: str, name: str, op: str = "sum") -> str:
        """The column of `grain` that holds sum(name) or max(name); those that are ready together
        share a join."""
        if (grain, name, op) not in self.sums:
            self._aggregate(grain, self.sheet.where[name])
        found = self.sums[grain, name, op]
        return found if op == "any" else self.dialect.q(found)

    def _aggregate(self, grain: str, below: str) -> None:
        q, keys = self.dialect.q, self.sheet.keys(grain)
        asked = [
            (n, op)
            for n, op in self._summed(grain, below)
            if (grain, n, op) not in self.sums and self._is_ready(n)
        ]
        names = list(dict.fromkeys(n for n, _ in asked))
        host = below
        sources = {n: q(n) for n in names}
        if below in self.unrolled:
            host = str(self.sheet.grains[below].parent)
            table = self.intervals[str(self.sheet.grains[below].table)]
            count = max((len(rows) for rows in table.rows), default=0)
            kind = self.dialect.type
            for n in names:
                inputs = {i.name for i in self.sheet.grains[below].inputs}
                parts = [
                    self._unrolled_input(self.sheet.grains[below], n, row)
                    if n in inputs
                    else q(f"{n}__{row}")
                    for row in range(count)
                ]
                zero = self.dialect.literal(Decimal(0), self.sheet.types[n])
                sources[n] = (
                    " + ".join(f"COALESCE({p}, {zero})" for p in parts)
                    or f"CAST(NULL AS {kind(self.sheet.types[n])})"
                )
        self._relation(host)
        self.flush(host)
        if host == grain:
            assert all(op == "sum" for _, op in asked), "max or min over an unrolled table"
            for n in names:
                self.sums[grain, n, "sum"] = f"_s_{n}"
                self._add(grain, f"_s_{n}", sources[n], [])
            self.flush(grain)
            return
        self.flush(grain)
        relation = self.relations[grain]
        keyed = ", ".join(q(k) for k in keys)
        asked, anys = [p for p in asked if p[1] != "any"], [n for n, op in asked if op == "any"]
        # whether a condition holds for some row: thirty conditions are one number of bits
        masks: dict[str, list[str]] = {}
        for start in range(0, len(anys), 30):
            self.counter += 1
            masks[f"_any{self.counter}"] = anys[start : start + 30]
        packed = [
            f"BIT_OR({' + '.join(f'CASE WHEN {sources[n]} THEN {1 << bit} ELSE 0 END' for bit, n in enumerate(names_))}) AS {q(mask)}"
            for mask, names_ in masks.items()
        ]
        made = ", ".join(
            f"{self.dialect.aggregate(op, sources[n], self._number(n))} AS {q(MARK[op] + n)}"
            for n, op in asked
        )
        made = ", ".join([*filter(None, [made]), *packed])
        carries = bool(self.checks[host]) and self.sheet.grains[host].parent == grain
        carries = carries and self.carried_up.get(host) is None
        if carries:
            made += f", MIN({self._bad(host)}) AS {q('_bad_' + host)}"
            self.carried_up[host] = len(self.checks[host])
        summed = self.step(grain, f"SELECT {keyed}, {made} FROM {self.relations[host].step} GROUP BY {keyed}")
        on = " AND ".join(f"s.{q(k)} = c.{q(k)}" for k in keys)
        brought = ", ".join(
            f"COALESCE(s.{q(MARK[op] + n)}, {self.dialect.literal(Decimal(0))}) AS {q(MARK[op] + n)}"
            for n, op in asked
        )
        brought = ", ".join(
            [*filter(None, [brought]), *(f"COALESCE(s.{q(mask)}, 0) AS {q(mask)}" for mask in masks)]
        )
        if carries:
            brought += f", s.{q('_bad_' + host)}"
            relation.columns[f"_bad_{host}"] = None
            self.checks[grain].append(f"_bad_{host}")
        relation.step = self.step(
            grain, f"SELECT c.*, {brought} FROM {relation.step} c LEFT JOIN {summed} s ON {on}"
        )
        for mask, names_ in masks.items():
            relation.columns[mask] = None
            for bit, n in enumerate(names_):
                self.sums[grain, n, "any"] = f"(({q(mask)} & {1 << bit}) <> 0)"
        for n, op in asked:
            self.sums[grain, n, op] = MARK[op] + n
            relation.columns[MARK[op] + n] = None

    def _number(self, name: str) -> Num:
        kind = self.sheet.types[name]
        assert isinstance(kind, Num)
        return kind

    def _summed(self, grain: str, below: str) -> list[tuple[str, str]]:
        """Every name of `below` that some line of `grain` sums or takes the greatest of."""
        found: dict[tuple[str, str], None] = {}
        for item in self.sheet.items:
            if item.grain == grain and isinstance(item, (Let, Require)):
                expr = item.expr if isinstance(item, Let) else item.condition
                found.update(
                    dict.fromkeys(
                        pair for pair in sorted(summed_names(expr)) if self.sheet.where[pair[0]] == below
                    )
                )
        return list(found)

    def _is_ready(self, name: str) -> bool:
        grain = self.sheet.grains[self.sheet.where[name]]
        if name in {item.name for item in grain.inputs}:
            return True
        if grain.name in self.unrolled:
            parent = self.relations.get(str(grain.parent))
            return parent is not None and any(
                f"{name}__0" in where for where in (parent.columns, parent.pending)
            )
        relation = self.relations.get(grain.name)
        return relation is not None and (name in relation.columns or name in relation.pending)

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


PLACED = {"workdays": 2, "worked_by": 1, "worked_before": 1}  # arguments before the region


def with_one_calendar(sheet: Sheet) -> Sheet:
    """The sheet without regions in its calendar look-ups, so that no row needs its region."""
    return rewritten(sheet, lambda e: replace(e, args=e.args[: PLACED[e.op]]) if e.op in PLACED else e)


def with_given(sheet: Sheet, given: Mapping[str, Value]) -> Sheet:
    """The sheet with what one run has for all its rows written in."""

    def written(e: Expr) -> Expr:
        known = e.op == "name" and e.value in sheet.given
        return replace(e, op="lit", value=given[str(e.value)]) if known else e

    return rewritten(sheet, written) if sheet.given else sheet


def _names(item: Item) -> set[str]:
    match item:
        case Look():
            return {item.on, *(name for _, name in item.keys)}
        case Require():
            return expr_names(item.condition)
        case Let():
            return expr_names(item.expr)
