"""Arguments that several commands share. Light: what reads packs is imported when a pack is read."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

Result = TypeVar("Result")

if TYPE_CHECKING:
    from tongdian.calendar import Calendar
    from tongdian.policy.packs import Pack


def add_take(parser: argparse.ArgumentParser) -> None:
    """`--take ID=OPTION`, any number of times."""
    parser.add_argument(
        "--take",
        action="append",
        default=[],
        metavar="ID=OPTION",
        help="choose an interpretation for this run",
    )


def day(text: str) -> dt.date:
    """A date argument, written 2026-03-02."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-03-02")
    return found


def count(text: str) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def pairs(listed: Sequence[str]) -> dict[str, str]:
    """`name=value` arguments. Raises BadInput."""
    found = {}
    for one in listed:
        name, equals, value = one.partition("=")
        if not equals or not name or name in found:
            raise BadInput(
                name=one, problem=Words("写成 名称=值，每个名称一次", "write name=value, each name once")
            )
        found[name] = value
    return found


def opened(name: str, *, calendar: Calendar | None = None) -> Pack:
    """A pack, its tests run once per content, under that calendar. Raises UnknownPack, PackError."""
    from tongdian.config.home import home
    from tongdian.policy.shelf import open_pack

    pack = open_pack(name, checked=lambda mark: home() / "checked" / mark)
    return pack.chosen(calendar=calendar) if calendar else pack


def by_the_known_years(counted: Callable[[Calendar | None], Result]) -> Result:
    """What `counted` says with the calendar that the program brought along (None); beyond its last year
    with that of this installation, if there is one: to open its database takes seconds, which nobody
    should wait for who asks about a day that every copy of the program knows."""
    from tongdian.calendar.refusals import BeyondPublishedCalendar

    try:
        return counted(None)
    except BeyondPublishedCalendar:
        if not _is_installed():
            raise
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.rulebook.queries import calendar

        years = calendar()
    return counted(years)


def _is_installed() -> bool:
    from tongdian.config.logins import private_server

    server = private_server()
    return server is None or server.data.exists()
