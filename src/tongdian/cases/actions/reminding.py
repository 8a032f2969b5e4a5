"""Telling offices what is due soon or late, and laying out last days anew after a change of days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from tongdian.calendar import BeyondPublishedCalendar, Calendar, legal_day
from tongdian.cases import queries
from tongdian.cases.actions.appending import rebuild
from tongdian.cases.models import Case, Event, OpenStage, Projected, Reminder
from tongdian.notices.actions import Recipient, notify
from tongdian.notices.queries import told
from tongdian.parties.models import Account, Membership, Organisation
from tongdian.parties.queries import members
from tongdian.parties.rules import PERMISSIONS
from tongdian.policy.process import Limit, Suspended
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.rulebook import queries as rulebook


def remind(*, at: dt.datetime) -> int:
    """Remind of every stage whose last day is today or the next working day, and of every late
    one, once each; how many reminders went out."""
    today = legal_day(at)
    tomorrow = _next_working_day(today)
    due = OpenStage.objects.filter(due_on__lte=tomorrow, is_suspended=False).exclude(office=None)
    rows = due.select_related("case", "case__place", "case__organisation", "office", "assigned_to")
    sent = 0
    for row in rows.order_by("due_on").iterator(chunk_size=500):
        sent += _remind_of(row, today, at)
    return sent


AGAIN_AFTER_DAYS = 7


def remind_of_missing_year(*, at: dt.datetime) -> int:
    """From November, tell everybody who may enter it that the next year's working days are missing,
    once a week; how many were told."""
    today = legal_day(at)
    year = rulebook.missing_year(today)
    if year is None:
        return 0
    subject, sent = f"calendar:{year}", 0
    through = rulebook.calendar().official_through.isoformat()
    roles = PERMISSIONS["rulebook.edit_calendar"]
    rows = Membership.objects.filter(role__in=roles, in_force__contains=today)
    senders = {
        row.account: row.organisation
        for row in rows.filter(account__is_active=True).select_related("account", "organisation")
    }
    anyone = Organisation.objects.filter(parent=None).order_by("id").first()
    for account, organisation in senders.items():
        sender = organisation or anyone
        since = at - dt.timedelta(days=AGAIN_AFTER_DAYS)
        if sender is None or told(account, subject=subject, since=since):
            continue
        notify(
            name="calendar-missing",
            organisation=sender.pk,
            to=Recipient.colleague(account),
            subject=subject,
            params={
                "year": str(year),
                "through": through,
                "link": f"{settings.PUBLIC_ADDRESS}/calendar/year/",
            },
            at=at,
        )
        sent += 1
    return sent


def _next_working_day(today: dt.date) -> dt.date:
    """The next working day, or tomorrow where nobody knows yet: reminding early harms nobody."""
    try:
        return rulebook.calendar().next_working_day(today)
    except BeyondPublishedCalendar:
        return today + dt.timedelta(days=1)


def _remind_of(row: OpenStage, today: dt.date, at: dt.datetime) -> bool:
    assert row.due_on is not None
    kind = "overdue" if row.due_on < today else "soon"
    with transaction.atomic():
        _, is_first = Reminder.objects.get_or_create(
            case=row.case, stage=row.stage, attempt=row.attempt, kind=kind, defaults={"at": at}
        )
        for account in _whom(row, today) if is_first else ():
            notify(
                name="overdue" if kind == "overdue" else "due-soon",
                organisation=row.case.organisation_id,
                to=Recipient.colleague(account),
                subject=f"case:{row.case_id}",
                params=_said(row, today),
                at=at,
            )
    return is_first


def _whom(row: OpenStage, today: dt.date) -> Iterator[Account]:
    """Whoever has it in hand, else everybody in the office who may."""
    if row.assigned_to is not None:
        yield row.assigned_to
    elif row.office is not None:
        roles = PERMISSIONS["cases.work"]
        found = {
            one.account.pk: one.account
            for one in members(row.office, on=today)
            if one.role in roles and one.account.is_active
        }
        yield from found.values()


def _said(row: OpenStage, today: dt.date) -> dict[str, str | Words]:
    assert row.due_on is not None
    desk = queries.desk(row.case)
    distance = _distance(row, today, desk.pack.calendar)
    said: dict[str, str | Words] = {
        "case": row.case.number,
        "stage": desk.wording.stages[row.stage].title,
        "place": row.case.place.name if row.case.place else "—",
        "due": row.due_on.isoformat(),
        "link": f"{settings.PUBLIC_ADDRESS}/cases/{row.case.number}/",
    }
    return said | ({"over": distance} if row.due_on < today else {"left": distance})


def _distance(row: OpenStage, today: dt.date, calendar: Calendar) -> Words:
    """How far a stage is from its last day, in working days where they are known."""
    assert row.due_on is not None
    first, last = sorted((row.due_on, today))
    try:
        days = calendar.working_days_between(first, last, region=row.case.region_id)
    except BeyondPublishedCalendar:
        return Limit((last - first).days, in_working_days=False).words
    return Limit(days).words


def lay_out_last_days(*, at: dt.datetime) -> int:
    """Lay out the last days of open stages anew when the calendar has changed since they were,
    or a year has been published that they waited for; how many cases were gone over."""
    days = rulebook.calendars_hash()
    if Projected.objects.filter(calendar=days).exists():
        return 0
    on, done = legal_day(at), 0
    claimed = Event.objects.filter(case=OuterRef("pk")).filter(
        Q(kind=Suspended.kind) | Q(claimed_on__lt=F("on"))
    )
    # of what has ended, the verdict may still wait for a countersignature
    rows = Case.objects.filter(Q(ended_on=None) | Exists(claimed)).order_by("pk")
    for case in rows.iterator(chunk_size=500):
        try:
            rebuild(case=case, on=on)
        except Refusal:
            continue  # a history that does not fit is told by the daily check, not here
        done += 1
    with transaction.atomic():
        Projected.objects.all().delete()
        Projected.objects.create(calendar=days, at=at)
    return done
