"""Fields that lead to organisations and regions."""

from collections.abc import Callable
from typing import Any

from tongdian.parties.models import Organisation
from tongdian.parties.queries import NoSuchOrganisation, manageable
from tongdian.policy.words import Words
from tongdian.registers.fields import Scope
from tongdian.registers.links import Link


def organisation_link(permission: str, among: Callable[[Scope], Any] | None = None) -> Link:
    """The organisation that a thing belongs to: one in force, in which the viewer has a permission.

    An office that works for its campus names the campus, by the API as on the page.
    """
    return Link(
        "organisation",
        Words("单位", "Organisation"),
        to=Organisation,
        by="short",
        among=among or (lambda scope: manageable(scope.viewer, permission, on=scope.on)),
        unknown=NoSuchOrganisation,
        fixed=True,
    )
