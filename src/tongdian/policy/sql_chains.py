"""Lines that one row hands on to the next, as SQL: credit carried over, arrears, ratchets.

SQL has no loop that both engines know, and a window sees no column that it makes itself. So the rows of
one parent are gathered into a list in the order of their key, and folded: DuckDB's `list_reduce`,
Spark's `aggregate`. What is reckoned of each row is a struct of the chain's lines, and each line a
parameter of a function of its own, so that nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from tongdian.policy.sheet import Let
from tongdian.policy.sql_aggregates import Aggregates
from tongdian.policy.sql_expressions import Expressions, expr_names
from tongdian.policy.types import Num

if TYPE_CHECKING:
    from tongdian.policy.dialects import Dialect

Numbered = Sequence[tuple[int, Let]]  # the lines of a chain, each with its number among the sheet's items


class Chains(Aggregates):
    """Chains along the rows of a grain."""

    def chain(self, numbered: Numbered) -> None:
        """The lines of one chain as columns of their grain, and the check that all of them kept."""
        grain, d, q = numbered[0][1].grain, self.dialect, self.dialect.q
        made = [let.name for _, let in numbered]
        used = sorted(set().union(*(expr_names(let.expr) for _, let in numbered)) - set(made))
        self.relation(grain)
        self.bring(grain, used)
        self.flush(grain)
        keys = [q(key) for key in self.sheet.keys(grain)[:-1]]
        order = f"PARTITION BY {', '.join(keys)} ORDER BY {self.key_order(grain)}"
        position = self.hidden(grain, f"CAST(ROW_NUMBER() OVER ({order}) AS INTEGER)", [])
        relation = self.relations[grain]
        row = d.struct({"_n": position} | {name: q(name) for name in used})
        types = {"_n": "INTEGER", "_bad": "INTEGER", "_ended": "BOOLEAN"}
        types |= {let.name: d.type(let.type) for _, let in numbered}
        folded = d.folded(row, position, _Links(d, numbered, made).text(), types)
        listed = self.step(
            grain,
            f"SELECT {', '.join(keys)}, {folded} AS _list FROM {relation.step} GROUP BY {', '.join(keys)}",
        )
        spread = self.step(grain, f"SELECT {', '.join(keys)}, {d.spread('_list')} AS _row FROM {listed}")
        first = f"_bad{numbered[0][0]}"
        taken = ", ".join(f"l._row.{q(name)} AS {q(name)}" for name in made)
        on = " AND ".join([*(f"l.{key} = c.{key}" for key in keys), f"l._row._n = c.{position}"])
        relation.step = self.step(
            grain,
            f"SELECT c.*, {taken}, l._row._bad AS {first} FROM {relation.step} c JOIN {spread} l ON {on}",
        )
        relation.columns.update(dict.fromkeys([*made, first]))
        self.checks[grain].append(first)
        self.own_checks[grain].append(first)


class _Links:
    """The function of a fold: what was reckoned so far (`acc`) and a row (`r`) give the row's lines.

    It stands in for the printer where expressions ask for a helper column: here one more parameter."""

    places: tuple[str, ...] = ()

    def __init__(self, dialect: Dialect, numbered: Numbered, made: list[str]) -> None:
        self.dialect, self.numbered, self.made = dialect, numbered, made
        self.bound: list[tuple[str, str]] = []  # parameter, what it is

    def hidden(self, grain: str, sql: str, uses: Iterable[str]) -> str:
        """A parameter that holds what would be a helper column."""
        name = f"h{len(self.bound)}"
        self.bound.append((name, sql))
        return name

    def text(self) -> str:
        d = self.dialect
        for _, let in self.numbered:
            self.bound.append((f"v_{let.name}", self._line(let)))
        failing = " ".join(
            f"WHEN v_{let.name} IS NULL THEN {number}" for number, let in self.numbered if let.may_fail
        )
        ended = d.before("acc", "_ended")
        bad = self.hidden("", f"CAST(CASE WHEN {ended} THEN NULL {failing} END AS INTEGER)", [])
        made = d.struct(
            {"_n": "r._n", "_bad": bad, "_ended": f"(COALESCE({ended}, FALSE) OR {bad} IS NOT NULL)"}
            | {name: f"v_{name}" for name in self.made}
        )
        for name, sql in reversed(self.bound):
            made = d.bound(name, sql, made)
        return made

    def _line(self, let: Let) -> str:
        def rename(name: str) -> str:
            return f"v_{name}" if name in self.made else f"r.{self.dialect.q(name)}"

        printed = Expressions(cast(Aggregates, self), let.grain, rename)
        kind = self.dialect.type(let.type)
        if let.expr.op != "carried":
            return f"CAST({printed.text(let.expr)} AS {kind})"
        line, start = let.expr.args
        before = self.dialect.before("acc", str(line.value))
        sql = f"CASE WHEN r._n = 1 THEN {printed.text(start)} ELSE {before} END"
        if isinstance(let.type, Num):
            sql = self.hidden("", sql, [])
            low, high = self.dialect.literal(let.type.low), self.dialect.literal(let.type.high)
            sql = f"CASE WHEN {sql} BETWEEN {low} AND {high} THEN CAST({sql} AS {kind}) END"
        return f"CAST({sql} AS {kind})"
