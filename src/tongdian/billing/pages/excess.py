"""Rooms with a quota, and what was charged and recovered beyond it: the list that goes to the university."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.accounts.queries import billing_account
from tongdian.billing.actions.excess import approve_room, charge_excess
from tongdian.billing.entries import kinds_of_rooms
from tongdian.billing.queries import quotas as queries
from tongdian.billing.rules import RUN
from tongdian.money import yuan_of_fen
from tongdian.parties.models import Organisation
from tongdian.parties.queries import shown_name
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit
from tongdian.registers.pages.list_tools import as_file, list_tools
from tongdian.spoken import say

SHOWN = 200
DUE_DAYS = 15  # filled in, and changed as the notice says


@require_safe
@guarded("billing.read")
def excess(request: HttpRequest) -> HttpResponse:
    """The rooms, and the charges with what is paid of them."""
    kinds = {kind: say(words) for kind, words in kinds_of_rooms().items()}
    rows = queries.recovered(list(queries.charges(request.user)[:SHOWN]))
    rooms = list(queries.rooms(request.user)[:SHOWN])
    today = timezone.localdate()
    offices = {one.organisation_id: one.organisation for one in rooms}
    charging = {
        pk for pk, one in offices.items() if queries.does_here(request.user, one, "drawn_up", today, RUN.name)
    }
    context = {
        "rooms": [
            (
                one,
                kinds.get(one.kind, one.kind),
                shown_name(request.user, one.payer.customer),
                one.organisation_id in charging,
            )
            for one in rooms
        ],
        "rows": [(one, shown_name(request.user, one.charge.room.payer.customer)) for one in rows],
        "charged": sum(one.charge.fen for one in rows),
        "paid": sum(one.paid for one in rows),
        "listed": list_tools(request, "excess-charges", keeps=False),
    }
    return render(request, "billing/excess.html", context)


@require_POST
@guarded("billing.read")
def export(request: HttpRequest) -> Any:
    """The charges as a file: what is handed over to the university (27)."""

    def lines() -> Any:
        yield [
            gettext("Month"), gettext("Room"), gettext("Account"), gettext("Owed by"),
            gettext("Beyond (kWh)"), gettext("Beyond (m³)"), gettext("Charged (yuan)"), gettext("Recovered (yuan)"),
        ]  # fmt: skip
        for one in queries.recovered(list(queries.charges(request.user))):
            charge = one.charge
            yield [
                f"{charge.month:%Y-%m}",
                charge.room.account.place.name,
                charge.room.account.number,
                shown_name(request.user, charge.room.payer.customer),
                charge.over_kwh,
                charge.over_m3,
                yuan_of_fen(charge.fen),
                yuan_of_fen(one.paid),
            ]

    title = gettext("Charges beyond quotas")
    return as_file(request, of="excess-charges", title=title, lines=lines(), query="")


def _must_do(request: HttpRequest, organisation: Organisation, duty: str, today: dt.date) -> None:
    """No form is shown to whom the action would refuse. Raises PermissionDenied."""
    if not queries.does_here(request.user, organisation, duty, today, RUN.name):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def new_room(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Approve the quota of the room that a billing account is of."""
    account = billing_account(request.user, id_)
    organisation = must_edit(request, approve_room, {"account": account})
    today = timezone.localdate()
    _must_do(request, organisation, "quotas", today)
    form = FieldsForm(
        approve_room.fields,
        request.POST or None,
        scope=Scope(request.user, organisation, today),
        values={"month": f"{today:%Y-%m}"},
    )
    if done(request, form, approve_room, account=account) is not None:
        messages.success(request, gettext("The quota is approved."))
        return redirect("excess-charges")
    return form_page(
        request,
        form,
        title=gettext("Approve the quota of a room"),
        within=f"{account.number} · {account.place.name}",
        crumb=(gettext("Beyond quotas"), reverse("excess-charges")),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(RUN.name)
def charge(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Charge what a room used beyond its quota in a month."""
    room = queries.room(request.user, id_)
    organisation = must_edit(request, charge_excess, {"room": room})
    today = timezone.localdate()
    _must_do(request, organisation, "drawn_up", today)
    last = today.replace(day=1) - dt.timedelta(days=1)
    form = FieldsForm(
        charge_excess.fields,
        request.POST or None,
        scope=Scope(request.user, organisation, today),
        values={"month": f"{last:%Y-%m}", "due_on": today + dt.timedelta(days=DUE_DAYS)},
    )
    if done(request, form, charge_excess, room=room) is not None:
        messages.success(request, gettext("The charge is entered."))
        return redirect("excess-charges")
    return form_page(
        request,
        form,
        title=gettext("Charge what is beyond the quota"),
        within=f"{room.account.number} · {room.account.place.name}",
        crumb=(gettext("Beyond quotas"), reverse("excess-charges")),
    )
