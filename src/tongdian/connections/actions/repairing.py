"""Faults reported, and what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from tongdian.allowed import must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day
from tongdian.connections.models import Repair, RepairStep
from tongdian.connections.rules import RepairNotOurs
from tongdian.files.actions import store
from tongdian.network.models import Place
from tongdian.parties.actions.numbering import next_number
from tongdian.parties.models import Organisation
from tongdian.personal import encrypt, lookup, marked
from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words
from tongdian.registers.action import ChangedMeanwhile
from tongdian.rulebook.rules import AlreadySo
from tongdian.states import must_follow


def report_repair(
    *,
    organisation: Organisation,
    utility: str,
    what: str,
    place_text: str,
    phone: str,
    at: dt.datetime,
    name: str = "",
    place: Place | None = None,
    is_urgent: bool = False,
    photos: Sequence[bytes] = (),
) -> Repair:
    """A fault reported by anybody. Raises BadInput, what `files` refuses, NotAPhoneNumber."""
    from tongdian.parties.numbers import checked_phone

    if not what.strip() or not (place_text.strip() or place):
        raise BadInput(
            name=Words("报修内容和地点", "what is broken, and where"), problem=Words("未填写", "is missing")
        )
    number, year = checked_phone(phone), legal_day(at).year
    with transaction.atomic():
        row = Repair.objects.create(
            number=f"BX-{organisation.short}-{year}-{next_number(organisation, 'repair', year=year):06d}",
            organisation=organisation,
            place=place,
            place_text=(place_text.strip() or (place.name if place else ""))[:200],
            utility=utility,
            what=what.strip(),
            is_urgent=is_urgent,
            photos=[store(content=photo, at=at).hash for photo in photos],
            name=encrypt(name.strip()),
            phone=encrypt(number),
            phone_lookup=lookup(number),
            reported_at=at,
        )
        _repair_step(row, Repair.State.REPORTED, "", f"online:{organisation.short}", at)
    return row


def mark(repair: Repair) -> str:
    """A short mark of where a repair stands: whoever goes on with it names the one they saw."""
    return marked(repair.state, max((step.pk.int for step in repair.steps.all()), default=0))


def take_repair_on(
    *, viewer: Any, repair: Repair, state: str, note: str, at: dt.datetime, seen: str | None = None
) -> Repair:
    """Take a repair on, also instead of a colleague, mend it, or (the note) say whose it is instead.

    `seen` is its `mark`. Raises NotAllowed, ChangedMeanwhile, CannotFollow, AlreadySo, RepairNotOurs.
    """
    must_be_allowed(
        viewer, "connections.answer_repairs", Words("处理报修", "answer repairs"), repair.organisation
    )
    with transaction.atomic():
        row = Repair.objects.select_for_update(of=("self",)).get(pk=repair.pk)
        if seen is not None and seen != mark(row):
            raise ChangedMeanwhile
        if row.state == state == Repair.State.TAKEN and row.assigned_to_id == viewer.pk:
            raise AlreadySo
        row.state = must_follow(Repair.FOLLOWS, row.state, state)
        if row.state == Repair.State.REFUSED and not note.strip():
            raise RepairNotOurs
        if row.state == Repair.State.TAKEN:
            row.assigned_to = viewer
        row.save(update_fields=["state", "assigned_to"])
        _repair_step(row, state, note, viewer.actor, at)
    return row


def _repair_step(row: Repair, state: str, note: str, by: str, at: dt.datetime) -> None:
    RepairStep.objects.create(repair=row, state=state, note=note.strip(), by=by, at=at)
    record(
        actor=by, action=f"repair.{state}", subject=f"repair:{row.id}", payload={"number": row.number}, at=at
    )
