"""The registers of cases."""

from django.db.models import Q
from django.urls import reverse

from tongdian.cases import queries
from tongdian.cases.actions import force_majeure
from tongdian.cases.models import ForceMajeureEvent
from tongdian.cases.rules import NoSuchEvent
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import Register
from tongdian.registers.sorts import Day, Number, Text

FORCE_MAJEURE = Register(
    name="force-majeure",
    model=ForceMajeureEvent,
    title=Words("不可抗力事件", "Force majeure"),
    one=Words("不可抗力事件", "an event of force majeure"),
    api=(
        "An event of force majeure: where, from when to when, and what proves it.",
        "The events of force majeure that you see.",
    ),
    fields=force_majeure.FORCE_MAJEURE,
    reads="cases.read",
    rows=queries.force_majeure_events,
    unknown=NoSuchEvent,
    add=force_majeure.add_event,
    change=force_majeure.change_event,
    derived=(
        Day("recorded_on", Words("登记日", "Recorded"), optional=True, api="the day on which it was entered"),
        Number("files", Words("证明文件", "Files"), optional=True, high="1000000", scale=0),
        Number("cases", Words("涉及业务", "Cases"), optional=True, high="1000000000", scale=0),
    ),
    derive=queries.cases_held_up,
    filters=(
        Filter(
            Text("q", Words("编号或事件", "Code or event"), optional=True, most=60, api="part of either"),
            lambda rows, text: rows.filter(Q(code__icontains=text) | Q(title__icontains=text)),
        ),
        Filter(
            Day("on", Words("在此日", "On the day"), optional=True, api="those that lasted on that day"),
            lambda rows, day: rows.filter(Q(to_on=None) | Q(to_on__gte=day), from_on__lte=day),
        ),
    ),
    at="force-majeure/",
    change_at="{at}<uuid:id_>/change/",
    page=lambda one: reverse("force-majeure-event", args=[one.pk]),
)
