"""Which ways cases went: what is skipped, repeated or out of order is counted by place; what a stage may send back is
no fault; what the record does not tell is not judged; a case says the same alone and among a million."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policies.conftest import POLICIES
from tongdian.bulk.conformance import ConformanceTally, conformance_of
from tongdian.bulk.periods import Span
from tongdian.bulk.refusals import MissingGrain
from tongdian.bulk.replaying import NotAProcess
from tongdian.cli.main import main
from tongdian.policy import load_pack
from tongdian.policy.process.paths import PathStep, deviations_of, judge_path, say_path, stage_titles
from tongdian.policy.process.replaying import Conformity, DeviationKind, LoggedStep, replay

ON = dt.date(2026, 6, 30)
APPLIED = dt.date(2026, 3, 2)
LOW, HIGH, LEASE = "low-voltage-connection", "high-voltage-single-connection", "temporary-supply"
CASE_HEAD = ["case", "region", "supplier", "process", "applied", "ended", "ending"]
EVENT_HEAD = ["case", "seq", "deed", "stage", "to", "on"]
FACT_HEAD = ["case", "fact_no", "known", "before", "name", "value"]


@cache
def in_force() -> Any:
    return load_pack(POLICIES / "nea-2021-37")


@pytest.fixture(scope="module")
def nea():
    return in_force()


@pytest.fixture
def laid(nea, tmp_path):
    """What conformance says of rows laid down as files."""

    def look(
        cases: list[Any], events: list[Any], facts: list[Any] = (), *, on: dt.date = ON, **more: Any
    ) -> Any:
        return conformance_of(nea, files_of(tmp_path, cases, events, facts), on=on, **more)

    return look


def files_of(folder: Any, cases: Any, events: Any, facts: Any = ()) -> dict[str, Any]:
    files = {}
    for name, head, rows in (
        ("case", CASE_HEAD, cases), ("event", EVENT_HEAD, events), ("fact", FACT_HEAD, facts),
    ):  # fmt: skip
        if rows or name == "event":
            files[name] = [folder / f"{name}.csv"]
            with files[name][0].open("w", encoding="utf-8", newline="") as opened:
                csv.writer(opened).writerows([head, *rows])
    return files


def case(number, process=LOW, ending="finished", region="450305", supplier="GD", ended="2026-03-20"):
    return [number, region, supplier, process, APPLIED, ended if ending != "open" else "", ending]


def events(number, *steps, day="2026-03-03"):
    """Steps of a case: `accept`, `review>design` is sent back, `(` and `)` are the ends of a stay."""
    rows = []
    for seq, step in enumerate(steps, 1):
        stage, _, to = step.partition(">")
        deed = {"(": "suspend", ")": "resume"}.get(step, "return" if to else "close")
        rows.append([number, seq, deed, stage if deed in ("close", "return") else "", to, day])
    return rows


STRAIGHT = ("accept", "reply", "works", "meter")


def deviations(found):
    return {path.cases: {(str(kind), about) for kind, about in path.path.deviations} for path in found.paths}


# ------------------------------------------------------------- what is a fault
@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        (STRAIGHT, set()),
        (("accept", "meter"), {("skipped", "reply"), ("skipped", "works")}),
        (("accept", "reply", "works"), {("skipped", "meter")}),  # it is said to be done
        (("reply", "accept", "works", "meter"), {("reordered", "accept")}),
        (("accept", "reply", "meter", "works"), {("reordered", "works")}),  # the last came before: told once
        (("accept", "reply", "reply", "works", "meter"), {("repeated", "reply")}),
        ((*STRAIGHT, "meter"), {("repeated", "meter")}),
        (("accept", "(", ")", "reply", "works", "meter"), set()),
        (("accept", "(", "reply", ")", "works", "meter"), {("does_not_fit", "reply"), ("does_not_fit", "resume")}),
        (("accept", "tea", "reply", "works", "meter"), {("unknown", "tea")}),
    ],
)  # fmt: skip
def test_what_is_skipped_repeated_or_out_of_order_is_said_of_each_case(laid, steps, wrong):
    assert deviations(laid([case("A-1")], events("A-1", *steps))) == {("A-1",): wrong}


def test_a_case_that_is_under_way_has_skipped_nothing_yet(laid):
    found = laid([case("A-1", ending="open")], events("A-1", "accept", "reply"))
    assert deviations(found) == {("A-1",): set()}
    assert found.whole.share == 1


def test_what_a_stage_sends_back_is_done_again_without_fault_where_the_process_has_it(laid):
    before = ("accept", "reply", "design")
    allowed = events("A-1", *before, "review>design", "design", "review")
    elsewhere = events(
        "A-2", *before, "review>reply", "reply", "design", "review"
    )  # review sends back to design only
    unsaid = events("A-3", *before, "design", "review")
    cases = [case(name, HIGH, "open") for name in ("A-1", "A-2", "A-3")]
    found = laid(cases, [*allowed, *elsewhere, *unsaid])
    assert deviations(found) == {
        ("A-1",): set(),
        ("A-2",): {("does_not_fit", "review"), ("repeated", "reply"), ("repeated", "design")},
        ("A-3",): {("repeated", "design")},
    }
    assert found.returns == 2


def test_who_withdraws_has_skipped_nothing_and_steps_after_that_are_too_late(laid):
    found = laid(
        [case("A-1", ending="withdrawn"), case("A-2", ending="withdrawn")],
        [*events("A-1", "accept"), *events("A-2", *STRAIGHT)],
    )
    assert deviations(found)[("A-1",)] == set()
    assert deviations(found)[("A-2",)] == {("after_end", "withdraw")}


# ------------------------------------------------------------- what is not told
LEASED = ("accept", "plan", "choose", "lease", "install", "power", "settle", "remove")


def stages_of_lease(nea):
    wording = nea.rules[LEASE].versions[0]
    return [key for key, stage in wording.stages.items() if key != "works"]


def test_without_the_fact_that_decides_the_way_a_case_is_not_judged(laid, nea):
    steps = events("A-1", *stages_of_lease(nea))
    alone = laid([case("A-1", LEASE)], steps)
    assert (alone.whole.unjudged, alone.whole.deviant, alone.whole.share) == (1, 0, None)
    told = laid([case("A-1", LEASE)], steps, [["A-1", 1, "2026-03-03", 3, "equipment", "rented"]])
    assert (told.whole.conformant, told.whole.unjudged) == (1, 0)
    other = laid([case("A-1", LEASE)], steps, [["A-1", 1, "2026-03-03", 3, "equipment", "own"]])
    assert deviations(other)[("A-1",)] == {
        ("unneeded", "lease"), ("unneeded", "install"), ("skipped", "works"),
    }  # fmt: skip
    nonsense = laid([case("A-1", LEASE)], steps, [["A-1", 1, "2026-03-03", 3, "equipment", "stolen"]])
    assert nonsense.whole.unjudged == 1


def test_a_case_of_no_process_of_the_pack_is_not_judged_and_one_may_be_said_for_all(laid):
    rows = [case("A-1", process=""), case("A-2", process="tea"), case("A-3")]
    steps = [row for name in ("A-1", "A-2", "A-3") for row in events(name, *STRAIGHT)]
    found = laid(rows, steps)
    assert (found.whole.cases, found.whole.conformant, found.whole.unjudged) == (3, 1, 2)
    assert laid(rows, steps, process=LOW).whole.unjudged == 1


def test_one_applied_for_before_the_process_was_in_force_is_not_judged(laid, nea):
    start = nea.rules[LOW].versions[0].in_force.start
    early = ["A-1", "450305", "GD", LOW, start - dt.timedelta(days=1), "", "open"]
    assert laid([early], events("A-1", "accept")).whole.unjudged == 1


def test_as_of_a_day_nothing_later_has_happened(laid):
    rows, steps = [case("A-1")], events("A-1", "accept") + events("A-1", "", "meter", day="2026-03-20")[1:]
    assert deviations(laid(rows, steps))[("A-1",)] == {("skipped", "reply"), ("skipped", "works")}
    assert deviations(laid(rows, steps, on=dt.date(2026, 3, 19)))[("A-1",)] == set()


def test_of_a_span_are_the_cases_that_ran_in_it(laid):
    rows = [case("A-1", ended="2026-03-20"), case("A-2", ending="open")]
    found = laid(rows, [], span=Span(dt.date(2026, 4, 1), dt.date(2026, 6, 30)))
    assert [path.cases for path in found.paths] == [("A-2",)]


def test_steps_go_by_their_days_and_those_of_one_day_by_their_numbers(laid):
    rows = [["A-1", 1, "close", "reply", "", "2026-03-05"], ["A-1", 9, "close", "accept", "", "2026-03-04"]]
    assert deviations(laid([case("A-1", ending="open")], rows))[("A-1",)] == set()


# ------------------------------------------------------------- by place
def test_counties_add_up_and_a_share_is_of_those_that_were_judged(laid):
    rows = [case("A-1"), case("A-2"), case("A-3", region="450311"), case("A-4", process="tea", supplier="")]
    steps = events("A-1", *STRAIGHT) + events("A-2", "accept", "meter") + events("A-3", *STRAIGHT)
    found = laid(rows, steps)
    by_county = found.by(lambda group: group[0])
    # of three in 450305 one could not be judged: 1 of 2
    assert {name: (one.cases, one.share) for name, one in by_county.items()} == {
        "450305": (3, Decimal("0.5")), "450311": (1, Decimal(1)),
    }  # fmt: skip
    assert found.whole.share == Decimal("0.6667")
    assert found.whole.stages[LOW, DeviationKind.SKIPPED, "reply"] == 1
    only = found.only(lambda group: group[0] == "450311")
    assert (only.whole.cases, only.paths[0].cases) == (1, ("A-3",))


def test_the_commonest_path_comes_first_and_says_how_it_went(laid, nea):
    rows = [case("A-1"), case("A-2"), case("A-3")]
    steps = (
        events("A-1", *STRAIGHT)
        + events("A-2", "reply", "accept", "works", "meter")
        + events("A-3", *STRAIGHT)
    )
    first, second = laid(rows, steps).paths
    assert (first.total, first.cases, first.path.conformity) == (2, ("A-1", "A-3"), Conformity.CONFORMANT)
    assert say_path(second.path, stage_titles(nea.rules[LOW])).zh == (
        "供电方案答复 → 业务受理（次序颠倒） → 客户受电工程 → 装表接电 → 办结"
    )


def test_a_case_under_way_is_drawn_only_where_it_is_not_as_written(laid):
    rows = [case("A-1"), case("A-2", ending="open"), case("A-3", ending="open")]
    steps = events("A-1", *STRAIGHT) + events("A-2", "accept") + events("A-3", "reply")
    found = laid(rows, steps)
    assert {one.cases for one in found.drawn} == {("A-1",), ("A-3",)}
    assert found.whole.cases == 3


def test_files_without_cases_and_rules_that_are_no_process_are_refused(nea, tmp_path):
    files = files_of(tmp_path, [case("A-1")], events("A-1", "accept"))
    with pytest.raises(MissingGrain):
        conformance_of(nea, {"event": files["event"]}, on=ON)
    with pytest.raises(NotAProcess):
        conformance_of(nea, files, on=ON, process="connection-stage-limit")


# ------------------------------------------------------------- one definition
STAGES = {
    LOW: ("accept", "reply", "works", "meter"),
    HIGH: ("accept", "reply", "design", "review", "conceal", "midway", "finish", "final", "meter"),
    LEASE: ("accept", "plan", "choose", "lease", "install", "works"),
}


@st.composite
def ways(draw: Any) -> tuple[str, str, list[tuple[Any, ...]]]:
    """A process, how the case ends, and its steps with the days after the application on which they were taken:
    mostly the way that is written, with something left out, done twice, sent back, stopped or strange."""
    process = draw(st.sampled_from(list(STAGES)))
    stages = STAGES[process]
    closing = st.sampled_from(stages).map(lambda one: ("close", one, ""))
    strange = st.one_of(
        closing,
        st.tuples(st.just("return"), st.sampled_from(stages), st.sampled_from(stages)),
        st.sampled_from([("suspend", "", ""), ("resume", "", ""), ("close", "tea", "")]),
        st.sampled_from(["own", "rented", "stolen"]).map(lambda one: ("fact", "equipment", one)),
    )
    steps = [("close", one, "") for one in stages if draw(st.integers(0, 9))]
    for one in draw(st.lists(strange, max_size=5)):
        steps.insert(draw(st.integers(0, len(steps))), one)
    days = sorted(draw(st.lists(st.integers(0, 60), min_size=len(steps), max_size=len(steps))))
    ending = draw(st.sampled_from(["open", "finished", "withdrawn"]))
    return process, ending, list(zip(days, steps, strict=True))


def alone(nea: Any, process: str, ending: str, steps: list[Any]) -> Any:
    """One case replayed by itself, on its own days."""
    rule = nea.rules[process]
    facts: dict[str, Any] = {}
    logged = []
    for after, (deed, about, to) in steps:
        day = APPLIED + dt.timedelta(days=after)
        if deed == "fact":
            logged.append(LoggedStep(day=day, deed="fact", about=about, said=to))
        else:
            logged.append(LoggedStep(day=day, deed=deed, about=about, to=to))
    last = APPLIED + dt.timedelta(days=99)
    if ending != "open":
        logged.append(LoggedStep(day=last, deed="finish" if ending == "finished" else "withdraw"))
    return replay(
        rule, rule.version_on(APPLIED, rule.taken(nea, {})), "X", opened_on=APPLIED, steps=logged, facts=facts
    )


@settings(max_examples=300, deadline=None)
@given(way=ways())
def test_a_path_says_what_the_case_says_on_its_own_days(way):
    nea = in_force()  # no fixture: of what fails Hypothesis would print a whole pack
    process, ending, steps = way
    rule = nea.rules[process]
    path = [PathStep(*step) for _, step in steps]
    judged = judge_path(rule, rule.version_on(APPLIED, rule.taken(nea, {})), path, ending)
    whole = alone(nea, process, ending, steps)
    assert (judged.deviations, judged.conformity) == (deviations_of(whole), whole.conformity)
    # every step that was taken is drawn, and nothing else but what was skipped
    taken = Counter(step[1] for _, step in steps if step[0] in ("close", "return"))
    drawn = Counter(one.stage for one in judged.steps if one.mark != DeviationKind.SKIPPED)
    assert drawn == taken


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(several=st.lists(st.tuples(ways(), st.sampled_from(["450305", "450311"]), st.sampled_from(["GD", ""])),
                        min_size=1, max_size=30))  # fmt: skip
def test_many_cases_in_sql_are_what_each_is_alone_cell_by_cell(tmp_path, several):
    nea = in_force()
    rows, steps, facts = [], [], []
    wanted: dict[tuple[str, str], ConformanceTally] = {}
    for number, ((process, ending, taken), region, supplier) in enumerate(several):
        name = f"A-{number}"
        rows.append(case(name, process, ending, region, supplier, ended="2026-06-25"))
        for seq, (after, (deed, about, to)) in enumerate(taken, 2):
            day = APPLIED + dt.timedelta(days=after)
            if deed == "fact":
                facts.append([name, seq, day, seq, about, to])
            else:
                steps.append([name, seq, deed, about, to, day])
        one = alone(nea, process, ending, taken)
        tally = wanted.setdefault((region, supplier), ConformanceTally())
        match one.conformity:
            case Conformity.CONFORMANT:
                tally.conformant += 1
            case Conformity.DEVIANT:
                tally.deviant += 1
            case Conformity.UNJUDGED:
                tally.unjudged += 1
        for kind in {kind for kind, _ in deviations_of(one)}:
            tally.kinds[kind] += 1
        told_apart = {"skipped", "repeated", "reordered", "fact_missing"}
        tally.other += any(str(kind) not in told_apart for kind, _ in deviations_of(one))
        for kind, about in deviations_of(one):
            tally.stages[process, kind, about] += 1
    found = conformance_of(nea, files_of(tmp_path, rows, steps, facts), on=ON)
    assert not found.refused
    groups = {group: ConformanceTally() for group in wanted}
    for path in found.paths:
        for group, cases in path.counts.items():
            groups[group].add(path.path, cases)
    assert groups == wanted


# ------------------------------------------------------------- the command
def test_the_command_prints_counties_and_paths_and_writes_tables(tmp_path, capsys, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TONGDIAN_HOME", str(tmp_path / "no-installation"))
    files = files_of(
        tmp_path,
        [case("A-1"), case("A-2", region="450311", supplier="=GE")],
        events("A-1", *STRAIGHT) + events("A-2", "accept", "meter"),
    )
    words = ["conformance", str(POLICIES / "nea-2021-37"), "--cases", str(files["case"][0]),
             "--events", str(files["event"][0]), "--on", "2026-06-30"]  # fmt: skip
    assert main(["--lang", "zh", *words, "--by", "county", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "业务受理 → 供电方案答复（跳过） → 客户受电工程（跳过） → 装表接电 → 办结" in said
    assert "记录中没有退回" in said
    places = (tmp_path / "out" / "places.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:6] for line in places[1:]] == [
        ["450305", "1", "1", "0", "0", "1.0000"], ["450311", "1", "0", "1", "0", "0.0000"],
    ]  # fmt: skip
    assert main(["--lang", "en", *words, "--by", "supplier", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["places"]["=GE"]["skipped"] == 1
    assert data["paths"][1]["deviations"] == [
        {"kind": "skipped", "what": "reply"}, {"kind": "skipped", "what": "works"},
    ]  # fmt: skip
    # a row that cannot be read is named, and the status says so
    files["event"][0].write_text("case,seq,deed,stage,on\nA-1,1,drunk,accept,2026-03-03\n", encoding="utf-8")
    assert main(["--lang", "en", *words]) == 3
    assert "deed" in capsys.readouterr().out
