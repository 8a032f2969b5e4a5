"""Readings are looked at by the rules of their day, when they are entered and again whenever something has
changed: a blocking finding ends in no other way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from tongdian.identifiers import uuid7
from tongdian.metering import queries
from tongdian.metering.fields import ON_DAY
from tongdian.metering.findings import EnteredReading, FoundCheck, checks_of, found
from tongdian.metering.models import Meter, MeterReading, ReadingFinding, ReadingValidation
from tongdian.metering.queries.looking import LookedAt, compared_with, gravest_first, reading_rules
from tongdian.metering.rules import READ, NotReadThatDay
from tongdian.parties.models import Organisation
from tongdian.policy.packs import Pack
from tongdian.questions import insert_rows
from tongdian.registers.action import action


@action("validate-reading", may=READ, within="meter.organisation", fields=ON_DAY)
def validate_reading(*, viewer: Any, meter: Meter, on: dt.date, at: dt.datetime) -> MeterReading:
    """Look at the reading of a day again, by the rules as they are. Raises NotReadThatDay."""
    row = queries.standing(meter).filter(on=on).first()
    if row is None:
        raise NotReadThatDay(meter=meter, day=on)
    look_at([EnteredReading.of(row)], at=at, by=getattr(viewer, "pk", None))
    return row


def look_at(
    readings: Sequence[EnteredReading], *, at: dt.datetime, by: Any = None
) -> dict[UUID, LookedAt | None]:
    """Look at readings and keep what is found, inside an action that asked who may: how each stands, by its
    key. Where no pack says how meters are read, nothing is found and nothing kept."""
    stands: dict[UUID, LookedAt | None] = {row.pk: None for row in readings}
    if not readings:
        return stands
    facts = compared_with(readings)
    offices = Organisation.objects.in_bulk({row.organisation for row in readings})
    rules: dict[tuple[Any, dt.date], Pack | None] = {}  # asked once for all that an office read on a day
    checks: dict[tuple[str, dt.date, str], Mapping[str, FoundCheck]] = {}
    made: list[tuple[Any, ...]] = []
    findings: list[tuple[Any, ...]] = []
    for row in readings:
        key = (row.organisation, row.on)
        if key not in rules:
            rules[key] = reading_rules(offices[row.organisation], row.on)
        pack = rules[key]
        if pack is None or pack.head.uses.readings is None:
            continue
        told = facts[row.pk]
        lines = pack.calculate(pack.head.uses.readings.validation, on=row.on, given=told).root
        judged_by = (pack.content_hash, row.on, row.source)
        if judged_by not in checks:
            checks[judged_by] = checks_of(pack, row.on, row.source)
        seen = gravest_first(found(checks[judged_by], lines))
        look, points = uuid7(), sum(one.points for one in seen)
        made.append((look, row.pk, pack.id, pack.content_hash, told, points, at, by))
        findings += [(uuid7(), look, one.check, one.is_blocking, one.points) for one in seen]
        stands[row.pk] = LookedAt(at, points, seen, look, told["unread"] != "0")
    insert_rows(ReadingValidation, VALIDATION, made)
    insert_rows(ReadingFinding, FINDING, findings)
    return stands


VALIDATION = ("id", "reading_id", "pack", "revision", "told", "points", "at", "by_id")
FINDING = ("id", "validation_id", "check_name", "is_blocking", "points")
