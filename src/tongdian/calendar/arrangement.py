"""Reading the arrangement of a year: the State Council's notice as it is published, or a table.

    arrangement = read_arrangement(text, year=2026)
    published.with_year(2026, rests=arrangement.rests, make_ups=arrangement.make_ups, source=…)

The notice says, holiday by holiday, `一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。`
The table has a line a day: `2026-01-01,rest,元旦` or `2026-01-04,work,元旦`. A year decides many last
days, so what the notice says twice (weekday, number of days) is compared, and a year that lacks a
statutory holiday is refused (全国年节及纪念日放假办法, article 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tongdian.calendar.refusals import (
    ArrangementContradictsItself,
    HolidayMissing,
    TooManyRestDays,
    UnreadableArrangement,
)
from tongdian.policy.words import Words

STATUTORY = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明": "Tomb-sweeping Day",
    "劳动": "Labour Day",
    "端午": "Dragon Boat Festival",
    "中秋": "Mid-autumn Festival",
    "国庆": "National Day",
}
MOST_REST_DAYS = 45
"""The arrangements of 2004 to 2026 have 22 to 33 days of rest, weekends among them counted."""
WEEKDAYS = "一二三四五六日"
DAY = r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:[（(](?P<note>[^（）()]*)[）)])?"
HOLIDAY = re.compile(r"(?:^|\s|。)[一二三四五六七八九十]{1,3}、(?P<name>[^：:。]{2,20})[：:]")
COUNT = re.compile(r"(?:共|放假)(\d+)天")
TABLE_LINE = re.compile(r"^\s*(\d{4}-\d{2}-\d{2})\s*[,，]\s*(rest|work|休|班)\s*[,，]\s*(\S.*?)\s*$")


@dataclass(frozen=True)
class Arrangement:
    """The days of rest and the weekends worked of one year, by the holiday they belong to."""

    rests: dict[date, Words]
    make_ups: dict[date, Words]

    def to_plain(self) -> tuple[dict[str, str], dict[str, str]]:
        """Rests and make-ups as JSON keeps them: the Chinese name by ISO day."""
        return _plain(self.rests), _plain(self.make_ups)

    @classmethod
    def of_plain(cls, rests: Mapping[str, str], make_ups: Mapping[str, str]) -> Arrangement:
        """What `to_plain` gave."""
        return cls(_days_of(rests), _days_of(make_ups))


def read_arrangement(text: str, *, year: int) -> Arrangement:
    """What a notice or a table says of `year`.

    Raises UnreadableArrangement, ArrangementContradictsItself, HolidayMissing, TooManyRestDays.
    """
    found = Arrangement({}, {})
    if "放假" in text:
        _read_notice(text, year, found)
    else:
        _read_table(text, found)
    for day in found.make_ups:
        if day.weekday() < 5 or day in found.rests:
            raise ArrangementContradictsItself(
                day=day, why=Words("调休上班的日子应为不放假的周末", "a day worked in exchange is a weekend")
            )
    names = "".join(name.zh for name in found.rests.values())
    missing = [name for name in STATUTORY if name not in names]
    missing += [f"{day.month}-{day.day}" for day in _fixed_days(year) if day not in found.rests]
    if missing:
        raise HolidayMissing(year=year, missing="、".join(missing))
    if len(found.rests) > MOST_REST_DAYS:
        raise TooManyRestDays(year=year, days=len(found.rests), most=MOST_REST_DAYS)
    return found


def _fixed_days(year: int) -> Iterator[date]:
    """The statutory days of rest that stand on a date of their own."""
    for month, day in ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3)):
        yield date(year, month, day)


def _read_notice(text: str, year: int, found: Arrangement) -> None:
    starts = list(HOLIDAY.finditer(text))
    if not starts:
        raise UnreadableArrangement(line=text.strip()[:40])
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        body = text[start.end() : following.start() if following else None]
        name = _named(start["name"].strip())
        for sentence in re.split(r"[。；\n]", body):
            if "放假" in sentence:
                days = _rest_days(sentence, year)
                found.rests.update(dict.fromkeys(days, name))
            elif "上班" in sentence:
                found.make_ups.update(dict.fromkeys(_days(sentence, year), name))


def _rest_days(sentence: str, year: int) -> list[date]:
    """`1月28日（周二）至2月4日（周二）放假调休，共8天`, or days one by one."""
    before = sentence.partition("放假")[0]
    days = _days(before, year)
    if "至" in before:
        if len(days) != 2 or days[1] < days[0]:
            raise UnreadableArrangement(line=sentence.strip())
        length = (days[1] - days[0]).days + 1
        days = [days[0] + timedelta(days=number) for number in range(length)]
    said = COUNT.search(sentence)
    if said and int(said[1]) != len(days):
        raise ArrangementContradictsItself(
            day=days[0],
            why=Words(f"写明{said[1]}天，实为{len(days)}天", f"it says {said[1]} days and names {len(days)}"),
        )
    return days


def _days(text: str, year: int) -> list[date]:
    days: list[date] = []
    month, in_year = 0, year
    for found in re.finditer(DAY, text):
        month = int(found["month"] or month)
        in_year = int(found["year"] or year)
        day = _date(in_year, month, int(found["day"]), text)
        said = re.search(r"(?:周|星期)([一二三四五六日])", found["note"] or "")
        if said and WEEKDAYS.index(said[1]) != day.weekday():
            is_so = WEEKDAYS[day.weekday()]
            raise ArrangementContradictsItself(
                day=day, why=Words(f"写明周{said[1]}，实为周{is_so}", f"it says 周{said[1]}, it is 周{is_so}")
            )
        days.append(day)
    if not days:
        raise UnreadableArrangement(line=text.strip())
    return days


def _read_table(text: str, found: Arrangement) -> None:
    lines = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        read = TABLE_LINE.match(line)
        if read is None:
            if number == 0 < len(lines) - 1 and not re.search(r"\d", line):
                continue  # headings
            raise UnreadableArrangement(line=line.strip()[:80])
        year, month, number_in_month = map(int, read[1].split("-"))
        day = _date(year, month, number_in_month, line)
        days = found.rests if read[2] in ("rest", "休") else found.make_ups
        days[day] = _named(read[3])


def _date(year: int, month: int, day: int, line: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableArrangement(line=line.strip()) from None


def _plain(days: Mapping[date, Words]) -> dict[str, str]:
    return {day.isoformat(): days[day].zh for day in sorted(days)}


def _days_of(plain: Mapping[str, str]) -> dict[date, Words]:
    return {date.fromisoformat(day): _named(name) for day, name in plain.items()}


def _named(name: str) -> Words:
    english = [said for known, said in STATUTORY.items() if known in name]
    return Words(name, ", ".join(english) or name)
