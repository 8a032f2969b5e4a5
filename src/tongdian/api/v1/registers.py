"""The operations of a register: list, show, add, change, remove, as its pages have them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field as Described
from pydantic import create_model

from tongdian.allowed import must_be_allowed
from tongdian.api.rules import SeenMissing
from tongdian.api.shapes.cases import SEEN, Asked, Seeing, Seen
from tongdian.api.v1.asking import ADMINISTRATION, REFUSED, STAFF, viewer_of
from tongdian.api.v1.doing import deed as once
from tongdian.api.v1.paging import After, Limit, page
from tongdian.calendar import legal_day
from tongdian.registers.action import Action
from tongdian.registers.fields import Field, Fields, Scope
from tongdian.registers.register import FurtherAction, Register
from tongdian.registers.sorts import Text

CHANGES = "What is to be otherwise; what is not named stays as it is."


def seen_in(request: HttpRequest, asked: Any) -> str:
    """The state that a request names, in its body or in If-Match. Raises SeenMissing."""
    seen: str = (asked.seen if asked is not None else "") or request.headers.get("If-Match", "").strip(' "')
    if not seen:
        raise SeenMissing
    return seen


def operations(register: Register) -> Router:
    """A router with everything that a program may do with a register."""
    auth = ADMINISTRATION if register.administers else STAFF
    router = Router(tags=[register.model._meta.app_label], auth=auth)
    one, many = register.one_name, register.name.replace("-", "_")
    name = "".join(part.title() for part in one.split("_"))
    about, listed = register.api
    out = _answer(f"{name}Out", register, about)
    several = create_model(
        "".join(part.title() for part in many.split("_")),
        __base__=Schema,
        __doc__=f"A page of {many.replace('_', ' ')}.",
        items=(list[out], ...),  # type: ignore[valid-type]
        next=(str | None, ...),
    )

    def list_(request: HttpRequest, **given: Any) -> Any:
        viewer, after, limit = viewer_of(request), given.pop("after"), given.pop("limit")
        found = page(register.narrowed(viewer, given), after, limit, lambda row: row)
        return found | {"items": _given_out(register, viewer, found["items"])}

    def show(request: HttpRequest, id_: UUID) -> Any:
        return _given_out(register, viewer_of(request), [register.find(viewer_of(request), id_)])[0]

    def history(request: HttpRequest, id_: UUID) -> Any:
        assert register.dated is not None
        rows = register.dated.history(register.find(viewer_of(request), id_))
        return {"items": _given_out(register, viewer_of(request), list(rows)), "next": None}

    def add(request: HttpRequest, asked: Any) -> Any:
        must_be_allowed(viewer_of(request), *register.add.may)  # before anything is looked up for them
        made = do_as_asked(register.add, request, asked.model_dump())
        return _given_out(register, viewer_of(request), [made])[0]

    def change(request: HttpRequest, id_: UUID, asked: Any) -> Any:
        found = register.find(viewer_of(request), id_)
        given = asked.model_dump(exclude_unset=True)
        given.pop("seen", None)
        about = {register.subject: found, "seen": seen_in(request, asked)}
        changed = do_as_asked(register.change, request, given, **about)
        return show(request, changed.pk)

    def remove(request: HttpRequest, id_: UUID, asked: Seeing | None = None) -> Any:
        gone, seen = register.find(viewer_of(request), id_), seen_in(request, asked)
        said = _given_out(register, viewer_of(request), [gone])[0]
        assert register.remove is not None
        about = {register.subject: gone, "seen": seen}
        register.remove(viewer=viewer_of(request), at=timezone.now(), **about)
        return said

    def told(verb: str, what: str, doc: str) -> dict[str, Any]:
        area = register.model._meta.app_label
        return {
            "operation_id": f"tongdian_api_v1_{area}_{verb}_{what}",
            "summary": f"{verb} {what}".replace("_", " ").title(),
            "description": doc,
        }

    answers: dict[Any, Any] = {**REFUSED}
    asked_of = {one.field.name: as_parameter(one.field) for one in register.filters}
    takes(list_, asked_of | {"after": (After, ""), "limit": (Limit, 50)})
    router.get("", response={200: several, **answers}, **told("list", many, listed))(list_)
    doc = f"One {one.replace('_', ' ')}."
    router.get("/{uuid:id_}", response={200: out, **answers}, **told("show", one, doc))(show)
    if register.dated is not None:
        doc = f"What held of one {one.replace('_', ' ')} when, the newest first."
        history_told = told("history_of", one, doc)
        router.get("/{uuid:id_}/history", response={200: several, **answers}, **history_told)(history)
    takes(add, {"asked": (shape_of(f"Add{name}", register.add.fields, about), ...)})
    once(router, "", gives=out, status=201, **told("add", one, _says(register.add)))(add)
    asked = shape_of(f"Change{name}", register.change.fields, CHANGES, is_change=True)
    takes(change, {"id_": (UUID, ...), "asked": (asked, ...)})
    once(router, "/{uuid:id_}/change", gives=out, **told("change", one, _says(register.change)))(change)
    if register.remove is not None:
        doc = _says(register.remove)
        once(router, "/{uuid:id_}/remove", gives=out, **told("remove", one, doc))(remove)
    for deed in register.deeds:
        _operation(router, register, deed, out, told(deed.slug.replace("-", "_"), one, _says(deed.action)))
    return router


def doing_with(
    router: Router,
    path: str,
    action: Action[Any, Any],
    *,
    find: Callable[[Any, Any], Any],
    gives: type[Schema],
    answer: Callable[[Any, Any], Any],
) -> None:
    """One more that is done with a thing of a list that is no register: `find` gives it for a viewer by
    its id, `answer` says what to give back of it and of what was done."""

    def doing(request: HttpRequest, id_: UUID, asked: Any) -> Any:
        thing = find(viewer_of(request), id_)
        made = do_as_asked(action, request, asked.model_dump(exclude_unset=True), **{action.at: thing})
        return answer(thing, made)

    name = "".join(part.title() for part in action.name.split("-"))
    about = {"id_": (UUID, ...), "asked": (shape_of(name, action.fields, _says(action)), ...)}
    takes(doing, about)
    told: dict[str, Any] = {
        "operation_id": f"tongdian_api_v1_money_{action.name.replace('-', '_')}",
        "summary": action.name.replace("-", " ").title(),
        "description": _says(action),
    }
    once(router, path, gives=gives, **told)(doing)


def _operation(
    router: Router, register: Register, deed: FurtherAction, gives: type[Schema], told: dict[str, Any]
) -> None:
    """One more that is done with a thing, which is answered as it is afterwards."""

    def answer(viewer: Any, id_: UUID, done: Any) -> Any:
        return _given_out(register, viewer, [register.find(viewer, id_)])[0]

    operation(
        router,
        f"/{{uuid:id_}}/{deed.slug}",
        deed.action,
        find=register.find,
        answer=answer,
        gives=gives,
        **told,
    )


def operation(
    router: Router,
    path: str,
    action: Action[Any, Any],
    *,
    find: Callable[[Any, UUID], Any],
    answer: Callable[[Any, UUID, Any], Any],
    gives: type[Schema],
    **told: Any,
) -> None:
    """An action on what `find` gives for `id_` of the path, asked by its fields; `answer` gives out what
    was done."""

    def doing(request: HttpRequest, id_: UUID, asked: Any) -> Any:
        viewer = viewer_of(request)
        about = {action.at: find(viewer, id_)}
        done = do_as_asked(action, request, asked.model_dump(exclude_unset=True), **about)
        return answer(viewer, id_, done)

    name = "".join(part.title() for part in action.name.split("-"))
    asked = shape_of(name, action.fields, _says(action))
    takes(doing, {"id_": (UUID, ...), "asked": (asked, ...)})
    once(router, path, gives=gives, **told)(doing)


def do_as_asked(deed: Action[Any, Any], request: HttpRequest, given: Any, **about: Any) -> Any:
    """Do an action now, by who calls, with what was asked read by its fields."""
    viewer, now = viewer_of(request), timezone.now()
    scope = Scope(viewer, on=legal_day(now))
    read = {name: deed.fields[name].read(value, scope) for name, value in given.items()}
    return deed(viewer=viewer, at=now, **about, **read)


def _given_out(register: Register, viewer: Any, things: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.pk,
            **{field.name: field.given_out(values[field.name]) for field in register.shown},
            "seen": register.mark(one),
        }
        for one, values in register.values(viewer, things)
    ]


def _answer(name: str, register: Register, about: str) -> type[Schema]:
    """The shape of one thing, as it is answered."""
    fields: dict[str, Any] = {"id": (UUID, ...)}
    for one in register.shown:
        may_lack = one.empty is None and one.optional
        kind = one.gives() | None if may_lack else one.gives()
        fields[one.name] = (kind, Described(description=one.api or None))
    fields["seen"] = (str, Described(description="what it says now, in short: name it when changing it"))
    return create_model(name, __base__=Schema, __doc__=about, **fields)


def shape_of(
    name: str, fields: Fields, about: str, *, is_change: bool = False, seen: str = ""
) -> type[Asked]:
    """The shape of what is asked. Left out is not the same as null in a change. `seen` describes the state that is
    named by who saw it, where it is none of a register's."""
    shape: dict[str, Any] = {}
    for one in fields:
        kind = one.shape() | None if one.optional and not isinstance(one, Text) else one.shape()
        default: Any = ... if one.required else one.unsaid
        default = str(default) if isinstance(default, Decimal) else default
        if is_change and not one.asked_anew:
            kind, default = kind | None, None
        called = one.api_name or None
        shape[one.name] = (kind, Described(default, alias=called, description=one.api or None))
    if is_change:
        shape["seen"] = (Seen, Described("", description=SEEN))
    elif seen:
        shape["seen"] = (Seen, Described("", description=seen))
    return create_model(name, __base__=Asked, __doc__=about, **shape)


def as_parameter(field: Field) -> tuple[Any, Any]:
    """A filter as a parameter of the address."""
    told: Any = {"description": field.api or None}
    if isinstance(field, Text):
        return Annotated[str, Query(max_length=field.most, **told)], ""  # type: ignore[type-arg]
    return Annotated[field.shape() | None, Query(**told)], None  # type: ignore[type-arg]


def takes(view: Callable[..., Any], given: dict[str, tuple[Any, Any]]) -> None:
    """Say what a view takes, where it is not written down: Ninja reads the signature."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter("request", kind, annotation=HttpRequest)]
    for name, (annotation, default) in given.items():
        default = inspect.Parameter.empty if default is ... else default
        parameters.append(inspect.Parameter(name, kind, annotation=annotation, default=default))
    view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]


def _says(deed: Action[Any, Any]) -> str:
    """The first sentence of what an action says of itself."""
    return (deed.__doc__ or "").strip().splitlines()[0].partition(" Raises ")[0]
