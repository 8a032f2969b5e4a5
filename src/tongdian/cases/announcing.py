"""Who is told what happened, after it was committed.

What is to be told is written in the transaction of the event, so exactly when the event stands, and
is taken off in the transaction in which the listeners write what they have to say.

    @on_event
    def tell_the_customer(case: Case, event: Event) -> None: ...
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import F

from tongdian.cases.models import Case, Event, Unannounced
from tongdian.rulebook.once import asking_once

Listener = Callable[[Case, Event], None]
STUCK_AFTER_TRIES = 5  # from then on an administrator is shown it
LONGEST_WAIT_SECONDS = 3600
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


def announce_waiting(*, at: dt.datetime) -> int:
    """Tell of all that happened since and whose turn it is; how many steps there were.

    Any number of workers may do this at once: each takes one step at a time, tells of it and takes
    it off in one transaction, so that a worker that dies leaves it as it was. The steps of a case
    are told in their order; where a listener fails, the step and what follows it in that case are
    told later, after a wait that doubles up to an hour, until it succeeds.
    """
    told = 0
    while (found := _announced_next(at)) is not None:
        told += found
    return told


_NEXT = """
    select waiting.id from cases_unannounced waiting
     where (waiting.due_at is null or waiting.due_at <= %s) and not exists (
            select from cases_unannounced earlier
             where earlier.case_id = waiting.case_id and earlier.id < waiting.id)
     order by waiting.id limit 1 for update of waiting skip locked
"""


def _announced_next(at: dt.datetime) -> bool | None:
    """Whether the next step could be told; None when there is none."""
    one = None
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_NEXT, [at])
                row = cursor.fetchone()
            if row is None:
                return None
            related = ("case__organisation", "case__place", "case__customer")
            one = Unannounced.objects.select_related(*related).get(id=row[0])
            events = Event.objects.filter(case=one.case, seq__range=(one.first, one.last))
            with asking_once():
                announce(one.case, list(events.order_by("seq")))
            one.delete()
    except Exception as failed:
        if one is None:
            raise
        _log.exception("events %s to %s of case %s", one.first, one.last, one.case)
        wait = dt.timedelta(seconds=min(2 ** (one.tries + 1), LONGEST_WAIT_SECONDS))
        Unannounced.objects.filter(id=one.id).update(
            tries=F("tries") + 1, due_at=at + wait, problem=type(failed).__name__[:80]
        )
        return False
    return True
