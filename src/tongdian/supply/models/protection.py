"""Protection of a switch that is taken off: approved by one, done by another, kept for good.

ProtectionApproval  a leader approved, with reason and paper, that one change touches what protects
ProtectionRelease   the change that it was for, by somebody else; how many there were stands at the switch, so that the
                    database lets no change of a protected switch by without one
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from tongdian.accounts.models.books import named_by, own_key
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.parties.models import OfficeDeed
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.supply.models.stopping import refusal_unless

# What makes it the switch that it is: where it is reached, and which way it supplies.
WIRING = ("protocol", "host", "port", "unit", "coil", "supplied_when", "meter_address", "usage_point_id")


def _of(row: str) -> str:
    return "(" + ", ".join(f"{row}.{one}" for one in WIRING) + ")"


PROTECTION_TRIGGERS = (
    pgtrigger.Trigger(
        name="protection_comes_off_by_two",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            if old.protects <> 'nothing'
               and (new.protects = 'nothing' or {_of("new")} is distinct from {_of("old")})
               and (new.releases <> old.releases + 1 or new.releases <> (
                    select count(*) from supply_protectionrelease let where let.switch_id = new.id)) then
                raise exception 'what protects is changed with a second person'
                    using errcode = 'check_violation', constraint = 'protection_comes_off_by_two';
            end if;
            return new;
        """,  # noqa: S608  # the names of our own columns
    ),
    # Many devices answer to every unit, and unit 0 of a gateway is all of them. The lock lets two who enter at once
    # see each other.
    pgtrigger.Trigger(
        name="protected_coil_is_no_other_switch",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func="""
            perform pg_advisory_xact_lock(hashtext(concat_ws(' ', 'coil', new.host, new.port, new.coil)));
            if exists (select from supply_supplyswitch other
                        where other.id <> new.id and other.host = new.host and other.port = new.port
                          and other.coil = new.coil and (other.protects <> 'nothing' or new.protects <> 'nothing')) then
                raise exception 'a protected coil is one switch, whatever the unit'
                    using errcode = 'check_violation', constraint = 'protected_coil_is_no_other_switch';
            end if;
            return new;
        """,
    ),
)


class ProtectionApproval(OfficeDeed):
    """A leader approved that the protection of a switch comes off, or that a protected one is wired otherwise; one
    approval is for one change."""

    kept = SealedTable(Words("解除开关保护的批准", "approval that a switch protects no more"), by_deed=True)

    switch = own_key("supply.SupplySwitch", related_name="+")
    reason = Line(has_lines=True, max_length=500)
    paper = Line(max_length=120)

    class Meta(OfficeDeed.Meta):
        constraints = [
            named_by("protection_approval"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(paper=""), name="protection_comes_off_with_reason_and_paper"
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it: all that a switch is told is of one thing."""
        return f"supplyswitch:{self.switch_id}"


class ProtectionRelease(OfficeDeed):
    """A protected switch was changed with an approval: `protected` is what from. The approval is used up."""

    kept = SealedTable(Words("解除开关保护", "change of a protected switch"), by_deed=True)

    switch = own_key("supply.SupplySwitch", related_name="+")
    approval = own_key(ProtectionApproval, related_name="release", is_only=True)
    protected = Line(max_length=7)

    class Meta(OfficeDeed.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            refusal_unless(
                "protection_is_released_by_another",
                """exists (
                    select from supply_protectionapproval given
                     where given.id = new.approval_id and given.switch_id = new.switch_id
                       and given.by_id is distinct from new.by_id)""",
                "approved by another, for that switch",
            ),
        ]
        constraints = [
            named_by("protection_release"),
            models.CheckConstraint(condition=~Q(protected=""), name="protection_released_says_of_what"),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"supplyswitch:{self.switch_id}"
