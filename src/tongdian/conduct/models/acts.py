"""Acts against the rules of use, and what came of them."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.tables import SealedTable
from tongdian.cases.models import Case
from tongdian.conduct.rules import NoticeKind, PublicationKind
from tongdian.files.models import StoredFile
from tongdian.network.models import Place
from tongdian.parties.models import Customer, OfficeDeed, Organisation
from tongdian.plain_fields import Data, Line, Lines
from tongdian.policy.words import Words


class ConductAct(OfficeDeed):
    """What somebody saw: at a place, by a unit of the university or by a customer, an act of a ladder of a pack.

    `clause` is the item that names the act, kept as it was found; `grave` says why it is grave, blank where it is not;
    `beyond` how it went beyond what was permitted there then, blank where nothing was.
    """

    kept = SealedTable(Words("违章行为", "act"))

    number = Line(max_length=40, unique=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="+")
    pack = Line(max_length=80)
    ladder = Line(max_length=80)
    act = Line(max_length=80)
    clause = Line(max_length=40)
    done_at = models.DateTimeField()
    text = Lines(max_length=1000)
    seen_by = Line(max_length=80)
    grave = Lines(max_length=500, blank=True)
    beyond = Lines(max_length=500, blank=True)
    photograph = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        indexes = [
            models.Index(fields=["organisation", "-done_at"], name="acts_of_a_house"),
            models.Index(fields=["unit", "-done_at"], name="acts_of_a_unit"),
            models.Index(fields=["customer", "-done_at"], name="acts_of_a_customer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit=None, customer__isnull=False)
                | models.Q(unit__isnull=False, customer=None),
                name="act_is_of_a_unit_or_of_a_customer",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at__lte=models.F("at")), name="act_was_done_before_it_was_recorded"
            ),
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(seen_by=""),
                name="act_says_what_was_seen_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~models.Q(pack="")
                & ~models.Q(ladder="")
                & ~models.Q(act="")
                & ~models.Q(clause="")
                & ~models.Q(number=""),
                name="act_is_of_a_clause",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def appellant(self) -> Organisation:
        """Whose people appeal against it: the unit's, or for a customer the counter's."""
        return self.unit or self.organisation

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"act:{self.number}"


class ActTakenBack(OfficeDeed):
    """An act that was wrongly recorded, or against which an appeal was upheld: it counts for nothing."""

    kept = SealedTable(Words("撤销的违章行为", "act taken back"))

    act = models.OneToOneField(ConductAct, models.PROTECT, related_name="taken_back")
    reason = Lines(max_length=500)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="act_is_taken_back_for_a_reason")
        ]


class Violation(OfficeDeed):
    """The case that follows an act up."""

    kept = SealedTable(Words("违章案", "violation"))

    act = models.OneToOneField(ConductAct, models.PROTECT, related_name="violation")
    case = models.OneToOneField(Case, models.PROTECT, related_name="violation")

    class Meta(OfficeDeed.Meta):
        pass


class ActAppeal(OfficeDeed):
    """Whoever an act is laid to says why it is wrong (our own arrangement: no article gives an appeal)."""

    kept = SealedTable(Words("违章申诉", "appeal against an act"))

    act = models.ForeignKey(ConductAct, models.PROTECT, related_name="appeals")
    ground = Lines(max_length=500)

    class Meta(OfficeDeed.Meta):
        constraints = [models.CheckConstraint(condition=~models.Q(ground=""), name="appeal_says_why")]


class AppealCase(OfficeDeed):
    """The case in which an appeal is heard."""

    kept = SealedTable(Words("申诉案", "case of an appeal"))

    appeal = models.OneToOneField(ActAppeal, models.PROTECT, related_name="heard_in")
    case = models.OneToOneField(Case, models.PROTECT, related_name="appeal")

    class Meta(OfficeDeed.Meta):
        pass


class ServedNotice(OfficeDeed):
    """A notice as it was printed and served: 违章通知书, 整改通知书. `correct_by` is the day it names."""

    kept = SealedTable(Words("违章和整改通知书", "notice served"))

    act = models.ForeignKey(ConductAct, models.PROTECT, related_name="notices")
    kind = Line(max_length=13, choices=NoticeKind)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    correct_by = models.DateField(null=True)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=NoticeKind.values), name="notice_served_is_of_a_known_kind"
            )
        ]


class Publication(OfficeDeed):
    """What stands on the public page from a day until another, which has passed or is `ended` sooner."""

    kept = SealedTable(Words("违章公布", "publication of a violation"))

    act = models.ForeignKey(ConductAct, models.PROTECT, related_name="publications")
    kind = Line(max_length=11, choices=PublicationKind)
    since = models.DateField()
    until = models.DateField()  # the first day on which it stands there no more

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=PublicationKind.values), name="publication_is_of_a_known_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("since")), name="publication_of_a_violation_ends"
            ),
        ]


class PublicationEnd(OfficeDeed):
    """A publication that ended before its day, with the reason."""

    kept = SealedTable(Words("提前结束的公布", "publication ended early"))

    publication = models.OneToOneField(Publication, models.PROTECT, related_name="ended")
    on = models.DateField()
    reason = Lines(max_length=500)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="publication_ends_early_for_a_reason")
        ]


class Deduction(OfficeDeed):
    """What is deducted from a unit's budget, as the rule calculated it from what was `given`: handed to finance as
    a list. It is no debt of an account, so that it can never count into arrears."""

    kept = SealedTable(Words("违章扣款", "deduction for a violation"))

    act = models.ForeignKey(ConductAct, models.PROTECT, related_name="deductions")
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    rule = Line(max_length=80)
    given = Data()
    said = Lines(max_length=2000)  # the answer's sentence, with its articles

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="deduction_is_of_an_amount")
        ]


class DeductionTakenBack(OfficeDeed):
    """A deduction that no longer stands."""

    kept = SealedTable(Words("撤销的扣款", "deduction taken back"))

    deduction = models.OneToOneField(Deduction, models.PROTECT, related_name="taken_back")
    reason = Lines(max_length=500)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="deduction_is_taken_back_for_a_reason"
            )
        ]
