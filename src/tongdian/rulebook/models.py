"""What this installation decided about its packs. Every table only grows; the newest row counts."""

from django.conf import settings
from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.plain_fields import Data, Line, Lines
from tongdian.policy.words import Words


class Decision(AppendOnly):
    """A row with its moment and its author."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta(AppendOnly.Meta):
        abstract = True


class Revision(Decision):
    """One encoding of a pack, whole, by the hash of its content: old answers are made again from it."""

    kept = SealedTable(Words("规章版本", "encoding of a pack"))

    content_hash = Line(max_length=64, unique=True)
    pack = Line(max_length=80)
    files = models.JSONField()  # path in the pack -> text

    class Meta(Decision.Meta):
        indexes = [models.Index(fields=["pack", "id"], name="revision_by_pack")]


class Choice(Decision):
    """An option chosen for an open place of a document, with the reason.

    `papers` says in which paper each office that interprets the document decided so: office, paper, on."""

    kept = SealedTable(Words("解读的选定", "choice of an interpretation"))

    pack = Line(max_length=80)
    interpretation = Line(max_length=80)
    option = Line(max_length=80)
    reason = Lines()
    papers = Data(default=list)

    class Meta(Decision.Meta):
        indexes = [models.Index(fields=["pack", "interpretation", "-id"], name="choice_newest_first")]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="choice_gives_its_reason")]


class CalendarChange(Decision):
    """A day made a day of rest or of work here, or that change taken back, with its source."""

    kept = SealedTable(Words("日历更改", "change of a day"))

    class Kind(models.TextChoices):
        REST = "rest"
        WORK = "work"
        PUBLISHED = "published"  # as published again

    on = models.DateField()
    region = Line(max_length=6, blank=True)
    kind = Line(max_length=9, choices=Kind.choices)
    name_zh = Line(max_length=80)
    name_en = Line(max_length=80)
    source = Lines()

    class Meta(Decision.Meta):
        indexes = [models.Index(fields=["on", "region", "-id"], name="calendar_change_newest_first")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(source=""), name="calendar_change_names_its_source")
        ]


class CalendarConfirmation(Decision):
    """A second person confirmed the change of a day that had come already, which could make times
    that have run better; before that it does not count."""

    kept = SealedTable(Words("日历更改的确认", "confirmed change of a day"))

    change = models.OneToOneField(CalendarChange, models.PROTECT, related_name="confirmation")


class PublishedYear(Decision):
    """A year of working days as its notice arranges it, entered here; the newest row of a year
    counts. `text` is the notice or table as it was given, `rests` and `make_ups` what was read from
    it: the name of the holiday by day."""

    kept = SealedTable(Words("年度工作日安排", "year of working days"))

    year = models.SmallIntegerField()
    text = Lines()
    rests = Data()
    make_ups = Data()
    source = Lines()

    class Meta(Decision.Meta):
        indexes = [models.Index(fields=["year", "-id"], name="published_year_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(source="") & ~models.Q(text=""), name="published_year_names_its_source"
            )
        ]


class OfficialText(Decision):
    """The official wording of one clause, as an operator attached it."""

    kept = SealedTable(Words("官方原文", "official text"))

    pack = Line(max_length=80)
    clause = Line(max_length=40)
    text = Lines()

    class Meta(Decision.Meta):
        indexes = [models.Index(fields=["pack", "clause", "-id"], name="official_text_newest_first")]


class KeptAnswer(Decision):
    """An answer that decided something: all that is needed to make it again."""

    kept = SealedTable(Words("留存的解答", "kept answer"))

    pack = Line(max_length=80)
    content_hash = Line(max_length=64)
    rule = Line(max_length=80)
    on = models.DateField()
    given = Data()
    taken = Data()
    subject = Line(max_length=200)
    answer = Data()

    class Meta(Decision.Meta):
        indexes = [models.Index(fields=["pack", "rule", "-id"], name="kept_answer_by_rule")]
