"""A case is its events. What else is kept of it is a projection, made again from them at any time.

Case        one row a case: who, where, which rules, where it stands
Event       append-only: everything that happened, numbered from 1
OpenStage   projected: the stages that wait for somebody, with their last day
Unannounced a to-do list: the events that listeners are still to be told of
Assignment  append-only: who has a stage, or the whole case, in hand
EffectRun   append-only: what closing a stage brought about in another area, and its undoing
ForceMajeureEvent, -Proof, HeldUp: what held up many cases at once, and which
Paper       only grows, but for erasure: a paper received, asked for in addition, or set aside
"""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tongdian.audit_log.models import APPEND_ONLY, AppendOnly
from tongdian.audit_log.tables import FreeTable, SealedTable
from tongdian.cases import fields
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.parties.models import Customer, Organisation, Region
from tongdian.plain_fields import Data, Line, Lines
from tongdian.policy.words import Words
from tongdian.registers.checks import checks


def changed_only_by_erasure(*columns: str) -> list[pgtrigger.Trigger]:
    """Triggers of a table of rows with a `case_id` that are never changed, except that these
    columns are emptied once the case's customer is erased (个人信息保护法 47)."""
    emptied = " or ".join(f"new.{column} <> ''" for column in columns)
    named = ", ".join(f"'{column}'" for column in columns)
    return [
        pgtrigger.Protect(name="rows_are_never_removed", operation=pgtrigger.Delete),
        APPEND_ONLY[1],
        pgtrigger.Trigger(
            name="rows_are_changed_only_by_erasure",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"""
                if {emptied}
                    or to_jsonb(new) - array[{named}] <> to_jsonb(old) - array[{named}]
                    or not exists (
                        select from cases_case c join parties_customer p on p.id = c.customer_id
                        where c.id = old.case_id and p.erased_on is not null
                    )
                then
                    raise exception 'the rows of % are changed only by erasure', tg_table_name;
                end if;
                return new;
            """,
        ),
    ]


class ApplicationChannel(models.TextChoices):
    """How the application came in."""

    ONLINE = "online", _("Online")
    COUNTER = "counter", _("At the counter")
    PHONE = "phone", _("By telephone")
    PROGRAM = "program", _("By a program")


class Case(models.Model):
    """One application or change, pinned to the wording of the process it began under."""

    kept = SealedTable(Words("业务", "case"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = Line(max_length=30, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="cases")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="cases")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="cases")
    part_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    pack = Line(max_length=80)
    process = Line(max_length=80)
    version = Line(max_length=2000)
    revision = Line(max_length=64)  # the pack's content hash
    taken = Data(default=dict)  # the interpretations in force when it began
    channel = Line(max_length=8, choices=ApplicationChannel)
    opened_on = models.DateField()
    last_on = models.DateField()
    ended_on = models.DateField(null=True)
    ending = Line(max_length=9, blank=True)
    suspended_since = models.DateField(null=True)
    waits_from = models.DateField(null=True)  # late from then on, until a claim is countersigned
    seq = models.PositiveIntegerField()
    pairs = ArrayField(models.CharField(max_length=2), default=list)
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="case_newest_first"),
            models.Index(fields=["organisation", "ending", "-id"], name="case_by_ending"),
            models.Index(fields=["place", "-id"], name="case_at_a_place"),
            models.Index(fields=["customer", "-id"], name="case_of_a_customer"),
            models.Index(
                fields=["waits_from"],
                condition=models.Q(waits_from__isnull=False),
                name="case_with_a_waiting_claim",
            ),
            GinIndex(fields=["pairs"], name="case_by_pairs_of_characters"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ending="", ended_on=None)
                | models.Q(ending__in=["finished", "withdrawn"], ended_on__isnull=False),
                name="case_has_ended_on_a_day_or_not_at_all",
            )
        ]

    def __str__(self) -> str:
        return self.number


class TimeSource(models.TextChoices):
    """Where an event's time comes from: only a live one has the server's."""

    LIVE = "live", _("Live")
    IMPORT = "import", _("Imported")
    DEMO = "demo", _("Demonstration")


class Event(AppendOnly):
    """What happened, as the kernel's event: `body` is what its kind adds.

    `at` is the server's time, `on` its legal date in Asia/Shanghai, `claimed_on` an earlier day
    that somebody claims. `recorded_at` is the database's own clock.
    """

    kept = SealedTable(Words("业务事件", "event of a case"))

    pk = models.CompositePrimaryKey("case", "seq")
    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    kind = Line(max_length=16)
    stage = Line(max_length=40, blank=True)
    at = models.DateTimeField()
    on = models.DateField()
    claimed_on = models.DateField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by = Line(max_length=80)
    acted_for = models.UUIDField(null=True)  # the absent colleague, where somebody stood in
    source = Line(max_length=6, choices=TimeSource)
    body = Data()

    class Meta(AppendOnly.Meta):
        indexes = [
            models.Index(
                fields=["on"], condition=models.Q(claimed_on__isnull=False), name="event_with_a_claimed_day"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="events_count_from_one"),
            models.CheckConstraint(
                condition=models.Q(claimed_on=None) | models.Q(claimed_on__lte=models.F("on")),
                name="event_is_claimed_no_later_than_recorded",
            ),
        ]


class OpenStage(models.Model):
    """A stage that waits for somebody, with the last day in time: rebuilt after every event.

    `office` is the organisation that has it in hand; for a customer's stage there is none.
    """

    kept = SealedTable(Words("办理中的环节", "open stage"))

    pk = models.CompositePrimaryKey("case", "stage")
    case = models.ForeignKey(Case, models.CASCADE, related_name="open_stages")
    stage = Line(max_length=40)
    attempt = models.PositiveSmallIntegerField()
    role = Line(max_length=40)
    owner = Line(max_length=10)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    office = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_on = models.DateField()
    due_on = models.DateField(null=True)
    limit = models.PositiveSmallIntegerField(null=True)
    in_working_days = models.BooleanField(default=True)
    is_suspended = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["office", "due_on"], name="open_stage_by_office"),
            models.Index(fields=["organisation", "due_on"], name="open_stage_by_organisation"),
            models.Index(
                fields=["assigned_to", "due_on"],
                condition=models.Q(assigned_to__isnull=False),
                name="open_stage_by_person",
            ),
            models.Index(fields=["due_on"], name="open_stage_by_last_day"),
        ]


class Unannounced(models.Model):
    """The outbox: events, written in their transaction, that listeners are still to be told of."""

    kept = FreeTable("what is still to be told: taken away when it was")

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # after a failure: not before then
    problem = Line(max_length=80, blank=True)  # what it failed at last


class Assignment(AppendOnly):
    """Somebody has `part` in hand: a stage, or the case as customer or project manager.

    The newest row of a part counts; no account: given back to the office.
    """

    kept = SealedTable(Words("分派", "assignment"))

    CUSTOMER_MANAGER = "customer-manager"
    PROJECT_MANAGER = "project-manager"
    MANAGERS = (CUSTOMER_MANAGER, PROJECT_MANAGER)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    part = Line(max_length=40)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by = Line(max_length=80)
    at = models.DateTimeField()
    reason = Lines(blank=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["case", "part", "-id"], name="assignment_newest_first")]


class EffectRun(AppendOnly):
    """An effect done, or undone, for one attempt at a stage: once each, by constraint."""

    kept = SealedTable(Words("环节的效果", "effect of a stage"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="effects")
    stage = Line(max_length=40)
    attempt = models.PositiveSmallIntegerField()
    effect = Line(max_length=40)
    is_undoing = models.BooleanField(default=False)
    given = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["case", "stage", "attempt", "effect", "is_undoing"],
                name="effect_is_done_once_an_attempt",
            )
        ]


class Paper(models.Model):
    """A paper of a case. `item` is its id in the pack's checklist; an addition has none.

    asked: an officer asks for one more, where the list is open, with the reason.
    received: handed in as a file, or `seen` as an original at the counter.
    set_aside: a received one no longer counts, with the reason.
    """

    kept = SealedTable(Words("材料", "paper"))
    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    class Kind(models.TextChoices):
        ASKED = "asked"
        RECEIVED = "received"
        SET_ASIDE = "set_aside"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="papers")
    kind = Line(max_length=9, choices=Kind)
    item = Line(max_length=80)
    title = Line(max_length=120, blank=True)
    reason = Lines(blank=True)
    file = Line(max_length=64, blank=True)  # content hash
    name = Line(max_length=200, blank=True)  # as uploaded
    about = models.ForeignKey("self", models.PROTECT, null=True, related_name="set_aside_by")
    at = models.DateTimeField()
    by = Line(max_length=80)

    class Meta:
        triggers = changed_only_by_erasure("name")
        indexes = [models.Index(fields=["case", "id"], name="paper_of_a_case")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="received") | ~models.Q(reason=""),
                name="paper_asked_or_set_aside_has_a_reason",
            ),
            models.UniqueConstraint(
                fields=["about"], condition=models.Q(kind="set_aside"), name="paper_is_set_aside_once"
            ),
        ]


class ForceMajeureEvent(models.Model):
    """Something nobody could avert, in an area from a day to a day: recorded once, and many cases are held
    up by it. `recorded_on` is the day on which it was entered, whatever it says of itself."""

    kept = SealedTable(Words("不可抗力事件", "event of force majeure"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    code = Line(max_length=40)
    title = Line(max_length=120)
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    proof = Line(has_lines=True, max_length=200)
    recorded_on = models.DateField()
    by = Line(max_length=80)
    is_demo = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("events of force majeure")
        constraints = [
            *checks("force_majeure_event", *fields.FORCE_MAJEURE),
            models.UniqueConstraint(
                fields=["organisation", "code"], name="force_majeure_event_code_is_used_once"
            ),
            models.CheckConstraint(
                condition=models.Q(to_on=None) | models.Q(to_on__gte=models.F("from_on")),
                name="force_majeure_event_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(from_on__lte=models.F("recorded_on")),
                name="force_majeure_event_is_recorded_once_it_has_begun",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class ForceMajeureProof(AppendOnly):
    """A file that proves an event of force majeure."""

    kept = SealedTable(Words("不可抗力证明", "proof of force majeure"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    event = models.ForeignKey(ForceMajeureEvent, models.PROTECT, related_name="proofs")
    file = Line(max_length=64)  # content hash
    name = Line(max_length=200)  # as uploaded
    by = Line(max_length=80)
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("proofs")
        constraints = [
            models.UniqueConstraint(fields=["event", "file"], name="force_majeure_proof_is_handed_in_once"),
            models.CheckConstraint(condition=~models.Q(file=""), name="force_majeure_proof_is_a_file"),
        ]


class HeldUp(AppendOnly):
    """That the stay which event `seq` of a case began is laid to an event of force majeure."""

    kept = SealedTable(Words("受不可抗力影响的业务", "case held up by force majeure"))

    pk = models.CompositePrimaryKey("case", "seq")
    case = models.ForeignKey(Case, models.PROTECT, related_name="held_up")
    seq = models.PositiveIntegerField()
    event = models.ForeignKey(ForceMajeureEvent, models.PROTECT, related_name="held_up")
    since = models.DateField()
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        verbose_name_plural = _("cases")
        indexes = [models.Index(fields=["event"], name="held_up_by_an_event")]


class Reminder(AppendOnly):
    """That an office was told a stage is due soon or overdue: once an attempt."""

    kept = SealedTable(Words("提醒", "reminder"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    stage = Line(max_length=40)
    attempt = models.PositiveSmallIntegerField()
    kind = Line(max_length=8)  # soon, overdue
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["case", "stage", "attempt", "kind"], name="reminder_is_sent_once")
        ]


class Projected(models.Model):
    """The calendar under which last days were laid out; when it changes they are laid out anew."""

    kept = FreeTable("for which calendar last days were laid out: laid out again if it is lost")

    calendar = Line(max_length=64, primary_key=True)
    at = models.DateTimeField()
