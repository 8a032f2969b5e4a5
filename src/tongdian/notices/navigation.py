"""Where the shell leads to in notices, and the bell."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tongdian.notices import (
    health,  # noqa: F401, registers its parts
    queries,
)
from tongdian.shell.navigation import NavigationEntry, add_tool, register

MOST_COUNTED = 99


def bell(request: HttpRequest) -> dict[str, Any] | None:
    """How many notices were not opened yet, for who has signed in."""
    if not request.user.is_authenticated:
        return None
    unread = queries.unread_count(request.user, most=MOST_COUNTED + 1)
    return {"unread": unread, "shown": f"{MOST_COUNTED}+" if unread > MOST_COUNTED else unread}


add_tool("notices/bell.html", bell)
register(
    NavigationEntry(
        title=_("Deliveries"),
        url_name="deliveries",
        icon="send",
        order=410,
        permission="notices.read",
        also=("delivery*",),
    )
)
register(
    NavigationEntry(
        title=_("Channels"),
        url_name="channels",
        icon="speakerphone",
        order=420,
        permission="notices.edit_channels",
        also=("channel*",),
    )
)
