"""Stops of supply: those in force, one point with its history, what is missing before a stop for arrears, and what
a customer sees of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.accounts import queries as accounts
from tongdian.accounts.models import BillingAccount
from tongdian.accounts.queries.customers import own_accounts
from tongdian.network.models import Place, UsagePoint
from tongdian.network.queries import points_at, usage_points
from tongdian.network.rules import NoSuchPlace
from tongdian.parties.queries import shown_name
from tongdian.policy.refusals import Refusal
from tongdian.registers.action import Action
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.spoken import say
from tongdian.supply.actions.restoring import ask_restoration
from tongdian.supply.actions.stopping import (
    approve_stop,
    end_safety_stop,
    enter_opening,
    stop_for_arrears,
    stop_for_safety,
)
from tongdian.supply.models import SupplyStop
from tongdian.supply.queries import arrears
from tongdian.supply.queries import stopping as queries
from tongdian.supply.queries.switching import switches
from tongdian.supply.rules import APPROVE, BY_BOTH_OFFICES, READ, STOP, StopGround, SupplyStanding

SHOWN = 100
OLDER_THAN = (0, 7, 30, 90)  # days


def _days(request: HttpRequest) -> int:
    """How old the stops are to be at least, as the address asks."""
    asked = request.GET.get("older", "")
    return next((one for one in OLDER_THAN if str(one) == asked), 0)


@require_safe
@guarded(READ.name)
def stops(request: HttpRequest) -> HttpResponse:
    """The stops in force, the oldest first, with how many there are by ground."""
    today = timezone.localdate()
    ground = request.GET.get("ground", "")
    ground = ground if ground in StopGround.values else ""
    days = _days(request)
    rows = list(
        queries.in_force(
            request.user, today, ground=ground, older_than=dt.timedelta(days=days) if days else None
        )[: SHOWN + 1]
    )
    cases = queries.restorations_of(rows)
    context = {
        "counts": [(one, many) for one, many in queries.counts_by_ground(request.user, today).items()],
        "rows": [_shown(request, one, today, cases.get(one.pk)) for one in rows[:SHOWN]],
        "is_more": len(rows) > SHOWN,
        "ground": ground,
        "older": days,
        "older_than": OLDER_THAN[1:],
        "shown": SHOWN,
    }
    return render(request, "supply/stops.html", context)


def _shown(request: HttpRequest, one: SupplyStop, today: dt.date, case: Any) -> dict[str, Any]:
    owed = arrears.still_owed(one.account, one.usage_point.utility, today) if one.account else ()
    return {
        "stop": one,
        "customer": shown_name(request.user, one.customer) if one.customer else "",
        "days": (today - one.on).days,
        "case": case,
        "owed": sum(debt.fen for debt in owed),
        "is_paid": one.account is not None and not owed,
    }


# ---------------------------------------------------------------- one point
@require_safe
@guarded(READ.name)
def point(request: HttpRequest, id_: UUID) -> HttpResponse:
    """A usage point: what it is today and since when, every ground with its article, and all that happened."""
    one, today = _point(request, id_), timezone.localdate()
    now = queries.supply_of([one], today)[one.pk]
    organisation = one.place.organisation
    may_stop = request.user.has_perm(STOP.name, organisation)
    may_approve = request.user.has_perm(APPROVE.name, organisation)
    customer = queries.user_of(one, today)
    cases = queries.restorations_of(now.stops)
    held = [stop.ground for stop in now.stops]
    context = {
        "point": one,
        "now": now,
        "standing": now.standing.label,
        "is_supplied": now.standing == SupplyStanding.SUPPLIED,
        "stops": [_with_deeds(one_, cases.get(one_.pk), may_stop) for one_ in now.stops],
        "history": queries.history_of(one),
        "switches": list(switches(request.user).filter(usage_point=one).order_by("code")),
        "may_tell": may_stop,
        "may_unprotect": may_approve,
        "releases": queries.releases_at(one),
        "may_stop": may_stop and StopGround.SAFETY not in held,
        "may_open": may_stop and now.standing == SupplyStanding.CLOSED and now.since is None,
        "may_approve": may_approve and queries.is_home(one, customer, today),
        "account": _account_of(request, one) if may_stop and StopGround.ARREARS not in held else None,
    }
    return render(request, "supply/point.html", context)


def _point(request: HttpRequest, id_: UUID) -> UsagePoint:
    found = usage_points(request.user).filter(pk=id_).first()
    if found is None or not request.user.has_perm(READ.name, found.place.organisation):
        raise NoSuchPlace
    return found


def _account_of(request: HttpRequest, one: UsagePoint) -> BillingAccount | None:
    customer = queries.user_of(one, timezone.localdate())
    rows = accounts.billing_accounts(request.user).filter(place=one.place_id, customer=customer)
    return rows.first() if customer is not None else None


def _with_deeds(one: SupplyStop, case: Any, may_stop: bool) -> dict[str, Any]:
    leads = ""
    if may_stop and one.ground == StopGround.SAFETY:
        leads = reverse("supply-stop-end", args=[one.pk])
    elif may_stop and one.ground in BY_BOTH_OFFICES and case is None:
        leads = reverse("supply-stop-restore", args=[one.pk])
    return {"stop": one, "case": case, "leads": leads}


def supply_at(request: HttpRequest, place: Place) -> dict[str, Any] | None:
    """The supply of a place on the page of the place: each point with what stops it."""
    if not request.user.has_perm(READ.name, place.organisation):
        return None
    points, today = points_at(request.user, place), timezone.localdate()
    if not points:
        return None
    now = queries.supply_of(points, today)
    return {"supplies": [(one, now[one.pk], now[one.pk].standing.label) for one in points]}


# ---------------------------------------------------------------- deeds
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(STOP.name)
def open_(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Enter that a point was supplied before this record was kept."""
    return _do(request, _point(request, id_), enter_opening, gettext("Enter that it is supplied"), "point")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(STOP.name)
def unsafe(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Stop a supply that is not safe, or for works."""
    return _do(request, _point(request, id_), stop_for_safety, gettext("Stop: safety or works"), "point")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(APPROVE.name)
def approve(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Approve that the supply of a home stops."""
    said = gettext("Approve that a home's supply stops")
    return _do(request, _point(request, id_), approve_stop, said, "point")


def _do(
    request: HttpRequest, one: UsagePoint, deed: Action[Any, Any], title: str, named: str
) -> HttpResponse:
    organisation = must_edit(request, deed, {named: one})
    today = timezone.localdate()
    asked = {field.name for field in deed.fields}
    values: dict[str, Any] = {"on": today} if "on" in asked else {}
    if "ground" in asked and request.GET.get("ground") in StopGround.values:
        values["ground"] = StopGround(request.GET["ground"])
    form = FieldsForm(
        deed.fields, request.POST or None, scope=Scope(request.user, organisation, today), values=values
    )
    if done(request, form, deed, **{named: one}) is not None:
        messages.success(request, gettext("It is on record."))
        return redirect("supply-point", one.pk)
    within = f"{one.code} · {one.get_utility_display()} · {one.place.name}"
    return form_page(request, form, title=title, within=within)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(STOP.name)
def end(request: HttpRequest, id_: UUID) -> HttpResponse:
    """What was not safe is."""
    return _end(request, id_, end_safety_stop, gettext("The works are over: restore supply"))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(STOP.name)
def restore(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Open the case in which both offices restore a supply."""
    return _end(request, id_, ask_restoration, gettext("Ask for the restoration"))


def _end(request: HttpRequest, id_: UUID, deed: Action[Any, Any], title: str) -> HttpResponse:
    one = queries.stop(request.user, id_)
    organisation = must_edit(request, deed, {"stop": one})
    today = timezone.localdate()
    values = {"on": today} if "on" in {field.name for field in deed.fields} else {}
    form = FieldsForm(
        deed.fields, request.POST or None, scope=Scope(request.user, organisation, today), values=values
    )
    if done(request, form, deed, stop=one) is not None:
        return redirect("supply-point", one.usage_point_id)
    return form_page(request, form, title=title, within=f"{one.usage_point} · {one.get_ground_display()}")


# ---------------------------------------------------------------- before a stop for arrears
@require_http_methods(["GET", "HEAD", "POST"])
@guarded(STOP.name)
def suspend(request: HttpRequest, id_: UUID, point: UUID) -> HttpResponse:
    """What is there and what is missing before a supply stops for what an account owes, each with its article; the
    form only when nothing is missing."""
    account = accounts.billing_account(request.user, id_)
    one, today = _point(request, point), timezone.localdate()
    organisation = must_edit(request, stop_for_arrears, {"account": account})
    if one.place_id != account.place_id:
        raise NoSuchPlace
    gate, refused = _gate(account, one, today)
    form = FieldsForm(
        stop_for_arrears.fields,
        request.POST or None,
        scope=Scope(request.user, organisation, today),
        values={"point": one},
    )
    if done(request, form, stop_for_arrears, account=account) is not None:
        messages.success(request, gettext("It is on record."))
        return redirect("supply-point", one.pk)
    context = {
        "account": account,
        "customer": shown_name(request.user, account.customer),
        "point": one,
        "gate": gate,
        "conditions": [(line, say(line.title), say(line.cite)) for line in gate.conditions] if gate else (),
        "refused": refused,
        "debts": [(debt, (today - debt.debt.due_on).days) for debt in gate.debts] if gate else (),
    }
    return form_page(request, form, template="supply/suspend.html", **context)


def _gate(account: BillingAccount, one: UsagePoint, today: dt.date) -> tuple[arrears.ArrearsGate | None, str]:
    try:
        return arrears.arrears_gate(account, one, today), ""
    except Refusal as refusal:
        return None, say(refusal)


def stops_of(request: HttpRequest, account: BillingAccount) -> dict[str, Any] | None:
    """On the page of an account: what of it is stopped, and where a stop for arrears is looked at."""
    if not request.user.has_perm(READ.name, account.organisation):
        return None
    points, today = points_at(request.user, account.place), timezone.localdate()
    now = queries.supply_of(points, today)
    may_stop = request.user.has_perm(STOP.name, account.organisation)
    return (
        {
            "supplies": [
                (
                    one,
                    now[one.pk].standing.label,
                    now[one.pk].stops,
                    may_stop and bool(_late(account, one, today)),
                )
                for one in points
            ],
            "account": account,
        }
        if points
        else None
    )


def _late(account: BillingAccount, one: UsagePoint, today: dt.date) -> int:
    return sum(debt.fen for debt in arrears.still_owed(account, one.utility, today))


# ---------------------------------------------------------------- the customer's own
def own_stops(request: HttpRequest, account: BillingAccount) -> dict[str, Any] | None:
    """On the customer's own page: why supply is stopped, what there is to do, and how long it takes."""
    today = timezone.localdate()
    points = list(UsagePoint.objects.filter(place=account.place_id).select_related("place"))
    rows = [stop for one in queries.supply_of(points, today).values() for stop in one.stops]
    theirs = [stop for stop in rows if stop.customer_id in (None, account.customer_id)]
    if not theirs:
        return None
    cases = queries.restorations_of(theirs)
    return {"stops": [_own(stop, cases.get(stop.pk), today) for stop in theirs]}


def own_at_home(request: HttpRequest) -> dict[str, Any] | None:
    """The same on the home page of a customer, of all their accounts."""
    if not request.user.is_authenticated or request.user.has_perm(READ.name):
        return None
    found = (own_stops(request, one) for one in own_accounts(request.user)[:SHOWN])
    rows = [row for one in found if one for row in one["stops"]]
    return {"stops": rows} if rows else None


def _own(stop: SupplyStop, case: Any, today: dt.date) -> dict[str, Any]:
    utility = stop.usage_point.utility
    owed = sum(one.fen for one in arrears.still_owed(stop.account, utility, today)) if stop.account else 0
    terms = arrears.terms_of(stop.organisation, utility, today)
    return {
        "stop": stop,
        "utility": stop.usage_point.get_utility_display(),
        "owed": owed,
        "case": case,
        "by_offices": stop.ground in BY_BOTH_OFFICES,
        "hours": terms.restore_hours if terms else None,
    }
