"""What a measure judges: the versions of its processes, and the clock of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy.process.model import Clock, ForceMajeure, ProcessVersion

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """What a measure adds to its processes: which clock judges each, and how.

    `judges`: process id → name of its clock. `told_by` is the key of `given` in which the processes
    differ; it stands as a column in the file of cases. `stages`: each visit is judged by its stage's
    limit, the visits of a stage added up are, or stages are not judged. `limit_on`: whose day's limit
    applies. `steps`: the rule that says how many of the supplier's stages a case may go through.
    `side_by_side`: stages of which none may wait for another to be closed.
    """

    id: str
    judges: Mapping[str, str]
    told_by: str
    stages: Literal["each", "added", "none"] = "each"
    limit_on: Literal["application", "end"] = "application"
    steps: str | None = None
    steps_exactly: bool = False
    side_by_side: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class JudgedVersion:
    """One version of one process in a measure, and the clock that judges it.

    `pack` is the one that governs its cases: of a place with an overlay, that. `word` is what the file of cases says for the process. `since` and `before` bound the days on
    which this version is the one, where a process has several.
    """

    pack: Pack
    process: str
    word: str
    version: ProcessVersion
    clock_name: str
    since: dt.date | None = None
    before: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        """Whether it is the version of its process for a case worded on a day."""
        return (self.since is None or self.since <= day) and (self.before is None or day < self.before)

    @property
    def clock(self) -> Clock:
        """The clock that judges it."""
        return self.version.clocks[self.clock_name]

    @property
    def mode(self) -> ForceMajeure:
        """What force majeure does to the clock."""
        return self.clock.force_majeure or self.version.force_majeure

    @property
    def is_whole(self) -> bool:
        """Whether the clock runs over the whole case, from application to end."""
        return self.clock.of == "span" and not self.clock.owner and not self.clock.stages

    @property
    def counted(self) -> tuple[str, ...]:
        """The stages whose visits the clock counts; none of the whole case."""
        if self.is_whole:
            return ()
        return tuple(key for key in self.version.stages if self.version.counts(self.clock, key))

    @property
    def required(self) -> tuple[str, ...]:
        """The stages without which nobody knows how an ended case went: those that the clock counts, and all
        of them where it runs over the whole case; where each of them may be left out, those that they come after."""
        stages = self.version.stages
        counted = stages if self.is_whole else self.counted
        always = [key for key in counted if not stages[key].when]
        before = dict.fromkeys(one for key in counted for one in stages[key].after if not stages[one].when)
        return tuple(always or before)

    @property
    def stops(self) -> frozenset[str]:
        """The causes that stop the clock."""
        return self.version.stopping(self.clock)


def judged_of(pack: Pack, spec: MeasureSpec, taken: Mapping[str, str]) -> list[JudgedVersion]:
    """Every version of every process of the measure, as taken."""
    found = []
    for process_id, clock in spec.judges.items():
        process: Any = pack.rules[process_id]
        versions = process.versions_under(taken)
        several = len(versions) > 1
        for version in versions:
            found.append(
                JudgedVersion(
                    pack,
                    process_id,
                    version.given.get(spec.told_by, process_id),
                    version,
                    clock,
                    version.in_force.start if several else None,
                    version.in_force.before if several else None,
                )
            )
    return found
