"""A campus with its offices, and a supplier, for the engine's tests."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from tongdian.calendar import SHANGHAI
from tongdian.cases.rules import evidence_file

SCAN = evidence_file("0" * 64, "协议.png")  # of an agreement signed on paper


def at(day: str, hour: int = 10) -> dt.datetime:
    """That day, by default at ten in the morning, in Shanghai."""
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), SHANGHAI)


def organisation(kind, name, short, *, parent=None, region=None, fills=()):
    from tongdian.identifiers import uuid7
    from tongdian.parties.models import Organisation, Region, since

    place, _ = Region.objects.get_or_create(
        code=region or parent.region_id, defaults={"name": "雁山区", "level": "county"}
    )
    name_of = uuid7()
    return Organisation.objects.create(
        id=name_of,
        kind=kind,
        name=name,
        short=short,
        parent=parent,
        ancestors=[*(parent.ancestors if parent else []), name_of],
        region=place,
        fills=list(fills),
        in_force=since(dt.date(2016, 1, 1)),
    )


def adopt(organisation, pack):
    from tongdian.parties.models import Adoption, since
    from tongdian.rulebook.commands import install_packs

    install_packs()
    Adoption.objects.create(organisation=organisation, pack=pack, in_force=since(dt.date(2016, 1, 1)))


def adopt_where_requests_stop_the_clock(organisation, viewer):
    """The national pack, read so that a stay which the applicant asked for stops the end-to-end clock."""
    from tongdian.rulebook import queries
    from tongdian.rulebook.actions import choose_interpretation

    adopt(organisation, "nea-2021-37")
    choose_interpretation(
        pack=queries.pack("nea-2021-37"),
        interpretation="end-to-end-all-in",
        option="less_customer",
        reason="省公司口径",
        by=viewer("administrator", "reader"),
        at=at("2026-01-05"),
    )


def choose(interpretation, option, viewer):
    """Both offices that interpret the university's document have read an open place this way (70)."""
    from tongdian.rulebook import queries
    from tongdian.rulebook.actions import choose_interpretation
    from tongdian.rulebook.rules import InterpretersPaper

    paper = InterpretersPaper(paper="水电解读纪要 1", on=dt.date(2026, 1, 4))
    choose_interpretation(
        pack=queries.pack("gxnu-2016-4"),
        interpretation=interpretation,
        option=option,
        reason="两部门商定",
        papers={"energy-office": paper, "logistics-group": paper},
        by=viewer("administrator", f"reader-of-{interpretation}"),
        at=at("2026-01-05"),
    )


def supplied(campus, *, customer=None, customer_class="staff", price_category="staff", since="2025-01-01"):
    """Somebody, by default Wang as a resident, is supplied with power at the shop's place."""
    from tongdian.agreements.actions import agreeing
    from tongdian.network.actions import add_usage_point

    day = dt.date.fromisoformat(since)
    point = add_usage_point(
        viewer=campus.counter, place=campus.shop, utility="power", code="S3-D", at=at(since)
    )
    return agreeing.sign(
        viewer=campus.counter,
        usage_point=point,
        customer=customer or campus.wang,
        pack="gxnu-2016-4",
        customer_class=customer_class,
        price_category=price_category,
        first_on=day,
        at=at(since),
    )


def make_campus(viewer):
    """雁山校区 with its energy office and utilities centre, a shop, and somebody in each."""
    from tongdian.bigrams import bigrams
    from tongdian.identifiers import uuid7
    from tongdian.network.models import Place
    from tongdian.parties.models import Customer

    campus = organisation("campus", "雁山校区", "YS", region="450311")
    energy = organisation("office", "节能办", "YSJN", parent=campus, fills=["energy-office"])
    centre = organisation("office", "水电中心", "YSSD", parent=campus, fills=["utilities-centre"])
    adopt(campus, "gxnu-2016-4")

    place_of = uuid7()
    shop = Place.objects.create(
        id=place_of,
        organisation=campus,
        region=campus.region,
        kind="shop",
        code="S3",
        name="雁山校区 3 号门面",
        ancestors=[place_of],
        pairs=bigrams("雁山校区 3 号门面"),
    )
    return SimpleNamespace(
        campus=campus,
        energy=energy,
        centre=centre,
        shop=shop,
        wang=Customer.objects.create(
            number="YS-W0001", kind="person", name="王小明", organisation=campus, created_at=at("2026-03-01")
        ),
        officer=viewer("officer", "energy-officer", at=energy),
        clerk=viewer("clerk", "centre-clerk", at=centre),
        technician=viewer("technician", "centre-technician", at=centre),
        counter=viewer("clerk", "campus-clerk", at=campus),
    )


@pytest.fixture
def campus(db, viewer):
    return make_campus(viewer)


@pytest.fixture
def shop_case(campus):
    """An application of the shop, made at the counter on Monday 2 March 2026."""
    from tongdian.cases.actions import open_case

    return open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        at=at("2026-03-02"),
    )


@pytest.fixture
def english(client):
    """A reader of English."""
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def open_today(campus):
    """The shop's application, made a minute ago, so that steps of today fit."""
    from django.utils import timezone

    from tongdian.cases.actions import open_case

    return open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=timezone.now(),
    )


@pytest.fixture
def without_papers(campus, open_today):
    """Approved, and none of its papers is here: the utilities centre has it."""
    from django.utils import timezone

    from tests.cases.brought import brought
    from tongdian.cases.actions import close_stage

    now = timezone.now()
    close_stage(
        viewer=campus.counter, case=open_today, stage="apply", seen=1, at=now, **brought(open_today, "apply")
    )
    yes = {"approved": "true"}
    close_stage(viewer=campus.officer, case=open_today, stage="approve", seen=2, at=now, facts=yes)
    open_today.refresh_from_db()
    return open_today


@pytest.fixture
def to_approve(campus, open_today):
    """Its papers are in: the energy office has it."""
    from django.utils import timezone

    from tests.cases.brought import brought
    from tests.cases.test_engine import PAPERS, hand_in
    from tongdian.cases.actions import close_stage

    hand_in(open_today, *PAPERS)
    close_stage(
        viewer=campus.counter,
        case=open_today,
        stage="apply",
        seen=1,
        at=timezone.now(),
        **brought(open_today, "apply"),
    )
    open_today.refresh_from_db()
    return open_today
