"""Empty files to fill in for a sheet: one a grain, with the pack's titles as headings and below them
a line of notes, which begins with ※ and is passed over when the file is given back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from tongdian.bulk.headings import Wanted
from tongdian.bulk.intake import columns_of
from tongdian.bulk.rating import sheet_rule
from tongdian.bulk.refusals import TemplateThere
from tongdian.bulk.results import write_csv
from tongdian.policy.inputs import expected
from tongdian.policy.interpretations import check_take
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Grain, Sheet
from tongdian.policy.types import Bool, Options, Type
from tongdian.policy.words import Words
from tongdian.spreadsheets.reading import NOTE

REQUIRED = Words("必填", "required")
MAY_BE_EMPTY = Words("可空", "may be empty")


def write_templates(
    pack: Pack, rule_id: str, *, to: Path, on: dt.date, language: str, take: Mapping[str, str] | None = None
) -> list[Path]:
    """Write GRAIN.csv into a folder for each grain that the sheet in force on a day reads.

    Nothing is written where one of them is there. Raises NotASheet, UnknownRule, TemplateThere,
    OSError.
    """
    rule = sheet_rule(pack, rule_id)
    check_take(pack, rule, take or {})
    taken = rule.taken(pack, take or {})
    sheet = rule.sheet(pack, rule.version_on(on, taken), taken)
    files = {grain.name: to / f"{grain.name}.csv" for grain in sheet.read}
    for file in files.values():
        if file.exists():
            raise TemplateThere(file=file)
    to.mkdir(parents=True, exist_ok=True)
    for grain in sheet.read:
        asked = columns_of(sheet, grain, rule.titles)
        headings = [_heading(asked, name, rule.titles.get(name), language) for name in asked.names]
        notes = [_note(sheet, grain, name, rule.labels).say(language) for name in asked.names]
        write_csv(files[grain.name], headings, [[f"{NOTE} {notes[0]}", *notes[1:]]])
    return list(files.values())


def _heading(asked: Wanted, name: str, title: Words | None, language: str) -> str:
    """The title of a column, or its name where another column has that title too."""
    said = title.say(language) if title is not None else name
    return said if asked.column(said) == name else name


def _note(sheet: Sheet, grain: Grain, name: str, labels: Mapping[str, Words]) -> Words:
    own = next((one for one in grain.inputs if one.name == name), None)
    may_be_empty = own is not None and own.default is not None
    needed = MAY_BE_EMPTY if may_be_empty else REQUIRED
    what = _written(sheet.types[name], labels)
    return Words(f"{needed.zh}；{what.zh.strip()}", f"{needed.en}; {what.en}")


def _written(kind: Type, labels: Mapping[str, Words]) -> Words:
    match kind:
        case Options(values):
            return Words(*(" | ".join(_choices(values, labels, language)) for language in ("zh", "en")))
        case Bool():
            return Words("是 | 否", "yes | no")
    return expected(kind)


def _choices(values: Sequence[str], labels: Mapping[str, Words], language: str) -> list[str]:
    """Each choice by its title, or by its own word where two have one title."""
    titles = [labels[value].say(language) if value in labels else value for value in values]
    return [title if titles.count(title) == 1 else value for value, title in zip(values, titles, strict=True)]
