"""A register's spreadsheet: its columns, its keys and what becomes of a row follow from what is asked.

A register whose rows depend on each other says so in a subclass: see `lines` and `places`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import BinaryField

from tongdian.agreements.importing.columns import Column
from tongdian.agreements.importing.kinds.kind import Candidate, Job, Kind, remembered
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import BadValue, Field, Fields, Scope, problem_of
from tongdian.registers.kept import Kept
from tongdian.registers.links import Link
from tongdian.registers.register import Register
from tongdian.spreadsheets.cells import Cell, CellRefused


class ValueNotTaken(CellRefused):
    """What a field does not take."""

    says = Words("{problem}", "{problem}")


NOT_MOVED = Words(
    "导入不更改此项（现为 {now}）；请在页面修改",
    "an import does not change this (it is {now}); do that on its page",
)
TAKEN = Words("编号已被{owner}使用", "the code is that of {owner} already")


class RegisterKind(Kind):
    """Rows of a register. Looked up a batch at a time: things by key, links by code."""

    taken = TAKEN
    stays: tuple[str, ...] = ()  # changed on pages and not by spreadsheets, besides what is fixed

    def __init__(
        self,
        register: Register,
        *,
        says: Words | None = None,
        name: str = "",
        key: tuple[str, ...] = ("code",),
    ) -> None:
        number = [register.numbered] if register.numbered else []
        self.register = register
        self.fields = Fields(*number, *register.fields.without("organisation"))
        self.name, self.title, self.model = name or register.name, register.title, register.model
        self.says, self._key = says or register.title, key

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """One for everything that is asked."""
        return self._columns

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return tuple(_column(one) for one in self.fields)

    def key(self, row: Candidate) -> tuple[str, ...]:
        """What tells one row from another."""
        return tuple(row.get(name) for name in self._key)

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Things by their keys; the links of the rows by their codes."""
        for link in self._links:
            self.load(link, {row.get(link.name) for row in rows}, job)
        by = self._key[-1]
        found = self.model.objects.filter(**{f"{by}__in": {row.get(by) for row in rows}})
        if not self.model._meta.get_field(by).unique:
            found = found.filter(**{self.register.owner: job.organisation})
        linked = found.select_related(*(one.name for one in self._links), self.register.owner)
        return {self._key_of(one): one for one in linked}

    def load(self, link: Link, codes: set[str], job: Job) -> None:
        """Keep what has these codes, for as long as the job lasts."""
        known = job.table(link.name)
        wanted = codes - {"", *known}
        for one in link.among(Scope(job.viewer, job.organisation, legal_day(job.at))).filter(
            **{f"{link.by}__in": wanted}
        ):
            known.setdefault(link.text(one), []).append(one)

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Its links lead somewhere, what is fixed stays, and what the action asks holds too."""
        owner = self.register.organisation_of(present) if present is not None else job.organisation
        if owner.pk != job.organisation.pk:
            row.refuse(self._key[-1], self.taken.fill(owner=owner.name))
            return
        values = self._read(row, present, job)
        if row.reasons:
            return
        try:
            self.fits(row, values, present, job)
        except Refusal as refused:
            row.refuse(refused.field or self._columns[0].name, problem_of(refused))

    def _read(self, row: Candidate, present: Any | None, job: Job) -> dict[str, Any]:
        """What the thing would be: an empty cell leaves it as it is, or as nothing said."""
        values = {}
        for one in self.fields:
            now = one.value_of(present) if present is not None else one.unsaid
            try:
                values[one.name] = self.value(one, row, job) if row.get(one.name) else now
            except BadValue as refused:
                row.refuse(one.name, refused.problem)
                continue
            stays = one.fixed or one.name in self.stays
            if stays and present is not None and values[one.name] != now:
                row.refuse(one.name, NOT_MOVED.fill(now=Words(one.said(now, "zh"), one.said(now, "en"))))
        return values

    def value(self, field: Field, row: Candidate, job: Job) -> Any:
        """What a cell stands for. Raises BadValue."""
        text = row.get(field.name)
        if isinstance(field, Link):
            return field.only(job.table(field.name).get(text, []), text)
        return field.read(text)

    def fits(self, row: Candidate, values: Mapping[str, Any], present: Any, job: Job) -> None:
        """What one field cannot know. Raises a Refusal that names its field."""

    def implied(self, values: dict[str, Any]) -> dict[str, Any]:
        """What follows from what is given."""
        return values

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """Everything given that is otherwise now."""
        for one in self.fields:
            was, given = one.value_of(present), row.get(one.name)
            if given and given != one.text(was):
                yield one.name, one.text_of_change(was), one.text_of_change(given) if one.secret else given

    def build(self, row: Candidate, job: Job) -> Any:
        """A new thing."""
        given = {
            one.name: self.value(one, row, job) if row.get(one.name) else one.unsaid for one in self.fields
        }
        owned = {"organisation": job.organisation} if self.register.owner == "organisation" else {}
        values = self.implied(given | owned)
        for one in self.fields:
            if isinstance(one, Kept):
                values |= one.columns(values[one.name])
        return self.model(**values)

    def change(self, present: Any, row: Candidate, columns: Sequence[str], job: Job) -> dict[str, Any]:
        """The columns that differ."""
        given = self.implied({name: self.value(self.fields[name], row, job) for name in columns})
        return remembered(present, self.fields.columns(given))

    def revived(self, name: str, value: Any) -> Any:
        """As the model reads it; what is encrypted was kept in hex."""
        field = self.model._meta.get_field(name)
        return bytes.fromhex(value or "") if isinstance(field, BinaryField) else field.to_python(value)

    @cached_property
    def _links(self) -> list[Link]:
        return [one for one in self.fields if isinstance(one, Link)]

    def _key_of(self, one: Any) -> tuple[str, ...]:
        return tuple(self.fields[name].text(self.fields[name].value_of(one)) for name in self._key)


def _column(field: Field) -> Column:
    def takes(cell: Cell, column: Column) -> str:
        text = field.of_cell(cell)
        if isinstance(field, Link):  # found a batch at a time
            return text
        try:
            return field.text(field.read(text))
        except BadValue as refused:
            raise ValueNotTaken(problem=refused.problem) from None

    return Column(
        name=field.name,
        title=field.heading,
        note=field.note,
        example=field.example,
        takes=takes,
        required=field.required,
        secret=isinstance(field, Kept),
        choices=field.choices(),
    )
