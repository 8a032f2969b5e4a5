"""Empty files with the pack's headings: filled in, they are read as they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.bulk.conftest import ON, table, totals
from tongdian.bulk import measure
from tongdian.bulk.refusals import TemplateThere
from tongdian.bulk.templates import write_templates
from tongdian.policy import load_pack

NEA = Path("policies/nea-2021-37")


def fill(file: Path, *rows: str) -> None:
    """Write rows below the headings and the notes, as somebody would: not ending as those do."""
    with file.open("a", encoding="utf-8", newline="") as lines:
        lines.writelines(f"{row}\n" for row in rows)


def test_a_template_that_was_filled_in_is_rated_as_it_is(pack, bill, tmp_path):
    write_templates(pack, "bill", to=tmp_path / "t", on=ON, language="zh")
    fill(tmp_path / "t/bill.csv", "A,shop,3,", "B,flat,,否")
    fill(tmp_path / "t/segment.csv", "A,2026-01-05,10.00,2026-01-09", "B,2026-01-05,7,2026-01-12")
    run = bill(tmp_path / "t/bill.csv", tmp_path / "t/segment.csv")
    assert (run.refused, [one.rows for one in run.read]) == (0, [2, 2])  # the notes are no row
    assert totals(tmp_path / "out") == {"A": "8.00", "B": "3.50"}  # 10 × 0.8; 7 × 0.5


def test_the_notes_say_what_is_required_and_what_may_stand_there(pack, tmp_path):
    write_templates(pack, "bill", to=tmp_path, on=ON, language="en")
    [notes] = table(tmp_path / "bill.csv")
    assert notes == {
        "bill": "※ required; an identifier",
        "kind": "required; shop | flat",
        "people": "may be empty; a number from 0 to 99",
        "exact": "may be empty; yes | no",
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_measure_s_template_has_its_titles_and_goes_round(language, tmp_path):
    """2 to 6 June 2022, less the rest days of the 3rd, 4th and 5th: two working days of three-zero service."""
    files = write_templates(
        load_pack(NEA), "connection-time", to=tmp_path, on=date(2022, 12, 31), language=language
    )
    assert sorted(file.name for file in files) == ["case.csv", "stay.csv", "visit.csv"]
    resident, finished, accept, connect = {
        "zh": ("居民用户", "办结", "业务受理", "施工接电"),
        "en": ("residential", "finished", "Acceptance", "Works and power"),
    }[language]
    fill(tmp_path / "case.csv", f"C-1,450302,{resident},2022-06-01,2022-06-06,{finished}")
    fill(
        tmp_path / "visit.csv",
        f"C-1,1,{accept},2022-06-01,2022-06-01",
        f"C-1,2,{connect},2022-06-01,2022-06-06",
    )
    measured = measure(
        load_pack(NEA),
        "connection-time",
        {file.stem: file for file in files},
        by=[],
        out=tmp_path / "m",
        on=date(2022, 12, 31),
    )
    assert not measured.refused
    assert (measured.whole.total, measured.whole.total_within) == (1, 1)


def test_a_template_never_replaces_a_file_and_then_writes_none(pack, tmp_path):
    (tmp_path / "segment.csv").write_text("filled in", encoding="utf-8")
    with pytest.raises(TemplateThere, match="may have been filled in"):
        write_templates(pack, "bill", to=tmp_path, on=ON, language="zh")
    assert [file.name for file in tmp_path.iterdir()] == ["segment.csv"]
    assert (tmp_path / "segment.csv").read_text(encoding="utf-8") == "filled in"
