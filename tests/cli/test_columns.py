"""Aligned columns where a Chinese character is two places wide."""

from __future__ import annotations

from tongdian.cli.columns import columns, width


def test_chinese_takes_two_places_and_latin_one():
    assert (width("电价"), width("abc"), width("第1条"), width("—"), width("é")) == (4, 3, 5, 1, 1)


def test_columns_are_as_wide_as_their_widest_cell_and_end_without_spaces():
    assert columns([["电价", "x", "1"], ["a", "长一些", ""]], indent="> ") == [
        "> 电价  x       1",
        "> a     长一些",
    ]
    assert columns([]) == []
    assert columns([["a"], ["b", "c"]]) == ["a", "b  c"]


def test_one_long_cell_pushes_only_its_own_line():
    assert columns([["a", "1"], ["a long title", "2"], ["bcd", "3"]], widest=5) == [
        "a    1",
        "a long title  2",
        "bcd  3",
    ]
