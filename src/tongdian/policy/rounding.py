"""Rounding, division and sharing in exact decimal arithmetic: the meaning the engines must match."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from functools import lru_cache
from typing import Literal

Mode = Literal["half_up", "down", "up"]

EXACT = Context(prec=120)  # wide enough that + - * of 38-digit numbers never round
_PYTHON: dict[str, str] = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "up": ROUND_UP}


@lru_cache(maxsize=128)
def tick(places: int) -> Decimal:
    """The smallest step of a number with so many decimals: 0.01 at 2."""
    return Decimal(1).scaleb(-places)


def rounded(x: Decimal, places: int, mode: Mode = "half_up") -> Decimal:
    """`x` to `places` decimals, to tens at -1. half_up and up go away from zero, so a reversal cancels."""
    near = x.quantize(tick(places), _PYTHON[mode], EXACT)
    return near if places >= 0 else near.quantize(Decimal(1), context=EXACT)


def ratio(above: Decimal, below: Decimal, places: int, mode: Mode) -> Decimal:
    """`above / below` rounded once to `places` decimals. Raises ZeroDivisionError.

    Whole-number arithmetic, since a rounded quotient rounded again can be wrong by one tick.
    """
    scale = max(-_exponent(above), -_exponent(below), 0)
    numerator = int(above.scaleb(scale + places, EXACT))
    denominator = int(below.scaleb(scale, EXACT))
    whole, rest = divmod(abs(numerator), abs(denominator))
    if (mode == "half_up" and 2 * rest >= abs(denominator)) or (mode == "up" and rest):
        whole += 1
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    return Decimal(sign * whole).scaleb(-places, EXACT)


def percentage(part: Decimal, whole: Decimal, places: int = 1) -> Decimal | None:
    """`part` of `whole` in per cent, rounded to `places`; None of nothing. Less than all never shows as 100, nor more
    than nothing as 0."""
    if whole == 0:
        return None
    found, step = ratio(part * 100, whole, places, "half_up"), tick(places)
    if part < whole:
        found = min(found, 100 - step)
    return max(found, step) if part > 0 else found


def shares(total: Decimal, weights: Sequence[Decimal], scale: int) -> list[Decimal]:
    """`total` split by `weights` at `scale` decimals, by largest remainder; ties go to the earlier.

    The parts always sum to `total`. Raises ValueError for a negative total or weight, and for
    weights that are all zero while there is something to share.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("negative")
    ticks = int(total.scaleb(scale, EXACT))
    places = max((-_exponent(weight) for weight in weights), default=0)
    sizes = [int(weight.scaleb(max(places, 0), EXACT)) for weight in weights]
    whole = sum(sizes)
    if whole == 0:
        if ticks and weights:
            raise ValueError("zero")
        return [Decimal(0).scaleb(-scale) for _ in weights]
    parts = [divmod(ticks * size, whole) for size in sizes]
    left = ticks - sum(part for part, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))
    lucky = set(by_remainder[:left])
    return [Decimal(part + (i in lucky)).scaleb(-scale, EXACT) for i, (part, _) in enumerate(parts)]


def _exponent(x: Decimal) -> int:
    exponent = x.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
