"""Cases are drawn so that nobody chooses them, and what is found on site of each is recorded (附件1/56)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tongdian.calendar import legal_day
from tongdian.cases import queries as cases
from tongdian.files.actions import store
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import action
from tongdian.supervision.actions.inspections import must_be_independent
from tongdian.supervision.fields import DRAW, SITE_RECORD
from tongdian.supervision.models import CaseDraw, DrawnCase, Inspection, SiteFile, SiteRecord
from tongdian.supervision.queries.drawing import cases_inspected, hash_of_cases, in_strata, standing_head
from tongdian.supervision.queries.inspections import draws_of_period
from tongdian.supervision.rules import INSPECT, SiteOutcome, Stratum, draw, seed_of

MOST_FILES = 20


class NoCasesToDraw(Refusal):
    """There is no case in the period."""

    says = Words("这一时期没有可抽的业务。", "There is no case to draw in this period.")


class DrawnWithoutReason(Refusal):
    """A second draw says why the first is not enough."""

    says = Words("已抽过一次：再抽须写明原因。", "Cases were drawn already: say why again.")
    field = "reason"


class StrataBeyondSize(Refusal):
    """Strata are part of the whole."""

    says = Words("分层件数之和大于抽取件数。", "The strata together are more than the draw.")
    field = "size"


class DifferenceUnsaid(Refusal):
    """What differs is said, and only then."""

    says = Words(
        "不一致的须写明哪里不一致；一致的不写。", "Say what differs where something does, and only there."
    )
    field = "differs"


class RecordBeforeDraw(Refusal):
    """Nobody was on site before the case was drawn, or will have been tomorrow."""

    says = Words("现场日期早于抽取日，或晚于今天。", "The day on site is before the draw, or after today.")
    field = "on"


class MoreFilesThanTaken(Refusal):
    """A record has so many files at most."""

    says = Words("一次最多 {most} 个文件。", "At most {most} files at once.")


@action("draw-cases", may=INSPECT, within="inspection.organisation", fields=DRAW)
def draw_cases(
    *,
    viewer: Any,
    inspection: Inspection,
    at: dt.datetime,
    size: Decimal = Decimal(10),
    late: Decimal = Decimal(0),
    exempt: Decimal = Decimal(0),
    near: Decimal = Decimal(0),
    reason: str = "",
) -> CaseDraw:
    """Draw cases of an inspection. The order of the supplier's cases follows from the newest root of the audit log
    that stands already and the number of the draw; what the inspector chooses moves none before another.

    Raises NotAllowed, NotIndependent, StrataBeyondSize, DrawnWithoutReason, NoCheckpoint, NoCasesToDraw,
    TooManyToJudge.
    """
    must_be_independent(viewer, inspection.supplier)
    wanted = {Stratum.LATE: int(late), Stratum.EXEMPT: int(exempt), Stratum.NEAR: int(near)}
    if sum(wanted.values()) > size:
        raise StrataBeyondSize
    # of two at once the second is numbered after the first
    office = Organisation.objects.select_for_update().get(pk=inspection.organisation_id)
    earlier = inspection.draws.count()
    if not reason and draws_of_period(inspection).exists():
        raise DrawnWithoutReason
    head = standing_head(at)
    listed = cases_inspected(inspection)
    if not listed:
        raise NoCasesToDraw
    strata = in_strata(listed, legal_day(at), apart=any(wanted.values()))
    seed = seed_of(
        root=head.root.hex(), office=office.short, supplier=inspection.supplier.short, number=earlier + 1
    )
    kept = CaseDraw.objects.create(
        organisation=office, inspection=inspection, number=earlier + 1, size=int(size),
        wanted={key.value: most for key, most in wanted.items() if most}, checkpoint=head.size,
        root=head.root.hex(), seed=seed, population={key.value: len(several) for key, several in strata.items()},
        hash=hash_of_cases(one.number for one in listed), reason=reason, at=at, by=viewer,
    )  # fmt: skip
    by_number = {one.number: one for one in listed}
    drawn = draw(strata, seed=seed, size=int(size), wanted=wanted)
    DrawnCase.objects.bulk_create(
        DrawnCase(draw=kept, position=position, case=by_number[one.case], stratum=one.stratum, rank=one.rank)
        for position, one in enumerate(drawn, 1)
    )
    return kept


@action("record-on-site", may=INSPECT, within="drawn.draw.organisation", fields=SITE_RECORD)
def record_on_site(
    *,
    viewer: Any,
    drawn: DrawnCase,
    on: dt.date,
    outcome: str,
    at: dt.datetime,
    originals: Iterable[str] = (),
    differs: str = "",
    note: str = "",
    files: Sequence[tuple[Any, str]] = (),
) -> SiteRecord:
    """Record what was found of a drawn case: of which papers the originals were seen, what differs, and files as
    content and name. A correction is another record; the newest counts.

    Raises NotAllowed, NotIndependent, RecordBeforeDraw, DifferenceUnsaid, MoreFilesThanTaken, and what storing a file refuses.
    """
    must_be_independent(viewer, drawn.draw.inspection.supplier)
    if not legal_day(drawn.draw.at) <= on <= legal_day(at):
        raise RecordBeforeDraw
    if (outcome == SiteOutcome.DIFFERS) != bool(differs):
        raise DifferenceUnsaid
    Organisation.objects.select_for_update().get(pk=drawn.draw.organisation_id)  # records are numbered
    if len(files) > MOST_FILES:
        raise MoreFilesThanTaken(most=MOST_FILES)
    seen = set(originals)
    record = SiteRecord.objects.create(
        organisation=drawn.draw.organisation, drawn=drawn, number=drawn.records.count() + 1, on=on, outcome=outcome,
        papers=[{**one, "seen": one["item"] in seen} for one in papers_asked(drawn)], differs=differs, note=note,
        at=at, by=viewer,
    )  # fmt: skip
    kept = {store(content=content, at=at).hash: name[:200] for content, name in files}
    SiteFile.objects.bulk_create(
        SiteFile(record=record, file=hash_, name=name) for hash_, name in kept.items()
    )
    return record


def papers_asked(drawn: DrawnCase) -> list[Mapping[str, Any]]:
    """The papers that a drawn case asks for, each with its title in both languages."""
    desk = cases.desk(drawn.case)
    return [
        {"item": one.item, "zh": one.title.zh, "en": one.title.en}
        for one in cases.papers_asked(drawn.case, cases.state_of(drawn.case, desk), desk)
    ]
