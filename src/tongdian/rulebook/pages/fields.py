"""The "try it" form of any rule: its fields and rows, filled with what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from tongdian.policy.answer import plain
from tongdian.policy.asked_defaults import inputs_on
from tongdian.policy.inputs import Input, say_unit
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.kinds import Rule
from tongdian.policy.kinds.ladder import LadderRule
from tongdian.policy.kinds.sheet import SheetRule, as_input
from tongdian.policy.kinds.table import TableRule
from tongdian.policy.ladders import ACT, LadderVersion
from tongdian.policy.measured.writing import NEVER
from tongdian.policy.packs import Pack
from tongdian.policy.process.rule import Process
from tongdian.policy.refusals import Refusal
from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.types import Bool, Date, Instant, Num, Options
from tongdian.rulebook.pages.asking import MAX_ROWS, RuleQuestion
from tongdian.rulebook.pages.numbers import name_of, option_words
from tongdian.rulebook.saying import first_options, options_in_force


@dataclass(frozen=True)
class Control:
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
    fields: tuple[Control, ...]
    groups: tuple[GrainRows, ...] = ()


@dataclass(frozen=True)
class GrainRows:
    """The rows of one grain under one parent."""

    path: str  # given.segment
    title: str
    columns: tuple[Control, ...]  # blank fields: for their titles
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
class TryForm:
    """All of a rule's questions."""

    fields: tuple[Control, ...]
    groups: tuple[GrainRows, ...] = ()
    switches: tuple[Switch, ...] = field(default=())


def try_form(pack: Pack, rule: Rule, version: Any, asked: RuleQuestion, language: str) -> TryForm:
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
    declared = _as_asked(pack, rule, asked)
    optional: set[str] = set()
    if isinstance(rule, Process):
        declared = dict(version.facts)
        optional = set(declared)
    elif rule.kind == "table":
        declared = {key: rule.columns[key] for key in rule.keys}  # type: ignore[attr-defined]
    elif rule.kind == "bands":
        optional = {band.of for v in rule.versions for band in v.bands if band.of} - {rule.over}  # type: ignore[attr-defined]
    fields = [
        _field(f"given.{name}", name, item, asked.given.get(name, item.default), language, name in optional)
        for name, item in declared.items()
    ]
    if isinstance(rule, TableRule):
        fields += _column_field(rule, asked, language)
    if rule.kind == "bands" and any(band.range for band in version.bands):
        value = str(asked.given.get("chosen", ""))
        fields.append(
            Control(
                "given.chosen",
                gettext("Amount chosen by the officer"),
                "number",
                value,
                unit=say_unit(rule.unit, language),
                is_optional=True,
                hint=gettext("within the range of the band"),
            )
        )
    groups = (_act_rows(pack, rule, version, asked, language),) if isinstance(rule, LadderRule) else ()
    return TryForm(fields=tuple(fields), groups=groups, switches=switches)


def _act_rows(
    pack: Pack, rule: LadderRule, version: LadderVersion, asked: RuleQuestion, language: str
) -> GrainRows:
    """The acts of a subject, a row each."""
    declared, place = rule.row_inputs(pack, version), f"given.{ACT}"

    def drawn(path: str, row: Mapping[str, Any]) -> tuple[Control, ...]:
        return tuple(
            _field(f"{path}.{name}", name, one, row.get(name, one.default), language)
            for name, one in declared.items()
        )

    listed = asked.given.get(ACT)
    rows = tuple(
        FormRow(f"{place}.{number}", number + 1, drawn(f"{place}.{number}", row))
        for number, row in enumerate(listed if isinstance(listed, list) else [])
    )
    return GrainRows(place, gettext("Acts"), drawn(place, {}), rows, is_flat=True)


def _as_asked(pack: Pack, rule: Rule, asked: RuleQuestion) -> dict[str, Input]:
    try:
        return inputs_on(pack, rule, asked.day, asked.take) if asked.day else dict(rule.input)
    except Refusal:
        return dict(rule.input)  # the answer says what is to be chosen first


def _column_field(rule: TableRule, asked: RuleQuestion, language: str) -> list[Control]:
    """Which column of a table is asked for, where it has several."""
    others = {name: rule.columns[name].title for name in rule.columns if name not in rule.keys}
    if len(others) < 2:
        return []
    titles = tuple((name, title.say(language) if title else name) for name, title in others.items())
    asked_for = str(asked.given.get("column", titles[0][0]))
    return [Control("given.column", gettext("Column"), "choice", asked_for, choices=titles)]


def _grain_fields(
    pack: Pack, rule: SheetRule, grain: Grain, given: Mapping[str, Any], path: str, language: str
) -> tuple[Control, ...]:
    fields = []
    for item in grain.inputs:
        default = None if item.default is None else str(plain(item.default))
        declared = as_input(item.type)
        titled = name_of(rule, item.name, language)
        # an empty field takes the default, which stands under it: nothing happens unseen
        value = given.get(item.name)
        fields.append(
            _field(
                f"{path}.{item.name}",
                item.name,
                declared,
                value,
                language,
                item.default is not None,
                title=titled,
                default=default,
                pack=pack,
            )
        )
    return tuple(fields)


def _groups(
    pack: Pack,
    rule: SheetRule,
    sheet: Sheet,
    parent: Grain,
    given: Mapping[str, Any],
    path: str,
    language: str,
) -> tuple[GrainRows, ...]:
    found = []
    for grain in sheet.children(parent.name):
        if grain not in sheet.read:
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
            GrainRows(
                place,
                name_of(rule, grain.name, language),
                _grain_fields(pack, rule, grain, {}, place, language),
                rows,
                is_flat=not any(g in sheet.read for g in sheet.children(grain.name)),
            )
        )
    return tuple(found)


def _field(
    name: str,
    key: str,
    declared: Input,
    value: Any,
    language: str,
    is_optional: bool = False,
    *,
    title: str = "",
    default: str | None = None,
    pack: Pack | None = None,
) -> Control:
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
        hint = gettext("%(value)s if empty") % {"value": shown} if shown != NEVER else ""
    match kind:
        case Options(values):
            choices = tuple((option, _option(declared, option, pack, language)) for option in values)
            return Control(name, title, "choice", text, hint=hint, choices=choices, is_optional=is_optional)
        case Bool():
            choices = (("true", gettext("yes")), ("false", gettext("no")))
            return Control(name, title, "choice", text, hint=hint, choices=choices, is_optional=is_optional)
        case Date():
            return Control(name, title, "date", text, hint=hint, is_optional=is_optional)
        case Instant():
            hint = "2026-03-02T09:30+08:00"
        case Num(unit, _, low, high):
            said = "" if str(unit) in ("", "1") else say_unit(unit, language)
            bounds = f"{_short(low)} – {_short(high)}"
            return Control(name, title, "number", text, said, f"{hint or bounds} {said}", (), is_optional)
    return Control(name, title, "text", text, hint=hint, is_optional=is_optional)


def _option(declared: Input, option: str, pack: Pack | None, language: str) -> str:
    if option in declared.labels or pack is None:
        return declared.label(option, language)
    return option_words(pack, option, language)


def _short(number: Any) -> str:
    normal = number.normalize()
    text = f"{normal:,f}"
    return text.replace("-", "−")


def _switches(pack: Pack, rule: Rule, asked: RuleQuestion, language: str) -> list[Switch]:
    here = options_in_force(pack)
    found = []
    for key in interpretations_of(pack, rule):
        one = pack.interpretations[key]
        taken = asked.take.get(key) or here[key]
        options = tuple(
            (option, said.says.say(language), option == taken) for option, said in one.options.items()
        )
        address = reverse("interpretation", args=[pack.id, key])
        found.append(Switch(key, key, one.issue.say(language), address, options, here[key]))
    return found
