"""The Merkle tree of RFC 6962, section 2.1, over hashes that somebody else stores.

Every function takes `node(level, index)`, which gives the hash of a complete subtree of 2**level
leaves, the index-th of its level. So a root or a proof reads a few dozen hashes of a log of any
size. `MemoryTree` stores them in lists; the audit log stores them in a table.
"""

import hashlib
from collections.abc import Callable, Sequence

Node = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf: SHA-256 of a zero byte and the leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def pair_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side: SHA-256 of a one byte and both hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(node: Node, *, size: int) -> bytes:
    """The hash of the tree over the first `size` leaves."""
    return _hash(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, *, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves."""
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not in a tree of {size}")
    return _path(node, index, 0, size)


def consistency_proof(node: Node, *, old_size: int, size: int) -> list[bytes]:
    """The hashes that prove the first `old_size` leaves unchanged in the tree of `size`."""
    if not 0 < old_size <= size:
        raise IndexError(f"no proof leads from {old_size} leaves to {size}")
    return _subproof(node, old_size, 0, size, known=True)


def completed(node: Node, *, index: int, leaf: bytes) -> list[bytes]:
    """The subtree hashes that appending `leaf` at `index` completes, from level 0 upward."""
    hashes = [leaf]
    while (index + 1) % (1 << len(hashes)) == 0:
        level = len(hashes) - 1
        hashes.append(pair_hash(node(level, (index >> level) - 1), hashes[-1]))
    return hashes


def included(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf hash to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            value = pair_hash(sibling, value)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            value = pair_hash(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == root


def consistent(*, old_size: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows the old tree as a beginning of the new (RFC 9162, 2.1.4.2)."""
    if old_size == size:
        return not proof and old_root == root
    if not 0 < old_size < size:
        return False
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old, new = path[0], path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = pair_hash(sibling, old), pair_hash(sibling, new)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            new = pair_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == root


class MemoryTree:
    """A tree whose hashes are kept in memory, for checking one that is stored elsewhere."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self.levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash, and the subtrees that it completes."""
        for level, value in enumerate(completed(self.node, index=self.size, leaf=leaf)):
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(value)

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        return self.levels[level][index]


class Frontier:
    """A growing tree of which only the right edge is kept: one hash for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: dict[int, bytes] = {}  # of the complete subtrees that make up the tree, by level

    def append(self, leaf: bytes) -> list[tuple[int, bytes]]:
        """Add a leaf hash; the level and hash of every subtree that it completes, itself first."""
        made = [(0, leaf)]
        level, value = 0, leaf
        while level in self._edge:
            value = pair_hash(self._edge.pop(level), value)
            level += 1
            made.append((level, value))
        self._edge[level] = value
        self.size += 1
        return made

    def root(self) -> bytes:
        """The hash of the whole tree."""
        value = None
        for level in sorted(self._edge):
            value = self._edge[level] if value is None else pair_hash(self._edge[level], value)
        return EMPTY_ROOT if value is None else value


def _split(size: int) -> int:
    """The largest power of two below `size`: how many leaves go left."""
    return 1 << ((size - 1).bit_length() - 1)


def _hash(node: Node, start: int, size: int) -> bytes:
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    left = _split(size)
    return pair_hash(_hash(node, start, left), _hash(node, start + left, size - left))


def _path(node: Node, index: int, start: int, size: int) -> list[bytes]:
    if size == 1:
        return []
    left = _split(size)
    if index < left:
        return [*_path(node, index, start, left), _hash(node, start + left, size - left)]
    return [*_path(node, index - left, start + left, size - left), _hash(node, start, left)]


def _subproof(node: Node, old: int, start: int, size: int, *, known: bool) -> list[bytes]:
    if old == size:
        return [] if known else [_hash(node, start, size)]
    left = _split(size)
    if old <= left:
        right = _hash(node, start + left, size - left)
        return [*_subproof(node, old, start, left, known=known), right]
    rest = _subproof(node, old - left, start + left, size - left, known=False)
    return [*rest, _hash(node, start, left)]
