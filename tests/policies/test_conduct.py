"""Articles 61 to 67 of gxnu-2016-4 and those whose breach they answer: what follows, the first and the next time."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

from tests.policies.conftest import POLICIES
from tongdian.policy import load_pack
from tongdian.policy.kinds.ladder import LadderRule
from tongdian.policy.refusals import NotApplicable, PackError

ALL_OF_62 = [
    "violation-notice",
    "supply-stop",
    "publication",
    "waste-deduction",
    "loss-deduction",
    "report-to-university",
]


def follows(gxnu, rule, *acts, take=None, on="2026-12-31", **facts):
    rows = [dict(zip(("act", "on"), one, strict=True)) | more for *one, more in acts]
    answer = gxnu.answer(rule, on=dt.date.fromisoformat(on), given={"act": rows, **facts}, take=take)
    return [one.id for one in answer.value.follows], answer


def act(name, day, **marks):
    return name, day, marks


@pytest.mark.parametrize(
    ("rule", "clause", "count"),
    [
        ("wasteful-use", "61", 7), ("unauthorised-use", "62", 5), ("theft-of-supply", "63", 6),
        ("student-room-acts", "", 3),
    ],
)  # fmt: skip
def test_every_item_is_an_act_and_no_other(gxnu, rule, clause, count):
    version = gxnu.rules[rule].versions[0]
    cited = list(dict.fromkeys(one.cite[0] for one in version.acts.values()))
    assert cited == ([f"{clause}({n})" for n in range(1, count + 1)] if clause else ["40", "41", "42"])


@pytest.mark.parametrize(
    ("article", "items"),
    [
        ("30", {"61(4)"}), ("31", {"61(1)"}), ("33", {"62(1)", "63(5)"}), ("38", {"62(1)", "63(5)"}), ("43", {"63(4)"}),
        ("57", {"61(3)"}), ("6", {"62(3)", "63(1)", "65"}),
    ],
)  # fmt: skip
def test_a_ban_is_linked_to_the_items_that_punish_it(gxnu, article, items):
    found = {
        one.cite[0]
        for rule in gxnu.rules.values()
        if isinstance(rule, LadderRule)
        for version in rule.versions
        for one in version.acts.values()
        if article in one.breaks
    }
    assert found == items


def test_61_first_a_notice_then_publication_and_the_waste(gxnu):
    assert follows(gxnu, "wasteful-use", act("left-on", "2026-03-02"))[0] == ["violation-notice"]
    again, answer = follows(gxnu, "wasteful-use", act("left-on", "2026-03-02"), act("left-on", "2026-04-01"))
    assert again == ["publication", "waste-deduction"]
    assert answer.cite == ("61(1)", "61")


def test_62_all_of_it_the_first_time(gxnu):
    assert (
        follows(gxnu, "unauthorised-use", act("renovation", "2026-03-02"), subject_kind="unit")[0]
        == ALL_OF_62
    )


def test_62_1_and_63_5_are_two_regimes_of_one_act(gxnu):
    """A unit of the university falls under 62, everybody else under 63; 33 and 38 name no third."""
    letting, outsiders = (
        act("trading-or-letting", "2026-03-02"),
        act("outsiders-trading-or-letting", "2026-03-02"),
    )
    assert follows(gxnu, "unauthorised-use", letting, subject_kind="unit")[0] == ALL_OF_62
    assert follows(gxnu, "theft-of-supply", outsiders, subject_kind="other")[0] == [
        "supply-stop",
        "recovery",
        "responsibility",
    ]
    for rule, done, whose in (("unauthorised-use", letting, "other"), ("theft-of-supply", outsiders, "unit")):
        with pytest.raises(NotApplicable):
            follows(gxnu, rule, done, subject_kind=whose)
        assert follows(gxnu, rule, done, subject_kind=whose, take={"same-act-two-regimes": "both"})[0]


def test_64_2_is_62_and_63_and_not_itself(gxnu):
    rule = gxnu.rules["stop-until-paid"]
    acts = rule.acts(gxnu, rule.versions[0])
    by_reference = {key for key, one in acts.items() if "64(2)" in one.cite}
    of_62_and_63 = {
        key for name in ("unauthorised-use", "theft-of-supply") for key in gxnu.rules[name].versions[0].acts
    }
    assert by_reference == of_62_and_63
    assert acts["bypassed-meter"].cite == ("63(2)", "64(2)")


def test_65_damages_and_in_a_grave_case_the_authorities(gxnu):
    altered = follows(gxnu, "damage-to-installations", act("altered-installations", "2026-03-02"))[0]
    grave = follows(
        gxnu, "damage-to-installations", act("altered-installations", "2026-03-02", grave="true")
    )[0]
    assert altered == ["recovery", "damages"]
    assert grave == ["recovery", "damages", "authorities"]


@pytest.mark.parametrize(
    ("name", "ladder"), [("changed-use", "stop-until-paid"), ("unapproved-connection", "theft-of-supply")]
)
def test_65_is_besides_63_1_and_64_4_of_one_and_the_same_act(gxnu, name, ladder):
    """「除…追缴水电费外，还须赔偿」: one act, stopped by its own article, recovered and made good by 65."""
    facts = {"subject_kind": "other"} if ladder == "theft-of-supply" else {}
    assert "supply-stop" in follows(gxnu, ladder, act(name, "2026-03-02"), **facts)[0]
    besides, answer = follows(gxnu, "damage-to-installations", act(name, "2026-03-02"))
    assert besides == ["recovery", "damages"]
    assert "65" in answer.cite


def test_61_2_is_one_item_with_three_breaches(gxnu):
    """12–25 °C in March, below 26 °C in July: the second time of 61(2)."""
    again, answer = follows(
        gxnu, "wasteful-use", act("air-conditioning", "2026-03-02"), act("summer-set-point", "2026-07-10")
    )
    assert (answer.value.time, again) == (2, ["publication", "waste-deduction"])


@pytest.mark.parametrize("name", ["living-there", "altered-circuits", "renovation"])
def test_62_speaks_of_departments_and_their_budgets_in_every_item(gxnu, name):
    with pytest.raises(NotApplicable):
        follows(gxnu, "unauthorised-use", act(name, "2026-03-02"), subject_kind="other")
    assert follows(gxnu, "unauthorised-use", act(name, "2026-03-02"), subject_kind="unit")[0] == ALL_OF_62


def test_67_three_times_within_a_rolling_year_whatever_the_article(gxnu):
    three = [
        act("left-on", "2026-01-05"),
        act("living-there", "2026-06-01"),
        act("bypassed-meter", "2027-01-04"),
    ]
    assert follows(gxnu, "public-criticism", *three, on="2027-01-04")[0] == [
        "rectification-notice",
        "criticism",
    ]
    three[2] = act("bypassed-meter", "2027-01-05")  # the first is twelve months old
    assert follows(gxnu, "public-criticism", *three, on="2027-01-05")[0] == ["rectification-notice"]


def test_67_three_different_acts_of_one_day_are_three_and_one_found_three_times_is_one(gxnu):
    """「出现3次以上（含3次）违章行为」: 1 + 1 + 1 = 3; the same act of one day is one (acts-of-one-day)."""
    different = [act(name, "2026-03-02") for name in ("left-on", "living-there", "bypassed-meter")]
    three, answer = follows(gxnu, "public-criticism", *different)
    assert (answer.value.time, three) == (3, ["rectification-notice", "criticism"])
    same, answer = follows(gxnu, "public-criticism", *[act("left-on", "2026-03-02")] * 3)
    assert (answer.value.time, same) == (1, ["rectification-notice"])


def test_67_not_correcting_is_a_trigger_of_its_own(gxnu):
    uncorrected = act("left-on", "2026-03-02", uncorrected="true")
    assert "criticism" in follows(gxnu, "public-criticism", uncorrected)[0]


def test_40_to_42_no_penalty_is_invented_and_it_says_so(gxnu):
    nothing, answer = follows(gxnu, "student-room-acts", act("forbidden-appliance", "2026-03-02"))
    assert nothing == []
    assert "第四十条至第四十二条没有规定处罚，不另设" in answer.say("zh")


def test_62_what_was_wasted_is_deducted_with_five_per_cent_for_the_network(gxnu):
    """120 kWh × 1.05 = 126 kWh × 0.81 = 102.06; under 61, where no loss is named, 120 × (0.81 + 0.03) = 100.80."""
    given = {
        "start": "2026-03-02", "category": "revenue", "campus": "yanshan",
        "appliance": [{"device": "heaters", "power": "3", "hours": "40"}],
    }  # fmt: skip
    on = dt.date(2026, 3, 31)
    with_loss = gxnu.answer("unmetered-use", on=on, given={**given, "loss_deducted": "true"})
    assert str(with_loss.value) == "102.06"
    assert "62" in with_loss.cite
    assert "47(2)" not in with_loss.cite  # the rate is borrowed (waste-network-loss): 47(2) speaks of works
    assert str(gxnu.answer("unmetered-use", on=on, given=given).value) == "100.80"


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        (", criticism: criticise", "", '"criticism"'),  # it would follow, and no stage would be told
        ("deduct_loss, supply-stop: stop", "deduct_loss, supply-stop: halt", '"halt"'),
        ("process: violation", "process: violations", '"violations"'),
        ("ladders: [wasteful-use,", "ladders: [late-fee,", '"late-fee"'),
        ("reward: whistle-blower-reward", "reward: late-fee", '"late-fee"'),
    ],
)
def test_what_a_pack_says_of_conduct_has_to_stand_in_it(tmp_path, written, instead, says):
    folder = shutil.copytree(POLICIES / "gxnu-2016-4", tmp_path / "gxnu-2016-4")
    text = (folder / "pack.yaml").read_text(encoding="utf-8")
    assert written in text
    (folder / "pack.yaml").write_text(text.replace(written, instead), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_pack(folder, run_tests=False)
    assert says in refused.value.say("en")
