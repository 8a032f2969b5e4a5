"""A return as it is printed, in its document's own layout; and letters, in the form of offices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from tongdian.bounded import bounded
from tongdian.calendar import legal_day
from tongdian.connections.printing import hotlines
from tongdian.documents import (
    FactOnPaper,
    FindingOnPaper,
    OfficialLetter,
    ReturnColumnOnPaper,
    ReturnGroupOnPaper,
    ReturnPaper,
    render,
)
from tongdian.documents.printing import Language
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import GOVERNMENT
from tongdian.policy.form_lines import FormLine
from tongdian.policy.kinds.filing import OWN_ARRANGEMENT, FilingPeriod, ReturnColumn, number_of
from tongdian.policy.named_readings import said_with_places
from tongdian.policy.types import Date
from tongdian.policy.words import Words
from tongdian.regions import NATION
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import both, plain
from tongdian.supervision.findings import CircularScope, LetterState
from tongdian.supervision.models import Circular, ReturnVersion, Talk, UrgingLetter
from tongdian.supervision.queries.absent import absent_named
from tongdian.supervision.queries.cells import Cells, told_of, value_of
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.letters import findings_named, steps_of
from tongdian.supervision.queries.merging import MergedReturn
from tongdian.supervision.queries.offices import ReturnForm, is_alone, offices_of
from tongdian.supervision.rules import LOCKED, CellStatus
from tongdian.workbooks import sheet_name

CONTENT = {"task": Words("工作任务", "Task"), "standard": Words("指标", "Standard")}
ROWS = Words("统计内容", "Content")
NUMBER = Words("序号", "No.")
WIDE = {"indicator": 6, "standard": 6}
WITHOUT_OF = Words(
    "未含下级：{office}（报{of}），{why}", "Without the return of {office}, which files to {of}: {why}"
)
WITHOUT_BELOW = Words(
    "未含（其下）：{office}（{of}）：{why}", "Not included further below: {office} ({of}): {why}"
)
WITHOUT = Words("未含下级：{office}，{why}", "Without the return of {office}: {why}")


def return_paper(here: ReturnStanding, version: ReturnVersion, *, language: Language = "zh") -> bytes:
    """A version of a return as PDF: who filled it in and reviewed it, when it was filed, its cells, what is said of
    them, and the place for the seal. One that is not filed says so."""
    return bounded(render, paper_of(here, version, language=language), language=language)


def return_document(here: ReturnStanding, version: ReturnVersion, *, language: Language = "zh") -> bytes:
    """The same as a Word document."""
    from tongdian.documents.word import return_in_word  # its library is asked for by nothing else

    return bounded(return_in_word, paper_of(here, version, language=language), language=language)


def return_workbook(paper: ReturnPaper, name: str, *, language: Language = "zh") -> bytes:
    """The same as a workbook, its figures as figures."""
    from tongdian.documents.excel import return_in_excel

    return bounded(return_in_excel, paper, sheet_name(name), language=language)


class _Notes:
    """What is said of cells, under numbers: once where several of a column say the same."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], list[str]] = {}

    def mark(self, row: str, column: str, told: str) -> str:
        """The number under which a cell's note stands."""
        self._said.setdefault((column, told), []).append(row)
        return f"{list(self._said).index((column, told)) + 1}）"

    @property
    def lines(self) -> list[str]:
        """The notes in their order."""
        return [
            f"{number}）{f'{rows[0]}·' if len(rows) == 1 else ''}{column}：{told}"
            for number, ((column, told), rows) in enumerate(self._said.items(), 1)
        ]


def paper_of(here: ReturnStanding, version: ReturnVersion, *, language: Language = "zh") -> ReturnPaper:
    """What stands on it."""
    form, said = here.form, _Notes()
    lines = here.lines
    rows = tuple(
        (
            _head(form, line),
            *(_cell(form, version.cells, line, column, said) for column in form.version.columns),
        )
        for line in lines
    )
    notes = [*said.lines, *_footnotes(lines)]
    notes += [
        (WITHOUT_OF.fill(office=one.name, of=one.of, why=one.why) if one.of else WITHOUT.fill(office=one.name, why=one.why)).zh
        for one in absent_named(version.absent)
        if one.why
    ]  # fmt: skip
    if version.note:
        notes.append(version.note)
    steps = {step.what: step for step in here.steps.get(version.pk, ())}
    reviewed, filed = steps.get("reviewed"), steps.get("submitted")
    state = here.state_of(version)
    return ReturnPaper(
        **_common(form, here.organisation, here.period, on=legal_day(version.at), language=language),
        number=f"{form.pack.id}/{form.key}/{here.period.key}/{here.organisation.short}/{version.number}",
        issued_on=legal_day(filed.at if filed else version.at),
        is_demo=here.filing.is_demo if here.filing else False,
        filer="　".join(one for one in (version.by.shown_name if version.by else "", version.contact) if one),
        reviewer=reviewed.by.shown_name if reviewed and reviewed.by else "",
        filed_on=legal_day(filed.at) if filed else None,
        rows=rows,
        figures=tuple(
            tuple(_figure(form, version.cells, line, column) for column in form.version.columns)
            for line in lines
        ),
        notes=tuple(notes),
        standing="" if state in LOCKED else both(state.label).zh,
        check=version.hash,
    )


def merged_paper(one: MergedReturn, *, as_of: dt.date, language: Language = "zh") -> ReturnPaper:
    """The form of a level that receives: what was accepted, added up; who fills in, reviews and files it writes it."""
    form = one.form
    cells = {
        row: {column: {"value": f"{value:f}", "status": _sum_status(one, row, column)} for column, value in columns.items()}
        for row, columns in one.sums.items()
    }  # fmt: skip
    for (row, column), lacking in one.lacking.items():
        why = f"{lacking} 份报表没有这个数"
        cells.setdefault(row, {})[column] = {"status": CellStatus.MISSING.value, "why": why}
    said = _Notes()
    keys = [key for key, column in form.version.columns.items() if column.adds_up or not column.is_filled_in]
    rows = tuple(
        (_head(form, line), *(_cell(form, cells, line, column, said) for column in keys))
        for line in one.lines
    )
    notes = [*said.lines, *_footnotes(one.lines), *(f"未含：{row.organisation.name}" for row in one.missing)]
    notes += [
        WITHOUT_BELOW.fill(office=each.name, of=each.of or "—", why=each.why).zh for each in one.further
    ]
    whole = len(one.included) + len(one.missing)
    return ReturnPaper(
        **_common(form, one.office, one.period, on=as_of, language=language, only=keys),
        number=f"{form.pack.id}/{form.key}/{one.period.key}/{one.office.short}",
        issued_on=as_of,
        filer="", reviewer="", filed_on=None,
        rows=rows,
        figures=tuple(tuple(_figure(form, cells, line, column) for column in keys) for line in one.lines),
        notes=tuple(notes),
        standing=f"汇总 {len(one.included)}/{whole} 份已接收的报表，截至 {as_of}",
    )  # fmt: skip


def _sum_status(one: MergedReturn, row: str, column: str) -> str:
    return (CellStatus.ESTIMATED if (row, column) in one.estimated else CellStatus.NORMAL).value


def _common(
    form: ReturnForm,
    office: Organisation,
    period: FilingPeriod,
    *,
    on: dt.date,
    language: Language,
    only: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What stands on a form of an office whoever filled it in; `only` some of its columns."""
    lines = form.lines(office)
    columns = {key: one for key, one in form.version.columns.items() if only is None or key in only}
    title, months = _title(form, office, on), _months(period)
    tells = any(one.tells for one in columns.values())
    return {
        "issuer": office.name,
        "hotlines": hotlines(office),
        "title": title.zh,
        "title_en": title.en,
        "period": months.zh,
        "period_en": months.en,
        "content": (NUMBER if tells else CONTENT.get(form.version.each or "", ROWS)).zh,
        "groups": _groups(columns.values()),
        "columns": tuple(_column(form, key, column, lines, language) for key, column in columns.items()),
        "layout": _layout(form, office),
    }


def _layout(form: ReturnForm, office: Organisation) -> str:
    """What of a form is our own arrangement and not the document's: its layout, that this level files it."""
    filer = form.filer(office)
    own = form.pack.interpretations[filer.own].options[OWN_ARRANGEMENT].says if filer and filer.own else None
    said = "；".join(one.zh for one in (form.version.unofficial, own) if one is not None)
    return said_with_places(said, form.pack, "zh")


def _footnotes(lines: Sequence[FormLine]) -> list[str]:
    return [line.row.footnote.zh for line in lines if line.row is not None and line.row.footnote is not None]


def _head(form: ReturnForm, line: FormLine) -> str:
    """How a row is headed: by its number alone, where columns tell what it is."""
    tells = any(one.tells for one in form.version.columns.values())
    return line.number if tells else line.printed.zh


def _figure(form: ReturnForm, cells: Cells, line: FormLine, column: str) -> Decimal | None:
    value = value_of(form, line, column, cells)
    return value if isinstance(value, Decimal) else None


def _title(form: ReturnForm, office: Organisation, on: dt.date) -> Words:
    """The form's name after that of the division whose department files it, as the blank 省 of annex 3 has it; after
    the office's own, where it is none, or another department of the division has a form of its own (兵团)."""
    called = form.title_of(office)
    if office.kind not in GOVERNMENT or not is_alone(office, on):
        return Words(f"{office.name}{called.zh}", f"{office.name_en or office.name}: {called.en}")
    region = office.regions.first() or office.region
    name = "全国" if region.code == NATION else region.name
    return Words(f"{name}{called.zh}", f"{region.name_en or region.name}: {called.en}")


def _months(period: FilingPeriod) -> Words:
    """From year and month to year and month; of what is filed once, that."""
    first, last = period.first, period.last
    if first is None or last is None:
        return period.title
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
    form: ReturnForm, key: str, column: ReturnColumn, lines: list[FormLine], language: Language
) -> ReturnColumnOnPaper:
    cells = [cell for line in lines if (cell := form.rule.cell(form.version, line, key)) is not None]
    is_number = bool(column.share) or (bool(cells) and all(number_of(cell) is not None for cell in cells))
    is_narrow = is_number or column.tells == "deadline" or (
        bool(cells) and all(isinstance(cell.value_type, Date) for cell in cells)
    )  # fmt: skip
    words = column.printed or column.title
    said = words.zh if language == "zh" else f"{words.zh} {words.en}"
    return ReturnColumnOnPaper(title=said, width=2 if is_narrow else WIDE.get(column.tells or "", 3), is_number=is_number)  # fmt: skip


def _cell(form: ReturnForm, cells: Cells, line: FormLine, column: str, notes: _Notes) -> str:
    """What stands in a cell; a status and a reason stand in the notes, under a number beside it."""
    cell, declared = form.rule.cell(form.version, line, column), form.version.columns[column]
    if cell is None:
        told = told_of(form, line, column, cells)
        return told.zh if told is not None else "—" if declared.share and not line.is_ongoing else "/"
    value, kept = value_of(form, line, column, cells), cells.get(line.key, {}).get(column, {})
    said = "—" if value is None else plain(value) if isinstance(value, Decimal) else cell.label(value, "zh")
    status, why = kept.get("status", ""), kept.get("why", "")
    if not why and status in ("", CellStatus.NORMAL):
        return said if kept or value is not None else ""
    what = both(CellStatus(status).label).zh if status else ""
    told_why = "，".join(one for one in (what if status != CellStatus.NORMAL else "", why) if one)
    return f"{said} {notes.mark(_head(form, line), (declared.printed or declared.title).zh, told_why)}"


# --------------------------------------------------------------- letters
FOR_ALL = Words(
    "各省（自治区、直辖市）能源主管部门，各派出机构，各供电企业", "all departments, offices and suppliers"
)
FOR_THE_AREA = Words("辖区内各能源主管部门、各供电企业", "the departments and suppliers of the area")


def letter_paper(letter: Any, *, as_of: dt.date, language: Language = "zh") -> bytes:
    """A reminder, a talk's notice or a circular as PDF. One that nobody signed yet says that it is a draft."""
    return bounded(render, letter_on_paper(letter, as_of=as_of), language=language)


def letter_on_paper(letter: UrgingLetter | Talk | Circular, *, as_of: dt.date) -> OfficialLetter:
    """What stands on it."""
    office, drafter = letter.organisation, letter.by.shown_name if letter.by else ""
    common: dict[str, Any] = {
        "number": letter.number,
        "issuer": office.name,
        "hotlines": hotlines(office),
        "is_demo": letter.is_demo,
        "paragraphs": tuple(one for one in letter.text.splitlines() if one.strip()),
        "cites": _cites(letter),
        "drafter": drafter,
    }
    if isinstance(letter, UrgingLetter):
        by = FactOnPaper(title="办理期限", title_en="By", text=_day_said(letter.due_on))
        title = Words("督促函", "Reminder")
        # nobody else signs it: who sends it answers for it
        return OfficialLetter(
            **common, signer=drafter, title=title.zh, title_en=title.en, to=letter.about.name, facts=(by,),
            issued_on=legal_day(letter.at),
        )  # fmt: skip
    common |= _signed(steps_of(letter, as_of=as_of)) | {"findings": _named_on_paper(letter)}
    if isinstance(letter, Talk):
        facts = (
            FactOnPaper(title="时间", title_en="When", text=f"{_day_said(letter.held_on)} {letter.hour}"),
            FactOnPaper(title="地点", title_en="Where", text=letter.place),
        )
        return OfficialLetter(
            **common, title=f"关于约谈{letter.about.name}的通知",
            title_en=f"Summons of {letter.about.name_en or letter.about.name} to a talk", to=letter.about.name, facts=facts,
        )  # fmt: skip
    to = FOR_ALL if letter.scope == CircularScope.NATION else FOR_THE_AREA
    return OfficialLetter(**common, title=letter.title, title_en="Circular", to=to.zh)


def _cites(letter: UrgingLetter | Talk | Circular) -> tuple[str, ...]:
    """The clause that it rests on; where that names another office alone, the interpretation by which this one acts
    on it, so that nobody reads a power into the clause that it does not give."""
    pack = rulebook.pack(letter.pack)
    says = pack.head.uses.inspecting.summoning if pack.head.uses.inspecting else None
    cited = f"{pack.head.number}　{letter.clause}"
    if says is None or letter.clause != says.clause or says.office in offices_of(pack, letter.organisation):
        return (cited,)
    reading = pack.interpretations[says.read_as]
    option = reading.options.get(reading.chosen)
    return (cited, f"解读 {says.read_as}：{option.says.zh}" if option else f"解读 {says.read_as}")


def _signed(steps: Sequence[Any]) -> dict[str, Any]:
    """Who signed it and on which day it is issued; what it is before, and after it was dropped."""
    by_state = {step.what: step for step in steps}
    signed, issued = by_state.get("signed"), by_state.get("published") or by_state.get("signed")
    state = steps[-1].what if steps else LetterState.DRAFTED
    is_draft = state in (LetterState.DRAFTED, LetterState.DROPPED)
    return {
        "signer": signed.by.shown_name if signed and signed.by else "",
        "issued_on": issued.on if issued else None,
        "standing": both(LetterState(state).label).zh if is_draft else "",
    }


def _named_on_paper(letter: Talk | Circular) -> tuple[FindingOnPaper, ...]:
    return tuple(
        FindingOnPaper(number=one.number, office=one.about.name, text=one.text, clause=one.clause)
        for one in findings_named(letter)
    )


def _day_said(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
