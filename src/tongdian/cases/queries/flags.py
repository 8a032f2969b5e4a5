"""What makes whoever supervises look twice at a case, computed from its events and papers.

one-login     one login completed every step so far (two at least)
same-file     one file was handed in as more than one paper
for-customer  a step of the customer's own was completed by staff
applied-anew  the same was applied for there, or by the same customer, and withdrawn not long before
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from tongdian.cases.models import Case, Event, Paper
from tongdian.policy.process import Closed, Process
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook

FLAGS = {
    "one-login": Words("全部环节由同一登录账户办理", "one login did every step"),
    "same-file": Words("同一文件充作多份材料", "one file handed in as several papers"),
    "for-customer": Words("用户本人的环节由工作人员代办", "a step of the customer's closed by staff"),
    "applied-anew": Words(
        "同一业务撤回后不久重新受理，计时重新开始", "withdrawn and soon opened anew: the clock began again"
    ),
}
ANEW_DAYS = 90
"""附件1/15 forbids that a process is gone through again to begin its clock anew."""
STEPS_AT_LEAST = 2


def flagged(flag: str) -> Q:
    """The filter for cases with a flag; one that nobody knows finds none."""
    rows = _ROWS.get(flag)
    return Q(pk__in=[]) if rows is None else Q(Exists(rows()))


def flags_of(case: Case) -> list[str]:
    """The flags of one case."""
    rows_of = _ROWS | {"for-customer": lambda: _for_the_customer((case.pack, case.process))}
    tests = {flag.replace("-", "_"): Exists(rows()) for flag, rows in rows_of.items()}
    found = Case.objects.filter(pk=case.pk).annotate(**tests).values(*tests).first() or {}
    return [flag for flag in FLAGS if found.get(flag.replace("-", "_"))]


def _closings() -> QuerySet[Event]:
    return Event.objects.filter(case=OuterRef("pk"), kind=Closed.kind).order_by()


def _by_one_login() -> QuerySet[Any, Any]:
    counted = (
        _closings()
        .values("case")
        .annotate(
            stages=Count("stage", distinct=True),
            people=Count("by", distinct=True),
            logins=Count("account", distinct=True),
        )
    )
    return counted.filter(stages__gte=STEPS_AT_LEAST, people=1, logins=1)


def _in_two_papers() -> QuerySet[Any, Any]:
    counting = Paper.objects.filter(case=OuterRef("pk"), kind=Paper.Kind.RECEIVED, set_aside_by=None)
    by_file = counting.exclude(file="").order_by().values("file")
    return by_file.annotate(items=Count("item", distinct=True)).filter(items__gt=1)


def _withdrawn_before() -> QuerySet[Case]:
    of_the_same = Q(place=OuterRef("place")) | Q(customer=OuterRef("customer"))
    return (
        Case.objects.filter(
            of_the_same,
            pack=OuterRef("pack"),
            process=OuterRef("process"),
            ending="withdrawn",
            ended_on__gte=OuterRef("opened_on") - dt.timedelta(days=ANEW_DAYS),
        )
        .exclude(pk__gte=OuterRef("pk"))
        .order_by()
    )


def _for_the_customer(only: tuple[str, str] | None = None) -> QuerySet[Event]:
    owned = reduce(
        or_,
        (
            Q(case__pack=pack, case__process=process, body__role__in=sorted(roles))
            for (pack, process), roles in _roles_of_customers().items()
            if only in (None, (pack, process))
        ),
        Q(pk__in=[]),
    )
    by_staff = _closings().filter(account__isnull=False)
    return by_staff.exclude(account=F("case__customer__account")).filter(owned)


def _roles_of_customers() -> dict[tuple[str, str], set[str]]:
    """The roles by which customers act, for each process of each regulation."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for pack in rulebook.readable_packs()[0]:
        for rule in pack.rules.values():
            if not isinstance(rule, Process):
                continue
            for version in rule.versions:
                roles = version.all_roles.items()
                own = {name for name, role in roles if role.owner == "customer"}
                found[pack.id, rule.rule] |= own
    return found


_ROWS: dict[str, Callable[[], QuerySet[Any, Any]]] = {
    "one-login": _by_one_login,
    "same-file": _in_two_papers,
    "for-customer": _for_the_customer,
    "applied-anew": _withdrawn_before,
}
