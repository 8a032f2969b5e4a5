"""The one search box: areas register what they find.

A finder is given the request and the text, and gives pairs of a title and its hits. A hit has a
`heading`, the `address` that it leads to, and perhaps words `beside` it and around (`context`).

    register(found_places, order=30)
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest


class Hit(NamedTuple):
    """One thing: what it is called, where it is, and what tells it from another."""

    heading: str
    address: str
    beside: str


class Group(NamedTuple):
    """Results of one kind."""

    title: str
    hits: list[Any]


Find = Callable[[HttpRequest, str], Iterable[tuple[str, list[Any]]]]
_finders: list[tuple[int, Find]] = []


def register(find: Find, *, order: int) -> None:
    """Search in another area too."""
    _finders.append((order, find))


def found(request: HttpRequest, text: str) -> list[Group]:
    """What this viewer finds, in order, without the empty groups."""
    ordered = sorted(_finders, key=lambda finder: finder[0])
    pairs = (pair for _order, find in ordered for pair in find(request, text))
    return [Group(title, hits) for title, hits in pairs if hits]
