"""Counts kept part by part: what is kept and what is counted anew come, cell by cell, to what all files come to."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policies.conftest import nea  # noqa: F401
from tongdian.bulk import kept_counts
from tongdian.bulk.indicators import count_indicators
from tongdian.bulk.kept_counts import CountedPart, KeptCounts, count_parts
from tongdian.bulk.periods import Span

ON = dt.date(2022, 6, 30)
RULE = "connection-time"
SPAN = Span(dt.date(2022, 1, 1), ON, "ended")
COUNTIES = ("450302", "450305", "450311")


def write(path, heads, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, heads, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def case_row(name, county, days, **more):
    applied = dt.date(2022, 3, 1)
    return {"case": name, "region": county, "class": "three_zero", "applied": applied,
            "ended": applied + dt.timedelta(days=days), **more}  # fmt: skip


def visit_rows(row):
    ended = row["ended"]
    return [
        {"case": row["case"], "seq": 1, "stage": "accept", "opened": row["applied"], "closed": row["applied"]},
        {"case": row["case"], "seq": 2, "stage": "energise", "opened": row["applied"], "closed": ended},
    ]  # fmt: skip


def part(folder, cases, visits, *, heads=("case", "region", "class", "applied", "ended")):
    files = {"case": [write(folder / "case.csv", heads, cases)]}
    heads = ("case", "seq", "stage", "opened", "closed")
    files["visit"] = [write(folder / "visit.csv", heads, visits)]
    return CountedPart(folder.name, files)


def county(tmp_path, name, code, days, prefix=""):
    rows = [case_row(f"{prefix or name}{n}", code, one) for n, one in enumerate(days)]
    return part(tmp_path / name, rows, [one for row in rows for one in visit_rows(row)])


def all_at_once(pack, parts):
    files = defaultdict(list)
    for one in parts:
        for grain, paths in one.files.items():
            files[grain] += paths
    said = count_indicators(pack, {RULE: files}, on=ON, span=SPAN)
    refused = sum(len(rows) for rows in said.refused.values())
    return {k: dict(v) for k, v in said.regions.items()}, {k: list(v) for k, v in said.late.items()}, refused


def by_parts(pack, parts, kept):
    said = count_parts(pack, {RULE: parts}, kept, on=ON, span=SPAN)
    return said, (said.regions, said.late, said.refused[RULE])


def test_a_county_that_changed_is_counted_alone(nea, tmp_path):  # noqa: F811
    kept = KeptCounts(tmp_path / "kept")
    one = county(tmp_path, "one", "450302", [5, 12, 30])
    two = county(tmp_path, "two", "450305", [9, 40])
    said, first = by_parts(nea, [one, two], kept)
    assert (said.files, said.anew) == (4, 4)
    assert first == all_at_once(nea, [one, two])
    said, again = by_parts(nea, [one, two], kept)
    assert (said.anew, again) == (0, first)
    two = county(tmp_path, "two", "450305", [9, 40, 3])
    said, then = by_parts(nea, [one, two], kept)
    assert said.anew == 2  # the case and visit files of one county of two
    assert then == all_at_once(nea, [one, two])
    assert said.together == []


def test_another_period_or_reading_is_another_count(nea, tmp_path):  # noqa: F811
    kept, one = KeptCounts(tmp_path / "kept"), county(tmp_path, "one", "450302", [5, 12])
    count_parts(nea, {RULE: [one]}, kept, on=ON, span=SPAN)
    for other in (
        {"on": dt.date(2022, 7, 31), "span": SPAN},
        {"on": ON, "span": Span(None, ON, "ended")},
        {"on": ON, "span": SPAN, "engine": "fold"},
    ):
        assert count_parts(nea, {RULE: [one]}, kept, **other).anew == 2
    assert count_parts(nea, {RULE: [one]}, kept, on=ON, span=SPAN).anew == 0
    revised = nea.chosen()
    object.__setattr__(revised, "content_hash", "0" * 64)  # a pack of other rules
    assert count_parts(revised, {RULE: [one]}, kept, on=ON, span=SPAN).anew == 2


def test_a_case_in_two_parts_is_counted_once_with_both(nea, tmp_path):  # noqa: F811
    kept = KeptCounts(tmp_path / "kept")
    one = county(tmp_path, "one", "450302", [5, 12])
    moved = case_row("one0", "450305", 5)  # the same number again
    two = part(tmp_path / "two", [moved], visit_rows(moved))
    three = county(tmp_path, "three", "450311", [7])
    said, found = by_parts(nea, [one, two, three], kept)
    assert said.together == [("one", "two")]
    assert found == all_at_once(nea, [one, two, three])
    assert found[2] > 0  # written twice, and refused as such
    said, _ = by_parts(nea, [one, two, three], kept)
    assert said.anew == 0
    assert said.together == [("one", "two")]  # said each time


def test_rows_of_a_case_that_stand_elsewhere_are_found_there(nea, tmp_path):  # noqa: F811
    row, other = case_row("A", "450302", 5), case_row("B", "450305", 9)
    one = part(tmp_path / "one", [row], [])
    two = part(tmp_path / "two", [other], [*visit_rows(row), *visit_rows(other)])
    said, found = by_parts(nea, [one, two], KeptCounts(tmp_path / "kept"))
    assert said.together == [("one", "two")]
    assert found == all_at_once(nea, [one, two])


def test_parts_of_different_columns_are_counted_together(nea, tmp_path):  # noqa: F811
    one, row = county(tmp_path, "one", "450302", [5]), case_row("B", "450305", 9)
    two = part(tmp_path / "two", [row], visit_rows(row), heads=("case", "region", "class", "applied"))
    said, found = by_parts(nea, [one, two], KeptCounts(tmp_path / "kept"))
    assert said.together == [("one", "two")]
    assert found == all_at_once(nea, [one, two])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace('"refused": 0', '"refused": 7'),
        lambda text: json.dumps([text]),
        lambda text: text.replace("tongdian kept count 1", "tongdian kept count 0"),
    ],
    ids=["cut off", "empty", "changed", "of another form", "of another version"],
)
def test_what_was_kept_and_is_spoilt_is_counted_again(nea, tmp_path, spoil):  # noqa: F811
    kept, one = KeptCounts(tmp_path / "kept"), county(tmp_path, "one", "450302", [5, 12, 30])
    _, first = by_parts(nea, [one], kept)
    for file in (tmp_path / "kept").iterdir():
        file.write_text(spoil(file.read_text()))
    said, again = by_parts(nea, [one], kept)
    assert (said.anew, again) == (2, first)
    assert by_parts(nea, [one], kept)[0].anew == 0  # and kept anew


def test_where_nothing_can_be_kept_it_is_counted_all_the_same(nea, tmp_path):  # noqa: F811
    (tmp_path / "kept").write_text("a file")
    parts = [county(tmp_path, name, "450302", [5, 12]) for name in ("one", "two")]
    said, found = by_parts(nea, parts, KeptCounts(tmp_path / "kept"))
    assert isinstance(said.unkept, OSError)
    assert found == all_at_once(nea, parts)


def test_what_was_used_longest_ago_makes_room(nea, tmp_path, monkeypatch):  # noqa: F811
    kept = KeptCounts(tmp_path / "kept")
    parts = [county(tmp_path, name, "450302", [5, 12]) for name in ("one", "two", "three")]
    by_parts(nea, [parts[0]], kept)
    size = sum(one.stat().st_size for one in kept.folder.iterdir())
    monkeypatch.setattr(kept_counts, "MOST_BYTES", size * 2 + size // 2)
    for one in parts[1:]:
        by_parts(nea, [one], kept)
    assert sum(one.stat().st_size for one in kept.folder.iterdir()) <= size * 2 + size // 2
    assert by_parts(nea, [parts[2]], kept)[0].anew == 0
    assert by_parts(nea, [parts[0]], kept)[0].anew == 2


CASES = st.lists(
    st.tuples(
        st.sampled_from(["7", "07", "A", "B ", "C", "D"]),  # a number twice, one written with a blank
        st.sampled_from(COUNTIES),
        st.integers(0, 40),
        st.integers(0, 2),  # the part of the case
        st.one_of(st.none(), st.integers(0, 2)),  # that of its visits, where another
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=CASES, odd=st.sampled_from([None, None, 0, 1]))
def test_parts_come_to_what_all_files_come_to(nea, tmp_path_factory, cases, odd):  # noqa: F811
    """Cases and their visits spread over three folders at random; `odd` is a folder without the column of the end."""
    folder = tmp_path_factory.mktemp("parts")
    rows, visits = defaultdict(list), defaultdict(list)
    for name, code, days, here, elsewhere in cases:
        row = case_row(name, code, days)
        rows[here].append(row)
        visits[here if elsewhere is None else elsewhere] += visit_rows(row)
    heads = ("case", "region", "class", "applied", "ended")
    parts = [
        part(folder / str(n), rows[n], visits[n], heads=heads[:-1] if n == odd else heads)
        for n in sorted({*rows, *visits})
    ]
    kept = KeptCounts(folder / "kept")
    whole = all_at_once(nea, parts)
    assert by_parts(nea, parts, kept)[1] == whole
    said, again = by_parts(nea, parts, kept)
    assert (said.anew, again) == (0, whole)
