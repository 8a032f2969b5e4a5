"""A sheet as SQL: the same lines over ten million rows, for DuckDB and Spark.

The script reads one relation per given grain, `in_<grain>`, holding the key columns of the row and
its parents and its inputs, already read and in range; one per table that is joined, `t_<table>`;
and `workdays(day, cum, before)`. It is a chain of common table expressions, one step a layer of lines.

A check that fails leaves its number in a `_bad` column of its row. Where rows are summed anyway, the
least number travels up with the sums, so that one broken case is set aside with its reason, all
others go on, and nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tongdian.policy.dialects import Dialect
from tongdian.policy.intervals import WRITTEN_OUT, Intervals
from tongdian.policy.sheet import Let, Look, Require, Sheet, rewritten
from tongdian.policy.sheet_case import Tables
from tongdian.policy.sql_chains import Chains
from tongdian.policy.sql_relations import Order, Relation, names_of
from tongdian.policy.typed import Expr
from tongdian.policy.types import Instant, Value


@dataclass(frozen=True, slots=True)
class Script:
    """Printed SQL. `outputs` maps a grain to a SELECT of its sound rows, `lasts` the last step of each
    grain to its columns.

    `refused` lists root key, first failing check and row key (of a row in the third layer or deeper all
    keys below the root, parted by U+001F); None when nothing can fail. `joined`
    are the tables to provide as `t_<table>`: interval number `_v` and the table's columns. `lacking` tells
    of a check that may fail for several looks (by number) root key, row key, and the looks that a failing
    row does not have, parted by commas.
    """

    steps: tuple[tuple[str, str], ...]
    lasts: Mapping[str, tuple[str, ...]]
    outputs: Mapping[str, str]
    refused: str | None
    joined: frozenset[str]
    lacking: Mapping[int, str] = field(default_factory=dict)

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
    home: str = "",
) -> Script:
    """The script that makes `outputs` (grain names; all by default).

    `given`: what the run has for all its rows. `places`: beginnings of region codes with working
    days of their own, narrowest first, where the rows need more than one calendar; then
    `workdays(place, day, cum, before)` has them all, and a line that names no region counts by `home`.
    """
    wanted = list(outputs) if outputs is not None else list(sheet.grains)
    return Printer(Order(with_given(sheet, given or {}), tables, dialect, wanted, places, home)).script()


class Printer(Chains):
    """Prints one sheet for one engine."""

    # --- the script ---
    def script(self) -> Script:
        chains = {chain.start: chain for chain in self.sheet.chains}
        inside = {number for chain in self.sheet.chains for number in chain}
        for number, item in enumerate(self.sheet.items):
            match item:
                case Let() if number in chains:
                    links = [(n, self.sheet.items[n]) for n in chains[number]]
                    self.chain([(n, let) for n, let in links if isinstance(let, Let)])
                case Let() if number in inside:
                    pass
                case Look():
                    self._look(number, item)
                case Require():
                    condition = self.printed(item.condition, item.grain)
                    self.check(number, item.grain, f"({condition}) IS NOT TRUE")
                case Let():
                    self._let(number, item)
        for name in self.wanted:
            self.relation(name)
        for name in list(self.relations):
            self.flush(name)
        root = self.sheet.root.name
        refused = self._refused()
        whole = self.bad(root) if self._all_carried_up() and self.checks[root] else None
        outputs = {name: self._output(name, refused, whole) for name in self.wanted}
        lasts = {one.step: tuple(one.columns) for one in self.relations.values()}
        lacking = {
            number: sql
            for number, item in enumerate(self.sheet.items)
            if isinstance(item, Let)
            and item.may_fail
            and len(item.lacks) > 1
            and (sql := self._lacking(item))
        }
        return Script(tuple(self.steps), lasts, outputs, refused, frozenset(self.joined), lacking)

    def _lacking(self, let: Let) -> str | None:
        """Of the rows in which a line failed, the looks without a row; none where the last step has not all."""
        q, last = self.dialect.q, self.relations[let.grain]
        if not {let.name, *let.lacks} <= set(last.columns):
            return None
        whether = [f"CASE WHEN {q(name)} IS NULL THEN '{name}' END" for name in let.lacks]
        return (
            f"SELECT {q(self.sheet.root.key)}, {self._row_key(let.grain)}, CONCAT_WS(',', {', '.join(whether)}) "
            f"FROM {last.step} WHERE {q(let.name)} IS NULL"
        )

    def _row_key(self, name: str) -> str:
        keys = [f"CAST({self.dialect.q(key)} AS {self.dialect.text})" for key in self.sheet.keys(name)]
        return f"CONCAT_WS(CHR(31), {', '.join(keys[1:])})" if len(keys) > 2 else keys[-1]

    def _all_carried_up(self) -> bool:
        """Whether the outermost grain knows of every check."""
        return all(
            grain.parent is None
            or not self.checks[grain.name]
            or self.carried_up.get(grain.name) == len(self.checks[grain.name])
            for grain in self.sheet.grains.values()
        )

    def _output(self, name: str, refused: str | None, whole: str | None) -> str:
        q, grain = self.dialect.q, self.sheet.grains[name]
        own = [
            n
            for n, where in self.sheet.where.items()
            if where == name and n != grain.key and n not in self.sheet.given
        ]
        columns = ", ".join(map(self._given_out, [*self.sheet.keys(name), *own]))
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

    def _given_out(self, column: str) -> str:
        """A column of the results; an instant says its zone there, whatever the file's form."""
        name = self.dialect.q(column)
        if not isinstance(self.sheet.types[column], Instant):
            return name
        return f"{self.dialect.said_instant(name)} AS {name}"

    def _refused(self) -> str | None:
        """A SELECT that names, per root, its first failing check and row."""
        q, root = self.dialect.q, self.sheet.root.key
        arms = []
        for name, checks in self.own_checks.items():
            if checks:
                bad = self.bad(name, own=True)
                arms.append(
                    f"SELECT {q(root)}, {bad} AS _check, {self._row_key(name)} AS _row FROM {self.relations[name].step} WHERE {bad} IS NOT NULL"
                )
        if not arms:
            return None
        union = " UNION ALL ".join(arms)
        ranked = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {q(root)} ORDER BY _check, _row) AS _n FROM ({union}) u"
        return f"SELECT {q(root)}, _check, _row FROM ({ranked}) v WHERE _n = 1"

    # --- lines ---
    def _look(self, number: int, look: Look) -> None:
        q, relation = self.dialect.q, self.relation(look.grain)
        fixed = self._fixed(look)
        uses = [look.on, *(name for column, name in look.keys if column not in fixed)]
        self.bring(look.grain, uses)
        table = self.intervals[look.table]
        if len(fixed) == len(look.keys) and len(table.spans) <= WRITTEN_OUT:
            found = [
                (span, next((row for row in rows if all(row[c] == v for c, v in fixed.items())), None))
                for span, rows in zip(table.spans, table.rows, strict=True)
            ]
            whens = " ".join(
                f"WHEN {q(look.on)} >= {self.dialect.literal(start)}"
                + (f" AND {q(look.on)} < {self.dialect.literal(before)}" if before else "")
                + f" THEN {self.dialect.literal(row[look.column], look.type)}"
                for (start, before), row in found
                if row is not None
            )
            empty = f"CAST(NULL AS {self.dialect.type(look.type)})"
            self.add(look.grain, look.name, f"CASE {whens} END" if whens else empty, uses)
        elif look.name not in relation.columns:
            self._join(look, relation, table)
        if look.name in relation.pending:
            self.flush(look.grain)
        if look.name not in self.sheet.asked_in_use:
            self.check(number, look.grain, f"{q(look.name)} IS NULL")

    def _fixed(self, look: Look) -> dict[str, Value]:
        """The keys that are the same for all rows: lines that say one word, such as `category = "staff"`.
        A table is not joined for these."""
        said = {
            item.name: item.expr.value
            for item in self.sheet.items
            if isinstance(item, Let) and item.expr.op == "lit" and not isinstance(item.expr.value, Decimal)
        }
        return {column: said[name] for column, name in look.keys if name in said}  # type: ignore[misc]

    def _join(self, look: Look, relation: Relation, table: Intervals) -> None:
        """One join for every column that the same row of a table gives."""
        q = self.dialect.q
        self.flush(look.grain)
        self.joined.add(look.table)
        on = " AND ".join(
            [f"t._v = {table.number('c.' + q(look.on), self.dialect)}"]
            + [f"t.{q(column)} = c.{q(name)}" for column, name in look.keys]
        )
        looks = [item for item in self.sheet.items if isinstance(item, Look) and item.grain == look.grain]
        alike = [one for one in looks if (one.table, one.on, one.keys) == (look.table, look.on, look.keys)]
        taken = ", ".join(f"t.{q(one.column)} AS {q(one.name)}" for one in alike)
        relation.step = self.step(
            look.grain,
            f"SELECT c.*, {taken} FROM {relation.step} c LEFT JOIN {q('t_' + look.table)} t ON {on}",
        )
        relation.columns.update(dict.fromkeys(one.name for one in alike))

    def _let(self, number: int, let: Let) -> None:
        if let.grain in self.unrolled:
            self._unroll(let)
            return
        sql = self.printed(let.expr, let.grain)
        cast = f"CAST({sql} AS {self.dialect.type(let.type)})"
        self.add(
            let.grain,
            let.name,
            cast,
            names_of(let) | {n for n in self.relation(let.grain).pending if n.startswith("_h")},
        )
        if let.expr.partial:
            self.flush(let.grain)
        if let.may_fail:
            self.check(number, let.grain, f"{self.dialect.q(let.name)} IS NULL")


def with_given(sheet: Sheet, given: Mapping[str, Value]) -> Sheet:
    """The sheet with what one run has for all its rows written in."""

    def written(e: Expr) -> Expr:
        known = e.op == "name" and e.value in sheet.given
        return replace(e, op="lit", value=given[str(e.value)]) if known else e

    return rewritten(sheet, written) if sheet.given else sheet
