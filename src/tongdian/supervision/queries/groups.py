"""What a group sees of its suppliers: their plans, returns and tasks, due, late and missing (通知/2(4))."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from tongdian.parties.models import Organisation
from tongdian.policy.packs import Pack
from tongdian.supervision.models import UrgingLetter
from tongdian.supervision.queries.filings import ReturnStanding, own_standings
from tongdian.supervision.queries.offices import in_order, kind_of, offices_of, supervising_packs
from tongdian.supervision.queries.revising import RevisionDue, own_revisions
from tongdian.supervision.queries.tasks import Task, tasks_of_each
from tongdian.supervision.refusing import NotAGroup
from tongdian.supervision.rules import TaskStanding


@dataclass(frozen=True)
class SupplierGroup:
    """A group, its pack, and the clause that has it press its suppliers."""

    group: Organisation
    pack: Pack
    clause: str


@dataclass(frozen=True)
class SubsidiaryStanding:
    """A supplier of a group: what of its work is late or missing."""

    supplier: Organisation
    returns: list[ReturnStanding]
    tasks: list[Task]
    revisions: list[RevisionDue]
    reminders: list[UrgingLetter]
    as_of: dt.date

    @property
    def missing(self) -> list[ReturnStanding]:
        """Returns whose day has gone by and that are not there."""
        return [one for one in self.returns if one.is_overdue(self.as_of)]

    @property
    def late(self) -> list[ReturnStanding]:
        """Returns that came after their day."""
        return [one for one in self.returns if one.is_received and not one.is_on_time]

    @property
    def done(self) -> int:
        """Tasks done."""
        return sum(one.done_on is not None for one in self.tasks)

    @property
    def overdue(self) -> list[Task]:
        """Tasks whose day has gone by."""
        return [one for one in self.tasks if one.standing == TaskStanding.OVERDUE]

    @property
    def soon(self) -> list[Task]:
        """Tasks whose day is near."""
        return [one for one in self.tasks if one.is_soon]

    @property
    def is_behind(self) -> bool:
        """Whether there is something to press for."""
        return bool(self.missing or self.overdue or self.revisions)


def supplier_group(office: Organisation, on: dt.date) -> SupplierGroup:
    """As what group an organisation presses its suppliers. Raises NotAGroup."""
    for pack in supervising_packs(office, on):
        says = pack.head.uses.inspecting
        if says is not None and says.group in offices_of(pack, office):
            return SupplierGroup(office, pack, says.pressed_by)
    raise NotAGroup(organisation=office.name)


def is_group(office: Organisation, on: dt.date) -> bool:
    """Whether an organisation is a group that presses its suppliers."""
    try:
        supplier_group(office, on)
    except NotAGroup:
        return False
    return True


def subsidiaries(here: SupplierGroup, on: dt.date) -> list[Organisation]:
    """The suppliers below a group, at every level."""
    kind = kind_of(here.pack.head.uses.offices["supplier"])
    rows = Organisation.objects.filter(
        kind=kind, ancestors__contains=[here.group.pk], in_force__contains=on
    ).exclude(pk=here.group.pk)
    return in_order(list(rows.select_related("region").prefetch_related("regions")))


def subsidiary_standings(here: SupplierGroup, *, as_of: dt.date) -> list[SubsidiaryStanding]:
    """How each supplier of a group stands, those that are behind first."""
    listed = subsidiaries(here, as_of)
    reminded: dict[Any, list[UrgingLetter]] = {}
    for row in UrgingLetter.objects.filter(organisation=here.group, at__date__lte=as_of).order_by(
        "-at", "-id"
    ):
        reminded.setdefault(row.about_id, []).append(row)
    found = [
        SubsidiaryStanding(
            one,
            own_standings(one, as_of=as_of),
            [task for task in tasks if task.is_own],
            own_revisions(one, as_of=as_of),
            reminded.get(one.pk, []),
            as_of,
        )
        for one, tasks in tasks_of_each(listed, here.pack, as_of=as_of).items()
    ]
    return sorted(found, key=lambda one: (-len(one.missing) - len(one.revisions), -len(one.overdue)))
