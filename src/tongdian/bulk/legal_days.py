"""Days as files have them, in SQL: as people write them, and instants by the day they are in law.

A time of day without an offset is the time of the place, and its day is the day. One with an offset
(or an instant of Parquet) is first taken to the place: 2026-03-01T17:30:00Z is 2 March in Shanghai.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from zoneinfo import ZoneInfo

from tongdian.calendar.legal import SHANGHAI, legal_day

ISO = r"\d{4}-\d{2}-\d{2}"
_TIME = r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d{1,9})?)?"
_OFFSET = r"(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)"
WRITTEN = rf"(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?(?:[ T]{_TIME} ?{_OFFSET}?)?"
"""Year, month, day; hour, minute; offset. The last three may be missing."""
YEARS = range(1970, 2101)
STRIDE = dt.timedelta(days=6)  # no zone ever changed there and back in fewer: Recife, 8 to 15 October 2000


def day_of(text: str, zone: ZoneInfo = SHANGHAI) -> dt.date | None:
    """The legal day that a cell of text says; None where it says none."""
    found = re.fullmatch(WRITTEN, unicodedata.normalize("NFKC", text).strip(), re.ASCII)
    if found is None:
        return None
    year, month, day, hour, minute, offset = found.groups()
    try:
        if not offset:
            return dt.date(int(year), int(month), int(day))
        at = dt.datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=dt.UTC)
        return legal_day(at - dt.timedelta(minutes=_minutes(offset)), zone)
    except (ValueError, OverflowError):
        return None


def _minutes(offset: str) -> int:
    if offset == "Z":
        return 0
    sign = -1 if offset[0] == "-" else 1
    return sign * (int(offset[1:3]) * 60 + int(offset[-2:]))


class LegalDays:
    """The SQL of one engine, for one place."""

    def __init__(self, dialect: str, zone: ZoneInfo = SHANGHAI) -> None:
        self.is_spark, self.zone = dialect == "spark", zone
        self.naive = "TIMESTAMP_NTZ" if self.is_spark else "TIMESTAMP"

    def moment_of_text(self, raw: str) -> str:
        """The moment in UTC that a text with an offset says; NULL for any other text."""
        _, (hour, minute, offset), written = self._parts(raw)
        start = f"TRY_CAST(TRY_CAST({written} AS DATE) AS {self.naive})"
        shift = (
            f"CASE WHEN {offset} = 'Z' THEN 0 WHEN SUBSTR({offset}, 1, 1) = '-' THEN 1 ELSE -1 END * "
            f"COALESCE(TRY_CAST(SUBSTR({offset}, 2, 2) AS INT) * 60 + TRY_CAST(RIGHT({offset}, 2) AS INT), 0)"
        )
        minutes = f"TRY_CAST({hour} AS INT) * 60 + TRY_CAST({minute} AS INT) + {shift}"
        is_iso = self.matches(raw, ISO)
        return f"CASE WHEN NOT {is_iso} AND {offset} <> '' THEN {self._later(start, minutes)} END"

    def of_text(self, raw: str, moment: str) -> tuple[str, str, str]:
        """A day from a text; whether it is one; whether it was written with a time of day. `moment` is a
        column with its `moment_of_text`: each change of the offset asks for it."""
        plain, (hour, _, offset), written = self._parts(raw)
        odd = f"CASE WHEN {offset} = '' THEN TRY_CAST({written} AS DATE) ELSE {self.of_instant(moment)} END"
        is_iso = self.matches(raw, ISO)
        value = f"CASE WHEN {is_iso} THEN TRY_CAST({raw} AS DATE) ELSE {odd} END"
        fits = f"CASE WHEN {is_iso} THEN TRUE ELSE {self.matches(plain, WRITTEN)} END"
        timed = f"CASE WHEN {is_iso} THEN 0 WHEN {hour} <> '' THEN 1 ELSE 0 END"
        return value, fits, timed

    def _parts(self, raw: str) -> tuple[str, tuple[str, str, str], str]:
        """A text in plain digits; its hour, minute and offset; its date in the order of ISO."""
        plain = f"TRANSLATE({raw}, '０１２３４５６７８９－／．：　', '0123456789-/.: ')"
        year, month, day, hour, minute, offset = (self._part(plain, n) for n in range(1, 7))
        written = f"CONCAT({year}, '-', LPAD({month}, 2, '0'), '-', LPAD({day}, 2, '0'))"
        return plain, (hour, minute, offset), written

    def of_instant(self, utc: str) -> str:
        """The day of a moment in UTC, which has no zone of its own."""
        arms, last = [], 0
        for until, offset in _offsets(self.zone):
            if until is None:
                last = offset
            else:
                arms.append(f"WHEN {utc} < CAST('{until:%Y-%m-%d %H:%M:%S}' AS {self.naive}) THEN {offset}")
        minutes = f"CASE {' '.join(arms)} ELSE {last} END" if arms else str(last)
        return f"CAST({self._later(utc, minutes)} AS DATE)"

    def utc(self, instant: str) -> str:
        """An instant of an engine as a moment in UTC without zone."""
        return (
            f"CAST({instant} AS TIMESTAMP_NTZ)" if self.is_spark else f"make_timestamp(epoch_us({instant}))"
        )

    def matches(self, text: str, pattern: str) -> str:
        """Whether all of a text matches."""
        if self.is_spark:
            escaped = pattern.replace("\\", "\\\\")
            return f"{text} RLIKE '^{escaped}\\\\z'"  # $ would let a line end pass
        return f"regexp_full_match({text}, '{pattern}')"

    def _part(self, text: str, number: int) -> str:
        if self.is_spark:
            escaped = WRITTEN.replace("\\", "\\\\")
            return f"REGEXP_EXTRACT({text}, '^{escaped}\\\\z', {number})"
        return f"REGEXP_EXTRACT({text}, '^{WRITTEN}$', {number})"

    def _later(self, moment: str, minutes: str) -> str:
        if self.is_spark:
            return f"TIMESTAMPADD(MINUTE, {minutes}, {moment})"
        return f"({moment} + TO_MINUTES({minutes}))"


@lru_cache(maxsize=8)
def _offsets(zone: ZoneInfo) -> tuple[tuple[dt.datetime | None, int], ...]:
    """Minutes from UTC, each until a moment of UTC; the last for ever."""
    found: list[tuple[dt.datetime | None, int]] = []
    at = dt.datetime(YEARS.start, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(YEARS.stop, 1, 1, tzinfo=dt.UTC)
    here = _offset(zone, at)
    while at < end:
        if _offset(zone, at + STRIDE) == here:
            at += STRIDE
            continue
        later = at + dt.timedelta(days=1)
        if (there := _offset(zone, later)) != here:
            low, high = at, later
            while high - low > dt.timedelta(minutes=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if _offset(zone, middle) == here else (low, middle)
            change = high.replace(second=0, microsecond=0)
            found.append((change.replace(tzinfo=None), here))
        at, here = later, there
    return (*found, (None, _offset(zone, end)))


def _offset(zone: ZoneInfo, at: dt.datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
