"""大写: amounts in the characters that bills and receipts must carry so they cannot be altered.

After the People's Bank's 《正确填写票据和结算凭证的基本规定》. Where it allows two readings we
write a 零 for a gap inside the yuan and none before the jiao.
"""

from __future__ import annotations

from tongdian.money.amounts import FEN_PER_YUAN
from tongdian.money.refusals import TooLargeForWords

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
LIMIT_FEN = 10 ** (4 * len(GROUPS)) * FEN_PER_YUAN


def in_capitals(fen: int, *, prefix: str = "人民币") -> str:
    """人民币壹仟肆佰零玖元伍角 for 140,950 fen; 负 stands before what is owed back."""
    if abs(fen) >= LIMIT_FEN:
        raise TooLargeForWords(fen=fen)
    sign = "负" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    jiao, single = divmod(rest, 10)
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{prefix}{sign}{whole or '零元'}整"
    gap = "零" if yuan and not jiao else ""
    tenths = f"{DIGITS[jiao]}角" if jiao else ""
    hundredths = f"{DIGITS[single]}分" if single else ""
    return f"{prefix}{sign}{whole}{gap}{tenths}{hundredths}"


def _whole(yuan: int) -> str:
    """The digits of the yuan: each gap of zeros is one 零, none at the end of a number."""
    text, gap = "", False
    for group in reversed(range(len(GROUPS))):
        four = yuan // 10 ** (4 * group) % 10_000
        for place in reversed(range(4)):
            digit = four // 10**place % 10
            if digit:
                text += ("零" if gap and text else "") + DIGITS[digit] + PLACES[place]
            gap = not digit
        if four:
            text += _group_name(group, yuan)
    return text


def _group_name(group: int, yuan: int) -> str:
    # 壹万亿 alone, but 壹万贰仟亿: 亿 is said once, after the last group that carries it
    return "万" if group == 3 and yuan // 10**8 % 10_000 else GROUPS[group]
