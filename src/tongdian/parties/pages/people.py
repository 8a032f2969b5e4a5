"""People: the list, one person, their account and roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.parties import queries
from tongdian.parties.actions import acting as acting_actions
from tongdian.parties.actions import people as actions
from tongdian.parties.forms import DayForm, NewPersonForm, PersonForm, ReasonForm, RoleForm
from tongdian.parties.models import Account, Membership
from tongdian.parties.pages.asking import ask
from tongdian.parties.permissions import may_everywhere
from tongdian.registers.pages.guarding import guarded

EDIT = "parties.edit_people"
ON_A_PAGE = 50
typing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@guarded("parties.read")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a role where the viewer sees, found by name, user name or phone."""
    today, text = timezone.localdate(), request.GET.get("q", "").strip()
    held = Membership.objects.filter(in_force__contains=today).select_related("organisation")
    rows = queries.people(request.user, text=text).prefetch_related(
        Prefetch("memberships", held, to_attr="present")
    )
    context = {
        "rows": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
        "q": text,
        "may_create": request.user.has_perm(EDIT),
    }
    return render(request, "parties/people.html", context)


@require_safe
@guarded("")
def person(request: HttpRequest, person: UUID) -> HttpResponse:
    """One person: roles with their days, who stands in, and what may be done."""
    one, today = queries.person(request.user, person), timezone.localdate()
    may_edit = request.user.has_perm(EDIT)
    context = {
        "one": one,
        "today": today,
        "is_self": one.id == request.user.id,
        "roles": [
            (row, may_edit and _may_end(request.user, row) and not _is_over(row, today))
            for row in queries.roles_of(one)
        ],
        "acting": [(row, acting_actions.last_day(row)) for row in queries.acting_of(one)[:20]],
        "may_edit": may_edit,
        "may_manage": one.is_active and actions.may_manage_account(request.user, one, on=today),
        "may_appoint": acting_actions.may_appoint_for(request.user, one, on=today),
    }
    return render(request, "parties/person.html", context)


@never_cache
@typing
@guarded(EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """Make an account with its first role; its password is shown once."""
    form = NewPersonForm(
        request.POST or None,
        initial={
            "since_on": timezone.localdate(),
            **({"organisation": request.GET["at"]} if "at" in request.GET else {}),
        },
        **_places(request),
    )

    def do(given: dict[str, Any]) -> HttpResponse:
        made = actions.make_account(viewer=request.user, at=timezone.now(), **given)
        return _password_once(request, made.account, made.password)

    return ask(
        request,
        form,
        do,
        title=gettext("New person"),
        submit=gettext("Make the account"),
        back=reverse("people"),
        crumbs=_crumbs(),
        lead=gettext("The first password is shown once; hand it over in person."),
    )


@typing
@guarded(EDIT)
def edit(request: HttpRequest, person: UUID) -> HttpResponse:
    """Correct a name or phone."""
    one = _managed(request, person)

    def standing() -> tuple[str, dict[str, Any]]:
        row = queries.person(request.user, person)
        return actions.mark(row), {"name": row.name, "phone": row.phone}

    form = PersonForm(request.POST or None, initial=standing()[1])

    def do(given: dict[str, Any]) -> str:
        actions.change_person(viewer=request.user, account=one, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("Edit person"),
        submit=gettext("Save"),
        back=_address(one),
        crumbs=_crumbs(one),
        done=gettext("Saved."),
        standing=standing,
    )


@typing
@guarded(EDIT)
def add_role(request: HttpRequest, person: UUID) -> HttpResponse:
    """A further role."""
    one = queries.person(request.user, person)
    form = RoleForm(request.POST or None, initial={"since_on": timezone.localdate()}, **_places(request))

    def do(given: dict[str, Any]) -> str:
        actions.add_membership(viewer=request.user, account=one, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("Add a role"),
        submit=gettext("Add"),
        back=_address(one),
        crumbs=_crumbs(one),
    )


@typing
@guarded(EDIT)
def end_role(request: HttpRequest, role: UUID) -> HttpResponse:
    """End a role on a day."""
    row = Membership.objects.select_related("organisation", "account").filter(id=role).first()
    if row is None:
        raise Http404
    one = queries.person(request.user, row.account_id)
    form = DayForm(request.POST or None, initial={"on": timezone.localdate()})

    def do(given: dict[str, Any]) -> str:
        actions.end_membership(viewer=request.user, membership=row, on=given["on"], at=timezone.now())
        return _address(one)

    place = row.organisation.shown_name if row.organisation else gettext("the whole installation")
    return ask(
        request,
        form,
        do,
        title=gettext("End the role"),
        submit=gettext("End it"),
        lead=f"{row.get_role_display()} · {place}",
        back=_address(one),
        crumbs=_crumbs(one),
        danger=True,
    )


@never_cache
@typing
@guarded(EDIT)
def reset_password(request: HttpRequest, person: UUID) -> HttpResponse:
    """A new first password, shown once."""
    one = _managed(request, person)
    if request.method != "POST":
        return render(request, "parties/reset_password.html", {"one": one})
    password = actions.reset_password(viewer=request.user, account=one, at=timezone.now())
    return _password_once(request, one, password)


@typing
@guarded(EDIT)
def close(request: HttpRequest, person: UUID) -> HttpResponse:
    """Close an account: its roles end today."""
    one = _managed(request, person)
    form = ReasonForm(request.POST or None)

    def do(given: dict[str, Any]) -> str:
        actions.close_account(viewer=request.user, account=one, at=timezone.now(), **given)
        return reverse("people")

    return ask(
        request,
        form,
        do,
        title=gettext("Close the account"),
        submit=gettext("Close it"),
        lead=gettext("Nobody signs in with it again and its roles end today. What it did stays."),
        back=_address(one),
        crumbs=_crumbs(one),
        danger=True,
        done=gettext("The account is closed."),
    )


def _password_once(request: HttpRequest, one: Account, password: str) -> HttpResponse:
    context = {"one": one, "password": password}
    return render(request, "parties/password_once.html", context)


def _managed(request: HttpRequest, id_: UUID) -> Account:
    one = queries.person(request.user, id_)
    if not one.is_active:
        raise PermissionDenied
    actions.must_manage_account(request.user, one, on=timezone.localdate())
    return one


def _places(request: HttpRequest) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "choices": queries.manageable(request.user, EDIT, on=today),
        "everywhere": may_everywhere(request.user, EDIT),
    }


def _may_end(viewer: Any, row: Membership) -> bool:
    if row.organisation is None:
        return may_everywhere(viewer, EDIT)
    return bool(viewer.has_perm(EDIT, row.organisation))


def _is_over(row: Membership, today: Any) -> bool:
    return row.in_force.upper is not None and row.in_force.upper <= today


def _address(one: Account) -> str:
    return reverse("person", args=[one.id])


def _crumbs(one: Account | None = None) -> list[tuple[str, str]]:
    crumbs = [(gettext("People"), reverse("people"))]
    return [*crumbs, (one.shown_name, _address(one))] if one else crumbs
