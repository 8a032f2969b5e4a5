"""Identifiers sort by the moment they were made, even within one microsecond."""

import time
import uuid

from tongdian.identifiers import uuid7


def test_identifiers_are_version_7_and_tell_the_millisecond():
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_those_of_one_process_sort_in_the_order_they_were_made():
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(set(made))
