"""Bringing files, saying what their columns mean, having them calculated, removing them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.bounded import bounded
from tongdian.bulk.glimpse import Glimpse, glimpse
from tongdian.bulk.headings import check
from tongdian.bulk.own_tables import asked_of_table
from tongdian.bulk.refusals import UnknownColumn
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_text import legible
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Grain, Sheet
from tongdian.rulebook.queries import chosen_mark
from tongdian.runs import folder, queries
from tongdian.runs.models import BulkRun, ColumnMapping
from tongdian.runs.rules import (
    CALCULATE,
    KEPT_FOR,
    MAX_BYTES,
    MOST_FILES,
    SUFFIXES,
    AtWork,
    ColumnMeantTwice,
    ColumnNotGiven,
    ColumnUndecided,
    EmptyFile,
    FileMissingForGrain,
    FilesGone,
    FilesTooLarge,
    KindNotRead,
    NoSuchRun,
    NotToBeMapped,
    TooManyFiles,
)
from tongdian.soon import do_soon

State = BulkRun.State
PLAIN_NAME = re.compile(r"\w[\w.-]{0,59}")
Columns = Mapping[str, Mapping[str, str | None]]


class Brought(NamedTuple):
    """A file as it was uploaded."""

    name: str
    content: bytes


def bring(
    *,
    viewer: Any,
    organisation: Organisation,
    pack: str,
    rule: str,
    on: dt.date,
    files: Mapping[str, Sequence[Brought]],
    at: dt.datetime,
    by: Sequence[str] = (),
    take: Mapping[str, str] | None = None,
) -> BulkRun:
    """Keep the files of a run: of each grain, and of each table for which the office brings rows of its
    own; nothing is calculated before the columns of the grains are mapped. `take`: readings to be tried
    in place of those chosen here.

    Raises NotAllowed, NoSuchRun, FilesTooLarge, TooManyFiles, FileMissingForGrain, KindNotRead, EmptyFile,
    UnknownColumn, UnknownOption, OptionNotUsed, InterpretationNotChosen, and what `glimpse`, `check` and
    `bounded` refuse a file with.
    """
    must_be_allowed(viewer, queries.PERMISSION, CALCULATE, organisation)
    found, known, sheet = queries.sheet(pack, rule, on=on, take=take)
    by = _groups(known, sheet, by)
    if sum(len(one.content) for listed in files.values() for one in listed) > MAX_BYTES:
        raise FilesTooLarge(limit=MAX_BYTES // 1_000_000)
    if sum(map(len, files.values())) > MOST_FILES:
        raise TooManyFiles(most=MOST_FILES)
    for grain in sheet.read:
        if not files.get(grain.name) and not grain.may_be_absent:
            raise FileMissingForGrain(grain=known.titles.get(grain.name, grain.name))
    asked = [*(grain.name for grain in sheet.read), *sorted(sheet.tables)]
    wanted = {name: list(files[name]) for name in asked if files.get(name)}
    made = uuid7()
    kept, contents = _as_kept(wanted)
    folder.keep(made, contents)
    try:
        with transaction.atomic():
            row = BulkRun.objects.create(
                id=made,
                organisation=organisation,
                pack=pack,
                rule=rule,
                on=on,
                by=list(by),
                take=dict(take or {}),
                files=kept,
                columns=queries.columns_kept(organisation, pack, rule),
                brought_at=at,
                brought_by=viewer,
                expires_at=at + KEPT_FOR,
            )
            look(row, known, sheet)
            _look_at_own_rows(row, found, sheet)
            said = {name: [one["sha256"] for one in listed] for name, listed in kept.items()}
            _record(viewer, "bring-files", row, at, files=said, take=row.take)
    except BaseException:
        folder.remove(made)
        raise
    return row


def _groups(rule: SheetRule, sheet: Sheet, by: Sequence[str]) -> list[str]:
    if rule.measure is None:
        return []
    known = {name for name, where in sheet.where.items() if where == sheet.root.name}
    for column in by:
        if column not in known:
            raise UnknownColumn(column=column, known=sorted(known))
    return list(dict.fromkeys(by))


def _as_kept(wanted: Mapping[str, Sequence[Brought]]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What is written down of each file, and the contents by the name under which they lie: their own
    where it is a plain one, so that a line is found by it."""
    kept: dict[str, Any] = {}
    contents: dict[str, bytes] = {}
    for grain, listed in wanted.items():
        for number, one in enumerate(listed, 1):
            name = legible(PurePath(one.name).name)[:200].replace("\n", " ").replace("\r", " ")
            suffix = PurePath(name).suffix.lower()
            if suffix not in SUFFIXES:
                raise KindNotRead(name=name)
            if not one.content:
                raise EmptyFile(name=name)
            stored = name if PLAIN_NAME.fullmatch(name) and name not in contents else ""
            stored = stored or f"{grain}-{number}{suffix}"
            while stored in contents:
                stored = f"_{stored}"
            contents[stored] = one.content
            digest = hashlib.sha256(one.content).hexdigest()
            told = {"name": name, "stored": stored, "size": len(one.content), "sha256": digest}
            kept.setdefault(grain, []).append(told)
    return kept, contents


def look(run: BulkRun, rule: SheetRule, sheet: Sheet) -> dict[str, list[Glimpse]]:
    """The headings of each file with what they are taken for, read in a child. Raises FilesGone, and
    what `glimpse` and `bounded` refuse a file with."""
    return {
        grain.name: [
            bounded(glimpse, path, queries.asked(rule, sheet, grain, run.columns))
            for path in _paths(run, grain.name)
        ]
        for grain in _brought(run, sheet)
    }


def _look_at_own_rows(run: BulkRun, pack: Pack, sheet: Sheet) -> None:
    """Rows of an office's own have the columns of their table: nobody maps them."""
    for name in sorted(sheet.tables & set(run.files)):
        asked = asked_of_table(pack.rules[name])
        for path in _paths(run, name):
            seen = bounded(glimpse, path, asked)
            check(path, [one.column or one.title for one in seen.headings], asked)


def _paths(run: BulkRun, name: str) -> list[Path]:
    found = folder.given_of(run.pk, run.files[name])
    if not all(path.is_file() for path in found):
        raise FilesGone
    return found


def _brought(run: BulkRun, sheet: Sheet) -> list[Grain]:
    return [grain for grain in sheet.read if grain.name in run.files]


def start(*, viewer: Any, run: BulkRun, columns: Columns, at: dt.datetime) -> BulkRun:
    """Have a run calculated; the run that does so: the same files, columns, day and sheet are one.

    `columns` says of each heading what it means, None for nothing. It is kept for the office and
    offered next time. Raises NotAllowed, NotToBeMapped, ColumnUndecided, ColumnNotGiven,
    ColumnMeantTwice, BadColumns, FilesGone.
    """
    must_be_allowed(viewer, queries.PERMISSION, CALCULATE, run.organisation)
    if run.state not in (State.BROUGHT, State.FAILED):
        return run  # a second click
    pack, rule, sheet = queries.sheet(run.pack, run.rule, on=run.on, take=run.take)
    seen = look(run, rule, sheet)
    meant = {
        grain.name: {
            title: column
            for one, file in zip(seen[grain.name], run.files[grain.name], strict=True)
            for title, column in _meant(
                file["name"], rule, sheet, grain, one, columns.get(grain.name, {})
            ).items()
        }
        for grain in _brought(run, sheet)
    }
    key = _key(run, pack, meant)
    try:
        with transaction.atomic():
            return _started(viewer, run, meant, key, at)
    except IntegrityError as same:
        if "same_work_is_one_run" not in str(same):
            raise
    return _the_other(viewer, run, key, at)


def _started(viewer: Any, run: BulkRun, meant: Columns, key: str, at: dt.datetime) -> BulkRun:
    row = BulkRun.objects.select_for_update(of=("self",)).filter(pk=run.pk).first()
    if row is None:
        raise NoSuchRun
    if row.state not in (State.BROUGHT, State.FAILED):  # meanwhile, by another click
        if row.key == key:
            return row
        raise NotToBeMapped
    row.columns, row.key, row.state = meant, key, State.WAITING
    row.tries, row.said_zh, row.said_en = 0, "", ""
    row.save(update_fields=["columns", "key", "state", "tries", "said_zh", "said_en"])
    _keep_columns(viewer, row, meant, at)
    _record(viewer, "start-run", row, at, key=key)
    do_soon("runs.calculate", run=str(row.pk))
    return row


def _the_other(viewer: Any, run: BulkRun, key: str, at: dt.datetime) -> BulkRun:
    """The run that does the same already; the files that came again are removed."""
    other = BulkRun.objects.exclude(state__in=[State.BROUGHT, State.FAILED]).get(key=key)
    discard(viewer=viewer, run=run, at=at)
    return other


def _meant(
    file: str, rule: SheetRule, sheet: Sheet, grain: Grain, seen: Glimpse, said: Mapping[str, str | None]
) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    first: dict[str, str] = {}
    asked = queries.asked(rule, sheet, grain, {grain.name: dict(said)})
    for heading in seen.headings:
        column = said.get(heading.title, "")
        if column == "" or (column is not None and column not in asked.names):
            raise ColumnUndecided(file=file, title=heading.title)
        found[heading.title] = column
        if column is not None:
            if column in first:
                raise ColumnMeantTwice(file=file, first=first[column], second=heading.title, column=column)
            first[column] = heading.title
    for column in asked.names:
        if column not in first and column not in asked.optional:
            raise ColumnNotGiven(file=file, column=rule.titles.get(column, column))
    return found


def _key(run: BulkRun, pack: Pack, columns: Columns) -> str:
    """Names the work: what would be calculated, by which rules, for whom."""
    said = [
        str(run.organisation_id),
        pack.content_hash,
        repr(chosen_mark()),
        run.rule,
        run.on.isoformat(),
        run.by,
        run.take,
        {grain: sorted(one["sha256"] for one in listed) for grain, listed in run.files.items()},
        {grain: dict(one) for grain, one in columns.items()},
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _keep_columns(viewer: Any, run: BulkRun, meant: Columns, at: dt.datetime) -> None:
    """What was said stays, for headings of earlier files too; what is said now counts."""
    before = queries.columns_kept(run.organisation, run.pack, run.rule)
    together = {grain: {**before.get(grain, {}), **meant.get(grain, {})} for grain in {**before, **meant}}
    if together == before:
        return
    ColumnMapping.objects.update_or_create(
        organisation=run.organisation,
        pack=run.pack,
        rule=run.rule,
        defaults={"columns": together, "changed_at": at, "changed_by": viewer},
    )
    _record(viewer, "map-columns", run, at, columns=together)


def discard(*, viewer: Any, run: BulkRun, at: dt.datetime) -> None:
    """Remove a run, its files and results before their time. Raises NotAllowed, AtWork."""
    must_be_allowed(viewer, queries.PERMISSION, CALCULATE, run.organisation)
    with transaction.atomic():
        row = BulkRun.objects.select_for_update(of=("self",)).filter(pk=run.pk).first()
        if row is None:
            return
        if row.is_at_work:
            raise AtWork
        _record(viewer, "discard-run", row, at)
        row.delete()
    folder.remove(run.pk)


def keep_taking(*, viewer: Any, run: BulkRun, name: str, at: dt.datetime) -> None:
    """That somebody took a file of a run along: it may name people. Raises NotAllowed."""
    must_be_allowed(viewer, queries.PERMISSION, CALCULATE, run.organisation)
    _record(viewer, "take-result", run, at, file=name)


def clear(*, at: dt.datetime) -> int:
    """Remove every run whose time is over, and folders that no run has; how many runs there were."""
    gone = BulkRun.objects.filter(expires_at__lte=at)
    names: list[UUID] = list(gone.values_list("id", flat=True))
    gone.delete()
    for name in names:
        folder.remove(name)
    known = {str(one) for one in BulkRun.objects.values_list("id", flat=True)}
    yesterday = (at - dt.timedelta(days=1)).timestamp()
    for path in folder.kept():
        if path.name not in known and path.stat().st_mtime < yesterday:
            folder.remove(UUID(path.name))
    return len(names)


def _record(viewer: Any, action: str, run: BulkRun, at: dt.datetime, **payload: Any) -> None:
    said = {"pack": run.pack, "rule": run.rule, "organisation": str(run.organisation_id), **payload}
    record(actor=viewer.actor, action=action, subject=f"run:{run.pk}", payload=said, at=at)
