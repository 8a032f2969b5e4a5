"""What of a preview is still to be posted, some accounts at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from tongdian.billing.models import Bill, RunItem, RunPreview
from tongdian.billing.rules import SupplyOutcome


def accounts_to_post(preview: RunPreview, size: int) -> Iterator[Sequence[UUID]]:
    """The billing accounts of a preview that its run has not billed, some at a time."""
    billed = Bill.objects.filter(run=preview.run_id, account=OuterRef("account"))
    rows = RunItem.objects.filter(preview=preview, outcome=SupplyOutcome.BILL.value).exclude(Exists(billed))
    accounts = list(dict.fromkeys(rows.order_by("account").values_list("account", flat=True)))
    for start in range(0, len(accounts), size):
        yield accounts[start : start + size]


@dataclass(frozen=True, slots=True)
class SeenItem:
    """An item of a preview that is posted if it still comes out as it was seen."""

    account: UUID
    agreement: UUID
    number: str
    starts: dt.date
    hash: str


def items_to_post(preview: RunPreview, accounts: Sequence[UUID]) -> list[SeenItem]:
    """What is billed of some accounts, by account: not what is held."""
    rows = RunItem.objects.filter(
        Q(is_held=False) | Q(release__isnull=False),
        preview=preview,
        outcome=SupplyOutcome.BILL.value,
        account__in=list(accounts),
    ).order_by("account", "id")
    return [
        SeenItem(*row)
        for row in rows.values_list("account", "agreement", "agreement__number", "starts", "hash")
    ]
