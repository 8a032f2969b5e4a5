"""The letters that follow findings: a reminder, a talk, a circular."""

from __future__ import annotations

import pgtrigger
from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import OfficeDeed, Organisation
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words
from tongdian.supervision.findings import (
    CIRCULAR_FOLLOWS,
    FOUND_TRUE,
    TALK_FOLLOWS,
    CircularScope,
    LetterState,
    sql_list,
)
from tongdian.supervision.models.findings import SupervisionFinding, follow_each_other


class OfficeLetter(OfficeDeed):
    """What an office writes to others, by a clause."""

    number = Line(max_length=40, unique=True)
    pack = Line(max_length=80)
    clause = Line(max_length=40)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.number


class UrgingLetter(OfficeLetter):
    """An office presses another to do something by a day (letter 4(2), 2(4))."""

    kept = SealedTable(Words("督促函", "reminder"))

    about = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    text = Line(has_lines=True, max_length=2000)
    due_on = models.DateField()

    class Meta(OfficeLetter.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(clause=""), name="reminder_says_what_is_to_be_done"
            ),
            models.CheckConstraint(
                condition=~models.Q(about=models.F("organisation")), name="reminder_is_to_another_office"
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"reminder:{self.number}"


class UrgingAnswer(OfficeDeed):
    """The answer of whom it was sent to."""

    kept = SealedTable(Words("督促函答复", "answer to a reminder"))

    letter = models.OneToOneField(UrgingLetter, models.PROTECT, related_name="answer")
    text = Line(has_lines=True, max_length=2000)
    evidence = Data(default=list)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.CheckConstraint(condition=~models.Q(text=""), name="answer_to_a_reminder_says_something")
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.letter.audit_subject)


class Talk(OfficeLetter):
    """An office is summoned about findings (letter 4(4)); nothing is sent before a second person signs."""

    kept = SealedTable(Words("约谈", "talk"))

    about = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    held_on = models.DateField()
    hour = Line(max_length=20)
    place = Line(max_length=200)
    text = Line(has_lines=True, max_length=2000)

    class Meta(OfficeLetter.Meta):
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(place="") & ~models.Q(hour=""),
                name="talk_says_when_where_and_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(about=models.F("organisation")), name="talk_is_with_another_office"
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"talk:{self.number}"


_ONLY_THE_NATION = """
    if new.scope = 'nation' and (
        select kind from parties_organisation where id = new.organisation_id) <> 'regulator'
    then
        raise exception 'only the nation names throughout the country'
            using errcode = 'check_violation', constraint = 'only_the_nation_names_throughout_the_country';
    end if;
    return new;
"""


class Circular(OfficeLetter):
    """Areas and offices are named to all (letter 4(4)): throughout the country by the nation alone."""

    kept = SealedTable(Words("通报", "circular"))

    title = Line(max_length=120)
    scope = Line(max_length=6, choices=CircularScope)
    text = Line(has_lines=True, max_length=4000)

    class Meta(OfficeLetter.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="only_the_nation_names_throughout_the_country",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_ONLY_THE_NATION,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(title=""), name="circular_has_a_title_and_a_text"
            ),
            models.CheckConstraint(
                condition=models.Q(scope__in=CircularScope.values), name="circular_has_a_known_scope"
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"circular:{self.number}"


def _second_person(letter: str) -> str:
    return f"""
    if new.what = 'signed' and exists (
        select from supervision_{letter} letter where letter.id = new.{letter}_id and letter.by_id = new.by_id)
    then
        raise exception 'who drafted it does not sign it'
            using errcode = 'check_violation', constraint = '{letter}_is_signed_by_a_second_person';
    end if;
    if new.what = 'signed' and not exists (
        select from supervision_findingin{letter} named where named.{letter}_id = new.{letter}_id)
    then
        raise exception 'it names no finding'
            using errcode = 'check_violation', constraint = '{letter}_rests_on_findings';
    end if;
"""  # noqa: S608  our own words


def _not_after_its_signature(letter: str) -> str:
    return f"""
    if exists (select from supervision_{letter}step step where step.{letter}_id = new.{letter}_id) then
        raise exception 'it is signed and names no more'
            using errcode = 'check_violation', constraint = 'signed_{letter}_names_no_more';
    end if;
"""


class LetterStep(OfficeDeed):
    """What became of a letter; `on` is the day of what it records."""

    number = models.PositiveSmallIntegerField()
    what = Line(max_length=9, choices=LetterState)
    text = Line(has_lines=True, max_length=2000, blank=True)
    on = models.DateField()

    class Meta(OfficeDeed.Meta):
        abstract = True


class TalkStep(LetterStep):
    """A talk was signed, dropped, or held: who took part, what they promised, and by when."""

    kept = SealedTable(Words("约谈环节", "step of a talk"))

    talk = models.ForeignKey(Talk, models.PROTECT, related_name="steps")
    attendees = Line(has_lines=True, max_length=500, blank=True)
    due_on = models.DateField(null=True)

    class Meta(LetterStep.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            follow_each_other(
                "steps_of_a_talk_follow_each_other",
                table="supervision_talkstep",
                of="talk_id",
                begins=LetterState.DRAFTED.value,
                follows=TALK_FOLLOWS,
                also=_second_person("talk"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["talk", "number"], name="steps_of_a_talk_are_numbered"),
            models.CheckConstraint(
                condition=~models.Q(what="dropped") | ~models.Q(text=""), name="talk_is_dropped_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~models.Q(what="held")
                | (~models.Q(text="") & ~models.Q(attendees="") & models.Q(due_on__isnull=False)),
                name="record_of_a_talk_says_who_and_what_by_when",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.talk.audit_subject)


class CircularStep(LetterStep):
    """A circular was signed, dropped or published."""

    kept = SealedTable(Words("通报环节", "step of a circular"))

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="steps")

    class Meta(LetterStep.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            follow_each_other(
                "steps_of_a_circular_follow_each_other",
                table="supervision_circularstep",
                of="circular_id",
                begins=LetterState.DRAFTED.value,
                follows=CIRCULAR_FOLLOWS,
                also=_second_person("circular"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["circular", "number"], name="steps_of_a_circular_are_numbered"),
            models.CheckConstraint(
                condition=~models.Q(what="dropped") | ~models.Q(text=""),
                name="circular_is_dropped_with_a_reason",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.circular.audit_subject)


class FindingInTalk(AppendOnly):
    """A talk is about a finding of whom it summons."""

    kept = SealedTable(Words("约谈所涉问题", "finding in a talk"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    talk = models.ForeignKey(Talk, models.PROTECT, related_name="named")
    finding = models.ForeignKey(SupervisionFinding, models.PROTECT, related_name="talks")

    class Meta(AppendOnly.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="talk_is_about_findings_of_whom_it_summons",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""{_not_after_its_signature("talk")}
    if not exists (
        select from supervision_talk talk join supervision_supervisionfinding finding using (about_id)
         where talk.id = new.talk_id and finding.id = new.finding_id)
    then
        raise exception 'the finding is about another office'
            using errcode = 'check_violation', constraint = 'talk_is_about_findings_of_whom_it_summons';
    end if;
    return new;
""",
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["talk", "finding"], name="talk_names_a_finding_once")]


class FindingInCircular(AppendOnly):
    """A circular names a finding that was confirmed, and thereby whom it is about."""

    kept = SealedTable(Words("通报所涉问题", "finding in a circular"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    circular = models.ForeignKey(Circular, models.PROTECT, related_name="named")
    finding = models.ForeignKey(SupervisionFinding, models.PROTECT, related_name="circulars")

    class Meta(AppendOnly.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="circular_names_only_what_is_confirmed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "text")],
                func=f"""{_not_after_its_signature("circular")}
    select what into last from supervision_findingstep where finding_id = new.finding_id order by number desc limit 1;
    if coalesce(last, 'opened') not in {sql_list(FOUND_TRUE)} then
        raise exception 'what is % is not named', last
            using errcode = 'check_violation', constraint = 'circular_names_only_what_is_confirmed';
    end if;
    return new;
""",  # noqa: S608  our own words
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["circular", "finding"], name="circular_names_a_finding_once")
        ]
