"""What becomes of each supply in a run, page by page: found, and taken along as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tongdian.billing import queries
from tongdian.billing.models import BillingRun, RunItem
from tongdian.billing.pages.runs import listed_items, may_release
from tongdian.billing.rules import SupplyOutcome
from tongdian.metering.rules import A_DAY
from tongdian.money import yuan_of_fen
from tongdian.parties.queries import customers, shown_name
from tongdian.policy.words import Words
from tongdian.registers.pages.guarding import guarded
from tongdian.registers.pages.list_tools import as_file, one_page, without_page
from tongdian.spoken import say


@require_safe
@guarded("billing.read")
def listed(request: HttpRequest, id_: UUID, kind: str) -> HttpResponse:
    """The items of one kind: held, work, bill."""
    one = queries.run(request.user, id_)
    rows, further = one_page(request, _found(request, one, kind), newest_first=False)
    context = {
        "run": one,
        "kind": kind,
        "title": title_of(kind),
        "rows": listed_items(request, rows),
        "further": further,
        "query": without_page(request),
        "text": request.GET.get("q", ""),
        "state": queries.state_of(one),
        "may_release": may_release(request, one),
    }
    return render(request, "billing/run_items.html", context)


@require_POST
@guarded("billing.read")
def export(request: HttpRequest, id_: UUID, kind: str) -> Any:
    """The same as a file."""
    one = queries.run(request.user, id_)
    rows = _found(request, one, kind)
    heads = [
        gettext("Agreement"), gettext("Customer"), gettext("Place"), gettext("First day"), gettext("Last day"),
        gettext("Used"), gettext("Amount (yuan)"), gettext("To look at"), gettext("What is missing"),
    ]  # fmt: skip

    def lines() -> Iterator[list[Any]]:
        yield heads
        for row in rows.order_by("pk").iterator(chunk_size=500):
            yield _line(request, row)

    return as_file(request, of="billing-run", title=title_of(kind), lines=lines(), query=f"{one.pk} {kind}")


def _line(request: HttpRequest, row: RunItem) -> list[Any]:
    return [
        row.agreement.number,
        shown_name(request.user, row.agreement.customer),
        row.agreement.usage_point.place.name,
        row.starts.isoformat(),
        (row.ends - A_DAY).isoformat(),
        row.quantity if row.quantity is not None else "",
        yuan_of_fen(row.fen) if row.fen is not None else "",
        "; ".join(say(Words(one["zh"], one["en"])) for one in row.findings),
        say(Words(row.reason["zh"], row.reason["en"])) if row.reason else "",
    ]


def title_of(kind: str) -> str:
    """What a list of a run is called. Raises Http404 for none."""
    titles = {
        "held": gettext("Held: look at these"),
        "work": gettext("Work list"),
        "bill": gettext("What is billed"),
    }
    if kind not in titles:
        raise Http404
    return titles[kind]


def _found(request: HttpRequest, one: BillingRun, kind: str) -> QuerySet[RunItem]:
    title_of(kind)
    preview = queries.last_preview(one)
    if preview is None:
        return RunItem.objects.none()
    rows = queries.held(preview) if kind == "held" else queries.items(preview, SupplyOutcome(kind))
    if text := request.GET.get("q", "").strip()[:60]:
        rows = rows.filter(
            Q(agreement__number__icontains=text)
            | Q(agreement__usage_point__place__name__icontains=text)
            | Q(agreement__customer__in=customers(request.user, text=text).values("pk"))
        )
    return rows
