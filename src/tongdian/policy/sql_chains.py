"""Lines that one row hands on to the next, as SQL: credit carried over, arrears, ratchets.

SQL has no loop that both engines know. The rows of one parent are laid side by side, in the order of
their key: `credit__1`, `credit__2`, … The lines of the chain are written out for each, every one from
the columns of the one before, and the rows take their own back. So a chain is plain columns, exact
like any other line, and its length is bounded (`at most N rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongdian.policy.sheet import Let
from tongdian.policy.sql_aggregates import Aggregates
from tongdian.policy.sql_expressions import Expressions, expr_names
from tongdian.policy.sql_relations import Relation
from tongdian.policy.types import Num


@dataclass(frozen=True, slots=True)
class _Laid:
    """The rows of a grain side by side: the relation, how many there may be, and what was a row's own."""

    name: str
    most: int
    own: frozenset[str]


class Chains(Aggregates):
    """Chains along the rows of a grain."""

    def chain(self, numbered: Sequence[tuple[int, Let]]) -> None:
        """The lines of one chain, each with its number among the items of the sheet."""
        lines = [let for _, let in numbered]
        grain = self.sheet.grains[lines[0].grain]
        made = {let.name for let in lines}
        used = sorted(set().union(*(expr_names(let.expr) for let in lines)) - made)
        self.relation(grain.name)
        self.bring(grain.name, used)
        self.flush(grain.name)
        position = self.hidden(grain.name, self._position(grain.name), [])
        own = [name for name in used if self.sheet.where[name] == grain.name]
        laid = _Laid(f"{grain.name}_laid", grain.most or 0, frozenset([*own, *made]))
        self.relations[laid.name] = self._laid(laid, own, used, grain.name, position)
        for row in range(1, laid.most + 1):
            for let in lines:
                self._line(laid, let, row)
            failing = " ".join(
                f"WHEN {self.dialect.q(f'{let.name}__{row}')} IS NULL THEN {number}"
                for number, let in numbered
                if let.expr.partial
            )
            self.flush(laid.name)
            self.add(laid.name, f"_fail__{row}", f"CASE WHEN _rows < {row} THEN NULL {failing} END", [])
        self.flush(laid.name)
        self._taken_back(laid, lines, numbered[0][0], grain.name, position)

    def _position(self, grain: str) -> str:
        keys = ", ".join(self.dialect.q(key) for key in self.sheet.keys(grain)[:-1])
        return f"ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY {self.key_order(grain)})"

    def _laid(self, laid: _Laid, own: list[str], used: list[str], grain: str, position: str) -> Relation:
        q, keys = self.dialect.q, self.sheet.keys(grain)[:-1]
        columns = {
            f"{name}__{row}": f"MAX(CASE WHEN {position} = {row} THEN {q(name)} END)"
            for row in range(1, laid.most + 1)
            for name in own
        }
        columns |= {name: f"MAX({q(name)})" for name in used if name not in own and name not in keys}
        columns["_rows"] = "COUNT(*)"
        keyed = ", ".join(map(q, keys))
        made = ", ".join(f"{sql} AS {q(name)}" for name, sql in columns.items())
        step = self.step(
            laid.name, f"SELECT {keyed}, {made} FROM {self.relations[grain].step} GROUP BY {keyed}"
        )
        return Relation(step, dict.fromkeys([*keys, *columns]))

    def _line(self, laid: _Laid, let: Let, row: int) -> None:
        """One line of one row, from the columns of this row and of the one before."""

        def column(name: str, of: int = row) -> str:
            return f"{name}__{of}" if name in laid.own else name

        def rename(name: str) -> str:
            return self.dialect.q(column(name))

        printed, kind = Expressions(self, laid.name, rename), self.dialect.type(let.type)
        uses = {column(name) for name in expr_names(let.expr)}
        if let.expr.op != "carried":
            sql = printed.text(let.expr)
        else:
            before, start = let.expr.args
            if row > 1:
                uses = {column(str(before.value), row - 1)}
                sql = self.dialect.q(*uses)
            else:
                sql = self.hidden(laid.name, printed.text(start), {column(n) for n in expr_names(start)})
            if isinstance(let.type, Num):
                low, high = self.dialect.literal(let.type.low), self.dialect.literal(let.type.high)
                sql = f"CASE WHEN {sql} BETWEEN {low} AND {high} THEN CAST({sql} AS {kind}) END"
        uses |= {name for name in self.relations[laid.name].pending if name.startswith("_h")}
        self.add(laid.name, f"{let.name}__{row}", f"CAST({sql} AS {kind})", uses)

    def _taken_back(self, laid: _Laid, lines: list[Let], number: int, grain: str, position: str) -> None:
        q, rows = self.dialect.q, range(1, laid.most + 1)
        taken = []
        for let in lines:
            whens = " ".join(f"WHEN {n} THEN l.{q(f'{let.name}__{n}')}" for n in rows)
            taken.append(f"CASE {position} {whens} END AS {q(let.name)}")
        first = f"COALESCE({', '.join(f'l._fail__{n}' for n in rows)})"
        at = " ".join(f"WHEN l._fail__{n} IS NOT NULL THEN {n}" for n in rows)
        taken.append(f"CASE WHEN {position} = CASE {at} END THEN {first} END AS _bad{number}")
        on = " AND ".join(f"l.{q(key)} = c.{q(key)}" for key in self.sheet.keys(grain)[:-1])
        relation = self.relations[grain]
        relation.step = self.step(
            grain,
            f"SELECT c.*, {', '.join(taken)} FROM {relation.step} c JOIN {self.relations[laid.name].step} l ON {on}",
        )
        relation.columns.update(dict.fromkeys([*(let.name for let in lines), f"_bad{number}"]))
        self.checks[grain].append(f"_bad{number}")
        self.own_checks[grain].append(f"_bad{number}")
