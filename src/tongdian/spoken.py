"""Words and numbers as the reader of a page reads them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language, override

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


def reader_language() -> str:
    """`zh` or `en`: how this reader is answered. Chinese where nothing says otherwise."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def say(words: Words | Refusal) -> str:
    """Words, or why something was refused, in the reader's language."""
    return words.say(reader_language())


def _label(words: Words) -> str:
    return words.say(get_language() or "en")  # none is active while migrations are written


spoken: Any = lazy(_label, str)  # Words → their text in the reader's language, when it is read


def both(label: Any) -> Words:
    """What a translated label says in each language."""
    with override("zh-hans"):
        chinese = str(label)
    with override("en"):
        return Words(chinese, str(label))


def plain(number: Decimal) -> str:
    """A number as people write it: no exponent, no idle zeros, a true minus. 12.50 → 12.5"""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def days(first: dt.date, last: dt.date | None) -> str:
    """A period as people read it, its last day included; one that is open ends with the dash."""
    if last is None:
        return f"{first} –"
    return f"{first}" if first == last else f"{first} – {last}"


def natural(text: str) -> list[tuple[int, int, str]]:
    """A key by which 2 号 comes before 10 号."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part
    ]
