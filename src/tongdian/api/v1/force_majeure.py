"""Events of force majeure: the register, and the files that prove one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from tongdian.api.shapes.cases import Proof, ProofOut
from tongdian.api.tickets import upload_of
from tongdian.api.v1.asking import REFUSED, viewer_of
from tongdian.api.v1.doing import deed
from tongdian.api.v1.registers import operations
from tongdian.cases.actions.force_majeure import add_proof
from tongdian.cases.registers import FORCE_MAJEURE

events = operations(FORCE_MAJEURE)


@events.get("/{id_}/proofs", response={200: list[ProofOut], **REFUSED})
def list_proofs(request: HttpRequest, id_: UUID) -> Any:
    """The files that prove an event."""
    return list(FORCE_MAJEURE.find(viewer_of(request), id_).proofs.order_by("id"))


@deed(events, "/{id_}/proofs", gives=ProofOut, status=201)
def prove(request: HttpRequest, id_: UUID, asked: Proof) -> Any:
    """Hand in a file, uploaded before, that proves an event. The same again is kept once."""
    viewer = viewer_of(request)
    event = FORCE_MAJEURE.find(viewer, id_)
    return add_proof(
        viewer=viewer, event=event, file=upload_of(asked.file), name=asked.name, at=timezone.now()
    )
