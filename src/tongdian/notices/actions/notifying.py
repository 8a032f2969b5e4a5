"""Telling somebody something."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tongdian.allowed import NotAllowed, must_be_allowed
from tongdian.audit_log.actions import AlreadyErased, LegalGroundMissing, record
from tongdian.audit_log.rules import ERASE, payload_seal
from tongdian.notices import queries
from tongdian.notices.actions.sending import ask_for_delivery
from tongdian.notices.models import Attempt, Channel, Content, Delivery, Erasure, Notice, Reading, encrypted
from tongdian.notices.rules import DEEDS, NATIONAL_HOTLINE, TO_A_GROUP, ChannelKind, Quiet, State, masked
from tongdian.notices.wordings import wording
from tongdian.policy.words import Words

UNTOLD = "zh"  # the language of who never chose one, as on every page


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell: an account on its page, addresses over the organisation's channels, or the
    organisation's groups. What is empty is not used."""

    account: Any = None
    email: str = ""
    phone: str = ""
    groups: bool = False
    language: str = UNTOLD

    @classmethod
    def colleague(cls, account: Any) -> Recipient:
        """Somebody who works here, at the addresses of their own account and in the language that they chose."""
        said = account.language or UNTOLD
        return cls(account=account, email=account.email, phone=account.phone, language=said)


@transaction.atomic
def notify(
    *,
    name: str,
    organisation: UUID,
    to: Recipient,
    subject: str,
    params: Mapping[str, str | Words],
    at: datetime,
) -> Notice:
    """Tell somebody something in the name of an organisation, in the caller's transaction. What stands in `params` in
    both languages is said in the recipient's.

    It is sent after that commits, over each channel at least once, outside quiet hours unless the
    wording is urgent. Raises UnknownWording, WordingNotFilled, NoSuchOrganisation.
    """
    chosen = wording(name)
    sender = queries.organisation(organisation)
    given = {key: one.say(to.language) if isinstance(one, Words) else one for key, one in params.items()}
    said = chosen.said(to.language, {**given, **_standing(sender, to.language)})
    words = {**said.model_dump(), "params": given, "email": to.email, "phone": to.phone}
    salt = secrets.token_bytes(16)
    notice = Notice.objects.create(
        at=at,
        wording=name,
        language=to.language,
        organisation=organisation,
        account=to.account,
        subject=subject,
        is_urgent=chosen.urgent,
        seal=payload_seal(key=settings.AUDIT_SEAL_KEY, salt=salt, payload=words),
    )
    Content.objects.create(notice=notice, salt=salt, words=encrypted(words))
    if to.account is not None:
        _show_on_page(notice, at)
    for channel in queries.channels_of(sender).values():
        address = _address(channel, to)
        if address is not None:
            _queue(notice, channel, address, at)
    return notice


def mark_read(*, viewer: Any, notices: list[Notice], at: datetime) -> None:
    """Note that the account opened its notices. Raises NotAllowed for another's."""
    if any(one.account_id != viewer.pk for one in notices):
        raise NotAllowed(deed=DEEDS["notices.read"])
    Reading.objects.bulk_create((Reading(notice=one, at=at) for one in notices), ignore_conflicts=True)


def erase_content(*, viewer: Any, notice: Notice, reason: str, at: datetime) -> Erasure:
    """Erase what a notice said and to which address; that it was sent, and how, stays proven.

    Raises NotAllowed, LegalGroundMissing, AlreadyErased.
    """
    sender = queries.organisation(notice.organisation)
    must_be_allowed(viewer, "audit_log.erase_payload", ERASE, sender)
    if not reason.strip():
        raise LegalGroundMissing
    with transaction.atomic():
        if not Content.objects.filter(notice=notice).exists():
            raise AlreadyErased(entry=notice.id)
        _erase([notice.pk], viewer, reason, at)
        record(
            actor=viewer.actor,
            action="notices.erase_content",
            subject=f"notice:{notice.id}",
            payload={"reason": reason.strip()},
            at=at,
        )
    return Erasure.objects.get(notice=notice)


def erase_what_was_said(
    *, subjects: Iterable[str] = (), account: Any = None, by: Any, reason: str, at: datetime
) -> dict[str, Sequence[str]]:
    """Erase what was said about some things, or to an account; the columns of which something is
    gone. For an action that asked whether it may, and records it."""
    whose = Q(subject__in=list(subjects))
    if account is not None:
        whose |= Q(account=account)
    found = Notice.objects.filter(whose, content__isnull=False).values_list("pk", flat=True)
    return {Content._meta.db_table: ("salt", "words")} if _erase(list(found), by, reason, at) else {}


def _erase(notices: list[UUID], by: Any, reason: str, at: datetime) -> bool:
    Erasure.objects.bulk_create(
        Erasure(notice_id=one, at=at, by=by, reason=reason.strip()) for one in notices
    )
    Content.objects.filter(notice__in=notices).delete()
    return bool(notices)


def _standing(sender: Any, language: str) -> dict[str, str]:
    """What every notice may say: who sends it, and both hotlines together (NEA indicator 19)."""
    english = language.startswith("en")
    hotline = queries.hotline_of(sender)
    ours = ("Service hotline " if english else "服务热线 ") + hotline if hotline else ""
    regulator = ("energy regulator " if english else "能源监管热线 ") + NATIONAL_HOTLINE
    return {
        "organisation": (english and sender.name_en) or sender.name,
        "hotlines": (", " if english else "，").join(filter(None, (ours, regulator))),
    }


def _address(channel: Channel, to: Recipient) -> str | None:
    """What is shown of where it goes, or None if this recipient is not reached that way."""
    if channel.kind in TO_A_GROUP:
        return "" if to.groups else None
    address = to.email if channel.kind == ChannelKind.EMAIL else to.phone
    return masked(address) if address else None


def _show_on_page(notice: Notice, at: datetime) -> None:
    shown = Delivery.objects.create(
        notice=notice, kind=ChannelKind.PAGE, state=State.SENT, due_at=at, sent_at=at, tries=1
    )
    Attempt.objects.create(delivery=shown, number=1, at=at, has_succeeded=True)


def _queue(notice: Notice, channel: Channel, address: str, at: datetime) -> None:
    quiet = Quiet(channel.quiet_since, channel.quiet_until)
    due_at = at if notice.is_urgent else quiet.earliest(at)
    ask_for_delivery(
        Delivery.objects.create(
            notice=notice, kind=channel.kind, channel=channel, masked_address=address, due_at=due_at
        )
    )
