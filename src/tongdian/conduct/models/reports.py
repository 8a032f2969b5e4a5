"""What anybody reports of violations, and what becomes of it (68)."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.conduct.models.acts import ConductAct
from tongdian.conduct.rules import ReportStepKind
from tongdian.files.models import StoredFile
from tongdian.identifiers import uuid7
from tongdian.parties.models import OfficeDeed, Organisation
from tongdian.plain_fields import Line, Lines
from tongdian.policy.words import Words


class ConductReport(AppendOnly):
    """A violation reported by anybody, without an account. The number cannot be guessed: it is how the reporter
    follows it."""

    kept = SealedTable(Words("违章举报", "report of a violation"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = Line(max_length=40, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    where = Line(max_length=200)
    act = Line(
        max_length=80, blank=True
    )  # which of the acts it looks like; blank: the reporter does not know
    text = Lines(max_length=1000)
    photograph = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["organisation", "-at"], name="reports_to_a_house")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(where="") & ~models.Q(text="") & ~models.Q(number=""),
                name="report_says_what_and_where",
            )
        ]

    def __str__(self) -> str:
        return f"{self.where} · {self.at:%Y-%m-%d}"  # never its number


class ReportContact(models.Model):
    """Who reported, if they said so: encrypted, read by who decides the reward alone, which is an entry of the
    audit log, and emptied when they ask."""

    kept = SealedTable(Words("举报人联系方式", "contact of a reporter"), without=("name", "contact"))

    report = models.OneToOneField(ConductReport, models.PROTECT, primary_key=True, related_name="reporter")
    name = models.BinaryField(blank=True)
    contact = models.BinaryField(blank=True)


class ConductReportStep(OfficeDeed):
    """What an office did about a report: found it true (with the act that was recorded), found it not so (with the
    reason), rewarded it (with amount and reason). Each once."""

    kept = SealedTable(Words("举报办理", "step of a report"))

    report = models.ForeignKey(ConductReport, models.PROTECT, related_name="steps")
    what = Line(max_length=9, choices=ReportStepKind)
    act = models.ForeignKey(ConductAct, models.PROTECT, null=True, related_name="reported_by")
    amount_fen = models.BigIntegerField(null=True)
    reason = Lines(max_length=500)
    afterwards = Lines(max_length=500, blank=True)  # why it is what was reported, though recorded before

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(fields=["report", "what"], name="step_of_a_report_is_taken_once"),
            models.UniqueConstraint(
                fields=["report"],
                condition=models.Q(what__in=["verified", "dismissed"]),
                name="report_is_decided_once",
            ),
            models.CheckConstraint(
                condition=models.Q(afterwards="") | models.Q(what="verified"),
                name="only_what_is_found_true_was_recorded_before",
            ),
            models.UniqueConstraint(
                fields=["act"],
                condition=models.Q(what="rewarded"),
                name="violation_is_rewarded_once",  # 68: once for each violation verified (reward-unit)
            ),
            models.CheckConstraint(
                condition=models.Q(what__in=ReportStepKind.values), name="step_of_a_report_is_of_a_known_kind"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="step_of_a_report_says_why"),
            models.CheckConstraint(
                condition=models.Q(what="dismissed", act=None, amount_fen=None)
                | models.Q(what="verified", act__isnull=False, amount_fen=None)
                | models.Q(what="rewarded", act__isnull=False, amount_fen__gt=0),
                name="step_of_a_report_has_what_it_needs",
            ),
        ]
