"""Findings of the demonstration in every state, with the reminders, talks and circulars that followed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.calendar import legal_day
from tongdian.demo.people import Staff
from tongdian.parties.models import Account, Organisation
from tongdian.supervision.actions import findings as deeds
from tongdian.supervision.actions import letters
from tongdian.supervision.models import SupervisionFinding

PAPER = [{"kind": "paper", "ref": "整改情况报告（示例）"}]
WHO: dict[str, str] = {"LNB": "lnb-clerk", "GXT": "province-head", "GLS": "city-clerk", "LG": "supplier"}
ACTIONS: dict[str, Any] = {
    "confirm": deeds.confirm_finding,
    "order": deeds.order_rectification,
    "extend": deeds.extend_rectification,
    "report": deeds.report_rectified,
    "return": deeds.send_rectification_back,
    "verify": deeds.verify_rectification,
    "explain": deeds.explain_finding,
    "accept": deeds.accept_explanation,
    "withdraw": deeds.withdraw_finding,
}
BY_THE_OFFICE = ("report", "explain")
# Whose it is, about whom; source, kind, gravity, clause, text; how many days ago it was opened; the steps: which, how
# many days ago, what is said, and by how many days from today (none: no deadline).
Step = tuple[str, int, str, int | None]
FINDINGS: tuple[tuple[str, str, str, str, str, str, str, int, tuple[Step, ...]], ...] = (
    ("LNB", "LG", "hotline", "access", "serious", "附件1/30", "以变压器容量不足为由，三个月不予受理报装", 120,
     (("confirm", 112, "现场核实属实", None), ("order", 110, "限期接入并书面答复用户", -80),
      ("report", 85, "已更换变压器并送电", None), ("verify", 80, "回访用户，已用上电", None))),
    ("LNB", "LG", "inspection", "charges", "grave", "附件1/37", "以“服务费”名义向小微企业加收接入费用", 100,
     (("confirm", 96, "", None), ("order", 95, "全部清退，逐户留存凭证", -60), ("report", 62, "已清退十一户", None),
      ("return", 55, "尚有四户没有清退凭证", 10))),
    ("LNB", "LG", "integrity", "off-book", "serious", "附件1/15", "受理时间晚于用户提交材料时间，疑似体外循环", 60,
     (("explain", 50, "当日系统停机，次日补录，附停机记录", None),)),
    ("LNB", "LG", "sampling", "limits", "minor", "附件1/3", "抽查二十件，三件供电方案答复超过时限", 45,
     (("order", 45, "查明原因，落实限时办结", -15),)),
    ("LNB", "LG", "hotline", "designation", "minor", "附件1/25", "用户反映被推荐指定施工单位", 40,
     (("explain", 35, "用户自行比选，附比选记录", None), ("accept", 30, "记录完整", None))),
    ("LNB", "GXT", "comprehensive", "grid-planning", "serious", "附件1/40", "两县农网规划未与国土空间规划衔接", 20,
     (("order", 18, "牵头协调，报送衔接方案", 20), ("extend", 8, "自然资源部门月底集中会审", 40))),
    ("LNB", "LG", "hotline", "access", "minor", "附件1/30", "同一用户重复投诉，登记重复", 12,
     (("withdraw", 11, "与前一工单重复", None),)),
    ("LNB", "LG", "return", "figures", "minor", "通知/3", "上半年“三零”户数与报装业务数对不上", 5, ()),
    ("GXT", "GLS", "return", "plan", "minor", "通知/1(4)", "方案没有细化到县（区）", 30,
     (("order", 28, "补充县（区）任务和时间节点", 5), ("report", 3, "已印发县（区）任务表", None))),
)  # fmt: skip


def follow_up(organisations: dict[str, Organisation], staff: Staff, at: dt.datetime) -> None:
    """Findings of the regional office and of the province, a talk that was held, a circular, two reminders."""
    made = [_found(organisations, staff, at, row) for row in FINDINGS]
    clerk, head = staff.named["lnb-clerk"], staff.named["lnb-head"]
    regional, supplier = organisations["LNB"], organisations["LG"]
    refused, charged, off_book = made[0], made[1], made[2]
    talk = _talk(clerk, regional, supplier, [charged], at, days=58, held=50, text="违规收费清退不彻底。")
    letters.sign_talk(viewer=head, talk=talk, at=_before(at, 56))
    letters.record_talk(
        viewer=clerk, talk=talk, on=_day(at, 50), attendees="漓桂供电公司分管副总经理、营销部主任",
        text="两周内清退全部费用，公开收费目录", due_on=_day(at, 36), at=_before(at, 50),
    )  # fmt: skip
    _talk(
        clerk, regional, supplier, [off_book], at, days=2, held=-12, text="受理时间不实。"
    )  # waits for a second person
    nation = organisations["GNY"]
    circular = letters.draft_circular(
        viewer=staff.named["nation-clerk"], organisation=nation, findings=[refused, charged],
        title="关于供电企业报装受限和违规收费典型问题的通报", scope="nation", clause="通知/4(4)",
        text="综合监管中发现下列问题，现予通报。\n各单位要引以为戒，举一反三，限期自查。", is_demo=True, at=_before(at, 34),
    )  # fmt: skip
    letters.sign_circular(viewer=staff.named["nation-head"], circular=circular, at=_before(at, 32))
    letters.publish_circular(
        viewer=staff.named["nation-head"], circular=circular, on=_day(at, 30), at=_before(at, 30)
    )
    answered = _remind(
        clerk, organisations, at, days=70, due=-40, text="请牵头召开协调会，解决两县接入工程审批超时问题。"
    )
    letters.answer_reminder(
        viewer=staff.named["province-head"], letter=answered, text="已召开协调会，明确并联审批流程。", evidence=PAPER,
        at=_before(at, 45),
    )  # fmt: skip
    _remind(clerk, organisations, at, days=25, due=-5, text="请报送三年行动方案分解到县的情况。")


def _found(
    organisations: dict[str, Organisation], staff: Staff, at: dt.datetime, row: tuple[Any, ...]
) -> SupervisionFinding:
    by, about, source, kind, gravity, clause, text, days, steps = row
    finding = deeds.open_finding(
        viewer=staff.named[WHO[by]], organisation=organisations[by], about=organisations[about], source=source,
        kind=kind, gravity=gravity, clause=clause, text=text, is_demo=True, at=_before(at, days),
    )  # fmt: skip
    for what, ago, said, due in steps:
        more: dict[str, Any] = {} if due is None else {"due_on": _day(at, -due)}
        if what in BY_THE_OFFICE:
            more["evidence"] = PAPER
        who = staff.named[WHO[about if what in BY_THE_OFFICE else by]]
        ACTIONS[what](viewer=who, finding=finding, text=said, at=_before(at, ago), **more)
    return finding


def _talk(
    clerk: Account, office: Organisation, about: Organisation, findings: list[SupervisionFinding],
    at: dt.datetime, *, days: int, held: int, text: str,
) -> Any:  # fmt: skip
    return letters.draft_talk(
        viewer=clerk, organisation=office, about=about, findings=findings, held_on=_day(at, held), hour="上午9:30",
        place="岭南能源监管办公室二楼会议室（示例）", clause="通知/4(4)", text=text, is_demo=True, at=_before(at, days),
    )  # fmt: skip


def _remind(
    clerk: Account, organisations: dict[str, Organisation], at: dt.datetime, *, days: int, due: int, text: str
) -> Any:
    return letters.send_reminder(
        viewer=clerk, organisation=organisations["LNB"], about=organisations["GXT"], clause="通知/4(2)", text=text,
        due_on=_day(at, -due), is_demo=True, at=_before(at, days),
    )  # fmt: skip


def _before(at: dt.datetime, days: int) -> dt.datetime:
    return at - dt.timedelta(days=days)


def _day(at: dt.datetime, days: int) -> dt.date:
    """So many days ago; with a minus, ahead."""
    return legal_day(at) - dt.timedelta(days=days)
