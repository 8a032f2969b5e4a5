"""The body of a bundle: a reviewed version of a return, what it was counted from, and where the log stands; or the
last alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.audit_log import tree
from tongdian.audit_log.models import Checkpoint
from tongdian.audit_log.queries import StoredTree, verifier
from tongdian.parties.models import Organisation
from tongdian.policy.packs import Pack
from tongdian.supervision.bundles import FORMAT, LOG_FORMAT
from tongdian.supervision.models import CountedFigures, WitnessedHead
from tongdian.supervision.queries.filings import ReturnStanding, newest_figures
from tongdian.supervision.refusing.bundles import NothingToSend
from tongdian.supervision.rules import ReturnState

MOST_SEEN = 5_000


def body_of(here: ReturnStanding, checkpoint: Checkpoint, *, begins: int, made: dt.date) -> dict[str, Any]:
    """What is sent of a return: its newest version, which a second person reviewed. `begins` is the size of the
    log that the receiver saw last, 0 for none; the proof leads from there.

    Raises NothingToSend.
    """
    version = here.newest
    if version is None or here.state_of(version) not in (
        ReturnState.REVIEWED, ReturnState.SUBMITTED, ReturnState.ACCEPTED,
    ):  # fmt: skip
        raise NothingToSend
    figures = newest_figures(here.organisation, here.form.pack.id, here.period.key)
    return {
        **log_of(here.organisation, checkpoint, begins=begins, made=made),
        "format": FORMAT,
        "pack": here.form.pack.id,
        "pack_hash": here.form.pack.content_hash,
        "form": here.form.key,
        "period": here.period.key,
        "number": version.number,
        "cells": version.cells,
        "absent": version.absent,
        "remarks": version.remarks,
        "figures": {}
        if figures is None
        else {"on": figures.on.isoformat(), "indicators": figures.indicators},
        "below": [{"office": one["office"], "digest": one["digest"]} for one in figures.below]
        if figures
        else [],
        "committed": _committed(figures, here.form.pack),
        "hash": version.hash,
    }


def _committed(figures: CountedFigures | None, pack: Pack) -> dict[str, Any] | None:
    """Which cases stand behind what was counted here; none, where no case was."""
    population = getattr(figures, "population", None)
    if population is None:
        return None
    return {
        "size": population.size,
        "root": population.root,
        "indicators": population.indicators,
        "choices": dict(pack.choices),
    }


def log_of(office: Organisation, checkpoint: Checkpoint, *, begins: int, made: dt.date) -> dict[str, Any]:
    """Where the log stands, as an office tells the one above. `begins` as in `body_of`."""
    proof = []
    if 0 < begins < checkpoint.size:
        proof = tree.consistency_proof(StoredTree().node, old_size=begins, size=checkpoint.size)
    return {
        "format": LOG_FORMAT,
        "office": office.short,
        "verifier": verifier(),
        "made": made.isoformat(),
        "checkpoint": checkpoint.note,
        "begins": begins,
        "proof": [one.hex() for one in proof],
        "seen": newest_seen(),
    }


def newest_seen() -> list[dict[str, str]]:
    """The newest checkpoint of each log that this installation has seen: they travel on, so that a third party
    can compare."""
    rows = WitnessedHead.objects.order_by("verifier", "-size", "-id").distinct("verifier")[:MOST_SEEN]
    return [{"verifier": row.verifier, "note": row.note} for row in rows]
