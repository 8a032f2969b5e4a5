"""The cases behind counted figures: put in the order of their positions when they are counted, and found again when
a receiver has drawn some."""

from __future__ import annotations

import csv
import datetime as dt
import json
import secrets
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from tongdian.audit_log import tree
from tongdian.audit_log.models import Entry
from tongdian.audit_log.queries import StoredTree
from tongdian.bulk.indicators import judge_each
from tongdian.bulk.periods import Span
from tongdian.calendar import legal_day
from tongdian.cases.models import Case
from tongdian.policy.kinds.indicator import indicators_of
from tongdian.policy.packs import Pack
from tongdian.supervision.models import CountedPopulation
from tongdian.supervision.samples import CaseLeaf, CountedAs, Figures, as_counted, figures_of, positions

LOT = 1_000  # cases that are packed together


@dataclass(frozen=True)
class KeptCase:
    """A case as a rule was given it; `name` is drawn for this count, `number` the case's own."""

    name: str
    number: str
    rule: str
    rows: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """As a lot keeps it."""
        return {"case": self.name, "number": self.number, "rule": self.rule, "rows": self.rows}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> KeptCase:
        """What `plain` said."""
        return cls(plain["case"], plain["number"], plain["rule"], plain["rows"])


@dataclass(frozen=True)
class Population:
    """Counted cases, the rows of each, and which of them stands at each position."""

    cases: tuple[KeptCase, ...]
    order: array[int]
    root: str

    @property
    def lots(self) -> Iterator[bytes]:
        """The cases packed, so many together."""
        for first in range(0, len(self.cases), LOT):
            yield _packed([one.plain() for one in self.cases[first : first + LOT]])


def population_of(
    pack: Pack, files: Mapping[str, Any], figures: Figures, *, span: Span, on: dt.date
) -> Population | None:
    """The cases that were counted from files, in the order of their positions under `figures`; None of no case."""
    rule_of = {one.rule: rule for rule, several in indicators_of(pack, on).items() for one in several}
    cases = {rule: dict(_cases_of(rule, files[rule])) for rule in sorted(files)}
    standing = [
        (as_counted(indicator, region, one), cases[rule_of[indicator]][case])
        for indicator, several in judge_each(pack, files, on=on, span=span).items()
        for case, (region, one) in several.items()
    ]
    if not standing:
        return None
    ranks = {counted: rank for rank, (counted, _) in enumerate(positions(figures))}
    standing.sort(key=lambda one: (ranks[one[0]], one[1].name))
    kept = tuple(dict.fromkeys(case.name for _, case in standing))
    by_name = {case.name: case for _, case in standing}
    index = {name: number for number, name in enumerate(kept)}
    leaves = tree.Frontier()
    for counted, case in standing:
        leaves.append(leaf_of(counted, case))
    return Population(
        tuple(by_name[name] for name in kept),
        array("I", (index[case.name] for _, case in standing)),
        leaves.root().hex(),
    )


def leaf_of(counted: CountedAs, case: KeptCase) -> bytes:
    """The hash of a case at one of its positions."""
    return tree.leaf_hash(CaseLeaf(case.name, counted.indicator, case.rows).data)


def order_as_kept(order: array[int]) -> bytes:
    """Unsigned 32-bit numbers, packed."""
    return zlib.compress(order.tobytes())


def cases_at(population: CountedPopulation, wanted: Iterable[int]) -> dict[int, KeptCase]:
    """The cases at some positions."""
    order = _order(population)
    of_lots = sorted((order[position], position) for position in wanted)
    found = {}
    for lot, several in groupby(of_lots, key=lambda one: one[0] // LOT):
        rows = _lot(population, lot)
        for index, position in several:
            found[position] = rows[index % LOT]
    return found


def kept_cases(population: CountedPopulation) -> Iterator[KeptCase]:
    """Every case of a count, once each."""
    for lot in range(population.lots.count()):
        yield from _lot(population, lot)


def population_behind(committed: Mapping[str, Any]) -> CountedPopulation | None:
    """The cases that a bundle of this installation stands for."""
    return CountedPopulation.objects.filter(root=committed["root"], size=committed["size"]).first()


def shown_of(population: CountedPopulation, wanted: Sequence[int], *, size: int) -> list[dict[str, Any]]:
    """The cases at positions as they are shown to a receiver: rows, proof, and that a log of `size` entries is about
    them."""
    whole = tree_of(population, figures_of(population.indicators))
    return [
        {
            "position": position,
            "case": case.name,
            "rows": case.rows,
            "proof": [one.hex() for one in tree.inclusion_proof(whole.node, index=position, size=whole.size)],
            "logged": logged(case.number, size=size),
        }
        for position, case in cases_at(population, wanted).items()
    ]


def tree_of(population: CountedPopulation, figures: Figures) -> tree.MemoryTree:
    """The whole tree made again, for the proofs of an answer."""
    order, cases = _order(population), list[KeptCase]()
    for lot in range(population.lots.count()):
        cases += _lot(population, lot)
    made, at = tree.MemoryTree(), 0
    for counted, count in positions(figures):
        for index in order[at : at + count]:
            made.append(leaf_of(counted, cases[index]))
        at += count
    return made


def logged(number: str, *, size: int) -> list[dict[str, Any]]:
    """That the entries about a case stand in a log of so many entries: place, hash, day and proof; not what they
    say, for they name who did it."""
    case = Case.objects.filter(number=number).only("pk").first()
    if case is None:
        return []
    rows = Entry.objects.filter(subject=f"case:{case.pk}", place__sequence__lt=size).select_related("place")
    node = StoredTree().node
    return [
        {
            "place": row.place.sequence,
            "leaf": bytes(row.place.leaf_hash).hex(),
            "at": legal_day(row.at).isoformat(),
            "proof": [one.hex() for one in tree.inclusion_proof(node, index=row.place.sequence, size=size)],
        }
        for row in rows.order_by("place__sequence")
    ]


def _cases_of(rule: str, files: Mapping[str, Any]) -> Iterator[tuple[str, KeptCase]]:
    """The cases of a rule's files by number, under drawn names."""
    found: dict[str, dict[str, list[dict[str, str]]]] = {}
    for grain, paths in files.items():
        for path in paths:
            with Path(path).open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    found.setdefault(row["case"], {}).setdefault(grain, []).append(row)
    for number, grains in found.items():
        name = secrets.token_hex(16)
        rows = {grain: [{**row, "case": name} for row in several] for grain, several in grains.items()}
        yield number, KeptCase(name, number, rule, rows)


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _lot(population: CountedPopulation, number: int) -> list[KeptCase]:
    data = population.lots.get(number=number).data
    return [KeptCase.of_plain(one) for one in json.loads(zlib.decompress(bytes(data)))]


def _order(population: CountedPopulation) -> array[int]:
    order = array("I")
    order.frombytes(zlib.decompress(bytes(population.order)))
    return order
