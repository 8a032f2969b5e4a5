"""Inspections: whose plan, which cases were drawn, what was found on site (通知/4(1), 4(3), 附件1/56)."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.cases.models import Case
from tongdian.files.rules import HASH
from tongdian.identifiers import uuid7
from tongdian.parties.models import OfficeDeed, Organisation, Region
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words
from tongdian.supervision.rules import SiteOutcome, Stratum


class SupplierTyping(OfficeDeed):
    """Of which type of the document (附件1/注1) a supplier is, by which paper; those below it are of the same.
    `office` entered it; the newest counts."""

    kept = SealedTable(Words("供电企业类别", "type of a supplier"))

    office = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    pack = Line(max_length=80)
    type = Line(max_length=80)
    paper = Line(max_length=200)

    class Meta(OfficeDeed.Meta):
        indexes = [models.Index(fields=["organisation", "pack", "-at"], name="newest_type_of_a_supplier")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(type=""), name="supplier_is_of_a_type"),
            models.CheckConstraint(condition=~models.Q(paper=""), name="type_of_a_supplier_rests_on_a_paper"),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"supplier-type:{self.organisation_id}"


class InspectionPlan(OfficeDeed):
    """An office's plan of a year. What is planned anew is another number; the newest counts. `explained` says why
    a stressed type of supplier, or rural areas, are not inspected."""

    kept = SealedTable(Words("监督检查计划", "inspection plan"))

    pack = Line(max_length=80)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    explained = Data(default=dict)
    reason = Line(has_lines=True, max_length=500, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "pack", "year", "number"],
                name="inspection_plans_of_a_year_are_numbered",
            ),
            models.CheckConstraint(
                condition=models.Q(year__gte=2020, year__lte=2199), name="inspection_plan_is_of_a_known_year"
            ),
            models.CheckConstraint(
                condition=models.Q(number=1) | ~models.Q(reason=""),
                name="inspections_are_replanned_for_a_reason",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"inspection-plan:{self.year}/{self.organisation_id}/v{self.number}"


class PlannedInspection(AppendOnly):
    """A line of a plan: which supplier is inspected in which division, when, by whom, and whether in the country."""

    kept = SealedTable(Words("计划中的检查", "planned inspection"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(InspectionPlan, models.PROTECT, related_name="lines")
    supplier = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    is_rural = models.BooleanField(default=False)
    first_on = models.DateField()
    last_on = models.DateField()
    inspectors = Line(max_length=200)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "supplier", "region"], name="supplier_is_planned_once_in_a_division"
            ),
            models.CheckConstraint(
                condition=models.Q(first_on__lte=models.F("last_on")), name="inspection_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~models.Q(inspectors=""), name="inspection_names_who_inspects"),
        ]


class Inspection(OfficeDeed):
    """An inspection of a supplier in a division, of the cases that were applied for from `first_on` to `last_on`:
    as planned, or for a cause that arose."""

    kept = SealedTable(Words("监督检查", "inspection"))

    pack = Line(max_length=80)
    number = models.PositiveIntegerField()
    planned = models.ForeignKey(PlannedInspection, models.PROTECT, null=True, related_name="inspections")
    supplier = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    cause = Line(has_lines=True, max_length=500, blank=True)
    first_on = models.DateField()
    last_on = models.DateField()
    is_demo = models.BooleanField(default=False)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"], name="inspections_of_an_office_are_numbered"
            ),
            models.CheckConstraint(
                condition=models.Q(planned__isnull=False) | ~models.Q(cause=""),
                name="inspection_is_planned_or_has_a_cause",
            ),
            models.CheckConstraint(
                condition=models.Q(first_on__lte=models.F("last_on")),
                name="inspected_period_ends_after_it_begins",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"inspection:{self.pk}"


class CaseDraw(OfficeDeed):
    """Cases drawn for an inspection. Their order follows from `root`, which stood in a checkpoint of the audit log
    before the draw: nobody chose it. `population` counts the cases drawn from by stratum, `hash` is over
    their numbers; `wanted` says how many of each stratum at least."""

    kept = SealedTable(Words("抽查", "draw of cases"))

    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="draws")
    number = models.PositiveSmallIntegerField()
    size = models.PositiveSmallIntegerField()
    wanted = Data(default=dict)
    checkpoint = models.BigIntegerField()  # its size
    root = Line(max_length=64)
    seed = Line(max_length=64)
    population = Data(default=dict)
    hash = Line(max_length=64)
    reason = Line(has_lines=True, max_length=500, blank=True)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["inspection", "number"], name="draws_of_an_inspection_are_numbered"
            ),
            models.CheckConstraint(
                condition=models.Q(number=1) | ~models.Q(reason=""), name="cases_are_drawn_again_for_a_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(root__regex=HASH, seed__regex=HASH, hash__regex=HASH),
                name="draw_can_be_done_again",
            ),
            models.CheckConstraint(condition=models.Q(size__gte=1), name="draw_takes_a_case_or_more"),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"draw:{self.inspection_id}/{self.number}"


class DrawnCase(AppendOnly):
    """A case of a draw, in the order drawn. `rank` is the hash that put it there."""

    kept = SealedTable(Words("抽中的业务", "drawn case"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    draw = models.ForeignKey(CaseDraw, models.PROTECT, related_name="cases")
    position = models.PositiveSmallIntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    stratum = Line(max_length=6, choices=Stratum)
    rank = Line(max_length=64)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["draw", "case"], name="case_is_drawn_once_in_a_draw"),
            models.UniqueConstraint(fields=["draw", "position"], name="drawn_cases_have_an_order"),
            models.CheckConstraint(condition=models.Q(rank__regex=HASH), name="drawn_case_has_its_rank"),
            models.CheckConstraint(
                condition=models.Q(stratum__in=Stratum.values), name="drawn_case_is_of_a_stratum"
            ),
        ]


class SiteRecord(OfficeDeed):
    """What was found on site of a drawn case: `papers` lists each paper with whether the original was seen. What is
    corrected is another number; the newest counts."""

    kept = SealedTable(Words("现场记录", "on-site record"))

    drawn = models.ForeignKey(DrawnCase, models.PROTECT, related_name="records")
    number = models.PositiveSmallIntegerField()
    on = models.DateField()
    outcome = Line(max_length=8, choices=SiteOutcome)
    papers = Data(default=list)
    differs = Line(has_lines=True, max_length=2000, blank=True)
    note = Line(has_lines=True, max_length=1000, blank=True)

    class Meta(OfficeDeed.Meta):
        constraints = [
            models.UniqueConstraint(fields=["drawn", "number"], name="records_of_a_drawn_case_are_numbered"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=SiteOutcome.values), name="site_record_has_an_outcome"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="conforms", differs="")
                | (models.Q(outcome="differs") & ~models.Q(differs="")),
                name="site_record_says_what_differs",
            ),
        ]

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return f"site-record:{self.drawn_id}/{self.number}"


class SiteFile(AppendOnly):
    """A photograph or file of an on-site record."""

    kept = SealedTable(Words("现场影像", "file of an on-site record"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    record = models.ForeignKey(SiteRecord, models.PROTECT, related_name="files")
    file = Line(max_length=64)
    name = Line(max_length=200)

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(fields=["record", "file"], name="file_is_kept_once_with_a_record"),
            models.CheckConstraint(condition=models.Q(file__regex=HASH), name="site_file_has_its_hash"),
        ]
