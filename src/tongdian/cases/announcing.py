"""Who is told what happened, after it was committed.

What is to be told is written in the transaction of the event, so exactly when the event stands; it
may be told twice, and every listener must bear that.

    @on_event
    def tell_the_customer(case: Case, event: Event) -> None: ...
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db.models import F

from tongdian.cases.models import Case, Event, Unannounced
from tongdian.rulebook.once import asking_once

Listener = Callable[[Case, Event], None]
TRIES, BATCH = 5, 200
_listeners: list[Listener] = []
_log = logging.getLogger(__name__)


def on_event(listener: Listener) -> Listener:
    """Call this with every event, after its commit."""
    _listeners.append(listener)
    return listener


def announce(case: Case, events: list[Event]) -> None:
    """Tell every listener of every event, in order."""
    for event in events:
        for listener in _listeners:
            listener(case, event)


def announce_waiting() -> int:
    """Tell of all that happened since, oldest first; how many steps there were.

    Where a listener fails the step is told again by the next run, five times in all; then it stays
    where it is, with its reason in the log.
    """
    told = last = 0
    while waiting := list(
        Unannounced.objects.filter(id__gt=last, tries__lt=TRIES)
        .select_related("case__organisation", "case__place", "case__customer")
        .order_by("id")[:BATCH]
    ):
        done = [one.id for one in waiting if _announced(one)]
        Unannounced.objects.filter(id__in=done).delete()
        told, last = told + len(done), waiting[-1].id
    return told


def _announced(one: Unannounced) -> bool:
    events = Event.objects.filter(case=one.case, seq__range=(one.first, one.last)).order_by("seq")
    try:
        with asking_once():
            announce(one.case, list(events))
    except Exception:
        _log.exception("events %s to %s of case %s", one.first, one.last, one.case)
        Unannounced.objects.filter(id=one.id).update(tries=F("tries") + 1)
        return False
    return True
