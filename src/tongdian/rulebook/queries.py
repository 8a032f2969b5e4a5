"""Reading the rulebook: packs under this installation's choices and calendar."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from tongdian.calendar import (
    NATIONAL,
    SHANGHAI,
    Arrangement,
    Calendar,
    Override,
    PublishedYears,
    official_calendar,
    published_years,
)
from tongdian.policy.clauses import Clause, PackHead, say_clause
from tongdian.policy.interpretations import interpretations_of
from tongdian.policy.kinds import Rule
from tongdian.policy.loading import load_pack
from tongdian.policy.overlays.places import binding, governing, overlaid
from tongdian.policy.pack_files import folders_of
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import InterpretationNotChosen, PackError, Refusal
from tongdian.policy.shelf import on_shelf, open_pack, shelf
from tongdian.policy.words import Words
from tongdian.rulebook.models import CalendarChange, Choice, KeptAnswer, OfficialText, PublishedYear, Revision
from tongdian.rulebook.once import once_a_request
from tongdian.rulebook.rules import UnknownRevision

# The one place where packs are kept: a revision under what was chosen here, with all that was made
# of it. Each process has its own.
_read: OrderedDict[tuple[Hashable, Hashable], Pack] = OrderedDict()
MOST_READ = 32
HEADS = ("pack.yaml", "clauses.yaml", "overlay.yaml")  # where a pack says what it is to others
_one_at_a_time = threading.RLock()


def readable_packs() -> tuple[list[Pack], list[PackError]]:
    """Every pack that loads, and what is wrong with those that do not."""
    found: list[Pack] = []
    broken: list[PackError] = []
    for name in shelf():
        try:
            found.append(pack(name))
        except PackError as error:
            broken.append(error)
    return found, broken


def pack(name: str) -> Pack:
    """One pack under what is chosen here. Raises UnknownPack, PackError."""
    return once_a_request(("pack", name), lambda: _lying(name))


def pack_for(name: str, region: str) -> Pack:
    """The pack that governs a place under one that was adopted: an overlay of the place, or itself.
    Raises UnknownPack, PackError, OverlaysDoNotStack."""
    return once_a_request(
        ("pack for", name, region), lambda: pack(governing(name, region)).governing_as(name)
    )


def packs_of_places(one: Pack) -> list[tuple[str, Pack]]:
    """(region, pack) of every overlay that binds a place under a pack and can be read, widest first."""
    found = []
    with contextlib.suppress(Refusal):
        for region, name in reversed(binding(one.id)):
            with contextlib.suppress(PackError):
                found.append((region, pack(name)))
    return found


def _lying(name: str) -> Pack:
    folder = str(on_shelf(name))

    def load() -> Pack:
        return open_pack(folder, checked=lambda digest: settings.HOME / "checked" / digest)

    lying = tuple(_as_it_lies(one) for one in folders_of(Path(folder)))
    return _under_choices(lying, load)


def pack_at(name: str, digest: str) -> Pack:
    """A pack as it was encoded under that content hash, with today's calendar and local rest days.

    A case that began under an older encoding keeps its rules, and so does one that an overlay of its
    place governs. Raises UnknownRevision.
    """
    now = None
    with contextlib.suppress(Refusal):  # gone from the shelf, or broken there
        now = pack(name)
        if now.content_hash == digest:
            return now
        for _, laid in binding(name):
            if (one := pack(laid)).content_hash == digest:
                return one.governing_as(name)
    days_of = now.head if now is not None and now.head.calendar is not None else None
    key = (digest, now.content_hash if now and days_of else "")
    return once_a_request(
        ("pack", name, *key), lambda: _under_choices(key, lambda: _old(name, digest), days_of=days_of)
    ).governing_as(name)


def _old(name: str, digest: str) -> Pack:
    row = Revision.objects.filter(content_hash=digest).first()
    if row is None or (row.pack != name and f"over/{name}/pack.yaml" not in row.files):
        raise UnknownRevision(pack=name, revision=digest[:12])
    return revision_pack(row)


def _under_choices(revision: Hashable, load: Callable[[], Pack], *, days_of: PackHead | None = None) -> Pack:
    """A revision under what is chosen now; read again only where it was never read here."""
    key = revision, (chosen_mark(), shelf_mark())
    with _one_at_a_time:
        found = _read.get(key)
        if found is None:
            before = next((one for (known, _mark), one in _read.items() if known == revision), None)
            bare = before or load()
            chosen = {name: option for one in reversed(bare.chain) for name, option in choices(one).items()}
            here = bare.chosen(choices=chosen, published=calendar(), days_of=days_of)
            found = _read[key] = here.chosen(overlays=lambda: overlaid(bare, pack))
        _read.move_to_end(key)
        while len(_read) > MOST_READ:
            _read.popitem(last=False)
    return found


def revision_pack(revision: Revision) -> Pack:
    """A kept revision loaded again, by the kernel of today. One kept before packs named their calendar
    counted by the published one."""
    with tempfile.TemporaryDirectory(prefix="tongdian-") as scratch:
        folder = Path(scratch) / revision.pack
        for name, text in revision.files.items():
            file = folder / name
            if name.startswith("over/"):  # of a pack that it lies over
                file = Path(scratch) / name.removeprefix("over/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        pack = load_pack(folder, run_tests=False)
    if pack.head.calendar is None:
        pack = pack.chosen(days_of=pack.head.model_copy(update={"calendar": "CN"}))
    return pack


def _as_it_lies(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a file of the pack does: reading them all on every request would be slow."""
    found = []
    for entry in os.scandir(folder):
        for file in os.scandir(entry.path) if entry.is_dir() else (entry,):
            about = file.stat()
            found.append((file.path, about.st_mtime_ns, about.st_size))
    return tuple(sorted(found))


def chosen_mark() -> Hashable:
    """What changes with every choice and every change of the calendar: one small question a request.
    The tables only grow, so their sizes and newest rows say whether anything was chosen since."""
    return once_a_request("chosen", _mark)


def shelf_mark() -> Hashable:
    """What changes with every pack that comes to the shelf, leaves it, or is laid over others anew: what a
    pack says of others (`amends`, `over`) is told with them at once."""
    return once_a_request("shelf", _heads)


def _heads() -> Hashable:
    heads = [folder / name for folder in shelf().values() for name in HEADS]
    return tuple(
        (str(one), (about := one.stat()).st_mtime_ns, about.st_size) for one in heads if one.exists()
    )


_also_standing: list[Callable[[], Hashable]] = []


def also_standing(tell: Callable[[], Hashable]) -> None:
    """What else a page of the rulebook is drawn from: told by the area that draws it."""
    _also_standing.append(tell)


def standing() -> Hashable:
    """All that pages of the rulebook are drawn from: every pack as it lies, what was chosen, the
    official texts, the revisions, and the newest answer that was kept. The tables only grow."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select (select count(*) from rulebook_officialtext),"
            " (select count(*) from rulebook_revision),"
            " (select id from rulebook_keptanswer order by id desc limit 1)"
        )
        grown = cursor.fetchone()
    lying = tuple((name, _as_it_lies(folder)) for name, folder in shelf().items())
    return chosen_mark(), grown, lying, tuple(tell() for tell in _also_standing)


def _mark() -> Hashable:
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_database(),"
            " (select count(*) from rulebook_choice),"
            " (select id from rulebook_choice order by id desc limit 1),"
            " (select count(*) from rulebook_calendarchange),"
            " (select id from rulebook_calendarchange order by id desc limit 1),"
            " (select count(*) from rulebook_calendarconfirmation),"
            " (select count(*) from rulebook_publishedyear),"
            " (select id from rulebook_publishedyear order by id desc limit 1)"
        )
        mark: Hashable = cursor.fetchone()
    return mark


def choices(pack_id: str) -> dict[str, str]:
    """The newest option chosen for each interpretation of a pack."""
    rows = Choice.objects.filter(pack=pack_id).order_by("interpretation", "-id")
    return dict(rows.distinct("interpretation").values_list("interpretation", "option"))


def choice_history(pack_id: str, interpretation: str) -> list[Choice]:
    """Every choice made, newest first."""
    rows = Choice.objects.filter(pack=pack_id, interpretation=interpretation)
    return list(rows.select_related("by").order_by("-id"))


def calendar_changes() -> list[CalendarChange]:
    """The changes in force: the newest of each day and region that counts, unless taken back."""
    counting = CalendarChange.objects.filter(_counts())
    newest = counting.order_by("on", "region", "-id").distinct("on", "region")
    return [change for change in newest if change.kind != CalendarChange.Kind.PUBLISHED]


def waiting_changes() -> list[CalendarChange]:
    """The changes of days that had come, which count when a second person confirms them."""
    rows = CalendarChange.objects.order_by("on", "region", "-id").distinct("on", "region")
    newest = CalendarChange.objects.filter(pk__in=rows.values("pk"))
    return list(newest.exclude(_counts()).select_related("by").order_by("on", "region"))


def _counts() -> Q:
    """A day to come, and a day of work: that makes no time better."""
    made_on = TruncDate("at", tzinfo=SHANGHAI)
    return Q(kind=CalendarChange.Kind.WORK) | Q(on__gt=made_on) | Q(confirmation__isnull=False)


def entered_years() -> list[PublishedYear]:
    """The years entered here as they count now, earliest first."""
    return list(PublishedYear.objects.order_by("year", "-id").distinct("year").select_related("by"))


def published() -> PublishedYears:
    """The years the program brought along, and those entered here."""
    years = published_years()
    for row in entered_years():
        days = Arrangement.of_plain(row.rests, row.make_ups)
        years = years.with_year(row.year, rests=days.rests, make_ups=days.make_ups, source=row.source)
    return years


WARNED_FROM_MONTH = 11  # the State Council publishes the next year's arrangement in November


def missing_year(today: dt.date) -> int | None:
    """The year whose working days somebody should enter now: from November the next one, if nobody
    has yet; None while nothing is missing."""
    wanted = today.year + (today.month >= WARNED_FROM_MONTH)
    last = calendar().official_through.year
    return last + 1 if last < wanted else None


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
    base, years = official_calendar(), published()
    if years is not base.published:
        base = base.with_published(years)
    return base.with_overrides(changes) if changes else base


def calendars_it_reaches() -> list[Calendar]:
    """The calendars in which a day entered here counts: the published one and that of each pack which
    follows it."""
    following = [one.calendar for one in readable_packs()[0] if one.head.calendar == "CN"]
    return [calendar(), *following]


def calendars_hash() -> str:
    """What every last day was laid out by: the published calendar as it is here, and that of each pack."""
    hashes = [calendar().content_hash]
    for one in readable_packs()[0]:
        if one.head.calendar is not None:
            hashes.append(f"{one.id} {one.calendar.content_hash}")
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def official_texts(pack_id: str) -> dict[str, str]:
    """The attached official wording by clause id."""
    rows = OfficialText.objects.filter(pack=pack_id).order_by("clause", "-id").distinct("clause")
    return dict(rows.values_list("clause", "text"))


def revisions(pack_id: str) -> list[Revision]:
    """The encodings of a pack that were ever installed, newest first, without their files."""
    return list(Revision.objects.filter(pack=pack_id).defer("files").order_by("-id"))


def revision(pack_id: str, digest: str) -> Revision | None:
    """The revision whose content hash begins so."""
    return Revision.objects.filter(pack=pack_id, content_hash__startswith=digest).first()


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
            implemented=sum(c.is_alive and not c.planned for c in listed),
            half=sum(c.is_alive and bool(c.planned) for c in listed),
            planned=sum(bool(c.planned) and not c.is_alive for c in listed),
            text_only=sum(not c.is_alive and not c.planned for c in listed),
        )


@dataclass(frozen=True)
class SearchHit:
    """One place where the words searched for stand."""

    pack: Pack
    what: str  # clause, rule, interpretation
    id: str
    number: Words
    title: Words
    body: Words


def find(text: str, *, limit: int = 60) -> list[SearchHit]:
    """Clauses, rules and interpretations with `text` in their number, title or words.

    Those that have it in number or title come first. A few hundred clauses need no index: a plain
    scan finds two-character words exactly. A number is found as a whole: 22 is not in 2022.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return []
    is_number = re.fullmatch(r"[\d,.]+", wanted) is not None
    pattern = re.compile(rf"(?<![\d.]){re.escape(wanted)}(?![\d.]*\d)" if is_number else re.escape(wanted))
    first: list[SearchHit] = []
    later: list[SearchHit] = []
    for hit in _everything():
        heading = f"{hit.id} {hit.number.zh} {hit.number.en} {hit.title.zh} {hit.title.en}"
        if pattern.search(heading.casefold()):
            first.append(hit)
        elif pattern.search(f"{hit.body.zh}\n{hit.body.en}".casefold()):
            later.append(hit)
    return [*first, *later][:limit]


def _everything() -> Iterator[SearchHit]:
    found = readable_packs()[0]
    nothing = Words("", "")
    for one in found:
        for clause in one.clauses.values():
            if one.over is not None and clause.id in one.over.clauses:
                continue  # found in the pack that the overlay lies over
            yield SearchHit(one, "clause", clause.id, say_clause(clause.id), clause.title, clause.says)
    changed = {one.id: {change.rule for change in one.changes} for one in found}
    for one in found:
        for rule in one.rules.values():
            if one.over is not None and rule.rule not in changed[one.id]:
                continue
            yield SearchHit(one, "rule", rule.rule, nothing, rule.title, rule.note or nothing)
    for one in (pack for pack in found if pack.over is None):
        for place in one.interpretations.values():
            number = say_clause(place.clause)
            yield SearchHit(one, "interpretation", place.id, number, place.issue, place.reason)


def options_in_force(one: Pack, rule: Rule) -> dict[str, str]:
    """The option of every interpretation that a rule depends on, where one is chosen."""
    found: dict[str, str] = {}
    for name in interpretations_of(one, rule):
        with contextlib.suppress(InterpretationNotChosen):
            found[name] = one.option(name, {})
    return found


def rules_by_clause(one: Pack) -> dict[str, list[str]]:
    """The rules that cite each clause, beside those the clause names itself."""
    found: dict[str, list[str]] = {clause.id: list(clause.by) for clause in one.clauses.values()}
    for rule in one.rules.values():
        for version in rule.versions:
            also = [cite for row in getattr(version, "also", ()) for cite in row.cite]
            for cited in (*version.cite, *also):
                if rule.rule not in found[cited]:
                    found[cited].append(rule.rule)
    return found


def kept_answers(pack_id: str, rule: str, *, limit: int = 20) -> list[KeptAnswer]:
    """The newest answers a rule decided here."""
    return list(KeptAnswer.objects.filter(pack=pack_id, rule=rule).order_by("-id")[:limit])
