"""Writing to the log: record, seal, sign, erase."""

import json
import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log import queries
from tongdian.audit_log.guards import NO_CHANGE, GuardChange
from tongdian.audit_log.images import Baseline
from tongdian.audit_log.models import (
    Checkpoint,
    Entry,
    Erasure,
    Payload,
    Place,
    Subtree,
    Unsealed,
    WaitingDeed,
)
from tongdian.audit_log.queries import StoredTree, tree_head
from tongdian.audit_log.rules import (
    BASELINE,
    BASELINE_AGAIN,
    ERASE,
    GUARDS,
    GUARDS_CHANGED,
    Sealed,
    Signer,
    payload_seal,
    place_seal,
    plain,
)
from tongdian.audit_log.tables import written_by_deeds
from tongdian.audit_log.tree import completed, leaf_hash
from tongdian.durable import write_durably
from tongdian.identifiers import uuid7
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.questions import insert_rows
from tongdian.soon import do_soon

_log = logging.getLogger(__name__)
SEALING = 7_368_002  # the advisory lock under which places are given
BATCH = 1_000
INSERT_ENTRY = """
    with entry as (
        insert into audit_log_entry (id, at, actor, action, subject, payload_seal, seal)
        values (%s, %s, %s, %s, %s, %s, %s) returning id
    ), payload as (
        insert into audit_log_payload (entry_id, salt, content) select id, %s::bytea, %s::jsonb from entry
    )
    insert into audit_log_unsealed (entry_id, deeds)
    select id, array[audit_log_deed()] || %s::uuid[] from entry
"""


class NothingToSign(Refusal):
    """A checkpoint of an empty log would say nothing."""

    says = Words("审计记录为空，尚无可签署的内容。", "The audit log is empty: nothing to sign.")


class NotTheSealer(Refusal):
    """The key that signs belongs to the sealer's user of this machine."""

    says = Words(
        "签署检查点的密钥只有封存程序可读；请由 root 运行此命令。",
        "Only the sealer can read the key that signs checkpoints: run this command as root.",
    )


class AlreadyErased(Refusal):
    """The payload is gone already."""

    says = Words("条目 {entry} 的内容已删除。", "The payload of entry {entry} is erased already.")


class SaysNothingOfPeople(Refusal):
    """The baseline of rows counts them, and the check of the record needs it."""

    says = Words(
        "条目 {entry} 是数据行的基线，只有行数，核对记录时需要，不能删除。",
        "Entry {entry} is a baseline: it only counts rows, and the check of the record needs it.",
    )


class LegalGroundMissing(Refusal):
    """An erasure must say why."""

    says = Words("请写明删除的法律依据。", "State the legal ground for erasing it.")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What an entry is to say: `actor` and `subject` are names such as "account:admin" and
    "interpretation:gxnu-2016-4/…"; whatever concerns a person belongs in `payload`."""

    actor: str
    action: str
    subject: str
    payload: Mapping[str, Any]


def record(
    *,
    actor: str,
    action: str,
    subject: str,
    payload: Mapping[str, Any],
    at: datetime,
    deeds: Sequence[UUID] = (),
) -> Entry:
    """Append a `NewEntry` in the transaction of the deed; it is sealed soon after that commits.

    What this transaction writes to sealed tables is sealed by the entry, and so is what other `deeds` wrote
    that nobody else answers for. Raises NotSealable for a float in the payload.
    """
    entry, salt, content = _sealed(NewEntry(actor, action, subject, payload), at)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # every deed comes by here, so one statement does it: three would cost twice the time
        cursor.execute(
            INSERT_ENTRY,
            [*(entry[name] for name in _ENTRY), salt, json.dumps(content, ensure_ascii=False), list(deeds)],
        )
        do_soon("audit_log.seal")
    return Entry(**entry)


def record_all(entries: Iterable[NewEntry], *, at: datetime) -> None:
    """As `record`, for many entries of one deed in a fifth of the time; not inside `questions.at_once`."""
    made = [_sealed(entry, at) for entry in entries]
    if not made:
        return
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute("select audit_log_deed()")
            (deed,) = cursor.fetchone()
        insert_rows(Entry, _ENTRY, ([entry[name] for name in _ENTRY] for entry, _, _ in made))
        insert_rows(
            Payload,
            ("entry_id", "salt", "content"),
            ([entry["id"], salt, content] for entry, salt, content in made),
        )
        insert_rows(Unsealed, ("entry_id", "deeds"), ([entry["id"], [deed]] for entry, _, _ in made))
        do_soon("audit_log.seal")


_ENTRY = ("id", "at", "actor", "action", "subject", "payload_seal", "seal")


def _sealed(new: NewEntry, at: datetime) -> tuple[dict[str, Any], bytes, Any]:
    """The row of an entry, and the salt and content of its payload."""
    content, salt, key = plain(new.payload), secrets.token_bytes(16), settings.AUDIT_SEAL_KEY
    sealed = Sealed(
        id=uuid7(),
        at=at.astimezone(UTC),
        actor=new.actor,
        action=new.action,
        subject=new.subject,
        payload_seal=payload_seal(key=key, salt=salt, payload=content),
    )
    row = {name: getattr(sealed, name) for name in _ENTRY[:-1]}
    return {**row, "seal": sealed.seal(key=key)}, salt, content


def seal_entries() -> int:
    """Give every committed entry its place in the tree, oldest first; how many there were.

    One sealer works at a time. What is committed while it works is left for the next.
    """
    sealed = 0
    while batch := _seal_batch():
        sealed += batch
    return sealed


@transaction.atomic
def _seal_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [SEALING])
    _answer_for_rows()
    waiting = list(Unsealed.objects.select_related("entry").order_by("entry_id")[:BATCH])
    digests = _digests(waiting)
    tree = StoredTree()
    start = tree.size()
    places, subtrees = [], []
    for sequence, row in enumerate(waiting, start=start):
        deeds, rows = digests.get(row.entry_id, ([], None))
        leaf = leaf_hash(row.entry.sealed().leaf(sequence=sequence, rows=rows))
        seal = place_seal(key=settings.AUDIT_SEAL_KEY, sequence=sequence, leaf=leaf)
        places.append(Place(sequence=sequence, entry=row.entry, leaf_hash=leaf, seal=seal, deeds=deeds))
        for level, value in enumerate(completed(tree.node, index=sequence, leaf=leaf)):
            tree.remember(level, sequence >> level, value)
            if level:
                subtrees.append(Subtree(level=level, index=sequence >> level, hash=value))
    Place.objects.bulk_create(places)
    Subtree.objects.bulk_create(subtrees)
    Unsealed.objects.filter(entry__in=[row.entry_id for row in waiting]).delete()
    WaitingDeed.objects.filter(deed__in=[deed for deeds, _ in digests.values() for deed in deeds]).delete()
    with connection.cursor() as cursor:
        # what this transaction still writes is not sealed here: it is another deed
        cursor.execute("select set_config('tongdian.deed', '', true)")
    return len(waiting)


def _digests(waiting: Sequence[Unsealed]) -> dict[UUID, tuple[list[UUID], bytes | None]]:
    """By entry the deeds that it seals and the digest of their images. A deed with several entries
    is sealed by the first of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select entry_id, array_agg(deed), audit_log_digest(array_agg(deed))
              from (select distinct on (deed) deed, entry_id
                      from audit_log_unsealed cross join unnest(deeds) deed
                     where entry_id = any(%s)
                       and deed in (select waiting.deed from audit_log_waitingdeed waiting)
                     order by deed, entry_id) first
             group by entry_id
            """,
            [[row.entry_id for row in waiting]],
        )
        return {entry: (deeds, digest and bytes(digest)) for entry, deeds, digest in cursor}


def _answer_for_rows() -> None:
    """Enter what the program's own login wrote without an entry: jobs that note how far they are.

    Rows that another login wrote, such as the database's owner, are answered for by nobody, and the
    check names them; so are those of a table in which only deeds write (`by_deed`).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            delete from audit_log_waitingdeed waiting
             where deed not in (select unnest(deeds) from audit_log_unsealed)
               and deed not in (select deed from audit_log_shape)
            returning deed, writer = session_user
            """
        )
        own = [deed for deed, is_own in cursor.fetchall() if is_own]
        cursor.execute(
            'select distinct deed from audit_log_image where deed = any(%s) and "table" = any(%s)',
            [own, written_by_deeds()],
        )
        unanswered = {deed for (deed,) in cursor.fetchall()}
        own = [deed for deed in own if deed not in unanswered]
        if not own:
            return
        cursor.execute(
            'select "table", sum(cardinality(keys)) from audit_log_image where deed = any(%s)'
            ' group by "table" order by "table"',
            [own],
        )
        written = {table: int(rows) for table, rows in cursor.fetchall()}
        if not written:
            return
        cursor.execute(
            "insert into audit_log_waitingdeed (deed, writer) select unnest(%s::uuid[]), session_user", [own]
        )
        cursor.execute("select clock_timestamp()")
        (now,) = cursor.fetchone()
    record(
        actor="program", action="audit_log.rows_written", subject="rows", payload=written, at=now, deeds=own
    )


def enter_upgrade(baselines: Sequence[Baseline], *, guards: GuardChange = NO_CHANGE, at: datetime) -> None:
    """Enter that rows were imaged as they stood, with the columns of each table, and which guards of
    the database an upgrade made, replaced or took away.

    A table whose columns are as they were at an earlier baseline is not sealed a second time unseen:
    the entry says so, and the check names it.
    """
    if not (baselines or guards):
        return
    known = {name for listed in queries.baselines() for name in listed}
    payload: dict[str, Any] = {one.name: one.rows for one in baselines}
    if guards:
        payload[GUARDS] = {"now": guards.now, "gone": guards.gone}
    again = known & {one.name for one in baselines}
    record(
        actor="program",
        action=(BASELINE_AGAIN if again else BASELINE) if baselines else GUARDS_CHANGED,
        subject="rows" if baselines else "database",
        payload=payload,
        at=at,
        deeds=[one.deed for one in baselines],
    )


def make_checkpoint(*, at: datetime) -> Checkpoint:
    """Seal what is committed, sign the tree's head, and write the note outside the database.

    The same size is signed once. Raises NothingToSign while the log is empty, NotTheSealer
    where the key is another user's.
    """
    if settings.AUDIT_SIGNING_KEY is None:
        raise NotTheSealer
    seal_entries()
    head = tree_head()
    if not head.size:
        raise NothingToSign
    note = Signer(settings.AUDIT_SIGNING_KEY).sign(head, at=at)
    name = f"{head.size:012}.txt"
    with transaction.atomic():  # a row without its file would be named by the check
        checkpoint, _ = Checkpoint.objects.get_or_create(size=head.size, defaults={"at": at, "note": note})
        write_durably(settings.AUDIT_CHECKPOINTS / name, checkpoint.note)
    for folder in settings.AUDIT_CHECKPOINTS_OUTSIDE:
        try:
            write_durably(folder / name, checkpoint.note)
        except OSError as failed:  # the share is away: the next checkpoint tells as much
            _log.error("checkpoint %s did not reach %s: %s", name, folder, failed)
    return checkpoint


def lay_out_verifier() -> None:
    """Put the public key beside the checkpoints, for whoever keeps or checks them."""
    path = settings.AUDIT_CHECKPOINTS / queries.VERIFIER
    if not path.exists() or path.read_text(encoding="utf-8") != queries.verifier():
        write_durably(path, queries.verifier())


def erase_payload(*, viewer: Any, entry: Entry, reason: str, at: datetime) -> Entry:
    """Erase what an entry says about people; its place, seal and proofs stay valid.

    The erasure is an entry itself, which this gives back. Raises NotAllowed, LegalGroundMissing,
    AlreadyErased, SaysNothingOfPeople.
    """
    must_be_allowed(viewer, "audit_log.erase_payload", ERASE)
    if not reason.strip():
        raise LegalGroundMissing
    if entry.action in (BASELINE, BASELINE_AGAIN):
        raise SaysNothingOfPeople(entry=entry.id)
    with transaction.atomic():
        if not Payload.objects.filter(entry=entry).exists():
            raise AlreadyErased(entry=entry.id)
        erasing = record(
            actor=viewer.actor,
            action="audit_log.erase_payload",
            subject=f"entry:{entry.id}",
            payload={"reason": reason},
            at=at,
        )
        Erasure.objects.create(entry=entry, recorded_as=erasing, reason=reason)
        Payload.objects.filter(entry=entry).delete()
    return erasing
