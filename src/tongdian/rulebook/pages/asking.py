"""The "try it" form of any rule: its fields, what was typed, and the same question elsewhere.

Everything is in the address: `on`, `take.ID`, `given.NAME`, and for rows `given.GRAIN.0.NAME`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from tongdian.policy.answer import plain
from tongdian.policy.inputs import Input, say_unit
from tongdian.policy.kinds import Rule
from tongdian.policy.kinds.sheet import SheetRule, as_input
from tongdian.policy.kinds.table import TableRule
from tongdian.policy.packs import Pack
from tongdian.policy.process.rule import Process
from tongdian.policy.refusals import NotInForce
from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.types import Date, Num, Options, Truth
from tongdian.policy.units import Unit
from tongdian.policy.words import Words
from tongdian.rulebook.pages.numbers import name_of, option_words
from tongdian.rulebook.pages.saying import first_options, options_in_force
from tongdian.rulebook.queries import interpretations_of

MAX_ROWS = 40  # of one grain under one parent, in a form
PLACE = re.compile(r"given((?:\.[a-z][a-z0-9_-]*\.\d{1,2})*)\.([a-z][a-z0-9_-]*)")


@dataclass(frozen=True)
class Field:
    """One control, with what was typed in it."""

    name: str
    title: str
    widget: str  # number, choice, date, text
    value: str
    unit: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_optional: bool = False

    @property
    def id(self) -> str:
        """Its id on the page."""
        return self.name.replace(".", "-")


@dataclass(frozen=True)
class FormRow:
    """One row of a grain, with the rows below it."""

    path: str
    number: int
    fields: tuple[Field, ...]
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Group:
    """The rows of one grain under one parent."""

    path: str  # given.segment
    title: str
    columns: tuple[Field, ...]  # blank fields: for their titles
    rows: tuple[FormRow, ...]
    is_flat: bool

    @property
    def may_grow(self) -> bool:
        """Whether another row fits."""
        return len(self.rows) < MAX_ROWS


@dataclass(frozen=True)
class Switch:
    """An interpretation the rule depends on, and what is taken in this question."""

    id: str
    name: str
    issue: str
    address: str
    options: tuple[tuple[str, str, bool], ...]  # id, words, is taken
    here: str  # what holds here without being asked for; "none" where nobody chose


@dataclass(frozen=True)
class Asked:
    """One question to a rule, as typed."""

    on: str
    given: dict[str, Any]
    take: dict[str, str]

    @property
    def day(self) -> dt.date | None:
        """The day, or None where it cannot be read."""
        try:
            return dt.date.fromisoformat(self.on)
        except ValueError:
            return None


# --- reading what was typed -----------------------------------------------------------------------


def read_asked(query: QueryDict, pack: Pack, rule: Rule, today: dt.date) -> Asked:
    """The question in the address; the rule's own example when nothing was typed yet."""
    on = query.get("on", "").strip() or default_day(pack, rule, today).isoformat()
    take = {
        key.removeprefix("take."): value
        for key, value in query.items()
        if key.startswith("take.") and value
    }
    is_typed = any(key.startswith("given.") for key in query)
    return Asked(on, _typed(query) if is_typed else example(rule), take)


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
    return [(int(part), "") if part.isdigit() else (-1, part) for part in key.split(".")]


def _compact(node: dict[Any, Any]) -> dict[str, Any]:
    """Rows numbered by their fields' names become lists."""
    return {
        name: [_compact(child[number]) for number in sorted(child)][:MAX_ROWS]
        if isinstance(child, dict)
        else child
        for name, child in node.items()
    }


def grow(asked: Asked, path: str) -> None:
    """Another row at `given.segment` or `given.master.0.unit`, like the last one without its key."""
    rows = _rows_at(asked, path)
    if rows is not None and len(rows) < MAX_ROWS:
        rows.append(json.loads(json.dumps(rows[-1])) if rows else {})
        first = next(iter(rows[-1]), None)
        if first is not None and len(rows) > 1:
            rows[-1][first] = ""


def shrink(asked: Asked, path: str) -> None:
    """Take away the row at `given.segment.1`."""
    place, _, number = path.rpartition(".")
    rows = _rows_at(asked, place)
    if rows is not None and number.isdigit() and int(number) < len(rows):
        del rows[int(number)]


def _rows_at(asked: Asked, path: str) -> list[dict[str, Any]] | None:
    at: Any = asked.given
    parts = path.split(".")[1:]
    for part in parts[:-1]:
        if isinstance(at, list):
            at = at[int(part)] if part.isdigit() and int(part) < len(at) else None
        elif isinstance(at, dict):
            at = at.get(part)
        if at is None:
            return None
    if not parts or not isinstance(at, dict):
        return None
    rows = at.setdefault(parts[-1], [])
    return rows if isinstance(rows, list) else None


def question(asked: Asked) -> dict[str, Any]:
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
    if rule.input:
        needed = {name: given[name] for name in rule.input if name in given}
        return {**needed, **own}
    return given


def default_day(pack: Pack, rule: Rule, today: dt.date) -> dt.date:
    """Today while the rule is in force, else the last day it was, or its first."""
    chosen = [v for v in rule.versions if _is_open(pack, rule, v)] or list(rule.versions)
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


def version_for(pack: Pack, rule: Rule, asked: Asked) -> Any:
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


# --- drawing the form -----------------------------------------------------------------------------


@dataclass(frozen=True)
class TryForm:
    """All of a rule's questions."""

    fields: tuple[Field, ...]
    groups: tuple[Group, ...] = ()
    switches: tuple[Switch, ...] = field(default=())


def try_form(pack: Pack, rule: Rule, version: Any, asked: Asked, language: str) -> TryForm:
    """The form of the rule on the day typed, filled with what was typed."""
    switches = tuple(_switches(pack, rule, asked, language))
    if isinstance(rule, SheetRule):
        needed = rule.needed(pack)
        taken = first_options(pack, needed) | {k: v for k, v in asked.take.items() if k in needed}
        sheet = rule.sheet(pack, version, taken)
        return TryForm(
            fields=_grain_fields(pack, rule, sheet.root, asked.given, "given", language),
            groups=_groups(pack, rule, sheet, sheet.root, asked.given, "given", language),
            switches=switches,
        )
    declared = dict(rule.input)
    optional: set[str] = set()
    if isinstance(rule, Process):
        declared = dict(version.facts)
        optional = set(declared)
    elif rule.kind == "table":
        declared = {key: rule.columns[key] for key in rule.keys}  # type: ignore[attr-defined]
    elif rule.kind == "bands":
        optional = {band.of for v in rule.versions for band in v.bands if band.of} - {rule.over}  # type: ignore[attr-defined]
    fields = [
        _field(
            f"given.{name}",
            name,
            item,
            asked.given.get(name, item.default),
            language,
            name in optional,
        )
        for name, item in declared.items()
    ]
    if isinstance(rule, TableRule):
        fields += _column_field(rule, asked, language)
    if rule.kind == "bands" and any(band.range for band in version.bands):
        value = str(asked.given.get("chosen", ""))
        fields.append(
            Field(
                "given.chosen", gettext("Amount chosen by the officer"), "number", value,
                unit=say_unit(rule.unit, language), is_optional=True,
                hint=gettext("within the range of the band"),
            )
        )  # fmt: skip
    return TryForm(fields=tuple(fields), switches=switches)


def _column_field(rule: TableRule, asked: Asked, language: str) -> list[Field]:
    """Which column of a table is asked for, where it has several."""
    others = {name: rule.columns[name].title for name in rule.columns if name not in rule.keys}
    if len(others) < 2:
        return []
    titles = tuple((name, title.say(language) if title else name) for name, title in others.items())
    asked_for = str(asked.given.get("column", titles[0][0]))
    return [Field("given.column", gettext("Column"), "choice", asked_for, choices=titles)]


def _grain_fields(
    pack: Pack, rule: SheetRule, grain: Grain, given: Mapping[str, Any], path: str, language: str
) -> tuple[Field, ...]:
    fields = []
    for item in grain.inputs:
        default = None if item.default is None else str(plain(item.default))
        declared = as_input(item.type)
        titled = name_of(rule, item.name, language)
        # an empty field takes the default, which stands under it: nothing happens unseen
        value = given.get(item.name)
        fields.append(
            _field(
                f"{path}.{item.name}", item.name, declared, value, language,
                item.default is not None, title=titled, default=default, pack=pack,
            )
        )  # fmt: skip
    return tuple(fields)


def _groups(
    pack: Pack,
    rule: SheetRule,
    sheet: Sheet,
    parent: Grain,
    given: Mapping[str, Any],
    path: str,
    language: str,
) -> tuple[Group, ...]:
    found = []
    for grain in sheet.children(parent.name):
        if grain.table is not None:
            continue
        place = f"{path}.{grain.name}"
        listed = given.get(grain.name)
        rows = tuple(
            FormRow(
                f"{place}.{number}",
                number + 1,
                _grain_fields(pack, rule, grain, row, f"{place}.{number}", language),
                _groups(pack, rule, sheet, grain, row, f"{place}.{number}", language),
            )
            for number, row in enumerate(listed if isinstance(listed, list) else [])
        )
        found.append(
            Group(
                place,
                name_of(rule, grain.name, language),
                _grain_fields(pack, rule, grain, {}, place, language),
                rows,
                is_flat=not any(g.table is None for g in sheet.children(grain.name)),
            )
        )
    return tuple(found)


def _field(
    name: str, key: str, declared: Input, value: Any, language: str, is_optional: bool = False,
    *, title: str = "", default: str | None = None, pack: Pack | None = None,
) -> Field:  # fmt: skip
    title = title or (declared.title.say(language) if declared.title else key.replace("_", " "))
    text = "" if value is None else str(plain(value)) if not isinstance(value, str) else value
    if isinstance(value, bool):
        text = "true" if value else "false"
    is_optional = is_optional or declared.default is not None
    kind = declared.value_type
    hint = ""
    if default is not None:
        known = {"true": gettext("yes"), "false": gettext("no")}
        shown = known.get(default) or (
            _option(declared, default, pack, language) if declared.one_of else default
        )
        hint = gettext("%(value)s if empty") % {"value": shown}
    match kind:
        case Options(values):
            choices = tuple(
                (option, _option(declared, option, pack, language)) for option in values
            )
            return Field(
                name, title, "choice", text, hint=hint, choices=choices, is_optional=is_optional
            )
        case Truth():
            choices = (("true", gettext("yes")), ("false", gettext("no")))
            return Field(
                name, title, "choice", text, hint=hint, choices=choices, is_optional=is_optional
            )
        case Date():
            return Field(name, title, "date", text, hint=hint, is_optional=is_optional)
        case Num(unit, _, low, high):
            said = "" if str(unit) in ("", "1") else say_unit(unit, language)
            bounds = f"{_short(low)} – {_short(high)}"
            return Field(
                name, title, "number", text, said, f"{hint or bounds} {said}", (), is_optional
            )
    return Field(name, title, "text", text, hint=hint, is_optional=is_optional)


def _option(declared: Input, option: str, pack: Pack | None, language: str) -> str:
    if option in declared.labels or pack is None:
        return declared.label(option, language)
    return option_words(pack, option, language)


def _short(number: Any) -> str:
    normal = number.normalize()
    text = f"{normal:,f}"
    return text.replace("-", "−")


def _switches(pack: Pack, rule: Rule, asked: Asked, language: str) -> list[Switch]:
    here = options_in_force(pack)
    found = []
    for key in interpretations_of(pack, rule):
        one = pack.interpretations[key]
        taken = asked.take.get(key) or here[key]
        options = tuple(
            (option, said.says.say(language), option == taken)
            for option, said in one.options.items()
        )
        address = reverse("interpretation", args=[pack.id, key])
        found.append(Switch(key, key, one.issue.say(language), address, options, here[key]))
    return found


# --- the same question elsewhere ------------------------------------------------------------------


def as_query(asked: Asked) -> QueryDict:
    """The question as the query of an address."""
    query = QueryDict(mutable=True)
    query["on"] = asked.on
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


def as_command(pack: Pack, rule: Rule, asked: Asked) -> str:
    """The command that gives the same answer."""
    words = ["tongdian", "answer", pack.id, rule.rule, "--on", asked.on]
    for name, value in question(asked).items():
        said = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
        words.append(f"{name}={said}")
    for key, option in asked.take.items():
        words += ["--take", f"{key}={option}"]
    return shlex.join(words)


def as_call(pack: Pack, rule: Rule, asked: Asked, root: str) -> str:
    """The API call that gives the same answer."""
    body = {"on": asked.on, "given": question(asked)}
    if asked.take:
        body["take"] = asked.take
    said = json.dumps(body, ensure_ascii=False)
    address = f"{root}{answer_endpoint(pack, rule)}"
    return (
        f"curl -s {shlex.quote(address)} -H 'Content-Type: application/json' -d {shlex.quote(said)}"
    )


def answer_endpoint(pack: Pack, rule: Rule) -> str:
    """Where the API answers a rule."""
    try:
        return reverse("api-v1:answer", args=[pack.id, rule.rule])
    except NoReverseMatch:
        return f"/api/v1/packs/{pack.id}/rules/{rule.rule}/answers"


__all__ = ["Asked", "Unit", "Words", "read_asked", "try_form"]
