"""Changing the rulebook: each change keeps its author and reason, and is sealed in the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tongdian.allowed import Operator, must_be_allowed
from tongdian.audit_log.actions import record
from tongdian.calendar import legal_day, read_arrangement
from tongdian.policy.answer import Answer, plain
from tongdian.policy.clauses import say_clause
from tongdian.policy.pack_files import content_hash, files_of
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import UnknownOption
from tongdian.policy.words import Words
from tongdian.regions import known_region
from tongdian.rulebook import queries
from tongdian.rulebook.models import (
    CalendarChange,
    CalendarConfirmation,
    Choice,
    KeptAnswer,
    OfficialText,
    PublishedYear,
    Revision,
)
from tongdian.rulebook.once import ask_anew
from tongdian.rulebook.rules import (
    AlreadySo,
    InterpretationFixed,
    InterpretersPaper,
    NotItsInterpreter,
    PaperAhead,
    PaperMissing,
    ReasonMissing,
    SameHand,
    YearHasBegun,
    YearKnown,
    cut_official_text,
)

THE_CALENDAR = "calendar"


def _actor(user: Any) -> str:
    return user.actor if user is not None else "program"


def _account(user: Any) -> Any:
    """Who is named in a row: an account; an operator at the machine is named in the audit log."""
    return None if isinstance(user, Operator) else user


@contextmanager
def _decided_alone(what: str) -> Iterator[None]:
    """One decision about it at a time: what it is decided on is read in here, anew, and who comes
    second is told that it is so already."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [what])
        ask_anew()
        yield
    ask_anew()


def install_pack(*, folder: Path, at: datetime, by: Any = None) -> Revision:
    """Keep the pack's present content as a revision; the one already kept if it is known."""
    digest = content_hash(folder)
    known = Revision.objects.filter(content_hash=digest).first()
    if known is not None:
        return known
    files = {name: file.read_text(encoding="utf-8") for name, file in files_of(folder)}
    with transaction.atomic():
        revision = Revision.objects.create(at=at, by=by, content_hash=digest, pack=folder.name, files=files)
        record(
            actor=_actor(by),
            action="install-pack",
            subject=f"pack:{folder.name}",
            payload={"content_hash": digest},
            at=at,
        )
    return revision


def choose_interpretation(
    *,
    pack: Pack,
    interpretation: str,
    option: str,
    reason: str,
    papers: Mapping[str, InterpretersPaper] | None = None,
    by: Any,
    at: datetime,
) -> Choice:
    """Settle an open place for this installation.

    `papers` holds the paper of each office that interprets the document, by the office's id in the pack.
    Raises NotAllowed, UnknownOption, InterpretationFixed, ReasonMissing, PaperMissing, PaperAhead, NotItsInterpreter, AlreadySo.
    """
    must_be_allowed(by, "rulebook.choose_interpretation", Words("选定解读", "choose interpretations"))
    known = pack.interpretations.get(interpretation)
    if known is None or option not in known.options:
        options = list(known.options if known else pack.interpretations)
        raise UnknownOption(interpretation=interpretation, option=option, options=options)
    if known.fixed is not None:
        raise InterpretationFixed(fixed=known.fixed)
    if not reason.strip():
        raise ReasonMissing
    kept = _papers(pack, papers or {}, at)
    with _decided_alone(f"interpretation {pack.id}/{interpretation}"):
        before = queries.choices(pack.id).get(interpretation, known.chosen)
        if before == option:
            raise AlreadySo
        choice = Choice.objects.create(
            at=at,
            by=by,
            pack=pack.id,
            interpretation=interpretation,
            option=option,
            reason=reason.strip(),
            papers=kept,
        )
        record(
            actor=_actor(by),
            action="choose-interpretation",
            subject=f"interpretation:{pack.id}/{interpretation}",
            payload={"before": before, "after": option, "reason": reason.strip()}
            | ({"papers": kept} if kept else {}),
            at=at,
        )
    return choice


def _papers(pack: Pack, papers: Mapping[str, InterpretersPaper], at: datetime) -> list[dict[str, str]]:
    """One paper of each office that interprets the document, in the pack's order."""
    who = pack.head.interpreted_by
    offices = who.offices if who else {}
    for office in papers:
        if office not in offices:
            raise NotItsInterpreter(office=office)
    kept = []
    for office, title in offices.items():
        given = papers.get(office)
        if given is None or not given.paper.strip():
            assert who is not None
            raise PaperMissing(
                offices=Words(
                    "、".join(one.zh for one in offices.values()),
                    " and ".join(one.en for one in offices.values()),
                ),
                office=title,
                cite=say_clause(who.cite[0]),
            ).about(office)
        if given.on > legal_day(at):
            raise PaperAhead(office=title, on=given.on).about(office)
        kept.append({"office": office, "paper": given.paper.strip(), "on": given.on.isoformat()})
    return kept


def change_calendar(
    *, on: date, region: str, kind: str, name: Words, source: str, by: Any, at: datetime
) -> CalendarChange:
    """Make a day one of rest or of work here, or `published` again.

    A day of a year that is not published yet waits for it; one that has come already waits for a
    second person, unless it becomes a day of work. Raises NotAllowed, ReasonMissing, AlreadySo,
    BeyondPublishedCalendar (before the first year), NoSuchRegion.
    """
    must_be_allowed(by, "rulebook.edit_calendar", Words("更改日历", "change the calendar"))
    if not source.strip() or not name.zh.strip():
        raise ReasonMissing
    region = known_region(region)
    with _decided_alone(THE_CALENDAR):
        days = queries.calendar()
        before = next(
            (
                change.kind
                for change in queries.calendar_changes()
                if change.on == on and change.region == region
            ),
            CalendarChange.Kind.PUBLISHED,
        )
        if not days.waits(on) and kind != CalendarChange.Kind.PUBLISHED:
            # a regulation may say otherwise of it: then there is something to decide
            ways = {one.day(on, region=region).is_working for one in queries.calendars_it_reaches()}
            before = CalendarChange.Kind.WORK if ways == {True} else CalendarChange.Kind.REST
            if len(ways) > 1:
                before = CalendarChange.Kind.PUBLISHED
        waiting = [one.kind for one in queries.waiting_changes() if (one.on, one.region) == (on, region)]
        if kind in (waiting or [before]):
            raise AlreadySo
        change = CalendarChange.objects.create(
            at=at,
            by=by,
            on=on,
            region=region,
            kind=kind,
            name_zh=name.zh.strip(),
            name_en=name.en.strip() or name.zh.strip(),
            source=source.strip(),
        )
        record(
            actor=_actor(by),
            action="change-calendar",
            subject=f"calendar:{region or 'national'}/{on}",
            payload={"kind": kind, "name": name.zh.strip(), "source": source.strip()},
            at=at,
        )
    return change


def confirm_change(*, change: CalendarChange, by: Any, at: datetime) -> CalendarConfirmation:
    """Let the change of a day that had come count. Raises NotAllowed, SameHand, AlreadySo."""
    must_be_allowed(by, "rulebook.edit_calendar", Words("更改日历", "change the calendar"))
    if _account(by) is not None and change.by_id == by.pk:
        raise SameHand
    with _decided_alone(THE_CALENDAR):
        if change not in queries.waiting_changes():
            raise AlreadySo
        row = CalendarConfirmation.objects.create(change=change, at=at, by=_account(by))
        record(
            actor=_actor(by),
            action="confirm-calendar-change",
            subject=f"calendar:{change.region or 'national'}/{change.on}",
            payload={"change": str(change.pk)},
            at=at,
        )
    return row


def publish_year(*, year: int, text: str, source: str, by: Any, at: datetime) -> PublishedYear:
    """Enter the working days of the next year, or of one entered here before, from its notice.

    Raises NotAllowed, ReasonMissing, AlreadySo, YearKnown, YearHasBegun, and what reading and adding it refuse:
    UnreadableArrangement, ArrangementContradictsItself, HolidayMissing, YearDoesNotFollow,
    YearHasOtherDates.
    """
    must_be_allowed(by, "rulebook.edit_calendar", Words("更改日历", "change the calendar"))
    text, source = text.strip(), source.strip()
    if not source or not text:
        raise ReasonMissing
    days = read_arrangement(text, year=year)
    with _decided_alone(THE_CALENDAR):
        entered = {row.year: row for row in queries.entered_years()}
        if year not in entered and year <= queries.published().last_year:
            raise YearKnown(year=year)
        if year in entered and (entered[year].text, entered[year].source) == (text, source):
            raise AlreadySo
        if year in entered and year <= legal_day(at).year:
            raise YearHasBegun(year=year)
        queries.published().with_year(year, rests=days.rests, make_ups=days.make_ups, source=source)
        rests, make_ups = days.to_plain()
        row = PublishedYear.objects.create(
            at=at, by=_account(by), year=year, text=text, source=source, rests=rests, make_ups=make_ups
        )
        record(
            actor=_actor(by),
            action="publish-year",
            subject=f"calendar:{year}",
            payload={"source": source, "rests": rests, "make_ups": make_ups},
            at=at,
        )
    return row


def attach_official_text(*, pack: Pack, content: bytes, name: str, by: Any, at: datetime) -> int:
    """Attach the official wording; how many clauses it covers. Raises NotAllowed, UnreadableText."""
    must_be_allowed(by, "rulebook.attach_official_text", Words("附上原文", "attach the official text"))
    found = cut_official_text(content, name, set(pack.clauses))
    with transaction.atomic():
        OfficialText.objects.bulk_create(
            OfficialText(at=at, by=by, pack=pack.id, clause=clause, text=text)
            for clause, text in found.items()
        )
        record(
            actor=_actor(by),
            action="attach-official-text",
            subject=f"pack:{pack.id}",
            payload={"file": name, "clauses": len(found)},
            at=at,
        )
    return len(found)


def keep_answer(
    *, answer: Answer, given: Mapping[str, Any], subject: str, by: Any, at: datetime
) -> KeptAnswer:
    """Keep an answer that decides something, with all that is needed to make it again."""
    with transaction.atomic():
        kept = KeptAnswer.objects.create(
            at=at,
            by=by,
            pack=answer.pack,
            content_hash=answer.pack_hash,
            rule=answer.rule,
            on=answer.day,
            given=plain(dict(given)),
            taken=dict(answer.interpretations),
            subject=subject,
            answer=answer.to_json(),
        )
        record(
            actor=_actor(by),
            action="keep-answer",
            subject=f"answer:{kept.id}",
            payload={"rule": answer.rule, "subject": subject},
            at=at,
        )
    return kept
