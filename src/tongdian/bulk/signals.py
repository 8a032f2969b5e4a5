"""Signals over the files of a record: what each says of which case or group, and what nobody could judge.

Each signal is one pass over its kind of rows, on DuckDB; its conditions are printed from the same tree that
answers a single row. What a file does not tell is counted as not judged: that is no acquittal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongdian.bulk.engines import Engine, open_engine
from tongdian.bulk.intake import GrainRead, Intake, RefusedRow
from tongdian.bulk.periods import Span
from tongdian.bulk.rating import calendar_places, provide_calendar
from tongdian.bulk.refusals import MissingGrain
from tongdian.bulk.signal_rows import MOMENTS, NO_HOUR, SAY_HOUR, SignalRows
from tongdian.policy.calendars import zone_of
from tongdian.policy.kinds.signal import SignalRule, SignalVersion, blank, signals_of, stages_of
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Sheet
from tongdian.policy.sheet_reader import parse_sheet
from tongdian.policy.sheet_sql import Script, print_sheet
from tongdian.policy.signal_rows import EARLY, FILE_LABELS, FILE_TITLES, FILES, GROUP_COLUMNS, SHARES
from tongdian.policy.types import Date, Value
from tongdian.policy.words import Words
from tongdian.policy.written_sheets import WrittenSheet

MOST = 1000  # that are named of each signal; all are counted
MEMORY = "1800MB"  # the limit of the engine; the process takes little more
ALL = Span()
_ZONED = Words(
    "时刻要写明时区，如 2026-03-02T09:30:00+08:00", "a moment states its zone: 2026-03-02T09:30:00+08:00"
)
_GROUPED = {
    "supplier": ("supplier",),
    "region": ("region",),
    "person": ("supplier", "person"),
    "person-hour": ("supplier", "person", "hour"),
}


@dataclass(frozen=True, slots=True)
class Signal:
    """What a rule of a pack says of one case or group. `about` is the case, or what the group is called by;
    `values` are its figures and `more` how many rows of the case say so. A supplier or region is empty where
    several are concerned, or none is known."""

    rule: str
    about: str
    case: str
    supplier: str
    region: str
    values: Mapping[str, Value | None]
    sentence: Words
    period: str = ""

    @property
    def origin(self) -> str:
        """What this finding is called by, the same whenever it is found again. A group's figures are those of a
        period, so the period belongs to it."""
        return f"integrity:{self.rule}:{self.about}" + (f":{self.period}" if self.period else "")


@dataclass(frozen=True)
class SignalResult:
    """What came of one signal: rows or groups judged, those that nobody could judge, and what was found. `counts`
    are all that were found, by region and supplier; `found` names some. `lacks` are the columns of files without
    which nothing was judged at all."""

    rule: SignalRule
    version: SignalVersion
    judged: int = 0
    unknown: int = 0
    found: tuple[Signal, ...] = ()
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many were found."""
        return sum(self.counts.values())

    @property
    def is_judged(self) -> bool:
        """Whether the files tell what it asks for."""
        return not self.lacks


@dataclass(frozen=True)
class FoundSignals:
    """Every signal of a pack over some files, the rows that could not be read, and what was read."""

    results: tuple[SignalResult, ...]
    refused: tuple[RefusedRow, ...]
    read: tuple[GrainRead, ...]


def find_signals(
    pack: Pack,
    files: Mapping[str, Sequence[Path]],
    *,
    on: dt.date,
    span: Span = ALL,
    only: Iterable[str] = (),
    memory: str = MEMORY,
    most: int = MOST,
) -> FoundSignals:
    """The signals of a pack in force on a day, over the files `case`, `event` and `work`, as things stood then.

    A case belongs to the span if it ran in it, a step, a stay or a contract if its day lies in it. Raises
    MissingGrain and what reading raises.
    """
    if "case" not in files:
        raise MissingGrain(grain="case", needed=["case", "event", "work"])
    with open_engine("duckdb", memory=memory) as engine:
        intake = Intake(engine, record_sheet(pack), titles=FILE_TITLES, labels=FILE_LABELS, derived=MOMENTS)
        intake.take(files)
        refused = [*intake.refused, *_no_moments(engine)]
        signals, known = signals_of(pack, on, only), _known(intake)
        asked = _asked(version for _, version in signals if not version.lacks(known))
        rows = SignalRows(engine, on=on, span=span, zone=zone_of(pack.head), asked=asked)
        run = _Run(engine, pack, rows, known, span, most)
        results = tuple(run.result(rule, version) for rule, version in signals)
        return FoundSignals(results, tuple(refused), tuple(intake.read))


def _asked(versions: Iterable[SignalVersion]) -> frozenset[str]:
    """The columns of steps that conditions and groups of some signals rest on."""
    found: set[str] = set()
    for one in versions:
        if one.rows != "step":
            continue
        names = (
            one.names_in(one.where) | one.names_in(one.when) | one.summed | {*_GROUPED.get(one.by or "", ())}
        )
        found |= {name.removeprefix("has_") for name in names} | ({"region", "supplier"} if one.by else set())
    return frozenset({"_hour" if name == "hour" else name for name in found})


def _known(intake: Intake) -> frozenset[str]:
    """The columns that the files have, each with its grain, and the grains themselves: `event.person`."""
    columns = {f"{grain}.{name}" for grain, names in intake.read_columns.items() for name in names}
    return frozenset({*columns, *intake.read_columns})


def record_sheet(pack: Pack) -> Sheet:
    """How the files of a record are read."""
    sheet = parse_sheet(FILES, WrittenSheet(zone=zone_of(pack.head)))
    for name in ("event", "work", "fact"):
        sheet.grains[name].may_be_absent = True
    return sheet


def _no_moments(engine: Engine) -> list[RefusedRow]:
    """The events whose moment cannot be read: they are judged without it."""
    sql = """SELECT CAST("case" AS VARCHAR), seq, "at" FROM in_event WHERE "at" <> '-' AND moment IS NULL"""
    return [
        RefusedRow(case, "event", str(seq), "at", at, _ZONED, (("case", case), ("seq", str(seq))))
        for case, seq, at in engine.fetch(sql)
    ]


class _Run:
    """Judges one signal after the other on the same rows."""

    def __init__(
        self, engine: Engine, pack: Pack, rows: SignalRows, known: frozenset[str], span: Span, most: int
    ) -> None:
        self._engine, self._pack, self._rows = engine, pack, rows
        self._known, self._most = known, most
        ends = [one.isoformat() if one else "" for one in (span.first, span.last)]
        self._period = "" if span.is_all else "..".join(ends)

    def result(self, rule: SignalRule, version: SignalVersion) -> SignalResult:
        """What comes of one signal."""
        if lacks := version.lacks(self._known):
            return SignalResult(rule, version, lacks=lacks)
        rows = self._rows.relation(version.rows)
        sheet = rule.row_sheet(self._pack, version)
        self._engine.view("in_item", self._items(version, sheet, rows))
        script = self._printed(sheet)
        return (self._cases if version.by is None else self._groups)(rule, version, rows, script)

    def _items(self, version: SignalVersion, sheet: Sheet, rows: str) -> str:
        """The rows as the sheet is given them: nothing empty, and told what is there."""
        d, kind = self._engine.dialect, version.row_kind
        there_are = self._rows.columns(version.rows)
        hour = f"COALESCE(_hour, {NO_HOUR})" if "_hour" in there_are else NO_HOUR
        made = ["_n AS item", "_case AS case_no", f"{hour} AS hour"]
        for name in kind.columns:
            type_ = sheet.types[name]
            dummy = d.q(kind.day) if isinstance(type_, Date) else d.literal(blank(type_, dt.date.min), type_)
            stands = f"COALESCE({d.q(name)}, {dummy})" if name in there_are else dummy  # not asked for
            # typed as declared: DuckDB would bring a wide count down to the few digits of a limit
            made.append(f"CAST({stands} AS {d.type(type_)}) AS {d.q(name)}")
        made += [
            f"{f'{d.q(n)} IS NOT NULL' if n in there_are else 'FALSE'} AS {d.q(f'has_{n}')}"
            for n, one in kind.columns.items()
            if one.optional
        ]
        keys = [key for key in _GROUPED.get(version.by or "", ()) if key in kind.columns]
        for told, names in (
            ("known_where", version.names_in(version.where)),
            ("known_when", version.names_in(version.when) | version.summed | {*keys}),
        ):
            there = [f"{d.q(one)} IS NOT NULL" for one in sorted(names) if not one.startswith("has_")]
            made.append(f"{' AND '.join(there) or 'TRUE'} AS {told}")
        return f"SELECT {', '.join(made)} FROM {rows}"  # fmt: skip

    def _printed(self, sheet: Sheet) -> Script:
        """The sheet over `in_item`. A row whose days no calendar has comes out of nothing, and is not judged."""
        places = calendar_places(self._engine, self._pack, sheet) if sheet.needs_calendar else ("",)
        if sheet.needs_calendar:
            provide_calendar(self._engine, self._pack, places)
        return print_sheet(
            sheet, {}, self._engine.dialect, outputs=["item"],
            places=[one for one in places if one] if len(places) > 1 else (), home=self._pack.head.region or "",
        )  # fmt: skip

    def _cases(self, rule: SignalRule, version: SignalVersion, rows: str, script: Script) -> SignalResult:
        """Of each case the first row that says so, with how many do."""
        q = self._engine.dialect.q
        shown = f"({script.outputs['item']})"
        judged, unknown = self._judged(script, rows)
        facts = "".join(f", o.{q(name)}" for name in version.facts)
        hits = f"""
            SELECT r._case, r._seq{facts}, COUNT(*) OVER (PARTITION BY r._case) AS more
            FROM {shown} o JOIN {rows} r ON r._n = o.item
            WHERE o.known_where AND o.is_of AND o.known_when AND o.shows
            QUALIFY ROW_NUMBER() OVER (PARTITION BY r._case ORDER BY r._seq) = 1"""
        self._engine.define("hits", script.query(hits))
        own = "".join(f", h.{q(name)}" for name in (*version.facts, "more"))
        whole = self._rows.whole(version.rows)
        self._engine.define(
            "said", f"SELECT w.*{own} FROM hits h JOIN {whole} w ON w._case = h._case AND w._seq = h._seq"
        )
        names = ["_case", *version.row_kind.columns, *version.facts, "more"]
        listed = ", ".join(q(name) for name in names)
        sql = f"SELECT {listed} FROM said ORDER BY applied DESC, CAST(_case AS VARCHAR) LIMIT {self._most}"
        types = rule.types(self._pack, version)
        found = []
        for number, *cells in self._engine.fetch(sql):
            values = dict(zip(names[1:], (_read(cell) for cell in cells), strict=True))
            case, supplier, region = str(number), str(values["supplier"] or ""), str(values["region"])
            sentence = rule.sentence(version, values, types, stages_of(self._pack))
            found.append(Signal(rule.rule, case, case, supplier, region, values, sentence))
        return SignalResult(rule, version, judged, unknown, tuple(found), self._counts())

    def _groups(self, rule: SignalRule, version: SignalVersion, rows: str, script: Script) -> SignalResult:
        """The groups of which `that` holds."""
        q, keys = self._engine.dialect.q, _GROUPED[str(version.by)]
        _, unknown = self._judged(script, rows)
        self._engine.define("g", script.query(_grouping(version, keys, script.outputs["item"])))
        self._likely(rule, version)
        self._engine.view("in_item", self._items(version, rule.row_sheet(self._pack, version), rows))
        self._engine.define("gn", script.query(_figures(keys, script.outputs["item"])))
        self._chances(rule, version)
        judge = self._of_groups(rule.group_sheet(self._pack, version), "gn JOIN chances USING (item)")
        figures = [*GROUP_COLUMNS, *SHARES]
        said = f"""
            SELECT {", ".join(f"{_SAID.get(key, 'gn.' + key)} AS _{key}" for key in keys)}, gn.region AS region, gn.supplier AS supplier,
              {", ".join(f"o.{q(name)} AS {q(name)}" for name in figures)}
            FROM ({judge.outputs["item"]}) o JOIN gn ON gn.item = o.item WHERE o.shows"""
        self._engine.define("said", judge.query(said))
        names = [*(f"_{key}" for key in keys), "region", "supplier", *figures]
        order = ", ".join(f"_{key}" for key in keys)
        listed = ", ".join(q(name) for name in names)
        types, found = rule.types(self._pack, version), []
        for cells in self._engine.fetch(
            f"SELECT {listed} FROM said ORDER BY total DESC, {order} LIMIT {self._most}"
        ):
            values: dict[str, Any] = dict(zip(names, map(_read, cells), strict=True))
            group = {key: str(values.pop(f"_{key}")) for key in keys}
            region, supplier = str(values.pop("region")), str(values.pop("supplier"))
            values = {**group, **values}
            sentence = rule.sentence(version, values, types, stages_of(self._pack))
            # an hour is its own period
            period = "" if "hour" in keys else self._period
            about = " ".join(group.values())
            found.append(Signal(rule.rule, about, "", supplier, region, values, sentence, period))
        judged = int(self._engine.fetch("SELECT COUNT(*) FROM g")[0][0])
        return SignalResult(rule, version, judged, unknown, tuple(found), self._counts())

    def _likely(self, rule: SignalRule, version: SignalVersion) -> None:
        """The groups that still may be found once their rows are counted: few, where most have a row or two."""
        d, sheet = self._engine.dialect, rule.early_sheet(self._pack, version)
        later = [name for name in GROUP_COLUMNS if name not in EARLY]
        blanks = ", ".join(
            f"{d.literal(blank(sheet.types[one], dt.date.min), sheet.types[one])} AS {one}" for one in later
        )
        judge = self._of_groups(sheet, f"(SELECT rowid AS item, *, {blanks} FROM g)")
        likely = f"SELECT item FROM ({judge.outputs['item']}) o WHERE o.shows"
        self._engine.define(
            "likely", judge.query(f"SELECT rowid AS item, * FROM g WHERE rowid IN ({likely})")
        )

    def _of_groups(self, sheet: Sheet, groups: str) -> Script:
        """A sheet over groups with their figures."""
        d = self._engine.dialect
        brought = ", ".join(
            f"CAST({name} AS {d.type(sheet.types[name])}) AS {name}" for name in GROUP_COLUMNS
        )
        self._engine.view("in_item", f"SELECT item, {brought} FROM {groups}")
        return self._printed(sheet)

    def _chances(self, rule: SignalRule, version: SignalVersion) -> None:
        """Reckon by how much chance each group would come about, where it is asked. Suppliers, districts and
        persons are thousands at most, and are reckoned here, in decimals."""
        if version.usual is None:
            self._engine.define("chances", "SELECT item, 1 AS one_in FROM gn")
            return
        names = ("total", "matching", "others_total", "others_matching")
        rows = [
            (number, rule.chance(version, dict(zip(names, map(int, figures), strict=True))))
            for number, *figures in self._engine.fetch(f"SELECT item, {', '.join(names)} FROM gn")
        ]
        self._engine.rows("reckoned", {"item": "BIGINT", "one_in": "BIGINT"}, rows)
        self._engine.define("chances", "SELECT * FROM reckoned")

    def _judged(self, script: Script, rows: str) -> tuple[int, int]:
        """How many rows the signal is about and were judged, and how many nobody could judge."""
        counted = (
            f"SELECT COUNT(*), COUNT(*) FILTER (known_where AND is_of AND known_when), COUNT(*) FILTER "
            f"(NOT known_where OR (is_of AND NOT known_when)) FROM ({script.outputs['item']}) o"
        )
        came, judged, unknown = map(int, self._engine.fetch(script.query(counted))[0])
        whole = int(self._engine.fetch(f"SELECT COUNT(*) FROM {rows}")[0][0])
        return judged, unknown + whole - came

    def _counts(self) -> dict[tuple[str, str], int]:
        sql = "SELECT region, COALESCE(CAST(supplier AS VARCHAR), ''), COUNT(*) FROM said GROUP BY 1, 2 ORDER BY 1, 2"
        return {
            (str(region), str(supplier)): int(count) for region, supplier, count in self._engine.fetch(sql)
        }


_SAID = {"hour": f"CASE WHEN gn.hour = {NO_HOUR} THEN '-' ELSE strftime(gn.hour, '{SAY_HOUR}') END"}
_JUDGED = "known_where AND is_of AND known_when"


def _figures(keys: Sequence[str], items: str) -> str:
    """The groups that may be found, with the figures that took too long for all. A region or supplier stands with
    a group only where it is one."""
    by = ", ".join(keys)
    others = "".join(
        f", CAST((SELECT SUM({name}) FROM g) - {name} AS BIGINT) AS others_{name}"
        for name in ("total", "matching")
    )
    named = "".join(
        f", CASE WHEN MIN({name}) = MAX({name}) THEN MIN({name}) ELSE '' END AS {name}"
        for name in ("supplier", "region")
        if name not in keys
    )
    return f"""
        SELECT * {others} FROM likely JOIN (
          SELECT {by}{named}, COUNT(DISTINCT case_no) AS cases FROM ({items}) o SEMI JOIN likely USING ({by})
          WHERE {_JUDGED} GROUP BY {by}) USING ({by})"""


def _grouping(version: SignalVersion, keys: Sequence[str], items: str) -> str:
    """The groups with their EARLY figures."""
    amounts = {"total": "", "matching": "FILTER (shows)"}
    columns = [
        *keys, "COUNT(*) AS total", "COUNT(*) FILTER (shows) AS matching",
        *(
            f"CAST({f'COALESCE(SUM(amount) {only}, 0)' if version.summed else '0'} AS DECIMAL(15,2)) AS amount_{name}"
            for name, only in amounts.items()
        ),
    ]  # fmt: skip
    return f"SELECT {', '.join(columns)} FROM ({items}) o WHERE {_JUDGED} GROUP BY {', '.join(keys)}"


def _read(cell: Any) -> Any:
    """A value of the engine as rules read it."""
    return Decimal(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
