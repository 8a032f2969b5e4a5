"""Events of force majeure: recorded once, proved by files, named by the stays of many cases.

What an event says of itself excuses nobody: a stay that names it is judged like any other claim, and
counts once a second person has countersigned it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q

from tongdian.allowed import Permission, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.cases import fields, queries
from tongdian.cases.models import Case, ForceMajeureEvent, ForceMajeureProof, HeldUp
from tongdian.cases.queries import Desk
from tongdian.cases.rules import (
    CasesHeldUpOutside,
    EventAtAnotherTime,
    EventElsewhere,
    EventEndsBefore,
    EventNeeded,
    EventNotNeeded,
    EventNotYet,
    EventRecordedAlready,
    EventWithoutProof,
    NoSuchEvent,
    PlaceBeforeEvent,
    covers,
)
from tongdian.files.queries import stored_file
from tongdian.parties.links import organisation_link
from tongdian.parties.models import Organisation, Region
from tongdian.policy.words import Words
from tongdian.registers.action import action, must_be_free, put
from tongdian.registers.links import Link

RECORD = Permission("cases.open", Words("登记不可抗力事件", "record events of force majeure"))
FORCE_MAJEURE = fields.FORCE_MAJEURE.adding(
    Link(
        "region",
        Words("区域（行政区划代码）", "Area (region code of six digits)"),
        column=Words("行政区划代码", "Region code"),
        to=Region,
        among=lambda scope: Region.objects.all(),
        unknown=NoSuchEvent,
        what=Words("行政区划", "region"),
        example="450300",
    ),
    after="title",
).adding(organisation_link(RECORD.name))


@action("add-force-majeure-event", may=RECORD, within="organisation", fields=FORCE_MAJEURE)
def add_event(
    *,
    viewer: Any,
    organisation: Organisation,
    code: str,
    title: str,
    region: Region,
    from_on: dt.date,
    proof: str,
    at: dt.datetime,
    to_on: dt.date | None = None,
    is_demo: bool = False,
) -> ForceMajeureEvent:
    """Record an event. Raises CodeTaken, EventEndsBefore, EventNotYet, EventRecordedAlready."""
    event = ForceMajeureEvent(
        organisation=organisation,
        code=code,
        title=title,
        region=region,
        from_on=from_on,
        to_on=to_on,
        proof=proof,
        recorded_on=legal_day(at),
        by=viewer.actor,
        is_demo=is_demo,
    )
    must_be_free(ForceMajeureEvent, code=code, organisation=organisation)
    _must_have_been(event, legal_day(at))
    _must_be_one(event)
    event.save(force_insert=True)
    return event


@action(
    "change-force-majeure-event",
    may=RECORD,
    within="event.organisation",
    fields=FORCE_MAJEURE.changing,
    of="event",
)
def change_event(
    *,
    viewer: Any,
    event: ForceMajeureEvent,
    title: str,
    region: Region,
    from_on: dt.date,
    to_on: dt.date | None,
    proof: str,
    at: dt.datetime,
) -> ForceMajeureEvent:
    """Correct an event, or say when it ended; no case that names it is left outside. Raises what
    `add_event` does, CasesHeldUpOutside."""
    event.title, event.region, event.from_on, event.to_on = title, region, from_on, to_on
    _must_have_been(event, legal_day(at))
    _must_be_one(event)
    outside = [
        one.case.number
        for one in HeldUp.objects.filter(event=event).select_related("case")
        if not (covers(region.code, one.case.region_id) and _lasted(event, one.since))
    ]
    if outside:
        raise CasesHeldUpOutside(cases=outside)
    return put(event, proof=proof)


def add_proof(
    *, viewer: Any, event: ForceMajeureEvent, file: str, name: str, at: dt.datetime
) -> ForceMajeureProof:
    """Hand in a file that proves an event; the same again is the same. Raises NotAllowed, NoSuchFile."""
    must_be_allowed(viewer, *RECORD, event.organisation)
    stored_file(file)
    with transaction.atomic():
        ForceMajeureEvent.objects.select_for_update().get(pk=event.pk)
        found = ForceMajeureProof.objects.filter(event=event, file=file).first()
        if found is not None:
            return found
        made = ForceMajeureProof.objects.create(event=event, file=file, name=name, by=viewer.actor, at=at)
        record(
            actor=viewer.actor,
            action="add-force-majeure-proof",
            subject=f"forcemajeureevent:{event.pk}",
            payload={"file": file, "name": name},
            at=at,
        )
    return made


def event_of_stay(desk: Desk, case: Case, cause: str, event: Any, since: dt.date) -> ForceMajeureEvent | None:
    """The event that a stay from `since` is laid to, locked; None for another cause.

    `event`: one, its id or None. Raises EventNeeded, PlaceBeforeEvent, EventNotNeeded, NoSuchEvent, EventElsewhere,
    EventAtAnotherTime, EventWithoutProof.
    """
    declared = desk.wording.causes.get(cause)
    if declared is None or not declared.force_majeure:
        if event:
            raise EventNotNeeded
        return None
    if not event:
        known = queries.events_open_to(case)
        if (
            case.place_id is None
            and known
            and not any(covers(one.region_id, case.region_id) for one in known)
        ):
            raise PlaceBeforeEvent(region=case.region.name)
        raise EventNeeded
    found = queries.events_open_to(case).filter(pk=getattr(event, "pk", event)).first()
    if found is None:
        raise NoSuchEvent
    found = (
        ForceMajeureEvent.objects.select_for_update(of=("self",)).select_related("region").get(pk=found.pk)
    )
    if not covers(found.region_id, case.region_id):
        raise EventElsewhere(event=str(found), area=found.region.name, region=case.region.name)
    if not _lasted(found, since):
        end = found.to_on.isoformat() if found.to_on else Words("尚未结束", "now")
        raise EventAtAnotherTime(event=str(found), start=found.from_on, end=end, day=since)
    if not found.proofs.exists():
        raise EventWithoutProof(event=str(found))
    return found


def _lasted(event: ForceMajeureEvent, day: dt.date) -> bool:
    return event.from_on <= day and (event.to_on is None or day <= event.to_on)


def _must_have_been(event: ForceMajeureEvent, on: dt.date) -> None:
    for name, day in (("from_on", event.from_on), ("to_on", event.to_on)):
        if day is not None and day > on:
            raise EventNotYet(day=day).about(name)
    if event.to_on is not None and event.to_on < event.from_on:
        raise EventEndsBefore(start=event.from_on, end=event.to_on)


def _must_be_one(event: ForceMajeureEvent) -> None:
    """One event is recorded once: the same words of the same area do not overlap."""
    same = ForceMajeureEvent.objects.filter(
        Q(to_on=None) | Q(to_on__gte=event.from_on),
        organisation=event.organisation,
        region=event.region,
        title=event.title,
    ).exclude(pk=event.pk)
    if event.to_on is not None:
        same = same.filter(from_on__lte=event.to_on)
    if (other := same.first()) is not None:
        raise EventRecordedAlready(event=str(other))


__all__ = ["FORCE_MAJEURE", "RECORD", "add_event", "add_proof", "change_event", "event_of_stay"]
