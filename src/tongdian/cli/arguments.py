"""Arguments that several commands share. Light: what reads packs is imported when a pack is read."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tongdian.calendar import Calendar, legal_day, noting, official_calendar
from tongdian.calendar.legal import SHANGHAI
from tongdian.policy.half_width import hint
from tongdian.policy.refusals import BadInput
from tongdian.policy.types import FIRST_DAY, LAST_DAY
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.bulk.rating import Files
    from tongdian.policy.packs import Pack

NOT_ALL = 3  # the exit status where rows were refused, or cases did not go the way written


def add_take(parser: argparse.ArgumentParser) -> None:
    """`--take ID=OPTION`, any number of times."""
    parser.add_argument(
        "--take",
        action="append",
        default=[],
        metavar="ID=OPTION",
        help="choose an interpretation for this run",
    )


def add_engine(parser: argparse.ArgumentParser, *before: str, why: str = "") -> None:
    """`--engine`, with those of `before` on top of what every rule runs on, and `--memory`."""
    engines = [*before, "duckdb", "spark"]
    parser.add_argument(
        "--engine", choices=engines, default="duckdb", help=f"where it runs (default: duckdb){why}"
    )
    add_memory(parser)


def add_memory(parser: argparse.ArgumentParser, *, default: str = "3GB") -> None:
    """`--memory`."""
    parser.add_argument("--memory", default=default, help=f"limit for the engine (default: {default})")


def add_judging_day(parser: argparse.ArgumentParser, *, default: str = "--to") -> None:
    """`--on`: without it, that is `default` or an earlier day (`judging_day`)."""
    parser.add_argument(
        "--on",
        type=day,
        metavar="DATE",
        help=f"the day as of which they are judged (default: {default}, not later than today nor than the files say)",
    )


def judging_day(files: Files, *, asked: dt.date | None, last: dt.date | None) -> dt.date:
    """The day on which the cases of some files are judged, as `judged_on` says. Raises FilesEndBefore, UnreadableFile."""
    from tongdian.bulk.as_of import judged_on
    from tongdian.bulk.rating import paths_of

    paths = [path for several in paths_of(files).values() for path in several]
    today = legal_day(dt.datetime.now(dt.UTC))
    return judged_on(paths, asked=asked, last=last, today=today)


def day(text: str) -> dt.date:
    """A date argument, written 2026-03-02."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-03-02{hint(text).en}")
    if not FIRST_DAY <= found <= LAST_DAY:
        raise argparse.ArgumentTypeError(f"{text} lies outside {FIRST_DAY} to {LAST_DAY}")
    return found


def moment(text: str) -> dt.datetime:
    """A minute or second, written 2026-03-02 10:31, of Asia/Shanghai unless an offset follows."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or len(text) < len("2026-03-02 10:31"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 2026-03-02 10:31")
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def count(text: str) -> int:
    """A whole number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number{hint(text).en}")
    return int(text)


def pairs(listed: Sequence[str]) -> dict[str, str]:
    """`name=value` arguments. Raises BadInput."""
    found = {}
    for one in listed:
        name, equals, value = one.partition("=")
        if not equals or not name or name in found:
            wide = hint(one if not equals else "")
            raise BadInput(
                name=one,
                problem=Words(
                    f"写成 名称=值，每个名称一次{wide.zh}", f"write name=value, each name once{wide.en}"
                ),
            )
        found[name] = value
    return found


def opened(name: str, *, is_copy: bool = False, region: str = "", by_need: bool = False) -> Pack:
    """A pack, its tests run once per content, under the calendar of this installation. Raises
    UnknownPack, PackError. One that only `is_copy` to compare need not stand in a folder of its name. For
    a `region` the overlay that governs it, if there is one. Who asks but one rule has it read `by_need`.
    Raises NoSuchRegion, OverlaysDoNotStack."""
    from tongdian.config.home import home
    from tongdian.policy.shelf import open_pack

    def read(one: str) -> Pack:
        found = open_pack(
            one, checked=lambda mark: home() / "checked" / mark, is_copy=is_copy, by_need=by_need
        )
        return found.chosen(published=published_here)

    def laid_over_it() -> tuple[tuple[str, Pack], ...]:
        from tongdian.policy.overlays.places import overlaid

        return overlaid(pack, read)

    pack = read(name)
    if region:
        from tongdian.policy.overlays.places import governing
        from tongdian.regions import known_region

        pack = read(governing(pack.id, known_region(region)))
    return pack.chosen(overlays=laid_over_it)


def published_here() -> Calendar:
    """The published calendar with the years and days entered in this installation; where there is none,
    as the program brought it along. Asked only by what counts working days: it opens the database."""
    if not _is_installed():
        return official_calendar()
    from tongdian.config.program import open_program

    with open_program():
        from tongdian.rulebook.queries import calendar

        return calendar()


@contextmanager
def warned(options: argparse.Namespace) -> Iterator[None]:
    """Say once, on stderr, which local rest days were not known to what was counted inside."""
    with noting() as lacks:
        yield
    if lacks:
        sys.stdout.flush()
        print(lacks.words.say(options.lang), file=sys.stderr)


def _is_installed() -> bool:
    from tongdian.config.logins import private_server

    server = private_server()
    return server is None or server.data.exists()
