"""A pack that is put on the shelf while the program runs."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tests.policies.test_later import LATER
from tests.policy.good_pack import write_pack
from tongdian.rulebook import queries

OVERLAYS = Path(__file__).parents[1] / "policies" / "overlays"

pytestmark = pytest.mark.django_db


def test_what_a_new_pack_says_of_another_is_told_without_a_restart(tmp_path, monkeypatch):
    """The later document supersedes clause 2 from 2028, by which the fee for a card is asked."""
    monkeypatch.setenv("TONGDIAN_POLICIES", str(tmp_path))
    write_pack(tmp_path)
    day = dt.date(2028, 1, 1)
    assert queries.pack("good").answer("card", on=day).warnings == ()
    write_pack(tmp_path / "beside", {"pack.yaml": LATER}).rename(tmp_path / "later")
    assert [one.zh for one in queries.pack("good").answer("card", on=day).warnings] == [
        "自 2028-01-01 起，示例〔2028〕5号 第三条 取代第二条"
    ]
    shutil.rmtree(tmp_path / "later")
    assert queries.pack("good").answer("card", on=day).warnings == ()


def test_a_new_overlay_judges_the_cases_of_its_place_without_a_restart(tmp_path, monkeypatch):
    """12 working days in the province, 20 in the nation (附件1/5)."""
    monkeypatch.setenv("TONGDIAN_POLICIES", str(tmp_path))
    case = {"region": "450100", "class": "three_zero", "applied": "2021-08-02", "visit": []}

    def limit() -> str:
        lines = (
            queries.pack("nea-2021-37").answer("connection-time", on=dt.date(2021, 8, 3), given=case).lines
        )
        return next(f"{line.value}" for line in lines if line.name == "limit")

    assert limit() == "20"
    shutil.copytree(OVERLAYS / "example-province", tmp_path / "example-province")
    assert limit() == "12"
