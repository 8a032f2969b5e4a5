"""Which cases stand behind what was counted, and what was answered to a draw from them."""

from __future__ import annotations

from django.db import models

from tongdian.audit_log.models import AppendOnly
from tongdian.audit_log.tables import SealedTable
from tongdian.identifiers import uuid7
from tongdian.parties.models import OfficeDeed, Organisation
from tongdian.plain_fields import Data, Line
from tongdian.policy.words import Words
from tongdian.supervision.models.bundles import TakenBundle
from tongdian.supervision.models.returns import CountedFigures


class CountedPopulation(AppendOnly):
    """The cases that an office itself counted, by position (samples.py): `root` and `size` of their tree, `indicators`
    what they come to. `order` says which row of the lots stands at each position: unsigned 32-bit numbers, packed."""

    kept = SealedTable(Words("指标背后的业务", "cases behind counted figures"))

    figures = models.OneToOneField(
        CountedFigures, models.PROTECT, primary_key=True, related_name="population"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    size = models.BigIntegerField()
    root = Line(max_length=64)
    indicators = Data()
    order = models.BinaryField()

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(size__gt=0), name="population_has_cases")]


class PopulationLot(AppendOnly):
    """Some of its cases as they were counted: packed JSON, a list of {"case": drawn name, "number": the case's own,
    "rule": …, "rows": {grain: […]}}."""

    kept = SealedTable(Words("指标背后的业务（明细）", "rows of cases behind counted figures"))

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    population = models.ForeignKey(CountedPopulation, models.PROTECT, related_name="lots")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["population", "number"], name="lot_of_a_population_has_its_number"
            )
        ]


class SampleAnswer(OfficeDeed):
    """What a sender answered to the draw from its bundle: the file with its signature, and what of it does not agree
    with what the bundle said: [{"position": 3, "zh": …, "en": …}]."""

    kept = SealedTable(Words("抽样答复", "answer to a draw"))

    bundle = models.OneToOneField(TakenBundle, models.PROTECT, related_name="answer")
    digest = Line(max_length=64, unique=True)
    answer = Data()
    problems = Data(default=list)

    class Meta(OfficeDeed.Meta):
        pass

    @property
    def audit_subject(self) -> str:
        """What the audit log calls it."""
        return str(self.bundle.audit_subject)
