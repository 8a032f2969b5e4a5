"""Of which cases that nobody could judge a file leaves it open that they count.

A line that hangs on something unread is neither true nor false (Kleene); one that looks into a table, a calendar or
rows below is not asked at all, for the row may be refused because of it. What is not ruled out stays in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from tongdian.bulk.engines import Engine
from tongdian.bulk.intake import RefusedRow
from tongdian.bulk.periods import Span
from tongdian.policy.sheet import Let, Sheet
from tongdian.policy.sheet_sql import Printer, with_given
from tongdian.policy.sql_expressions import expr_names
from tongdian.policy.sql_relations import Order
from tongdian.policy.typed import Expr

# operators that SQL answers where one side is unknown as they are to be; and further ones of a row by itself
KLEENE = frozenset(
    {"lit", "name", "and", "or", "not", "=", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "neg"}
)
ROW_WISE = KLEENE | {"if", "min", "max", "clip", "round", "days"}


def cases_that_may_count(
    sheet: Sheet,
    engine: Engine,
    refused: Sequence[RefusedRow],
    lines: Iterable[str],
    *,
    on: dt.date,
    span: Span,
) -> dict[str, set[str]]:
    """By each of some lines of the outermost grain, the refused cases, by their key, for which it may hold and whose
    day may lie in the span. The files are those that an intake of `engine` has read. Raises NoSuchPeriodDay."""
    lines, keys = list(lines), {row.key for row in refused}
    if not refused:
        return {line: set() for line in lines}
    day = None if span.is_all else span.line(sheet)
    asked = _Asked(with_given(sheet, dict.fromkeys(sheet.given, on)), engine)
    asked.read(refused)
    for name in [*lines, *([day] if day else [])]:
        asked.say(name)
    d, q = engine.dialect, engine.dialect.q
    told = [f"({q(line)} IS NOT FALSE)" if line in asked.known else "TRUE" for line in lines]
    text = f"CAST({q(day)} AS {d.text})" if day else ""
    in_span = f"({q(day)} IS NULL OR ({span.condition(text)}))" if day in asked.known else "TRUE"
    found: dict[str, set[str]] = {line: set() for line in lines}
    seen = set()
    for key, is_in, *holds in engine.fetch(
        f"SELECT _key, {in_span}, {', '.join(told)} FROM ({asked.rows}) r"
    ):
        seen.add(str(key))
        for line, may in zip(lines, holds, strict=True):
            if is_in and may:
                found[line].add(str(key))
    for one in found.values():
        one |= keys - seen  # rows without a case, or a case without a name
    return found


@dataclass
class _Asked:
    """The rows of refused cases with the lines that can be said of them, as a SELECT that grows."""

    sheet: Sheet
    engine: Engine
    rows: str = ""
    known: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)

    def read(self, refused: Collection[RefusedRow]) -> None:
        """Begin with what was read; a cell that is refused is unknown."""
        d, q, root = self.engine.dialect, self.engine.dialect.q, self.sheet.root
        at_fault = {(row.key, row.column if row.grain == root.name else "") for row in refused}
        self.engine.rows("refused_cells", {"_key": d.text, "_column": d.text}, sorted(at_fault))
        names = dict.fromkeys(one.name for one in root.inputs)
        cells = "".join(
            f", CASE WHEN c._column = '{name}' THEN NULL ELSE t.{q(name)} END AS {q(name)}" for name in names
        )
        key = f"CAST(t.{q(root.key)} AS {d.text})"
        self.rows = (
            f"SELECT c._key AS _key{cells} FROM typed_{root.name} t JOIN refused_cells c ON c._key = {key}"
        )
        self.known |= set(names)

    def say(self, name: str) -> None:
        """Add a line and those that it rests on, where they can be said."""
        if name in self.known or name in self.tried:
            return
        self.tried.add(name)
        let = next((one for one in self.sheet.items if isinstance(one, Let) and one.name == name), None)
        if let is None or let.grain != self.sheet.root.name or not _operators(let.expr) <= ROW_WISE:
            return
        below = expr_names(let.expr)
        for one in sorted(below):
            self.say(one)
        if not below <= self.known:
            return
        d = self.engine.dialect
        printer = Printer(Order(self.sheet, {}, d, [self.sheet.root.name]))
        sql = printer.expression(let.expr, let.grain, d.q)
        if below and not _operators(let.expr) <= KLEENE:
            unknown = " OR ".join(f"{d.q(one)} IS NULL" for one in sorted(below))
            sql = f"CASE WHEN {unknown} THEN NULL ELSE {sql} END"
        self.rows = f"SELECT *, CAST({sql} AS {d.type(let.type)}) AS {d.q(name)} FROM ({self.rows}) r"
        self.known.add(name)


def _operators(expr: Expr) -> set[str]:
    return {expr.op}.union(*(_operators(one) for one in expr.args))
