"""Event logs of other systems: CSV, Excel, Parquet and XES (IEEE 1849), one line a step.

What a column, an activity or a deed is called there is said once in a small YAML file:

    columns: {case: 工单号, activity: 环节, day: 完成时间, applied: 申请时间, region: 区划}
    facts: {capacity: 报装容量}
    activities: {供电方案答复环节: reply, 短信通知: ignore}
    deeds: {申请人暂缓: {suspend: applicant-request}, 恢复: resume, 撤单: withdraw,
            设计退回: {return: review, to: design}}

Without it the columns are called `case`, `activity` and `day`, and a stage by its id or its title.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

from tongdian.bulk.files import format_of, no_parquet
from tongdian.bulk.headings import shortened
from tongdian.bulk.refusals import UnreadableFile
from tongdian.calendar import SHANGHAI, legal_day
from tongdian.policy.process.replaying import LoggedStep
from tongdian.policy.reading import Model, Name, read_model, read_yaml
from tongdian.policy.refusals import PackError, Refusal
from tongdian.policy.words import Words
from tongdian.spreadsheets import cells
from tongdian.spreadsheets.reading import read_table
from tongdian.spreadsheets.refusals import HeadingsMissing

if TYPE_CHECKING:
    from tongdian.policy.process.model import ProcessVersion

MOST_ROWS = 5_000_000
XES_CASE, XES_ACTIVITY, XES_DAY, XES_LIFECYCLE = (
    "concept:name",
    "concept:name",
    "time:timestamp",
    "lifecycle:transition",
)
IGNORED = "ignore"
NO_COLUMN = Words(
    "前 10 行里没有列“{missing}”；请在 --map 文件的 columns 里写明它在日志里叫什么",
    'none of its first 10 rows names the column "{missing}"; say under columns in the file of --map what it '
    "is called there",
)


class LogColumns(Model):
    """What the columns of a log are called. `applied` and `region` stand on any line of a case."""

    case: str = "case"
    activity: str = "activity"
    day: str = "day"
    applied: str | None = None
    region: str | None = None


class LogMapping(Model):
    """How a log is read: its columns, the facts in them, and its words for stages and deeds."""

    columns: LogColumns = LogColumns()
    facts: dict[Name, str] = {}
    activities: dict[str, str] = {}
    deeds: dict[str, Literal["resume", "withdraw"] | dict[Literal["suspend", "return", "to"], str]] = {}


class NoSuchStage(PackError):
    """A mapping that names a stage, cause or fact which the process does not have."""

    status = 422


class NothingOfTheCase(Refusal):
    """A case of which the log has nothing but lines that are ignored."""

    says = Words(
        "{case}：没有申请日，也没有一行是流程的环节。",
        "{case}: it has no day of application, and no line that is a step of the process.",
    )


@dataclass
class LoggedCase:
    """One case of a log, as far as its lines could be read."""

    case: str
    applied: dt.date | None = None
    region: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    steps: list[LoggedStep] = field(default_factory=list)

    @property
    def opened_on(self) -> dt.date:
        """The day of application; where the log has none, of the first step. Raises NothingOfTheCase."""
        if self.applied is None and not self.steps:
            raise NothingOfTheCase(case=self.case)
        return self.applied or min(step.day for step in self.steps)


@dataclass(frozen=True, slots=True)
class LogLineRefused:
    """A line that could not be read."""

    line: int
    problem: Words


@dataclass
class EventLog:
    """The cases of a file, in the order in which they first appear, and the lines set aside."""

    cases: dict[str, LoggedCase] = field(default_factory=dict)
    refused: list[LogLineRefused] = field(default_factory=list)


def read_mapping(file: Path | None, wording: ProcessVersion) -> LogMapping:
    """The mapping of a log. Raises PackError for what it may not say, NoSuchStage."""
    if file is None:
        return LogMapping()
    source = read_yaml(file)
    mapping, known = read_model(source, LogMapping), {**wording.stages, IGNORED: None}

    def must_know(name: str, names: Mapping[str, Any], *at: str) -> None:
        if name not in names:
            raise NoSuchStage(
                file=file,
                line=source.line(at),
                problem=Words(f"流程没有“{shortened(name)}”", f'the process has no "{shortened(name)}"'),
                remedy=Words(f"写以下之一：{'、'.join(names)}", f"write one of {', '.join(names)}"),
            )

    for said, name in mapping.activities.items():
        must_know(name, known, "activities", said)
    for name in mapping.facts:
        must_know(name, wording.facts, "facts", name)
    for said, deed in mapping.deeds.items():
        if isinstance(deed, dict):
            if "suspend" in deed:
                must_know(deed["suspend"], wording.causes, "deeds", said, "suspend")
            for end in ("return", "to"):
                if end in deed or "suspend" not in deed:
                    must_know(deed.get(end, ""), wording.stages, "deeds", said, end)
    return mapping


def read_log(file: Path, mapping: LogMapping, wording: ProcessVersion) -> EventLog:
    """Every line of a log that can be read, by case. Raises UnreadableFile and what the reader of
    spreadsheets refuses."""
    log, words = EventLog(), _words(mapping, wording)
    for line, cells_ in _lines(file, mapping):
        try:
            _add(log, line, cells_, mapping, words)
        except cells.CellRefused as refused:
            log.refused.append(LogLineRefused(line, refused.words))
    if not log.cases and not log.refused:
        raise UnreadableFile(file=file, problem=Words("没有一个事件", "it holds no event"))
    return log


def _add(
    log: EventLog,
    line: int,
    given: Mapping[str, cells.Cell],
    mapping: LogMapping,
    words: Mapping[str, LoggedStep],
) -> None:
    number = cells.code(_needed(given, "case", mapping.columns.case))
    activity = cells.text(_needed(given, "activity", mapping.columns.activity))
    day = _day_in(_needed(given, "day", mapping.columns.day), mapping.columns.day)
    case = log.cases.setdefault(number, LoggedCase(number))
    if (applied := given.get("applied")) is not None and not cells.is_empty(applied):
        case.applied = case.applied or _day_in(applied, str(mapping.columns.applied))
    if (region := given.get("region")) is not None and not cells.is_empty(region):
        case.region = cells.code(region)
    for name in mapping.facts:
        if (fact := given.get(f"fact {name}")) is not None and not cells.is_empty(fact):
            case.facts[name] = cells.as_typed(fact)
    known = words.get(_folded(activity))
    if known is None:
        case.steps.append(LoggedStep(day=day, deed="unknown", said=activity, line=line))
    elif known.about != IGNORED:
        case.steps.append(replace(known, day=day, said=activity, line=line))


def _needed(given: Mapping[str, cells.Cell], name: str, title: str) -> cells.Cell:
    found = given.get(name)
    if found is None or cells.is_empty(found):
        raise cells.CellUnreadable(problem=Words(f"“{title}”未填", f'"{title}" is missing'))
    return found


def _words(mapping: LogMapping, wording: ProcessVersion) -> dict[str, LoggedStep]:
    """What each word of the log does."""
    never = dt.date.min
    found: dict[str, LoggedStep] = {}
    for key, stage in wording.stages.items():
        for said in (key, stage.title.zh, stage.title.en):
            found.setdefault(_folded(said), LoggedStep(day=never, deed="close", about=key))
    for said, about in mapping.activities.items():
        found[_folded(said)] = LoggedStep(day=never, deed="close", about=about)
    for said, deed in mapping.deeds.items():
        match deed:
            case "resume" | "withdraw":
                found[_folded(said)] = LoggedStep(day=never, deed=deed)
            case {"suspend": cause}:
                found[_folded(said)] = LoggedStep(day=never, deed="suspend", about=cause)
            case {"return": returning, "to": to}:
                found[_folded(said)] = LoggedStep(day=never, deed="return", about=returning, to=to)
    return found


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _day_in(cell: cells.Cell, title: str) -> dt.date:
    """The day in a column. Raises CellUnreadable, which names the column and how a day is written."""
    try:
        return _day(cell)
    except cells.CellRefused as refused:
        said = refused.words
        raise cells.CellUnreadable(
            problem=Words(
                f"“{shortened(title)}”：{said.zh}；请写成 2026-03-02",
                f'"{shortened(title)}": {said.en}; write it like 2026-03-02',
            )
        ) from None


def _day(cell: cells.Cell) -> dt.date:
    """A day, or the legal day of an instant. One that names no zone is the local time of China."""
    value = cell.value
    if isinstance(value, str):
        text = value.strip().replace("/", "-")
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return cells.day(cell)
        value = moment
    if isinstance(value, dt.datetime):
        with suppress(OverflowError):  # in the first hours of year 1, or the last of 9999
            return legal_day(value if value.tzinfo else value.replace(tzinfo=SHANGHAI))
    return cells.day(cell)


# --- the forms that a log may have


def _lines(file: Path, mapping: LogMapping) -> Iterator[tuple[int, dict[str, cells.Cell]]]:
    if file.suffix.lower() == ".xes":
        yield from _xes(file, mapping)
        return
    columns = mapping.columns
    titles = {"case": columns.case, "activity": columns.activity, "day": columns.day}
    titles |= {name: title for name in ("applied", "region") if (title := getattr(columns, name))}
    titles |= {f"fact {name}": title for name, title in mapping.facts.items()}
    if format_of(file) == "parquet":
        yield from _parquet(file, titles)
        return
    headings = {name: (title,) for name, title in titles.items()}
    try:
        table = read_table(file.read_bytes(), headings=headings, required=list(headings), most=MOST_ROWS)
    except HeadingsMissing as refusal:
        raise UnreadableFile(file=file, problem=NO_COLUMN.fill(missing=refusal.facts["missing"])) from None
    except Refusal as refusal:  # which speaks of an upload
        raise UnreadableFile(file=file, problem=refusal.words) from None
    for row in table.rows:
        yield row.number, row.cells


def _parquet(file: Path, titles: Mapping[str, str]) -> Iterator[tuple[int, dict[str, cells.Cell]]]:
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        opened = parquet.ParquetFile(file)
    except (arrow.ArrowInvalid, OSError):
        raise no_parquet(file) from None
    lacking = [title for title in titles.values() if title not in opened.schema_arrow.names]
    if lacking:
        raise UnreadableFile(file=file, problem=NO_COLUMN.fill(missing=lacking))
    number = 0
    for batch in opened.iter_batches(columns=list(titles.values())):
        for row in batch.to_pylist():
            number += 1
            yield number, {name: cells.Cell(row[title]) for name, title in titles.items()}


def _xes(file: Path, mapping: LogMapping) -> Iterator[tuple[int, dict[str, cells.Cell]]]:
    """Traces with their events; of an activity that is logged as started and completed, the end counts.

    A document type is refused: it can make a small file endless.
    """
    if not file.exists():
        raise UnreadableFile(file=file, problem=Words("没有这个文件", "there is no such file"))
    number, before = 0, b""
    try:
        parser: Any = ElementTree.XMLPullParser(events=("end",))
        with file.open("rb") as source:
            while chunk := source.read(1 << 20):
                if b"<!DOCTYPE" in before + chunk:
                    raise UnreadableFile(
                        file=file, problem=Words("含 DOCTYPE", "it has a document type (DOCTYPE)")
                    )
                before = chunk[-len(b"<!DOCTYPE") :]  # it may stand across two chunks
                parser.feed(chunk)
                for _, element in parser.read_events():
                    if _tag(element) != "trace":
                        continue
                    trace = _attributes(element)
                    for event in (one for one in element if _tag(one) == "event"):
                        number += 1
                        said = {
                            **trace,
                            **{f"event {name}": text for name, text in _attributes(event).items()},
                        }
                        if said.get(f"event {XES_LIFECYCLE}", "complete").lower() == "complete":
                            yield number, _cells(said, mapping)
                    element.clear()
        parser.close()  # a log that was cut off is not taken for a shorter one
    except ElementTree.ParseError as error:
        raise UnreadableFile(
            file=file, problem=Words(f"不是合法的 XML（{error}）", f"not valid XML ({error})")
        ) from None


def _cells(said: Mapping[str, str], mapping: LogMapping) -> dict[str, cells.Cell]:
    found = {
        "case": said.get(XES_CASE),
        "activity": said.get(f"event {XES_ACTIVITY}"),
        "day": said.get(f"event {XES_DAY}"),
    }
    for name in ("applied", "region"):
        if title := getattr(mapping.columns, name):
            found[name] = said.get(title)
    found |= {f"fact {name}": said.get(title) for name, title in mapping.facts.items()}
    return {name: cells.Cell(text) for name, text in found.items() if text is not None}


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {one.get("key", ""): one.get("value", "") for one in element if one.get("key")}


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
