"""The processes of the two regulations: all of them there, cited, drawn, and quick to run."""

from __future__ import annotations

import time
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from tongdian.calendar import official_calendar
from tongdian.policy.loading import load_pack
from tongdian.policy.packs import Pack
from tongdian.policy.process import Clocks, Process, close_stage, draw, limits_of, next_actions, open_case
from tongdian.policy.process import apply as apply_event

POLICIES = Path(__file__).parents[3] / "policies"
NEA = [
    "residential-connection",
    "low-voltage-three-zero-connection",
    "low-voltage-connection",
    "high-voltage-single-connection",
    "high-voltage-dual-connection",
    "works-approval",
    "temporary-supply",
    "electronic-contract",
]
GXNU = [
    "construction-application",
    "shop-application",
    "staff-resident-application",
    "other-application",
    "move-out",
    "change-flat",
    "rename",
    "leave-school",
    "stop-supply",
    "temporary-stop",
    "meter-relocation",
    "change-of-use",
    "resident-expansion",
    "commercial-expansion",
    "unplanned-use",
    "temporary-use-application",
    "settlement-certificate",
    "drawing-review",
    "equipment-purchase",
]
EACH = [("nea-2021-37", each) for each in NEA] + [("gxnu-2016-4", each) for each in GXNU]


@cache
def pack_of(name: str) -> Pack:
    return load_pack(POLICIES / name)


def process_of(pack: str, name: str) -> Process:
    found = pack_of(pack).rules[name]
    assert isinstance(found, Process)
    return found


@pytest.mark.parametrize(("pack", "name"), EACH)
def test_every_process_of_the_regulations_is_cited_stage_by_stage_and_told_as_stories(pack, name):
    process = process_of(pack, name)
    assert len(process.tests) >= 1
    for wording in process.versions:
        for key, stage in wording.stages.items():
            assert stage.cite, key
            assert stage.title.zh != stage.title.en, key


@pytest.mark.parametrize(("pack", "name"), EACH)
def test_every_process_is_drawn_in_both_languages_and_directions(pack, name):
    process = process_of(pack, name)
    wording = process.versions[-1]
    for language in ("zh", "en"):
        for direction in ("across", "down"):
            drawn = draw(wording, title=process.title, language=language, direction=direction, name=name)
            assert all(stage.title.say(language)[:4] in drawn for stage in wording.stages.values())


@pytest.mark.parametrize(
    ("name", "summed", "stages"),
    [
        ("low-voltage-connection", 6, [1, 3, 2]),
        ("high-voltage-single-connection", 22, [1, 10, 3, 2, 3, 3]),
        ("high-voltage-dual-connection", 32, [1, 20, 3, 2, 3, 3]),
    ],
)
def test_the_stage_limits_add_up_to_the_summed_limit(name, summed, stages):
    # 附件2-2/3–5: 1+3+2, 1+10+3+2+3+3, 1+20+3+2+3+3
    process, on = process_of("nea-2021-37", name), date(2021, 3, 1)
    wording = process.versions[-1]
    limits = process.limits(pack_of("nea-2021-37"), wording, on=on, facts={})
    own = [key for key in wording.stages if wording.owner_of(key) == "supplier"]
    assert [limits[key].days for key in own] == stages
    assert limits["handling"].days == summed == sum(stages)


@pytest.mark.parametrize(
    ("name", "steps"),
    [("residential-connection", 2), ("low-voltage-three-zero-connection", 2), ("low-voltage-connection", 3)],
)
def test_the_supplier_has_no_more_steps_than_the_document_allows(name, steps):
    # 附件1/7: two, two, three; 附件1/25: none may be added
    wording = process_of("nea-2021-37", name).versions[-1]
    assert sum(wording.owner_of(key) == "supplier" for key in wording.stages) == steps


def test_what_an_applicant_is_told_names_stages_roles_and_limits():
    answer = pack_of("nea-2021-37").answer(
        "low-voltage-connection", on=date(2021, 3, 1), given={"capacity": "100"}
    )
    said = answer.say("zh")
    assert "业务受理（供电企业，1 个工作日） → 供电方案答复（供电企业，3 个工作日）" in said
    assert "客户受电工程（用户） → 装表接电（供电企业，2 个工作日）；合计办理时间 6 个工作日" in said


def test_a_step_takes_a_fraction_of_a_millisecond():
    process = process_of("nea-2021-37", "high-voltage-dual-connection")
    version = process.versions[-1].key
    calendar, limit_of = official_calendar(), limits_of(pack_of("nea-2021-37"))
    on, steps = date(2021, 3, 1), 0
    began = time.perf_counter()
    for _ in range(20):
        event = open_case(process, version=version, on=on, by="x", facts={"capacity": "100"})
        state = apply_event(process, None, event)
        while state.ending is None:
            wording = process.at(state.version)
            action = next_actions(process, state)[0]
            for event in close_stage(
                process,
                state,
                stage=action.about,
                role=wording.stages[action.about].role,
                on=on,
                by="x",
                seen=state.seq,
                facts=wording.products(action.about, state.facts),
                evidence=("photo",),
            ):
                state = apply_event(process, state, event)
            Clocks(wording, state, calendar=calendar, as_of=on, limit_of=limit_of).dues()
            steps += 1
    # measured at 0.03–0.1 ms a step; ten times that would be another algorithm
    assert (time.perf_counter() - began) / steps < 0.001
