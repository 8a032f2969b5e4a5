"""What somebody may do and see: `viewer.has_perm("area.verb", organisation)` and `seen(…)`.

Actions and menus ask the same question: a role held in an organisation counts in all below it.
Without an organisation it asks whether the viewer may do it anywhere, which is what a menu wants
to know. The table of roles is in rules.py. Permission is asked about the present day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rules
from django.db.models import Q
from django.utils import timezone

from tongdian.calendar import region_prefix
from tongdian.parties.models import Account, Acting, Membership, Organisation
from tongdian.parties.rules import PERMISSIONS, Role

SUPERVISING = frozenset(
    {
        Organisation.Kind.REGULATOR,
        Organisation.Kind.DISPATCHED,
        Organisation.Kind.DEPARTMENT,
        Organisation.Kind.PRICE_AUTHORITY,
    }
)
SUPERVISED = frozenset(
    {
        Organisation.Kind.SUPPLIER_GROUP,
        Organisation.Kind.SUPPLIER,
        Organisation.Kind.BRANCH,
    }
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody has today: their own, or that of a colleague they act for."""

    role: str
    organisation: Organisation | None
    for_account: UUID | None = None

    def reaches(self, organisation: Organisation) -> bool:
        """Whether the role counts in that organisation."""
        return self.organisation is None or self.organisation.id in organisation.ancestors


def grants(account: Account, *, on: dt.date | None = None) -> tuple[Grant, ...]:
    """Every role held on a day (today), own and acted for. Asked once for each account object."""
    day = on or timezone.localdate()
    known: dict[dt.date, tuple[Grant, ...]] = account.__dict__.setdefault("_grants", {})
    if day not in known:
        absent = list(
            Acting.objects.filter(stand_in=account, in_force__contains=day).values_list(
                "absent_id", flat=True
            )
        )
        rows = Membership.objects.filter(
            account__in=[account.id, *absent], in_force__contains=day
        ).select_related("organisation")
        known[day] = tuple(
            Grant(
                row.role,
                row.organisation,
                None if row.account_id == account.id else row.account_id,
            )
            for row in rows
        )
    return known[day]


def seen(
    viewer: Any, permission: str, *, organisation: str = "organisation", region: str = ""
) -> Q:
    """The rows that a viewer sees with a permission, as a filter.

    `organisation` and `region` are the names of the row's foreign keys. A role sees its
    organisation and all below. A role in a department also sees the suppliers of the regions that
    the department is competent for, row by row where the rows have a region.
    """
    roles = PERMISSIONS[permission]
    held = [grant for grant in grants(viewer) if grant.role in roles]
    if any(grant.organisation is None for grant in held):
        return Q()
    own = {grant.organisation.id for grant in held if grant.organisation is not None}
    if not own:
        return Q(pk__in=[])
    below = Organisation.objects.filter(ancestors__overlap=list(own)).values_list("id", flat=True)
    found = Q(**{f"{organisation}__in": list(below)})
    prefixes = supervised_regions([grant.organisation for grant in held if grant.organisation])
    if prefixes:
        by_region = f"{region or organisation + '__region'}_id"
        where = Q()
        for prefix in prefixes:
            where |= Q(**{f"{by_region}__startswith": prefix})
        found |= where & Q(**{f"{organisation}__kind__in": list(SUPERVISED)})
    return found


def supervised_regions(organisations: list[Organisation]) -> list[str]:
    """The code prefixes of the regions that departments among them are competent for."""
    found: dict[str, None] = {}
    for one in organisations:
        if one.kind in SUPERVISING:
            for code in one.regions.values_list("code", flat=True):
                found[region_prefix(code)] = None
    return list(found)


def _held_by(roles: frozenset[Role]) -> rules.predicates.Predicate:
    @rules.predicate(name=" or ".join(sorted(roles)))
    def holds(account: Account, organisation: Organisation | None = None) -> bool:
        if not getattr(account, "is_active", False):
            return False
        return any(
            grant.role in roles and (organisation is None or grant.reaches(organisation))
            for grant in grants(account)
        )

    return holds


for _name, _roles in PERMISSIONS.items():
    rules.add_perm(_name, _held_by(_roles))
