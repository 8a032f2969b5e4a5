"""The pages of the public, who need not sign in, and what offices do about what comes from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tongdian.cases.rules import NoSuchCase
from tongdian.connections import queries
from tongdian.connections.rules import DraftGone, NoSuchService
from tongdian.notices.rules import NATIONAL_HOTLINE
from tongdian.parties.models import Organisation
from tongdian.spoken import say

View = Callable[..., HttpResponse]


def show(
    request: HttpRequest,
    template: str,
    *,
    office: Organisation | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A public page. Both hotlines stand on every one: the national one, and the office's own or,
    before an office is chosen, everyone's."""
    offices = [office] if office else queries.offices(timezone.localdate())
    framed = {
        **context,
        "office": office,
        "national_hotline": NATIONAL_HOTLINE,
        "own_hotlines": [one for one in offices if one.hotline],
    }
    return render(request, f"connections/{template}", framed, status=status)


def public_page(view: View) -> View:
    """A page for everybody: what is not there is not found, a draft that is gone says so."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (NoSuchService, NoSuchCase):
            raise Http404 from None
        except DraftGone as gone:
            return show(request, "gone.html", said=say(gone), status=410)

    shown.is_public = True  # type: ignore[attr-defined]  # nobody's session ends there
    return shown
