"""Cases of a place with an overlay: opened by it, kept under the pack that was adopted, pinned to it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.cases.conftest import adopt, at, organisation
from tongdian.cases import actions, queries
from tongdian.cases.models import Case
from tongdian.rulebook import queries as rulebook
from tongdian.rulebook.models import Revision

OVERLAYS = Path(__file__).parents[1] / "policies" / "overlays"


@pytest.fixture
def examples(monkeypatch):
    monkeypatch.setenv("TONGDIAN_POLICIES", str(OVERLAYS))


@pytest.fixture
def supplier(db, examples, viewer):
    office = organisation("supplier", "七星供电所", "QX", region="450305")
    adopt(office, "nea-2021-37")
    return office, viewer("clerk", "supplier-clerk", at=office)


def opened(supplier, day: str, *, capacity: str = "120") -> Case:
    office, counter = supplier
    return actions.open_case(
        viewer=counter,
        organisation=office,
        pack="nea-2021-37",
        process="low-voltage-three-zero-connection",
        customer=None,
        place=None,
        facts={"capacity": capacity},
        at=at(day),
    )


def test_a_case_is_opened_by_the_overlay_of_its_place_and_kept_under_the_adopted_pack(supplier):
    case = opened(supplier, "2026-03-02", capacity="180")
    assert (case.pack, case.revision) == ("nea-2021-37", rulebook.pack("example-prefecture").content_hash)
    desk = queries.desk(case)
    assert (desk.pack.id, desk.pack.adopted_id) == ("example-prefecture", "nea-2021-37")
    clock = desk.clocks(case, queries.state_of(case), dt.date(2026, 3, 2)).clock("end_to_end")
    assert clock.limit.days == 10  # and not the nation's 15


def test_an_overlay_that_comes_later_moves_no_running_case(db, viewer, monkeypatch):
    office = organisation("supplier", "七星供电所", "QX", region="450305")
    adopt(office, "nea-2021-37")
    before = opened((office, viewer("clerk", "supplier-clerk", at=office)), "2026-03-02")
    monkeypatch.setenv("TONGDIAN_POLICIES", str(OVERLAYS))
    assert queries.desk(before).pack.id == "nea-2021-37"


def test_a_case_keeps_an_overlay_that_is_gone_from_the_shelf(supplier, monkeypatch):
    case = opened(supplier, "2026-03-02", capacity="180")
    kept = Revision.objects.get(content_hash=case.revision)
    assert kept.pack == "example-prefecture"
    assert "over/nea-2021-37/connections.yaml" in kept.files
    monkeypatch.delenv("TONGDIAN_POLICIES")
    desk = queries.desk(case)
    assert (desk.pack.id, desk.pack.adopted_id) == ("example-prefecture", "nea-2021-37")
    assert desk.pack.content_hash == case.revision
