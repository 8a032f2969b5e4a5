"""Arguments that several commands share. Light: what reads packs is imported when a pack is read."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tongdian.policy.refusals import BadInput
from tongdian.policy.words import Words

if TYPE_CHECKING:
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
                name=one,
                problem=Words("写成 名称=值，每个名称一次", "write name=value, each name once"),
            )
        found[name] = value
    return found


def opened(name: str) -> Pack:
    """A pack, its tests run once per content. Raises UnknownPack, PackError."""
    from tongdian.config.home import home
    from tongdian.policy.shelf import open_pack

    return open_pack(name, checked=lambda mark: home() / "checked" / mark)
