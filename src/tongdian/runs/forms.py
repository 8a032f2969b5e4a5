"""What is asked when files are brought, and what their headings mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian.bulk.glimpse import Glimpse
from tongdian.bulk.headings import Wanted
from tongdian.bulk.own_tables import FROM_AND_BEFORE, asked_of_table
from tongdian.parties.models import Organisation
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Options, Place
from tongdian.policy.words import Words
from tongdian.runs.actions.bringing import Brought
from tongdian.runs.queries import OpenReading
from tongdian.runs.rules import SUFFIXES
from tongdian.spoken import reader_language, say

NOT_READ = "-"
ACCEPTED = {"accept": ",".join(SUFFIXES), "multiple": True}


class FilesInput(forms.FileInput):
    """Several files at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesOfAGrain(forms.FileField):
    """Files of one kind: a list, empty where none was chosen."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        if not data:
            super().clean(None, initial)
            return []
        # an empty file is refused by the action, by its name
        return [one for one in data if one]


class BringForm(forms.Form):
    """The day, the office, files for each grain, rows of one's own for a table, and readings to be tried."""

    organisation = forms.ModelChoiceField(label=_("For"), queryset=Organisation.objects.none())
    on = forms.DateField(
        label=_("By the rules of"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(
        self,
        *args: Any,
        offered: Any,
        pack: Pack,
        rule: SheetRule,
        sheet: Sheet,
        ways: Sequence[OpenReading],
        on: dt.date,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.fields["organisation"].queryset = offered
        if len(few := offered[:2]) == 1:
            self.fields["organisation"].initial = few[0]
        self.fields["on"].initial = on
        self.grains = {grain.name: f"file.{grain.name}" for grain in sheet.read}
        for grain in sheet.read:
            title = rule.titles.get(grain.name)
            self.fields[self.grains[grain.name]] = FilesOfAGrain(
                label=gettext("File: %(grain)s") % {"grain": say(title) if title else grain.name},
                required=not grain.may_be_absent,
                widget=FilesInput(attrs=ACCEPTED),
                help_text=gettext("May be left out where there was none.") if grain.may_be_absent else "",
            )
        if rule.measure is not None:
            named = [one.name for one in sheet.root.inputs if isinstance(one.type, Options | Place)]
            self.fields["by"] = forms.MultipleChoiceField(
                label=_("Apart by"),
                choices=[(one, say(rule.titles[one]) if one in rule.titles else one) for one in named],
                required=False,
                widget=forms.SelectMultiple(attrs={"size": min(len(named), 6)}),
            )

        self._ask_own_rows(pack, sheet)
        self._ask_ways(ways)

    def _ask_own_rows(self, pack: Pack, sheet: Sheet) -> None:
        for name in sorted(sheet.tables):
            table: Any = pack.rules[name]
            columns = Words("、", ", ").say(reader_language()).join(_headings(table))
            self.grains[name] = f"file.{name}"
            self.fields[self.grains[name]] = FilesOfAGrain(
                label=gettext("Rows of your own: %(table)s") % {"table": say(table.title)},
                required=False,
                widget=FilesInput(attrs=ACCEPTED),
                help_text=gettext("In place of the regulation's rows; columns: %(columns)s.")
                % {"columns": columns},
            )

    def _ask_ways(self, ways: Sequence[OpenReading]) -> None:
        self.ways = {way.interpretation.id: f"take.{way.interpretation.id}" for way in ways}
        for way in ways:
            options = way.interpretation.options
            now = say(options[way.chosen].says) if way.chosen else ""
            first = (
                gettext("as chosen here: %(option)s") % {"option": now} if now else gettext("not chosen yet")
            )
            self.fields[self.ways[way.interpretation.id]] = forms.ChoiceField(
                label=say(way.interpretation.issue),
                choices=[("", first), *((key, say(one.says)) for key, one in options.items())],
                required=False,
            )

    @property
    def main(self) -> dict[str, Any]:
        """The form without the readings that may be tried: they stand below, folded."""
        aside = {*self.ways.values()}
        return {
            "errors": self.errors,
            "non_field_errors": self.non_field_errors(),
            "hidden_fields": self.hidden_fields(),
            "visible_fields": [field for field in self.visible_fields() if field.name not in aside],
        }

    @property
    def way_fields(self) -> list[Any]:
        """The readings that may be tried."""
        return [self[name] for name in self.ways.values()]

    @property
    def has_tried(self) -> bool:
        """Whether any reading was named."""
        return any(self[name].value() for name in self.ways.values())

    @property
    def brought(self) -> dict[str, list[Brought]]:
        """The files by grain or table."""
        found = {grain: self.cleaned_data.get(name) or [] for grain, name in self.grains.items()}
        return {
            grain: [Brought(one.name, one.read()) for one in files] for grain, files in found.items() if files
        }

    @property
    def take(self) -> dict[str, str]:
        """The readings to be tried."""
        said = {key: self.cleaned_data.get(name, "") for key, name in self.ways.items()}
        return {key: option for key, option in said.items() if option}


def _headings(table: Any) -> Iterator[str]:
    """What the columns of a table may be called: by their titles, those that have none by their names."""
    titles = {name: one.title for name, one in table.columns.items()} | FROM_AND_BEFORE
    for name in asked_of_table(table).names:
        title = titles[name]
        yield say(title) if title else name


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """A heading on the page where it is said what headings mean."""

    field: str
    title: str
    samples: tuple[str, ...]
    chosen: str
    is_new: bool
    nearest: str


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file on that page: its headings, the columns to choose from, and what is still missing."""

    grain: str
    title: str
    name: str
    rows: int
    headings: tuple[HeadingRow, ...]
    columns: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]

    @property
    def is_clear(self) -> bool:
        """Whether nothing is left to be said."""
        return not self.missing and not any(one.is_new for one in self.headings)


def file_part(
    grain: str, name: str, rule: SheetRule, asked: Wanted, files: Sequence[Glimpse], typed: Mapping[str, str]
) -> FilePart:
    """The headings of the files of a grain; `typed` is what was chosen just now and refused."""
    seen = together(files)
    unread = {title for title, column in asked.mapped if column is None}
    rows, found = [], set()
    for number, one in enumerate(seen.headings):
        field = f"{grain}.{number}"
        known = one.column or (NOT_READ if asked.is_unread(one.title) and unread else "")
        chosen = typed.get(field, known)
        found.add(chosen)
        near = _titled(rule, one.nearest) if one.nearest else ""
        samples = tuple(value for value in one.samples if value)
        rows.append(HeadingRow(field, one.title, samples, chosen, not known, near))
    missing = [_titled(rule, one) for one in asked.names if one not in asked.optional and one not in found]
    return FilePart(
        grain,
        _titled(rule, grain),
        name,
        seen.rows,
        tuple(rows),
        tuple((one, _titled(rule, one)) for one in asked.names),
        tuple(missing),
    )


def together(files: Sequence[Glimpse]) -> Glimpse:
    """Files of one grain as one: each heading once, as the first file has it."""
    headings = {one.title: one for seen in reversed(files) for one in reversed(seen.headings)}
    return Glimpse(tuple(reversed(headings.values())), sum(seen.rows for seen in files))


def said_columns(
    seen: Mapping[str, Sequence[Glimpse]], typed: Mapping[str, str]
) -> dict[str, dict[str, str | None]]:
    """What was chosen for each heading: a column, None for nothing, "" where nothing was chosen."""
    return {
        grain: {
            one.title: None if typed.get(f"{grain}.{n}") == NOT_READ else typed.get(f"{grain}.{n}", "")
            for n, one in enumerate(together(found).headings)
        }
        for grain, found in seen.items()
    }


def _titled(rule: SheetRule, name: str) -> str:
    title = rule.titles.get(name)
    return say(title) if title else name
