"""Packs, clauses, rules, answers, working days and proofs; problems."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from tongdian.bounded_days import WrittenDay

Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Key = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


def exact(given: Any) -> Any:
    """What a pack reads by itself: decimals that were sent as numbers, as text."""
    if isinstance(given, Decimal):
        return str(given)
    if isinstance(given, dict):
        return {name: exact(value) for name, value in given.items()}
    return [exact(one) for one in given] if isinstance(given, list) else given


Anything = Annotated[Any, BeforeValidator(exact)]


class Bilingual(Schema):
    """One text in both languages."""

    zh: str
    en: str


class PackOut(Schema):
    """A pack as installed here."""

    id: str
    title: Bilingual
    number: str
    issuer: Bilingual
    in_force_from: date
    content_hash: str
    clauses: int
    implemented: int
    half: int
    planned: int
    rules: int
    interpretations_to_choose: list[str]


class ClauseOut(Schema):
    """One clause in our own words."""

    id: str
    cite: Bilingual
    chapter: Bilingual
    title: Bilingual
    says: Bilingual
    kind: str
    by: list[str]
    planned: list[str]
    offices: list[str]
    done_by: str | None
    starred: bool
    official_text: str | None


class Clauses(Schema):
    """A page of clauses; `next` is the cursor of the following one."""

    items: list[ClauseOut]
    next: str | None


class RuleOut(Schema):
    """A rule in the list."""

    id: str
    kind: str
    title: Bilingual
    cite: list[str]
    tests: int


class Question(Schema):
    """What is asked of a rule. Numbers in `given` are best sent as text; decimals stay exact."""

    model_config = ConfigDict(extra="forbid")

    on: WrittenDay = Field(description="the day that decides")
    given: dict[str, Anything] = Field(
        default_factory=dict, description="inputs by name; rows of a sheet as lists"
    )
    take: dict[Key, Annotated[str, StringConstraints(max_length=80)]] = Field(
        default_factory=dict, description="interpretations taken for this answer only"
    )
    region: Annotated[str, StringConstraints(max_length=12)] = Field(
        default="", description="the place of the case, like 450311: an overlay that binds it answers"
    )
    keep: Text | None = Field(
        default=None, description="keep the answer, decided for this subject (needs a token)"
    )


class AnswerOut(Schema):
    """An answer with everything needed to explain it and make it again."""

    value: Any
    unit: str
    owner: str | None
    rule: str
    title: Bilingual
    pack: str
    pack_hash: str
    version: date
    cite: list[str]
    day: date
    inputs: dict[str, Any]
    row: int | None
    lines: list[dict[str, Any]]
    interpretations: dict[str, str]
    warnings: list[Bilingual] = []
    says: Bilingual
    kept: str | None = None


class DayOut(Schema):
    """One day of the calendar."""

    on: date
    is_working: bool
    reason: str
    name: Bilingual
    source: str


class WorkdaysOut(Schema):
    """A count of working days, or the day it leads to."""

    start: date
    end: date
    working_days: int
    region: str
    warnings: list[Bilingual] = []


class ProofOut(Schema):
    """RFC 6962 inclusion proof of one sealed entry, hashes in hexadecimal."""

    sequence: int
    size: int
    root: str
    leaf: str
    proof: list[str]


class ConsistencyOut(Schema):
    """RFC 6962 consistency proof between two sizes of the log."""

    old_size: int
    size: int
    proof: list[str]


class HeadOut(Schema):
    """The log as it is: its size and root, and the newest signed checkpoint."""

    size: int
    root: str
    checkpoint: str | None


class Problem(Schema):
    """RFC 9457 problem details."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str | None = None
    detail: str | None = None
    says: Bilingual | None = None
    errors: list[dict[str, Any]] | None = None
    field: str | None = Field(default=None, description="which of what was asked it is about, if one")
    now: int | None = Field(default=None, description="409: the present `seq` of a case that moved on")
