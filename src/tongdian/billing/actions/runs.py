"""A run: prepared by one person, looked at and released by another, posted once.

What it would post is calculated into a preview. Posting calculates again, and posts only what comes out
as it was seen: what changed meanwhile goes to the work list, by name. Every day of supply is billed, on
the work list, or not due: the days are counted from the agreements and must come to the same.
"""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from tongdian.billing import queries
from tongdian.billing.actions.billing import Billed, post_bills
from tongdian.billing.actions.discarding import must_not_be_discarded
from tongdian.billing.assessing import Item, assess, hash_of, keep
from tongdian.billing.fields import BECAUSE
from tongdian.billing.fields import RELEASE as RELEASE_FIELDS
from tongdian.billing.fields import RUN as RUN_FIELDS
from tongdian.billing.models import BillingRun, RunItem, RunPosting, RunPreview, RunRelease
from tongdian.billing.queries.posting import SeenItem, accounts_to_post, items_to_post
from tongdian.billing.rules import (
    RELEASE,
    RUN,
    DoesNotBalance,
    NotASpan,
    NotReleased,
    OtherPreview,
    OwnRun,
    PostedAlready,
    ReleasedAlready,
    RunAtWork,
    SupplyOutcome,
)
from tongdian.billing.supplies import blocks, open_days, open_supplies
from tongdian.calendar import legal_day
from tongdian.parties.models import Organisation
from tongdian.parties.permissions import one_hand
from tongdian.registers.action import action
from tongdian.rulebook.once import asking_once
from tongdian.soon import alone, do_soon

BLOCK = 2_000  # agreements that are calculated or posted at a time


@action("start-billing-run", may=RUN, within="organisation", fields=RUN_FIELDS)
def start_run(
    *,
    viewer: Any,
    organisation: Organisation,
    first_on: dt.date,
    until: dt.date,
    due_on: dt.date,
    at: dt.datetime,
    accounts: Sequence[UUID] = (),
    note: str = "",
    is_demo: bool = False,
) -> BillingRun:
    """Begin a run over what was read from `first_on` through `until`; its preview is made soon.

    Raises NotAllowed, NotASpan.
    """
    if not first_on <= until <= legal_day(at) < due_on:
        raise NotASpan
    run = BillingRun.objects.create(
        organisation=organisation,
        first_on=first_on,
        until=until,
        due_on=due_on,
        accounts=[str(one) for one in accounts],
        note=note,
        is_demo=is_demo,
        at=at,
        by_id=viewer.pk,
    )
    do_soon("billing.prepare", run=str(run.pk))
    return run


@action("preview-billing-run", may=RUN, within="run.organisation")
def look_again(*, viewer: Any, run: BillingRun, at: dt.datetime) -> BillingRun:
    """Have the preview made anew, after a reading, a meter or a rule was corrected.

    Raises NotAllowed, PostedAlready.
    """
    _must_not_be_posted(run)
    last = queries.last_preview(run)
    if last is not None and queries.is_released(last):
        raise ReleasedAlready
    do_soon("billing.prepare", run=str(run.pk))
    return run


def prepare(*, run: BillingRun, at: dt.datetime) -> RunPreview:
    """Calculate what a run would post. The same as the last preview is that preview.

    Raises RunAtWork, PostedAlready, DoesNotBalance.
    """
    with asking_once(), alone(f"billing {run.pk}") as is_alone:
        if not is_alone:
            raise RunAtWork
        _must_not_be_posted(run)
        return _prepare(run, at)


@transaction.atomic
def _prepare(run: BillingRun, at: dt.datetime) -> RunPreview:
    last = queries.last_preview(run)
    preview = RunPreview(
        organisation_id=run.organisation_id,
        run=run,
        number=last.number + 1 if last else 1,
        at=at,
        by_id=run.by_id,
    )
    days = dict.fromkeys(SupplyOutcome.values, 0)
    fen, hashes = 0, []
    supplied = open_days(run.organisation, until=run.until, accounts=run.accounts)
    for block in blocks(open_supplies(run.organisation, until=run.until, accounts=run.accounts), BLOCK):
        with _garbage_left():
            items = assess(run, block, at=at)
            for item in items:
                days[item.outcome] += (item.ends - item.starts).days
                fen += item.fen or 0
                hashes.append(item.hash)
            keep(items, preview)
    _must_balance(supplied, days)
    preview.hash = hash_of(hashes)
    if last is not None and last.hash == preview.hash:
        transaction.set_rollback(True)  # nothing differs from what was seen
        return last
    preview.bills, preview.fen, preview.supplied = queries.accounts_billed(preview), fen, supplied
    preview.billed, preview.work, preview.later = days["bill"], days["work"], days["later"]
    preview.save(force_insert=True)
    return preview


@action("release-billing-run", may=RELEASE, within="run.organisation", fields=RELEASE_FIELDS)
def release_run(*, viewer: Any, run: BillingRun, preview: int, at: dt.datetime) -> RunRelease:
    """A second person releases what they looked at, and it is posted soon.

    Raises NotAllowed, OwnRun, OtherPreview, PostedAlready.
    """
    _must_not_be_posted(run)
    _must_be_another(viewer, run, at)
    now = _seen(run, int(preview))
    found, _ = RunRelease.objects.get_or_create(
        preview=now, item=None, defaults={"organisation_id": run.organisation_id, "at": at, "by": viewer}
    )
    do_soon("billing.post", run=str(run.pk))
    return found


@action("release-held-bill", may=RELEASE, within="item.preview.run.organisation", fields=BECAUSE)
def release_item(*, viewer: Any, item: RunItem, reason: str, at: dt.datetime) -> RunRelease:
    """A second person says why an item whose findings held it is right.

    Raises NotAllowed, OwnRun, OtherPreview, PostedAlready.
    """
    run = item.preview.run
    _must_not_be_posted(run)
    _must_be_another(viewer, run, at)
    _seen(run, item.preview.number)
    found, _ = RunRelease.objects.get_or_create(
        item=item,
        defaults={
            "preview": item.preview,
            "organisation_id": run.organisation_id,
            "reason": reason,
            "at": at,
            "by": viewer,
        },
    )
    return found


def post_released(*, run: BillingRun, at: dt.datetime) -> RunPosting:
    """Post what is released, some accounts at a time; what a run that was interrupted has posted stays,
    and the rest follows. Raises RunAtWork, NotReleased, DoesNotBalance."""
    with asking_once(), alone(f"billing {run.pk}") as is_alone:
        if not is_alone:
            raise RunAtWork
        done = RunPosting.objects.filter(run=run).first()
        if done is not None:
            return done
        must_not_be_discarded(run)
        preview = queries.last_preview(run)
        if preview is None or not queries.is_released(preview):
            raise NotReleased
        return _post(run, preview, at)


def _post(run: BillingRun, preview: RunPreview, at: dt.datetime) -> RunPosting:
    # what was posted before an interruption is no longer open; what was agreed or ended since is seen first
    before = queries.posted(run)
    left = open_days(run.organisation, until=run.until, accounts=run.accounts)
    if before.days + left != preview.supplied:
        raise DoesNotBalance(supplied=preview.supplied, billed=before.days, work=left, later=0)
    changed: list[dict[str, Any]] = []
    for accounts in accounts_to_post(preview, BLOCK):
        with transaction.atomic(), _garbage_left():
            changed += _post_some(run, preview, accounts, at)
    with transaction.atomic():
        posted = queries.posted(run)
        return RunPosting.objects.create(
            organisation_id=run.organisation_id,
            run=run,
            preview=preview,
            bills=posted.bills,
            fen=posted.fen,
            changed=changed,
            at=at,
            by_id=run.by_id,
        )


def _post_some(
    run: BillingRun, preview: RunPreview, accounts: Sequence[UUID], at: dt.datetime
) -> list[dict[str, Any]]:
    """Bills of some accounts; what differs from what was seen."""
    seen: dict[UUID, list[SeenItem]] = {}
    for item in items_to_post(preview, accounts):
        seen.setdefault(item.account, []).append(item)
    agreements = [item.agreement for items in seen.values() for item in items]
    supplies = open_supplies(run.organisation, until=run.until, only=agreements)
    now: dict[tuple[UUID, dt.date], Item] = {
        (one.terms.id, one.starts): one
        for one in assess(run, supplies, at=at)
        if one.outcome == SupplyOutcome.BILL
    }
    changed, billed = [], []
    for account, items in seen.items():
        same = []
        for item in items:
            fresh = now.get((item.agreement, item.starts))
            if fresh is not None and fresh.rated is not None and fresh.hash == item.hash:
                same.append(fresh.rated)
            else:
                changed.append({"agreement": item.number, "starts": item.starts.isoformat()})
        if same:
            billed.append(Billed(account, tuple(same)))
    post_bills(
        viewer=run.by,
        organisation=run.organisation,
        billed=billed,
        run=run,
        due_on=run.due_on,
        at=at,
        is_demo=run.is_demo,
    )
    return changed


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Python looks for cycles each few hundred objects, and through all that is loaded now and then: in a block of
    nothing but plain values a quarter of the time. What is loaded is left alone, and the block looked through once."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.unfreeze()


def _must_balance(supplied: int, days: dict[str, int]) -> None:
    if supplied != sum(days.values()):
        raise DoesNotBalance(supplied=supplied, billed=days["bill"], work=days["work"], later=days["later"])


def _must_not_be_posted(run: BillingRun) -> None:
    must_not_be_discarded(run)
    if RunPosting.objects.filter(run=run).exists():
        raise PostedAlready


def _must_be_another(viewer: Any, run: BillingRun, at: dt.datetime) -> None:
    assert run.by_id is not None  # a person began it
    if viewer.pk in one_hand(run.by_id, on=(legal_day(run.at), legal_day(at))):
        raise OwnRun


def _seen(run: BillingRun, number: int) -> RunPreview:
    now = queries.last_preview(run)
    if now is None or now.number != number:
        raise OtherPreview(seen=number, now=now.number if now else "—")
    return now
