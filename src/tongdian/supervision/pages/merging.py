"""The form of a level that receives returns: what was accepted, added up, to be seen and taken along."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.decorators.http import require_POST

from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say, spoken
from tongdian.supervision.pages.asking import asked
from tongdian.supervision.pages.exporting import form_as_file, language_of_paper
from tongdian.supervision.printing import merged_paper
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
        "row": row,
        "column": column,
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
    return form_as_file(
        request, merged_paper(found, as_of=about.as_of, language=language_of_paper()), of="supervision-merged",
        title=title, query=f"{form}/{period}/{about.office.short}/{about.as_of}",
    )  # fmt: skip
