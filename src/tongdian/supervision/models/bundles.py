"""What comes from other installations."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import OfficeDeed
from tongdian.plain_fields import Data, Line, Lines
from tongdian.policy.words import Words
from tongdian.supervision.models.returns import ReturnVersion


class TrustedSender(OfficeDeed):
    """The key with which an office without a seat here signs its bundles, compared on paper or by telephone."""

    kept = SealedTable(Words("报送单位密钥", "key of a sender"))

    verifier = Line(max_length=200)
    paper = Line(max_length=200)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(verifier=""), name="sender_is_known_by_a_key"),
            models.CheckConstraint(condition=~models.Q(paper=""), name="key_of_a_sender_was_compared"),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"sender:{self.organisation_id}"


class TakenBundle(OfficeDeed):
    """A bundle that was taken in: the same is not taken twice. `cosigned` is the sender's checkpoint as this
    installation witnessed it. `figures` were counted or added up by the sender; `committed` says which cases it
    counted itself, and `answer_by` until when it answers to the draw from them."""

    kept = SealedTable(Words("已接收的报送包", "bundle that was taken in"))

    digest = Line(max_length=64, unique=True)
    verifier = Line(max_length=200)
    version = models.OneToOneField(ReturnVersion, models.PROTECT, related_name="bundle")
    number = models.PositiveIntegerField()  # of the version, where it was written
    figures = Data(default=dict)
    below = Data(default=list)
    committed = Data(default=dict)
    answer_by = models.DateField(null=True)
    cosigned = Lines()

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"bundle:{self.digest}"


class WitnessedHead(AppendOnly):
    """How long a log was and what its root was, as somebody showed it: two roots of one size cannot both be true."""

    kept = SealedTable(Words("见证的检查点", "checkpoint that was seen"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    verifier = Line(max_length=200)
    size = models.BigIntegerField()
    root = Line(max_length=64)
    note = Lines()
    shown_by = Line(max_length=200)  # the verifier of who sent it
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(fields=["verifier", "size", "root"], name="head_is_kept_once")]
