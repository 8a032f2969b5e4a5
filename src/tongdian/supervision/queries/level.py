"""How the standards stand at the level of an office that files none itself: what the returns say that it accepted, or
has a copy of, standard by standard and by who files.

Areas of a standard add up; of different standards nothing is added, and no share is an average of shares.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tongdian.parties.models import Organisation
from tongdian.policy.form_lines import FormLine
from tongdian.policy.rounding import ratio
from tongdian.supervision.models import FiledReturn, ReturnVersion
from tongdian.supervision.queries.cells import value_of
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.filings import ReturnStanding, forms_for, rates_of, standings
from tongdian.supervision.queries.offices import copied_from, filers_below
from tongdian.supervision.queries.receiving import Received

DUE, DONE = "due_areas", "done_areas"
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class AreasOfStandard:
    """In how many areas a standard was to be reached, and in how many it was; None: nobody says. `lacking` are those
    whose return counts and says nothing of it."""

    line: FormLine
    due: Decimal | None
    done: Decimal | None
    lacking: tuple[Organisation, ...] = ()

    @property
    def share(self) -> Decimal | None:
        """In per cent, rounded down; None where nothing was due, or nobody says."""
        return ratio(self.done * HUNDRED, self.due, 2, "down") if self.due and self.done is not None else None

    @property
    def left(self) -> Decimal | None:
        """The areas in which it was to be reached and was not."""
        return None if self.due is None or self.done is None else self.due - self.done


def standards_received(office: Organisation, *, as_of: dt.date) -> list[Received]:
    """The returns of standards that were filed to an office, or with a copy to it, by the end of a day: all periods,
    the newest first."""
    found = []
    for form in forms_for(office, as_of):
        if form.version.each != "standard":
            continue
        for is_copy, below in (
            (False, filers_below(form, office, as_of)),
            (True, copied_from(form, office, as_of)),
        ):
            rows = FiledReturn.objects.filter(
                organisation__in=[one.pk for one in below],
                pack=form.pack.id,
                form=form.key,
                at__lt=end_of(as_of),
            )
            for period in set(rows.values_list("period", flat=True)):
                each = standings(form, below, period, as_of=as_of)
                found.append(Received(form, each[0].period, rates_of(each), tuple(each), is_copy))
    return sorted(found, key=lambda one: (one.period.due, one.period.key, not one.is_copy), reverse=True)


def counting_version(one: Received, row: ReturnStanding) -> ReturnVersion | None:
    """The return that counts: of those filed to the office the accepted one, of a copy the one received."""
    return row.received if one.is_copy else row.accepted


def areas_of(one: Received, row: ReturnStanding, line: FormLine) -> AreasOfStandard:
    """Those of one who files."""
    version = counting_version(one, row)
    due, done = (
        value if isinstance(value, Decimal) else None
        for value in (
            value_of(one.form, line, name, version.cells) if version else None for name in (DUE, DONE)
        )
    )
    return AreasOfStandard(line, due, done)


def standards_of(one: Received) -> list[AreasOfStandard]:
    """Every standard over the returns that count, in the order of the form; none without such a return."""
    there = [row for row in one.standings if counting_version(one, row) is not None]
    return [
        _together(line, [(row.organisation, areas_of(one, row, line)) for row in there])
        for line in (one.form.rule.lines(one.form.pack, one.form.version) if there else ())
    ]


def _together(line: FormLine, several: Iterable[tuple[Organisation, AreasOfStandard]]) -> AreasOfStandard:
    due, done, lacking = [], [], []
    for office, one in several:
        if one.due is None or one.done is None:
            lacking.append(office)
        else:
            due.append(one.due)
            done.append(one.done)
    if not due:
        return AreasOfStandard(line, None, None, tuple(lacking))
    return AreasOfStandard(line, sum(due, Decimal(0)), sum(done, Decimal(0)), tuple(lacking))
