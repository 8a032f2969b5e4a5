"""Which three hundred cases there are: everything that can become of a case becomes of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from random import Random

from tongdian.calendar import Calendar
from tongdian.demo.businesses import BUSINESSES, Business, Way
from tongdian.demo.walks import Fate, Walk, Walker

HOUSES = {"campus": ("YS", "YS", "YS", "YC", "WC"), "branch": ("LGYS", "LGYS", "LGLG"), "company": ("LG",)}
FIRST_DAY = dt.date(2020, 1, 6)
REGION = "450300"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One case that will be: its walk, its days, and whether it has a story with another.

    `days` has the working day of every move; `again` is the plan at the same place after a
    withdrawal; `serves` the connection whose works it is to approve.
    """

    business: Business
    fate: Fate
    walk: Walk
    house: str
    opened_on: dt.date
    days: tuple[dt.date, ...]
    again: Plan | None = None
    serves: Plan | None = None
    is_newcomers: bool = False  # of the customer that a newcomer signs in as

    @property
    def is_open(self) -> bool:
        """Whether the case still waits for somebody."""
        return self.walk.state.ending is None


class Planner:
    """Makes the plans of one demonstration."""

    def __init__(self, random: Random, calendar: Calendar, today: dt.date) -> None:
        self._random, self._calendar, self._today = random, calendar, today
        self._walkers = {one.process: Walker(one) for one in BUSINESSES}
        self._standings = cycle(("late", "today", "coming", "coming"))

    def plans(self, count: int) -> list[Plan]:
        """So many plans, the earliest first."""
        stories = list(self._stories())
        made = [*stories, *self._waiting(stories), *self._in_every_way()]
        fill = self._finished()
        made += [next(fill) for _ in range(count - len(made))]
        return sorted(made, key=lambda plan: plan.opened_on)

    # ---------------------------------------------------------------- open
    def _waiting(self, already: Iterable[Plan]) -> Iterator[Plan]:
        """At every stage of every process somebody is waited for."""
        for business in BUSINESSES:
            of_it = [
                plan for plan in already if plan.business is business and plan.is_open and not plan.fate.stay
            ]
            seen = {stage for plan in of_it for stage in plan.walk.state.open_stages}
            walker = self._walkers[business.process]
            for way in business.ways:
                for stage in walker.wording.graph.order:
                    if stage in seen:
                        continue
                    plan = self._plan(business, way, Fate(waits_at=stage))
                    if plan.is_open:
                        seen |= set(plan.walk.state.open_stages)
                        yield plan

    def _stories(self) -> Iterator[Plan]:
        """What happens to cases besides: suspended, sent back, withdrawn, claimed, contested, late."""
        for process, fate in STORIES:
            business = self._business(process)
            yield self._plan(business, business.ways[0], fate)
        for process in ("shop-application", "low-voltage-connection", "residential-connection"):
            yield from self._withdrawn_and_applied_again(process)
        for process, stage in (("shop-application", "sign"), ("shop-application", "apply")):
            business = self._business(process)
            fate = Fate(waits_at=stage, is_returned=stage == "apply")
            yield replace(self._plan(business, business.ways[0], fate, house="YS"), is_newcomers=True)

    def _withdrawn_and_applied_again(self, process: str) -> Iterator[Plan]:
        business = self._business(process)
        first = next(iter(self.order(process)))
        again = self._plan(business, business.ways[0], Fate(waits_at=_second(self, process)))
        earlier = self._walk(business, business.ways[0], Fate(waits_at=first, is_withdrawn=True))
        length = sum(move.days for move in earlier.moves)
        opened = self._before(again.opened_on, length + 2)
        withdrawn = self._dated(business, earlier, opened, again.house, Fate(is_withdrawn=True))
        yield again
        yield replace(withdrawn, again=again)

    # ---------------------------------------------------------------- over
    def _in_every_way(self) -> Iterator[Plan]:
        """Every way comes to its end once; the approvals of works beside a connection."""
        for business in BUSINESSES:
            for way in business.ways:
                yield self._over(business, way)
        connection = self._business("high-voltage-single-connection")
        approval = self._business("works-approval")
        for way in approval.ways[:2]:
            parent = self._over(connection, connection.ways[0])
            opened = parent.days[1]  # the day of the reply
            child = self._dated(approval, self._walk(approval, way, Fate()), opened, parent.house, Fate())
            if child.days[-1] < self._today:
                yield parent
                yield replace(child, serves=parent)

    def _finished(self) -> Iterator[Plan]:
        """More cases that are over, by how often people apply for each."""
        shares = [business.share for business in BUSINESSES]
        while True:
            (business,) = self._random.choices(BUSINESSES, shares)
            usual = self._random.random() < 0.75
            way = business.ways[0] if usual else self._random.choice(business.ways)
            drawn = self._random.random()
            cause = "applicant-request" if "request" in str(self._causes(business)) else ""
            if drawn < 0.08:
                fate = Fate(is_returned=True)
            elif drawn < 0.14 and cause:
                fate = Fate(stay=cause)
            elif drawn < 0.19:
                fate = Fate(is_claimed=True)
            elif drawn < 0.24:
                fate = Fate(waits_at=_second(self, business.process), is_withdrawn=True)
            else:
                fate = Fate()
            yield self._over(business, way, fate)

    def _over(self, business: Business, way: Way, fate: Fate | None = None) -> Plan:
        walk = self._walk(business, way, fate or Fate())
        length = sum(move.days + move.claimed for move in walk.moves)
        latest = self._before(self._today, length + 2)
        span = (latest - FIRST_DAY).days
        day = FIRST_DAY + dt.timedelta(days=self._random.randrange(span))
        opened = self._calendar.add_working_days(day, 1, region=REGION)
        return self._dated(business, walk, min(opened, latest), "", fate or Fate())

    # ---------------------------------------------------------------- making one
    def _plan(self, business: Business, way: Way, fate: Fate, *, house: str = "") -> Plan:
        """A case that waits, or that was over lately."""
        walk = self._walk(business, way, fate)
        length = sum(move.days for move in walk.moves)
        opened = self._before(self._today, length + self._waited(walk, fate))
        return self._dated(business, walk, opened, house, fate)

    def _waited(self, walk: Walk, fate: Fate) -> int:
        """For how many working days the open stage has waited: 1 at least, so that nothing
        happens on the very day that the demonstration is made."""
        claimed = sum(move.claimed for move in walk.moves[-1:])
        if walk.limit is None:
            return max(self._random.randint(1, 9), claimed)
        standing = fate.standing or next(self._standings)
        if standing == "late":
            return walk.limit + self._random.randint(1, 4)
        coming = standing == "coming" and walk.limit > 1
        return max(self._random.randint(1, walk.limit - 1) if coming else walk.limit, claimed)

    def _dated(self, business: Business, walk: Walk, opened: dt.date, house: str, fate: Fate) -> Plan:
        days, day = [], opened
        for move in walk.moves:
            day = self._calendar.add_working_days(day, move.days, region=REGION)
            days.append(day)
        return Plan(
            business=business,
            fate=fate,
            walk=walk,
            house=house or self._random.choice(HOUSES[business.house]),
            opened_on=opened,
            days=tuple(days),
        )

    def _walk(self, business: Business, way: Way, fate: Fate) -> Walk:
        return self._walkers[business.process].walk(way, fate, self._random)

    def _before(self, day: dt.date, working_days: int) -> dt.date:
        return self._calendar.working_day_before(day, max(working_days, 1), region=REGION)

    def _causes(self, business: Business) -> Iterable[str]:
        return self._walkers[business.process].wording.causes

    def _business(self, process: str) -> Business:
        return self._walkers[process].business

    def order(self, process: str) -> list[str]:
        """The stages of a process, first things first."""
        return list(self._walkers[process].wording.graph.order)


def _second(planner: Planner, process: str) -> str:
    """The stage after the first."""
    return planner.order(process)[1]


def _stays() -> Iterator[tuple[str, Fate]]:
    yield "shop-application", Fate(waits_at="accept", stay="applicant-request")
    yield "resident-expansion", Fate(waits_at="agree", stay="applicant-request")
    yield "high-voltage-single-connection", Fate(waits_at="review", stay="applicant-request")
    yield "residential-connection", Fate(waits_at="energise", stay="force-majeure")
    yield "low-voltage-three-zero-connection", Fate(waits_at="energise", stay="force-majeure")
    yield "residential-connection", Fate(stay="force-majeure")
    yield "works-approval", Fate(waits_at="permit", stay="statutory-procedure")
    yield "works-approval", Fate(waits_at="permit", stay="supplement")


def _standings() -> Iterator[tuple[str, Fate]]:
    for standing in ("late", "today", "coming"):
        for process, stage in (
            ("low-voltage-connection", "reply"),
            ("low-voltage-connection", "meter"),
            ("high-voltage-single-connection", "reply"),
        ):
            yield process, Fate(waits_at=stage, standing=standing)


STORIES: tuple[tuple[str, Fate], ...] = (
    *_stays(),
    *_standings(),
    ("shop-application", Fate(is_returned=True)),
    ("shop-application", Fate(waits_at="apply", is_returned=True)),
    ("construction-application", Fate(waits_at="apply", is_returned=True)),
    ("change-of-use", Fate(waits_at="apply", is_returned=True)),
    ("low-voltage-connection", Fate(waits_at="works", is_returned=True)),
    ("high-voltage-single-connection", Fate(waits_at="design", is_returned=True)),
    ("low-voltage-connection", Fate(waits_at="reply", is_contested=True)),
    ("residential-connection", Fate(waits_at="energise", is_contested=True)),
    ("high-voltage-dual-connection", Fate(waits_at="design", is_contested=True)),
    ("commercial-expansion", Fate(waits_at="agree", is_contested=True)),
    ("low-voltage-three-zero-connection", Fate(waits_at="energise", is_claimed=True)),
    ("low-voltage-connection", Fate(waits_at="meter", is_claimed=True, standing="coming")),
    ("move-out", Fate(waits_at="settle", is_claimed=True)),
)
