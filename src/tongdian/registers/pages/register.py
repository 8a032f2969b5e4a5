"""The pages of registers: list, export, views; entering, changing, removing.

A page that is special is written by hand in its area and has its own address; it makes a `FieldsForm`
of the same fields and calls the same actions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.action import Action
from tongdian.registers.fields import Fields, Scope
from tongdian.registers.forms import FieldsForm
from tongdian.registers.links import as_uuid
from tongdian.registers.pages.guarding import View, chosen_one, done, form_page, guarded, must_edit, now
from tongdian.registers.pages.list_tools import as_file, keep_view, list_tools
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Number
from tongdian.spoken import reader_language, say

PAGE = 50
ADD = Words("登记{one}", "Add {one}")


def addresses(register: Register) -> list[URLPattern]:
    """Where a register's pages are."""
    at, one, many = register.at, register.dashed, register.name
    found = {
        "list": [
            path(at, _listed(register), name=many),
            path(f"{at}views/", _views(register), name=f"{many}-views"),
        ],
        "export": [path(f"{at}export/", _export(register), name=f"{many}-export")],
        "new": [path(register.new_at.format(at=at), _add(register), name=f"{one}-new")],
        "change": [path(register.change_at.format(at=at), _change(register), name=f"{one}-change")],
    }
    if register.remove is not None:
        found["remove"] = [
            path(f"{at}<uuid:id_>/remove/", _remove(register, register.remove), name=f"{one}-remove")
        ]
    deeds = [
        path(f"{at}<uuid:id_>/{deed.slug}/", _deed(register, deed), name=f"{one}-{deed.slug}")
        for deed in register.deeds
    ]
    return [*(address for sort in sorted(register.pages & found.keys()) for address in found[sort]), *deeds]


# ---------------------------------------------------------------- looking
IMPORT = "agreements.import"  # the permission of bringing in spreadsheets, which is of an area above


def _sheet(register: Register, request: HttpRequest) -> str:
    """Where a spreadsheet of its rows is brought in, for whoever may."""
    may = register.is_imported and request.user.has_perm(IMPORT)
    return f"{reverse('imports')}?kind={register.name}" if may else ""


def _listed(register: Register) -> View:
    @require_safe
    @guarded(register.reads)
    def listed(request: HttpRequest) -> HttpResponse:
        form = _filters(register, request)
        rows = _after(_rows(register, request, form), register.order, request.GET.get("after", ""))
        things = list(rows[: PAGE + 1])
        heads = [(field, say(field.title), isinstance(field, Number)) for field in register.shown]
        opens = _opening(register, request)
        lines = [
            (
                register.page_of(one) if opens(one) else "",
                [
                    (head, field.said(has.get(field.name), reader_language(), register.scope_of(one)), right)
                    for field, head, right in heads
                ],
            )
            for one, has in register.values(request.user, things[:PAGE])
        ]
        context = {
            "title": say(register.title),
            "form": form,
            "heads": heads,
            "lines": lines,
            "next": things[PAGE - 1].pk if len(things) > PAGE else None,
            "query": _query(request),
            "listed": list_tools(request, register.name, query=_query(request)),
            "here": reverse(register.name),
            "add": _new_at(register) if request.user.has_perm(register.add.may.name) else "",
            "sheet": _sheet(register, request),
            "add_title": say(ADD.fill(one=register.one)),
        }
        return render(request, "registers/list.html", context)

    return listed


def _opening(register: Register, request: HttpRequest) -> Callable[[Any], bool]:
    """Whether the viewer may open the page of a row: where that is the form by which it is changed, who changes it."""
    if register.page is not None or register.change is None:
        return lambda one: True
    known: dict[Any, bool] = {}

    def opens(one: Any) -> bool:
        organisation = register.change.within(one)
        if organisation.pk not in known:
            known[organisation.pk] = bool(request.user.has_perm(register.change.may.name, organisation))
        return known[organisation.pk]

    return opens


def _new_at(register: Register) -> str:
    """Where one is entered, unless that is at the page of what it belongs to."""
    return "" if "<" in register.new_at else reverse(f"{register.dashed}-new")


def _export(register: Register) -> View:
    @require_POST
    @guarded(register.reads)
    def export(request: HttpRequest) -> HttpResponseBase:
        rows = _rows(register, request, _filters(register, request))
        return as_file(
            request,
            of=register.name,
            title=say(register.title),
            lines=register.lines(request.user, rows, reader_language()),
            query=_query(request),
        )

    return export


def _views(register: Register) -> View:
    @require_POST
    @guarded(register.reads)
    def views(request: HttpRequest) -> HttpResponse:
        return keep_view(request, register.name)

    return views


def _filters(register: Register, request: HttpRequest) -> FieldsForm:
    asked = Fields(*(one.field for one in register.filters))
    data = request.GET if set(request.GET) & set(asked.by_name) else None
    return FieldsForm(asked, data, scope=Scope(request.user))


def _rows(register: Register, request: HttpRequest, form: FieldsForm) -> QuerySet[Any]:
    if not form.is_bound:
        return register.rows(request.user)
    if not form.is_valid():
        return register.rows(request.user).none()
    return register.narrowed(request.user, form.cleaned_data)


def _after(rows: QuerySet[Any], order: str, after: str) -> QuerySet[Any]:
    """Rows in order behind the one of that id: the thousandth page costs what the first does."""
    if (id_ := as_uuid(after)) and (last := rows.model._default_manager.filter(pk=id_).first()):
        value = getattr(last, order)
        rows = rows.filter(Q(**{f"{order}__gt": value}) | Q(**{order: value}, pk__gt=id_))
    return rows.order_by(order, "pk")


def _query(request: HttpRequest) -> str:
    filters = request.GET.copy()
    filters.pop("after", None)
    return filters.urlencode()


# ---------------------------------------------------------------- doing
def _add(register: Register) -> View:
    asked, parents = register.add.fields.without(register.parent), register.fields[register.parent]

    @require_http_methods(["GET", "HEAD", "POST"])
    @guarded(register.add.may.name)
    def add(request: HttpRequest, id_: UUID | None = None) -> HttpResponse:
        scope = Scope(request.user, on=timezone.localdate())
        if id_ is None:
            parent = chosen_one(request, list(parents.among(scope).order_by("name")))  # type: ignore[attr-defined]
            if isinstance(parent, HttpResponse):
                return parent
        else:
            parent = parents.read(id_, scope)
        given = {register.parent: parent}
        organisation = must_edit(request, register.add, given)
        form = FieldsForm(asked, request.POST or None, scope=Scope(request.user, organisation, scope.on))
        made = done(request, form, register.add, **given)
        if made is not None:
            messages.success(request, gettext("%(name)s is entered.") % {"name": made})
            return redirect(register.page_of(made))
        title = say(ADD.fill(one=register.one))
        return form_page(request, form, title=title, within=str(parent), crumb=_crumb(register))

    return add


def _crumb(register: Register) -> tuple[str, str] | None:
    """The list that a form belongs to: its title and address."""
    return (say(register.title), reverse(register.name)) if "list" in register.pages else None


def _change(register: Register) -> View:
    asked, deed = register.change.fields, register.change

    @require_http_methods(["GET", "HEAD", "POST"])
    @guarded(deed.may.name)
    def change(request: HttpRequest, id_: UUID) -> HttpResponse:
        one = register.find(request.user, id_)
        organisation = must_edit(request, deed, {register.subject: one})
        scope = Scope(request.user, organisation, timezone.localdate())
        form = FieldsForm(
            asked, request.POST or None, scope=scope, values=asked.of(one), seen=register.mark(one)
        )
        changed = done(request, form, deed, **{register.subject: one})
        if changed is not None:
            messages.success(request, gettext("Kept."))
            return redirect(register.page_of(changed))
        context: dict[str, Any] = {
            "title": str(one),
            "within": str(getattr(one, register.parent)),
            "told": _told(register, request.user, one, asked),
            "remove": reverse(f"{register.dashed}-remove", args=[one.pk]) if register.remove else "",
            "history": _history(register, request.user, one) if register.dated else None,
            "crumb": _crumb(register),
        }
        return form_page(request, form, **context)

    return change


def _deed(register: Register, deed: FurtherAction) -> View:
    action = deed.action

    @require_http_methods(["GET", "HEAD", "POST"])
    @guarded(action.may.name)
    def doing(request: HttpRequest, id_: UUID) -> HttpResponse:
        one = register.find(request.user, id_)
        organisation = must_edit(request, action, {action.at: one})
        scope = Scope(request.user, organisation, timezone.localdate())
        values = deed.stands(one, request.GET.dict())
        form = FieldsForm(action.fields, request.POST or None, scope=scope, values=values)
        form.initial.update({"on": timezone.localdate()} if "on" in form.fields else {})
        form.initial.update({name: request.GET[name] for name in form.fields if name in request.GET})
        typed = {name: request.POST.get(of, "") for name, of in deed.as_typed.items()}
        if done(request, form, action, **{action.at: one}, **typed) is not None:
            messages.success(request, say(deed.said))
            return redirect(register.page_of(one))
        context: dict[str, Any] = {
            "title": say(deed.title),
            "within": " · ".join(
                [str(one), str(organisation), *([say(note)] if (note := deed.note(one)) else [])]
            ),
            "crumb": (str(one), register.page_of(one)),
        }
        return form_page(request, form, **context)

    return doing


def _told(register: Register, viewer: Any, one: Any, asked: Fields) -> list[tuple[str, str]]:
    """What a thing says that its change does not ask, as of a record that is only ever taken back."""
    ((_, has),) = register.values(viewer, [one])
    kept = [field for field in register.fields if field.name not in {other.name for other in asked}]
    said = [(say(field.title), field.said(has.get(field.name), reader_language())) for field in kept]
    return [(title, value) for title, value in said if value]


def _history(register: Register, viewer: Any, one: Any) -> list[tuple[Any, list[tuple[str, str]]]]:
    """What held of a thing when, the newest first."""
    assert register.dated is not None
    rows = list(register.dated.history(one))
    return [
        (
            row,
            [
                (say(field.title), field.said(has.get(field.name), reader_language()))
                for field in register.shown
            ],
        )
        for row, has in register.values(viewer, rows)
    ]


def _remove(register: Register, deed: Action[Any, None]) -> View:
    @require_POST
    @guarded(deed.may.name)
    def remove(request: HttpRequest, id_: UUID) -> HttpResponse:
        one, seen = register.find(request.user, id_), request.POST.get("seen", "")
        home = register.home(one) if register.home else reverse(register.name)
        must_edit(request, deed, {register.subject: one})
        try:
            now(request, deed, **{register.subject: one}, seen=seen)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            messages.error(request, say(refusal))
            return redirect(register.page_of(one))
        messages.success(request, gettext("%(name)s is removed.") % {"name": one})
        return redirect(home)

    return remove
