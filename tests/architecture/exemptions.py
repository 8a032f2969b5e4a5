"""What the architecture tests let pass for now: by name, with the issue that ends it, until a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

GIVEN: list[Exemption] = []


@dataclass(frozen=True)
class Exemption:
    """Names that a test lets pass until its issue is done, and not from a day on."""

    issue: int
    before: date
    names: frozenset[str]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)


def exempt(*names: str, issue: int, before: date) -> Exemption:
    """Let these pass. `test_exemptions.py` fails from the day on."""
    GIVEN.append(given := Exemption(issue, before, frozenset(names)))
    return given


def unexpected(found: set[str], exemption: Exemption) -> dict[str, list[str]]:
    """What is found and not exempted, and what is exempted and no longer there; empty: all is well."""
    told = {"found": sorted(found - exemption.names), "mended": sorted(exemption.names - found)}
    return {word: names for word, names in told.items() if names}
