"""Exact money: whole fen, named rounding, shares that add up, 大写. A library without Django.

    from tongdian.money import allocate, fen_of_yuan, format_yuan, in_capitals

Amounts are stored as whole fen (`int`) and calculated as Decimal yuan; a float never appears.
"""

from tongdian.money.allocation import allocate
from tongdian.money.amounts import (
    FEN_PER_YUAN,
    Rounding,
    fen_of_yuan,
    fen_rounded,
    format_yuan,
    round_to,
    yuan_of_fen,
)
from tongdian.money.capitals import in_capitals
from tongdian.money.refusals import (
    MoreThanAFen,
    NegativeShare,
    NotAnAmount,
    NothingToShareBy,
    TooLargeForWords,
)

__all__ = [
    "FEN_PER_YUAN",
    "MoreThanAFen",
    "NegativeShare",
    "NotAnAmount",
    "NothingToShareBy",
    "Rounding",
    "TooLargeForWords",
    "allocate",
    "fen_of_yuan",
    "fen_rounded",
    "format_yuan",
    "in_capitals",
    "round_to",
    "yuan_of_fen",
]
