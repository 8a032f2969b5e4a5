"""A small country: a nation, a province, a county, two suppliers and a campus.

国家能源局 (100000)                        regulator
南方监管局 (440000, 450000, 530000)        dispatched: Guangdong, Guangxi, Yunnan
广西能源局 (450000) → 桂林 (450300) → 阳朔 (450321)   departments
桂电集团 → 桂林供电 (450300, also supplies 450321) → 阳朔分公司 (450321)
粤电 (440100)                              a supplier of Guangzhou
师大 (450305) → 节能办, 水电中心 → 维修班; 保卫处   a campus
"""

import datetime as dt
from types import SimpleNamespace

import pytest

from tongdian.parties.actions.organisations import create_organisation

AT = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)  # 09:30 on Monday 2 March in Shanghai
FIRST = dt.date(2020, 1, 1)


@pytest.fixture
def at():
    return AT


@pytest.fixture
def admin(db, viewer):
    return viewer("administrator", "root")


@pytest.fixture
def country(admin):
    made = SimpleNamespace()

    def add(key, kind, name, short, region, *, parent=None, regions=(), fills=()):
        one = create_organisation(
            viewer=admin,
            kind=kind,
            name=name,
            short=short,
            region=region,
            regions=regions,
            fills=fills,
            parent=parent,
            since_on=FIRST,
            at=AT,
        )
        setattr(made, key, one)
        return one

    add("nation", "regulator", "国家能源局", "NEA", "110000", regions=["100000"])
    add("south", "dispatched", "南方监管局", "NF", "440100", regions=["440000", "450000", "530000"])
    add("province", "department", "广西能源局", "GXN", "450100", regions=["450000"])
    add("city", "department", "桂林市能源局", "GLN", "450300", parent=made.province, regions=["450300"])
    add("county", "department", "阳朔县发改局", "YSN", "450321", parent=made.city, regions=["450321"])
    add("roads", "approval", "桂林市公路局", "GLG", "450300", regions=["450300"], fills=["road-office"])
    add("group", "supplier_group", "桂电集团", "GD", "450100")
    add(
        "guilin",
        "supplier",
        "桂林供电",
        "GLD",
        "450300",
        parent=made.group,
        regions=["450300", "450321"],
        fills=["window"],
    )
    add("branch", "branch", "阳朔分公司", "GLY", "450321", parent=made.guilin)
    add("canton", "supplier", "粤电", "YD", "440100", regions=["440100"])
    add("campus", "campus", "师大", "SD", "450305")
    add("energy", "office", "节能办", "SDJ", "450305", parent=made.campus, fills=["energy-office"])
    add("centre", "office", "水电中心", "SDS", "450305", parent=made.campus, fills=["utilities-centre"])
    add("crew", "unit", "维修班", "SDW", "450305", parent=made.centre)
    add("guards", "office", "保卫处", "SDB", "450305", parent=made.campus)
    return made
