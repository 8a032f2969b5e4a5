"""Whether the log is as it was sealed, and if not, exactly where.

Three witnesses: the keyed seals (the key is outside the database, so who can only write to the
database cannot make one), the tree, and the signed checkpoints kept outside.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from tongdian.audit_log import tree
from tongdian.audit_log.models import (
    Checkpoint,
    Entry,
    Erasure,
    Place,
    Subtree,
    Unsealed,
)
from tongdian.audit_log.rules import (
    BadCheckpoint,
    Signer,
    TreeHead,
    payload_seal,
    place_seal,
    read_checkpoint,
)
from tongdian.policy.words import Words

Kind = Literal["changed", "removed", "inserted"]

SENTENCES: dict[Kind, Words] = {
    "changed": Words("{what}：被改动（{how}）", "{what}: changed ({how})"),
    "removed": Words("{what}：被删除（{how}）", "{what}: removed ({how})"),
    "inserted": Words("{what}：被插入（{how}）", "{what}: inserted ({how})"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed."""

    kind: Kind
    what: Words
    how: Words

    @property
    def words(self) -> Words:
        """The finding as a sentence, in both languages."""
        return SENTENCES[self.kind].fill(what=self.what, how=self.how)


@dataclass(frozen=True)
class Verification:
    """What a full check of the log found."""

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
    """Check every entry, place, payload, subtree and checkpoint; reads the whole log once."""
    with _one_snapshot():
        check = _Check()
        findings = (
            *check.places(),
            *check.strangers(),
            *check.payloads(),
            *check.subtrees(),
            *check.checkpoints(),
        )
        size = check.tree.size
        return Verification(
            head=TreeHead(size=size, root=tree.root(check.tree.node, size=size)),
            waiting=Unsealed.objects.count(),
            erased=Erasure.objects.count(),
            checkpoints=check.checkpoints_read,
            findings=findings,
        )


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


def _entries(start: int, stop: int) -> Words:
    if stop - start == 1:
        return _entry(start)
    return Words(f"第 {start} 至 {stop - 1} 条", f"Entries {start} to {stop - 1}")


class _Check:
    """One pass through the log. `suspects` are places already named: what follows from them (a
    subtree, a later root) is not reported twice."""

    def __init__(self) -> None:
        self.key = settings.AUDIT_SEAL_KEY
        self.tree = tree.MemoryTree()
        self.suspects: set[int] = set()
        self.checkpoints_read = 0

    def places(self) -> Iterator[Finding]:
        """Gaps, and entries or places that are not as sealed."""
        for place in Place.objects.select_related("entry").order_by("sequence").iterator():
            if place.sequence > self.tree.size:
                yield self._gap(place.sequence)
            finding = self._placed(place)
            if finding:
                self.suspects.add(place.sequence)
                yield finding

    def _gap(self, until: int) -> Finding:
        start = self.tree.size
        for sequence in range(start, until):
            self.suspects.add(sequence)
            self.tree.append(tree.EMPTY_ROOT)
        return Finding(
            "removed", _entries(start, until), Words("序号不连续", "the numbers have a gap here")
        )

    def _placed(self, place: Place) -> Finding | None:
        sealed = place.entry.sealed()
        leaf = tree.leaf_hash(sealed.leaf(sequence=place.sequence))
        self.tree.append(leaf)
        stored = bytes(place.leaf_hash)
        ours = place_seal(key=self.key, sequence=place.sequence, leaf=stored) == bytes(place.seal)
        intact = sealed.seal(key=self.key) == bytes(place.entry.seal)
        if intact and ours and leaf == stored:
            return None
        if intact:
            how = Words("其位置不是封存时的位置", "it does not stand where it was sealed")
            return Finding("changed", _entry(place.sequence), how)
        if ours:
            how = Words("内容与封印不符", "what it says does not match its seal")
            return Finding("changed", _entry(place.sequence), how)
        how = Words(
            "条目与位置的封印都不是本系统所作", "neither its seal nor its place's seal is ours"
        )
        return Finding("inserted", _entry(place.sequence), how)

    def strangers(self) -> Iterator[Finding]:
        """Places without an entry, and entries that no sealer placed or will place."""
        its_entry = Entry.objects.filter(id=OuterRef("entry_id"))
        orphans = Place.objects.filter(~Exists(its_entry), sequence__gte=self.tree.size)
        for place in orphans:  # those in the middle were named as gaps
            self.suspects.add(place.sequence)
            yield Finding("removed", _entry(place.sequence), Words("条目已不在", "it is gone"))
        for entry in Entry.objects.filter(place__isnull=True).select_related("unsealed").iterator():
            what = Words(f"未封存条目 {entry.id}", f"Unsealed entry {entry.id}")
            if entry.sealed().seal(key=self.key) != bytes(entry.seal):
                yield Finding("inserted", what, Words("封印不是本系统所作", "its seal is not ours"))
            elif not hasattr(entry, "unsealed"):
                how = Words("既无位置，也不在待封存之列", "it has no place and waits for none")
                yield Finding("removed", Words(f"{what.zh}的位置", f"The place of {entry.id}"), how)

    def payloads(self) -> Iterator[Finding]:
        """Payloads that are not what was sealed, or are gone without an erasure."""
        entries = Entry.objects.select_related("place", "payload", "erasure__recorded_as")
        for entry in entries.order_by("id").iterator():
            number = f"{entry.place.sequence}" if hasattr(entry, "place") else f"{entry.id}"
            what = Words(f"第 {number} 条的内容", f"The payload of entry {number}")
            if hasattr(entry, "payload"):
                seal = payload_seal(
                    key=self.key, salt=bytes(entry.payload.salt), payload=entry.payload.content
                )
                if seal != bytes(entry.payload_seal):
                    how = Words("与封印不符", "it does not match its seal")
                    yield Finding("changed", what, how)
            elif not _erased_on_record(entry):
                how = Words("没有删除依据", "no recorded erasure says why")
                yield Finding("removed", what, how)

    def subtrees(self) -> Iterator[Finding]:
        """Stored hashes that the entries do not give."""
        stored = {
            (level, index): bytes(value)
            for level, index, value in Subtree.objects.values_list("level", "index", "hash")
        }
        for level, hashes in enumerate(self.tree.levels[1:], start=1):
            for index, value in enumerate(hashes):
                found = stored.pop((level, index), None)
                covered = range(index << level, (index + 1) << level)
                if found == value or self._suspected(covered):
                    continue
                what = Words(f"子树 {level}/{index}", f"Subtree {level}/{index}")
                if found is None:
                    yield Finding("removed", what, Words("它已不在", "it is gone"))
                else:
                    how = Words("与其下条目不符", "its entries give another hash")
                    yield Finding("changed", what, how)
        for level, index in stored:
            if not self.suspects:
                what = Words(f"子树 {level}/{index}", f"Subtree {level}/{index}")
                yield Finding("inserted", what, Words("其下没有条目", "no entries lie under it"))

    def checkpoints(self) -> Iterator[Finding]:
        """Signed heads, in the database and outside, that the log no longer gives."""
        verifier = Signer(settings.AUDIT_SIGNING_KEY).verifier
        notes = {f"{size}": note for size, note in Checkpoint.objects.values_list("size", "note")}
        for path in sorted(settings.AUDIT_CHECKPOINTS.glob("*.txt")):
            notes[path.name] = path.read_text(encoding="utf-8")
        heads: dict[TreeHead, str] = {}
        for name, note in notes.items():
            self.checkpoints_read += 1
            try:
                heads.setdefault(read_checkpoint(note, verifier=verifier), name)
            except BadCheckpoint as bad:
                what = Words(f"检查点 {name}", f"Checkpoint {name}")
                yield Finding("changed", what, bad.words)
        yield from self._against(sorted(heads, key=lambda head: head.size))

    def _against(self, heads: list[TreeHead]) -> Iterator[Finding]:
        good = 0
        for head in heads:
            if head.size > self.tree.size:
                if self.suspects.issuperset(range(self.tree.size, head.size)):
                    return
                how = Words("检查点证明其曾存在", "a checkpoint proves that they were there")
                yield Finding("removed", _entries(self.tree.size, head.size), how)
                return
            if tree.root(self.tree.node, size=head.size) == head.root:
                good = head.size
            elif not self._suspected(range(head.size)):
                how = Words(
                    f"与大小为 {head.size} 的检查点不符",
                    f"the log does not give the checkpoint of {head.size}",
                )
                yield Finding("changed", _entries(good, head.size), how)
                return

    def _suspected(self, places: range) -> bool:
        return any(place in places for place in self.suspects)


def _erased_on_record(entry: Entry) -> bool:
    if not hasattr(entry, "erasure"):
        return False
    deed = entry.erasure.recorded_as
    return deed.action == "audit_log.erase_payload" and deed.subject == f"entry:{entry.id}"
