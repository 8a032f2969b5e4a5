"""A campus read monthly for 25 months, from a seed, with errors planted in it: what validation has to find.

Every error is planted in a reading whose history is right, as it is where each month is validated before the
next; what follows it on the same meter is left out. Errors are those that change the bill of the month by
more than half of it, or of what is usual: a swap of two equal digits is no error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

KINDS = {  # the error, and the check that names it
    "neighbour": "wrong meter",
    "swapped_digits": "digits swapped",
    "moved_comma": "comma moved",
    "rolled_over": "rollover not told",
    "identical": "dead",
    "zero_run": "stuck",
    "went_back": "reversed",
    "spike": "spike",
    "prolonged": "estimate chain",
    "other_multiplier": "multiplier changed",
}
FIRST_TO_SAY = ("prolonged", "other_multiplier", "rolled_over", "neighbour", "swapped_digits", "moved_comma")
FIRST_TO_SAY += ("zero_run", "identical", "spike", "went_back")
SUMMER = {6: 1.5, 7: 1.9, 8: 1.9, 9: 1.5, 12: 1.3, 1: 1.5, 2: 1.3}
MONTHS = 25
ROUND = 60  # meters that are read together
SIZE = 100_000


@dataclass(frozen=True)
class ReadingTold:
    """One row of the relation `told` (tongdian.metering.findings.TOLD)."""

    reading: str
    meter: str
    point: str
    round: str
    utility: str
    read_on: dt.date
    entered_on: dt.date
    fitted_on: dt.date
    quality: str
    now: Decimal
    turned: bool = False
    size: Decimal = Decimal(SIZE)
    multiplier: Decimal = Decimal(1)
    copies: int = 1
    unread: int = 0
    capacity: Decimal = Decimal(0)
    is_supplied: bool = True
    replaces_final: bool = False
    parts_used: Decimal = Decimal(0)
    has_parts: bool = False


@dataclass
class CampusYear:
    """Its rows, what was planted where (reading → check), and the readings that nobody would see, for an
    error before them on the same meter."""

    rows: list[ReadingTold] = field(default_factory=list)
    planted: dict[str, str] = field(default_factory=dict)
    after: set[str] = field(default_factory=set)


def month_ends(last: dt.date = dt.date(2026, 3, 31)) -> list[dt.date]:
    """The last days of 25 months."""
    found, day = [last], last
    for _ in range(MONTHS - 1):
        day = day.replace(day=1) - dt.timedelta(days=1)
        found.append(day)
    return found[::-1]


def campus_year(points: int, *, seed: int, share: float = 0.02) -> CampusYear:
    """So many points of power, of which about `share` of the readings of the second year are wrong."""
    random, made, days = Random(seed), CampusYear(), month_ends()
    meters = [list(_meter(number, days, random)) for number in range(points)]
    chance = share * 12
    taken: set[int] = set()
    for number in range(points):
        if number in taken or random.random() > chance:
            continue
        kind = random.choice(list(KINDS))
        month = random.randrange(14, MONTHS - 1)
        taken |= _plant(made, meters, number, month, kind, random, taken)
    made.rows = [row for rows in meters for row in rows]
    return made


def _meter(number: int, days: list[dt.date], random: Random) -> Iterator[ReadingTold]:
    """A meter that is read right: 6 to 30 kWh a day, more in summer, no two months alike."""
    a_day = random.uniform(6, 30)
    shown = Decimal(random.randint(10_000, 60_000))
    before = days[0]
    for month, day in enumerate(days):
        used = (day - before).days * a_day * SUMMER.get(day.month, 1.0) * random.uniform(0.8, 1.2)
        shown = (shown + round(Decimal(used), 2)) % SIZE
        is_guess = month > 0 and random.random() < 0.01
        yield ReadingTold(
            reading=f"{number}-{month}",
            meter=f"D{number}",
            point=f"P{number}",
            round=f"R{number // ROUND}",
            utility="power",
            read_on=day,
            entered_on=day,
            fitted_on=days[0],
            quality="estimated" if is_guess else "actual",
            now=shown,
            turned=False,
        )
        before = day


def _plant(
    made: CampusYear,
    meters: list[list[ReadingTold]],
    number: int,
    month: int,
    kind: str,
    random: Random,
    taken: set[int],
) -> set[int]:
    """Plant one error; gives the meters that nothing more is planted in."""
    rows = meters[number]
    last, row = rows[month - 1], rows[month]
    used = row.now - last.now
    if used <= 0 or last.now > SIZE - 2_000 or row.now > SIZE - 2_000:
        return set()

    def put(at: int, **changed: object) -> None:
        rows[at] = (
            replace(rows[at], quality="actual", **changed)
            if "quality" not in changed
            else replace(  # type: ignore[arg-type]
                rows[at],
                **changed,  # type: ignore[arg-type]
            )
        )

    if kind == "neighbour":
        return _swap_neighbours(made, meters, number, month, taken)
    if kind == "swapped_digits":
        wrong = [one for one in _swaps(row.now) if abs(one - row.now) > used * Decimal("1.5") and one < SIZE]
        if not wrong:
            return set()
        put(month, now=random.choice(wrong))
    elif kind == "moved_comma":
        put(month, now=round(row.now / 10, 2))
    elif kind == "rolled_over":
        shift = SIZE - row.now + random.randint(1, max(1, int(used) - 1))
        for at in range(len(rows)):
            rows[at] = replace(rows[at], now=(rows[at].now + shift) % SIZE)
        if rows[month].now >= rows[month - 1].now:
            return set()
    elif kind == "identical":
        put(month, now=last.now)
    elif kind == "zero_run":
        for at in range(month, month - 3, -1):
            put(at, now=rows[month - 3].now)
        made.after |= {rows[at].reading for at in (month - 1, month - 2)}
    elif kind == "went_back":
        put(month, now=last.now - used)
    elif kind == "spike":
        put(month, now=row.now + used * random.randint(12, 40))
    elif kind == "prolonged":
        for at in range(month - 3, month + 1):
            put(at, quality="estimated")
    elif kind == "other_multiplier":
        for at in range(month, len(rows)):
            rows[at] = replace(
                rows[at],
                meter=f"N{number}",
                fitted_on=row.read_on,
                multiplier=Decimal(random.choice((10, 40))),
            )
    made.planted[row.reading] = kind
    made.after |= {one.reading for one in rows[month + 1 :]}
    return {number}


def _swaps(value: Decimal) -> list[Decimal]:
    """Each figure that two digits beside each other, read the wrong way round, would give."""
    text = str(int(value))
    found = []
    for at in range(len(text) - 1):
        other = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if other != text:
            found.append(Decimal(other) + value % 1)
    return found


def _swap_neighbours(
    made: CampusYear, meters: list[list[ReadingTold]], number: int, month: int, taken: set[int]
) -> set[int]:
    other = number + 1
    if other >= len(meters) or other in taken or other // ROUND != number // ROUND:
        return set()
    one, two = meters[number][month], meters[other][month]
    if abs(one.now - two.now) < 2_000 or two.now < meters[other][month - 1].now:
        return set()
    for meter, mine, theirs in ((number, one, two), (other, two, one)):
        meters[meter][month] = replace(mine, now=theirs.now, quality="actual")
        made.planted[mine.reading] = "neighbour"
        made.after |= {row.reading for row in meters[meter][month + 1 :]}
    return {number, other}
