"""A NEM12 file: of each channel and day the quantities of its intervals, with the quality of each.

100  header · 200  a channel of a meter · 300  a day of it · 400  qualities of its intervals, where they vary
500  what a service provider notes of a reading, passed over · 900  end
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from tongdian.metering.importing.nem import (
    NO_METER_TOLD,
    NOT_A_RECORD,
    NemLineRefused,
    NemRecord,
    RefusedLine,
    because,
    day,
    quality,
    records,
    refused,
    unit,
)
from tongdian.metering.importing.nem import figure as figure_of
from tongdian.metering.queries.intervals import IntervalsOfDay, QualityRun, intervals_in, runs_of
from tongdian.metering.rules import INTERVAL_MINUTES
from tongdian.policy.words import Words

FORM = "NEM12"
CHANNEL, DAY, VARIES, NOTE = "200", "300", "400", "500"
_FIGURES = re.compile(r"(?:[0-9]{1,8}(?:\.[0-9]{1,4})?,)*")
_WHOLE = re.compile(r"[0-9]{1,4}")

NO_CHANNEL = Words("前面没有 200 记录", "no record 200 stands before it")
CHANNEL_REFUSED = Words("第 {line} 行的 200 记录未被接受", "the record 200 in line {line} is refused")
NO_SUFFIX = Words("没有通道（NMISuffix）", "no channel (NMISuffix) is told")
OTHER_LENGTH = Words(
    "区间长度“{value}”不是 5、15、30 分钟", 'intervals of "{value}" minutes are none of 5, 15, 30'
)
COUNT = Words(
    "{day} 应有 {expected} 个 {minutes} 分钟的用量，其后为质量标志；第 {place} 格却是“{value}”",
    '{day} has {expected} quantities of {minutes} minutes, and then a quality; field {place} has "{value}"',
)
THE_INTERVAL = Words("第 {place} 个区间的用量", "the quantity of interval {place}")
NOT_VARIABLE = Words(
    "第 {line} 行是 400 记录，但当日质量标志为 {quality} 而非 V",
    "line {line} is a record 400, but the quality of the day is {quality} and not V",
)
NO_DAY = Words("前面没有 300 记录", "no record 300 stands before it")
RUN = Words(
    "第 {line} 行（400）的区间 {first}–{last} 不接在 {before} 之后，或超出 {count}",
    "the intervals {first} to {last} of line {line} (400) do not follow {before}, or pass {count}",
)
RUN_REFUSED = Words("第 {line} 行（400）：{problem}", "line {line} (400): {problem}")
NOT_ALL = Words(
    "质量标志为 V，400 记录却只说明到第 {last} 个区间，共 {count} 个",
    "its quality is V, and records 400 tell of {last} intervals of {count}",
)


@dataclass(frozen=True, slots=True)
class NemChannel:
    """A channel as a record 200 has it."""

    point: str
    serial: str
    channel: str
    unit: str
    factor: Decimal
    minutes: int


@dataclass(frozen=True, slots=True)
class NemDay:
    """A day of a channel, with the line of its record 300; quantities in the unit that is kept."""

    line: int
    of: NemChannel
    on: dt.date
    told: IntervalsOfDay


@dataclass(slots=True)
class _Pending:
    """A day whose records 400 may still come."""

    line: int
    of: NemChannel
    on: dt.date
    figures: list[str]
    quality: str
    runs: list[QualityRun]
    is_sound: bool
    """Every quantity is one, so that none need be looked at again."""
    problem: Words | None = None


@dataclass(slots=True)
class _DayReader:
    zone: ZoneInfo
    channel: NemChannel | None = None
    channel_line: int = 0
    pending: _Pending | None = None
    day_refused: bool = False
    lengths: dict[tuple[dt.date, int], int] = field(default_factory=dict)

    def take(self, record: NemRecord) -> Iterator[NemDay | RefusedLine]:
        if record.sort == VARIES:
            if self.pending is not None:
                self._vary(self.pending, record)
            elif not self.day_refused:  # of a day that is refused it is no further news
                yield RefusedLine(record.line, NO_DAY)
            return
        if record.sort == NOTE:
            return
        yield from self.close()
        self.day_refused = False
        try:
            if record.sort == CHANNEL:
                self.channel, self.channel_line = None, record.line
                self.channel = _channel(record)
            elif record.sort == DAY:
                self.day_refused = True
                self.pending = self._day(record)
                self.day_refused = False
            else:
                raise refused(NOT_A_RECORD, value=record.sort, form=FORM)
        except NemLineRefused as why:
            yield RefusedLine(record.line, why.words)

    def close(self) -> Iterator[NemDay | RefusedLine]:
        """The day that was pending, now that no record 400 follows."""
        one, self.pending = self.pending, None
        if one is None:
            return
        try:
            if one.problem is not None:
                raise NemLineRefused(problem=one.problem)
            yield NemDay(one.line, one.of, one.on, _told(one))
        except NemLineRefused as why:
            yield RefusedLine(one.line, why.words)

    def _day(self, record: NemRecord) -> _Pending:
        one = self.channel
        if one is None:
            raise (
                refused(CHANNEL_REFUSED, line=self.channel_line) if self.channel_line else refused(NO_CHANNEL)
            )
        on = day(record.get(1))
        count = self.lengths.get((on, one.minutes)) or intervals_in(on, one.minutes, self.zone)
        self.lengths[on, one.minutes] = count
        try:
            letter, method = quality(record.get(2 + count))
            figures = list(record.fields[2 : 2 + count])
            is_sound = bool(_FIGURES.fullmatch(",".join([*figures, ""])))
            if not is_sound and any(said[:1].isalpha() for said in figures):
                raise NemLineRefused(problem=COUNT)
        except NemLineRefused:
            place = next(
                (n for n, said in enumerate(record.fields[2:], start=2) if said[:1].isalpha()), 2 + count
            )
            raise refused(
                COUNT, day=on, expected=count, minutes=one.minutes, place=place + 1, value=record.get(place)
            ) from None
        record.must_have(3 + count, 8 + count)
        reason = because(record.get(3 + count), record.get(4 + count))
        runs = [] if letter == "V" else [QualityRun(1, count, letter, method, reason)]
        return _Pending(record.line, one, on, figures, letter, runs, is_sound)

    def _vary(self, one: _Pending, record: NemRecord) -> None:
        """A record 400: the first that is wrong is told of its day."""
        if one.problem is not None:
            return
        if one.quality != "V":
            one.problem = NOT_VARIABLE.fill(line=record.line, quality=one.quality)
            return
        before, count = one.runs[-1].last if one.runs else 0, len(one.figures)
        first, last = record.get(1), record.get(2)
        is_whole = bool(_WHOLE.fullmatch(first) and _WHOLE.fullmatch(last))
        if not is_whole or int(first) != before + 1 or not int(first) <= int(last) <= count:
            one.problem = RUN.fill(line=record.line, first=first, last=last, before=before, count=count)
            return
        try:
            record.must_have(4, 6)
            letter, method = quality(record.get(3))
            if letter == "V":
                quality("")
        except NemLineRefused as why:
            one.problem = RUN_REFUSED.fill(line=record.line, problem=why.words)
            return
        reason = because(record.get(4), record.get(5))
        one.runs.append(QualityRun(int(first), int(last), letter, method, reason))


def read_nem12(text: str, zone: ZoneInfo) -> Iterator[NemDay | RefusedLine]:
    """The days of a file and the lines that are refused, as they stand there. A day begins by the clocks of `zone` and has
    as many intervals as these show. Raises NotNem, FileCutShort, the latter at the end."""
    reader = _DayReader(zone)
    for record in records(text, FORM):
        if isinstance(record, RefusedLine):
            yield from reader.close()
            yield record
        else:
            yield from reader.take(record)
    yield from reader.close()


def _channel(record: NemRecord) -> NemChannel:
    record.must_have(9, 10)
    if not record.get(1) and not record.get(6):
        raise refused(NO_METER_TOLD)
    if not record.get(4):
        raise refused(NO_SUFFIX)
    kept, factor = unit(record.get(7))
    said = record.get(8).lstrip("0")
    if said not in {str(one) for one in INTERVAL_MINUTES}:
        raise refused(OTHER_LENGTH, value=record.get(8))
    return NemChannel(record.get(1), record.get(6), record.get(4)[:10], kept, factor, int(said))


def _told(one: _Pending) -> IntervalsOfDay:
    """The quantities of a day; what has the quality N is missing, whatever figure stands there."""
    count, factor = len(one.figures), one.of.factor
    if not one.runs or one.runs[-1].last != count:
        raise refused(NOT_ALL, last=one.runs[-1].last if one.runs else 0, count=count)
    values: list[Decimal | None] = []
    for run in one.runs:
        figures = one.figures[run.first - 1 : run.last]
        if run.quality == "N":
            values += [None] * len(figures)
            continue
        if not one.is_sound:
            for place, said in enumerate(figures, start=run.first):
                figure_of(said, THE_INTERVAL.fill(place=place))
        values += map(Decimal, figures) if factor == 1 else [Decimal(said) * factor for said in figures]
    told = IntervalsOfDay(one.of.minutes, one.of.unit, tuple(values), tuple(one.runs))
    return (
        told if len(one.runs) == 1 else replace(told, runs=runs_of(told.each()))
    )  # two records may say the same
