"""Acts of many subjects in bulk come to what the ladder answers for each subject alone."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from random import Random

import pytest

from tongdian.bulk.ladders import NotALadder, climb_acts
from tongdian.cli.main import main
from tongdian.policy import load_pack
from tongdian.policy.ladders import SubjectAct

TAKINGS = [
    ("wasteful-use", {}),
    ("wasteful-use", {"violation-count-unit": "unit_any_kind", "violation-window": "academic_year"}),
    ("wasteful-use", {"third-time": "as_article_62", "violation-window": "no_limit"}),
    ("unauthorised-use", {}),
    ("public-criticism", {}),
]


@pytest.fixture(scope="module")
def pack():
    return load_pack(Path(__file__).resolve().parents[2] / "policies" / "gxnu-2016-4", run_tests=False)


def written(file: Path, rows) -> Path:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def rows_of(out: Path):
    """The rows of a result: a file, or a folder of parts as Spark writes it."""
    for part in [out] if out.is_file() else sorted(out.glob("part-*")):
        yield from csv.DictReader(part.read_text(encoding="utf-8").splitlines())


def drawn(pack, rule, random, count=400):
    version = rule.version_on(dt.date(2026, 1, 1), rule.taken(pack, {}))
    acts = list(rule.acts(pack, version))
    for _ in range(count):
        number = random.randrange(25)
        facts = {"subject_kind": ("unit", "other")[number % 2]} if rule.input else {}
        marks = {mark: str(random.random() < 0.3).lower() for mark in rule.marks}
        day = dt.date(2026, 1, 1) + dt.timedelta(days=10 * random.randrange(120))  # several acts on some days
        yield {
            "subject": f"U{number}", "act": random.choice(acts), "on": day.isoformat(), **marks,
            "withdrawn": str(random.random() < 0.1).lower(), **facts,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("rule_id", "take", "engine"),
    [*((*one, "duckdb") for one in TAKINGS), (*TAKINGS[1], "spark"), (*TAKINGS[4], "spark")],
)
def test_bulk_equals_the_single_answer(pack, tmp_path, rule_id, take, engine):
    rule = pack.rules[rule_id]
    rows = list(drawn(pack, rule, Random(61)))
    done = climb_acts(
        pack, rule_id, [written(tmp_path / "acts.csv", rows)], out=tmp_path / "out.csv", take=take,
        engine=engine,
    )  # fmt: skip
    found = sorted(tuple(one.values()) for one in rows_of(tmp_path / "out.csv"))
    alone = []
    taken = rule.taken(pack, take)
    for subject in {row["subject"] for row in rows}:
        own = [row for row in rows if row["subject"] == subject]
        acts = [
            SubjectAct(
                row["act"], dt.date.fromisoformat(row["on"]),
                frozenset(mark for mark in rule.marks if row[mark] == "true"), row["withdrawn"] == "true",
            )
            for row in own
        ]  # fmt: skip
        facts = {name: own[0][name] for name in rule.input}
        for one in rule.steps(pack, acts, facts, taken):
            said = " ".join(c.id for c in one.follows)
            alone.append((subject, one.done.act, str(one.done.on), str(one.time), said))
    assert found == sorted(alone)
    assert done.acts == len(rows)
    assert not done.refused
    assert len({time for *_, time, _ in found}) > 2


def test_what_cannot_be_read_is_named_and_the_others_are_counted(pack, tmp_path):
    rows = [
        {"subject": "U1", "act": "left-on", "on": "2026-03-02"},
        {"subject": "U2", "act": "left-off", "on": "2026-03-02"},
        {"subject": "U3", "act": "left-on", "on": "2 March"},
        {"subject": "U4", "act": "left-on", "on": "2015-12-31"},
    ]
    done = climb_acts(pack, "wasteful-use", [written(tmp_path / "acts.csv", rows)], out=tmp_path / "out.csv")
    assert done.acts == 1
    assert sorted((one.key, one.column) for one in done.refused) == [
        ("U2", "act"),
        ("U3", "on"),
        ("U4", "on"),
    ]


def test_what_is_no_ladder_is_refused(pack, tmp_path):
    with pytest.raises(NotALadder):
        climb_acts(pack, "late-fee", [tmp_path / "acts.csv"], out=tmp_path / "out.csv")


def test_one_case_on_the_command_line_a_file_in_duckdb_and_the_kernel_say_the_same(
    pack, tmp_path, capsys, monkeypatch
):
    """61: left on in March and again in May is the second time, the same three ways."""
    monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path / "nobody"))
    rows = [
        {"subject": "HUAX", "act": "left-on", "on": "2026-03-02"},
        {"subject": "HUAX", "act": "left-on", "on": "2026-05-20"},
        {"subject": "WUL", "act": "left-on", "on": "2026-05-20"},
        {"subject": "WUL", "act": "left-off", "on": "2026-05-21"},
    ]
    out = tmp_path / "out.csv"
    acts = written(tmp_path / "acts.csv", rows)
    status = main(
        ["--lang", "en", "ladder", "gxnu-2016-4", "wasteful-use", "--acts", str(acts), "--out", str(out)]
    )
    said = capsys.readouterr().out
    assert status == 3  # one act was refused, the others went on
    assert f"3 acts of 2 subjects in {out}" in said
    assert "WUL act 2026-05-21" in said
    bulk = {(row["subject"], row["on"]): (int(row["time"]), row["follows"].split()) for row in rows_of(out)}
    own = json.dumps([{"act": row["act"], "on": row["on"]} for row in rows[:2]])
    main(
        [
            "--lang",
            "en",
            "answer",
            "gxnu-2016-4",
            "wasteful-use",
            "--on",
            "2026-05-20",
            f"act={own}",
            "--json",
        ]
    )
    told = json.loads(capsys.readouterr().out)
    alone = pack.answer("wasteful-use", on=dt.date(2026, 5, 20), given={"act": json.loads(own)})
    assert bulk["HUAX", "2026-05-20"] == (2, ["publication", "waste-deduction"])
    assert bulk["HUAX", "2026-05-20"] == (alone.value.time, [one.id for one in alone.value.follows])
    assert told["value"]["time"] == 2
    assert [one["id"] for one in told["value"]["follows"]] == ["publication", "waste-deduction"]
