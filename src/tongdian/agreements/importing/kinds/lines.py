"""Feeders, mains and transformers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from tongdian.agreements.importing.columns import YES_NO, Column, choice, code, positive, text
from tongdian.agreements.importing.kinds.kind import Candidate, DependedUpon, Fate, Job, Kind, remembered
from tongdian.agreements.importing.kinds.places import NO_LINE, NO_PLACE, NOT_MOVED, UTILITIES
from tongdian.agreements.models import ImportRow
from tongdian.network.models import Feeder, Place, Transformer
from tongdian.network.queries import with_loads
from tongdian.network.rules import plain
from tongdian.parties.models import Organisation
from tongdian.policy.words import Words

FEEDER = Words("线路", "feeder")
NOT_POWER = Words("“{code}”不是供电线路", '"{code}" carries no power')
NOT_A_SHARE = Words("功率因数不大于 1", "a power factor is at most 1")
TOO_SMALL = Words(
    "已承诺 {committed} kW，这样只能供 {usable} kW",
    "{committed} kW are promised on it; so it could give only {usable} kW",
)
DEFAULT_FACTOR = "0.90"


def _as_decimals(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {
        name: Decimal(value) if name in names and value is not None else value
        for name, value in fields.items()
    }


def _two_places(number: Decimal | None) -> str:
    return "" if number is None else f"{number:.2f}"


class Feeders(Kind):
    """A line or main a row."""

    name = "feeders"
    title = Words("线路与干管", "Feeders and mains")
    says = Words("供电线路和供水干管。", "Lines of power and mains of water.")
    model = Feeder

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """Code, utility, name, and what it carries."""
        return (
            Column(
                name="code",
                title=Words("线路或干管编号", "Feeder or main code"),
                takes=code,
                required=True,
                most=40,
                example="F1",
            ),
            Column(
                name="utility",
                title=Words("水或电", "Utility"),
                takes=choice,
                required=True,
                choices=UTILITIES,
                example="电",
            ),
            Column(
                name="name", title=Words("名称", "Name"), takes=text, required=True, example="雁山 10 kV 一线"
            ),
            Column(
                name="voltage_kv",
                title=Words("电压 kV", "Voltage kV"),
                takes=positive,
                unit="kV",
                example="10",
                note=Words("只用于电", "for power only"),
            ),
            Column(
                name="capacity_kva",
                title=Words("容量 kVA", "Capacity kVA"),
                takes=positive,
                unit="kVA",
                example="5000",
            ),
        )

    def key(self, row: Candidate) -> str:
        """Its code."""
        return row.get("code")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Feeders of the organisation by code."""
        codes = {row.get("code") for row in rows}
        found = Feeder.objects.filter(organisation=job.organisation, code__in=codes)
        return {one.code: one for one in found}

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """What it carries does not change."""
        if present is not None and present.utility != row.get("utility"):
            row.refuse("utility", NOT_MOVED.fill(now=UTILITIES[present.utility]))

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """Name, voltage and capacity may change."""
        now = {
            "name": present.name,
            "voltage_kv": _two_places(present.voltage_kv),
            "capacity_kva": _two_places(present.capacity_kva),
        }
        return [
            (name, was, row.get(name)) for name, was in now.items() if row.get(name) and row.get(name) != was
        ]

    def build(self, row: Candidate, job: Job) -> Feeder:
        """A feeder of the organisation."""
        names = ("code", "utility", "name", "voltage_kv", "capacity_kva")
        given = {name: row.get(name) for name in names if row.get(name)}
        return Feeder(organisation=job.organisation, **self._typed(given))

    def change(self, present: Any, row: Candidate, columns: Sequence[str]) -> dict[str, Any]:
        """The columns that differ."""
        return remembered(present, self._typed({name: row.get(name) for name in columns}))

    def _typed(self, fields: dict[str, Any]) -> dict[str, Any]:
        return _as_decimals(fields, "voltage_kv", "capacity_kva")

    def revived(self, name: str, value: Any) -> Any:
        """Amounts are kept as text."""
        return self._typed({name: value})[name]


class Transformers(Kind):
    """A transformer a row, on its feeder."""

    name = "transformers"
    title = Words("变压器", "Transformers")
    says = Words("变压器及其所在线路、容量。", "Transformers, the feeders they hang on, their capacity.")
    model = Transformer

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """Code, feeder, name, capacity, and where it stands."""
        return (
            Column(
                name="code",
                title=Words("变压器编号", "Transformer code"),
                takes=code,
                required=True,
                most=40,
                example="T1",
            ),
            Column(
                name="feeder",
                title=Words("线路编号", "Feeder code"),
                takes=code,
                required=True,
                most=40,
                example="F1",
            ),
            Column(name="name", title=Words("名称", "Name"), takes=text, required=True, example="1 号变"),
            Column(
                name="capacity_kva",
                title=Words("容量 kVA", "Capacity kVA"),
                takes=positive,
                unit="kVA",
                required=True,
                example="630",
            ),
            Column(
                name="power_factor",
                title=Words("功率因数", "Power factor"),
                takes=positive,
                example="0.9",
                note=Words("留空为 0.9", "empty: 0.9"),
            ),
            Column(name="place", title=Words("地点编号", "Place code"), takes=code, most=40, example="YS-1"),
            Column(
                name="public",
                title=Words("公用", "Public"),
                takes=choice,
                choices=YES_NO,
                example="是",
                note=Words("用户专用填否", "no for a user's own"),
            ),
        )

    def key(self, row: Candidate) -> tuple[str, str]:
        """Its code on its feeder."""
        return row.get("feeder"), row.get("code")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Transformers by feeder and code, with what is promised; feeders and places by code."""
        feeders, places = job.table("feeders"), job.table("places")
        codes = {row.get("feeder") for row in rows} - set(feeders)
        for feeder in Feeder.objects.filter(organisation=job.organisation, code__in=codes):
            feeders[feeder.code] = feeder
        codes = {row.get("place") for row in rows} - {"", *places}
        for place in Place.objects.filter(organisation=job.organisation, code__in=codes):
            places[place.code] = place
        found = Transformer.objects.filter(
            feeder__organisation=job.organisation, code__in={row.get("code") for row in rows}
        ).select_related("feeder", "place")
        loads = with_loads(found)
        job.table("committed").update((one.pk, load.committed_kw) for one, load in loads)
        return {(one.feeder.code, one.code): one for one, _load in loads}

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Its feeder and place are here, and it holds what is promised on it."""
        feeder = job.table("feeders").get(row.get("feeder"))
        if feeder is None:
            row.refuse("feeder", NO_LINE.fill(code=row.get("feeder"), what=FEEDER))
        elif feeder.utility != "power":
            row.refuse("feeder", NOT_POWER.fill(code=feeder.code))
        if row.get("place") and row.get("place") not in job.table("places"):
            row.refuse("place", NO_PLACE.fill(code=row.get("place")))
        factor = row.get("power_factor") or (_two_places(present.power_factor) if present else DEFAULT_FACTOR)
        if Decimal(factor) > 1:
            row.refuse("power_factor", NOT_A_SHARE)
        if present is None or row.reasons:
            return
        usable, before = Decimal(row.get("capacity_kva")) * Decimal(factor), present.capacity_kva
        committed = job.table("committed")[present.pk]
        # what is promised too much already is no reason against enlarging
        if usable < before * present.power_factor and usable < committed:
            row.refuse("capacity_kva", TOO_SMALL.fill(committed=plain(committed), usable=plain(usable)))

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """All but its code and feeder may change."""
        now = {
            "name": present.name,
            "capacity_kva": _two_places(present.capacity_kva),
            "power_factor": _two_places(present.power_factor),
            "place": present.place.code if present.place else "",
            "public": "yes" if present.is_public else "no",
        }
        return [
            (name, was, row.get(name)) for name, was in now.items() if row.get(name) and row.get(name) != was
        ]

    def build(self, row: Candidate, job: Job) -> Transformer:
        """A transformer on its feeder."""
        names = ("name", "capacity_kva", "power_factor", "place", "public")
        given = self._fields(row, [name for name in names if row.get(name)], job)
        feeder = job.table("feeders")[row.get("feeder")]
        return Transformer(feeder=feeder, code=row.get("code"), **given)

    def change(self, present: Any, row: Candidate, columns: Sequence[str]) -> dict[str, Any]:
        """The columns that differ."""
        job = Job(present.feeder.organisation, None, None)  # type: ignore[arg-type]  # places only
        self.existing([row], job)
        return remembered(present, self._fields(row, columns, job))

    def _fields(self, row: Candidate, columns: Sequence[str], job: Job) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name in columns:
            match name:
                case "place":
                    fields["place_id"] = job.table("places")[row.get("place")].pk
                case "public":
                    fields["is_public"] = row.get("public") == "yes"
                case _:
                    fields[name] = row.get(name)
        return _as_decimals(fields, "capacity_kva", "power_factor")

    def revived(self, name: str, value: Any) -> Any:
        """Amounts and identifiers are kept as text."""
        if name == "place_id" and value is not None:
            return UUID(value)
        return _as_decimals({name: value}, "capacity_kva", "power_factor")[name]

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """As for every kind; but none becomes too small for what was promised on it since."""
        super().undo(rows, made, job)
        changed = [row.subject for row in rows if row.subject and row.fate == Fate.CHANGED]
        loads = with_loads(Transformer.objects.filter(pk__in=changed).select_related("feeder"))
        short = [one.name for one, load in loads if load.free_kw < 0]
        if short:
            raise DependedUpon(what=short)
