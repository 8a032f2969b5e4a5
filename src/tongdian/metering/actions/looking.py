"""Readings are looked at by the rules of their day, when they are entered and again whenever something has
changed: a blocking finding ends in no other way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tongdian.metering import queries
from tongdian.metering.fields import ON_DAY
from tongdian.metering.findings import checks_of, found
from tongdian.metering.models import Meter, MeterReading, ReadingFinding, ReadingValidation
from tongdian.metering.queries.looking import LookedAt, compared_with, gravest_first, plain, reading_rules
from tongdian.metering.rules import READ, NotReadThatDay
from tongdian.policy.packs import Pack
from tongdian.questions import insert_many
from tongdian.registers.action import action


@action("validate-reading", may=READ, within="meter.organisation", fields=ON_DAY)
def validate_reading(*, viewer: Any, meter: Meter, on: dt.date, at: dt.datetime) -> MeterReading:
    """Look at the reading of a day again, by the rules as they are. Raises NotReadThatDay."""
    row = queries.standing(meter).filter(on=on).first()
    if row is None:
        raise NotReadThatDay(meter=meter, day=on)
    look_at([row], at=at, by=getattr(viewer, "pk", None))
    return row


def look_at(
    readings: Sequence[MeterReading], *, at: dt.datetime, by: Any = None
) -> dict[Any, LookedAt | None]:
    """Look at readings and keep what is found, inside an action that asked who may: how each stands, by its
    key. Where no pack says how meters are read, nothing is found and nothing kept."""
    stands: dict[Any, LookedAt | None] = {row.pk: None for row in readings}
    if not readings:
        return stands
    facts = compared_with(readings)
    rules: dict[tuple[Any, dt.date], Pack | None] = {}  # asked once for all that an office read on a day
    made: list[ReadingValidation] = []
    findings: list[ReadingFinding] = []
    for row in readings:
        office, key = row.meter.organisation, (row.meter.organisation_id, row.on)
        if key not in rules:
            rules[key] = reading_rules(office, row.on)
        pack = rules[key]
        if pack is None or pack.head.uses.readings is None:
            continue
        told = plain(facts[str(row.pk)])
        answer = pack.answer(pack.head.uses.readings.validation, on=row.on, given=told)
        seen = found(checks_of(pack, row.on, row.source), answer.lines)
        validation = ReadingValidation(
            reading=row,
            pack=pack.id,
            revision=pack.content_hash,
            told=told,
            points=sum(one.points for one in seen),
            at=at,
            by_id=by,
        )
        made.append(validation)
        stands[row.pk] = LookedAt(at, validation.points, gravest_first(seen), validation)
        findings += [
            ReadingFinding(
                validation=validation, check_name=one.check, is_blocking=one.is_blocking, points=one.points
            )
            for one in seen
        ]
    insert_many(made)
    insert_many(findings)
    return stands
