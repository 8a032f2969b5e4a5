"""The tree of organisations, one organisation, and managing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from tongdian.parties import queries
from tongdian.parties.actions import organisations as actions
from tongdian.parties.forms import AdoptionForm, ClosingForm, MoveForm, NewOrganisationForm, OrganisationForm
from tongdian.parties.models import Organisation
from tongdian.parties.pages.asking import ask
from tongdian.parties.permissions import may_everywhere
from tongdian.registers.pages.guarding import guarded
from tongdian.rulebook.queries import readable_packs
from tongdian.spoken import reader_language

EDIT = "parties.edit_organisation"
typing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@guarded("parties.read")
def organisations(request: HttpRequest) -> HttpResponse:
    """The tree as this viewer sees it; `q` narrows it to names, `closed` shows what is gone too."""
    today, text = timezone.localdate(), request.GET.get("q", "").strip()
    with_closed = request.GET.get("closed") == "1"
    rows = queries.tree(request.user, on=None if with_closed else today)
    if text:
        wanted = text.casefold()
        rows = [
            row
            for row in rows
            if wanted
            in f"{row.organisation.name} {row.organisation.name_en} {row.organisation.short}".casefold()
        ]
    context = {
        "rows": rows,
        "q": text,
        "with_closed": with_closed,
        "today": today,
        "may_create": may_everywhere(request.user, EDIT),
    }
    return render(request, "parties/organisations.html", context)


@require_safe
@guarded("parties.read")
def organisation(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """One organisation: what binds it, who works in it, what lies below."""
    one, today = queries.organisation(request.user, organisation), timezone.localdate()
    titles = {pack.id: pack.title.say(reader_language()) for pack in readable_packs()[0]}
    roles = queries.roles_to_fill()
    context = {
        "one": one,
        "today": today,
        "is_closed": not one.in_force.upper_inf and one.in_force.upper <= today,
        "crumbs": queries.above(one),
        "regions": one.regions.select_related("parent"),
        "fills": [roles[role].say(reader_language()) if role in roles else role for role in one.fills],
        "bound": [(titles.get(row.pack, row.pack), row) for row in queries.packs_in_force(one, on=today)],
        "coming": [
            (titles.get(row.pack, row.pack), row)
            for row in one.adoptions.filter(in_force__startswith__gt=today)
        ],
        "people": queries.members(one, on=today),
        "children": queries.organisations(request.user).filter(parent=one),
        "may_edit": request.user.has_perm(EDIT, one),
        "may_edit_people": request.user.has_perm("parties.edit_people", one),
    }
    return render(request, "parties/organisation.html", context)


@typing
@guarded(EDIT)
def new(request: HttpRequest) -> HttpResponse:
    """Create an organisation, below another (`below` in the address) or at the top."""
    above = request.GET.get("below")
    parent = queries.organisation(request.user, above) if above else None
    if parent is None and not may_everywhere(request.user, EDIT):
        raise PermissionDenied
    initial = {"since_on": timezone.localdate(), "region": parent.region if parent else None}
    form = NewOrganisationForm(request.POST or None, initial=initial, roles=_roles())

    def do(given: dict[str, Any]) -> str:
        made = actions.create_organisation(viewer=request.user, parent=parent, at=timezone.now(), **given)
        return reverse("organisation", args=[made.id])

    lead = gettext("Below %(name)s") % {"name": parent.shown_name} if parent else ""
    back = _address(parent) if parent else reverse("organisations")
    return ask(
        request,
        form,
        do,
        title=gettext("New organisation"),
        lead=lead,
        back=back,
        submit=gettext("Create"),
        crumbs=_crumbs(parent),
    )


@typing
@guarded(EDIT)
def edit(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Rename it, change its regions, roles and hotline."""
    one = _editable(request, organisation)

    def standing() -> tuple[str, dict[str, Any]]:
        row = queries.organisation(request.user, organisation)
        given = {name: getattr(row, name) for name in OrganisationForm.base_fields if name != "regions"}
        return actions.mark(row), given | {"regions": list(row.regions.all())}

    form = OrganisationForm(request.POST or None, initial=standing()[1], roles=_roles(one.fills))

    def do(given: dict[str, Any]) -> str:
        actions.change_organisation(viewer=request.user, organisation=one, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("Edit organisation"),
        submit=gettext("Save"),
        back=_address(one),
        crumbs=_crumbs(one),
        done=gettext("Saved."),
        standing=standing,
    )


@typing
@guarded(EDIT)
def move(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Put it elsewhere in the tree, with all below it."""
    one, today = _editable(request, organisation), timezone.localdate()
    choices = (
        queries.organisations(request.user)
        .filter(in_force__contains=today)
        .exclude(ancestors__contains=[one.id])
    )
    form = MoveForm(request.POST or None, initial={"below": one.parent}, choices=choices)

    def do(given: dict[str, Any]) -> str:
        actions.move_organisation(viewer=request.user, organisation=one, at=timezone.now(), **given)
        return _address(one)

    def standing() -> tuple[str, dict[str, Any]]:
        row = queries.organisation(request.user, organisation)
        return actions.mark(row), {"below": row.parent}

    return ask(
        request,
        form,
        do,
        title=gettext("Move"),
        submit=gettext("Move"),
        back=_address(one),
        lead=gettext("Everything below it moves along; roles count anew from now on."),
        crumbs=_crumbs(one),
        standing=standing,
    )


@typing
@guarded(EDIT)
def close(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Close it; it is kept with all it did."""
    one = _editable(request, organisation)
    form = ClosingForm(request.POST or None, initial={"on": timezone.localdate()})

    def do(given: dict[str, Any]) -> str:
        actions.close_organisation(viewer=request.user, organisation=one, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("Close the organisation"),
        submit=gettext("Close it"),
        lead=gettext("It is never deleted: what it did stays, and nothing new begins in it."),
        back=_address(one),
        crumbs=_crumbs(one),
        danger=True,
    )


@typing
@guarded(EDIT)
def adopt(request: HttpRequest, organisation: UUID) -> HttpResponse:
    """Let a regulation bind it from a day on."""
    one = _editable(request, organisation)
    listed = [(pack.id, pack.title.say(reader_language())) for pack in readable_packs()[0] if not pack.place]
    form = AdoptionForm(request.POST or None, initial={"on": timezone.localdate()}, packs=listed)

    def do(given: dict[str, Any]) -> str:
        actions.adopt_pack(viewer=request.user, organisation=one, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("Adopt a regulation"),
        submit=gettext("Adopt"),
        lead=gettext("It binds the organisation and everything below it."),
        back=_address(one),
        crumbs=_crumbs(one),
    )


@typing
@guarded(EDIT)
def end_adoption(request: HttpRequest, organisation: UUID, pack: str) -> HttpResponse:
    """A regulation binds it no longer."""
    one = _editable(request, organisation)
    form = ClosingForm(request.POST or None, initial={"on": timezone.localdate()})

    def do(given: dict[str, Any]) -> str:
        actions.end_adoption(viewer=request.user, organisation=one, pack=pack, at=timezone.now(), **given)
        return _address(one)

    return ask(
        request,
        form,
        do,
        title=gettext("End the adoption"),
        submit=gettext("End it"),
        lead=gettext("Cases that began under the regulation stay under it."),
        back=_address(one),
        crumbs=_crumbs(one),
        danger=True,
    )


def _editable(request: HttpRequest, id_: UUID) -> Organisation:
    one = queries.organisation(request.user, id_)
    if not request.user.has_perm(EDIT, one):
        raise PermissionDenied
    return one


def _roles(also: list[str] | None = None) -> list[tuple[str, str]]:
    said = {name: title.say(reader_language()) for name, title in queries.roles_to_fill().items()}
    return [*said.items(), *((role, role) for role in also or () if role not in said)]


def _address(one: Organisation) -> str:
    return reverse("organisation", args=[one.id])


def _crumbs(one: Organisation | None) -> list[tuple[str, str]]:
    crumbs = [(gettext("Organisations"), reverse("organisations"))]
    return [*crumbs, (one.shown_name, _address(one))] if one else crumbs
