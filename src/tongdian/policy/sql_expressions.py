"""Typed expressions of a sheet as SQL text, exact on every engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tongdian.policy.code import places_of
from tongdian.policy.typed import BELOW, Expr
from tongdian.policy.types import PARTS_OF_DATES, Num, Place

if TYPE_CHECKING:
    from tongdian.policy.sql_aggregates import Aggregates


DIGITS_64 = 18  # that a decimal of 64 bits holds


class Expressions:
    """Typed expressions of one grain as SQL text."""

    def __init__(self, printer: Aggregates, grain: str, rename: Callable[[str], str]) -> None:
        self.printer, self.grain, self.rename = printer, grain, rename
        self.d = printer.dialect

    def text(self, e: Expr) -> str:
        match e.op:
            case "lit":
                assert e.value is not None
                return self.d.literal(e.value, e.type)
            case "name":
                return self.rename(str(e.value))
            case "if":
                return self._if(e)
            case "and" | "or":
                return self._both(e)
            case "not":
                return f"(NOT {self.text(e.args[0])})"
            case "neg":
                return self._narrowed(f"(-{self.text(e.args[0])})", e)
            case "+" | "-" | "*":
                left, right = map(self.text, e.args)
                assert isinstance(e.type, Num)
                assert isinstance(e.args[0].type, Num)
                return self._narrowed(f"({self.d.widened(left, e.args[0].type, e.type)} {e.op} {right})", e)
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                left, right = self._alike(e.args)
                return f"({left} {'<>' if e.op == '!=' else e.op} {right})"
            case "in":
                if isinstance(e.args[0].type, Place):
                    around = (f"{self.text(e.args[0])} LIKE '{arg.value}%'" for arg in e.args[1:])
                    return f"({' OR '.join(around)})"
                return f"({self.text(e.args[0])} IN ({', '.join(map(self.text, e.args[1:]))}))"
            case "round":
                return self._round(e)
            case "min" | "max" | "clip":
                return self._extreme(e)
            case "days":
                start, end = map(self.text, e.args)
                return f"CAST({self.d.days(start, end)} AS {self.d.type(e.type)})"
            case "later" | "earlier":
                day, count = map(self.text, e.args)
                return self.d.moved(day, "+" if e.op == "later" else "-", count)
            case part if part in PARTS_OF_DATES:
                return f"CAST({self.d.part_of(part, self.text(e.args[0]))} AS {self.d.type(e.type)})"
            case "first_of_month":
                return self.d.first_of_month(self.text(e.args[0]))
            case "last_of_month":
                return f"last_day({self.text(e.args[0])})"
            case "lacking":
                return f"CAST(NULL AS {self.d.type(e.type)})"
            case "ratio" | "lasting":
                return self._ratio(e)
            case "seconds":
                start, end = map(self.text, e.args)
                return f"CAST({self.d.seconds(start, end)} AS {self.d.type(e.type)})"
            case "after" | "sooner":
                at, count = map(self.text, e.args)
                return self.d.moved_instant(at, "+" if e.op == "after" else "-", count)
            case "legal_day":
                return self.d.legal_day(self.text(e.args[0]), ZoneInfo(str(e.value)))
            case "workdays":
                return self._workdays(e)
            case "workday_after":
                return self._workday_after(e)
            case "worked_by" | "worked_before":
                column = "cum" if e.op == "worked_by" else "before"
                return f"CAST({self._count_of(e.args[0], e.args[1:], column)} AS {self.d.type(e.type)})"
            case op if op in BELOW:
                return self.printer.sum_below(self.grain, str(e.args[0].value), e.op)
            case "before" | "reached":
                return self._before(e)
            case "previous":
                return self._previous(e)
        return self._share(e)

    def _narrowed(self, sql: str, e: Expr) -> str:
        return f"CAST({sql} AS {self.d.type(e.type)})" if self.d.narrow else sql

    def _alike(self, args: Sequence[Expr]) -> list[str]:
        """Numbers of different scales cast to one exact type before they meet."""
        texts = [self.text(arg) for arg in args]
        kinds = [arg.type for arg in args if isinstance(arg.type, Num)]
        if len(kinds) < len(args) or (not self.d.narrow and len({k.scale for k in kinds}) == 1):
            return texts
        hull = Num(
            kinds[0].unit, max(k.scale for k in kinds), min(k.low for k in kinds), max(k.high for k in kinds)
        )
        return [f"CAST({text} AS {self.d.type(hull)})" for text in texts]

    def _if(self, e: Expr) -> str:
        condition, then, other = map(self.text, e.args)
        kind = self.d.type(e.type)
        # an unknown condition must stay unknown: ELSE would give it a value
        last = f"WHEN NOT {condition} THEN" if e.args[0].partial else "ELSE"
        return f"CASE WHEN {condition} THEN CAST({then} AS {kind}) {last} CAST({other} AS {kind}) END"

    def _both(self, e: Expr) -> str:
        left, right = map(self.text, e.args)
        if not e.args[0].partial:
            return f"({left} {e.op.upper()} {right})"
        # SQL lets `NULL AND FALSE` be FALSE; here the left side decides first, as in one case
        if e.op == "and":
            return f"(CASE WHEN {left} THEN {right} WHEN NOT {left} THEN FALSE END)"
        return f"(CASE WHEN {left} THEN TRUE WHEN NOT {left} THEN {right} END)"

    def _round(self, e: Expr) -> str:
        inner, kind = e.args[0], e.type
        assert isinstance(inner.type, Num)
        assert isinstance(kind, Num)
        x = self.text(inner)
        places = places_of(e)
        if inner.type.scale == places:
            return x
        if e.value == "half_up" and (small := self._small_product(inner)) is not None:
            # DuckDB rounds what needs 128 bits thirty times as slowly as what fits 64
            fits, product = small
            made = f"CAST(ROUND({product}, {places}) AS {self.d.type(kind)})"
            return f"CASE WHEN {fits} THEN {made} ELSE CAST(ROUND({x}, {places}) AS {self.d.type(kind)}) END"
        if e.value != "half_up":
            # moved by just under half a tick, half-up rounding becomes rounding down or up
            half = Decimal(5).scaleb(-places - 1)
            move = -half if e.value == "down" else half - Decimal(1).scaleb(-inner.type.scale)
            x = self.printer.hidden(self.grain, f"CAST({x} AS {self.d.type(inner.type)})", expr_names(inner))
            up, down = self.d.literal(move), self.d.literal(-move)
            x = f"({x} + CASE WHEN {x} > 0 THEN {up} WHEN {x} < 0 THEN {down} ELSE {self.d.literal(Decimal(0))} END)"
        return f"CAST(ROUND({x}, {places}) AS {self.d.type(kind)})"

    def _small_product(self, e: Expr) -> tuple[str, str] | None:
        """Of a product that may need more than 18 digits and seldom does: the condition under which it
        fits them, by the column on one side and the range of the other, and the product itself."""
        if self.d.name != "duckdb" or e.op != "*":
            return None
        by_name = next((arg for arg in e.args if arg.op == "name"), None)
        left, right = (arg.type for arg in e.args)
        if by_name is None or not isinstance(left, Num) or not isinstance(right, Num):
            return None
        assert isinstance(e.type, Num)
        if (
            e.type.digits <= DIGITS_64
            or max(left.digits, right.digits) > DIGITS_64
            or e.type.scale > DIGITS_64
        ):
            return None
        own, other = (left, right) if by_name is e.args[0] else (right, left)
        most = max(abs(other.low), abs(other.high))
        room = Decimal(1).scaleb(DIGITS_64 - e.type.scale) - Decimal(1).scaleb(-e.type.scale)
        bound = (room / most).quantize(Decimal(1).scaleb(-own.scale), ROUND_DOWN)
        if bound <= 0:
            return None
        name = self.text(by_name)
        fits = f"{name} BETWEEN {self.d.literal(-bound)} AND {self.d.literal(bound)}"
        return fits, f"({self.text(e.args[0])} * {self.text(e.args[1])})"

    def _extreme(self, e: Expr) -> str:
        args = self._alike(e.args)
        if e.op == "clip":
            x, low, high = args
            sql = f"LEAST(GREATEST({x}, {low}), {high})"
        else:
            sql = f"{'LEAST' if e.op == 'min' else 'GREATEST'}({', '.join(args)})"
        if e.partial:  # LEAST and GREATEST skip NULL; a failed part must fail the whole
            known = " AND ".join(f"{arg} IS NOT NULL" for arg in args)
            sql = f"CASE WHEN {known} THEN {sql} END"
        return self._narrowed(sql, e)

    def _ratio(self, e: Expr) -> str:
        kind = e.type
        above, below = e.args
        assert isinstance(kind, Num)
        assert isinstance(above.type, Num)
        assert isinstance(below.type, Num)
        shift = below.type.scale + kind.scale - above.type.scale
        whole = self.d.whole_to(_doubled_ticks(above.type, below.type, shift))
        a = self.d.ticks(self.text(above), above.type, whole)
        b = self.d.ticks(self.text(below), below.type, whole)
        if shift > 0:
            a = f"CAST({a} * {self.d.power(shift, whole)} AS {whole})"
        elif shift < 0:
            b = f"CAST({b} * {self.d.power(-shift, whole)} AS {whole})"
        a = self.printer.hidden(self.grain, a, expr_names(above))
        b = self.printer.hidden(self.grain, b, expr_names(below))
        two = f"CAST('2' AS {whole})"
        whole_a, whole_b = f"ABS({a})", f"NULLIF(ABS({b}), 0)"
        quotient = {
            "half_up": self.d.quotient(f"({two} * {whole_a} + ABS({b}))", f"({two} * {whole_b})"),
            "down": self.d.quotient(whole_a, whole_b),
            "up": self.d.quotient(f"({whole_a} + ABS({b}) - 1)", whole_b),
        }[str(e.value)]
        sign = f"CASE WHEN ({a} < 0) <> ({b} < 0) THEN -1 ELSE 1 END"
        return self.d.from_ticks(f"{quotient} * {sign}", kind)

    def _workdays(self, e: Expr) -> str:
        start, end = e.args[:2]
        columns = []
        for side in (start, end):
            columns.append(self._count_of(side, e.args[2:]))
        return f"CAST({columns[1]} - {columns[0]} AS {self.d.type(e.type)})"

    def _count_of(self, day: Expr, region: Sequence[Expr] = (), column: str = "cum") -> str:
        """The running count of working days on a date, from the calendar; NULL outside it.

        A date is looked up once however often it is asked for. Where several calendars are in
        play, the region says which; those without days of their own share the one called ''."""
        printer = self.printer
        place = self._place(region)
        asked = (self.grain, self.text(day), place)
        if asked in printer.counted:
            known = printer.counted[asked]
            return self.d.q(known if column == "cum" else known + "b")
        on = (
            printer.hidden(self.grain, self.text(day), expr_names(day))
            if day.op != "name"
            else self.text(day)
        )
        printer.flush(self.grain)
        relation = printer.relations[self.grain]
        printer.counter += 1
        name = f"_h{printer.counter}"
        before = f", w.before AS {self.d.q(name + 'b')}" if printer.counts_before else ""
        relation.step = printer.step(
            self.grain,
            f"SELECT c.*, w.cum AS {self.d.q(name)}{before} FROM {relation.step} c "
            f"LEFT JOIN workdays w ON w.day = c.{on}" + (f" AND w.place = {place}" if place else ""),
        )
        relation.columns[name] = None
        if before:
            relation.columns[name + "b"] = None
        printer.counted[asked] = name
        return self.d.q(name if column == "cum" else name + "b")

    def _place(self, region: Sequence[Expr]) -> str:
        """SQL for the place by whose calendar to count; empty where there is but one."""
        printer = self.printer
        if not printer.places:
            return ""
        if region:
            return place_of(self.text(region[0]), printer.places)
        return self.d.literal(own_place(printer.home, printer.places))

    def _workday_after(self, e: Expr) -> str:
        """The first day on which so many more working days are reached; the day itself after none."""
        start, count, *region = e.args
        day, n = self.text(start), f"CAST({self.text(count)} AS INTEGER)"
        reached = self._count_of(start, region)
        printer = self.printer
        place = self._place(region)
        wanted = printer.hidden(self.grain, f"{reached} + {n}", [*expr_names(count)])
        relation = printer.relations[self.grain]
        printer.counter += 1
        name = f"_h{printer.counter}"
        within = "place, cum" if place else "cum"
        first = f"SELECT {within}, MIN(day) AS day FROM workdays GROUP BY {within}"
        relation.step = printer.step(
            self.grain,
            f"SELECT c.*, w.day AS {self.d.q(name)} FROM {relation.step} c LEFT JOIN ({first}) w ON w.cum = c.{wanted}"
            + (f" AND w.place = {place}" if place else ""),
        )
        relation.columns[name] = None
        return (
            f"CASE WHEN {n} = 0 AND {reached} IS NOT NULL THEN {day} WHEN {n} > 0 THEN {self.d.q(name)} END"
        )

    def _before(self, e: Expr) -> str:
        x, key = (self.rename(str(arg.value)) for arg in e.args)
        q, sheet = self.d.q, self.printer.sheet
        parent = sheet.grains[self.grain].parent
        assert parent is not None
        group = ", ".join([*(q(k) for k in sheet.keys(parent)), key])
        order = self.printer.key_order(self.grain)
        self.printer.settle(self.grain)
        total = "SUM" if e.op == "before" else "MAX"
        window = f"{total}({x}) OVER (PARTITION BY {group} ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        kind = self.d.type(e.type)
        return f"CAST(COALESCE({window}, {self.d.literal(Decimal(0))}) AS {kind})"

    def _previous(self, e: Expr) -> str:
        x, start = self.rename(str(e.args[0].value)), self.text(e.args[1])
        sheet, kind = self.printer.sheet, self.d.type(e.type)
        parent = sheet.grains[self.grain].parent
        assert parent is not None
        self.printer.settle(self.grain)
        group = ", ".join(self.d.q(k) for k in sheet.keys(parent))
        window = f"OVER (PARTITION BY {group} ORDER BY {self.printer.key_order(self.grain)})"
        return (
            f"CASE WHEN ROW_NUMBER() {window} = 1 THEN CAST({start} AS {kind}) "
            f"ELSE CAST(LAG({x}) {window} AS {kind}) END"
        )

    def _share(self, e: Expr) -> str:
        """Largest remainder, ties by key: whole ticks, then one more tick to the largest remainders."""
        kind, weight_kind = e.type, e.args[1].type
        assert isinstance(kind, Num)
        assert isinstance(weight_kind, Num)
        total, weight = (self.rename(str(arg.value)) for arg in e.args)
        hide, sheet = self.printer.hidden, self.printer.sheet
        parent = sheet.grains[self.grain].parent
        assert parent is not None
        group = ", ".join(self.d.q(k) for k in sheet.keys(parent))
        t = hide(self.grain, self.d.ticks(total, kind, self.d.whole), [])
        w = hide(self.grain, self.d.ticks(weight, weight_kind, self.d.whole), [])
        whole = hide(self.grain, f"CAST(SUM({w}) OVER (PARTITION BY {group}) AS {self.d.whole})", [])
        least = hide(self.grain, f"MIN({w}) OVER (PARTITION BY {group})", [])
        product = f"CAST({t} * {w} AS {self.d.whole})"
        sharing = f"{t} >= 0 AND {least} >= 0"
        floor = f"CASE WHEN {sharing} AND {whole} > 0 THEN CAST({self.d.quotient(product, whole)} AS {self.d.whole}) WHEN {sharing} AND {t} = 0 THEN CAST(0 AS {self.d.whole}) END"
        part = hide(self.grain, floor, [])
        rest = hide(
            self.grain, f"CAST({product} - CAST({part} * {whole} AS {self.d.whole}) AS {self.d.whole})", []
        )
        left = hide(self.grain, f"{t} - SUM({part}) OVER (PARTITION BY {group})", [])
        order = f"{rest} DESC, {self.printer.key_order(self.grain)}"
        rank = hide(self.grain, f"ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {order})", [])
        ticks = f"({part} + CASE WHEN {rank} <= {left} THEN 1 ELSE 0 END)"
        return self.d.from_ticks(ticks, kind)


def _doubled_ticks(above: Num, below: Num, shift: int) -> Decimal:
    """The greatest whole number that a quotient meets on its way: twice what is divided, and what it is divided by."""
    a = max(abs(above.low), abs(above.high)).scaleb(above.scale + max(shift, 0))
    b = max(abs(below.low), abs(below.high)).scaleb(below.scale + max(-shift, 0))
    return 2 * (a + b)


def place_of(region: str, places: Sequence[str]) -> str:
    """SQL for the place whose calendar a region has: '' where none of `places` is around it."""
    whens = "".join(f" WHEN {region} LIKE '{place}%' THEN '{place}'" for place in places)
    return f"CASE{whens} ELSE '' END"


def own_place(region: str, places: Sequence[str]) -> str:
    """The place whose calendar one region has."""
    return next((place for place in places if region.startswith(place)), "")


def expr_names(e: Expr) -> set[str]:
    """Names an expression uses in its own row or parents (what sum adds up is elsewhere)."""
    if e.op in BELOW:
        return set()
    own = {str(e.value)} if e.op == "name" else set()
    return own.union(*(expr_names(arg) for arg in e.args)) if e.args else own


def summed_names(e: Expr) -> set[tuple[str, str]]:
    """What an expression asks of lower rows: (name, which of BELOW)."""
    if e.op in BELOW:
        return {(str(e.args[0].value), e.op)}
    return set().union(*(summed_names(arg) for arg in e.args)) if e.args else set()


def has_op(e: Expr, ops: tuple[str, ...]) -> bool:
    return e.op in ops or any(has_op(arg, ops) for arg in e.args)
