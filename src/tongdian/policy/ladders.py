"""How often an act was done within a window: a function of days, not of the order of entry.

The same act found several times on one day is one time; different acts of one day are each one, and it is the same time
for all of them. An act reaches half-open from its own day, so that what is counted on a day are the acts and days whose
reach holds it: the same for one subject, for any order of its acts, and for a join in bulk.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tongdian.calendar import months_after
from tongdian.policy.choices import ChoosingVersion, LeftOpen, ways_of_taking
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Bilingual, Id, Model, Name, Texts, Whole

ACT, ON, WITHDRAWN = "act", "on", "withdrawn"  # columns of every act; the rows are called ACT too


@dataclass(frozen=True, slots=True)
class LadderWindow:
    """How long an act counts: `months` from its day, to the end of the year that begins on a `year_from` (month, day),
    or without end."""

    months: int | None = None
    year_from: tuple[int, int] | None = None

    def end(self, day: dt.date) -> dt.date | None:
        """The first day on which an act of `day` counts no more; None where it always does."""
        if self.months is not None:
            return months_after(day, self.months)
        if self.year_from is not None:
            begins = day.replace(month=self.year_from[0], day=self.year_from[1])
            return begins if day < begins else begins.replace(year=day.year + 1)
        return None


def times(ends: Mapping[tuple[str, dt.date], dt.date | None]) -> dict[dt.date, int]:
    """Of each day which time it is, from the first day on which each act of a day counts no more: how many acts, each
    once a day, up to it still reach it, its own included."""
    reach = [(one, end) for (_, one), end in ends.items()]
    return {day: sum(one <= day and (end is None or day < end) for one, end in reach) for _, day in ends}


# --- as a pack writes it ----------------------------------------------------------------------------


class LadderAct(Model):
    """One act that the clauses of `cite` name. Its words are the title of the first of them unless it has its own.
    `breaks` are the clauses that forbid what it does; `when` says of which subjects it is spoken. `counts_as` is the act
    with which it is one and the same when times are counted. One that is not `picked` is recorded by nobody any more, or
    is followed up by other means; what was recorded of it stays an act."""

    cite: Texts = Field(min_length=1)
    title: Bilingual | None = None
    breaks: Texts = ()
    when: str | None = None
    counts_as: Id | None = None
    picked: bool = True


class LadderStep(Model):
    """What follows from the `time`th time on, until a later step speaks."""

    time: Whole
    follows: tuple[Id, ...] = Field(min_length=1)
    cite: Texts = ()


class LadderOccasion(LadderStep):
    """What follows, besides the step, an act that bears a mark, from the `time`th time on."""

    time: Whole = 1


class WrittenWindow(Model):
    """`months` from the day of the act, or the year that begins on a `year_from`, like `09-01`; neither: no end."""

    months: Whole | None = None
    year_from: str | None = Field(default=None, pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")

    @model_validator(mode="after")
    def _is_one_thing(self) -> WrittenWindow:
        if self.months is not None and self.year_from is not None:
            raise Miswritten(
                "期间按月或按年计，不能都写", "a window is counted by months or by years, not both"
            )
        if self.months is not None and not 1 <= self.months <= 1200:
            raise Miswritten("期间为 1 至 1200 个月", "a window lasts 1 to 1200 months")
        return self

    @property
    def window(self) -> LadderWindow:
        """The same, as days are counted by it."""
        if self.year_from is None:
            return LadderWindow(months=self.months)
        month, day = map(int, self.year_from.split("-"))
        return LadderWindow(year_from=(month, day))


class LadderVersion(ChoosingVersion):
    """Its own acts, and those of other ladders, whoever did them, by the clauses that say so: all (`acts_of`), or some of them by name
    (`some_acts_of`). `counts` says whether an act is counted by itself or together with the others. Without steps the
    document names no consequence, and `nothing` says so."""

    acts: dict[Id, LadderAct] = {}
    acts_of: dict[Id, Texts] = {}
    some_acts_of: dict[Id, dict[Id, Texts]] = {}
    counts: Literal["each_act", "any_act"] = "each_act"
    window: Annotated[WrittenWindow, LeftOpen()] = WrittenWindow()
    steps: tuple[Annotated[LadderStep, LeftOpen()], ...] = ()
    marked: dict[Name, LadderOccasion] = {}
    nothing: Bilingual | None = None

    @model_validator(mode="after")
    def _rises(self) -> LadderVersion:
        at = [step.time for step in self.steps]
        if at and (at[0] != 1 or any(a >= b for a, b in pairwise(at))):
            raise Miswritten("steps 从 time: 1 开始，逐级升高", "steps begin with time: 1 and rise")
        if bool(self.steps or self.marked) == (self.nothing is not None):
            raise Miswritten(
                "阶梯要有 steps，或在 nothing: 中说明没有规定",
                "a ladder has steps, or says in nothing: that none is laid down",
            )
        if not (self.acts or self.others):
            raise Miswritten("阶梯要写明 acts", "a ladder names acts")
        return self

    @property
    def others(self) -> tuple[str, ...]:
        """The ladders whose acts, or some of them, count here too."""
        return tuple(dict.fromkeys([*self.acts_of, *self.some_acts_of]))

    @property
    def speaking(self) -> list[LadderStep]:
        """Its steps, and what follows a mark."""
        return [*self.steps, *self.marked.values()]

    @property
    def cites(self) -> tuple[str, ...]:
        """Also those of acts and steps."""
        listed = [
            *(cite for one in self.speaking for cite in one.cite),
            *(c for act in self.acts.values() for c in act.cite),
        ]
        return tuple(dict.fromkeys([*self.cite, *listed]))

    def follows(self, time: int, marks: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What follows a time, with the clauses that say so, each thing once."""
        step = next((one for one in reversed(self.steps) if one.time <= time), None)
        spoke: list[LadderStep] = [step] if step is not None else []
        spoke += [on for mark, on in self.marked.items() if mark in marks and on.time <= time]
        seen = set[str]()
        for one in spoke:
            for consequence in one.follows:
                if consequence not in seen:
                    seen.add(consequence)
                    yield consequence, tuple(one.cite) or tuple(self.cite)


@dataclass(frozen=True, slots=True)
class SubjectAct:
    """One act of a subject, as read: which, on what day, the marks it bears, whether it was taken back."""

    act: str
    on: dt.date
    marks: frozenset[str] = frozenset()
    is_withdrawn: bool = False


def wordings(version: LadderVersion) -> list[LadderVersion]:
    """A version under every way of taking what it leaves open."""
    return [version.under(taken) for taken in ways_of_taking(version)]


def as_rows(acts: Sequence[SubjectAct]) -> list[dict[str, Any]]:
    """The acts as they were given, in the order of days."""
    ordered = sorted(acts, key=lambda one: (one.on, one.act, sorted(one.marks), one.is_withdrawn))
    return [
        {
            ACT: one.act,
            ON: one.on,
            **dict.fromkeys(sorted(one.marks), True),
            **({WITHDRAWN: True} if one.is_withdrawn else {}),
        }
        for one in ordered
    ]
