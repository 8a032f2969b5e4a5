"""Whose returns another was made without: below it, and further below, by name and with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tongdian.parties.models import Organisation
from tongdian.policy.words import Words
from tongdian.supervision.queries.filings import ReturnStanding


def absent_further_below(below: Iterable[ReturnStanding]) -> list[dict[str, str]]:
    """Whose returns those that were accepted from below do without, each with the reason and `of` whom it files to:
    what is missing of a part is missing of the whole."""
    return [
        {
            "organisation": each["organisation"],
            "why": each["why"],
            "of": each.get("of") or one.organisation.short,
        }
        for one in below
        if one.accepted is not None
        for each in one.accepted.absent
    ]


@dataclass(frozen=True, slots=True)
class AbsentReturn:
    """An office without whose return another was made, why, and, where it is further below, whom it files to."""

    name: Words
    why: str
    of: Words | None = None


def absent_named(absent: Sequence[Mapping[str, str]]) -> list[AbsentReturn]:
    """Those that a version does without, by their names; of who is not entered here its short name."""
    shorts = {one[key] for one in absent for key in ("organisation", "of") if one.get(key)}
    rows = Organisation.objects.filter(short__in=shorts) if shorts else ()
    names = {one.short: Words(one.name, one.name_en or one.name) for one in rows}

    def name_of(short: str) -> Words:
        return names.get(short) or Words(short, short)

    return [
        AbsentReturn(
            name_of(one["organisation"]), one.get("why", ""), name_of(one["of"]) if one.get("of") else None
        )
        for one in absent
    ]
