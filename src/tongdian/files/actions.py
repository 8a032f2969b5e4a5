"""Keeping files, and clearing away what was never finished."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import BinaryIO

from tongdian.bounded import bounded
from tongdian.files import folder
from tongdian.files.models import StoredFile
from tongdian.files.queries import FileChanged, FileMissing, open_file
from tongdian.files.rules import PAPERS, FileTooLarge, MediaType, made_fit

MAX_BYTES = 20_000_000
A_DAY = timedelta(days=1)


def store(
    *,
    content: bytes | BinaryIO,
    at: datetime,
    allowed: frozenset[MediaType] = PAPERS,
    max_bytes: int = MAX_BYTES,
) -> StoredFile:
    """Keep a file and give back its row; the same content twice is one file.

    The content lies safely on disk before the row is written, so a row never points to nothing.
    Run it inside the caller's transaction: without the row the file on disk is only unknown.
    Who may is the caller's to ask. Raises FileEmpty, FileTooLarge, TypeNotAllowed, FileDamaged,
    PictureTooLarge, MacrosNotAllowed, TooMuchWork, Busy.
    """
    whole = content if isinstance(content, bytes) else content.read(max_bytes + 1)
    if len(whole) > max_bytes:
        raise FileTooLarge(limit=max_bytes // 1_000_000)
    media_type, fit = bounded(made_fit, whole, allowed=allowed)
    return _keep(fit, media_type=media_type, at=at)


def keep_document(*, content: bytes, at: datetime) -> StoredFile:
    """Keep a PDF that this program printed itself."""
    return _keep(content, media_type=MediaType.PDF, at=at)


def clear_drafts(*, at: datetime) -> int:
    """Remove what a program that ended half-way left a day ago or longer; how many there were."""
    left = folder.drafts(older_than=(at - A_DAY).timestamp())
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _keep(content: bytes, *, media_type: MediaType, at: datetime) -> StoredFile:
    hash_ = hashlib.sha256(content).hexdigest()
    row = StoredFile(hash=hash_, size=len(content), media_type=media_type, created_at=at)
    try:
        if StoredFile.objects.filter(hash=hash_).exists():
            return open_file(hash_).stored
    except (FileMissing, FileChanged):
        pass  # what was lost has come again: mend it
    folder.write(hash_, content)
    StoredFile.objects.bulk_create([row], ignore_conflicts=True)  # two at once keep one row
    return StoredFile.objects.get(hash=hash_)
