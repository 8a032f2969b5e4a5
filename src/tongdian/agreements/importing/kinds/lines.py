"""Feeders, transformers, usage points: what their spreadsheets look at besides their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from tongdian.agreements.importing.kinds.kind import Candidate, DependedUpon, Fate, Job
from tongdian.agreements.importing.kinds.registers import RegisterKind
from tongdian.agreements.models import ImportRow
from tongdian.network.models import Transformer
from tongdian.network.queries import with_loads
from tongdian.network.registers import FEEDERS, TRANSFORMERS, USAGE_POINTS
from tongdian.network.rules import Load, feeder_fits, point_fits, still_holds, transformer_fits
from tongdian.policy.words import Words


class Feeders(RegisterKind):
    """Feeders and mains."""

    def fits(self, row: Candidate, values: Mapping[str, Any], present: Any, job: Job) -> None:
        """As on entering or changing one."""
        feeder_fits(**values)


class Transformers(RegisterKind):
    """Transformers, which hold what is promised on them."""

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """With what is promised on each."""
        present = super().existing(rows, job)
        found = Transformer.objects.filter(pk__in=[one.pk for one in present.values()])
        job.table("loads").update((one.pk, load) for one, load in with_loads(found.select_related("feeder")))
        return present

    def fits(self, row: Candidate, values: Mapping[str, Any], present: Any, job: Job) -> None:
        """As on entering or changing one."""
        transformer_fits(**values)
        if present is not None:
            still_holds(job.table("loads")[present.pk], **values)

    def undo(self, rows: Sequence[ImportRow], made: set[UUID], job: Job) -> None:
        """As for every kind; but none becomes too small for what was promised on it since."""
        super().undo(rows, made, job)
        changed = [row.subject for row in rows if row.subject and row.fate == Fate.CHANGED]
        loads = with_loads(Transformer.objects.filter(pk__in=changed).select_related("feeder"))
        short = [one.name for one, load in loads if load.free_kw < 0]
        if short:
            raise DependedUpon(what=short)


class Points(RegisterKind):
    """Usage points, counted against their transformers with the rows above."""

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """With what is free on the transformers named."""
        present = super().existing(rows, job)
        named = [one.pk for several in job.table("transformer").values() for one in several]
        named += [one.transformer_id for one in present.values() if one.transformer_id]
        free = job.table("free")
        wanted = Transformer.objects.filter(pk__in=set(named) - set(free)).select_related("feeder")
        free.update((one.pk, load.free_kw) for one, load in with_loads(wanted))
        return present

    def fits(self, row: Candidate, values: Mapping[str, Any], present: Any, job: Job) -> None:
        """As on entering or changing one; and no two rows are promised the same kilowatt."""
        point_fits(**self.implied(dict(values)))
        transformer = values["transformer"]
        if transformer is None:
            return
        same = present is not None and present.transformer_id == transformer.pk
        before = (present.capacity_kw if same else None) or Decimal(0)
        more, free = (values["capacity_kw"] or Decimal(0)) - before, job.table("free")
        if more > 0:
            usable = transformer.capacity_kva * transformer.power_factor
            load = Load(transformer.capacity_kva, transformer.power_factor, usable - free[transformer.pk])
            load.must_hold(more, transformer=transformer.name)
        free[transformer.pk] -= more

    def implied(self, values: dict[str, Any]) -> dict[str, Any]:
        """The feeder of a point behind a transformer is the transformer's."""
        transformer = values.get("transformer")
        return values if transformer is None else values | {"feeder": transformer.feeder}


FEEDERS_KIND = Feeders(FEEDERS, says=Words("供电线路和供水干管。", "Lines of power and mains of water."))
TRANSFORMERS_KIND = Transformers(
    TRANSFORMERS,
    key=("feeder", "code"),
    says=Words("变压器及其所在线路、容量。", "Transformers, the feeders they hang on, their capacity."),
)
POINTS_KIND = Points(
    USAGE_POINTS,
    name="points",
    says=Words(
        "每个地点的用电点和用水点，及其线路、变压器、容量。",
        "Where places take power and water, and what feeds them.",
    ),
)
