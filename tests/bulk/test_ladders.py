"""Acts of many subjects in bulk come to what the ladder answers for each subject alone."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from random import Random

import pytest

from tongdian.bulk.ladders import NotALadder, climb_acts
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


def drawn(pack, rule, random, count=400):
    version = rule.version_on(dt.date(2026, 1, 1), rule.taken(pack, {}))
    acts = list(rule.acts(pack, version))
    for _ in range(count):
        number = random.randrange(25)
        facts = {"subject_kind": ("unit", "other")[number % 2]} if rule.input else {}
        marks = {mark: str(random.random() < 0.3).lower() for mark in rule.marks}
        day = dt.date(2026, 1, 1) + dt.timedelta(days=random.randrange(1200))
        yield {
            "subject": f"U{number}", "act": random.choice(acts), "on": day.isoformat(), **marks,
            "withdrawn": str(random.random() < 0.1).lower(), **facts,
        }  # fmt: skip


@pytest.mark.parametrize(("rule_id", "take"), TAKINGS)
def test_bulk_equals_the_single_answer(pack, tmp_path, rule_id, take):
    rule = pack.rules[rule_id]
    rows = list(drawn(pack, rule, Random(61)))
    done = climb_acts(
        pack, rule_id, [written(tmp_path / "acts.csv", rows)], out=tmp_path / "out.csv", take=take
    )
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        found = sorted(tuple(one.values()) for one in csv.DictReader(file))
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
