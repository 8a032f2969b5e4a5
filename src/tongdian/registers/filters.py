"""How a register is narrowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from tongdian.registers.fields import Field

Narrow = Callable[[QuerySet[Any], Any], QuerySet[Any]]


@dataclass(frozen=True)
class Filter:
    """One way to narrow a register: a field that may be left open, and what a value of it means.

    Where `narrow` is left out, the value is what the rows have.
    """

    field: Field
    narrow: Narrow | None = None

    def of(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows that fit."""
        if value is None or value == "":
            return rows
        return self.narrow(rows, value) if self.narrow else rows.filter(**{self.field.name: value})
