"""Reading kept files, never without looking whether they are what was kept.

Files know nobody: whoever asks has asked before whether the viewer may see the paper that points
here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from tongdian.files import folder
from tongdian.files.models import StoredFile
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NoSuchFile(Refusal):
    """No file of that hash was kept."""

    says = Words("没有这个文件。", "There is no such file.")
    status = 404


class FileMissing(Refusal):
    """The row is there and the content is not."""

    says = Words(
        "文件 {hash} 不在存储目录中；请从备份恢复。",
        "The file {hash} is gone from the folder; restore it from a backup.",
    )


class FileChanged(Refusal):
    """The content on disk is not what was kept: a fault of the disk, or somebody's hand."""

    says = Words(
        "文件 {hash} 的内容与存入时不一致，已拒绝读取；请从备份恢复并查明原因。",
        "The file {hash} is not what was kept, so it is not given out; restore it from a backup "
        "and find out why.",
    )


class FileContent(NamedTuple):
    """A file as it was kept."""

    stored: StoredFile
    content: bytes


def stored_file(hash_: str) -> StoredFile:
    """What is known of a file. Raises NoSuchFile."""
    found = StoredFile.objects.filter(hash=hash_).first()
    if found is None:
        raise NoSuchFile
    return found


def open_file(hash_: str) -> FileContent:
    """The file, read and compared with its hash. Raises NoSuchFile, FileMissing, FileChanged."""
    stored = stored_file(hash_)
    return FileContent(stored, _compared(stored.hash))


@dataclass(frozen=True, slots=True)
class FileVerification:
    """What was found of all files: how many are as kept, and the hashes of the others.

    `unknown` lie in the folder without a row: a program ended between the two, or the database is
    older than the folder. They do no harm.
    """

    intact: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every file that the database knows is there and unchanged."""
        return not self.missing and not self.changed


def verify_all() -> FileVerification:
    """Read every file there is and compare it with its hash."""
    known = set(StoredFile.objects.values_list("hash", flat=True).iterator())
    intact, missing, changed = 0, [], []
    for hash_ in sorted(known):
        try:
            _compared(hash_)
        except FileMissing:
            missing.append(hash_)
        except FileChanged:
            changed.append(hash_)
        else:
            intact += 1
    unknown = sorted(set(folder.kept()) - known)
    return FileVerification(intact, tuple(missing), tuple(changed), tuple(unknown))


def _compared(hash_: str) -> bytes:
    try:
        content = folder.path_of(hash_).read_bytes()
    except FileNotFoundError as gone:
        raise FileMissing(hash=hash_) from gone
    if hashlib.sha256(content).hexdigest() != hash_:
        raise FileChanged(hash=hash_)
    return content
