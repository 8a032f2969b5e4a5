"""The books: accounts, and transfers between them that are added and never changed.

BillingAccount   what one customer owes and has paid for one place
LedgerAccount    an account of an organisation's books; some are limited and never fall below nothing
Posting          one deed of money: who, when, and the key under which it is told twice and kept once
Transfer         one amount from one account (credit) to another (debit): balanced by construction;
                 in partitions by month of `event_on`
Debt             what is owed once, and by when
LimitedBalance   what a limited account has and what of it is held: one narrow row, locked by its own
Hold, HoldEnd    an amount set aside, and what became of it
MonthSeal, ...   a month that is closed, with the balances that were proven then
BalanceAssertion what another paper says an account had on a day: red until it is true

Every key between tables of the books names the organisation, so that no transfer joins the books of
two; a customer may be entered by an office above or below. Such keys, the partitions and the triggers
are written in the migration (0001); Django knows the columns.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tongdian.accounts.fields import ACCOUNT
from tongdian.accounts.rules import NEVER, BalanceSource, LedgerKind, PayForm, TransferReason
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import DerivedTable, SealedTable
from tongdian.files.rules import HASH
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.parties.models import Customer, Organisation
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words
from tongdian.registers.checks import checks


def own_key(to: Any, *, is_only: bool = False, **more: Any) -> Any:
    """A key whose constraint names the organisation too: see the migration."""
    kind = models.OneToOneField if is_only else models.ForeignKey
    return kind(to, models.PROTECT, db_constraint=False, **more)


def organisation_of_many(related_name: str = "+") -> Any:
    """The organisation of a table that a run fills, found by the index of `named_by`. With an index of its own,
    PostgreSQL may plan the check of a key by that alone, while the table is small, and read the whole table for
    every row that follows."""
    return models.ForeignKey(Organisation, models.PROTECT, related_name=related_name, db_index=False)


def named_by(thing: str) -> models.UniqueConstraint:
    """What a key that names the organisation refers to."""
    return models.UniqueConstraint(fields=["organisation", "id"], name=f"{thing}_of_its_organisation")


class BillingAccount(models.Model):
    """What a customer is billed for at a place, electricity and water together."""

    kept = SealedTable(Words("缴费户", "billing account"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = organisation_of_many("billing_accounts")
    number = Line(max_length=30)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="billing_accounts")
    place = own_key(Place, related_name="billing_accounts")
    form = Line(max_length=8, choices=PayForm, default=PayForm.SELF)
    borne_by = Line(max_length=80, blank=True)  # the unit that bears it, where not the customer
    agreed = Line(max_length=120, blank=True)  # the paper by which both offices agreed to another form
    opened_on = models.DateField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("billing accounts")
        triggers = [
            pgtrigger.Trigger(
                name="billing_account_is_of_a_customer_above_or_below",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    if not exists (
                        select from parties_customer c
                        join parties_organisation theirs on theirs.id = c.organisation_id
                        join parties_organisation own on own.id = new.organisation_id
                        where c.id = new.customer_id
                          and (theirs.id = any(own.ancestors) or own.id = any(theirs.ancestors))
                    ) then
                        raise exception 'the customer is another organisation''s';
                    end if;
                    return new;
                """,
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"], name="billing_account_number_is_used_once"
            ),
            *checks("billing_account", *ACCOUNT),
            models.CheckConstraint(
                condition=~models.Q(form="works") | ~models.Q(agreed=""),
                name="works_payments_are_deducted_as_agreed",
            ),
            models.UniqueConstraint(
                fields=["customer", "place"], name="customer_has_one_billing_account_at_a_place"
            ),
            named_by("billing_account"),
        ]

    def __str__(self) -> str:
        return self.number


class LedgerAccount(AppendOnly):
    """An account of the books. A receivable, a prepayment and a deposit are a billing account's; a
    cash box is a cashier's and a day's; the others are the organisation's, several by `name`."""

    kept = SealedTable(Words("账户", "ledger account"))

    id = models.BigAutoField(primary_key=True)
    organisation = organisation_of_many()
    kind = Line(max_length=12, choices=LedgerKind)
    holder = own_key(BillingAccount, null=True, related_name="ledger_accounts")
    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    day = models.DateField(null=True)
    name = Line(max_length=80, blank=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "holder", "cashier", "day", "name"],
                nulls_distinct=False,
                name="ledger_account_is_there_once",
            ),
            named_by("ledger_account"),
            models.CheckConstraint(
                condition=models.Q(kind__in=LedgerKind.values), name="ledger_account_has_a_known_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["receivable", "prepayment", "deposit"], holder__isnull=False)
                | (~models.Q(kind__in=["receivable", "prepayment", "deposit"]) & models.Q(holder=None)),
                name="ledger_account_of_a_customer_has_a_holder",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="cash", cashier__isnull=False, day__isnull=False)
                | (~models.Q(kind="cash") & models.Q(cashier=None, day=None)),
                name="cash_box_is_a_cashiers_and_a_days",
            ),
        ]

    def __str__(self) -> str:
        parts = [str(LedgerKind(self.kind).label)]
        if self.holder_id is not None:
            parts.append(str(self.holder))
        if self.day is not None:
            parts += [self.cashier.shown_name if self.cashier else "—", self.day.isoformat()]
        return " ".join([*parts, self.name] if self.name else parts)

    @property
    def is_limited(self) -> bool:
        """Whether it never falls below nothing."""
        return self.kind in NEVER


class Posting(AppendOnly):
    """One deed of money with all its transfers. `key` is what it is called outside, such as a bank's
    number of a payment: for ever, one posting of an organisation has it."""

    kept = SealedTable(Words("记账", "posting"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = organisation_of_many()
    key = Line(max_length=120, blank=True)
    note = Line(has_lines=True, max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reverses = own_key("self", null=True, related_name="reversed_by", is_only=True)

    class Meta(AppendOnly.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="receipt_is_taken_back_by_a_second_person",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__reverses__isnull=False),
                func="""
                    if exists (select from accounts_receipt
                                where posting_id = new.reverses_id and by_id is not distinct from new.by_id) then
                        raise exception 'whoever took the money does not take it back'
                            using errcode = 'check_violation',
                                  constraint = 'receipt_is_taken_back_by_a_second_person';
                    end if;
                    return new;
                """,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key"],
                condition=~models.Q(key=""),
                name="one_posting_has_a_key_for_ever",
            ),
            named_by("posting"),
            models.CheckConstraint(
                condition=models.Q(reverses=None) | ~models.Q(note=""),
                name="posting_is_reversed_with_a_reason",
            ),
        ]


class Transfer(AppendOnly):
    """So many fen from `credit` to `debit`. `event_on` is the day on which they moved, by which
    balances are counted; `item` the bill or charge that is owed or paid."""

    kept = SealedTable(Words("分录", "transfer"))

    pk = models.CompositePrimaryKey("event_on", "id")
    event_on = models.DateField()
    id = models.BigIntegerField(
        db_default=models.Func(models.Value("accounts_transfer_id"), function="nextval")
    )
    organisation = own_key(Organisation, related_name="+")
    posting = own_key(Posting, related_name="transfers")
    debit = own_key(LedgerAccount, related_name="+")
    credit = own_key(LedgerAccount, related_name="+")
    fen = models.BigIntegerField()
    reason = Line(max_length=10, choices=TransferReason)
    item = own_key("Debt", null=True, related_name="transfers")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="transfer_moves_something"),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")), name="transfer_has_two_accounts"
            ),
        ]


class Debt(AppendOnly):
    """What is owed once and by when: a bill's electricity, its water, a charge, a late fee. How much
    of it is still open is what transfers of this `item` leave on the receivable."""

    kept = SealedTable(Words("应收款", "debt"))

    class Subject(models.TextChoices):
        ELECTRICITY = "electricity", _("Electricity")
        WATER = "water", _("Water")
        CHARGE = "charge", _("Charge")
        LATE_FEE = "late_fee", _("Late fee")
        OPENING = "opening", _("Arrears of former books")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = organisation_of_many()
    account = own_key(BillingAccount, related_name="debts", db_index=False)  # see the indexes
    posting = own_key(Posting, related_name="debts")
    subject = Line(max_length=12, choices=Subject)
    title = Data()  # what the customer reads: {"zh": …, "en": …}
    document = models.UUIDField(null=True)  # the bill
    of = own_key("self", null=True, related_name="late_fees")
    fen = models.BigIntegerField()
    due_on = models.DateField()
    cite = Line(max_length=80, blank=True)
    answer = Data(null=True)  # of the rule that gave the amount

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["account", "due_on"], name="debt_of_an_account_by_its_day")]
        constraints = [
            named_by("debt"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="debt_is_of_something"),
            models.CheckConstraint(
                condition=models.Q(subject="late_fee", of__isnull=False)
                | (~models.Q(subject="late_fee") & models.Q(of=None)),
                name="late_fee_is_of_a_debt",
            ),
        ]


class LimitedBalance(models.Model):
    """What a limited account has, and what of it is held, in fen: a trigger keeps it with every
    transfer and hold, and refuses what would fall below."""

    kept = DerivedTable(
        Words("限额账户余额", "balance of a limited account"),
        "transfers and holds",
        differs="select account_id::text from accounts_limits_that_differ()",
    )
    application_may: ClassVar[tuple[str, ...]] = ("SELECT",)

    account = own_key(LedgerAccount, primary_key=True, related_name="limited", is_only=True)
    organisation = own_key(Organisation, related_name="+")
    grows_by = models.SmallIntegerField()  # 1: what is credited; -1: what is debited
    fen = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(held__gte=0, fen__gte=models.F("held")),
                name="limited_account_never_falls_below_what_is_held",
            ),
            models.CheckConstraint(
                condition=models.Q(grows_by__in=[1, -1]), name="limited_account_grows_by_one_side"
            ),
        ]


class Hold(AppendOnly):
    """So many fen of `credit` or `debit` set aside for a transfer that is not certain yet."""

    kept = SealedTable(Words("预留", "hold"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    debit = own_key(LedgerAccount, related_name="+")
    credit = own_key(LedgerAccount, related_name="+")
    fen = models.BigIntegerField()
    reason = Line(max_length=10, choices=TransferReason)
    item = own_key("Debt", null=True, related_name="+")
    expires_at = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            named_by("hold"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="hold_is_of_something"),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")), name="hold_has_two_accounts"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("at")), name="hold_runs_out_after_it_began"
            ),
        ]


class HoldEnd(AppendOnly):
    """What became of a hold: posted, given up, or run out."""

    kept = SealedTable(Words("预留的结果", "end of a hold"))

    class Outcome(models.TextChoices):
        POSTED = "posted", _("posted")
        VOIDED = "voided", _("given up")
        EXPIRED = "expired", _("run out")

    hold = own_key(Hold, primary_key=True, related_name="end", is_only=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    outcome = Line(max_length=7, choices=Outcome)
    posting = own_key(Posting, null=True, related_name="+", is_only=True)
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="posted", posting__isnull=False)
                | (~models.Q(outcome="posted") & models.Q(posting=None)),
                name="hold_that_was_posted_names_its_posting",
            )
        ]


class MonthSeal(AppendOnly):
    """A month of an organisation's books that is closed: nothing is posted into it or before it any
    more. `root` is the RFC 6962 root over the balances at its end, in the order of the accounts."""

    kept = SealedTable(Words("结账", "closed month"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    month = models.DateField()  # its first day
    through = models.DateField()  # its last day
    accounts = models.IntegerField()
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "month"], name="month_is_closed_once"),
            models.CheckConstraint(
                condition=models.Q(through__gt=models.F("month")), name="month_ends_after_it_begins"
            ),
        ]


class SealedBalance(AppendOnly):
    """What an account had at the end of a closed month: debits less credits, in fen."""

    kept = SealedTable(Words("结账余额", "balance of a closed month"))

    pk = models.CompositePrimaryKey("account", "month")
    organisation = own_key(Organisation, related_name="+")
    account = own_key(LedgerAccount, related_name="sealed_balances")
    month = models.DateField()
    place = models.IntegerField()  # among the month's balances, from 0
    fen = models.BigIntegerField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "month", "place"], name="sealed_balance_has_its_own_place"
            )
        ]


class BalanceAssertion(AppendOnly):
    """What a bank statement, a count of cash or an old book says that an account had at the end of a
    day, debits less credits: true to the fen, or it stays red."""

    kept = SealedTable(Words("余额核对", "asserted balance"))

    Source = BalanceSource
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = own_key(LedgerAccount, related_name="assertions")
    on = models.DateField()
    fen = models.BigIntegerField()
    source = Line(max_length=14, choices=Source)
    file = Line(max_length=64, blank=True)  # content hash of the paper
    note = Line(has_lines=True, max_length=200, blank=True)
    set_aside = own_key("self", null=True, related_name="set_aside_by", is_only=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            named_by("asserted_balance"),
            models.CheckConstraint(
                condition=models.Q(file="") | models.Q(file__regex=HASH),
                name="asserted_balance_names_a_kept_file",
            ),
            models.CheckConstraint(
                condition=models.Q(set_aside=None) | ~models.Q(note=""),
                name="asserted_balance_is_set_aside_with_a_reason",
            ),
        ]
