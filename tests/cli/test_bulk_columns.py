"""Columns mapped once and given again; refused rows named by every layer of their keys."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

ON = ("--on", "2026-06-30")
METERED = {
    "pack.yaml": """pack: hourly
title: {zh: 分时, en: Hourly}
number: 时〔2026〕1号
issuer: {zh: 镇政府, en: The town}
in_force: {from: 2020-01-01}
languages: [zh, en]
calendar: CN
scope: {zh: 全部, en: everything}
""",
    "clauses.yaml": """chapters:
- {id: "1", title: {zh: 第一章, en: Chapter 1}}
clauses:
- id: "1"
  in: "1"
  title: {zh: 电价, en: Prices}
  says: {zh: 按量收费。, en: Charged by usage.}
  kind: rule
  by: [usage]
""",
    "rules.yaml": """rules:
- rule: usage
  kind: sheet
  title: {zh: 用量, en: Usage}
  versions:
  - {in_force: {from: 2020-01-01}, cite: "1", sheet: usage}
  tests:
  - on: 2026-01-01
    given: {name: x, day: [{on_day: 2026-01-01, hour: [{at_hour: 3, used: 2}]}]}
    expect: 2
""",
    "sheets/usage.sheet": """sheet usage -> bill.total
each bill
  in name : id
each day in bill by on_day
  in on_day : date
each hour in day by at_hour
  in at_hour : int 0..23
  in used : kWh(2) 0..9999
each day
  a_day = sum(used)
each bill
  total = sum(a_day)
""",
}


@pytest.fixture
def hourly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack of three layers on the user's own shelf."""
    for name, text in METERED.items():
        file = tmp_path / "packs/hourly" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("TONGDIAN_POLICIES", str(tmp_path / "packs"))
    return tmp_path


def lay(folder: Path, **files: str) -> list[Path]:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return [folder / f"{name}.csv" for name in files]


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_refused_row_of_the_third_layer_is_named_by_all_its_keys(run: Any, hourly: Path) -> None:
    """packs.md F6: both days have an hour 3; the second one is at fault, in line 4 of its file."""
    files = lay(
        hourly,
        bill="bill,name\nB1,x\n",
        day="bill,on_day\nB1,2026-01-01\nB1,2026-01-02\n",
        hour='bill,on_day,at_hour,used\nB1,2026-01-01,3,1.00\nB1,2026-01-01,4,1.00\nB1,2026-01-02,3,"1,234"\n',
    )
    said = run("rate", "hourly", "usage", *files, "--out", hourly / "out", *ON)
    assert said.status == 3
    assert "2026-01-02 / 3" in said.out
    [row] = rows(hourly / "out/refused.csv")
    assert [row[name] for name in ("file", "line", "grain", "bill", "on_day", "at_hour", "column")] == [
        "hour.csv",
        "4",
        "hour",
        "B1",
        "2026-01-02",
        "3",
        "used",
    ]


def test_columns_are_written_down_once_and_given_again(run: Any, town: Path, tmp_path: Path) -> None:
    """A heading that nobody knows is refused, mapped in a small file, and known from then on."""
    bill, segment = lay(
        tmp_path,
        bill="bill,kind\nA,shop\n",
        segment="bill,start,usd,paid_on,remark\nA,2026-01-05,10.00,2026-01-09,x\n",
    )
    words = ("rate", "town", "bill", bill, segment, "--out", tmp_path / "out", "--format", "csv", *ON)
    refusal = run(*words).refusal
    assert '"usd" (did you mean used?)' in refusal or "usd" in refusal
    mapped = tmp_path / "mapped.yaml"
    mapped.write_text("segment:\n  usd: used\n  remark:\n", encoding="utf-8")
    kept = tmp_path / "kept.yaml"
    assert run(*words, "--columns", mapped, "--keep-columns", kept).status == 0
    assert [row["total"] for row in rows(tmp_path / "out/bill.csv")] == ["8.00"]  # 10 × 0.80
    assert run(*words, "--columns", kept).status == 0
    mapped.write_text("segment:\n  usd: no-such\n", encoding="utf-8")
    assert "no-such" in run(*words, "--columns", mapped).refusal


def test_where_nothing_can_be_written_nothing_is_calculated(run: Any, town: Path, tmp_path: Path) -> None:
    bill, segment = lay(
        tmp_path,
        bill="bill,kind\nA,shop\n",
        segment="bill,start,used,paid_on\nA,2026-01-05,10.00,2026-01-09\n",
    )
    words = ("rate", "town", "bill", bill, segment, *ON)
    there = Path(str(bill).partition("=")[2] or str(bill))
    out = tmp_path / "out"
    assert "it is a folder, not a file" in run(*words, "--out", out, "--keep-columns", tmp_path).refusal
    lost = tmp_path / "no" / "kept.yaml"
    assert "there is no such file or folder" in run(*words, "--out", out, "--keep-columns", lost).refusal
    assert not out.exists()
    assert "a file, not a folder" in run(*words, "--out", there / "out").refusal


def test_what_headings_mean_is_never_written_over_what_is_read(run: Any, town: Path, tmp_path: Path) -> None:
    bill, segment = lay(
        tmp_path,
        bill="bill,kind\nA,shop\n",
        segment="bill,start,used,paid_on\nA,2026-01-05,10.00,2026-01-09\n",
    )
    words = ("rate", "town", "bill", bill, segment, "--out", tmp_path / "out", *ON)
    there = Path(str(segment).partition("=")[2] or str(segment))
    before = there.read_bytes()
    (tmp_path / "by-another-name").symlink_to(there)
    mapped = tmp_path / "mapped.yaml"
    mapped.write_text("segment:\n  remark:\n", encoding="utf-8")
    for kept in (there, tmp_path / "by-another-name", mapped):
        refusal = run(*words, "--columns", mapped, "--keep-columns", kept).refusal
        assert "this run reads it; choose another --keep-columns" in refusal
    assert there.read_bytes() == before
    assert not (tmp_path / "out").exists()


def test_a_replay_and_a_template_look_where_they_write_before_they_read(
    run: Any, town: Path, tmp_path: Path
) -> None:
    """Nothing is read first: neither the pack nor the log is there."""
    taken = tmp_path / "taken"
    taken.write_text("x", encoding="utf-8")
    for out in (taken, taken / "below"):
        assert "a file, not a folder" in run("template", "no-pack", "bill", "--to", out).refusal
        assert "a file, not a folder" in run("replay", "no-pack", "p", tmp_path / "log", "--out", out).refusal


def test_no_terminal_obeys_what_stands_in_a_file(run: Any, town: Path, tmp_path: Path) -> None:
    """A key that paints the terminal red, and one that turns the writing: refused, and shown as such."""
    red, turned = "\x1b[31mA", "B\u202e1"
    bill, segment = lay(
        tmp_path,
        bill=f"bill,kind\n{red},shop\n{turned},shop\nC,shop\n",
        segment="bill,start,used,paid_on\nC,2026-01-05,10.00,2026-01-09\n",
    )
    said = run("rate", "town", "bill", bill, segment, "--out", tmp_path / "out", *ON)
    assert said.status == 3
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert "U+001B" in said.out
    assert "U+202E" in said.out
    refused = run("answer", "town", red, *ON)
    assert "\x1b" not in refused.err


def test_a_refusal_of_a_strange_file_stays_one_line_of_bounded_length(
    run: Any, town: Path, tmp_path: Path
) -> None:
    long = "y" * 3_000
    bill, segment = lay(tmp_path, bill=f"bill,kind,{long}\nA,shop,1\n", segment="bill,start,used,paid_on\n")
    refusal = run("rate", "town", "bill", bill, segment, "--out", tmp_path / "out", *ON).refusal
    assert len(refusal) < 500
    bill, segment = lay(tmp_path, bill=f"bill,kind,{long * 50}\nA,shop,1\n")[0], segment
    assert (
        "a cell has more than 131,072 characters"
        in run("rate", "town", "bill", bill, segment, "--out", tmp_path / "out", *ON).refusal
    )
