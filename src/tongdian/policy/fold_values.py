"""What the third printer knows of a value while it writes: its text, its range, where it exists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tongdian.policy.words import Words

NUMBER, TRUTH, DAY, WORD, PLACE, NAME = "number", "truth", "day", "word", "place", "name"
_NARROW, _WIDE = 2**31 - 1, 2**62


class Unsaid(Exception):
    """What the fold cannot say; the sheet then runs as SQL."""

    def __init__(self, what: Words) -> None:
        self.what = what
        super().__init__(what.en)


@dataclass(frozen=True, slots=True)
class Value:
    """A value as printed so far.

    `low` and `high` bound a number in ticks of `scale`, and a day in days from 1970. `one` is the same
    for all rows, `known` even when printed. `exists` tells of each row whether it has the value at all;
    without it every row has.
    """

    text: str
    sort: str
    low: int = 0
    high: int = 1
    scale: int = 0
    one: bool = False
    known: int | None = None
    exists: Value | None = None

    @property
    def bits(self) -> int:
        """How wide an array that holds every number of the range must be. Raises Unsaid."""
        largest = max(abs(self.low), abs(self.high))
        if largest > _WIDE:
            raise Unsaid(Words("18 位以上的数", "numbers of more than 18 digits"))
        return 32 if largest <= _NARROW else 64

    @property
    def firm(self) -> Value:
        """The same where every row is known to have it."""
        return replace(self, exists=None)


def constant(number: int, sort: str, *, scale: int = 0) -> Value:
    """A value that is known when printed."""
    text = str(bool(number)) if sort == TRUTH else str(number)
    return Value(text, sort, number, number, scale, one=True, known=int(number))


TRUE, FALSE = constant(1, TRUTH), constant(0, TRUTH)


@dataclass(slots=True)
class Steps:
    """The lines of the function: each step once, however often it is asked for."""

    lines: list[tuple[str, str]] = field(default_factory=list)  # name, what it is; '' of a remark or an act
    known: dict[str, str] = field(default_factory=dict)

    def step(self, made: str) -> str:
        """The name of a step."""
        if made not in self.known:
            self.known[made] = f"t{len(self.known) + 1}"
            self.lines.append((self.known[made], made))
        return self.known[made]

    def act(self, text: str) -> None:
        """A line that gives nothing."""
        self.lines.append(("", text))

    # --- truth ---
    def both(self, a: Value, b: Value) -> Value:
        """Whether both hold (of values that every row has)."""
        if a.known is not None or b.known is not None:
            known, other = (a, b) if a.known is not None else (b, a)
            return other.firm if known.known else FALSE
        if a.text == b.text:
            return a.firm
        one = a.one and b.one
        return Value(self.step(f"{a.text} {'and' if one else '&'} {b.text}"), TRUTH, one=one)

    def either(self, a: Value, b: Value) -> Value:
        """Whether one of them holds."""
        if a.known is not None or b.known is not None:
            known, other = (a, b) if a.known is not None else (b, a)
            return TRUE if known.known else other.firm
        if a.text == b.text:
            return a.firm
        one = a.one and b.one
        return Value(self.step(f"{a.text} {'or' if one else '|'} {b.text}"), TRUTH, one=one)

    def no(self, a: Value) -> Value:
        """Whether it does not hold."""
        if a.known is not None:
            return FALSE if a.known else TRUE
        return Value(self.step(f"not {a.text}" if a.one else f"~{a.text}"), TRUTH, one=a.one)

    def all_exist(self, *values: Value) -> Value | None:
        """Where all of them exist; None: everywhere."""
        found: Value | None = None
        for value in values:
            if value.exists is not None:
                found = value.exists if found is None else self.both(found, value.exists)
        return None if found is not None and found.known == 1 else found

    # --- choosing ---
    def chosen(self, condition: Value, then: Value, other: Value) -> Value:
        """One of two values of one sort and scale (which every row has)."""
        c = condition
        if c.known is not None:
            return then.firm if c.known else other.firm
        if then.text == other.text:
            return then.firm
        low, high = min(then.low, other.low), max(then.high, other.high)
        made = replace(then, low=low, high=high, known=None, exists=None, one=False)
        if then.sort == TRUTH and (then.known is not None or other.known is not None):
            return self._choice_of_truths(c, then, other)
        if c.one and then.one and other.one:
            return replace(made, text=self.step(f"{then.text} if {c.text} else {other.text}"), one=True)
        if c.one:
            return replace(made, text=self.step(f"at.either({c.text}, {then.text}, {other.text})"))
        text = f"np.where({c.text}, {typed(then, made)}, {typed(other, made)})"
        return replace(made, text=self.step(text))

    def _choice_of_truths(self, c: Value, then: Value, other: Value) -> Value:
        if then.known is not None:
            return self.either(c, other) if then.known else self.both(self.no(c), other)
        return self.either(self.no(c), then) if other.known else self.both(c, then)


def typed(value: Value, among: Value) -> str:
    """A value as an array of its sort may take it in: a bare number would be 64 bits wide."""
    if not value.one:
        return value.text
    return f"{TYPES.get(among.sort) or f'i{among.bits}'}({value.text})"


TYPES = {TRUTH: "bool", WORD: "w", PLACE: "i32", NAME: "i32"}
