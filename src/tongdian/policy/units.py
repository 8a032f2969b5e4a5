"""Units as exponent vectors: kWh × yuan/kWh = yuan, and kWh + yuan is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tongdian.policy.miswritten import Miswritten

_NAME = re.compile(r"[A-Za-z%³²]+")
_PLAIN = frozenset({"ratio", "int", "1"})  # words for "no unit"


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of named base units with whole exponents, written like `yuan/kWh`.

    `Unit()` is a bare number. `yuan/person/day` divides by both.
    """

    powers: tuple[tuple[str, int], ...] = ()

    @classmethod
    @lru_cache(maxsize=512)
    def parse(cls, text: str) -> Unit:
        """Read `kWh`, `yuan/kWh`, `kW*hour`, `yuan/person/day`. Raises ValueError."""
        powers: dict[str, int] = {}
        for position, part in enumerate(text.split("/")):
            for name in part.split("*"):
                if not _NAME.fullmatch(name) and name != "1":
                    raise Miswritten(f"“{text}”不是单位", f"{text!r} is not a unit")
                if name not in _PLAIN:
                    powers[name] = powers.get(name, 0) + (1 if position == 0 else -1)
        return cls._of(powers)

    @classmethod
    def _of(cls, powers: dict[str, int]) -> Unit:
        return cls(tuple(sorted((name, n) for name, n in powers.items() if n)))

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.powers)
        for name, n in other.powers:
            powers[name] = powers.get(name, 0) + n
        return self._of(powers)

    def __truediv__(self, other: Unit) -> Unit:
        return self * Unit(tuple((name, -n) for name, n in other.powers))

    @lru_cache(maxsize=512)  # noqa: B019  # of a few dozen units
    def __str__(self) -> str:
        above = "*".join(name + ("" if n == 1 else f"^{n}") for name, n in self.powers if n > 0)
        below = "".join(f"/{name}" + ("" if n == -1 else f"^{-n}") for name, n in self.powers if n < 0)
        return (above or ("1" if below else "")) + below


BARE = Unit()
