"""Proofs from the sealed log."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tongdian.allowed import must_be_allowed
from tongdian.api.shapes import rulebook as shapes
from tongdian.api.v1.asking import REFUSED, STAFF
from tongdian.audit_log import queries as log
from tongdian.audit_log.models import Checkpoint

audit = Router(tags=["audit log"], auth=STAFF)
Sequence = Annotated[int, Field(ge=0, le=2**62)]


@audit.get("/head", response={200: shapes.HeadOut, **REFUSED})
def log_head(request: HttpRequest) -> Any:
    """Size and root of the sealed log, and the newest signed checkpoint."""
    must_be_allowed(request.auth, "audit_log.read", log.READ)  # type: ignore[attr-defined]
    head = log.tree_head()
    newest = Checkpoint.objects.order_by("-size").first()
    return {"size": head.size, "root": head.root.hex(), "checkpoint": newest.note if newest else None}


@audit.get("/entries/{sequence}/proof", response={200: shapes.ProofOut, **REFUSED})
def prove_entry(
    request: HttpRequest, sequence: Sequence, size: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Any:
    """Prove that an entry stands in the log of `size` (now, unless given)."""
    found = log.inclusion(viewer=request.auth, sequence=sequence, size=size)  # type: ignore[attr-defined]
    return {
        "sequence": found.sequence,
        "size": found.head.size,
        "root": found.head.root.hex(),
        "leaf": found.leaf.hex(),
        "proof": [step.hex() for step in found.proof],
    }


@audit.get("/consistency", response={200: shapes.ConsistencyOut, **REFUSED})
def prove_growth(
    request: HttpRequest,
    old_size: Annotated[int, Query(ge=1, le=2**62)],
    size: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Any:
    """Prove that the log of `old_size` begins the log of `size`: nothing was rewritten."""
    proof = log.consistency(viewer=request.auth, old_size=old_size, size=size)  # type: ignore[attr-defined]
    return {
        "old_size": old_size,
        "size": log.tree_head().size if size is None else size,
        "proof": [step.hex() for step in proof],
    }
