"""What lies around the cases: papers, visits, charges, ratings, who has what in hand; repairs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

from tongdian.calendar import SHANGHAI, Calendar, legal_day
from tongdian.cases import queries as case_queries
from tongdian.cases.actions import assign
from tongdian.cases.models import Assignment, Paper
from tongdian.connections.actions import report_repair, take_repair_on
from tongdian.connections.actions.fees import publish_fee
from tongdian.connections.models import Charge, PublishedFee, Rating, Repair, Visit
from tongdian.connections.rules import charge_of
from tongdian.demo.chronicle import ON_SITE, Chronicle, DemoCase
from tongdian.demo.estate import Estate
from tongdian.demo.names import Names
from tongdian.demo.organisations import FOUNDED
from tongdian.demo.papers import DemoPapers
from tongdian.demo.people import Staff
from tongdian.demo.plans import REGION
from tongdian.network.rules import Utility
from tongdian.notices.actions import set_up_channel
from tongdian.notices.rules import ChannelKind
from tongdian.parties.models import Organisation
from tongdian.policy.answer import PaperOptions
from tongdian.policy.refusals import Refusal

State = Visit.State
VISITED = ON_SITE & {"survey", "survey_centre", "meter", "midway", "final", "inspect", "install", "move"}
FEES = {  # code, name, unit, yuan, basis, charged in: EXAMPLES, no real catalogue
    "GXNU": (
        ("meter", "单相电表及安装工料（示例）", "只", "120.00", "示例，非官方：第十一条", ""),
        ("water-meter", "水表及安装工料（示例）", "只", "95.00", "示例，非官方：第十一条", ""),
        (
            "card",
            "补办电卡工本费（示例）",
            "张",
            "20.00",
            "示例，非官方：第九条（四）",
            "gxnu-2016-4/staff-resident-application",
        ),
    ),
    "LG": (
        (
            "temporary-lease",
            "临时变压器租赁（示例）",
            "台·月",
            "860.00",
            "示例，非官方：附件1/32、37",
            "nea-2021-37/temporary-supply",
        ),
        ("meter-test", "电能表申请校验（示例）", "只", "15.00", "示例，非官方：附件1/37", "nea-2021-37"),
    ),
}
CHARGED = {
    "shop-application": "meter",
    "other-application": "meter",
    "meter-relocation": "water-meter",
    "staff-resident-application": "card",
    "temporary-supply": "temporary-lease",
}
SAID = {
    5: ("很快，一次就办好了", "态度好，讲得清楚", ""),
    4: ("总体满意", "流程清楚，就是等了一天", ""),
    3: ("一般", "来回跑了两趟"),
    2: ("时间太长", "材料要求没有一次说清"),
    1: ("超过时限还没人联系",),
}
FAULTS = (
    ("power", "门面没有电，开关一合就跳闸"),
    ("power", "楼道电表箱冒火花"),
    ("water", "厨房水管漏水，楼下已经渗到"),
    ("power", "路灯不亮"),
    ("water", "水压太小，三楼没水"),
    ("power", "一户电表不走字"),
    ("water", "室外阀门井溢水"),
)


class Surroundings:
    """Adds to the cases what people leave beside them."""

    def __init__(
        self,
        viewer: Any,
        organisations: Mapping[str, Organisation],
        chronicle: Chronicle,
        papers: DemoPapers,
        calendar: Calendar,
        random: Random,
        at: dt.datetime,
    ) -> None:
        self._viewer, self._organisations, self._chronicle = viewer, organisations, chronicle
        self._papers, self._calendar, self._random, self._at = papers, calendar, random, at
        self._rows: dict[type, list[Any]] = {Paper: [], Visit: [], Rating: [], Charge: []}
        self._aside: list[Paper] = []
        self._fees: dict[str, PublishedFee] = {}

    def publish_fees(self) -> None:
        """The catalogue of fees, marked as examples."""
        for short, fees in FEES.items():
            for code, name, unit, yuan, basis, charged_in in fees:
                self._fees[code] = publish_fee(
                    viewer=self._viewer,
                    organisation=self._organisations[short],
                    code=code,
                    name=name,
                    unit=unit,
                    yuan=Decimal(yuan),
                    basis=basis,
                    charged_in=charged_in,
                    first_on=FOUNDED,
                    at=self._at,
                    is_demo=True,
                )

    def add(self, made: DemoCase) -> None:
        """What lies around one case."""
        self._rows[Paper] += self._handed_in(made)
        self._rows[Visit] += self._visits(made)
        if made.case.ending == "finished":
            self._rows[Rating] += self._rating(made)
            self._rows[Charge] += self._charge(made)
        elif made.plan.is_open:
            self._give_out(made)

    def keep(self) -> None:
        """Store what was added."""
        for model, rows in self._rows.items():
            model.objects.bulk_create(rows)  # type: ignore[attr-defined]
        Paper.objects.bulk_create(self._aside)

    # ---------------------------------------------------------------- papers
    def _handed_in(self, made: DemoCase) -> Iterator[Paper]:
        case, state = made.case, made.plan.walk.state
        desk = case_queries.desk(case)
        for stage, run in state.runs.items():
            if not run.attempts or desk.wording.stages[stage].papers is None:
                continue
            try:
                answer = case_queries.checklist(desk, state.facts, stage, made.plan.opened_on, case.taken)
            except Refusal:
                continue
            listed = answer.value
            assert isinstance(listed, PaperOptions)
            is_open = stage in state.open_stages
            theirs = is_open and desk.wording.owner_of(stage) == "customer"
            here = listed.papers[:-1] if theirs else listed.papers
            opened = made.closed.get(stage, self._first(made))
            for paper in here:
                row = self._received(made, paper.id, paper.title.zh, min(opened, self._at))
                yield row
                if is_open and made.plan.fate.is_returned and paper is here[0]:
                    self._aside.append(
                        Paper(
                            case=case,
                            kind=Paper.Kind.SET_ASIDE,
                            item=paper.id,
                            about=row,
                            reason="照片模糊，看不清公章",
                            at=self._at,
                            by=row.by,
                        )
                    )

    def _first(self, made: DemoCase) -> dt.datetime:
        return dt.datetime.combine(made.plan.opened_on, dt.time(10), SHANGHAI)

    def _received(self, made: DemoCase, item: str, title: str, at: dt.datetime) -> Paper:
        file, name = self._papers.file_for(item, title)
        return Paper(
            case=made.case,
            kind=Paper.Kind.RECEIVED,
            item=item,
            file=file,
            name=name,
            at=at,
            by=f"applicant:{made.case.number}",
        )

    # ---------------------------------------------------------------- visits
    def _visits(self, made: DemoCase) -> Iterator[Visit]:
        wording = made.plan.walk.wording
        for stage in sorted(VISITED & wording.stages.keys()):
            role = wording.stages[stage].role
            if made.is_done(stage) and self._random.random() < 0.5:
                on = legal_day(made.closed[stage])
                drawn = self._random.random()
                if drawn < 0.2:
                    before = self._calendar.previous_working_day(on, region=REGION)
                    other, note = (
                        (State.MISSED, "上门时无人，改约") if drawn < 0.1 else (State.CANCELLED, "用户改期")
                    )
                    yield self._visit(made, stage, role, before, other, note)
                yield self._visit(made, stage, role, on, State.DONE, "")
            elif stage in made.plan.walk.state.open_stages and not made.plan.fate.stay:
                after = self._calendar.add_working_days(
                    legal_day(self._at), self._random.randint(1, 4), region=REGION
                )
                yield self._visit(made, stage, role, after, State.BOOKED, "")

    def _visit(self, made: DemoCase, stage: str, role: str, on: dt.date, state: str, note: str) -> Visit:
        hour = self._random.choice((9, 10, 11, 15, 16))
        return Visit(
            case=made.case,
            stage=stage,
            state=state,
            note=note,
            office=self._chronicle.office(made.plan.house, role, made.spot),
            starts_at=dt.datetime.combine(on, dt.time(hour), SHANGHAI),
            by=f"applicant:{made.case.number}",
        )

    # ---------------------------------------------------------------- at the end
    def _rating(self, made: DemoCase) -> Iterator[Rating]:
        if self._random.random() < 0.45:
            score = self._random.choices((5, 4, 3, 2, 1), (12, 6, 3, 2, 1))[0]
            assert made.case.ended_on is not None
            at = dt.datetime.combine(made.case.ended_on, dt.time(20, 15), SHANGHAI)
            yield Rating(
                case=made.case, score=score, comment=self._random.choice(SAID[score]), at=min(at, self._at)
            )

    def _charge(self, made: DemoCase) -> Iterator[Charge]:
        code = CHARGED.get(made.plan.business.process)
        if code is not None and made.closed:
            fee, at = self._fees[code], max(made.closed.values())
            quantity = Decimal(self._random.randint(1, 3))
            stage = max(made.closed, key=lambda key: made.closed[key])
            yield Charge(
                case=made.case,
                fee=fee,
                quantity=quantity,
                yuan=charge_of(fee.yuan, quantity),
                on=legal_day(at),
                at=at,
                by=self._chronicle.somebody(made, stage).actor,
            )

    # ---------------------------------------------------------------- in hand
    def _give_out(self, made: DemoCase) -> None:
        """Somebody has the stage in hand; a high-voltage connection has its two managers."""
        wording = made.plan.walk.wording
        parts = [
            stage
            for stage in made.plan.walk.state.open_stages
            if wording.owner_of(stage) != "customer" and self._random.random() < 0.35
        ]
        for stage in parts:
            self._assign(made, stage, self._chronicle.somebody(made, stage))
        if made.plan.business.process.startswith("high-voltage"):
            for part in (Assignment.CUSTOMER_MANAGER, Assignment.PROJECT_MANAGER):
                self._assign(made, part, self._chronicle.somebody(made, "accept"))

    def _assign(self, made: DemoCase, part: str, account: Any) -> None:
        assign(
            viewer=self._viewer, case=made.case, part=part, account=account, at=self._at, reason="演示分派"
        )


def report_repairs(
    viewer: Any, staff: Staff, estate: Estate, names: Names, random: Random, at: dt.datetime
) -> None:
    """Faults in every state, the last of them this morning."""
    states = Repair.State
    fates = [(), (), (), (states.TAKEN,), (states.TAKEN,), (states.REFUSED,)]
    fates += [(states.TAKEN, states.DONE)] * 14
    workers = {
        "YS": staff.named["fitter"],
        "YC": staff.named["yc-centre"],
        "WC": staff.named["wc-centre"],
        "LGYS": staff.named["technician"],
        "LGLG": staff.named["lg-technician"],
    }
    for index, fate in enumerate(fates):
        spot = random.choice([spot for spot in estate.spots if spot.house.short in workers])
        utility, what = random.choice(FAULTS if len(spot.points) > 1 else FAULTS[::3])
        utility = utility if len(spot.points) > 1 else Utility.POWER
        days = 30 * index if len(fate) > 1 else index
        when = at - dt.timedelta(days=days, hours=random.randint(1, 5))
        repair = report_repair(
            organisation=spot.house,
            utility=utility,
            what=what,
            place=spot.place,
            place_text="",
            name=names.person(),
            phone=names.phone(),
            is_urgent="冒火花" in what,
            at=when,
        )
        Repair.objects.filter(pk=repair.pk).update(is_demo=True)
        for step, state in enumerate(fate, start=1):
            note = {"taken": "已派人", "done": "已修复", "refused": "属用户内部线路，请联系物业"}[state]
            later = min(when + dt.timedelta(hours=2 * step), at)
            take_repair_on(viewer=workers[spot.house.short], repair=repair, state=state, note=note, at=later)


def send_text_messages_from_now_on(
    admin: Any, organisations: Mapping[str, Organisation], at: dt.datetime
) -> None:
    """Last of all, so that the years behind send none. A demonstration's stay in a file here."""
    for top in ("GXNU", "LGJT"):
        set_up_channel(viewer=admin, organisation=organisations[top].id, kind=ChannelKind.SMS, at=at)
