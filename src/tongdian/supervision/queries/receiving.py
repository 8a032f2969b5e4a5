"""What is filed to an office, form by form and period by period, with its four numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tongdian.parties.models import Organisation
from tongdian.policy.kinds.filing import FilingPeriod
from tongdian.policy.words import Words
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.filings import Rates, ReturnStanding, rates_of
from tongdian.supervision.queries.offices import ReturnForm, copied_from, filers_below, offices_of


@dataclass(frozen=True)
class Received:
    """A form and period that are filed to an office, with its four numbers and where each return stands."""

    form: ReturnForm
    period: FilingPeriod
    rates: Rates
    standings: tuple[ReturnStanding, ...]
    is_copy: bool = False

    @property
    def title(self) -> Words:
        """What those who file it call it; where they differ, the form's."""
        return title_of(self.form, self.standings)

    @property
    def short(self) -> Words:
        """The same in few words."""
        titles = {one.short for one in self.standings}
        return titles.pop() if len(titles) == 1 else self.form.rule.short or self.form.title


def title_of(form: ReturnForm, standings: Sequence[ReturnStanding]) -> Words:
    """What those who file a form call it; where they differ, its own name."""
    titles = {one.title for one in standings}
    return titles.pop() if len(titles) == 1 else form.title


def received(office: Organisation, *, as_of: dt.date) -> list[Received]:
    """What others file to an office, form by form, the newest period first."""
    found = []
    for form in filings.forms_for(office, as_of):
        for is_copy, below in (
            (False, filers_below(form, office, as_of)),
            (True, copied_from(form, office, as_of)),
        ):
            if not below:
                continue
            filers = [
                one for one in form.rule.filers(form.version, form.taken) if one.by in _offices(form, below)
            ]
            periods = {
                one.key: one
                for filer in filers
                for one in filings.periods_near(form, filer, as_of)
                if one.opens is None or one.opens <= as_of
            }
            for period in sorted(periods.values(), key=lambda one: one.due, reverse=True):
                standings = filings.standings(form, below, period.key, as_of=as_of)
                rates = rates_of(standings)
                if period.due >= as_of - filings.BEFORE or rates.accepted < rates.expected:
                    found.append(Received(form, period, rates, tuple(standings), is_copy))
    return found


def _offices(form: ReturnForm, organisations: list[Organisation]) -> set[str]:
    return {name for one in organisations for name in offices_of(form.pack, one)}
