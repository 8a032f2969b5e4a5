"""Guesses are counted in one table: exactly, whatever is rolled back, and only time lifts a limit."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from tongdian.parties.limits import (
    AT_ONE,
    TriedTooOften,
    TriesNotCounted,
    TryLimit,
    count,
    count_try,
    forget_tries,
    line_of,
)

NOON = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)  # 12:00 in Shanghai
FIVE = TryLimit(5, 10)


def _passes(key: str, at: dt.datetime = NOON) -> bool:
    try:
        count(key, FIVE, at=at)
    except TriedTooOften:
        return False
    return True


def test_of_thirty_at_once_exactly_five_pass(committed: Any) -> None:
    def one(_number: int) -> bool:
        try:
            return _passes("at once")
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as threads:
        assert sum(threads.map(one, range(30))) == 5


def test_a_try_counts_although_its_transaction_is_rolled_back(committed: Any) -> None:
    for _number in range(5):
        with transaction.atomic():
            assert _passes("rolled back")
            transaction.set_rollback(True)
    assert not _passes("rolled back")


def test_only_time_lifts_a_limit_and_strangers_do_not(committed: Any) -> None:
    assert [_passes("locked") for _number in range(6)] == [True] * 5 + [False]
    for number in range(400):
        _passes(f"stranger {number}")
    forget_tries(at=NOON + dt.timedelta(minutes=9))
    assert not _passes("locked", NOON + dt.timedelta(minutes=9))  # refused tries do not lengthen it
    assert _passes("locked", NOON + dt.timedelta(minutes=11))
    assert forget_tries(at=NOON + dt.timedelta(minutes=11)) == 400  # all but the one begun anew


def test_of_two_at_once_the_earlier_counted_last_begins_nothing_anew(committed: Any) -> None:
    for _number in range(5):
        assert _passes("overtaken", NOON + dt.timedelta(milliseconds=40))
    assert not _passes("overtaken", NOON)


def test_a_clock_that_was_ahead_locks_nobody_out_for_ever(committed: Any) -> None:
    for _number in range(6):
        _passes("ahead", NOON + dt.timedelta(days=400))
    assert _passes("ahead", NOON)


def test_a_stranger_does_not_lock_out_the_applicant(committed: Any) -> None:
    for _number in range(8):
        count_try("track", "YS-2026-000001", address="192.0.2.1", at=NOON)
    for _number in range(60):
        with pytest.raises(TriedTooOften, match="10 minutes"):
            count_try("track", "YS-2026-000001", address="192.0.2.1", at=NOON)
    count_try("track", "YS-2026-000001", address="192.0.2.2", at=NOON)  # the applicant


def test_who_has_many_addresses_gets_forty_tries_an_hour(committed: Any) -> None:
    passed = 0
    for number in range(60):
        try:
            count_try("track", "YS-2026-000001", address=f"192.0.2.{number}", at=NOON)
            passed += 1
        except TriedTooOften:
            continue
    assert passed == AT_ONE["track"].most == 40


def test_an_ipv6_line_is_one_address() -> None:
    assert line_of("2001:db8:1:2::1") == line_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert line_of("2001:db8:1:3::1") != line_of("2001:db8:1:2::1")
    assert line_of("::ffff:192.0.2.1") == line_of("192.0.2.1") == "192.0.2.1"
    assert line_of("fe80::1%eth0") == "fe80::/64"
    assert line_of("no address") == "no address"


def test_where_nothing_can_be_written_it_is_refused_in_words(committed: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set default_transaction_read_only = on")
    with pytest.raises(TriesNotCounted, match="cannot write"):
        count_try("track", "YS-2026-000001", address="192.0.2.1", at=NOON)
