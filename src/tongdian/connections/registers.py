"""The registers of the connection service."""

from typing import Any

from django.db.models import Q, QuerySet

from tongdian.connections.actions import fees
from tongdian.connections.models import PublishedFee
from tongdian.connections.rules import NoSuchFee
from tongdian.parties.permissions import seen
from tongdian.policy.words import Words
from tongdian.registers.dated import ON
from tongdian.registers.filters import Filter
from tongdian.registers.register import Register
from tongdian.registers.sorts import Text


def published(viewer: Any) -> QuerySet[PublishedFee]:
    """The fees, of every day, that the viewer sees."""
    return PublishedFee.objects.filter(seen(viewer, "connections.publish_fees")).select_related(
        "organisation"
    )


FEES = Register(
    name="fees",
    model=PublishedFee,
    title=Words("收费目录", "Catalogue of fees"),
    one=Words("收费标准", "a fee"),
    api=("A line of the catalogue of fees, with its price from a day on.", "The fees that you may publish."),
    fields=fees.FEE,
    reads="connections.publish_fees",
    rows=published,
    unknown=NoSuchFee,
    add=fees.publish_fee,
    change=fees.change_fee,
    administers=True,
    dated=fees.DATED,
    filters=(
        Filter(
            Text(
                "q", Words("编号或项目", "Code or name"), optional=True, most=60, api="part of code or name"
            ),
            lambda rows, text: rows.filter(Q(code__icontains=text) | Q(name__icontains=text)),
        ),
        ON,
    ),
    at="fees/",
)
