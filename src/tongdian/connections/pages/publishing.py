"""The catalogue of fees, as offices publish it: each with its basis and first day."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from tongdian.connections import actions, queries
from tongdian.connections.forms import FeeForm
from tongdian.connections.models import PublishedFee
from tongdian.connections.pages import say, staff_page
from tongdian.policy.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("connections.publish_fees")
def catalogue(request: HttpRequest) -> HttpResponse:
    """The catalogue of one office with every price since when; publish a fee or its new price."""
    today = timezone.localdate()
    offices = [
        one for one in queries.offices(today) if request.user.has_perm("connections.publish_fees", one)
    ]
    chosen = request.GET.get("for", "")
    office = next((one for one in offices if one.short == chosen), offices[0] if offices else None)
    form = FeeForm(request.POST if request.method == "POST" else None, initial={"first": today})
    refusal = ""
    if request.method == "POST" and office is not None and form.is_valid():
        try:
            actions.publish_fee(
                viewer=request.user, organisation=office, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            refusal = say(refused)
        else:
            messages.success(request, gettext("Published."))
            return redirect(f"{request.path}?for={office.short}")
    rows = (
        PublishedFee.objects.filter(organisation__in=office.ancestors).order_by("code", "-in_force")
        if office
        else []
    )
    context = {
        "offices": offices,
        "office": office,
        "rows": [(row, today in row.in_force) for row in rows],
        "form": form,
        "refusal": refusal,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "connections/catalogue.html", context, status=status)
