"""Rows of files that could not be used, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.bulk.intake import RefusedRow

NAMED = 10  # rows that are named one by one


def print_refused(rows: Sequence[RefusedRow], language: str) -> None:
    """The first with what stood there and why, and how many they are."""
    for row in rows[:NAMED]:
        where = " ".join(filter(None, (row.grain, row.row or row.key, row.column, row.value)))
        print(f"{where}: {row.reason.say(language)}")
    if rows:
        print(
            Words("{count} 行不能读取", "{count} rows could not be read").fill(count=len(rows)).say(language)
        )
