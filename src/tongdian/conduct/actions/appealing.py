"""An appeal against an act: whoever it is laid to says why, another than who recorded it hears it. No article gives one:
it is our own arrangement, and says so.

hear-violation-appeal   heard by another than who recorded the act
take-violation-back     upheld: the act counts for nothing, and stays readable
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongdian.allowed import person
from tongdian.calendar import legal_day
from tongdian.cases import actions as cases
from tongdian.cases.effects import Authority, Deed, effect
from tongdian.cases.models import ApplicationChannel, Case, TimeSource
from tongdian.conduct import queries
from tongdian.conduct.actions.recording import must_be_another, one_at_a_time, take_act_back
from tongdian.conduct.entries import BECAUSE
from tongdian.conduct.models import ActAppeal, ActTakenBack, AppealCase, ConductAct
from tongdian.conduct.rules import RECORD, AlreadyTakenBack, AppealWaits, NoActRecorded, NoAppealHere
from tongdian.policy.words import Words
from tongdian.registers.action import action


@action("appeal-act", may=RECORD, within="act.appellant", fields=BECAUSE)
def appeal_act(*, viewer: Any, act: ConductAct, reason: str, at: dt.datetime) -> ActAppeal:
    """Appeal against an act; a case with its own time is opened. Raises NotAllowed, AlreadyTakenBack, AppealWaits,
    NoAppealHere, and what opening a case refuses."""
    one_at_a_time(act.organisation)
    if ActTakenBack.objects.filter(act=act).exists():
        raise AlreadyTakenBack(number=act.number)
    waiting = AppealCase.objects.filter(appeal__act=act, case__ended_on=None).select_related("case").first()
    if waiting is not None:
        raise AppealWaits(case=waiting.case.number)
    pack = queries.rules_of(act.organisation, legal_day(at))
    uses = pack.head.uses.conduct
    if uses is None or uses.appeal is None:
        raise NoAppealHere
    appeal = ActAppeal.objects.create(
        organisation=act.organisation, act=act, ground=reason, at=at, by=person(viewer)
    )
    case = cases.open_case(
        viewer=Authority(viewer), organisation=act.organisation, pack=pack.adopted_id, process=uses.appeal.process,
        customer=act.customer, place=act.place, at=at, facts={uses.appeal.ground: reason},
        channel=ApplicationChannel.PROGRAM, source=TimeSource.DEMO if act.is_demo else TimeSource.LIVE,
    )  # fmt: skip
    AppealCase.objects.create(
        organisation=act.organisation, appeal=appeal, case=case, at=at, by=person(viewer)
    )
    return appeal


def _act_of(case: Case) -> ConductAct:
    found = ConductAct.objects.filter(appeals__heard_in__case=case.pk).select_related("organisation").first()
    if found is None:
        raise NoActRecorded
    return found


def _must_wait_for_a_case(case: Case, on: dt.date) -> None:
    """An appeal at the place waits for its case. Raises NoActRecorded."""
    waiting = ActAppeal.objects.filter(
        organisation=case.organisation, act__place=case.place_id, heard_in=None
    )
    if not waiting.exists():
        raise NoActRecorded


@effect(
    "hear-violation-appeal",
    title=Words("申诉已核实", "the appeal is heard"),
    presumes=_must_wait_for_a_case,
    undo=lambda deed: {},
)
def hear(deed: Deed) -> Mapping[str, Any]:
    """Another than who recorded the act hears it. Raises RecordedByOneself."""
    act = _act_of(deed.case)
    must_be_another(deed.viewer, act, at=deed.at)
    return {"act": act.number}


@effect("take-violation-back", title=Words("违章记录已撤销", "the act is taken back"))
def take_back(deed: Deed) -> Mapping[str, Any]:
    """The act counts for nothing from now on. Raises RecordedByOneself, AlreadyTakenBack."""
    row = take_act_back(
        viewer=deed.viewer, act=_act_of(deed.case), reason=f"申诉成立（{deed.case.number}）", at=deed.at
    )
    return {"taken_back": str(row.pk)}
