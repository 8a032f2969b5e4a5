"""`tongdian replay`: another system's log against the process that is written."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tongdian.bulk.event_logs import NoSuchStage
from tongdian.bulk.refusals import UnreadableFile
from tongdian.bulk.replaying import NotAProcess, replay_log
from tongdian.cli.main import main
from tongdian.policy.process.replaying import DeviationKind, LoggedStep, replay
from tongdian.policy.shelf import open_pack

ON = dt.date(2026, 3, 20)
HEAD = ("工单号", "环节", "完成时间", "申请时间", "报装容量")
MAP = """
columns: {case: 工单号, activity: 环节, day: 完成时间, applied: 申请时间}
facts: {capacity: 报装容量}
activities: {用户工程: works, 短信通知: ignore}
deeds: {申请人暂缓: {suspend: applicant-request}, 恢复: resume, 撤单: withdraw, 退回整改: {return: meter, to: works}}
"""
# 3; 4, 5, 6; 17, 18 March are the supplier's own six days, of six allowed
STRAIGHT = [
    ("A-1", "业务受理", "2026-03-03 10:22:00", "2026-03-02", "120"),
    ("A-1", "供电方案答复", "2026-03-06", "", ""),
    ("A-1", "用户工程", "2026-03-16", "", ""),
    ("A-1", "装表接电", "2026-03-18T08:00:00+08:00", "", ""),
]
OTHERS = [
    ("A-2", "业务受理", "2026-03-03", "2026-03-02", "120"),
    ("A-2", "装表接电", "2026-03-18", "", ""),
    ("A-3", "供电方案答复", "2026-03-03", "2026-03-02", "120"),
    ("A-3", "业务受理", "2026-03-04", "", ""),
    ("A-3", "业务受理", "2026-03-05", "", ""),
    ("A-3", "短信通知", "2026-03-05", "", ""),
    ("A-3", "喝茶", "2026-03-05", "", ""),
]


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "map.yaml"
    file.write_text(MAP, encoding="utf-8")
    return file


def as_csv(folder: Path, rows: list[tuple[str, ...]], encoding: str = "utf-8") -> Path:
    file = folder / "log.csv"
    lines = [HEAD, *rows]
    file.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding=encoding)
    return file


def run(file: Path, mapping: Path | None, out: Path):
    return replay_log(
        open_pack("nea-2021-37"), "low-voltage-connection", file, out=out, on=ON, mapping=mapping
    )


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_what_was_skipped_repeated_or_out_of_order_is_told_once(tmp_path, mapping):
    found = run(as_csv(tmp_path, [*STRAIGHT, *OTHERS]), mapping, tmp_path / "out")
    assert (len(found.cases), found.conformant) == (3, 1)
    first, *_ = table(tmp_path / "out" / "cases.csv")
    assert (first["handling_days"], first["handling_limit"], first["handling_standing"]) == (
        "6",
        "6",
        "within",
    )
    told = [(row["case"], row["kind"], row["what"]) for row in table(tmp_path / "out" / "deviations.csv")]
    assert told == [
        ("A-2", "skipped", "reply"),
        ("A-2", "skipped", "works"),
        ("A-3", "reordered", "accept"),  # done after the reply that waits for it
        ("A-3", "repeated", "accept"),
        ("A-3", "unknown", "喝茶"),
    ]
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["deviations"] == {"skipped": 1, "reordered": 1, "repeated": 1, "unknown": 1}


def test_a_case_that_did_not_go_that_way_has_no_time(tmp_path, mapping):
    """Whether it is in time nobody can say: what was skipped took no day that anybody knows."""
    run(as_csv(tmp_path, OTHERS), mapping, tmp_path / "out")
    assert {row["handling_days"] for row in table(tmp_path / "out" / "cases.csv")} == {""}


def test_stays_and_returns_and_withdrawals_are_deeds(tmp_path, mapping):
    rows = [
        *STRAIGHT[:2],
        ("A-1", "申请人暂缓", "2026-03-09", "", ""),
        ("A-1", "恢复", "2026-03-12", "", ""),
        ("A-1", "用户工程", "2026-03-16", "", ""),
        ("A-1", "退回整改", "2026-03-17", "", ""),
        ("A-1", "用户工程", "2026-03-18", "", ""),
        ("A-1", "撤单", "2026-03-19", "", ""),
    ]
    found = run(as_csv(tmp_path, rows), mapping, tmp_path / "out")
    (one,) = found.cases
    assert one.is_conformant
    assert (one.state.returned, len(one.state.suspensions), str(one.state.ending)) == (1, 1, "withdrawn")


@pytest.mark.parametrize("form", ["csv", "gb18030", "xlsx", "parquet", "xes"])
def test_every_form_of_log_says_the_same(form, tmp_path, mapping):
    rows = [*STRAIGHT, *OTHERS]
    if form in ("csv", "gb18030"):
        file = as_csv(tmp_path, rows, encoding="utf-8" if form == "csv" else form)
    elif form == "xlsx":
        file, book = tmp_path / "log.xlsx", Workbook()
        for row in [HEAD, *rows]:
            book.active.append(list(row))
        book.save(file)
    elif form == "parquet":
        file = tmp_path / "log.parquet"
        columns = {title: [row[n] for row in rows] for n, title in enumerate(HEAD)}
        parquet.write_table(pa.table(columns), file)
    else:
        file = tmp_path / "log.xes"
        file.write_text(as_xes(rows), encoding="utf-8")
        mapping.write_text(
            MAP.replace("applied: 申请时间", "applied: applied").replace("报装容量", "capacity")
        )
    found = run(file, mapping, tmp_path / "out")
    assert [(one.case, one.is_conformant) for one in found.cases] == [
        ("A-1", True),
        ("A-2", False),
        ("A-3", False),
    ]
    assert sum(len(one.deviations) for one in found.cases) == 5


def as_xes(rows: list[tuple[str, ...]]) -> str:
    traces = []
    for case in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == case]
        events = "".join(
            f'<event><string key="concept:name" value="{activity}"/>'
            f'<string key="lifecycle:transition" value="{transition}"/>'
            f'<date key="time:timestamp" value="{day}"/></event>'
            for _, activity, day, _, _ in own
            for transition in ("start", "complete")
        )
        traces.append(
            f'<trace><string key="concept:name" value="{case}"/><string key="applied" value="{own[0][3]}"/>'
            f'<string key="capacity" value="{own[0][4]}"/>{events}</trace>'
        )
    return f'<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">{"".join(traces)}</log>'


def test_an_instant_counts_on_its_legal_day(tmp_path, mapping):
    late_in_london = [*STRAIGHT[:3], ("A-1", "装表接电", "2026-03-18T16:30:00+00:00", "", "")]
    found = run(as_csv(tmp_path, late_in_london), mapping, tmp_path / "out")
    assert found.cases[0].state.ended_on == dt.date(2026, 3, 19)


def test_what_cannot_be_read_is_set_aside_with_its_line(tmp_path, mapping):
    rows = [
        *STRAIGHT,
        ("A-4", "业务受理", "2026-03-xx", "2026-03-02", "120"),
        ("", "业务受理", "2026-03-03", "", ""),
        ("A-5", "业务受理", "9999-12-31T23:59-14:00", "2026-03-02", "120"),  # no calendar has its day
        ("A-5", "业务受理", "0001-01-01T00:00+14:00", "2026-03-02", "120"),
    ]
    found = run(as_csv(tmp_path, rows), mapping, tmp_path / "out")
    assert [where for where, _ in found.refused] == [f"log.csv:{line}" for line in (6, 7, 8, 9)]
    assert found.refused[0][1].en.startswith('"完成时间": ')
    assert found.refused[0][1].zh.endswith("；请写成 2026-03-02")
    assert len(found.cases) == 1


def test_a_case_of_ignored_lines_alone_is_set_aside(tmp_path, mapping):
    """Nobody knows when it was opened: it is not counted as one that went the way written."""
    found = run(
        as_csv(tmp_path, [*STRAIGHT, ("A-9", "短信通知", "2026-03-05", "", "")]), mapping, tmp_path / "out"
    )
    assert [one.case for one in found.cases] == ["A-1"]
    assert [where for where, _ in found.refused] == ["A-9"]


def test_a_document_type_is_seen_wherever_it_stands(tmp_path, mapping):
    far = tmp_path / "far.xes"
    start = '<?xml version="1.0"?>'
    far.write_text(
        start + " " * ((1 << 20) - len(start) - 4) + "<!DOCTYPE log []><log/>"
    )  # across two chunks
    with pytest.raises(UnreadableFile, match="DOCTYPE"):
        run(far, mapping, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("cut.xes", "<log><trace></trace><trace><event>", "not valid XML"),
        ("nothing.xes", "", "not valid XML"),
        ("words.xes", "hello", "not valid XML"),
        ("empty.xes", "<log></log>", "no event"),
        ("empty.parquet", "", "not a valid Parquet file"),
        ("broken.parquet", "PAR1 and so on", "not a valid Parquet file"),
        ("empty.csv", "", "empty.csv"),
        ("headings.csv", "工单号,环节,完成时间,申请时间,报装容量\n", "headings.csv"),
    ],
)
def test_a_damaged_or_empty_log_is_no_log_without_deviations(tmp_path, mapping, name, content, why):
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=why):
        run(file, mapping, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bad_files_and_mappings_are_refused(tmp_path, mapping):
    with pytest.raises(
        UnreadableFile, match=r'log\.csv: none .* names the column "case, activity, day"; say under'
    ):
        run(as_csv(tmp_path, STRAIGHT), None, tmp_path / "out")
    bomb = tmp_path / "bomb.xes"
    bomb.write_text('<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "b">]><log>&a;</log>')
    with pytest.raises(UnreadableFile, match="DOCTYPE"):
        run(bomb, mapping, tmp_path / "out")
    mapping.write_text("activities:\n  供电方案: reply\n  喝茶: tea\n", encoding="utf-8")
    with pytest.raises(
        NoSuchStage, match=r'map\.yaml, line 3: the process has no "tea"\. To mend it: write one'
    ):
        run(as_csv(tmp_path, STRAIGHT), mapping, tmp_path / "out")
    with pytest.raises(NotAProcess):
        replay_log(open_pack("nea-2021-37"), "connection-stage-limit", bomb, out=tmp_path / "out", on=ON)
    assert not (tmp_path / "out").exists()


def test_the_command_says_how_many_and_its_status_tells(tmp_path, mapping, capsys, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path / "no-installation"))
    words = ["replay", "nea-2021-37", "low-voltage-connection"]
    more = ["--map", str(mapping), "--on", "2026-03-20"]
    good = as_csv(tmp_path, STRAIGHT)
    assert main(["--lang", "zh", *words, str(good), "--out", str(tmp_path / "good"), *more]) == 0
    both = as_csv(tmp_path, [*STRAIGHT, *OTHERS])
    assert main(["--lang", "en", *words, str(both), "--out", str(tmp_path / "both"), *more]) == 3
    said = capsys.readouterr().out
    assert "1 件，1 件与流程一致" in said
    assert "3 cases, 1 as the process is written" in said
    assert "out of order" in said
    # line 1 are the headings, 2 to 5 the first case, 6 to 12 the others: the tea is the last of them
    assert 'log.csv:12: the process has no stage "喝茶"; say under activities' in said


STAGES = ("accept", "reply", "works", "meter")


@pytest.fixture(scope="module")
def low_voltage():
    pack = open_pack("nea-2021-37")
    process = pack.rules["low-voltage-connection"]
    return process, process.version_on(ON, process.taken(pack, {}))


@settings(deadline=None)
@given(st.permutations(STAGES), st.lists(st.sampled_from(STAGES), max_size=3))
def test_only_the_written_order_conforms_and_each_stage_is_told_at_most_once_for_each_reason(
    low_voltage, order, again
):
    process, wording = low_voltage
    days = [ON + dt.timedelta(days=n) for n in range(7)]
    steps = [
        LoggedStep(day=day, deed="close", about=stage)
        for day, stage in zip(days, [*order, *again], strict=False)
    ]
    found = replay(process, wording, "C", opened_on=ON, steps=steps, facts={"capacity": "120"})
    assert found.is_conformant == (tuple(order) == STAGES and not again)
    kinds = {one.kind for one in found.deviations}
    assert DeviationKind.SKIPPED not in kinds  # nothing is missing
    out_of_order = [one.about for one in found.deviations if one.kind is DeviationKind.REORDERED]
    assert len(out_of_order) == len(set(out_of_order))
