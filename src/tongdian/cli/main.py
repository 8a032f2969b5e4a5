"""`tongdian`: the command line.

Every command speaks on stdout, refuses in one line on stderr with exit status 1 (2 for a misuse),
and never prints a traceback for something a user did.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tongdian.cli import audit, bulk, policy, workdays
from tongdian.policy.refusals import Refusal


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    parser = _parser()
    options = _parse(parser, argv)
    options.lang = options.lang or _language()
    try:
        return int(options.run(options) or 0)
    except Refusal as refusal:
        # paths below where the user stands are read and clicked more easily without the way there
        print(refusal.say(options.lang).replace(f"{os.getcwd()}/", ""), file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(
            f"{error.strerror}: {error.filename}" if error.filename else str(error), file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return 130


def _parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments in any order: argparse gives up lists of names that stand behind an option."""
    options, rest = parser.parse_known_args(argv)
    listed = next(
        (n for n in ("given", "files", "packs") if isinstance(getattr(options, n, None), list)), ""
    )
    if rest and (not listed or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        getattr(options, listed).extend(rest)
    return options


def _language() -> str:
    """zh unless the environment's language is English."""
    named = (
        os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    )
    return "zh" if named.startswith("zh") else "en"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tongdian",
        description="Water and electricity service by the book, and the book is data.",
    )
    parser.add_argument("--lang", choices=["zh", "en"], help="language of answers and refusals")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for area in (policy, bulk, workdays, audit):
        area.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
