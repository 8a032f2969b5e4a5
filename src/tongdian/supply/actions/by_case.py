"""What closing a stage does to supply: laid upon the effects of the areas below, which read meters and end
agreements at the same stage (ADR 89).

open-supply, open-moved, energise   the points of the case are supplied from the day on
end-supply, end-agreement           they are supplied no more, until they are opened anew
stop-supply                         they are stopped: `ground` says on which, without it because the user asked
restore-supply                      the stops of the case, or those that it was opened to end, hold no more

Which utilities they are the pack says beside the effect, by the facts of the case: `supplies` names the fact that is
power, water or both; `power` and `water` name those that say whether each is the university's. Without either it is
what was applied for, and of a stop whatever is there. `restore-supply` is told the stages of the two offices'
formalities, `energy` and `centre`, the one in which the user pays the cost, `costs`, and the one from whose closing
the offices' time runs, `since`, where it is not the opening of the case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q

from tongdian.agreements.models import Agreement
from tongdian.cases import queries as cases
from tongdian.cases.effects import Deed, effect, upon
from tongdian.cases.models import Case, EffectRun, Event
from tongdian.connections.contracts import point_at, utilities_of
from tongdian.connections.effects import effect_given
from tongdian.connections.rules import NoPlace
from tongdian.money import format_yuan
from tongdian.network.models import UsagePoint
from tongdian.network.rules import Utility
from tongdian.policy.inputs import Input
from tongdian.policy.words import Words
from tongdian.spoken import both
from tongdian.supply.actions.stopping import closed, ended, opened, stopped, stopped_again
from tongdian.supply.models import StopEnd, SupplyChange, SupplyStop
from tongdian.supply.queries import arrears
from tongdian.supply.queries import stopping as queries
from tongdian.supply.refusing import (
    DelayNotExplained,
    HomeNotApproved,
    NothingToRestore,
    NoticeStillRuns,
    NotOfBothOffices,
    StillOwed,
)
from tongdian.supply.rules import AGAINST_THE_WILL, BY_BOTH_OFFICES, StopGround, StopOutcome, SupplyTurn
from tongdian.supply.telling import tell_of_return, tell_of_stops

DELAY = Words("超过时限的原因（未超时不填）", "why it took longer than the limit, if it did")
STOP_SUPPLY = "stop-supply"
UNSTOPPED = "unstopped"
WHY_NOT = Words(
    "本处没有登记用电（水）点：写明由何处供应、为何不能单独停供",
    "no usage point is entered here: through what it is supplied, and why it cannot be stopped alone",
)
BACK = "环节退回或业务撤回"


# ---------------------------------------------------------------- which points
def _told_utilities(facts: Mapping[str, Any], told: Mapping[str, str]) -> list[str] | None:
    """The utilities that the facts name; None where the pack names no fact, or the case does not have it."""
    if (supplies := facts.get(told.get("supplies", ""))) is not None:
        return [one for one in Utility if supplies in (one, "both")]
    named = {one: facts.get(told[one]) for one in Utility if one in told}
    return (
        [one for one, is_so in named.items() if is_so] if any(v is not None for v in named.values()) else None
    )


def _to_open(deed: Deed) -> list[UsagePoint]:
    """The points that are opened, entered where missing. Raises NoPlace."""
    wanted = _told_utilities(deed.state.facts, effect_given(deed))
    if wanted is None:
        wanted = utilities_of(deed.case)
    return [point_at(deed.viewer, deed.case, one, deed.at) for one in wanted]


def _to_stop(case: Case, facts: Mapping[str, Any], told: Mapping[str, str]) -> list[UsagePoint]:
    """The points that are stopped, at the place of a case and in it. Raises NoPlace."""
    if case.place_id is None:
        raise NoPlace(case=case.number)
    rows = UsagePoint.objects.filter(place__ancestors__contains=[case.place_id])
    wanted = _told_utilities(facts, told)
    if wanted is not None:
        rows = rows.filter(utility__in=wanted)
    return list(rows.select_related("place__organisation").order_by("code"))


def _points_of(agreements: Iterable[str]) -> list[UsagePoint]:
    rows = UsagePoint.objects.filter(
        pk__in=Agreement.objects.filter(pk__in=list(agreements)).values("usage_point")
    )
    return list(rows.select_related("place__organisation").order_by("code"))


# ---------------------------------------------------------------- opened
def open_points(deed: Deed, points: Sequence[UsagePoint]) -> Mapping[str, Any]:
    """Supply of these points is open from the day. Raises StillStopped."""
    made = [
        opened(
            viewer=deed.viewer,
            point=point,
            on=deed.on,
            at=deed.at,
            customer=deed.case.customer,
            case=deed.case.number,
            is_demo=deed.case.is_demo,
        )
        for point in points
    ]
    return {"opened": [str(one.pk) for one in made if one is not None]}


def close_again(deed: Deed) -> Mapping[str, Any]:
    """What the stage opened is closed."""
    rows = SupplyChange.objects.filter(pk__in=deed.done.get("opened", ()))
    for row in rows.select_related("usage_point__place__organisation"):
        closed(viewer=deed.viewer, point=row.usage_point, on=deed.on, at=deed.at, case=deed.case.number)
    return {"closed_again": list(deed.done.get("opened", ()))}


@upon("open-supply", undo=close_again)
@upon("energise", undo=close_again)
def open_here(deed: Deed) -> Mapping[str, Any]:
    """The points of the case's place are supplied. Raises NoPlace, StillStopped."""
    return open_points(deed, _to_open(deed))


@upon("open-moved", undo=close_again)
def open_moved(deed: Deed) -> Mapping[str, Any]:
    """The points of the new flat, for which the effect below made agreements, are supplied."""
    return open_points(deed, _points_of(deed.done["agreements"]))


# ---------------------------------------------------------------- closed
def close_points(deed: Deed, points: Sequence[UsagePoint]) -> Mapping[str, Any]:
    """These points are supplied no more."""
    changes, moot = [], []
    for point in points:
        change, ends = closed(
            viewer=deed.viewer,
            point=point,
            on=deed.on,
            at=deed.at,
            case=deed.case.number,
            is_demo=deed.case.is_demo,
        )
        changes += [str(change.pk)] if change is not None else []
        moot += [str(one.pk) for one in ends]
    return {"closed": changes, "moot": moot}


def open_again(deed: Deed) -> Mapping[str, Any]:
    """What the stage closed is open, and the stops that were moot with it hold again."""
    rows = SupplyChange.objects.filter(pk__in=deed.done.get("closed", ()))
    for row in rows.select_related("usage_point__place__organisation"):
        opened(
            viewer=deed.viewer,
            point=row.usage_point,
            on=deed.on,
            at=deed.at,
            customer=deed.case.customer,
            case=deed.case.number,
        )
    ends = StopEnd.objects.filter(stop__in=deed.done.get("moot", ())).select_related("stop")
    again = stopped_again(viewer=deed.viewer, ends=list(ends), on=deed.on, at=deed.at)
    return {"open_again": list(deed.done.get("closed", ())), "stopped_again": [str(one.pk) for one in again]}


@upon("end-supply", undo=open_again)
def close_here(deed: Deed) -> Mapping[str, Any]:
    """The points whose meters were removed are supplied no more, nor those that the case opened without a meter."""
    by_case = SupplyChange.objects.filter(case=deed.case.number, what=SupplyTurn.OPENED)
    metered = UsagePoint.objects.filter(meters_here__in_place__upper_inf=True)
    points = UsagePoint.objects.filter(
        Q(meters_here__in=deed.done["removed"])
        | Q(pk__in=by_case.values("usage_point")) & ~Q(pk__in=metered.values("pk"))
    )
    return close_points(deed, list(points.select_related("place__organisation").distinct().order_by("code")))


@upon("end-agreement", undo=open_again)
def close_with_the_agreement(deed: Deed) -> Mapping[str, Any]:
    """Supply ends with the agreement."""
    return close_points(deed, _points_of(deed.done["agreements"]))


# ---------------------------------------------------------------- stopped
def _ground(told: Mapping[str, str]) -> StopGround:
    return StopGround(told.get("ground", StopGround.ASKED))


def go_on(deed: Deed) -> Mapping[str, Any]:
    """What the stage stopped holds no more: it counts as taken back, not as restored."""
    stops = _rows(deed.done.get("stopped", ()))
    for stop in stops:
        ended(
            viewer=deed.viewer,
            stop=stop,
            outcome=StopOutcome.TAKEN_BACK,
            on=deed.on,
            at=deed.at,
            reason=BACK,
            case=deed.case.number,
        )
    tell_of_return(stops, on=deed.on, at=deed.at, reason=BACK)
    return {"taken_back_stops": list(deed.done.get("stopped", ()))}


def _rows(keys: Iterable[str]) -> list[SupplyStop]:
    rows = SupplyStop.objects.filter(pk__in=list(keys), end=None)
    return list(rows.select_related("usage_point__place", "account", "organisation"))


def _stops_now(case: Case) -> list[tuple[Mapping[str, str], list[UsagePoint]]]:
    """Of each open stage that stops the supply what it is told, and the points; none where no place is known yet."""
    desk, state = cases.desk(case), cases.state_of(case)
    if case.place_id is None:
        return []
    return [
        (stage.effect_given, _to_stop(case, state.facts, stage.effect_given))
        for key, stage in desk.wording.stages.items()
        if stage.effect == STOP_SUPPLY and key in state.open_stages
    ]


def _asks_why_nothing_stops(case: Case) -> Mapping[str, Input]:
    """Of a place without a usage point: it is supplied through another, and the case goes on."""
    return (
        {} if all(points for _, points in _stops_now(case)) else {UNSTOPPED: Input(title=WHY_NOT, type="id")}
    )


def _waits_for_a_leader(case: Case, on: dt.date) -> Words | None:
    """Said beside the form: which home has no approval yet."""
    for told, points in _stops_now(case):
        ground = _ground(told)
        for point in points if ground in AGAINST_THE_WILL else ():
            if queries.is_home(point, case.customer, on) and arrears.unused_approval(point, ground) is None:
                return HomeNotApproved(point=point.code, ground=both(ground.label)).words
    return None


def _notice_still_runs(
    case: Case, facts: Mapping[str, Any], told: Mapping[str, str], points: Iterable[UsagePoint], on: dt.date
) -> NoticeStillRuns | None:
    """Why it is too early to stop what a notice goes before (`noticed` is the stage that serves it); theft does not
    wait (`at_once` is the fact that it is one)."""
    if "noticed" not in told or facts.get(told.get("at_once", "")) is True:
        return None
    row = Event.objects.filter(case=case, kind="closed", stage=told["noticed"]).order_by("seq").last()
    for point in points:
        terms = arrears.terms_of(case.organisation, point.utility, on)
        if terms is None or not terms.notice_days:
            continue
        first = row.on + dt.timedelta(days=terms.notice_days) if row else None
        if first is None or on < first:
            return NoticeStillRuns(
                served=row.on if row else None, days=terms.notice_days, first=first, law=terms.law
            )
    return None


def _is_too_early(case: Case, on: dt.date) -> Words | None:
    """Said beside the form: until when the notice runs; else which home has no approval yet."""
    for told, points in _stops_now(case):
        early = _notice_still_runs(case, cases.state_of(case).facts, told, points, on)
        if early is not None:
            return early.words
    return _waits_for_a_leader(case, on)


@upon(STOP_SUPPLY, undo=go_on, asks=_asks_why_nothing_stops, warns=_is_too_early)
def stop_here(deed: Deed) -> Mapping[str, Any]:
    """The points of the case's place are stopped, on the ground that the pack names, by the article of the stage.
    Raises NoPlace, NoticeStillRuns, StoppedAlready, HomeNotApproved."""
    told, stage = effect_given(deed), cases.desk(deed.case).wording.stages[deed.stage]
    pack, ground = cases.desk(deed.case).pack, _ground(told)
    points = _to_stop(deed.case, deed.state.facts, told)
    if not points:
        return {"stopped": [], UNSTOPPED: str(deed.given[UNSTOPPED])}
    if (early := _notice_still_runs(deed.case, deed.state.facts, told, points, deed.on)) is not None:
        raise early
    made = [
        stopped(
            viewer=deed.viewer,
            point=point,
            ground=ground,
            on=deed.on,
            at=deed.at,
            cite=arrears.cited(pack, *stage.cite).zh,
            reason=f"业务 {deed.case.number}：{stage.title.zh}",
            customer=deed.case.customer,
            case=deed.case.number,
            is_demo=deed.case.is_demo,
        )
        for point in points
    ]
    tell_of_stops(made, at=deed.at)
    return {"stopped": [str(one.pk) for one in made]}


# ---------------------------------------------------------------- restored
def stop_again(deed: Deed) -> Mapping[str, Any]:
    """What the stage restored is stopped again."""
    ends = StopEnd.objects.filter(stop__in=deed.done.get("restored", ())).select_related("stop")
    again = stopped_again(viewer=deed.viewer, ends=list(ends), on=deed.on, at=deed.at)
    tell_of_stops(again, at=deed.at)
    return {"stopped_again": [str(one.pk) for one in again]}


@effect(
    "restore-supply",
    title=Words("已恢复供应", "the supply is restored"),
    asks=lambda case: {"delay": Input(title=DELAY, type="id", default="—")},
    undo=stop_again,
)
def restore(deed: Deed) -> Mapping[str, Any]:
    """The stops of the case hold no more; another that holds there goes on holding. Those that ended before, as
    with the user who moved out, leave nothing to do; nor does a place where nothing could be switched off.

    Raises NothingToRestore where there never was one, StillOwed, NotOfBothOffices, DelayNotExplained.
    """
    ever = queries.stops_of_case(deed.case)
    if not ever and not _stopped_nothing(deed.case):
        raise NothingToRestore(case=deed.case.number)
    stops = _rows(str(one.pk) for one in ever)
    told = effect_given(deed)
    energy, centre = (_who_closed(deed, told.get(part, "")) for part in ("energy", "centre"))
    delay = "" if (said := str(deed.given["delay"])) == "—" else said
    for stop in stops:
        must_be_paid(stop, deed.on)
        if stop.ground in BY_BOTH_OFFICES and (energy is None or centre is None or energy == centre):
            raise NotOfBothOffices(case=deed.case.number)
        _must_be_in_time(deed, stop, told, delay)
    for stop in stops:
        ended(
            viewer=deed.viewer,
            stop=stop,
            outcome=StopOutcome.RESTORED,
            on=deed.on,
            at=deed.at,
            reason=f"业务 {deed.case.number} 恢复供应",
            case=deed.case.number,
            energy=energy,
            centre=centre,
            delay=delay,
        )
    tell_of_return(stops, on=deed.on, at=deed.at, reason=f"业务 {deed.case.number}")
    return {"restored": [str(one.pk) for one in stops]}


def _stopped_nothing(case: Case) -> bool:
    """Whether the case stopped a place that has no usage point, and said why nothing is switched off there."""
    runs = EffectRun.objects.filter(case=case, effect=STOP_SUPPLY, is_undoing=False)
    return any(run.result.get(UNSTOPPED) for run in runs)


def must_be_paid(stop: SupplyStop, on: dt.date) -> None:
    """Raise StillOwed while what a supply was stopped for is not paid with its late fees (64)."""
    if stop.account is None:
        return
    utility = stop.usage_point.utility
    if owed := sum(one.fen for one in arrears.still_owed(stop.account, utility, on)):
        said = both(Utility(utility).label)
        raise StillOwed(account=stop.account.number, owed=format_yuan(owed), subject=said, cite=stop.cite)


def _who_closed(deed: Deed, stage: str) -> Any:
    """Who closed a stage of the case last, by their account; None where nobody did, or nobody with one."""
    row = Event.objects.filter(case=deed.case, kind="closed", stage=stage).order_by("seq").last()
    return row.account_id if row else None


def _must_be_in_time(deed: Deed, stop: SupplyStop, told: Mapping[str, str], delay: str) -> None:
    """Raise DelayNotExplained where the office took longer than the table says, without what the user took to pay
    the cost, and nobody told why."""
    terms = arrears.terms_of(stop.organisation, stop.usage_point.utility, deed.on)
    if delay or terms is None or stop.ground not in BY_BOTH_OFFICES:
        return
    began = _began(deed, told)
    if deed.at - began > dt.timedelta(hours=terms.restore_hours):
        raise DelayNotExplained(hours=terms.restore_hours, since=f"{began:%Y-%m-%d %H:%M}")


def _began(deed: Deed, told: Mapping[str, str]) -> dt.datetime:
    """When the time of the office began: as the case was opened, or the stage was closed by which the user asked;
    later by what the user took to pay the cost."""
    events = Event.objects.filter(case=deed.case).order_by("seq")
    asking = events.filter(kind="closed", stage=told.get("since", "")).last()
    began = (asking or events[0]).at
    paid = events.filter(kind="closed", stage=told.get("costs", "")).last()
    asked = events.filter(kind="closed", stage=told.get("centre", "")).last()
    return began + (paid.at - asked.at) if paid is not None and asked is not None else began
