"""Every test of every sheet of both packs: the same cells and refusals on each engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.policies.conftest import POLICIES
from tests.policy.harness import bulk, exact
from tongdian.bulk.engines import Engine
from tongdian.policy import Pack, load_pack
from tongdian.policy.kinds import Test as RuleTest
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.refusals import BadInput, InterpretationNotChosen, NotInForce, Refusal
from tongdian.policy.sheet import Sheet
from tongdian.policy.sheet_library import pack_tables


def _is_judged_on_a_day(pack: Pack, rule: SheetRule) -> bool:
    take = {key: next(iter(pack.interpretations[key].options)) for key in rule.reads(pack)}
    return bool(rule.sheet(pack, rule.versions[-1], rule.taken(pack, take)).given)


def _sheets() -> Iterator[Any]:
    for name in ("electricity-supply-1996", "electricity-supply-2024", "gxnu-2016-4", "nea-2021-37"):
        pack = load_pack(POLICIES / name, run_tests=False)
        for rule in pack.rules.values():
            # a measure is judged on a day besides: test_one_clock, tests/cases/test_burden.py
            if isinstance(rule, SheetRule) and rule.kind == "sheet" and not _is_judged_on_a_day(pack, rule):
                yield pytest.param(pack, rule, id=f"{name}:{rule.rule}")


SHEETS = list(_sheets())


def _by_reading(pack: Pack, rule: SheetRule) -> dict[tuple[Any, ...], list[RuleTest]]:
    """The tests that share a version and what is taken, so that each group is one bulk run."""
    groups: dict[tuple[Any, ...], list[RuleTest]] = {}
    for test in rule.tests:
        try:
            taken = rule.taken(pack, test.take)
            version = rule.version_on(test.on, taken)
        except (InterpretationNotChosen, NotInForce):
            continue
        groups.setdefault((version.sheet, *sorted(taken.items())), []).append(test)
    return groups


def _readable(pack: Pack, rule: SheetRule, test: RuleTest) -> bool:
    """Whether the inputs can be read at all: bulk runs set the others aside before any sheet."""
    try:
        pack.answer(rule.rule, on=test.on, given=test.given, take=test.take)
    except BadInput:
        return False
    except Exception:
        return True
    return True


def _case(sheet: Sheet, number: int, test: RuleTest) -> dict[str, Any]:
    return {**test.given, sheet.root.name: f"case-{number}"}


@pytest.mark.parametrize(("pack", "rule"), SHEETS)
def test_a_sheets_own_tests_agree_on_duckdb(duckdb_engine: Engine, pack: Pack, rule: SheetRule) -> None:
    _agrees(duckdb_engine, pack, rule)


@pytest.mark.parametrize(("pack", "rule"), SHEETS)
def test_the_figures_alone_are_those_of_the_answer(pack: Pack, rule: SheetRule) -> None:
    """`calculate` gives each line of each row that `answer` gives, its value, articles and interpretations; what
    the one refuses the other refuses with the same sentence."""
    compared = 0
    for test in rule.tests:
        chosen = pack.chosen(choices={**pack.choices, **test.take})
        try:
            answer = chosen.answer(rule.rule, on=test.on, given=test.given)
        except Refusal as refusal:
            with pytest.raises(type(refusal), match=re.escape(refusal.say("en"))):
                chosen.calculate(rule.rule, on=test.on, given=test.given)
            continue
        found = chosen.calculate(rule.rule, on=test.on, given=test.given)
        assert (found.value, found.cite, found.version) == (answer.value, answer.cite, answer.version)
        assert found.interpretations == answer.interpretations
        for grain in [one for one in found.sheet.grains.values() if one.parent is not None]:
            said = [line for line in answer.lines if line.grain == grain.name]
            rows = list(found.rows(grain.name))
            for name in dict.fromkeys(line.name for line in said):
                lines = [line for line in said if line.name == name]
                given = [(key, row[name]) for key, row in rows if name in row]
                assert given == [(line.row.split(" / ")[0], line.value) for line in lines]
                assert all(line.is_example == (name in found.examples) for line in lines)
        compared += 1
    assert compared or not rule.tests


@pytest.mark.parametrize(("pack", "rule"), SHEETS)
def test_the_reading_with_most_tests_agrees_on_spark(
    spark_engine: Engine, pack: Pack, rule: SheetRule
) -> None:
    # a reading only changes constants, and Spark takes seconds to plan what DuckDB does at once
    _agrees(spark_engine, pack, rule, readings=1)


def _agrees(engine: Engine, pack: Pack, rule: SheetRule, *, readings: int | None = None) -> None:
    compared = 0
    groups = sorted(_by_reading(pack, rule).values(), key=len, reverse=True)
    for tests in groups[:readings]:
        taken = rule.taken(pack, tests[0].take)
        sheet = rule.sheet(pack, rule.version_on(tests[0].on, taken), taken)
        tables = pack_tables(pack, sheet, taken)
        cases = [_case(sheet, n, test) for n, test in enumerate(tests) if _readable(pack, rule, test)]
        wanted, wanted_refused = exact(sheet, cases, tables)
        got, got_refused = bulk(engine, sheet, cases, tables)
        assert got_refused == wanted_refused
        assert {k: (v, wanted.get(k)) for k, v in got.items() if wanted.get(k) != v} == {}
        assert set(got) == set(wanted)
        compared += len(cases)
    assert compared
