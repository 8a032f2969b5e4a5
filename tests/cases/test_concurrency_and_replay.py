"""Two people at once, and cases driven at random."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.cases.brought import brought
from tests.cases.conftest import SCAN, at, make_campus
from tests.cases.test_engine import PAPERS, hand_in
from tongdian.cases import actions, queries
from tongdian.cases.models import EffectRun, Event, OpenStage
from tongdian.policy.process.refusals import CaseMovedOn
from tongdian.policy.refusals import Refusal


def test_two_officers_close_one_stage_at_once_and_one_of_them_is_told(committed, viewer):
    from django.db import connections

    campus = make_campus(viewer)
    case = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=None,
        place=campus.shop,
        at=at("2026-03-02"),
    )
    hand_in(case, *PAPERS)
    actions.close_stage(
        viewer=campus.counter, case=case, stage="apply", seen=1, at=at("2026-03-02"), **brought(case, "apply")
    )
    together = Barrier(2)

    def approve(_):
        together.wait()
        try:
            actions.close_stage(
                viewer=campus.officer,
                case=case,
                stage="approve",
                seen=2,
                at=at("2026-03-03"),
                facts={"approved": "true"},
            )
            return "done"
        except CaseMovedOn:
            return "told"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(approve, range(2))) == ["done", "told"]
    # opened; apply; the fact and the approval: once
    assert Event.objects.filter(case=case).count() == 4


@dataclass(frozen=True)
class Move:
    """Something somebody tries, some days after the last."""

    verb: str
    who: str  # fit: whoever has the stage in hand
    pick: int  # which of the stages or causes there are
    days: int
    approves: bool
    claims_yesterday: bool


MOVES = st.builds(
    Move,
    verb=st.sampled_from(["close"] * 6 + ["back", "suspend", "resume", "resume", "withdraw"]),
    who=st.sampled_from(["fit"] * 6 + ["counter", "officer", "clerk", "technician"]),
    pick=st.integers(0, 5),
    days=st.integers(0, 3),
    approves=st.sampled_from([True, True, True, False]),
    claims_yesterday=st.booleans(),
)
# What chance alone may not bring in three hundred: supply, and a case returned, at rest and taken back.
ALL_THE_WAY = [Move("close", "fit", 0, 1, True, False)] * 6
BACK_AND_FORTH = [
    Move("close", "fit", 0, 1, True, False),
    Move("back", "fit", 0, 1, True, False),
    Move("suspend", "fit", 0, 1, True, False),
    Move("resume", "fit", 0, 1, True, False),
    Move("withdraw", "counter", 0, 1, True, False),
]
FIT = {"applicant": "counter", "energy-office": "officer", "utilities-centre": "clerk"}


def try_move(campus, case, move, day):
    """Whatever comes of it: what may not be done leaves no trace, which the comparison sees."""
    state, wording = queries.state_of(case), queries.desk(case).wording
    if state.ending is not None:
        return
    stage = state.open_stages[move.pick % len(state.open_stages)]
    who = FIT[wording.stages[stage].role] if move.who == "fit" else move.who
    same = {"viewer": getattr(campus, who), "case": case, "seen": state.seq, "at": at(day.isoformat())}
    facts = brought(case, stage)["facts"] | ({"approved": move.approves} if stage == "approve" else {})
    claimed = day - dt.timedelta(days=1) if move.claims_yesterday else None
    try:
        match move.verb:
            case "close":
                actions.close_stage(
                    **same, stage=stage, facts=facts, evidence=["凭证", SCAN], claimed_on=claimed
                )
            case "back":
                to = list(wording.stages)[move.pick]
                actions.return_stage(**same, stage=stage, to=to, reason="材料不清")
            case "suspend":
                actions.suspend(**same, cause="applicant-request", reason="等候")
            case "resume":
                actions.resume(**same, claimed_on=claimed)
            case "withdraw":
                actions.withdraw(**same, reason="不办了")
    except Refusal:
        return


def as_projected(case):
    case.refresh_from_db()
    fields = ("seq", "version", "opened_on", "last_on", "ended_on", "ending", "suspended_since")
    stages = OpenStage.objects.filter(case=case).order_by("stage").values()
    return {name: getattr(case, name) for name in fields}, list(stages)


def apply(campus):
    case = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        at=at("2026-03-02"),
    )
    hand_in(case, *PAPERS)
    return case


@pytest.mark.django_db
def test_three_hundred_cases_driven_at_random_are_made_again_from_their_events(campus):
    """The row and its open stages, as kept after the last step, are those that the events alone
    give. Each case is taken back afterwards: the next finds the shop without an agreement. Every run
    draws others; a thousand of them took longer than all other tests of cases together."""
    cases, happened = 0, Counter()

    @settings(max_examples=300, deadline=None)
    @given(moves=st.lists(MOVES, min_size=1, max_size=12))
    @example(moves=ALL_THE_WAY)
    @example(moves=BACK_AND_FORTH)
    def drive(moves):
        nonlocal cases
        with transaction.atomic():
            case, day = apply(campus), dt.date(2026, 3, 2)
            for move in moves:
                day += dt.timedelta(days=move.days)
                try_move(campus, case, move, day)
            kept = as_projected(case)
            actions.rebuild(case=case, on=day)
            assert as_projected(case) == kept
            rows = list(Event.objects.filter(case=case).order_by("seq"))
            assert [row.seq for row in rows] == list(range(1, case.seq + 1))
            happened.update(row.kind for row in rows)
            happened.update(EffectRun.objects.filter(case=case).values_list("effect", flat=True))
            transaction.set_rollback(True)
        cases += 1

    drive()
    assert cases >= 300
    # the histories went somewhere
    assert {"returned", "suspended", "resumed", "withdrawn", "sign-agreement"} <= set(happened)
    assert happened["closed"] * 2 > cases
