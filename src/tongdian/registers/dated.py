"""Dated registers: a change is a new row from a day on, with a reason; what was before stays readable.

The rows of one thing share a key (such as organisation and code) and follow each other without
overlapping; the database refuses two at a time. `in_force` is the half-open period of each.

    FEES = Register(..., dated=Dated("organisation", "code"))

    class Meta:
        triggers = POSTED  # the database lets a row change in nothing but where its period ends

The fields have `FIRST_ON`, and a reason that is `asked_anew`; the actions keep a row by `succeed`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

import pgtrigger
from django.db.models import Model, QuerySet
from psycopg.types.range import DateRange

from tongdian.audit_log.models import APPEND_ONLY
from tongdian.bounded_days import checked
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.filters import Filter
from tongdian.registers.sorts import Day

Row = TypeVar("Row", bound=Model)

POSTED = (
    pgtrigger.Protect(name="rows_are_never_removed", operation=pgtrigger.Delete),
    APPEND_ONLY[1],
    pgtrigger.Trigger(
        name="rows_end_and_are_never_rewritten",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="""
            if to_jsonb(new) - 'in_force' <> to_jsonb(old) - 'in_force'
                or lower(new.in_force) <> lower(old.in_force)
            then
                raise exception 'a row of % ends and is never rewritten', tg_table_name
                    using errcode = 'check_violation', constraint = 'rows_end_and_are_never_rewritten';
            end if;
            return new;
        """,
    ),
)
"""Posted rows: a correction is a row of its own."""


class DayTaken(Refusal):
    """Another row of the thing begins on that day."""

    says = Words(
        "“{name}”自 {day} 起的内容已经登记；请另选日期。",
        'What holds of "{name}" from {day} on is entered already; choose another day.',
    )
    field = "first_on"


class FirstDay(Day):
    """The day from which a row of a dated register holds."""

    def value_of(self, thing: Any) -> dt.date:
        """The first day of its period."""
        day: dt.date = thing.in_force.lower
        return day

    def columns(self, value: Any) -> dict[str, Any]:
        """None: `succeed` gives a row its period."""
        return {}


FIRST_ON = FirstDay(
    "first_on",
    Words("自何日起", "First day"),
    asked_anew=True,
    api="the day from which it holds",
    example="2026-02-01",
)
ON = Filter(
    Day("on", Words("在此日有效", "In force on"), optional=True, api="what holds on that day"),
    lambda rows, day: rows.filter(in_force__contains=day),
)


class Dated:
    """How the rows of one thing belong together: by what they have in common."""

    def __init__(self, *key: str) -> None:
        self.key = key

    def history(self, row: Any) -> QuerySet[Any]:
        """Every row of the same thing, the newest first."""
        same = {name: getattr(row, name) for name in self.key}
        rows: QuerySet[Any] = type(row)._default_manager.filter(**same)
        return rows.order_by("-in_force__startswith")

    def succeed(self, row: Row, *, first_on: dt.date) -> Row:
        """Keep an unsaved row from a day on: what held before ends the day before, and this one ends
        before what is entered for later. Raises DayTaken, DayOutOfBounds."""
        others = self.history(row).select_for_update()
        following = others.filter(in_force__startswith__gt=checked(first_on)).last()
        before = others.filter(in_force__contains=first_on).first()
        if before is not None:
            if before.in_force.lower == first_on:
                raise DayTaken(name=str(row), day=first_on)
            before.in_force = DateRange(before.in_force.lower, first_on)
            before.save(update_fields=["in_force"])
        row.in_force = DateRange(first_on, following.in_force.lower if following else None)  # type: ignore[attr-defined]
        row.save(force_insert=True)
        return row
