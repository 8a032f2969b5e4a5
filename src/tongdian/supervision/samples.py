"""Drawing from what a bundle counted: who sent it says beforehand, by one hash, which cases stand behind its figures,
and answers with those that the receiver's draw names.

Every case that an indicator counts has a position: by indicator, region, outcome and days, in that order, so that
the figures themselves say what a case at a position must come to. A tree of RFC 6962 over all positions is kept by
its root in the bundle. The seed is the checkpoint as the receiver cosigned it, which the sender cannot choose.
Nothing of it is about a person: a case goes by a name that is drawn for this count alone. Plain Python: no table,
no clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tongdian.audit_log.rules import canonical
from tongdian.policy.measures import Histogram

Figures = Mapping[str, Mapping[str, Histogram]]  # by indicator and region
Rows = Mapping[str, Sequence[Mapping[str, str]]]  # of a case, by grain, as its file says them

MET, NOT_MET, UNLIMITED = "met", "not_met", "unlimited"
APART = ("late_open", "exempt", "undecided", "withdrawn")


class CountedAs(NamedTuple):
    """What a case comes to under an indicator; `days` is 0 where nobody knows them."""

    indicator: str
    region: str
    outcome: str
    days: int


@dataclass(frozen=True, slots=True)
class CaseLeaf:
    """A case under an indicator, as its position in the tree says it: `case` is its drawn name."""

    case: str
    indicator: str
    rows: Rows

    @property
    def data(self) -> bytes:
        """The leaf's data in the tree."""
        return canonical({"case": self.case, "indicator": self.indicator, "rows": self.rows})


def positions(figures: Figures) -> Iterator[tuple[CountedAs, int]]:
    """What the cases come to in the order of their positions, and how many of each."""
    for indicator in sorted(figures):
        for region in sorted(figures[indicator]):
            for (outcome, days), count in _outcomes(figures[indicator][region]):
                if count:
                    yield CountedAs(indicator, region, outcome, days), count


def counted_cases(figures: Figures) -> int:
    """How many positions there are."""
    return sum(count for _, count in positions(figures))


def at_positions(figures: Figures, wanted: Sequence[int]) -> dict[int, CountedAs]:
    """What the case at each of the positions must come to."""
    found: dict[int, CountedAs] = {}
    left, begins = sorted(wanted), 0
    for counted, count in positions(figures):
        while left and left[0] < begins + count:
            found[left.pop(0)] = counted
        begins += count
    return found


def as_counted(indicator: str, region: str, one: Histogram) -> CountedAs:
    """What a histogram of one case says. Raises ValueError where it is not of one."""
    [(outcome, days)] = [what for what, count in _outcomes(one) if count]
    return CountedAs(indicator, region, outcome, days)


def is_part(own: Figures, whole: Figures) -> bool:
    """Whether every count of `own` is one of `whole`, and none is less than nothing."""
    within = dict(positions(whole))
    return all(0 < count <= within.get(counted, 0) for counted, count in positions(own))


def draw_positions(seed: str, *, size: int, most: int) -> list[int]:
    """At most `most` of `size` positions, in the order in which they are drawn: each by the hash of the seed and the
    number of the try, so that who knows the seed draws the same."""
    drawn: dict[int, None] = {}
    tries = 0
    while len(drawn) < min(most, size):
        number = int.from_bytes(hashlib.sha256(f"{seed}\n{tries}".encode()).digest())
        drawn.setdefault(number % size)
        tries += 1
    return list(drawn)


def sample_seed(*, cosigned: str, digest: str) -> str:
    """The seed of the draw from a bundle: the sender's checkpoint as the receiver cosigned it."""
    return hashlib.sha256("\n".join(["tongdian sample", digest, cosigned]).encode()).hexdigest()


def figures_of(plain: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Histogram]]:
    """Histograms from JSON as it is kept."""
    return {
        indicator: {region: Histogram.of_plain(one) for region, one in places.items()}
        for indicator, places in plain.items()
    }


def _outcomes(one: Histogram) -> Iterator[tuple[tuple[str, int], int]]:
    for days in sorted(one.cases):
        within = one.within.get(days, 0)
        yield (MET, days), within
        yield (NOT_MET, days), one.cases[days] - within
    for name in APART:
        yield (name, 0), getattr(one, name)
    for days in sorted(one.unlimited):
        yield (UNLIMITED, days), one.unlimited[days]
