"""What is found by those who supervise, and what is done about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pgtrigger
from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.parties.models import OfficeDeed, Organisation, Region
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words
from tongdian.supervision.findings import (
    BY_THE_OFFICE,
    FINDING_FOLLOWS,
    WITH_A_DAY,
    FindingKind,
    FindingSource,
    FindingState,
    Gravity,
    sql_list,
    sql_of,
)


class SupervisionFinding(OfficeDeed):
    """`organisation` found something about the office or supplier `about`, in a division, against a clause.

    `evidence` is a list of references `{"kind": EvidenceKind, "ref": "…", "note": "…"}`. `origin` names
    what it came of, so that the same is not opened twice ("inspection:<id>"); blank, where a person found it.
    """

    kept = SealedTable(Words("监管问题", "finding"))

    number = Line(max_length=40, unique=True)
    about = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    pack = Line(max_length=80)
    clause = Line(max_length=40)
    source = Line(max_length=14, choices=FindingSource)
    kind = Line(max_length=16, choices=FindingKind)
    gravity = Line(max_length=8, choices=Gravity)
    text = Line(has_lines=True, max_length=2000)
    evidence = Data(default=list)
    origin = Line(max_length=160, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        indexes = [
            models.Index(fields=["organisation", "-at"], name="findings_of_an_office"),
            models.Index(fields=["about", "-at"], name="findings_about_an_office"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "origin"],
                condition=~models.Q(origin=""),
                name="finding_of_an_origin_is_opened_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(about=models.F("organisation")), name="finding_is_about_another_office"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="finding_says_what_was_found"),
            models.CheckConstraint(
                condition=~models.Q(clause="") & ~models.Q(pack=""), name="finding_cites_a_clause"
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=FindingSource.values), name="finding_has_a_known_source"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=FindingKind.values), name="finding_is_of_a_known_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(gravity__in=Gravity.values), name="finding_has_a_known_gravity"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"finding:{self.number}"


def follow_each_other(
    name: str,
    *,
    table: str,
    of: str,
    begins: str,
    follows: Mapping[Any, Collection[Any]],
    declares: Sequence[tuple[str, str]] = (),
    also: str = "",
) -> pgtrigger.Trigger:
    """The trigger by which steps are numbered without a gap and follow each other by the machine's own table.
    `also` is what else it refuses, with `last` and what it `declares`."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("last", "text"), ("reached", "integer"), *declares],
        func=f"""
    select what, number into last, reached from {table} where {of} = new.{of} order by number desc limit 1;
    last := coalesce(last, '{begins}');
    -- of two at once the second meets the first by its number
    if new.number <> coalesce(reached, 0) + 1 or not (
           {sql_of(follows)})
    then
        raise exception 'what is % is not %', last, new.what
            using errcode = 'check_violation', constraint = '{name}';
    end if;
{also}    return new;
""",  # noqa: S608  our own words
    )


_WHOSE_STEP = f"""
    select case when new.what in {sql_list(BY_THE_OFFICE)} then finding.about_id else finding.organisation_id end
      into whose from supervision_supervisionfinding finding where finding.id = new.finding_id;
    if new.organisation_id <> whose then
        raise exception 'the step is of another office'
            using errcode = 'check_violation', constraint = 'step_of_a_finding_is_taken_by_its_office';
    end if;
    if new.what = 'extended' and new.due_on <= (
        select due_on from supervision_findingstep
         where finding_id = new.finding_id and due_on is not null order by number desc limit 1)
    then
        raise exception 'an extension ends later'
            using errcode = 'check_violation', constraint = 'deadline_is_extended_to_a_later_day';
    end if;
    if new.what = 'verified' and new.by_id = (
        select by_id from supervision_findingstep
         where finding_id = new.finding_id and what = 'reported' order by number desc limit 1)
    then
        raise exception 'who reported it does not verify it'
            using errcode = 'check_violation', constraint = 'rectification_is_verified_by_another_person';
    end if;
"""  # noqa: S608  our own words


class FindingStep(OfficeDeed):
    """What was done about a finding: by the office that found it, or by that which it is about. `due_on` is the
    day by which it is to be rectified, where a step sets one."""

    kept = SealedTable(Words("问题整改环节", "step of a finding"))

    finding = models.ForeignKey(SupervisionFinding, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    what = Line(max_length=9, choices=FindingState)
    text = Line(has_lines=True, max_length=2000, blank=True)
    due_on = models.DateField(null=True)
    evidence = Data(default=list)

    class Meta(OfficeDeed.Meta):
        triggers = [  # type: ignore[assignment]  # a list here, a tuple there
            *AppendOnly.Meta.triggers,
            follow_each_other(
                "steps_of_a_finding_follow_each_other",
                table="supervision_findingstep",
                of="finding_id",
                begins=FindingState.OPENED.value,
                follows=FINDING_FOLLOWS,
                declares=[("whose", "uuid")],
                also=_WHOSE_STEP,
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["finding", "number"], name="steps_of_a_finding_are_numbered"),
            models.CheckConstraint(
                condition=models.Q(what__in=[one.value for one in WITH_A_DAY], due_on__isnull=False)
                | (~models.Q(what__in=[one.value for one in WITH_A_DAY]) & models.Q(due_on=None)),
                name="rectification_is_ordered_by_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(what__in=["confirmed", "accepted", "verified"]) | ~models.Q(text=""),
                name="step_of_a_finding_says_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(what="reported") | ~models.Q(evidence=[]),
                name="rectification_is_reported_with_evidence",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.finding.audit_subject)
