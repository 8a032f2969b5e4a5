"""The privacy notice's versions published; a customer's consent withdrawn at the counter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tongdian.parties import queries
from tongdian.parties.actions.privacy import publish_notice, withdraw_consent
from tongdian.parties.forms import PrivacyNoticeForm
from tongdian.parties.models import Consent
from tongdian.parties.pages.asking import ask
from tongdian.parties.pages.customers import EDIT, typing
from tongdian.parties.privacy import notice_on, versions
from tongdian.registers.pages.guarding import guarded

PUBLISH = "parties.publish_privacy_notice"


@require_safe
@guarded(PUBLISH)
def notices(request: HttpRequest) -> HttpResponse:
    """Every wording, the newest first, and which is in force."""
    in_force = notice_on(timezone.localdate()).version
    context = {"rows": versions(), "in_force": in_force}
    return render(request, "parties/privacy_notices.html", context)


@typing
@guarded(PUBLISH)
def publish(request: HttpRequest) -> HttpResponse:
    """Publish the next wording, written over the one that is there."""
    last = versions()[0]
    known = {
        "zh": last.text.zh,
        "en": last.text.en,
        "identity_zh": last.identity.zh,
        "identity_en": last.identity.en,
    }
    form = PrivacyNoticeForm(request.POST or None, initial=known)

    def do(given: dict[str, Any]) -> str:
        publish_notice(viewer=request.user, at=timezone.now(), **given)
        return reverse("privacy-notices")

    return ask(
        request,
        form,
        do,
        title=gettext("Publish a privacy notice"),
        submit=gettext("Publish"),
        lead=gettext(
            "From its first day everybody who applies is asked to consent to it. A version that is "
            "published is never changed."
        ),
        back=reverse("privacy-notices"),
        crumbs=[(gettext("Privacy notice"), reverse("privacy-notices"))],
        done=gettext("Published."),
    )


@typing
@guarded(EDIT)
def withdraw(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Record that a customer has withdrawn consent, at the counter or in writing."""
    one = queries.customer(request.user, customer)
    if one.erased_on or not request.user.has_perm(EDIT, one.organisation):
        raise PermissionDenied
    form = forms.Form(request.POST if request.method == "POST" else None)
    back = reverse("customer", args=[one.id])

    def do(given: dict[str, Any]) -> str:
        withdraw_consent(viewer=request.user, customer=one, door=Consent.Door.PAPER, at=timezone.now())
        return back

    return ask(
        request,
        form,
        do,
        title=gettext("Consent is withdrawn"),
        submit=gettext("Record it"),
        lead=gettext(
            "The customer has asked for it. What was done before stays lawful. Erase the personal "
            "data as soon as no agreement, debt or period of law needs them any more."
        ),
        back=back,
        danger=True,
        done=gettext("Recorded."),
        crumbs=[(gettext("Customers"), reverse("customers")), (one.number, back)],
    )
