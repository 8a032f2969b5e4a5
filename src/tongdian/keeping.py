"""Parts of pages that are drawn once, and kept while nothing that they were drawn from changes.

A mark tells everything that a part is drawn from: values, and the versions of rows. What reads a
table that its mark does not tell of is drawn each time: forgotten, it is slow but never stale.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from functools import cache
from threading import Lock
from typing import Any

from django.apps import apps
from django.db import connection

MOST_KEPT = 32_000_000  # characters, in each process


class Mark:
    """What a part of a page is drawn from. `tables` are those of whose rows `told` tells."""

    def __init__(self, *told: Hashable, tables: Iterable[str] = ()) -> None:
        self.told, self.tables = told, frozenset(tables)
        self.tells_all = True

    def watch(self, execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        """Note what is read while the part is drawn."""
        if not _tables().intersection(_WORD.findall(str(sql))) <= self.tables:
            self.tells_all = False
        return execute(sql, *rest)


_WORD = re.compile(r"\w+")


@cache
def _tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


class Kept:
    """What was drawn, by place and mark; what was not asked for longest goes first."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[Hashable, str] = OrderedDict()
        self._size, self._one_at_a_time = 0, Lock()

    def drawn(self, place: Hashable, mark: Mark, draw: Callable[[], str]) -> str:
        """What was drawn at a place for such a mark, or is now."""
        key = (place, mark.told)
        with self._one_at_a_time:
            found = self._drawn.get(key)
            if found is not None:
                self._drawn.move_to_end(key)
                return found
        with connection.execute_wrapper(mark.watch):
            made = draw()
        if mark.tells_all:
            with self._one_at_a_time:
                self._size += len(made) - len(self._drawn.pop(key, ""))
                self._drawn[key] = made
                while self._size > MOST_KEPT:
                    self._size -= len(self._drawn.popitem(last=False)[1])
        return made

    def clear(self) -> None:
        """Keep nothing more."""
        with self._one_at_a_time:
            self._drawn.clear()
            self._size = 0


kept = Kept()
