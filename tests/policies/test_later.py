"""Documents that came after one: what is known of them is said, and changes nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.policy.good_pack import write_pack
from tongdian.policy import PackError, load_pack

SHOP = {"class": "three_zero"}
LIMIT = "connection-end-to-end-limit"


def test_until_2022_nothing_is_known_to_follow_the_ledger(ask_nea):
    assert ask_nea(LIMIT, "2022-12-31", **SHOP).warnings == ()


def test_from_2023_an_answer_says_that_a_later_opinion_exists_and_stays_the_same(ask_nea):
    answer = ask_nea(LIMIT, "2023-01-01", **SHOP)
    assert f"{answer.value}" == "15"  # after-2022: the last value goes on
    assert "现代化用电营商环境" in answer.say("zh")
    assert "its text is missing" in answer.say("en")
    assert answer.to_json()["warnings"][0]["zh"].startswith("已知有后续文件")


@pytest.mark.parametrize(
    ("day", "take", "days"),
    [
        ("2022-12-31", {"after-2022": "ended"}, "15"),  # 附件1/6: 2022年底前
        ("2023-01-01", {"after-2022": "continues"}, "15"),
        ("2023-01-01", {"after-2022": "continues", "year-end-deadline": "after_deadline"}, "15"),
    ],
)
def test_what_was_due_by_the_end_of_2022_goes_on_unless_it_is_read_as_ended(ask_nea, day, take, days):
    assert f"{ask_nea(LIMIT, day, take=take, **SHOP).value}" == days


def test_read_as_ended_only_the_goal_of_2022_ends(ask_nea):
    with pytest.raises(Exception, match="does not provide for it"):
        ask_nea(LIMIT, "2023-01-01", take={"after-2022": "ended"}, **SHOP)
    home = ask_nea(LIMIT, "2023-01-01", take={"after-2022": "ended"}, **{"class": "residential"})
    assert f"{home.value}" == "5"  # 附件1/4: 2020年底前


LATER = """pack: later
title: {zh: 新办法, en: New rules}
number: 示例〔2028〕5号
issuer: {zh: 甲方, en: Issuer}
in_force: {from: 2028-01-01}
languages: [zh, en]
calendar: CN
scope: {zh: 全部, en: everything}
supersedes: {good: {"2": "3"}}
continues: {good: {"1": ["1", "2"]}}
"""


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A pack, and one that supersedes its clause 2 and continues its clause 1 from 2028."""
    monkeypatch.setenv("TONGDIAN_POLICIES", str(tmp_path))
    later = write_pack(tmp_path / "beside", {"pack.yaml": LATER}).rename(tmp_path / "later")
    return load_pack(write_pack(tmp_path)), later


def test_an_answer_by_a_superseded_clause_says_which_one_took_its_place(two):
    pack, _ = two
    before = pack.answer("card", on=dt.date(2027, 12, 31))
    since = pack.answer("card", on=dt.date(2028, 1, 1))
    assert before.warnings == ()
    assert [one.zh for one in since.warnings] == ["自 2028-01-01 起，示例〔2028〕5号 第三条 取代第二条"]
    assert since.warnings[0].en == "from 2028-01-01 示例〔2028〕5号 Article 3 supersedes Article 2"
    assert since.value == before.value  # which document binds an office is decided where it is adopted


def test_a_relation_to_a_clause_of_its_own_that_is_not_there_is_refused(two):
    _, folder = two
    head = folder / "pack.yaml"
    head.write_text(LATER.replace('"2": "3"', '"2": "33"'), encoding="utf-8")
    with pytest.raises(PackError, match='no clause "33"') as caught:
        load_pack(folder)
    assert caught.value.line == 9
