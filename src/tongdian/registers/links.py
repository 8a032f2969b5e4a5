"""A field that leads to another thing of the record."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from django import forms
from django.db.models import Model, QuerySet, UUIDField
from pydantic import StringConstraints

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words
from tongdian.registers.fields import ANYWHERE, NOTHING, Field, Scope

NO_SUCH = Words("没有编号为“{code}”的{what}", 'there is no {what} of the code "{code}"')
SEVERAL = Words("有多个{what}的编号是“{code}”", 'several have the code "{code}" ({what})')


def as_uuid(given: Any) -> UUID | None:
    """An id, if it is one."""
    try:
        return given if isinstance(given, UUID) else UUID(str(given))
    except ValueError:
        return None


@dataclass(frozen=True)
class Link(Field):
    """Another thing: by its id for programs, by its code for people and spreadsheets.

    `among(scope)` are those that may be named; `unknown` is raised for an id that is none of them, so
    that what somebody may not see does not exist for them (404); a code that leads nowhere is refused
    beside its field.
    """

    to: type[Model] = field(kw_only=True)
    among: Callable[[Scope], QuerySet[Any]] = field(kw_only=True)
    unknown: type[Refusal] = field(kw_only=True)
    by: str = field(default="code", kw_only=True)
    what: Words = field(default=NOTHING, kw_only=True)
    picks: bool = field(default=False, kw_only=True)  # chosen from a list; else typed as a code

    def parsed(self, given: Any, scope: Scope) -> Any:
        """The one of that id or code."""
        if isinstance(given, self.to):
            return given
        rows = self.among(scope)
        if self._has_uuid and (id_ := as_uuid(given)) is not None:
            found = rows.filter(pk=id_).first()
            if found is None:
                raise self.unknown().about(self.name)
            return found
        return self.only(list(rows.filter(**{self.by: given})[:2]), str(given))

    def only(self, found: list[Any], code: str) -> Any:
        """The one that has a code. Raises BadValue for none and for several."""
        if len(found) != 1:
            said = SEVERAL if found else NO_SUCH
            raise self.bad(said, code=code[:60], what=self.what if self.what.zh else self.title)
        return found[0]

    def taken(self, value: Any, scope: Scope) -> Any:
        """A thing of the right sort."""
        if not isinstance(value, self.to):
            raise self.bad(NO_SUCH, code=str(value)[:60], what=self.title)
        return value

    def of_cell(self, cell: Any) -> str:
        """A code, plain."""
        return unicodedata.normalize("NFKC", super().of_cell(cell)).replace(" ", "")

    def text(self, value: Any) -> str:
        """Its code."""
        return "" if value is None else str(getattr(value, self.by))

    def said(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """Its name."""
        return "" if value is None else str(value)

    def filed(self, value: Any, language: str, scope: Scope = ANYWHERE) -> str:
        """Its code."""
        return self.text(value)

    def given_out(self, value: Any) -> Any:
        """Its id."""
        return None if value is None else value.pk

    def typed(self, value: Any) -> Any:
        """What the control has: an id of a list, or a code."""
        return (value.pk if value is not None else "") if self.picks else self.text(value)

    def control(self, scope: Scope) -> forms.Widget:
        """A list, or a code to type."""
        if not self.picks:
            return forms.TextInput(attrs={"maxlength": 40})
        offered = [(str(one.pk), str(one)) for one in self.among(scope).order_by(self.by)]
        return forms.Select(choices=[("", "---------"), *offered])

    def shape(self) -> Any:
        """An id."""
        return UUID if self._has_uuid else Annotated[str, StringConstraints(max_length=40)]

    def gives(self) -> Any:
        """An id."""
        return UUID if self._has_uuid else str

    def columns(self, value: Any) -> dict[str, Any]:
        """The foreign key's column."""
        return {f"{self.name}_id": None if value is None else value.pk}

    @property
    def _has_uuid(self) -> bool:
        return isinstance(self.to._meta.pk, UUIDField)
