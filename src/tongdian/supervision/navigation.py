"""Where the shell leads to in supervision."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from tongdian.parties.permissions import GOVERNMENT, SUPERVISED, grants
from tongdian.shell.navigation import NavigationEntry, register


def _has_an_office(viewer: Any) -> bool:
    """Whether a role is held in an authority or a supplier: a campus files nothing here."""
    kinds = GOVERNMENT | SUPERVISED
    return any(one.organisation is None or one.organisation.kind in kinds for one in grants(viewer))


register(
    NavigationEntry(
        title=_("Supervision"),
        url_name="supervision",
        icon="eye",
        order=25,
        permission="supervision.read",
        also=("supervision-*",),
        opens=_has_an_office,
    )
)
