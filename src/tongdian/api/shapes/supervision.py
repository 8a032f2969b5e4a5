"""Returns and tasks as the API gives them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints

from tongdian.api.shapes.cases import Asked
from tongdian.api.shapes.rulebook import Bilingual
from tongdian.supervision.bundles import GivenCell

Short80 = Annotated[str, StringConstraints(max_length=80)]
Said = Annotated[str, StringConstraints(max_length=500)]
MOST_CELLS = 1_000


class Cell(Schema):
    """A figure, a day or a text of a return, as text."""

    value: str = Field("", max_length=500, description="empty: nothing is said, and `why` says why")
    status: str = Field(
        "",
        max_length=1,
        description="A E P R M N: normal, estimated, provisional, revised, missing, not applicable",
    )
    source: str = Field("", max_length=8, description="cases, below or entered")
    why: Said = ""


class ReturnStandingOut(Schema):
    """Where the return of an office for a period stands."""

    office: str = Field(description="short name")
    name: str
    form: str
    period: str
    opens: date | None
    due: date
    closes: date | None = Field(description="after it only with leave")
    closed: bool = Field(description="whether it is filed with leave only")
    state: str = Field(
        description="missing, draft, reviewed, rework, submitted, withdrawn, accepted or returned"
    )
    filed_on: date | None = Field(description="of the version that lies above")
    is_on_time: bool
    is_overdue: bool


class ReturnStepOut(Schema):
    """What was done with the newest version."""

    what: str
    at: datetime
    by: str
    reason: str


class CellQuestionOut(Schema):
    """A question on a cell, and its answer."""

    id: UUID
    row: str
    column: str
    text: str
    answer_by: date
    answer: str | None


class DisagreementOut(Schema):
    """A check that the newest version does not pass."""

    check: str
    row: str
    severity: str = Field(description="block: it cannot be filed; explain: it needs a remark; note")
    outcome: str = Field(description="fail, or missing: a cell that it compares says nothing")
    says: Bilingual


class LateRequestOut(Schema):
    """Leave to file after the closing day that was asked for."""

    until: date
    reason: str
    at: datetime


class ReturnOut(ReturnStandingOut):
    """A return with the cells of its newest version."""

    version: int | None
    seen: str = Field(description="what stands now: name it with a step")
    comes_again_by: date | None = Field(description="sent back in time: until then it stays so")
    asked_late: LateRequestOut | None = Field(description="leave to file late that was asked for, unanswered")
    hash: str = Field(description="SHA-256 over cells, absent and remarks")
    contact: str
    note: str
    cells: dict[str, dict[str, Cell]] = Field(description="by row and column of the form")
    absent: list[dict[str, str]] = Field(
        description="offices below without whose return it was made, and why; further below `of` whom it files to"
    )
    remarks: dict[str, str] = Field(description="by check")
    steps: list[ReturnStepOut]
    disagreements: list[DisagreementOut]
    questions: list[CellQuestionOut]


class ReturnsBelow(Schema):
    """The returns that are filed to an office, with the four numbers."""

    expected: int
    received: int
    on_time: int
    accepted: int
    rate: int | None = Field(
        description="received of expected in per cent, rounded; 100 only where none is missing"
    )
    items: list[ReturnStandingOut]


class Absent(BaseModel):
    """An office below without whose return a level files."""

    model_config = ConfigDict(extra="forbid", strict=True)

    organisation: Annotated[str, StringConstraints(max_length=12)]
    why: Said


class FillIn(Asked):
    """Cells of another version. `begun_from`: the version that it rests on, 0 for none; another is 409."""

    cells: Annotated[dict[Short80, dict[Short80, GivenCell]], Field(max_length=MOST_CELLS)]
    begun_from: Annotated[StrictInt, Field(ge=0, le=10_000)]
    absent: Annotated[list[Absent], Field(max_length=MOST_CELLS)] = []
    remarks: Annotated[dict[Short80, Said], Field(max_length=MOST_CELLS)] = {}
    contact: Annotated[str, StringConstraints(max_length=120)] = ""
    note: Said = ""


class AnswerQuestion(Asked):
    """The filer's answer."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class TaskReportOut(Schema):
    """What an office said of a task."""

    state: str
    on: date
    text: str
    paper: str
    at: datetime


class TaskOut(Schema):
    """A task of the ledger, as it stands with an office on a day."""

    clause: str
    title: Bilingual
    due: date | None = Field(description="none: it goes on, and nothing is scored by itself")
    is_own: bool = Field(description="the ledger gives it to this office")
    leads: bool
    standing: str = Field(description="done, late, overdue, going or ongoing")
    done_on: date | None
    reports: list[TaskReportOut]
