"""A pack read by need is the pack read whole, and one answer reads little of it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.policy.good_pack import write_pack
from tongdian.policy import PackError, load_pack, reading
from tongdian.policy.by_need import pack_by_need
from tongdian.policy.loading import run_pack_tests
from tongdian.policy.pack_files import content_hash
from tongdian.policy.packs import Pack
from tongdian.policy.process.rule import Process
from tongdian.policy.shelf import open_pack

POLICIES = Path(__file__).parents[2] / "policies"
ON = dt.date(2026, 6, 30)


def by_need(folder: Path) -> Pack:
    found = pack_by_need(folder, content_hash=content_hash(folder))
    assert found is not None
    return found


def marking(folder: Path) -> Callable[[str], Path]:
    return lambda digest: folder / "checked" / digest


@pytest.mark.parametrize("name", ["gxnu-2016-4", "nea-2021-37"])
def test_it_is_the_same_pack(name: str) -> None:
    whole, needed = load_pack(POLICIES / name, run_tests=False), by_need(POLICIES / name)
    for part in ("chapters", "clauses", "interpretations", "sheets", "areas"):
        assert dict(getattr(needed, part)) == dict(getattr(whole, part)), part
        assert list(getattr(needed, part)) == list(getattr(whole, part)), part
    assert {key: (node.file, node.line()) for key, node in needed.sources.items()} == {
        key: (node.file, node.line()) for key, node in whole.sources.items()
    }
    written = {key: rule.model_dump() for key, rule in whole.rules.items()}
    assert {key: rule.model_dump() for key, rule in needed.rules.items()} == written
    assert list(needed.rules) == list(whole.rules)
    for key, rule in whole.rules.items():  # and what it learned from its pack
        assert needed.rules[key].describe() == rule.describe()
        if isinstance(rule, Process):
            assert needed.rules[key]._chosen == rule._chosen
    assert needed.head == whole.head
    assert needed.content_hash == whole.content_hash


@pytest.mark.parametrize("name", ["gxnu-2016-4", "nea-2021-37"])
def test_its_own_tests_hold_on_it(name: str) -> None:
    assert run_pack_tests(by_need(POLICIES / name)) > 100


def test_each_rule_answers_although_no_other_was_asked_before() -> None:
    folder = POLICIES / "gxnu-2016-4"
    whole = load_pack(folder, run_tests=False)
    for rule in whole.rules.values():
        needed = by_need(folder)
        for test in rule.tests:
            assert needed.rules[rule.rule].run_test(needed, test) is None


def test_one_answer_reads_the_files_of_its_rule_and_of_what_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(file: Path, text: str) -> None:
        read.append(file.name)

    monkeypatch.setattr(reading, "_refuse_depth", noted)  # every file passes it once
    pack = by_need(POLICIES / "gxnu-2016-4")
    days = {"faulted_on": "2026-03-02", "two_years_on": "2026-09-01"}
    pack.answer("meter-replacement-payer", on=ON, given={"user": "staff", "cause": "natural_damage", **days})
    # pack.yaml also of the packs beside it, which may say that they come after this one
    assert sorted(set(read) - {"pack.yaml"}) == ["interpretations.yaml", "metering.yaml"]


def test_an_id_written_in_an_unusual_way_is_found(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    rules = (folder / "rules.yaml").read_text()
    assert "- rule: card\n  kind: value\n" in rules
    odd = '- ? "rule"\n  : "card"\n  kind: value\n'
    (folder / "rules.yaml").write_text(rules.replace("- rule: card\n  kind: value\n", odd))
    load_pack(folder)
    assert by_need(folder).answer("card", on=ON).value == 20
    assert "cards" not in by_need(folder).rules


def test_only_content_that_passed_is_read_by_need(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "packs")
    (folder / "rules.yaml").write_text(
        (folder / "rules.yaml").read_text().replace("expect: 20", "expect: 21")
    )
    for _ in range(2):  # what was refused leaves no mark
        with pytest.raises(PackError):
            open_pack(str(folder), checked=marking(tmp_path), by_need=True)


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    folder = write_pack(tmp_path / "packs")
    for _ in range(2):
        known = open_pack(str(folder), checked=marking(tmp_path), by_need=True)
        assert known.answer("card", on=ON).value == 20
    text = (folder / "rules.yaml").read_text()
    (folder / "rules.yaml").write_text(
        text.replace("value: 20}", "value: 30}").replace("expect: 20}", "expect: 30}")
    )
    assert open_pack(str(folder), checked=marking(tmp_path), by_need=True).answer("card", on=ON).value == 30


def test_an_overlay_is_laid_over_the_whole_of_its_parent(tmp_path: Path) -> None:
    shutil.copytree(POLICIES / "nea-2021-37", tmp_path / "nea-2021-37")
    over = tmp_path / "over"
    over.mkdir()
    (over / "pack.yaml").write_text(
        (tmp_path / "nea-2021-37" / "pack.yaml")
        .read_text()
        .replace("pack: nea-2021-37", "pack: over\nover: nea-2021-37")
    )
    # whatever else it lacks, it is not read by need
    assert pack_by_need(over, content_hash="") is None
