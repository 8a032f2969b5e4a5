"""The rows of a form: those that a pack writes, or the tasks or the standards of its ledger."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongdian.policy.clauses import Clause
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.kinds.filing import ReturnRow
    from tongdian.policy.packs import Pack

ONGOING = "ongoing"  # 持续推进: no day, and no score
NO_STANDARD = Words("/", "/")  # as the document prints it


@dataclass(frozen=True, slots=True)
class FormLine:
    """A row of a form as it is shown: its key, its title, the clause that it is of; `whole` is the indicator of
    which a standard is a part."""

    key: str
    title: Words
    cite: str
    row: ReturnRow | None = None
    clause: Clause | None = None
    whole: Clause | None = None

    @property
    def printed(self) -> Words:
        """As the document's own form heads the row: 受益户数(户); a task or standard by its clause."""
        if self.row is None:
            return Words(f"{self.key} {self.title.zh}", f"{self.key} {self.title.en}")
        if self.row.printed is not None:
            return self.row.printed
        unit = self.row.unit
        if unit is None:
            return self.title
        return Words(f"{self.title.zh}({unit.zh})", f"{self.title.en} ({unit.en})")

    @property
    def number(self) -> str:
        """A standard as its annex numbers it, with the asterisk of its indicator: *21(1)."""
        is_starred = any(one is not None and one.starred for one in (self.clause, self.whole))
        return f"{'*' if is_starred else ''}{self.key.rsplit('/', 1)[-1]}"

    @property
    def named(self) -> Words:
        """How a row is called in a list, where it does not stand below its indicator: 20(2) 标准2：及时更新."""
        if self.clause is None:
            return self.title
        return Words(f"{self.number} {self.title.zh}", f"{self.number} {self.title.en}")

    @property
    def is_ongoing(self) -> bool:
        """Whether it goes on and is not scored."""
        return self.clause is not None and self.clause.done_by == ONGOING

    @property
    def day(self) -> dt.date | None:
        """By when it is to be done: the part's own day, else that of its indicator; None where it goes on."""
        return _day_of_part(self.clause, self.whole) if self.clause is not None else None

    def told(self, what: str) -> Words:
        """What the form itself says of a standard: its `deadline`, its `indicator`, or the `standard`."""
        assert self.clause is not None
        if what == "deadline":
            return _said_day(self.day)
        if what == "indicator":
            return (self.whole or self.clause).says
        return NO_STANDARD if self.is_ongoing else self.clause.says


def _said_day(day: dt.date | None) -> Words:
    if day is None:
        return Words("持续推进", "continuing")
    if (day.month, day.day) == (12, 31):
        return Words(f"{day.year}年底前", f"by the end of {day.year}")
    return Words(f"{day.year}年{day.month}月{day.day}日前", f"by {day}")


def day_of(clause: Clause) -> dt.date | None:
    """By when it is to be done; none where it goes on."""
    return None if clause.done_by in (None, ONGOING) else dt.date.fromisoformat(str(clause.done_by))


def _day_of_part(clause: Clause, whole: Clause | None) -> dt.date | None:
    own = day_of(clause)
    return own if own is not None or whole is None else day_of(whole)


def day_of_standard(pack: Pack, key: str) -> dt.date | None:
    """By when a standard is to be reached: the part's own day, else that of its indicator."""
    clause = pack.clauses[key]
    return _day_of_part(clause, whole_of(pack, clause))


def whole_of(pack: Pack, clause: Clause) -> Clause | None:
    """The indicator of which a standard is a part; None of what is no part."""
    key = re.sub(r"\(\d+\)\Z", "", clause.id)
    return pack.clauses.get(key) if key != clause.id else None


def clauses_of(pack: Pack, sort: str) -> Iterator[Clause]:
    """The tasks of the pack's ledger, or the standards of its indicators, in their order."""
    for one in pack.clauses.values():
        is_standard = one.shown_by is not None
        is_task = one.group is not None and not is_standard
        if is_standard if sort == "standard" else is_task:
            yield one
