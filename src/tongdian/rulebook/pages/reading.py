"""Regulations: every pack, a chapter at a time, an article with all that it decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tongdian.policy.clauses import Clause
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.kinds.sheet import SheetRule
from tongdian.policy.overlays.laying import removals
from tongdian.policy.packs import Pack
from tongdian.policy.process.rule import Process
from tongdian.policy.refusals import InterpretationNotChosen, NotInForce, PackError
from tongdian.policy.shelf import UnknownPack, shelf
from tongdian.rulebook import queries
from tongdian.rulebook.pages.numbers import Grid, grid
from tongdian.rulebook.pages.over_time import history
from tongdian.rulebook.pages.unchanged import unchanged
from tongdian.rulebook.queries import Coverage, rules_by_clause
from tongdian.rulebook.saying import (
    AREA_NAMES,
    CLAUSE_KINDS,
    KINDS,
    anchor,
    article_of,
    cites,
    clause_address,
    first_options,
    named,
    options_in_force,
    other_language,
    period,
    rule_address,
)
from tongdian.spoken import reader_language


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page over packs: an unknown pack is not found; one that cannot be read says where and why."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UnknownPack:
            raise Http404 from None
        except PackError as error:
            said = {
                "file": error.where,
                "line": error.line,
                "problem": error.problem.say(reader_language()),
                "remedy": error.remedy.say(reader_language()),
            }
            return render(request, "rulebook/broken.html", said, status=503)

    return shown


def installed(name: str) -> Pack:
    """A pack on the shelf; a path in the address is no pack."""
    if name not in shelf():
        raise Http404
    return queries.pack(name)


# --- all packs ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PackCard:
    """One pack in the list."""

    pack: Pack
    title: str
    issuer: str
    scope: str
    period: str
    coverage: Coverage
    rules: int
    open_places: int
    settled: int


def card(one: Pack, language: str) -> PackCard:
    """What the list says of a pack."""
    options = options_in_force(one)
    return PackCard(
        one,
        one.title.say(language),
        one.head.issuer.say(language),
        one.head.scope.say(language),
        period(one.head.in_force),
        Coverage.of(one.clauses.values()),
        len(one.rules),
        sum(option == "none" for option in options.values()),
        len(options),
    )


@require_safe
@unchanged
@page
def packs(request: HttpRequest) -> HttpResponse:
    """Every regulation installed here, with how far it is implemented."""
    language = reader_language()
    found, broken = queries.readable_packs()
    problems = [
        (e.where, e.line, e.problem.say(language), e.remedy.say(language))
        for error in broken
        for e in error.every
    ]
    cards = [card(one, language) for one in found]
    return render(request, "rulebook/packs.html", {"cards": cards, "problems": problems})


# --- contents -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ContentsEntry:
    """One article in the contents."""

    id: str
    said: str
    title: str
    address: str
    state: str
    is_open: bool


@dataclass(frozen=True)
class ChapterEntry:
    """One chapter in the contents, with its articles."""

    id: str
    number: int
    title: str
    entries: tuple[ContentsEntry, ...]
    is_open: bool


def state_of(clause: Clause) -> str:
    """implemented, half, planned or text: how far a clause is alive."""
    if clause.is_alive:
        return "half" if clause.planned else "implemented"
    return "planned" if clause.planned else "text"


def contents(one: Pack, language: str, *, chapter: str = "", article: str = "") -> list[ChapterEntry]:
    """All chapters with their articles; the open ones marked."""
    members: dict[str, list[ContentsEntry]] = {key: [] for key in one.chapters}
    states: dict[str, list[str]] = {}
    for clause in one.clauses.values():
        states.setdefault(article_of(one, clause.id), []).append(state_of(clause))
    for clause in one.clauses.values():
        if article_of(one, clause.id) != clause.id:
            continue
        link = cites(one, (clause.id,), language)[0]
        members[clause.chapter].append(
            ContentsEntry(
                clause.id,
                link.said,
                clause.title.say(language),
                link.address.partition("#")[0],
                _whole(states[clause.id]),
                clause.id == article,
            )
        )
    return [
        ChapterEntry(key, number, one.chapters[key].title.say(language), tuple(entries), key == chapter)
        for number, (key, entries) in enumerate(members.items(), 1)
    ]


def _whole(states: list[str]) -> str:
    alive = {state for state in states if state != "text"}
    if not alive:
        return "text"
    if alive == {"implemented"}:
        return "implemented"
    return "planned" if alive == {"planned"} else "half"


# --- a chapter, an article ------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleCard:
    """A live rule under its clause: its numbers now and over time."""

    id: str
    title: str
    kind: str
    kind_said: str
    note: str
    address: str
    grid: Grid | None
    history: Any
    period: str
    versions: int
    waits_for: str  # the interpretation without which it refuses
    tests: int
    decided: int
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class OpenPlace:
    """An interpretation touching a clause."""

    id: str
    issue: str
    chosen: str
    address: str


@dataclass(frozen=True)
class ShownClause:
    """A clause as the reader sees it."""

    id: str
    anchor: str
    said: str
    title: str
    says: str
    other: str
    other_lang: str
    official: str
    kind: str
    state: str
    depth: int
    carried_by: tuple[str, ...]
    planned: tuple[str, ...]
    offices: tuple[str, ...]
    lead: str
    done_by: str
    is_starred: bool
    rules: tuple[RuleCard, ...]
    rule_links: tuple[tuple[str, str], ...]
    open_places: tuple[OpenPlace, ...]
    address: str


class Reader:
    """Makes what a page shows of clauses and rules, asking the database once for all of them."""

    def __init__(self, one: Pack, language: str) -> None:
        self.pack, self.language = one, language
        self.official = queries.official_texts(one.id)
        self.answers = queries.answers_by_rule(one.id)
        self.by_clause = rules_by_clause(one)
        self.options = options_in_force(one)
        self.today = timezone.localdate()

    def clause(self, clause: Clause, *, with_rules: bool, shown_rules: set[str]) -> ShownClause:
        """One clause. A rule is drawn whole at the first clause that has it, linked after that."""
        language, other = self.language, other_language(self.language)
        names = [name for name in self.by_clause[clause.id] if name in self.pack.rules]
        whole = [name for name in names if with_rules and name not in shown_rules]
        shown_rules.update(whole)
        return ShownClause(
            id=clause.id,
            anchor=anchor(clause.id),
            said=cites(self.pack, (clause.id,), language)[0].said,
            title=clause.title.say(language),
            says=clause.says.say(language),
            other=clause.says.say(other),
            other_lang="en" if other == "en" else "zh-CN",
            official=self.official.get(clause.id, ""),
            kind=str(CLAUSE_KINDS[clause.kind]),
            state=state_of(clause),
            depth=clause.id.count("(") if article_of(self.pack, clause.id) != clause.id else 0,
            carried_by=tuple(str(AREA_NAMES.get(area, area)) for area in clause.carried_by),
            planned=tuple(str(AREA_NAMES.get(area, area)) for area in clause.planned),
            offices=tuple(named(self.pack, name, language) for name in clause.offices),
            lead=named(self.pack, clause.lead, language) if clause.lead else "",
            done_by=clause.done_by or "",
            is_starred=clause.starred,
            rules=tuple(self.rule(name) for name in whole),
            rule_links=tuple(
                (self.pack.rules[name].title.say(language), rule_address(self.pack, name))
                for name in names
                if name not in whole
            ),
            open_places=tuple(self._open_places(clause.id)),
            address=clause_address(self.pack, clause.id),
        )

    def _open_places(self, clause: str) -> list[OpenPlace]:
        found = []
        for one in self.pack.interpretations.values():
            if one.clause != clause:
                continue
            option = self.options[one.id]
            chosen = one.options[option].says.say(self.language) if option != "none" else ""
            address = reverse("interpretation", args=[self.pack.id, one.id])
            found.append(OpenPlace(one.id, one.issue.say(self.language), chosen, address))
        return found

    def rule(self, name: str) -> RuleCard:
        """A rule with the numbers of today under the choices made here."""
        rule, language = self.pack.rules[name], self.language
        keys = interpretations_of(self.pack, rule)
        waits = next((key for key in keys if self.options[key] == "none"), "")
        taken = first_options(self.pack, keys)
        version = self._version(rule, taken)
        try:
            rule.taken(self.pack, {})
        except InterpretationNotChosen as refusal:
            waits = str(refusal.facts["interpretation"])
        is_open = any(self.options[key] == "none" for key in version.taking)  # nobody chose the number
        return RuleCard(
            id=name,
            title=rule.title.say(language),
            kind=rule.kind,
            kind_said=str(KINDS.get(rule.kind, rule.kind)),
            note=rule.note.say(language) if rule.note else "",
            address=rule_address(self.pack, name),
            grid=None if is_open else grid(self.pack, rule, version, language),
            history=None
            if is_open or isinstance(rule, (SheetRule, Process))
            else history(self.pack, rule, self.today, taken, language),
            period=period(version.in_force),
            versions=len({v.in_force.start for v in rule.versions}),
            waits_for=waits,
            tests=len(rule.tests),
            decided=self.answers.get(name, 0),
            stages=tuple(stage.title.say(language) for stage in version.stages.values())
            if isinstance(rule, Process)
            else (),
        )

    def _version(self, rule: Any, taken: dict[str, str]) -> Any:
        try:
            return rule.version_on(self.today, taken)
        except NotInForce:
            return [v for v in rule.versions if all(taken[k] == o for k, o in v.taking.items())][-1]


@require_safe
@unchanged
@page
def pack(request: HttpRequest, pack: str) -> HttpResponse:
    """A regulation: what it is, how far it is implemented, and its contents."""
    one, language = installed(pack), reader_language()
    listed = contents(one, language)
    context = {
        "card": card(one, language),
        "pack": one,
        "contents": listed,
        "has_official": bool(queries.official_texts(one.id)),
        "revisions": queries.revisions(one.id),
        "kinds": _kinds(one),
        "decided": sum(queries.answers_by_rule(one.id).values()),
        "places": queries.packs_of_places(one),
        "removed": removals(one),
    }
    return render(request, "rulebook/pack.html", context)


def _kinds(one: Pack) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The live rules by kind, each with its id, title and address."""
    language = reader_language()
    found: dict[str, list[tuple[str, str, str]]] = {}
    for rule in one.rules.values():
        said = str(KINDS.get(rule.kind, rule.kind))
        found.setdefault(said, []).append((rule.rule, rule.title.say(language), rule_address(one, rule.rule)))
    return list(found.items())


@require_safe
@unchanged
@page
def chapter(request: HttpRequest, pack: str, number: int) -> HttpResponse:
    """One chapter, all of its articles in order."""
    one, language = installed(pack), reader_language()
    if not 1 <= number <= len(one.chapters):
        raise Http404
    key = list(one.chapters)[number - 1]
    reader, drawn = Reader(one, language), set[str]()
    clauses = [
        reader.clause(clause, with_rules=False, shown_rules=drawn)
        for clause in one.clauses.values()
        if clause.chapter == key
    ]
    listed = contents(one, language, chapter=key)
    context = {
        "pack": one,
        "pack_title": one.title.say(language),
        "title": one.chapters[key].title.say(language),
        "contents": listed,
        "clauses": clauses,
        "previous": listed[number - 2] if number > 1 else None,
        "next": listed[number] if number < len(listed) else None,
        "has_official": bool(reader.official),
    }
    return render(request, "rulebook/chapter.html", context)


@require_safe
@unchanged
@page
def clause(request: HttpRequest, pack: str, clause: str) -> HttpResponse:
    """An article with its items, its live rules and everything that touches it."""
    one, language = installed(pack), reader_language()
    known = one.clauses.get(clause)
    if known is None:
        if clause.endswith("/") and clause.rstrip("/") in one.clauses:
            return redirect("clause", pack, clause.rstrip("/"))
        raise Http404
    article = article_of(one, clause)
    reader, drawn = Reader(one, language), set[str]()
    # an item's own rules stand at the item, the article's at the end of its list
    members = [c for c in one.clauses.values() if article_of(one, c.id) == article]
    shown = {
        c.id: reader.clause(c, with_rules=True, shown_rules=drawn)
        for c in [*(c for c in members if c.id != article), *(c for c in members if c.id == article)]
    }
    listed = contents(one, language, chapter=known.chapter, article=article)
    order = [entry for part in listed for entry in part.entries]
    at = next(number for number, entry in enumerate(order) if entry.id == article)
    context = {
        "pack": one,
        "pack_title": one.title.say(language),
        "chapter": next(part for part in listed if part.is_open),
        "article": shown[article],
        "clauses": [shown[c.id] for c in members],
        "asked": clause,
        "contents": listed,
        "previous": order[at - 1] if at else None,
        "next": order[at + 1] if at + 1 < len(order) else None,
        "has_official": bool(reader.official),
    }
    return render(request, "rulebook/clause.html", context)
