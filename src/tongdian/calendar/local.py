"""Rest days that a place sets for itself every year, and what is said where a year's are not known.

    with noting() as lacks:
        end = calendar.add_working_days(date(2024, 4, 10), 1, region="450300")
    lacks.words     # 450300: the local rest days of 2024 (三月三) are not entered …

全国年节及纪念日放假办法, article 4, leaves the festivals of national minorities to the governments of
their areas. This list has names only; the days of a year are entered with their source by a pack or
an administrator, and none is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date

from tongdian.policy.words import Words


@dataclass(frozen=True, slots=True)
class LocalHoliday:
    """A holiday of a place: `place` is the beginning of its GB/T 2260 code, `months` the first and
    last month of the Gregorian year in which it can fall."""

    place: str
    name: Words
    first_year: int
    months: tuple[int, int] = (1, 12)


LOCAL_HOLIDAYS = (
    # the third day of the third lunar month, never before 20 March or after 30 April
    LocalHoliday("45", Words("三月三", "Sanyuesan"), 2014, (3, 4)),
    LocalHoliday("54", Words("藏历新年", "Losar"), 2004, (1, 4)),
    LocalHoliday("54", Words("雪顿节", "Sho Dun"), 2004, (7, 9)),
    LocalHoliday("64", Words("开斋节", "Eid al-Fitr"), 2004),
    LocalHoliday("64", Words("古尔邦节", "Eid al-Adha"), 2004),
    LocalHoliday("65", Words("肉孜节", "Eid al-Fitr"), 2004),
    LocalHoliday("65", Words("古尔邦节", "Eid al-Adha"), 2004),
)

NO_LACK: Mapping[int, tuple[LocalHoliday, ...]] = {}


@dataclass(slots=True)
class Lacks:
    """The years whose local rest days decided something and are not known, by place."""

    found: dict[str, dict[int, tuple[LocalHoliday, ...]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.found)

    def add(self, place: str, year: int, holidays: tuple[LocalHoliday, ...]) -> None:
        self.found.setdefault(place, {})[year] = holidays

    @property
    def words(self) -> Words:
        """One sentence for all of them."""
        said = []
        for place, years in sorted(self.found.items()):
            listed = [str(year) for year in sorted(years)]
            names = {one.name: None for holidays in years.values() for one in holidays}
            said.append(
                Words(
                    f"未录入地区 {place.ljust(6, '0')} 在{'、'.join(listed)}年的地方放假日"
                    f"（{'、'.join(name.zh for name in names)}），所数工作日可能偏多、期限可能偏早；"
                    "请管理员按当地通知录入",
                    f"the local rest days of {', '.join(listed)} in {place.ljust(6, '0')} "
                    f"({', '.join(name.en for name in names)}) are not entered: working days may be "
                    "counted too many and a last day may be too early; an administrator enters them "
                    "from the local notice",
                )
            )
        return Words("；".join(one.zh for one in said), "; ".join(one.en for one in said))


_noted: ContextVar[Lacks | None] = ContextVar("lacks", default=None)


@contextmanager
def noting() -> Iterator[Lacks]:
    """Collect what counting inside the block lacked, but in a block of its own inside it."""
    lacks = Lacks()
    mark = _noted.set(lacks)
    try:
        yield lacks
    finally:
        _noted.reset(mark)


def note(place: str, lacking: Mapping[int, tuple[LocalHoliday, ...]], start: date, end: date) -> None:
    """Tell whoever is noting what was lacking between two days, both included."""
    lacks = _noted.get()
    if lacks is None:
        return
    for year in range(start.year, end.year + 1):
        holidays = lacking.get(year, ())
        # a season that the days do not touch decides nothing
        touched = tuple(
            one
            for one in holidays
            if start < _after_month(year, one.months[1]) and end >= date(year, one.months[0], 1)
        )
        if touched:
            lacks.add(place, year, touched)


def _after_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)
