"""Giving a file of a run out so that it is only saved, never shown or run."""

from __future__ import annotations

from typing import IO

from django.http import FileResponse


def file_taken(content: IO[bytes], *, name: str) -> FileResponse:
    """A file as a download, open already, so that it may be removed meanwhile."""
    reply = FileResponse(content, as_attachment=True, filename=name)
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Content-Security-Policy"] = "default-src 'none'; sandbox"
    reply["Cross-Origin-Resource-Policy"] = "same-origin"
    reply["Cache-Control"] = "private, no-store"
    return reply
