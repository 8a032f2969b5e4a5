"""Quiet hours, trying again, masked addresses."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tongdian.calendar import SHANGHAI
from tongdian.notices.rules import MOST_TRIES, Quiet, masked, try_again_at, without

NIGHT = Quiet()
times = st.times().map(lambda time: time.replace(microsecond=0))
instants = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))


def test_what_is_told_at_ten_in_the_evening_waits_until_eight():
    told = dt.datetime(2026, 4, 13, 14, 0, tzinfo=dt.UTC)  # 22:00 in Shanghai
    assert NIGHT.earliest(told) == dt.datetime(2026, 4, 14, 0, 0, tzinfo=dt.UTC)  # 08:00


def test_what_is_told_at_three_in_the_morning_waits_until_eight_the_same_day():
    told = dt.datetime(2026, 4, 13, 19, 0, tzinfo=dt.UTC)  # 03:00 on the 14th
    assert NIGHT.earliest(told) == dt.datetime(2026, 4, 14, 0, 0, tzinfo=dt.UTC)


def test_the_quiet_hours_begin_at_nine_and_end_at_eight():
    nine = dt.datetime(2026, 4, 13, 21, 0, tzinfo=SHANGHAI)
    eight = dt.datetime(2026, 4, 14, 8, 0, tzinfo=SHANGHAI)
    second = dt.timedelta(seconds=1)
    assert [NIGHT.covers(at) for at in (nine - second, nine)] == [False, True]
    assert [NIGHT.covers(at) for at in (eight - second, eight)] == [True, False]


@given(instants, times, times)
def test_nothing_goes_out_in_quiet_hours_and_all_at_the_earliest_instant(at, since, until):
    quiet = Quiet(since, until)
    goes = quiet.earliest(at)
    assert goes >= at
    assert not quiet.covers(goes)
    assert goes - at < dt.timedelta(days=1)
    if goes > at:  # every instant before it is quiet: the first, the last, and the middle
        last = goes - dt.timedelta(microseconds=1)
        assert all(quiet.covers(one) for one in (at, at + (last - at) / 2, last))


@given(instants, times)
def test_equal_hours_mean_no_quiet(at, hour):
    assert Quiet(hour, hour).earliest(at) == at


def test_it_is_tried_six_times_in_less_than_fifteen_hours():
    at = dt.datetime(2026, 4, 13, 4, 0, tzinfo=dt.UTC)
    tries, when = 1, at
    while (again := try_again_at(tries=tries, at=when)) is not None:
        tries, when = tries + 1, again
    assert tries == MOST_TRIES == 6
    # 1 + 5 + 30 + 120 + 720 minutes
    assert when - at == dt.timedelta(minutes=876)


def test_an_address_is_shown_masked():
    assert masked("13800000000") == "138****0000"
    assert masked("wang@gxnu.edu.cn") == "w***@gxnu.edu.cn"
    assert masked("110") == "****"


def test_an_answer_keeps_no_address():
    answer = without("550 no such mailbox Wang@gxnu.edu.cn", "wang@gxnu.edu.cn", "")
    assert answer == "550 no such mailbox w***@gxnu.edu.cn"
