"""timetable: in which of a few states a kind of place is, minute by minute: supplied, not supplied, half lit.

Lines are read from the top. Of those that speak at a moment the first decides, the others are told beside it; a
permit lifts only the lines that yield to it. Where no line speaks, `otherwise` holds. Nothing else is needed to
answer one moment, a month on paper, and a year of a whole campus: a day is cut into stretches once for every kind
of place (`stretches`), whoever asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from tongdian.calendar import NATIONAL, DayReason
from tongdian.policy.answer import Answer
from tongdian.policy.calendars import zone_of
from tongdian.policy.choices import ChoosingVersion
from tongdian.policy.code import Condition
from tongdian.policy.hours import HOW, MINUTES, SUN, DayStretch, SunPlace, TimePoint, clock_of, minute_of
from tongdian.policy.inputs import Input, read_inputs
from tongdian.policy.kinds import Rule, answer_of, kind
from tongdian.policy.kinds.rows import Row
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Bilingual, Model, Name, Texts, YamlNode
from tongdian.policy.typed import names_in
from tongdian.policy.types import LanguageError, TimeOfDay, Type, Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

_PERMITTED = Words("经批准：{}", "permitted: {}")
_NOT_LIFTED = Words("“{}”不改变此处", "“{}” does not change it")
_BESIDE = Words("另有 {}：{}", "beside it {}: {}")
AT, PERMIT, NONE = "at", "permit", "none"  # the inputs that every timetable has: when, and what was permitted
OTHERWISE = -1
# what is known of every date by the pack's calendar and needs no telling
OF_DATES: Mapping[str, Input] = {
    "weekday": Input(
        title=Words("星期", "day of the week"), type="int", min=Decimal(1), max=Decimal(7)
    ),  # 1 is Monday
    "month": Input(title=Words("月份", "month"), type="int", min=Decimal(1), max=Decimal(12)),
    "works": Input(title=Words("上班", "a working day"), type="bool"),  # make-up days are, holidays are not
    "holiday": Input(
        title=Words("节假日", "a holiday"), type="bool"
    ),  # a rest day that is no ordinary weekend
}


class TimetableLine(Row):
    """From one time of day to another (the whole day, without them) a place `is` in a state `when` something
    holds of it and of the day. Permits to which the line `yields_to` lift it."""

    start: str | None = Field(default=None, alias="from")
    to: str | None = None
    state: Name = Field(alias="is")
    yields_to: Texts = ()

    @model_validator(mode="after")
    def _has_both_ends(self) -> TimetableLine:
        if (self.start is None) != (self.to is None):
            raise Miswritten("from 和 to 都写，或都不写", "write both from and to, or neither")
        return self


class PlaceGroup(Model):
    """A name for what holds of some places, for lines to use."""

    title: Bilingual
    when: str


class PermittedState(Model):
    """What a permit makes of a place, and the clause that allows it; `when` says of which places and days one may be
    given at all."""

    title: Bilingual
    when: str | None = None
    state: Name = Field(alias="is")
    cite: Texts = ()


class OtherwiseState(Model):
    """How it stands where no line speaks."""

    state: Name = Field(alias="is")
    cite: Texts = ()


class TimetableVersion(ChoosingVersion):
    """The lines while this version is in force."""

    lines: tuple[TimetableLine, ...]
    otherwise: OtherwiseState


@dataclass(frozen=True, slots=True)
class _ReadLine:
    """A line that can be asked: what it asks, and its times."""

    when: Condition | None
    start: TimePoint
    to: TimePoint


@kind("timetable")
class TimetableRule(Rule):
    """`states` are named in both languages; `closed` are those in which a place is not open to
    anybody, `partly` those of them in which a circuit stays on all the same, `halved` those in which half of what hangs there is on. `of_day` names the inputs that are told of a day and not of a place: the
    school's vacation, when the office closes. `groups` gives conditions over the facts of a place a name, for lines
    to use. `sun` is the place whose sun rises and sets."""

    kind: Literal["timetable"]
    decided_on: Literal["event"] = "event"
    states: dict[Name, Bilingual]
    closed: Texts = ()
    partly: Texts = ()
    halved: Texts = ()
    sun: SunPlace | None = None
    of_day: tuple[Name, ...] = ()
    groups: dict[Name, PlaceGroup] = {}
    permits: dict[Name, PermittedState] = {}
    versions: tuple[TimetableVersion, ...]

    @model_validator(mode="before")
    @classmethod
    def _asks_when(cls, data: Any) -> Any:
        """Every timetable is asked of a moment, and may be told of a permit."""
        if not isinstance(data, dict):
            return data
        asked = {
            **(data.get("input") or {}),
            AT: {"title": {"zh": "时刻", "en": "time of day"}, "type": "time", "example": "18:45"},
        }
        permits = data.get("permits") or {}
        if isinstance(permits, dict) and permits:
            labels = {
                key: one["title"] for key, one in permits.items() if isinstance(one, dict) and "title" in one
            }
            asked[PERMIT] = {
                "title": {"zh": "已获批准", "en": "permitted"}, "one_of": [NONE, *permits], "default": NONE,
                "labels": {NONE: {"zh": "没有", "en": "nothing"}, **labels},
            }  # fmt: skip
        return {**data, "input": asked}

    @cached_property
    def depends(self) -> tuple[str, ...]:
        chosen = (key for version in self.versions for key in version.choices)
        return tuple(dict.fromkeys([*super().depends, *chosen]))

    def version_on(self, on: dt.date, taken: Mapping[str, str]) -> TimetableVersion:
        version: TimetableVersion = super().version_on(on, taken)
        return version.under(taken)

    # ------------------------------------------------------------- one day
    @property
    def asked(self) -> dict[str, Input]:
        """The inputs that say which kind of place and which day it is: all but the moment and the permit."""
        return {name: one for name, one in self.input.items() if name not in (AT, PERMIT)}

    @property
    def of_place(self) -> list[str]:
        """The inputs that are facts of a place."""
        return [name for name in self.asked if name not in self.of_day]

    def stretches(
        self, pack: Pack, version: TimetableVersion, facts: Mapping[str, Value], day: dt.date
    ) -> tuple[DayStretch, ...]:
        """A day of a kind of place as stretches that follow each other from minute 0 to 1440, each with the line that
        decides. `facts` are the values of `asked`, already read. Raises NoSun, BeyondPublishedCalendar."""
        return tuple(_cut(self._spans(pack, version, facts, day)))

    def spoke(
        self, pack: Pack, version: TimetableVersion, facts: Mapping[str, Value], day: dt.date, minute: int
    ) -> list[int]:
        """The numbers of all lines that speak at a minute, the one that decides first."""
        return _speaking(self._spans(pack, version, facts, day), minute)

    def _spans(
        self, pack: Pack, version: TimetableVersion, facts: Mapping[str, Value], day: dt.date
    ) -> list[DayStretch]:
        """What each line claims of a day, in their order: what began the day before, too."""
        zone, found, known = zone_of(pack.head), [], self._grouped(facts)
        of = {0: {**known, **of_date(pack, day)}}
        for number, line in enumerate(self._read(version)):
            for back in (MINUTES, 0) if line.to.is_next else (0,):
                begins = day - dt.timedelta(minutes=back)
                if back not in of:
                    of[back] = {**known, **of_date(pack, begins)}
                if line.when is not None and not line.when.holds(of[back]):
                    continue
                first = line.start.minute(begins, facts, self.sun, zone) - back
                until = line.to.minute(begins, facts, self.sun, zone) - back
                first, until = max(first, 0), min(until, MINUTES)
                if first < until:
                    found.append(DayStretch(first, until, number))
        return found

    def conditions(self, version: TimetableVersion) -> list[Condition | None]:
        """What each line asks, for a page that says it."""
        return [one.when for one in self._read(version)]

    def _read(self, version: TimetableVersion) -> tuple[_ReadLine, ...]:
        known = self._lines_read.get(id(version))
        if known is None or known[0] is not version:
            known = (version, tuple(self._line(one) for one in version.lines))
            self._lines_read[id(version)] = known
        return known[1]

    @cached_property
    def _lines_read(self) -> dict[int, tuple[TimetableVersion, tuple[_ReadLine, ...]]]:
        return {}

    def _line(self, line: TimetableLine) -> _ReadLine:
        """Raises LanguageError."""
        told = [name for name, one in self.asked.items() if isinstance(one.value_type, TimeOfDay)]
        return _ReadLine(
            Condition.parse(line.when, self._types) if line.when is not None else None,
            TimePoint.parse(line.start or "00:00", told),
            TimePoint.parse(line.to or "24:00", told),
        )

    # ------------------------------------------------------------- one moment
    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        inputs = read_inputs(self.input, given)
        facts = {name: inputs[name] for name in self.asked}
        minute = min(minute_of(str(inputs[AT])), MINUTES - 1)
        held = [str(inputs[PERMIT])] if inputs.get(PERMIT, NONE) != NONE else []
        spans = self._spans(pack, version, facts, on)
        here = next(one for one in _cut(spans) if one.first <= minute < one.until)
        lifting = self.lifted_by(pack, version, here.line, held, facts, on)
        decides = self.deciding(version, here.line, lifting)
        spoke = _speaking(spans, minute)
        beside = spoke[:1] if lifting else spoke[1:]

        def reason(language: str) -> str:
            said = [f"{clock_of(here.first)}–{clock_of(here.until)}"]
            for one in held:
                words = _PERMITTED if lifting else _NOT_LIFTED
                said.append(words.say(language).format(self.permits[one].title.say(language)))
            for number in beside:
                told = version.lines[number]
                cited = pack.say_cite(tuple(told.cite) or tuple(version.cite), language)
                said.append(_BESIDE.say(language).format(cited, self.states[told.state].say(language)))
            said = list(dict.fromkeys(said))
            return Words("，", ", ").say(language).join(said)

        return answer_of(
            self, pack, version, on, value=decides.state, inputs=inputs, taken=taken,
            row=None if here.line == OTHERWISE else here.line, cite=tuple(decides.cite),
            reason=reason, say_option=self.states[decides.state].say,
        )  # fmt: skip

    def lifted_by(
        self,
        pack: Pack,
        version: TimetableVersion,
        line: int,
        permits: Collection[str],
        facts: Mapping[str, Value],
        day: dt.date,
    ) -> str | None:
        """Which of the permits in force lifts a line on a day at such a place: the first in the order of `permits`
        in the pack."""
        if line == OTHERWISE:
            return None
        yields_to = set(version.lines[line].yields_to) & set(permits)
        return next(
            (one for one in self.permits if one in yields_to and self.may_be_given(pack, one, facts, day)),
            None,
        )

    def deciding(
        self, version: TimetableVersion, line: int, permit: str | None
    ) -> TimetableLine | PermittedState | OtherwiseState:
        """What says the state: the permit that lifts the line, else the line, else what holds otherwise."""
        if permit is not None:
            return self.permits[permit]
        return version.otherwise if line == OTHERWISE else version.lines[line]

    def may_be_given(self, pack: Pack, permit: str, facts: Mapping[str, Value], day: dt.date) -> bool:
        """Whether there is such a permit for such a place on a day."""
        when = self._permits_read[permit]
        return when is None or when.holds({**self._grouped(facts), **of_date(pack, day)})

    @cached_property
    def _permits_read(self) -> dict[str, Condition | None]:
        return {
            key: Condition.parse(one.when, self._types) if one.when else None
            for key, one in self.permits.items()
        }

    @cached_property
    def _types(self) -> dict[str, Type]:
        return {name: one.value_type for name, one in self.known.items()}

    @cached_property
    def known(self) -> dict[str, Input]:
        """All that a line may ask: facts of the place and the day, groups of places, and what is known of a date."""
        groups = {name: Input(title=one.title, type="bool") for name, one in self.groups.items()}
        return {**self.asked, **groups, **OF_DATES}

    @cached_property
    def _groups_read(self) -> dict[str, Condition]:
        facts = {name: self.input[name] for name in self.of_place}
        return {name: Condition.parse(one.when, facts) for name, one in self.groups.items()}

    def _grouped(self, facts: Mapping[str, Value]) -> dict[str, Value]:
        """The facts with the groups that the place belongs to."""
        return {**facts, **{name: one.holds(facts) for name, one in self._groups_read.items()}}

    # ------------------------------------------------------------- what is wrong with one
    def check(self, pack: Pack, source: YamlNode) -> None:
        for name in (AT, PERMIT):
            if name in source.plain().get("input", {}):
                raise source.error(
                    Words(f"“{name}”是每个时刻表都有的输入", f'every timetable has the input "{name}"'),
                    Words("删去它", "leave it out"),
                    loc=("input", name),
                )
        if unknown := next((one for one in self.of_day if one not in self.input), None):
            raise source.error(
                Words(f"没有输入“{unknown}”", f'there is no input "{unknown}"'),
                Words("核对名称", "check the name"),
                loc=("of_day",),
            )
        for name, states in (("closed", self.closed), ("partly", self.partly), ("halved", self.halved)):
            for state in states:
                self._check_state(state, source, (name,))
        for name, group in self.groups.items():
            try:
                if name in {*self.input, *OF_DATES}:
                    raise LanguageError(
                        Words(f"“{name}”已经有了", f'"{name}" stands already'),
                        Words("换一个名称", "give it another name"),
                    )
                Condition.parse(group.when, {one: self.input[one] for one in self.of_place})
            except LanguageError as error:
                raise source.error(error.problem, error.remedy, loc=("groups", name)) from None
        for key, permit in self.permits.items():
            self._check_state(permit.state, source, ("permits", key, "is"))
            try:
                Condition.parse(permit.when or "true", self._types)
            except LanguageError as error:
                raise source.error(error.problem, error.remedy, loc=("permits", key, "when")) from None
        if zone_of(pack.head) == "" and not pack.is_known_good:  # one that was kept may come before calendars
            raise source.error(
                Words("时刻表要知道哪天上班、按哪里的钟", "a timetable goes by a calendar and its zone"),
                Words("在 pack.yaml 写 calendar", "write calendar in pack.yaml"),
            )
        for number, version in enumerate(self.versions):
            for taken in self._takings(version):
                self._check_version(version.under(taken), source, number)

    def _takings(self, version: TimetableVersion) -> Sequence[Mapping[str, str]]:
        """Every option of every setting that the version leaves open, each once."""
        most = max((len(options) for options in version.choices.values()), default=1)
        return [
            {key: options[min(at, len(options) - 1)] for key, options in version.choices.items()}
            for at in range(most)
        ]

    def _check_state(self, state: str, source: YamlNode, loc: tuple[str | int, ...]) -> None:
        if state not in self.states:
            raise source.error(
                Words(f"没有给状态“{state}”命名", f'the state "{state}" has no name'),
                Words("写进 states", "add it under states"),
                loc=loc,
            )

    def _check_version(self, version: TimetableVersion, source: YamlNode, at: int) -> None:
        self._check_state(version.otherwise.state, source, ("versions", at, "otherwise"))
        for number, line in enumerate(version.lines):
            loc = ("versions", at, "lines", number)
            self._check_state(line.state, source, loc)
            if unknown := next((one for one in line.yields_to if one not in self.permits), None):
                raise source.error(
                    Words(f"没有许可“{unknown}”", f'there is no permit "{unknown}"'),
                    Words("写进 permits", "add it under permits"),
                    loc=loc,
                )
            try:
                read = self._line(line)
                self._check_times(read)
            except LanguageError as error:
                raise source.error(error.problem, error.remedy, loc=loc) from None

    def _check_times(self, line: _ReadLine) -> None:
        """Raise LanguageError for times that do not follow each other, that need a sun nobody placed, or that run past
        midnight on what is told of one day only."""
        if line.start.is_next:
            raise LanguageError(Words("from 是当日的时刻", "from is a time of the day itself"), HOW)
        if self.sun is None and {line.start.name, line.to.name} & set(SUN):
            raise LanguageError(
                Words("不知道按哪里的日出日落", "nobody knows whose sun it is"),
                Words("写 sun: {latitude: …, longitude: …}", "write sun: {latitude: …, longitude: …}"),
            )
        if line.start.clock is not None and line.to.clock is not None:
            if not line.to.is_next and line.to.clock <= line.start.clock:
                raise LanguageError(Words("to 不晚于 from", "to is not later than from"), HOW)
            if line.to.is_next and line.to.clock > line.start.clock:
                raise LanguageError(Words("一行至多一整天", "a line lasts a day at most"), HOW)
        asked = set(names_in(line.when.expr)) if line.when is not None else set()
        asked |= {one.name for one in (line.start, line.to) if one.name}
        if line.to.is_next and (told := asked & set(self.of_day)):
            name = min(told)
            raise LanguageError(
                Words(
                    f"跨过午夜的行不能按“{name}”：它只说一天",
                    f'a line that runs past midnight cannot go by "{name}", which is told of one day',
                ),
                Words("分成当日和次日两行", "write two lines, one for each day"),
            )


def _cut(spans: Sequence[DayStretch]) -> list[DayStretch]:
    """A day as stretches that follow each other, by what each line claims of it: the first line counts."""
    edges = sorted({0, MINUTES, *(edge for first, until, _ in spans for edge in (first, until))})
    found: list[DayStretch] = []
    for first, until in pairwise(edges):
        line = next((line for start, end, line in spans if start <= first and until <= end), OTHERWISE)
        if found and found[-1].line == line:
            found[-1] = found[-1]._replace(until=until)
        else:
            found.append(DayStretch(first, until, line))
    return found


def _speaking(spans: Sequence[DayStretch], minute: int) -> list[int]:
    return [line for first, until, line in spans if first <= minute < until]


def of_date(pack: Pack, day: dt.date) -> dict[str, Value]:
    """What the pack's calendar knows of a date (`OF_DATES`). Raises BeyondPublishedCalendar."""
    known = pack.calendar.day(day, region=pack.head.region or NATIONAL)
    return {
        "weekday": Decimal(day.isoweekday()),
        "month": Decimal(day.month),
        "works": known.is_working,
        "holiday": not known.is_working and known.reason is not DayReason.WEEKEND,
    }
