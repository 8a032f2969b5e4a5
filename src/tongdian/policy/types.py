"""The types of values in rules. Ranges travel with numbers, so nothing can overflow or round."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tongdian.policy.units import BARE, Unit
from tongdian.policy.words import Words

MAX_DIGITS = 38  # what DuckDB, Spark and PostgreSQL all hold exactly

Value = Decimal | bool | dt.date | str  # an instant is a datetime with its offset


class LanguageError(Exception):
    """A mistake in an expression: what, how to mend it, and the column where it stands."""

    def __init__(self, problem: Words, remedy: Words, column: int = 0) -> None:
        self.problem, self.remedy, self.column = problem, remedy, column
        super().__init__(f"{problem.en} ({remedy.en})")


@dataclass(frozen=True, slots=True)
class Num:
    """An exact number: unit, decimal places and the closed range it stays in."""

    unit: Unit
    scale: int
    low: Decimal
    high: Decimal

    @property
    def digits(self) -> int:
        """How many decimal digits hold every value of the range at this scale."""
        largest = max(abs(self.low), abs(self.high))
        whole = max(largest.adjusted() + 1, 0) if largest else 0
        return max(whole + self.scale, 1)

    @property
    def whole(self) -> bool:
        """True for counts and other numbers without decimals."""
        return self.scale == 0

    def checked(self, column: int = 0) -> Num:
        """This type, if 38 digits hold it. Raises LanguageError."""
        if self.digits > MAX_DIGITS:
            raise LanguageError(
                Words(
                    f"结果可能有 {self.digits} 位，超过 38 位",
                    f"the result may need {self.digits} digits, over 38",
                ),
                Words("更早取整，或缩小某个输入的范围", "round earlier or narrow an input's range"),
                column,
            )
        return self

    def __str__(self) -> str:
        return f"{str(self.unit) or '1'}({self.scale}) {self.low:f}..{self.high:f}"


@dataclass(frozen=True, slots=True)
class Bool:
    """true or false."""

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date; never an instant."""

    def __str__(self) -> str:
        return "date"


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment to the second that states how far from UTC its clock was; never a day."""

    def __str__(self) -> str:
        return "instant"


CLOCK = r"([01]\d|2[0-4]):([0-5]\d)"


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day as a clock shows it, 00:00 to 24:00; rules that are no timetables know none."""

    def __str__(self) -> str:
        return "time"


@dataclass(frozen=True, slots=True)
class Options:
    """One of a closed set of words."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"one_of({', '.join(self.values)})"


LONGEST_IDENT = 500
# What a terminal obeys instead of showing, what ends a line, what turns the direction of writing: from, to.
CONTROLS = ((0, 8), (0xB, 0xC), (0xE, 0x1F), (0x7F, 0x9F), (0x2028, 0x2029))
BREAKS = ((9, 0xA), (0xD, 0xD))  # which a text of several lines may have
TURNS = ((0x61C, 0x61C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069))
UNSEEN = (*CONTROLS, *BREAKS, *TURNS)


def signs(ranges: Iterable[tuple[int, int]]) -> str:
    """Ranges of characters as they stand between the brackets of a regular expression."""
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


_UNSEEN = re.compile(f"[{signs(UNSEEN)}]")


def unseen_in(text: str) -> str:
    """The first character of a text that an identifier may not hold; none: it is one."""
    found = _UNSEEN.search(text)
    return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class Ident:
    """An opaque identifier of one line: it may be compared and order rows, nothing else."""

    def __str__(self) -> str:
        return "id"


@dataclass(frozen=True, slots=True)
class Place:
    """A division of China by its code (GB/T 2260). It has working days of its own."""

    def __str__(self) -> str:
        return "region"


Type = Num | Bool | Date | Instant | TimeOfDay | Options | Ident | Place

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 12, 31)  # what a date may be moved to

INSTANTS = range(1970, 2101)  # years in which the offset of every zone is known to all engines alike
FIRST_INSTANT = dt.datetime(INSTANTS.start, 1, 1, tzinfo=dt.UTC)
LAST_INSTANT = dt.datetime(INSTANTS.stop, 1, 1, tzinfo=dt.UTC) - dt.timedelta(seconds=1)
_SPAN = Decimal((LAST_INSTANT - FIRST_INSTANT) // dt.timedelta(seconds=1))
SECONDS = Num(Unit.parse("second"), 0, -_SPAN, _SPAN)
IN_SECONDS = {"second": 1, "minute": 60, "hour": 3600}

DAYS = Num(Unit.parse("day"), 0, Decimal(-100_000), Decimal(100_000))
WORKDAYS = Num(Unit.parse("workday"), 0, Decimal(-100_000), Decimal(100_000))
WORKED = Num(Unit.parse("workday"), 0, Decimal(0), Decimal(100_000))
PARTS_OF_DATES = {
    "year": Num(BARE, 0, Decimal(FIRST_DAY.year), Decimal(LAST_DAY.year)),
    "month": Num(BARE, 0, Decimal(1), Decimal(12)),
    "day": Num(BARE, 0, Decimal(1), Decimal(31)),
    "weekday": Num(BARE, 0, Decimal(1), Decimal(7)),  # Monday is 1
}


def literal_type(value: Value) -> Type:
    """The type of a constant."""
    if isinstance(value, bool):
        return Bool()
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        scale = max(0, -exponent) if isinstance(exponent, int) else 0
        return Num(BARE, scale, value, value)
    if isinstance(value, dt.datetime):
        return Instant()
    if isinstance(value, dt.date):
        return Date()
    return Options((value,))
