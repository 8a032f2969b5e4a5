"""`tongdian`: the command line.

Every command speaks on stdout, refuses in one line on stderr with exit status 1 (2 for a misuse,
3 where rows of a file were refused and the others went on),
and never prints a traceback for something a user did.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn, TextIO, cast

from tongdian.config.home import terminal_language
from tongdian.plain_text import legible
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

LANGUAGES = ("zh", "en")
LONGEST_LINE = 2_000  # of a refusal that quotes what stood in a file

# Each module of commands and what it adds. A command imports only its own: an answer waits for nothing else.
MODULES = {
    "answer": ["answer"],
    "policy": ["policy"],
    "bulk": ["rate", "measure"],
    "indicators": ["indicators"],
    "what_if": ["what-if"],
    "integrity": ["integrity"],
    "hours": ["hours"],
    "outside": ["outside"],
    "ladder": ["ladder"],
    "conformance": ["conformance"],
    "template": ["template"],
    "replay": ["replay"],
    "submit": ["submit"],
    "workdays": ["workdays"],
    "calendar": ["calendar"],
    "audit": ["audit"],
    "backups": ["backup", "restore"],
    "cases": ["cases"],
    "files": ["files"],
    "admin": ["admin"],
    "demo": ["demo"],
    "doctor": ["doctor"],
    "verify": ["verify"],
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # no traceback where the terminal has no Chinese
            stream.reconfigure(errors="replace")
    parser = _parser(sys.argv[1:] if argv is None else argv)
    options = _parse(parser, argv)
    options.lang = options.lang or terminal_language()
    options.refuse = lambda refusal: _refuse(refusal, options.lang)
    try:
        with contextlib.ExitStack() as shown:
            if not getattr(options, "json", False):  # data stay as they are
                shown.enter_context(contextlib.redirect_stdout(cast("TextIO", _Legible(sys.stdout))))
            status = int(options.run(options) or 0)
            sys.stdout.flush()  # so that a reader who left is met here
        return status
    except Refusal as refusal:
        _refuse(refusal, options.lang)
        return 1
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        _refuse(_of_the_system(error), options.lang)
        return 1
    except KeyboardInterrupt:
        return 130


class _Legible:
    """A terminal to which nothing is written that it would obey: names in files come from strangers."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(legible(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class CannotUse(Refusal):
    """What the system says of a file or folder."""

    says = Words("无法使用 {place}：{why}", "{place} cannot be used: {why}")


SAID_BY_THE_SYSTEM = {
    errno.EEXIST: Words("同名的文件已存在", "a file of that name is there already"),
    errno.ENOTDIR: Words("路径中有一段是文件，不是文件夹", "part of the path is a file, not a folder"),
    errno.EISDIR: Words("是文件夹，不是文件", "it is a folder, not a file"),
    errno.ENOENT: Words("没有这个文件或文件夹", "there is no such file or folder"),
    errno.EACCES: Words("没有权限", "you may not"),
    errno.EPERM: Words("没有权限", "you may not"),
    errno.EROFS: Words("所在磁盘只读", "its disk can only be read"),
    errno.ENOSPC: Words("磁盘已满", "the disk is full"),
    errno.ENAMETOOLONG: Words("名称过长", "its name is too long"),
}


def _of_the_system(error: OSError) -> Refusal:
    why = SAID_BY_THE_SYSTEM.get(
        error.errno or 0, Words(error.strerror or str(error), error.strerror or str(error))
    )
    return CannotUse(place=error.filename or "—", why=why)


def _refuse(refusal: Refusal, language: str) -> None:
    """A refusal in one line of bounded length; paths below where the user stands without the way there."""
    line = " ".join(refusal.say(language).split("\n")).replace(f"{os.getcwd()}/", "")
    if len(line) > LONGEST_LINE:
        line = f"{line[: LONGEST_LINE // 2]} … {line[-LONGEST_LINE // 2 :]}"
    print(legible(line), file=sys.stderr)


class _ArgumentParser(argparse.ArgumentParser):
    """Misuse in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Arguments in any order: argparse gives up lists of names that stand behind an option."""
    options, rest = parser.parse_known_args(argv)
    listed = next((n for n in ("given", "files", "packs") if isinstance(getattr(options, n, None), list)), "")
    if rest and (not listed or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        getattr(options, listed).extend(rest)
    return options


class _Version(argparse.Action):
    """Looked up when it is asked for: reading it is a tenth of a short command."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"tongdian {version('tongdian')}")
        parser.exit()


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """With the module of the command that is named; with all of them where none is."""
    parser = _ArgumentParser(
        prog="tongdian", description="Water and electricity service by the book, and the book is data."
    )
    parser.add_argument(
        "--version", action=_Version, nargs=0, help="show the program's version number and exit"
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="language of answers and refusals")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    said = next((word for word in argv if not word.startswith("-") and word not in LANGUAGES), "")
    named = [module for module, names in MODULES.items() if said in names]
    for module in named or MODULES:
        import_module(f"tongdian.cli.{module}").add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
