"""Where a case is: chosen among the places known, or a new one where the applicant described it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from tongdian.allowed import NotAllowed
from tongdian.cases import actions, queries
from tongdian.cases.models import Case
from tongdian.connections.queries import application_of
from tongdian.network import queries as network
from tongdian.network.actions import add_place
from tongdian.network.models import Place
from tongdian.network.rules import FOUND, STANDS_IN, TOP
from tongdian.policy.refusals import Refusal
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import reader_language, say


class NewPlaceForm(forms.Form):
    """A place that nobody has entered yet; it stands by itself."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[one for one in Place.Kind.choices if TOP in STANDS_IN[one[0]]],
        widget=forms.RadioSelect({"class": "form-check-input"}),
    )
    name = forms.CharField(label=_("Full name"), max_length=120)
    code = forms.CharField(
        label=pgettext_lazy("number", "Code"),
        max_length=40,
        help_text=_("No other place of the organisation has it."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("cases.open")
def place(request: HttpRequest, number: str) -> HttpResponse:
    """Choose the place among those known, looked for by the applicant's own words at first; else enter it."""
    case = queries.case_numbered(request.user, number)
    chosen = as_uuid(request.POST.get("choose_place"))
    found = network.places(request.user).filter(pk=chosen).first() if chosen else None
    application = application_of(case)
    described = application.place_text if application else ""
    looked_for = request.POST.get("find_place", described).strip()
    typed = request.POST if "add" in request.POST else None
    form = NewPlaceForm(typed, initial={"name": described, "code": case.number})
    refusal, status = "", 200
    if found is not None or (form.is_bound and form.is_valid()):
        try:
            _settle(request, case, found, form)
        except NotAllowed:
            raise
        except Refusal as refused:
            refusal, status = say(refused), 422
        else:
            messages.success(request, gettext("The case has its place."))
            return redirect("case", number)
    elif form.is_bound:
        status = 422
    context = {
        "case": case,
        "title": queries.desk(case).process.title.say(reader_language()),
        "form": form,
        "described": described,
        "refusal": refusal,
        "find_place": looked_for,
        "places": network.places_described(request.user, case.organisation, looked_for, limit=FOUND),
    }
    return render(request, "connections/place.html", context, status=status)


def _settle(request: HttpRequest, case: Case, found: Place | None, form: forms.Form) -> None:
    """A new place and where the case is together, or neither."""
    at = timezone.now()
    with transaction.atomic():
        if found is None:
            said: dict[str, Any] = form.cleaned_data
            found = add_place(
                viewer=request.user, organisation=case.organisation, at=at, region=case.region, **said
            )
        actions.settle(viewer=request.user, case=case, place=found, at=at)
