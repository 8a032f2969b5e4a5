"""What an office settles for its whole installation: interpretations, and days of rest and work."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from tongdian.api.shapes.cases import Asked
from tongdian.api.v1.asking import ADMINISTRATION, REFUSED, Name, viewer_of
from tongdian.api.v1.doing import deed
from tongdian.bounded_days import WrittenDay
from tongdian.policy.words import Words
from tongdian.rulebook import actions, queries
from tongdian.rulebook.models import CalendarChange
from tongdian.rulebook.rules import InterpretersPaper, NoSuchChange

choices = Router(tags=["rulebook"], auth=ADMINISTRATION)
changes = Router(tags=["working days"], auth=ADMINISTRATION)
years = Router(tags=["working days"], auth=ADMINISTRATION)
Said = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Region = Annotated[str, StringConstraints(pattern=r"^([0-9]{6})?$")]


class Chosen(Schema):
    """What an open place of a document is here, since when, and why."""

    pack: str
    interpretation: str
    option: str
    reason: str
    papers: list[dict[str, str]] = Field(
        description="office, paper and on, of each office that interprets it"
    )
    at: datetime


class PaperOfOffice(Schema):
    """The paper in which an office that interprets the document decided so."""

    paper: Said
    on: WrittenDay


class Choose(Asked):
    """One of the options of an interpretation, with the reason."""

    option: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    reason: Said
    papers: dict[Name, PaperOfOffice] = Field(
        default={}, description="by the ids of the offices in `interpreted_by` of the pack"
    )


class ChangeOut(Schema):
    """A day that is otherwise here than published."""

    id: str
    on: date
    region: str
    kind: str
    name: str
    source: str
    waits: bool = Field(description="a day that had come waits for a second person")


class Changes(Schema):
    """Days that are otherwise here than published."""

    items: list[ChangeOut]


class ChangeDay(Asked):
    """A day of rest or of work, or as published again, with its source."""

    on: WrittenDay
    region: Region = Field(default="", description="GB/T 2260 code; none: the whole country")
    kind: Literal["rest", "work", "published"]
    name_zh: Said
    name_en: Annotated[str, StringConstraints(max_length=500)] = ""
    source: Said


class YearOut(Schema):
    """A year whose working days are known now."""

    year: int
    source: str
    rests: list[str]
    make_ups: list[str]


class PublishYear(Asked):
    """The notice of a year's holidays, word for word, and where it stands."""

    year: Annotated[int, Field(ge=2000, le=2199)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    source: Said


@deed(choices, "/{pack_id}/interpretations/{interpretation}/choose", gives=Chosen)
def choose(request: HttpRequest, pack_id: Name, interpretation: Name, asked: Choose) -> Any:
    """Settle an open place of a document for this installation."""
    made = actions.choose_interpretation(
        pack=queries.pack(pack_id),
        interpretation=interpretation,
        by=viewer_of(request),
        at=timezone.now(),
        option=asked.option,
        reason=asked.reason,
        papers={office: InterpretersPaper(one.paper, one.on) for office, one in asked.papers.items()},
    )
    return {name: getattr(made, name) for name in Chosen.model_fields}


@changes.get("/changes", response={200: Changes, **REFUSED})
def list_changes(request: HttpRequest) -> Any:
    """Every day that is otherwise here than published; those that wait for a second person too."""
    waiting = set(queries.waiting_changes())
    known = sorted({*queries.calendar_changes(), *waiting}, key=lambda one: (one.on, one.region))
    return {"items": [_change(one, one in waiting) for one in known]}


@deed(changes, "/changes", gives=ChangeOut, status=201)
def change_day(request: HttpRequest, asked: ChangeDay) -> Any:
    """Make a day one of rest or of work here, or as published again."""
    given = asked.model_dump(exclude={"name_zh", "name_en"})
    made = actions.change_calendar(
        **given, name=Words(asked.name_zh, asked.name_en), by=viewer_of(request), at=timezone.now()
    )
    return _change(made, made in queries.waiting_changes())


@deed(changes, "/changes/{id_}/confirm", gives=ChangeOut)
def confirm_change(request: HttpRequest, id_: Name) -> Any:
    """Let another's change of a day that had come count."""
    one = next((row for row in queries.waiting_changes() if str(row.pk) == id_), None)
    if one is None:
        raise NoSuchChange
    actions.confirm_change(change=one, by=viewer_of(request), at=timezone.now())
    return _change(one, False)


@deed(years, "/years", gives=YearOut, status=201)
def publish_year(request: HttpRequest, asked: PublishYear) -> Any:
    """Enter the working days of the next year from the notice of the State Council."""
    made = actions.publish_year(**asked.model_dump(), by=viewer_of(request), at=timezone.now())
    return {
        "year": made.year,
        "source": made.source,
        "rests": _flat(made.rests),
        "make_ups": _flat(made.make_ups),
    }


def _flat(days: Any) -> list[str]:
    return [str(day) for day in days]


def _change(one: CalendarChange, waits: bool) -> dict[str, Any]:
    same = {name: getattr(one, name) for name in ("on", "region", "kind", "source")}
    return {**same, "id": str(one.pk), "name": one.name_zh, "waits": waits}
