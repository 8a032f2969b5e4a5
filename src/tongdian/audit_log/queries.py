"""Reading the log: entries, heads, proofs, and whether anything was tampered with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Max, QuerySet

from tongdian.allowed import must_be_allowed
from tongdian.audit_log import tree
from tongdian.audit_log.guards import after_all
from tongdian.audit_log.models import Checkpoint, Entry, Payload, Place, Subtree, Unsealed
from tongdian.audit_log.rules import (
    APART,
    BASELINE,
    BASELINE_AGAIN,
    GUARDS,
    GUARDS_CHANGED,
    ONE_DOMAIN,
    READ,
    Signer,
    TreeHead,
)
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

VERIFIER = "verifier"  # the file beside the checkpoints


class NoSuchEntry(Refusal):
    """No sealed entry stands at that place."""

    says = Words(
        "第 {sequence} 条不在大小为 {size} 的记录中。", "Entry {sequence} is not in a log of {size} entries."
    )
    status = 404


class StoredTree:
    """The tree's hashes as stored, and those remembered before they are."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], bytes] = {}

    def size(self) -> int:
        """How many entries have a place."""
        last = Place.objects.aggregate(last=Max("sequence"))["last"]
        return 0 if last is None else int(last) + 1

    def remember(self, level: int, index: int, value: bytes) -> None:
        """Know a hash that is about to be stored."""
        self._known[level, index] = value

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        if (level, index) not in self._known:
            if level:
                value = Subtree.objects.get(level=level, index=index).hash
            else:
                value = Place.objects.get(sequence=index).leaf_hash
            self._known[level, index] = bytes(value)
        return self._known[level, index]


def baselines() -> list[dict[str, int]]:
    """What each baseline said: the rows imaged by table and columns; oldest first."""
    return [
        {name: rows for name, rows in said.items() if name != GUARDS}
        for said in _upgrades(BASELINE, BASELINE_AGAIN)
    ]


def entered_guards() -> dict[str, str]:
    """What the guards of the database are, after all that upgrades entered: a hash by name."""
    said = _upgrades(BASELINE, BASELINE_AGAIN, GUARDS_CHANGED)
    return after_all([one[GUARDS] for one in said if GUARDS in one])


def _upgrades(*actions: str) -> list[dict[str, Any]]:
    rows = Payload.objects.filter(entry__action__in=actions, entry__subject__in=["rows", "database"])
    return list(rows.order_by("entry_id").values_list("content", flat=True))


def digest_of(deeds: list[UUID]) -> bytes | None:
    """The digest of the images of some deeds; None where they wrote to no sealed table."""
    if not deeds:
        return None
    with connection.cursor() as cursor:
        cursor.execute("select audit_log_digest(%s)", [deeds])
        (digest,) = cursor.fetchone()
    return digest and bytes(digest)


def tree_head() -> TreeHead:
    """How many entries are sealed, and their root."""
    stored = StoredTree()
    size = stored.size()
    return TreeHead(size=size, root=tree.root(stored.node, size=size))


def entries(*, viewer: Any) -> QuerySet[Entry]:
    """All entries, newest first, each with its place, payload and erasure where it has them."""
    must_be_allowed(viewer, "audit_log.read", READ)
    related = Entry.objects.select_related("place", "payload", "erasure", "unsealed")
    return related.order_by("-id")


def checkpoints(*, viewer: Any) -> list[Checkpoint]:
    """The signed checkpoints, newest first."""
    must_be_allowed(viewer, "audit_log.read", READ)
    return list(Checkpoint.objects.order_by("-size"))


def first_day() -> datetime | None:
    """When the first entry was recorded; None while there is none."""
    at: datetime | None = Entry.objects.order_by("id").values_list("at", flat=True).first()
    return at


def waiting() -> int:
    """How many entries wait for the sealer."""
    return Unsealed.objects.count()


def known_actions() -> list[str]:
    """Every deed that was ever recorded, by name."""
    return list(Entry.objects.order_by("action").values_list("action", flat=True).distinct())


@dataclass(frozen=True)
class Inclusion:
    """Proof that an entry is in the log of a given size."""

    sequence: int
    head: TreeHead
    leaf: bytes
    proof: list[bytes]


def inclusion(*, viewer: Any, sequence: int, size: int | None = None) -> Inclusion:
    """Prove that the entry stands in the log of `size` (now, unless given)."""
    must_be_allowed(viewer, "audit_log.read", READ)
    stored = StoredTree()
    known = stored.size()
    size = known if size is None else size
    if not 0 <= sequence < size <= known:
        raise NoSuchEntry(sequence=sequence, size=min(size, known))
    place = Place.objects.select_related("entry").get(sequence=sequence)
    return Inclusion(
        sequence=sequence,
        head=TreeHead(size=size, root=tree.root(stored.node, size=size)),
        leaf=place.entry.sealed().leaf(sequence=sequence, rows=digest_of(place.deeds)),
        proof=tree.inclusion_proof(stored.node, index=sequence, size=size),
    )


def consistency(*, viewer: Any, old_size: int, size: int | None = None) -> list[bytes]:
    """Prove that the log of `old_size` begins the log of `size` (now, unless given)."""
    must_be_allowed(viewer, "audit_log.read", READ)
    stored = StoredTree()
    known = stored.size()
    size = known if size is None else size
    if not 0 < old_size <= size <= known:
        raise NoSuchEntry(sequence=old_size, size=min(size, known))
    return tree.consistency_proof(stored.node, old_size=old_size, size=size)


def verifier() -> str:
    """The public key as one line. Whoever cannot read the private one reads what the sealer's side
    laid beside the checkpoints."""
    if settings.AUDIT_SIGNING_KEY is not None:
        return Signer(settings.AUDIT_SIGNING_KEY).verifier
    return (settings.AUDIT_CHECKPOINTS / VERIFIER).read_text(encoding="utf-8")


def trust() -> Words:
    """What the seals guard against here: whether pages, sealer and database are users apart."""
    return APART if settings.PARTS_ARE_APART else ONE_DOMAIN
