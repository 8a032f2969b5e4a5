"""Reading the rulebook: packs under this installation's choices and calendar."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from tongdian.calendar import NATIONAL, Calendar, Override, official_calendar
from tongdian.config.home import home
from tongdian.policy.clauses import Clause
from tongdian.policy.packs import Pack, content_hash
from tongdian.policy.shelf import find_pack, open_pack, shelf
from tongdian.policy.words import Words
from tongdian.rulebook.models import CalendarChange, Choice, KeptAnswer, OfficialText, Revision

_loaded: dict[str, tuple[str, Pack]] = {}
_one_at_a_time = threading.Lock()


def packs() -> list[Pack]:
    """Every pack on the shelf, under what is chosen here."""
    return [pack(name) for name in shelf()]


def pack(name: str) -> Pack:
    """One pack under what is chosen here. Raises UnknownPack, PackError."""
    folder = find_pack(name)
    mark = str(content_hash(folder))
    with _one_at_a_time:
        known = _loaded.get(str(folder))
        if known is None or known[0] != mark:
            loaded = open_pack(str(folder), checked=lambda digest: home() / "checked" / digest)
            known = _loaded[str(folder)] = (mark, loaded)
    bare = known[1]
    return _under(bare, choices(bare.id), calendar())


_under_choices: dict[tuple[str, Any, str], Pack] = {}


def _under(bare: Pack, chosen: dict[str, str], days: Calendar) -> Pack:
    """The pack with choices and calendar; kept, so that its sheets are compiled once."""
    key = (bare.content_hash, tuple(sorted(chosen.items())), days.content_hash)
    found = _under_choices.get(key)
    if found is None:
        if len(_under_choices) > 32:
            _under_choices.clear()
        found = _under_choices[key] = bare.chosen(choices=chosen, calendar=days)
    return found


def choices(pack_id: str) -> dict[str, str]:
    """The newest option chosen for each interpretation of a pack."""
    rows = Choice.objects.filter(pack=pack_id).order_by("interpretation", "-id")
    return dict(rows.distinct("interpretation").values_list("interpretation", "option"))


def choice_history(pack_id: str, interpretation: str) -> list[Choice]:
    """Every choice made, newest first."""
    rows = Choice.objects.filter(pack=pack_id, interpretation=interpretation)
    return list(rows.select_related("by").order_by("-id"))


def calendar_changes() -> list[CalendarChange]:
    """The changes in force: the newest of each day and region, unless taken back."""
    newest = CalendarChange.objects.order_by("on", "region", "-id").distinct("on", "region")
    return [change for change in newest if change.kind != CalendarChange.Kind.PUBLISHED]


def calendar() -> Calendar:
    """The published working days with this installation's changes."""
    changes = [
        Override(
            on=change.on,
            is_working=change.kind == CalendarChange.Kind.WORK,
            name=Words(change.name_zh, change.name_en),
            source=change.source,
            region=change.region or NATIONAL,
        )
        for change in calendar_changes()
    ]
    return official_calendar().with_overrides(changes) if changes else official_calendar()


def official_texts(pack_id: str) -> dict[str, str]:
    """The attached official wording by clause id."""
    rows = OfficialText.objects.filter(pack=pack_id).order_by("clause", "-id").distinct("clause")
    return dict(rows.values_list("clause", "text"))


def revisions(pack_id: str) -> list[Revision]:
    """The encodings of a pack that were ever installed, newest first, without their files."""
    return list(Revision.objects.filter(pack=pack_id).defer("files").order_by("-id"))


def answers_by_rule(pack_id: str) -> dict[str, int]:
    """How many answers each rule decided here."""
    rows = KeptAnswer.objects.filter(pack=pack_id).values_list("rule").annotate(count=Count("id"))
    return dict(rows)


@dataclass(frozen=True)
class Coverage:
    """How far a pack's clauses are implemented."""

    clauses: int
    implemented: int
    half: int
    planned: int
    text_only: int

    @classmethod
    def of(cls, clauses: Iterable[Clause]) -> Coverage:
        listed = list(clauses)
        return cls(
            clauses=len(listed),
            implemented=sum(bool(c.by) and not c.planned for c in listed),
            half=sum(bool(c.by) and bool(c.planned) for c in listed),
            planned=sum(bool(c.planned) and not c.by for c in listed),
            text_only=sum(not c.by and not c.planned for c in listed),
        )


def search(text: str, *, limit: int = 50) -> list[tuple[Pack, str, str, Words]]:
    """Clauses and rules whose number, title or words contain `text`, titles first.

    Each hit is (pack, "clause" | "rule", id, title). A few hundred clauses need no index: a plain
    scan finds two-character words exactly.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return []
    first: list[tuple[Pack, str, str, Words]] = []
    later: list[tuple[Pack, str, str, Words]] = []
    for one in packs():
        for clause in one.clauses.values():
            heading = f"{clause.id} {clause.title.zh} {clause.title.en} {say(clause.id)}".casefold()
            body = f"{clause.says.zh} {clause.says.en}".casefold()
            if wanted in heading or wanted in body:
                (first if wanted in heading else later).append((one, "clause", clause.id, clause.title))
        for rule in one.rules.values():
            heading = f"{rule.rule} {rule.title.zh} {rule.title.en}".casefold()
            if wanted in heading:
                first.append((one, "rule", rule.rule, rule.title))
    return [*first, *later][:limit]


def say(clause: str) -> str:
    """A clause's number in both spoken forms, for searching."""
    from tongdian.policy.clauses import say_clause

    said = say_clause(clause)
    return f"{said.zh} {said.en}"
