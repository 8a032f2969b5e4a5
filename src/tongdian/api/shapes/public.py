"""What anybody may ask: services, applications, tracking, repairs, fees."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from tongdian.api.shapes.cases import Asked, Line, Said, Seeing, Standing, Ticket, Values, Wanted
from tongdian.api.shapes.rulebook import Bilingual
from tongdian.notices.rules import NATIONAL_HOTLINE
from tongdian.parties.actions.consenting import ConsentGiven
from tongdian.parties.rules import Document

DOCUMENTS = tuple(one.value for one in Document if one != Document.CREDIT_CODE)
Phone = Annotated[str, StringConstraints(max_length=20)]


class OfficeOut(Schema):
    """A campus or supplier to which the public may apply."""

    short: str
    name: str
    name_en: str
    hotline: str
    national_hotline: str = NATIONAL_HOTLINE


class ServiceRow(Schema):
    """A service that an office offers."""

    pack: str
    process: str
    title: Bilingual
    group: Bilingual


class StepOut(Schema):
    """One step, with its limit."""

    stage: str
    title: Bilingual
    who: Bilingual
    owner: str
    limit: int | None = Field(description="days; none: the document sets no limit")
    in_working_days: bool
    is_conditional: bool = Field(description="needed only in some cases; the facts decide")
    cite: list[str]


class PaperAsked(Schema):
    """A paper to hand in."""

    item: str
    title: Bilingual


class PapersAsked(Schema):
    """What a stage asks for."""

    stage: Bilingual
    is_first: bool = Field(description="asked for with the application")
    is_closed: bool
    cite: list[str]
    papers: list[PaperAsked]


class ServiceOut(ServiceRow):
    """A service straight from the pack."""

    cite: list[str]
    asks: list[str] = Field(description="facts that the application states")
    steps: list[StepOut]
    papers: list[PapersAsked]


class FeeOut(Schema):
    """A line of the published catalogue."""

    code: str
    name: str
    unit: str
    yuan: str = Field(description="price of one unit, in yuan")
    basis: str
    since: date


class PlaceChoice(Schema):
    """A place that an applicant may pick."""

    id: UUID
    name: str


class Uploaded(Schema):
    """A file that was kept; `ticket` hands it in, for 24 hours."""

    ticket: str
    sha256: str
    size: int = Field(description="bytes, of what is kept")
    media_type: str


class Page(Asked):
    """One page of a paper."""

    ticket: Ticket
    name: Annotated[str, StringConstraints(max_length=200)] = ""


class PrivacyNoticeOut(Schema):
    """The privacy notice in force; {office} and {phone} are those of the office applied to."""

    version: int
    first_on: date
    zh: str
    en: str
    identity_zh: str
    identity_en: str


class Apply(Wanted):
    """An application: who, where, what, and the papers uploaded before."""

    name: Annotated[str, StringConstraints(max_length=120)]
    kind: Literal["person", "firm"] = "person"
    document: Literal[DOCUMENTS] = Field(  # type: ignore[valid-type]
        default=Document.ID_CARD.value, description="a person's, whose number `identity` is"
    )
    identity: Annotated[str, StringConstraints(max_length=30)] = Field(
        default="", description="number of the document, or a firm's unified social credit code"
    )
    phone: Phone = Field(description="by which the application is tracked")
    contact: Annotated[str, StringConstraints(max_length=60)] = ""
    email: Annotated[str, StringConstraints(max_length=254)] = ""
    address: Line = ""
    place: UUID | None = Field(default=None, description="one of GET /offices/{short}/places")
    consent: ConsentGiven | None = Field(default=None, description="without it the application is refused")
    facts: Values = {}
    papers: Annotated[
        dict[Annotated[str, StringConstraints(max_length=80)], Annotated[list[Page], Field(max_length=20)]],
        Field(max_length=40),
    ] = {}


class Applied(Schema):
    """The case that was opened; `token` follows it for an hour, then POST /track gives another."""

    token: str
    standing: Standing


class Track(Asked):
    """The number and the telephone given with it, of a case or of a repair."""

    number: Annotated[str, StringConstraints(max_length=30)]
    phone: Phone


class RepairStepOut(Schema):
    """Something that happened to a repair."""

    at: datetime
    state: str
    note: str


class RepairOut(Schema):
    """A fault that was reported. Who reported it is not told."""

    number: str
    organisation: str
    utility: str
    place: str
    what: str
    is_urgent: bool
    state: str
    reported_at: datetime
    seen: str = Field(description="where it stands now, in short: name it with the next step")
    steps: list[RepairStepOut]


class Repairs(Schema):
    """A page of repairs, newest first."""

    items: list[RepairOut]
    next: str | None


class Tracked(Schema):
    """What the number and telephone lead to: a case with a token for it, or a repair."""

    token: str | None
    standing: Standing | None
    repair: RepairOut | None


class Report(Asked):
    """A fault: what, where, and a telephone to ask back."""

    utility: Literal["power", "water"]
    what: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    place_text: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    phone: Phone
    name: Annotated[str, StringConstraints(max_length=60)] = ""
    is_urgent: bool = False
    photos: Annotated[list[Ticket], Field(max_length=6)] = []


class WorkOnRepair(Seeing):
    """Take it on, say it is mended, or say whose it is."""

    state: Literal["taken", "done", "refused"]
    note: Said = ""
