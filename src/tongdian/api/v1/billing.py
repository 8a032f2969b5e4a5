"""Runs, bills and objections."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from tongdian.api.shapes import billing as shapes
from tongdian.api.v1.asking import REFUSED, STAFF, viewer_of
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import operation
from tongdian.billing import queries
from tongdian.billing.actions.correcting import cancel_bill, correct_bill
from tongdian.billing.actions.discarding import discard_run
from tongdian.billing.actions.handing_out import deliver_run
from tongdian.billing.actions.objecting import deliver_bill, object_to_bill, settle_dispute
from tongdian.billing.actions.runs import look_again, release_item, release_run, start_run
from tongdian.billing.models import Bill, BillingRun, Dispute
from tongdian.billing.queries import disputing

bills = Router(tags=["billing"], auth=STAFF)
runs = Router(tags=["billing"], auth=STAFF)
held = Router(tags=["billing"], auth=STAFF)
objections = Router(tags=["billing"], auth=STAFF)


@bills.get("", response={200: shapes.Bills, **REFUSED})
def list_bills(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The bills that you see, newest first."""
    return page(queries.bills(viewer_of(request)), after, limit, _bill)


@bills.get("/{uuid:id_}", response={200: shapes.BillWithLines, **REFUSED})
def show_bill(request: HttpRequest, id_: UUID) -> Any:
    """One bill with its lines."""
    return _whole(queries.bill(viewer_of(request), id_))


@runs.get("", response={200: shapes.RunsOut, **REFUSED})
def list_runs(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The billing runs that you see, newest first."""
    return page(queries.with_progress(queries.runs(viewer_of(request))), after, limit, _run)


@runs.get("/{uuid:id_}", response={200: shapes.RunOut, **REFUSED})
def show_run(request: HttpRequest, id_: UUID) -> Any:
    """One run, and how far it has come."""
    return _run(queries.run(viewer_of(request), id_))


@objections.get("", response={200: list[shapes.ObjectionOut], **REFUSED})
def list_objections(request: HttpRequest) -> Any:
    """The objections that are open, the nearest last day first."""
    rows = disputing.disputes(viewer_of(request)).filter(answer=None)
    return [_objection(row) for row in rows.order_by("answer_by", "id")[:200]]


def _bill(one: Bill) -> dict[str, Any]:
    return {
        "id": one.pk,
        "number": one.number,
        "account": one.account.number,
        "starts": one.starts,
        "ends": one.ends,
        "issued_on": one.issued_on,
        "due_on": one.due_on,
        "fen": one.fen,
        "electricity_fen": one.electricity_fen,
        "water_fen": one.water_fen,
        "hash": one.hash,
        "corrects": one.corrects.number if one.corrects else "",
        "is_cancelled": queries.is_cancelled(one),
    }


def _whole(one: Bill) -> dict[str, Any]:
    return {**_bill(one), "lines": queries.lines(one)}


def _run(one: BillingRun) -> dict[str, Any]:
    preview = queries.last_preview(one)
    counted = ("bills", "fen", "supplied", "billed", "work", "later")
    return {
        "id": one.pk,
        "organisation": one.organisation.short,
        "first_on": one.first_on,
        "until": one.until,
        "due_on": one.due_on,
        "state": queries.state_of(one).value,
        "preview": preview.number if preview else None,
        "hash": preview.hash if preview else "",
        **{name: getattr(preview, name) if preview else 0 for name in counted},
        "held": [item.pk for item in queries.held(preview)[:200]] if preview else [],
    }


def _objection(row: Dispute) -> dict[str, Any]:
    answer = getattr(row, "answer", None)
    return {
        "id": row.pk,
        "bill": row.bill_id,
        "on": row.on,
        "text": row.text,
        "last_on": row.last_on,
        "is_in_time": row.is_in_time,
        "answer_by": row.answer_by,
        "outcome": answer.outcome if answer else "",
        "at": row.at,
    }


operation(
    runs,
    "/of/{uuid:id_}",
    start_run,
    find=queries.billing_office,
    answer=lambda viewer, id_, done: _run(done),
    gives=shapes.RunOut,
    summary="Start Run",
    description="Begin a billing run of an organisation; its preview is made soon.",
    operation_id="start_run",
    status=201,
)
for _slug, _action, _says in (
    ("again", look_again, "Have the preview made anew, after something was corrected."),
    ("release", release_run, "Release the preview that you looked at; the bills are posted soon."),
    ("discard", discard_run, "Give a run up that has posted nothing, with the reason."),
    ("deliver", deliver_run, "Enter that the bills of a run that had not reached their customers did."),
):
    operation(
        runs,
        f"/{{uuid:id_}}/{_slug}",
        _action,
        find=queries.run,
        answer=lambda viewer, id_, done: _run(queries.run(viewer, id_)),
        gives=shapes.RunOut,
        summary=_slug.title(),
        description=_says,
        operation_id=f"{_slug}_run",
    )
operation(
    held,
    "/{uuid:id_}/release",
    release_item,
    find=queries.item,
    answer=lambda viewer, id_, done: _run(done.preview.run),
    gives=shapes.RunOut,
    summary="Release Held Bill",
    description="Say why a bill that its findings hold is right; it is billed with its run.",
    operation_id="release_held",
)
for _slug, _deed, _says in (
    ("deliver", deliver_bill, "Enter how and when a bill reached the customer."),
    ("cancel", cancel_bill, "Cancel a bill; its days are billed by the next run."),
):
    operation(
        bills,
        f"/{{uuid:id_}}/{_slug}",
        _deed,
        find=queries.bill,
        answer=lambda viewer, id_, done: _whole(queries.bill(viewer, id_)),
        gives=shapes.BillWithLines,
        summary=f"{_slug.title()} Bill",
        description=_says,
        operation_id=f"{_slug}_bill",
    )
operation(
    bills,
    "/{uuid:id_}/correct",
    correct_bill,
    find=queries.bill,
    answer=lambda viewer, id_, done: _whole(queries.bill(viewer, done.pk)),
    gives=shapes.BillWithLines,
    summary="Correct Bill",
    description="Cancel a bill and make it anew; gives the one that takes its place.",
    operation_id="correct_bill",
)
operation(
    bills,
    "/{uuid:id_}/object",
    object_to_bill,
    find=queries.bill,
    answer=lambda viewer, id_, done: _objection(done),
    gives=shapes.ObjectionOut,
    summary="Object to Bill",
    description="Enter a written objection; its last days are found by the regulation.",
    operation_id="object_to_bill",
    status=201,
)
operation(
    objections,
    "/{uuid:id_}/settle",
    settle_dispute,
    find=disputing.dispute,
    answer=lambda viewer, id_, done: _objection(disputing.dispute(viewer, id_)),
    gives=shapes.ObjectionOut,
    summary="Settle Objection",
    description="Answer an objection in writing; one that is upheld needs its bill corrected first.",
    operation_id="settle_objection",
)
