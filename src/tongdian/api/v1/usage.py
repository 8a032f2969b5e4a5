"""Reports of usage, plans of quotas, and what rooms use beyond a quota."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from tongdian.accounts.queries import billing_account
from tongdian.api.shapes import usage as shapes
from tongdian.api.v1.asking import REFUSED, STAFF, viewer_of
from tongdian.api.v1.paging import After, Limit, page
from tongdian.api.v1.registers import operation
from tongdian.billing.actions.excess import approve_room, charge_excess
from tongdian.billing.actions.quotas import answer_quotas, draw_up_quotas
from tongdian.billing.actions.reporting import check_report, draw_up_report
from tongdian.billing.models import ExcessCharge, QuotaPlan, QuotaRoom, UsageReport
from tongdian.billing.queries import quotas as queries
from tongdian.parties.queries import organisation

reports = Router(tags=["billing"], auth=STAFF)
plans = Router(tags=["billing"], auth=STAFF)
rooms = Router(tags=["billing"], auth=STAFF)


@reports.get("", response={200: shapes.UsageReports, **REFUSED})
def list_usage_reports(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The reports of usage that you see, the newest month first."""
    return page(queries.reports(viewer_of(request)), after, limit, _report)


@plans.get("", response={200: shapes.QuotaPlans, **REFUSED})
def list_quota_plans(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The plans of savings and quotas that you see, the newest year first."""
    return page(queries.plans(viewer_of(request)), after, limit, _plan)


@rooms.get("", response={200: shapes.QuotaRooms, **REFUSED})
def list_quota_rooms(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    """The rooms with a quota that you see."""
    return page(queries.rooms(viewer_of(request)), after, limit, _room)


def _report(one: UsageReport) -> dict[str, Any]:
    verdict = getattr(one, "verdict", None)
    named = ("id", "month", "number", "rows", "unbilled_days", "hash")
    return {
        **{name: getattr(one, name) for name in named},
        "organisation": one.organisation.short,
        "is_right": verdict.is_right if verdict else None,
        "remarks": verdict.remarks if verdict else "",
    }


def _plan(one: QuotaPlan) -> dict[str, Any]:
    answer = getattr(one, "answer", None)
    return {
        **{name: getattr(one, name) for name in ("id", "year", "number", "measures")},
        "organisation": one.organisation.short,
        "shares": list(one.shares.order_by("unit")),
        "is_approved": answer.is_approved if answer else None,
    }


def _room(one: QuotaRoom) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("id", "kind", "first_on", "kwh")},
        "account": one.account.number,
        "payer": one.payer.number,
    }


def _charge(one: ExcessCharge) -> dict[str, Any]:
    named = ("id", "month", "number", "over_kwh", "over_m3", "fen")
    return {**{name: getattr(one, name) for name in named}, "room": one.room_id}


operation(
    reports,
    "/of/{uuid:id_}",
    draw_up_report,
    find=organisation,
    answer=lambda viewer, id_, done: _report(done),
    gives=shapes.UsageReportOut,
    summary="Draw Up Report",
    description="Draw up the report of usage of a month; again, it is a new version.",
    operation_id="draw_up_usage_report",
    status=201,
)
operation(
    reports,
    "/{uuid:id_}/check",
    check_report,
    find=queries.report,
    answer=lambda viewer, id_, done: _report(queries.report(viewer, id_)),
    gives=shapes.UsageReportOut,
    summary="Check Report",
    description="Say as the second person whether a report is right.",
    operation_id="check_usage_report",
)
operation(
    plans,
    "/of/{uuid:id_}",
    draw_up_quotas,
    find=organisation,
    answer=lambda viewer, id_, done: _plan(done),
    gives=shapes.QuotaPlanOut,
    summary="Draw Up Quotas",
    description="Draw up a year's plan of savings and quotas; again, it is a revision.",
    operation_id="draw_up_quotas",
    status=201,
)
operation(
    plans,
    "/{uuid:id_}/answer",
    answer_quotas,
    find=queries.plan,
    answer=lambda viewer, id_, done: _plan(queries.plan(viewer, id_)),
    gives=shapes.QuotaPlanOut,
    summary="Answer Quotas",
    description="Approve a plan of quotas as the second person, or say why not.",
    operation_id="answer_quotas",
)
operation(
    rooms,
    "/of/{uuid:id_}",
    approve_room,
    find=billing_account,
    answer=lambda viewer, id_, done: _room(done),
    gives=shapes.QuotaRoomOut,
    summary="Approve Room",
    description="Approve the quota of the room of a billing account, from a month on.",
    operation_id="approve_quota_room",
    status=201,
)
operation(
    rooms,
    "/{uuid:id_}/charge",
    charge_excess,
    find=queries.room,
    answer=lambda viewer, id_, done: _charge(done),
    gives=shapes.ExcessOut,
    summary="Charge Excess",
    description="Let the payer of a room owe what is beyond its quota in a month.",
    operation_id="charge_excess",
    status=201,
)
