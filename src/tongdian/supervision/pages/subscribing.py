"""Having an office's overview sent by e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from tongdian.parties.models import Organisation
from tongdian.registers.fields import Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.pages.guarding import done, form_page, guarded, must_edit, now
from tongdian.spoken import reader_language
from tongdian.supervision.actions.subscribing import subscribe_overview, unsubscribe_overview
from tongdian.supervision.models import OverviewSubscription
from tongdian.supervision.pages.asking import asked
from tongdian.supervision.refusing import NoSuchReturn
from tongdian.supervision.rules import READ


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(READ.name)
def subscription(request: HttpRequest) -> HttpResponse:
    """How often the viewer is sent the overview of an office; `end` ends it."""
    about = asked(request)
    if about.office is None:
        raise NoSuchReturn
    must_edit(request, subscribe_overview, {"organisation": about.office})
    back = f"{reverse('supervision')}?office={about.office.short}"
    if "end" in request.POST:
        now(request, unsubscribe_overview, organisation=about.office)
        messages.success(request, gettext("The overview is sent no more."))
        return redirect(back)
    standing = _standing(request.user, about.office)
    fields = subscribe_overview.fields
    values = fields.of(standing) if standing else {"language": reader_language()}
    form = FieldsForm(
        fields, request.POST or None, scope=Scope(request.user, about.office, timezone.localdate()), values=values
    )  # fmt: skip
    made = done(request, form, subscribe_overview, organisation=about.office)
    if made is not None:
        messages.success(
            request, gettext("The overview is sent to %(address)s.") % {"address": made.account.email}
        )
        return redirect(back)
    return form_page(
        request, form, "supervision/by_mail.html", title=gettext("Overview by e-mail"),
        within=about.office.shown_name, standing=standing, crumb=(gettext("Supervision"), back),
    )  # fmt: skip


def by_mail(viewer: Any, office: Organisation) -> dict[str, str] | None:
    """What the overview says of its being sent: how often now, if it is; None for who may not have it sent."""
    if not viewer.has_perm(READ.name, office):
        return None
    found = _standing(viewer, office)
    return {"now": found.get_every_display() if found else ""}


def _standing(viewer: Any, office: Organisation) -> OverviewSubscription | None:
    return OverviewSubscription.objects.filter(account=viewer.pk, organisation=office).first()
