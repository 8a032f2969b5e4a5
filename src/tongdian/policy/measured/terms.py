"""The small parts of a written sheet: sets of stages and causes, words, types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from tongdian.policy.inputs import Input
from tongdian.policy.measured.judged import JudgedVersion
from tongdian.policy.types import Num, Options

T = TypeVar("T")


class Total(NamedTuple):
    """A time made up of visits: added or each day once, of which stages, stopped by which causes."""

    of: str
    stages: tuple[str, ...]
    stops: frozenset[str]


def totals(forms: Sequence[JudgedVersion]) -> tuple[list[Total], dict[JudgedVersion, int]]:
    """The different totals over visits, and the number of each form's. Two that agree on every stage
    that both processes have are one."""
    found: list[Total] = []
    known: list[set[str]] = []
    of: dict[JudgedVersion, int] = {}
    for form in forms:
        mine = set(form.counted)
        for number, total in enumerate(found):
            is_alike = (total.of, total.stops) == (form.clock.of, form.stops)
            if is_alike and set(total.stages) & set(form.version.stages) == mine & known[number]:
                found[number] = total._replace(stages=tuple(each_once([*total.stages, *form.counted])))
                known[number] |= set(form.version.stages)
                of[form] = number + 1
                break
        else:
            found.append(Total(form.clock.of, form.counted, form.stops))
            known.append(set(form.version.stages))
            of[form] = len(found)
    return found, of


def each_once(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))


def number_of(day: str) -> str:
    return f"days(1970-01-01, {day})"


def word(word: str) -> str:
    return word if word.replace("_", "a").isalnum() and word[0].isalpha() else f'"{word}"'


def options(words: Sequence[str]) -> str:
    return f"one_of({', '.join(map(word, words))})"


def one_of(name: str, members: Iterable[str], known: Sequence[str]) -> str:
    """Whether `name` is one of the members, of all that are known."""
    listed = [word for word in known if word in set(members)]
    if not listed:
        return "false"
    return "true" if len(listed) == len(known) else f"{name} in ({', '.join(map(word, listed))})"


def type_text(declared: Input) -> str:
    """A fact's type as a sheet writes it."""
    kind = declared.value_type
    match kind:
        case Num(unit, scale, low, high):
            return f"{unit}({scale}) {low:f}..{high:f}" if str(unit) else f"int {low:f}..{high:f}"
        case Options(values):
            return options(values)
    return str(kind)
