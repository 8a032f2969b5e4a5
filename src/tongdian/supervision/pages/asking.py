"""What every page of supervision asks first: for which office, and as of which day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tongdian.parties.models import Organisation
from tongdian.policy.clauses import Coordinating
from tongdian.policy.packs import Pack
from tongdian.supervision.queries.offices import offices_of, own_offices, responsible, supervising_packs


@dataclass(frozen=True)
class OfficeAsked:
    """The office that a page is of, those that the viewer may change to, and the day as of which it is."""

    office: Organisation | None
    offices: list[Organisation]
    as_of: dt.date
    today: dt.date
    passed_over: str = ""  # the office that the address names, where the viewer has no role in it

    @property
    def is_past(self) -> bool:
        """Whether it shows another day than today."""
        return self.as_of != self.today

    @property
    def query(self) -> str:
        """What the links of the page carry along."""
        parts = [f"office={self.office.short}"] if self.office else []
        return "&".join([*parts, *([f"as_of={self.as_of.isoformat()}"] if self.is_past else [])])

    @cached_property
    def pack(self) -> Pack | None:
        """The pack whose ledger binds the office; asked for once, by whichever part of a page."""
        packs = supervising_packs(self.office, self.as_of) if self.office else []
        return packs[0] if packs else None

    @property
    def inspects(self) -> bool:
        """Whether the document has the office inspect suppliers."""
        says = self.pack.head.uses.inspecting if self.pack else None
        return says is not None and self._is_one_of(says.by)

    @property
    def is_group(self) -> bool:
        """Whether the document has the office press its suppliers."""
        says = self.pack.head.uses.inspecting if self.pack else None
        return says is not None and self._is_one_of([says.group])

    @property
    def coordinates(self) -> Coordinating | None:
        """The tasks of coordination, where the document gives them to the office."""
        says = self.pack.head.uses.coordinating if self.pack else None
        if says is None or self.pack is None or self.office is None:
            return None
        given_to = set(self.pack.clauses[says.meetings].offices)
        return says if responsible(self.pack, self.office) & given_to else None

    def _is_one_of(self, offices: Iterable[str]) -> bool:
        return (
            self.pack is not None
            and self.office is not None
            and bool(set(offices_of(self.pack, self.office)) & set(offices))
        )


def asked(request: HttpRequest) -> OfficeAsked:
    """From the address: ?office=GXT&as_of=2021-11-30. What is none of the viewer's, or no day, is passed over."""
    today = timezone.localdate()
    viewer: Any = request.user
    offices = own_offices(viewer, today)
    named = request.GET.get("office", "")
    office = next((one for one in offices if one.short == named), offices[0] if offices else None)
    try:
        as_of = dt.date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        as_of = today
    if not dt.date(2000, 1, 1) <= as_of <= today:
        as_of = today
    other = named[:12] if named and (office is None or office.short != named) else ""
    return OfficeAsked(office, offices, as_of, today, other)
