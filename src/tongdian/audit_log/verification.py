"""Whether the record is as it was sealed, and if not, exactly where.

Three witnesses for the log: the keyed seals (the key is outside the database, so who can only write
to the database cannot make one), the tree, and the signed checkpoints kept outside. The leaves of
the tree seal the images of the rows, and every row is compared with its image (rows.py).

The log is read once, in its order, beside its stored subtrees: memory does not grow with it.
"""

from __future__ import annotations

import contextlib
import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Greatest, Least

from tongdian.audit_log import queries, tree
from tongdian.audit_log.findings import Finding
from tongdian.audit_log.guards import differences, listing
from tongdian.audit_log.models import Checkpoint, Entry, Erasure, Place, Unsealed
from tongdian.audit_log.rows import compared, derived
from tongdian.audit_log.rules import (
    BadCheckpoint,
    NotSealable,
    Sealed,
    SignedHead,
    TreeHead,
    payload_seal,
    place_seal,
    read_checkpoint,
)
from tongdian.policy.words import Words

AT_A_TIME = 2_000

# Times that the database can hold and Python cannot (infinity, the year 10000) are read as the nearest
# that it can: no entry of ours is of then, so the seal shows it.
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
READABLE_AT = Least(Greatest("at", Value(FIRST)), Value(LAST))
LOG = """
select place.sequence, place.leaf_hash, place.seal,
       entry.id, least(greatest(entry.at, '0001-01-02 00:00+00'), '9999-12-30 00:00+00'),
       entry.actor, entry.action, entry.subject, entry.payload_seal, entry.seal,
       payload.salt, payload.content::text, deed.action, deed.subject,
       case when cardinality(place.deeds) > 0 then audit_log_digest(place.deeds) end
  from audit_log_place place
  join audit_log_entry entry on entry.id = place.entry_id
  left join audit_log_payload payload on payload.entry_id = entry.id
  left join audit_log_erasure erasure on erasure.entry_id = entry.id
  left join audit_log_entry deed on deed.id = erasure.recorded_as_id
 order by place.sequence
"""


def _file(size: int) -> Path:
    return settings.AUDIT_CHECKPOINTS / f"{size:012}.txt"


def _misdated(row: Any, signed: SignedHead) -> Words | None:
    """How the row of a checkpoint differs from what was signed there."""
    if row.size != signed.head.size:
        size = signed.head.size
        return Words(f"所签署的大小为 {size}", f"what was signed is of size {size}")
    if signed.at is not None and signed.at != row.readable_at:
        return Words(
            f"所载时间为 {row.readable_at}，所签署的时间为 {signed.at}",
            f"it says {row.readable_at}, and {signed.at} was signed",
        )
    return None


@dataclass(frozen=True)
class Verification:
    """What a full check of the record found."""

    head: TreeHead
    waiting: int
    erased: int
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, removed or inserted."""
        return not self.findings


def verify() -> Verification:
    """Check every entry, place, payload, subtree, checkpoint and sealed row; reads all of it once."""
    with _one_snapshot():
        check = _Check()
        findings = (
            *check.log(),
            *check.strangers(),
            *check.subtrees_left(),
            *check.checkpoints_left(),
            *_guards(),
            *compared(),
            *derived(),
        )
        return Verification(
            head=check.head(),
            waiting=Unsealed.objects.count(),
            erased=Erasure.objects.count(),
            checkpoints=check.checkpoints_read,
            findings=findings,
        )


def _guards() -> Iterator[Finding]:
    entered = queries.entered_guards()
    if not entered:
        what = Words("数据库约束与权限的封存", "The listing of the database's guards")
        yield Finding("removed", what, Words("没有条目记载", "no entry says what they are"))
        return
    with connection.cursor() as cursor:
        there = listing(cursor)
    yield from differences(entered, there)


@contextlib.contextmanager
def _one_snapshot() -> Iterator[None]:
    """Read as of one moment, while others go on recording."""
    fresh = not connection.in_atomic_block
    with transaction.atomic():
        if fresh:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read, read only")
        yield


def _entry(sequence: int) -> Words:
    return Words(f"第 {sequence} 条", f"Entry {sequence}")


def _payload_of(sequence: int) -> Words:
    return Words(f"第 {sequence} 条的内容", f"The payload of entry {sequence}")


def _entries(start: int, stop: int) -> Words:
    if stop - start == 1:
        return _entry(start)
    return Words(f"第 {start} 至 {stop - 1} 条", f"Entries {start} to {stop - 1}")


SUBTREES = """
select level, "index", hash from audit_log_subtree order by ("index" + 1) << level, level
"""


def _asked(statement: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement, some at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(AT_A_TIME):
            yield from rows


class _Check:
    """One pass through the log. `suspects` are places already named: what follows from them (a
    subtree, a later root) is not reported twice."""

    def __init__(self) -> None:
        self.key = settings.AUDIT_SEAL_KEY
        self.tree = tree.Frontier()
        self.suspects: list[int] = []
        self.checkpoints_read = 0
        self._stored = _asked(SUBTREES)
        self._next = next(self._stored, None)

    def head(self) -> TreeHead:
        """The log as far as it was read."""
        return TreeHead(size=self.tree.size, root=self.tree.root())

    def log(self) -> Iterator[Finding]:
        """Gaps, and entries, places, payloads, subtrees or checkpoints that are not as sealed."""
        heads, findings = self._signed_heads()
        yield from findings
        self._heads = heads
        self._good = 0
        for row in _asked(LOG):
            yield from self._row(*row)

    def _row(
        self,
        sequence: int,
        stored: Any,
        place: Any,
        id_: Any,
        at: Any,
        actor: str,
        action: str,
        subject: str,
        payload: Any,
        seal: Any,
        salt: Any,
        content: Any,
        erased_by: str | None,
        erased_what: str | None,
        rows: Any,
    ) -> Iterator[Finding]:
        """One line of LOG."""
        if sequence > self.tree.size:
            start = self.tree.size
            yield self._gap(sequence)
            for _ in range(start, sequence):
                yield from self._append(tree.EMPTY_ROOT)
        sealed = Sealed(
            id=id_, at=at, actor=actor, action=action, subject=subject, payload_seal=bytes(payload)
        )
        leaf, finding = self._placed(
            sequence,
            sealed,
            stored=bytes(stored),
            place=bytes(place),
            seal=bytes(seal),
            rows=None if rows is None else bytes(rows),
        )
        if finding:
            self.suspects.append(sequence)
            yield finding
        if salt is not None:
            yield from self._payload(sequence, sealed, bytes(salt), content)
        elif (erased_by, erased_what) != ("audit_log.erase_payload", f"entry:{id_}"):
            how = Words("没有删除依据", "no recorded erasure says why")
            yield Finding("removed", _payload_of(sequence), how)
        yield from self._append(leaf)

    def _gap(self, until: int) -> Finding:
        self.suspects.extend(range(self.tree.size, until))
        how = Words("序号不连续", "the numbers have a gap here")
        return Finding("removed", _entries(self.tree.size, until), how)

    def _placed(
        self, sequence: int, sealed: Sealed, *, stored: bytes, place: bytes, seal: bytes, rows: bytes | None
    ) -> tuple[bytes, Finding | None]:
        """The leaf that the tree goes on with, and what is wrong with the entry."""
        leaf = tree.leaf_hash(sealed.leaf(sequence=sequence, rows=rows))
        is_ours = place_seal(key=self.key, sequence=sequence, leaf=stored) == place
        is_intact = sealed.seal(key=self.key) == seal
        if is_intact and is_ours and leaf == stored:
            return leaf, None
        if is_intact and is_ours:
            how = Words(
                "其位置或其行的封存不是当时的",
                "it does not stand where it was sealed, or its rows' images are not those",
            )
        elif is_intact:
            how = Words("其位置的封印不是本系统所作", "its place's seal is not ours")
        elif is_ours:
            how = Words("内容与封印不符", "what it says does not match its seal")
        else:
            how = Words("条目与位置的封印都不是本系统所作", "neither its seal nor its place's seal is ours")
            return leaf, Finding("inserted", _entry(sequence), how)
        return (stored if is_ours else leaf), Finding("changed", _entry(sequence), how)

    def _payload(self, sequence: int, sealed: Sealed, salt: bytes, text: str) -> Iterator[Finding]:
        """A payload that is not what was sealed."""
        try:
            seal = payload_seal(key=self.key, salt=salt, payload=json.loads(text))
        except (NotSealable, ValueError, RecursionError):  # we never wrote such a one
            seal = b""
        if seal != sealed.payload_seal:
            how = Words("与封印不符", "it does not match its seal")
            yield Finding("changed", _payload_of(sequence), how)

    def _append(self, leaf: bytes) -> Iterator[Finding]:
        index = self.tree.size
        for level, value in self.tree.append(leaf):
            if level:
                yield from self._subtree(level, index >> level, value)
        yield from self._checkpoint()

    def _subtree(self, level: int, index: int, value: bytes) -> Iterator[Finding]:
        """A stored hash that the entries do not give, or that is missing."""
        what = Words(f"子树 {level}/{index}", f"Subtree {level}/{index}")
        is_suspected = self._suspected(index << level, (index + 1) << level)
        if self._next is None or self._next[:2] != (level, index):
            if not is_suspected:
                yield Finding("removed", what, Words("它已不在", "it is gone"))
            return
        if self._next[2] != value and not is_suspected:
            how = Words("与其下条目不符", "its entries give another hash")
            yield Finding("changed", what, how)
        self._next = next(self._stored, None)

    def subtrees_left(self) -> Iterator[Finding]:
        """Stored hashes of more entries than there are."""
        while self._next is not None and not self.suspects:
            level, index, _ = self._next
            what = Words(f"子树 {level}/{index}", f"Subtree {level}/{index}")
            yield Finding("inserted", what, Words("其下没有条目", "no entries lie under it"))
            self._next = next(self._stored, None)

    def strangers(self) -> Iterator[Finding]:
        """Places without an entry, and entries that no sealer placed or will place."""
        its_entry = Entry.objects.filter(id=OuterRef("entry_id"))
        orphans = Place.objects.filter(~Exists(its_entry), sequence__gte=self.tree.size)
        for place in orphans:  # those in the middle were named as gaps
            self.suspects.append(place.sequence)
            yield Finding("removed", _entry(place.sequence), Words("条目已不在", "it is gone"))
        unplaced = Entry.objects.filter(place__isnull=True).select_related("unsealed").defer("at")
        for entry in unplaced.annotate(readable_at=READABLE_AT).iterator():
            what = Words(f"未封存条目 {entry.id}", f"Unsealed entry {entry.id}")
            entry.at = entry.readable_at
            if entry.sealed().seal(key=self.key) != bytes(entry.seal):
                yield Finding("inserted", what, Words("封印不是本系统所作", "its seal is not ours"))
            elif not hasattr(entry, "unsealed"):
                how = Words("既无位置，也不在待封存之列", "it has no place and waits for none")
                yield Finding("removed", Words(f"{what.zh}的位置", f"The place of {entry.id}"), how)

    def _signed_heads(self) -> tuple[list[TreeHead], list[Finding]]:
        """Signed heads, in the database and outside, by size; and notes that are not ours."""
        verifier = queries.verifier()
        signed = Checkpoint.objects.annotate(readable_at=READABLE_AT)
        rows = {f"{one.size}": one for one in signed.defer("at")}
        notes = {name: row.note for name, row in rows.items()}
        for folder in (settings.AUDIT_CHECKPOINTS, *settings.AUDIT_CHECKPOINTS_OUTSIDE):
            for path in sorted(folder.glob("*.txt")):
                text = path.read_text(encoding="utf-8", errors="replace")
                notes[f"{folder.name}/{path.name}"] = text
        heads: set[TreeHead] = set()
        findings = []
        for name, note in notes.items():
            self.checkpoints_read += 1
            what = Words(f"检查点 {name}", f"Checkpoint {name}")
            try:
                signed_head = read_checkpoint(note, verifier=verifier)
            except BadCheckpoint as bad:
                findings.append(Finding("changed", what, bad.words))
                continue
            heads.add(signed_head.head)
            if name in rows and (how := _misdated(rows[name], signed_head)):
                findings.append(Finding("changed", what, how))
        missing = [size for size in rows if not _file(int(size)).exists()]
        if missing:
            first, last = min(missing, key=int), max(missing, key=int)
            what = Words(
                f"{len(missing)} 个检查点的文件（{first}–{last}）",
                f"The file of checkpoint {first}"
                if first == last
                else f"The files of {len(missing)} checkpoints, {first} to {last}",
            )
            findings.append(Finding("removed", what, Words("只有数据库还有", "only the database has it")))
        return sorted(heads, key=lambda head: head.size, reverse=True), findings

    def _checkpoint(self) -> Iterator[Finding]:
        """A signed head of the size that the tree has now."""
        while self._heads and self._heads[-1].size == self.tree.size:
            head = self._heads.pop()
            if self.head() == head:
                self._good = head.size
            elif not self._suspected(0, head.size):
                how = Words(
                    f"与大小为 {head.size} 的检查点不符",
                    f"the log does not give the checkpoint of {head.size}",
                )
                yield Finding("changed", _entries(self._good, head.size), how)
                self.suspects.append(self._good)  # what follows from it is not told again

    def checkpoints_left(self) -> Iterator[Finding]:
        """A signed head of a log that was longer."""
        if not self._heads:
            return
        head, gone = self._heads[0], set(self.suspects)
        if not gone.issuperset(range(self.tree.size, head.size)):
            how = Words("检查点证明其曾存在", "a checkpoint proves that they were there")
            yield Finding("removed", _entries(self.tree.size, head.size), how)

    def _suspected(self, start: int, stop: int) -> bool:
        self.suspects.sort()  # nearly sorted always
        found = bisect_left(self.suspects, start)
        return found < len(self.suspects) and self.suspects[found] < stop
