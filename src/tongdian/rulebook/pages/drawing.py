"""A process on its page: the graph drawn, and its stages as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from tongdian.policy.answer import plain
from tongdian.policy.packs import Pack
from tongdian.policy.process.commands import first_facts
from tongdian.policy.process.conditions import say_condition
from tongdian.policy.process.drawing import draw
from tongdian.policy.process.model import OWNERS, ProcessVersion
from tongdian.policy.process.rule import Process
from tongdian.policy.refusals import Refusal
from tongdian.rulebook.pages.asking import RuleQuestion, as_query, question, version_for
from tongdian.rulebook.pages.marking import why_mark
from tongdian.rulebook.saying import AREA_NAMES, Cite, cites, rule_address


@dataclass(frozen=True)
class StageRow:
    """One stage in the table."""

    number: int
    key: str
    title: str
    role: str
    owner: str
    limit: str
    why: SafeString
    after: tuple[str, ...]
    back: tuple[str, ...]
    condition: str
    papers: str
    papers_title: str
    effect: str
    planned: str
    note: str
    cites: tuple[Cite, ...]
    is_left_out: bool


@dataclass(frozen=True)
class ClockRow:
    """One clock over the whole case."""

    title: str
    of: str
    limit: str
    why: SafeString
    cites: tuple[Cite, ...]


@dataclass(frozen=True)
class ProcessView:
    """A process as drawn for one day and these facts."""

    across: SafeString
    down: SafeString
    stages: tuple[StageRow, ...]
    clocks: tuple[ClockRow, ...]
    suspensions: tuple[str, ...]


def process_view(pack: Pack, rule: Process, asked: RuleQuestion, language: str) -> ProcessView:
    """The graph and its stages; facts that cannot be read are left out of it."""
    version = version_for(pack, rule, asked)
    on = asked.day or version.in_force.start
    try:
        facts = first_facts(version, question(asked))
    except Refusal:
        facts = {}
    try:
        limits = rule.limits(pack, version, on=on, facts=facts, take=asked.take)
    except Refusal:
        limits = {}
    drawn = {
        direction: mark_safe(  # noqa: S308  our own picture, every text in it escaped
            draw(
                version,
                title=rule.title,
                language=language,
                limits=limits,
                direction=direction,
                name=f"process-{direction}",
            )
        )
        for direction in ("across", "down")
    }
    stages = [
        _stage(pack, version, number, key, limits.get(key), facts, asked, language)
        for number, key in enumerate(version.graph.order, 1)
    ]
    clocks = [
        ClockRow(
            clock.title.say(language),
            clock.of,
            limits[name].words.say(language) if name in limits else "",
            _why(pack, version, clock, asked, facts, language) if name in limits else SafeString(),
            tuple(cites(pack, tuple(clock.cite), language)),
        )
        for name, clock in version.clocks.items()
    ]
    causes = tuple(cause.title.say(language) for cause in version.causes.values())
    return ProcessView(drawn["across"], drawn["down"], tuple(stages), tuple(clocks), causes)


def _why(
    pack: Pack, version: ProcessVersion, limited: Any, asked: RuleQuestion, facts: Any, language: str
) -> SafeString:
    """The 依据 mark of a limit that a rule answered: the rule asked with these facts."""
    rule = pack.rules.get(limited.limit) if limited.limit else None
    if rule is None:
        return SafeString()
    known = {**facts, **version.given, **limited.given}
    given = {name: str(plain(known[name])) for name in rule.input if name in known}
    query = as_query(RuleQuestion(asked.on, given, asked.take, asked.region))
    return why_mark(pack.id, rule.rule, query, rule.title.say(language))


def _stage(
    pack: Pack,
    version: ProcessVersion,
    number: int,
    key: str,
    limit: Any,
    facts: Any,
    asked: RuleQuestion,
    language: str,
) -> StageRow:
    stage = version.stages[key]
    guard = version.graph.guards.get(key)
    papers = pack.rules.get(stage.papers) if stage.papers else None
    return StageRow(
        number=number,
        key=key,
        title=stage.title.say(language),
        role=version.all_roles[stage.role].title.say(language),
        owner=OWNERS[version.owner_of(key)].say(language),
        limit=limit.words.say(language) if limit else "",
        why=_why(pack, version, stage, asked, facts, language) if limit else SafeString(),
        after=tuple(version.stages[each].title.say(language) for each in stage.after),
        back=tuple(version.stages[each].title.say(language) for each in stage.back),
        condition=say_condition(guard, version.facts).say(language) if guard else "",
        papers=rule_address(pack, papers.rule) if papers else "",
        papers_title=papers.title.say(language) if papers else "",
        effect=stage.effect or "",
        planned=str(AREA_NAMES.get(stage.planned, stage.planned)) if stage.planned else "",
        note=stage.note.say(language) if stage.note else "",
        cites=tuple(cites(pack, tuple(stage.cite), language)),
        is_left_out=version.graph.is_needed(key, facts) is False,
    )
