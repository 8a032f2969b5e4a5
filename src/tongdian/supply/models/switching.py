"""Switches that act on the supply of a usage point, and what they were told to do.

SupplySwitch    where a switch is reached, which way it supplies, and what it protects
SwitchCommand   it is to supply, or to cut: why, by whom; or only to be tried without acting
SwitchStep      one step of a command's life: planned, held, sent, confirmed by reading back, failed, given up

What protects from fire or keeps somebody alive is never cut: the database refuses the command. Nor is such a switch
wired otherwise, or its protection taken off, by one person (protection.py).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongdian.accounts.models.books import named_by, own_key
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.network.models import UsagePoint
from tongdian.parties.models import OfficeDeed, Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks
from tongdian.supply import fields
from tongdian.supply.models.protection import PROTECTION_TRIGGERS
from tongdian.supply.models.stopping import of_its_house, refusal_unless
from tongdian.supply.rules import SwitchFollows, SwitchProtection, SwitchProtocol, SwitchState


class SupplySwitch(models.Model):
    """What supplies a usage point: a coil of a Modbus TCP device, of which `supplied_when` is what it reads while the
    point is supplied; or the relay of a meter behind a serial converter, spoken to by DL/T 645, which supplies while it is
    closed. While the record has the point supplied it may go by the timetable of its place (`follows`): lights.
    `password` is encrypted."""

    kept = SealedTable(Words("供应开关", "switch of supply"), by_deed=True)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="switches")
    code = Line(max_length=40)
    protocol = Line(max_length=6, choices=SwitchProtocol, default=SwitchProtocol.MODBUS)
    host = Line(max_length=45)
    port = models.DecimalField(max_digits=5, decimal_places=0)
    unit = models.DecimalField(max_digits=3, decimal_places=0, null=True)
    coil = models.DecimalField(max_digits=5, decimal_places=0, null=True)
    supplied_when = models.BooleanField(default=True)
    meter_address = Line(max_length=12, blank=True)
    password = models.BinaryField(default=b"", blank=True)
    protects = Line(max_length=7, choices=SwitchProtection, default=SwitchProtection.NOTHING)
    follows = Line(max_length=9, choices=SwitchFollows, default=SwitchFollows.RECORD)
    releases = models.PositiveSmallIntegerField(default=0)  # how often its protection was taken off by two
    is_demo = models.BooleanField(default=False)

    class Meta:
        triggers = (of_its_house("switch"), *PROTECTION_TRIGGERS)
        constraints = [
            *checks("switch", *fields.SWITCH),
            named_by("switch"),
            models.UniqueConstraint(fields=["organisation", "code"], name="switch_code_is_used_once"),
            # of the whole installation: a device does not know whose house asks
            models.UniqueConstraint(fields=["host", "port", "unit", "coil"], name="coil_is_one_switch"),
            models.UniqueConstraint(
                fields=["meter_address"], condition=~Q(meter_address=""), name="relay_is_one_switch"
            ),
            models.CheckConstraint(
                condition=Q(
                    protocol=SwitchProtocol.MODBUS,
                    unit__isnull=False,
                    coil__isnull=False,
                    meter_address="",
                    password=b"",
                )
                | (
                    Q(protocol=SwitchProtocol.DLT645, unit=None, coil=None, supplied_when=True)
                    & ~Q(meter_address="")
                    & ~Q(password=b"")
                ),
                name="switch_is_reached_by_its_own_protocol",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class SwitchCommand(OfficeDeed):
    """A switch is to supply (`is_on`) or to cut. A trial reads the switch and acts on nothing; `undoes` is the
    command whose work this one takes back."""

    kept = SealedTable(Words("开关指令", "command to a switch"))

    switch = own_key(SupplySwitch, related_name="commands")
    is_on = models.BooleanField()
    is_trial = models.BooleanField(default=False)
    undoes = own_key("self", null=True, related_name="undone_by", is_only=True)
    reason = Line(has_lines=True, max_length=500)

    class Meta(OfficeDeed.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            refusal_unless(
                "what_protects_is_never_cut",
                """new.is_on or new.is_trial or not exists (
                    select from supply_supplyswitch switch
                     where switch.id = new.switch_id and switch.protects <> 'nothing')""",
                "it protects from fire or keeps somebody alive",
            ),
        ]
        constraints = [
            named_by("switch_command"),
            models.CheckConstraint(condition=~Q(reason=""), name="switch_is_told_with_a_reason"),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it: all that a switch is told is of one thing."""
        return f"supplyswitch:{self.switch_id}"


class SwitchStep(AppendOnly):
    """A step of a command. `reads_on` is what the switch said when it was read: none where it said nothing."""

    kept = SealedTable(Words("开关指令步骤", "step of a command to a switch"))

    pk = models.CompositePrimaryKey("command", "number")
    command = own_key(SwitchCommand, related_name="steps")
    number = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    state = Line(max_length=9, choices=SwitchState)
    reads_on = models.BooleanField(null=True)
    said = Line(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            refusal_unless(
                "nothing_is_sent_to_cut_what_protects",
                """new.state <> 'sent' or not exists (
                    select from supply_switchcommand told join supply_supplyswitch switch on switch.id = told.switch_id
                     where told.id = new.command_id and not told.is_on and switch.protects <> 'nothing')""",
                "it protects from fire or keeps somebody alive",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SwitchState.values), name="step_of_a_switch_is_of_a_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(reads_on__isnull=False),
                name="switch_is_confirmed_by_reading_it",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "withdrawn"]) | Q(by__isnull=False),
                name="command_is_held_and_withdrawn_by_somebody",
            ),
        ]
