"""Files that people bring: found, recognised, their headers read, and workbooks turned into text."""

from __future__ import annotations

import csv
import datetime as dt
import warnings
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.bulk.refusals import UnreadableFile
from tongdian.policy.words import Words

FORMATS = (".parquet", ".csv", ".xlsx")


def listed(given: Path | str | Sequence[Path | str]) -> list[Path]:
    """The files meant: themselves, or the parts in a folder, as Spark writes them."""
    found: list[Path] = []
    for one in [given] if isinstance(given, (str, Path)) else given:
        path = Path(one)
        parts = sorted(p for p in path.iterdir() if p.suffix in FORMATS) if path.is_dir() else []
        found += parts or [path]
    return found


def format_of(file: Path) -> str:
    """parquet, csv or xlsx. Raises UnreadableFile."""
    if not file.exists():
        raise UnreadableFile(file=file, problem=Words("没有这个文件", "there is no such file"))
    if file.is_dir():
        raise UnreadableFile(
            file=file, problem=Words("文件夹里没有可读的文件", "the folder holds no file that can be read")
        )
    if file.suffix.lower() in FORMATS:
        return file.suffix.lower()[1:]
    raise UnreadableFile(
        file=file, problem=Words("只读 .parquet、.csv、.xlsx", "only .parquet, .csv and .xlsx are read")
    )


def csv_header(file: Path) -> tuple[str, list[str]]:
    """The separator of a CSV file (comma, semicolon or tab) and its columns."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            first = lines.readline()
            separator = max(",;\t", key=first.count)
            lines.seek(0)
            header = next(csv.reader(lines, delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error):
        raise not_text(file) from None
    if not any(cell.strip() for cell in header):
        raise UnreadableFile(file=file, problem=Words("第一行没有列名", "its first line names no column"))
    return separator, named(file, header)


def not_text(file: Path | str) -> UnreadableFile:
    """The refusal of a CSV file that is not UTF-8, as spreadsheets on Chinese Windows write it."""
    return UnreadableFile(
        file=file,
        problem=Words(
            "不是 UTF-8 文本；请在 Excel 里另存为“CSV UTF-8”",
            'it is not UTF-8 text; in Excel, save it as "CSV UTF-8"',
        ),
    )


def no_parquet(file: Path) -> UnreadableFile:
    """The refusal of a file that is Parquet by name only."""
    return UnreadableFile(file=file, problem=Words("不是合法的 Parquet 文件", "not a valid Parquet file"))


def named(file: Path, header: Iterable[str]) -> list[str]:
    """Column names, trimmed; a column without a name gets one that no sheet can ask for."""
    names = [cell.strip() or f"({number + 1})" for number, cell in enumerate(header)]
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise UnreadableFile(
                file=file, problem=Words(f"有两列都叫“{name}”", f'two columns are called "{name}"')
            )
        seen.add(name.casefold())
    return names


def workbook_rows(file: Path) -> tuple[list[str], list[list[str | None]]]:
    """The first sheet of a workbook as columns and text. Rows without anything are passed over."""
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl remarks on styles and extensions
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
            book.close()
    except Exception as error:  # openpyxl raises zip, key and value errors alike for a broken file
        raise UnreadableFile(
            file=file, problem=Words("不是合法的 Excel 文件", "not a valid Excel file")
        ) from error
    cells = [[_cell(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        raise UnreadableFile(file=file, problem=Words("第一张表是空的", "its first sheet is empty"))
    width = max(map(len, cells))
    whole = [[*row, *[None] * (width - len(row))] for row in cells]
    return named(file, [cell or "" for cell in whole[0]]), whole[1:]


def _cell(cell: Any) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return str(cell).lower()
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case float():
            # a workbook holds 15 digits; 128.4 − 100.1 is 28.300000000000011 behind what it shows
            number = f"{Decimal(f'{cell:.15g}'):f}"
            return number.rstrip("0").rstrip(".") if "." in number else number
    return str(cell).strip() or None
