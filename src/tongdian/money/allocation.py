"""Splitting an amount so that the parts always add up to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from tongdian.money.refusals import NegativeShare, NothingToShareBy


def allocate(total: int, weights: Sequence[int | Decimal | Fraction]) -> tuple[int, ...]:
    """Share `total` whole units by weight, by largest remainder.

    Everyone gets the whole part of their exact share; the units left over go one each to the
    largest remainders, ties to whoever stands first. The parts sum to `total`, and a larger
    weight never gets less than a smaller one (多用多摊，少用少摊), which rounding a running
    total does not keep.

    >>> allocate(100, [1, 1, 1])
    (34, 33, 33)
    """
    if total < 0:
        raise NegativeShare(value=total)
    exact = _whole(weights)
    negative = next((weight for weight, whole in zip(weights, exact, strict=True) if whole < 0), None)
    if negative is not None:
        raise NegativeShare(value=negative)
    together = sum(exact)
    if together == 0:
        raise NothingToShareBy(total=total, count=len(exact))
    divided = [divmod(total * weight, together) for weight in exact]
    shares = [whole for whole, _ in divided]
    left = total - sum(shares)
    by_remainder = sorted(range(len(divided)), key=lambda at: (-divided[at][1], at))
    for at in by_remainder[:left]:
        shares[at] += 1
    return tuple(shares)


def _whole(weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """The weights in the same proportion as whole numbers, so that nothing is lost."""
    fractions = [Fraction(weight) for weight in weights]
    scale = math.lcm(*(fraction.denominator for fraction in fractions))
    return [fraction.numerator * (scale // fraction.denominator) for fraction in fractions]
