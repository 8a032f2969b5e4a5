"""What is done at the counter.

Receipt    that a customer has paid: a number without a gap, and the posting that moved the money
CashCount  what was counted in a cashier's box, what the books said, and what went to the bank
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from tongdian.accounts.models.books import BillingAccount, LedgerAccount, Posting, named_by, own_key
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words


class Receipt(AppendOnly):
    """A payment of a customer. What it paid is in the transfers of its posting; it is taken back by the
    reversal of that posting, which a second person posts."""

    kept = SealedTable(Words("收据", "receipt"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = own_key(BillingAccount, related_name="receipts")
    number = Line(max_length=30)
    posting = own_key(Posting, related_name="receipt", is_only=True)
    into = own_key(LedgerAccount, related_name="receipts")  # the cash box or bank account
    fen = models.BigIntegerField()
    payer = Line(max_length=80)  # as they say it: often not the customer
    note = Line(max_length=120, blank=True)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="receipt_is_into_a_box_or_a_bank",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    if not exists (select from accounts_ledgeraccount own
                                    where own.id = new.into_id and own.kind in ('cash', 'bank')) then
                        raise exception 'money is received in a cash box or at a bank';
                    end if;
                    return new;
                """,
            ),
        ]
        indexes = [models.Index(fields=["account", "on"], name="receipt_of_an_account_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="receipt_number_is_used_once"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="receipt_is_of_something"),
            models.CheckConstraint(condition=~models.Q(payer=""), name="receipt_names_who_paid"),
            named_by("receipt"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_subject(self) -> str:
        """By its number."""
        return f"receipt:{self.number}"

    @property
    def undone(self) -> Posting | None:
        """The posting that took it back, if one did."""
        return getattr(self.posting, "reversed_by", None)


class CashCount(AppendOnly):
    """What was counted in a box, beside what the books said. A box may be counted several times a day:
    what came in afterwards is in the next count."""

    kept = SealedTable(Words("现金盘点", "cash count"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    box = own_key(LedgerAccount, related_name="counts")
    booked_fen = models.BigIntegerField()
    counted_fen = models.BigIntegerField()
    bank = own_key(LedgerAccount, null=True, related_name="+")  # where it went
    posting = own_key(Posting, related_name="+", is_only=True)
    note = Line(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(booked_fen__gte=0, counted_fen__gte=0),
                name="cash_is_never_less_than_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(counted_fen=models.F("booked_fen")) | ~models.Q(note=""),
                name="difference_of_a_count_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(counted_fen=0, bank=None)
                | models.Q(counted_fen__gt=0, bank__isnull=False),
                name="what_was_counted_goes_to_a_bank",
            ),
        ]
