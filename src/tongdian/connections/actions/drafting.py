"""Applications being written."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from tongdian.calendar import legal_day
from tongdian.connections import queries
from tongdian.connections.models import Draft
from tongdian.connections.rules import DRAFTS_ARE_KEPT, NowhereToSend
from tongdian.files.actions import store
from tongdian.notices.actions import Recipient, notify
from tongdian.notices.queries import channels_of
from tongdian.notices.rules import ChannelKind, masked
from tongdian.parties.actions.privacy import IdentityConsentMissing
from tongdian.parties.fields import checked_email
from tongdian.parties.models import Customer, Organisation
from tongdian.parties.numbers import checked_phone
from tongdian.personal import encrypt
from tongdian.policy.kinds.checklist import shows_identity
from tongdian.policy.refusals import Refusal
from tongdian.rulebook import queries as rulebook


def start_draft(*, organisation: Organisation, process: str, at: dt.datetime) -> tuple[Draft, str]:
    """Begin an application; the second value is the secret of its address."""
    service = queries.service_of(organisation, process, legal_day(at))
    token = secrets.token_urlsafe(24)
    empty: dict[str, Any] = {"form": {}, "facts": {}, "papers": {}}
    row = Draft.objects.create(
        token_hash=queries.token_hash(token),
        organisation=organisation,
        pack=service.pack.adopted_id,
        process=process,
        content=encrypt(json.dumps(empty)),
        changed_at=at,
    )
    return row, token


def save_draft(
    *,
    draft: Draft,
    at: dt.datetime,
    form: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Draft:
    """Keep what was typed, right or wrong: nothing typed is lost.

    Who applies is kept from the moment of consent, and not before it (个人信息保护法 13; for the
    identity number of a person 29).
    """
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
        written["form"] |= dict(form or {})
        if "identity" in written["form"]:  # sending it asks for the consent, though it is not kept
            written["form"]["gave_identity"] = "true" if written["form"]["identity"] else ""
        for name in _without_consent(written["form"]):
            written["form"].pop(name, None)
        for item in without_identity_consent(row, written["form"], written["papers"]):
            written["papers"].pop(item)
        written["facts"] |= dict(facts or {})
        return _write(row, written, at)


def _without_consent(form: Mapping[str, str]) -> tuple[str, ...]:
    if form.get("consent") != "true":
        return ("name", "identity", "phone", "contact", "email")
    is_person = form.get("kind") != Customer.Kind.FIRM
    return ("identity",) if is_person and form.get("consent_identity") != "true" else ()


def without_identity_consent(draft: Draft, form: Mapping[str, str], items: Iterable[str]) -> tuple[str, ...]:
    """Which of some papers show an identity document to which the applicant has not consented."""
    if form.get("consent") == form.get("consent_identity") == "true":
        return ()
    pack, of_a_firm = rulebook.pack(draft.pack), form.get("kind") == Customer.Kind.FIRM
    return tuple(one for one in items if shows_identity(pack, one, of_a_firm=of_a_firm))


def send_draft_link(*, draft: Draft, token: str, language: str, at: dt.datetime) -> str:
    """Send the draft's address to the telephone and e-mail that stand in it; where to, masked.

    Raises NowhereToSend. The pages limit how often it may be asked for.
    """
    written, office = queries.content(draft)["form"], draft.organisation
    ways = channels_of(office)
    phone = _checked_or_none(checked_phone, written.get("phone", "")) if ChannelKind.SMS in ways else ""
    email = _checked_or_none(checked_email, written.get("email", "")) if ChannelKind.EMAIL in ways else ""
    if not phone and not email:
        raise NowhereToSend(office=office.name)
    told = "en" if language.startswith("en") else "zh"
    service = queries.service_of(office, draft.process, legal_day(at))
    notify(
        name="draft-link",
        organisation=office.id,
        to=Recipient(phone=phone, email=email, language=told),
        subject=f"draft:{draft.id}",
        params={
            "business": service.title.say(told),
            "link": f"{settings.PUBLIC_ADDRESS}/apply/{token}/",
            "until": str(legal_day(at + DRAFTS_ARE_KEPT)),
        },
        at=at,
    )
    return "、".join(masked(one) for one in (phone, email) if one)


def _checked_or_none(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text) if text.strip() else ""
    except Refusal:
        return ""


def add_draft_paper(*, draft: Draft, item: str, content: bytes, name: str, at: dt.datetime) -> Draft:
    """Add a page of a paper. Raises what `files` refuses, and IdentityConsentMissing for an identity
    document before the applicant consented to it (29): then nothing is kept."""
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
        if without_identity_consent(row, written["form"], (item,)):
            raise IdentityConsentMissing
        stored = store(content=content, at=at)
        pages = written["papers"].setdefault(item, [])
        if all(page["hash"] != stored.hash for page in pages):
            pages.append({"hash": stored.hash, "name": name[:200]})
        return _write(row, written, at)


def remove_draft_paper(*, draft: Draft, item: str, hash_: str, at: dt.datetime) -> Draft:
    """Take a page out again."""
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
        pages = written["papers"].get(item, [])
        written["papers"][item] = [page for page in pages if page["hash"] != hash_]
        return _write(row, written, at)


def _write(row: Draft, written: Mapping[str, Any], at: dt.datetime) -> Draft:
    row.content = encrypt(json.dumps(written, ensure_ascii=False))
    row.changed_at = at
    row.save(update_fields=["content", "changed_at"])
    return row


def forget_drafts(*, at: dt.datetime) -> int:
    """Forget what nobody sent for thirty days; how many."""
    old = Draft.objects.filter(changed_at__lt=at - DRAFTS_ARE_KEPT)
    return old.delete()[0]
