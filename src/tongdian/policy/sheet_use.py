"""Which looks of a sheet are asked only in the cases that use them.

A price that no case needs must not refuse the case. A look whose name stands only in branches that
may not be taken (`then`, `else`, the right side of `and` and `or`) is asked where a line comes to it.
One that some line uses anyway, or that is the result or a key, is asked at once, as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tongdian.policy.sheet import Let, Look, Require, Sheet, rewritten
from tongdian.policy.typed import Expr, any_partial


def asked_in_use(sheet: Sheet) -> Sheet:
    """The sheet with these looks named, and every line that may come to lack one able to fail."""
    always = {sheet.result, *_keys(sheet)}
    sometimes: set[str] = set()
    for item in sheet.items:
        if isinstance(item, Let):
            always |= _always(item.expr)
            sometimes |= _names(item.expr)
        elif isinstance(item, Require):
            always |= _names(item.condition)  # its reason speaks of the condition, not of a lacking row
    looks = {item.name: item for item in sheet.items if isinstance(item, Look)}
    found = frozenset(name for name in looks if name in sometimes and name not in always)
    if not found:
        return sheet

    def may_fail(e: Expr) -> Expr:
        lacks = e.value in found if e.op == "name" else any_partial(e.args)
        return replace(e, partial=True) if lacks else e

    marked = rewritten(sheet, may_fail)
    marked.items = [
        replace(
            item, missing=tuple(looks[name].failure for name in looks if name in found & _names(item.expr))
        )
        if isinstance(item, Let)
        else item
        for item in marked.items
    ]
    return replace(marked, asked_in_use=found)


def _keys(sheet: Sheet) -> Iterator[str]:
    for item in sheet.items:
        if isinstance(item, Look):
            yield from (item.on, *(name for _, name in item.keys))
    for grain in sheet.grains.values():
        yield from (str(grain.on), *(name for _, name in grain.keys))


def _names(e: Expr) -> set[str]:
    own = {str(e.value)} if e.op == "name" else set()
    return own.union(*map(_names, e.args)) if e.args else own


def _always(e: Expr) -> set[str]:
    """Names that an expression uses whatever the case."""
    if e.op == "if":
        return _always(e.args[0]) | (_always(e.args[1]) & _always(e.args[2]))
    if e.op in ("and", "or"):
        return _always(e.args[0])
    return _names(e) if not e.args else set().union(*map(_always, e.args))
