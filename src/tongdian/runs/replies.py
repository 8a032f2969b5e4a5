"""Giving a file of a run out so that it is only saved, never shown or run."""

from __future__ import annotations

from pathlib import Path

from django.http import FileResponse


def file_taken(file: Path, *, name: str) -> FileResponse:
    """A file as a download. It is opened here, so that it may be removed meanwhile."""
    reply = FileResponse(file.open("rb"), as_attachment=True, filename=name)
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Content-Security-Policy"] = "default-src 'none'; sandbox"
    reply["Cross-Origin-Resource-Policy"] = "same-origin"
    reply["Cache-Control"] = "private, no-store"
    return reply
