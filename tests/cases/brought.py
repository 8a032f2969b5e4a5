"""What a stage asks as it is closed, for tests that are about something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tongdian.cases import queries
from tongdian.cases.rules import evidence_file

SIGNED = evidence_file("0" * 64, "signed.jpg")


def brought(
    case: Any,
    stage: str,
    *,
    facts: Mapping[str, Any] | None = None,
    evidence: Iterable[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """What the stage yields as the pack's examples say, with a file: what the customer signed, say."""
    state = queries.state_of(case)
    told = facts or {}
    products = queries.desk(case).wording.products(stage, state.facts, told)
    return {"facts": products | dict(told), "evidence": [*evidence, SIGNED], **more}
