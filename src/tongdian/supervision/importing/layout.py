"""Where what stands in the template of a return: made of the form, so that writing and reading agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from tongdian.policy.form_lines import FormLine
from tongdian.policy.inputs import Input
from tongdian.policy.types import LONGEST_IDENT, Bool, Date, Num, Options
from tongdian.policy.words import Words
from tongdian.spoken import both
from tongdian.spreadsheets.cells import letter
from tongdian.supervision.actions.conditions import hash_of
from tongdian.supervision.importing.sheets import CONTENT, NUMBER, ReturnTemplate, TemplateCell
from tongdian.supervision.queries.cells import checks_of, told_of
from tongdian.supervision.queries.filings import ReturnStanding, expected_below
from tongdian.supervision.rules import CellStatus

FILER, PERIOD = Words("填报单位", "Filed by"), Words("统计期间", "Period")
YES_NO = (("true", Words("是", "yes")), ("false", Words("否", "no")))
SEVERITY = {
    "block": Words("不能报送", "cannot be filed"),
    "warn": Words("提醒", "warning"),
    "explain": Words("须写说明", "to be explained"),
}
LONGEST_LIST = 250  # characters of choices that a cell's own list may have


def template_of(
    here: ReturnStanding,
    *,
    language: str,
    as_of: dt.date,
    cells: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
) -> ReturnTemplate:
    """The template of a return, with what its cells begin with."""
    form, version = here.form, here.form.version
    lines = here.lines
    printed = [(column.printed or column.title).say(language) for column in version.columns.values()]
    groups = _groups(here, language)
    first = 9 + bool(groups)
    tells = [column for column, one in version.columns.items() if one.tells is not None]
    rows = tuple(
        (number, line.number if tells else line.printed.say(language))
        for number, line in enumerate(lines, first)
    )
    said = {
        f"{letter(place)}{number}": told.say(language)
        for number, line in enumerate(lines, first)
        for place, column in enumerate(version.columns, 1)
        if column in tells and (told := told_of(form, line, column, {})) is not None
    }
    made = [
        _cell(here, line, column, f"{letter(place)}{number}", cell, language)
        for number, line in enumerate(lines, first)
        for place, column in enumerate(version.columns, 1)
        if (cell := form.rule.cell(version, line, column)) is not None
    ]
    sorts = [_widest([one.sort for one in made if one.column == column]) for column in version.columns]
    sorts = ["text" if column in tells else sort for column, sort in zip(version.columns, sorts, strict=True)]
    layout = [[language, *map(list, rows), printed], [list(map(str, _typed(one))) for one in made]]
    identity = (
        form.pack.id, form.key, here.period.key, here.organisation.short, language, hash_of(layout)[:16],
    )  # fmt: skip
    return ReturnTemplate(
        identity=identity,
        title=here.title.say(language),
        content=(NUMBER if tells else CONTENT).say(language),
        layout=version.unofficial.say(language) if version.unofficial is not None else "",
        said=tuple(said.items()),
        head=(
            (FILER.say(language), here.organisation.name),
            (PERIOD.say(language), here.period.title.say(language)),
        ),
        language=language,
        groups=groups,
        columns=tuple(zip(printed, sorts, strict=True)),
        rows=rows,
        cells=tuple(_begun(one, (cells or {}).get(one.row, {}).get(one.column, {})) for one in made),
        statuses=tuple((status.value, both(status.label).say(language)) for status in CellStatus),
        checks=_checks(here, language, as_of),
        below=tuple(
            (one.organisation.short, one.organisation.name, "")
            for one in expected_below(form, here.organisation, here.period.key, as_of=as_of)
            if one.accepted is None
        ),
        contact=here.newest.contact if here.newest else "",
        note=here.newest.note if here.newest else "",
    )


def _groups(here: ReturnStanding, language: str) -> tuple[tuple[str, int], ...]:
    """Headings over the columns with how many each spans; none, where no column has one."""
    found = groupby(here.form.version.columns.values(), key=lambda column: column.group)
    groups = tuple((group.say(language) if group else "", len(list(columns))) for group, columns in found)
    return groups if any(text for text, _ in groups) else ()


def _cell(
    here: ReturnStanding, line: FormLine, column: str, address: str, cell: Input, language: str
) -> TemplateCell:
    declared = here.form.version.columns[column]
    made = TemplateCell(
        address=address, row=line.key, column=column, row_title=line.title.say(language),
        column_title=declared.title.say(language), sort="text", is_needed=declared.needed, most=LONGEST_IDENT,
    )  # fmt: skip
    match cell.value_type:
        case Num(_, scale, low, high):
            return replace(
                made, sort="number", is_sum=declared.is_sum, decimals=scale, low=Decimal(low), high=Decimal(high)
            )  # fmt: skip
        case Date():
            return replace(made, sort="day")
        case Bool():
            return replace(
                made, sort="choice", choices=tuple((word, said.say(language)) for word, said in YES_NO)
            )
        case Options(values):
            choices = tuple((value, cell.label(value, language)) for value in values)
            if len({label for _, label in choices}) < len(choices) or any(
                "," in label for _, label in choices
            ):
                choices = tuple((value, value) for value in values)  # a list of Excel parts them by commas
            if len(",".join(label for _, label in choices)) <= LONGEST_LIST:
                return replace(made, sort="choice", choices=choices)
    return made


def _typed(cell: TemplateCell) -> tuple[Any, ...]:
    """What a cell takes, without what stands in it."""
    return (cell.address, cell.row, cell.column, cell.sort, cell.is_sum, cell.decimals, cell.low, cell.high, cell.choices)  # fmt: skip


def _widest(sorts: list[str]) -> str:
    return next((sort for sort in ("text", "choice", "number", "day") if sort in sorts), "none")


def _begun(cell: TemplateCell, kept: Mapping[str, Any]) -> TemplateCell:
    status = kept.get("status", "")
    is_told = status not in ("", CellStatus.NORMAL) or kept.get("why")
    return replace(
        cell,
        value="" if status in (CellStatus.MISSING, CellStatus.NOT_APPLICABLE) else kept.get("value", ""),
        status=status if is_told else "",
        why=kept.get("why", ""),
    )


def _checks(here: ReturnStanding, language: str, as_of: dt.date) -> tuple[tuple[str, str, str, str], ...]:
    pack = here.form.pack
    return tuple(
        (
            rule.title.say(language),
            rule.says.say(language),
            SEVERITY[version.severity].say(language),
            pack.say_cite(version.cite, language),
        )
        for rule, version in checks_of(here, as_of)
    )
