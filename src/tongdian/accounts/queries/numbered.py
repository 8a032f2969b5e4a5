"""The numbers that stand on papers of money, as somebody types them: whole, or their last digits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from unicodedata import normalize

from tongdian.accounts.queries import with_books

_TYPED = re.compile(
    r"(?:(?P<short>[A-Z0-9]+)-(?=[A-Z]))?(?P<letter>[A-Z])?(?:(?P<year>\d{4})-)?0*(?P<digits>\d{1,6})"
)


def numbers_meant(viewer: Any, text: str, letter: str, *, years: Iterable[int] = ()) -> list[str]:
    """The numbers of a series (its `letter`; with `years`, those of these years) that may be meant by what
    was typed: YS-Z2026-000017, z2026-17 and 17 are one in the books of YS. Found by the index of numbers."""
    read = _TYPED.fullmatch(normalize("NFKC", text).strip().upper())
    if read is None or read["letter"] not in (None, letter) or bool(read["year"]) > bool(years):
        return []
    shorts = [read["short"]] if read["short"] else [one.short for one in with_books(viewer)]
    digits = f"{int(read['digits']):06d}"
    if not years:
        return [f"{short}-{letter}{digits}" for short in shorts]
    wanted = [read["year"]] if read["year"] else years
    return [f"{short}-{letter}{year}-{digits}" for short in shorts for year in wanted]
