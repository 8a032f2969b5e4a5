"""Days as files have them, in SQL: as people write them, and instants by the day they are in law.

A time of day without an offset is the time of the place, and its day is the day. One with an offset
(or an instant of Parquet) is first taken to the place: 2026-03-01T17:30:00Z is 2 March in Shanghai.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from zoneinfo import ZoneInfo

from tongdian.bulk.engines import DAY, INSTANT, MOMENT, TEXT
from tongdian.calendar.legal import SHANGHAI, legal_day
from tongdian.policy.dialects import DIALECTS
from tongdian.policy.inputs import INSTANT as WRITTEN_INSTANT
from tongdian.policy.types import FIRST_INSTANT, LAST_INSTANT, Instant

ISO = r"\d{4}-\d{2}-\d{2}"
_TIME = r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d{1,9})?)?"
_OFFSET = r"(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)"
WRITTEN = rf"(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?(?:[ T]{_TIME} ?{_OFFSET}?)?"
"""Year, month, day; hour, minute; offset. The last three may be missing."""


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
        self.d, self.is_spark, self.zone = DIALECTS[dialect], dialect == "spark", zone
        self.naive = self.d.type(Instant())

    # --- columns, by what kind they are in the file; `moment` is a column with the moments of its texts ---
    def day(self, raw: str, rough: str, moment: str) -> tuple[str, str]:
        """A column of days: its value, and when a cell is none."""
        if rough == DAY:
            return raw, "FALSE"
        if rough == MOMENT:  # a time of day without an offset is the place's own
            return f"CAST({raw} AS DATE)", "FALSE"
        if rough == INSTANT:
            return self.of_instant(self.utc(raw)), "FALSE"
        if rough != TEXT:  # a number or a truth value
            return "CAST(NULL AS DATE)", "TRUE"
        value, fits, _ = self.of_text(raw, moment)
        return value, f"NOT COALESCE({fits} AND {value} IS NOT NULL, FALSE)"

    def is_timed(self, raw: str, rough: str, moment: str) -> str:
        """1 where a cell of a column of days has a time of day, else 0."""
        if rough == INSTANT:
            return f"CASE WHEN {raw} IS NULL THEN 0 ELSE 1 END"
        if rough == MOMENT:
            midnight = f"CAST(CAST({raw} AS DATE) AS {self.naive})"
            return f"CASE WHEN CAST({raw} AS {self.naive}) <> {midnight} THEN 1 ELSE 0 END"
        return f"CASE WHEN LENGTH({raw}) > 11 THEN {self.of_text(raw, moment)[2]} ELSE 0 END"

    def instant(self, raw: str, rough: str, moment: str) -> tuple[str, str]:
        """A column of instants: its value in UTC, and when a cell is none. What states no zone (a day, a
        time of Parquet without one) is none: it is not guessed."""
        if rough == INSTANT:
            value = self.utc(raw)
            fits = f"CAST(date_trunc('second', {value}) AS {self.naive}) = {value}"
        elif rough == TEXT:
            value, fits = moment, "TRUE"  # what does not match the pattern has no moment
        else:
            return f"CAST(NULL AS {self.naive})", "TRUE"
        span = f"{self.d.literal(FIRST_INSTANT)} AND {self.d.literal(LAST_INSTANT)}"
        return value, f"NOT COALESCE({fits} AND {value} BETWEEN {span}, FALSE)"

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
        return self.d.legal_day(utc, self.zone)

    def instant_of_text(self, raw: str) -> str:
        """The moment in UTC that a text says which is an instant by the kernel's own pattern."""
        hour, minute, second, sign, off_hours, off_minutes = (
            f"COALESCE(TRY_CAST({self._part(raw, n, WRITTEN_INSTANT)} AS INT), 0)"
            if n != 5
            else self._part(raw, n, WRITTEN_INSTANT)
            for n in range(2, 8)
        )
        start = f"TRY_CAST(TRY_CAST({self._part(raw, 1, WRITTEN_INSTANT)} AS DATE) AS {self.naive})"
        shift = f"CASE WHEN {sign} = '-' THEN 1 ELSE -1 END * ({off_hours} * 3600 + {off_minutes} * 60)"
        return self.d.later(start, f"{hour} * 3600 + {minute} * 60 + {second} + {shift}")

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

    def _part(self, text: str, number: int, pattern: str = WRITTEN) -> str:
        if self.is_spark:
            escaped = pattern.replace("\\", "\\\\")
            return f"REGEXP_EXTRACT({text}, '^{escaped}\\\\z', {number})"
        return f"REGEXP_EXTRACT({text}, '^{pattern}$', {number})"

    def _later(self, moment: str, minutes: str) -> str:
        return self.d.later(moment, f"({minutes}) * 60")
