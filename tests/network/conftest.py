"""A small campus and a supplier's district to work on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tongdian.parties.models import Organisation, Region, since

AT = datetime(2026, 4, 12, 1, 0, tzinfo=UTC)


def make_organisation(short: str, name: str, *, kind: str = "campus", parent=None) -> Organisation:
    """An organisation in Guilin, in force since 2016."""
    nation, _ = Region.objects.get_or_create(code="100000", defaults={"name": "中国", "level": "nation"})
    region, _ = Region.objects.get_or_create(
        code="450305", defaults={"name": "七星区", "level": "county", "parent": nation}
    )
    one = Organisation(
        short=short, name=name, kind=kind, parent=parent, region=region, in_force=since(date(2016, 1, 1))
    )
    one.ancestors = [*(parent.ancestors if parent else []), one.id]
    one.save()
    return one


@dataclass
class Campus:
    """A campus with an officer, one building of two flats, and a transformer of 100 kVA."""

    organisation: Organisation
    officer: object
    campus: object
    building: object
    flats: list
    feeder: object
    transformer: object


@pytest.fixture
def campus(viewer) -> Campus:
    """The campus. 100 kVA at a power factor of 0.9 can give 90 kW."""
    from tongdian.network import actions

    organisation = make_organisation("YS", "雁山校区")
    officer = viewer("officer", "li", at=organisation)
    given = {"viewer": officer, "at": AT}
    top = actions.add_place(organisation=organisation, kind="campus", code="YS", name="雁山校区", **given)
    building = actions.add_place(
        organisation=organisation, kind="building", code="YS-1", name="雁山校区 1 栋", parent=top, **given
    )
    flats = [
        actions.add_place(
            organisation=organisation,
            kind="flat",
            code=f"YS-1-{n}",
            name=f"雁山校区 1 栋 {n} 室",
            parent=building,
            **given,
        )
        for n in (101, 102)
    ]
    feeder = actions.add_feeder(
        organisation=organisation,
        utility="power",
        code="F1",
        name="雁山 10 kV 一线",
        voltage_kv=Decimal(10),
        **given,
    )
    transformer = actions.add_transformer(
        feeder=feeder, code="T1", name="1 号变", capacity_kva=Decimal(100), **given
    )
    return Campus(organisation, officer, top, building, flats, feeder, transformer)
