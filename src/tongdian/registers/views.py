"""Lists that somebody works with: kept as views of their own, and taken along as files."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tongdian.audit_log.actions import record
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.models import SavedView

LONGEST_NAME, LONGEST_QUERY = 40, 1000


class ViewNeedsAName(Refusal):
    """A saved view without a name."""

    says = Words("请给这个视图起个名字。", "Give the view a name.")


def view_name(name: str) -> str:
    """A name as it is kept. Raises ViewNeedsAName."""
    wanted = name.strip()[:LONGEST_NAME]
    if not wanted:
        raise ViewNeedsAName
    return wanted


def save_view(*, viewer: Any, of: str, name: str, query: str) -> SavedView:
    """Keep a list's filters under a name of one's own; the same name is written over.

    Raises ViewNeedsAName.
    """
    wanted = view_name(name)
    view, _ = SavedView.objects.update_or_create(
        account=viewer, of=of, name=wanted, defaults={"query": query[:LONGEST_QUERY]}
    )
    return view


class ViewNameTaken(Refusal):
    """Another view has the name already."""

    says = Words("已有同名的视图；请另起名字。", "Another view has this name; choose another.")
    status = 409


def rename_view(*, viewer: Any, view: UUID, name: str) -> None:
    """Give one's own view another name. Raises ViewNeedsAName, ViewNameTaken."""
    mine = SavedView.objects.filter(account=viewer, id=view).first()
    wanted = view_name(name)
    if mine is None or mine.name == wanted:
        return
    try:
        with transaction.atomic():
            SavedView.objects.filter(pk=mine.pk).update(name=wanted)
    except IntegrityError as refused:
        if "saved_view_has_its_own_name" not in str(refused):
            raise
        raise ViewNameTaken from refused


def forget_view(*, viewer: Any, view: UUID) -> None:
    """Drop one's own saved view."""
    SavedView.objects.filter(account=viewer, id=view).delete()


def record_export(*, viewer: Any, of: str, query: str, columns: list[str], at: dt.datetime) -> None:
    """That somebody took a list along: which filters, which columns, when."""
    payload = {"query": query, "columns": columns}
    record(actor=viewer.actor, action="export-list", subject=of, payload=payload, at=at)
