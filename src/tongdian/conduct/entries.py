"""What is asked of acts, publications and reports."""

from __future__ import annotations

import re

from tongdian.conduct import fields, queries
from tongdian.conduct.rules import EDUCATE, NoSuchAct
from tongdian.network.models import Place
from tongdian.network.queries import places
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.links import organisation_link
from tongdian.parties.models import Customer, Organisation
from tongdian.policy.refusals import BadInput
from tongdian.policy.types import CLOCK
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.links import Link
from tongdian.registers.sorts import Choices, Day, Number, Selection, Text


def _acts(scope: Scope) -> Choices:
    if scope.organisation is None or scope.on is None:
        return {}
    pack = queries.rules_of(scope.organisation, scope.on)
    return {key: one.said for key, one in queries.acts_to_pick(pack, scope.on).items()}


def checked_hour(text: str) -> str:
    """A time of day like 08:30. Raises BadInput."""
    if not re.fullmatch(CLOCK, text) or text >= "24:00":
        raise BadInput(
            name="hour",
            problem=Words(f"“{text[:10]}”不是时刻，如 08:30", f"{text[:10]!r} is no time like 08:30"),
        )
    return text


UNTIL = Day("until", Words("公布至（不含）", "Stands until (not included)"), example="2026-06-01")
REASON = Text("reason", Words("理由", "Reason"), most=500, lines=True)
BECAUSE = Fields(REASON)
ACT = Fields(
    Link(
        "place",
        Words("地点（编号）", "Place (its code)"),
        to=Place,
        among=lambda scope: places(scope.viewer),
        unknown=NoSuchPlace,
        what=Words("地点", "place"),
        example="YS-1",
    ),
    Link(
        "unit",
        Words("部门", "Unit"),
        to=Organisation,
        by="short",
        among=lambda scope: (
            queries.units(scope.organisation) if scope.organisation else Organisation.objects.none()
        ),
        unknown=NoSuchAct,
        what=Words("部门", "unit"),
        optional=True,
        picks=True,
        example="HUAX",
    ),
    Link(
        "customer",
        Words("或：用户编号", "Or: the customer's number"),
        to=Customer,
        by="number",
        among=lambda scope: (
            queries.customers_of(scope.organisation) if scope.organisation else Customer.objects.none()
        ),
        unknown=NoSuchAct,
        what=Words("用户", "customer"),
        optional=True,
    ),
    Selection("act", Words("违章行为", "Act"), of=_acts),
    Day("on", Words("行为日", "Day"), example="2026-03-02"),
    Text("hour", Words("时刻", "Time"), most=5, check=checked_hour, example="09:30"),
    Text(
        "text",
        Words("所见", "What was seen"),
        most=1000,
        lines=True,
        optional=True,
        note=Words("留空：照行为的原文。", "Empty: in the words of the act."),
    ),
    Text("seen_by", Words("见证人", "Seen by"), most=80, optional=True),
    Text(
        "grave",
        Words("情节严重的理由", "Why it is grave"),
        most=500,
        lines=True,
        optional=True,
        note=Words("不严重的留空。", "Empty where it is not."),
    ),
    Text(
        "beyond",
        Words("如何超出许可", "How it went beyond a permit"),
        most=500,
        lines=True,
        optional=True,
        note=Words("当时没有许可的留空。", "Empty where nothing was permitted then."),
    ),
)
FOUND_TRUE = Fields(
    Text("act_number", Words("违章编号", "Number of the act"), most=40),
    REASON,
    Text(
        "afterwards",
        Words("举报在登记之后仍属实的理由", "Why, where it was recorded before it was reported"),
        most=500,
        lines=True,
        optional=True,
        note=Words("举报在先的留空。", "Empty where it was reported first."),
    ),
)
REWARDING = Fields(
    Number(
        "amount",
        Words("奖励金额（元）", "Reward (yuan)"),
        low="0",
        high="1000000",
        scale=2,
        unit="yuan",
        example="100",
    ),
    REASON,
)
EDUCATION = fields.EDUCATION.adding(organisation_link(EDUCATE.name))
