"""What DuckDB and Spark write differently. Every trap met is named where it is avoided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from tongdian.policy.types import (
    FIRST_DAY,
    FIRST_INSTANT,
    LAST_DAY,
    LAST_INSTANT,
    Bool,
    Date,
    Instant,
    Num,
    Type,
    Value,
    literal_type,
)
from tongdian.policy.zones import offsets


@dataclass(frozen=True)
class Dialect:
    """One SQL engine."""

    name: str
    quote: str
    text: str  # the type of words and identifiers
    whole: str  # the widest exact whole number
    narrow: bool  # cast after every operation: Spark drops decimals past 38 digits

    def q(self, name: str) -> str:
        """A quoted identifier."""
        return f"{self.quote}{name}{self.quote}"

    def type(self, kind: Type) -> str:
        """The SQL type that holds every value of `kind`."""
        match kind:
            case Num():
                return f"DECIMAL({max(kind.digits, kind.scale, 1)},{kind.scale})"
            case Bool():
                return "BOOLEAN"
            case Date():
                return "DATE"
            case Instant():  # in UTC and without zone: no engine may bring its session's own
                return "TIMESTAMP_NTZ" if self.name == "spark" else "TIMESTAMP"
        return self.text

    def literal(self, value: Value, kind: Type | None = None) -> str:
        """A constant of an exact type; a bare 0.05 would be a binary float in some contexts."""
        match value:
            case bool():
                return "TRUE" if value else "FALSE"
            case Decimal():
                own = literal_type(value)
                return f"CAST('{value:f}' AS {self.type(kind if isinstance(kind, Num) else own)})"
            case dt.datetime():
                return f"CAST('{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}' AS {self.type(Instant())})"
            case dt.date():
                return f"DATE '{value.isoformat()}'"
        return "'" + str(value).replace("'", "''") + "'"

    def widened(self, sql: str, operand: Num, result: Num) -> str:
        """An operand of + - * wide enough for the result.

        DuckDB computes in 64 bits while both sides fit 18 digits, and fails when the result does
        not; a wider left side makes it use 128.
        """
        if self.name != "duckdb" or result.digits <= 18 or operand.digits > 18:
            return sql
        return f"CAST({sql} AS DECIMAL({max(19, operand.digits)},{operand.scale}))"

    def sum(self, sql: str, kind: Num) -> str:
        """A sum of numbers of `kind`. DuckDB adds whole numbers a third faster as integers than as
        decimals, and just as exactly: the total of INTEGER or BIGINT is a HUGEINT."""
        if self.name != "duckdb" or kind.scale or kind.digits > 18:
            return f"SUM({sql})"
        whole = "INTEGER" if kind.digits <= 9 else "BIGINT"
        return f"CAST(SUM(CAST({sql} AS {whole})) AS DECIMAL(38,0))"

    def aggregate(self, op: str, sql: str, kind: Type, order: str) -> str:
        """What an operator makes of rows' values of `kind`: a sum, the greatest, the first by `order`."""
        match op:
            case "rows":
                return "CAST(COUNT(*) AS DECIMAL(18,0))"
            case "holds":
                return f"CAST(COUNT(CASE WHEN {sql} THEN 1 END) AS DECIMAL(18,0))"
            case "first" | "last":
                end = "min" if op == "first" else "max"
                return f"{end}_by({sql}, {order})" if self.name == "spark" else f"arg_{end}({sql}, {order})"
            case "latest" | "earliest":
                return f"{'MAX' if op == 'latest' else 'MIN'}({sql})"
        assert isinstance(kind, Num)
        if op == "sum":
            return self.sum(sql, kind)
        name = {"most": "MAX", "least": "MIN"}[op]
        if self.name != "duckdb" or kind.scale or kind.digits > 18:
            return f"{name}({sql})"
        whole = "INTEGER" if kind.digits <= 9 else "BIGINT"
        return f"CAST({name}(CAST({sql} AS {whole})) AS {self.type(kind)})"

    # --- lists of structs, for what one row hands on to the next ---
    def struct(self, fields: Mapping[str, str]) -> str:
        """A struct of named parts."""
        if self.name == "spark":
            return "named_struct(" + ", ".join(f"'{name}', {sql}" for name, sql in fields.items()) + ")"
        return "{" + ", ".join(f"'{name}': {sql}" for name, sql in fields.items()) + "}"

    def folded(self, row: str, order: str, function: str, types: Mapping[str, str]) -> str:
        """The aggregate that gathers rows in order and gives the list of what `function` makes of `acc`,
        the list so far, and `r`, the row."""
        if self.name == "spark":
            kind = f"ARRAY<STRUCT<{', '.join(f'{self.q(name)}: {t}' for name, t in types.items())}>>"
            listed = f"array_sort(collect_list({row}))"  # the place is the first part of each
            return f"aggregate({listed}, CAST(array() AS {kind}), (acc, r) -> concat(acc, array({function})))"
        kind = f"STRUCT({', '.join(f'{self.q(name)} {t}' for name, t in types.items())})[]"
        return (
            f"list_reduce(list({row} ORDER BY {order}), lambda acc, r: list_append(acc, {function}), "
            f"CAST([] AS {kind}))"
        )

    def before(self, listed: str, name: str) -> str:
        """A part of the last struct of a list; NULL of an empty one."""
        if self.name == "spark":
            return f"try_element_at({listed}, -1).{self.q(name)}"
        return f"{listed}[-1].{self.q(name)}"

    def bound(self, name: str, sql: str, body: str) -> str:
        """`body` with `name` standing for a value that is reckoned once."""
        if self.name == "spark":
            return f"element_at(transform(array({sql}), {name} -> {body}), 1)"
        return f"list_transform([{sql}], lambda {name}: {body})[1]"

    def spread(self, listed: str) -> str:
        """A row for each member of a list."""
        return f"{'explode' if self.name == 'spark' else 'unnest'}({listed})"

    def part_of(self, part: str, day: str) -> str:
        """The year, month, day or weekday (Monday is 1) of a date."""
        if part == "weekday":
            return f"(weekday({day}) + 1)" if self.name == "spark" else f"isodow({day})"
        return f"{part}({day})"

    def first_of_month(self, day: str) -> str:
        """The first day of the month of a date."""
        return f"trunc({day}, 'MM')" if self.name == "spark" else f"CAST(date_trunc('month', {day}) AS DATE)"

    def days(self, start: str, end: str) -> str:
        """Calendar days from start to end."""
        if self.name == "spark":
            return f"datediff({end}, {start})"
        return f"date_diff('day', {start}, {end})"

    def moved(self, day: str, sign: str, count: str) -> str:
        """A date so many days later (`+`) or earlier (`-`); NULL outside the years of rules."""
        count = f"CAST({count} AS INTEGER)"
        name = {"+": "date_add", "-": "date_sub"}[sign]
        made = f"{name}({day}, {count})" if self.name == "spark" else f"CAST({day} {sign} {count} AS DATE)"
        span = f"{self.literal(FIRST_DAY)} AND {self.literal(LAST_DAY)}"
        return f"CASE WHEN {made} BETWEEN {span} THEN {made} END"

    # --- instants: moments of UTC without zone ---
    def seconds(self, start: str, end: str) -> str:
        """Whole seconds from one instant to another."""
        if self.name == "spark":
            return f"TIMESTAMPDIFF(SECOND, {start}, {end})"
        return f"date_diff('second', {start}, {end})"

    def moved_instant(self, at: str, sign: str, seconds: str) -> str:
        """An instant so many seconds later (`+`) or earlier (`-`); NULL outside the years of instants."""
        made = self.later(at, f"{sign if sign == '-' else ''}CAST({seconds} AS INTEGER)")
        span = f"{self.literal(FIRST_INSTANT)} AND {self.literal(LAST_INSTANT)}"
        return f"CASE WHEN {made} BETWEEN {span} THEN {made} END"

    def later(self, at: str, seconds: str) -> str:
        """A moment so many whole seconds later."""
        if self.name == "spark":
            return f"TIMESTAMPADD(SECOND, {seconds}, {at})"
        return f"({at} + TO_SECONDS({seconds}))"

    def legal_day(self, at: str, zone: ZoneInfo) -> str:
        """The date of an instant in a zone."""
        return f"CAST({self.local(at, zone)} AS DATE)"

    def local(self, at: str, zone: ZoneInfo) -> str:
        """What the clocks of a zone show at an instant. The offsets are written out: what zones an engine knows,
        and of which year, differs from one installation to the next."""
        arms, last = [], 0
        for until, offset in offsets(zone):
            if until is None:
                last = offset
            else:
                arms.append(f"WHEN {at} < {self.literal(until.replace(tzinfo=dt.UTC))} THEN {offset}")
        seconds = f"CASE {' '.join(arms)} ELSE {last} END" if arms else str(last)
        return self.later(at, seconds)

    def said_instant(self, at: str) -> str:
        """An instant as it is given out, with its zone: 2026-03-02T01:30:00Z."""
        if self.name == "spark":
            return f"date_format({at}, \"yyyy-MM-dd'T'HH:mm:ss'Z'\")"
        return f"strftime({at}, '%Y-%m-%dT%H:%M:%SZ')"

    def quotient(self, above: str, below: str) -> str:
        """Whole quotient of two whole numbers, below > 0. DuckDB's `/` and `//` on decimals are
        DOUBLE, so it divides HUGEINT; Spark's `div` on decimals is exact and gives a BIGINT."""
        return f"({above} div {below})" if self.name == "spark" else f"({above} // {below})"

    def whole_to(self, most: Decimal) -> str:
        """The type of whole numbers up to `most`. DuckDB divides in 64 bits in half the time of 128."""
        return "BIGINT" if self.name == "duckdb" and most < 2**63 else self.whole

    def ticks(self, value: str, kind: Num, whole: str) -> str:
        """An exact decimal as a whole number of ticks of its scale."""
        if not kind.scale:
            return f"CAST({value} AS {whole})"
        tens = f"CAST('1{'0' * kind.scale}' AS DECIMAL({kind.scale + 1},0))"
        # a product of 18 digits stays in 64 bits
        narrow = whole == "BIGINT" and kind.digits + kind.scale + 1 <= 18
        digits = kind.digits if narrow else 38
        return f"CAST(CAST({value} AS DECIMAL({digits},{kind.scale})) * {tens} AS {whole})"

    def from_ticks(self, ticks: str, kind: Num) -> str:
        """A whole number of ticks as a decimal of `kind`."""
        whole = f"CAST({ticks} AS DECIMAL({kind.digits if kind.digits + kind.scale <= 18 else 38 - kind.scale},0))"
        if not kind.scale:
            return whole
        tick = f"0.{'0' * (kind.scale - 1)}1"
        return f"CAST({whole} * CAST('{tick}' AS DECIMAL({kind.scale},{kind.scale})) AS {self.type(kind)})"

    def power(self, places: int, whole: str) -> str:
        """10^places as a whole number."""
        return f"CAST('1{'0' * places}' AS {whole})"


DUCKDB = Dialect("duckdb", '"', "VARCHAR", "HUGEINT", narrow=False)
SPARK = Dialect("spark", "`", "STRING", "DECIMAL(38,0)", narrow=True)
DIALECTS = {"duckdb": DUCKDB, "spark": SPARK}
