"""The registry of pages that the shell leads to.

An area adds its own in `<area>/navigation.py`, found when Django starts:

    register(Place(_("Regulations"), url_name="packs", icon="book", order=210))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

GROUPS = {1: _("Records"), 2: _("By the book"), 3: _("Organisation"), 4: _("System")}


@dataclass(frozen=True, kw_only=True)
class NavigationEntry:
    """One entry of the navigation.

    `permission` hides it from who may not go there; `on_phone` puts it in the bottom bar too
    (three fit); `also` are URL names or "prefix*" that light it up besides its own; `opens` is for what
    depends on more than a permission; `for_units` is what concerns a unit that is supplied, too.
    """

    title: Any
    url_name: str
    icon: str
    order: int
    permission: str = ""
    on_phone: bool = False
    also: tuple[str, ...] = ()
    opens: Callable[[Any], bool] = lambda viewer: True  # asked of who may
    for_units: bool = False

    @property
    def group(self) -> Any:
        """The heading it stands under, by the hundred of its order; daily work has none."""
        return GROUPS.get(self.order // 100, "")

    @property
    def concerns_units(self) -> bool:
        """Whether it is for who has roles in units alone: what is for everybody, and what says so."""
        return self.for_units or not self.permission

    @property
    def address(self) -> str:
        """Where it leads."""
        return reverse(self.url_name)

    def is_open_to(self, viewer: Any) -> bool:
        """Whether this viewer sees it."""
        return (not self.permission or viewer.has_perm(self.permission)) and self.opens(viewer)

    def leads_to(self, url_name: str) -> bool:
        """Whether the page of that name is this place or lies under it."""
        return url_name == self.url_name or any(
            url_name.startswith(name[:-1]) if name.endswith("*") else url_name == name for name in self.also
        )


_places: dict[str, NavigationEntry] = {}
_tools: list[tuple[str, Callable[[HttpRequest], dict[str, Any] | None]]] = []


def add_tool(template: str, fill: Callable[[HttpRequest], dict[str, Any] | None]) -> None:
    """Put a small thing beside the account menu, such as a bell. It is drawn with `tool`, which is
    what `fill` gives for the request, and left out where that is None."""
    _tools.append((template, fill))


def tools_for(request: HttpRequest) -> list[tuple[str, dict[str, Any]]]:
    """What stands beside this viewer's account menu."""
    filled = ((template, fill(request)) for template, fill in _tools)
    return [(template, tool) for template, tool in filled if tool is not None]


def register(place: NavigationEntry) -> None:
    """Add a place; its URL name is its identity."""
    _places[place.url_name] = place


def places_for(
    viewer: Any, *, only: Callable[[NavigationEntry], bool] = lambda place: True
) -> list[NavigationEntry]:
    """What this viewer sees, in order."""
    return [
        place
        for place in sorted(_places.values(), key=lambda place: place.order)
        if only(place) and place.is_open_to(viewer)
    ]


register(NavigationEntry(title=_("Home"), url_name="home", icon="home", order=0, on_phone=True))
