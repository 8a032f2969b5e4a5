"""What is asked again and again while one page is made, and found once.

Outside a request, in jobs and commands, everything is asked anew each time, unless inside `asking_once`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase

Found = TypeVar("Found")
_found: ContextVar[dict[Any, Any] | None] = ContextVar("found", default=None)


def once_a_request(key: Any, find: Callable[[], Found]) -> Found:
    """What `find` gave for that key earlier in this request, else what it gives now."""
    known = _found.get()
    if known is None:
        return find()
    if key not in known:
        known[key] = find()
    found: Found = known[key]
    return found


def ask_anew() -> None:
    """Something was changed in this request: what was found before no longer counts."""
    known = _found.get()
    if known is not None:
        known.clear()


@contextmanager
def asking_once() -> Iterator[None]:
    """The block begins with nothing found, and leaves nothing behind."""
    before = _found.set({})
    try:
        yield
    finally:
        _found.reset(before)


def for_one_request(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: every request asks once."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        with asking_once():
            return get_response(request)

    return answer
