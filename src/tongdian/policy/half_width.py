"""Full-width digits, commas, colons and equals signs, as Chinese keyboards write them.

They are never taken in silence: whoever wrote them is told what the half-width text would be.
"""

from __future__ import annotations

from tongdian.policy.words import Words

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3001: 0x2C, 0x2212: 0x2D}
NOTHING = Words("", "")


def half_width(text: str) -> str:
    """The text in half-width characters: １，２ is 1,2, and 、 is a comma."""
    return text.translate(_WIDE)


def hint(text: str) -> Words:
    """What to add to a refusal of the text; nothing where it has no full-width character."""
    plain = half_width(text)
    if plain == text:
        return NOTHING
    return Words(f"；请用半角字符：{plain[:60]}", f"; write it in half-width characters: {plain[:60]}")
