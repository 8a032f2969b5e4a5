"""What feeds what: the network as a whole, and one transformer. Their forms are the registers'."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongdian.network import queries
from tongdian.network.registers import TRANSFORMERS
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import natural


@require_safe
@guarded("network.read")
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
@guarded("network.read")
def transformer(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One transformer and every point that it feeds."""
    one = TRANSFORMERS.find(request.user, id_)
    points = queries.usage_points(request.user).filter(transformer=one)
    context = {
        "transformer": one,
        "load": queries.load(one),
        "points": sorted(points, key=lambda point: (natural(point.place.name), point.code)),
        "may_edit": request.user.has_perm("network.edit", one.feeder.organisation),
    }
    return render(request, "network/transformer.html", context)
