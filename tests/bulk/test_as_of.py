"""Cases in hand are judged on one day, and never on one that has not come or of which their files say nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from tongdian.bulk.as_of import NAME, FilesEndBefore, judged_on, write_as_of
from tongdian.bulk.refusals import UnreadableFile

TODAY, END_OF_YEAR = dt.date(2026, 11, 30), dt.date(2026, 12, 31)


def exported(folder, as_of=None):
    folder.mkdir()
    if as_of is not None:
        write_as_of(folder, as_of)
    return folder / "case.csv"


def test_a_period_that_is_not_over_is_judged_today_and_one_that_is_on_its_last_day(tmp_path):
    file = exported(tmp_path / "others")
    assert judged_on([file], asked=None, last=END_OF_YEAR, today=TODAY) == TODAY
    assert judged_on([file], asked=None, last=dt.date(2026, 6, 30), today=TODAY) == dt.date(2026, 6, 30)
    assert judged_on([file], asked=None, last=None, today=TODAY) == TODAY


def test_files_are_judged_no_later_than_the_earliest_of_them_was_exported(tmp_path):
    files = [exported(tmp_path / "a", dt.date(2026, 11, 2)), exported(tmp_path / "b", dt.date(2026, 10, 9))]
    assert judged_on(files, asked=None, last=END_OF_YEAR, today=TODAY) == dt.date(2026, 10, 9)
    assert judged_on(files, asked=dt.date(2026, 10, 9), last=None, today=TODAY) == dt.date(2026, 10, 9)
    with pytest.raises(FilesEndBefore) as refused:
        judged_on(files, asked=dt.date(2026, 10, 10), last=None, today=TODAY)
    assert "--on 2026-10-09" in refused.value.say("zh")


@pytest.mark.parametrize("said", ["", "[]", '{"schema": "2", "as_of": "2026-11-02"}', '{"schema": "1"}', '{"schema": "1", "as_of": 3}'])  # fmt: skip
def test_what_nobody_exported_so_says_no_day(tmp_path, said):
    file = exported(tmp_path / "a")
    (tmp_path / "a" / NAME).write_text(said)
    with pytest.raises(UnreadableFile):
        judged_on([file], asked=None, last=None, today=TODAY)
