"""What higher areas must agree to before an organisation closes or a customer is erased, and what
they erase of the customer themselves.

Both run in the action's own transaction. A guard raises a Refusal to prevent the deed (the customer
is still supplied); an erasing part takes the person out of its own rows and says which columns.

    guards.before_erasing(refuse_while_supplied)
    guards.when_erasing(erase_from_imports)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tongdian.parties.models import Customer, Organisation


@dataclass(frozen=True, slots=True)
class Erasing:
    """Whose personal data are erased, by whom and why. The customer's own row is empty already."""

    customer: Customer
    phone_lookup: bytes  # by which rows are found that name nobody
    viewer: Any
    reason: str
    at: dt.datetime


Erased = dict[str, Sequence[str]]  # table -> columns; nothing for a table that had no such row
OrganisationGuard = Callable[[Organisation], None]
CustomerGuard = Callable[[Customer], None]
Part = Callable[[Erasing], Erased]

_closing: list[OrganisationGuard] = []
_erasing: list[CustomerGuard] = []
_parts: list[Part] = []


def before_closing(guard: OrganisationGuard) -> OrganisationGuard:
    """Ask this before an organisation is closed."""
    _closing.append(guard)
    return guard


def before_erasing(guard: CustomerGuard) -> CustomerGuard:
    """Ask this before a customer's personal data are erased."""
    _erasing.append(guard)
    return guard


def when_erasing(part: Part) -> Part:
    """Have this erase what its own rows say of the customer."""
    _parts.append(part)
    return part


def ask_before_closing(organisation: Organisation) -> None:
    """Raises what a guard refuses with."""
    for guard in _closing:
        guard(organisation)


def ask_before_erasing(customer: Customer) -> None:
    """Raises what a guard refuses with."""
    for guard in _erasing:
        guard(customer)


def erase_elsewhere(erasing: Erasing) -> dict[str, list[str]]:
    """Every part does its own; the tables and columns of which something is gone."""
    found: dict[str, set[str]] = {}
    for part in _parts:
        for table, columns in part(erasing).items():
            found.setdefault(table, set()).update(columns)
    return {table: sorted(columns) for table, columns in sorted(found.items())}
