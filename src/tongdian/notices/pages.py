"""An account's own notices; for staff, how they went out and over which channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.allowed import NotAllowed
from tongdian.notices import actions, queries
from tongdian.notices.forms import ChannelForm
from tongdian.notices.models import Channel
from tongdian.notices.rules import TO_A_GROUP, TO_A_PERSON, ChannelKind, Quiet, State
from tongdian.notices.wordings import wordings
from tongdian.policy.refusals import Refusal
from tongdian.registers.pages.guarding import guarded
from tongdian.spoken import say

PAGE = 50
Page = Callable[..., HttpResponse]


@require_safe
@guarded()
def notices(request: HttpRequest) -> HttpResponse:
    """What this account was told, newest first."""
    rows = Paginator(queries.own_notices(request.user), PAGE).get_page(request.GET.get("page"))
    context = {"rows": rows, "unread": queries.unread_count(request.user)}
    return render(request, "notices/notices.html", context)


@require_safe
@guarded()
def notice(request: HttpRequest, id_: UUID) -> HttpResponse:
    """One notice, which counts as read from now on."""
    one = queries.own_notice(request.user, id_)
    actions.mark_read(viewer=request.user, notices=[one], at=timezone.now())
    context = {
        "notice": one,
        "said": getattr(one, "content", None) and one.content.said,
        "deliveries": one.deliveries.order_by("id"),
    }
    return render(request, "notices/notice.html", context)


@require_POST
@guarded()
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything read."""
    unread = list(queries.own_notices(request.user).filter(is_read=False))  # type: ignore[misc]  # annotated
    actions.mark_read(viewer=request.user, notices=unread, at=timezone.now())
    return redirect("notices")


@require_safe
@guarded()
def deliveries(request: HttpRequest) -> HttpResponse:
    """How the notices of the viewer's organisations went out; what failed first of all."""
    rows = queries.deliveries(request.user)
    failed = rows.filter(state=State.FAILED).count()
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    subject = request.GET.get("subject", "").strip()
    if state in State:
        rows = rows.filter(state=state)
    if kind in ChannelKind:
        rows = rows.filter(kind=kind)
    if subject:
        rows = rows.filter(notice__subject__icontains=subject)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    further = request.GET.copy()
    further.pop("page", None)
    context = {
        "rows": [(row, _about(row.notice.wording)) for row in page],
        "page": page,
        "query": further.urlencode(),
        "failed": failed,
        "states": State.choices,
        "kinds": ChannelKind.choices,
        "filters": {"state": state, "kind": kind, "subject": subject},
        "may_send": request.user.has_perm("notices.send"),
    }
    return render(request, "notices/deliveries.html", context)


@require_POST
@guarded()
def send_again(request: HttpRequest, id_: UUID) -> HttpResponse:
    """Try a failed delivery anew."""
    one = queries.deliveries(request.user).filter(id=id_).first()
    if one is None:
        raise Http404
    _try(
        request,
        lambda: actions.send_again(viewer=request.user, delivery=one, at=timezone.now()),
        gettext("It will be sent again within a minute."),
    )
    return redirect("deliveries")


@require_safe
@guarded()
def channels(request: HttpRequest) -> HttpResponse:
    """Over what each organisation sends."""
    rows = [
        (one, [(kind, _of_kind(known, kind)) for kind in ChannelKind if kind is not ChannelKind.PAGE])
        for one, known in queries.channels(request.user)
    ]
    return render(request, "notices/channels.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@guarded()
def channel(request: HttpRequest, organisation: UUID, kind: str) -> HttpResponse:
    """Set up one channel, and try it."""
    sender, known = _channel(request, organisation, kind)
    kept = ("is_enabled", "quiet_since", "quiet_until")
    initial = {name: getattr(known, name) for name in kept if known}
    form = ChannelForm(
        request.POST or None, initial=initial, kind=kind, has_address=bool(known and known.secret)
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        quiet = Quiet(since=given.pop("quiet_since"), until=given.pop("quiet_until"))
        try:
            actions.set_up_channel(
                viewer=request.user,
                organisation=organisation,
                kind=kind,
                quiet=quiet,
                at=timezone.now(),
                **given,
            )
        except NotAllowed:
            raise
        except Refusal as refused:
            form.add_error("address", say(refused))
        else:
            messages.success(request, gettext("Kept. Now send a test."))
            return redirect("channel", organisation, kind)
    context = {
        "form": form,
        "sender": sender,
        "known": known,
        "kind": ChannelKind(kind),
        "to_a_person": kind in TO_A_PERSON,
        "to_a_group": kind in TO_A_GROUP,
    }
    return render(request, "notices/channel.html", context)


@require_POST
@guarded()
def try_channel(request: HttpRequest, organisation: UUID, kind: str) -> HttpResponse:
    """Send a test message now and say what came back."""
    _sender, known = _channel(request, organisation, kind)
    if known is None:
        raise Http404
    to = request.POST.get("to", "")
    _try(
        request,
        lambda: actions.try_channel(viewer=request.user, channel=known, to=to, at=timezone.now()),
        gettext("The test message was taken."),
    )
    return redirect("channel", organisation, kind)


def _channel(request: HttpRequest, organisation: UUID, kind: str) -> tuple[Any, Channel | None]:
    if kind not in ChannelKind or kind == ChannelKind.PAGE:
        raise Http404
    return queries.channel(request.user, organisation, kind)


def _of_kind(known: list[Channel], kind: ChannelKind) -> Channel | None:
    return next((one for one in known if one.kind == kind), None)


def _try(request: HttpRequest, deed: Callable[[], object], done: str) -> None:
    """Do it, and say how it went at the top of the next page."""
    try:
        deed()
    except NotAllowed:
        raise
    except Refusal as refused:
        messages.error(request, say(refused), extra_tags="danger")
    else:
        messages.success(request, done)


def _about(wording: str) -> str:
    known = wordings().get(wording)
    return say(known.about) if known else wording
