"""Requests that change something: answered once for each `Idempotency-Key`.

@deed(router, "/{number}/withdraw", gives=shapes.Standing)
def withdraw(request, number: Number, step: shapes.Withdraw) -> dict: ...
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from tongdian.api.actions import answer_once
from tongdian.api.rules import KeyNotUsable
from tongdian.api.v1.asking import NOT_DONE

HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 16, "maxLength": 100, "pattern": r"^[\x21-\x7e]*$"},
    "description": "Made up by the caller, best a UUID. For 24 hours the same key with the same "
    "request gets the first answer again, marked `Idempotency-Replayed: true`, and nothing is done "
    "twice; with another request it is refused (422). A refusal is not kept: it changed nothing.",
}
_KEY = re.compile(r"[\x21-\x7e]{16,100}")


def deed(
    router: Router, path: str, *, gives: type[Schema], status: int = 200, **more: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a POST that changes something and answers with the shape `gives`.

    The answer is written here, once, and kept in the transaction of what it answers for.
    """

    def register(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def done(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            def answer() -> str:
                return gives.model_validate(view(request, *args, **kwargs)).model_dump_json()

            key = request.headers.get("Idempotency-Key")
            if key is None:
                return _reply(status, answer())
            if not _KEY.fullmatch(key):
                raise KeyNotUsable
            said, again = answer_once(
                key=key,
                caller=hashlib.sha256(request.headers.get("Authorization", "").encode()).hexdigest(),
                request=_fingerprint(request),
                answer=answer,
                at=timezone.now(),
            )
            reply = _reply(status, said)
            if again:
                reply["Idempotency-Replayed"] = "true"
            return reply

        # Annotations are read in the view's own module, not in this one.
        done.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        extra: dict[str, Any] = {"parameters": [HEADER]}
        answers: dict[Any, Any] = {status: gives, **NOT_DONE}
        router.post(path, response=answers, openapi_extra=extra, **more)(done)
        return done

    return register


def _reply(status: int, said: str) -> HttpResponse:
    reply = HttpResponse(said, status=status, content_type="application/json; charset=utf-8")
    reply["Cache-Control"] = "private, no-store"
    return reply


def _fingerprint(request: HttpRequest) -> str:
    """SHA-256 of the method, the address and the body. Of an upload it is what was sent, since the
    boundary between its parts is another each time."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            found.update(f"{name}={values}\n".encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                found.update(f"{name}={file.name}:{file.size}\n".encode())
                found.update(file.read())
                file.seek(0)
    else:
        found.update(request.body)
    return found.hexdigest()
