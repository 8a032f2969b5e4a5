"""A return as it is printed, in its document's own layout."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import groupby

from tongdian.bounded import bounded
from tongdian.calendar import legal_day
from tongdian.connections.printing import hotlines
from tongdian.documents import ReturnColumnOnPaper, ReturnGroupOnPaper, ReturnPaper, render
from tongdian.documents.printing import Language
from tongdian.parties.permissions import GOVERNMENT
from tongdian.policy.kinds.filing import FormLine, ReturnColumn, number_of
from tongdian.policy.types import Date
from tongdian.policy.words import Words
from tongdian.spoken import both, plain
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries.cells import value_of
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.rules import LOCKED, CellStatus

CONTENT = {"task": Words("工作任务", "Task"), "standard": Words("指标", "Standard")}
ROWS = Words("统计内容", "Content")
WITHOUT = Words("未含下级：{office}，{why}", "Without the return of {office}: {why}")


def return_paper(here: ReturnStanding, version: ReturnVersion, *, language: Language = "zh") -> bytes:
    """A version of a return as PDF: who filled it in and reviewed it, when it was filed, its cells, what is said of
    them, and the place for the seal. One that is not filed says so."""
    return bounded(render, paper_of(here, version, language=language), language=language)


def paper_of(here: ReturnStanding, version: ReturnVersion, *, language: Language = "zh") -> ReturnPaper:
    """What stands on it."""
    form, notes = here.form, list[str]()
    lines = form.rule.lines(form.pack, form.version)
    rows = tuple(
        (line.printed.zh, *(_cell(here, version, line, column, notes) for column in form.version.columns))
        for line in lines
    )
    notes += [
        WITHOUT.fill(office=one["organisation"], why=one["why"]).zh for one in version.absent if one.get("why")
    ]  # fmt: skip
    if version.note:
        notes.append(version.note)
    steps = {step.what: step for step in here.steps.get(version.pk, ())}
    reviewed, filed = steps.get("reviewed"), steps.get("submitted")
    state = here.state_of(version)
    title = _title(here)
    return ReturnPaper(
        number=f"{form.pack.id}/{form.key}/{here.period.key}/{here.organisation.short}/{version.number}",
        issuer=here.organisation.name,
        issued_on=legal_day(filed.at if filed else version.at),
        hotlines=hotlines(here.organisation),
        is_demo=here.filing.is_demo if here.filing else False,
        title=title.zh,
        title_en=title.en,
        period=_months(here).zh,
        period_en=_months(here).en,
        filer="　".join(one for one in (version.by.shown_name if version.by else "", version.contact) if one),
        reviewer=reviewed.by.shown_name if reviewed and reviewed.by else "",
        filed_on=legal_day(filed.at) if filed else None,
        content=CONTENT.get(form.version.each or "", ROWS).zh,
        groups=_groups(form.version.columns.values()),
        columns=tuple(
            _column(here, key, column, lines, language) for key, column in form.version.columns.items()
        ),
        rows=rows,
        notes=tuple(notes),
        standing="" if state in LOCKED else both(state.label).zh,
        check=version.hash,
    )


def _title(here: ReturnStanding) -> Words:
    """The form's name after that of the division whose department files it, as the blank 省 of annex 3 has it."""
    office = here.organisation
    if office.kind not in GOVERNMENT:
        return Words(f"{office.name}{here.form.title.zh}", f"{office.name_en or office.name}: {here.form.title.en}")  # fmt: skip
    region = office.regions.first() or office.region
    return Words(f"{region.name}{here.form.title.zh}", f"{region.name_en or region.name}: {here.form.title.en}")  # fmt: skip


def _months(here: ReturnStanding) -> Words:
    """From year and month to year and month; of what is filed once, that."""
    first, last = here.period.first, here.period.last
    if first is None or last is None:
        return here.period.title
    return Words(f"{_month(first)}—{_month(last)}", f"{first:%Y-%m} to {last:%Y-%m}")


def _month(day: dt.date) -> str:
    return f"{day.year}年{day.month}月"


def _groups(columns: object) -> tuple[ReturnGroupOnPaper, ...]:
    found = [
        ReturnGroupOnPaper(title=group.zh if group else "", span=len(list(several)))
        for group, several in groupby(columns, key=lambda column: column.group)  # type: ignore[call-overload]
    ]
    return tuple(found) if any(one.title for one in found) else ()


def _column(
    here: ReturnStanding, key: str, column: ReturnColumn, lines: list[FormLine], language: Language
) -> ReturnColumnOnPaper:
    cells = [
        cell for line in lines if (cell := here.form.rule.cell(here.form.version, line, key)) is not None
    ]
    is_number = bool(cells) and all(number_of(cell) is not None for cell in cells)
    is_narrow = is_number or all(isinstance(cell.value_type, Date) for cell in cells)
    words = column.printed or column.title
    said = words.zh if language == "zh" else f"{words.zh} {words.en}"
    return ReturnColumnOnPaper(title=said, width=2 if is_narrow else 3, is_number=is_number)


def _cell(here: ReturnStanding, version: ReturnVersion, line: FormLine, column: str, notes: list[str]) -> str:
    """What stands in a cell; a status and a reason stand in the notes, under a number beside it."""
    cell = here.form.rule.cell(here.form.version, line, column)
    if cell is None:
        return "/"
    value, kept = (
        value_of(here.form, line, column, version.cells),
        version.cells.get(line.key, {}).get(column, {}),
    )
    said = "—" if value is None else plain(value) if isinstance(value, Decimal) else cell.label(value, "zh")
    status, why = kept.get("status", ""), kept.get("why", "")
    if not why and status in ("", CellStatus.NORMAL):
        return said if kept or value is not None else ""
    what = both(CellStatus(status).label).zh if status else ""
    title = (here.form.version.columns[column].printed or here.form.version.columns[column].title).zh
    told = "，".join(one for one in (what if status != CellStatus.NORMAL else "", why) if one)
    notes.append(f"{len(notes) + 1}）{line.printed.zh}·{title}：{told}")
    return f"{said} {len(notes)}）"
