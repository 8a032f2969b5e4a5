"""The policy kernel: regulations as data that answers.

    >>> from tongdian.policy import load_pack                       # doctest: +SKIP
    >>> pack = load_pack("policies/gxnu-2016-4")
    >>> answer = pack.answer("construction-deposit", on=date(2026, 3, 2), given={"contract": 150000})
    >>> answer.say("zh")

Plain Python: no Django, no clock, no network. Loading reads the pack's folder and nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.answer import Answer, AnswerLine, PaperOption, PaperOptions, Range
    from tongdian.policy.loading import load_pack
    from tongdian.policy.packs import Pack

_WHERE = dict.fromkeys(("Answer", "AnswerLine", "PaperOption", "PaperOptions", "Range"), "answer")
_WHERE |= {"Pack": "packs", "load_pack": "loading"}


def __getattr__(name: str) -> Any:
    # fetched when asked for: packs need the calendar, whose refusals need this package, and who
    # only counts working days need not wait for the rest
    if name in _WHERE:
        return getattr(import_module(f"tongdian.policy.{_WHERE[name]}"), name)
    raise AttributeError(name)


__all__ = [
    "Answer",
    "AnswerLine",
    "Pack",
    "PackError",
    "PaperOption",
    "PaperOptions",
    "Range",
    "Refusal",
    "Words",
    "load_pack",
]
