"""Quotas of a year, reports of usage, and rooms that pay what they use beyond a quota.

QuotaPlan, QuotaShare  the year's plan: measures, and how much each unit may use (3)
QuotaPlanAnswer        a second person approved it, or did not
UsageReport            the report of a month as it was drawn up (4); drawn up again, it has a new number
UsageReportCheck       a second person checked it (3)
QuotaRoom              a guard room or student room with a quota, from a day on (26, 27)
ExcessCharge           what was used beyond it in a month, and who owes it
"""

from __future__ import annotations

from django.db import models

from tongdian.accounts.models import BillingAccount, Posting, named_by, own_key
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.billing.models.bills import BillingDeed
from tongdian.billing.models.second_person import second_person
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words


class QuotaPlan(BillingDeed):
    """The saving plan of a year with its quotas. What is revised has the next number, and a reason."""

    kept = SealedTable(Words("节能规划与用能指标方案", "plan of savings and quotas"))

    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    measures = Line(has_lines=True, max_length=2000)
    reason = Line(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta(BillingDeed.Meta):
        constraints = [
            named_by("quota_plan"),
            models.UniqueConstraint(
                fields=["organisation", "year", "number"], name="plans_of_a_year_are_numbered"
            ),
            models.CheckConstraint(
                condition=models.Q(year__gte=2000, year__lte=2099), name="quota_plan_is_of_a_year"
            ),
            models.CheckConstraint(
                condition=models.Q(number=1) | ~models.Q(reason=""), name="plan_is_revised_with_a_reason"
            ),
            models.CheckConstraint(condition=~models.Q(measures=""), name="plan_says_how_it_saves"),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"quota-plan:{self.year}/{self.number}"


class QuotaShare(AppendOnly):
    """What a unit may use in the year, kWh and m³."""

    kept = SealedTable(Words("单位用能指标", "quota of a unit"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    plan = own_key(QuotaPlan, related_name="shares")
    unit = Line(max_length=80)
    kwh = models.DecimalField(max_digits=14, decimal_places=2)
    m3 = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["plan", "unit"], name="unit_has_one_quota_in_a_plan"),
            models.CheckConstraint(
                condition=models.Q(kwh__gte=0, m3__gte=0) & ~models.Q(unit=""),
                name="quota_is_of_a_unit_and_not_below_nothing",
            ),
        ]


class QuotaPlanAnswer(BillingDeed):
    """What a second person said to a plan."""

    kept = SealedTable(Words("指标方案审批", "approval of a plan of quotas"))

    plan = own_key(QuotaPlan, related_name="answer", is_only=True)
    is_approved = models.BooleanField()
    reason = Line(max_length=200, blank=True)

    class Meta(BillingDeed.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            second_person("plan", "billing_quotaplan"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_approved=True) | ~models.Q(reason=""),
                name="plan_is_refused_with_a_reason",
            )
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.plan.audit_subject)


class UsageReport(BillingDeed):
    """水电数据报表: what was billed in a month, by unit and class of user, beside the quotas. `rows` are as
    they were when it was drawn up; `hash` is over all that it says."""

    kept = SealedTable(Words("水电数据报表", "report of usage"))

    month = models.DateField()
    number = models.PositiveSmallIntegerField()
    plan = own_key(QuotaPlan, null=True, related_name="+")
    rows = Data(default=list)
    unbilled_days = models.BigIntegerField()  # days of agreements up to the month's end without a bill
    hash = models.CharField(max_length=64)
    reason = Line(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta(BillingDeed.Meta):
        constraints = [
            named_by("usage_report"),
            models.UniqueConstraint(
                fields=["organisation", "month", "number"], name="reports_of_a_month_are_numbered"
            ),
            models.CheckConstraint(condition=models.Q(month__day=1), name="usage_report_is_of_a_whole_month"),
            models.CheckConstraint(
                condition=models.Q(number=1) | ~models.Q(reason=""),
                name="report_is_drawn_up_again_with_a_reason",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"usage-report:{self.month:%Y-%m}/{self.number}"


class UsageReportCheck(BillingDeed):
    """A second person checked a report: it is right, or what is wrong."""

    kept = SealedTable(Words("报表审核", "check of a report of usage"))

    report = own_key(UsageReport, related_name="verdict", is_only=True)
    is_right = models.BooleanField()
    remarks = Line(has_lines=True, max_length=500, blank=True)

    class Meta(BillingDeed.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            second_person("report", "billing_usagereport"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_right=True) | ~models.Q(remarks=""),
                name="report_is_sent_back_with_what_is_wrong",
            )
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.report.audit_subject)


class QuotaRoom(BillingDeed):
    """A room whose use has a quota from a month on. `account` is that of the room, `payer` that of who is
    on duty or lives there and owes what is beyond. `kwh` is approved by the room's equipment; none: its
    quota goes by its residents."""

    kept = SealedTable(Words("定额场所", "room with a quota"))

    account = own_key(BillingAccount, related_name="quota_rooms")
    payer = own_key(BillingAccount, related_name="+")
    kind = Line(max_length=20)  # as the pack names it
    first_on = models.DateField()
    equipment = Data(default=list)
    kwh = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    answer = Data(null=True)  # of the sheet that made it
    paper = Line(max_length=120)

    class Meta(BillingDeed.Meta):
        constraints = [
            named_by("quota_room"),
            models.UniqueConstraint(fields=["account", "first_on"], name="room_has_one_quota_from_a_month"),
            models.CheckConstraint(
                condition=models.Q(first_on__day=1), name="quota_of_a_room_begins_with_a_month"
            ),
            models.CheckConstraint(condition=~models.Q(paper=""), name="quota_of_a_room_rests_on_a_paper"),
            models.CheckConstraint(
                condition=~models.Q(account=models.F("payer")), name="room_does_not_pay_its_own_excess"
            ),
        ]


class ExcessCharge(BillingDeed):
    """What a room used beyond its quota in a month, and what its payer owes for it. Made again, it has the
    next number, and what the former posted is reversed."""

    kept = SealedTable(Words("超额水电费", "charge beyond a quota"))

    room = own_key(QuotaRoom, related_name="charges")
    month = models.DateField()
    number = models.PositiveSmallIntegerField()
    residents = Data(default=list)
    used_kwh = models.DecimalField(max_digits=14, decimal_places=2)
    used_m3 = models.DecimalField(max_digits=14, decimal_places=2)
    over_kwh = models.DecimalField(max_digits=14, decimal_places=2)
    over_m3 = models.DecimalField(max_digits=14, decimal_places=2)
    fen = models.BigIntegerField()
    answer = Data()
    posting = own_key(Posting, null=True, related_name="+", is_only=True)  # none: nothing is beyond

    class Meta(BillingDeed.Meta):
        constraints = [
            named_by("excess_charge"),
            models.UniqueConstraint(fields=["room", "month", "number"], name="excess_of_a_month_is_numbered"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="excess_is_of_a_whole_month"),
            models.CheckConstraint(
                condition=models.Q(fen__gte=0, over_kwh__gte=0, over_m3__gte=0),
                name="excess_is_not_below_nothing",
            ),
        ]
