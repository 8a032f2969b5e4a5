"""What customers are still to be told of bills."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from tongdian.billing.models import Bill, BillNotice, DisputeAnswer
from tongdian.billing.rules import BillNews
from tongdian.identifiers import first_id_of

_SENT = """
select told.bill_id, told.organisation_id, min(sent.sent_at)
  from billing_billnotice told
  join notices_delivery sent on sent.notice_id = told.notice_id
       and sent.state = 'sent' and sent.kind in ('sms', 'email')
 where told.about = 'issued' and (%(since)s::uuid is null or told.id >= %(since)s)
   and not exists (select from billing_billdelivery known
                    where known.bill_id = told.bill_id and known.way = 'message')
 group by 1, 2 order by 1 limit %(most)s
"""


def untold(news: BillNews, *, since: dt.datetime | None = None) -> QuerySet[Bill]:
    """Bills of which their customers were not told this; the oldest first. One that was cancelled before
    anybody heard of it is not told at all, nor one of the demonstration."""
    told = BillNotice.objects.filter(bill=OuterRef("pk"))
    rows = Bill.objects.filter(~Exists(told.filter(about=news)), is_demo=False)
    if since is not None:
        rows = rows.filter(pk__gte=first_id_of(since)) if news == BillNews.ISSUED else rows
    if news == BillNews.ISSUED:
        rows = rows.filter(cancellation=None)
    elif news == BillNews.CANCELLED:  # one that another takes the place of is told with that
        rows = rows.filter(Exists(told.filter(about=BillNews.ISSUED)), cancellation__isnull=False)
        rows = rows.filter(corrected_by=None)
        rows = rows.filter(cancellation__pk__gte=first_id_of(since)) if since else rows
    else:
        rows = rows.filter(disputes__answer__isnull=False)
        rows = rows.filter(disputes__answer__pk__gte=first_id_of(since)) if since else rows
    shown = rows.select_related("account__customer__account", "account__place", "corrects", "cancellation")
    return shown.order_by("pk").distinct()


def newest_answer(bill: Bill) -> DisputeAnswer:
    """The last answer to an objection to a bill."""
    return DisputeAnswer.objects.filter(dispute__bill=bill).order_by("-at").select_related("dispute")[0]


def sent_and_not_entered(
    most: int, *, since: dt.datetime | None = None
) -> list[tuple[UUID, UUID, dt.datetime]]:
    """Bill, organisation and instant of the first message about each bill that went out, and that its
    deliveries do not say."""
    with connection.cursor() as cursor:
        cursor.execute(_SENT, {"most": most, "since": first_id_of(since) if since else None})
        return list(cursor.fetchall())
