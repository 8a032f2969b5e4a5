"""Places: a tree whose parts may stand in rows of the same file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongdian.agreements.importing.kinds.kind import Candidate, Job
from tongdian.agreements.importing.kinds.registers import RegisterKind
from tongdian.bigrams import bigrams
from tongdian.network.models import Place
from tongdian.network.registers import PLACES
from tongdian.network.rules import must_stand_in
from tongdian.policy.words import Words
from tongdian.registers.fields import Field

NO_PLACE = Words(
    "没有编号为“{code}”的地点；它应已登记，或写在本表上面的行",
    'no place has the code "{code}": it must be entered already, or stand in a row above',
)


class Places(RegisterKind):
    """A place a row, what it stands in above it. A spreadsheet moves nothing."""

    stays = ("kind", "parent")

    def value(self, field: Field, row: Candidate, job: Job) -> Any:
        """What it stands in may be of the same file: unsaved yet, or not even built."""
        if field.name != "parent":
            return super().value(field, row, job)
        code = row.get("parent")
        found = job.table("built").get(code) or next(iter(job.table("parent").get(code, [])), None)
        if found is None:
            raise field.bad(NO_PLACE, code=code)
        return found

    def fits(self, row: Candidate, values: Mapping[str, Any], present: Any, job: Job) -> None:
        """Its kind fits where it stands."""
        must_stand_in(values["kind"], values["parent"])
        job.table("built")[row.get("code")] = present or Place(
            kind=values["kind"], code=row.get("code"), name=values["name"]
        )

    def build(self, row: Candidate, job: Job) -> Place:
        """A place in the one above it."""
        place: Place = super().build(row, job)
        job.table("built")[place.code] = place
        return place

    def implied(self, values: dict[str, Any]) -> dict[str, Any]:
        """Its region is that of what it stands in; and what it is found by."""
        if "code" not in values:  # of a change
            return values
        parent = values["parent"]
        place = Place(**values)
        region = values["region"] or (parent.region if parent else values["organisation"].region)
        pairs = bigrams(place.name, place.code, place.address)
        ancestors = [*(parent.ancestors if parent else []), place.id]
        return values | {"id": place.id, "region": region, "pairs": pairs, "ancestors": ancestors}

    def change(self, present: Any, row: Candidate, columns: Sequence[str], job: Job) -> dict[str, Any]:
        """The columns that differ, and what the place is found by."""
        was = bigrams(present.name, present.code, present.address)
        kept = super().change(present, row, columns, job)
        kept["was"]["pairs"] = was
        present.pairs = bigrams(present.name, present.code, present.address)
        return kept


PLACES_KIND = Places(
    PLACES,
    says=Words(
        "校区、楼栋、套房、门面等，上级写在前面。", "Campus, buildings, flats, shops; wholes above parts."
    ),
)
