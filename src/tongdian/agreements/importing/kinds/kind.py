"""What every kind of import does: judge rows, store them, and undo exactly that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tongdian.agreements.importing.columns import Column
from tongdian.agreements.models import ImportRow
from tongdian.bounded import bounded
from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Organisation
from tongdian.personal import mark
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets.reading import Table, read_table

Fate = ImportRow.Fate
BATCH = 1_000
NAMED = 10
"""So many things are named by a refusal to undo."""
FOUND_BY = ("pairs", "name_key", "phone_tail")
"""Columns that hold by what a row is found, and that an upgrade may make anew."""
ROW = Words("第 {row} 行“{name}”", 'row {row} "{name}"')
TWICE = Words("与第 {row} 行重复", "it is the same as row {row}")


@dataclass(slots=True)
class Candidate:
    """A row while it is judged: what was understood of it, and what becomes of it."""

    number: int
    values: dict[str, str]  # personal numbers too
    cells: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    reasons: list[tuple[str, str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    fate: str = Fate.NEW

    def refuse(self, column: str, words: Words) -> None:
        """Not taken, because of this cell."""
        self.reasons.append((self.addresses.get(column, column), words.zh, words.en))
        self.fate = Fate.REFUSED

    def get(self, column: str) -> str:
        """The value of a column; empty if the file does not have it."""
        return self.values.get(column, "")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rows of an import need that somebody says, once for all of them."""

    consent: bool = False
    renamed: str = ""
    """A customer who gets another name, which needs a reason."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the one who confirms an import says for all its rows."""

    consented: Consented | None = None
    reason: str = ""


@dataclass(slots=True)
class Job:
    """One import while it runs. `found` is what its kind remembers between batches."""

    organisation: Organisation
    viewer: Any
    at: dt.datetime
    seen: dict[Any, int] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    said: Said = Said()

    def table(self, name: str) -> dict[Any, Any]:
        """A table that lasts as long as the job."""
        return self.found.setdefault(name, {})  # type: ignore[no-any-return]


class ChangedSince(Refusal):
    """What an import made or changed was changed again, so that undoing would lose the later change."""

    says = Words(
        "导入之后又被修改：{what}；不能撤销整个导入，请先改回或逐条处理。",
        "Changed again since: {what}; the import cannot be undone as a whole. Change it back first, or mend "
        "single entries.",
    )


class DependedUpon(Refusal):
    """Something else depends on what an import made."""

    says = Words(
        "导入的数据已被使用：{what}；撤销前须先处理这些。",
        "What was imported is in use: {what}; see to that before undoing.",
    )


class Kind:
    """A sort of spreadsheet. A subclass says what its rows are."""

    name: str
    title: Words
    says: Words  # what it is for, on the page
    model: Any
    has_template = True
    """Whether it has headings that can be filled in; a format of another industry has none."""

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """The columns; some choices depend on the organisation's regulations."""
        raise NotImplementedError

    def table(self, content: bytes, organisation: Organisation, *, most: int) -> Table:
        """The rows of a file, at most so many. Raises what `read_table` refuses a file with."""
        columns = self.columns(organisation)
        return bounded(
            read_table,
            content,
            headings={column.name: column.headings for column in columns},
            required=[column.name for column in columns if column.required],
            most=most,
        )

    def key(self, row: Candidate) -> Any:
        """What tells one row from another."""
        raise NotImplementedError

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """What is there already, by key; loads what `check` needs too."""
        raise NotImplementedError

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Refuse what does not fit."""

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """The columns that would change: name, as it is, as it becomes."""
        return ()

    def build(self, row: Candidate, job: Job) -> Any:
        """A new object, unsaved."""
        raise NotImplementedError

    def change(self, present: Any, row: Candidate, columns: Sequence[str], job: Job) -> dict[str, Any]:
        """Change the object, unsaved; its fields as they were, for undoing."""
        raise NotImplementedError

    def judge(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Give every row its fate; what exists already, by key."""
        sound = [row for row in rows if row.fate != Fate.REFUSED]
        present = self.existing(sound, job)
        for row in sound:
            key = self.key(row)
            if key in job.seen:
                row.refuse(self.columns(None)[0].name, TWICE.fill(row=job.seen[key]))
                continue
            self.check(row, present.get(key), job)
            if row.reasons:
                continue
            job.seen[key] = row.number
            if key in present:
                row.changes = list(self.compared(row, present[key]))
                row.fate = Fate.CHANGED if row.changes else Fate.SAME
        return present

    def store(self, rows: Sequence[tuple[Candidate, ImportRow]], job: Job) -> None:
        """Store judged rows; each ImportRow remembers what it made or changed."""
        present = self.existing([row for row, _ in rows], job)
        made, changed, fields = [], [], set()
        for row, kept in rows:
            if kept.fate == Fate.NEW:
                made.append(self.build(row, job))
                kept.subject = made[-1].pk
            else:
                one = present[self.key(row)]
                columns = [name for name, _, _ in kept.changes]
                kept.before = self.change(one, row, columns, job)
                kept.subject = one.pk
                changed.append(one)
                fields |= set(kept.before["was"])
        self.model.objects.bulk_create(made, batch_size=BATCH)
        marks = self.marks([one.pk for one in made])  # as the database has them
        for _, kept in rows:
            if kept.fate == Fate.NEW:
                kept.before = {"mark": marks.get(kept.subject)}
        if changed:
            self.model.objects.bulk_update(changed, sorted(fields), batch_size=BATCH)

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """Take back a batch of rows. Raises ChangedSince."""
        new = {row.subject: row for row in rows if row.fate == Fate.NEW}
        changed = {row.subject: row for row in rows if row.fate == Fate.CHANGED}
        found = self.model.objects.select_for_update(of=("self",)).in_bulk([*new, *changed])
        later = [row for id_, row in new.items() if _is_other(found.get(id_), row)]
        objects = {id_: one for id_, one in found.items() if id_ in changed}
        for id_, row in changed.items():
            one, after = objects.get(id_), (row.before or {}).get("after", {})
            if one is None or any(_plain(getattr(one, name)) != v for name, v in after.items()):
                later.append(row)
        if later:
            raise ChangedSince(what=[_named(row, found.get(row.subject)) for row in later[:NAMED]])
        fields: set[str] = set()
        for id_, row in changed.items():
            one = objects[id_]
            for name, value in (row.before or {}).get("was", {}).items():
                setattr(one, name, self.revived(name, value))
                fields.add(name)
        if objects:
            self.model.objects.bulk_update(list(objects.values()), sorted(fields))
        self.remove(list(new))

    def marks(self, ids: Sequence[Any]) -> dict[Any, str]:
        """A mark of each thing as it stands now, by which a later change is seen."""
        return {id_: _mark(one) for id_, one in self.model.objects.in_bulk(ids).items()}

    def remove(self, ids: Sequence[Any]) -> None:
        """Delete what nothing depends on, at one stroke: parts and wholes together."""
        rows = self.model.objects.filter(pk__in=ids)
        rows._raw_delete(rows.db)

    def revived(self, name: str, value: Any) -> Any:
        """A kept field as the model wants it."""
        return value

    def dependants(self, ids: Sequence[Any], made: set[UUID]) -> list[str]:
        """What points to objects made by the import and was not made by it."""
        found = []
        for relation in self.model._meta.get_fields(include_hidden=True):
            if not (relation.one_to_many or relation.one_to_one) or not relation.auto_created:
                continue
            other, name = relation.related_model, relation.field.name
            rows = other._default_manager.filter(**{f"{name}__in": ids})
            if other is self.model:
                rows = rows.exclude(pk__in=made)
            if self.ignores(other):
                continue
            if count := rows.count():
                found.append(f"{other._meta.verbose_name_plural} ({count})")
        return found

    def asks(self, rows: Any) -> Asked:
        """What must be said before these rows are stored."""
        return Asked()

    def must_be_said(self, rows: Any, said: Said, at: dt.datetime) -> None:
        """Raise a Refusal unless what the rows ask for is said."""

    def ignores(self, model: Any) -> bool:
        """Rows that undoing takes care of itself."""
        return False


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return str(value)


def _mark(one: Any) -> str:
    """Of all that a row says, but not of what it is found by, which follows from that."""
    names = [field.attname for field in one._meta.concrete_fields if field.name not in FOUND_BY]
    return mark("\x1f".join(f"{name}={_plain(getattr(one, name))}" for name in names))


def _is_other(one: Any, row: ImportRow) -> bool:
    return one is not None and _mark(one) != (row.before or {}).get("mark")


def _named(row: ImportRow, one: Any) -> Words:
    return ROW.fill(row=row.number, name=str(one or "—"))


def remembered(one: Any, new: dict[str, Any]) -> dict[str, Any]:
    """Set fields, and keep how they were and are: what `ImportRow.before` holds."""
    was = {name: _plain(getattr(one, name)) for name in new}
    for name, value in new.items():
        setattr(one, name, value)
    return {"was": was, "after": {name: _plain(value) for name, value in new.items()}}
