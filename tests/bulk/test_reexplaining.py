"""A run is made again case by case; whatever was changed since is named."""

from __future__ import annotations

import json

import pytest

from tests.bulk.conftest import BILLS, SEGMENTS
from tests.bulk.town import TOWN, town, write_town
from tongdian.bulk.reexplaining import AnotherEncoding, reexplain_run
from tongdian.bulk.refusals import MissingColumn, UnreadableFile
from tongdian.policy import load_pack


@pytest.fixture
def again(pack):
    def make(out, **options):
        return reexplain_run(out, open_by=lambda _: pack, **options)

    return make


@pytest.mark.parametrize("form", ["parquet", "csv", "xlsx"])
def test_a_run_comes_out_the_same_in_every_format(bill, again, tmp_path, form):
    bill(form=form)
    report = again(tmp_path / "out")
    assert (report.made, report.different) == (2, [])
    assert report.say("en") == ["2 cases made again, 0 differ"]


def test_one_case_is_explained_line_by_line(bill, again, tmp_path):
    bill()
    report = again(tmp_path / "out", case="B")
    assert [(row, name, value) for _, row, name, value, _ in report.lines] == [
        ("2026-01-05", "price", "0.5000 yuan/kWh"),
        ("2026-01-05", "amount", "3.50 yuan"),
        ("2026-01-05", "waited", "5 working days"),
        ("B", "total", "3.50 yuan"),
        ("B", "each_pays", "3.50 yuan"),
    ]  # 2026-01-05 is a Monday: 6, 7, 8, 9 and 12 are the days to the 12th


def test_as_many_cases_as_asked_for_are_made_again(bill, again, tmp_path):
    bill()
    assert again(tmp_path / "out", sample=1).made == 1
    assert again(tmp_path / "out", sample=0).made == 2


def test_a_changed_result_is_named_with_both_values(bill, again, lay, tmp_path):
    bill()
    file = tmp_path / "out/bill.csv"
    file.write_text(file.read_text().replace("3.50,3.50", "3.49,3.50"))
    report = again(tmp_path / "out")
    assert [(key, how.en) for key, how in report.different] == [("B", "bill B total: was 3.49, is 3.50")]
    assert report.say("zh") == ["重做 2 件，1 件不同", "B: bill B total：原 3.49，现 3.50"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("A,2026-02-02,2.50", "A,2026-02-02,99.00", "segment 2026-02-02 amount: was 2.00, is 79.20"),
        ("A,2026-02-02,2.50", "A,2026-02-02,lots", "refused now: segment[1].used: 'lots' is not a number"),
        ("0.5000,3.50", "0.5000,text", "segment 2026-01-05 amount: was text, is 3.50"),
    ],
)
def test_a_changed_input_or_cell_is_named(bill, again, tmp_path, old, new, said):
    bill()
    file = tmp_path / "out/segment.csv"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    assert said in " ".join(how.en for _, how in again(tmp_path / "out").different)


def test_a_removed_row_is_noticed(bill, again, tmp_path):
    bill()
    file = tmp_path / "out/bill.csv"
    file.write_text(
        "\n".join(line for line in file.read_text().splitlines() if not line.startswith("B,")) + "\n"
    )
    report = again(tmp_path / "out")
    assert [(key, how.en) for key, how in report.different] == [("bill", "was 2 rows, is 1")]


def test_a_removed_column_is_refused(bill, again, tmp_path):
    bill()
    file = tmp_path / "out/bill.csv"
    file.write_text(file.read_text().replace("each_pays", "renamed"))
    with pytest.raises(MissingColumn, match="each_pays"):
        again(tmp_path / "out")


def test_a_pack_that_changed_since_is_refused(bill, tmp_path):
    bill()
    changed = TOWN["rules.yaml"].replace("price: 0.5", "price: 0.6")
    now = load_pack(write_town(tmp_path / "new", rules=changed))
    with pytest.raises(AnotherEncoding):
        reexplain_run(tmp_path / "out", open_by=lambda _: now)


def test_own_prices_are_in_the_record(bill, again, lay, tmp_path):
    bill(
        more={
            "prices": lay(
                "p.csv", ["from,before,kind,price", "2026-01-01,2026-06-01,shop,3", "2026-01-01,,flat,1"]
            )
        }
    )
    record = json.loads((tmp_path / "out/run.json").read_text())
    assert record["own_tables"]["prices"] == [
        {"from": "2026-01-01", "before": "2026-06-01", "kind": "shop", "price": "3.0000"},
        {"from": "2026-01-01", "before": None, "kind": "flat", "price": "1.0000"},
    ]
    assert again(tmp_path / "out").different == []


def test_a_flat_run_is_named_by_its_record(pack, again, lay, tmp_path):
    from tests.bulk.conftest import ON
    from tongdian.bulk import rate

    rows = lay("m.csv", ["reading,read_on,before,after", "1,2026-03-31,100,107.5"])
    rate(pack, "meter", {"reading": rows}, out=tmp_path / "used.csv", on=ON)
    assert again(tmp_path / "used.run.json").made == 1


def test_what_cannot_be_made_again_is_said(bill, again, lay, tmp_path):
    with pytest.raises(UnreadableFile, match=r"not a run.json written by"):
        again(tmp_path)
    with pytest.raises(UnreadableFile, match=r"not a run.json written by"):
        again(lay("odd/run.json", "[1]").parent)
    bill(only=["bill"])
    with pytest.raises(UnreadableFile, match="this grain was not written"):
        again(tmp_path / "out")
    bill()
    with pytest.raises(UnreadableFile, match="the results have no such case"):
        again(tmp_path / "out", case="'; DROP TABLE w_bill; --")


def test_a_key_with_quotes_is_made_again(bill, again, tmp_path):
    key = 'O\'Neill "7"'
    bill([BILLS[0], '"O\'Neill ""7""",shop,1'], [SEGMENTS[0], '"O\'Neill ""7""",2026-01-05,1,2026-01-05'])
    assert again(tmp_path / "out", case=key).different == []


def test_the_towns_pack_is_sound(tmp_path):
    assert set(town(tmp_path).rules) == {"prices", "bill", "wait", "meter"}
