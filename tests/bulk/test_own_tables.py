"""An operator's own prices: from a day, before a day, one a day."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.bulk.conftest import reasons, totals
from tongdian.bulk.refusals import BadOwnRow, MissingColumn, OwnRowsOverlap, UnknownColumns

SEGMENTS = [
    "bill,start,used,paid_on",
    "A,2026-01-05,10,2026-01-05",
    "A,2026-02-02,10,2026-02-02",
    "B,2026-01-05,10,2026-01-05",
]


def test_own_rows_replace_the_packs_for_the_days_they_say(bill, lay, tmp_path):
    prices = lay(
        "prices.csv",
        [
            "from,before,kind,price",
            "2026-01-01,2026-02-01,shop,1",
            "2026-02-01,,shop,2",  # the day that one ends is the day the next begins
            "2026-01-01,,flat,0.1",
        ],
    )
    bill(segments=SEGMENTS, more={"prices": prices})
    assert totals(tmp_path / "out") == {"A": "30.00", "B": "1.00"}  # 10 × 1 + 10 × 2; 10 × 0.1


def test_a_day_without_an_own_row_refuses_the_case_and_no_other(bill, lay, tmp_path):
    prices = lay("p.csv", ["from,before,kind,price", "2026-01-01,2026-02-01,shop,1", "2026-01-01,,flat,1"])
    run = bill(segments=SEGMENTS, more={"prices": prices})
    assert reasons(run) == [
        (
            "A",
            "2026-02-02",
            "price",
            "prices.price on start",
            '"Prices" has no row for these keys on this day',
        )
    ]
    assert totals(tmp_path / "out") == {"B": "10.00"}


@pytest.mark.parametrize(
    "rows",
    [
        ["2026-01-01,,shop,1", "2026-02-01,,shop,2"],  # the first never ends
        ["2026-01-01,2026-02-02,shop,1", "2026-02-01,,shop,2"],  # a day too long
        ["2026-02-01,,shop,1", "2026-02-01,,shop,2"],  # twice from the same day
        ["2026-02-01,,shop,2", "2026-02-01,,shop,2"],  # even if they agree
    ],
)
def test_two_rows_for_one_key_and_day_are_refused_before_any_row_is_rated(bill, lay, tmp_path, rows):
    prices = lay("p.csv", ["from,before,kind,price", *rows, "2026-01-01,,flat,1"])
    with pytest.raises(OwnRowsOverlap) as refused:
        bill(segments=SEGMENTS, more={"prices": prices})
    assert "prices: kind=shop has two rows on 2026-02-01" in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_rows_of_two_files_must_not_overlap_either(bill, lay):
    first = lay("a.csv", ["from,kind,price", "2026-01-01,shop,1", "2026-01-01,flat,1"])
    second = lay("b.csv", ["from,kind,price", "2026-03-01,shop,2"])
    with pytest.raises(OwnRowsOverlap):
        bill(more={"prices": [first, second]})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-13-01,,shop,1", "row 2: from: '2026-13-01' is not a date"),
        (",,shop,1", "row 2: from: missing"),
        ("2026-03-01,soon,shop,1", "row 2: before: 'soon' is not a date"),
        ("2026-03-01,2026-03-01,shop,1", "row 2: before: it must be later than from, 2026-03-01"),
        ("2026-03-01,,office,1", "row 2: kind: 'office' is not one of shop, flat"),
        ("2026-03-01,,shop,0.12345", "row 2: price: 0.12345 has more than 4 decimals"),
        ("2026-03-01,,shop,11", "row 2: price: 11 is not between 0 and 10 yuan/kWh"),
    ],
)
def test_an_own_row_at_fault_is_named_by_file_and_row(bill, lay, tmp_path, row, said):
    prices = lay("p.csv", ["from,before,kind,price", "2026-01-01,,flat,1", row])
    with pytest.raises(BadOwnRow) as refused:
        bill(more={"prices": prices})
    assert f"p.csv, {said}" in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_own_rows_need_the_tables_columns(bill, lay):
    with pytest.raises(MissingColumn, match=r'p\.csv has no column "price"'):
        bill(more={"prices": lay("p.csv", ["from,kind", "2026-01-01,shop"])})


def test_own_rows_from_a_workbook_and_from_parquet(bill, lay, tmp_path):
    workbook = lay(
        "p.xlsx",
        [["from", "kind", "price"], [dt.datetime(2026, 1, 1), "shop", 0.25], ["2026-01-01", "flat", "1"]],
    )
    parquet = lay(
        "p.parquet",
        "SELECT TIMESTAMP '2026-01-01' AS \"from\", k AS kind, p::DECIMAL(9,2) AS price FROM (VALUES ('shop', 0.25), ('flat', 1)) t(k, p)",
    )
    for prices in (workbook, parquet):
        bill(segments=SEGMENTS, more={"prices": prices})
        assert totals(tmp_path / "out") == {"A": "5.00", "B": "10.00"}  # 20 × 0.25; 10 × 1


def test_own_rows_may_be_headed_by_title_and_carry_remarks(bill, lay, tmp_path):
    prices = lay("p.csv", ["自,止于（不含）,kind,price,※why", "2026-01-01,,shop,1,x", "2026-01-01,,flat,2,"])
    bill(segments=SEGMENTS, more={"prices": prices})
    assert totals(tmp_path / "out") == {"A": "20.00", "B": "20.00"}  # (10 + 10) × 1; 10 × 2


def test_an_own_column_that_nobody_knows_is_refused_with_the_nearest(bill, lay, tmp_path):
    """`befor` unread would let a price that ended go on for ever."""
    prices = lay("p.csv", ["from,befor,kind,price", "2026-01-01,2026-02-01,shop,1", "2026-01-01,,flat,1"])
    with pytest.raises(UnknownColumns, match=r'"befor" \(did you mean before\?\)'):
        bill(segments=SEGMENTS, more={"prices": prices})
    assert not (tmp_path / "out").exists()
