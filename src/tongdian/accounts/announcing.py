"""Who is told that something owed was paid, in the transaction that posts it.

    @on_payment
    def open_restorations(paid: LessOwed) -> None: ...

It is told where transfers are written, so that a payment at the counter, from a bank file or a prepayment, a set-off
and a debt given up are told alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tongdian.parties.models import Organisation


@dataclass(frozen=True)
class LessOwed:
    """The ledger accounts of receivables that owe less than before, by their ids, on a day."""

    organisation: Organisation
    receivables: frozenset[int]
    viewer: Any
    on: dt.date
    at: dt.datetime


Listener = Callable[[LessOwed], None]
_listeners: list[Listener] = []


def on_payment(listener: Listener) -> Listener:
    """Call this with every posting by which somebody owes less. What it refuses, refuses the posting."""
    _listeners.append(listener)
    return listener


def tell(paid: LessOwed) -> None:
    """Tell every listener."""
    for listener in _listeners:
        listener(paid)
