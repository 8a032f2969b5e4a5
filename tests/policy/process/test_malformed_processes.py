"""A process that cannot run is refused at load, at its line, with what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tongdian.policy import load_pack
from tongdian.policy.refusals import PackError

NEA = Path(__file__).parents[3] / "policies" / "nea-2021-37"

ANCESTORS = "does not come before it. To mend it: choose from: accept, reply, works"

# what is written wrong, how, on which line (by a text that stands there), what the refusal says
MALFORMED = [
    ("role: government", "role: king", "permit:", 'no role "king". To mend it: choose from: supp'),
    ("[accept]", "[acept]", "reply:", 'no stage "acept". To mend it: choose from: accept'),
    ("[accept]", "[meter]", "reply:", '"meter", which is written below it'),
    ("[accept]", "[meter]", "reply:", 'To mend it: move "meter" above it, or remove it'),
    ("[accept]", "[reply]", "reply:", "may wait for itself"),
    ("[inspect, permit]", "[permit, permit]", "meter:", '"permit" is written twice'),
    ("back: [works]", "back: [permit]", "inspect:", ANCESTORS),
    ("back: [works]", "back: [inspect]", "inspect:", ANCESTORS),
    ("capacity > 100", "capcity > 100", "inspect:", "capacity"),
    ("capacity > 100", "capacity > maybe", "inspect:", "maybe"),
    ("capacity > 100", "capacity + 100", "inspect:", "a condition belongs here"),
    ("capacity > 100", "capacity > 1000", "inspect:", '"inspect" can never be reached'),
    ("papers: papers", "papers: reply-limit", "accept:", 'no checklist "reply-limit"'),
    ("limit: reply-limit", "limit: replay-limit", "reply:", 'there is no rule "replay-limit"'),
    ("limit: reply-limit", "limit: price", "reply:", "its unit must be workday or day"),
    ("limit: reply-limit", "limit: reply-limit, working_days: 3", "reply:", "one of working_days"),
    ("calendar_days: 10", "calendar_days: 0", "permit:", "greater than or equal to 1"),
    ("calendar_days: 10", "calendar_days: ten", "permit:", "a whole number is written like 5"),
    ("calendar_days: 10", "days: 10", "permit:", 'unknown key "days"'),
    ("effect: energise, planned", "planned", "meter:", "write the effect too"),
    ("planned: metering", "planned: magic", "meter:", 'there is no area "magic"'),
    ("of: sum", "of: mean", "{zh: 合计", "choose one of 'sum' or 'span'"),
    ("[works, permit]", "[works, premit]", "outside:", 'no stage "premit"'),
    ("stages: [works, permit]", "stages: [works], owner: customer", "outside:", "not both"),
    ("handling:", "accept:", "{zh: 合计", 'the clock and a stage are both called "accept"'),
    ('  cite: "1"', '  cite: "7"', "cite:", 'there is no clause "7"'),
    ("role: customer,", 'role: customer, cite: "7",', "works:", "as clauses.yaml numbers it"),
    ("checked: {title", "checked: {titel", "checked:", 'did you mean "title"?'),
    ("en: to be inspected}, type: bool", "en: told}, type: instant", "checked:", "its clocks count days"),
    ("majeure: exempt", "majeure: forgive", "total:", "choose one of 'counts', 'subtract'"),
    ("before: 2023-01-01", "before: 2022-01-01", "from: 2023", "gap or overlap"),
    ("close: accept}", "close: accept, withdraw: true}", "events:", "one of close, back, susp"),
    ("{open: [reply]", "{open: [works]", "- on: 2021", "open: [works] ≠ [reply]"),
    ("-03-05}", "-03-06}", "- on: 2021", "due.reply: 2021-03-06 ≠ 2021-03-05"),
    ("close: accept}]", "close: meter}]", "- on: 2021", "stage-not-open"),
    ("capacity: 80,", "capacity: 8000,", "- on: 2021", "8000 is not between 0 and 1000"),
]


@pytest.mark.parametrize(("old", "new", "line", "said"), MALFORMED)
def test_a_malformed_process_is_refused_at_its_line(load_small, old, new, line, said):
    with pytest.raises(PackError) as refused:
        load_small({old: new})
    written = Path(refused.value.file).read_text().splitlines()
    assert refused.value.file.endswith("connection.yaml")
    assert line in written[refused.value.line - 1], str(refused.value)
    assert said in str(refused.value)
    assert refused.value.say("zh") != refused.value.say("en")


def test_a_way_that_ends_nowhere_is_refused_with_the_facts_that_lead_there(load_small):
    with pytest.raises(PackError) as refused:
        load_small({"role: supplier, working_days: 2, after: [inspect, permit]": LAST_ONLY_ABOVE})
    assert "none of the last stages (meter) is needed" in str(refused.value)
    assert "capacity=" in str(refused.value)
    assert "let the last stage stand without when" in str(refused.value)


LAST_ONLY_ABOVE = "role: supplier, when: capacity > 500, working_days: 2, after: [inspect, permit]"


def test_conditions_that_combine_in_too_many_ways_are_refused(load_small):
    facts = "\n".join(f"    f{n}: {{type: bool}}" for n in range(13))
    needed = " and ".join(f"f{n}" for n in range(13))
    with pytest.raises(PackError, match="too many ways"):
        load_small(
            {
                "  suspensions:": f"{facts}\n  suspensions:",
                "when: checked and capacity > 100": f"when: {needed}",
            }
        )


def test_a_process_may_have_forty_stages_and_no_more(load_small):
    more = "\n".join(f"    s{n}: {{title: 办, role: supplier, after: [meter]}}" for n in range(35))
    with pytest.raises(PackError, match="1 to 40 stages"):
        load_small({"  clocks:": f"{more}\n  clocks:"})


def test_a_check_that_asks_in_another_unit_than_the_fact_has_says_how_they_convert(tmp_path):
    """The class of a connection is by kW and the application states kVA: without `converts` 180 kVA would
    be judged as 180 kW."""
    home = tmp_path / "nea-2021-37"
    shutil.copytree(NEA, home)
    file = home / "processes" / "high-voltage-single-connection.yaml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(one for one in lines if "converts:" not in one), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_pack(home, run_tests=False)
    assert refused.value.file.endswith("high-voltage-single-connection.yaml")
    assert '"capacity" is in kVA, and "' in str(refused.value)
    assert "asks kW" in str(refused.value)
    assert "write converts: and say how many one of it is" in str(refused.value)
