"""A register, said once: what is asked and shown of its things, how they are found, what is done.

Its pages are drawn from this by `registers.pages.register`, its operations in the API by `api.v1.registers`, its
spreadsheet by `agreements.importing.kinds.registers`; an area names it in its own `urls.py`, in
`api/v1/__init__.py` and among the kinds of import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import CheckConstraint, Model, QuerySet
from django.urls import reverse

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import Action
from tongdian.registers.dated import Dated
from tongdian.registers.fields import ANYWHERE, Field, Fields, Scope
from tongdian.registers.filters import Filter
from tongdian.registers.sorts import Number, Selection, Text

AT_ONCE = 500
PAGES = frozenset({"list", "export", "new", "change", "remove"})


@dataclass(frozen=True, kw_only=True)
class FurtherAction:
    """Something else that is done with one thing, such as reading a meter: a form on a page of its own
    (`meters/…/read/`, which takes what `?on=…` names as typed) and an operation in the API."""

    slug: str
    action: Action[Any, Any]
    title: Words
    said: Words  # afterwards
    note: Callable[[Any], Words | None] = lambda thing: None  # what helps to fill the form in
    stands: Callable[[Any, Mapping[str, str]], Mapping[str, Any]] = (
        lambda thing, asked: {}
    )  # by what `?on=…` asks
    as_typed: Mapping[str, str] = field(
        default_factory=dict
    )  # what the action takes letter by letter: of which field


@dataclass(frozen=True, kw_only=True)
class Register:
    """Things of one sort that a viewer lists, enters, changes, removes."""

    name: str  # "usage-points": the address of its list, in the API and of its spreadsheets
    model: type[Model]
    title: Words
    one: Words  # after "Add …": "a feeder or main"
    api: tuple[str, str]  # for programs: what one is, and what the list holds
    fields: Fields
    reads: str  # the permission
    rows: Callable[[Any], QuerySet[Any]]  # those that a viewer sees
    unknown: type[Refusal]
    add: Action[Any, Any]
    change: Action[Any, Any]
    remove: Action[Any, None] | None = None
    deeds: tuple[FurtherAction, ...] = ()
    filters: tuple[Filter, ...] = ()
    administers: bool = False  # it binds or reaches everybody: programs need a token made for that
    dated: Dated | None = None  # a change is a new row from a day on
    numbered: Field | None = None  # the number that the program gives each: shown first
    derived: tuple[Field, ...] = ()  # shown, not asked
    derive: Callable[[Sequence[Any]], Mapping[Any, Mapping[str, Any]]] | None = None
    order: str = "code"
    wholes_first: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None  # the order of an export
    pages: frozenset[str] = PAGES  # others are by hand
    at: str = ""  # where its pages are
    is_imported: bool = False  # its rows come in by spreadsheet too, at /imports/
    new_at: str = "{at}new/"
    change_at: str = "{at}<uuid:id_>/"
    page: Callable[[Any], str] | None = None  # the address of one; none: its form
    home: Callable[[Any], str] | None = None  # where to go from one that was removed

    @property
    def one_name(self) -> str:
        """`usage_point`."""
        name = self.model.__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

    @property
    def dashed(self) -> str:
        """`usage-point`: begins the names of its addresses."""
        return self.one_name.replace("_", "-")

    @property
    def parent(self) -> str:
        """The link that is not typed: chosen first, or named by the address of a new one."""
        return self.add.at

    @property
    def owner(self) -> str:
        """The way from a row to its organisation, as queries write it."""
        return self.change.path.partition(".")[2].replace(".", "__")

    @property
    def subject(self) -> str:
        """What its actions call the thing."""
        return self.change.of

    @property
    def shown(self) -> tuple[Field, ...]:
        """What a list, an export and the API show of each."""
        return (*self._number, *self.fields, *self.derived)

    @property
    def _number(self) -> tuple[Field, ...]:
        return (self.numbered,) if self.numbered else ()

    def find(self, viewer: Any, id_: Any) -> Any:
        """One that the viewer sees. Raises `unknown`."""
        found = self.rows(viewer).filter(pk=id_).first()
        if found is None:
            raise self.unknown
        return found

    def organisation_of(self, thing: Any) -> Any:
        """Whose it is."""
        return self.change.within(thing)

    def mark(self, thing: Any) -> str:
        """What one says now, in short: whoever changes it names what they saw."""
        return self.change.mark(thing)

    def narrowed(self, viewer: Any, given: Mapping[str, Any]) -> QuerySet[Any]:
        """The rows that the filters leave. Raises BadValue."""
        rows, scope = self.rows(viewer), Scope(viewer)
        for one in self.filters:
            rows = one.of(rows, one.field.read(given.get(one.field.name), scope))
        return rows

    def values(self, viewer: Any, things: Sequence[Any]) -> Iterable[tuple[Any, dict[str, Any]]]:
        """Things with everything that a viewer is shown of them; what is derived is found for all at once."""
        derived, scope = self.derive(things) if self.derive else {}, Scope(viewer)
        for one in things:
            said = {field.name: field.shown(one, scope) for field in (*self._number, *self.fields)}
            yield one, {**said, **derived.get(one.pk, {})}

    def scope_of(self, thing: Any) -> Scope:
        """What the choices of one's fields depend on."""
        return Scope(None, None, None, getattr(thing, "pack", ""))

    def lines(self, viewer: Any, rows: QuerySet[Any], language: str) -> Iterator[list[str | Decimal]]:
        """A list as a file: the headings of its spreadsheet, then everything shown."""
        yield [field.heading.say(language) for field in self.shown]
        rows = self.wholes_first(rows) if self.wholes_first else rows.order_by(self.order, "pk")
        found = rows.iterator(chunk_size=AT_ONCE)
        while things := list(islice(found, AT_ONCE)):
            for one, values in self.values(viewer, things):
                scope = self.scope_of(one)
                yield [field.filed(values.get(field.name), language, scope) for field in self.shown]

    def page_of(self, thing: Any) -> str:
        """Where one is looked at."""
        return self.page(thing) if self.page else reverse(f"{self.dashed}-change", args=[thing.pk])


def undeclared(register: Register) -> list[str]:
    """Where a model and what is asked of its things differ: for a test of every register."""
    meta, found = register.model._meta, []
    held = [one.condition for one in meta.constraints if isinstance(one, CheckConstraint)]
    for one in register.fields:
        if not (names := list(one.columns(one.empty))):
            continue  # an action keeps it
        column: Any = meta.get_field(names[0].removesuffix("_id") if one.name not in names else one.name)
        if (condition := one.holds()) is not None and condition not in held:
            found.append(f"{one.name}: no constraint {condition}")
        if isinstance(one, Text) and names == [one.name] and column.max_length not in (one.most, None):
            found.append(f"{one.name}: {column.max_length} characters, {one.most} are asked")
        if isinstance(one, Number) and not _holds(column, one):
            found.append(f"{one.name}: the column does not hold {one.high}")
        if (
            isinstance(one, Selection)
            and column.choices
            and {key for key, _ in column.flatchoices} != set(one.choices(ANYWHERE))
        ):
            found.append(f"{one.name}: other choices")
        if column.null and not one.optional:
            found.append(f"{one.name}: it may be missing")
    return found


def _holds(column: Any, one: Number) -> bool:
    digits = max(one.kind.digits, one.scale + 1)
    return bool(column.decimal_places == one.scale and column.max_digits >= digits)
