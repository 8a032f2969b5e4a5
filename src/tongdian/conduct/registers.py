"""The register of conduct: what units did about safety and saving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongdian.conduct import queries
from tongdian.conduct.actions import education
from tongdian.conduct.entries import EDUCATION
from tongdian.conduct.models import EducationRecord
from tongdian.conduct.rules import READ, NoSuchEducation
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.register import Register
from tongdian.registers.sorts import Day, Text


def _taken_back(things: Sequence[Any]) -> Mapping[Any, Mapping[str, Any]]:
    return {
        one.pk: {"taken_back": one.taken_back.reason if hasattr(one, "taken_back") else ""} for one in things
    }


EDUCATION_RECORDS = Register(
    name="education-records",
    model=EducationRecord,
    title=Words("安全与节约宣传教育", "Education in safety and saving"),
    one=Words("宣传教育记录", "a record of education"),
    api=(
        "What a unit did about safe use or saving on a day, with what shows it. It is never changed: `change` takes it "
        "back, with the reason.",
        "The records that you see.",
    ),
    fields=EDUCATION,
    reads=READ.name,
    rows=queries.education,
    unknown=NoSuchEducation,
    add=education.enter_education,
    change=education.take_education_back,
    filters=(
        Filter(
            Text("whose", Words("单位", "Unit"), optional=True, most=60, api="the unit's short name"),
            lambda rows, short: rows.filter(organisation__short=short),
        ),
        Filter(EDUCATION["topic"].open()),
        Filter(
            Day("since", Words("自此日起", "From this day on"), optional=True, api="those from that day on"),
            lambda rows, day: rows.filter(on__gte=day),
        ),
    ),
    derived=(
        Text(
            "taken_back",
            Words("撤销原因", "Why it was taken back"),
            optional=True,
            most=500,
            api="why it was taken back; nothing, where it counts",
        ),
    ),
    derive=_taken_back,
    order="on",
    at="conduct/education/",
)
