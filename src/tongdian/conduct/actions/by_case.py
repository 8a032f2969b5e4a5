"""What closing a stage of a violation brings about: registered with the engine by name.

serve-violation-notice   the notices that follow are printed and kept; the one to correct names its last day
publish-violation        it stands on the public page until a day, put there by a second person; `as: criticised`
                         where the pack has the stage criticise
deduct-waste             what was wasted is calculated by rule and handed to finance
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongdian.allowed import person
from tongdian.calendar import legal_day
from tongdian.cases import queries as case_queries
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case
from tongdian.conduct import queries
from tongdian.conduct.actions.recording import end_now, must_be_another
from tongdian.conduct.models import (
    ConductAct,
    Deduction,
    DeductionTakenBack,
    Publication,
    PublicationEnd,
    ServedNotice,
)
from tongdian.conduct.printing import notice
from tongdian.conduct.rules import (
    LONGEST_PUBLICATION_DAYS,
    NoActRecorded,
    NotAUnit,
    NothingWasted,
    NoticeKind,
    PublicationKind,
    PublicationTooLong,
    TermRuns,
)
from tongdian.conduct.telling import tell_of_notices
from tongdian.files.actions import keep_document
from tongdian.policy.answer import plain
from tongdian.policy.conduct import WasteSheet
from tongdian.policy.inputs import Input
from tongdian.policy.kinds.sheet import SheetRule, as_input
from tongdian.policy.packs import Pack
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook

BACK = "环节退回或业务撤回"
NOT_SERVED = Words(
    "此前的 {numbers} 还没有送达通知书；是否仍予公布请自行决定。",
    "No notice of {numbers} before it was served; whether it is published all the same is yours to decide.",
)


def act_of(case: Case) -> ConductAct:
    """The act that a case follows up. Raises NoActRecorded."""
    found = (
        ConductAct.objects.filter(violation__case=case.pk)
        .select_related("organisation", "place", "unit", "customer")
        .first()
    )
    if found is None:
        raise NoActRecorded
    return found


def _must_wait_for_a_case(case: Case, on: dt.date) -> None:
    """An act at the place waits for its case. Raises NoActRecorded."""
    waiting = ConductAct.objects.filter(organisation=case.organisation, place=case.place_id, violation=None)
    if not waiting.exists():
        raise NoActRecorded


@effect(
    "serve-violation-notice",
    title=Words("通知书已送达", "the notice is served"),
    asks=lambda case: {"term": Input(type="id", title=Words("期限规则", "rule of the time limit"))},
    presumes=_must_wait_for_a_case,
    undo=lambda deed: {},  # what was served was served; it stays readable
)
def serve_notice(deed: Deed) -> Mapping[str, Any]:
    """The notices that the case's facts name are printed and kept. Raises NoActRecorded."""
    act, desk = act_of(deed.case), case_queries.desk(deed.case)
    days = int(Decimal(str(desk.pack.answer(str(deed.given["term"]), on=deed.on).value)))
    correct_by = desk.pack.calendar.add_working_days(deed.on, days, region=deed.case.region_id)
    office = case_queries.office_of(deed.case, desk.wording.stages[deed.stage].role, deed.on)
    told = deed.state.facts
    follows = queries.what_follows(act, on=deed.on)
    said = tuple(words.zh for words in follows.consequences.values())
    uses = desk.pack.head.uses.conduct
    named = {fact: name for name, fact in uses.facts.items()} if uses else {}
    kinds = [
        (kind, follows.cite(named.get(fact, "")))
        for kind, fact in ((NoticeKind.VIOLATION, "notice"), (NoticeKind.RECTIFICATION, "rectify"))
        if told.get(fact) is True
    ]
    served = []
    for kind, cite in kinds:
        pdf = notice(
            act,
            kind,
            issuer=(office or act.organisation).name,
            on=deed.on,
            correct_by=correct_by,
            follows=said,
            cite=cite,
        )
        row = ServedNotice.objects.create(
            organisation=act.organisation, act=act, kind=kind, file=keep_document(content=pdf, at=deed.at),
            correct_by=correct_by if kind == NoticeKind.RECTIFICATION else None, at=deed.at, by=person(deed.viewer),
        )  # fmt: skip
        served.append(row)
    tell_of_notices(act, served, at=deed.at)
    return {"notices": [str(one.pk) for one in served]}


def _end_what_was_published(deed: Deed) -> Mapping[str, Any]:
    for row in Publication.objects.filter(pk__in=[deed.done.get("publication")]):
        if not PublicationEnd.objects.filter(publication=row).exists():
            end_now(viewer=deed.viewer, publication=row, reason=BACK, at=deed.at)
    return {}


def _warns_of_a_notice_not_served(case: Case, on: dt.date) -> Words | None:
    """61 gives the notice first and publishes the second time; whether it waits for that is the officer's to say."""
    act = ConductAct.objects.filter(violation__case=case.pk).first()
    if act is None:
        return None
    earlier = queries.acts_of(act).filter(ladder=act.ladder, done_at__lt=act.done_at, taken_back=None)
    unserved = earlier.exclude(pk__in=ServedNotice.objects.values("act")).order_by("done_at")
    numbers = "、".join(one.number for one in unserved)
    return NOT_SERVED.fill(numbers=numbers) if numbers else None


@effect(
    "publish-violation",
    title=Words("已公布", "it is published"),
    asks=lambda case: {
        "until": Input(
            type="date", title=Words("公布至（不含）", "stands until (not included)"), example="2026-06-01"
        )
    },
    undo=_end_what_was_published,
    warns=_warns_of_a_notice_not_served,
)
def publish(deed: Deed) -> Mapping[str, Any]:
    """It stands on the public page from today until a day within a year, put there by another than who recorded the act.

    Raises RecordedByOneself, PublicationTooLong, TermRuns for a criticism of who may still correct."""
    act, until = act_of(deed.case), deed.given["until"]
    must_be_another(deed.viewer, act, at=deed.at)
    if not deed.on < until <= deed.on + dt.timedelta(days=LONGEST_PUBLICATION_DAYS):
        raise PublicationTooLong(most=LONGEST_PUBLICATION_DAYS)
    stage = case_queries.desk(deed.case).wording.stages[deed.stage]
    said = stage.effect_given.get("as")  # 67: not corrected, it is criticised although it is no third time
    if said == PublicationKind.CRITICISED:
        _must_be_over(act, deed.on)
    is_criticism = said == PublicationKind.CRITICISED or deed.state.facts.get("criticise") is True
    row = Publication.objects.create(
        organisation=act.organisation, act=act, since=deed.on, until=until, at=deed.at, by=person(deed.viewer),
        kind=PublicationKind.CRITICISED if is_criticism else PublicationKind.PUBLISHED,
    )  # fmt: skip
    return {"publication": str(row.pk)}


def _must_be_over(act: ConductAct, on: dt.date) -> None:
    """Raise TermRuns up to the last day that the newest notice gave for correcting."""
    served = ServedNotice.objects.filter(act=act, correct_by__isnull=False).order_by("id").last()
    if served is not None and served.correct_by is not None and on <= served.correct_by:
        raise TermRuns(day=served.correct_by)


# ---------------------------------------------------------------- what was wasted
def _sheet_of(case: Case) -> tuple[Pack, WasteSheet, SheetRule]:
    pack = rulebook.pack_for(case.pack, case.region_id)
    uses = pack.head.uses.conduct
    assert uses is not None
    rule = pack.rules[uses.waste.rule]
    assert isinstance(rule, SheetRule)
    return pack, uses.waste, rule


def _asked_of_waste(case: Case) -> Mapping[str, Input]:
    """What the sheet asks of a case and of one device, in its own words."""
    pack, waste, rule = _sheet_of(case)
    version = rule.version_on(case.opened_on, rule.taken(pack, {}))
    sheet = rule.sheet(pack, version, rule.taken(pack, {}))
    root = [item for item in sheet.root.inputs if item.name != waste.day and item.default is None]
    row = [item for item in sheet.grains[waste.rows].inputs if item.name != waste.key]
    words = {**_labels(pack), **rule.labels}
    return {
        item.name: as_input(item.type).model_copy(
            update={
                "title": rule.titles.get(item.name),
                "labels": {key: words[key] for key in as_input(item.type).one_of or () if key in words},
            }
        )
        for item in (*root, *row)
    }


def _labels(pack: Pack) -> dict[str, Words]:
    """What the pack's price table calls its categories."""
    columns = getattr(pack.rules.get(pack.head.uses.electricity_price or ""), "columns", {})
    return {key: words for column in columns.values() for key, words in column.labels.items()}


def _take_deduction_back(deed: Deed) -> Mapping[str, Any]:
    for row in Deduction.objects.filter(pk__in=[deed.done.get("deduction")], taken_back=None):
        DeductionTakenBack.objects.create(
            organisation=row.organisation, deduction=row, reason=BACK, at=deed.at, by=person(deed.viewer)
        )
    return {}


@effect(
    "deduct-waste",
    title=Words("已移交财务扣款", "handed to finance"),
    asks=_asked_of_waste,
    undo=_take_deduction_back,
)
def deduct_waste(deed: Deed) -> Mapping[str, Any]:
    """What the act wasted, by the sheet of the pack, with the network's loss where that is taken too. It goes to finance as
    a line of a list and into no account. Raises NotAUnit, NothingWasted, and what the sheet refuses."""
    act = act_of(deed.case)
    if act.unit is None:
        raise NotAUnit(number=act.number)
    pack, waste, rule = _sheet_of(deed.case)
    sheet = rule.sheet(pack, rule.versions[-1], rule.taken(pack, {}))
    rows = {item.name for item in sheet.grains[waste.rows].inputs}
    device = {name: one for name, one in deed.given.items() if name in rows}
    given: dict[str, Any] = {name: one for name, one in deed.given.items() if name not in rows}
    given |= {
        waste.day: legal_day(act.done_at),
        waste.loss: deed.state.facts.get("deduct_loss") is True,
        waste.rows: [{waste.key: "1", **device}],
    }
    answer = pack.answer(waste.rule, on=legal_day(act.done_at), given=given)
    fen = int(Decimal(str(answer.value)) * 100)
    if fen <= 0:
        raise NothingWasted
    row = Deduction.objects.create(
        organisation=act.organisation, act=act, unit=act.unit, amount_fen=fen, rule=waste.rule, given=plain(given),
        said=answer.say("zh"), at=deed.at, by=person(deed.viewer),
    )  # fmt: skip
    return {"deduction": str(row.pk), "yuan": str(answer.value)}
