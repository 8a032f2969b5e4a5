"""Places and usage points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from tongdian.agreements.importing.columns import YES_NO, Column, choice, code, positive, text
from tongdian.agreements.importing.kinds.kind import Candidate, Job, Kind, remembered
from tongdian.bigrams import bigrams
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.network.queries import with_loads
from tongdian.network.rules import STANDS_IN, TOP, plain
from tongdian.parties.models import Organisation, Region
from tongdian.policy.words import Words

PLACE_KINDS = {
    "campus": Words("校区", "campus"),
    "area": Words("区域", "area"),
    "building": Words("楼栋", "building"),
    "flat": Words("套房", "flat"),
    "room": Words("房间", "room"),
    "shop": Words("门面", "shop"),
    "site": Words("工地", "works site"),
    "premises": Words("独立用户场所", "premises"),
}
UTILITIES = {"power": Words("电", "power"), "water": Words("水", "water")}
NO_PLACE = Words(
    "没有编号为“{code}”的地点；它应已登记，或写在本表上面的行",
    'no place has the code "{code}": it must be entered already, or stand in a row above',
)
NOT_THERE = Words("“{kind}”不能设在“{parent}”之下", 'a "{kind}" cannot stand in "{parent}"')
NOT_MOVED = Words(
    "导入不移动地点、不改类型（现为 {now}）；请在地点页面修改",
    "an import does not move a place or change its kind (it is {now}); do that on its page",
)
NO_REGION = Words("没有代码为 {code} 的行政区划", "there is no region of the code {code}")
NO_LINE = Words("没有编号为“{code}”的{what}", 'there is no {what} of the code "{code}"')
TWO_LINES = Words("有多台变压器的编号是“{code}”", 'several transformers have the code "{code}"')
WRONG_LINE = Words("线路不是同一种供应（水、电）", "the line does not carry the same utility")
FULL = Words("变压器“{name}”只余 {free} kW", 'only {free} kW are free on the transformer "{name}"')
TAKEN = Words("编号已被{owner}使用", "the code is that of {owner} already")


class Places(Kind):
    """A place a row, what it stands in above it."""

    name = "places"
    title = Words("地点", "Places")
    says = Words(
        "校区、楼栋、套房、门面等，上级写在前面。", "Campus, buildings, flats, shops; wholes above parts."
    )
    model = Place

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """Code, kind, name, and where it is."""
        return (
            Column(
                name="code",
                title=Words("地点编号", "Place code"),
                takes=code,
                required=True,
                most=40,
                example="YS-M3",
            ),
            Column(
                name="kind",
                title=Words("类型", "Kind"),
                takes=choice,
                required=True,
                choices=PLACE_KINDS,
                example="门面",
            ),
            Column(
                name="name",
                title=Words("全称", "Full name"),
                takes=text,
                required=True,
                example="雁山校区 3 号门面",
            ),
            Column(
                name="parent",
                title=Words("上级地点编号", "Code of what it stands in"),
                takes=code,
                most=40,
                example="YS",
                note=Words("最上级留空", "empty for the outermost"),
            ),
            Column(
                name="address", title=Words("地址", "Address"), takes=text, most=200, example="雁中路 1 号"
            ),
            Column(
                name="region",
                title=Words("行政区划代码", "Region code"),
                takes=code,
                most=6,
                example="450311",
                note=Words("留空同上级", "empty: as what it stands in"),
            ),
        )

    def key(self, row: Candidate) -> str:
        """Its code."""
        return row.get("code")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Places by code, those they stand in, and the regions named."""
        codes = {row.get(name) for row in rows for name in ("code", "parent")} - {""}
        found = {
            one.code: one
            for one in Place.objects.filter(organisation=job.organisation, code__in=codes).select_related(
                "parent", "region"
            )
        }
        known = job.table("places")
        known.update((key, (one.kind, one.id, one.ancestors)) for key, one in found.items())
        regions = {row.get("region") for row in rows} - {"", *job.table("regions")}
        job.table("regions").update(Region.objects.in_bulk(list(regions)))
        wanted = {row.get("code") for row in rows}
        return {key: one for key, one in found.items() if key in wanted}

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Its kind fits where it stands; an import moves nothing."""
        kind, parent = row.get("kind"), row.get("parent")
        above = job.table("places").get(parent)
        if row.get("region") and row.get("region") not in job.table("regions"):
            row.refuse("region", NO_REGION.fill(code=row.get("region")))
        if parent and above is None:
            row.refuse("parent", NO_PLACE.fill(code=parent))
        elif present is not None:
            self._stays(row, present)
        elif (above[0] if above else TOP) not in STANDS_IN[kind]:
            there = PLACE_KINDS[above[0]] if above else Words("最上级", "the top")
            row.refuse("parent", NOT_THERE.fill(kind=PLACE_KINDS[kind], parent=there))
        if not row.reasons:
            job.table("places").setdefault(row.get("code"), (kind, None, None))

    def _stays(self, row: Candidate, present: Place) -> None:
        if row.get("kind") != present.kind:
            row.refuse("kind", NOT_MOVED.fill(now=PLACE_KINDS[present.kind]))
        now = present.parent.code if present.parent else ""
        if row.get("parent") and row.get("parent") != now:
            row.refuse("parent", NOT_MOVED.fill(now=now or "—"))

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """Name, address and region may change."""
        now = {"name": present.name, "address": present.address, "region": present.region_id}
        return [
            (name, was, row.get(name)) for name, was in now.items() if row.get(name) and row.get(name) != was
        ]

    def build(self, row: Candidate, job: Job) -> Place:
        """A place in the one above it, which may be of the same file."""
        known = job.table("places")
        above = known.get(row.get("parent"))
        place = Place(
            organisation=job.organisation,
            kind=row.get("kind"),
            code=row.get("code"),
            name=row.get("name"),
            address=row.get("address"),
            parent_id=above[1] if above else None,
            pairs=bigrams(row.get("name"), row.get("code"), row.get("address")),
        )
        place.ancestors = [*(above[2] if above else []), place.id]
        regions = job.table("region of place")
        place.region_id = row.get("region") or self._region_of(above, job)
        regions[place.id] = place.region_id
        known[place.code] = (place.kind, place.id, place.ancestors)
        return place

    def _region_of(self, above: Any, job: Job) -> str:
        if above is None:
            return str(job.organisation.region_id)
        known: dict[UUID, str] = job.table("region of place")
        if above[1] not in known:
            known[above[1]] = Place.objects.values_list("region_id", flat=True).get(pk=above[1])
        return known[above[1]]

    def change(self, present: Any, row: Candidate, columns: Sequence[str]) -> dict[str, Any]:
        """The columns that differ, and what the place is found by."""
        fields = {"region_id" if name == "region" else name: row.get(name) for name in columns}
        name = fields.get("name", present.name)
        pairs = bigrams(name, present.code, fields.get("address", present.address))
        kept = remembered(present, fields)
        was = bigrams(
            kept["was"].get("name", name), present.code, kept["was"].get("address", present.address)
        )
        kept["was"]["pairs"] = was
        present.pairs = pairs
        return kept


class Points(Kind):
    """A usage point a row: where a place takes power or water."""

    name = "points"
    title = Words("用电（水）点", "Usage points")
    says = Words(
        "每个地点的用电点和用水点，及其线路、变压器、容量。",
        "Where places take power and water, and what feeds them.",
    )
    model = UsagePoint

    def columns(self, organisation: Organisation | None) -> Sequence[Column]:
        """Code, place, utility, and what feeds it."""
        return (
            Column(
                name="code",
                title=Words("用电（水）点编号", "Usage point code"),
                takes=code,
                required=True,
                most=40,
                example="YS-M3-E",
            ),
            Column(
                name="place",
                title=Words("地点编号", "Place code"),
                takes=code,
                required=True,
                most=40,
                example="YS-M3",
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
                name="transformer",
                title=Words("变压器编号", "Transformer code"),
                takes=code,
                most=40,
                example="T1",
                note=Words("只用于电", "for power only"),
            ),
            Column(
                name="feeder",
                title=Words("线路或干管编号", "Feeder or main code"),
                takes=code,
                most=40,
                example="F1",
            ),
            Column(
                name="capacity", title=Words("容量 kW", "Capacity kW"), takes=positive, unit="kW", example="8"
            ),
            Column(name="live", title=Words("已供", "Supplied"), takes=choice, choices=YES_NO, example="是"),
        )

    def key(self, row: Candidate) -> str:
        """Its code."""
        return row.get("code")

    def existing(self, rows: Sequence[Candidate], job: Job) -> dict[Any, Any]:
        """Points by code; places, lines and what is free on transformers."""
        places = {row.get("place") for row in rows} - set(job.table("places"))
        for one in Place.objects.filter(organisation=job.organisation, code__in=places):
            job.table("places")[one.code] = one
        self._load_lines(job)
        found = UsagePoint.objects.filter(code__in={row.get("code") for row in rows})
        lines = ("place__organisation", "feeder", "transformer__feeder")
        return {one.code: one for one in found.select_related(*lines)}

    def _load_lines(self, job: Job) -> None:
        if "lines" in job.found:
            return
        ours = job.organisation.ancestors
        lines: dict[tuple[str, str], list[Any]] = {}
        for feeder in Feeder.objects.filter(organisation__in=ours):
            lines.setdefault(("feeder", feeder.code), []).append(feeder)
        wanted = Transformer.objects.filter(feeder__organisation__in=ours).select_related("feeder")
        for transformer, load in with_loads(wanted):
            lines.setdefault(("transformer", transformer.code), []).append(transformer)
            job.table("free")[transformer.pk] = load.free_kw
        job.found["lines"] = lines

    def check(self, row: Candidate, present: Any | None, job: Job) -> None:
        """Its place, its line and what is free there."""
        if present is not None and present.place.organisation_id != job.organisation.pk:
            row.refuse("code", TAKEN.fill(owner=present.place.organisation.name))
            return
        if row.get("place") not in job.table("places"):
            row.refuse("place", NO_PLACE.fill(code=row.get("place")))
        elif present is not None and present.place.code != row.get("place"):
            row.refuse("place", NOT_MOVED.fill(now=present.place.code))
        if present is not None and present.utility != row.get("utility"):
            row.refuse("utility", NOT_MOVED.fill(now=UTILITIES[present.utility]))
        feeder = self._line(row, "feeder", Words("线路", "feeder"), job)
        transformer = self._line(row, "transformer", Words("变压器", "transformer"), job)
        if transformer is not None and row.get("utility") != "power":
            row.refuse("transformer", WRONG_LINE)
        if feeder is not None and feeder.utility != row.get("utility"):
            row.refuse("feeder", WRONG_LINE)
        if not row.reasons:
            self._take(row, present, transformer, job)

    def _line(self, row: Candidate, name: str, what: Words, job: Job) -> Any:
        wanted = row.get(name)
        if not wanted:
            return None
        found = job.table("lines").get((name, wanted), [])
        if len(found) != 1:
            words = TWO_LINES if found else NO_LINE
            row.refuse(name, words.fill(code=wanted, what=what))
            return None
        return found[0]

    def _take(self, row: Candidate, present: Any, transformer: Any, job: Job) -> None:
        """Count the capacity against its transformer, with the rows above."""
        transformer = transformer or (present.transformer if present else None)
        if transformer is None:
            return
        before = present.capacity_kw or Decimal(0) if present else Decimal(0)
        if present is not None and present.transformer_id != transformer.pk:
            before = Decimal(0)
        wanted = Decimal(row.get("capacity")) if row.get("capacity") else None
        if wanted is None:
            wanted = present.capacity_kw or Decimal(0) if present else Decimal(0)
        free = job.table("free")
        more = wanted - before
        if more > 0 and more > free[transformer.pk]:
            left = plain(free[transformer.pk])
            row.refuse("capacity", FULL.fill(name=transformer.name, free=left))
            return
        free[transformer.pk] -= more

    def compared(self, row: Candidate, present: Any) -> Iterable[tuple[str, str, str]]:
        """Line, transformer, capacity and whether it is supplied may change."""
        now = {
            "transformer": present.transformer.code if present.transformer else "",
            "feeder": present.feeder.code if present.feeder else "",
            "capacity": f"{present.capacity_kw:f}" if present.capacity_kw is not None else "",
            "live": "yes" if present.is_live else "no",
        }
        return [
            (name, was, row.get(name)) for name, was in now.items() if row.get(name) and row.get(name) != was
        ]

    def _fields(self, row: Candidate, columns: Iterable[str], job: Job) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        wanted = {name for name in columns if row.get(name)}
        if "feeder" in wanted:
            fields["feeder_id"] = self._line(row, "feeder", Words("", ""), job).pk
        if "transformer" in wanted:
            transformer = self._line(row, "transformer", Words("", ""), job)
            fields |= {"transformer_id": transformer.pk, "feeder_id": transformer.feeder_id}
        if "capacity" in wanted:
            fields["capacity_kw"] = Decimal(row.get("capacity"))
        if "live" in wanted:
            fields["is_live"] = row.get("live") == "yes"
        return fields

    def build(self, row: Candidate, job: Job) -> UsagePoint:
        """A usage point at its place."""
        given = self._fields(row, ("feeder", "transformer", "capacity", "live"), job)
        return UsagePoint(
            place=job.table("places")[row.get("place")],
            utility=row.get("utility"),
            code=row.get("code"),
            **given,
        )

    def change(self, present: Any, row: Candidate, columns: Sequence[str]) -> dict[str, Any]:
        """The columns that differ."""
        job = Job(present.place.organisation, None, None)  # type: ignore[arg-type]  # lines only
        self._load_lines(job)
        return remembered(present, self._fields(row, columns, job))

    def revived(self, name: str, value: Any) -> Any:
        """Amounts are kept as text."""
        return Decimal(value) if name == "capacity_kw" and value is not None else value
