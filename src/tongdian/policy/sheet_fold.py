"""A sheet as text of numpy, the third printer: the same lines over rows that come sorted by case.

`at` is a batch (`bulk.fold_batch.Batch`): some thousand whole cases with all their rows, a column an
array. What a case asks of its rows is then a fold over rows that lie together: nothing is hashed, and
nothing outlives the batch.

    def fold(at, as_of):
        t1 = at.column('visit', 'opened')
        t2 = t1 <= as_of
        …
        return {'days': t90, 'outcome': t117}

Numbers are whole ticks of their scale, days count from 1970-01-01, words and places are numbers of a
list. A number's range is reckoned beside it, so that it stands in 32 bits where they hold it and in 64
where not; what needs more is not said. A step that is written twice stands once.

A row may have no value for something: a day outside the calendar, a ratio by zero. Then an array beside
the value says which rows have it, and a case that comes to such a row is told to the batch as doubtful,
as is one that fails a check. Why, the printed SQL says of these cases alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tongdian.policy.fold_expressions import DAYS_OF_DATES, FoldExpressions, range_of, sort_of, ticks
from tongdian.policy.fold_values import NUMBER, TRUTH, WORD, Steps, Unsaid, Value
from tongdian.policy.sheet import Let, Look, Require, Sheet
from tongdian.policy.sql_expressions import summed_names
from tongdian.policy.typed import ROWS_PER_PARENT, Expr
from tongdian.policy.types import Date, Num, Options
from tongdian.policy.words import Words

_STEP = re.compile(r"\bt\d+\b")
_ENDS = {"latest": "most", "earliest": "least", "first": "first", "last": "last"}


@dataclass(frozen=True, slots=True)
class Folded:
    """A printed fold: its text; what `words` are numbered; which inputs of each grain it reads;
    `given` names what one run has for all its rows, in order."""

    text: str
    words: Mapping[str, int]
    reads: Mapping[str, tuple[str, ...]]
    given: tuple[str, ...]
    scales: Mapping[str, int]


def print_fold(sheet: Sheet, outputs: Collection[str]) -> Folded:
    """The fold that makes these lines. Raises Unsaid with what it cannot say."""
    return _Printer(sheet, outputs).folded()


class _Printer:
    """Prints one sheet: `FoldExpressions` asks it for names."""

    def __init__(self, sheet: Sheet, outputs: Collection[str]) -> None:
        self.sheet, self.outputs = sheet, outputs
        self.steps = Steps()
        self.expressions = FoldExpressions(self.steps, self)
        self.words = _words(sheet)
        self.values: dict[str, Value] = {}
        self.asked: dict[tuple[str, str, str], Value] = {}  # operator, name, grain that asks
        self.reads: dict[str, list[str]] = {name: [] for name in sheet.grains}
        self.needed = _needed(sheet, outputs)
        self.lines = {item.name for item in sheet.items if isinstance(item, Let)}
        if any(grain.table for grain in sheet.grains.values()):
            raise Unsaid(Words("from（取表的行）", "from (rows of a table)"))
        if sheet.chains:
            raise Unsaid(Words("逐行结转（previous）", "what one row hands on to the next (previous)"))

    # --- the text ---
    def folded(self) -> Folded:
        """The whole function."""
        for item in self.sheet.items:
            if isinstance(item, Let) and item.name not in self.needed:
                continue
            if isinstance(item, Look):
                raise Unsaid(Words("look（查表）", "look (rows of a table)"))
            said = f"{item.name} =" if isinstance(item, Let) else "require"
            self.steps.act(f"# {item.grain}: {said} {' '.join(item.text.split())}")
            match item:
                case Require():
                    self._require(item)
                case Let():
                    self._let(item)
        found = ", ".join(f"{name!r}: {self._out(name)}" for name in self.outputs)
        given = tuple(sorted(self.sheet.given))
        head = f"def fold({', '.join(['at', *given])}):"
        body = [f"    {line}" for line in _freed(self.steps.lines, found)]
        text = "\n".join([head, *body, f"    return {{{found}}}", ""])
        scales = {name: self.values[name].scale for name in self.outputs}
        reads = {grain: tuple(names) for grain, names in self.reads.items()}
        return Folded(text, self.words, reads, given, scales)

    def _out(self, name: str) -> str:
        value = self.value_of(name, self.sheet.where[name])
        return f"at.spread({self.sheet.where[name]!r}, {value.text})" if value.one else value.text

    def _require(self, item: Require) -> None:
        held = self.expressions.value(item.condition, item.grain)
        sound = held.firm if held.exists is None else self.steps.both(held.exists, held.firm)
        self._doubted(sound, item.grain)

    def _doubted(self, sound: Value, grain: str) -> None:
        if sound.known != 1:
            self.steps.act(f"at.doubt({grain!r}, {sound.text})")

    def _let(self, let: Let) -> None:
        value = self.expressions.value(let.expr, let.grain)
        if isinstance(let.type, Num):
            value = self.expressions.scaled(value, let.type.scale)
            low, high = range_of(let.type)
            value = replace(value, low=max(low, value.low), high=min(high, value.high))
        if let.may_fail and value.exists is not None:
            self._doubted(value.exists, let.grain)
            value = value.firm
        self.values[let.name] = value

    # --- names ---
    def word(self, word: str) -> int:
        """The number of a word of a choice."""
        return self.words[word]

    def grain_of(self, name: str) -> str:
        """The grain whose rows have it."""
        return self.sheet.where[name]

    def value_of(self, name: str, grain: str) -> Value:
        """A line or an input, as rows of a grain see it."""
        if name not in self.values:
            self.values[name] = self._given(name) if name in self.sheet.given else self._input(name)
        return self.raised(self.values[name], self.sheet.where[name], grain)

    def raised(self, value: Value, where: str, grain: str) -> Value:
        """A value of rows of `where` as rows of a grain below see it."""
        if where == grain or value.one:
            return value
        text = self.steps.step(f"at.up({grain!r}, {where!r}, {value.text})")
        exists = value.exists and self.raised(value.exists, where, grain)
        return replace(value, text=text, exists=exists)

    def _given(self, name: str) -> Value:
        kind = self.sheet.types[name]
        if not isinstance(kind, Date):
            raise Unsaid(Words(f"给定的 {name}", f"given {name}"))
        return Value(name, sort_of(kind), *DAYS_OF_DATES, one=True)

    def _input(self, name: str) -> Value:
        where, kind = self.sheet.where[name], self.sheet.types[name]
        sort = sort_of(kind)
        if where == self.sheet.root.name and name == self.sheet.root.key:
            raise Unsaid(Words(f"以 {name} 计算", f"reckoning with {name}"))
        self.reads[where].append(name)
        text = self.steps.step(f"at.column({where!r}, {name!r})")
        return Value(text, sort, *range_of(kind), kind.scale if isinstance(kind, Num) else 0)

    # --- across rows ---
    def across(self, e: Expr, grain: str) -> Value:
        """What looks at the rows of a lower grain, or at earlier rows of its own."""
        if e.op in ("before", "reached"):
            return self._earlier(e, grain)
        name = str(e.args[0].value)
        if (e.op, name, grain) not in self.asked:
            if e.op == "any":
                self._anys(grain, self.sheet.where[name])
            else:
                self.asked[e.op, name, grain] = self._below(e, name, grain)
        return self.asked[e.op, name, grain]

    def _anys(self, grain: str, below: str) -> None:
        """Every condition that this grain asks of that one and that is ready by now, in one pass."""
        together: list[str] = []
        for name in self._asked_of(grain, below):
            if ("any", name, grain) in self.asked or (name in self.lines and name not in self.values):
                continue
            value = self.value_of(name, below)
            if value.known == 0:
                self.asked["any", name, grain] = value
            else:
                together.append(name)
        if not together:
            return
        held = ", ".join(self.value_of(name, below).text for name in together)
        found = self.steps.step(f"at.any({grain!r}, {below!r}, {held})")
        for number, name in enumerate(together):
            self.asked["any", name, grain] = Value(self.steps.step(f"{found}[{number}]"), TRUTH)

    def _asked_of(self, grain: str, below: str) -> list[str]:
        """The conditions of a lower grain that needed lines and checks of this one ask about."""
        found: dict[str, None] = {}
        for item in self.sheet.items:
            if item.grain == grain and not isinstance(item, Look):
                if isinstance(item, Let) and item.name not in self.needed:
                    continue
                asked = summed_names(item.expr if isinstance(item, Let) else item.condition)
                found |= dict.fromkeys(
                    name for name, op in sorted(asked) if op == "any" and self.sheet.where[name] == below
                )
        return list(found)

    def _below(self, e: Expr, name: str, grain: str) -> Value:
        where = self.sheet.where[name]
        at, most = f"{grain!r}, {where!r}", self._most_rows(where, grain)
        if e.op == "rows":
            return Value(self.steps.step(f"at.rows({at})"), NUMBER, 0, most)
        x = self.value_of(name, where)
        if e.op == "holds":
            return Value(self.steps.step(f"at.sum({at}, {x.text}, i32)"), NUMBER, 0, most)
        if e.op in _ENDS:
            made = replace(
                x, text=self.steps.step(f"at.{_ENDS[e.op]}({at}, {x.text})"), one=False, known=None
            )
            exists = Value(self.steps.step(f"at.rows({at}) > 0"), TRUTH)
            return replace(made, exists=exists)
        low, high = min(x.low, 0), max(x.high, 0)
        if x.known == 0:
            return x
        if e.op == "sum":
            kind = Value("", NUMBER, low * most, high * most, x.scale)
            return replace(kind, text=self.steps.step(f"at.sum({at}, {x.text}, i{kind.bits})"))
        text = self.steps.step(f"at.{e.op}({at}, {x.text})")
        return replace(x, text=text, low=low, high=high, one=False, known=None, exists=None)

    def _earlier(self, e: Expr, grain: str) -> Value:
        """What earlier rows with the same key add up to, or have reached."""
        x, key = (self.value_of(str(arg.value), grain) for arg in e.args)
        low, high = min(x.low, 0), max(x.high, 0)
        kind = replace(x, low=low, high=high, one=False, known=None, exists=None)
        parent = str(self.sheet.grains[grain].parent)
        if e.op == "before":
            most = self._most_rows(grain, parent)
            kind = replace(kind, low=low * most, high=high * most)
        made = f"at.{e.op}({grain!r}, {x.text}, {key.text}, i{kind.bits}, {key.sort == WORD})"
        return replace(kind, text=self.steps.step(made))

    def _most_rows(self, below: str, above: str) -> int:
        """How many rows of a grain one row above may have: as many as its key has values, at most."""
        most = 1
        for grain in self.sheet.chain(below):
            if self.sheet.is_below(grain.name, above):
                kind = self.sheet.types[grain.key]
                keys = ROWS_PER_PARENT
                if isinstance(kind, Num):
                    keys = ticks(kind.high, kind.scale) - ticks(kind.low, kind.scale) + 1
                most *= min(keys, grain.most or ROWS_PER_PARENT, ROWS_PER_PARENT)
        return min(most, ROWS_PER_PARENT)


def _words(sheet: Sheet) -> dict[str, int]:
    """Every word of every choice, numbered."""
    found: dict[str, int] = {}

    def read(e: Expr) -> None:
        for word in e.type.values if isinstance(e.type, Options) else ():
            found.setdefault(word, len(found))
        for arg in e.args:
            read(arg)

    for kind in sheet.types.values():
        for word in kind.values if isinstance(kind, Options) else ():
            found.setdefault(word, len(found))
    for e in sheet.expressions():
        read(e)
    return found


def _needed(sheet: Sheet, outputs: Collection[str]) -> set[str]:
    """The lines that must be reckoned: what is asked for, what may refuse a case, and what these use."""
    needed = set(outputs)
    for item in reversed(sheet.items):
        if isinstance(item, Let):
            if item.name in needed or item.may_fail:
                needed |= {item.name, *_used(item.expr)}
        elif isinstance(item, Require):
            needed |= _used(item.condition)
    return needed


def _used(e: Expr) -> set[str]:
    own = {str(e.value)} if e.op == "name" else set()
    return own.union(*map(_used, e.args)) if e.args else own


def _freed(lines: Sequence[tuple[str, str]], found: str) -> Iterator[str]:
    """The steps that anything uses, each array let go after its last use."""
    used = set(_STEP.findall(found))
    kept: list[tuple[str, str, list[str]]] = []
    for name, text in reversed(lines):
        if name and name not in used:
            continue
        asked = [] if text.startswith("#") else list(dict.fromkeys(_STEP.findall(text)))
        kept.append((name, text, [one for one in asked if one not in used]))
        used.update(asked)
    for name, text, done in reversed(kept):
        yield f"{name} = {text}" if name else text
        if done:
            yield f"del {', '.join(done)}"
