"""What the database knows of a kept file. The content lies under its hash in the state folder."""

from typing import ClassVar

from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.files.rules import HASH, MediaType
from tongdian.plain_fields import Line
from tongdian.policy.words import Words


class StoredFile(AppendOnly):
    """One content, once. It has no name here: what somebody called it belongs to the paper that
    points to it, and two papers may be the same file."""

    kept = SealedTable(Words("文件", "file"))

    SUFFIXES: ClassVar[dict[str, str]] = {
        MediaType.PDF: ".pdf",
        MediaType.JPEG: ".jpg",
        MediaType.PNG: ".png",
        MediaType.XLSX: ".xlsx",
        MediaType.CSV: ".csv",
        MediaType.DOCX: ".docx",
    }

    hash = Line(max_length=64, primary_key=True)  # sha256 of the content, in hex
    size = models.PositiveBigIntegerField()  # bytes
    media_type = Line(max_length=80, choices=MediaType)
    created_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(hash__regex=HASH), name="stored_file_has_its_hash"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="stored_file_is_never_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.hash[:12]}{self.suffix}"

    @property
    def suffix(self) -> str:
        """The ending that a download of it has: from what it is, never from what it was called."""
        return self.SUFFIXES[self.media_type]
