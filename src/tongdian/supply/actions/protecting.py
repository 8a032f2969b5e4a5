"""Taking protection off a switch, or wiring a protected one otherwise: a leader approves, somebody else does it.

By one person it would be three steps to cut what is never cut: take it off, cut, put it back. What was approved is for one
change and stays on record, with who made it (the database: models/protection.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.calendar import legal_day
from tongdian.parties.permissions import one_hand
from tongdian.registers.action import action
from tongdian.spoken import both
from tongdian.supply.fields import UNPROTECTING
from tongdian.supply.models import ProtectionApproval, ProtectionRelease, SupplySwitch
from tongdian.supply.models.protection import WIRING
from tongdian.supply.queries import switching as queries
from tongdian.supply.refusing.protecting import NothingProtected, ProtectionNeedsApproval
from tongdian.supply.rules import APPROVE, SwitchProtection


@action("approve-unprotecting", may=APPROVE, within="switch.organisation", fields=UNPROTECTING)
def approve_unprotecting(
    *, viewer: Any, switch: SupplySwitch, reason: str, paper: str, at: dt.datetime
) -> ProtectionApproval:
    """Approve that the protection of a switch comes off, or that it is wired otherwise: for one change, which somebody
    else makes. Raises NothingProtected."""
    if switch.protects == SwitchProtection.NOTHING:
        raise NothingProtected(switch=switch.code)
    return ProtectionApproval.objects.create(
        organisation=switch.organisation, switch=switch, reason=reason, paper=paper, at=at, by_id=viewer.pk
    )


def wiring(switch: SupplySwitch) -> dict[str, Any]:
    """What makes a switch the one that it is, and what it protects."""
    return {name: getattr(switch, name) for name in (*WIRING, "protects")}


def release_protection(
    viewer: Any, switch: SupplySwitch, before: dict[str, Any], *, at: dt.datetime
) -> ProtectionRelease | None:
    """Use up an approval where what protected is about to be changed; None where nothing asks for one. One kind of
    protection may become the other. Raises ProtectionNeedsApproval."""
    after = wiring(switch)
    if before["protects"] == SwitchProtection.NOTHING:
        return None
    if after["protects"] != SwitchProtection.NOTHING and after | {"protects": before["protects"]} == before:
        return None
    approval = queries.open_approval(switch)
    if approval is None or approval.by_id in one_hand(viewer.pk, on=[legal_day(at), legal_day(approval.at)]):
        kind = SwitchProtection(before["protects"])
        raise ProtectionNeedsApproval(switch=switch.code, protects=both(kind.label))
    switch.releases += 1
    return ProtectionRelease.objects.create(
        organisation=switch.organisation,
        switch=switch,
        approval=approval,
        protected=before["protects"],
        at=at,
        by_id=viewer.pk,
    )
