"""Plans become cases: somebody applies somewhere, offices work on it, agreements begin and end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tongdian.calendar import SHANGHAI, Calendar, legal_day
from tongdian.cases.actions import CaseHistory, HistoryStep, import_events
from tongdian.cases.models import ApplicationChannel, Case, TimeSource
from tongdian.cases.rules import evidence_file
from tongdian.connections.models import Application
from tongdian.demo.estate import Estate, Kind, Spot
from tongdian.demo.papers import DemoPapers
from tongdian.demo.people import CUSTOMER, Staff
from tongdian.demo.plans import REGION, Plan
from tongdian.demo.walks import Move
from tongdian.network.rules import POWER_FACTOR
from tongdian.parties.models import Account, Customer, Organisation
from tongdian.parties.queries import office_for
from tongdian.policy import process as kernel
from tongdian.policy.process import CaseState, Process, StageStatus

ON_SITE = frozenset(
    {
        "survey",
        "survey_centre",
        "install",
        "inspect",
        "meter",
        "midway",
        "final",
        "move",
        "works",
        "energise",
        "read_centre",
        "expand",
        "remove",
    }
)
CHANNELS = (
    ApplicationChannel.ONLINE,
    ApplicationChannel.ONLINE,
    ApplicationChannel.COUNTER,
    ApplicationChannel.COUNTER,
    ApplicationChannel.PHONE,
)
BESIDE = {  # what is part of another case, and of which, while that one waits
    "works-approval": ("high-voltage-single-connection", "high-voltage-dual-connection"),
    "electronic-contract": ("low-voltage-connection",),
}


@dataclass(frozen=True)
class DemoCase:
    """A case with its plan, its place, and when each stage was last closed."""

    plan: Plan
    case: Case
    spot: Spot
    closed: Mapping[str, dt.datetime]

    def is_done(self, stage: str) -> bool:
        """Whether a stage is closed, and stays so."""
        run = self.plan.walk.state.runs.get(stage)
        return run is not None and run.status is StageStatus.DONE


def countersign_last(process: Process, state: CaseState, **told: Any) -> kernel.Countersigned:
    """Vouch for what happened last."""
    return kernel.countersign(process, state, claim=state.seq, **told)


class Chronicle:
    """Makes the cases in the order of their days."""

    def __init__(
        self,
        viewer: Any,
        organisations: Mapping[str, Organisation],
        staff: Staff,
        estate: Estate,
        papers: DemoPapers,
        calendar: Calendar,
        random: Random,
        at: dt.datetime,
    ) -> None:
        self._viewer, self._organisations, self._staff = viewer, organisations, staff
        self._estate, self._calendar, self._random, self._at = estate, calendar, random, at
        self._papers, self._stays = papers, 0
        self._offices: dict[tuple[str, str, str], Organisation] = {}
        self._shared: dict[int, tuple[Spot, Customer]] = {}
        self._newcomer: Customer | None = None
        self.made: list[DemoCase] = []

    def make(self, plan: Plan) -> DemoCase:
        """Bring about one plan."""
        opened = self._moment(plan.opened_on, None)
        parent = self._parent(plan)
        if parent is not None:
            spot, customer = parent.spot, parent.case.customer
        else:
            spot, customer = self._place_and_customer(plan, opened)
        assert customer is not None
        channel = self._random.choice(CHANNELS)
        case = import_events(
            viewer=self._viewer,
            source=TimeSource.DEMO,
            at=self._at,
            history=CaseHistory(
                organisation=self._organisations[plan.house],
                pack=plan.business.pack,
                process=plan.business.process,
                customer=customer,
                place=spot.place,
                at=opened,
                by=None if channel == ApplicationChannel.ONLINE else self._at_the_counter(plan, spot),
                facts=plan.walk.facts,
                channel=channel,
                part_of=parent.case if parent else None,
                steps=self._countersigned(plan, self._steps(plan, spot, channel, opened)),
            ),
        )
        made = DemoCase(plan, case, spot, self._closed)
        self._applied(made)
        self.made.append(made)
        return made

    def office(self, house: str, role: str, spot: Spot) -> Organisation:
        """Who fills a role for a house's case at a place."""
        key = (house, role, spot.place.region_id)
        if key not in self._offices:
            found = office_for(
                self._organisations[house], role, on=legal_day(self._at), region=spot.place.region_id
            )
            assert found is not None, f"nobody fills {role}"
            self._offices[key] = found
        return self._offices[key]

    def somebody(self, made: DemoCase, stage: str) -> Account:
        """One of those who may do a stage."""
        role = made.plan.walk.wording.stages[stage].role
        office = self.office(made.plan.house, role, made.spot)
        return self._random.choice(self._staff.of(office, on_site=stage in ON_SITE))

    # ---------------------------------------------------------------- where and who
    def _parent(self, plan: Plan) -> DemoCase | None:
        """The connection that a case serves: its own, or one that is open meanwhile."""
        if plan.serves is not None:
            return next(made for made in self.made if made.plan is plan.serves)
        wanted = BESIDE.get(plan.business.process, ())
        taken = {made.case.part_of_id for made in self.made}
        fitting = [
            made
            for made in self.made
            if made.plan.business.process in wanted
            and made.plan.is_open
            and plan.is_open
            and made.plan.house == plan.house
            and made.is_done("reply")
            and legal_day(made.closed["reply"]) <= plan.opened_on
            and made.case.pk not in taken
        ]
        return fitting[0] if fitting else None

    def _place_and_customer(self, plan: Plan, opened: dt.datetime) -> tuple[Spot, Customer]:
        if id(plan) in self._shared:
            return self._shared[id(plan)]
        over = dt.date.max if plan.is_open or plan.again else plan.days[-1]
        spot = self._estate.find(
            plan.house,
            plan.business.spots,
            supplied=plan.business.needs_supply,
            on=plan.opened_on,
            until=over,
        )
        if plan.is_newcomers:
            customer = self._newcomers(spot, opened)
        elif plan.business.needs_supply:
            assert spot.customer is not None
            customer = spot.customer
        else:
            customer = self._estate.customer_for(spot, opened)
        if plan.again is not None:
            self._shared[id(plan.again)] = (spot, customer)
        return spot, customer

    def _newcomers(self, spot: Spot, opened: dt.datetime) -> Customer:
        if self._newcomer is None:
            account = self._staff.named[CUSTOMER]
            self._newcomer = self._estate.customer_for(spot, opened, name=account.name, account=account)
        return self._newcomer

    # ---------------------------------------------------------------- what happened
    def _steps(self, plan: Plan, spot: Spot, channel: str, opened: dt.datetime) -> list[HistoryStep]:
        steps: list[HistoryStep] = []
        self._closed: dict[str, dt.datetime] = {}
        last = opened
        for move, day in zip(plan.walk.moves, plan.days, strict=True):
            recorded = self._calendar.add_working_days(day, move.claimed, region=REGION)
            last = self._moment(recorded, last)
            told = dict(move.told)
            if move.claimed:
                told["claimed_on"] = day
            if move.command is kernel.close_stage:
                self._closed[move.stage] = last
            steps.append(
                HistoryStep(
                    at=last, by=self._actor(plan, spot, move, channel), command=move.command, told=told
                )
            )
        return steps

    def _countersigned(self, plan: Plan, steps: list[HistoryStep]) -> list[HistoryStep]:
        """Of two stays one was countersigned within the hour; the other waits in the list."""
        number = next((n for n, one in enumerate(steps) if one.command is kernel.suspend), None)
        if number is None:
            return steps
        self._stays += 1
        second = self._staff.second_person(
            self._organisations[plan.house], self._organisations, {one.by for one in steps}
        )
        if self._stays % 2 or second is None:
            return steps
        hash_, name = self._papers.file_for("notice", "书面申请")
        when = steps[number].at + dt.timedelta(minutes=50)
        if number + 1 < len(steps):
            when = min(when, steps[number + 1].at)
        vouched = HistoryStep(
            at=min(when, self._at),
            by=second,
            command=countersign_last,
            told={"evidence": (evidence_file(hash_, name),), "reason": "已核对用户书面申请"},
        )
        return [*steps[: number + 1], vouched, *steps[number + 1 :]]

    def _actor(self, plan: Plan, spot: Spot, move: Move, channel: str) -> Account | None:
        wording = plan.walk.wording
        theirs = not move.stage or wording.owner_of(move.stage) == "customer"
        if theirs:
            return None if channel == ApplicationChannel.ONLINE else self._at_the_counter(plan, spot)
        office = self.office(plan.house, wording.stages[move.stage].role, spot)
        people = self._staff.of(office, on_site=move.stage in ON_SITE)
        return self._random.choice(people)

    def _at_the_counter(self, plan: Plan, spot: Spot) -> Account:
        role = "utilities-centre" if plan.business.house == "campus" else "supplier"
        return self._random.choice(self._staff.of(self.office(plan.house, role, spot)))

    def _moment(self, day: dt.date, after: dt.datetime | None) -> dt.datetime:
        """An hour of that day, later than the step before and never later than now."""
        hour = dt.time(self._random.randint(8, 16), self._random.randint(0, 59))
        found = dt.datetime.combine(day, hour, SHANGHAI)
        if after is not None and found <= after:
            found = after + dt.timedelta(minutes=self._random.randint(2, 40))
            found = min(found, dt.datetime.combine(day, dt.time(23, 30), SHANGHAI))
        return min(found, self._at)

    # ---------------------------------------------------------------- what follows
    def _applied(self, made: DemoCase) -> None:
        """The application, and what the case did to the supply at its place."""
        plan = made.plan
        business = plan.business
        if business.is_application:
            Application.objects.create(
                case=made.case,
                purpose=self._random.choice(business.purposes),
                wants_water=business.house == "campus",
                capacity_kw=_kilowatts(made),
                from_on=plan.opened_on + dt.timedelta(days=14),
                last_on=plan.opened_on + dt.timedelta(days=320) if business.temporary else None,
                remark="演示数据",
            )

    def settle(self, made: DemoCase, texts: Any = ()) -> None:
        """Agreements as the case left them. A case withdrawn left nothing."""
        if made.case.ending == "withdrawn":
            return
        business, spot, estate = made.plan.business, made.spot, self._estate
        if made.is_done(business.begins) and not spot.agreements and made.case.customer:
            first = legal_day(made.closed[business.begins])
            last = first + dt.timedelta(days=300) if business.temporary else None
            estate.agree(
                spot, made.case.customer, first, last_on=last, texts=texts, capacity=_kilowatts(made)
            )
        number = made.case.number
        if made.is_done(business.changes):
            on = legal_day(made.closed[business.changes])
            if business.process == "change-of-use":
                now = spot.agreements[0].price_category
                other = "revenue" if now == "commercial" else "commercial"
                estate.change(spot, on, number, price_category=other)
            else:
                stated = made.plan.walk.state.facts.get("added_kva")
                added = stated * POWER_FACTOR if isinstance(stated, Decimal) else Decimal(4)
                power = next(one for one in spot.agreements if one.capacity_kw is not None)
                estate.change(spot, on, number, capacity_kw=(power.capacity_kw or 0) + added)
        if made.is_done(business.transfers):
            on = legal_day(made.closed[business.transfers])
            estate.transfer(spot, estate.customer_for(spot, self._at), on, number)
        if made.is_done(business.ends):
            customer = made.case.customer
            estate.end(spot, legal_day(made.closed[business.ends]), number)
            if business.process == "change-flat" and made.is_done("open") and customer:
                on = legal_day(made.closed["open"])
                new = estate.find(made.plan.house, (Kind.FLAT,), supplied=False, on=on, until=on)
                estate.agree(new, customer, on)


def _kilowatts(made: DemoCase) -> Decimal:
    """The capacity applied for: a fact of the case, else as the place usually has."""
    fact = made.plan.walk.state.facts.get("capacity")
    return fact if isinstance(fact, Decimal) else made.spot.capacity
