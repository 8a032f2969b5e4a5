"""A question to a rule: as typed in an address, from an example, and the same question elsewhere.

Everything is in the address: `on`, `take.ID`, `given.NAME`, and for rows `given.GRAIN.0.NAME`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse

from tongdian import bounded_days
from tongdian.plain_text import whole
from tongdian.policy.answer import plain
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.kinds import Rule
from tongdian.policy.kinds.filing import FilingRule
from tongdian.policy.kinds.ladder import LadderRule
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.kinds.table import TableRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import NotInForce, Refusal
from tongdian.rulebook.saying import first_options

MAX_ROWS = 40  # of one grain under one parent, in a form
PLACE = re.compile(r"given((?:\.[a-z][a-z0-9_-]*\.\d{1,2})*)\.([a-z][a-z0-9_-]*)")


@dataclass(frozen=True)
class RuleQuestion:
    """One question to a rule, as typed; `region` is the place whose overlay and days of rest it is for."""

    on: str
    given: dict[str, Any]
    take: dict[str, str]
    region: str = ""

    @property
    def day(self) -> dt.date | None:
        """The day, or None where it cannot be read."""
        try:
            return bounded_days.read(self.on)
        except Refusal:
            return None


# --- reading what was typed -----------------------------------------------------------------------


def read_asked(query: QueryDict, pack: Pack, rule: Rule, today: dt.date) -> RuleQuestion:
    """The question in the address; the rule's own example when nothing was typed yet."""
    on = query.get("on", "").strip() or default_day(pack, rule, today).isoformat()
    take = {
        key.removeprefix("take."): str(value)
        for key, value in query.items()
        if key.startswith("take.") and value
    }
    is_typed = any(key.startswith("given.") for key in query)
    return RuleQuestion(
        on, _typed(query) if is_typed else example(rule), take, query.get("region", "").strip()
    )


def _typed(query: QueryDict) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for key in sorted(query, key=_natural):
        found = PLACE.fullmatch(key)
        if not found:
            continue
        at: Any = given
        for grain, number in re.findall(r"\.([a-z][a-z0-9_-]*)\.(\d+)", found[1]):
            at = at.setdefault(grain, {})
            if not isinstance(at, dict):
                break
            at = at.setdefault(int(number), {})
        else:
            at[found[2]] = query[key]
    compacted: dict[str, Any] = _compact(given)
    return compacted


def _natural(key: str) -> list[tuple[int, str]]:
    return [(whole(part) or 0, "") if whole(part) is not None else (-1, part) for part in key.split(".")]


def _compact(node: dict[Any, Any]) -> dict[str, Any]:
    """Rows numbered by their fields' names become lists."""
    return {
        name: [_compact(child[number]) for number in sorted(child)][:MAX_ROWS]
        if isinstance(child, dict)
        else child
        for name, child in node.items()
    }


def grow(asked: RuleQuestion, path: str) -> None:
    """Another row at `given.segment` or `given.master.0.unit`, like the last one without its key."""
    rows = _rows_at(asked, path)
    if rows is not None and len(rows) < MAX_ROWS:
        rows.append(json.loads(json.dumps(rows[-1])) if rows else {})
        first = next(iter(rows[-1]), None)
        if first is not None and len(rows) > 1:
            rows[-1][first] = ""


def shrink(asked: RuleQuestion, path: str) -> None:
    """Take away the row at `given.segment.1`."""
    place, _, number = path.rpartition(".")
    rows = _rows_at(asked, place)
    if rows is not None and (at := whole(number)) is not None and at < len(rows):
        del rows[at]


def _rows_at(asked: RuleQuestion, path: str) -> list[dict[str, Any]] | None:
    at: Any = asked.given
    parts = path.split(".")[1:]
    for part in parts[:-1]:
        if isinstance(at, list):
            number = whole(part)
            at = at[number] if number is not None and number < len(at) else None
        elif isinstance(at, dict):
            at = at.get(part)
        if at is None:
            return None
    if not parts or not isinstance(at, dict):
        return None
    rows = at.setdefault(parts[-1], [])
    return rows if isinstance(rows, list) else None


def counts_days(pack: Pack, rule: Rule) -> bool:
    """Whether a place can make the answer another: the rule counts or limits working days, or an overlay of
    the pack changes rules in its place. A sheet that asks for the region itself is told it there."""
    if isinstance(rule, SheetRule):
        sheet = rule.sheet(pack, rule.versions[-1], rule.taken(pack, {}))
        return sheet.needs_calendar and "region" not in sheet.types
    return rule.kind == "process" or str(getattr(rule, "unit", "")) == "workday"


def question(asked: RuleQuestion) -> dict[str, Any]:
    """What the kernel is asked: empty fields left out, so that it names what is missing."""
    return _filled(asked.given)


def _filled(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [_filled(row) for row in value] if isinstance(value, list) else value
        for name, value in node.items()
        if not isinstance(value, str) or value.strip()
    }


# --- examples and days ----------------------------------------------------------------------------


def example(rule: Rule) -> dict[str, Any]:
    """Numbers to start from: the declared examples, completed from the rule's first test."""
    tests = [test for test in rule.tests if test.refused is None and test.given]
    first = next((test for test in tests if not test.take), next(iter(tests), None))
    given: dict[str, Any] = plain(first.given) if first else {}
    if isinstance(rule, TableRule) and rule.versions[-1].rows:
        row = rule.versions[-1].rows[0]
        others = [name for name in rule.columns if name not in rule.keys]
        return {key: row[key] for key in rule.keys} | ({"column": others[0]} if others else {})
    own = {name: item.example for name, item in rule.input.items() if item.example is not None}
    if rule.input and not isinstance(rule, LadderRule):
        needed = {name: given[name] for name in rule.input if name in given}
        return {**needed, **own}
    return given


def default_day(pack: Pack, rule: Rule, today: dt.date) -> dt.date:
    """Today while the rule is in force, else the last day it was, or its first; for what is filed once, its first."""
    chosen = [v for v in rule.versions if _is_open(pack, rule, v)] or list(rule.versions)
    if isinstance(rule, FilingRule) and all(
        term.of == "once" for version in rule.versions for term in version.terms
    ):
        return chosen[-1].in_force.start  # once filed, nothing more is due on any later day
    if any(version.in_force.covers(today) for version in chosen):
        return today
    last = chosen[-1].in_force
    if last.before is not None and last.before <= today:
        return last.before - dt.timedelta(days=1)
    return chosen[0].in_force.start


def _is_open(pack: Pack, rule: Rule, version: Any) -> bool:
    options = first_options(pack, rule.depends)
    return all(options[key] == option for key, option in version.taking.items())


def switching_days(rule: Rule) -> list[dt.date]:
    """The first day of every version: where the answer may change."""
    return sorted({version.in_force.start for version in rule.versions})


def version_for(pack: Pack, rule: Rule, asked: RuleQuestion) -> Any:
    """The version to draw by on the day typed: the nearest where none is in force."""
    taken = first_options(pack, interpretations_of(pack, rule)) | {
        key: option
        for key, option in asked.take.items()
        if key in pack.interpretations and option in pack.interpretations[key].options
    }
    try:
        return rule.version_on(asked.day or rule.versions[-1].in_force.start, taken)
    except NotInForce:
        fitting = [
            version
            for version in rule.versions
            if all(taken.get(key) == option for key, option in version.taking.items())
        ]
        return (fitting or list(rule.versions))[-1]


# --- the same question elsewhere ------------------------------------------------------------------


def as_query(asked: RuleQuestion) -> QueryDict:
    """The question as the query of an address."""
    query = QueryDict(mutable=True)
    query["on"] = asked.on
    if asked.region:
        query["region"] = asked.region
    for key, option in asked.take.items():
        query[f"take.{key}"] = option
    _flatten(query, "given", asked.given)
    return query


def _flatten(query: QueryDict, path: str, node: Mapping[str, Any]) -> None:
    for name, value in node.items():
        if isinstance(value, list):
            for number, row in enumerate(value):
                _flatten(query, f"{path}.{name}.{number}", row)
        elif str(value).strip():
            query[f"{path}.{name}"] = str(value)


def as_command(pack: Pack, rule: Rule, asked: RuleQuestion) -> str:
    """The command that gives the same answer."""
    words = ["tongdian", "answer", pack.id, rule.rule, "--on", asked.on]
    for name, value in question(asked).items():
        said = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
        words.append(f"{name}={said}")
    if asked.region:
        words += ["--region", asked.region]
    for key, option in asked.take.items():
        words += ["--take", f"{key}={option}"]
    return shlex.join(words)


def as_call(pack: Pack, rule: Rule, asked: RuleQuestion, root: str) -> str:
    """The API call that gives the same answer."""
    body: dict[str, Any] = {"on": asked.on, "given": question(asked)}
    if asked.region:
        body["region"] = asked.region
    if asked.take:
        body["take"] = asked.take
    said = json.dumps(body, ensure_ascii=False)
    address = f"{root}{answer_endpoint(pack, rule)}"
    return f"curl -s {shlex.quote(address)} -H 'Content-Type: application/json' -d {shlex.quote(said)}"


def answer_endpoint(pack: Pack, rule: Rule) -> str:
    """Where the API answers a rule."""
    try:
        return reverse("api-v1:answer", args=[pack.id, rule.rule])
    except NoReverseMatch:
        return f"/api/v1/packs/{pack.id}/rules/{rule.rule}/answers"
