"""The record of this installation's own cases, as signals and conformance read the files of any other: those of an
office's divisions, or a supplier's own."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.db.models import Max, Min, Q

from tongdian.bulk.periods import Span
from tongdian.cases.models import Case, Event
from tongdian.cases.queries.case_files import RECORD, in_stretches, write_cases
from tongdian.cases.queries.record_files import record_rows
from tongdian.metering.models import MeterInstallation
from tongdian.parties.models import Organisation
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.supervision.queries.counting import cases_of
from tongdian.supervision.refusing import TooManyCases

MOST_CASES = 5_000  # that a page looks through while somebody waits; files of more go through the command
KEPT_SECONDS = 3600


@dataclass(frozen=True)
class HalfYear:
    """The days that a page of the record is about."""

    key: str
    first: dt.date
    last: dt.date

    @property
    def title(self) -> Words:
        """How people call it."""
        zh, en = ("上", "first") if self.first.month == 1 else ("下", "second")
        return Words(f"{self.first.year}年{zh}半年", f"{en} half of {self.first.year}")


def half_years(as_of: dt.date, count: int = 4) -> list[HalfYear]:
    """The half-year of a day and those before it, the newest first."""
    found, year, half = [], as_of.year, 1 if as_of.month <= 6 else 2
    for _ in range(count):
        first, last = (
            (dt.date(year, 1, 1), dt.date(year, 6, 30))
            if half == 1
            else (dt.date(year, 7, 1), dt.date(year, 12, 31))
        )
        found.append(HalfYear(f"{year}-H{half}", first, last))
        year, half = (year, 1) if half == 2 else (year - 1, 2)
    return found


@dataclass(frozen=True)
class OwnRecord:
    """An office's cases that ran in a half-year, as they stood at the end of the day `on`."""

    organisation: Organisation
    pack: Pack
    period: HalfYear
    on: dt.date

    @property
    def span(self) -> Span:
        """The days of the half-year that have gone by."""
        return Span(self.period.first, min(self.period.last, self.on))

    @property
    def cases(self) -> Any:
        """Those that may lie in it, with what was withdrawn shortly before."""
        return (
            cases_of(self.organisation, self.pack.adopted_id)
            .filter(opened_on__lte=self.span.last)
            .filter(Q(ended_on=None) | Q(ended_on__gte=self.period.first - dt.timedelta(days=60)))
        )

    @contextmanager
    def files(self) -> Iterator[dict[str, list[Path]]]:
        """The record as files, those that have a row; without a case none."""
        with tempfile.TemporaryDirectory(prefix="tongdian-record-") as scratch:
            folder = Path(scratch) / "record"
            several = in_stretches(self.cases.select_related("organisation"))
            rows = record_rows(self.pack, several, on=self.on, in_use=first_metered)
            counts = write_cases(rows, folder, RECORD)
            found = {name: [folder / f"{name}.csv"] for name, count in counts.items() if count}
            yield found if counts["case"] else {}

    def kept(self, what: str, make: Callable[[], Any], *, command: str) -> Any:
        """What is made of it, kept for an hour: the same record gives the same. Raises TooManyCases, which names
        the `command` for files of more."""
        cases = self.cases
        if (count := cases.count()) > MOST_CASES:
            raise TooManyCases(count=f"{count:,}", most=f"{MOST_CASES:,}", command=command)
        newest = Event.objects.filter(case__in=cases).aggregate(at=Max("recorded_at"))["at"]
        key = (
            f"{what}:{self.pack.content_hash}:{self.organisation.pk}:{self.period.key}:{self.on}:{count}:"
            f"{newest and newest.timestamp()}"
        )
        found = cache.get(key)
        if found is None:
            found = make()
            cache.set(key, found, KEPT_SECONDS)
        return found


def first_metered(case: Case, meter: str) -> dt.date | None:
    """The day on which a meter first hung at the place of a case: its supply is in use from then on at the latest."""
    hung = MeterInstallation.objects.filter(meter__code=meter, usage_point__place=case.place_id)
    day = hung.aggregate(day=Min("in_place__startswith"))["day"]
    return day if isinstance(day, dt.date) else None
