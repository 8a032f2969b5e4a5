"""Places: the tree, search, one place with everything at it, and editing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.network import actions, queries
from tongdian.network.entries import PLACE
from tongdian.network.models import Place
from tongdian.network.registers import PLACES
from tongdian.network.rules import STANDS_IN
from tongdian.network.sections import place_sections
from tongdian.parties.models import Organisation
from tongdian.parties.queries import manageable
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import chosen_one, done, form_page, guarded, must_edit
from tongdian.registers.pages.list_tools import list_tools


@require_safe
@guarded("network.read")
def places(request: HttpRequest) -> HttpResponse:
    """The places that stand by themselves, or those found by a search."""
    text = request.GET.get("q", "").strip()
    found = queries.find_places(request.user, text) if text else []
    context = {
        "q": text,
        "found": found,
        "tops": [] if text else queries.tops(request.user),
        "may_edit": request.user.has_perm("network.edit"),
        "listed": list_tools(request, "places", query=_query(request), keeps=False),
    }
    return render(request, "network/places.html", context)


def _query(request: HttpRequest) -> str:
    text = request.GET.get("q", "").strip()
    return urlencode({"q": text}) if text else ""


@require_safe
@guarded("network.read")
def place(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One place: what stands in it, what it takes, and what other areas tell about it."""
    one = queries.place(request.user, id_)
    context = {
        "place": one,
        "way": queries.way_to(one),
        "parts": queries.parts(request.user, one),
        "points": queries.points_at(request.user, one),
        "sections": place_sections.of(request, one),
        "may_edit": request.user.has_perm("network.edit", one.organisation),
    }
    return render(request, "network/place.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("network.edit")
def add_place(request: HttpRequest) -> HttpResponse:
    """Enter a place, in another one or by itself."""
    within = as_uuid(request.GET.get("in", ""))
    parent = queries.place(request.user, within) if within else None
    offered = manageable(request.user, "network.edit", on=timezone.localdate()).order_by("name")
    organisation = parent.organisation if parent else chosen_one(request, list(offered))
    if isinstance(organisation, HttpResponse):
        return organisation
    values = {"parent": parent, "name": f"{parent.name} "} if parent else {}
    form = _form(request, organisation, values)
    if parent:
        kinds = [kind for kind in Place.Kind.choices if parent.kind in STANDS_IN[kind[0]]]
        form.fields["kind"].widget.choices = kinds
    made = done(request, form, actions.add_place, organisation=organisation)
    if made is not None:
        messages.success(request, gettext("%(name)s is entered.") % {"name": made.name})
        return redirect("place", made.pk)
    context: dict[str, Any] = {"form": form, "organisation": organisation, "parent": parent}
    return form_page(request, template="network/place_form.html", **context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("network.edit")
def change_place(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Correct a place, or move it with its parts."""
    one = queries.place(request.user, id_)
    must_edit(request, actions.change_place, {"place": one})
    form = _form(request, one.organisation, PLACE.of(one), seen=PLACES.mark(one))
    if done(request, form, actions.change_place, place=one) is not None:
        messages.success(request, gettext("Kept."))
        return redirect("place", one.pk)
    context: dict[str, Any] = {
        "form": form,
        "place": one,
        "organisation": one.organisation,
        "parent": one.parent,
        "way": queries.way_to(one),
        "removable": not one.parts.exists() and not one.usage_points.exists(),
    }
    return form_page(request, template="network/place_form.html", **context)


def _form(
    request: HttpRequest, organisation: Organisation, values: dict[str, Any], *, seen: str = ""
) -> FieldsForm:
    scope = Scope(request.user, organisation, timezone.localdate())
    form = FieldsForm(PLACE.changing, request.POST or None, scope=scope, values=values, seen=seen)
    form.order_fields(["kind", "name"])
    return form
