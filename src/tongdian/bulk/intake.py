"""Reading files into typed, checked relations: what one case refuses, a million rows refuse too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from tongdian.bulk.engines import BINARY, INSTANT, MOMENT, TEXT, WHOLE, Engine
from tongdian.bulk.headings import Columns, Wanted, check, wanted
from tongdian.bulk.intake_cells import CellTexts
from tongdian.bulk.legal_days import LegalDays
from tongdian.calendar.legal import SHANGHAI
from tongdian.policy.inputs import read_value
from tongdian.policy.refusals import BadInput
from tongdian.policy.sheet import Grain, Meeting, Sheet
from tongdian.policy.types import Date, Ident, Instant, Place
from tongdian.policy.words import Words
from tongdian.regions import all_regions
from tongdian.spreadsheets.reading import NOTE

ORPHAN, TWICE = 3, 4
TIMED = Words(
    "{columns}：{count} 处写了时刻，按{zone}的法定日期取日",
    "{columns}: {count} written with a time of day, taken by the legal day in {zone}",
)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A case set aside: the row and column at fault, what stood there, and why.

    `keys` name the row in every layer, outermost first; `file`, `line` and `written` say where it
    stands in the file that was brought, and what the column is called there. A workbook's line is the
    row of its sheet, a Parquet file's the number of its row.
    """

    key: str
    grain: str
    row: str
    column: str
    value: str
    reason: Words
    keys: tuple[tuple[str, str], ...] = ()
    file: str = ""
    line: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class GrainRead:
    """How many rows of a grain were read from which files, and what is unusual about these."""

    grain: str
    rows: int
    files: tuple[str, ...]
    notes: tuple[tuple[str, Words], ...] = ()

    @property
    def words(self) -> Words:
        """`bill: 3 read from a.csv, B.CSV`; of many files the first and the last are named."""
        return self.called(Words(self.grain, self.grain))

    def called(self, title: Words) -> Words:
        """The same with the grain by its title."""
        names = self.files if len(self.files) <= 3 else (self.files[0], "…", self.files[-1])
        said = Words("{grain}：读取 {rows} 行（{files}）", "{grain}: {rows} read from {files}")
        return said.fill(grain=title, rows=f"{self.rows:,}", files=list(names))


def asked_of(
    sheet: Sheet,
    grain: Grain,
    *,
    titles: Mapping[str, Words] | None = None,
    mapped: Mapping[str, str | None] | None = None,
) -> Wanted:
    """The columns that are asked of a grain's files. Raises BadColumns."""
    names = tuple(dict.fromkeys([*sheet.keys(grain.name), *(i.name for i in grain.inputs)]))
    return wanted(
        names,
        optional=frozenset(i.name for i in grain.inputs if i.default is not None),
        codes=frozenset(name for name in names if isinstance(sheet.types[name], Ident | Place)),
        titles=titles,
        mapped=mapped,
    )


class Intake:
    """Makes `in_<grain>` for every given grain of a sheet, and lists what was refused."""

    def __init__(
        self,
        engine: Engine,
        sheet: Sheet,
        *,
        titles: Mapping[str, Words] | None = None,
        labels: Mapping[str, Sequence[str]] | None = None,
        columns: Columns | None = None,
        derived: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`derived` are further columns of a grain, each an expression over its typed ones; of two of one grain the
        later may ask for the earlier. One that is called like a column stands in its place."""
        self.derived = derived or {}
        self.engine, self.sheet, self.d = engine, sheet, engine.dialect
        self.titles, self.mapped = titles or {}, columns or {}
        self.days = LegalDays(self.d.name, ZoneInfo(sheet.zone) if sheet.zone else SHANGHAI)
        self.cells = CellTexts(self.d, self.days, labels or {})
        self.files: dict[str, list[Path]] = {}
        self.refused: list[RefusedRow] = []
        self.read: list[GrainRead] = []
        self._timed: dict[str, list[str]] = {}  # grain -> its columns of days that may have a time
        self._sources: dict[str, str] = {}  # grain -> its rows as they stand
        self._problems: dict[str, str] = {}  # grain -> CASE that numbers a row's first problem
        self.given = sheet.read

    def take(self, files: Mapping[str, Sequence[Path]]) -> None:
        """Read the files of each grain. Raises UnreadableFile, MissingColumn."""
        absent = [g for g in self.given if g.name not in files]
        self.given = [g for g in self.given if g.name in files]
        self.files = {g.name: list(files[g.name]) for g in self.given}
        columns = {g.name: self.lay(g, files[g.name]) for g in self.given}
        self.read_columns = columns
        as_text = self._keys_as_text(columns)
        for grain in self.given:
            self.engine.define(f"typed_{grain.name}", self._typed(grain, columns[grain.name], as_text))
            self.read.append(self._account(grain, files[grain.name]))
        for grain in self.given:
            self._list_bad(grain)
        bad = self._bad_roots()
        for grain in self.given:
            self.engine.view(f"in_{grain.name}", self._good(grain, bad))
        for grain in absent:  # nothing of the kind happened
            self.engine.view(f"in_{grain.name}", self._empty(grain))
        for grain in self.sheet.grains.values():
            if grain.made is not None:
                self.engine.define(f"in_{grain.name}", self._meetings(grain, grain.made))

    def note(self, files: Mapping[str, Sequence[Path]], rows: Mapping[str, int]) -> None:
        """Account for files that were read without an engine: their rows by grain. Raises UnreadableFile,
        MissingColumn, UnknownColumns."""
        self.given = [g for g in self.sheet.read if g.name in files]
        self.files = {g.name: list(files[g.name]) for g in self.given}
        self.read_columns, self.read = {}, []
        for grain in self.given:
            asked = self.wanted(grain)
            titles: dict[str, str] = {}
            for file in files[grain.name]:
                check(file, list(self.engine.columns(file, asked)), asked)
                titles |= self.engine.columns(file, asked)
            self.read_columns[grain.name] = titles
            names = tuple(file.name for file in files[grain.name])
            self.read.append(GrainRead(grain.name, rows[grain.name], names))

    def _empty(self, grain: Grain) -> str:
        q, d, root = self.d.q, self.d, self.sheet.root
        columns = [f"{q(key)}" for key in self.sheet.keys(grain.name)[:1]]
        columns += [f"CAST(NULL AS {d.type(one.type)}) AS {q(one.name)}" for one in grain.inputs]
        rows = f"SELECT {', '.join(columns)} FROM in_{root.name} WHERE FALSE"
        return self._with_derived(grain, [one.name for one in grain.inputs], rows)

    def _meetings(self, grain: Grain, made: Meeting) -> str:
        """Each row of the sister under each row of the parent whose days it touches."""
        q, (first, last), (begun, ended) = self.d.q, made.days, made.met
        keys = self.sheet.keys(str(grain.parent))
        shared = self.sheet.keys(made.sister)[:-1]
        columns = [f"p.{q(key)}" for key in keys]
        columns += [f"s.{q(column)} AS {q(name)}" for name, column in made.columns.items()]
        columns += [f"p.{q(column)} AS {q(name)}" for name, column in made.beside.items()]
        on = " AND ".join(f"s.{q(key)} = p.{q(key)}" for key in shared)
        touch = f"s.{q(first)} <= p.{q(ended)} AND p.{q(begun)} <= s.{q(last)}"
        return (
            f"SELECT {', '.join(columns)} FROM in_{made.sister} s JOIN in_{grain.parent} p "
            f"ON {on} AND {touch}"
        )

    @property
    def rows(self) -> int:
        """How many rows of all grains were read."""
        return sum(one.rows for one in self.read)

    @property
    def believed(self) -> tuple[str, ...]:
        """The columns that no file has and that are therefore taken to be in time: `stay.confirmed_on`."""
        return tuple(
            f"{grain.name}.{one.name}"
            for grain in self.given
            for one in grain.inputs
            if one.absent is not None and one.name not in self.read_columns[grain.name]
        )

    @property
    def columns(self) -> dict[str, dict[str, str | None]]:
        """What each heading of the files was taken for: to be kept, and given again."""
        found: dict[str, dict[str, str | None]] = {}
        for grain in self.given:
            asked = self.wanted(grain)
            for file in self.files[grain.name]:
                for column, title in self.engine.titles(file, asked).items():
                    if title and not title.startswith(NOTE):
                        found.setdefault(grain.name, {})[title] = column if column in asked.names else None
        return found

    def lay(self, grain: Grain, files: Sequence[Path]) -> dict[str, str]:
        """Make `raw_<grain>`, the rows of its files as they stand; its columns, and in what form each stands there.
        Raises UnreadableFile, MissingColumn, UnknownColumns."""
        asked = self.wanted(grain)
        for file in files:
            check(file, list(self.engine.columns(file, asked)), asked)
        return self.engine.read(f"raw_{grain.name}", files, asked)

    def _account(self, grain: Grain, files: Sequence[Path]) -> GrainRead:
        timed = self._timed.get(grain.name, [])
        counts = "".join(f", SUM(_t{n})" for n in range(len(timed)))
        rows, *found = self.engine.fetch(f"SELECT COUNT(*){counts} FROM typed_{grain.name}")[0]
        data = [self.engine.data_file(file, self.wanted(grain)) for file in files]
        notes = [(one.file.name, one.note) for one in data if one.note is not None]
        zone = self.days.zone.key
        notes += [
            (grain.name, TIMED.fill(columns=column, count=f"{int(count):,}", zone=zone))
            for column, count in zip(timed, found, strict=True)
            if count
        ]
        return GrainRead(grain.name, int(rows), tuple(file.name for file in files), tuple(notes))

    def wanted(self, grain: Grain) -> Wanted:
        """The columns of a grain's files, by all their names."""
        return asked_of(self.sheet, grain, titles=self.titles, mapped=self.mapped.get(grain.name))

    def _keys_as_text(self, columns: Mapping[str, Mapping[str, str]]) -> set[str]:
        """Opaque keys stay whole numbers only where every file has them so."""
        kinds: dict[str, set[str]] = {}
        for grain in self.given:
            for key in self.sheet.keys(grain.name):
                kinds.setdefault(key, set()).add(columns[grain.name].get(key, TEXT))
        return {key for key, seen in kinds.items() if seen != {WHOLE}}

    # --- typing ---
    def _typed(self, grain: Grain, columns: Mapping[str, str], as_text: set[str]) -> str:
        own = {i.name: i for i in grain.inputs}
        made, problems = [], []
        names = list(dict.fromkeys([*self.sheet.keys(grain.name), *own]))
        for number, name in enumerate(names):
            kind = self.sheet.types[name]
            item = own.get(name)
            if name not in columns:
                assert item is not None
                assert item.without_column is not None
                made.append(f"{self.d.literal(item.without_column, kind)} AS {self.d.q(name)}")
                continue
            value, problem = self.cells.column(name, kind, columns[name], item, name in as_text)
            made.append(f"{value} AS {self.d.q(name)}")
            problems += [f"WHEN {when} THEN {number * 10 + code}" for code, when in problem]
        timed = [n for n in names if n in columns and isinstance(self.sheet.types[n], Date)]
        timed = [n for n in timed if columns[n] in (TEXT, MOMENT, INSTANT)]
        self._timed[grain.name] = timed
        for number, name in enumerate(timed):
            raw = self.cells.raw(name, columns[name])
            made.append(f"{self.days.is_timed(raw, columns[name], self.cells.moment(name))} AS _t{number}")
        case = f"CASE {' '.join(problems)} END" if problems else "CAST(NULL AS INTEGER)"
        self._problems[grain.name] = case
        self._sources[grain.name] = self._source(grain, columns, timed)
        typed = f"SELECT {', '.join(made)}, {case} AS _p FROM {self._sources[grain.name]} r"
        return self._with_derived(grain, names, typed)

    def _with_derived(self, grain: Grain, names: Sequence[str], rows: str) -> str:
        for name, sql in self.derived.get(grain.name, {}).items():
            others = f"* EXCLUDE ({self.d.q(name)})" if name in names else "*"
            rows = f"SELECT {others}, {sql} AS {self.d.q(name)} FROM ({rows}) r"
        return rows

    def _source(self, grain: Grain, columns: Mapping[str, str], days: Sequence[str]) -> str:
        """The rows of a grain as they stand, with what several of its columns' conditions ask: each text without
        the blanks around it, the moments that texts of days and instants say, the code of a region as it is
        known. An engine calculates what stands here once a row, and what stands in a condition each time."""
        q, d = self.d.q, self.d
        texts = [name for name, rough in columns.items() if rough in (TEXT, BINARY)]
        trimmed = "".join(
            f", TRIM(CAST({q(name)} AS {d.text})) AS {self.cells.trimmed(name)}" for name in texts
        )
        made = {name: self.days.moment_of_text for name in days if columns[name] == TEXT}
        made |= {
            name: self.days.instant_of_text
            for name, rough in columns.items()
            if rough == TEXT and isinstance(self.sheet.types.get(name), Instant)
        }
        moments = "".join(
            f", {of(self.cells.raw(name, TEXT))} AS {self.cells.moment(name)}" for name, of in made.items()
        )
        source = f"raw_{grain.name}"
        if trimmed:
            source = f"(SELECT *{trimmed} FROM {source})"
        places = [name for name, _ in columns.items() if isinstance(self.sheet.types.get(name), Place)]
        if moments or places:
            known = "".join(f", {self.cells.known(name)}.code AS {self.cells.known(name)}" for name in places)
            joins = "".join(
                f" LEFT JOIN known_regions {self.cells.known(name)} ON {self.cells.known(name)}.code = "
                f"{self.cells.text(self.cells.raw(name, columns[name]))}"
                for name in places
            )
            source = f"(SELECT t.*{moments}{known} FROM {source} t{joins})"
        if places:
            self.engine.rows("known_regions", {"code": d.text}, ((code,) for code in sorted(all_regions())))
        return source

    # --- what is refused ---
    def _list_bad(self, grain: Grain) -> None:
        """Fill `bad_<grain>` with root key, row key and problem: unreadable, orphaned, written twice."""
        q, keys = self.d.q, self.sheet.keys(grain.name)
        table, keyed = f"typed_{grain.name}", ", ".join(q(k) for k in keys)
        arms = [f"SELECT {keyed}, _p FROM {table} WHERE _p IS NOT NULL"]
        arms.append(
            f"SELECT {keyed}, {TWICE} - 10 AS _p FROM {table} WHERE _p IS NULL GROUP BY {keyed} HAVING COUNT(*) > 1"
        )
        if grain.parent is not None:
            above = self.sheet.keys(grain.parent)
            on = " AND ".join(f"p.{q(k)} = c.{q(k)}" for k in above)
            mine = ", ".join(f"c.{q(k)}" for k in keys)
            arms.append(
                f"SELECT {mine}, {ORPHAN} - 10 AS _p FROM {table} c WHERE _p IS NULL AND NOT EXISTS "
                f"(SELECT 1 FROM typed_{grain.parent} p WHERE {on})"
            )
        self.engine.define(f"bad_{grain.name}", " UNION ALL ".join(arms))
        names = list(dict.fromkeys([*keys, *(i.name for i in grain.inputs)]))
        listed = ", ".join(self.cells.text(q(key)) for key in keys)
        rows = self.engine.fetch(f"SELECT {listed}, _p FROM bad_{grain.name}")
        for *row, problem in rows:
            if problem < 0:
                self.refused.append(self._misplaced(grain, list(map(str, row)), problem))
        if any(problem > 0 for *_, problem in rows):
            self._list_unreadable(grain, names)

    def _list_unreadable(self, grain: Grain, names: Sequence[str]) -> None:
        """The rows whose first problem is a value, with what stood there."""
        q, keys = self.d.q, self.sheet.keys(grain.name)
        numbered = f"SELECT r.*, {self._problems[grain.name]} AS _p FROM {self._sources[grain.name]} r"
        present = self.read_columns[grain.name]
        stood = " ".join(
            f"WHEN _p BETWEEN {n * 10} AND {n * 10 + 9} THEN {self.cells.text(q(name))}"
            for n, name in enumerate(names)
            if name in present
        )
        listed = ", ".join(f"TRIM({self.cells.text(q(k))})" for k in keys)
        sql = f"SELECT {listed}, _p, CASE {stood} END FROM ({numbered}) n WHERE _p IS NOT NULL"
        for *row, problem, value in self.engine.fetch(sql):
            at = [one or "" for one in row]
            self.refused.append(self._unreadable(grain, names, at, int(problem), value or ""))

    def _misplaced(self, grain: Grain, row: Sequence[str], problem: int) -> RefusedRow:
        reason = {
            TWICE - 10: Words("这一行写了两次", "this row is written twice"),
            ORPHAN - 10: Words("上一层没有这一行的归属", "no row of the upper grain owns this row"),
        }[problem]
        keys = tuple(zip(self.sheet.keys(grain.name), row, strict=True))
        return RefusedRow(row[0], grain.name, row[-1], grain.key, row[-1], reason, keys)

    def _unreadable(
        self, grain: Grain, names: Sequence[str], row: Sequence[str], problem: int, value: str
    ) -> RefusedRow:
        column = names[problem // 10]
        try:
            read_value(column, value, self.sheet.types[column])
            reason = Words("写法不对", "not written as declared")
        except BadInput as refusal:
            reason = refusal.facts["problem"]
        keys = tuple(zip(self.sheet.keys(grain.name), row, strict=True))
        return RefusedRow(row[0], grain.name, row[-1], column, value, reason, keys)

    def _bad_roots(self) -> bool:
        """Make `bad_roots`; whether there is any."""
        if not self.refused:
            return False
        root = self.d.q(self.sheet.root.key)
        union = " UNION ".join(
            f"SELECT {root} FROM bad_{g.name} WHERE {root} IS NOT NULL" for g in self.given
        )
        self.engine.define("bad_roots", union)
        return True

    def _good(self, grain: Grain, bad: bool) -> str:
        own = (i.name for i in grain.inputs)
        names = dict.fromkeys([*self.sheet.keys(grain.name), *own, *self.derived.get(grain.name, ())])
        listed = ", ".join(self.d.q(n) for n in names)
        base = f"SELECT {listed} FROM typed_{grain.name} t WHERE _p IS NULL"
        if not bad:
            return f"SELECT {listed} FROM typed_{grain.name}"
        root = self.d.q(self.sheet.root.key)
        return f"{base} AND NOT EXISTS (SELECT 1 FROM bad_roots b WHERE b.{root} = t.{root})"
