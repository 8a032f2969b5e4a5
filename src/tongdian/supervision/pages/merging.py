"""The form of a level that receives returns: what was accepted, added up, to be seen and taken along."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file
from tongdian.spoken import say, spoken
from tongdian.supervision.pages.asking import asked
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.merging import MergedReturn, merged
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ


def shown_merged(one: MergedReturn) -> dict[str, Any]:
    """As the page shows it."""
    return {
        "columns": [spoken(one.form.version.columns[key].title) for key in one.columns],
        "rows": [
            (spoken(line.printed), [_cell(one, line.key, key) for key in one.columns]) for line in one.lines
        ],
        "included": len(one.included),
        "missing": [row.organisation.shown_name for row in one.missing],
        "further": one.further,
    }


def _cell(one: MergedReturn, row: str, column: str) -> dict[str, Any]:
    value = one.sums.get(row, {}).get(column)
    return {
        "value": None if value is None else f"{value.normalize():f}",
        "estimated": (row, column) in one.estimated,
        "lacking": one.lacking.get((row, column), 0),
    }


@require_POST
@guarded(READ.name)
def export(request: HttpRequest, form: str, period: str) -> Any:
    """The merged form as a workbook or CSV, with whose returns it is of and who is missing."""
    about = asked(request)
    if about.office is None:
        raise NoSuchReturn
    asked_for = next((one for one in filings.forms_for(about.office, about.as_of) if one.key == form), None)
    found = merged(asked_for, about.office, period, as_of=about.as_of) if asked_for is not None else None
    if found is None:
        raise NoSuchReturn
    title = f"{say(found.form.rule.short or found.form.title)} {say(found.period.title)}"
    return as_file(
        request, of="supervision-merged", title=title[:31], lines=_lines(found, about.as_of.isoformat()),
        query=f"{form}/{period}/{about.office.short}/{about.as_of}",
    )  # fmt: skip


def _lines(one: MergedReturn, as_of: str) -> Iterator[list[str | Decimal]]:
    yield [say(one.form.title)]
    yield [say(one.period.title), gettext("as of"), as_of]
    yield [gettext("Office"), one.office.name]
    yield [gettext("Returns accepted"), Decimal(len(one.included)), gettext("of"), Decimal(len(one.included) + len(one.missing))]  # fmt: skip
    yield [gettext("Not included"), *(row.organisation.name for row in one.missing)]
    for each in one.further:
        yield [
            gettext("Not included further below"),
            say(each.name),
            say(each.of) if each.of else "",
            each.why,
        ]
    if any(one.form.version.columns[key].group for key in one.columns):
        yield ["", *(_group(one, key) for key in one.columns)]
    yield [say(one.form.title), *(say(_printed(one, key)) for key in one.columns)]
    notes: list[list[str | Decimal]] = []
    for line in one.lines:
        row: list[str | Decimal] = [line.printed.zh]
        for key in one.columns:
            value = one.sums.get(line.key, {}).get(key)
            row.append("" if value is None else value)
            if (line.key, key) in one.estimated:
                notes.append([line.printed.zh, say(_printed(one, key)), gettext("in part an estimate")])
            if lacking := one.lacking.get((line.key, key)):
                notes.append([line.printed.zh, say(_printed(one, key)), gettext("%(n)s returns have no figure") % {"n": lacking}])  # fmt: skip
        yield row
    yield [""]
    yield from notes


def _printed(one: MergedReturn, key: str) -> Any:
    column = one.form.version.columns[key]
    return column.printed or column.title


def _group(one: MergedReturn, key: str) -> str:
    group = one.form.version.columns[key].group
    return say(group) if group else ""
