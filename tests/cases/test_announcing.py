"""Listeners are told of what happened, once it stands."""

import datetime as dt
import threading
import time

import pytest
from django.db import connection

from tests.cases.conftest import at, make_campus
from tongdian.cases import actions, announcing
from tongdian.cases.models import Unannounced
from tongdian.policy.process.refusals import CaseMovedOn


@pytest.fixture
def heard(monkeypatch):
    """What one more listener was told of; it fails at what stands in `refused`."""
    told, refused = [], set()

    def listen(case, event):
        if event.seq in refused or (case.number, event.seq) in refused:
            raise RuntimeError("the line is dead")
        told.append((case.number, event.seq, event.kind))

    monkeypatch.setattr(announcing, "_listeners", [listen])
    return told, refused


@pytest.mark.django_db
def test_every_event_is_told_once_in_order(campus, shop_case, heard):
    told, _ = heard
    actions.withdraw(viewer=campus.counter, case=shop_case, reason="改主意", seen=1, at=at("2026-03-02"))
    assert announcing.announce_waiting(at=at("2026-03-02")) == 2
    number = shop_case.number
    assert told == [(number, 1, "opened"), (number, 2, "withdrawn")]
    assert announcing.announce_waiting(at=at("2026-03-02")) == 0


@pytest.mark.django_db
def test_a_step_that_is_refused_is_not_told(campus, shop_case, heard):
    announcing.announce_waiting(at=at("2026-03-02"))
    with pytest.raises(CaseMovedOn):
        actions.withdraw(viewer=campus.counter, case=shop_case, reason="晚了", seen=0, at=at("2026-03-02"))
    assert announcing.announce_waiting(at=at("2026-03-02")) == 0


@pytest.mark.django_db
def test_what_a_listener_fails_at_comes_again_before_what_followed_and_holds_up_no_other_case(
    campus, shop_case, heard
):
    told, refused = heard
    refused.add((shop_case.number, 1))
    actions.withdraw(viewer=campus.counter, case=shop_case, reason="改主意", seen=1, at=at("2026-03-02"))
    other = actions.open_case(
        viewer=campus.counter,
        organisation=campus.campus,
        pack="gxnu-2016-4",
        process="shop-application",
        customer=campus.wang,
        place=campus.shop,
        facts={},
        at=at("2026-03-02"),
    )
    assert announcing.announce_waiting(at=at("2026-03-02")) == 1
    assert told == [(other.number, 1, "opened")]
    refused.clear()
    # two seconds later, and then in their order
    assert announcing.announce_waiting(at=at("2026-03-02")) == 0
    later = at("2026-03-02") + dt.timedelta(seconds=2)
    assert announcing.announce_waiting(at=later) == 2
    assert [seq for number, seq, _ in told if number == shop_case.number] == [1, 2]


@pytest.mark.django_db
def test_nothing_is_given_up_however_often_it_fails(shop_case, heard):
    heard[1].add((shop_case.number, 1))
    now = at("2026-03-02")
    for _ in range(12):
        assert announcing.announce_waiting(at=now) == 0
        now += dt.timedelta(hours=1)
    waiting = Unannounced.objects.get()
    assert (waiting.tries, waiting.problem) == (12, "RuntimeError")
    heard[1].clear()
    assert announcing.announce_waiting(at=now) == 1


def test_two_workers_tell_each_step_once_and_a_case_s_steps_in_order(committed, viewer, monkeypatch):
    """Eight steps of two cases, two threads at once."""
    campus = make_campus(viewer)
    told, lock = [], threading.Lock()

    def listen(case, event):
        with lock:
            told.append((case.number, event.seq))
        time.sleep(0.01)  # so that the other has its turn

    monkeypatch.setattr(announcing, "_listeners", [listen])
    for _ in range(2):
        case = actions.open_case(
            viewer=campus.clerk,
            organisation=campus.campus,
            pack="gxnu-2016-4",
            process="shop-application",
            customer=campus.wang,
            place=campus.shop,
            facts={},
            at=at("2026-03-02"),
        )
        first = Unannounced.objects.get(case=case)
        for _ in range(3):
            Unannounced.objects.create(case=case, first=first.first, last=first.last)

    def work():
        try:
            announcing.announce_waiting(at=at("2026-03-03"))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert not Unannounced.objects.exists()
