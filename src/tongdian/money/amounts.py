"""Exact amounts: whole fen in storage, Decimal yuan in calculation, rounding by name."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum

from tongdian.money.refusals import MoreThanAFen, NotAnAmount

FEN_PER_YUAN = 100
TRUE_MINUS = "\u2212"


class Rounding(StrEnum):
    """The three ways a sheet may round; each treats an amount and its reversal alike."""

    HALF_UP = "half_up"
    """To the nearest, halves away from zero: 0.005 → 0.01 and −0.005 → −0.01."""
    DOWN = "down"
    """Towards zero."""
    UP = "up"
    """Away from zero."""


# Wide enough that moving the point never rounds; the inexact is an error, not a surprise.
EXACT = Context(prec=200, Emax=999_999, Emin=-999_999, traps=[Inexact, InvalidOperation])

_MODES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.DOWN: ROUND_DOWN, Rounding.UP: ROUND_UP}


def round_to(value: Decimal, places: int, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """`value` to so many decimal places, exactly; an amount rounded away is 0, never −0."""
    return Decimal(_ticks(value, places, mode)).scaleb(-places, EXACT)


def fen_of_yuan(yuan: Decimal) -> int:
    """Whole fen; raises `MoreThanAFen` for 0.005 yuan: round first, by name."""
    fen = _ticks(yuan, 2, Rounding.DOWN)
    if yuan_of_fen(fen) != yuan:
        raise MoreThanAFen(yuan=yuan)
    return fen


def fen_rounded(yuan: Decimal, mode: Rounding = Rounding.HALF_UP) -> int:
    """Whole fen of an amount that is rounded here and nowhere else."""
    return _ticks(yuan, 2, mode)


def yuan_of_fen(fen: int) -> Decimal:
    """Yuan with two decimal places, exactly."""
    return Decimal(fen).scaleb(-2, EXACT)


def format_yuan(fen: int) -> str:
    """¥1,234.50, and −¥1,234.50 with a true minus for what is owed back."""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    sign = TRUE_MINUS if fen < 0 else ""
    return f"{sign}¥{yuan:,}.{rest:02d}"


def _ticks(value: Decimal, places: int, mode: Rounding) -> int:
    if not value.is_finite():
        raise NotAnAmount(value=value)
    return int(value.scaleb(places, EXACT).to_integral_value(_MODES[mode]))
