"""What closing a stage permits: registered with the engine by name.

grant-permit   the case's place may be supplied, or used, for the time that the case says

The pack says beside the effect which facts these are. `permit` names the kind of permit, or several of which the fact
`as` names one; `first_on` and `last_on` the facts with its days, `opens` and `closes` those with the times of each
day: without them the permit holds from the first midnight to the last. `if` names the fact that must be true, such as
the office's approval; `permitted_by` and `paper` those that say who of the university allowed it, and how. `price_category` is what the
use is charged at. `places` names the fact with the codes of the places meant, which stand in the case's: without it
the case's place is meant. A kind that `as` says and `permit` does not is granted at another stage. `ahead` names the rule that says how many working days before the first it is to be asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q

from tongdian.calendar import NATIONAL
from tongdian.cases.effects import Deed, effect
from tongdian.cases.models import Case
from tongdian.cases.queries import desk as desk_of
from tongdian.cases.queries import state_of
from tongdian.connections.effects import effect_given
from tongdian.connections.rules import NoPlace
from tongdian.network.models import Place
from tongdian.policy.hours import minute_of
from tongdian.policy.packs import Pack
from tongdian.policy.permitting import GRANT_PERMIT
from tongdian.policy.process.model import Stage
from tongdian.policy.words import Words
from tongdian.supply import queries
from tongdian.supply.actions.permits import grant_permit, withdraw_permit
from tongdian.supply.models import Permit, PlaceTimetable
from tongdian.supply.refusing import NoTimetable
from tongdian.supply.refusing.permits import NotInThePlace, PermitOpensNothing, PermitWithoutTime

BACK = "环节退回或业务撤回"
A_DAY = dt.timedelta(days=1)
_BETWEEN = re.compile(r"[,，、;；\s]+")
LATE = Words(
    "申请提出于 {opened}，使用自 {first} 起，依{cite}最迟应于 {last} 提出；是否仍予同意请自行决定。",
    "It was asked for on {opened} and is to begin on {first}; by {cite} it had to be asked for by {last}. Whether you "
    "agree all the same is yours to decide.",
)


def end_permits(deed: Deed) -> Mapping[str, Any]:
    """What the stage permitted holds no longer; what was used stays permitted."""
    keys = deed.done.get("permits", ())
    for permit in Permit.objects.filter(pk__in=keys).select_related("end"):
        if permit.ends_at > deed.at:
            withdraw_permit(viewer=deed.viewer, permit=permit, reason=BACK, at=deed.at)
    return {"ended": list(keys)}


def presumes_timetable(case: Case, on: dt.date) -> None:
    """Something says when the place is closed, so that there is something to open; a consent opens nothing. Raises
    NoTimetable."""
    if case.place_id is None:
        return
    at_desk = desk_of(case)
    granted = {
        name for one in at_desk.wording.stages.values() for name in one.effect_given.get("permit", "").split()
    }
    if granted <= queries.consents_of(at_desk.pack).keys():
        return
    rows = PlaceTimetable.objects.filter(place__ancestors__contains=[case.place_id], in_force__contains=on)
    if not rows.exists():
        assert case.place is not None
        raise NoTimetable(place=case.place.name, day=on)


def warns_of_late_application(case: Case, on: dt.date) -> Words | None:
    """What is asked later than the document has it; the offices decide all the same."""
    at_desk = desk_of(case)
    stage = next((one for one in at_desk.wording.stages.values() if "ahead" in one.effect_given), None)
    if stage is None:
        return None
    first = state_of(case, at_desk).facts.get(stage.effect_given["first_on"])
    if not isinstance(first, dt.date):
        return None
    pack = at_desk.pack
    answer = pack.answer(stage.effect_given["ahead"], on=on)
    assert isinstance(answer.value, Decimal)
    last = pack.calendar.working_day_before(first, int(answer.value), region=pack.head.region or NATIONAL)
    if case.opened_on <= last:
        return None
    cited = Words(answer.cited("zh"), answer.cited("en"))
    return LATE.fill(opened=case.opened_on, last=last, first=first, cite=cited)


def where_it_opens(pack: Pack, stages: Sequence[Stage], on: dt.date) -> Q | None:
    """The places governed by the timetable that knows the permits of a process best (a classroom's knows one of those
    for venues, theirs knows all), and where the case names codes of places (`places`), what these stand in. A consent
    opens nothing, so any place may have one, but a whole campus."""
    permits = {name for stage in stages for name in stage.effect_given.get("permit", "").split()}
    if permits & queries.consents_of(pack).keys():
        return ~Q(kind=Place.Kind.CAMPUS)
    known = {rule.rule: len(permits & rule.permits.keys()) for rule in queries.timetables_of(pack)}
    best = max(known.values(), default=0)
    rules = [rule for rule, count in known.items() if count and count == best]
    governed = PlaceTimetable.objects.filter(rule__in=rules, in_force__contains=on)
    here = Q(pk__in=governed.values("place"))
    if any("places" in stage.effect_given for stage in stages):  # a room stands in a flat or a building
        here |= Q(pk__in=governed.values("place__parent")) | Q(
            pk__in=governed.values("place__parent__parent")
        )
    return here


@effect(
    GRANT_PERMIT,
    title=Words("已许可用水用电", "supply is permitted"),
    undo=end_permits,
    presumes=presumes_timetable,
    warns=warns_of_late_application,
    warns_before=True,
    where=where_it_opens,
    decided=queries.what_was_permitted,
)
def permit_supply(deed: Deed) -> Mapping[str, Any]:
    """The place may be supplied in the time that the case says: a permit for each of its days, or one for all.

    A day on which the timetable supplies it anyway needs none, and is told as such. Raises NoPlace, PermitWithoutTime, and
    what else `grant_permit` refuses.
    """
    said, facts = effect_given(deed), deed.state.facts
    if "if" in said and facts.get(said["if"]) is not True:
        return {"permits": []}
    places = _places(deed, said)
    kinds = said["permit"].split()
    permit = str(facts.get(said["as"], "")) if "as" in said else kinds[0]
    if permit not in kinds:
        return {"permits": []}
    rows: list[Permit] = []
    needless: list[str] = []
    for place in places:
        for first_at, until_at in _times(deed, said):
            try:
                rows.append(_granted(deed, said, place, permit, first_at, until_at))
            except PermitOpensNothing:  # approved, and open at that time by the timetable itself
                needless.append(f"{place.code} {first_at:%Y-%m-%d}")
    return {"permits": [str(row.pk) for row in rows], **({"needless": needless} if needless else {})}


def _granted(
    deed: Deed,
    said: Mapping[str, str],
    place: Place,
    permit: str,
    first_at: dt.datetime,
    until_at: dt.datetime,
) -> Permit:
    facts = deed.state.facts
    return grant_permit(
        viewer=deed.viewer,
        place=place,
        permit=permit,
        first_at=first_at,
        until_at=until_at,
        purpose=desk_of(deed.case).process.title.zh,  # what the applicant wrote is erased with the customer
        permitted_by=str(facts.get(said.get("permitted_by", ""), "")),
        paper=str(facts.get(said.get("paper", ""), "")),
        price_category=said.get("price_category", ""),
        case=deed.case,
        at=deed.at,
        is_demo=deed.case.is_demo,
    )


def _places(deed: Deed, said: Mapping[str, str]) -> list[Place]:
    """The places that are meant. Raises NoPlace, NotInThePlace."""
    whole = deed.case.place
    if whole is None:
        raise NoPlace(case=deed.case.number)
    if "places" not in said:
        return [whole]
    codes = [one for one in _BETWEEN.split(str(deed.state.facts.get(said["places"], ""))) if one]
    rows = Place.objects.filter(ancestors__contains=[whole.pk], code__in=codes).select_related("organisation")
    found = {one.code: one for one in rows}
    if not codes or (missing := [one for one in codes if one not in found]):
        raise NotInThePlace(codes=missing if codes else Words("未填", "none"), place=whole.name)
    return [found[one] for one in dict.fromkeys(codes)]


def _times(deed: Deed, said: Mapping[str, str]) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    zone = queries.zone(desk_of(deed.case).pack)
    first, last = _day(deed, said, "first_on"), _day(deed, said, "last_on")
    if "opens" not in said:
        yield _at(first, "00:00", zone), _at(last, "24:00", zone)
        return
    opens, closes = _clock(deed, said, "opens"), _clock(deed, said, "closes")
    day = first
    while day <= last:
        ends_on = day if minute_of(closes) > minute_of(opens) else day + A_DAY  # past midnight
        yield _at(day, opens, zone), _at(ends_on, closes, zone)
        day += A_DAY


def _at(day: dt.date, clock: str, zone: Any) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone) + dt.timedelta(minutes=minute_of(clock))


def _day(deed: Deed, said: Mapping[str, str], what: str) -> dt.date:
    found = deed.state.facts.get(said[what])
    if not isinstance(found, dt.date):
        raise PermitWithoutTime(case=deed.case.number, what=_asked(deed, said[what]))
    return found


def _clock(deed: Deed, said: Mapping[str, str], what: str) -> str:
    found = deed.state.facts.get(said[what])
    if found is None:
        raise PermitWithoutTime(case=deed.case.number, what=_asked(deed, said[what]))
    return str(found)


def _asked(deed: Deed, fact: str) -> Words:
    declared = desk_of(deed.case).wording.facts[fact].title
    return declared or Words(fact, fact)
