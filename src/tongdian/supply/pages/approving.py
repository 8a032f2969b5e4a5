"""The stops of homes that wait for a leader: a page of its own, and drawn behind the leader's home page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongdian.parties.queries import shown_name
from tongdian.registers.pages.guarding import guarded
from tongdian.supply.queries.approvals import awaited_approvals
from tongdian.supply.rules import APPROVE


@require_safe
@guarded(APPROVE.name)
def approvals(request: HttpRequest) -> HttpResponse:
    """What is asked for, each with why and the button; `?home` is what stands of it on the home page."""
    rows = [
        (one, one.ground.label, shown_name(request.user, customer) if customer else "")
        for one in awaited_approvals(request.user, timezone.localdate())
        for customer in [one.case.customer if one.case else one.account.customer if one.account else None]
    ]
    template = "supply/approvals_list.html" if "home" in request.GET else "supply/approvals.html"
    return render(request, template, {"rows": rows, "at_home": "home" in request.GET})
