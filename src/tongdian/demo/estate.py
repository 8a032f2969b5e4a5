"""The places of the demonstration with their supply, and who lives or works there when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from tongdian.agreements.actions import agreeing
from tongdian.agreements.actions.ending import change_by_case, end_by_case, transfer_by_case
from tongdian.agreements.models import Agreement, AgreementText
from tongdian.calendar import legal_day
from tongdian.demo.names import SHOPS, Names
from tongdian.demo.organisations import CAMPUS_PACK, GRID_PACK
from tongdian.network.actions import add_feeder, add_place, add_transformer, add_usage_point
from tongdian.network.models import Feeder, Place, Transformer, UsagePoint
from tongdian.parties.actions.customers import enter_customer
from tongdian.parties.actions.privacy import Consented
from tongdian.parties.models import Consent, Customer, Organisation, Region
from tongdian.parties.privacy import notice_on
from tongdian.supply.actions.stopping import closed, opened

Kind = Place.Kind
LONG_AGO, FROM_2020 = dt.date(2019, 9, 1), dt.date(2020, 1, 2)
# by pack and kind of place: the class of the customer and the price category
CLASSES = {
    (CAMPUS_PACK, Kind.FLAT): ("staff", "staff"),
    (CAMPUS_PACK, Kind.SHOP): ("shop", "commercial"),
    (CAMPUS_PACK, Kind.SITE): ("construction", "construction"),
    (CAMPUS_PACK, Kind.ROOM): ("other", "revenue"),
    (GRID_PACK, Kind.FLAT): ("residential", "residential"),
    (GRID_PACK, Kind.SHOP): ("three_zero", "commercial"),
    (GRID_PACK, Kind.SITE): ("low_voltage", "commercial"),
    (GRID_PACK, Kind.PREMISES): ("high_voltage_single", "industrial"),
}
KILOWATTS = {Kind.FLAT: (6, 10), Kind.SHOP: (8, 30), Kind.SITE: (60, 120), Kind.ROOM: (5, 20)}
OCCUPIED = {Kind.FLAT: 0.55, Kind.SHOP: 0.55, Kind.SITE: 0.5, Kind.ROOM: 0.0, Kind.PREMISES: 0.2}
ANOTHER = {Kind.FLAT: "室", Kind.SHOP: "铺面", Kind.SITE: "工地", Kind.ROOM: "室", Kind.PREMISES: "厂区"}


@dataclass
class Spot:
    """A place that may be supplied, who is supplied there, and when its last business ended."""

    place: Place
    house: Organisation
    pack: str
    points: list[UsagePoint]
    capacity: Decimal
    customer: Customer | None = None
    agreements: list[Agreement] = field(default_factory=list)
    since: dt.date = LONG_AGO
    free_on: dt.date = dt.date.min

    @property
    def is_private(self) -> bool:
        """Whether a person is supplied there rather than a firm."""
        return self.place.kind in (Kind.FLAT, Kind.SHOP)


class Estate:
    """Every place, and what is agreed there."""

    def __init__(
        self,
        viewer: Any,
        organisations: Mapping[str, Organisation],
        random: Random,
        names: Names,
        at: dt.datetime,
    ) -> None:
        self._viewer, self._random, self._names, self._at = viewer, random, names, at
        self.spots: list[Spot] = []
        for house, sketch in CAMPUS_SKETCHES.items():
            self._campus(organisations[house], sketch)
        for house, streets in COUNTRY_SKETCHES.items():
            self._country(organisations[house], streets)

    # ---------------------------------------------------------------- finding
    def find(self, house: str, kinds: Iterable[str], *, supplied: bool, on: dt.date, until: dt.date) -> Spot:
        """A place of that house for a business from a day to another: supplied already, or not."""
        fitting = [
            spot
            for spot in self.spots
            if spot.house.short == house
            and spot.place.kind in set(kinds)
            and spot.free_on < on
            and (bool(spot.agreements) and spot.since < on if supplied else not spot.agreements)
        ]
        if not fitting:
            fitting = [self._another(house, next(iter(kinds)), supplied=supplied)]
        found = self._random.choice(fitting)
        found.free_on = until
        return found

    def customer_for(self, spot: Spot, since: dt.datetime, **known: Any) -> Customer:
        """Somebody who moves in, or builds."""
        lives_there = spot.place.kind == Kind.FLAT or self._random.random() < 0.8
        is_person = "account" in known or (spot.is_private and lives_there)
        trade = "建筑" if spot.place.kind == Kind.SITE else ""
        names = self._names
        told = {
            "kind": "person" if is_person else "firm",
            "name": names.person() if is_person else names.firm(trade),
            "identity": names.identity() if is_person else names.credit_code(),
            "phone": names.phone(),
            "contact": "" if is_person else names.person(),
            "address": spot.place.name,
        }
        version = notice_on(legal_day(since)).version
        consented = Consented(version, identity=is_person, door=Consent.Door.PAPER)
        return enter_customer(
            viewer=self._viewer,
            organisation=spot.house,
            at=since,
            is_demo=True,
            **{"consented": consented, **told, **known},
        )

    # ---------------------------------------------------------------- agreeing
    def agree(
        self,
        spot: Spot,
        customer: Customer,
        first_on: dt.date,
        *,
        last_on: dt.date | None = None,
        customer_class: str = "",
        capacity: Decimal | None = None,
        texts: Iterable[AgreementText] = (),
    ) -> list[Agreement]:
        """Supply a customer at every usage point of a place from a day on."""
        class_, category = CLASSES[spot.pack, Kind(spot.place.kind)]
        signed = {text.usage_point_id: text for text in texts}
        spot.agreements = [
            agreeing.sign(
                viewer=self._viewer,
                usage_point=point,
                customer=customer,
                pack=spot.pack,
                customer_class=customer_class or class_,
                price_category=category,
                first_on=first_on,
                last_on=last_on,
                signed_on=first_on,
                at=self._at,
                capacity_kw=(capacity or spot.capacity) if point.utility == "power" else None,
                text=signed.get(point.pk),
                is_demo=True,
            )
            for point in spot.points
        ]
        self._turn(opened, spot, first_on, "示例：随协议开通", customer=customer)
        spot.customer, spot.since = customer, first_on
        return spot.agreements

    def end(self, spot: Spot, last_on: dt.date, reason: str) -> None:
        """Nobody is supplied there after a day."""
        for agreement in spot.agreements:
            end_by_case(
                viewer=self._viewer,
                agreement=agreement,
                last_on=last_on,
                case=reason,
                at=self._at,
                tells=False,
            )
        self._turn(closed, spot, last_on + dt.timedelta(days=1), reason)
        spot.agreements, spot.customer = [], None

    def _turn(self, verb: Any, spot: Spot, on: dt.date, reason: str, **more: Any) -> None:
        for point in spot.points:
            verb(viewer=self._viewer, point=point, on=on, at=self._at, reason=reason, is_demo=True, **more)

    def change(self, spot: Spot, from_on: dt.date, reason: str, **new: Any) -> None:
        """Other terms from a day on: a price category everywhere, or the capacity for power."""
        spot.agreements = [
            change_by_case(
                viewer=self._viewer,
                agreement=one,
                from_on=from_on,
                case=reason,
                at=self._at,
                tells=False,
                **new,
            )
            if "capacity_kw" not in new or one.usage_point.utility == "power"
            else one
            for one in spot.agreements
        ]

    def transfer(self, spot: Spot, customer: Customer, first_on: dt.date, reason: str) -> None:
        """Somebody else takes the supply over."""
        spot.agreements = [
            transfer_by_case(
                viewer=self._viewer,
                agreement=one,
                customer=customer,
                first_on=first_on,
                case=reason,
                at=self._at,
                tells=False,
            )
            for one in spot.agreements
        ]
        spot.customer = customer

    def settle_the_long_supplied(self) -> None:
        """Who was supplied before the first case: about half of all places. Some owed, some had
        prepaid when the former books were closed; a few agreements were temporary."""
        random, new_year = self._random, dt.date(2020, 3, 31)
        for spot in self.spots:
            if random.random() >= OCCUPIED[Kind(spot.place.kind)]:
                continue
            is_brief = spot.place.kind == Kind.SITE and random.random() < 0.3
            self._supply_since_long_ago(spot, new_year if is_brief else None)
            if is_brief:
                spot.agreements, spot.customer, spot.free_on = [], None, new_year
            elif random.random() < 0.2:
                agreeing.claim_opening_balance(
                    viewer=self._viewer,
                    agreement=spot.agreements[0],
                    as_of=dt.date(2019, 12, 31),
                    yuan=Decimal(random.randint(-20_000, 60_000)) / 100,
                    note="演示：原手工台账结转",
                    at=self._at,
                )

    # ---------------------------------------------------------------- building
    def _campus(self, house: Organisation, sketch: CampusSketch) -> None:
        at, viewer = self._at, self._viewer
        place = self._place(house, Kind.CAMPUS, house.short, sketch.name, None)
        main = add_feeder(
            viewer=viewer,
            organisation=house,
            utility="water",
            code=f"{house.short}-W1",
            name=f"{sketch.name}给水主管",
            at=at,
            is_demo=True,
        )
        line = self._line(house, f"{sketch.name} 10kV 一线")
        for number in range(1, sketch.houses + 1):
            block = self._place(
                house, Kind.BUILDING, f"J{number}", f"{sketch.name}教工宿舍 {number} 栋", place
            )
            source = self._transformer(line, f"J{number}", f"教工 {number} 栋箱变", 200, block)
            for flat in range(1, sketch.flats + 1):
                room = f"{(flat + 1) // 2}0{2 - flat % 2}"
                one = self._place(house, Kind.FLAT, f"J{number}-{room}", f"{block.name} {room} 室", block)
                self._spot(one, source, main)
        street = self._place(house, Kind.AREA, "SYJ", f"{sketch.name}商业街", place)
        source = self._transformer(line, "S1", "商业街变压器", 1600, street)
        for number in range(1, sketch.shops + 1):
            trade = SHOPS[number % len(SHOPS)]
            name = f"{sketch.name} {number} 号门面（{trade}）"
            self._spot(self._place(house, Kind.SHOP, f"S{number}", name, street), source, main)
        lab = self._place(house, Kind.BUILDING, "LK", f"{sketch.name}理科楼", place)
        source = self._transformer(line, "L1", "理科楼变压器", 500, lab)
        for number in range(1, sketch.rooms + 1):
            title = ("化学实验室", "电子实验室", "报告厅", "体育馆夹层")[number % 4]
            name = f"{lab.name} {100 + number} {title}"
            self._spot(self._place(house, Kind.ROOM, f"LK{100 + number}", name, lab), source, main)
        for number in range(1, sketch.sites + 1):
            name = f"{sketch.name}{WORKS[number % len(WORKS)]}工地 {number} 号"
            site = self._place(house, Kind.SITE, f"G{number}", name, place)
            source = self._transformer(line, f"G{number}", f"{name}临时变压器", 250, site)
            self._spot(site, source, main)

    def _country(self, house: Organisation, streets: tuple[StreetSketch, ...]) -> None:
        line = self._line(house, f"{house.name} 10kV 主线")
        for index, street in enumerate(streets, start=1):
            area = self._place(house, Kind.AREA, f"Q{index}", street.name, None, street.region)
            source = self._transformer(line, f"T{index}", f"{street.name}公用变", 3150, area)
            for number in range(1, street.homes + 1):
                block = self._place(
                    house, Kind.BUILDING, f"Q{index}-{number}", f"{street.name} {number} 号", area
                )
                name = f"{street.name} {number} 号一户"
                self._spot(self._place(house, Kind.FLAT, f"Q{index}-{number}-1", name, block), source, None)
            for number in range(1, street.shops + 1):
                name = f"{street.name} {number} 号铺面"
                one = self._place(house, Kind.SHOP, f"Q{index}-P{number}", name, area)
                self._spot(one, source, None)
            for number in range(1, street.plants + 1):
                name = f"{street.name} {number} 号厂区"
                one = self._place(house, Kind.PREMISES, f"Q{index}-C{number}", name, area)
                own = self._transformer(line, f"C{index}-{number}", f"{name}专变", 10_000, one, False)
                self._spot(one, own, None)
            for number in range(1, street.sites + 1):
                name = f"{street.name} {number} 号地块工地"
                one = self._place(house, Kind.SITE, f"Q{index}-G{number}", name, area)
                own = self._transformer(line, f"G{index}-{number}", f"{name}临时变", 630, one)
                self._spot(one, own, None)

    def _place(
        self, house: Organisation, kind: str, code: str, name: str, parent: Place | None, region: Any = None
    ) -> Place:
        return add_place(
            viewer=self._viewer,
            organisation=house,
            kind=kind,
            code=code,
            name=name,
            parent=parent,
            region=region and Region.objects.get(code=region),
            at=self._at,
            is_demo=True,
        )

    def _another(self, house: str, kind: str, *, supplied: bool) -> Spot:
        """One more place beside those of its kind, where all are taken."""
        beside = next(s for s in self.spots if s.house.short == house and s.place.kind == kind)
        above = beside.place.parent
        assert above is not None
        here = [s for s in self.spots if above.id in s.place.ancestors and s.place.kind == kind]
        number = 101 + len(here)
        name = f"{above.name} {number} 号{ANOTHER[Kind(kind)]}"
        place = self._place(beside.house, kind, f"{above.code}-{number}", name, above, above.region_id)
        water = next((point for point in beside.points if point.utility == "water"), None)
        like = beside.points[0].transformer
        assert like is not None
        own = self._transformer(
            like.feeder, place.code, f"{name}变压器", int(like.capacity_kva), place, like.is_public
        )
        self._spot(place, own, water.feeder if water else None)
        made = self.spots[-1]
        if supplied:
            self._supply_since_long_ago(made)
        return made

    def _supply_since_long_ago(self, spot: Spot, last_on: dt.date | None = None) -> None:
        first = FROM_2020 if spot.pack == GRID_PACK else LONG_AGO
        self.agree(spot, self.customer_for(spot, self._at), first, last_on=last_on)

    def _line(self, house: Organisation, name: str) -> Feeder:
        return add_feeder(
            viewer=self._viewer,
            organisation=house,
            utility="power",
            code=f"{house.short}-10K1",
            name=name,
            voltage_kv=Decimal(10),
            capacity_kva=Decimal(20_000),
            at=self._at,
            is_demo=True,
        )

    def _transformer(
        self, line: Feeder, code: str, name: str, kva: int, place: Place, is_public: bool = True
    ) -> Transformer:
        return add_transformer(
            viewer=self._viewer,
            feeder=line,
            code=code,
            name=name,
            capacity_kva=Decimal(kva),
            place=place,
            is_public=is_public,
            at=self._at,
            is_demo=True,
        )

    def _spot(self, place: Place, source: Transformer, main: Feeder | None) -> None:
        house = place.organisation
        points = [
            add_usage_point(
                viewer=self._viewer,
                place=place,
                utility="power",
                code=f"{house.short}-{place.code}-D",
                transformer=source,
                at=self._at,
                is_demo=True,
            )
        ]
        if main is not None:
            points.append(
                add_usage_point(
                    viewer=self._viewer,
                    place=place,
                    utility="water",
                    feeder=main,
                    code=f"{house.short}-{place.code}-S",
                    at=self._at,
                    is_demo=True,
                )
            )
        pack = CAMPUS_PACK if main is not None else GRID_PACK
        low, high = KILOWATTS.get(Kind(place.kind), (400, 900))
        capacity = Decimal(self._random.randint(low, high))
        self.spots.append(Spot(place, house, pack, points, capacity))


@dataclass(frozen=True)
class CampusSketch:
    """What stands on a campus."""

    name: str
    houses: int
    flats: int
    shops: int
    rooms: int
    sites: int


@dataclass(frozen=True)
class StreetSketch:
    """A village or street with its homes, shops, plants and building sites."""

    name: str
    region: str
    homes: int = 0
    shops: int = 0
    plants: int = 0
    sites: int = 0


WORKS = ("图书馆扩建", "学生公寓加固", "运动场改造", "管网更新")
CAMPUS_SKETCHES = {
    "YS": CampusSketch("雁山校区", 4, 8, 18, 10, 10),
    "YC": CampusSketch("育才校区", 2, 8, 10, 6, 6),
    "WC": CampusSketch("王城校区", 2, 8, 10, 6, 6),
}
COUNTRY_SKETCHES = {
    "LGYS": (
        StreetSketch("雁山镇雁中路", "450311", 8, 24),
        StreetSketch("良丰村", "450311", 8, 6),
        StreetSketch("草坪乡潜经村", "450311", 6, 4),
    ),
    "LGLG": (StreetSketch("临桂镇人民路", "450312", 8, 18), StreetSketch("会仙镇新民村", "450312", 6, 6)),
    "LG": (
        StreetSketch("雁山高新园", "450311", plants=16, sites=6),
        StreetSketch("临桂秧塘园", "450312", plants=12, sites=5),
    ),
}
