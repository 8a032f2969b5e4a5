"""Giving a file out so that it can do nothing but be looked at."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from tongdian.files.queries import open_file
from tongdian.files.rules import MediaType

SHOWN_IN_THE_BROWSER = {MediaType.PDF, MediaType.JPEG, MediaType.PNG}


def file_reply(hash_: str, *, name: str, download: bool = False) -> HttpResponse:
    """The file as a reply, for a page that has asked whether its viewer may see it.

    `name` is what a download is called, without the ending, which comes from what the file is.
    Pictures and PDFs open in the browser unless `download`; everything else is saved. It runs no
    script and loads nothing, is never taken for another type, and is kept in no cache, since
    papers concern people. Raises NoSuchFile, FileMissing, FileChanged.
    """
    stored, content = open_file(hash_)
    saved = download or stored.media_type not in SHOWN_IN_THE_BROWSER
    reply = HttpResponse(content, content_type=stored.media_type)
    reply["Content-Disposition"] = str(content_disposition_header(saved, f"{name}{stored.suffix}"))
    reply["X-Content-Type-Options"] = "nosniff"
    reply["Content-Security-Policy"] = _policy(stored.media_type)
    reply["Cross-Origin-Resource-Policy"] = "same-origin"
    reply["Cache-Control"] = "private, no-store"
    return reply


def _policy(media_type: str) -> str:
    alone = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    # Chromium shows no PDF in a sandbox; its viewer is one already.
    return alone if media_type == MediaType.PDF else f"{alone}; sandbox"
