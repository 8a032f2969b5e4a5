"""What a run leaves behind: all of it or nothing, and never over a file that is not its own."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tongdian.bulk.refusals import WouldOverwrite
from tongdian.cells import safe, spelt_out
from tongdian.policy.words import Words


@contextmanager
def replaced(folder: Path, *, record: str, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A draft folder whose files move into `folder` together at the end.

    `record` is the file that lists the others; what an earlier run's record lists goes first. A run
    that fails leaves the earlier results as they were. Raises WouldOverwrite, OSError.
    """
    made_here = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    read = {file.resolve() for file in inputs}
    draft = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    try:
        yield draft
        made = sorted(draft.iterdir(), key=lambda file: file.name == record)  # the record is last
        earlier = _listed(folder / record)
        for file in made:
            _refuse_to_replace(folder / file.name, read, earlier)
        for name in [record, *sorted(earlier)]:
            _remove(folder / name)
        for file in made:
            _remove(folder / file.name)
            file.rename(folder / file.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if made_here and not any(folder.iterdir()):
            folder.rmdir()


def _listed(record: Path) -> set[str]:
    """Names of the files that an earlier run wrote here."""
    try:
        names = json.loads(record.read_text(encoding="utf-8"))["files"].values()
        return {name for name in names if Path(name).name == name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def must_not_replace(file: Path, inputs: Iterable[Path], *, option: str = "--out") -> None:
    """Raise WouldOverwrite for a file that the run reads, by whatever name it is reached."""
    if file.resolve() in {one.resolve() for one in inputs}:
        problem = Words("它是这次计算的输入", "this run reads it")
        raise WouldOverwrite(file=file, problem=problem, option=option)


def _refuse_to_replace(file: Path, read: set[Path], earlier: set[str]) -> None:
    must_not_replace(file, read)
    if file.is_dir() and file.name not in earlier:
        problem = Words("那是别的文件夹", "there is a folder of that name that no earlier run wrote")
        raise WouldOverwrite(file=file, problem=problem, option="--out")


def _remove(file: Path) -> None:
    if file.is_dir() and not file.is_symlink():
        shutil.rmtree(file)
    else:
        file.unlink(missing_ok=True)


def write_record(file: Path, record: dict[str, Any]) -> None:
    """The facts of a run as JSON."""
    text = json.dumps(record, ensure_ascii=False, indent=2, default=str)
    file.write_text(text + "\n", encoding="utf-8")


def write_csv(file: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A CSV that Excel opens with its Chinese intact, and without formulas."""
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(header)
        for row in rows:
            writer.writerow([safe(one) if isinstance(one, str) else one for one in row])


MOST_ROWS = 1_048_575  # of a worksheet, below its header


def write_workbook(file: Path, *, page: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a workbook; numbers stay exact to Excel's 15 digits, and text stays text."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(page)

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(sheet, spelt_out(value))
        made.data_type = "s"  # a key that begins with = is no formula
        return made

    sheet.append(list(header))
    for row in rows:
        sheet.append([cell(value) for value in row])
    book.save(file)
