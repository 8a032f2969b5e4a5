"""A year of a whole campus by a timetable: the days of each kind of place are cut once, the engine joins.

Places with permits are few and get a calendar of their own, by the same function (`policy/timetables.py`): nothing
of the rule is said to an engine.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.headings import Wanted
from tongdian.bulk.intake import RefusedRow
from tongdian.policy.calendars import zone_of
from tongdian.policy.dialects import Dialect
from tongdian.policy.inputs import read_value
from tongdian.policy.kinds.timetable import TimetableRule
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import BadInput, Refusal
from tongdian.policy.timetables import (
    CutDay,
    HeldPermit,
    PlacedStretch,
    calendar_of,
    days_cut,
    facts_of_place,
    patches,
)
from tongdian.policy.types import Date, Ident, Instant, Options
from tongdian.policy.words import Words

PLACE, DAY = "place", "day"
OF_PERMIT = (PLACE, "permit", "first", "until")
COLUMNS = (PLACE, "first", "until", "state", "line", "permit", "version")
AT_ONCE = 200_000  # stretches of places with permits that are held at a time


class NotATimetable(Refusal):
    """Asked for the calendar of places by a rule that gives none."""

    says = Words("“{rule}”不是时刻表", "“{rule}” is no timetable")


class KeptTwice(Refusal):
    """A place, or a day, that stands in the files twice."""

    says = Words("{what} 有两行", "{what} stands twice")


@dataclass(frozen=True, slots=True)
class CutPlaces:
    """What a run wrote: stretches, places, kinds of place, and the places whose facts nobody could read."""

    stretches: int
    places: int
    kinds: int
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True, slots=True)
class PlaceFiles:
    """Files of places (`place`, and the facts of each), of days (`day`, and what is told of it) and of permits (`place`,
    `permit`, `first`, `until`: instants with their zone)."""

    places: Sequence[Path]
    days: Sequence[Path] = ()
    permits: Sequence[Path] = ()


def cut_places(
    pack: Pack,
    rule_id: str,
    files: PlaceFiles,
    *,
    first: dt.date,
    last: dt.date,
    out: Path,
    take: Mapping[str, str] | None = None,
    engine: str = "duckdb",
    memory: str = "3GB",
) -> CutPlaces:
    """Write the stretches of every place from `first` to `last` into `out`: `place`, `first`, `until` (UTC), `state`,
    `line` (its number from 0, -1: otherwise) of the `version` that began on a day, and `permit`.

    Raises NotATimetable, KeptTwice, DayNotTold, BadInput, UnreadableFile, EngineMissing.
    """
    rule = pack.rules.get(rule_id)
    if not isinstance(rule, TimetableRule):
        raise NotATimetable(rule=rule_id)
    with (
        open_engine(engine, memory=memory) as opened,
        tempfile.TemporaryDirectory(prefix="tongdian-hours-") as scratch,
    ):
        told = _told(opened, rule, files.days)
        opened.read("raw_places", files.places, Wanted((PLACE, *rule.of_place)))
        _refuse_twice(opened, "raw_places", PLACE)
        kinds, refused = _kinds(opened, rule)
        cut = {
            number: days_cut(pack, rule, facts, told, first=first, last=last, take=take)
            for number, facts in kinds.items()
        }
        own = _permits(opened, rule, pack, files.permits) if files.permits else {}
        zone = ZoneInfo(zone_of(pack.head))
        d = opened.dialect
        typed = dict(zip(COLUMNS[1:], (d.text, d.text, d.text, "INT", d.text, "DATE"), strict=True))
        plain = {number: calendar_of(pack, rule, days) for number, days in cut.items()}
        rows = ((number, *_told_out(one, zone)) for number, several in plain.items() for one in several)
        opened.rows("hours", {"kind": "INT", **typed}, rows)
        key = f"CAST(p.{PLACE} AS {d.text})"
        opened.view(
            "placed", f"SELECT {key} AS {PLACE}, k.kind FROM raw_places p JOIN kinds k ON {_same(rule, d)}"
        )
        named = ", ".join(d.q(name) for name in COLUMNS[1:])
        joined = f"SELECT p.{PLACE}, {named} FROM placed p JOIN hours h ON h.kind = p.kind"
        sql = joined
        if own:
            stay, parts = _patched(opened, pack, rule, cut, plain, own, zone, Path(scratch))
            opened.rows("stay", {PLACE: d.text, "begins": d.text, "ends": d.text}, stay)
            sql = (
                f"{joined} WHERE p.{PLACE} NOT IN (SELECT {PLACE} FROM stay)"
                f" UNION ALL {joined} JOIN stay s ON s.{PLACE} = p.{PLACE} AND s.begins <= h.{d.q('first')}"
                f" AND h.{d.q('until')} <= s.ends"
            )
            if parts:
                opened.read("patched", parts, Wanted(COLUMNS, is_ours=True))
                of = {PLACE: d.text, **typed}.items()
                listed = ", ".join(f"CAST({d.q(name)} AS {kind}) AS {d.q(name)}" for name, kind in of)
                sql += f" UNION ALL SELECT {listed} FROM patched"
        draft = out.with_name(f".writing-{out.name}")
        try:
            written = opened.write(sql, draft)
            draft.replace(out)
        finally:
            if draft.is_dir():  # Spark writes a folder of parts
                shutil.rmtree(draft)
            draft.unlink(missing_ok=True)
        places = int(opened.fetch("SELECT COUNT(*) FROM raw_places")[0][0])
        return CutPlaces(written, places, len(kinds), tuple(refused))


def _told_out(one: PlacedStretch, zone: ZoneInfo) -> tuple[str, str, str, int, str, str]:
    """A stretch as it is given out: its instants in UTC, with their zone, and so in the order of their text."""
    return _utc(one.first, zone), _utc(one.until, zone), *one[2:5], one.version.isoformat()


@lru_cache(maxsize=65_536)
def _utc(at: dt.datetime, zone: ZoneInfo) -> str:
    return at.replace(tzinfo=zone).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse_twice(engine: Engine, relation: str, key: str) -> None:
    sql = f"SELECT CAST({key} AS {engine.dialect.text}) FROM {relation} GROUP BY 1 HAVING COUNT(*) > 1 ORDER BY 1 LIMIT 1"
    if twice := engine.fetch(sql):
        raise KeptTwice(what=str(twice[0][0]))


def _told(engine: Engine, rule: TimetableRule, files: Sequence[Path]) -> dict[dt.date, dict[str, Any]]:
    """What the files tell of each day. Raises BadInput, KeptTwice."""
    if not files:
        return {}
    engine.read("raw_days", files, Wanted((DAY, *rule.of_day), optional=frozenset(rule.of_day)))
    _refuse_twice(engine, "raw_days", DAY)
    listed = ", ".join(f"CAST({name} AS {engine.dialect.text})" for name in (DAY, *rule.of_day))
    found: dict[dt.date, dict[str, Any]] = {}
    for day, *told in engine.fetch(f"SELECT {listed} FROM raw_days"):
        on = read_value(DAY, day, Date())
        assert isinstance(on, dt.date)
        found[on] = dict(zip(rule.of_day, told, strict=True))
    return found


def _kinds(engine: Engine, rule: TimetableRule) -> tuple[dict[int, dict[str, Any]], list[RefusedRow]]:
    """Each combination of facts that stands in the files, by a number, and as the relation `kinds`; and of each that
    cannot be read the first place that has it."""
    d = engine.dialect
    texts = [f"CAST({d.q(name)} AS {d.text})" for name in rule.of_place]
    listed = ", ".join((*texts, f"MIN(CAST({PLACE} AS {d.text}))"))
    grouped = f" GROUP BY {', '.join(texts)}" if texts else ""
    found, rows, refused = {}, [], []
    for number, (*written, place) in enumerate(
        sorted(engine.fetch(f"SELECT {listed} FROM raw_places{grouped}"), key=str)
    ):
        try:
            found[number] = facts_of_place(rule, dict(zip(rule.of_place, written, strict=True)))
            rows.append((number, *written))
        except BadInput as problem:
            column = str(problem.facts["name"])
            value = dict(zip(rule.of_place, map(str, written), strict=True)).get(column, "")
            refused.append(RefusedRow(str(place), PLACE, str(place), column, value, problem.words))
    engine.rows("kinds", {"kind": "INT", **dict.fromkeys(rule.of_place, d.text)}, rows)
    return found, refused


def _permits(
    engine: Engine, rule: TimetableRule, pack: Pack, files: Sequence[Path]
) -> dict[str, list[HeldPermit]]:
    """The permits of each place, in local time. Raises BadInput."""
    engine.read("raw_permits", files, Wanted(OF_PERMIT))
    listed = ", ".join(f"CAST({name} AS {engine.dialect.text})" for name in OF_PERMIT)
    zone, known = ZoneInfo(zone_of(pack.head)), Options(tuple(rule.permits))
    found: dict[str, list[HeldPermit]] = {}
    for place, kind, first, until in engine.fetch(f"SELECT {listed} FROM raw_permits"):
        local = []
        for name, text in (("first", first), ("until", until)):
            at: Any = read_value(name, text, Instant())
            local.append(at.astimezone(zone).replace(tzinfo=None))
        held = HeldPermit(str(read_value("permit", kind, known)), *local)
        if held.until <= held.first:
            raise BadInput(
                name="until", problem=Words(f"{until} 不晚于 {first}", f"{until} is not later than {first}")
            )
        found.setdefault(str(read_value(PLACE, place, Ident())), []).append(held)
    return found


def _patched(
    engine: Engine,
    pack: Pack,
    rule: TimetableRule,
    cut: Mapping[int, Sequence[CutDay]],
    plain: Mapping[int, Sequence[PlacedStretch]],
    own: Mapping[str, Sequence[HeldPermit]],
    zone: ZoneInfo,
    folder: Path,
) -> tuple[list[tuple[str, str, str]], list[Path]]:
    """Of the places with permits: from when until when the stretches of their kind stay, and what stands between them,
    as files."""
    stay: list[tuple[str, str, str]] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for place, kind in engine.fetch(f"SELECT {PLACE}, kind FROM placed"):
            permits = own.get(str(place))
            if permits is None:
                continue
            here = plain[int(kind)]
            at = here[0].first
            for patch in patches(pack, rule, cut[int(kind)], here, permits):
                stay.append((str(place), _utc(at, zone), _utc(patch[0].first, zone)))
                at = patch[-1].until
                yield from ((str(place), *_told_out(one, zone)) for one in patch)
            stay.append((str(place), _utc(at, zone), _utc(here[-1].until, zone)))

    parts = _written(rows(), folder)
    return stay, parts


def _same(rule: TimetableRule, d: Dialect) -> str:
    """Where a place is of a kind."""
    return (
        " AND ".join(f"CAST(p.{d.q(name)} AS {d.text}) = k.{d.q(name)}" for name in rule.of_place) or "TRUE"
    )


def _written(rows: Iterable[tuple[Any, ...]], folder: Path) -> list[Path]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: list[Path] = []
    some: list[tuple[Any, ...]] = []

    def write() -> None:
        file = folder / f"{len(found)}.parquet"
        columns = [
            pa.array([str(cell) for cell in column], pa.string()) for column in zip(*some, strict=True)
        ]
        pq.write_table(pa.table(columns, names=list(COLUMNS)), file)
        found.append(file)
        some.clear()

    for row in rows:
        some.append(row)
        if len(some) == AT_ONCE:
            write()
    if some:
        write()
    return found
