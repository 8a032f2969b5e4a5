"""Holding: an amount set aside for a transfer that is not certain yet, until it is posted, given up,
or its time has run out."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from tongdian.accounts.actions.posting import Movement, not_enough, post
from tongdian.accounts.models import Hold, HoldEnd, Posting
from tongdian.accounts.rules import HoldEnded, TransferReason
from tongdian.parties.models import Organisation

Outcome = HoldEnd.Outcome


def hold(
    *, viewer: Any, organisation: Organisation, move: Movement, expires_at: dt.datetime, at: dt.datetime
) -> Hold:
    """Set an amount aside. Of a limited account, what is held can be given to nobody else. Raises
    NotEnoughThere."""
    row = Hold(
        organisation=organisation,
        debit_id=move.debit,
        credit_id=move.credit,
        fen=move.fen,
        reason=move.reason,
        item_id=move.item,
        expires_at=expires_at,
        at=at,
        by_id=getattr(viewer, "pk", None),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        if "limited_account_never_falls_below_what_is_held" not in str(refused):
            raise
        raise not_enough([move]) from refused
    return row


@transaction.atomic
def post_hold(*, viewer: Any, hold: Hold, on: dt.date, at: dt.datetime, key: str = "") -> Posting:
    """Movement what was held. Raises HoldEnded, and what `post` does."""
    _must_run(hold, at)
    return post(
        viewer=viewer,
        organisation=hold.organisation,
        moves=[Movement(hold.debit_id, hold.credit_id, hold.fen, TransferReason(hold.reason), hold.item_id)],
        on=on,
        at=at,
        key=key,
        before_moving=lambda posting: _end(hold, Outcome.POSTED, at, posting),
    )


@transaction.atomic
def void_hold(*, viewer: Any, hold: Hold, at: dt.datetime) -> None:
    """Give an amount free. Raises HoldEnded."""
    _must_run(hold, at)
    _end(hold, Outcome.VOIDED, at)


def expire_holds(*, at: dt.datetime) -> int:
    """Give free what was held until now; how many."""
    count = 0
    for row in Hold.objects.filter(end=None, expires_at__lte=at).order_by("id"):
        with contextlib.suppress(HoldEnded):  # by another, meanwhile
            _end(row, Outcome.EXPIRED, at)
            count += 1
    return count


def _must_run(hold: Hold, at: dt.datetime) -> None:
    if hold.expires_at <= at:
        raise HoldEnded


def _end(hold: Hold, outcome: str, at: dt.datetime, posting: Posting | None = None) -> None:
    """Let go of what is held: once, for the end of a hold has its key."""
    row = HoldEnd(hold=hold, organisation=hold.organisation, outcome=outcome, posting=posting, at=at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refused:
        if "accounts_holdend_pkey" not in str(refused):
            raise
        raise HoldEnded from refused
