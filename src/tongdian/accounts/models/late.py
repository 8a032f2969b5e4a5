"""What is done about debts that are late, and what holds that up.

Halt, HaltEnd   a debt, or all of an account, is left alone: on what ground, by which article, from, until
DunningStep     a customer was reminded, or asked to pay before supply stops: of which overdue principal
PaymentPlan     what was agreed to be paid by when; while it is kept, it is a halt
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tongdian.accounts.models.books import BillingAccount, Debt, named_by, own_key
from tongdian.accounts.rules import Dunning, HaltGround
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words


class Halt(AppendOnly):
    """No late fee runs and nobody is dunned for a debt (none: for the whole account) from a day until
    before another; an open end is ended by a row."""

    kept = SealedTable(Words("暂停催收", "halt of collection"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = own_key(BillingAccount, related_name="halts")
    debt = own_key(Debt, null=True, related_name="halts")
    ground = Line(max_length=10, choices=HaltGround)
    cite = Line(max_length=80)
    note = Line(max_length=200, blank=True)
    first_on = models.DateField()
    before = models.DateField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            named_by("halt"),
            models.CheckConstraint(
                condition=models.Q(ground__in=HaltGround.values), name="halt_has_a_known_ground"
            ),
            models.CheckConstraint(condition=~models.Q(cite=""), name="halt_has_its_citation"),
            models.CheckConstraint(
                condition=models.Q(before=None) | models.Q(before__gt=models.F("first_on")),
                name="halt_ends_after_it_begins",
            ),
        ]


class HaltEnd(AppendOnly):
    """From a day on a halt holds no more."""

    kept = SealedTable(Words("恢复催收", "end of a halt"))

    halt = own_key(Halt, primary_key=True, related_name="end", is_only=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    on = models.DateField()
    reason = Line(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="halt_ends_with_a_reason")]


class DunningStep(AppendOnly):
    """A step that was taken against an account, by what was overdue then: principal only, what is
    disputed, halted or in a plan that is kept left out."""

    kept = SealedTable(Words("催收步骤", "dunning step"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = own_key(BillingAccount, related_name="dunning")
    step = Line(max_length=8, choices=Dunning)
    since = models.DateField()  # the oldest of the debts was due: a new round begins with another
    fen = models.BigIntegerField()
    on = models.DateField()
    note = Line(max_length=200, blank=True)  # how it was delivered
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            named_by("dunning_step"),
            models.UniqueConstraint(
                fields=["account", "since", "step"], name="dunning_step_is_taken_once_a_round"
            ),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="dunning_step_is_for_something"),
            models.CheckConstraint(condition=models.Q(step__in=Dunning.values), name="dunning_step_is_known"),
        ]


class PaymentPlan(AppendOnly):
    """What was agreed to be paid by when: `parts` are [{"due_on": …, "fen": …}], earliest first. It is
    kept while payments since its beginning reach what was due; one that is broken holds nothing up."""

    kept = SealedTable(Words("分期付款", "payment plan"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = own_key(BillingAccount, related_name="plans")
    fen = models.BigIntegerField()
    parts = Data()
    paper = Line(max_length=120)  # the agreement in writing
    first_on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            named_by("payment_plan"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="plan_is_of_something"),
            models.CheckConstraint(condition=~models.Q(paper=""), name="plan_is_agreed_in_writing"),
        ]
