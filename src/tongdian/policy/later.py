"""What came after a document: packs that continue, amend or supersede its clauses, and texts known to
exist that nobody here has.

Neither changes a result: an answer says so in a note, and a pack's pages in a banner. Which document binds
an office is decided where it is adopted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tongdian.policy.reading import read_yaml
from tongdian.policy.refusals import PackError
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

RELATIONS = {
    "continues": Words("沿用", "continues"),
    "amends": Words("修改", "amends"),
    "supersedes": Words("取代", "supersedes"),
}


class Note(NamedTuple):
    """What is said of answers about a day from `since` on that cite one of `clauses` (none: any)."""

    since: dt.date
    clauses: tuple[str, ...]
    words: Words

    def concerns(self, cites: Iterable[str], day: dt.date) -> bool:
        """Whether it is said of an answer with these cites. A part of a clause is the clause's."""
        return self.since <= day and (
            not self.clauses or any(_is_of(cite, clause) for cite in cites for clause in self.clauses)
        )


def notes_of(pack: Pack) -> tuple[Note, ...]:
    """Every note about a pack; of an overlay, of those that it lies over too."""
    found: tuple[Note, ...] | None = pack.cache.get("later")
    if found is None:
        above = notes_of(pack.over) if pack.over else ()
        found = pack.cache["later"] = (*above, *_missing(pack), *_following(pack.id))
    return found


def notes(pack: Pack, cites: Iterable[str], day: dt.date) -> tuple[Words, ...]:
    """The notes about what an answer cites."""
    listed = tuple(cites)
    return tuple(one.words for one in notes_of(pack) if one.concerns(listed, day))


def _is_of(cite: str, clause: str) -> bool:
    return cite == clause or cite.startswith(f"{clause}(")


def _missing(pack: Pack) -> Iterator[Note]:
    for one in pack.head.known_later:
        yield Note(
            one.start,
            one.concerns,
            Words(
                f"已知有后续文件{one.title.zh}，其文本未取得，所载限值未载入；结果仍依本文件",
                f"a later document is known to exist, {one.title.en}; its text is missing and its limits are "
                "not loaded, so the result is still by this one",
            ),
        )


def _following(name: str) -> Iterator[Note]:
    """What packs on the shelf say that they do to clauses of this one."""
    from tongdian.policy.shelf import shelf

    for folder in shelf().values():
        file = folder / "pack.yaml"
        about = file.stat()
        yield from _read(file, about.st_mtime_ns, about.st_size).get(name, ())


@lru_cache(maxsize=256)
def _read(file: Path, *_: int) -> Mapping[str, tuple[Note, ...]]:
    try:
        said: Any = read_yaml(file).plain()
        since = dt.date.fromisoformat(said["in_force"]["from"])
        number = str(said["number"])
        related = [(how, said[how]) for how in RELATIONS if isinstance(said.get(how), dict)]
    except (PackError, KeyError, TypeError, ValueError):
        return {}  # told where it is opened
    found: dict[str, list[Note]] = {}
    for how, packs in related:
        for name, clauses in packs.items():
            for old, new in clauses.items():
                own = [new] if isinstance(new, str) else new
                found.setdefault(name, []).append(Note(since, (old,), _say(how, old, number, own, since)))
    return {name: tuple(listed) for name, listed in found.items()}


def _say(how: str, old: str, number: str, own: list[str], since: dt.date) -> Words:
    from tongdian.policy.clauses import say_clause  # which is made of what every answer needs

    by, of = [say_clause(one) for one in own], say_clause(old)
    zh, en = "、".join(one.zh for one in by), ", ".join(one.en for one in by)
    return Words(
        f"自 {since} 起，{number} {zh} {RELATIONS[how].zh}{of.zh}",
        f"from {since} {number} {en} {RELATIONS[how].en} {of.en}",
    )
