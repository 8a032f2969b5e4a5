"""Tokens that programs sign in with, what they were answered, and whom to call when something happens.

Token        a secret of an account
Answered     the answer to a request with an Idempotency-Key, for a day
Subscription where an organisation wants to be told of events of cases
Delivery     one event for one subscription; Attempt: append-only, how it went
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.api.rules import LIFETIME
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import FreeTable, SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Line
from tongdian.policy.words import Words


class Token(models.Model):
    """A secret of one account; only its hash is kept. Of what the account may do, it may read, or
    work as well, or all: administer too. `used_on` is the last day of use, None before the first."""

    class Scope(models.TextChoices):
        READ = "read", _("read only")
        WRITE = "write", _("read and work, but not administer")
        ALL = "all", _("all that its owner may do")

    kept = SealedTable(Words("令牌", "token"), without=("used_on",))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    title = Line(max_length=80)
    scope = Line(max_length=5, choices=Scope.choices, default=Scope.ALL)
    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")), name="token_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("made_at") + LIFETIME),
                name="token_ends_within_a_year",
            ),
            models.CheckConstraint(
                condition=models.Q(scope__in=["read", "write", "all"]), name="token_scope_is_known"
            ),
        ]


class Answered(models.Model):
    """What a request with an Idempotency-Key was answered, so that it is answered the same again.

    `caller` is the hash of the token, `request` that of method, address and body. The answer is
    encrypted: it may speak of people.
    """

    kept = FreeTable("answers kept for a day, for a call that comes again")

    pk = models.CompositePrimaryKey("caller", "key")
    caller = Line(max_length=64)
    key = Line(max_length=100)
    request = Line(max_length=64)
    answer = models.BinaryField(default=b"")
    at = models.DateTimeField(db_index=True)


class Subscription(models.Model):
    """Where an organisation wants to be told what happens in its cases and those below it.

    `kinds` are kinds of events, none meaning all. The secret is encrypted, and shown once.
    """

    kept = SealedTable(Words("网络钩子", "webhook"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    title = Line(max_length=80)
    address = Line(max_length=500)
    kinds = ArrayField(models.CharField(max_length=16), default=list)
    secret = models.BinaryField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)  # the first failure since the last success
    failures = models.PositiveSmallIntegerField(default=0)  # since then
    resting_until = models.DateTimeField(null=True)  # nothing is tried before
    disabled_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation"],
                condition=models.Q(removed_at=None, disabled_at=None),
                name="subscription_in_use",
            )
        ]

    @property
    def is_in_use(self) -> bool:
        """Whether anything is sent there."""
        return self.disabled_at is None and self.removed_at is None


class Delivery(models.Model):
    """One event on its way to one subscription. `body` is exactly what is sent and signed.

    Deliveries of one case go out in the order of its events: a later one waits for an earlier one.
    """

    kept = FreeTable("what programs are still to be told; the events that it tells of are sealed")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="deliveries")
    event = Line(max_length=80)  # the CloudEvent's id: once for each subscription
    case = models.UUIDField(null=True)
    seq = models.PositiveIntegerField(default=0)
    body = models.TextField()
    state = Line(max_length=7, choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    begun_at = models.DateTimeField()  # the retries count from here; a replay begins anew
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "event"], name="subscription_is_told_an_event_once"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="webhook_waiting"),
            models.Index(fields=["subscription", "case", "seq"], name="webhook_of_a_case"),
            models.Index(fields=["subscription", "-id"], name="webhook_newest_first"),
        ]


class Attempt(AppendOnly):
    """One try at a delivery: the status answered, 0 where there was no answer, and why."""

    kept = FreeTable("how telling a program went")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(Delivery, models.DO_NOTHING, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField()
    said = models.CharField(max_length=500, blank=True)
    milliseconds = models.PositiveIntegerField()
