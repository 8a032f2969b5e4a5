"""What money refuses, by name."""

from __future__ import annotations

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class MoreThanAFen(Refusal):
    """An amount finer than a fen, where only a rounded one may stand."""

    says = Words(
        "{yuan} 元不足整分；请先按规则舍入。",
        "{yuan} yuan is not a whole number of fen; round it first, by a named rule.",
    )


class NotAnAmount(Refusal):
    """NaN or infinity."""

    says = Words("{value} 不是金额。", "{value} is not an amount.")


class NothingToShareBy(Refusal):
    """Weights that are empty or all zero: the document gives nobody a share."""

    says = Words(
        "没有可分摊的权数（共 {count} 个，合计为零）；{total} 分无从分摊。",
        "There is nothing to share {total} fen by: {count} weights that add up to zero.",
    )


class NegativeShare(Refusal):
    """A negative amount or weight: it is shared as what it reverses was."""

    says = Words(
        "不能分摊负数（{value}）；冲销请按原分摊逐笔取反。",
        "A negative value ({value}) cannot be shared; to reverse, negate each original share.",
    )


class TooLargeForWords(Refusal):
    """An amount of ten quadrillion yuan or more has no agreed reading."""

    says = Words("{fen} 分过大，无法写成大写。", "{fen} fen is too large to be written in words.")
