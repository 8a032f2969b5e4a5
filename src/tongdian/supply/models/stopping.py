"""Supply as it was opened, stopped and restored: rows that are added and never changed.

SupplyChange     a usage point was opened, or closed for good: by which case, on which day
StopApproval     a leader approved that the supply of a home is stopped
SupplyStop       supply is stopped since a day, on one ground; several may hold at once
StopEnd          from a day on one stop holds no more: how, why, by whom
RestorationCase  the case in which the restoration of a stop is asked for

What a point is on a day follows from these rows (queries/stopping.py). Keys between them name the organisation,
as those of the books do: see the migration.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from tongdian.accounts.models import BillingAccount, DunningStep
from tongdian.accounts.models.books import named_by, own_key
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.cases.models import Case
from tongdian.network.models import UsagePoint
from tongdian.parties.models import Customer, OfficeDeed
from tongdian.plain_fields import Line
from tongdian.policy.words import Words
from tongdian.supply.rules import (
    AGAINST_THE_WILL,
    BY_BOTH_OFFICES,
    HOMES,
    StopGround,
    StopOutcome,
    SupplyTurn,
)


def _listed(*values: str) -> str:
    return ", ".join(f"'{one}'" for one in sorted(values))


def refusal_unless(name: str, holds: str, says: str) -> pgtrigger.Trigger:
    """A trigger that lets in only the rows for which some SQL holds."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            if not ({holds}) then
                raise exception '{says}' using errcode = 'check_violation', constraint = '{name}';
            end if;
            return new;
        """,
    )


def of_its_house(thing: str) -> pgtrigger.Trigger:
    """A row is of the organisation whose place the usage point is in."""
    return refusal_unless(
        f"{thing}_is_of_its_organisation",
        """exists (select from network_usagepoint point join network_place place on place.id = point.place_id
                    where point.id = new.usage_point_id and place.organisation_id = new.organisation_id)""",
        "the usage point is another organisation''s",
    )


class AtPoint(OfficeDeed):
    """Something done about the supply of a usage point."""

    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="+")

    class Meta(OfficeDeed.Meta):
        abstract = True

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it: all that is done to a point is of one thing."""
        return f"usagepoint:{self.usage_point_id}"


class SupplyChange(AtPoint):
    """A usage point is supplied from a day on, or no more. Without a case the reason says by which paper."""

    kept = SealedTable(Words("供应开通、终止", "opening or end of supply"))

    what = Line(max_length=6, choices=SupplyTurn)
    on = models.DateField()
    case = Line(max_length=30, blank=True)
    reason = Line(has_lines=True, max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta(AtPoint.Meta):
        triggers = [*AppendOnly.Meta.triggers, of_its_house("supply_change")]  # type: ignore[assignment]
        indexes = [models.Index(fields=["usage_point", "-on", "-id"], name="changes_of_a_supply_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=SupplyTurn.values), name="supply_change_opens_or_closes"
            ),
            models.CheckConstraint(
                condition=~Q(case="") | ~Q(reason=""), name="supply_change_says_by_which_case_or_paper"
            ),
        ]


class StopApproval(AtPoint):
    """A leader approved that the supply of a home stops on a ground; one approval is for one stop."""

    kept = SealedTable(Words("住户停供批准", "approval of a stop at a home"))

    ground = Line(max_length=10, choices=StopGround)
    reason = Line(has_lines=True, max_length=500)
    paper = Line(max_length=120)

    class Meta(AtPoint.Meta):
        triggers = [*AppendOnly.Meta.triggers, of_its_house("stop_approval")]  # type: ignore[assignment]
        constraints = [
            named_by("stop_approval"),
            models.CheckConstraint(
                condition=Q(ground__in=AGAINST_THE_WILL), name="stop_is_approved_on_a_ground_that_needs_it"
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(paper=""), name="stop_is_approved_with_reason_and_paper"
            ),
        ]


class SupplyStop(AtPoint):
    """Supply of a usage point is stopped since a day. Of arrears it names the account and the notice that was
    given; `is_home` is what the place was then."""

    kept = SealedTable(Words("停止供应", "stop of supply"))

    ground = Line(max_length=10, choices=StopGround)
    on = models.DateField()
    cite = Line(max_length=80)
    case = Line(max_length=30, blank=True)
    reason = Line(has_lines=True, max_length=500)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+")
    account = own_key(BillingAccount, null=True, related_name="supply_stops")
    notice = own_key(DunningStep, null=True, related_name="+")
    approval = own_key(StopApproval, null=True, related_name="stops")
    again = own_key("self", null=True, related_name="followed_by", is_only=True)  # its end was taken back
    is_home = models.BooleanField()
    is_demo = models.BooleanField(default=False)

    class Meta(AtPoint.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            of_its_house("supply_stop"),
            refusal_unless(
                "stop_for_arrears_follows_its_notice",
                """new.ground <> 'arrears' or exists (
                    select from accounts_dunningstep given
                     where given.id = new.notice_id and given.account_id = new.account_id
                       and given.step = 'notice' and given."on" <= new."on")""",
                "no notice was given",
            ),
            refusal_unless(
                "flat_is_stopped_as_a_home",
                f"""new.is_home or not exists (
                    select from network_usagepoint point join network_place place on place.id = point.place_id
                     where point.id = new.usage_point_id and place.kind in ({_listed(*HOMES)}))""",
                "a flat is a home",
            ),
            refusal_unless(
                "stop_cuts_something",
                """new.again_id is not null
                    or not exists (select from supply_supplyswitch switch where switch.usage_point_id = new.usage_point_id)
                    or exists (select from supply_supplyswitch switch
                                where switch.usage_point_id = new.usage_point_id and switch.protects = 'nothing')""",
                "every switch of it protects, and is never cut",
            ),
            refusal_unless(
                "stop_is_approved_by_another",
                """new.approval_id is null or exists (
                    select from supply_supplystop former
                     where former.id = new.again_id and former.approval_id = new.approval_id) or exists (
                    select from supply_stopapproval given
                     where given.id = new.approval_id and given.usage_point_id = new.usage_point_id
                       and given.ground = new.ground and given.by_id is distinct from new.by_id)""",
                "approved by another, for that point and ground",
            ),
        ]
        indexes = [
            models.Index(fields=["usage_point", "on"], name="stops_of_a_supply_by_day"),
            models.Index(fields=["account"], name="stops_of_an_account"),
            models.Index(fields=["case"], name="stops_of_a_case"),
        ]
        constraints = [
            named_by("supply_stop"),
            models.UniqueConstraint(
                fields=["approval"], condition=Q(again=None), name="approval_is_for_one_stop"
            ),
            models.CheckConstraint(
                condition=Q(ground__in=StopGround.values), name="supply_stops_on_a_known_ground"
            ),
            models.CheckConstraint(
                condition=~Q(cite="") & ~Q(reason=""), name="supply_stops_with_citation_and_reason"
            ),
            models.CheckConstraint(
                condition=Q(ground="arrears", account__isnull=False, notice__isnull=False)
                | (~Q(ground="arrears") & Q(account=None, notice=None)),
                name="stop_for_arrears_names_account_and_notice",
            ),
            models.CheckConstraint(
                condition=Q(is_home=False) | ~Q(ground__in=AGAINST_THE_WILL) | Q(approval__isnull=False),
                name="home_is_stopped_with_a_leaders_approval",
            ),
            models.CheckConstraint(
                condition=~Q(ground__in=["violation", "prepayment", "asked"]) | ~Q(case=""),
                name="stop_by_a_case_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.usage_point} · {self.get_ground_display()}"


class StopEnd(AppendOnly):
    """From a day on a stop holds no more. After arrears or a violation it is restored by both offices: `energy`
    and `centre` are whoever did the formalities there. `delay` is the reason told where it took too long."""

    kept = SealedTable(Words("停止供应的结束", "end of a stop"))

    stop = own_key(SupplyStop, primary_key=True, related_name="end", is_only=True)
    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    outcome = Line(max_length=10, choices=StopOutcome)
    on = models.DateField()
    case = Line(max_length=30, blank=True)
    reason = Line(has_lines=True, max_length=500)
    energy = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    centre = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    delay = Line(has_lines=True, max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            refusal_unless(
                "supply_is_restored_by_both_offices",
                f"""new.outcome <> 'restored'
                    or (new.energy_id is not null and new.centre_id is not null
                        and new.energy_id <> new.centre_id)
                    or not exists (select from supply_supplystop stop
                                    where stop.id = new.stop_id and stop.ground in ({_listed(*BY_BOTH_OFFICES)}))""",
                "both offices do their formalities",
            ),
            refusal_unless(
                "stop_ends_after_it_began",
                """exists (select from supply_supplystop stop where stop.id = new.stop_id and stop."on" <= new."on")""",
                "a stop ends after it began",
            ),
        ]
        indexes = [models.Index(fields=["case"], name="ends_of_stops_of_a_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=StopOutcome.values), name="stop_ends_in_a_known_way"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="stop_ends_with_a_reason"),
        ]


class RestorationCase(OfficeDeed):
    """A case in which the restoration of a stop is asked for."""

    kept = SealedTable(Words("恢复供应的业务", "case of a restoration"))

    stop = own_key(SupplyStop, related_name="restorations")
    case = models.ForeignKey(Case, models.PROTECT, related_name="restores")
    reason = Line(has_lines=True, max_length=500, blank=True)  # what was corrected; none: it was paid

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(fields=["stop", "case"], name="stop_is_restored_in_a_case_once")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.stop.audit_subject)
