"""Sending offices' overviews to who asked for them, each week or month once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from tongdian.notices.actions import Recipient, notify
from tongdian.notices.queries import told
from tongdian.policy.words import Words
from tongdian.supervision.models import OverviewSubscription
from tongdian.supervision.queries.digests import DigestLine, OverviewDigest, digest
from tongdian.supervision.rules import READ, PushInterval

MOST = 20  # lines of a section; the page has them all
NONE = Words("无", "none")
FURTHER = Words("……另有 {n} 项", "… and {n} more")


def send_overviews(*, day: dt.date, at: dt.datetime) -> int:
    """Send every overview that is due on a day and was not sent yet; how many were. Who may not look at the office
    any more, or has no address, is sent nothing."""
    sent = 0
    rows = OverviewSubscription.objects.select_related("account", "organisation", "organisation__region")
    for one in rows.filter(account__is_active=True).order_by("pk"):
        start = start_of(one.every, day)
        subject = f"overview:{one.organisation_id}/{one.every}/{start}"
        if start <= one.since_on or not one.account.email or told(one.account, subject=subject, since=_NEVER):
            continue
        if not one.organisation.in_force.upper_inf and day >= one.organisation.in_force.upper:
            continue
        if not one.account.has_perm(READ.name, one.organisation):
            continue
        said = digest(one.organisation, as_of=day, since=start_of(one.every, start - dt.timedelta(days=1)))
        notify(
            name="supervision-overview",
            organisation=one.organisation_id,
            to=Recipient(account=one.account, email=one.account.email, language=one.language),
            subject=subject,
            params=written(said, one.language),
            at=at,
        )
        sent += 1
    return sent


_NEVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def start_of(every: str, day: dt.date) -> dt.date:
    """The day on which an overview is sent that is the newest on a day: its Monday, or the first of its month."""
    return day - dt.timedelta(days=day.weekday()) if every == PushInterval.WEEK else day.replace(day=1)


def written(said: OverviewDigest, language: str) -> dict[str, str]:
    """What the wording takes."""
    office = said.office
    name = (language == "en" and office.name_en) or office.name
    return {
        "office": name,
        "day": said.as_of.isoformat(),
        "since": said.since.isoformat(),
        "due": _lines(said, said.due, language),
        "missing": _lines(said, said.missing, language),
        "red": _lines(said, said.red, language),
        "counts": f"{len(said.due)} / {len(said.missing)} / {len(said.red)}",
        "link": _address(said, "supervision", ()),
    }


def _lines(said: OverviewDigest, lines: Sequence[DigestLine], language: str) -> str:
    found = [f"- {one.says.say(language)}\n  {_address(said, one.page, one.of)}" for one in lines[:MOST]]
    if len(lines) > MOST:
        found.append(FURTHER.fill(n=len(lines) - MOST).say(language))
    return "\n".join(found) or NONE.say(language)


def _address(said: OverviewDigest, page: str, of: Sequence[str]) -> str:
    """A page as it shows what the letter says: of the office, as of its day."""
    query = urlencode({"office": said.office.short, "as_of": said.as_of.isoformat()})
    return f"{settings.PUBLIC_ADDRESS}{reverse(page, args=of)}?{query}"
