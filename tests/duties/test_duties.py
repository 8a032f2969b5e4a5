"""A daily duty is done once for its day: late if its minute was missed, never twice, however the
clock stands."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection

from tests.cases.conftest import at
from tongdian.duties import rules
from tongdian.duties.actions import do_duties
from tongdian.duties.models import Done


@pytest.fixture
def done(monkeypatch):
    """The days for which a duty of eight in the morning was done."""
    days: list[dt.date] = []
    duty = rules.Duty("morning", dt.time(8), lambda day, _at: days.append(day))
    monkeypatch.setattr(rules, "_duties", {"morning": duty})
    return days


MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


@pytest.mark.django_db
def test_a_missed_minute_is_made_up_once_for_the_day_it_belongs_to(done):
    do_duties(at=at("2026-03-02", 14))  # the machine was off at eight
    do_duties(at=at("2026-03-02", 15))
    assert done == [MONDAY]
    do_duties(at=at("2026-03-03", 7))  # Tuesday's has not come
    assert done == [MONDAY]
    do_duties(at=at("2026-03-03", 8))
    assert done == [MONDAY, TUESDAY]


@pytest.mark.django_db
def test_an_evening_that_was_missed_is_made_up_in_the_night(done):
    do_duties(at=at("2026-03-03", 2))
    assert done == [MONDAY]


@pytest.mark.django_db
def test_a_clock_set_back_repeats_no_day_and_one_set_forward_ends_none(done):
    do_duties(at=at("2026-03-03", 9))
    do_duties(at=at("2026-03-02", 9))  # a day back
    do_duties(at=at("2026-03-03", 9))
    do_duties(at=at("2027-03-03", 9))  # a year forward, by mistake
    do_duties(at=at("2026-03-04", 9))
    assert done == [TUESDAY, MONDAY, dt.date(2027, 3, 3), dt.date(2026, 3, 4)]


@pytest.mark.django_db
def test_a_duty_that_fails_comes_again(monkeypatch):
    tried = []

    def work(day, _at):
        tried.append(day)
        if len(tried) == 1:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(rules, "_duties", {"x": rules.Duty("x", dt.time(8), work)})
    assert do_duties(at=at("2026-03-02", 9)) == []
    assert do_duties(at=at("2026-03-02", 9)) == ["x"]
    assert tried == [MONDAY, MONDAY]


def test_two_workers_do_it_once(committed, monkeypatch):
    days, both = [], threading.Barrier(2)

    def work(day, _at):
        days.append(day)

    monkeypatch.setattr(rules, "_duties", {"x": rules.Duty("x", dt.time(8), work)})

    def worker():
        both.wait()
        try:
            do_duties(at=at("2026-03-02", 9))
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert days == [MONDAY]
    assert Done.objects.count() == 1
