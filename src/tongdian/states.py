"""State machines: what may follow each state stands as a table beside the model, and the action asks.

FOLLOWS = {State.REPORTED: (State.TAKEN, …), State.DONE: ()}  # in the model Repair
must_follow(Repair.FOLLOWS, row.state, state)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import override

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

Follows = Mapping[Any, Collection[Any]]
NOTHING = Words("（无）", "nothing")


class CannotFollow(Refusal):
    """A state that does not follow the one in which something stands."""

    says = Words(
        "现为“{now}”，不能改为“{wanted}”；此后可为：{known}。",
        'It is "{now}" and cannot become "{wanted}"; what may follow: {known}.',
    )


def must_follow(follows: Follows, now: Any, wanted: Any) -> Any:
    """The state that is wanted, as one of the machine's. Raises CannotFollow."""
    kind = type(next(iter(follows)))
    here = kind(now)
    if wanted not in follows[here]:
        raise CannotFollow(
            now=_said(here),
            wanted=_said(kind(wanted)) if wanted in kind.values else str(wanted),
            known=_joined([_said(kind(one)) for one in follows[here]]),
        )
    return kind(wanted)


def _said(state: Any) -> Words:
    with override("zh-hans"):
        zh = str(state.label)
    with override("en"):
        return Words(zh, str(state.label))


def _joined(several: list[Words]) -> Words:
    if not several:
        return NOTHING
    return Words("、".join(one.zh for one in several), ", ".join(one.en for one in several))
