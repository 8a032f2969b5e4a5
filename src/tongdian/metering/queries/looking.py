"""What was found in readings, and what a reading is compared with."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.adapt import Loader
from psycopg.types.range import DateRange
from psycopg.types.string import TextLoader

from tongdian.metering.findings import EnteredReading, FoundCheck, history
from tongdian.metering.models import Meter, MeterInstallation, ReadingValidation, SubMetering
from tongdian.metering.queries.meters import figure, standing, where
from tongdian.metering.queries.usage import usage_of, usages_of
from tongdian.metering.rules import READ_ON_THE_METER, size_of
from tongdian.parties.models import Organisation
from tongdian.parties.queries import packs_in_force
from tongdian.policy.kinds.table import TableRule
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook

# The newest look at each reading.
_LOOKS = """
select distinct on (look.reading_id) look.reading_id, look.id, look.at, look.points, look.pack,
       coalesce(look.told ->> 'unread', '0') <> '0'
  from metering_readingvalidation look where look.reading_id = any(%(readings)s)
 order by look.reading_id, look.at desc, look.id desc
"""
_FINDINGS = """
select validation_id, check_name, is_blocking, points from metering_readingfinding
 where validation_id = any(%(looks)s)
"""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """How a reading stands by the newest look at it, the validation of that key. `points` add up the scored
    findings; `lacked_others` tells that another meter of the place had not been read that day."""

    at: dt.datetime
    points: int
    findings: Sequence[FoundCheck]
    validation: UUID
    lacked_others: bool

    @property
    def is_blocked(self) -> bool:
        """Whether something has to change before it can be billed."""
        return any(one.is_blocking for one in self.findings)

    @property
    def waited(self) -> bool:
        """Whether something was found while another meter of the place had not been read that day: it may
        have been since."""
        return self.lacked_others and bool(self.findings)


def findings_of(readings: Iterable[Any]) -> Mapping[Any, LookedAt | None]:
    """How each reading stands, by its key: None where nobody looked at it, which is not sound."""
    found: dict[Any, LookedAt | None] = {row.pk: None for row in readings}
    with connection.cursor() as cursor:
        cursor.execute(_LOOKS, {"readings": list(found)})
        looks = cursor.fetchall()
        cursor.execute(_FINDINGS, {"looks": [look for _, look, *_ in looks]})
        checks: dict[UUID, list[tuple[str, bool, int]]] = defaultdict(list)
        for look, *check in cursor.fetchall():
            checks[look].append(tuple(check))
    for reading, look, at, points, pack, lacked_others in looks:
        names = _named(pack) if look in checks else {}
        findings = [
            # a check that the pack no longer names is shown by what it was called
            FoundCheck(name, names.get(name, Words(name, name)), is_blocking, score)
            for name, is_blocking, score in checks.get(look, ())
        ]
        found[reading] = LookedAt(at, points, gravest_first(findings), look, lacked_others)
    return found


def gravest_first(findings: Iterable[FoundCheck]) -> list[FoundCheck]:
    """What blocks, and then by points."""
    return sorted(findings, key=lambda one: (not one.is_blocking, -one.points, one.check))


def _named(pack: str) -> Mapping[str, Words]:
    one = rulebook.pack(pack)
    if one.head.uses.readings is None:
        return {}
    column = one.rules[one.head.uses.readings.checks].columns["check"]  # type: ignore[attr-defined]
    return dict(column.labels)


def reading_rules(organisation: Organisation, on: dt.date) -> Pack | None:
    """The pack that says how an organisation's meters are read on a day; None where none does."""
    for adopted in packs_in_force(organisation, on=on):
        one = rulebook.pack(adopted.pack)
        if one.head.uses.readings is not None:
            return one
    return None


def words_of(organisation: Organisation, on: dt.date, column: str) -> Mapping[str, Words]:
    """The methods (`method`) or reasons (`reason`) of the pack that holds for readings on a day, in its
    order; none where no pack says how meters are read."""
    pack = reading_rules(organisation, on)
    if pack is None or pack.head.uses.readings is None:
        return {}
    uses = pack.head.uses.readings
    rule = pack.rules[{"method": uses.methods, "reason": uses.reasons}[column]]
    assert isinstance(rule, TableRule)
    labels = rule.columns[column].labels
    rows = rule.typed[id(rule.version_on(on, {}))]
    return {
        str(row[column]): labels.get(str(row[column]), Words(str(row[column]), str(row[column])))
        for row in rows
    }


def quality_of(organisation: Organisation, on: dt.date, method: str) -> str | None:
    """Which quality a method makes, where the pack says."""
    pack = reading_rules(organisation, on)
    if pack is None or pack.head.uses.readings is None:
        return None
    rule = pack.rules[pack.head.uses.readings.methods]
    assert isinstance(rule, TableRule)
    rows = rule.typed[id(rule.version_on(on, {}))]
    return next((str(row["quality"]) for row in rows if row["method"] == method), None)


def filled_by(organisation: Organisation | None, on: dt.date | None) -> Mapping[str, Words]:
    """The methods by which the pack itself finds a figure."""
    pack = reading_rules(organisation, on) if organisation is not None and on is not None else None
    uses = pack.head.uses.readings if pack else None
    if pack is None or uses is None or uses.filled is None:
        return {}
    rule: Any = pack.rules[uses.filled]
    taken = rule.taken(pack, {})
    kind = rule.sheet(pack, rule.version_on(on, taken), taken).types["method"]
    named = words_of(organisation, on, "method")  # type: ignore[arg-type]
    return {one: named.get(one, Words(one, one)) for one in kind.values}


def known_before(meter: Meter, on: dt.date) -> Mapping[str, Any] | None:
    """What is known of a meter and its point before a day: the figure before, and each stretch with its use.
    None where it hung nowhere, or was not read before."""
    place = where(meter, on)
    last = standing(meter).filter(on__gte=place.fitted_on, on__lt=on).last() if place else None
    if place is None or last is None:
        return None
    hung = MeterInstallation.objects.filter(usage_point=place.usage_point).order_by("in_place").first()
    assert hung is not None
    used = usage_of(place.usage_point, hung.fitted_on, last.on).segments if hung.fitted_on < last.on else ()
    return {
        "read_on": on,
        "before": figure(last),
        "multiplier": meter.multiplier,
        "size": size_of(int(meter.digits)),
        "stretch": [
            {
                "ended_on": part.now.on,
                "used": round(part.quantity, 2),
                "is_estimate": part.now.quality not in READ_ON_THE_METER,
            }
            for part in used[-MOST_STRETCHES:]
        ],
    }


MOST_STRETCHES = 120  # ten years of months, as many as the sheet takes


def most_estimates(organisation: Organisation, on: dt.date) -> int | None:
    """How many estimates may follow each other; None where no pack says."""
    pack = reading_rules(organisation, on)
    if pack is None or pack.head.uses.readings is None:
        return None
    return int(pack.answer(pack.head.uses.readings.estimates, on=on).value)  # type: ignore[arg-type]


# The readings that count of some points, and of whatever is read on their routes, as `findings.TOLD` has them.
TOLD_BY_THE_REGISTER = """(
select r.id::varchar as reading, r.meter_id::varchar as meter, i.usage_point_id::varchar as point,
  coalesce(n.route_id, i.usage_point_id)::varchar as round, m.utility, r."on" as read_on,
  (r.at at time zone 'Asia/Shanghai')::date as entered_on, lower(i.in_place) as fitted_on, r.quality,
  r.value as now, r.turned, (10 ^ m.digits)::decimal(9,0) as size, m.multiplier, 1 as copies,
  (select count(*) from metering_meterinstallation x join network_usagepoint xp on xp.id = x.usage_point_id
    where xp.place_id = p.place_id and x.meter_id <> r.meter_id and x.in_place @> r."on"
      and not exists (select 1 from metering_meterreading y where y.meter_id = x.meter_id and y."on" = r."on"
        and y.value is not null)) as unread,
  coalesce((select max(a.capacity_kw) from agreements_agreement a where a.usage_point_id = p.id
    and a.in_force @> r."on"), 0)::decimal(9,2) as capacity,
  exists (select 1 from agreements_agreement a where a.usage_point_id = p.id and a.in_force @> r."on")
    as is_supplied,
  exists (select 1 from metering_meterreading v where v.meter_id = r.meter_id and v."on" = r."on"
    and v.version < r.version and v.quality = 'final' and v.value is not null and v.value <> r.value)
    as replaces_final,
  0::decimal(12,2) as parts_used, false as has_parts
from metering_meterreading r
join metering_meter m on m.id = r.meter_id
join metering_meterinstallation i on i.meter_id = r.meter_id and r."on" >= lower(i.in_place)
  and (upper(i.in_place) is null or r."on" <= upper(i.in_place))
join network_usagepoint p on p.id = i.usage_point_id
left join metering_routepoint n on n.usage_point_id = p.id
where r.value is not null
  and not exists (select 1 from metering_meterreading v where v.meter_id = r.meter_id and v."on" = r."on"
    and v.version > r.version)
  and (p.id = any(%(points)s) or n.route_id in (select route_id from metering_routepoint
    where usage_point_id = any(%(points)s)))
)"""
_ASKED = "p.reading = any(%(readings)s)"


def compared_with(readings: Sequence[EnteredReading]) -> dict[UUID, dict[str, str]]:
    """What the sheet of validation is told of each reading, by its key, as a pack's tests write it. On the day
    of a change of places a reading ends one stretch and begins another: the one that it ends is looked at."""
    hung = _hung({row.meter for row in readings})
    points = {point for point, _ in hung}
    with connection.connection.cursor() as cursor:
        for kind, loader in _AS_WRITTEN.items():
            cursor.adapters.register_loader(kind, loader)
        # odd neighbours are looked for among all, what is told only of those that are asked
        cursor.execute(
            f"{history(TOLD_BY_THE_REGISTER)} where {_ASKED} order by is_first desc",
            {"points": list(points), "readings": [str(row.pk) for row in readings]},
        )
        _, *names = [column.name for column in cursor.description]
        found = {UUID(key): dict(zip(names, told, strict=True)) for key, *told in cursor}
    masters = set(SubMetering.objects.filter(master__in=points).values_list("master", flat=True))
    behind = {meter for point, meter in hung if point in masters}
    for row in readings:
        if row.meter in behind:
            found[row.pk].update(_of_its_parts(row, found[row.pk]))
    return found


def _hung(meters: set[UUID]) -> list[tuple[UUID, UUID]]:
    """Where those meters ever hung: point, meter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select usage_point_id, meter_id from metering_meterinstallation where meter_id = any(%s)",
            [list(meters)],
        )
        return list(cursor.fetchall())


class _Truth(Loader):
    def load(self, data: Any) -> str:
        return "true" if bytes(data) == b"t" else "false"


# Figures are told as text, and PostgreSQL has written it already: no number is made in between.
_AS_WRITTEN: dict[str, type[Loader]] = {
    "numeric": TextLoader,
    "date": TextLoader,
    "int4": TextLoader,
    "int8": TextLoader,
    "bool": _Truth,
}


def _of_its_parts(row: EnteredReading, told: Mapping[str, str]) -> Mapping[str, str]:
    """What the meters behind it used over the same days, where all of them were read."""
    place = where(Meter.objects.get(pk=row.meter), row.on)
    if place is None or told["is_first"] == "true":
        return {}
    before_on = dt.date.fromisoformat(told["before_on"])
    time = DateRange(before_on, row.on)
    parts = SubMetering.objects.filter(master=place.usage_point_id, in_force__overlap=time)
    throughout = parts.filter(in_force__contains=time)
    if not throughout or throughout.count() < parts.count():
        return {}
    behind = [one.part for one in throughout.select_related("part")]
    used = usages_of(behind, before_on, row.on).values()
    if any(one.missing for one in used):
        return {}
    parts_used = sum((one.quantity for one in used), Decimal(0)).quantize(CENT)
    return {"has_parts": "true", "parts_used": f"{parts_used:f}"}


CENT = Decimal("0.01")


def explained(validation: UUID) -> Any:
    """The answer by which a reading was judged, made again from what the sheet was told then."""
    row = ReadingValidation.objects.select_related("reading").get(pk=validation)
    pack = rulebook.pack_at(row.pack, row.revision)
    rules = pack.head.uses.readings
    assert rules is not None
    return pack.answer(rules.validation, on=row.reading.on, given=row.told)
