"""What happens to a case, one frozen record each, never edited: the truth everything folds from.

An event has the legal date it was recorded on (`on`) and, when somebody claims that it happened
earlier, that date beside it (`claimed_on`). The gap shows, and a claim that makes a record worse
counts at once: a paper application taken in the field starts the clock on the day it was handed in.
One that makes it better counts when somebody else has countersigned it (`claims.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from tongdian.policy.types import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """What every event has: its number in the case from 1, its day, and who recorded it."""

    kind: ClassVar[str]

    seq: int
    on: dt.date
    by: str
    claimed_on: dt.date | None = None

    @property
    def day(self) -> dt.date:
        """The day that counts: the claimed one, or the day of recording."""
        return self.claimed_on or self.on


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(CaseEvent):
    """An application came in; the case is pinned to this version of the process."""

    kind = "opened"
    process: str
    version: str
    facts: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(CaseEvent):
    """A stage was completed by its role. `evidence` names papers or records kept elsewhere."""

    kind = "closed"
    stage: str
    role: str
    note: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(CaseEvent):
    """A stage sent the case back for rework; everything downstream of `to` is done again."""

    kind = "returned"
    stage: str
    role: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended(CaseEvent):
    """The case stands still for a declared cause."""

    kind = "suspended"
    cause: str
    reason: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(CaseEvent):
    """The cause of the suspension is gone."""

    kind = "resumed"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRecorded(CaseEvent):
    """A fact became known or changed; what it decided before stays decided."""

    kind = "fact_recorded"
    name: str
    value: Value
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(CaseEvent):
    """The applicant took the application back."""

    kind = "withdrawn"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated(CaseEvent):
    """An officer moved the case to another version of its process, for a reason."""

    kind = "migrated"
    version: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersigned(CaseEvent):
    """Somebody who recorded no step vouches, with evidence, for what the event `claim` claims."""

    kind = "countersigned"
    claim: int
    evidence: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRefused(CaseEvent):
    """What the event `claim` claims is not accepted: it stays, without effect on the clocks."""

    kind = "claim_refused"
    claim: int
    reason: str


KINDS: dict[str, type[CaseEvent]] = {
    each.kind: each
    for each in (
        Opened,
        Closed,
        Returned,
        Suspended,
        Resumed,
        FactRecorded,
        Withdrawn,
        Migrated,
        Countersigned,
        ClaimRefused,
    )
}
