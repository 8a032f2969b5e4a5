"""Which lines of a sheet rest on figures that are examples and not official.

Told from the sheet, not from a case, so that it is the same for one answer and for ten million rows: a
line that looks up a table of `example: true`, and every line, sum and row made from it.
"""

from __future__ import annotations

from collections.abc import Collection

from tongdian.policy.sheet import Let, Look, Sheet
from tongdian.policy.typed import names_in


def example_lines(sheet: Sheet, tables: Collection[str]) -> frozenset[str]:
    """The names of the sheet that rest on the rows of these tables."""
    found: set[str] = set()
    while (more := _resting_on(sheet, tables, found)) != found:  # what a row hands on stands below
        found = more
    return frozenset(found)


def _resting_on(sheet: Sheet, tables: Collection[str], known: set[str]) -> set[str]:
    found = set(known)
    for grain in sheet.grains.values():
        if grain.table in tables:
            found |= {grain.key, *(item.name for item in grain.inputs)}
    for item in sheet.items:
        if isinstance(item, Look):
            reached = {item.on, *(name for _, name in item.keys)}
            if item.table in tables or reached & found:
                found.add(item.name)
        elif isinstance(item, Let) and found.intersection(names_in(item.expr)):
            found.add(item.name)
    return found
