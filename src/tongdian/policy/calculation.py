"""A sheet calculated for one case, before anything is said of it: for who asks for thousands of cases and keeps
figures. `Pack.answer` gives the same with its words and lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Value


@dataclass(frozen=True, slots=True)
class Calculation:
    """The figures of one case. `examples` are the lines that rest on a figure marked as an example."""

    sheet: Sheet
    root: Mapping[str, Any]
    version: dt.date
    cite: tuple[str, ...]
    interpretations: Mapping[str, str]
    examples: frozenset[str]

    @property
    def value(self) -> Value:
        """What the sheet gives."""
        value: Value = self.root[self.sheet.result]
        return value

    def rows(self, grain: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each row of a grain, every line by its name, beside the key of the row of the second layer that it
        is or lies under."""
        first, *below = [one.name for one in self.sheet.chain(grain)][1:]
        key = self.sheet.grains[first].key
        for top in self.root["*" + first]:
            rows = [top]
            for name in below:
                rows = [row for parent in rows for row in parent["*" + name]]
            for row in rows:
                yield str(top[key]), row
