"""Cases as the API takes and gives them. Days are dates in Asia/Shanghai, instants have an offset."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from tongdian.api.shapes.rulebook import Anything, Bilingual
from tongdian.bounded_days import WrittenDay
from tongdian.cases.rules import ASSIGN
from tongdian.policy.process import VERBS

Said = Annotated[str, StringConstraints(max_length=2000)]
Line = Annotated[str, StringConstraints(max_length=200)]
Values = Annotated[
    dict[Annotated[str, StringConstraints(max_length=80)], Anything],
    Field(max_length=60, description="by name; numbers as text, in the unit that the pack names"),
]
Ticket = Annotated[str, StringConstraints(max_length=300)]


class Ref(Schema):
    """Something that has a page of its own."""

    id: UUID
    name: str


class OfficeRef(Ref):
    """An organisation by its short name, which begins the numbers of its cases."""

    short: str


class CustomerRef(Ref):
    """A customer; the name is masked (王**) for who does not work with customers."""

    number: str


class OpenStage(Schema):
    """A stage that waits for somebody."""

    stage: str
    role: str
    owner: str = Field(description="whose time it takes: supplier, customer or government")
    office: str | None = Field(description="short name of the office that has it in hand")
    assigned_to: UUID | None
    opened_on: date
    due_on: date | None = Field(description="last day in time; none: no limit, or not computable")
    limit: int | None = Field(description="days allowed")
    in_working_days: bool


class Standing(Schema):
    """Where a case stands now: what every step answers."""

    number: str
    seq: int = Field(description="number of the last event; send it as `seen` with the next step")
    opened_on: date
    last_on: date
    suspended_since: date | None
    ended_on: date | None
    ending: str = Field(description="finished, refused, withdrawn, or empty while open")
    open: list[OpenStage]


class CaseRow(Schema):
    """A case in the list."""

    id: UUID
    number: str
    seq: int
    organisation: OfficeRef
    pack: str
    process: str
    place: Ref | None
    customer: CustomerRef | None
    channel: str
    opened_on: date
    ended_on: date | None
    ending: str
    suspended_since: date | None
    waits_from: date | None = Field(
        description="judged late from this day on, until a claim is countersigned"
    )
    is_demo: bool


class Cases(Schema):
    """A page of cases, newest first; `next` is the cursor of the following page."""

    items: list[CaseRow]
    next: str | None


class ClockOut(Schema):
    """Time used against a limit."""

    name: str
    used: int = Field(description="days used, working days where `in_working_days`")
    at_least: bool = Field(description="it may be more: counted up to the end of the published working days")
    limit: int | None
    in_working_days: bool
    due_on: date | None
    standing: str
    exempt: bool = Field(description="late by force majeure, reported apart")
    doubted: bool = Field(description="without a claim that waits for a countersignature")
    why_not_due: Bilingual | None = Field(description="why no last day can be told")


class Judged(Schema):
    """How a time is judged if a claim is countersigned."""

    standing: str
    used: int
    due_on: date | None
    exempt: bool


class ClaimChange(Schema):
    """A time that hangs on a claim: of a stage or a clock, as it is judged now."""

    name: str
    standing: str
    used: int
    due_on: date | None
    if_countersigned: Judged


class ClaimOut(Schema):
    """A stay, a force majeure or an earlier day that nobody has countersigned yet."""

    seq: int = Field(description="of the event that claims it")
    kind: str
    on: date
    claimed_on: date | None
    decides: bool = Field(description="whether the verdict of today waits for it")
    changes: list[ClaimChange]


class NextStep(Schema):
    """What this caller may do, what it asks, and why it is refused now, if it is."""

    deed: Annotated[str, Field(json_schema_extra={"enum": [*VERBS, ASSIGN.name]})]
    stage: str | None = None
    claim: int | None = Field(default=None, description="`seq` of the event that claims it")
    title: Bilingual
    facts: list[str] = Field(
        default=[],
        description="facts to send with it, also those that stand at a default at which nobody looked",
    )
    may_say: list[str] = Field(
        default=[], description="facts that decide later; who works beside it is asked if you do not say"
    )
    given: list[str] = Field(default=[], description="questions of the stage's effect to answer")
    needs_evidence: bool = False
    needs_reason: bool = Field(default=False, description="`reason`, or the `note` of a stage that refuses")
    missing_papers: list[str] = []
    back_to: list[str] = Field(default=[], description="stages it may be returned to")
    causes: list[str] = Field(default=[], description="causes that may suspend it")
    versions: list[str] = Field(default=[], description="versions to which the case can be moved")
    why_not: Bilingual | None = Field(default=None, description="why it would be refused now")
    cite: list[str] = []


class CaseOut(CaseRow):
    """One case whole, as this caller may see it."""

    title: Bilingual
    cite: list[str]
    version: str
    revision: str = Field(description="content hash of the pack as it was then")
    taken: dict[str, str] = Field(description="interpretations in force when it began")
    region: str = Field(description="GB/T 2260 code")
    part_of: str | None
    last_on: date
    open: list[OpenStage]
    facts: dict[str, Any]
    done: list[str] = Field(description="stages done, in order")
    clocks: list[ClockOut]
    claims: list[ClaimOut]
    flags: list[str] = Field(description="one-login, same-file, for-customer, applied-anew")
    doubts: list[Bilingual] = Field(description="what the facts say that the process is not for")
    next: list[NextStep]


class EventOut(Schema):
    """One thing that happened."""

    seq: int
    kind: str = Field(description="as webhooks name it; `stage_closed` is a stage, not the case")
    ends_case: bool = Field(description="whether the case was finished or taken back with it")
    stage: str
    at: datetime
    on: date
    claimed_on: date | None = Field(description="the earlier day that somebody claims")
    by: str
    body: dict[str, Any]


class PaperIn(Schema):
    """A page received for an item."""

    id: UUID
    name: str
    at: datetime
    by: str
    note: str
    is_file: bool


class NeededPaper(Schema):
    """One line of a list, with what is here of it."""

    item: str
    title: Bilingual
    reason: str = Field(description="of one asked for beyond the list")
    received: list[PaperIn]


class PaperList(Schema):
    """What a stage asks for, exactly as the pack lists it."""

    stage: str
    is_closed: bool = Field(description="nothing more may be asked for")
    cite: list[str]
    needed: list[NeededPaper]


class PaperDone(Schema):
    """A line written about a paper."""

    id: UUID
    item: str
    kind: str


# ---------------------------------------------------------------- what is asked
class Asked(Schema):
    """Nothing is taken that is not described."""

    model_config = ConfigDict(extra="forbid")


SEEN = "`seen` of the thing as you saw it, here or in If-Match; if somebody changed it since: 409"
Seen = Annotated[str, StringConstraints(max_length=16)]


class Seeing(Asked):
    """Which state of a thing you saw."""

    seen: Seen = Field(default="", description=SEEN)


class Step(Asked):
    """A step on a case. The server's time counts; `claimed_on` stands beside it and is shown, and
    where it would make the case better it counts once it is countersigned."""

    seen: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(
        default=None,
        description="`seq` of the case as you saw it; or If-Match with the ETag. If somebody acted "
        "since, nothing is done and the answer is 409 with the present `seq`.",
    )
    claimed_on: WrittenDay | None = None


class Close(Step):
    """Complete a stage."""

    facts: Values = {}
    given: Values = {}
    note: Said = ""
    evidence: Annotated[list[Line], Field(max_length=20)] = []
    files: Annotated[list[Ticket], Field(max_length=20)] = Field(
        default=[], description="evidence uploaded before: tickets of POST /uploads"
    )


class Return(Step):
    """Send the case back for rework."""

    to: Line
    reason: Said


class Suspend(Step):
    """Let the case stand still for a cause that its process admits."""

    cause: Line
    reason: Said = ""
    event: UUID | None = Field(default=None, description="the event of force majeure that it is laid to")
    evidence: Annotated[list[Line], Field(max_length=20)] = []
    files: Annotated[list[Ticket], Field(max_length=20)] = []


class Proof(Asked):
    """A file that proves an event of force majeure."""

    file: Ticket
    name: Line


class ProofOut(Schema):
    """A file that proves an event of force majeure."""

    file: str = Field(description="SHA-256 of its content")
    name: str
    at: datetime


class Resume(Step):
    """Go on after a suspension."""

    note: Said = ""


class Withdraw(Step):
    """The applicant takes it back."""

    reason: Said


class RecordFact(Step):
    """Record or correct a fact."""

    name: Line
    value: Anything
    reason: Said = ""


class Migrate(Step):
    """Move the case to another version of its process."""

    version: Line
    reason: Said


class Countersign(Step):
    """Vouch for a claim."""

    evidence: Annotated[list[Line], Field(max_length=20)] = []
    files: Annotated[list[Ticket], Field(max_length=20)] = Field(
        description="what it rests on: tickets of POST /uploads, one at least"
    )
    reason: Said = ""


class RefuseClaim(Step):
    """Do not accept a claim."""

    reason: Said


class Wanted(Asked):
    """What an application asks beside who and at which place."""

    place_text: Line = Field(default="", description="where it is; needed without a place")
    purpose: Line = Field(default="", description="what a supply is used for; needed for one")
    wants_power: bool = True
    wants_water: bool = False
    capacity_kw: Annotated[str, StringConstraints(max_length=20)] | None = Field(
        default=None, description="kilowatts, 0.01 or more"
    )
    from_on: WrittenDay | None = Field(default=None, description="a temporary supply has both days")
    last_on: WrittenDay | None = None
    remark: Said = ""


class OpenCase(Wanted):
    """An application at the counter or from another program, for a customer who is known; within
    another case (`part_of`) for the same at the same place, and nothing is asked again."""

    organisation: Annotated[str, StringConstraints(max_length=12)] = Field(
        description="short name of the campus or supplier"
    )
    pack: Annotated[str, StringConstraints(max_length=80)]
    process: Annotated[str, StringConstraints(max_length=80)]
    place: UUID | None = None
    customer: UUID | None = Field(default=None, description="needed but within another case")
    part_of: Annotated[str, StringConstraints(max_length=30)] | None = Field(
        default=None, description="number of the case that it serves"
    )
    facts: Values = {}
    channel: Literal["counter", "phone", "program"] = "program"
    claimed_on: WrittenDay | None = None


class Settle(Asked):
    """Say where, or for whom, a case is."""

    place: UUID | None = None
    customer: UUID | None = None


class Assign(Asked):
    """Give a stage, or the whole case, to somebody; no account: back to the office."""

    account: UUID | None = None
    reason: Line = ""


class ReceivePaper(Asked):
    """A paper: an uploaded file, or the note that the original was seen at the counter."""

    ticket: Ticket | None = None
    name: Line = ""
    note: Said = ""


class AskPaper(Asked):
    """One more paper, where the list is open; the reason is shown to the applicant."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    reason: Said


class SetAside(Asked):
    """A paper no longer counts, with the reason."""

    reason: Said
