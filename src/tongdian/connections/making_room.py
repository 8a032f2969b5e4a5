"""Somebody else is supplied where a case is to supply its customer: who, and the case that ends it.

The commonest case of a shop is that it changes hands: the officer sees who is supplied there now,
and opens the ending, or the change of name, for that customer as part of the case in hand.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.agreements.models import Agreement
from tongdian.calendar import legal_day
from tongdian.cases import queries as cases
from tongdian.cases.actions import open_case
from tongdian.cases.models import ApplicationChannel, Case
from tongdian.connections import contracts
from tongdian.connections.queries import application_of
from tongdian.connections.rules import DoesNotMakeRoom, NotInTheWay
from tongdian.policy.process import Process

MAKES_ROOM = ("end-agreement", "rename-account")  # effects of the processes that are offered


def in_the_way(case: Case, on: dt.date) -> list[Agreement]:
    """What stands in the way at the place of a case, from the day on which it is to begin."""
    if case.place_id is None or case.ended_on is not None:
        return []
    application = application_of(case)
    wanted = application.from_on if application else None
    last = application.last_on if application else None
    first = max(filter(None, (on, wanted)))
    return contracts.in_the_way(case, first, max(first, last) if last else None)


def offered(case: Case, agreement: Agreement) -> list[Process]:
    """The processes of the case's regulation that end an agreement of that class, or rename it."""
    return [one for one in _making_room(case) if _is_for(one, agreement)]


def _is_for(process: Process, agreement: Agreement) -> bool:
    classes = process.customer_classes
    return not classes or agreement.customer_class in classes


def _making_room(case: Case) -> list[Process]:
    return [
        rule
        for rule in cases.desk(case).pack.rules.values()
        if isinstance(rule, Process)
        and rule.service is not None
        and rule.rule != case.process
        and any(stage.effect in MAKES_ROOM for stage in rule.versions[-1].stages.values())
    ]


def opened(case: Case) -> list[Case]:
    """The cases that were opened to make room for this one and go on."""
    processes = [one.rule for one in _making_room(case)]
    return list(Case.objects.filter(part_of=case, process__in=processes, ended_on=None))


@transaction.atomic
def make_room(*, viewer: Any, case: Case, agreement: Agreement, process: str, at: dt.datetime) -> Case:
    """Open the ending, or the change of name, for whoever is supplied there: part of the case.

    One that goes on already is given back. Raises NotInTheWay, DoesNotMakeRoom (also of a process
    for other classes of customers), and what opening a case refuses.
    """
    Case.objects.select_for_update().get(pk=case.pk)
    if agreement not in in_the_way(case, legal_day(at)):
        raise NotInTheWay(number=agreement.number)
    if process not in {one.rule for one in offered(case, agreement)}:
        raise DoesNotMakeRoom(process=process)
    for one in opened(case):
        if one.customer_id == agreement.customer_id:
            return one
    return open_case(
        viewer=viewer,
        organisation=case.organisation,
        pack=case.pack,
        process=process,
        customer=agreement.customer,
        place=case.place,
        at=at,
        channel=ApplicationChannel.COUNTER,
        part_of=case,
    )
