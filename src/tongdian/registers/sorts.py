"""The sorts of field: a text, a code, a number, a choice, yes or no, a day, a moment, a time of day."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, cast

from django import forms
from django.db.models import Q, TextChoices
from pydantic import StringConstraints

from tongdian import bounded_days, plain_text
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.policy.inputs import Input, read_value, say_unit
from tongdian.policy.refusals import BadInput, Refusal
from tongdian.policy.types import LONGEST_IDENT, Bool, Date, Num, Options, TimeOfDay
from tongdian.policy.units import Unit
from tongdian.policy.words import Words
from tongdian.registers.fields import ANYWHERE, MISSING, Field, Scope
from tongdian.spoken import both, plain, spoken
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import Cell, CellRefused

NO_MOMENT = Words("“{value}”不是时间；写 2026-03-06 19:00", '"{value}" is no time; write 2026-03-06 19:00')
TOO_LONG = Words("超过 {most} 个字", "it is longer than {most} characters")
NOT_OFFERED = Words("“{value}”不在可选值之中：{known}", '"{value}" is not one of: {known}')
YES, NO = Words("是", "yes"), Words("否", "no")
MOST = Decimal(10**10 - 1)  # of a figure, unless its field has a wider range
AT_A_GLANCE = 5  # more choices than these are chosen from a list


@dataclass(frozen=True)
class Text(Field):
    """A text. `check` makes a telephone or identity number of it, or raises a Refusal."""

    most: int = field(default=120, kw_only=True)
    lines: bool = field(default=False, kw_only=True)  # it may have several
    check: Callable[[str], str] | None = field(default=None, kw_only=True)

    empty = ""

    def taken(self, value: Any, scope: Scope) -> str:
        """Plain, of `most` characters at most; in a single line without idle blanks."""
        found = str(value).strip()
        try:
            plain_text.check(found, has_lines=self.lines)
            found = found if self.lines else " ".join(found.split())
            if len(found) > self.most:
                raise self.bad(TOO_LONG, most=self.most)
            found = self.check(found) if self.check and found else found
        except Refusal as refused:
            raise self.bad(refused.facts.get("problem") or refused.words) from None
        if not found and not self.optional:
            raise self.bad(MISSING)
        return found

    def of_cell(self, cell: Cell) -> str:
        """A text, where Excel has kept it."""
        return cells.text(cell, most=self.most, lines=self.lines)

    def control(self, scope: Scope) -> forms.Widget:
        """A line to type in, or several."""
        if self.lines:
            return forms.Textarea(attrs={"maxlength": self.most, "rows": 3})
        return forms.TextInput(attrs={"maxlength": self.most})

    def shape(self) -> Any:
        """Text of so many characters."""
        least = None if self.optional else 1
        return Annotated[str, StringConstraints(max_length=self.most, min_length=least)]

    def holds(self) -> Q | None:
        """Not empty."""
        return None if self.optional else ~Q(**{self.name: ""})


@dataclass(frozen=True)
class Code(Text):
    """A short code: full-width letters and digits made plain, no blanks."""

    most: int = field(default=40, kw_only=True)

    def taken(self, value: Any, scope: Scope) -> str:
        """Plain characters."""
        return super().taken(unicodedata.normalize("NFKC", str(value)).replace(" ", ""), scope)

    def of_cell(self, cell: Cell) -> str:
        """A code, with the noughts that its format shows."""
        return cells.code(cell, most=self.most)


@dataclass(frozen=True)
class Number(Field):
    """An exact number of so many decimals in a closed range."""

    low: str = field(default="0.01", kw_only=True)
    high: str = field(kw_only=True)
    scale: int = field(default=2, kw_only=True)
    unit: str = field(default="", kw_only=True)  # stands beside the control, and in refusals

    @cached_property
    def kind(self) -> Num:
        """Its type, as rules know it."""
        unit = Unit.parse(self.unit) if self.unit else Unit()
        return Num(unit, self.scale, Decimal(self.low), Decimal(self.high))

    def taken(self, value: Any, scope: Scope) -> Decimal:
        """A decimal of its scale within its range."""
        try:
            found = read_value(self.name, value, self.kind)
        except BadInput as refused:
            raise self.bad(refused.facts["problem"]) from None
        assert isinstance(found, Decimal)
        return found

    def parsed(self, given: Any, scope: Scope) -> Any:
        """What is typed is read as a cell is: 1,234.50 and 300 kW; never 0,5 nor another unit."""
        if not isinstance(given, str):
            return given
        try:
            return self._figure(Cell(self._without_unit(given)))
        except CellRefused as refused:
            raise self.bad(refused.words) from None

    def of_cell(self, cell: Cell) -> str:
        """A figure as Excel shows it, thousands separated or not, alone or with the field's unit."""
        return f"{self._figure(cell):f}"

    def _figure(self, cell: Cell) -> Decimal:
        return cells.number(cell, unit=self.unit, decimals=self.scale, most=max(MOST, abs(self.kind.high)))

    def _without_unit(self, typed: str) -> str:
        """Without the unit as it stands beside the control; other ways to write it are the cell's."""
        bare = unicodedata.normalize("NFKC", typed).strip()
        for language in ("zh", "en"):
            beside = unicodedata.normalize("NFKC", say_unit(self.kind.unit, language))
            if beside and bare.casefold().endswith(beside.casefold()):
                return bare[: -len(beside)].rstrip().removesuffix("个")  # 5 个工作日
        return typed

    def text(self, value: Any) -> str:
        """With all its decimals."""
        return "" if value is None else f"{value:.{self.scale}f}"

    def said(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """Without idle zeros, with a true minus; money always to the fen."""
        if value is None:
            return ""
        return self.text(value).replace("-", "−") if self.unit == "yuan" else plain(value)

    def filed(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str | Decimal:
        """The figure, with all its decimals."""
        return "" if value is None else Decimal(self.text(value))

    def given_out(self, value: Any) -> Any:
        """Exact, as text."""
        return None if value is None else str(value)

    def typed(self, value: Any) -> Any:
        """As people write it, exactly."""
        return self.text(value)

    def control(self, scope: Scope) -> forms.Widget:
        """Typed; a telephone shows digits."""
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def shape(self) -> Any:
        """Digits as text, as many as its range has."""
        digits = self.kind.digits - self.scale
        decimals = rf"(\.[0-9]{{1,{self.scale}}})?" if self.scale else ""
        times = f"{{1,{digits}}}" if digits > 1 else ""
        sign = "-?" if self.kind.low < 0 else ""
        return Annotated[str, StringConstraints(pattern=f"^{sign}[0-9]{times}{decimals}$")]

    def holds(self) -> Q:
        """Within the range; of what may be missing, or missing."""
        within = Q(**{f"{self.name}__gte": self.kind.low, f"{self.name}__lte": self.kind.high})
        return Q(**{self.name: None}) | within if self.optional else within


Choices = Mapping[str, Words]


def to_choose_from(offered: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """A list in which nothing is chosen beforehand, unless there is one thing only: who forgets to choose
    is asked, and does not get what happens to come first."""
    return list(offered) if len(offered) == 1 else [("", "---------"), *offered]


@dataclass(frozen=True)
class Selection(Field):
    """One of several; named by its code or by its words in either language.

    `of` may be a function of the scope: the classes of a pack on a day, the units of an organisation.
    """

    of: type[TextChoices] | Choices | Callable[[Scope], Choices] = field(kw_only=True)
    radio: bool = field(default=False, kw_only=True)  # all choices are seen at once

    empty = ""

    @cached_property
    def _always(self) -> Choices | None:
        if isinstance(self.of, type) and issubclass(self.of, TextChoices):
            return {value: both(label) for value, label in self.of.choices}
        return self.of if isinstance(self.of, Mapping) else None

    def choices(self, scope: Scope = ANYWHERE) -> Choices:
        """Code → words."""
        always = self._always
        return always if always is not None else cast(Callable[[Scope], Choices], self.of)(scope)

    def parsed(self, given: Any, scope: Scope) -> Any:
        """The code of what was named."""
        folded = str(given).casefold()
        for code, words in self.choices(scope).items():
            if folded in (code.casefold(), words.zh.casefold(), words.en.casefold()):
                return code
        return given

    def taken(self, value: Any, scope: Scope) -> str:
        """A code that is offered."""
        offered = self.choices(scope)
        if str(value) not in offered:
            raise self.bad(NOT_OFFERED, value=str(value)[:60], known=list(offered.values()))
        return str(value)

    def said(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """Its words; of a code that is no longer offered the code."""
        offered = self.choices(scope)
        return offered[value].say(language) if value in offered else str(value or "")

    def control(self, scope: Scope) -> forms.Widget:
        """A list to choose from."""
        offered = [(code, spoken(words)) for code, words in self.choices(scope).items()]
        if self.radio:
            return forms.RadioSelect(choices=offered, attrs={"class": "form-check-input"})
        if self.optional:
            return forms.Select(choices=[("", ""), *offered])
        return forms.Select(choices=offered if self.default is not None else to_choose_from(offered))

    def shape(self) -> Any:
        """One of the codes; a code, where they depend on the scope."""
        if self._always is None:
            return Annotated[str, StringConstraints(min_length=1, max_length=80)]
        return Literal[tuple(self._always)]

    def holds(self) -> Q | None:
        """One of the codes."""
        if self._always is None:
            return None
        return Q(**{f"{self.name}__in": sorted([*self._always, *([""] if self.optional else [])])})


@dataclass(frozen=True)
class Truth(Field):
    """Yes or no. With a default it is a box to tick; without, it must be answered."""

    def choices(self, scope: Scope = ANYWHERE) -> Choices:
        """For spreadsheets."""
        return {"yes": YES, "no": NO}

    def parsed(self, given: Any, scope: Scope) -> Any:
        """As a form, a program or a spreadsheet says it."""
        said = str(given).casefold()
        if said in ("true", "on", "yes", "是", "1"):
            return True
        return False if said in ("false", "off", "no", "否", "0") else given

    def taken(self, value: Any, scope: Scope) -> bool:
        """True or False."""
        if not isinstance(value, bool):
            raise self.bad(NOT_OFFERED, value=str(value)[:60], known=[YES, NO])
        return value

    def text(self, value: Any) -> str:
        """yes or no."""
        return "" if value is None else "yes" if value else "no"

    def said(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """是 or 否."""
        return "" if value is None else (YES if value else NO).say(language)

    def control(self, scope: Scope) -> forms.Widget:
        """A box to tick, or both answers."""
        if self.default is not None:
            return forms.CheckboxInput()
        offered = [("true", spoken(YES)), ("false", spoken(NO))]
        return forms.RadioSelect(choices=offered, attrs={"class": "form-check-input"})

    def typed(self, value: Any) -> Any:
        """Ticked, or the answer that was given."""
        return value if self.default is not None or value is None else str(value).lower()

    def shape(self) -> Any:
        """true or false."""
        return bool

    def gives(self) -> Any:
        """true or false."""
        return bool


@dataclass(frozen=True)
class Day(Field):
    """A calendar day in Asia/Shanghai, of years that can be meant (`bounded_days`)."""

    def taken(self, value: Any, scope: Scope) -> dt.date:
        """A date, from ISO text or as it is."""
        try:
            found = read_value(self.name, value, Date())
            assert isinstance(found, dt.date)
            return bounded_days.checked(found)
        except Refusal as refused:
            raise self.bad(refused.facts.get("problem") or refused.words) from None

    def of_cell(self, cell: Cell) -> str:
        """A date cell's day, or one as people write it."""
        return cells.day(cell).isoformat()

    def control(self, scope: Scope) -> forms.Widget:
        """The browser's calendar."""
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def shape(self) -> Any:
        """A date, written as one."""
        return bounded_days.WrittenDay

    def gives(self) -> Any:
        """A date."""
        return dt.date


@dataclass(frozen=True)
class Moment(Field):
    """An instant to the minute: typed as the clock in Asia/Shanghai shows it, unless its offset is written."""

    def taken(self, value: Any, scope: Scope) -> dt.datetime:
        """A minute of a day that can be meant, with its offset."""
        try:
            found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if not isinstance(found, dt.datetime) or found.second or found.microsecond:
            raise self.bad(NO_MOMENT, value=str(value)[:60])
        found = found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found.astimezone(SHANGHAI)
        try:
            bounded_days.checked(legal_day(found))
        except Refusal as refused:
            raise self.bad(refused.words) from None
        return found

    def text(self, value: Any) -> str:
        """2026-03-06T19:00, on the clock in Asia/Shanghai."""
        return "" if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"

    def said(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """2026-03-06 19:00."""
        return self.text(value).replace("T", " ")

    def typed(self, value: Any) -> Any:
        """As the browser's control has it."""
        return self.text(value)

    def control(self, scope: Scope) -> forms.Widget:
        """The browser's calendar and clock."""
        return forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"})

    def gives(self) -> Any:
        """An instant."""
        return dt.datetime


@dataclass(frozen=True)
class ClockTime(Code):
    """A time of day as a clock shows it, 00:00 to 24:00."""

    def taken(self, value: Any, scope: Scope) -> str:
        """Hours and minutes of two digits each."""
        try:
            return str(
                read_value(
                    self.name, super().taken(value, scope).replace("：", ":").rjust(5, "0"), TimeOfDay()
                )
            )
        except BadInput as refused:
            raise self.bad(refused.facts["problem"]) from None


def of_input(name: str, declared: Input, *, optional: bool = False) -> Field:
    """A fact or input that a pack declares, as a field: effects and stages ask like registers."""
    title = Words(*declared.title) if declared.title else Words(*[name.replace("_", " ")] * 2)
    kind = declared.value_type
    match kind:
        case Num(unit, scale, low, high):
            note = Words(*[f"{low.normalize():,f} – {high.normalize():,f}"] * 2)
            return Number(
                name,
                title,
                low=str(low),
                high=str(high),
                scale=scale,
                optional=optional,
                unit=str(unit),
                note=note,
            )
        case Options(values):
            labels = {one: declared.labels.get(one) for one in values}
            said = {one: Words(*label) if label else Words(one, one) for one, label in labels.items()}
            return Selection(name, title, of=said, optional=optional, radio=len(said) <= AT_A_GLANCE)
        case Bool():
            return Truth(name, title, optional=optional)
        case Date():
            return Day(name, title, optional=optional)
        case TimeOfDay():
            return ClockTime(name, title, optional=optional, note=Words(*["18:30"] * 2))
    return Code(name, title, optional=optional, most=LONGEST_IDENT)
