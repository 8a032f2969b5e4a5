"""What is filed."""

from __future__ import annotations

import pgtrigger
from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.parties.models import OfficeDeed, Organisation
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words
from tongdian.supervision.rules import Step


class FiledReturn(OfficeDeed):
    """The return of an organisation for a period, of the `form` that its `pack` says."""

    kept = SealedTable(Words("报表", "return"))

    pack = Line(max_length=80)
    form = Line(max_length=80)
    period = Line(max_length=7)  # 2021-H1, 2021, once
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "pack", "form", "period"], name="period_is_filed_once_by_an_office"
            )
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"filing:{self.form}/{self.period}/{self.pk}"


class ReturnVersion(OfficeDeed):
    """`cells` by row and column: value, status, source, and why it is missing. `absent` names offices below
    whose return it does without, each with the reason, and those that an accepted return below does without, `of`
    whom they file to; `remarks` answer checks that ask for an explanation."""

    kept = SealedTable(Words("报表版本", "version of a return"))

    filing = models.ForeignKey(FiledReturn, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    cells = Data()
    absent = Data(default=list)
    remarks = Data(default=dict)
    contact = Line(max_length=120, blank=True)
    note = Line(has_lines=True, max_length=500, blank=True)
    hash = Line(max_length=64)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(fields=["filing", "number"], name="versions_of_a_return_are_numbered")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"{self.filing.audit_subject}/v{self.number}"


_STEPS = """
    select what, number, at into last, reached, last_at from supervision_returnstep
     where version_id = new.version_id order by number desc limit 1;
    last := coalesce(last, 'draft');
    -- steps are numbered without a gap, so that of two at once the second meets the first by its number
    if new.number <> coalesce(reached, 0) + 1 or not (
           (last = 'draft' and new.what in ('reviewed', 'rework'))
        or (last = 'reviewed' and new.what in ('submitted', 'rework'))
        or (last = 'submitted' and new.what in ('withdrawn', 'accepted', 'returned'))
        or (last = 'accepted' and new.what = 'returned'))
    then
        raise exception 'a return that is % is not %', last, new.what
            using errcode = 'check_violation', constraint = 'steps_of_a_return_follow_each_other';
    end if;
    if new.at < coalesce(last_at, (select at from supervision_returnversion where id = new.version_id)) then
        raise exception 'a step of a return is no earlier than what it follows'
            using errcode = 'check_violation', constraint = 'steps_of_a_return_follow_in_time';
    end if;
    if new.what = 'reviewed' and exists (
        select from supervision_returnversion version
         where version.id = new.version_id and version.by_id = new.by_id)
    then
        raise exception 'who filled it in does not review it'
            using errcode = 'check_violation', constraint = 'return_is_reviewed_by_a_second_person';
    end if;
    return new;
"""


class ReturnStep(OfficeDeed):
    """`organisation` is that of who did it: the filer's own, or who it was filed to; `to` whom it was filed to."""

    kept = SealedTable(Words("报送环节", "step of a return"))

    version = models.ForeignKey(ReturnVersion, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    what = Line(max_length=9, choices=Step)
    to = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    reason = Line(has_lines=True, max_length=500, blank=True)

    class Meta(OfficeDeed.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="steps_of_a_return_follow_each_other",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "text"), ("reached", "integer"), ("last_at", "timestamp with time zone")],
                func=_STEPS,
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="steps_of_a_version_are_numbered"),
            models.CheckConstraint(
                condition=~models.Q(what__in=("returned", "rework")) | ~models.Q(reason=""),
                name="return_goes_back_with_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(what="submitted", to__isnull=False)
                | (~models.Q(what="submitted") & models.Q(to=None)),
                name="return_is_filed_to_somebody",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.version.audit_subject)


class LateAllowance(OfficeDeed):
    """An office may still file for a period after its closing day. Who is filed to allows it; with `returned`, by
    sending that version back: what was in time stays so when it comes again by then."""

    kept = SealedTable(Words("逾期报送许可", "allowance to file late"))

    pack = Line(max_length=80)
    form = Line(max_length=80)
    period = Line(max_length=7)
    until = models.DateField()
    reason = Line(max_length=500)
    returned = models.OneToOneField(ReturnVersion, models.PROTECT, null=True, related_name="term")

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="filing_late_is_allowed_for_a_reason")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"filing-late:{self.form}/{self.period}/{self.organisation_id}"


class LateRequest(OfficeDeed):
    """An office asks whom it files to for leave to file after the closing day. An allowance answers it."""

    kept = SealedTable(Words("逾期报送申请", "request to file late"))

    pack = Line(max_length=80)
    form = Line(max_length=80)
    period = Line(max_length=7)
    until = models.DateField()
    reason = Line(has_lines=True, max_length=500)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="filing_late_is_asked_for_with_a_reason"
            )
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"filing-late:{self.form}/{self.period}/{self.organisation_id}"


class CellQuestion(OfficeDeed):
    """Somebody to whom a return was filed asks about a cell."""

    kept = SealedTable(Words("报表质询", "question on a return"))

    version = models.ForeignKey(ReturnVersion, models.PROTECT, related_name="questions")
    row = Line(max_length=80)
    column = Line(max_length=80)
    text = Line(has_lines=True, max_length=500)
    answer_by = models.DateField()

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="question_on_a_return_asks_something")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"{self.version.audit_subject}/{self.row}/{self.column}"


class CellAnswer(OfficeDeed):
    """The filer's answer."""

    kept = SealedTable(Words("质询答复", "answer to a question on a return"))

    question = models.OneToOneField(CellQuestion, models.PROTECT, related_name="answer")
    text = Line(has_lines=True, max_length=500)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="answer_on_a_return_says_something")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.question.audit_subject)


class CountedFigures(OfficeDeed):
    """What was counted from the cases in a department's divisions, with what bundles from `below` had counted
    ([{"office": short, "digest": …}]): `indicators` as histograms by county,
    `months` the same of the cases counted here by the month of their end (or, still open, of `on`), all divisions
    together, nothing where it was counted before months were kept; `columns` as sums, `late` and `undecided` cases by name, `refused` rows that nobody could judge, by the
    indicator whose cases they may be (once by the rule that was to judge them): {"rows": 3, "listed": [...]}, once
    only their number. `hash` is over what they were counted from, so that the same is not counted twice."""

    kept = SealedTable(Words("指标计算", "figures counted from cases"))

    pack = Line(max_length=80)
    period = Line(max_length=7)
    on = models.DateField()
    indicators = Data(default=dict)
    months = Data(default=dict)
    columns = Data(default=dict)
    late = Data(default=dict)
    undecided = Data(default=dict)
    refused = Data(default=dict)
    below = Data(default=list)
    hash = Line(max_length=64)

    class Meta(OfficeDeed.Meta):
        indexes = [
            models.Index(fields=["organisation", "pack", "period", "-at"], name="newest_figures_of_a_period")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"figures:{self.period}/{self.organisation_id}"
