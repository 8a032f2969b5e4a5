"""Bringing a spreadsheet in: look at every row first, store all at one stroke, undo exactly that."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tongdian.agreements.importing.kinds import KINDS
from tongdian.agreements.importing.kinds.kind import (
    BATCH,
    Asked,
    Candidate,
    DependedUpon,
    Fate,
    Job,
    Kind,
    Said,
)
from tongdian.agreements.importing.workbooks import LISTS
from tongdian.agreements.models import Import, ImportRow
from tongdian.agreements.rules import IMPORT
from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.files.actions import MAX_BYTES, store
from tongdian.files.rules import SPREADSHEETS, FileTooLarge
from tongdian.network.models import Transformer
from tongdian.parties.models import Organisation
from tongdian.personal import decrypt, encrypt
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets.cells import Cell, CellRefused, shown, text
from tongdian.spreadsheets.reading import SheetRow

MAX_ROWS = 20_000
MOST_REASON = 200
STORED = (Fate.NEW, Fate.CHANGED)
State = Import.State


class NoRows(Refusal):
    """Headings and nothing below."""

    says = Words("标题行下面没有数据。", "There is no data below the headings.")


class NotWaiting(Refusal):
    """Stored, undone or discarded already."""

    says = Words("这次导入已处理（{state}）。", "This import is settled already ({state}).")


class NothingToStore(Refusal):
    """Every row is refused or there already."""

    says = Words("没有可写入的行。", "No row is to be stored.")


class ImportIsStale(Refusal):
    """What is stored here has changed since the preview."""

    says = Words(
        "预览之后数据有变化（第 {row} 行的结果已不同）；请重新上传。",
        "What is stored here has changed since the preview (row {row} would fare otherwise); "
        "upload the file again.",
    )


@transaction.atomic
def stage(
    *, viewer: Any, organisation: Organisation, kind: str, file_name: str, content: bytes, at: datetime
) -> Import:
    """Read a spreadsheet and keep what would become of every row. Nothing else is stored.

    Raises NotAllowed, FileTooLarge, NoRows, and what `read_table` and files.store refuse a file with.
    """
    must_be_allowed(viewer, "agreements.import", IMPORT, organisation)
    if len(content) > MAX_BYTES:
        raise FileTooLarge(limit=MAX_BYTES // 1_000_000)
    is_text = content[:2] != b"PK"
    if not is_text:
        store(content=content, at=at, allowed=SPREADSHEETS)
    sort = KINDS[kind]
    made = Import.objects.create(
        kind=kind,
        organisation=organisation,
        file_name=file_name[:200],
        file_hash=hashlib.sha256(content).hexdigest(),
        uploaded_at=at,
        uploaded_by=viewer,
    )
    table = sort.table(content, organisation, most=MAX_ROWS)
    counts: Counter[str] = Counter()
    job = Job(organisation, viewer, at)
    for batch in _in_batches(table.rows):
        candidates = [_understood(sort, row) for row in batch]
        sort.judge(candidates, job)
        ImportRow.objects.bulk_create(_staged(made, sort, one) for one in candidates)
        counts.update(one.fate for one in candidates)
    if not counts:
        raise NoRows
    if is_text:  # that it is a table was seen by reading it
        store(content=content, at=at, allowed=SPREADSHEETS)
    made.counts = {str(fate): number for fate, number in counts.items()}
    made.contents = [
        list(part.words) for part in table.parts if part.heading_row is not None or part.name != LISTS
    ]
    made.save(update_fields=["counts", "contents"])
    _record(viewer, "stage-import", made, at, kind=kind, file=made.file_hash, counts=made.counts)
    return made


@transaction.atomic
def confirm(*, viewer: Any, brought: Import, at: datetime, said: Said = Said()) -> Import:
    """Store every row that was new or changed; what was refused is left out.

    What the rows need (`Kind.asks`) is said once for all of them: that everybody whose identity number
    is new consented on paper, and why names are corrected. Without it nothing is stored. Raises
    NotAllowed, NotWaiting, NothingToStore, ImportIsStale, and what `Kind.must_be_said` refuses with.
    """
    brought = _locked(viewer, brought)
    if brought.state != State.STAGED:
        raise NotWaiting(state=brought.get_state_display())
    sort = KINDS[brought.kind]
    if not any(brought.counts.get(fate) for fate in STORED):
        raise NothingToStore
    said = Said(said.consented, text(Cell(said.reason), most=MOST_REASON))
    sort.must_be_said(brought.rows.filter(fate__in=STORED), said, at)
    _lock_capacity(sort, brought.organisation)
    job = Job(brought.organisation, viewer, at)
    for rows in _kept(brought, exclude=(Fate.REFUSED,)):
        candidates = [_again(row) for row in rows]
        sort.judge(candidates, job)
        for row, one in zip(rows, candidates, strict=True):
            if one.fate != row.fate or [list(c) for c in one.changes] != row.changes:
                raise ImportIsStale(row=row.number)
    job = Job(brought.organisation, viewer, at, said=said)
    for rows in _kept(brought, only=STORED):
        sort.store([(_again(row), row) for row in rows], job)
        _remember(rows)
    brought.state, brought.confirmed_at, brought.confirmed_by = State.CONFIRMED, at, viewer
    brought.save()
    more: dict[str, Any] = {"reason": said.reason} if said.reason else {}
    if said.consented is not None:
        more["consent"] = {"version": said.consented.version, "door": said.consented.door}
    _record(viewer, "confirm-import", brought, at, file=brought.file_hash, counts=brought.counts, **more)
    return brought


@transaction.atomic
def undo(*, viewer: Any, brought: Import, at: datetime) -> Import:
    """Take back exactly what an import did, as long as nothing else depends on it.

    Raises NotAllowed, NotWaiting, DependedUpon, ChangedSince.
    """
    brought = _locked(viewer, brought)
    if brought.state != State.CONFIRMED:
        raise NotWaiting(state=brought.get_state_display())
    if blocks := what_blocks(brought):
        raise DependedUpon(what=blocks)
    sort, job = KINDS[brought.kind], Job(brought.organisation, viewer, at)
    made = _made(brought)
    for rows in _kept(brought, only=STORED, backwards=True):
        sort.undo(rows, made, job)
    brought.state, brought.undone_at, brought.undone_by = State.UNDONE, at, viewer
    brought.save()
    brought.rows.update(secret=b"")
    _record(viewer, "undo-import", brought, at, file=brought.file_hash, counts=brought.counts)
    return brought


@transaction.atomic
def discard(*, viewer: Any, brought: Import, at: datetime) -> Import:
    """Drop a preview with its rows. Raises NotAllowed, NotWaiting."""
    brought = _locked(viewer, brought)
    if brought.state != State.STAGED:
        raise NotWaiting(state=brought.get_state_display())
    brought.rows.all()._raw_delete(brought.rows.db)
    brought.state = State.DISCARDED
    brought.save()
    _record(viewer, "discard-import", brought, at, file=brought.file_hash)
    return brought


def keep_download(*, viewer: Any, brought: Import, at: datetime) -> None:
    """That somebody took the file as it was uploaded: it may name people. Raises NotAllowed."""
    must_be_allowed(viewer, "agreements.import", IMPORT, brought.organisation)
    _record(viewer, "download-import", brought, at, file=brought.file_hash)


def asks(brought: Import) -> Asked:
    """What must be said when an import is confirmed."""
    return KINDS[brought.kind].asks(brought.rows.filter(fate__in=STORED))


def what_blocks(brought: Import) -> list[str]:
    """What depends on the rows of an import, so that it cannot be undone."""
    made = _made(brought)
    return KINDS[brought.kind].dependants(list(made), made) if made else []


def _made(brought: Import) -> set[UUID]:
    rows = brought.rows.filter(fate=Fate.NEW, subject__isnull=False)
    return {id_ for id_ in rows.values_list("subject", flat=True) if id_ is not None}


def _locked(viewer: Any, brought: Import) -> Import:
    found = Import.objects.select_for_update(of=("self",)).select_related("organisation")
    brought = found.get(pk=brought.pk)
    must_be_allowed(viewer, "agreements.import", IMPORT, brought.organisation)
    return brought


def _remember(rows: list[ImportRow]) -> None:
    """Keep what rows made or changed: one statement, many times faster than bulk_update."""
    before = [row.before and json.dumps(row.before, ensure_ascii=False) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "update agreements_importrow as kept set subject = v.subject, before = v.before::jsonb"
            " from unnest(%s::bigint[], %s::uuid[], %s::text[]) as v(id, subject, before)"
            " where kept.id = v.id",
            [[row.pk for row in rows], [row.subject for row in rows], before],
        )


def _lock_capacity(sort: Kind, organisation: Organisation) -> None:
    if sort.name in ("points", "transformers"):  # nobody promises on these transformers meanwhile
        rows = Transformer.objects.filter(feeder__organisation__in=organisation.ancestors)
        list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _in_batches(rows: Iterable[SheetRow]) -> Iterator[list[SheetRow]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch


def _kept(
    brought: Import, *, only: tuple[str, ...] = (), exclude: tuple[str, ...] = (), backwards: bool = False
) -> Iterator[list[ImportRow]]:
    """The rows of an import, a batch at a time, in the order of the file or the other way round."""
    rows = brought.rows.exclude(fate__in=exclude)
    rows = rows.filter(fate__in=only) if only else rows
    order, step = ("-number", "number__lt") if backwards else ("number", "number__gt")
    last: dict[str, int] = {}
    while batch := list(rows.filter(**last).order_by(order)[:BATCH]):
        yield batch
        last = {step: batch[-1].number}


def _understood(sort: Kind, row: SheetRow) -> Candidate:
    one = Candidate(number=row.number, values={})
    for column in sort.columns(None):
        cell = row.cells.get(column.name)
        if cell is None and not column.required:
            continue
        one.addresses[column.name] = cell.address if cell else column.title.zh
        if not column.bulky:
            one.cells[column.name] = _masked(shown(cell)) if column.secret else shown(cell)
        try:
            one.values[column.name] = column.understood(cell)
        except CellRefused as refused:
            one.refuse(column.name, refused.words)
    return one


def _masked(text: str) -> str:
    """A personal number as the preview shows it: the end is enough to find the row. Of a short one, such as a device's
    password, nothing."""
    return f"{'*' * (len(text) - 4)}{text[-4:]}" if len(text) > 8 else "*" * len(text)


def _staged(brought: Import, sort: Kind, one: Candidate) -> ImportRow:
    secret = {column.name for column in sort.columns(None) if column.secret}
    hidden = {name: value for name, value in one.values.items() if name in secret and value}
    return ImportRow(
        brought_by=brought,
        number=one.number,
        fate=one.fate,
        cells=one.cells,
        values={name: value for name, value in one.values.items() if name not in secret},
        secret=encrypt(json.dumps(hidden)) if hidden else b"",
        changes=one.changes,
        reasons=one.reasons,
    )


def _again(row: ImportRow) -> Candidate:
    hidden = json.loads(decrypt(row.secret)) if row.secret else {}
    return Candidate(number=row.number, values=row.values | hidden)


def _record(viewer: Any, action: str, brought: Import, at: datetime, **payload: Any) -> None:
    subject = f"import:{brought.pk}"
    record(actor=viewer.actor, action=action, subject=subject, payload=payload, at=at)
