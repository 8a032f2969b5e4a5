"""Where the stages stand in a drawing: layers along the way, lanes across, long lines bent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Place = tuple[float, float]
"""(layer, lane): the layer from 0 along the way, the lane around 0 across it."""

SWEEPS = 4


@dataclass(frozen=True, slots=True)
class GraphLayout:
    """Places of the stages and, for every line, the places it passes through."""

    places: Mapping[str, Place]
    lines: Mapping[tuple[str, str], tuple[Place, ...]]
    layers: int
    widest: int


def lay_out(order: Sequence[str], after: Mapping[str, Sequence[str]]) -> GraphLayout:
    """Put each stage one layer after the last it waits for, and untangle the lines.

    A line over several layers keeps a free lane in each, so it never runs through a stage.
    """
    layer: dict[str, int] = {}
    for key in order:
        layer[key] = 1 + max((layer[before] for before in after[key]), default=-1)
    lines: dict[tuple[str, str], list[str]] = {}
    levels: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for key in order:
        levels[layer[key]].append(key)
    for key in order:
        for before in after[key]:
            bends = [f"{before}>{key}@{level}" for level in range(layer[before] + 1, layer[key])]
            for level, bend in enumerate(bends, start=layer[before] + 1):
                levels[level].append(bend)
            lines[before, key] = [before, *bends, key]
    _untangle(levels, lines.values())
    places = {
        name: (float(level), index - (len(names) - 1) / 2)
        for level, names in enumerate(levels)
        for index, name in enumerate(names)
    }
    return GraphLayout(
        places={key: places[key] for key in order},
        lines={pair: tuple(places[name] for name in path) for pair, path in lines.items()},
        layers=len(levels),
        widest=max(map(len, levels)),
    )


def _untangle(levels: list[list[str]], paths: Iterable[list[str]]) -> None:
    """Order every layer by the mean position of its neighbours, forth and back."""
    before: dict[str, list[str]] = {}
    behind: dict[str, list[str]] = {}
    for path in paths:
        for one, other in pairwise(path):
            before.setdefault(other, []).append(one)
            behind.setdefault(one, []).append(other)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        neighbours = before if forth else behind
        for names in levels if forth else reversed(levels):
            spot = _spots(levels)
            means = {
                name: _mean([spot[each] for each in neighbours.get(name, ())], spot[name]) for name in names
            }
            names.sort(key=means.__getitem__)


def _spots(levels: list[list[str]]) -> dict[str, float]:
    return {name: index - (len(names) - 1) / 2 for names in levels for index, name in enumerate(names)}


def _mean(spots: list[float], otherwise: float) -> float:
    return sum(spots) / len(spots) if spots else otherwise
