"""Heavy work in a child process with limits of memory and time.

A picture or a workbook that a stranger sends may be made to fill the memory or to take for ever; a
paper or a list to take along may be long. Its child then ends, and nothing else: the caller refuses
in words. Few such children run at once on a machine, and only some
of a process's threads wait for them, so that pages still answer.

    kept = bounded(drawn_anew, content, kind)
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import multiprocessing
import os
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

MEMORY_BYTES = 1_500_000_000
SECONDS = 20
PATIENCE_SECONDS = 30  # waited for a turn
CHILDREN = 2  # at once on this machine: it has other things to do
WAITING = 4  # threads of one process that may be at it; the others answer

Given = ParamSpec("Given")
Result = TypeVar("Result")
_log = logging.getLogger(__name__)
_turns = threading.BoundedSemaphore(WAITING)


class TooMuchWork(Refusal):
    """A file whose reading takes more memory or time than it may."""

    says = Words(
        "读取或生成这个文件所需的内存或时间超出限度；请拆小、压缩或另存后再传，或缩小范围。",
        "Reading or making this file takes more memory or time than it may; split it, compress it or "
        "save it anew, or ask for less.",
    )


class NotReadable(Refusal):
    """A file on which its reader stumbles: it is damaged, or not what it says it is."""

    says = Words(
        "无法读取这个文件：内容已损坏或格式不正确；请在原来的程序中打开、另存后再传。",
        "This file cannot be read: it is damaged or malformed. Open it in the program it came from, "
        "save it anew and send it again.",
    )


class Busy(Refusal):
    """Too many files are being read at this moment."""

    says = Words(
        "此刻正在处理的文件太多；请稍等片刻再试，已填内容不会丢失。",
        "Too many files are being handled at this moment; wait a little and try again, nothing that "
        "you filled in is lost.",
    )


def bounded(work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """What a function of a module gives, done in a child. What it refuses is refused here.

    Raises TooMuchWork, NotReadable, Busy.
    """
    if not _turns.acquire(blocking=False):
        raise Busy
    try:
        with _turn():
            return _done(work, given, named)
    finally:
        _turns.release()


@cache
def _forking() -> Any:
    """A server that forks: it has read the libraries already and never held a lock or connection."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tongdian.files.rules", "tongdian.workbooks", "tongdian.documents.stacks"]
    )
    return context


def _done(work: Callable[..., Result], given: tuple[Any, ...], named: dict[str, Any]) -> Result:
    here, there = _forking().Pipe(duplex=False)
    child = _forking().Process(target=_work, args=(there, work, given, named), daemon=True)
    child.start()
    there.close()
    try:
        if not here.poll(SECONDS):
            raise TooMuchWork
        outcome, value = here.recv()
    except EOFError:  # it was ended: by its limit, or by the kernel
        raise TooMuchWork from None
    finally:
        child.kill()
        child.join()
        here.close()
    if outcome == "refused":
        raise value
    return value  # type: ignore[no-any-return]


def _work(there: Connection, work: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.nice(5)
    try:
        there.send(("done", work(*given, **named)))
    except Refusal as refused:
        there.send(("refused", refused))
    except MemoryError:
        there.send(("refused", TooMuchWork()))
    except Exception:  # whatever a reader of somebody else's makes of a damaged file
        _log.exception("%s could not read what was sent", work.__qualname__)
        there.send(("refused", NotReadable()))


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """One of the machine's turns. A lock of a file ends with who holds it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        for number in range(CHILDREN):
            with open(_folder() / f"turn-{number}", "a") as turn:
                try:
                    fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        if time.monotonic() > deadline:
            raise Busy
        time.sleep(0.05)


@cache
def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"tongdian-turns-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
