"""A nation with one province, one prefecture, two counties, the regional office, and a supplier."""

from __future__ import annotations

import contextlib
import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.cases.conftest import adopt, at, organisation

__all__ = ["at"]

PACK = "nea-2021-37"


def department(kind: str, name: str, short: str, *regions: str, parent: Any = None) -> Any:
    """An office competent for some divisions."""
    made = organisation(kind, name, short, parent=parent, region=regions[0])
    made.regions.set(list(regions))
    return made


@pytest.fixture
def nation(db, viewer):
    """The offices, each with somebody who fills in (`clerk`) and who signs (`officer`)."""
    return make_nation(viewer)


def make_nation(viewer: Any) -> Any:
    """The nation, in whichever database is open."""
    from tongdian.parties.models import Region

    for code, name, level, parent in (
        ("100000", "中国", "nation", None),
        ("450000", "广西", "province", "100000"),
        ("450300", "桂林市", "prefecture", "450000"),
        ("450305", "七星区", "county", "450300"),
        ("450311", "雁山区", "county", "450300"),
    ):
        Region.objects.get_or_create(code=code, defaults={"name": name, "level": level, "parent_id": parent})
    nea = department("regulator", "国家能源局", "GNY", "100000")
    adopt(nea, PACK)
    regional = department("dispatched", "南方监管局", "NFJ", "440000", "450000", parent=nea)
    province = department("department", "自治区能源局", "GXT", "450000", parent=nea)
    city = department("department", "桂林市电力主管部门", "GLS", "450300", parent=province)
    qixing = department("department", "七星区电力主管部门", "QXQ", "450305", parent=city)
    yanshan = department("department", "雁山区电力主管部门", "YSQ", "450311", parent=city)
    supplier = department("supplier", "雁山供电公司", "GD", "450311")
    adopt(supplier, PACK)
    found = {"nea": nea, "regional": regional, "province": province, "city": city, "qixing": qixing,
             "yanshan": yanshan, "supplier": supplier}  # fmt: skip
    who = {
        name: SimpleNamespace(
            clerk=viewer("clerk", f"{name}-clerk", at=one),
            officer=viewer("officer", f"{name}-officer", at=one),
        )
        for name, one in found.items()
    }
    return SimpleNamespace(**found, who=who)


def cells_of(form: Any, by: Any = None, /, **of_column: Any) -> dict[str, Any]:
    """Cells of every row of a form, or of those that an office fills in, with what stands in each column."""
    found: dict[str, Any] = {}
    for line in form.rule.lines(form.pack, form.version) if by is None else form.lines(by):
        for column, value in of_column.items():
            if form.rule.cell(form.version, line, column) is not None:
                found.setdefault(line.key, {})[column] = {"value": str(value)}
    return found


def filed(nation: Any, name: str, form: str, period: str, cells: Any, day: str, **more: Any) -> Any:
    """An office fills in a return, reviews it and files it on a day."""
    from tongdian.supervision.actions import filing

    who, office = nation.who[name], getattr(nation, name)
    version = filing.fill_in(
        viewer=who.clerk, organisation=office, form=form, period=period, cells=cells, at=at(day), **more
    )
    filing.review(viewer=who.officer, version=version, at=at(day))
    filing.submit(viewer=who.officer, version=version, at=at(day))
    return version


def accepted(nation: Any, above: str, version: Any, day: str) -> None:
    """Whom it was filed to accepts it."""
    from tongdian.supervision.actions import filing

    filing.accept(
        viewer=nation.who[above].officer, office=getattr(nation, above), version=version, at=at(day)
    )


def benefits(residents: int, firms: int = 0, others: int = 0, savings: int = 0) -> dict[str, int]:
    """Columns of annex 3 with their total."""
    return {"residents": residents, "firms": firms, "others": others, "savings": savings,
            "total": residents + firms + others + savings}  # fmt: skip


def d(day: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(day)


@contextlib.contextmanager
def database_refuses(constraint: str) -> Any:
    """What is done here is refused by that constraint, or by the trigger that bears its name."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        yield
    assert refused.value.__cause__.diag.constraint_name == constraint


def adopt_group(nation: Any, viewer: Any) -> Any:
    """A group over one company; the supplier of Yanshan is nobody's."""
    nation.group = department("supplier_group", "漓桂供电集团", "JT", "450000")
    adopt(nation.group, PACK)
    nation.own = organisation("supplier", "漓桂供电公司", "LG", parent=nation.group, region="450311")
    nation.who["group"] = SimpleNamespace(
        clerk=viewer("clerk", "group-clerk", at=nation.group),
        officer=viewer("officer", "group-officer", at=nation.group),
        supervisor=viewer("supervisor", "group-supervisor", at=nation.group),
    )
    nation.who["own"] = SimpleNamespace(clerk=viewer("clerk", "own-clerk", at=nation.own))
    return nation
