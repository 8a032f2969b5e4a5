"""Indicators, filings and checks that are wrong in one place are refused there, with a remedy."""

from __future__ import annotations

import shutil

import pytest

from tests.policies.conftest import POLICIES
from tongdian.policy import PackError, load_pack

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
        "- {on: 2021-07-01, given: {done_areas: 13, due_areas: 12}, expect: fail}",
        "- {on: 2021-07-01, given: {done_areas: 11, due_areas: 12}, expect: pass}",
        "an example that passes and one that fails",
    ),
    "a check of a return that is not there": ("filing: annex-2, that: done_areas <=", "filing: annex-9, that: done_areas <=", 'no filing "annex-9"'),
    "a check of a column that is not there": ("that: done_areas <= due_areas", "that: done_areas <= all_areas", "all_areas"),
    "a check of a row that is not there": ('rows: ["附件1/9", "附件1/10", "附件1/34", "附件1/36"], that', 'rows: ["附件1/99"], that', 'no row "附件1/99"'),
    "a filer whom nobody knows": ("by: county-energy-department, to: prefecture", "by: village, to: prefecture", 'who "village" is'),
    "a sum that the rule does not make": ("sums: supplier_paid, per", "sums: steps, per", 'does not add up "steps"'),
    "a day that is none": ('due: "07-15"', 'due: "02-30"', ""),
    "neither rows nor each": ("    each: standard\n", "", "rows"),
}  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(POLICIES / NEA, tmp_path / NEA)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_refused_where_it_stands(copy, name):
    before, after, words = BAD[name]
    file = copy / "supervision.yaml"
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
    import datetime as dt

    on, given = dt.date(2021, 7, 10), {"residents": 120, "firms": 30, "others": 4, "savings": 6, "total": 160}
    assert nea.answer("annex-3-total", on=on, given=given).value == "pass"
    for name in given:
        less = {key: value for key, value in given.items() if key != name}
        assert nea.answer("annex-3-total", on=on, given=less).value == "unknown"
