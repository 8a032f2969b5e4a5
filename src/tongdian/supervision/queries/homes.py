"""What an office comes first to: its returns that are due, who below has not filed, what turned red, questions."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from tongdian.parties.models import Organisation
from tongdian.supervision.models import CellQuestion
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.days import end_of
from tongdian.supervision.queries.digests import SOON, DigestLine, red_lines
from tongdian.supervision.queries.filings import ReturnStanding
from tongdian.supervision.queries.receiving import Received, received


@dataclass(frozen=True)
class OfficeHome:
    """An office at the end of a day. `due` are its own returns that are overdue, or due within a month, the most
    pressing first; `missing` what others file to it, or it gets a copy of, with those whose day has gone by; `to_accept` how
    many lie with it; `questions` those that it has to answer; `red` how many things of each sort are red, and
    `red_indicators` which indicators do not keep their standard."""

    office: Organisation
    as_of: dt.date
    due: tuple[ReturnStanding, ...]
    missing: tuple[tuple[Received, tuple[Organisation, ...]], ...]
    to_accept: int
    questions: tuple[CellQuestion, ...]
    red: dict[str, int]
    red_indicators: tuple[DigestLine, ...]

    @property
    def overdue(self) -> int:
        """How many of its own returns are overdue."""
        return sum(one.is_overdue(self.as_of) for one in self.due)

    @property
    def to_come(self) -> int:
        """How many of them are not."""
        return len(self.due) - self.overdue

    @property
    def overdue_below(self) -> int:
        """How many returns are overdue that others file to it."""
        return sum(len(those) for one, those in self.missing if not one.is_copy)

    @property
    def is_calm(self) -> bool:
        """Whether nothing is to be said of it."""
        return not (self.due or self.missing or self.to_accept or self.questions or self.red)


def home_of(office: Organisation, *, as_of: dt.date) -> OfficeHome:
    """An office at the end of a day."""
    due = [
        one
        for one in filings.own_standings(office, as_of=as_of)
        if not one.is_received and one.period.due <= as_of + SOON
    ]
    behind = [
        (one, tuple(row.organisation for row in one.standings if row.is_overdue(as_of)))
        for one in received(office, as_of=as_of)
    ]
    red = list(red_lines(office, as_of))
    return OfficeHome(
        office,
        as_of,
        tuple(sorted(due, key=lambda one: one.period.due)),
        tuple((one, those) for one, those in behind if those),
        len(filings.waiting_for(office, as_of=as_of)),
        tuple(_questions(office, as_of)),
        dict(Counter(key[0] for key, _ in red)),
        tuple(line for key, line in red if key[0] == "indicator"),
    )


def _questions(office: Organisation, as_of: dt.date) -> list[CellQuestion]:
    """Those on cells of its returns without an answer, the first due first."""
    rows = CellQuestion.objects.filter(version__organisation=office, answer=None, at__lt=end_of(as_of))
    return list(rows.select_related("version__filing", "organisation").order_by("answer_by", "at"))
