"""Somebody stands in for an absent colleague for stated days; it can end early, never be rewritten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tongdian.allowed import NotAllowed
from tongdian.audit_log.actions import record
from tongdian.bounded_days import checked
from tongdian.calendar import legal_day
from tongdian.parties.models import Account, Acting, ActingEnd, Membership, since
from tongdian.parties.permissions import may_everywhere
from tongdian.parties.queries import colleagues
from tongdian.parties.rules import Role
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook.rules import ReasonMissing

DEED = Words("为此人指定代理人", "appoint a stand-in for this person")
LONGEST = dt.timedelta(days=366)


class NothingToStandInFor(Refusal):
    """Somebody without a role on those days."""

    says = Words(
        "{name} 在这段时间没有任职，无需代理。",
        "{name} has no role on those days; there is nothing to stand in for.",
    )


class NotAColleague(Refusal):
    """Roles are lent to colleagues only."""

    says = Words(
        "{name} 不能代理：代理人须是同一单位体系内在任的另一人。",
        "{name} cannot stand in: it takes another person with a role in the same tree.",
    )


class DaysReversed(Refusal):
    """The first day lies after the last, or is over."""

    says = Words(
        "代理期间 {first} 至 {last} 有误：须自今日或以后开始，且不超过一年。",
        "{first} to {last} cannot be: it begins today or later and lasts a year at most.",
    )


class ActsAlready(Refusal):
    """The same two people, on the same days."""

    says = Words(
        "{stand_in} 自 {first} 起已代理 {absent}。",
        "{stand_in} stands in for {absent} already, from {first}.",
    )


class ActingIsOver(Refusal):
    """It ended by itself or was ended."""

    says = Words("该代理已于 {on} 结束。", "That acting ended on {on}.")


def appoint_stand_in(
    *,
    viewer: Any,
    absent: Account,
    stand_in: Account,
    first: dt.date,
    last: dt.date,
    reason: str,
    at: dt.datetime,
) -> Acting:
    """From the first day to the last the stand-in has the absent colleague's roles.

    Everybody may appoint for themselves, officers for people below them, and for an administrator
    only an administrator. Raises NotAllowed, ReasonMissing, DaysReversed, NothingToStandInFor,
    NotAColleague, ActsAlready.
    """
    today = legal_day(at)
    held = list(
        Membership.objects.filter(
            account=absent, in_force__overlap=since(first, max(first, checked(last)) + dt.timedelta(days=1))
        ).select_related("organisation")
    )
    _must_appoint(viewer, absent, held)
    if not reason.strip():
        raise ReasonMissing
    if not today <= first <= last < first + LONGEST:
        raise DaysReversed(first=first, last=last)
    if not held or not absent.is_active:
        raise NothingToStandInFor(name=absent.shown_name)
    if not colleagues(absent, on=first).filter(id=stand_in.id).exists():
        raise NotAColleague(name=stand_in.shown_name)
    period = since(first, checked(last) + dt.timedelta(days=1))
    with transaction.atomic():
        Account.objects.select_for_update().get(id=absent.id)  # one appointment at a time
        known = Acting.objects.filter(absent=absent, stand_in=stand_in, in_force__overlap=period)
        for one in known.select_related("end"):
            if last_day(one) >= first:
                raise ActsAlready(
                    stand_in=stand_in.shown_name, absent=absent.shown_name, first=one.in_force.lower
                )
        made = Acting.objects.create(
            absent=absent, stand_in=stand_in, in_force=period, reason=reason.strip(), by=viewer, at=at
        )
        record(
            actor=viewer.actor,
            action="appoint-stand-in",
            subject=absent.actor,
            payload={"stand_in": stand_in.username, "first": first, "last": last, "reason": reason.strip()},
            at=at,
        )
    return made


def end_acting(*, viewer: Any, acting: Acting, on: dt.date, at: dt.datetime, reason: str = "") -> ActingEnd:
    """End it early: `on` is the first day without it, today or later.

    The absent, the stand-in and who may appoint may do so. Raises NotAllowed, ActingIsOver,
    DaysReversed.
    """
    if not may_end(viewer, acting):
        raise NotAllowed(deed=DEED)
    with transaction.atomic():
        Account.objects.select_for_update().get(id=acting.absent_id)
        row = Acting.objects.select_related("end").get(id=acting.id)
        if hasattr(row, "end") or row.in_force.upper <= on:
            raise ActingIsOver(on=last_day(row))
        if on < legal_day(at):
            raise DaysReversed(first=row.in_force.lower, last=on)
        made = ActingEnd.objects.create(acting=row, on=on, reason=reason.strip(), by=viewer, at=at)
        record(
            actor=viewer.actor,
            action="end-acting",
            subject=acting.absent.actor,
            payload={"stand_in": acting.stand_in.username, "on": on, "reason": reason.strip()},
            at=at,
        )
    return made


def last_day(acting: Acting) -> dt.date:
    """The last day it counts, early end and all (before its first if it never did)."""
    ended = acting.end.on if hasattr(acting, "end") else acting.in_force.upper
    day: dt.date = min(ended, acting.in_force.upper) - dt.timedelta(days=1)
    return day


def may_end(viewer: Any, acting: Acting) -> bool:
    """The two themselves, and who may appoint for the absent."""
    if viewer.id in (acting.stand_in_id, acting.absent_id):
        return True
    held = Membership.objects.filter(account=acting.absent, in_force__overlap=acting.in_force)
    try:
        _must_appoint(viewer, acting.absent, list(held.select_related("organisation")))
    except NotAllowed:
        return False
    return True


def may_appoint_for(viewer: Any, absent: Account, *, on: dt.date) -> bool:
    """Whether a page should offer it."""
    held = Membership.objects.filter(account=absent, in_force__contains=on)
    try:
        _must_appoint(viewer, absent, list(held.select_related("organisation")))
    except NotAllowed:
        return False
    return bool(held)


def _must_appoint(viewer: Any, absent: Account, held: list[Membership]) -> None:
    if viewer.id == absent.id:
        return
    if not held:
        raise NotAllowed(deed=DEED)
    for row in held:
        # who lends an administrator's role must be one, or an officer could raise themselves
        wanted = "edit_people" if row.role == Role.ADMINISTRATOR else "appoint_stand_in"
        permission = f"parties.{wanted}"
        if row.organisation is None:
            allowed = may_everywhere(viewer, permission)
        else:
            allowed = viewer.has_perm(permission, row.organisation)
        if not allowed:
            raise NotAllowed(deed=DEED)
