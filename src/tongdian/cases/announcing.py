"""Who is told what happened, after it was committed.

The job is written in the transaction of the event, so that it is asked for exactly when the event
stands; it may run twice, and every listener must bear that.

    @on_event
    def tell_the_customer(case: Case, event: Event) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable

from tongdian.cases.models import Case, Event

Listener = Callable[[Case, Event], None]
_listeners: list[Listener] = []


def on_event(listener: Listener) -> Listener:
    """Call this with every event, after its commit."""
    _listeners.append(listener)
    return listener


def announce(case: Case, events: list[Event]) -> None:
    """Tell every listener of every event, in order."""
    for event in events:
        for listener in _listeners:
            listener(case, event)
