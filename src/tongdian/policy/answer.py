"""Answers: a value with everything needed to explain it and to make it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from tongdian.policy.inputs import say_unit, say_value
from tongdian.policy.types import Num, Type, Value
from tongdian.policy.units import Unit
from tongdian.policy.words import EXAMPLE, Words


@dataclass(frozen=True, slots=True)
class Range:
    """An amount the officer chooses from, both ends included, with a reason and an approver."""

    low: Decimal
    high: Decimal

    def __contains__(self, amount: Decimal) -> bool:
        return self.low <= amount <= self.high


@dataclass(frozen=True, slots=True)
class PaperOption:
    """A paper that may be asked for."""

    id: str
    title: Words


@dataclass(frozen=True, slots=True)
class PaperOptions:
    """What may be asked for at one stage. `closed` means nothing else may be asked for,
    `and_the_like` that the document's own list goes on with 等."""

    papers: tuple[PaperOption, ...]
    closed: bool
    and_the_like: bool = False

    def __contains__(self, paper: str) -> bool:
        return any(known.id == paper for known in self.papers)


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing that follows an act, and the clauses that say so."""

    id: str
    title: Words
    cite: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows the `time`th time, each thing once; nothing, where the document names nothing."""

    time: int
    follows: tuple[Consequence, ...]

    def __contains__(self, consequence: str) -> bool:
        return any(known.id == consequence for known in self.follows)


class AnswerLine(NamedTuple):
    """One line of a calculation for one row: `billed = round(used * (1 + loss), 2)` → 105.00.

    `is_example`: it rests on a figure that is an example and not official; `label` is what a word that it
    chose is called."""

    grain: str
    row: str
    name: str
    text: str
    value: Value
    type: Type
    cite: str = ""
    is_example: bool = False
    label: Words | None = None

    def say(self, language: str) -> str:
        """The value with its unit; a word by its title."""
        if self.label is not None:
            return self.label.say(language)
        return say_value(self.value, self.type, language)


Said = Value | Range | PaperOptions | Consequences

# parts of the sentence, whose places are filled in the one language that is asked for
_UNDER = Words("依据 ", "under ")
_IN_FORCE = Words("按 %s 有效版本", "as in force on %s")
_TAKING_ONE = Words("采用解读 1 项", "taking 1 interpretation")
_TAKING = Words("采用解读 %s 项", "taking %s interpretations")
_BESIDE = Words("；", "; ")
_TIME = Words("第 {} 次：", "time {}: ")
_NOTHING = Words("没有规定后果", "nothing is laid down")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule says about one case on one day, and why.

    `inputs` are the values used; `row` the number of the chosen row (from 0) for rules made of
    rows, `lines` the calculation for sheets. `pack_hash` names the encoding that made it, so the
    answer can be made again. `is_example`: the value rests on a figure marked as an example.
    """

    value: Said
    unit: Unit
    rule: str
    title: Words
    pack: str
    number: str
    pack_hash: str
    version: dt.date
    cite: tuple[str, ...]
    day: dt.date
    inputs: Mapping[str, Any]
    interpretations: Mapping[str, str]
    reason: Callable[[str], str] = field(repr=False, compare=False)
    cited: Callable[[str], str] = field(repr=False, compare=False)
    owner: str = ""
    row: int | None = None
    is_example: bool = False
    make_lines: Callable[[], tuple[AnswerLine, ...]] = field(default=tuple, repr=False, compare=False)
    say_option: Callable[[str], str] = field(default=str, repr=False, compare=False)
    warnings: tuple[Words, ...] = ()  # what was not known and may have changed the value

    @property
    def lines(self) -> tuple[AnswerLine, ...]:
        """Every line of the calculation, in order."""
        return self.make_lines()

    def say_value(self, language: str) -> str:
        """The value alone, with its unit."""
        match self.value:
            case Range(low, high):
                dash = Words("–", "–").say(language)
                return f"{low.normalize():,f}{dash}{high.normalize():,f} {say_unit(self.unit, language)}"
            case PaperOptions(papers, closed, and_the_like):
                listed = Words("、", "; ").say(language).join(p.title.say(language) for p in papers)
                tail = Words("", "")
                if closed:
                    tail = Words("（仅限所列）", " (nothing else may be asked for)")
                elif and_the_like:
                    tail = Words("等", " and the like")
                return listed + tail.say(language) if papers else Words("不需材料", "no papers").say(language)
            case Consequences(time, follows):
                listed = Words("、", "; ").say(language).join(one.title.say(language) for one in follows)
                return _TIME.say(language).format(time) + (listed or _NOTHING.say(language))
            case str() if self.say_option is not str:
                return self.say_option(language)
            case bool() | Decimal() | dt.date() | str():
                kind = Num(self.unit, 0, Decimal(0), Decimal(0))
                return say_value(self.value, kind, language)

    def say(self, language: str) -> str:
        """The whole sentence: what, why, by which article, by which day's version."""
        mark = EXAMPLE.say(language) if self.is_example else ""
        parts = [
            f"{self.title.say(language)} {self.say_value(language)}{mark}",
            self.reason(language),
            _UNDER.say(language) + self.cited(language),
            _IN_FORCE.say(language) % self.day,
        ]
        if self.interpretations:
            parts.append(self._say_taken(language))
        parts += [warning.say(language) for warning in self.warnings]
        return _BESIDE.say(language).join(filter(None, parts))

    def _say_taken(self, language: str) -> str:
        """How many interpretations were taken: which, is said beside it (`interpretations`), for an id is no word."""
        count = len(self.interpretations)
        return _TAKING_ONE.say(language) if count == 1 else _TAKING.say(language) % count

    def to_json(self) -> dict[str, Any]:
        """Plain data: numbers as text, so that nothing turns them into binary floats."""
        return {
            "value": plain(self.value),
            "unit": str(self.unit),
            "owner": self.owner or None,
            "rule": self.rule,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "pack": self.pack,
            "pack_hash": self.pack_hash,
            "version": self.version.isoformat(),
            "cite": list(self.cite),
            "day": self.day.isoformat(),
            "inputs": plain(self.inputs),
            "row": self.row,
            "is_example": self.is_example,
            "lines": [
                {
                    "grain": line.grain,
                    "row": line.row,
                    "name": line.name,
                    "text": line.text,
                    "value": plain(line.value),
                    "unit": str(line.type.unit) if isinstance(line.type, Num) else "",
                    "cite": line.cite,
                    "is_example": line.is_example,
                }
                for line in self.lines
            ],
            "interpretations": dict(self.interpretations),
            "warnings": [{"zh": warning.zh, "en": warning.en} for warning in self.warnings],
            "says": {"zh": self.say("zh"), "en": self.say("en")},
        }


def plain(value: Any) -> Any:
    """Any value of an Answer as JSON-ready data."""
    match value:
        case Range(low, high):
            return {"from": f"{low:f}", "to": f"{high:f}"}
        case PaperOptions(papers, closed, and_the_like):
            listed = [{"id": p.id, "title": {"zh": p.title.zh, "en": p.title.en}} for p in papers]
            return {"papers": listed, "closed": closed, "and_the_like": and_the_like}
        case Consequences(time, follows):
            said = [
                {"id": one.id, "title": {"zh": one.title.zh, "en": one.title.en}, "cite": list(one.cite)}
                for one in follows
            ]
            return {"time": time, "follows": said}
        case bool() | None:
            return value
        case Decimal():
            return f"{value:f}"
        case dt.date():
            return value.isoformat()
        case Mapping():
            return {key: plain(item) for key, item in value.items() if not key.startswith("^")}
        case list() | tuple():
            return [plain(item) for item in value]
    return str(value)
