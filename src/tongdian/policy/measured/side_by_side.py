"""Stages that are to run side by side: whether none of them waited until another was closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tongdian.policy.measured.terms import one_of, word


def visit_lines(stages: Sequence[str], every: Sequence[str], never: int) -> Iterator[str]:
    """Of a visit: how long before `never` its stage was opened and closed, as the day stands; 0 otherwise. The
    earliest is then the greatest, and nought says that there is none."""
    for key in stages:
        yield f"opens_{key} = if stage = {word(key)} and opened <= as_of then {never} - from_day else 0"
    if stages:
        yield f"shuts = if {one_of('stage', stages, every)} and closed <= as_of then {never} - to_day else 0"


def case_lines(stages: Sequence[str], never: int) -> Iterator[str]:
    """Of the case: `in_parallel`. A stage that is opened again after it was sent back counts by its first day."""
    for key in stages:
        yield f"first_{key} = if max(opens_{key}) > 0 then {never} - max(opens_{key}) else 0"
    if stages:
        yield f"last_begun = max({', '.join(f'first_{key}' for key in stages)})"
        yield f"in_parallel = last_begun <= {never} - max(shuts)"
