"""The files that make a pack, and their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tongdian.policy.refusals import PackError
from tongdian.policy.words import Words

MAX_FILES = 300
_FOLDERS = {"sheets": ".sheet", "processes": ".yaml", "filings": ".yaml", "indicators": ".yaml"}


def content_hash(folder: Path) -> str:
    """SHA-256 over every file of the pack, by relative path: the name of this encoding."""
    digest = hashlib.sha256()
    for file in pack_files(folder):
        name = file.relative_to(folder).as_posix().encode()
        digest.update(len(name).to_bytes(4, "big") + name + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def pack_files(folder: Path) -> list[Path]:
    """The files that make the pack, in order. Symbolic links and strangers are refused."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_symlink():
            raise file_error(
                file,
                Words("包里不许有符号链接", "a pack has no symbolic links"),
                Words("换成文件本身", "put the file itself here"),
            )
        if file.is_dir() or file.name.startswith("."):
            continue
        parts = file.relative_to(folder).parts
        allowed = (len(parts) == 1 and file.suffix in (".yaml", ".md")) or (
            len(parts) == 2 and _FOLDERS.get(parts[0]) == file.suffix
        )
        if not allowed:
            raise file_error(
                file,
                Words("包里不认识这个文件", "this file does not belong in a pack"),
                Words(
                    "只放 .yaml，及 sheets/*.sheet、processes/*.yaml 等",
                    "keep .yaml files, sheets/*.sheet, processes/*.yaml",
                ),
            )
        found.append(file)
        if len(found) > MAX_FILES:
            raise file_error(
                folder,
                Words("文件过多", "too many files"),
                Words(f"至多 {MAX_FILES} 个", f"keep it within {MAX_FILES}"),
            )
    return found


def file_error(file: Path, problem: Words, remedy: Words) -> PackError:
    return PackError(file=file, line=1, problem=problem, remedy=remedy)


def sheet_text(file: Path) -> str:
    if file.stat().st_size > 100_000:
        raise file_error(
            file, Words("表过大", "the sheet is too large"), Words("至多 100 KB", "keep it within 100 KB")
        )
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise file_error(
            file, Words("不是 UTF-8 编码", "the file is not UTF-8"), Words("另存为 UTF-8", "save it as UTF-8")
        ) from None
