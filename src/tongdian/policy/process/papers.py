"""Which lists of papers an applicant may already answer: those that come before their next own step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion


def lists_ahead(wording: ProcessVersion, stage: str) -> tuple[str, ...]:
    """The stages beyond `stage` whose papers may be handed in while it is open: those that follow it,
    and those behind a step of an office that asks none, up to the next list or the applicant's next
    own step. What is handed in early is due only when its own stage is closed."""
    stages = wording.stages
    ahead = wording.graph.ahead(
        stage, lambda key: stages[key].papers is None and wording.owner_of(key) != "customer"
    )
    return tuple(key for key in ahead if stages[key].papers is not None)


def lists_at_first(wording: ProcessVersion) -> tuple[str, ...]:
    """The stages whose papers are handed in with the application: the first ones with a list, or,
    behind a first stage without one, the lists that come next."""
    found: dict[str, None] = {}
    for key, stage in wording.stages.items():
        if not stage.after:
            found |= dict.fromkeys((key,) if stage.papers is not None else lists_ahead(wording, key))
    return tuple(found)
