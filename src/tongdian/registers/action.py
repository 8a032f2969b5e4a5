"""What is done, said once: who may, what is asked, what is locked, what the audit log keeps.

    @action("add-feeder", may=EDIT, within="organisation", fields=FEEDER)
    def add_feeder(*, viewer, organisation, code, at, **given) -> Feeder:
        must_be_free(Feeder, code=code, organisation=organisation)
        return Feeder.objects.create(organisation=organisation, code=code, **given)

The function stays ordinary: called by name, with its own arguments, in pages, endpoints, effects and
tests alike. Before it runs, the permission is asked and every value is looked at by its field; it runs
in a transaction; after it, one entry stands in the audit log. Parameters that the body reads are
written out, so that mypy knows them; only what is passed on untouched may be `**given`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import transaction
from django.db.models import Model

from tongdian.allowed import Permission, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.audit_log.models import AppendOnly
from tongdian.calendar import legal_day
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import Fields, Scope
from tongdian.spoken import both

P = ParamSpec("P")
R = TypeVar("R")
Thing = TypeVar("Thing", bound=Model)


class CodeTaken(Refusal):
    """A code names one thing only."""

    says = Words(
        "编号“{code}”已被“{name}”使用；请换一个编号。",
        'The code "{code}" is already that of "{name}"; choose another.',
    )
    field = "code"


class StillUsed(Refusal):
    """Something that other things depend on cannot be removed."""

    says = Words(
        "“{name}”还有{what}，不能删除；请先处理这些。",
        '"{name}" still has {what} and cannot be removed; see to those first.',
    )


class ChangedMeanwhile(Refusal):
    """Somebody else entered or changed the same, after it was looked at or at this moment."""

    says = Words(
        "另一人刚刚录入或更改了同一内容；没有保存任何内容，请查看后再办理。",
        "Somebody else has just entered or changed the same. Nothing was kept: look again.",
    )
    status = 409


class GoneMeanwhile(Refusal):
    """Somebody else removed it, after it was looked at or at this moment."""

    says = Words(
        "另一人刚刚删除了此项；没有保存任何内容。", "Somebody else has just removed it. Nothing was kept."
    )
    status = 404


class Action(Generic[P, R]):
    """An action with what every door must know of it. Made by `@action`."""

    def __init__(
        self,
        do: Callable[P, R],
        *,
        name: str,
        may: Permission,
        within: str,
        fields: Fields,
        of: str,
        mark: Callable[[Any], str] | None = None,
    ) -> None:
        functools.update_wrapper(self, do)
        self.do, self.name, self.may, self.fields, self.of, self.path = do, name, may, fields, of, within
        self.mark = mark or fields.mark  # what its `seen` is compared with
        self.at, _, way = within.partition(".")
        self.within: Callable[[Any], Any] = attrgetter(way) if way else lambda thing: thing
        self._joined = way.replace(".", "__") if way and self.at == of else ""
        self._takes = _parameters(do, fields, self.at, of)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it. Raises NotAllowed, BadValue, ChangedMeanwhile, GoneMeanwhile, and what the action says."""
        given: dict[str, Any] = dict(kwargs)
        # what is seen of no single row, the action compares itself, under its own lock
        seen = None if "seen" in self._takes else given.pop("seen", None)
        if args or (not_taken := set(given) - self._takes):
            raise TypeError(f"{self.name} does not take {args or sorted(not_taken)}")
        viewer, at = given["viewer"], given["at"]
        organisation = self.within(given[self.at])
        must_be_allowed(viewer, *self.may, organisation)
        pack = str(given.get("pack") or getattr(given.get(self.of), "pack", ""))
        scope = Scope(viewer, organisation, legal_day(at), pack)
        with transaction.atomic():
            if not self.of:
                asked, before = self.fields.checked(given, scope), {}
            else:
                subject = given[self.of] = _locked(given[self.of], joined=self._joined)
                if seen is not None and seen != self.mark(subject):
                    raise ChangedMeanwhile
                before = self.fields.of(subject)
                # what stands there and is not named was looked at when it was entered
                named = {
                    one.name: one.checked(given.get(one.name), scope)
                    for one in self.fields
                    if one.name in given or one.asked_anew
                }
                asked = before | named
            said = self._said(given.get(self.of), before, asked)
            name = _name_of(given[self.of]) if self.of else ""
            done = self.do(**given | asked)  # type: ignore[call-arg]  # what P says, looked at above
            record(actor=viewer.actor, action=self.name, subject=name or _name_of(done), payload=said, at=at)
        return done

    def _said(self, subject: Any, before: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was asked; of a change what it changes, how that was, and which secrets."""
        told = self.fields.told(asked)
        if subject is None:
            return told
        if not asked:
            return {"name": str(subject)}
        was = self.fields.told(before)
        changed = {name: value for name, value in told.items() if value != was[name]}
        secrets = [
            one.name
            for one in self.fields
            if one.secret and not one.of_the_deed and asked[one.name] != before[one.name]
        ]
        kept = {name: was[name] for name in changed if not self.fields[name].of_the_deed}
        said = {**changed, "before": kept} if kept or not (changed or secrets) else changed
        return said | ({"changed": secrets} if secrets else {})


def action(
    name: str, *, may: Permission, within: str, fields: Fields = Fields(), of: str = ""
) -> Callable[[Callable[P, R]], Action[P, R]]:
    """Make an action of a function whose arguments all have names, `viewer` and `at` among them.

    `within` is where the permission must hold: an argument, or what it leads to
    ("transformer.feeder.organisation"). `of` is the argument that is changed: its row is read anew and
    locked, what is not given of `fields` stays as it is, and a caller may say in `seen` which state it
    saw (`Fields.mark`), so that of two who change one thing the second is told.
    """

    def make(do: Callable[P, R]) -> Action[P, R]:
        return Action(do, name=name, may=may, within=within, fields=fields, of=of)

    return make


def removal(change: Action[..., Any]) -> Action[..., None]:
    """The action of taking away what was entered by mistake, for who may change it.

    `seen` names the state that `change` would. Raises NotAllowed, ChangedMeanwhile, GoneMeanwhile,
    StillUsed.
    """
    name = change.name.replace("change-", "remove-")

    def remove(**given: Any) -> None:
        _remove_unused(given[change.of])

    remove.__doc__ = f"Take away a {name.removeprefix('remove-').replace('-', ' ')} entered by mistake."
    return Action(
        remove, name=name, may=change.may, within=change.path, fields=Fields(), of=change.of, mark=change.mark
    )


def _remove_unused(thing: Model) -> None:
    used = []
    for relation in thing._meta.related_objects:
        rows = relation.related_model._default_manager.filter(**{relation.field.name: thing})
        if count := rows.count():
            many = both(relation.related_model._meta.verbose_name_plural)
            used.append(Words(f"{many.zh}（{count}）", f"{many.en} ({count})"))
    if used:
        raise StillUsed(name=str(thing), what=used)
    thing.delete()


def must_be_free(model: type[Model], *, but: Model | None = None, **code: Any) -> None:
    """Raise CodeTaken if another thing has this code there."""
    rows = model._default_manager.filter(**code)
    taken = (rows.exclude(pk=but.pk) if but is not None else rows).first()
    if taken is not None:
        raise CodeTaken(code=code["code"], name=str(taken))


def put(thing: Thing, **values: Any) -> Thing:
    """Give a thing its values and keep it."""
    for name, value in values.items():
        setattr(thing, name, value)
    thing.save()
    return thing


def _parameters(do: Callable[..., Any], fields: Fields, *others: str) -> set[str]:
    """The names that an action takes: those asked are among them, or it takes any. Raises TypeError
    when the area is imported, not when somebody acts."""
    parameters = inspect.signature(do).parameters.values()
    named = {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters)
    needed = {"viewer", "at", *(one for one in others if one)} | {one.name for one in fields}
    if not takes_any and (missing := needed - named):
        raise TypeError(f"{do.__name__} does not take {sorted(missing)} by name")
    for one in parameters:
        if one.name in fields and one.default not in (one.empty, fields[one.name].unsaid):
            raise TypeError(f"{do.__name__} has another default of {one.name} than is asked")
    return named | needed


def _locked(thing: Any, *, joined: str) -> Any:
    """The row as it is now, locked, with what leads to its organisation: of a table that only grows just read, for
    nobody changes it. Raises GoneMeanwhile."""
    rows = type(thing)._default_manager.all()
    if not isinstance(thing, AppendOnly):
        rows = rows.select_for_update(of=("self",))
    found = (rows.select_related(joined) if joined else rows).filter(pk=thing.pk).first()
    if found is None:
        raise GoneMeanwhile
    return found


def _name_of(thing: Any) -> str:
    """What the audit log calls a thing: by its number, where the model says so."""
    return getattr(thing, "audit_subject", "") or f"{thing._meta.model_name}:{thing.pk}"
