"""Telling a customer of a new bill, of one that was corrected and why, and of the answer to an objection.

Each is told once: the row that says so and the notice are of one transaction. That a message went out is
entered as a delivery of the bill, from which the time to object runs; what only lies on the customer's page
has reached them when they open it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from tongdian.billing.models import Bill, BillDelivery, BillNotice
from tongdian.billing.queries import untold
from tongdian.billing.rules import BillNews, DeliveryWay, DisputeOutcome
from tongdian.calendar import legal_day
from tongdian.money import format_yuan
from tongdian.notices.actions import Recipient, notify
from tongdian.parties.actions.customers import addresses_of

AT_ONCE = 500


def tell_news(*, at: dt.datetime, since: dt.datetime | None = None) -> int:
    """Tell what nobody was told yet, at most `AT_ONCE` of each: how many notices went out. `since` leaves
    out what is older, such as bills of former books."""
    told = 0
    for bill in untold.untold(BillNews.ISSUED, since=since)[:AT_ONCE]:
        told += _tell(bill, BillNews.ISSUED, at)
    for bill in untold.untold(BillNews.CANCELLED, since=since)[:AT_ONCE]:
        told += _tell(bill, BillNews.CANCELLED, at)
    for bill in untold.untold(BillNews.ANSWERED, since=since)[:AT_ONCE]:
        told += _tell(bill, BillNews.ANSWERED, at)
    return told


def enter_deliveries(*, at: dt.datetime, since: dt.datetime | None = None) -> int:
    """Enter that bills reached their customers by the messages that went out since."""
    rows = [
        BillDelivery(
            organisation_id=organisation, bill_id=bill, way=DeliveryWay.MESSAGE, on=legal_day(sent_at), at=at
        )
        for bill, organisation, sent_at in untold.sent_and_not_entered(AT_ONCE, since=since)
    ]
    BillDelivery.objects.bulk_create(rows)
    return len(rows)


def _tell(bill: Bill, news: BillNews, at: dt.datetime) -> int:
    to = addresses_of(bill.account.customer)
    name, params = _words(bill, news, to.language)
    try:
        with transaction.atomic():
            _record(bill, news, name, params, to, at)
    except IntegrityError as refused:
        if "customer_is_told_of_a_bill_once" not in str(refused):
            raise
        return 0  # another told it at the same moment, and this one's notice is gone with it
    return 1


def _record(
    bill: Bill, news: BillNews, name: str, params: Mapping[str, str], to: Recipient, at: dt.datetime
) -> None:
    notice = notify(
        name=name, organisation=bill.organisation_id, to=to, subject=f"bill:{bill.pk}", params=params, at=at
    )
    BillNotice.objects.create(
        organisation_id=bill.organisation_id, bill=bill, about=news, notice=notice, at=at
    )


def _words(bill: Bill, news: BillNews, language: str) -> tuple[str, dict[str, str]]:
    """The wording and what it is filled with."""
    said: dict[str, Any] = {
        "bill": bill.number,
        "place": bill.account.place.name,
        "days": f"{bill.starts} – {bill.last_on}",
        "yuan": format_yuan(bill.fen),
        "link": f"{settings.PUBLIC_ADDRESS}/my-bills/{bill.pk}/",
    }
    if news == BillNews.ANSWERED:
        answer = untold.newest_answer(bill)
        outcome = str(DisputeOutcome(answer.outcome).label)
        return "objection-answered", {
            "bill": bill.number,
            "outcome": outcome,
            "text": answer.text,
            "link": said["link"],
        }
    if news == BillNews.CANCELLED:
        return "bill-cancelled", {**said, "reason": bill.cancellation.reason}
    due = bill.due_on.isoformat()
    if bill.corrects is None:
        return "bill-issued", {**said, "due": due}
    return "bill-corrected", {
        **said,
        "due": due,
        "former": bill.corrects.number,
        "before": format_yuan(bill.corrects.fen),
        "reason": bill.reason,
    }
