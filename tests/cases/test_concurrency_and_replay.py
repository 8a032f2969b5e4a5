"""Two people at once, and cases driven at random."""

from __future__ import annotations

import datetime as dt
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cases.conftest import at, make_campus
from tongdian.cases import actions, queries
from tongdian.cases.models import Event, OpenStage, Paper
from tongdian.policy.process.refusals import CaseMovedOn
from tongdian.policy.refusals import Refusal

PAPERS = ("usage-approval-form", "shop-lease", "shopkeeper-identity")


def test_two_officers_close_one_stage_at_once_and_one_of_them_is_told(committed, viewer):
    from django.db import connections

    campus = make_campus(viewer)
    case = actions.open_case(
        viewer=campus.counter, organisation=campus.campus, pack="gxnu-2016-4",
        process="shop-application", customer=None, place=campus.shop, at=at("2026-03-02"),
    )  # fmt: skip
    for item in PAPERS:
        Paper.objects.create(
            case=case, kind="received", item=item, file="0" * 64, at=at("2026-03-02"), by="x"
        )
    actions.close_stage(
        viewer=campus.counter, case=case, stage="apply", seen=1, at=at("2026-03-02")
    )
    together = Barrier(2)

    def approve(_):
        together.wait()
        try:
            actions.close_stage(
                viewer=campus.officer, case=case, stage="approve", seen=2, at=at("2026-03-03"),
                facts={"approved": "true"},
            )  # fmt: skip
            return "done"
        except CaseMovedOn:
            return "told"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(approve, range(2))) == ["done", "told"]
    # opened; apply; the fact and the approval: once
    assert Event.objects.filter(case=case).count() == 4


def drive(case, people, dice):
    """Do something at random, as whoever may, until nothing is left or the dice stop."""
    day = dt.date(2026, 3, 2)
    for _ in range(dice.randint(3, 30)):
        day += dt.timedelta(days=dice.randint(0, 3))
        state = queries.state_of(case)
        if state.ending is not None:
            return
        wording = queries.desk(case).wording
        stage = dice.choice(state.open_stages) if state.open_stages else "apply"
        who = dice.choice(people)
        noon = at(day.isoformat(), dice.randint(8, 17))
        same = {"viewer": who, "case": case, "seen": state.seq, "at": noon}
        verb = dice.choice(["close"] * 6 + ["back", "suspend", "resume", "resume", "withdraw"])
        try:
            match verb:
                case "close":
                    facts = {"approved": dice.choice(["true", "true", "false"])}
                    actions.close_stage(
                        **same, stage=stage, facts=facts if stage == "approve" else {},
                        evidence=["凭证"],
                        claimed_on=dice.choice([None, None, day - dt.timedelta(days=1)]),
                    )  # fmt: skip
                case "back":
                    to = dice.choice(list(wording.stages))
                    actions.return_stage(**same, stage=stage, to=to, reason="材料不清")
                case "suspend":
                    cause = dice.choice(list(wording.causes))
                    actions.suspend(**same, cause=cause, reason="等候")
                case "resume":
                    actions.resume(**same)
                case "withdraw" if dice.random() < 0.1:
                    actions.withdraw(**same, reason="不办了")
        except Refusal:
            continue  # what may not be done leaves no trace: the comparison below sees it


def as_projected(case):
    case.refresh_from_db()
    fields = (
        "seq", "version", "opened_on", "last_on", "ended_on", "ending", "suspended_since",
    )  # fmt: skip
    stages = OpenStage.objects.filter(case=case).order_by("stage").values()
    return {name: getattr(case, name) for name in fields}, list(stages)


@pytest.mark.django_db
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_a_case_driven_at_random_is_made_again_from_its_events(campus, seed):
    """Five cases an example, a hundred in all: the row and its open stages, as kept after every
    step, are those that the events alone give."""
    dice = random.Random(seed)
    people = [campus.counter, campus.officer, campus.clerk, campus.technician]
    for _ in range(5):
        case = actions.open_case(
            viewer=campus.counter, organisation=campus.campus, pack="gxnu-2016-4",
            process="other-application", customer=None, place=campus.shop, at=at("2026-03-02"),
        )  # fmt: skip
        Paper.objects.create(
            case=case, kind="received", item="energy-office-opinion", file="0" * 64,
            at=at("2026-03-02"), by="x",
        )  # fmt: skip
        drive(case, people, dice)
        kept = as_projected(case)
        actions.rebuild(case=case, on=case.last_on)
        assert as_projected(case) == kept
        rows = list(Event.objects.filter(case=case).order_by("seq"))
        assert [row.seq for row in rows] == list(range(1, case.seq + 1))
