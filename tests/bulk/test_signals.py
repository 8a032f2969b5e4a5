"""Planted violations are found and the innocent who look alike are left alone; what a file does not tell is not
judged; a row says the same in SQL as in decimals."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pytest

from tests.bulk.planted import LAST, plant
from tests.policies.conftest import POLICIES
from tongdian.bulk.signals import find_signals
from tongdian.policy import load_pack

# set before anything was measured
RECALL, PRECISION = 0.9, 0.8
SEEDS = (11, 12, 13, 14, 15)  # never looked at while limits and population were chosen


@pytest.fixture(scope="module")
def nea():
    return load_pack(POLICIES / "nea-2021-37")


def next_workday(pack):
    """The n-th working day after a day; the day itself, or the next one, where n is 0."""

    def found(day: dt.date, n: int) -> dt.date:
        if n == 0:
            return pack.calendar.add_working_days(day - dt.timedelta(days=1), 1)
        return pack.calendar.add_working_days(day, n)

    return found


@pytest.fixture(scope="module")
def scores(nea, tmp_path_factory):
    """Of each signal over all seeds: hits, planted, named."""
    total = defaultdict(lambda: [0, 0, 0])
    for seed in SEEDS:
        folder = tmp_path_factory.mktemp(f"seed{seed}")
        made = plant(seed, folder, workday=next_workday(nea))
        for one in find_signals(nea, made.files, on=LAST).results:
            named, guilty = {each.about for each in one.found}, made.guilty[one.rule.rule]
            for at, count in enumerate((len(named & guilty), len(guilty), len(named))):
                total[one.rule.rule][at] += count
    return total


def test_what_was_planted_is_found_rule_by_rule(scores):
    recall = {rule: hits / planted for rule, (hits, planted, _) in scores.items()}
    assert {rule: share for rule, share in recall.items() if share < RECALL} == {}


def test_and_who_is_named_is_guilty_rule_by_rule(scores):
    precision = {rule: hits / named for rule, (hits, _, named) in scores.items()}
    assert {rule: share for rule, share in precision.items() if share < PRECISION} == {}
