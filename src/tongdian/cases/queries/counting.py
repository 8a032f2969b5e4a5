"""Cases counted by supplier, by area and by process: what who works none of them looks at before any list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from tongdian.cases.models import Case, Event, OpenStage
from tongdian.cases.queries.measured import exempt_among
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import supervised_prefixes

MOST_LOOKED_INTO = 200  # late cases that stood still once, for force majeure
DIGITS = (2, 4, 6)  # of a code: province, prefecture, county


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many cases of one supplier, area or process: all of those counted, those in hand, and those in hand with a
    stage past its last day. `key` is an organisation's id, the first digits of a division's code, or (pack, process)."""

    key: Any
    all: int
    in_hand: int
    late: int


@dataclass(frozen=True)
class CaseCounts:
    """The same cases counted three times, the most late first."""

    by_supplier: Sequence[CaseCount]
    by_area: Sequence[CaseCount]
    by_process: Sequence[CaseCount]

    @property
    def all(self) -> int:
        """How many."""
        return sum(one.all for one in self.by_process)

    @property
    def in_hand(self) -> int:
        """How many of them have not ended."""
        return sum(one.in_hand for one in self.by_process)

    @property
    def late(self) -> int:
        """How many of those have a stage past its last day."""
        return sum(one.late for one in self.by_process)


def late_on(day: dt.date) -> Q:
    """Cases in hand with a stage past its last day."""
    return Q(ending="") & Q(Exists(OpenStage.objects.filter(case=OuterRef("pk"), due_on__lt=day)))


def counts_of(rows: QuerySet[Case], day: dt.date, *, digits: int) -> CaseCounts:
    """Some cases on a day, by areas of so many digits of their codes."""
    asked = {
        "all": Count("pk"),
        "in_hand": Count("pk", filter=Q(ending="")),
        "late": Count("pk", filter=late_on(day)),
    }
    plain = rows.select_related(None).order_by()

    def counted(*by: str, of: QuerySet[Case] = plain) -> list[CaseCount]:
        found = of.values(*by).annotate(**asked).order_by("-late", "-in_hand", *by)
        return [
            CaseCount(
                tuple(one[name] for name in by) if len(by) > 1 else one[by[0]],
                one["all"], one["in_hand"], one["late"],
            )
            for one in found
        ]  # fmt: skip

    by_area = counted("area", of=plain.annotate(area=Left("region_id", digits)))
    return CaseCounts(counted("organisation"), by_area, counted("pack", "process"))


def kept_apart(rows: QuerySet[Case], day: dt.date) -> set[UUID]:
    """Of cases that are late on a day, those that a measure keeps apart for force majeure; of those that once stood
    still the first `MOST_LOOKED_INTO` are looked into."""
    suspended = Event.objects.filter(case=OuterRef("pk"), kind="suspended")
    once = rows.filter(late_on(day), Exists(suspended)).order_by("id")[:MOST_LOOKED_INTO]
    return exempt_among(once, day)


def digits_of_areas(viewer: Any) -> int:
    """By how much of a division's code a viewer's cases are counted: the level below the widest division that their
    departments are competent for; of several provinces (a regional office) by these."""
    prefixes = supervised_prefixes(viewer, "cases.read")
    widest = min(map(len, prefixes), default=6)
    if sum(len(one) == widest for one in prefixes) > 1:
        return widest
    return next((one for one in DIGITS if one > widest), DIGITS[-1])


def suppliers_named(counts: CaseCounts) -> dict[UUID, Organisation]:
    """The suppliers of some counts, by their ids."""
    return Organisation.objects.in_bulk([one.key for one in counts.by_supplier])
