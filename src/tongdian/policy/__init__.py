"""The policy kernel: regulations as data that answers.

    >>> from tongdian.policy import load_pack                       # doctest: +SKIP
    >>> pack = load_pack("policies/gxnu-2016-4")
    >>> answer = pack.answer("construction-deposit", on=date(2026, 3, 2), given={"contract": 150000})
    >>> answer.say("zh")

Plain Python: no Django, no clock, no network. Loading reads the pack's folder and nothing else.
"""

from typing import TYPE_CHECKING, Any

from tongdian.policy.answer import Answer, Line, Paper, Papers, Range
from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack, load_pack


def __getattr__(name: str) -> Any:
    # packs need the calendar, whose refusals need this package: so they are fetched when asked for
    if name in ("Pack", "load_pack"):
        from tongdian.policy import packs

        return getattr(packs, name)
    raise AttributeError(name)


__all__ = [
    "Answer",
    "Line",
    "Pack",
    "PackError",
    "Paper",
    "Papers",
    "Range",
    "Refusal",
    "Words",
    "load_pack",
]
