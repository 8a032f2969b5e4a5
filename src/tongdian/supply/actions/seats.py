"""Counting seats at evening study: a recorded check, by whoever opens another room (29)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tongdian.calendar import legal_day
from tongdian.network.models import Place
from tongdian.registers.action import action, put
from tongdian.supply import queries
from tongdian.supply.entries import SEAT_COUNT
from tongdian.supply.models import SeatCount
from tongdian.supply.refusing import CountedToCome, DayToldAlready, MoreThanSeats, NoSeatRule
from tongdian.supply.rules import PERMIT


@action("count-seats", may=PERMIT, within="place.organisation", fields=SEAT_COUNT)
def count_seats(
    *,
    viewer: Any,
    place: Place,
    counted_at: dt.datetime,
    seats: Decimal,
    seated: Decimal,
    at: dt.datetime,
    is_demo: bool = False,
) -> SeatCount:
    """Enter how many sit in the open rooms of a building, with what the rule makes of it: whether another may open.

    Raises CountedToCome, MoreThanSeats, NoSeatRule.
    """
    if counted_at > at:
        raise CountedToCome
    answer = _answer(place, legal_day(counted_at), seats, seated)
    return SeatCount.objects.create(
        organisation=place.organisation, place=place, counted_at=counted_at, seats=seats, seated=seated, answer=answer,
        is_demo=is_demo,
    )  # fmt: skip


@action(
    "correct-seat-count",
    may=PERMIT,
    within="counted.place.organisation",
    fields=SEAT_COUNT.changing,
    of="counted",
)
def correct_seat_count(
    *, viewer: Any, counted: SeatCount, seats: Decimal, seated: Decimal, at: dt.datetime
) -> SeatCount:
    """Mend a slip on the day of the count. Raises DayToldAlready, MoreThanSeats, NoSeatRule."""
    day = legal_day(counted.counted_at)
    if day != legal_day(at):
        raise DayToldAlready(day=day, today=legal_day(at)).about("seats")
    return put(counted, seats=seats, seated=seated, answer=_answer(counted.place, day, seats, seated))


def _answer(place: Place, day: dt.date, seats: Decimal, seated: Decimal) -> str:
    if seated > seats:
        raise MoreThanSeats(seated=seated, seats=seats)
    for pack in queries.packs_with_timetables(place.organisation, day):
        permitting = pack.head.uses.permitting
        if permitting is not None and permitting.seats is not None:
            answer = pack.answer(permitting.seats, on=day, given={"seats": int(seats), "seated": int(seated)})
            return str(answer.value)
    raise NoSeatRule(place=place.name)
