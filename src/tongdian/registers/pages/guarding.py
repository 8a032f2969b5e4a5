"""What every page of staff does: who may come, what is done with a form, how a refusal is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from tongdian.policy.refusals import Refusal
from tongdian.registers.action import Action, ChangedMeanwhile
from tongdian.registers.forms import FieldsForm
from tongdian.spoken import say

View = Callable[..., HttpResponseBase]


def guarded(permission: str = "") -> Callable[[View], View]:
    """A page for who has a permission somewhere; a stranger signs in first, and what somebody may not
    see is not found."""

    def wrap(view: View) -> View:
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if permission and not request.user.has_perm(permission):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                if refusal.status == 403:
                    raise PermissionDenied from None
                if refusal.status == 404:
                    raise Http404 from None
                raise

        return shown

    return wrap


def done(request: HttpRequest, form: FieldsForm, deed: Action[Any, Any], /, **given: Any) -> Any:
    """What the action gave back; None while nothing is typed, or after its refusal is said on the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return now(request, deed, **given, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.status in (403, 404) and not refusal.field:
            raise
        form.refused(refusal)
        if isinstance(refusal, ChangedMeanwhile) and deed.of:
            given[deed.of].refresh_from_db()
            form.moved_on(given[deed.of], deed.fields)
        return None


def attempt(form: Any, do: Callable[[], Any]) -> Any:
    """What a deed gave back, or None after its refusal is said on a form that is written by hand."""
    try:
        return do()
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        form.add_error(refusal.field if refusal.field in form.fields else None, say(refusal))
        return None


def now(request: HttpRequest, deed: Action[Any, Any], /, **given: Any) -> Any:
    """Do it, for who is signed in."""
    return deed(viewer=request.user, at=timezone.now(), **given)


def must_edit(request: HttpRequest, deed: Action[Any, Any], given: dict[str, Any]) -> Any:
    """The organisation in which the viewer may do it. Raises PermissionDenied."""
    organisation = deed.within(given[deed.at])
    if not request.user.has_perm(deed.may.name, organisation):
        raise PermissionDenied
    return organisation


def chosen_one(request: HttpRequest, offered: Sequence[Any]) -> Any:
    """The one named by `?for=`; or the page on which it is chosen."""
    chosen = next((one for one in offered if str(one.pk) == request.GET.get("for")), None)
    if chosen is not None:
        return chosen
    if len(offered) == 1:
        return redirect(f"{request.path}?for={offered[0].pk}")
    return render(request, "registers/choose_organisation.html", {"offered": offered})


def form_page(
    request: HttpRequest, form: FieldsForm, template: str = "registers/form.html", **context: Any
) -> HttpResponse:
    """A form, by itself on a page; 422 after a refusal."""
    return render(request, template, {"form": form, **context}, status=status_of(form))


def status_of(form: Any) -> int:
    """422 for a form that was refused."""
    return 422 if form.is_bound and form.errors else 200
