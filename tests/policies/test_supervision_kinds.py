"""Indicators, filings and checks that are wrong in one place are refused there, with a remedy."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal

import pytest

from tests.policies.conftest import POLICIES
from tongdian.policy import PackError, load_pack
from tongdian.policy.choices import ways_of_taking

NEA = "nea-2021-37"
# what stands in supervision.yaml or pack.yaml, what is put in its place, words of the refusal
BAD = {
    "an indicator of a rule that judges no case": (
        "of: approval-time\n    where: voltage <= 1 kV", "of: approval-limit\n    where: voltage <= 1 kV", "judges cases",
    ),
    "an indicator of a line that is not there": ("where: class = low_voltage\n", "where: klass = low_voltage\n", "klass"),
    "an indicator of words that are not chosen": ("where: class = low_voltage\n", "where: class = lowvoltage\n", "lowvoltage"),
    "a condition that is no condition": ("kept: steps_kept\n", "kept: steps\n", ""),
    "a check without an example that fails": (
        "- {on: 2021-04-01, given: {office: 省能源局}, expect: fail}",
        "- {on: 2021-04-01, given: {office: 省能源局, person: 王工, due: 2021-04-01, ledger_due: 2021-12-31}, expect: pass}",
        "an example that passes and one that fails",
    ),
    "a check of a return that is not there": ("filing: annex-2, that: done_areas <=", "filing: annex-9, that: done_areas <=", 'no filing "annex-9"'),
    "a check of a column that is not there": ("that: done_areas <= due_areas", "that: done_areas <= all_areas", "all_areas"),
    "a check of a row that is not there": ('rows: ["附件1/9", "附件1/10", "附件1/34", "附件1/36"], that', 'rows: ["附件1/99"], that', 'no row "附件1/99"'),
    "a filer whom nobody knows": ("by: county-energy-department, to: prefecture", "by: village, to: prefecture", 'who "village" is'),
    "a sum that the rule does not make": ("sums: supplier_paid, per", "sums: steps, per", 'does not add up "steps"'),
    "a day that is none": ('due: "07-15"', 'due: "02-30"', ""),
    "a signal of a column that is not there": ("when: not has_file", "when: not has_files", "has_files"),
    "a signal whose condition is none": ("    when: persons = 1\n", "    when: persons\n", "no condition"),
    "a signal of a unit that does not fit": ("least_days: {is: 1, unit: day, title: {zh: 至少早", "most_days: {is: 1, unit: day, title: {zh: 至少早", "called like a column, or not used"),
    "a sentence with a figure that nobody knows": ("{in_use} 已用电", "{in_us} 已用电", "is no column, fact or limit"),
    "a fact without a title": ("  titles: {ahead: {zh: 早, en: earlier by}}\n", "", "has no title"),
    "a signal without an example that is clear": ('given: {since: 2026-03-10, file: "9f2c"}, expect: clear}', "given: {since: 2026-03-10}, expect: found}", "an example that shows it and one that does not"),
    "a signal that its example does not show": ("given: {since: 2026-03-10}, expect: found}", 'given: {since: 2026-03-10, file: "9f2c"}, expect: found}', "got clear"),
    "groups of which nothing is asked": ("    that: total > most_steps and cases >= least_cases\n", "", "has both"),
    "a usual share that is no limit": ("usual: usual_share\n    limits:\n      usual_share: {is: 0.30", "usual: usually\n    limits:\n      usual_share: {is: 0.30", 'no limit "usually"'),
    "a severity that nobody has": ("  severity: serious\n", "  severity: grave\n", ""),
    "a fact of the record that no process has": ("contractor: builder,", "contractor: builders,", 'no process has a fact "builders"'),
    "a column called as what no column counts": ("      savings: {title:", "      outside: {title:", 'no column is called "outside"'),
    "neither rows nor each": ("    each: standard\n", "", "rows"),
}  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(POLICIES / NEA, tmp_path / NEA)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused_where_it_stands(copy, name):
    before, after, words = BAD[name]
    file = copy / ("pack.yaml" if before.startswith("contractor") else "supervision.yaml")
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_pack(copy)
    assert words in refused.value.say("en")
    assert refused.value.say("zh")


def test_an_office_that_is_no_organisation_is_refused(copy):
    file = copy / "pack.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    national-regulator: {kind: regulator}\n", ""), encoding="utf-8")
    with pytest.raises(PackError, match="which organisations"):
        load_pack(copy)


OVERLAY = {
    "pack.yaml": """pack: city-2022
over: nea-2021-37
title: {zh: 某市, en: A city}
number: 示例〔2022〕8号
issuer: {zh: 某市, en: A city}
in_force: {from: 2022-01-01}
languages: [zh, en]
scope: {zh: 全市, en: the city}
""",
    "clauses.yaml": """chapters:
- {id: "1", title: {zh: 提速, en: Faster}}
clauses:
- {id: "1", in: "1", title: {zh: 十日, en: Ten days}, says: {zh: 十日。, en: Ten days.}, kind: rule, by: [ten-days]}
""",
    "overlay.yaml": """rules:
- rule: ten-days
  kind: indicator
  title: {zh: 十日, en: Ten days}
  versions:
  - {in_force: {from: 2022-01-01}, cite: "1", of: connection-burden, where: class = residential, kept: steps_kept}
  tests:
  - on: 2022-03-31
    given: {region: "450305", class: residential, kind: residential, area: urban, promised: false, capacity: 8, applied: 2022-03-01, ended: 2022-03-04, steps: 2, papers: 2, listed: 2, customer_paid: 0, supplier_paid: 600}
    expect: met
""",
}


def lay(copy, **changes):
    folder = copy.parent / "city-2022"
    folder.mkdir()
    for name, text in OVERLAY.items():
        for before, after in changes.items():
            text = text.replace(before, after)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_an_overlay_has_indicators_of_its_own_under_its_own_clauses(copy):
    pack = load_pack(lay(copy))
    (version,) = pack.rules["ten-days"].versions
    assert version.cite == ("city-2022/1",)
    assert len(list(pack.tests())) == 1
    assert "附件2-2/8(1)" not in version.cite


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("kind: indicator", "kind: limits", "of its own of kind limits"),
        ("ten-days", "indicator-8-1", "already"),
        ('cite: "1"', 'cite: "7"', 'no clause "7"'),
        ("where: class", "where: klass", "klass"),
        ("expect: met", "expect: not_met", "expected not_met, got met"),
    ],
)
def test_and_only_what_looks_at_cases(copy, before, after, words):
    with pytest.raises(PackError) as refused:
        load_pack(lay(copy, **{before: after}))
    assert words in refused.value.say("en")


def test_a_missing_cell_is_no_agreement(nea):
    on, given = dt.date(2021, 7, 10), {"residents": 120, "firms": 30, "others": 4, "savings": 6, "total": 160}
    assert nea.answer("annex-3-total", on=on, given=given).value == "pass"
    for name in given:
        less = {key: value for key, value in given.items() if key != name}
        assert nea.answer("annex-3-total", on=on, given=less).value == "unknown"


def test_no_three_zero_column_counts_who_is_outside_three_zero(nea):
    """附件3 prints 居民、160kW及以下的企业、其他 below “三零”服务效益: by no reading does another stand there."""
    rule = nea.rules["annex-3"]
    for taken in ways_of_taking(rule.versions[0]):
        asked = rule.asked(rule.versions[0].under(taken))
        for column in ("residents", "firms", "others"):
            assert "low_voltage" not in asked[f"in_{column}"], (taken, column)
        is_savings = taken["benefit-three-savings"] == "everyone_else"
        assert ("low_voltage" in asked["in_savings"]) == is_savings
        assert asked["in_outside"].startswith("not (")


def test_a_check_says_what_failed_only_where_something_did(nea):
    on, given = dt.date(2021, 7, 10), {"residents": 120, "firms": 30, "others": 4, "savings": 6}
    agrees = nea.answer("annex-3-total", on=on, given=given | {"total": 160})
    assert "不等于" not in agrees.say("zh")
    assert "不等于" in nea.answer("annex-3-total", on=on, given=given | {"total": 161}).say("zh")
    assert "不等于" not in nea.answer("annex-3-total", on=on, given=given).say("zh")


SIGNAL = """rules:
- rule: ended-when-accepted
  kind: signal
  severity: explain
  title: {zh: 受理即办结, en: Ended when it was accepted}
  says: {zh: "只隔 {lasted}", en: "{lasted} only"}
  titles: {lasted: {zh: 历时, en: it lasted}}
  versions:
  - in_force: {from: 2022-01-01}
    cite: "1"
    rows: case
    where: has_accepted and has_ended
    limits: {least_days: {is: 2, unit: day, title: {zh: 至少, en: at least}}}
    facts: {lasted: "days(accepted, ended)"}
    when: lasted < least_days
  tests:
  - {on: 2022-06-30, given: {accepted: 2022-03-01, ended: 2022-03-01}, expect: found}
  - {on: 2022-06-30, given: {accepted: 2022-03-01, ended: 2022-03-03}, expect: clear}
"""


def test_an_overlay_adds_a_signal_of_its_own_and_changes_none_of_the_ledger_s(copy, tmp_path):
    folder = lay(copy)
    (folder / "overlay.yaml").write_text(SIGNAL, encoding="utf-8")
    clauses = (folder / "clauses.yaml").read_text(encoding="utf-8")
    (folder / "clauses.yaml").write_text(clauses.replace("ten-days", "ended-when-accepted"), encoding="utf-8")
    pack = load_pack(folder)
    answer = pack.answer(
        "ended-when-accepted",
        on=dt.date(2022, 6, 30),
        given={"accepted": "2022-03-01", "ended": "2022-03-02"},
    )
    assert answer.reason("zh") == "只隔 1 日"
    (folder / "overlay.yaml").write_text(
        SIGNAL.replace("ended-when-accepted", "exempt-share"), encoding="utf-8"
    )
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    assert "already" in refused.value.say("en")


def day(written):
    return dt.date.fromisoformat(written)


def test_an_approval_that_waited_for_another_does_not_keep_indicator_12(nea):
    """并联审批、限时办结: both are within five working days of 2 March; the second was asked for after the first."""
    given = {"region": "450300", "matter": "works-approval", "voltage": Decimal("0.38"), "applied": day("2021-03-01"),
             "ended": day("2021-03-08")}  # fmt: skip

    def outcome(road_opened):
        visits = [
            ("accept", "2021-03-01", "2021-03-02"),
            ("permit", "2021-03-02", "2021-03-04"),
            ("dig", road_opened, "2021-03-08"),
        ]
        listed = [
            {"stage": stage, "opened": day(opened), "closed": day(closed)} for stage, opened, closed in visits
        ]
        return nea.answer("indicator-12-2", on=day("2021-06-01"), given={**given, "visit": listed}).value

    assert outcome("2021-03-04") == "met"  # the day on which the other was decided: it did not wait
    assert outcome("2021-03-05") == "not_met"
