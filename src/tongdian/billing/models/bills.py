"""Bills, and how they came about.

BillingRun       an office bills what was read in some days
RunPreview       what the run would post, counted and hashed; made anew where something changed
RunItem          what becomes of one supply in it: a bill, the work list, or not due
RunRelease, ...  a second person releases it, or an item that was held
RunPosting       it was posted
RunDiscard       it was given up instead
Bill, BillLine   what a customer is asked to pay, line by line; lines lie in partitions by month
BilledPeriod     these days of this agreement are billed: no two overlap, the database says so
BillCancellation a bill that no longer counts; what it posted is reversed
BillNotice       the customer was told of it, of its cancellation, of the answer to an objection
BillDelivery     it was handed over or sent, from which the time to object runs
Dispute, ...     the customer objects, and how that was settled (22)

Every key between tables of money names the organisation: see the migration.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models

from tongdian.accounts.models import BillingAccount, Posting, named_by, organisation_of_many, own_key
from tongdian.agreements.models import Agreement
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.billing.rules import BillNews, DeliveryWay, DisputeOutcome, SupplyOutcome
from tongdian.identifiers import uuid7
from tongdian.notices.models import Notice
from tongdian.parties.models import OfficeDeed, Organisation
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words


class BillingDeed(OfficeDeed):
    """What somebody did about money that is billed, and when."""

    class Meta(OfficeDeed.Meta):
        abstract = True


class BillingRun(BillingDeed):
    """An office bills what was read from `first_on` through `until`; what it bills is due on `due_on`.
    `accounts` names the billing accounts, none: all."""

    kept = SealedTable(Words("开账", "billing run"))

    first_on = models.DateField()
    until = models.DateField()
    due_on = models.DateField()
    accounts = Data(default=list)
    note = Line(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta(BillingDeed.Meta):
        constraints = [
            named_by("billing_run"),
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("first_on"), due_on__gt=models.F("until")),
                name="billing_run_has_its_days_in_order",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"billing-run:{self.pk}"


class RunPreview(BillingDeed):
    """What a run would post: `hash` over its items in order. Days and fen are counted from them;
    `supplied` from the agreements themselves."""

    kept = SealedTable(Words("开账预览", "preview of a billing run"))

    run = own_key(BillingRun, related_name="previews")
    number = models.PositiveSmallIntegerField()
    hash = models.CharField(max_length=64)
    bills = models.PositiveIntegerField()
    fen = models.BigIntegerField()
    supplied = models.BigIntegerField()  # days of agreements
    billed = models.BigIntegerField()
    work = models.BigIntegerField()
    later = models.BigIntegerField()

    class Meta(BillingDeed.Meta):
        constraints = [
            named_by("run_preview"),
            models.UniqueConstraint(fields=["run", "number"], name="previews_of_a_run_are_numbered"),
        ]


class RunItem(AppendOnly):
    """What becomes of the days [`starts`, `ends`) of an agreement in a preview. `parts` are what each
    sheet is given, so that every line can be made again; `findings` what a person should look at."""

    kept = SealedTable(Words("开账明细", "item of a billing run"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = organisation_of_many()
    preview = own_key(RunPreview, related_name="items", db_index=False)  # see the indexes
    agreement = own_key(Agreement, related_name="+")
    account = own_key(BillingAccount, null=True, related_name="+")
    outcome = Line(max_length=5, choices=SupplyOutcome)
    starts = models.DateField()
    ends = models.DateField()
    fen = models.BigIntegerField(null=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    parts = Data(default=list)
    findings = Data(default=list)
    score = models.PositiveIntegerField(default=0)
    is_held = models.BooleanField(default=False)  # until a second person says why it is right
    reason = Data(default=dict)  # {"zh": …, "en": …}, on the work list
    hash = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["preview", "outcome", "id"], name="run_item_by_outcome")]
        constraints = [
            named_by("run_item"),
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("starts")), name="run_item_is_of_a_day_at_least"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="bill", fen__isnull=False, account__isnull=False)
                | (~models.Q(outcome="bill") & models.Q(fen=None)),
                name="run_item_that_is_billed_has_an_amount",
            ),
        ]


class RunRelease(BillingDeed):
    """A second person looked at a preview and releases it, or with `item` one that its findings held."""

    kept = SealedTable(Words("开账放行", "release of a billing run"))

    preview = own_key(RunPreview, related_name="releases")
    item = own_key(RunItem, null=True, related_name="release", is_only=True)
    reason = Line(max_length=200, blank=True)

    class Meta(BillingDeed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["preview"], condition=models.Q(item=None), name="preview_is_released_once"
            ),
            models.CheckConstraint(
                condition=models.Q(item=None) | ~models.Q(reason=""),
                name="item_that_was_held_is_released_with_a_reason",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"billing-run:{self.preview.run_id}"


class RunPosting(BillingDeed):
    """A run was posted: every bill of its preview that was not held, and that was still what was seen."""

    kept = SealedTable(Words("开账入账", "posting of a billing run"))

    run = own_key(BillingRun, related_name="posting", is_only=True)
    preview = own_key(RunPreview, related_name="+")
    bills = models.PositiveIntegerField()
    fen = models.BigIntegerField()
    changed = Data(default=list)  # what was no longer as it was seen, and is on the work list


class RunDiscard(BillingDeed):
    """A run that posted nothing is given up, with the reason; it stays in the list."""

    kept = SealedTable(Words("开账作废", "run given up"))

    run = own_key(BillingRun, related_name="discard", is_only=True)
    reason = Line(max_length=200)

    class Meta(BillingDeed.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="run_with_bills_is_not_discarded",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    if exists (select from billing_bill where run_id = new.run_id)
                       or exists (select from billing_runposting where run_id = new.run_id)
                    then
                        raise exception 'a run that has bills is not discarded';
                    end if;
                    return new;
                """,
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="run_is_discarded_for_a_reason")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"billing-run:{self.run_id}"


class Bill(BillingDeed):
    """What a customer is asked to pay for the days [`starts`, `ends`) at a place. `parts` are what each
    sheet was given; `hash` is over all that it says, and is in its QR code."""

    kept = SealedTable(Words("账单", "bill"))

    organisation = organisation_of_many()
    number = Line(max_length=30)
    account = own_key(BillingAccount, related_name="bills", db_index=False)  # see the indexes
    run = own_key(BillingRun, null=True, related_name="bills")
    starts = models.DateField()
    ends = models.DateField()
    issued_on = models.DateField()
    due_on = models.DateField()
    fen = models.BigIntegerField()
    electricity_fen = models.BigIntegerField()
    water_fen = models.BigIntegerField()
    parts = Data()
    hash = models.CharField(max_length=64)
    posting = own_key(Posting, null=True, related_name="bill", is_only=True)  # none: it is of nothing
    corrects = own_key("self", null=True, related_name="corrected_by", is_only=True)
    reason = Line(has_lines=True, max_length=200, blank=True)  # of a correction
    is_example = models.BooleanField(default=False)  # a price is an example and not official
    is_demo = models.BooleanField(default=False)

    class Meta(BillingDeed.Meta):
        indexes = [models.Index(fields=["account", "-issued_on"], name="bill_of_an_account_newest")]
        constraints = [
            named_by("bill"),
            models.UniqueConstraint(fields=["organisation", "number"], name="bill_number_is_used_once"),
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("starts"), due_on__gte=models.F("issued_on")),
                name="bill_has_its_days_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(fen=models.F("electricity_fen") + models.F("water_fen")),
                name="bill_is_its_electricity_and_its_water",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def last_on(self) -> dt.date:
        """The last day that it bills."""
        return self.ends - dt.timedelta(days=1)

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"bill:{self.number}"


class BillLine(AppendOnly):
    """One line: quantity × price = fen, or an amount that is added. `cite` are clauses of its pack."""

    kept = SealedTable(Words("账单行", "line of a bill"))

    pk = models.CompositePrimaryKey("issued_on", "bill", "position")
    issued_on = models.DateField()
    bill = own_key(Bill, related_name="lines")
    position = models.SmallIntegerField()
    organisation = own_key(Organisation, related_name="+")
    agreement = own_key(Agreement, related_name="+")
    utility = Line(max_length=5)
    meter = Line(max_length=40)
    first_on = models.DateField()
    last_on = models.DateField()
    before = models.DecimalField(max_digits=11, decimal_places=3, null=True)
    now = models.DecimalField(max_digits=11, decimal_places=3, null=True)
    multiplier = models.DecimalField(max_digits=8, decimal_places=2)
    notes = Data(default=list)  # why it is cut here; that it was split by days; that it was estimated
    title = Data()
    quantity = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    price = models.DecimalField(max_digits=14, decimal_places=8, null=True)
    fen = models.BigIntegerField()
    cite = Data(default=list)
    is_example = models.BooleanField(default=False)


class BilledPeriod(models.Model):
    """These days of an agreement are billed. A row of a cancelled bill stays and counts no more."""

    kept = SealedTable(Words("已开账期间", "billed period"))
    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    id = models.BigAutoField(primary_key=True)
    organisation = own_key(Organisation, related_name="+")
    agreement = own_key(Agreement, related_name="billed_periods")
    service = Line(max_length=5)
    period = DateRangeField()
    bill = own_key(Bill, related_name="periods")
    is_cancelled = models.BooleanField(default=False)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="billed_period_is_only_ever_cancelled",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    if tg_op = 'UPDATE' and new.is_cancelled and not old.is_cancelled
                       and to_jsonb(new) - 'is_cancelled' = to_jsonb(old) - 'is_cancelled'
                       and exists (select from billing_billcancellation gone where gone.bill_id = new.bill_id)
                    then
                        return new;
                    end if;
                    raise exception 'a billed period is cancelled with its bill, and stays as it is';
                """,
            )
        ]
        constraints = [
            ExclusionConstraint(
                name="days_of_a_service_are_billed_once",
                expressions=[
                    ("agreement", RangeOperators.EQUAL),
                    ("service", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=models.Q(is_cancelled=False),
            ),
            models.CheckConstraint(
                condition=models.Q(period__isempty=False), name="billed_period_is_of_a_day_at_least"
            ),
        ]


class BillCancellation(BillingDeed):
    """A bill counts no more; what it posted is reversed by `posting`."""

    kept = SealedTable(Words("账单撤销", "cancellation of a bill"))

    bill = own_key(Bill, related_name="cancellation", is_only=True)
    posting = own_key(Posting, null=True, related_name="+", is_only=True)
    reason = Line(has_lines=True, max_length=200)

    class Meta(BillingDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="bill_is_cancelled_for_a_reason")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"bill:{self.bill.number}"


class BillDelivery(BillingDeed):
    """A bill reached the customer on a day: the time to object runs from the first."""

    kept = SealedTable(Words("账单送达", "delivery of a bill"))

    bill = own_key(Bill, related_name="deliveries")
    way = Line(max_length=7, choices=DeliveryWay)
    on = models.DateField()

    class Meta(BillingDeed.Meta):
        indexes = [models.Index(fields=["bill", "on"], name="delivery_of_a_bill")]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"bill:{self.bill.number}"


class BillNotice(AppendOnly):
    """The customer was told of a bill, of its cancellation or of the answer to an objection: once of each."""

    kept = SealedTable(Words("账单通知", "notice of a bill"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    bill = own_key(Bill, related_name="notices")
    about = Line(max_length=9, choices=BillNews)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["bill", "about"], name="customer_is_told_of_a_bill_once"),
            models.CheckConstraint(
                condition=models.Q(about__in=BillNews.values), name="bill_notice_is_about_something_known"
            ),
        ]


class Dispute(BillingDeed):
    """A customer objects to a bill. `last_on` was the last day for it (22(1)): one that comes later is
    kept and heard, though the bill counts as confirmed. `answer_by` is the centre's own last day."""

    kept = SealedTable(Words("缴费异议", "objection to a bill"))

    bill = own_key(Bill, related_name="disputes")
    on = models.DateField()
    text = Line(has_lines=True, max_length=1000)
    last_on = models.DateField(null=True)  # the bill was not delivered, so that no time runs
    answer_by = models.DateField(null=True)

    class Meta(BillingDeed.Meta):
        constraints = [named_by("dispute")]

    @property
    def is_in_time(self) -> bool:
        """Whether it came within the time of 22(1)."""
        return self.last_on is None or self.on <= self.last_on

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"bill:{self.bill.number}"


class DisputeAnswer(BillingDeed):
    """How an objection was settled."""

    kept = SealedTable(Words("异议处理", "answer to an objection"))

    dispute = own_key(Dispute, related_name="answer", is_only=True)
    outcome = Line(max_length=8, choices=DisputeOutcome)
    text = Line(has_lines=True, max_length=1000)

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"bill:{self.dispute.bill.number}"
