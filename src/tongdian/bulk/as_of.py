"""Until when files of cases say anything, and the one day on which their cases in hand are judged.

What an installation exports says beside the files, in `export.json`, as of the end of which day it was taken:

    {"schema": "1", "as_of": "2026-11-30"}

A case that is open in them is open on that day; nobody knows whether it was open the day after.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from tongdian.bulk.refusals import UnreadableFile
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

NAME = "export.json"
SCHEMA = "1"


class FilesEndBefore(Refusal):
    """Cases are to be judged on a day of which their files say nothing yet."""

    says = Words(
        "不能按 {asked} 评定：{file} 的数据只到 {as_of}；请改用 --on {as_of}（或更早），或重新导出。",
        "They cannot be judged on {asked}: {file} says until {as_of} only. Use --on {as_of} or earlier, or export "
        "them again.",
    )


def write_as_of(folder: Path, as_of: dt.date) -> None:
    """Say beside the files of a folder as of the end of which day they were taken. Raises FileExistsError."""
    with (folder / NAME).open("x", encoding="utf-8") as file:
        file.write(json.dumps({"schema": SCHEMA, "as_of": as_of.isoformat()}) + "\n")


def judged_on(
    files: Iterable[Path], *, asked: dt.date | None, last: dt.date | None, today: dt.date
) -> dt.date:
    """The day on which cases in hand are judged: the one `asked` for, else the `last` of the period, and never later
    than the files say, nor than today where nobody asked. A file without `export.json` beside it says nothing of its
    day. Raises FilesEndBefore, UnreadableFile."""
    known = {folder: _as_of(folder) for folder in {file.parent for file in files}}
    ends = sorted((day, folder) for folder, day in known.items() if day is not None)
    if asked is None:
        return min([today, *([last] if last else []), *(day for day, _ in ends[:1])])
    if ends and asked > ends[0][0]:
        raise FilesEndBefore(asked=asked, file=str(ends[0][1] / NAME), as_of=ends[0][0])
    return asked


def _as_of(folder: Path) -> dt.date | None:
    file = folder / NAME
    if not file.is_file():
        return None
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told["schema"] == SCHEMA:
            return dt.date.fromisoformat(told["as_of"])
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    problem = Words(
        "不是 tongdian cases export 写出的导出说明",
        "it is not what tongdian cases export writes beside its files",
    )
    raise UnreadableFile(file=file, problem=problem)
