"""Places: the tree, search, one place with everything at it, and editing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Func, IntegerField, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.bigrams import stands_in
from tongdian.network import actions, queries
from tongdian.network.forms import PlaceForm
from tongdian.network.models import Place
from tongdian.network.pages import done, say, staff_page, status_of
from tongdian.network.sections import place_sections
from tongdian.parties.models import Organisation
from tongdian.parties.pages.lists import as_file, list_tools
from tongdian.parties.queries import manageable
from tongdian.policy.refusals import Refusal


@require_safe
@staff_page("network.read")
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


@require_POST
@staff_page("network.read")
def export(request: HttpRequest) -> HttpResponseBase:
    """All places, or those found, in the columns in which they are brought in; wholes first."""
    text = request.GET.get("q", "").strip()
    rows = queries.places(request.user)
    rows = rows.filter(stands_in(text)) if text else rows
    return as_file(request, of="places", title=gettext("Places"), lines=_lines(rows), query=_query(request))


def _lines(rows: QuerySet[Place]) -> Iterator[list[str]]:
    yield [
        gettext("Place code"),
        gettext("Kind (of place)"),
        gettext("Full name"),
        gettext("Code of what it stands in"),
        gettext("Address"),
        gettext("Region code"),
        gettext("Organisation"),
    ]
    ordered = rows.select_related("parent", "organisation")
    for one in ordered.order_by(
        "organisation", Func(F("ancestors"), function="cardinality", output_field=IntegerField()), "code"
    ).iterator(500):
        yield [
            one.code,
            str(one.get_kind_display()),
            one.name,
            one.parent.code if one.parent else "",
            one.address,
            one.region_id,
            one.organisation.shown_name,
        ]


def _query(request: HttpRequest) -> str:
    text = request.GET.get("q", "").strip()
    return urlencode({"q": text}) if text else ""


@require_safe
@staff_page("network.read")
def place(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One place: what stands in it, what it takes, and what other areas tell about it."""
    one = queries.place(request.user, id_)
    context = {
        "place": one,
        "way": queries.way_to(one),
        "parts": queries.parts(request.user, one),
        "points": queries.points_at(request.user, one),
        "sections": place_sections(request, one),
        "may_edit": request.user.has_perm("network.edit", one.organisation),
    }
    return render(request, "network/place.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def add_place(request: HttpRequest) -> HttpResponse:
    """Enter a place, in another one or by itself."""
    within = request.GET.get("in", "")
    parent = queries.place(request.user, UUID(within)) if _is_id(within) else None
    may_enter = manageable(request.user, "network.edit", on=timezone.localdate())
    chosen = request.GET.get("for", "")
    organisation = parent.organisation if parent else None
    if organisation is None:
        organisation = may_enter.filter(pk=chosen).first() if _is_id(chosen) else None
        if organisation is None:
            return _choose_organisation(request, list(may_enter.order_by("name")))
    initial = {"parent_code": parent.code, "name": f"{parent.name} "} if parent else {}
    form = PlaceForm(request.POST or None, organisation=organisation, parent=parent, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        made = done(
            form,
            lambda: actions.add_place(
                viewer=request.user,
                organisation=organisation,
                kind=typed["kind"],
                code=typed["code"],
                name=typed["name"].strip(),
                parent=typed["parent_code"],
                region=typed["region"],
                address=typed["address"],
                at=timezone.now(),
            ),
        )
        if made is not None:
            messages.success(request, gettext("%(name)s is entered.") % {"name": made.name})
            return redirect("place", made.pk)
    context = {"form": form, "organisation": organisation, "parent": parent}
    return render(request, "network/place_form.html", context, status=status_of(form))


def _choose_organisation(request: HttpRequest, offered: list[Organisation]) -> HttpResponse:
    if not offered:
        return render(request, "network/choose_organisation.html", {"offered": []})
    if len(offered) == 1:
        return redirect(f"{request.path}?for={offered[0].pk}")
    return render(request, "network/choose_organisation.html", {"offered": offered})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def change_place(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Correct a place, or move it with its parts."""
    one = queries.place(request.user, id_)
    if not request.user.has_perm("network.edit", one.organisation):
        raise PermissionDenied
    initial = {
        "kind": one.kind,
        "name": one.name,
        "code": one.code,
        "parent_code": one.parent.code if one.parent else "",
        "address": one.address,
        "region": one.region_id,
    }
    form = PlaceForm(request.POST or None, organisation=one.organisation, parent=one.parent, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        parent = typed["parent_code"]
        changed = done(
            form,
            lambda: actions.change_place(
                viewer=request.user,
                place=one,
                kind=typed["kind"],
                code=typed["code"],
                name=typed["name"].strip(),
                parent=parent,
                region=typed["region"] or (parent.region if parent else one.region),
                address=typed["address"],
                at=timezone.now(),
            ),
        )
        if changed is not None:
            messages.success(request, gettext("Kept."))
            return redirect("place", one.pk)
    context = {
        "form": form,
        "place": one,
        "organisation": one.organisation,
        "parent": one.parent,
        "way": queries.way_to(one),
        "removable": _is_removable(one),
    }
    return render(request, "network/place_form.html", context, status=status_of(form))


def _is_removable(one: Place) -> bool:
    return not one.parts.exists() and not one.usage_points.exists()


@require_POST
@staff_page("network.edit")
def remove_place(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Take away a place that was entered by mistake."""
    one = queries.place(request.user, id_)
    try:
        actions.remove_place(viewer=request.user, place=one, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, say(refusal))
        return redirect("place", one.pk)
    messages.success(request, gettext("%(name)s is removed.") % {"name": one.name})
    return redirect("place", one.parent_id) if one.parent_id else redirect("places")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
