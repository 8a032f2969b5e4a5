"""Giving a run up that nobody is to post: a slip in its days, or one that another run takes the place of."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tongdian.billing.fields import BECAUSE
from tongdian.billing.models import Bill, BillingRun, RunDiscard, RunPosting
from tongdian.billing.rules import RUN, RunAtWork, RunDiscarded, RunHasBills
from tongdian.calendar import legal_day
from tongdian.registers.action import action
from tongdian.soon import alone_until_commit


@action("discard-billing-run", may=RUN, within="run.organisation", fields=BECAUSE)
def discard_run(*, viewer: Any, run: BillingRun, reason: str, at: dt.datetime) -> RunDiscard:
    """Give a run up before it has posted anything, by who began it or another, with the reason. It stays
    in the list, and nothing of it can be released or posted.

    Raises NotAllowed, RunDiscarded, RunHasBills, RunAtWork while it is prepared or posted.
    """
    if not alone_until_commit(f"billing {run.pk}"):
        raise RunAtWork
    must_not_be_discarded(run)
    if RunPosting.objects.filter(run=run).exists() or Bill.objects.filter(run=run).exists():
        raise RunHasBills
    return RunDiscard.objects.create(
        organisation_id=run.organisation_id, run=run, reason=reason, at=at, by_id=viewer.pk
    )


def must_not_be_discarded(run: BillingRun) -> None:
    """Raise RunDiscarded for a run that was given up."""
    gone = RunDiscard.objects.filter(run=run).first()
    if gone is not None:
        raise RunDiscarded(day=legal_day(gone.at), reason=gone.reason)
