"""Applications being written."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tongdian.calendar import legal_day
from tongdian.connections import queries
from tongdian.connections.models import (
    Draft,
)
from tongdian.connections.rules import (
    DRAFTS_ARE_KEPT,
)
from tongdian.files.actions import store
from tongdian.parties.models import Organisation
from tongdian.parties.personal import encrypt


def start_draft(*, organisation: Organisation, process: str, at: dt.datetime) -> tuple[Draft, str]:
    """Begin an application; the second value is the secret of its address."""
    service = queries.service_of(organisation, process, legal_day(at))
    token = secrets.token_urlsafe(24)
    empty: dict[str, Any] = {"form": {}, "facts": {}, "papers": {}}
    row = Draft.objects.create(
        token_hash=queries.token_hash(token),
        organisation=organisation,
        pack=service.pack.id,
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
    """Keep what was typed, right or wrong: nothing typed is lost."""
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
        written["form"] |= dict(form or {})
        written["facts"] |= dict(facts or {})
        return _write(row, written, at)


def add_draft_paper(
    *, draft: Draft, item: str, content: bytes, name: str, at: dt.datetime
) -> Draft:
    """Add a page of a paper. Raises what `files` refuses."""
    with transaction.atomic():
        stored = store(content=content, at=at)
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        written = queries.content(row)
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
