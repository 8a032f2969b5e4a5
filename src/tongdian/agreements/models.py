"""Supply agreements. One usage point never has two at once; the database says so."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.files.rules import HASH
from tongdian.identifiers import uuid7
from tongdian.network.models import UsagePoint
from tongdian.parties.models import Customer, Organisation
from tongdian.plain_fields import Data, Line, Lines
from tongdian.policy.words import Words


class AgreementText(AppendOnly):
    """The text that two parties sign: drawn up once, never changed, replaced by another if need be.

    `body` is exactly what both are shown, `body_hash` its SHA-256 (UTF-8), `pdf` the kept file.
    """

    kept = SealedTable(Words("协议文本", "text of an agreement"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="agreement_texts")
    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="agreement_texts")
    title = Line(max_length=120)
    terms = Data()  # day, pack, class, category, capacity: as text
    body = Lines()
    body_hash = models.CharField(max_length=64)
    pdf = Line(max_length=64, blank=True)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(body_hash__regex=HASH), name="agreement_text_has_its_hash"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Signature(AppendOnly):
    """The evidence that a party signed a text: who, what exactly, how, when and from where."""

    kept = SealedTable(Words("签署", "signature"))

    class Party(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        SUPPLIER = "supplier", _("Supplier")

    class Method(models.TextChoices):
        PHONE_CODE = "customer_phone_code", _("A code sent to the customer's phone")
        ACCOUNT = "account", _("The signer's own account")
        COUNTER = "counter", _("At the counter")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    text = models.ForeignKey(AgreementText, models.PROTECT, related_name="signatures")
    text_hash = Line(max_length=64)  # of the text that was on the screen
    party = Line(max_length=8, choices=Party)
    name = Line(max_length=60)  # as typed; of the supplier's, as the account has it
    drawing = Line(max_length=64, blank=True)  # the kept picture of the drawn name
    proxy_reason = Line(has_lines=True, max_length=200, blank=True)  # why another signs (代签)
    authorisation = Line(max_length=64, blank=True)  # the kept file that allows it
    consent = Lines()  # the sentence that was ticked
    method = Line(max_length=20, choices=Method)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # whose session: the signer's, or the clerk's at the counter; none with a phone code
    at = models.DateTimeField()
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["text", "party"], name="each_party_signs_a_text_once"),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(consent=""),
                name="signature_has_a_name_and_a_consent",
            ),
            models.CheckConstraint(
                condition=models.Q(proxy_reason="", authorisation="")
                | (~models.Q(proxy_reason="") & models.Q(authorisation__regex=HASH)),
                name="who_signs_for_another_has_a_reason_and_a_file",
            ),
        ]
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="signature_is_of_the_text_shown",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    if not exists (
                        select from agreements_agreementtext
                        where id = new.text_id and body_hash = new.text_hash
                    ) then
                        raise exception 'the text shown is not the text signed';
                    end if;
                    return new;
                """,
            ),
        ]


class Agreement(models.Model):
    """A customer is supplied at a usage point during `in_force`; open until ended."""

    kept = SealedTable(Words("协议", "agreement"))

    class Begun(models.TextChoices):
        SIGNED = "signed", _("signed")
        TRANSFERRED = "transferred", _("taken over")
        CHANGED = "changed", _("changed")
        IMPORTED = "imported", _("imported")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = Line(max_length=30, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="agreements")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="agreements")
    usage_point = models.ForeignKey(UsagePoint, models.PROTECT, related_name="agreements")
    in_force = DateRangeField()
    is_temporary = models.BooleanField(default=False)  # its last day was agreed from the start
    pack = Line(max_length=80)
    customer_class = Line(max_length=40)  # as the pack's rules name it
    price_category = Line(max_length=40)
    capacity_kw = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    signed_on = models.DateField(null=True)
    text = models.OneToOneField(AgreementText, models.PROTECT, null=True, related_name="agreement")
    begun_by = Line(max_length=12, choices=Begun)
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="following")
    end_reason = Line(has_lines=True, max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("supply agreements")
        constraints = [
            ExclusionConstraint(
                name="usage_point_has_one_agreement_at_a_time",
                expressions=[("usage_point", RangeOperators.EQUAL), ("in_force", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=models.Q(in_force__isempty=False) & models.Q(in_force__startswith__isnull=False),
                name="agreement_is_in_force_for_a_day_at_least",
            ),
            # what the keys of billing refer to
            models.UniqueConstraint(fields=["organisation", "id"], name="agreement_of_its_organisation"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def first_on(self) -> dt.date:
        """The first day of supply under it."""
        first: dt.date = self.in_force.lower
        return first

    @property
    def last_on(self) -> dt.date | None:
        """The last day, or None while it is open."""
        before = self.in_force.upper
        return before - dt.timedelta(days=1) if before else None


class EndProposal(AppendOnly):
    """One person asks, for a reason and with a file, that the terms of an agreement end with a day,
    followed by nothing, by another customer or by other terms; or that its end be taken back."""

    kept = SealedTable(Words("终止、过户或变更协议的提议", "proposal to end or change an agreement"))

    class Deed(models.TextChoices):
        END = "end", _("End")
        TRANSFER = "transfer", _("Transfer to another customer")
        CHANGE = "change", _("Change of terms")
        REOPEN = "reopen", _("End taken back")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="end_proposals")
    deed = Line(max_length=10, choices=Deed, default=Deed.END)
    last_on = models.DateField(null=True)  # none: it is to run on, open
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+")
    customer_class = Line(max_length=40, blank=True)  # of what follows; empty: as it was
    price_category = Line(max_length=40, blank=True)
    capacity_kw = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    reason = Line(has_lines=True, max_length=200)
    file = Line(max_length=64)  # content hash
    name = Line(max_length=200, blank=True)  # as uploaded
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(file__regex=HASH) & ~models.Q(reason=""),
                name="end_is_proposed_with_a_reason_and_a_file",
            ),
            models.CheckConstraint(
                condition=models.Q(deed__in=["end", "change"], last_on__isnull=False, customer=None)
                | models.Q(deed="transfer", last_on__isnull=False, customer__isnull=False)
                | models.Q(deed="reopen", customer=None),
                name="proposal_says_what_is_to_follow",
            ),
        ]

    @property
    def first_on(self) -> dt.date | None:
        """The first day of what follows the last."""
        return self.last_on + dt.timedelta(days=1) if self.last_on else None


class EndAnswer(AppendOnly):
    """What came of a proposal: another person confirmed it, or it was set aside with a reason."""

    kept = SealedTable(Words("对提议的答复", "answer to a proposal"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposal = models.OneToOneField(EndProposal, models.PROTECT, related_name="answer")
    is_confirmed = models.BooleanField()
    reason = Line(has_lines=True, max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_confirmed=True) | ~models.Q(reason=""),
                name="end_is_set_aside_with_a_reason",
            )
        ]
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="end_is_confirmed_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    if new.is_confirmed and exists (
                        select from agreements_endproposal
                        where id = new.proposal_id and by_id = new.by_id
                    ) then
                        raise exception 'who proposed the end does not confirm it';
                    end if;
                    return new;
                """,
            ),
        ]


class OpeningBalance(AppendOnly):
    """What the former books say an agreement owed (+) or had prepaid (−), as a claim.

    Accounts take it up later. An imported row that is undone is reversed, never removed; its
    agreement may be gone then, so that the key is not checked.
    """

    kept = SealedTable(Words("期初余额", "opening balance"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(
        Agreement, models.DO_NOTHING, db_constraint=False, related_name="opening_balances"
    )
    as_of = models.DateField()
    yuan = models.DecimalField(max_digits=14, decimal_places=2)
    note = Line(has_lines=True, max_length=200, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("opening balances")


class Import(models.Model):
    """A spreadsheet brought in: first only looked at, then stored at one stroke, perhaps undone."""

    kept = SealedTable(Words("导入", "import"))

    class State(models.TextChoices):
        STAGED = "staged", _("waits for confirmation")
        CONFIRMED = "confirmed", _("stored")
        UNDONE = "undone", _("undone")
        DISCARDED = "discarded", _("discarded")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = Line(max_length=12)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    file_name = Line(max_length=200)
    file_hash = Line(max_length=64)
    state = Line(max_length=10, choices=State, default=State.STAGED)
    counts = models.JSONField(default=dict)  # fate -> number of rows
    contents = Data(default=list)  # what was read of each sheet: [zh, en]
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["file_hash"], name="import_by_file")]


class ImportRow(models.Model):
    """One row of a spreadsheet and its fate. Personal numbers lie encrypted in `secret`."""

    kept = SealedTable(Words("导入的行", "row of an import"))

    class Fate(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        SAME = "same", _("same")
        REFUSED = "refused", _("refused")

    id = models.BigAutoField(primary_key=True)
    brought_by = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # as the spreadsheet counts
    fate = Line(max_length=8, choices=Fate)
    cells = models.JSONField()  # column -> as shown
    values = models.JSONField(default=dict)  # column -> as understood
    secret = models.BinaryField(blank=True)  # the understood personal numbers, encrypted JSON
    changes = models.JSONField(default=list)  # [column, was, becomes]
    reasons = models.JSONField(default=list)  # [cell, zh, en]
    subject = models.UUIDField(null=True)  # what it made or changed
    before = models.JSONField(null=True)  # the fields it changed, as they were

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brought_by", "number"], name="import_row_is_read_once")
        ]
        indexes = [models.Index(fields=["brought_by", "fate", "number"], name="import_row_by_fate")]
