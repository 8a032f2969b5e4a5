"""What people type to change the rulebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongdian.policy.clauses import Interpretation
from tongdian.policy.words import Words
from tongdian.registers.sorts import to_choose_from
from tongdian.rulebook.models import CalendarChange
from tongdian.rulebook.rules import MAX_TEXT_BYTES, InterpretersPaper


class ChoiceForm(forms.Form):
    """One option of an interpretation, and why."""

    option = forms.ChoiceField(label=_("Reading"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who decided, on what document or consideration. It is kept with your name."),
    )

    def __init__(
        self, *args: Any, one: Interpretation, offices: Mapping[str, Words], language: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offices = [
            (
                office,
                title.say(language),
                self._field(f"paper-{office}", forms.CharField(label=_("Paper"), max_length=500)),
                self._field(
                    f"on-{office}",
                    forms.DateField(label=_("Its date"), widget=forms.DateInput(attrs={"type": "date"})),
                ),
            )
            for office, title in offices.items()
        ]
        self.fields["option"].choices = [
            (option, said.says.say(language)) for option, said in one.options.items()
        ]

    def _field(self, name: str, field: forms.Field) -> forms.BoundField:
        self.fields[name] = field
        return self[name]

    @property
    def papers(self) -> dict[str, InterpretersPaper]:
        """The paper of each office, as typed."""
        typed = self.cleaned_data
        return {
            office: InterpretersPaper(typed[f"paper-{office}"], typed[f"on-{office}"])
            for office, *_ in self.offices
        }


class OfficialTextForm(forms.Form):
    """The file with the official wording."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "A UTF-8 text with headings such as 第九条 and items such as （一）, or a CSV with the "
            "columns clause and text."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.md,.csv"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_TEXT_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB."))
        return file


class PublishedYearForm(forms.Form):
    """A year of working days, from its notice."""

    year = forms.IntegerField(label=_("Year"), min_value=2004, max_value=2099)
    text = forms.CharField(
        label=_("The notice"),
        widget=forms.Textarea(attrs={"rows": 12}),
        max_length=20_000,
        help_text=_(
            "Paste the State Council's notice as it is published, or write a day a line: "
            "2027-01-01,rest,元旦 (work for a weekend that is worked)."
        ),
    )
    source = forms.CharField(
        label=_("Source"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The notice that says so: who issued it, its number and date."),
    )


class CalendarChangeForm(forms.Form):
    """A day made one of rest or of work, with its source."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(
        label=_("It becomes"),
        choices=to_choose_from(
            [
                (CalendarChange.Kind.REST, _("a day of rest")),
                (CalendarChange.Kind.WORK, _("a working day")),
                (CalendarChange.Kind.PUBLISHED, _("as published again")),
            ]
        ),
    )
    region = forms.CharField(
        label=_("Region (GB/T 2260 code)"),
        required=False,
        max_length=6,
        help_text=_("Empty: the whole country. 450000 holds in all of Guangxi, 450300 in Guilin."),
    )
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=80)
    name_en = forms.CharField(label=_("Name in English"), max_length=80, required=False)
    source = forms.CharField(
        label=_("Source"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The notice that says so: who issued it, its number and date."),
    )
