"""Fields: what is asked, with title, type and range, and how every door reads it.

What each door means by nothing is another thing, and is settled here and in the doors once:

| door | nothing said | on adding | on changing |
| --- | --- | --- | --- |
| form | an empty control | the default, or empty | empty |
| form | a box not ticked | no | no |
| form | an empty control of what is kept secret | empty | stays as it is |
| API | the name is absent | the default, or empty | stays as it is |
| API | null | empty | empty |
| spreadsheet | an empty cell | the default, or empty | stays as it is |
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar, Self

from django import forms
from django.db.models import Q

from tongdian import personal
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.cells import Cell

NOTHING = Words("", "")
MISSING = Words("必填，不能为空", "it must be filled in")


class BadValue(Refusal):
    """A value that its field does not take. `problem` is what stands beside the field."""

    says = Words("{title}：{problem}", "{title}: {problem}")

    @property
    def problem(self) -> Words:
        """The reason without the field's title."""
        found = self.facts["problem"]
        assert isinstance(found, Words)
        return found


def problem_of(refusal: Refusal) -> Words:
    """What stands beside the field that a refusal is about."""
    return refusal.problem if isinstance(refusal, BadValue) else refusal.words


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, for which organisation and pack, on which day: what may be chosen depends on it."""

    viewer: Any = None
    organisation: Any = None
    on: dt.date | None = None
    pack: str = ""


ANYWHERE = Scope()


@dataclass(frozen=True)
class Field:
    """One thing that is asked. `api` describes it to programs, `note` to people."""

    name: str
    title: Words
    column: Words = field(default=NOTHING, kw_only=True)  # its heading among other things' columns
    note: Words = field(default=NOTHING, kw_only=True)
    example: str = field(default="", kw_only=True)
    api: str = field(default="", kw_only=True)
    optional: bool = field(default=False, kw_only=True)
    default: Any = field(default=None, kw_only=True)  # what stands where nothing is given
    fixed: bool = field(default=False, kw_only=True)  # said on entering and never changed
    secret: bool = field(default=False, kw_only=True)  # never in the audit log
    asked_anew: bool = field(default=False, kw_only=True)  # every change says it: a first day, a reason
    of_the_deed: bool = field(default=False, kw_only=True)  # said with it and kept in no row: a consent
    api_name: str = field(default="", kw_only=True)  # in requests to the API, if another

    empty: ClassVar[Any] = None
    stays_when_empty: ClassVar[bool] = False  # on a form that changes it

    # ------------------------------------------------------------ of itself
    @property
    def heading(self) -> Words:
        """Its heading in a spreadsheet."""
        return self.column if self.column.zh else self.title

    @property
    def required(self) -> bool:
        """Whether something must be given."""
        return not self.optional and self.default is None

    @property
    def unsaid(self) -> Any:
        """What stands where nothing is given."""
        return self.empty if self.default is None else self.default

    def open(self) -> Self:
        """The same, that may be left open: for a filter."""
        return replace(self, optional=True, default=None, fixed=False)

    def choices(self, scope: Scope = ANYWHERE) -> Mapping[str, Words]:
        """What may be chosen, if it is a choice: code → words."""
        return {}

    def bad(self, problem: Words, **facts: Any) -> BadValue:
        """The refusal of a value. Words without facts are said as they are: a person may have typed braces."""
        said = problem.fill(**facts) if facts else problem
        return BadValue(title=self.title, problem=said).about(self.name)

    # ------------------------------------------------------------ reading
    def read(self, given: Any, scope: Scope = ANYWHERE) -> Any:
        """A value of what a door got: text, or the value itself. Raises BadValue."""
        given = given.strip() if isinstance(given, str) else given
        if given is None or given == "":
            return self.checked(self.unsaid, scope)
        return self.checked(self.parsed(given, scope), scope)

    def checked(self, value: Any, scope: Scope = ANYWHERE) -> Any:
        """The value as it is kept, if the field takes it. Raises BadValue."""
        if value is None or value == "":
            if not self.optional:
                raise self.bad(MISSING)
            return self.empty
        return self.taken(value, scope)

    def parsed(self, given: Any, scope: Scope) -> Any:
        """A value of text that is not empty; `taken` looks at it next."""
        return given

    def taken(self, value: Any, scope: Scope) -> Any:
        """A value that is not empty, as it is kept. Raises BadValue."""
        raise NotImplementedError

    def of_cell(self, cell: Cell) -> str:
        """What a spreadsheet's cell says, for `read`. Raises CellRefused where Excel has changed it."""
        return cells.text(cell)

    # ------------------------------------------------------------ saying
    def text(self, value: Any) -> str:
        """The value as text that `read` reads again; of an empty one nothing."""
        return "" if value is None else str(value)

    def said(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """The value as people read it."""
        return self.text(value)

    def filed(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str | Decimal:
        """The value as an export has it, so that it comes in again as the same; a figure as such."""
        return self.said(value, language, scope)

    def given_out(self, value: Any) -> Any:
        """The value as the API gives it."""
        return value

    def typed(self, value: Any) -> Any:
        """The value as a form's control has it."""
        return value

    # ------------------------------------------------------------ doors
    def control(self, scope: Scope) -> forms.Widget:
        """Its control on a form."""
        return forms.TextInput()

    def shape(self) -> Any:
        """Its type in a request to the API."""
        return str

    def gives(self) -> Any:
        """Its type in an answer of the API."""
        return str

    # ------------------------------------------------------------ keeping
    def value_of(self, thing: Any) -> Any:
        """What a row says of it."""
        return self.empty if self.of_the_deed else getattr(thing, self.name)

    def shown(self, thing: Any, scope: Scope) -> Any:
        """What a viewer may see of it in lists, exports and the API."""
        return self.value_of(thing)

    def text_of_change(self, value: Any) -> str:
        """The value as a preview of changes has it."""
        return self.text(value)

    def columns(self, value: Any) -> dict[str, Any]:
        """The columns of a row, by which its value is kept."""
        return {} if self.of_the_deed else {self.name: value}

    def holds(self) -> Q | None:
        """What the database must hold of it."""
        return None


class Fields:
    """Fields in the order in which they are asked."""

    def __init__(self, *fields: Field) -> None:
        self.by_name = {one.name: one for one in fields}
        if len(self.by_name) != len(fields):
            raise TypeError("a field is asked once")

    def __iter__(self) -> Iterator[Field]:
        return iter(self.by_name.values())

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def without(self, *names: str) -> Fields:
        """All but some."""
        return Fields(*(one for one in self if one.name not in names))

    def adding(self, *more: Field, after: str = "") -> Fields:
        """With more of them: at the end, or behind the one of that name."""
        ordered = list(self)
        at = [one.name for one in ordered].index(after) + 1 if after else len(ordered)
        return Fields(*ordered[:at], *more, *ordered[at:])

    @property
    def changing(self) -> Fields:
        """Those that may be changed later."""
        return Fields(*(one for one in self if not one.fixed))

    def checked(self, given: Mapping[str, Any], scope: Scope = ANYWHERE) -> dict[str, Any]:
        """Every field's value as it is kept: of what is not given, its default. Raises BadValue."""
        return {one.name: one.checked(given.get(one.name, one.unsaid), scope) for one in self}

    def of(self, thing: Any) -> dict[str, Any]:
        """The values that a thing has."""
        return {one.name: one.value_of(thing) for one in self}

    def columns(self, values: Mapping[str, Any], *, unlike: Any = None) -> dict[str, Any]:
        """The columns that keep these values; of a row that is there, those that become others."""
        kept: dict[str, Any] = {}
        for name, value in values.items():
            if unlike is None or self[name].value_of(unlike) != value:
                kept |= self[name].columns(value)
        return kept

    def told(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Values as the audit log keeps them: exact, and nothing that is secret."""
        return {one.name: one.text(values[one.name]) for one in self if one.name in values and not one.secret}

    def mark(self, thing: Any) -> str:
        """A short mark of what a thing says now: whoever changes it names the one they saw.

        With a key: by a plain hash, who sees the number of a person masked could try every birthday.
        """
        return personal.marked(*(f"{one.name}={one.text(one.value_of(thing))}" for one in self))
