"""The pages of the public, who need not sign in, and what offices do about what comes from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tongdian.allowed import NotAllowed
from tongdian.cases.rules import NoSuchCase
from tongdian.connections import queries
from tongdian.connections.rules import DraftGone, NoSuchService, NotFoundTogether
from tongdian.notices.rules import NATIONAL_HOTLINE
from tongdian.parties.models import Organisation
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.pages.saying import reader_language

View = Callable[..., HttpResponse]


def say(refusal: Refusal) -> str:
    """A refusal in the reader's language."""
    return refusal.say(reader_language())


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

    return shown


def staff_page(permission: str) -> Callable[[View], View]:
    """A page for who has a permission somewhere; what they may not see is not found."""

    def wrap(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.has_perm(permission):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except (NoSuchCase, NotFoundTogether):
                raise Http404 from None
            except NotAllowed:
                raise PermissionDenied from None

        return shown

    return wrap
