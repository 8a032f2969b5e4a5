"""Time on a case's page: bars by owner, readings of stages, and why a limit is what it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from tongdian.cases.models import Case
from tongdian.cases.queries import Desk
from tongdian.policy.interpretations import used_by
from tongdian.policy.process import OWNERS, CaseState, ClockResult, Clocks, Standing
from tongdian.policy.process.model import Limited
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.saying import Cite, cites
from tongdian.rulebook.templatetags.rulebook import why
from tongdian.spoken import reader_language

SOON_PERCENT = 80
WIDTH = 100.0
NO_MARK = SafeString()
NO_CITES: tuple[Cite, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A time as a bar: `used` of `allowed` days, both on one scale; colour is not the only sign."""

    title: str
    owner: str
    said: str  # 3/6 个工作日
    level: str  # calm, soon, late
    word: str  # what the level says in words
    fill: float  # of 100
    track: float  # of 100: where the limit lies; 0 without one
    why: SafeString = NO_MARK
    cites: tuple[Cite, ...] = ()
    problem: str = ""
    why_not_due: str = ""  # why no last day can be told


def level_of(used: int, allowed: int | None) -> str:
    """calm, soon (from 80 % of a limit) or late (past it)."""
    if not allowed or used * 100 < SOON_PERCENT * allowed:
        return "calm"
    return "late" if used > allowed else "soon"


def word_of(level: str, left: int | None) -> str:
    """The level in words."""
    if level == "late" and left is not None:
        return gettext("%(n)s over") % {"n": -left} if left else gettext("past its last day")
    if level == "soon" and left is not None:
        return gettext("%(n)s left") % {"n": left}
    return ""


def days_said(used: int, allowed: int | None, *, in_working_days: bool, at_least: bool = False) -> str:
    """3/6 working days; at least 3/6 where nobody knows yet which days are worked."""
    count = f"{used}/{allowed}" if allowed else str(used)
    unit = gettext("working days") if in_working_days else gettext("days")
    said = f"{count} {unit}"
    return gettext("at least %(days)s") % {"days": said} if at_least else said


def why_limit(
    desk: Desk, case: Case, state: CaseState, limited: Limited
) -> tuple[SafeString, tuple[Cite, ...]]:
    """The 依据 mark of a limit that a rule made, or the articles of one the process states."""
    wording = desk.wording
    if limited.limit is None:
        cited = getattr(limited, "cite", ())
        return SafeString(), tuple(cites(desk.pack, tuple(cited), reader_language()))
    rule = desk.pack.rules[limited.limit]
    known = {**state.facts, **wording.given, **limited.given}
    given = {name: known[name] for name in rule.input if name in known}
    try:
        answer = desk.pack.answer(
            rule.rule, on=state.opened_on, given=given, take=used_by(desk.pack, rule, case.taken)
        )
    except Refusal:
        return SafeString(), ()
    return why(answer), ()


def stage_readings(clocks: Clocks, state: CaseState) -> dict[str, ClockResult]:
    """The time used under each stage that was worked on; one that cannot be told is left out."""
    found = {}
    for key, run in state.runs.items():
        if run.attempts:
            try:
                found[key] = clocks.stage(key)
            except Refusal:
                continue
    return found


def bars(desk: Desk, case: Case, state: CaseState, clocks: Clocks, language: str) -> list[Bar]:
    """One bar an owner that acts in this process, then the other clocks of the document."""
    wording = desk.wording
    owners = {wording.owner_of(key) for key in wording.stages}
    rows: list[tuple[str, str, ClockResult | Refusal, Limited | None]] = []
    told: set[str] = set()
    spent = clocks.by_owner()
    for owner in OWNERS:
        if owner not in owners:
            continue
        own = [
            (name, clock)
            for name, clock in wording.clocks.items()
            if clock.owner == owner and (clock.limit or clock.working_days or clock.calendar_days)
        ]
        told |= {name for name, clock in wording.clocks.items() if clock.owner == owner}
        for name, clock in own:
            rows.append((clock.title.say(language), owner, _reading(clocks, name), clock))
        if not own:
            rows.append((OWNERS[owner].say(language), owner, spent[owner], None))
    for name, clock in wording.clocks.items():
        if name not in told:
            rows.append((clock.title.say(language), "", _reading(clocks, name), clock))
    scale = max([1, *(_longest(reading) for _title, _owner, reading, _clock in rows)])
    made = []
    for title, whose, reading, limited in rows:
        mark, cited = NO_MARK, NO_CITES
        if limited is not None and isinstance(reading, ClockResult) and reading.limit:
            mark, cited = why_limit(desk, case, state, limited)
        made.append(_bar(title, whose, reading, scale, mark, cited, language))
    return made


def _reading(clocks: Clocks, name: str) -> ClockResult | Refusal:
    try:
        return clocks.clock(name)
    except Refusal as refusal:
        return refusal


def _longest(reading: ClockResult | Refusal) -> int:
    if isinstance(reading, Refusal):
        return 0
    return max(reading.used, reading.limit.days if reading.limit else 0)


def _bar(
    title: str,
    owner: str,
    reading: ClockResult | Refusal,
    scale: int,
    mark: SafeString,
    cited: tuple[Cite, ...],
    language: str,
) -> Bar:
    if isinstance(reading, Refusal):
        return Bar(title, owner, "—", "calm", "", 0, 0, problem=reading.say(language))
    used, allowed = reading.used, reading.limit.days if reading.limit else None
    level = "late" if reading.is_late else level_of(used, allowed)
    word = word_of(level, allowed - used if allowed else None)
    if reading.standing is Standing.NOT_KNOWN:
        word = gettext("not known yet whether in time")
    if reading.doubted:
        waits = gettext("a claim waits for a countersignature")
        word = f"{word} · {waits}" if word else waits
    return Bar(
        title=title,
        owner=owner,
        said=days_said(used, allowed, in_working_days=reading.in_working_days, at_least=reading.at_least),
        level=level,
        word=word,
        fill=round(WIDTH * used / scale, 1),
        track=round(WIDTH * allowed / scale, 1) if allowed else 0,
        why=mark,
        cites=cited,
        why_not_due=reading.why_not.say(language) if reading.why_not else "",
    )


def row_bar(
    *,
    due_on: dt.date | None,
    limit: int | None,
    in_working_days: bool,
    today: dt.date,
    desk: Desk,
    region: str,
) -> Bar | None:
    """How much of a stage's limit is used, from its last day, so that suspensions are in it. What is
    late stays late beyond the published calendar: at least by the days up to its end."""
    if due_on is None or not limit:
        return None
    at_least = False
    if in_working_days:
        days = desk.pack.calendar
        at_least = today > days.official_through
        until = max(due_on, days.official_through) if at_least else today
        try:
            left = (
                days.working_days_between(until, due_on, region=region)
                if due_on >= until
                else -days.working_days_between(due_on, until, region=region)
            )
        except Refusal:
            return None
    else:
        left = (due_on - today).days
    used = max(0, limit - left)
    level = level_of(used, limit)
    if due_on < today:
        level = "late"
    return Bar(
        title="",
        owner="",
        said=days_said(used, limit, in_working_days=in_working_days, at_least=at_least),
        level=level,
        word=word_of(level, limit - used),
        fill=round(min(WIDTH, WIDTH * used / limit), 1),
        track=WIDTH,
    )
