"""A pack that was checked whole before, read by need.

One answer asks one rule and what this refers to; the other nine tenths of a pack are never parsed. Only
content whose hash passed every check and test on this kernel is read so (`shelf.open_pack`): there is
nothing to refuse in it, and each member is read as a whole loading reads it. Asked for its list, a
pack reads every file. For one thread: a server loads its packs whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from tongdian.policy.clauses import Chapter, Clause, Interpretation, PackHead
from tongdian.policy.pack_files import pack_files, sheet_text
from tongdian.policy.packs import Pack
from tongdian.policy.reading import YamlNode, read_model, read_yaml
from tongdian.policy.rule_files import (
    area_of,
    holds_rules,
    read_head,
    read_rule,
    stands_alone,
    with_stages,
    written_name,
)

V = TypeVar("V")


class ByNeed(Mapping[str, V]):
    """The members of some files by id: a file is parsed for an id that it may hold, a member made when it
    is asked for.

    `nodes` gives the members of a file, `make` one of them. `likely` guesses whether a file holds an id:
    where it guesses wrong, the other files are parsed too. `settle` is told of a member that is made.
    """

    def __init__(
        self,
        files: Sequence[Path],
        *,
        nodes: Callable[[Path], Mapping[str, YamlNode]],
        make: Callable[[YamlNode], V],
        likely: Callable[[str, Path], bool] = lambda key, file: True,
        settle: Callable[[V, YamlNode], None] = lambda made, node: None,
    ) -> None:
        self._files, self._make, self._likely, self._settle = files, make, likely, settle
        self._parsed = lru_cache(maxsize=None)(nodes)
        self._made: dict[str, V] = {}

    def found(self, key: str) -> tuple[Path, YamlNode] | None:
        """The file that a member stands in and where, without making it."""
        for file in sorted(self._files, key=lambda one: not self._likely(key, one)):
            node = self._parsed(file).get(key)
            if node is not None:
                return file, node
        return None

    def __getitem__(self, key: str) -> V:
        if key not in self._made:
            found = self.found(key)
            if found is None:
                raise KeyError(key)
            self._made[key] = made = self._make(found[1])
            self._settle(made, found[1])  # once it is there: two may ask for one another
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._made or (isinstance(key, str) and self.found(key) is not None)

    def __iter__(self) -> Iterator[str]:
        for file in self._files:
            yield from self._parsed(file)

    def __len__(self) -> int:
        return sum(len(self._parsed(file)) for file in self._files)


class _Places(Mapping[str, V]):
    """What is said of where members stand, by their ids, each sort of them behind its own prefix."""

    def __init__(self, sorts: Mapping[str, ByNeed[Any]], say: Callable[[Path, YamlNode], V]) -> None:
        self._sorts, self._say = sorts, say

    def __getitem__(self, key: str) -> V:
        for prefix, members in self._sorts.items():
            if key.startswith(prefix) and (found := members.found(key.removeprefix(prefix))) is not None:
                return self._say(*found)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (prefix + key for prefix, members in self._sorts.items() for key in members)

    def __len__(self) -> int:
        return sum(map(len, self._sorts.values()))


def pack_by_need(folder: Path, *, content_hash: str) -> Pack | None:
    """The pack of a folder whose `content_hash` is known to be good. None for an overlay: it is laid over
    the whole of another pack."""
    written = read_head(folder)
    head = read_model(written, PackHead)
    if head.over is not None:
        return None
    files = pack_files(folder)

    def listed(name: str, file_name: str, make: Callable[[YamlNode], V]) -> ByNeed[V]:
        def nodes(file: Path) -> dict[str, YamlNode]:
            members = read_yaml(file, languages=written.languages).at(name).items()
            return {member.text("id"): member for member in members}

        return ByNeed([file for file in files if file.name == file_name], nodes=nodes, make=make)

    def rule_nodes(file: Path) -> dict[str, YamlNode]:
        source = read_yaml(file, languages=written.languages)
        members = [source] if stands_alone(folder, file) else source.at("rules").items()
        return {written_name(node): node for node in members}

    text = lru_cache(maxsize=None)(lambda file: file.read_text(encoding="utf-8"))

    def names(key: str, file: Path) -> bool:
        return bool(re.search(rf"\b(?:rule|process)\s*:\s*{re.escape(key)}(?![\w-])", text(file)))

    rules = ByNeed(
        [file for file in files if holds_rules(file)],
        nodes=rule_nodes,
        make=read_rule,
        likely=names,
        settle=lambda rule, node: rule.check(pack, node),  # it learns from its pack while it is checked
    )
    clauses = listed("clauses", "clauses.yaml", lambda node: with_stages(read_model(node, Clause), rules))
    interpretations = listed(
        "interpretations", "interpretations.yaml", lambda node: read_model(node, Interpretation)
    )

    pack = Pack(
        head=head,
        folder=folder,
        content_hash=content_hash,
        chapters=listed("chapters", "clauses.yaml", lambda node: read_model(node, Chapter)),
        clauses=clauses,
        interpretations=interpretations,
        rules=rules,
        sheets={file.stem: sheet_text(file) for file in files if file.suffix == ".sheet"},
        areas=_Places({"": rules}, lambda file, _: area_of(folder, file)),
        sources=_Places(
            {"clause ": clauses, "interpretation ": interpretations, "": rules}, lambda _, node: node
        ),
        is_known_good=True,
    )
    return pack
