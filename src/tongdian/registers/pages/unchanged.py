"""Pages for strangers: answered 304 before anything is drawn while nothing changed,
and compressed.

Who is signed in sees a name, notices and buttons of their own; their pages are drawn each time and
go uncompressed. On a stranger's page the one secret is the token of its forms, which Django masks
anew each time it is drawn (and `gzip_page` adds bytes of random number), so that its compressed size
tells nothing of it (BREACH).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition

View = Callable[..., HttpResponse]
Decorator = Callable[[View], View]
PROGRAM = Path(__file__).resolve().parents[2]
_DRAWN_FROM = {".py", ".html", ".mo", ".svg", ".css", ".js"}


def unchanged_while(standing: Callable[[], Hashable], *, own_cookies: tuple[str, ...] = ()) -> Decorator:
    """Say 304 to a stranger who has the page already, while `standing()` (what its pages are drawn
    from) is the same. Who has one of `own_cookies` sees a page of their own."""
    known = {settings.SESSION_COOKIE_NAME, "messages", *own_cookies}

    def etag(request: HttpRequest, *_args: Any, **_kwargs: Any) -> str:
        """All that a stranger's page is drawn from: the program, what stands, the language, the day,
        and the token that its forms answer to."""
        told = (
            _program(),
            standing(),
            get_language(),
            timezone.localdate(),
            request.COOKIES.get(settings.CSRF_COOKIE_NAME, ""),
            request.headers.get("HX-Request", ""),
            request.headers.get("HX-Target", ""),
        )
        return f'"{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"'

    def unchanged(view: View) -> View:
        conditional = gzip_page(condition(etag_func=etag)(view))

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            # signed in, an applicant, or with a message to read
            if request.method not in ("GET", "HEAD") or known & request.COOKIES.keys():
                return view(request, *args, **kwargs)
            reply: HttpResponse = conditional(request, *args, **kwargs)
            patch_cache_control(reply, private=True, no_cache=True)
            if reply.status_code == 304:
                # the page as it was drawn keeps the policy that it was sent with
                reply._csp_exempt = True  # type: ignore[attr-defined]
            return reply

        return answer

    return unchanged


@cache
def _program() -> str:
    """The program's files, by size and time of change; looked at once, for another program is
    another process."""
    files = sorted(one for one in PROGRAM.rglob("*") if one.suffix in _DRAWN_FROM)
    about = [(one.stat().st_size, one.stat().st_mtime_ns) for one in files]
    return hashlib.sha256(repr((django.VERSION, about)).encode()).hexdigest()
