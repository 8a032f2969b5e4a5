"""Webhooks: whom an organisation tells what happens in its cases, and what was sent."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.api import actions, queries
from tongdian.api.forms import KIND_TITLES, WebhookForm
from tongdian.api.models import Subscription
from tongdian.api.rules import NoSuchWebhook
from tongdian.parties.queries import manageable
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

View = Callable[..., HttpResponse]


@require_safe
@never_cache
@guarded("api.edit_webhooks")
def webhooks(request: HttpRequest) -> HttpResponse:
    """Every webhook that the viewer may set up."""
    return render(request, "api/webhooks.html", {"rows": queries.subscriptions(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded("api.edit_webhooks")
def new(request: HttpRequest) -> HttpResponse:
    """Set one up; its secret is shown on the reply, and never again."""
    choices = manageable(request.user, "api.edit_webhooks", on=timezone.localdate())
    form = WebhookForm(request.POST if request.method == "POST" else None, organisations=choices)
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = actions.subscribe(viewer=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            form.add_error(None, say(refused))
        else:
            return _show(request, made, secret=secret)
    status = 422 if request.method == "POST" else 200
    return render(request, "api/webhook_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded("api.edit_webhooks")
def webhook(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One webhook with its deliveries; POST changes it."""
    found = queries.subscription(request.user, id_)
    form = None
    if request.method == "POST":
        form = WebhookForm(request.POST)
        if form.is_valid():
            try:
                actions.change_subscription(
                    viewer=request.user, subscription=found, at=timezone.now(), **form.cleaned_data
                )
            except Refusal as refused:
                form.add_error(None, say(refused))
            else:
                messages.success(request, gettext("Saved."))
                return redirect("webhook", id_)
    return _show(request, found, form=form)


def _show(
    request: HttpRequest, found: Subscription, *, form: WebhookForm | None = None, secret: str = ""
) -> HttpResponse:
    pages = Paginator(queries.deliveries(found), 25)
    initial = {"title": found.title, "address": found.address, "kinds": found.kinds, "is_on": found.is_in_use}
    context = {
        "webhook": found,
        "secret": secret,
        "kinds": [KIND_TITLES[kind] for kind in found.kinds],
        "form": form or WebhookForm(initial=initial),
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "api/webhook.html", context, status=422 if form else 200)


@require_POST
@never_cache
@guarded("api.edit_webhooks")
def act(request: HttpRequest, id_: UUID, deed: str) -> HttpResponse:
    """Try it, send something again, or remove it."""
    found = queries.subscription(request.user, id_)
    try:
        done = _DEEDS[deed](request, found)
    except Refusal as refused:
        messages.error(request, say(refused))
        return redirect("webhook", id_)
    messages.success(request, done)
    return redirect("webhooks") if deed == "remove" else redirect("webhook", id_)


def _ping(request: HttpRequest, found: Subscription) -> str:
    actions.ping(viewer=request.user, subscription=found, at=timezone.now())
    return gettext("A test is on its way; see below how it went.")


def _replay(request: HttpRequest, found: Subscription) -> str:
    one, since = None, None
    if "delivery" in request.POST:
        one = queries.delivery(found, _uuid(request.POST["delivery"]))
    else:
        since = parse_datetime(request.POST.get("since", "").strip() or "-")
        if since is None:
            raise Http404
        since = timezone.make_aware(since) if timezone.is_naive(since) else since
    count = actions.replay(
        viewer=request.user, subscription=found, delivery=one, since=since, at=timezone.now()
    )
    return gettext("%(count)s will be sent again.") % {"count": count}


def _remove(request: HttpRequest, found: Subscription) -> str:
    actions.remove(viewer=request.user, subscription=found, at=timezone.now())
    return gettext("The webhook was removed.")


_DEEDS = {"ping": _ping, "replay": _replay, "remove": _remove}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchWebhook from None
