"""What is asked when files are brought, and what their headings mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongdian.bulk.glimpse import Glimpse
from tongdian.bulk.headings import Wanted
from tongdian.parties.models import Organisation
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.sheet import Sheet
from tongdian.policy.types import Options, Place
from tongdian.runs.actions.bringing import Brought
from tongdian.runs.rules import SUFFIXES
from tongdian.spoken import say

NOT_READ = "-"


class BringForm(forms.Form):
    """The day, the office, and a file for each grain."""

    organisation = forms.ModelChoiceField(label=_("For"), queryset=Organisation.objects.none())
    on = forms.DateField(
        label=_("By the rules of"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(
        self, *args: Any, offered: Any, rule: SheetRule, sheet: Sheet, on: dt.date, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.fields["organisation"].queryset = offered
        if len(few := offered[:2]) == 1:
            self.fields["organisation"].initial = few[0]
        self.fields["on"].initial = on
        self.grains = {grain.name: f"file.{grain.name}" for grain in sheet.read}
        for grain in sheet.read:
            title = rule.titles.get(grain.name)
            self.fields[self.grains[grain.name]] = forms.FileField(
                label=gettext("File: %(grain)s") % {"grain": say(title) if title else grain.name},
                required=not grain.may_be_absent,
                widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES)}),
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

    @property
    def brought(self) -> dict[str, Brought]:
        """The files by grain."""
        found = {grain: self.cleaned_data.get(name) for grain, name in self.grains.items()}
        return {grain: Brought(file.name, file.read()) for grain, file in found.items() if file}


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
    grain: str, name: str, rule: SheetRule, asked: Wanted, seen: Glimpse, typed: Mapping[str, str]
) -> FilePart:
    """The headings of a file; `typed` is what was chosen just now and refused."""
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


def said_columns(seen: Mapping[str, Glimpse], typed: Mapping[str, str]) -> dict[str, dict[str, str | None]]:
    """What was chosen for each heading: a column, None for nothing, "" where nothing was chosen."""
    return {
        grain: {
            one.title: None if typed.get(f"{grain}.{n}") == NOT_READ else typed.get(f"{grain}.{n}", "")
            for n, one in enumerate(found.headings)
        }
        for grain, found in seen.items()
    }


def _titled(rule: SheetRule, name: str) -> str:
    title = rule.titles.get(name)
    return say(title) if title else name
