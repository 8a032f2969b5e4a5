"""Whether somebody may do something: one way to ask, one refusal, for every area.

Which role may what is said in parties/rules.py; `has_perm` asks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words


class NotAllowed(Refusal):
    """The person may not do this. `deed` says what, after "you may not"."""

    says = Words("您没有权限{deed}。", "You may not {deed}.")
    status = 403


class NoSuchOrganisation(Refusal):
    """Not there, or not the viewer's to see."""

    says = Words("没有这个单位，或您无权查看。", "There is no such organisation, or it is not yours to see.")
    status = 404


class Permission(NamedTuple):
    """What somebody may do: the name of the permission, and the deed after "you may not"."""

    name: str
    deed: Words


@dataclass(frozen=True)
class Operator:
    """Whoever runs commands on the machine itself: who holds its state folder holds its keys, so may
    do what an administrator may. `name` is that of the machine's user."""

    name: str

    @property
    def actor(self) -> str:
        return f"operator:{self.name}"

    def has_perm(self, permission: str, place: Any = None) -> bool:
        return True


@dataclass(frozen=True)
class Program:
    """Who does what nobody is asked for, such as the duties of a day."""

    pk: None = None
    actor: str = "program"

    def has_perm(self, permission: str, place: Any = None) -> bool:
        return True


def person(viewer: Any) -> Any:
    """The account of who does something; an operator of the machine and the program have none: the audit log names them."""
    found = getattr(viewer, "viewer", viewer)
    return found if isinstance(getattr(found, "pk", None), UUID) else None


def must_be_allowed(viewer: Any, permission: str, deed: Words, place: Any = None) -> None:
    """Raise NotAllowed unless the viewer has the permission in an organisation or (None) anywhere."""
    if viewer is None or not viewer.has_perm(permission, place):
        raise NotAllowed(deed=deed)
