"""Where packs are found: the program's own, and folders that a user adds.

`TONGDIAN_POLICIES` names folders of packs, separated like PATH; a user's pack hides one of the same
id that ships with the program.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from tongdian.policy.pack_files import content_hash
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.words import Words

OWN = Path(__file__).resolve().parents[3] / "policies"


class UnknownPack(Refusal):
    """A pack that is neither a folder nor on the shelf."""

    says = Words(
        "没有政策包“{pack}”{near}；可用：{known}。自己的包放进 TONGDIAN_POLICIES 所列的文件夹。",
        'there is no pack "{pack}"{near}; available: {known}. '
        "Put your own into a folder named in TONGDIAN_POLICIES.",
    )
    status = 404


def shelf() -> dict[str, Path]:
    """Every pack folder by its name: the program's, then the user's, which win."""
    found: dict[str, Path] = {}
    named = os.environ.get("TONGDIAN_POLICIES", "").split(os.pathsep)
    for place in [OWN, *(Path(name) for name in named if name)]:
        if (place / "pack.yaml").is_file():  # the folder of one pack does as well
            found[place.name] = place
        elif place.is_dir():
            found |= {f.parent.name: f.parent for f in sorted(place.glob("*/pack.yaml"))}
    return found


def find_pack(name: str) -> Path:
    """The folder of a pack given by id or path. Raises UnknownPack."""
    if name not in shelf() and Path(name).is_dir():
        return Path(name).resolve()
    return on_shelf(name)


def on_shelf(name: str) -> Path:
    """The folder of a pack given by id only, as strangers may. Raises UnknownPack."""
    known = shelf()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    raise UnknownPack(
        pack=name,
        near=Words(f"；是否指 {near[0]}" if near else "", f" (did you mean {near[0]}?)" if near else ""),
        known=list(known),
    )


def open_pack(
    name: str, *, checked: Callable[[str], Path] | None = None, is_copy: bool = False, by_need: bool = False
) -> Pack:
    """Load a pack by id or path; its own tests run once for each content.

    `checked` gives the file whose presence says that a hash has passed on this kernel; `is_copy` as in
    `load_pack`. One that has passed may be read `by_need`.
    Raises UnknownPack, PackError.
    """
    folder = find_pack(name)
    digest = content_hash(folder)
    mark = checked(f"{digest[:32]}-{kernel_hash()[:16]}") if checked else None
    if by_need and mark is not None and mark.exists():
        from tongdian.policy.by_need import pack_by_need

        known = pack_by_need(folder, content_hash=digest)
        if known is not None:
            return known
    from tongdian.policy.loading import load_pack  # what checks a pack is imported where one is checked

    pack = load_pack(
        folder,
        run_tests=mark is None or not mark.exists(),
        is_copy=is_copy,
        above=lambda parent: open_pack(str(parent), checked=checked),
    )
    if mark is not None:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    return pack


@lru_cache(maxsize=1)
def kernel_hash() -> str:
    """SHA-256 of the kernel's source: another kernel runs every pack's tests again."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for file in sorted([*here.rglob("*.py"), *(here.parent / "calendar").rglob("*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()
