"""What the public hands in, and what offices keep about it besides the case.

Draft        an application being written, encrypted, forgotten after thirty days
Application  only grows, but for erasure: what was applied for
Visit        an appointment on site
Rating       only grows, but for erasure: what the applicant thought of it
Repair       a fault reported (报修), with its steps append-only
PublishedFee the catalogue of what may be charged, since when; Charge: what was
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.agreements.models import AgreementText
from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import FreeTable, SealedTable
from tongdian.cases.models import Case, changed_only_by_erasure
from tongdian.connections import fields
from tongdian.identifiers import uuid7
from tongdian.network.models import Place
from tongdian.network.rules import Utility
from tongdian.parties.models import Organisation
from tongdian.plain_fields import Data, Line, Lines
from tongdian.policy.words import Words
from tongdian.registers.checks import checks


class Draft(models.Model):
    """An application being written. Only who has its address can open it.

    `content` is encrypted: names and numbers of somebody who has not applied yet.
    """

    kept = FreeTable("not handed in yet: who has its address may change it")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    token_hash = Line(max_length=64, unique=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    pack = Line(max_length=80)
    process = Line(max_length=80)
    content = models.BinaryField()
    changed_at = models.DateTimeField(db_index=True)
    case = models.OneToOneField(Case, models.CASCADE, null=True, related_name="draft")


class Application(models.Model):
    """What was applied for. Who applied is the case's customer; why and where is here."""

    kept = SealedTable(Words("申请", "application"))
    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="application")
    place_text = Line(has_lines=True, max_length=200, blank=True)
    purpose = Line(has_lines=True, max_length=200, blank=True)
    wants_power = models.BooleanField(default=True)
    wants_water = models.BooleanField(default=False)
    capacity_kw = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    from_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    remark = Lines(blank=True)
    language = Line(max_length=10, default="zh-hans")

    class Meta:
        triggers = changed_only_by_erasure("place_text", "purpose", "remark")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(wants_power=True) | models.Q(wants_water=True),
                name="application_wants_power_or_water",
            ),
            models.CheckConstraint(
                condition=models.Q(last_on=None) | models.Q(last_on__gte=models.F("from_on")),
                name="application_ends_after_it_begins",
            ),
        ]


class Visit(models.Model):
    """An appointment on site for a stage. Two of one office never overlap beyond its teams."""

    kept = SealedTable(Words("上门预约", "visit"))

    class State(models.TextChoices):
        BOOKED = "booked", _("Booked")
        CANCELLED = "cancelled", _("Cancelled")
        DONE = "done", _("Done")
        MISSED = "missed", _("Nobody there")

    FOLLOWS: ClassVar = {
        State.BOOKED: (State.CANCELLED, State.DONE, State.MISSED),
        State.CANCELLED: (),
        State.DONE: (),
        State.MISSED: (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="visits")
    stage = Line(max_length=40)
    office = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    state = Line(max_length=9, choices=State, default=State.BOOKED)
    by = Line(max_length=80)
    note = Line(has_lines=True, max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["office", "starts_at"], name="visit_by_office")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "stage"],
                condition=models.Q(state="booked"),
                name="stage_has_one_visit_booked",
            )
        ]


class Rating(models.Model):
    """What the applicant thought, once, after the end: 1 to 5."""

    kept = SealedTable(Words("评价", "rating"))
    application_may: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="rating")
    score = models.PositiveSmallIntegerField()
    comment = Lines(blank=True)
    at = models.DateTimeField()

    class Meta:
        triggers = changed_only_by_erasure("comment")
        constraints = [
            models.CheckConstraint(condition=models.Q(score__range=(1, 5)), name="rating_is_one_to_five")
        ]


class Repair(models.Model):
    """A fault somebody reported. Who reported it is encrypted."""

    kept = SealedTable(Words("报修", "repair"))

    class State(models.TextChoices):
        REPORTED = "reported", _("Reported")
        TAKEN = "taken", _("Taken on")
        DONE = "done", _("Mended")
        REFUSED = "refused", _("Not ours")

    FOLLOWS: ClassVar = {
        State.REPORTED: (State.TAKEN, State.DONE, State.REFUSED),
        State.TAKEN: (State.TAKEN, State.DONE, State.REFUSED),  # taken over by a colleague
        State.DONE: (),
        State.REFUSED: (),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = Line(max_length=30, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="repairs")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="repairs")
    place_text = Line(has_lines=True, max_length=200)
    utility = Line(max_length=6, choices=Utility)
    what = Lines()
    is_urgent = models.BooleanField(default=False)
    photos = Data(default=list)  # content hashes
    name = models.BinaryField(blank=True)
    phone = models.BinaryField(blank=True)
    phone_lookup = models.BinaryField(max_length=32)
    reported_at = models.DateTimeField()
    state = Line(max_length=8, choices=State, default=State.REPORTED)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state", "-id"], name="repair_newest_first")]

    @property
    def is_open(self) -> bool:
        """Whether something can still be done about it."""
        return bool(self.FOLLOWS[Repair.State(self.state)])


class RepairStep(AppendOnly):
    """What happened to a repair, in order."""

    kept = SealedTable(Words("报修的处理", "step of a repair"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    repair = models.ForeignKey(Repair, models.PROTECT, related_name="steps")
    state = Line(max_length=8, choices=Repair.State)
    note = Lines(blank=True)
    by = Line(max_length=80)
    at = models.DateTimeField()


class PublishedFee(models.Model):
    """One line of an organisation's catalogue of fees. What is not in it cannot be charged."""

    kept = SealedTable(Words("公布的收费", "published fee"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="fees")
    code = Line(max_length=40)
    name = Line(max_length=120)
    unit = Line(max_length=20)
    yuan = models.DecimalField(max_digits=12, decimal_places=2)
    basis = Line(has_lines=True, max_length=200)  # the document that allows it
    charged_in = Line(max_length=161, blank=True, default="")  # pack, or pack/process; "": any service
    in_force = DateRangeField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="fee_has_one_price_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("in_force", RangeOperators.OVERLAPS),
                ],
            ),
            *checks("fee", *fields.FEE),
        ]

    def __str__(self) -> str:
        return self.name


class Charge(AppendOnly):
    """A fee charged in a case, by the catalogue of that day."""

    kept = SealedTable(Words("收费", "charge"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="charges")
    fee = models.ForeignKey(PublishedFee, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    yuan = models.DecimalField(max_digits=14, decimal_places=2)
    on = models.DateField()
    by = Line(max_length=80)
    at = models.DateTimeField()
    cancels = models.OneToOneField("self", models.PROTECT, null=True, related_name="cancelled_by")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(quantity=0), name="charge_is_for_something")
        ]


class CaseText(AppendOnly):
    """A text drawn up in a case, for its stage of signing."""

    kept = SealedTable(Words("业务的协议文本", "text of a case"))

    text = models.OneToOneField(AgreementText, models.PROTECT, primary_key=True, related_name="of")
    case = models.ForeignKey(Case, models.PROTECT, related_name="texts")
    at = models.DateTimeField()


class PhoneCode(models.Model):
    """The six digits last sent to an applicant's telephone, as a keyed hash; few tries, soon gone."""

    kept = FreeTable("a code that holds for minutes")

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="+")
    code_hash = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)


class Told(AppendOnly):
    """That the applicant was told of an event: once, though the listener may be called twice."""

    kept = SealedTable(Words("告知", "word given to an applicant"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField()

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="applicant_is_told_once")]
