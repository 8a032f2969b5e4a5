"""What needs two people, or a signature.

MoneyProposal, MoneyAnswer   a refund or a write-off: one proposes it with a reason, another answers
DeductionConsent             a contractor lets charges be deducted from works payments (64(3))
ServedPayment                a payment for works for which a certificate was issued (48): each once
BankLine                     a line of a bank's file, matched or not
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from tongdian.accounts.models.books import BillingAccount, Debt, LedgerAccount, Posting, named_by, own_key
from tongdian.accounts.rules import MoneyDeed
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.files.rules import HASH
from tongdian.identifiers import uuid7
from tongdian.parties.models import Customer, Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words


class MoneyProposal(AppendOnly):
    """One proposes to give money back or to give a debt up; nothing moves until another confirms it."""

    kept = SealedTable(Words("退款核销提议", "proposal of a refund or write-off"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = own_key(BillingAccount, related_name="proposals")
    deed = Line(max_length=10, choices=MoneyDeed)
    debt = own_key(Debt, null=True, related_name="+")
    fen = models.BigIntegerField()
    bank = own_key(LedgerAccount, null=True, related_name="+")  # out of which; none: in cash
    reason = Line(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            named_by("money_proposal"),
            models.CheckConstraint(
                condition=models.Q(deed__in=MoneyDeed.values), name="proposal_is_of_a_known_deed"
            ),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="proposal_is_of_something"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="proposal_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(deed="write_off", debt__isnull=False)
                | (~models.Q(deed="write_off") & models.Q(debt=None)),
                name="a_debt_is_given_up_and_nothing_else",
            ),
        ]


class MoneyAnswer(AppendOnly):
    """What a second person said; confirmed, it has its posting."""

    kept = SealedTable(Words("退款核销答复", "answer to a refund or write-off"))

    proposal = own_key(MoneyProposal, primary_key=True, related_name="answer", is_only=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    posting = own_key(Posting, null=True, related_name="+", is_only=True)  # none: refused
    reason = Line(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="nobody_answers_their_own_proposal",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    if exists (select from accounts_moneyproposal
                                where id = new.proposal_id and by_id = new.by_id) then
                        raise exception 'nobody answers their own proposal'
                            using errcode = 'check_violation',
                                  constraint = 'nobody_answers_their_own_proposal';
                    end if;
                    return new;
                """,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(posting__isnull=False) | ~models.Q(reason=""),
                name="proposal_is_refused_with_a_reason",
            )
        ]


class DeductionConsent(AppendOnly):
    """A contractor signed that water and power are deducted from the works payments of a contract."""

    kept = SealedTable(Words("工程款扣缴确认", "consent to deduct"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = own_key(BillingAccount, related_name="consents")
    contract = Line(max_length=80)
    signer = Line(max_length=80)
    signed_on = models.DateField()
    file = Line(max_length=64, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["account", "contract"], name="contract_is_consented_to_once"),
            models.CheckConstraint(
                condition=~models.Q(contract="") & ~models.Q(signer=""),
                name="consent_names_contract_and_signer",
            ),
            models.CheckConstraint(
                condition=models.Q(file="") | models.Q(file__regex=HASH), name="consent_names_a_kept_file"
            ),
        ]


class ServedPayment(AppendOnly):
    """A certificate of 48 serves one payment of one contract: this one."""

    kept = SealedTable(Words("结清证明所用付款", "payment that a certificate serves"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    contract = Line(max_length=120)
    payment = Line(max_length=120)
    case = Line(max_length=30)
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "customer", "contract", "payment"],
                name="one_certificate_serves_one_payment",
            )
        ]


class BankLine(AppendOnly):
    """A payment that a bank's file tells: `number` is the bank's own, for ever one of its account.
    Matched, the receipt has it as its key."""

    kept = SealedTable(Words("银行流水", "line of a bank's file"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    bank = own_key(LedgerAccount, related_name="lines")
    number = Line(max_length=80)
    on = models.DateField()
    fen = models.BigIntegerField()
    payer = Line(max_length=80)
    remark = Line(max_length=200, blank=True)
    file = Line(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            named_by("bank_line"),
            models.UniqueConstraint(fields=["bank", "number"], name="bank_tells_a_payment_once"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="bank_line_is_of_something"),
            models.CheckConstraint(condition=models.Q(file__regex=HASH), name="bank_line_names_its_file"),
        ]

    @property
    def key(self) -> str:
        """What the payment is called in the books, for ever."""
        return f"bank:{self.bank.name}:{self.number}"
