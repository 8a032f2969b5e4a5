"""Which looks of a sheet are asked only in the cases that use them.

A price that no case needs must not refuse the case. A look whose name stands only in branches that
may not be taken (`then`, `else`, the right side of `and` and `or`) is asked where a line comes to it.
One that some line uses anyway, or that is the result or a key, is asked at once, as ever. A look at a
table finds a row or none; a look at a rule stands as a line with a guard before it, that a version is
in force: where it is asked in use, the guard becomes a part of the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tongdian.policy.sheet import Item, Let, Look, Require, Sheet, rewritten
from tongdian.policy.typed import Expr, any_partial


def asked_in_use(sheet: Sheet) -> Sheet:
    """The sheet with these looks named, and every line that may come to lack one able to fail."""
    always = {sheet.result, *_keys(sheet)}
    sometimes: set[str] = set()
    for item in sheet.items:
        if isinstance(item, Let):
            always |= _always(item.expr)
            sometimes |= _names(item.expr)
        elif isinstance(item, Require) and not item.of:
            always |= _names(item.condition)  # its reason speaks of the condition, not of a lacking row
    guards = {item.of: item for item in sheet.items if isinstance(item, Require) and item.of}
    looks = {item.name: item for item in sheet.items if isinstance(item, Look)} | guards
    found = frozenset(name for name in looks if name in sometimes and name not in always)
    if not found:
        return sheet

    def may_fail(e: Expr) -> Expr:
        lacks = e.value in found if e.op == "name" else any_partial(e.args)
        return replace(e, partial=True) if lacks else e

    marked = rewritten(sheet, may_fail)
    items: list[Item] = []
    for item in marked.items:
        if isinstance(item, Require) and item.of in found:
            continue
        if isinstance(item, Let):
            lacked = found & _names(item.expr)
            lacks = tuple(name for name in looks if name in lacked)
            item = replace(item, missing=tuple(looks[name].failure for name in lacks), lacks=lacks)
            if item.name in found:
                item = _guarded(item, guards[item.name])
        items.append(item)
    marked.items = items
    return replace(marked, asked_in_use=found)


def _guarded(let: Let, guard: Require) -> Let:
    """The line of a looked-up rule, which has no value where no version is in force."""
    lacking = Expr("lacking", let.type, partial=True)
    expr = Expr("if", let.type, (guard.condition, let.expr, lacking), partial=True)
    return replace(let, expr=expr, missing=(*let.missing, guard.reason), in_use=True)


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
