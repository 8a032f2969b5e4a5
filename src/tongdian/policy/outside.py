"""What was used while a place was closed: what a register ran between two moments, against the stretches of a timetable.

A quantity is never spread over its time: it was used outside hours only where both moments lie within closed stretches
that leave no gap. Where hours change between the two, where a circuit stays on though the place is closed, or where
nobody was told of part of the time, it stays undecided.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tongdian.policy.timetables import PlacedStretch


class UseVerdict(StrEnum):
    """How a quantity stands by the hours: all of it in open ones, all of it in closed ones, or nobody can say."""

    ALLOWED = "allowed"
    OUTSIDE = "outside"
    UNDECIDED = "undecided"


class MeteredSpan(NamedTuple):
    """What a register ran, in kWh or m³, between two moments on the clock of the place."""

    first: dt.datetime
    until: dt.datetime
    quantity: Decimal


class JudgedSpan(NamedTuple):
    """A span, how it stands, and the closed stretches that it touches, in order."""

    span: MeteredSpan
    verdict: UseVerdict
    closed: tuple[PlacedStretch, ...]


def judged(
    spans: Iterable[MeteredSpan],
    stretches: Sequence[PlacedStretch],
    *,
    closed: Collection[str],
    partly: Collection[str] = (),
) -> Iterator[JudgedSpan]:
    """How each span stands by the `stretches` of its place, which are in order and overlap nowhere; `closed` are the
    states in which the place is not open, and of them `partly` those in which a circuit stays on."""
    starts = [one.first for one in stretches]
    for span in spans:
        shut: list[PlacedStretch] = []
        open_for = shut_for = dt.timedelta()
        at = max(bisect_right(starts, span.first) - 1, 0)
        while at < len(stretches) and stretches[at].first < span.until:
            one = stretches[at]
            lasts = max(min(one.until, span.until) - max(one.first, span.first), dt.timedelta())
            if one.state not in closed:
                open_for += lasts
            elif lasts and one.state not in partly:
                shut_for += lasts
                shut.append(one)
            at += 1
        yield JudgedSpan(span, _verdict(span.until - span.first, open_for, shut_for), tuple(shut))


def _verdict(whole: dt.timedelta, open_for: dt.timedelta, shut_for: dt.timedelta) -> UseVerdict:
    if shut_for == whole:
        return UseVerdict.OUTSIDE
    return UseVerdict.ALLOWED if open_for == whole else UseVerdict.UNDECIDED
