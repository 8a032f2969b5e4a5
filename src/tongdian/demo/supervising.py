"""Supervision of the demonstration: a nation of provinces that file, one county in depth down to its cases."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

from tongdian.calendar import SHANGHAI, legal_day
from tongdian.demo.finding import follow_up
from tongdian.demo.people import Staff, drawn_clerk
from tongdian.demo.planning import plan_and_review
from tongdian.parties.models import Account, Organisation
from tongdian.policy.form_lines import FormLine
from tongdian.policy.kinds.check import CheckRule
from tongdian.supervision.actions import conditions, filing
from tongdian.supervision.actions.coordination import enter_difficulty, enter_meeting, resolve_difficulty
from tongdian.supervision.actions.counting import count_cases, report_task
from tongdian.supervision.actions.inspections import (
    PlanLine,
    begin_inspection,
    plan_inspections,
    type_supplier,
)
from tongdian.supervision.actions.letters import send_reminder
from tongdian.supervision.models import ReturnVersion
from tongdian.supervision.queries import filings
from tongdian.supervision.queries.cells import blanks
from tongdian.supervision.queries.offices import ReturnForm
from tongdian.supervision.queries.proposing import proposed

FIRST = "2021-H1"  # the first return that the letter asks for
ABSENT = ("54", "46")  # have not filed: the chasing list has somebody
# Annex 2 beside it: one of them was late, and one more than of annex 3 has not filed
LATE_WITH_INDICATORS, WITHOUT_INDICATORS = "52", "63"
OF_THE_PROVINCE = "annex-2-attested-of-the-province"  # whose rows are standards of a province itself
TASKS = (
    (
        "附件1/54",
        "done",
        dt.date(2021, 4, 28),
        "已纳入年度优化营商环境重点任务台账",
        "桂政办发〔2021〕21号（示例）",
    ),
    ("附件1/51", "done", dt.date(2021, 4, 20), "建立“获得电力”工作协调机制", "桂能电力〔2021〕8号（示例）"),
    ("附件1/17", "going", dt.date(2021, 6, 30), "并联审批已在六个市试行", ""),
    ("附件1/2", "done", dt.date(2021, 3, 1), "接入工程审批时限政策已出台", "桂发改〔2020〕30号（示例）"),
    ("附件1/40", "problem", dt.date(2021, 9, 15), "两县配电网规划与国土空间规划衔接不上", ""),
    ("附件1/57", "practice", dt.date(2021, 10, 9), "桂林市“占掘路备案制”可推广", ""),
)


def supervise(
    organisations: dict[str, Organisation], staff: Staff, admin: Account, random: Random, at: dt.datetime
) -> None:
    """Provinces file the first returns; a county counts its newest half-year, its city files over it."""
    for organisation in organisations.values():
        if organisation.short.startswith(PROVINCE):
            _file_of_a_province(organisation, organisations["GNY"], admin, staff, random)
    indicators = Random(2021)  # noqa: S311  its own, so that all else is drawn as without it
    for organisation in organisations.values():
        if organisation.short.startswith(PROVINCE):
            _file_indicators_of_a_province(organisation, organisations["GNY"], admin, staff, indicators)
    for clause, state, on, text, paper in TASKS:
        report_task(
            viewer=admin, organisation=organisations["GXT"], clause=clause, state=state, on=on, text=text,
            paper=paper, is_demo=True, at=_at(on),
        )  # fmt: skip
    today = legal_day(at)
    year = today.year if today >= dt.date(today.year, 7, 20) else today.year - 1
    half = f"{year}-H1"
    for short in ("YSQ", "LGQ"):
        _file_from_cases(organisations, short, half, staff, _at(dt.date(year, 7, 8)), is_filed=short == "YSQ")
    for short, who in (("YSQ", "ysq-clerk"), ("LGQ", "lgq-clerk"), ("GLS", "city-clerk")):
        count_cases(
            viewer=staff.named[who],
            organisation=organisations[short],
            form="annex-2",
            period=str(today.year),
            at=at,
        )
    follow_up(organisations, staff, at)
    _inspect(organisations, staff, at)
    _press_and_coordinate(organisations, staff, at)
    plan_and_review(organisations, staff, at)


TYPES = (("LG", "grid-company"), ("QZDF", "local-supplier"), ("QZZL", "incremental-distributor"))


def _inspect(organisations: dict[str, Organisation], staff: Staff, at: dt.datetime) -> None:
    """The regional office knows of which type each supplier is, planned the year and began with one. It draws once
    the audit log has a checkpoint."""
    office, inspector, today = organisations["LNB"], staff.named["inspector"], legal_day(at)
    for short, type_ in TYPES:
        type_supplier(
            viewer=inspector, office=office, supplier=organisations[short], type=type_,
            paper="电力业务许可证（供电类，示例编号）", at=at,
        )  # fmt: skip
    seats = {short: list(organisations[short].regions.order_by("code")) for short, _ in TYPES}
    lines = [
        PlanLine(
            supplier=organisations[short], region=region, is_rural=short == "QZDF" or region.code == "450312",
            first_on=dt.date(today.year, month, 8), last_on=dt.date(today.year, month, 12), inspectors="韦立、温若谷",
        )
        for short, month in (("LG", 4), ("QZDF", 6), ("QZZL", 9))
        for region in seats[short]
    ]  # fmt: skip
    plan = plan_inspections(
        viewer=inspector, organisation=office, year=today.year, lines=lines, is_demo=True, at=at
    )
    line = plan.lines.filter(supplier=organisations["LG"]).order_by("region").first()
    assert line is not None  # one of those above
    begin_inspection(
        viewer=inspector, organisation=office, supplier=line.supplier, region=line.region, planned=line,
        first_on=dt.date(today.year - 1, 7, 1), last_on=today, is_demo=True, at=at,
    )  # fmt: skip


def _press_and_coordinate(organisations: dict[str, Organisation], staff: Staff, at: dt.datetime) -> None:
    send_reminder(
        viewer=staff.named["group-head"], organisation=organisations["LGJT"], about=organisations["LG"],
        clause="附件1/15", text="请自查“体外循环”和后补流程，报集团", due_on=legal_day(at) + dt.timedelta(days=20),
        is_demo=True, at=at,
    )  # fmt: skip
    clerk, province = staff.named["province-clerk"], organisations["GXT"]
    enter_meeting(
        viewer=clerk, organisation=province, on=dt.date(2021, 6, 10), topic="电力接入外线工程联合审批",
        present="住房城乡建设、公安交管、自然资源、各供电企业", decisions="占掘路、绿化、规划手续并联办理，限时办结",
        paper="协调会纪要〔2021〕3号（示例）", is_demo=True, at=_at(dt.date(2021, 6, 11)),
    )  # fmt: skip
    known = enter_difficulty(
        viewer=clerk, organisation=province, on=dt.date(2021, 5, 20), text="某工业园区接入容量受限，三家企业排队",
        source="12398（示例）", is_demo=True, at=_at(dt.date(2021, 5, 20)),
    )  # fmt: skip
    resolve_difficulty(
        viewer=clerk, difficulty=known, on=dt.date(2021, 7, 2), text="协调增容一台主变，三家企业已送电",
        at=_at(dt.date(2021, 7, 2)),
    )  # fmt: skip


PROVINCE = "SN"  # how the short names of the drawn provinces begin


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), SHANGHAI)


def _file_of_a_province(
    organisation: Organisation, nation: Organisation, admin: Account, staff: Staff, random: Random
) -> None:
    if organisation.short.removeprefix(PROVINCE) in ABSENT:
        return
    on = _at(dt.date(2021, 7, 15) + dt.timedelta(days=random.choice((-6, -3, -1, 0, 0, 3))))
    form = conditions.form_for(organisation, "annex-3", legal_day(on))
    version = _filed(organisation, form, _drawn(form, random), admin, staff, on)
    if random.random() < 0.7:
        _accept(nation, version, staff, on)


def _filed(
    organisation: Organisation,
    form: ReturnForm,
    cells: dict[str, Any],
    admin: Account,
    staff: Staff,
    on: dt.datetime,
) -> ReturnVersion:
    version: ReturnVersion = filing.fill_in(
        viewer=staff.named[drawn_clerk(organisation.short)], organisation=organisation, form=form.key, period=FIRST,
        cells=cells, contact="示例联系人 0000-0000000", is_demo=True, at=on,
    )  # fmt: skip
    filing.review(viewer=admin, version=version, at=on)
    filing.submit(viewer=admin, version=version, at=on)
    return version


def _accept(nation: Organisation, version: ReturnVersion, staff: Staff, on: dt.datetime) -> None:
    filing.accept(
        viewer=staff.named["nation-head"], office=nation, version=version, at=on + dt.timedelta(days=5)
    )


def _file_indicators_of_a_province(
    organisation: Organisation, nation: Organisation, admin: Account, staff: Staff, random: Random
) -> None:
    """Annex 2 of the first half of 2021: of so many areas how many keep each standard; what is behind says why and
    until when."""
    code = organisation.short.removeprefix(PROVINCE)
    if code in (*ABSENT, WITHOUT_INDICATORS):
        return
    on = _at(dt.date(2021, 7, 19 if code == LATE_WITH_INDICATORS else random.choice((8, 12, 14, 15))))
    form = conditions.form_for(organisation, "annex-2", legal_day(on))
    version = _filed(organisation, form, _drawn_areas(form, organisation, random), admin, staff, on)
    if random.random() < 0.9:
        _accept(nation, version, staff, on)


def _drawn_areas(form: ReturnForm, organisation: Organisation, random: Random) -> dict[str, Any]:
    """Areas that keep each standard, no real ones; of a standard whose day is to come none is due."""
    areas, ends = random.randint(8, 120), dt.date(2021, 6, 30)
    cells: dict[str, Any] = {}
    for line in form.lines(organisation):
        if line.is_ongoing:
            cells[line.key] = {"reason": {"value": "持续推进，按季调度（示例）"}}
            continue
        is_due = line.day is None or line.day <= ends
        own = _is_the_provinces_own(form, line)
        behind = random.choice((0, 0, 0, 1, 2, 4)) if is_due and not own else 0
        due = (1 if own else areas) if is_due else 0
        done = due - behind
        said = {"due_areas": f"{due}", "done_areas": f"{done}"}
        if behind:
            said |= {"reason": f"{behind} 个县系统改造未完（示例）", "planned": "2021-09-30"}
        cells[line.key] = {column: {"value": value} for column, value in said.items()}
    return cells


def _drawn(form: ReturnForm, random: Random) -> dict[str, Any]:
    """Figures that add up: of annex 3, no real ones."""
    size = random.randint(2, 40)
    cells: dict[str, Any] = {}
    for line in form.rule.lines(form.pack, form.version):
        scale = line.row.cell.scale if line.row and line.row.cell else 0
        parts = [round(random.uniform(20, 900) * size, scale) for _ in range(4)]
        values = [*parts, round(sum(parts), scale)]
        cells[line.key] = {
            column: {"value": f"{value:.{scale}f}"}
            for column, value in zip(form.version.columns, values, strict=True)
        }
    return cells


def _is_the_provinces_own(form: ReturnForm, line: FormLine) -> bool:
    """Whether a standard is one paper of the province, as its policy is, and not kept district by district: the pack
    compares such a one with the province's own ledger."""
    check = form.pack.rules[OF_THE_PROVINCE]
    return isinstance(check, CheckRule) and line.key in check.versions[-1].rows


def _file_from_cases(
    organisations: dict[str, Organisation],
    short: str,
    period: str,
    staff: Staff,
    at: dt.datetime,
    *,
    is_filed: bool,
) -> None:
    county = organisations[short]
    clerk, head = staff.named[f"{short.lower()}-clerk"], staff.named[f"{short.lower()}-head"]
    for key in ("annex-2", "annex-3"):
        form = conditions.form_for(county, key, legal_day(at))
        count_cases(viewer=clerk, organisation=county, form=key, period=period, at=at)
        here = filings.standing(form, county, period, as_of=legal_day(at))
        cells: dict[str, Any] = proposed(here, as_of=legal_day(at))
        why = "尚未取得凭证" if key == "annex-2" else "表计未覆盖整期"
        for line, column in blanks(form, county, cells):
            cells.setdefault(line.key, {})[column] = {"value": "", "why": why}
        version = filing.fill_in(
            viewer=clerk, organisation=county, form=key, period=period, cells=cells,
            contact="示例联系人 0773-0000000", is_demo=True, at=at,
        )  # fmt: skip
        if is_filed:
            filing.review(viewer=head, version=version, at=at + dt.timedelta(hours=2))
            filing.submit(viewer=head, version=version, at=at + dt.timedelta(hours=3))
