"""The privacy notice: which wording is in force on a day, and what a consent has to say.

The first wording ships with the program (privacy.yaml); those published here follow it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml
from django.db.models import Count

from tongdian.parties.models import Consent, Organisation, PrivacyNotice
from tongdian.policy.words import Words

ANY_OFFICE = Words("您所申请的单位", "the office that you apply to")
ITS_PHONE = Words("见下表", "see below")
FILE = Path(__file__).parent / "privacy.yaml"


@dataclass(frozen=True)
class NoticeWording:
    """One version, with {office} and {phone} still open."""

    version: int
    first_on: dt.date
    text: Words
    identity: Words  # why the identity document is needed: 30
    consents: int = 0  # how many consented to it; only counted in the list of versions

    def told_by(self, office: Organisation) -> NoticeWording:
        """As an office tells it: 17(1) asks for its name and how to reach it."""
        name = Words(office.name, office.name_en or office.name)
        return self._told(name, Words(*[office.hotline or "—"] * 2))

    def told_by_all(self) -> NoticeWording:
        """As it stands above a list of the offices and their telephones."""
        return self._told(ANY_OFFICE, ITS_PHONE)

    def _told(self, office: Words, phone: Words) -> NoticeWording:
        zh, en = (
            text.replace("{office}", name).replace("{phone}", number)
            for text, name, number in zip(self.text, office, phone, strict=True)
        )
        return replace(self, text=Words(zh, en))


@cache
def first_notice() -> NoticeWording:
    """The wording that ships with the program."""
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return NoticeWording(
        raw["version"],
        raw["first_on"],
        Words(raw["zh"], raw["en"]),
        Words(raw["identity_zh"], raw["identity_en"]),
    )


def notice_on(day: dt.date) -> NoticeWording:
    """The wording in force on a day: the newest version whose first day has come."""
    row = PrivacyNotice.objects.filter(first_on__lte=day).order_by("-version").first()
    return _notice(row) if row is not None else first_notice()


def versions() -> list[NoticeWording]:
    """Every wording there was, is or will be, the newest first, with its number of consents."""
    rows = PrivacyNotice.objects.order_by("-version")
    counted = dict(Consent.objects.filter(is_withdrawn=False).values_list("version").annotate(Count("id")))
    listed = [*map(_notice, rows), first_notice()]
    return [replace(one, consents=counted.get(one.version, 0)) for one in listed]


def _notice(row: PrivacyNotice) -> NoticeWording:
    return NoticeWording(
        row.version, row.first_on, Words(row.zh, row.en), Words(row.identity_zh, row.identity_en)
    )
