"""Fields that lead to organisations and regions."""

from tongdian.allowed import NoSuchOrganisation
from tongdian.parties.models import Organisation
from tongdian.parties.queries import manageable
from tongdian.policy.words import Words
from tongdian.registers.links import Link


def organisation_link(permission: str) -> Link:
    """The organisation that a thing belongs to: one in force, in which the viewer has a permission.

    An office that works for its campus names the campus, by the API as on the page.
    """
    return Link(
        "organisation",
        Words("单位", "Organisation"),
        to=Organisation,
        by="short",
        among=lambda scope: (
            manageable(scope.viewer, permission, on=scope.on) if scope.on else Organisation.objects.none()
        ),
        unknown=NoSuchOrganisation,
        fixed=True,
    )
