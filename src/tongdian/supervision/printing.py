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
from tongdian.parties.permissions import GOVERNMENT
from tongdian.policy.kinds.filing import FormLine, ReturnColumn, number_of
from tongdian.policy.types import Date
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook
from tongdian.spoken import both, plain
from tongdian.supervision.findings import CircularScope, LetterState
from tongdian.supervision.models import Circular, ReturnVersion, Talk, UrgingLetter
from tongdian.supervision.queries.cells import value_of
from tongdian.supervision.queries.filings import ReturnStanding, absent_named
from tongdian.supervision.queries.letters import findings_named, steps_of
from tongdian.supervision.queries.offices import offices_of
from tongdian.supervision.rules import LOCKED, CellStatus

CONTENT = {"task": Words("工作任务", "Task"), "standard": Words("指标", "Standard")}
ROWS = Words("统计内容", "Content")
WITHOUT_OF = Words(
    "未含下级：{office}（报{of}），{why}", "Without the return of {office}, which files to {of}: {why}"
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


def paper_of(here: ReturnStanding, version: ReturnVersion, *, language: Language = "zh") -> ReturnPaper:
    """What stands on it."""
    form, notes = here.form, list[str]()
    lines = here.lines
    rows = tuple(
        (line.printed.zh, *(_cell(here, version, line, column, notes) for column in form.version.columns))
        for line in lines
    )
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
        return Words(f"{office.name}{here.title.zh}", f"{office.name_en or office.name}: {here.title.en}")  # fmt: skip
    region = office.regions.first() or office.region
    return Words(f"{region.name}{here.title.zh}", f"{region.name_en or region.name}: {here.title.en}")  # fmt: skip


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
