"""The network's pages: places, and what feeds them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language

from tongdian.allowed import NotAllowed
from tongdian.network.rules import NoSuchPlace
from tongdian.policy.refusals import Refusal


def staff_page(
    permission: str, *, unknown: type[Refusal] = NoSuchPlace
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page for who has a permission somewhere; what they may not see is not found."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except unknown:
                raise Http404 from None
            except NotAllowed:
                raise PermissionDenied from None

        return shown

    return wrap


def say(refusal: Refusal) -> str:
    """A refusal in the reader's language."""
    return refusal.say(get_language() or "zh")


def done(form: forms.Form, deed: Callable[[], Any]) -> Any:
    """What the deed gave back, or None after its refusal is said on the form."""
    try:
        return deed()
    except NotAllowed:
        raise
    except Refusal as refusal:
        form.add_error(None, say(refusal))
        return None


def status_of(form: forms.Form) -> int:
    """422 for a form that was refused."""
    return 422 if form.is_bound and form.errors else 200
