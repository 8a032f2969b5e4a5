"""What is entered of rooms with a quota: fields and links, in order."""

from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries import billing_accounts
from tongdian.accounts.rules import NoSuchBillingAccount
from tongdian.billing.fields import MONTH
from tongdian.network.entries import of_the_organisation
from tongdian.policy.words import Words
from tongdian.registers.fields import ANYWHERE, Fields, Scope
from tongdian.registers.links import Link
from tongdian.registers.sorts import Selection, Text
from tongdian.rulebook import queries as rulebook


def kinds_of_rooms(_scope: Scope = ANYWHERE) -> dict[str, Words]:
    """The rooms for which regulations know a quota (`uses: reporting: rooms:`)."""
    found: dict[str, Words] = {}
    for pack in rulebook.readable_packs()[0]:
        reporting = pack.head.uses.reporting
        if reporting is not None:
            labels = getattr(pack.rules[reporting.excess], "labels", {})
            found |= {kind: labels[kind] if kind in labels else Words(kind, kind) for kind in reporting.rooms}
    return found


ROOM = Fields(
    Selection("kind", Words("场所种类", "Kind of room"), of=kinds_of_rooms),
    MONTH,
    Link(
        "payer",
        Words("超额承担人的缴费户编号", "Billing account of who owes the excess"),
        to=BillingAccount,
        by="number",
        among=lambda scope: of_the_organisation(billing_accounts(scope.viewer), "organisation", scope),
        unknown=NoSuchBillingAccount,
        example="YS-J000002",
        note=Words(
            "缴费户编号以 J 开头，见“收费柜台”；不是户号或协议编号。",
            "Its number has a J, as the counter shows it: not that of the customer or of the agreement.",
        ),
    ),
    Text(
        "equipment",
        Words("耗能设备", "Equipment"),
        optional=True,
        lines=True,
        most=2000,
        example="照明灯 4 0.018 12 31",
        note=Words(
            "值班室必填；每行一种：设备 台数 单台千瓦 每日小时 每月天数。",
            "Of a guard room; a line each: device, pieces, kW of one, hours a day, days a month.",
        ),
    ),
    Text("paper", Words("核定依据", "By what paper"), most=120, example="节能办核定单 2026-03"),
)
