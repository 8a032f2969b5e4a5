"""The files that make a pack, and their hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from tongdian.policy.refusals import PackError
from tongdian.policy.words import Words

MAX_FILES = 300
MAX_LEVELS = 6  # nation, province, prefecture, county, supplier, campus
_OVER = re.compile(r"^over:[ \t]*[\"']?([a-z0-9-]+)", re.MULTILINE)
_FOLDERS = {"sheets": ".sheet", "processes": ".yaml", "filings": ".yaml", "indicators": ".yaml"}


def content_hash(folder: Path) -> str:
    """SHA-256 over every file of the pack, by relative path: the name of this encoding. That of an
    overlay covers the packs below it too, for with them its answers change."""
    digest = hashlib.sha256()
    for name, file in files_of(folder):
        written = name.encode()
        digest.update(len(written).to_bytes(4, "big") + written + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file that the pack is made of: its own by relative path, then those of the packs that it lies
    over, as over/ID/FILE."""
    for number, one in enumerate(folders_of(folder)):
        for file in pack_files(one):
            name = file.relative_to(one).as_posix()
            yield (f"over/{one.name}/{name}" if number else name), file


def folders_of(folder: Path) -> list[Path]:
    """The folder of a pack and of those it lies over. Raises PackError for a circle, and where one is not there."""
    found = [folder]
    while (name := over_of(found[-1])) is not None:
        if name in [one.name for one in found] or len(found) == MAX_LEVELS:
            raise file_error(
                found[-1] / "pack.yaml",
                Words(
                    f"over: {name} 绕回自身或层数过多", f"over: {name} comes back to itself, or is too deep"
                ),
                Words(f"至多 {MAX_LEVELS} 层", f"lay at most {MAX_LEVELS} packs over one another"),
            )
        found.append(_beside(found[-1], name))
    return found


def over_of(folder: Path) -> str | None:
    """The pack that it says it lies over."""
    head = folder / "pack.yaml"
    match = _OVER.search(head.read_text(encoding="utf-8", errors="replace")) if head.is_file() else None
    return match[1] if match else None


def _beside(folder: Path, name: str) -> Path:
    """A pack in the folder beside, or on the shelf."""
    from tongdian.policy.shelf import shelf

    beside = folder.parent / name
    found = beside if (beside / "pack.yaml").is_file() else shelf().get(name)
    if found is None:
        raise file_error(
            folder / "pack.yaml",
            Words(f"没有可叠加其上的包“{name}”", f'there is no pack "{name}" for it to lie over'),
            Words(
                "核对 over，或放进 TONGDIAN_POLICIES 所列的文件夹",
                "check over, or put it into a folder named in TONGDIAN_POLICIES",
            ),
        )
    return found


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
