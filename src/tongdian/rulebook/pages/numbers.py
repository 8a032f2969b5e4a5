"""A rule's own numbers as rows a person can read, and how they changed over time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from tongdian.policy.clauses import say_clause
from tongdian.policy.code import Condition
from tongdian.policy.inputs import say_unit, say_value
from tongdian.policy.kinds import Rule
from tongdian.policy.kinds.bands import Band, BandsRule, _say_bounds_en, _say_bounds_zh
from tongdian.policy.kinds.ladder import LadderRule
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.ladders import LadderStep, LadderVersion
from tongdian.policy.packs import Pack
from tongdian.policy.process.conditions import say_condition
from tongdian.policy.sheet import In, Let, Look, Require
from tongdian.policy.types import Num
from tongdian.policy.units import Unit
from tongdian.policy.words import Words
from tongdian.rulebook.saying import Cite, cites, first_options, named


@dataclass(frozen=True)
class NumberCell:
    """One cell; numbers stand right, in tabular figures."""

    text: str
    is_number: bool = False
    parts: tuple[str, ...] = ()  # several texts, one below the other


@dataclass(frozen=True)
class GridRow:
    """One row of a rule, with the clause that says it; `is_lit` marks the one that decided."""

    cells: tuple[NumberCell, ...]
    cites: tuple[Cite, ...] = ()
    is_lit: bool = False


@dataclass(frozen=True)
class Grid:
    """A rule's numbers: columns and rows, or one large value."""

    columns: tuple[NumberCell, ...] = ()
    rows: tuple[GridRow, ...] = ()
    value: str = ""
    note: str = ""
    has_cites: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_cites", any(row.cites for row in self.rows))


def grid(pack: Pack, rule: Rule, version: Any, language: str, *, lit: int | None = None) -> Grid | None:
    """What one version says, or None for a kind that has no rows (a sheet, a process)."""
    writers = {
        "value": _value,
        "bands": _bands,
        "limits": _limits,
        "class": _classes,
        "checklist": _lists,
        "table": _table,
        "timetable": _timetable,
        "ladder": _ladder,
    }
    writer = writers.get(rule.kind)
    return writer(pack, rule, version, language, lit) if writer else None


def _value(pack: Pack, rule: Any, version: Any, language: str, lit: int | None) -> Grid:
    return Grid(value=say_quantity(version.value, rule.unit, language))


def say_quantity(number: Decimal, unit: Unit, language: str) -> str:
    """A number with its unit, without zeros that say nothing."""
    return say_value(_trimmed(number), Num(unit, 0, number, number), language)


def _trimmed(number: Decimal) -> Decimal:
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()


def _bands(pack: Pack, rule: BandsRule, version: Any, language: str, lit: int | None) -> Grid:
    over = rule.input[rule.over] if rule.over else None
    title = (over.title or Words(str(rule.over), str(rule.over))).say(language) if over else ""
    if over and over.unit:
        title = f"{title} ({say_unit(Unit.parse(over.unit), language)})"
    rows = [
        GridRow(
            cells=(
                *((NumberCell(say_bounds(version.bands, at, language)),) if over else ()),
                NumberCell(say_band(rule, band, language), is_number=True),
            ),
            cites=tuple(cites(pack, tuple(band.cite), language)),
            is_lit=at == lit,
        )
        for at, band in enumerate(version.bands)
    ]
    columns = (*((NumberCell(title),) if over else ()), NumberCell(rule.title.say(language), is_number=True))
    return Grid(columns=columns, rows=tuple(rows))


def say_bounds(bands: tuple[Band, ...], at: int, language: str) -> str:
    """The bounds of one band: over 100,000, up to and including 300,000."""
    low, high = bands[at - 1].edge if at else None, bands[at].edge
    if low is None and high is None:
        return gettext("any")
    said = _say_bounds_en(low, high) if language == "en" else _say_bounds_zh(low, high)
    return said.strip()


def say_band(rule: BandsRule, band: Band, language: str) -> str:
    """What a band gives: an amount, a range, or a rate with its bounds."""
    if band.amount is not None:
        return say_quantity(band.amount, rule.unit, language)
    unit = say_unit(rule.unit, language)
    if band.range is not None:
        low, high = (f"{_trimmed(end):,f}" for end in band.range)
        return f"{low}–{high} {unit}"
    assert band.rate is not None
    name = band.of or rule.over or ""
    base = (rule.input[name].title or Words(name, name)).say(language)
    said = f"{base} × {_percent(band.rate)}"
    if band.at_least is not None:
        said += gettext(", at least %(amount)s") % {"amount": f"{_trimmed(band.at_least):,f}"}
    if band.at_most is not None:
        said += gettext(", at most %(amount)s") % {"amount": f"{_trimmed(band.at_most):,f}"}
    return f"{said} {unit}" if band.at_least is not None or band.at_most is not None else said


def _percent(rate: Decimal) -> str:
    return f"{_trimmed(rate * 100):f} %"


def whens_of(rule: Any, version: Any, language: str) -> list[str]:
    """The condition of each row, as a person reads it."""
    return [
        say_condition(condition, rule.input).say(language)
        if condition
        else gettext("otherwise")
        if at
        else gettext("always")
        for at, condition in enumerate(rule.conditions[id(version)])
    ]


def _limits(pack: Pack, rule: Any, version: Any, language: str, lit: int | None) -> Grid:
    has_owner = any(row.owner for row in version.limits)
    whens = whens_of(rule, version, language)
    rows = tuple(
        GridRow(
            cells=(
                NumberCell(when),
                *((NumberCell(named(pack, row.owner, language) if row.owner else "—"),) if has_owner else ()),
                NumberCell(say_quantity(row.limit, rule.unit, language), is_number=True),
            ),
            cites=tuple(cites(pack, tuple(row.cite), language)),
            is_lit=at == lit,
        )
        for at, (row, when) in enumerate(zip(version.limits, whens, strict=True))
    )
    columns = (
        NumberCell(gettext("When")),
        *((NumberCell(gettext("Whose clock")),) if has_owner else ()),
        NumberCell(gettext("Limit"), is_number=True),
    )
    return Grid(columns=columns, rows=rows)


def _classes(pack: Pack, rule: Any, version: Any, language: str, lit: int | None) -> Grid:
    whens = whens_of(rule, version, language)
    rows = tuple(
        GridRow(
            cells=(NumberCell(when), NumberCell(rule.names[row.becomes].say(language))),
            cites=tuple(cites(pack, tuple(row.cite), language)),
            is_lit=at == lit,
        )
        for at, (row, when) in enumerate(zip(version.classes, whens, strict=True))
    )
    return Grid(
        columns=(NumberCell(gettext("When")), NumberCell(gettext("Class"))),
        rows=rows,
        note=gettext("The first row that holds decides.") if len(rows) > 1 else "",
    )


def _timetable(pack: Pack, rule: Any, version: Any, language: str, lit: int | None) -> Grid:
    """Its lines from the top, and what holds where none speaks."""
    rows = [
        GridRow(
            cells=(
                NumberCell(say_condition(when, rule.known).say(language) if when else gettext("always")),
                NumberCell(say_hours(rule, line.start, line.to, language)),
                NumberCell(rule.states[line.state].say(language)),
                NumberCell("", parts=tuple(rule.permits[one].title.say(language) for one in line.yields_to))
                if line.yields_to
                else NumberCell("—"),
            ),
            cites=tuple(cites(pack, tuple(line.cite), language)),
            is_lit=at == lit,
        )
        for at, (line, when) in enumerate(zip(version.lines, rule.conditions(version), strict=True))
    ]
    last = (gettext("otherwise"), "—", rule.states[version.otherwise.state].say(language), "—")
    rows.append(
        GridRow(tuple(map(NumberCell, last)), tuple(cites(pack, tuple(version.otherwise.cite), language)))
    )
    columns = map(NumberCell, (gettext("When"), gettext("Hours"), gettext("State"), gettext("Lifted by")))
    return Grid(
        columns=tuple(columns), rows=tuple(rows), note=gettext("Of the lines that speak the first decides.")
    )


def _ladder(pack: Pack, rule: LadderRule, version: LadderVersion, language: str, lit: int | None) -> Grid:
    """Its acts, then what follows which time of one, and what bears a mark."""
    words, comma = rule.consequence_words(pack), Words("、", ", ").say(language)
    rows = []
    for act in rule.acts(pack, version).values():
        broken = gettext("breaks %(clauses)s") % {
            "clauses": comma.join(say_clause(one).say(language) for one in act.breaks)
        }
        parts = [broken] if act.breaks else []
        if act.when is not None:
            parts.append(say_condition(Condition.parse(act.when, rule.input), rule.input).say(language))
        named = NumberCell(rule.act_words(pack, act).say(language))
        cell = NumberCell("", parts=tuple(parts)) if parts else NumberCell("—")
        rows.append(GridRow((named, cell), tuple(cites(pack, tuple(act.cite), language))))
    rows += [
        GridRow(
            (
                NumberCell(said),
                NumberCell("", parts=tuple(words[name].say(language) for name in step.follows)),
            ),
            tuple(cites(pack, tuple(step.cite) or version.cite, language)),
        )
        for said, step in say_steps(rule, version, language)
    ]
    note = say_window(version, language)
    if version.nothing is not None:
        note = version.nothing.say(language)
    columns = (
        NumberCell(gettext("Act, or which time")),
        NumberCell(gettext("What it breaks, or what follows")),
    )
    return Grid(columns=columns, rows=tuple(rows), note=note)


def say_steps(rule: LadderRule, version: LadderVersion, language: str) -> list[tuple[str, LadderStep]]:
    """When each of its steps speaks: which time, or which mark."""
    said = [(gettext("time %(n)s") % {"n": step.time}, step) for step in version.steps]
    for mark, step in version.marked.items():
        when = rule.marks[mark].say(language)
        if step.time > 1:
            when = gettext("%(mark)s, from time %(n)s") % {"mark": when, "n": step.time}
        said.append((when, step))
    return said


def say_window(version: LadderVersion, language: str) -> str:
    """What is counted together, and for how long."""
    window = version.window
    if window.months is not None:
        term = gettext("%(n)s months from the day of the act") % {"n": window.months}
    elif window.year_from is not None:
        term = gettext("the year that begins on %(day)s") % {"day": window.year_from}
    else:
        term = gettext("without limit of time")
    which = gettext("the same act") if version.counts == "each_act" else gettext("any of these acts")
    return gettext("Counted: %(which)s, %(term)s; one day is one time.") % {"which": which, "term": term}


def say_hours(rule: Any, start: str | None, to: str | None, language: str) -> str:
    """From when until when: 18:00–next day 08:00, sunset–next day sunrise."""
    if start is None or to is None:
        return gettext("all day")

    def said(text: str) -> str:
        found = re.fullmatch(r"(next )?([a-z_]+)?(.*)", text)
        assert found is not None
        names = {"sunrise": gettext("sunrise"), "sunset": gettext("sunset")}
        declared = rule.input.get(found[2] or "")
        name = declared.title.say(language) if declared and declared.title else names.get(found[2] or "", "")
        return (gettext("next day") + " " if found[1] else "") + name + found[3]

    return f"{said(start)}–{said(to)}"


def _lists(pack: Pack, rule: Any, version: Any, language: str, lit: int | None) -> Grid:
    whens = whens_of(rule, version, language)
    rows = tuple(
        GridRow(
            cells=(
                NumberCell(when),
                NumberCell("", parts=tuple(rule.papers[paper].say(language) for paper in row.papers))
                if row.papers
                else NumberCell(gettext("none named")),
                NumberCell(gettext("nothing else may be asked for") if row.closed else gettext("open list")),
            ),
            cites=tuple(cites(pack, tuple(row.cite), language)),
            is_lit=at == lit,
        )
        for at, (row, when) in enumerate(zip(version.lists, whens, strict=True))
    )
    columns = (NumberCell(gettext("When")), NumberCell(gettext("Papers")), NumberCell(gettext("List")))
    return Grid(columns=columns, rows=rows)


def _table(pack: Pack, rule: Any, version: Any, language: str, lit: int | None) -> Grid:
    columns = tuple(
        NumberCell(_column_title(name, declared, language), isinstance(declared.value_type, Num))
        for name, declared in rule.columns.items()
    )
    rows = tuple(
        GridRow(
            cells=tuple(
                NumberCell(_table_value(declared, row[name], language), isinstance(declared.value_type, Num))
                for name, declared in rule.columns.items()
            ),
            is_lit=at == lit,
        )
        for at, row in enumerate(rule.typed[id(version)])
    )
    note = gettext("Example figures, not official: an operator replaces them.") if rule.example else ""
    return Grid(columns=columns, rows=rows, note=note)


def _column_title(name: str, declared: Any, language: str) -> str:
    title = declared.title.say(language) if declared.title else name
    unit = say_unit(Unit.parse(declared.unit), language) if declared.unit else ""
    return f"{title} ({unit})" if unit else title


def _table_value(declared: Any, value: Any, language: str) -> str:
    if isinstance(value, Decimal):
        return f"{_trimmed(value):,f}".replace("-", "−")
    return str(declared.label(value, language))


# --- a sheet, line by line ------------------------------------------------------------------------


@dataclass(frozen=True)
class SheetLine:
    """One line of a sheet as its text stands."""

    name: str
    title: str
    text: str
    kind: str  # in, look, let, require
    unit: str
    cite: Cite | None


@dataclass(frozen=True)
class SheetGrain:
    """A layer of rows with its lines, in order."""

    name: str
    title: str
    inside: str
    lines: tuple[SheetLine, ...]


def sheet_lines(pack: Pack, rule: SheetRule, version: Any, language: str) -> list[SheetGrain]:
    """The calculation as it is written, block by block."""
    sheet = rule.sheet(pack, version, first_options(pack, rule.needed(pack)))
    blocks: list[tuple[str, list[SheetLine]]] = []
    everything: list[Any] = [item for grain in sheet.grains.values() for item in grain.inputs]
    for item in sorted([*everything, *sheet.items], key=lambda item: item.line):
        if not blocks or blocks[-1][0] != item.grain:
            blocks.append((item.grain, []))
        blocks[-1][1].append(_sheet_line(pack, rule, item, language))
    return [
        SheetGrain(
            name,
            name_of(rule, name, language),
            name_of(rule, parent, language) if (parent := sheet.grains[name].parent) else "",
            tuple(lines),
        )
        for name, lines in blocks
    ]


def _sheet_line(pack: Pack, rule: SheetRule, item: Any, language: str) -> SheetLine:
    name = getattr(item, "name", "")
    unit = ""
    if not isinstance(item, Require):
        unit = say_unit(item.type.unit, language) if isinstance(item.type, Num) else ""
    linked = None
    match item:
        case In():
            kind, text = "in", str(item.type)
        case Look():
            kind, text = "look", f"{item.table}.{item.column} on {item.on}"
        case Require():
            kind, text = "require", f"{item.text}: {item.reason.say(language)}"
        case Let():
            kind, text = "let", item.text
            linked = line_cite(pack, item.cite, language)
        case _:
            kind, text = "let", ""
    return SheetLine(name, name_of(rule, name, language), text, kind, unit, linked)


def line_cite(pack: Pack, written: str, language: str) -> Cite | None:
    """The clause that a line's comment names, if it begins with one."""
    clause = written.split(",")[0].split("，")[0].strip()
    return cites(pack, (clause,), language)[0] if clause in pack.clauses else None


def name_of(rule: Any, name: str, language: str) -> str:
    """A sheet's name as its rule words it for people."""
    titles: Mapping[str, Words] = getattr(rule, "titles", {})
    return titles[name].say(language) if name in titles else name.replace("_", " ")


def option_words(pack: Pack, option: str, language: str) -> str:
    """A word of a sheet's choices, as some rule of the pack labels it for people."""
    labels: dict[str, Words] | None = pack.cache.get("labels")
    if labels is None:
        labels = pack.cache["labels"] = {}
        for rule in pack.rules.values():
            columns = getattr(rule, "columns", {})
            for declared in [*rule.input.values(), *columns.values()]:
                for key, words in declared.labels.items():
                    labels.setdefault(key, words)
            for own in ("names", "labels"):
                for key, words in getattr(rule, own, {}).items():
                    labels.setdefault(key, words)
    return labels[option].say(language) if option in labels else option.replace("_", " ")
