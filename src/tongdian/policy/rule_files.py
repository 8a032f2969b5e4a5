"""What the files of a pack hold: its head, its rules, each with its kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongdian.policy.clauses import Clause
from tongdian.policy.kinds import Rule, kind_named, kind_names
from tongdian.policy.reading import BOTH, Model, YamlNode, read_model, read_yaml
from tongdian.policy.words import Words

FIXED = {"pack.yaml", "clauses.yaml", "interpretations.yaml"}


class RuleFile(Model):
    """An area's rules."""

    rules: tuple[dict[str, Any], ...]


def read_head(folder: Path) -> YamlNode:
    """pack.yaml, in the languages that it says the pack is in. Raises PackError."""
    written = read_yaml(folder / "pack.yaml")
    data = written.plain()
    spoken = data.get("languages") if isinstance(data, dict) else None
    if isinstance(spoken, list) and len(spoken) == 1 and spoken[0] in BOTH:
        return dataclasses.replace(written, languages=(spoken[0],))
    return written


def holds_rules(file: Path) -> bool:
    """Whether a file of a pack holds rules."""
    return file.suffix == ".yaml" and file.name not in FIXED


def stands_alone(folder: Path, file: Path) -> bool:
    """Whether the file is one rule, in a folder of such, and no list of an area's."""
    return file.parent != folder


def area_of(folder: Path, file: Path) -> str:
    """The area that a file's rules are of."""
    return file.parent.name if stands_alone(folder, file) else file.stem


def written_name(item: YamlNode) -> str:
    """The id that a rule writes for itself. A file of its own says `process: low-voltage-connection`."""
    return item.text("rule") or item.text("process")


def read_rule(item: YamlNode) -> Rule:
    """One rule, by its kind. Raises PackError."""
    data = item.plain()
    known = kind_names()
    # a file of its own may say what it is by its first word: `process: low-voltage-connection`
    name = data.get("kind") if isinstance(data, dict) else None
    if name is None and isinstance(data, dict):
        name = next((key for key in known if key in data), None)
    if name not in known:
        raise item.error(
            Words(f"没有这一类规则：{name}", f"there is no kind of rule {name!r}"),
            Words(f"可用：{'、'.join(sorted(known))}", f"the kinds are {', '.join(sorted(known))}"),
            loc=("kind",),
        )
    return read_model(item, kind_named(str(name)))


def with_stages(clause: Clause, rules: Mapping[str, Rule]) -> Clause:
    """A clause is planned in part as long as a stage of its processes is."""
    areas = [area for name in clause.by if name in rules for area in rules[name].planned_areas]
    return clause.model_copy(update={"planned": tuple(dict.fromkeys((*clause.planned, *areas)))})
