"""Listeners are told of what happened, once it stands."""

import pytest

from tests.cases.conftest import at
from tongdian.cases import actions, announcing
from tongdian.cases.models import Unannounced
from tongdian.policy.process.refusals import CaseMovedOn


@pytest.fixture
def heard(monkeypatch):
    """What one more listener was told of; it fails at what stands in `refused`."""
    told, refused = [], set()

    def listen(case, event):
        if event.seq in refused:
            raise RuntimeError("the line is dead")
        told.append((case.number, event.seq, event.kind))

    monkeypatch.setattr(announcing, "_listeners", [listen])
    return told, refused


@pytest.mark.django_db
def test_every_event_is_told_once_in_order(campus, shop_case, heard):
    told, _ = heard
    actions.withdraw(
        viewer=campus.counter, case=shop_case, reason="改主意", seen=1, at=at("2026-03-02")
    )
    assert announcing.announce_waiting() == 2
    number = shop_case.number
    assert told == [(number, 1, "opened"), (number, 2, "withdrawn")]
    assert announcing.announce_waiting() == 0


@pytest.mark.django_db
def test_a_step_that_is_refused_is_not_told(campus, shop_case, heard):
    announcing.announce_waiting()
    with pytest.raises(CaseMovedOn):
        actions.withdraw(
            viewer=campus.counter, case=shop_case, reason="晚了", seen=0, at=at("2026-03-02")
        )
    assert announcing.announce_waiting() == 0


@pytest.mark.django_db
def test_what_a_listener_fails_at_is_told_again_and_holds_up_nothing_else(campus, shop_case, heard):
    told, refused = heard
    refused.add(1)
    actions.withdraw(
        viewer=campus.counter, case=shop_case, reason="改主意", seen=1, at=at("2026-03-02")
    )
    assert announcing.announce_waiting() == 1
    assert [seq for _, seq, _ in told] == [2]
    refused.clear()
    assert announcing.announce_waiting() == 1
    assert [seq for _, seq, _ in told] == [2, 1]


@pytest.mark.django_db
def test_what_fails_five_times_waits_for_somebody_to_look(shop_case, heard):
    heard[1].add(1)
    assert [announcing.announce_waiting() for _ in range(6)] == [0] * 6
    assert Unannounced.objects.get().tries == 5
    heard[1].clear()
    assert announcing.announce_waiting() == 0
