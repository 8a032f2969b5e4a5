"""What a printed sheet asks of the rows of lower grains: sums, greatest, least, whether any.

A small table grain that is only summed becomes columns of its parent.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tongdian.policy.sheet import Grain, Let, Require
from tongdian.policy.sql_expressions import Expressions, expr_names, has_op, summed_names
from tongdian.policy.sql_relations import Order, Relations, names_of
from tongdian.policy.typed import ENDS, Expr

MARK = {  # what begins the column of an aggregate
    "sum": "_s_",
    "most": "_m_",
    "least": "_l_",
    "rows": "_n_",
    "holds": "_t_",
    "first": "_f_",
    "last": "_z_",
    "latest": "_m_",
    "earliest": "_l_",
}
UNROLL = 8  # a table grain of at most so many rows becomes columns of its parent when only summed


class Aggregates(Relations):
    """Rows of lower grains as columns of the grains above."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self.sums: dict[tuple[str, str, str], str] = {}
        self.unrolled = {g.name for g in self.sheet.grains.values() if self._can_unroll(g)}

    # --- expressions ---
    def printed(self, expr: Expr, grain: str) -> str:
        self.relation(grain)
        self.bring(grain, expr_names(expr))
        return self.expression(expr, grain, self.dialect.q)

    def expression(self, expr: Expr, grain: str, rename: Callable[[str], str]) -> str:
        return Expressions(self, grain, rename).text(expr)

    def _can_unroll(self, grain: Grain) -> bool:
        if grain.table is None or grain.name in self.wanted or any(self.sheet.children(grain.name)):
            return False
        if grain.keys or max((len(rows) for rows in self.intervals[grain.table].rows), default=0) > UNROLL:
            return False
        asked = set().union(*map(summed_names, self.sheet.expressions()))
        if any(op != "sum" for name, op in asked if self.sheet.where[name] == grain.name):
            return False
        return all(
            isinstance(item, Let)
            and not item.expr.partial
            and not has_op(item.expr, ("before", "share", "reached", "previous", "carried"))
            for item in self.sheet.items
            if item.grain == grain.name
        )

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

            own = {n for n in names_of(let) if self.sheet.where[n] == grain.name}
            above = names_of(let) - own | ({str(grain.on)} if own & inputs else set())
            self.bring(grain.parent, above)
            text = self.expression(let.expr, grain.parent, rename)
            sql = f"CAST({text} AS {self.dialect.type(let.type)})"
            self.add(grain.parent, f"{let.name}__{row}", sql, above | {f"{n}__{row}" for n in own})

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

    def sum_below(self, grain: str, name: str, op: str = "sum") -> str:
        """The column of `grain` that holds sum(name) or max(name); those that are ready together
        share a join."""
        if (grain, name, op) not in self.sums:
            self._aggregate(grain, self.sheet.where[name])
        found = self.sums[grain, name, op]
        return found if op == "any" else self.dialect.q(found)

    def _aggregate(self, grain: str, below: str) -> None:
        q, keys = self.dialect.q, self.sheet.keys(grain)
        host = self._host(below)
        together = [below] if host == grain else [n for n in self.sheet.grains if self._host(n) == host]
        asked = [
            (n, op)
            for where in together
            for n, op in self._summed(grain, where)
            if (grain, n, op) not in self.sums and self._is_ready(n)
        ]
        names = list(dict.fromkeys(n for n, _ in asked))
        sources = {n: self._source(n) for n in names}
        self.relation(host)
        self.settle(host)
        if host == grain:
            for n in names:
                self.sums[grain, n, "sum"] = f"_s_{n}"
                self.add(grain, f"_s_{n}", sources[n], [])
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
            f"{self.dialect.aggregate(op, sources[n], self.sheet.types[n], self.key_order(self.sheet.where[n]))} AS {q(MARK[op] + n)}"
            for n, op in asked
        )
        made = ", ".join([*filter(None, [made]), *packed])
        carries = bool(self.checks[host]) and self.sheet.grains[host].parent == grain
        carries = carries and self.carried_up.get(host) is None
        if carries:
            made += f", MIN({self.bad(host)}) AS {q('_bad_' + host)}"
            self.carried_up[host] = len(self.checks[host])
        summed = self.step(grain, f"SELECT {keyed}, {made} FROM {self.relations[host].step} GROUP BY {keyed}")
        on = " AND ".join(f"s.{q(k)} = c.{q(k)}" for k in keys)
        brought = ", ".join(
            f"s.{q(MARK[op] + n)}"
            if op in ENDS
            else f"COALESCE(s.{q(MARK[op] + n)}, {self.dialect.literal(Decimal(0))}) AS {q(MARK[op] + n)}"
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

    def _host(self, grain: str) -> str:
        """The grain whose rows hold the lines of a grain: its parent's, where it became columns."""
        return str(self.sheet.grains[grain].parent) if grain in self.unrolled else grain

    def _source(self, name: str) -> str:
        """What is aggregated of a row: a line, or the sum of the columns that it became."""
        q, grain = self.dialect.q, self.sheet.grains[self.sheet.where[name]]
        if grain.name not in self.unrolled:
            return q(name)
        count = max((len(rows) for rows in self.intervals[str(grain.table)].rows), default=0)
        inputs = {i.name for i in grain.inputs}
        parts = [
            self._unrolled_input(grain, name, row) if name in inputs else q(f"{name}__{row}")
            for row in range(count)
        ]
        kind = self.sheet.types[name]
        zero = self.dialect.literal(Decimal(0), kind)
        return (
            " + ".join(f"COALESCE({p}, {zero})" for p in parts) or f"CAST(NULL AS {self.dialect.type(kind)})"
        )

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
