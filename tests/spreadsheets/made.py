"""Workbooks as Excel, WPS and other programs leave them, made cell by cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook


def book(*sheets: Sequence[Sequence[Any]], formats: dict[str, str] | None = None, **names: Any) -> bytes:
    """A workbook: a sheet for each list of rows; `formats` are number formats of the first by cell."""
    made = Workbook()
    made.remove(made.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = made.create_sheet(names.get(f"sheet{number}", f"表{number}"))
        for row in rows:
            sheet.append(row)
    for cell, said in (formats or {}).items():
        made.worksheets[0][cell].number_format = said
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def rewritten(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one part of it changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name.endswith(part) else old.read(name))
    return written.getvalue()


def with_dimension(content: bytes, said: bytes) -> bytes:
    """A workbook whose first sheet lies about its size, as WPS writes it."""

    def change(part: bytes) -> bytes:
        before, _, rest = part.partition(b'<dimension ref="')
        return before + b'<dimension ref="' + said + rest[rest.index(b'"') :]

    return rewritten(content, "sheet1.xml", change)


def with_rows(content: bytes, rows: bytes) -> bytes:
    """A workbook with raw rows at the end of its first sheet."""
    return rewritten(
        content, "sheet1.xml", lambda part: part.replace(b"</sheetData>", rows + b"</sheetData>")
    )


def strict(content: bytes) -> bytes:
    """The workbook as "Strict Open XML" names its parts."""
    plain = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return rewritten(
        content,
        "workbook.xml",
        lambda part: part.replace(plain, b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    )


def zipped(**parts: bytes) -> bytes:
    """An archive of parts; `__` in a name is a slash."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as new:
        for name, part in parts.items():
            new.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), part)
    return written.getvalue()
