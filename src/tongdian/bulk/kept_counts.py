"""Counts of indicators kept part by part, so that what changed is counted alone.

A part is the files of one rule in one folder: what a supplier or a county sent. Its histograms are kept under the
hash of what they were counted from (the content of its files) and by what (pack, choices, calendar, day, span,
engine, the program itself). Histograms add up, so parts do; that is the whole only if

- no case stands in two parts, as one of its own or as somebody's row: such a case is written twice, or its rows are
  missing here and have no case there; and
- all parts have the same columns in the same form, for a column that no file has means something else than an empty
  cell.

Parts of which this is not so are counted together. What is kept and cannot be read again as it was written is counted
anew.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from tongdian.bulk.engines import open_engine
from tongdian.bulk.files import format_of
from tongdian.bulk.indicators import ALL, MOST_LATE, LateCase, count_indicators
from tongdian.bulk.intake import Intake
from tongdian.bulk.periods import Span
from tongdian.bulk.rating import planned
from tongdian.durable import write_durably
from tongdian.policy.kinds.indicator import indicators_of, widened
from tongdian.policy.measures import Histogram
from tongdian.policy.packs import Pack
from tongdian.policy.refusals import Refusal
from tongdian.policy.shelf import kernel_hash

FORMAT = "tongdian kept count 1"
MOST_BYTES = 500_000_000  # of all that is kept; what was used longest ago goes first
MOST_CASES = 5_000_000  # of a part; of a larger one nothing is kept, and it is counted with all others
CHUNK = 1 << 20

Keys = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True)
class CountedPart:
    """The files of one rule in one folder, by the grain that each is named after."""

    name: str
    files: Mapping[str, Sequence[Path]]

    @property
    def paths(self) -> list[Path]:
        """All its files."""
        return [file for files in self.files.values() for file in files]


@dataclass
class PartsCounted:
    """What `CountedIndicators` says of all parts, with how many rows nobody could judge, by rule; how many `files` there
    are and how many were counted `anew`; the names of parts that were counted `together`; why something could not be
    kept, which changes nothing of what was counted."""

    regions: dict[str, dict[str, Histogram]] = field(default_factory=dict)
    late: dict[str, list[LateCase]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    files: int = 0
    anew: int = 0
    together: list[tuple[str, ...]] = field(default_factory=list)
    unkept: OSError | None = None

    def add(self, rule: str, kept: Mapping[str, Any]) -> None:
        """Add the count of some parts of a rule, as it is kept."""
        for one, places in kept["regions"].items():
            mine = self.regions.setdefault(one, {})
            for code, histogram in places.items():
                mine[code] = mine.get(code, Histogram()) + Histogram.of_plain(histogram)
        for one, cases in kept["late"].items():
            several = [*self.late.get(one, []), *(LateCase(**case) for case in cases)]
            self.late[one] = sorted(several, key=lambda case: (-case.days, case.case))[:MOST_LATE]
        self.refused[rule] = self.refused.get(rule, 0) + int(kept["refused"])


class KeptCounts:
    """A folder of counts, each a file of its own that is written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, key: str) -> Any:
        """What was kept under a key; None where nothing was, or not what was written."""
        path = self._path(key)
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            whole = told["format"] == FORMAT and told["key"] == key and told["hash"] == _hash(told["of"])
            os.utime(path)
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return told["of"] if whole else None

    def keep(self, key: str, of: Any) -> None:
        """Keep something that JSON can say. Raises OSError."""
        told = {"format": FORMAT, "key": key, "hash": _hash(of), "of": of}
        write_durably(self._path(key), json.dumps(told, sort_keys=True))
        self._make_room()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key[:40]}.json"

    def _make_room(self) -> None:
        found = [(one.stat(), one) for one in self.folder.iterdir() if one.is_file()]
        size = sum(stat.st_size for stat, _ in found)
        for stat, path in sorted(found, key=lambda pair: pair[0].st_mtime):
            if size <= MOST_BYTES:
                return
            path.unlink(missing_ok=True)
            size -= stat.st_size


def count_parts(
    pack: Pack,
    parts: Mapping[str, Sequence[CountedPart]],
    kept: KeptCounts,
    *,
    on: dt.date,
    span: Span = ALL,
    engine: str = "duckdb",
    take: Mapping[str, str] | None = None,
    memory: str = "3GB",
) -> PartsCounted:
    """Count the indicators of a pack over the parts of each rule that judges cases: cell by cell what
    `count_indicators` says of all their files together. Raises what it raises, and OSError for a file that cannot be
    read."""
    found = PartsCounted()
    take = take or {}
    for rule, several in parts.items():
        contents = [_content(one) for one in several]
        what = _hash([_by_what(pack), rule, on.isoformat(), dict(take)])
        readings = [
            _reading(
                pack, rule, one, kept, _hash(["cases", what, content]), found, on=on, take=take, memory=memory
            )
            for one, content in zip(several, contents, strict=True)
            if len(several) > 1
        ]
        ends = [one.isoformat() if one else "" for one in (span.first, span.last)]
        for group in _groups(readings) if readings else [[0]]:
            own = [several[n] for n in group]
            key = _hash(["count", what, [*ends, span.day_of], engine, sorted(contents[n] for n in group)])
            count = kept.find(key)
            if count is None:
                count = _counted(pack, rule, own, on=on, span=span, engine=engine, take=take, memory=memory)
                # what changed while it was counted is kept under nobody's name
                if [_content(one) for one in own] == [contents[n] for n in group]:
                    _keep(kept, key, count, found)
                found.anew += sum(len(one.paths) for one in own)
            found.files += sum(len(one.paths) for one in own)
            if len(own) > 1:
                found.together.append(tuple(one.name for one in own))
            found.add(rule, count)
    return found


def _keep(kept: KeptCounts, key: str, of: Any, told: PartsCounted) -> None:
    try:
        kept.keep(key, of)
    except (
        OSError
    ) as failed:  # a folder of somebody else's, a full disk: it is counted, and counted again next time
        told.unkept = failed


def _counted(pack: Pack, rule: str, parts: Sequence[CountedPart], **asked: Any) -> dict[str, Any]:
    files: dict[str, list[Path]] = {}
    for part in parts:
        for grain, paths in part.files.items():
            files.setdefault(grain, []).extend(paths)
    said = count_indicators(pack, {rule: files}, **asked)
    return {
        "regions": {
            one: {code: histogram.plain() for code, histogram in places.items()}
            for one, places in said.regions.items()
        },
        "late": {one: [asdict(case) for case in cases] for one, cases in said.late.items()},
        "refused": sum(len(rows) for rows in said.refused.values()),
    }


# --- which parts belong together
@dataclass(frozen=True)
class _Reading:
    """The columns of a part and their form, and the hashes of the cases that it speaks of, sorted; None: too many."""

    shape: str
    cases: Keys | None


_APART = _Reading("", None)  # of a part of which it is not known: it is counted with all others


def _reading(
    pack: Pack, rule: str, part: CountedPart, kept: KeptCounts, key: str, told: PartsCounted, *, on: dt.date, take: Mapping[str, str], memory: str
) -> _Reading:  # fmt: skip
    known = kept.find(key)
    if known is not None:
        try:
            cases = np.frombuffer(base64.b64decode(known["cases"], validate=True), dtype="<u8")
            return _Reading(str(known["shape"]), cases)
        except (binascii.Error, ValueError, TypeError, KeyError):
            pass
    try:
        shape, found = _read(pack, rule, part, on=on, take=take, memory=memory)
    except (
        Refusal
    ):  # what it alone lacks, another part may have; and if not, all together are refused with the reason
        return _APART
    if found is None:
        return _APART
    _keep(kept, key, {"shape": shape, "cases": base64.b64encode(found.tobytes()).decode()}, told)
    return _Reading(shape, found)


def _read(
    pack: Pack, rule: str, part: CountedPart, *, on: dt.date, take: Mapping[str, str], memory: str
) -> tuple[str, Keys | None]:
    judge = widened(pack, indicators_of(pack, on)[rule], pack.rules[rule], on, take)  # type: ignore[arg-type]  # checked at load
    plan = planned(pack, judge, part.files, on=on, take=take, columns=None)
    if set(plan.files) - set(plan.of_grains):  # tables of its own, which would stand beside those of others
        return "", None
    opened: Any
    with open_engine("duckdb", memory=memory) as opened:
        intake = Intake(opened, plan.sheet, titles=judge.titles, labels=judge.called(pack))
        shape: dict[str, Any] = {}
        texts = []
        for grain in plan.sheet.read:
            if grain.name in plan.of_grains:
                columns = intake.lay(grain, plan.files[grain.name])
                forms = sorted({format_of(file) for file in plan.files[grain.name]})
                shape[grain.name] = [forms, dict(sorted(columns.items()))]
                key = opened.dialect.q(plan.sheet.root.key)
                texts.append(f"SELECT TRIM(CAST({key} AS VARCHAR)) AS c FROM raw_{grain.name}")
        sql = (
            f"SELECT DISTINCT md5_number_lower(c) AS h FROM ({' UNION ALL '.join(texts)}) WHERE c <> '' "
            f"ORDER BY h LIMIT {MOST_CASES + 1}"
        )
        hashes = [np.array(batch.column(0), dtype="<u8") for batch in opened.batches(sql, CHUNK)]
    found = np.concatenate([*hashes, np.empty(0, "<u8")])
    return _hash(shape), found if len(found) <= MOST_CASES else None


def _groups(readings: Sequence[_Reading]) -> list[list[int]]:
    """The numbers of parts that are counted together, each once."""
    if len({one.shape for one in readings}) > 1 or any(one.cases is None for one in readings):
        return [list(range(len(readings)))]
    leads = list(range(len(readings)))

    def lead(n: int) -> int:
        while leads[n] != n:
            n = leads[n]
        return n

    sizes = [len(one.cases) for one in readings if one.cases is not None]
    cases = np.concatenate([one.cases for one in readings if one.cases is not None])
    whose = np.repeat(np.arange(len(readings)), sizes)
    order = np.argsort(cases, kind="stable")
    twice = np.flatnonzero(cases[order][1:] == cases[order][:-1])
    for one, other in {(int(whose[order[n]]), int(whose[order[n + 1]])) for n in twice}:
        low, high = sorted((lead(one), lead(other)))
        leads[high] = low
    found: dict[int, list[int]] = {}
    for n in range(len(readings)):
        found.setdefault(lead(n), []).append(n)
    return list(found.values())


# --- what it is counted from, and by what
def _content(part: CountedPart) -> str:
    """The hash of a part's files: each by its grain, its form and its content, in whichever order."""
    return _hash(
        sorted(
            [grain, format_of(file), _file_hash(file)]
            for grain, files in part.files.items()
            for file in files
        )
    )


def _file_hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _by_what(pack: Pack) -> list[Any]:
    overlays = sorted((region, one.content_hash) for region, one in pack.overlays())
    return [
        FORMAT, kernel_hash(), _bulk_hash(), pack.content_hash, pack.calendar.content_hash, overlays,
        sorted(pack.choices.items()), repr(pack.own_tables),
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _bulk_hash() -> str:
    """That of the source of this area and of the regions, and the engine's version."""
    here = Path(__file__).parent
    sources = sorted([*here.rglob("*.py"), here.parent / "regions.py", here.parent / "regions.csv"])
    return _hash([version("duckdb"), [_file_hash(one) for one in sources]])


def _hash(of: Any) -> str:
    text = json.dumps(of, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
