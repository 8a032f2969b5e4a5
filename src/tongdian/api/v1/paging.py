"""Lists a page at a time, newest first: `next` is the opaque cursor of the following page.

The cursor names the last row shown, so a page never skips or repeats a row because others were
added meanwhile, and the thousandth page costs what the first does.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from ninja import Query

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

After = Annotated[
    str, Query(max_length=40, description="the cursor: `next` of the page before; none: the first")
]
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]


class BadCursor(Refusal):
    """A cursor that this program did not give."""

    says = Words("分页标记无效；请从第一页开始。", "That is no cursor; begin at the first page.")


def page(rows: QuerySet[Any], after: str, limit: int, shape: Callable[[Any], Any]) -> dict[str, Any]:
    """One page of rows by id, newest first. Raises BadCursor."""
    if after:
        rows = rows.filter(pk__lt=_read(after))
    found = list(rows.order_by("-pk")[: limit + 1])
    more = found[limit:] and _written(found[limit - 1].pk)
    return {"items": [shape(row) for row in found[:limit]], "next": more or None}


def _written(id_: UUID) -> str:
    return base64.urlsafe_b64encode(id_.bytes).rstrip(b"=").decode()


def _read(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (ValueError, binascii.Error):
        raise BadCursor from None
