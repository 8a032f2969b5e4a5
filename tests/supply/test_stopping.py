"""Articles 8, 10, 10(1), 46, 52: the stages of cases open, stop and restore supply, and what a point is on a day follows."""

import datetime as dt

import pytest

from tests.cases.conftest import SCAN, at, make_campus, supplied
from tests.cases.test_engine import PAPERS, close, hand_in
from tongdian.cases import actions
from tongdian.cases.actions import open_case
from tongdian.cases.effects import effect_named, upon
from tongdian.network.models import UsagePoint
from tongdian.supply.actions.stopping import (
    approve_stop,
    closed,
    end_safety_stop,
    enter_opening,
    opened,
    stop_for_safety,
    stopped,
)
from tongdian.supply.models import StopEnd, SupplyChange, SupplyStop
from tongdian.supply.queries.stopping import history_of, supply_of
from tongdian.supply.refusing import (
    HomeNotApproved,
    NothingToRestore,
    OpenedAlready,
    RestoredByCase,
    StillStopped,
    StopOver,
)
from tongdian.supply.rules import StopGround

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus(db, viewer):
    return make_campus(viewer)


def begun(campus, process, day="2026-03-02", **facts):
    return open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process=process,
        customer=campus.wang,
        place=campus.shop,
        at=at(day),
        facts=facts,
    )


def standing(campus, day, utility="power") -> str:
    point = UsagePoint.objects.get(place=campus.shop, utility=utility)
    return str(supply_of([point], dt.date.fromisoformat(day))[point.pk].standing)


def to_the_opening(campus):
    """The shop's application by 8(2) up to the last stage."""
    case = begun(campus, "shop-application")
    hand_in(case, *PAPERS)
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-04", facts={"approved": "true"})
    close(case, campus.clerk, "accept", "2026-03-04")
    close(case, campus.clerk, "sign", "2026-03-05", evidence=[SCAN])
    close(case, campus.clerk, "deposit", "2026-03-05")
    close(case, campus.technician, "install", "2026-03-09")
    return case


def test_8_the_last_step_of_an_application_opens_the_supply(campus):
    case = to_the_opening(campus)
    assert standing(campus, "2026-03-09") == "closed"  # agreed and metered, and nothing flows
    close(case, campus.technician, "open", "2026-03-10")
    assert (standing(campus, "2026-03-09"), standing(campus, "2026-03-10")) == ("closed", "supplied")
    assert standing(campus, "2026-03-10", "water") == "supplied"
    assert {row.case for row in SupplyChange.objects.all()} == {case.number}


def temporary_use(campus, *, metered):
    """52: a booth is supplied with power for ten days of March."""
    case = begun(campus, "temporary-use-application")
    close(case, campus.counter, "apply", "2026-03-02")
    close(case, campus.officer, "approve", "2026-03-03", facts={"approved": "true", "metered": metered})
    close(case, campus.clerk, "connect", "2026-03-04", facts={"supplies": "power"})
    if metered == "true":
        close(case, campus.technician, "install", "2026-03-04", facts={"power_start": "0"})
    return case


def test_52_a_temporary_use_without_a_meter_is_supplied_until_its_end_is_said(campus):
    case = temporary_use(campus, metered="false")
    assert standing(campus, "2026-03-04") == "supplied"
    close(case, campus.technician, "end", "2026-03-14")
    assert (standing(campus, "2026-03-13"), standing(campus, "2026-03-14")) == ("supplied", "closed")
    assert "estimate" in actions_open(case)  # what it used is still to be reckoned


def test_52_with_a_meter_it_ends_as_that_is_read_and_removed(campus):
    case = temporary_use(campus, metered="true")
    close(case, campus.technician, "read", "2026-03-14", facts={"power_end": "860"})
    assert (standing(campus, "2026-03-13"), standing(campus, "2026-03-14")) == ("supplied", "closed")


def temporary_stop(campus):
    """10: a shop that is supplied with power asks for a stop for a while."""
    supplied(campus, customer_class="shop", price_category="commercial")
    opened_by_hand(campus)
    case = begun(campus, "temporary-stop")
    for stage in ("apply", "approve_energy", "approve_housing"):
        if stage in actions_open(case):
            who = campus.counter if stage == "apply" else campus.officer
            told = {} if stage == "apply" else {"approved": "true"}
            if stage == "apply":
                hand_in(case, "owner-certificate", "change-application-form")
            close(case, who, stage, "2026-03-03", facts=told)
    return case


def opened_by_hand(campus):
    point = UsagePoint.objects.get(place=campus.shop, utility="power")
    return enter_opening(
        viewer=campus.technician,
        point=point,
        on=dt.date(2025, 1, 1),
        reason="2019 年协议",
        at=at("2026-03-01"),
    )


def actions_open(case) -> list[str]:
    from tongdian.cases.models import OpenStage

    return list(OpenStage.objects.filter(case=case).values_list("stage", flat=True))


def test_10_a_stop_for_a_while_stops_and_restores_the_same_supply(campus):
    case = temporary_stop(campus)
    close(case, campus.technician, "stop", "2026-03-04", facts={"supplies": "power"})
    assert (standing(campus, "2026-03-03"), standing(campus, "2026-03-04")) == ("supplied", "stopped")
    stop = SupplyStop.objects.get()
    assert (stop.ground, stop.case, stop.customer) == ("asked", case.number, campus.wang)
    assert stop.cite.endswith("第十条")
    for _ in range(6):
        stage = actions_open(case)[0]
        if stage == "restore":
            break
        close(case, campus.counter if stage == "restart" else campus.clerk, stage, "2026-03-20")
    close(case, campus.technician, "restore", "2026-03-23")
    assert (standing(campus, "2026-03-22"), standing(campus, "2026-03-23")) == ("stopped", "supplied")


def test_a_stage_that_is_returned_takes_its_stop_back_and_says_so(campus):
    case = temporary_stop(campus)
    close(case, campus.technician, "stop", "2026-03-04", facts={"supplies": "power"})
    case.refresh_from_db()
    actions.withdraw(viewer=campus.counter, case=case, seen=case.seq, at=at("2026-03-05"), reason="不停了")
    end = StopEnd.objects.get()
    assert (end.outcome, end.on) == ("taken_back", dt.date(2026, 3, 5))
    assert standing(campus, "2026-03-05") == "supplied"


def test_a_restoration_that_is_returned_stops_the_supply_again(campus):
    case = temporary_stop(campus)
    close(case, campus.technician, "stop", "2026-03-04", facts={"supplies": "power"})
    from tongdian.supply.actions.by_case import stop_again
    from tongdian.supply.actions.stopping import ended

    stop = SupplyStop.objects.get()
    ended(
        viewer=campus.technician,
        stop=stop,
        outcome="restored",
        on=dt.date(2026, 3, 10),
        at=at("2026-03-10"),
        reason="恢复",
    )
    from types import SimpleNamespace

    done = SimpleNamespace(
        done={"restored": [str(stop.pk)]},
        viewer=campus.technician,
        on=dt.date(2026, 3, 12),
        at=at("2026-03-12"),
    )
    stop_again(done)
    assert [standing(campus, f"2026-03-{day}") for day in ("09", "11", "12")] == [
        "stopped",
        "supplied",
        "stopped",
    ]
    assert SupplyStop.objects.get(end=None).again == stop


# ---------------------------------------------------------------- 10(1), 64(5)
def test_10_1_a_home_is_stopped_for_want_of_the_deposit_only_with_a_leaders_approval(campus, viewer):
    supplied(campus)
    point = UsagePoint.objects.get(place=campus.shop)
    said = {
        "viewer": campus.technician,
        "point": point,
        "ground": StopGround.PREPAYMENT,
        "on": dt.date(2026, 3, 4),
        "at": at("2026-03-04"),
        "cite": "第十条（一）、第六十四条（五）",
        "reason": "未预交",
        "customer": campus.wang,
        "case": "YS-2026-000001",
    }
    with pytest.raises(HomeNotApproved):
        stopped(**said)
    chief = viewer("officer", "chief", at=campus.centre)
    approve_stop(
        viewer=chief,
        point=point,
        ground="prepayment",
        reason="已告知两次",
        paper="批〔2026〕1号",
        at=at("2026-03-03"),
    )
    assert stopped(**said).is_home


# ---------------------------------------------------------------- several stops, another user
def at_the_shop(campus):
    supplied(campus, customer_class="shop", price_category="commercial")
    opened_by_hand(campus)
    return UsagePoint.objects.get(place=campus.shop)


def for_safety(campus, point, day="2026-03-04"):
    return stop_for_safety(
        viewer=campus.technician,
        point=point,
        on=dt.date.fromisoformat(day),
        cite="第六条",
        reason="线路烧损",
        at=at(day),
    )


def asked(campus, point, day="2026-03-05", **more):
    said = {"customer": campus.wang, "case": "YS-2026-000009", **more}
    return stopped(
        viewer=campus.technician,
        point=point,
        ground=StopGround.ASKED,
        on=dt.date.fromisoformat(day),
        at=at(day),
        cite="第十条",
        reason="装修",
        **said,
    )


def test_one_stop_that_ends_leaves_the_other_holding(campus):
    point = at_the_shop(campus)
    unsafe = for_safety(campus, point)
    asked(campus, point)
    end_safety_stop(
        viewer=campus.technician, stop=unsafe, on=dt.date(2026, 3, 8), reason="修复", at=at("2026-03-08")
    )
    now = supply_of([point], dt.date(2026, 3, 8))[point.pk]
    assert (now.standing, [one.ground for one in now.stops]) == ("stopped", ["asked"])
    with pytest.raises(StopOver):
        end_safety_stop(
            viewer=campus.technician, stop=unsafe, on=dt.date(2026, 3, 9), reason="修复", at=at("2026-03-09")
        )


def test_what_is_restored_by_a_case_is_not_ended_at_the_desk(campus):
    point = at_the_shop(campus)
    with pytest.raises(RestoredByCase):
        end_safety_stop(
            viewer=campus.technician,
            stop=asked(campus, point),
            on=dt.date(2026, 3, 8),
            reason="—",
            at=at("2026-03-08"),
        )


def test_another_user_is_not_held_to_the_stop_of_the_former(campus):
    from tongdian.parties.models import Customer

    point = at_the_shop(campus)
    asked(campus, point)
    new = Customer.objects.create(
        number="YS-L0001", kind="person", name="李四", organisation=campus.campus, created_at=at("2026-03-01")
    )
    made = opened(
        viewer=campus.technician,
        point=point,
        on=dt.date(2026, 3, 9),
        at=at("2026-03-09"),
        customer=new,
        case="YS-2026-000010",
    )
    assert StopEnd.objects.get().outcome == "moot"
    assert standing(campus, "2026-03-09") == "supplied"
    assert made.case == "YS-2026-000010"  # who is supplied now, and since when


def test_who_owes_is_not_freed_by_an_opening_of_their_own(campus):
    point = at_the_shop(campus)
    stopped(
        viewer=campus.technician,
        point=point,
        ground=StopGround.VIOLATION,
        on=dt.date(2026, 3, 5),
        at=at("2026-03-05"),
        cite="第六十二条（一）",
        reason="擅自出租",
        customer=campus.wang,
        case="YS-2026-000008",
    )
    with pytest.raises(StillStopped):
        opened(
            viewer=campus.technician,
            point=point,
            on=dt.date(2026, 3, 9),
            at=at("2026-03-09"),
            customer=campus.wang,
            case="YS-2026-000010",
        )


def test_an_opening_lifts_no_stop_for_safety(campus):
    point = at_the_shop(campus)
    for_safety(campus, point)
    with pytest.raises(StillStopped, match="2026-03-04"):
        opened(
            viewer=campus.technician,
            point=point,
            on=dt.date(2026, 3, 9),
            at=at("2026-03-09"),
            customer=campus.wang,
            case="YS-2026-000010",
        )


def test_a_supply_that_ends_takes_its_users_stops_along_and_leaves_what_is_not_safe(campus):
    point = at_the_shop(campus)
    for_safety(campus, point)
    asked(campus, point)
    change, moot = closed(
        viewer=campus.technician,
        point=point,
        on=dt.date(2026, 3, 9),
        at=at("2026-03-09"),
        case="YS-2026-000011",
    )
    assert (change.what, [one.ground for one in moot]) == ("closed", ["asked"])
    assert standing(campus, "2026-03-09") == "closed"
    assert [one.ground for one in SupplyStop.objects.filter(end=None)] == ["safety"]
    kinds = [line.kind for line in history_of(point)]
    assert sorted(kinds) == ["change", "change", "end", "stop", "stop"]


def test_what_is_supplied_is_not_opened_again(campus):
    at_the_shop(campus)
    with pytest.raises(OpenedAlready):
        opened_by_hand(campus)


def test_a_case_without_a_stop_restores_nothing(campus):
    case = begun(campus, "restoration")
    close_ = {"viewer": campus.officer, "case": case, "stage": "energy", "at": at("2026-03-02")}
    actions.close_stage(seen=case.seq, **close_)
    case.refresh_from_db()
    actions.close_stage(
        **close_ | {"viewer": campus.clerk, "stage": "centre", "seen": case.seq}, facts={"has_costs": "false"}
    )
    case.refresh_from_db()
    with pytest.raises(NothingToRestore):
        actions.close_stage(**close_ | {"viewer": campus.technician, "stage": "restore", "seen": case.seq})


# ---------------------------------------------------------------- one effect upon another
def test_what_is_laid_upon_an_effect_is_done_after_it_and_undone_before_it():
    from dataclasses import dataclass, field

    from tongdian.cases import effects
    from tongdian.policy.words import Words

    @dataclass(frozen=True)
    class Told:
        done: dict = field(default_factory=dict)

    order: list[str] = []
    before = dict(effects._effects)
    try:
        effects.effect(
            "try-it", title=Words("试", "try"), undo=lambda deed: order.append("-below") or {"b": 0}
        )(lambda deed: order.append("below") or {"below": 1})
        upon("try-it", undo=lambda deed: order.append("-above") or {"a": 0})(
            lambda deed: order.append(f"above {deed.done}") or {"above": 2}
        )
        both = effect_named("try-it")
        assert both.run(Told()) == {"below": 1, "above": 2}
        assert both.undo(Told()) == {"a": 0, "b": 0}
        assert order == ["below", "above {'below': 1}", "-above", "-below"]
        upon("try-it", undo=lambda deed: {})(lambda deed: {"below": 3})
        with pytest.raises(ValueError, match="twice"):
            effect_named("try-it").run(Told())
        with pytest.raises(LookupError):
            upon("nobody-registered-it", undo=lambda deed: {})(lambda deed: {})
    finally:
        effects._effects.clear()
        effects._effects.update(before)
