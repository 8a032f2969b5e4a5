"""Feeders, transformers with what is free on them, and usage points."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.network import actions, queries
from tongdian.network.forms import FeederForm, TransformerForm, UsagePointForm
from tongdian.network.pages import done, say, staff_page, status_of
from tongdian.network.rules import natural
from tongdian.parties.queries import manageable
from tongdian.policy.refusals import Refusal


@require_safe
@staff_page("network.read")
def network(request: HttpRequest) -> HttpResponse:
    """Every feeder with its transformers: what each can give, what is promised, what is free."""
    by_feeder: dict[Any, list[Any]] = {}
    for transformer, load in queries.with_loads(queries.transformers(request.user)):
        by_feeder.setdefault(transformer.feeder_id, []).append((transformer, load))
    feeders = sorted(
        queries.feeders(request.user), key=lambda one: (one.organisation.name, natural(one.code))
    )
    context = {
        "feeders": [(feeder, by_feeder.get(feeder.pk, [])) for feeder in feeders],
        "may_edit": request.user.has_perm("network.edit"),
    }
    return render(request, "network/network.html", context)


@require_safe
@staff_page("network.read")
def transformer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One transformer and every point that it feeds."""
    one = queries.transformer(request.user, id_)
    points = queries.usage_points(request.user).filter(transformer=one)
    context = {
        "transformer": one,
        "load": queries.load(one),
        "points": sorted(points, key=lambda point: (natural(point.place.name), point.code)),
        "may_edit": request.user.has_perm("network.edit", one.feeder.organisation),
    }
    return render(request, "network/transformer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def add_feeder(request: HttpRequest) -> HttpResponse:
    """Enter a feeder or main."""
    may_enter = manageable(request.user, "network.edit", on=timezone.localdate()).order_by("name")
    offered = list(may_enter)
    chosen = next((one for one in offered if str(one.pk) == request.GET.get("for")), None)
    if chosen is None:
        if len(offered) == 1:
            return redirect(f"{request.path}?for={offered[0].pk}")
        return render(request, "network/choose_organisation.html", {"offered": offered})
    form = FeederForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = done(
            form,
            lambda: actions.add_feeder(
                viewer=request.user, organisation=chosen, at=timezone.now(), **form.cleaned_data
            ),
        )
        if made is not None:
            messages.success(request, gettext("%(name)s is entered.") % {"name": made.name})
            return redirect("network")
    return _form(request, form, gettext("Add a feeder or main"), chosen.name)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def change_feeder(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Correct a feeder."""
    one = queries.feeder(request.user, id_)
    _must_edit(request, one.organisation)
    names = ("code", "name", "voltage_kv", "capacity_kva")
    form = FeederForm(request.POST or None, initial={name: getattr(one, name) for name in names})
    del form.fields["utility"]
    if request.method == "POST" and form.is_valid():
        kept = done(
            form,
            lambda: actions.change_feeder(
                viewer=request.user, feeder=one, at=timezone.now(), **form.cleaned_data
            ),
        )
        if kept is not None:
            messages.success(request, gettext("Kept."))
            return redirect("network")
    return _form(request, form, one.name, one.organisation.name, remove=("feeder-remove", one.pk))


@require_POST
@staff_page("network.edit")
def remove_feeder(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Take away a feeder."""
    one = queries.feeder(request.user, id_)
    return _removed(
        request, lambda: actions.remove_feeder(viewer=request.user, feeder=one, at=timezone.now()), "network"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def add_transformer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Enter a transformer on a feeder."""
    feeder = queries.feeder(request.user, id_)
    _must_edit(request, feeder.organisation)
    form = TransformerForm(
        request.POST or None, organisation=feeder.organisation, initial={"is_public": True}
    )
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        made = done(
            form,
            lambda: actions.add_transformer(
                viewer=request.user, feeder=feeder, place=typed.pop("place_code"), at=timezone.now(), **typed
            ),
        )
        if made is not None:
            messages.success(request, gettext("%(name)s is entered.") % {"name": made.name})
            return redirect("transformer", made.pk)
    return _form(request, form, gettext("Add a transformer"), feeder.name)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def change_transformer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Correct, enlarge or exchange a transformer."""
    one = queries.transformer(request.user, id_)
    organisation = one.feeder.organisation
    _must_edit(request, organisation)
    names = ("code", "name", "capacity_kva", "power_factor", "is_public")
    initial = {name: getattr(one, name) for name in names}
    initial["place_code"] = one.place.code if one.place else ""
    form = TransformerForm(request.POST or None, organisation=organisation, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        kept = done(
            form,
            lambda: actions.change_transformer(
                viewer=request.user,
                transformer=one,
                place=typed.pop("place_code"),
                at=timezone.now(),
                **typed,
            ),
        )
        if kept is not None:
            messages.success(request, gettext("Kept."))
            return redirect("transformer", one.pk)
    remove = ("transformer-remove", one.pk)
    return _form(request, form, one.name, one.feeder.name, remove=remove)


@require_POST
@staff_page("network.edit")
def remove_transformer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Take away a transformer."""
    one = queries.transformer(request.user, id_)
    return _removed(
        request,
        lambda: actions.remove_transformer(viewer=request.user, transformer=one, at=timezone.now()),
        "network",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def add_point(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Enter where a place takes power or water."""
    place = queries.place(request.user, id_)
    _must_edit(request, place.organisation)
    form = UsagePointForm(request.POST or None, organisation=place.organisation)
    if request.method == "POST" and form.is_valid():
        made = done(
            form,
            lambda: actions.add_usage_point(
                viewer=request.user, place=place, at=timezone.now(), **form.cleaned_data
            ),
        )
        if made is not None:
            messages.success(request, gettext("%(name)s is entered.") % {"name": made.code})
            return redirect("place", place.pk)
    return _form(request, form, gettext("Add a usage point"), place.name)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("network.edit")
def change_point(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Correct a usage point, or feed it from elsewhere."""
    one = queries.usage_point(request.user, id_)
    _must_edit(request, one.place.organisation)
    names = ("code", "feeder", "transformer", "capacity_kw", "is_live")
    form = UsagePointForm(
        request.POST or None,
        organisation=one.place.organisation,
        point=one,
        initial={name: getattr(one, name) for name in names},
    )
    if request.method == "POST" and form.is_valid():
        typed = {"transformer": None} | form.cleaned_data
        kept = done(
            form,
            lambda: actions.change_usage_point(viewer=request.user, point=one, at=timezone.now(), **typed),
        )
        if kept is not None:
            messages.success(request, gettext("Kept."))
            return redirect("place", one.place_id)
    remove = ("usage-point-remove", one.pk)
    return _form(request, form, one.code, one.place.name, remove=remove)


@require_POST
@staff_page("network.edit")
def remove_point(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Take away a usage point."""
    one = queries.usage_point(request.user, id_)
    return _removed(
        request,
        lambda: actions.remove_usage_point(viewer=request.user, point=one, at=timezone.now()),
        "place",
        one.place_id,
    )


def _must_edit(request: HttpRequest, organisation: Any) -> None:
    if not request.user.has_perm("network.edit", organisation):
        raise PermissionDenied


def _form(
    request: HttpRequest, form: Any, title: str, within: str, *, remove: tuple[str, UUID] | None = None
) -> HttpResponse:
    context = {"form": form, "title": title, "within": within, "remove": remove}
    return render(request, "network/form.html", context, status=status_of(form))


def _removed(request: HttpRequest, deed: Any, *back: Any) -> HttpResponse:
    try:
        deed()
    except Refusal as refusal:
        messages.error(request, say(refusal))
    else:
        messages.success(request, gettext("Removed."))
    return redirect(*back)
