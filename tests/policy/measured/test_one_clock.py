"""One clock: the desk and the measure reckon a case from one definition, so they never differ.

Cases are driven at random to their last days and a day beside them, with returns, stays, parallel
stages, New Years and local rest days, and looked at on a day on which some are open. The desk's days,
limit, exemption and outcome are then those of the written sheet, under every way of taking the
interpretations, for one case in exact arithmetic and for all of them at once in DuckDB and on Spark.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policies.conftest import POLICIES
from tests.policy.few_rows import spark_for_few_rows
from tests.policy.measured.driven import Driven, driven
from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.rating import prepare
from tongdian.calendar import Override, official_calendar
from tongdian.policy import load_pack
from tongdian.policy.kinds.measure import MeasureRule
from tongdian.policy.measured.judged import JudgedVersion
from tongdian.policy.packs import Pack
from tongdian.policy.process import Clocks, close_stage, fold, limits_of, open_case, return_stage
from tongdian.policy.process.readings import Standing
from tongdian.policy.process.rule import Process
from tongdian.policy.sheet_sql import Script
from tongdian.policy.words import Words

AS_OF = dt.date(2026, 6, 30)
LOCAL = ("2020-03-26", "2021-04-14", "2021-04-15", "2022-04-04", "2024-04-11", "2024-04-12", "2025-03-31")
REGIONS = ("450300", "450311", "110100", "310000")  # Guilin and a district of it rest on 三月三
FACTS = {"capacity": "10"}
Said = tuple[int, int, bool, str]


@lru_cache(maxsize=1)
def nea() -> Pack:
    """The national pack, in a country in which Guangxi rests on days of its own and works on one."""
    pack = load_pack(POLICIES / "nea-2021-37", run_tests=False)
    days = [(dt.date.fromisoformat(day), False) for day in LOCAL] + [(dt.date(2022, 5, 21), True)]
    name = Words("三月三", "Sanyuesan")
    overrides = [Override(on=d, is_working=w, name=name, source="test", region="450000") for d, w in days]
    return pack.chosen(published=official_calendar().with_overrides(overrides))


def rule_of(pack: Pack) -> MeasureRule:
    rule = pack.rules["connection-time"]
    assert isinstance(rule, MeasureRule)
    return rule


def forms(pack: Pack, take: Mapping[str, str]) -> list[JudgedVersion]:
    rule = rule_of(pack)
    taken = rule.taken(pack, take)
    return rule.forms(pack, rule.version_on(AS_OF, taken), taken)


def every_way(pack: Pack) -> list[dict[str, str]]:
    needed = rule_of(pack).needed(pack)
    options = [list(pack.interpretations[key].options) for key in needed]
    ways = [dict(zip(needed, chosen, strict=True)) for chosen in itertools.product(*options)]
    # the desk tells an applicant a last day, so it cannot wait for the day of completion
    return [way for way in ways if way["case-crossing-year"] == "application_date"]


def single_changes(pack: Pack) -> list[dict[str, str]]:
    chosen = rule_of(pack).taken(pack, {})
    return [
        {key: option}
        for key, taken in chosen.items()
        for option in pack.interpretations[key].options
        if option != taken and key != "case-crossing-year"
    ]


def taken_on(rnd: random.Random, take: Mapping[str, str], *, as_of: dt.date = AS_OF) -> Driven:
    pack = nea()
    form = rnd.choice(forms(pack, take))
    return driven(pack, form, rnd, facts=FACTS, as_of=as_of, region=rnd.choice(REGIONS), take=take)


def said_by_desk(case: Driven, take: Mapping[str, str]) -> Said:
    pack = nea()
    rule = rule_of(pack)
    version = rule.version_on(AS_OF, rule.taken(pack, take))
    return case.verdict(stages_judged=version.stages != "none")


def said_by_sheet(case: Driven, take: Mapping[str, str], *, as_of: dt.date = AS_OF) -> Said:
    answer = nea().answer("connection-time", on=as_of, given=case.rows(), take=dict(take))
    lines = {line.name: line.value for line in answer.lines if line.grain == "case"}
    return int(lines["days"]), int(lines["limit"]), bool(lines["exempt"]), str(lines["outcome"])  # type: ignore[arg-type]


# --- one case ---
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.sampled_from(["as chosen", "any way"]))
def test_one_case_is_the_same_at_the_desk_and_in_the_measure(rnd: random.Random, way: str) -> None:
    take = {} if way == "as chosen" else rnd.choice(every_way(nea()))
    case = taken_on(rnd, take)
    assert said_by_sheet(case, take) == said_by_desk(case, take)


@pytest.mark.parametrize("seed", range(8))
def test_a_thousand_cases_under_every_way_of_taking_the_interpretations(seed: int) -> None:
    rnd, met = random.Random(seed), Counter()
    for take in every_way(nea())[seed::8]:  # two of each of 512; ten thousand in tests/hold
        for _ in range(2):
            case = taken_on(rnd, take)
            desk = said_by_desk(case, take)
            assert said_by_sheet(case, take) == desk, (take, case.state.events)
            met[desk[3]] += 1
    assert {"met", "not_met", "undecided"} <= set(met)  # the cases do reach their limits


def test_a_late_visit_that_was_sent_back_is_late_at_the_desk_and_in_the_measure() -> None:
    """附件2-2/3(1): the meter within 2 days. Fitted from 8 to 11 March it is sent back on the third day, and
    the second visit takes one: the desk looked at the last visit alone, and said it was in time."""
    pack = nea()
    form = next(one for one in forms(pack, {}) if one.process == "low-voltage-connection")
    process: Process = pack.rules[form.process]  # type: ignore[assignment]
    events: list[Any] = []

    def said(day: int) -> dict[str, Any]:
        return {"on": dt.date(2021, 3, day), "by": "r", "seen": len(events)}

    def close(stage: str, day: int) -> None:
        role, state = form.version.stages[stage].role, fold(process, events)
        facts = form.version.products(stage, state.facts)
        more = {"stage": stage, "role": role, "facts": facts, "evidence": ("e",), "note": "n"}
        events.extend(close_stage(process, state, **more, **said(day)))  # type: ignore[arg-type]

    opened = dt.date(2021, 3, 1)
    events.append(open_case(process, version=form.version.key, on=opened, by="r", facts={"capacity": "120"}))
    for stage, day in (("accept", 2), ("reply", 3), ("works", 8)):
        close(stage, day)
    back = {"stage": "meter", "role": "supplier", "to": "works", "reason": "r"}
    events.append(return_stage(process, fold(process, events), **back, **said(11)))
    close("works", 12)
    close("meter", 15)
    state, today = fold(process, events), dt.date(2021, 3, 31)
    clocks = Clocks(form.version, state, calendar=pack.calendar, as_of=today, limit_of=limits_of(pack))
    meter = clocks.stage("meter")
    assert (meter.used, meter.standing, meter.is_late) == (1, Standing.WITHIN, True)
    case = Driven(form, state, clocks, "110000")
    assert case.verdict() == said_by_sheet(case, {}, as_of=today) == (6, 6, False, "not_met")  # 1 + 1 + 3 + 1


def test_what_lies_after_the_day_of_judgement_is_cut_off() -> None:
    """An earlier day's picture can be made again from the files of a later one."""
    rnd = random.Random(3)
    for _ in range(150):
        case = taken_on(rnd, {})
        day = rnd.choice(case.state.events).day
        assert said_by_sheet(case, {}, as_of=day) == said_by_desk(case.as_of(day, nea()), {})


# --- all at once ---
FILES = {
    "case": ("case", "region", "class", "applied", "ended", "ending"),
    "visit": ("case", "seq", "stage", "opened", "closed"),
    "stay": ("case", "stay_no", "since", "until", "cause", "confirmed_on"),
}


def written(folder: Path, cases: Mapping[int, Driven]) -> dict[str, list[Path]]:
    """The cases as files: days as they happened, and no count of days anywhere."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FILES}
    for number, case in cases.items():
        given_rows = case.rows()
        rows["case"].append(given_rows | {"case": number})
        for grain in ("visit", "stay"):
            rows[grain] += [row | {"case": number} for row in given_rows[grain]]
    for name, columns in FILES.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(columns)
            out.writerows(
                ["" if row.get(column) is None else row[column] for column in columns] for row in rows[name]
            )
    return {name: [folder / f"{name}.csv"] for name in FILES}


def said_in_bulk(
    files: Mapping[str, Sequence[Path]], take: Mapping[str, str], engine: Engine
) -> dict[int, Said]:
    """Of every case that was not refused, by its number."""
    ready = prepare(nea(), rule_of(nea()), files, engine, on=AS_OF, take=take, only=["case"])
    return verdicts(engine, ready.script.query(said(engine, ready.script.outputs["case"])))


def said(engine: Engine, cases: str) -> str:
    columns = map(engine.dialect.q, ("case", "days", "limit", "exempt", "outcome"))
    return f"SELECT {', '.join(columns)} FROM ({cases}) x"


def verdicts(engine: Engine, sql: str) -> dict[int, Said]:
    return {int(case): (int(d), int(lim), bool(e), str(o)) for case, d, lim, e, o in engine.fetch(sql)}


def cases_for(take: Mapping[str, str], count: int, seed: int) -> list[Driven]:
    rnd = random.Random(seed)
    return [taken_on(rnd, take) for _ in range(count)]


@pytest.mark.parametrize("take", [{}, *single_changes(nea())], ids=str)
def test_duckdb_says_of_all_cases_what_each_desk_says(take: dict[str, str], tmp_path: Path) -> None:
    cases = dict(enumerate(cases_for(take, 300, 17)))
    desk = {number: said_by_desk(case, take) for number, case in cases.items()}
    with open_engine("duckdb") as engine:
        assert said_in_bulk(written(tmp_path, cases), take, engine) == desk


# --- every single change at once on Spark ---


class ReadOnce:
    """An engine that reads the same files once, however many sheets are prepared on them, and leaves
    their steps to whoever puts them together."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.dialect, self.done = engine, engine.dialect, dict[str, Any]()

    def __getattr__(self, name: str) -> Any:
        def does(*args: Any, **more: Any) -> Any:
            asked = f"{name} {args[:1] if name == 'rows' else args} {more}"
            if asked not in self.done:
                self.done[asked] = getattr(self.engine, name)(*args, **more)
            return self.done[asked]

        return does

    def lay(self, script: Script) -> Script:
        return script


def in_one_script(scripts: Sequence[Script]) -> Script:
    """The sheets of all ways as one: a step that several have alike is there once."""
    names: dict[str, str] = {}  # the text of each step, with what it reads by its new name
    outputs = {}
    for number, script in enumerate(scripts):
        own: dict[str, str] = {}

        def renamed(sql: str, own: dict[str, str] = own) -> str:
            return re.sub(r"\w+", lambda word: own.get(word[0], word[0]), sql)

        for name, sql in script.steps:
            own[name] = names.setdefault(renamed(sql), f"of_ways_{len(names)}")
        outputs[f"{number}"] = renamed(script.outputs["case"])
    steps = tuple((name, sql) for sql, name in names.items())
    return Script(steps, {}, outputs, None, frozenset())


def test_spark_says_of_all_cases_what_each_desk_says_every_way_at_once(tmp_path: Path) -> None:
    """The way is a column: case 25 of eleven ways is the third case of the way 3."""
    ways = [{}, *single_changes(nea())]
    by_way = [cases_for(take, 100 if take else 1_000, 23) for take in ways]
    numbered = {n * len(ways) + way: case for way, cases in enumerate(by_way) for n, case in enumerate(cases)}
    desk = {number: said_by_desk(case, ways[number % len(ways)]) for number, case in numbered.items()}
    files = written(tmp_path, numbered)
    with spark_for_few_rows() as engine:
        once: Any = ReadOnce(engine)
        rule = rule_of(nea())
        ready = [prepare(nea(), rule, files, once, on=AS_OF, take=take, only=["case"]) for take in ways]
        script = engine.lay(in_one_script([one.script for one in ready]))
        own = f"WHERE CAST(`case` AS INT) % {len(ways)} ="
        arms = [f"{said(engine, select)} {own} {way}" for way, select in script.outputs.items()]
        assert verdicts(engine, script.query(" UNION ALL ".join(arms))) == desk
