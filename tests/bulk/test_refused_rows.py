"""A row that cannot be read or calculated is set aside with its reason; all other cases go on."""

from __future__ import annotations

import csv
import datetime as dt
import json

import pytest

from tests.bulk.conftest import BILLS, ON, SEGMENTS, reasons, table, totals
from tests.bulk.town import TOWN, write_town
from tests.policies.conftest import POLICIES
from tongdian.bulk import rate
from tongdian.bulk.refusals import MissingGrain, NotASheet, UnknownGrain
from tongdian.policy import load_pack
from tongdian.policy.refusals import NotInForce, UnknownOption, UnknownRule

RIGHT = {"A": "10.00", "B": "3.50"}
WEEK = "2026-01-05,10,2026-01-09"


def not_a_number(text):
    return f"'{text}' is not a number; write it like 1234.56, without unit or commas"


@pytest.mark.parametrize(
    ("segment", "row", "column", "value", "reason"),
    [
        (
            "2026-01-05,,2026-01-09",
            "2026-01-05",
            "used",
            "",
            "missing (expected a number from -9,999 to 9,999 kWh, 2 decimals at most)",
        ),
        ("2026-01-05,12O.5,2026-01-09", "2026-01-05", "used", "12O.5", not_a_number("12O.5")),
        ('2026-01-05,"1,200",2026-01-09', "2026-01-05", "used", "1,200", not_a_number("1,200")),
        ("2026-01-05,1e3,2026-01-09", "2026-01-05", "used", "1e3", not_a_number("1e3")),
        ("2026-01-05,NaN,2026-01-09", "2026-01-05", "used", "NaN", not_a_number("NaN")),
        ("2026-01-05,5.,2026-01-09", "2026-01-05", "used", "5.", not_a_number("5.")),
        ("2026-01-05,12.345,2026-01-09", "2026-01-05", "used", "12.345", "12.345 has more than 2 decimals"),
        (
            "2026-01-05,9999.01,2026-01-09",
            "2026-01-05",
            "used",
            "9999.01",
            "9999.01 is not between -9999 and 9999 kWh",
        ),
        (
            "2026-02-30,10,2026-01-09",
            "2026-02-30",
            "start",
            "2026-02-30",
            "'2026-02-30' is not a date like 2022-01-31",
        ),
        ("2026-01-05,-1,2026-01-09", "2026-01-05", "", "used >= 0", "usage is negative"),
        (
            "2019-12-31,10,2019-12-31",
            "2019-12-31",
            "price",
            "prices.price on start",
            '"Prices" has no row for these keys on this day',
        ),
        (
            "2026-01-05,10,2099-01-01",
            "2026-01-05",
            "waited",
            "workdays(start, paid_on)",
            "a date lies outside the published calendar of working days",
        ),
    ],
)
def test_a_segment_at_fault_is_named_and_its_bill_set_aside(
    bill, tmp_path, segment, row, column, value, reason
):
    run = bill([*BILLS, "C,shop,1"], [*SEGMENTS, f"C,{segment}"])
    assert reasons(run) == [("C", row, column, value, reason)]
    assert totals(tmp_path / "out") == RIGHT
    assert {r["bill"] for r in table(tmp_path / "out/segment.csv")} == {"A", "B"}


@pytest.mark.parametrize(
    ("line", "row", "column", "value", "reason"),
    [
        ("C,office,1", "C", "kind", "office", "'office' is not one of shop, flat"),
        ("C,shop,0", "C", "each_pays", "ratio(total, people, 2, half_up)", "the divisor is zero"),
        ("C,shop,1.5", "C", "people", "1.5", "1.5 has more than 0 decimals"),
        ("C,,1", "C", "kind", "", "missing (expected one of shop, flat)"),
    ],
)
def test_a_bill_at_fault_is_named(bill, tmp_path, line, row, column, value, reason):
    run = bill([*BILLS, line], [*SEGMENTS, f"C,{WEEK}"])
    assert reasons(run) == [("C", row, column, value, reason)]
    assert totals(tmp_path / "out") == RIGHT


def test_a_segment_without_a_bill_is_an_orphan(bill, tmp_path):
    run = bill(segments=[*SEGMENTS, f"Z,{WEEK}"])
    assert reasons(run) == [
        ("Z", "2026-01-05", "start", "2026-01-05", "no row of the upper grain owns this row")
    ]
    assert totals(tmp_path / "out") == RIGHT


def test_a_segment_whose_bill_is_unreadable_is_no_orphan(bill):
    run = bill([*BILLS, "C,office,1"], [*SEGMENTS, f"C,{WEEK}"])
    assert [r.grain for r in run.refusals] == ["bill"]


def test_a_row_written_twice_is_refused_and_not_counted_twice(bill, tmp_path):
    run = bill([*BILLS, "B,flat,2"], [*SEGMENTS, SEGMENTS[1]])
    assert reasons(run) == [
        ("A", "2026-01-05", "start", "2026-01-05", "this row is written twice"),
        ("B", "B", "bill", "B", "this row is written twice"),
    ]
    assert totals(tmp_path / "out") == {}


def test_a_row_without_a_key_is_told_too(bill, tmp_path):
    run = bill([*BILLS, ",shop,1"])
    assert reasons(run) == [("", "", "bill", "", "missing (expected an identifier)")]
    assert totals(tmp_path / "out") == RIGHT


def test_spaces_around_a_key_or_value_do_not_matter(bill, tmp_path):
    run = bill(["bill,kind,people", " A , shop , 3 ", "B,flat,"])
    assert (run.refused, totals(tmp_path / "out")) == (0, RIGHT)


def test_a_bad_value_under_a_key_with_spaces_still_shows(bill):
    run = bill([*BILLS, " C ,office,1"], [*SEGMENTS, f"C,{WEEK}"])
    assert reasons(run) == [("C", "C", "kind", "office", "'office' is not one of shop, flat")]


def test_a_default_stands_in_for_an_empty_cell_and_a_missing_column(bill, tmp_path):
    bill(["bill,kind", "A,shop", "B,flat"])  # neither people (1) nor exact (true)
    rows = table(tmp_path / "out/bill.csv")
    assert [(r["people"], r["exact"], r["each_pays"]) for r in rows] == [
        ("1", "true", "10.00"),
        ("1", "true", "3.50"),
    ]


def test_true_and_false_are_words_or_truths(bill, tmp_path):
    run = bill(["bill,kind,exact", "A,shop,false", "B,flat,maybe"])
    assert [r["exact"] for r in table(tmp_path / "out/bill.csv")] == ["false"]
    assert reasons(run) == [("B", "B", "exact", "maybe", "'maybe' is not true or false")]


def test_refused_csv_opens_in_excel_in_both_languages_by_case(bill, tmp_path):
    run = bill([*BILLS, "D,office,1", "C,shop,x"], [*SEGMENTS])
    raw = (tmp_path / "out/refused.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert rows == [
        ["file", "line", "grain", "bill", "start", "column", "value", "reason_zh", "reason_en"],
        [
            "bill.csv",
            "5",
            "bill",
            "C",
            "",
            "people",
            "x",
            "“x”不是数；请写成 1234.56，不带单位和千分位",
            not_a_number("x"),
        ],
        [
            "bill.csv",
            "4",
            "bill",
            "D",
            "",
            "kind",
            "office",
            "“office”不是以下之一：shop、flat",
            "'office' is not one of shop, flat",
        ],
    ]
    assert run.refused == 2


def test_a_refused_formula_is_no_formula_in_a_spreadsheet(bill, tmp_path):
    bill([*BILLS, '=1+1,"=HYPERLINK(""http://x"")",1', "-5,@x,1"])
    rows = table(tmp_path / "out/refused.csv")
    assert [(r["bill"], r["value"]) for r in rows] == [("-5", "'@x"), ("'=1+1", '\'=HYPERLINK("http://x")')]


def test_nothing_refused_is_an_empty_list_and_nothing_sound_an_empty_result(bill, tmp_path):
    assert bill().refused == 0
    assert table(tmp_path / "out/refused.csv") == []
    run = bill(["bill,kind", "A,x", "B,y"])
    assert run.counts == {"bill": 0, "segment": 0}
    assert (tmp_path / "out/bill.csv").read_text().startswith("bill,kind,people")


def test_an_empty_file_with_a_header_is_no_case(bill, tmp_path):
    assert bill(BILLS[:1], SEGMENTS[:1]).counts == {"bill": 0, "segment": 0}


def test_a_bill_without_segments_owes_nothing(bill, tmp_path):
    bill([*BILLS, "C,shop,1"])
    assert totals(tmp_path / "out") == RIGHT | {"C": "0.00"}


def test_sound_cases_are_what_one_case_answers_line_by_line(bill, pack, tmp_path):
    bill([*BILLS, "C,shop,0", "D,flat,7"], [*SEGMENTS, f"D,{WEEK}"])
    for row in table(tmp_path / "out/bill.csv"):
        mine = [s for s in table(tmp_path / "out/segment.csv") if s["bill"] == row["bill"]]
        answer = pack.answer(
            "bill",
            on=ON,
            given={k: row[k] for k in ("kind", "people", "exact")}
            | {"segment": [{k: s[k] for k in ("start", "used", "paid_on")} for s in mine]},
        )
        for line in answer.lines:
            stood = row if line.grain == "bill" else next(s for s in mine if s["start"] == line.row)
            assert stood[line.name] == f"{line.value}"


# --- refused before any row is read ---------------------------------------------------------------


def test_what_does_not_fit_the_sheet_is_refused_before_reading(bill, pack, lay, tmp_path):
    file = lay("x.csv", BILLS)
    for given, refusal, said in [
        ({"bill": file}, MissingGrain, 'no file is given for "segment"'),
        (
            {"bill": file, "segment": file, "steps": file},
            UnknownGrain,
            'the sheet has no "steps"; it has bill, segment, prices',
        ),
    ]:
        with pytest.raises(refusal, match=said):
            rate(pack, "bill", given, out=tmp_path / "out", on=ON)
    with pytest.raises(UnknownGrain, match='has no "step"'):
        bill(only=["step"])
    with pytest.raises(NotASheet):
        rate(pack, "prices", {"a": file}, out=tmp_path / "out", on=ON)
    with pytest.raises(UnknownRule, match="did you mean bill"):
        rate(pack, "bil", {"a": file}, out=tmp_path / "out", on=ON)
    with pytest.raises(NotInForce):
        bill(on=ON.replace(year=2019))
    with pytest.raises(UnknownOption):
        bill(take={"loss": "inside"})
    assert not (tmp_path / "out").exists()


def test_one_flat_file_needs_no_name(pack, lay, tmp_path):
    file = lay("三月.csv", ["reading,read_on,before,after", "1,2026-03-31,100,107.5"])
    run = rate(pack, "meter", {"三月": file}, out=tmp_path / "used.csv", on=ON)
    assert table(tmp_path / "used.csv") == [
        {"reading": "1", "read_on": "2026-03-31", "before": "100.00", "after": "107.50", "used": "7.50"}
    ]
    record = json.loads((tmp_path / "used.run.json").read_text())
    assert record["files"] == {"reading": "used.csv", "refused": "used.refused.csv"}
    assert run.counts == {"reading": 1}


THREE_LAYERS = """sheet meter -> site.used
each site
  in size : int 0..9
each meter in site by number
  in factor : int 1..9
each reading in meter by turn
  in read : kWh(2) 0..999
  require read <= 500 : high
each meter
  metered = sum(read)
each site
  used = sum(metered)
"""


def test_a_refused_row_of_three_layers_is_told_by_all_its_keys(lay, tmp_path):
    """Reading 1 stands under each meter of the site: only with the meter's number is it one row."""
    rules = TOWN["rules.yaml"].replace(
        "given: {read_on: 2026-01-01, before: 1, after: 3}, expect: 2",
        "given: {size: 1, meter: [{number: 1, factor: 1, reading: [{turn: 1, read: 2}]}]}, expect: 2",
    )
    worded = "title: {zh: 抄表, en: Meter}\n  reasons: {high: {zh: 过高, en: too high}}"
    rules = rules.replace("title: {zh: 抄表, en: Meter}", worded)
    pack = load_pack(write_town(tmp_path / "three", rules=rules, meter=THREE_LAYERS))
    files = {
        "site": lay("site.csv", ["site,size", "S,1", "T,1", "U,1"]),
        "meter": lay("meter.csv", ["site,number,factor", "S,1,1", "S,2,1", "T,1,1", "U,1,1"]),
        "reading": lay(
            "reading.csv", ["site,number,turn,read", "S,1,1,5", "S,2,1,5O", "T,1,1,501", "U,1,1,3"]
        ),
    }
    run = rate(pack, "meter", files, out=tmp_path / "out", on=ON, form="csv")
    told = [
        (row["line"], row["grain"], row["site"], row["number"], row["turn"], row["reason_en"])
        for row in table(tmp_path / "out/refused.csv")
    ]
    assert sorted(told) == [
        ("3", "reading", "S", "2", "1", not_a_number("5O")),  # cannot be read
        ("4", "reading", "T", "1", "1", "too high"),  # the sheet refuses
    ]
    assert run.refused == 2
    assert [(row["site"], row["used"]) for row in table(tmp_path / "out/site.csv")] == [("U", "3.00")]


def test_full_width_digits_are_told_what_they_would_be(bill):
    """No figure is taken in silence: the reason says how the cell would be read."""
    found = bill(["bill,kind,people", "A,shop,１２", "B,ｆlat,"])
    assert [(key, said.rpartition(";")[2]) for key, *_, said in reasons(found)] == [
        ("A", " write it in half-width characters: 12"),
        ("B", " write it in half-width characters: flat"),
    ]


def test_47_3_only_what_a_case_lacks_is_told_of_it(tmp_path):
    """20,000 yuan are of the first band, whose rate nobody has confirmed; the other rates are in force."""
    (tmp_path / "work.csv").write_text(
        "work,settled_on,metered,total_cost\nA1,2026-03-02,false,50000\nA2,2026-03-02,false,20000\n"
    )
    (tmp_path / "reading.csv").write_text("work,meter,charge\n")
    run = rate(
        load_pack(POLICIES / "gxnu-2016-4"),
        "small-works",
        {name: tmp_path / f"{name}.csv" for name in ("work", "reading")},
        out=tmp_path / "out",
        on=dt.date(2026, 3, 2),
        form="csv",
    )
    (refused,) = run.refusals
    assert "small-works-rate" in refused.reason.en
    assert "in force" not in refused.reason.en
    (row,) = table(tmp_path / "out/refused.csv")
    assert (row["column"], row["value"]) == ("rate", "")  # no cell of a file, and no line of the sheet
