"""The headings under which the public finds the services of a pack."""

from __future__ import annotations

from collections.abc import Iterable

from tongdian.policy.packs import Pack
from tongdian.policy.process.model import SERVICES
from tongdian.policy.process.rule import Process
from tongdian.policy.words import Words


def group_of(pack: Pack, process: Process) -> Words:
    """The group under which the public finds a service: as the pack names it, else as everywhere."""
    key = process.service or "connect"
    return pack.head.uses.service_groups.get(key) or SERVICES[key]


def groups_of(offered: Iterable[tuple[Pack, Process]]) -> list[Words]:
    """The groups of what is offered, those of one pack in its own order."""
    listed = [(place_of_group(pack, process), group_of(pack, process)) for pack, process in offered]
    return list(dict.fromkeys(words for _, words in sorted(listed, key=lambda one: one[0])))


def place_of_group(pack: Pack, process: Process) -> int:
    """Where the group of a service stands among those of its pack."""
    own = pack.head.uses.service_groups
    return [*own, *(key for key in SERVICES if key not in own)].index(process.service or "connect")
