"""Chance, exactly enough to accuse nobody by rounding: decimals of 40 digits, the same on every machine."""

from __future__ import annotations

from decimal import Decimal, localcontext

MOST = 10**12  # rarer than that is said as that
_DIGITS = 40


def binomial_tail(n: int, k: int, p: Decimal) -> Decimal:
    """The probability that of `n` trials, each with probability `p`, at least `k` succeed."""
    if k <= 0 or p >= 1:
        return Decimal(1)
    if k > n or p <= 0:
        return Decimal(0)
    with localcontext() as exact:
        exact.prec = _DIGITS
        odds = p / (1 - p)
        term = (1 - p) ** n
        for i in range(1, k + 1):
            term = term * (n - i + 1) / i * odds
        total, i = term, k
        while i < n:
            i += 1
            term = term * (n - i + 1) / i * odds
            total += term
            if term < total.scaleb(-_DIGITS):
                break
        return min(total, Decimal(1))


def one_in(n: int, k: int, p: Decimal) -> int:
    """That tail as one in how many, cut down to a whole number; at most MOST."""
    tail = binomial_tail(n, k, p)
    return MOST if tail * MOST < 1 else int(1 / tail)
