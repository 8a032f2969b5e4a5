"""What is opened is what the facts say: customer class and zero investment, in every door's one action."""

from __future__ import annotations

import pytest

from tests.cases.brought import brought
from tests.cases.conftest import adopt, at, organisation
from tests.cases.test_measured import close, hand_in_all
from tongdian.cases import actions, queries
from tongdian.cases.rules import NotForSuchPlace
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.policy.process.refusals import MustHold, OfAnotherKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def grid(viewer):
    office = organisation("supplier", "雁山供电所", "GD", region="450311")
    adopt(office, "nea-2021-37")
    return office, viewer("clerk", "grid-clerk", at=office)


def opened(grid, process, *, place=None, day="2026-03-02", **facts):
    office, clerk = grid
    return actions.open_case(
        viewer=clerk,
        organisation=office,
        pack="nea-2021-37",
        process=process,
        customer=None,
        place=place,
        facts=facts,
        at=at(day),
    )


def doubts(case):
    desk = queries.desk(case)
    return [one.words.en for one in queries.doubts_of(case, desk, queries.state_of(case))]


def accept(case, grid, **facts):
    hand_in_all(case)
    case.refresh_from_db()
    actions.close_stage(
        viewer=grid[1],
        case=case,
        stage="accept",
        seen=case.seq,
        at=at("2026-03-03"),
        **brought(case, "accept", facts=facts),
    )


def test_a_home_or_a_small_firm_of_8_kva_is_no_high_voltage_customer(grid):
    # 附件1/10, 38: 160 kW and less is three-zero for a small firm since 2022; indicator 6: every home
    for kind, instead in (("small_or_micro", "three-zero"), ("residential", "Residential")):
        with pytest.raises(OfAnotherKind) as refused:
            opened(grid, "high-voltage-single-connection", capacity="8", customer_kind=kind, area="urban")
        assert instead in refused.value.words.en
        assert "Annex 1" in refused.value.words.en
        assert "附件1" in refused.value.words.zh


def test_another_firm_of_8_kva_is_told_and_the_plan_decides(grid):
    case = opened(
        grid, "high-voltage-single-connection", capacity="8", customer_kind="enterprise", area="urban"
    )
    (told,) = doubts(case)
    assert "low-voltage" in told
    # what does not agree, and what to do, in both languages
    assert 'but this case is handled as "' in told
    assert "Check the facts and correct what was entered wrongly" in told
    desk = queries.desk(case)
    zh = queries.doubts_of(case, desk, queries.state_of(case))[0].words.zh
    assert zh.startswith("按所填的事实，")
    assert f"而本件按“{desk.process.title.zh}”办理。请核对所填的事实" in zh
    assert zh.endswith("。")
    actions.record_fact(
        viewer=grid[1], case=case, name="plan_voltage", value="10", seen=case.seq, at=at("2026-03-02")
    )
    assert doubts(case) == []


def test_who_did_not_say_what_he_is_is_told_what_8_kva_is(grid):
    case = opened(grid, "high-voltage-single-connection", capacity="8")
    (told,) = doubts(case)
    assert "residential customer" in told


def test_what_is_learnt_at_acceptance_is_checked_there(grid):
    case = opened(grid, "low-voltage-connection", capacity="120")
    assert doubts(case) == []
    with pytest.raises(OfAnotherKind, match="three-zero"):
        accept(case, grid, customer_kind="small_or_micro", area="rural", promised="false")
    case.refresh_from_db()
    assert case.seq == 1  # nothing is half stored
    accept(case, grid, customer_kind="enterprise", area="rural", promised="false")


def test_the_scope_is_that_of_the_day_of_application(grid):
    # 附件1/9: 120 kW in the country is above the bound of 2021; 附件1/10: within that of 2022
    opened(
        grid,
        "low-voltage-connection",
        day="2021-06-01",
        capacity="120",
        customer_kind="small_or_micro",
        area="rural",
        promised=False,
    )
    with pytest.raises(OfAnotherKind):
        opened(
            grid,
            "low-voltage-connection",
            day="2022-06-01",
            capacity="120",
            customer_kind="small_or_micro",
            area="rural",
            promised=False,
        )


def test_a_promise_makes_a_three_zero_customer_of_any_firm(grid):
    opened(
        grid,
        "low-voltage-three-zero-connection",
        capacity="100",
        customer_kind="enterprise",
        area="urban",
        promised=True,
    )
    with pytest.raises(OfAnotherKind, match="outside the three-zero"):
        opened(
            grid,
            "low-voltage-three-zero-connection",
            capacity="100",
            customer_kind="enterprise",
            area="urban",
            promised=False,
        )


def test_more_than_160_kw_outside_three_zero_is_taken_and_doubted(grid):
    # 附件1/29, 31: the ceiling may be raised, so the plan decides
    case = opened(
        grid,
        "low-voltage-connection",
        capacity="180",
        customer_kind="enterprise",
        area="urban",
        promised=False,
    )
    (told,) = doubts(case)
    assert "high-voltage" in told


def test_the_grid_pays_for_a_small_firm_s_works(grid):
    # 附件1/38: zero investment, up to the property line with its meter. What it is was learnt late.
    case = opened(grid, "low-voltage-connection", capacity="120")
    accept(case, grid, customer_kind="enterprise", area="urban", promised="false")
    close(case, grid[1], "reply", "2026-03-06")
    close(case, grid[1], "works", "2026-03-16")
    case.refresh_from_db()
    actions.record_fact(
        viewer=grid[1],
        case=case,
        name="customer_kind",
        value="small_or_micro",
        reason="营业执照",
        seen=case.seq,
        at=at("2026-03-16"),
    )
    assert any("three-zero" in told for told in doubts(case))
    hand_in_all(case)
    for paid, refused in (("8000", True), ("0", False)):
        case.refresh_from_db()
        told = {"viewer": grid[1], "case": case, "stage": "meter", "seen": case.seq, "at": at("2026-03-18")}
        more = brought(case, "meter", facts={"customer_paid": paid})
        if refused:
            with pytest.raises(MustHold, match="paid by the customer for the connection works is 0"):
                actions.close_stage(**told, **more)
        else:
            actions.close_stage(**told, **more)


def test_a_shop_is_no_home(grid):
    office, _clerk = grid
    key = uuid7()
    shop = Place.objects.create(
        id=key,
        organisation=office,
        region=office.region,
        kind="shop",
        code="S-1",
        name="良丰村 1 号铺面",
        ancestors=[key],
    )
    with pytest.raises(NotForSuchPlace, match="良丰村 1 号铺面"):
        opened(grid, "residential-connection", place=shop, capacity="8")
    opened(grid, "low-voltage-three-zero-connection", place=shop, capacity="8")
