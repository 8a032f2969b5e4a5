"""Which of the packs that lie over one another governs a place.

An overlay with a `region` binds that division. The innermost governs: it was laid over the others, so it
is no looser than any of them. What it says depends on the day, whether it governs does not: before its
first day it answers as the pack below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tongdian.calendar import region_prefix
from tongdian.policy.reading import read_yaml
from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.shelf import shelf
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class OverlaysDoNotStack(Refusal):
    """Two overlays bind one place, and neither was laid over the other."""

    says = Words(
        "{packs} 都约束 {region}，却不是一个叠在另一个之上；请把范围小的那个写作 over: 范围大的那个。",
        "{packs} both bind {region}, and neither lies over the other; let the one of the smaller place say "
        "over: the other.",
    )


class Laid(NamedTuple):
    """What pack.yaml says of where a pack lies."""

    id: str
    over: str | None
    region: str


def governing(name: str, region: str, packs: Mapping[str, Path] | None = None) -> str:
    """The pack that governs a place under the pack `name`: the innermost overlay that binds it, or
    itself. Raises OverlaysDoNotStack, NotARegion."""
    known = _laid(shelf() if packs is None else packs)
    place = region_prefix(region)
    found = [
        key
        for key, one in known.items()
        if one.region and name in _below(known, key) and place.startswith(region_prefix(one.region))
    ]
    if not found:
        return name
    inner = max(found, key=lambda key: (len(_below(known, key)), key))
    beside = [key for key in found if key != inner and key not in _below(known, inner)]
    if beside:
        raise OverlaysDoNotStack(packs=sorted([inner, *beside]), region=region)
    return inner


def binding(name: str, packs: Mapping[str, Path] | None = None) -> list[tuple[str, str]]:
    """(region, pack) of every overlay that binds a place under the pack `name`, the smallest place first.
    Raises OverlaysDoNotStack."""
    known = _laid(shelf() if packs is None else packs)
    found = {one.region for key, one in known.items() if one.region and name in _below(known, key)}
    inner_first = sorted(found, key=lambda region: (-len(region_prefix(region)), region))
    return [(region, governing(name, region, packs)) for region in inner_first]


def overlay_region(name: str) -> str:
    """The place that a pack of the shelf binds as an overlay, or nothing."""
    laid = _laid(shelf()).get(name)
    return laid.region if laid is not None else ""


def overlaid(pack: Pack, opened: Callable[[str], Pack]) -> tuple[tuple[str, Pack], ...]:
    """The overlays that bind places under a pack, ready to answer, the smallest place first."""
    return tuple((region, opened(name)) for region, name in binding(pack.id))


def _laid(packs: Mapping[str, Path]) -> dict[str, Laid]:
    found = {}
    for name, folder in packs.items():
        file = folder / "pack.yaml"
        about = file.stat()
        found[name] = _read(name, file, about.st_mtime_ns, about.st_size)
    return found


@lru_cache(maxsize=256)
def _read(name: str, file: Path, *_: int) -> Laid:
    try:
        said: Any = read_yaml(file).plain()
    except PackError:
        said = None  # told where it is opened
    if not isinstance(said, dict) or not isinstance(said.get("over"), str):
        return Laid(name, None, "")
    region = said.get("region")
    return Laid(name, said["over"], region if isinstance(region, str) else "")


def _below(known: Mapping[str, Laid], name: str) -> list[str]:
    """The packs that one lies over, the nearest first."""
    found: list[str] = []
    over = known[name].over
    while over is not None and over not in found:
        found.append(over)
        over = known[over].over if over in known else None
    return found
