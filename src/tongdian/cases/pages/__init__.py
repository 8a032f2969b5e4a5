"""The pages of cases: the work list, the list, one case and everything done to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from tongdian.allowed import NotAllowed
from tongdian.cases.rules import NoSuchCase
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.pages.saying import reader_language

View = Callable[..., HttpResponseBase]


def staff_page(permission: str) -> Callable[[View], View]:
    """A page for who has a permission somewhere; a case they may not see is not found."""

    def wrap(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.has_perm(permission):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except NoSuchCase:
                raise Http404 from None
            except NotAllowed:
                raise PermissionDenied from None

        return shown

    return wrap


def say(refusal: Refusal) -> str:
    """A refusal in the reader's language."""
    return refusal.say(reader_language())
