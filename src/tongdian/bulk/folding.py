"""A measure as a fold over sorted files: nothing hashed, memory for a few row groups.

What the fold says goes through numpy; a case that it doubts (a cell that is not as declared, a check that
fails, a day outside the calendar) is written aside with all its rows, and SQL decides over these cases
alone: whether they are refused, and why. So nothing is refused here in a second way.

Files that are not in the form (`fold_files`) are read and checked by DuckDB and sorted once into a scratch
folder. A measure that the fold cannot say runs as SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tongdian.bulk.fold_batch import Setting, WorkdayTable, compiled
from tongdian.bulk.fold_files import CodeBook, PieceReader
from tongdian.bulk.fold_layout import Layout
from tongdian.bulk.fold_tally import Counted, GroupNames, Tally
from tongdian.bulk.fold_windows import batch_of, windows
from tongdian.policy.fold_expressions import number_of_day
from tongdian.policy.packs import Pack
from tongdian.policy.sheet import Sheet
from tongdian.policy.sheet_fold import Folded, print_fold
from tongdian.regions import all_regions

WORKERS = 2
ASIDE_ROWS = 1 << 16  # rows set aside that wait to be written together


@dataclass
class Fold:
    """A measure ready to be folded: its printed text, and what its numbers mean."""

    sheet: Sheet
    printed: Folded
    counted: Counted
    setting: Setting
    words: CodeBook
    given: Mapping[str, Any]
    batch_rows: int | None = None

    @classmethod
    def of(cls, pack: Pack, sheet: Sheet, counted: Counted, given: Mapping[str, Any]) -> Fold:
        """Raises Unsaid with what the fold cannot say."""
        printed = print_fold(sheet, counted.lines)
        regions = tuple(sorted(all_regions()))
        home = pack.head.region or ""
        workdays = WorkdayTable.of(pack.calendar, home) if sheet.needs_calendar else None
        words = CodeBook(printed.words, {code: number for number, code in enumerate(regions)})
        parents = {name: grain.parent for name, grain in sheet.grains.items()}
        setting = Setting(parents, workdays, regions, words.kinds(sheet))
        return cls(sheet, printed, counted, setting, words, given)

    @property
    def said(self) -> GroupNames:
        """How the numbers of its groups are said."""
        return GroupNames(self.sheet, self.words.words, tuple(self.words.regions), self.words.identifiers)

    def run(self, layouts: Mapping[str, Layout], aside: LeftToSql, *, workers: int = WORKERS) -> Tally:
        """Fold the files. Raises NotSorted, NotInForm."""
        spans = _spans(layouts, workers)
        with ThreadPoolExecutor(len(spans)) as pool:
            tallies = list(pool.map(lambda span: self._run(layouts, span, aside), spans))
        whole = tallies[0]
        for other in tallies[1:]:
            whole.merge(other)
        return whole

    def _run(self, layouts: Mapping[str, Layout], span: tuple[Any, Any], aside: LeftToSql) -> Tally:
        root = self.sheet.root.name
        tally = Tally(self.counted)
        fold = compiled(self.printed.text, len(self.words.words))
        given = [number_of_day(self.given[name]) for name in self.printed.given]
        readers = {name: PieceReader(self.sheet, one, self.words, span) for name, one in layouts.items()}
        more = {"rows": self.batch_rows} if self.batch_rows else {}
        for window in windows(readers, **more):
            batch, doubted = batch_of(self.sheet, self.setting, window, aside.add)
            if not batch.size[root]:
                continue
            lines = fold(batch, *given)
            sound = None
            if batch.doubtful.any():
                doubted(batch.doubtful)
                sound = ~batch.doubtful
            tally.add(lines, sound)
        tally.settle()
        return tally


def _spans(layouts: Mapping[str, Layout], workers: int) -> list[tuple[Any, Any]]:
    """Stretches of cases, one a worker, of about as many rows: cut where row groups of the largest begin."""
    if any(group.low is None for layout in layouts.values() for group in layout.groups):
        return [(None, None)]
    groups = max(layouts.values(), key=lambda layout: layout.rows).groups
    cuts: list[Any] = []
    rows, whole = 0, sum(one.rows for one in groups)
    for group in groups:
        if rows * workers >= whole * (len(cuts) + 1) and len(cuts) + 1 < workers:
            cuts.append(group.low)
        rows += group.rows
    cuts = list(dict.fromkeys(cuts))
    return list(zip([None, *cuts], [*cuts, None], strict=True))


class LeftToSql:
    """Rows set aside, written in portions into a folder: `files` by grain."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, list[Path]] = {}
        self._waiting: dict[str, list[pa.Table]] = {}
        self._lock = Lock()

    def add(self, grain: str, rows: pa.Table) -> None:
        """Keep rows of a grain, as they stand in their file."""
        with self._lock:
            waiting = self._waiting.setdefault(grain, [])
            waiting.append(rows)
            if sum(one.num_rows for one in waiting) >= ASIDE_ROWS:
                self._write(grain)

    def settle(self) -> None:
        """Write what waits."""
        for grain in list(self._waiting):
            self._write(grain)

    def _write(self, grain: str) -> None:
        by_schema: dict[str, list[pa.Table]] = {}
        for table in self._waiting.pop(grain, []):
            by_schema.setdefault(str(table.schema), []).append(table)
        for tables in by_schema.values():
            files = self.files.setdefault(grain, [])
            files.append(self.folder / f"{grain}-{len(files)}.parquet")
            pq.write_table(pa.concat_tables(tables), files[-1])
