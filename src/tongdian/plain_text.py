"""Plain text: what a name, a reason or a code may hold, so that every store, screen and paper can
hold it too and nothing in it is unseen.

Refused are control characters, those that turn the direction of writing, those of no width,
private-use characters (造字, which each computer draws otherwise) and what Unicode says is none.
Nothing is ever dropped in silence: what comes in is refused by name and place, and what stands in
the record from before is shown with U+FFFD in its stead.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tongdian.policy.refusals import Refusal
from tongdian.policy.types import BREAKS, CONTROLS, TURNS, signs
from tongdian.policy.words import Words

_KINDS: dict[str, tuple[str, Words]] = {
    "control": (signs(CONTROLS), Words("控制字符", "a control character")),
    "direction": (
        signs(TURNS),
        Words("改变文字方向的字符", "a character that turns the direction of writing"),
    ),
    "unseen": (
        "\xad\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f",
        Words("看不见的字符", "a character that cannot be seen"),
    ),
    "private": (
        "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd",
        Words("自造字（各电脑显示不同）", "a private-use character, which each computer draws otherwise"),
    ),
    "none": (
        "\ud800-\udfff\ufdd0-\ufdef"
        + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)),
        Words("无效字符", "no character at all"),
    ),
}
_LINE = Words("换行或制表符", "a line break or tab")
_NOT_PLAIN = re.compile("|".join(f"(?P<{kind}>[{signs}])" for kind, (signs, _words) in _KINDS.items()))
_ANY = re.compile("[" + "".join(signs for signs, _words in _KINDS.values()) + "]")
_BREAK = re.compile(f"[{signs(BREAKS)}]")

_JSON = json.JSONEncoder(ensure_ascii=False)  # made once: `dumps` makes one a call


class NotPlainText(Refusal):
    """A text with a character that no store, screen or paper should meet."""

    says = Words(
        "文字中第 {place} 个字符（{code}）是{what}，不能保存；请删去或改写后再提交。",
        "Character {place} of the text ({code}) is {what} and cannot be kept; take it out or write "
        "it otherwise, then send again.",
    )


class TextTooLong(Refusal):
    """A text longer than the column that keeps it."""

    says = Words(
        "文字共 {length} 个字，最多 {most} 个；请缩短后再提交。",
        "The text has {length} characters, {most} at most; shorten it, then send again.",
    )


def check(text: str, *, has_lines: bool = True) -> None:
    """Raises NotPlainText, which names the first such character and its place, from 1.

    Tabs and line breaks are plain where a text may have several lines.
    """
    found = None if text.isascii() and text.isprintable() else _NOT_PLAIN.search(text)
    what = _KINDS[found.lastgroup][1] if found is not None and found.lastgroup else _LINE
    if found is None and not has_lines:
        found = _BREAK.search(text)
    if found is not None:
        raise NotPlainText(place=found.start() + 1, code=f"U+{ord(found[0]):04X}", what=what)


def check_all(value: Any) -> None:
    """The same of every text in lists and dictionaries, their keys too. Raises NotPlainText."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            check(one)
        elif isinstance(one, dict):
            pending += [*one, *one.values()]
        elif isinstance(one, (list, tuple)):
            pending += one


def json_of(value: Any) -> str:
    """A value as JSON text, every text in it plain. Raises NotPlainText."""
    text = _JSON.encode(value)
    # JSON leaves every sign as it is but the quote, the backslash and the control characters: those it escapes
    is_plain = (text.isascii() and text.isprintable()) or _NOT_PLAIN.search(text) is None
    if "\\" in text or not is_plain:
        check_all(value)
    return text


def whole(text: str) -> int | None:
    """A whole number of at most nine digits, as an address may hold one; None for all else (², 10^20)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def legible(text: str) -> str:
    """A text from the record, or from outside, as a file, a store or a page can hold it."""
    return _ANY.sub("\ufffd", text)
