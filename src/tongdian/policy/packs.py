"""Policy packs: a folder of YAML and sheets, loaded strictly into rules that answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tongdian.calendar import NATIONAL, Calendar, WorkingDayCounts, noting, official_calendar
from tongdian.policy.answer import Answer
from tongdian.policy.calendars import OwnCalendar, bad_days, calendar_of
from tongdian.policy.clauses import (
    Chapter,
    Clause,
    ClauseFile,
    Interpretation,
    InterpretationFile,
    PackHead,
    say_clause,
)
from tongdian.policy.counting import counts_without_calendar
from tongdian.policy.interpretations import check_interpretations, check_take
from tongdian.policy.kinds import Rule, kinds
from tongdian.policy.kinds import Test as RuleTest
from tongdian.policy.reading import BOTH, Model, YamlNode, read_model, read_yaml
from tongdian.policy.refusals import InterpretationNotChosen, Mistakes, PackError, UnknownRule
from tongdian.policy.sheet import SheetError
from tongdian.policy.sheet_case import DatedRow
from tongdian.policy.uses import check_uses
from tongdian.policy.words import Words

MAX_FILES, MAX_RULES = 300, 500
_FIXED = {"pack.yaml", "clauses.yaml", "interpretations.yaml"}
_FOLDERS = {"sheets": ".sheet", "processes": ".yaml", "filings": ".yaml", "indicators": ".yaml"}


@dataclass(frozen=True, slots=True)
class WorkingDayCount:
    """Working days for sheets: of `region` where a line names none. Days that are not published are
    refused."""

    calendar: Calendar
    region: str = NATIONAL

    def of(self, region: str = "") -> WorkingDayCounts:
        """The counts of a region."""
        return self.calendar.counts(region or self.region)

    def between(self, start: dt.date, end: dt.date, region: str = "") -> int:
        """Working days in (start, end], negative when end is earlier."""
        counts = self.of(region)
        if end < start:
            return -counts.between(end, start, count_day_zero=False)
        return counts.between(start, end, count_day_zero=False)

    def by(self, day: dt.date, region: str = "") -> int:
        """Working days reached by the end of a day."""
        return self.of(region).reached(day)

    def before(self, day: dt.date, region: str = "") -> int:
        """Working days before a day."""
        return self.by(day, region) - self.of(region).is_working(day)

    def after(self, start: dt.date, count: int, region: str = "") -> dt.date:
        """The day `count` working days after `start`; `start` itself after none."""
        if count < 0:
            raise ValueError("a count of days is not negative")
        counts = self.of(region)
        counts.is_working(start)  # refuses a start that is not published
        return counts.add(start, count, count_day_zero=False) if count else start


@dataclass(eq=False)
class Pack:
    """A loaded pack. `choices` are what an installation chose for open interpretations."""

    head: PackHead
    folder: Path
    content_hash: str
    chapters: dict[str, Chapter]
    clauses: dict[str, Clause]
    interpretations: dict[str, Interpretation]
    rules: dict[str, Rule]
    sheets: dict[str, str]
    areas: dict[str, str]  # rule id -> the file it stands in, without suffix
    sources: dict[str, YamlNode] = field(default_factory=dict, repr=False)
    choices: Mapping[str, str] = field(default_factory=dict)
    own_tables: Mapping[str, list[DatedRow]] = field(default_factory=dict)
    published: Calendar | Callable[[], Calendar] | None = None  # as the installation knows it
    is_known_good: bool = False  # this content was checked whole before
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def id(self) -> str:
        """The pack's id, the same as its folder's name."""
        return self.head.pack

    @property
    def title(self) -> Words:
        """The document's title."""
        return self.head.title

    @property
    def number(self) -> str:
        """The document's number, as citations write it."""
        return self.head.number

    def rule(self, rule_id: str) -> Rule:
        """One rule. Raises UnknownRule with the nearest names."""
        found = self.rules.get(rule_id)
        if found is None:
            near = difflib.get_close_matches(rule_id, self.rules, n=3)
            raise UnknownRule(
                pack=self.id,
                rule=rule_id,
                near=Words(
                    f"；相近的有：{'、'.join(near)}" if near else "",
                    f"; did you mean {', '.join(near)}?" if near else "",
                ),
            )
        return found

    def answer(
        self,
        rule_id: str,
        *,
        on: dt.date,
        given: Mapping[str, Any] | None = None,
        take: Mapping[str, str] | None = None,
    ) -> Answer:
        """What the rule says on a day about `given` inputs (text or typed values, never floats).

        `take` chooses options of interpretations for this answer only. Raises a Refusal:
        UnknownRule, BadInput, NotInForce, InterpretationNotChosen, NotApplicable, OptionNotUsed, …
        """
        rule = self.rule(rule_id)
        check_take(self, rule, take or {})
        taken = rule.taken(self, take or {})
        return rule.decide(self, rule.version_on(on, taken), on, given or {}, taken)

    def option(self, interpretation: str, take: Mapping[str, str]) -> str:
        """The option of an interpretation: taken now, else chosen here, else the pack's default."""
        known = self.interpretations[interpretation]
        option = take.get(interpretation) or self.choices.get(interpretation) or known.chosen
        if option == "none":
            raise InterpretationNotChosen(interpretation=interpretation, options=list(known.options))
        return option

    def chosen(
        self,
        *,
        choices: Mapping[str, str] | None = None,
        own_tables: Mapping[str, list[DatedRow]] | None = None,
        published: Calendar | Callable[[], Calendar] | None = None,
        days_of: PackHead | None = None,
    ) -> Pack:
        """The same pack under an installation's choices and tables. `published` is the published
        calendar as the installation knows it, asked for when it is called; `days_of` a later encoding's
        head, whose calendar and rest days then count: a case keeps its rules, but not an old calendar."""
        return dataclasses.replace(
            self,
            choices=self.choices if choices is None else choices,
            own_tables=self.own_tables if own_tables is None else own_tables,
            published=published or self.published,
            head=self.head.model_copy(
                update={
                    "calendar": days_of.calendar,
                    "region": days_of.region,
                    "rest_days": days_of.rest_days,
                }
            )
            if days_of
            else self.head,
            cache={},
        )

    @property
    def calendar(self) -> Calendar:
        """The working days this pack counts by, in every region (`calendar_of`). Raises NoCalendar."""
        if "calendar" not in self.cache:
            published = self.published() if callable(self.published) else self.published
            self.cache["calendar"] = calendar_of(self.head, published or official_calendar())
        calendar: Calendar = self.cache["calendar"]
        return calendar

    @property
    def workdays(self) -> WorkingDayCount:
        """What sheets count by."""
        return WorkingDayCount(self.calendar, self.head.region or NATIONAL)

    @property
    def has_regions(self) -> bool:
        """Whether its calendar may differ from region to region: that of China, not one of its own."""
        return not isinstance(self.head.calendar, OwnCalendar)

    def say_cite(self, cites: tuple[str, ...], language: str) -> str:
        """`师政后勤〔2016〕4号 第九条（一）`."""
        said = [say_clause(cite).say(language) for cite in cites]
        return f"{self.number} " + Words("、", ", ").say(language).join(said)

    def sheet_text(self, sheet: str) -> str:
        """The text of sheets/<sheet>.sheet."""
        return self.sheets.get(sheet, "")

    def sheet_error(self, sheet: str, error: SheetError) -> PackError:
        """A sheet's mistake, placed in its file."""
        return PackError(
            file=self.folder / "sheets" / f"{sheet}.sheet",
            line=error.line,
            problem=error.problem,
            remedy=error.remedy,
        )

    def tests(self) -> Iterator[tuple[Rule, int, RuleTest]]:
        """Every test of every rule."""
        for rule in self.rules.values():
            for number, test in enumerate(rule.tests):
                yield rule, number, test


# --- loading -------------------------------------------------------------------------------------


def load_pack(folder: Path | str, *, run_tests: bool = True, is_copy: bool = False) -> Pack:
    """Load and check a pack folder. Raises PackError with file, line and remedy, and the `others` that
    were found with it: what cannot be read, else what does not fit together, else tests that fail.

    The folder is named as the pack, unless it `is_copy` that is only compared.

    `run_tests` also tries every sheet under every option and runs the pack's own tests; callers
    that keep a record of checked content hashes leave that out for a hash already checked.
    """
    pack = _Loader(Path(folder), is_known_good=not run_tests, is_copy=is_copy).load()
    if run_tests:
        run_pack_tests(pack)
    return pack


def content_hash(folder: Path) -> str:
    """SHA-256 over every file of the pack, by relative path: the name of this encoding."""
    digest = hashlib.sha256()
    for file in pack_files(folder):
        name = file.relative_to(folder).as_posix().encode()
        digest.update(len(name).to_bytes(4, "big") + name + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def pack_files(folder: Path) -> list[Path]:
    """The files that make the pack, in order. Symbolic links and strangers are refused."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_symlink():
            raise _file_error(
                file,
                Words("包里不许有符号链接", "a pack has no symbolic links"),
                Words("换成文件本身", "put the file itself here"),
            )
        if file.is_dir() or file.name.startswith("."):
            continue
        parts = file.relative_to(folder).parts
        allowed = (len(parts) == 1 and file.suffix in (".yaml", ".md")) or (
            len(parts) == 2 and _FOLDERS.get(parts[0]) == file.suffix
        )
        if not allowed:
            raise _file_error(
                file,
                Words("包里不认识这个文件", "this file does not belong in a pack"),
                Words(
                    "只放 .yaml，及 sheets/*.sheet、processes/*.yaml 等",
                    "keep .yaml files, sheets/*.sheet, processes/*.yaml",
                ),
            )
        found.append(file)
        if len(found) > MAX_FILES:
            raise _file_error(
                folder,
                Words("文件过多", "too many files"),
                Words(f"至多 {MAX_FILES} 个", f"keep it within {MAX_FILES}"),
            )
    return found


def _file_error(file: Path, problem: Words, remedy: Words) -> PackError:
    return PackError(file=file, line=1, problem=problem, remedy=remedy)


class _RuleFile(Model):
    """An area's rules."""

    rules: tuple[dict[str, Any], ...]


class _Loader:
    def __init__(self, folder: Path, *, is_known_good: bool, is_copy: bool) -> None:
        self.folder, self.is_known_good, self.is_copy = folder, is_known_good, is_copy
        self.mistakes = Mistakes()
        self.languages: tuple[str, ...] = BOTH
        self.clauses_named: list[str] = []
        self.sources: dict[str, YamlNode] = {}
        self.areas: dict[str, str] = {}

    def load(self) -> Pack:
        if not (self.folder / "pack.yaml").is_file():
            raise _file_error(
                self.folder / "pack.yaml",
                Words("没有 pack.yaml", "there is no pack.yaml"),
                Words("写出它，或核对文件夹", "write it, or check the folder's name"),
            )
        files = pack_files(self.folder)
        aside, head = self.mistakes.aside, None
        with aside():
            written = read_yaml(self.folder / "pack.yaml")
            data = written.plain()
            spoken = data.get("languages") if isinstance(data, dict) else None
            if isinstance(spoken, list) and len(spoken) == 1 and spoken[0] in BOTH:
                self.languages = (spoken[0],)
                written = dataclasses.replace(written, languages=self.languages)
            head = read_model(written, PackHead)
        chapters, clauses = self._clauses()
        named = dict.fromkeys(self.clauses_named)  # one that is written badly is not missing as well
        interpretations: dict[str, Interpretation] = {}
        with aside():
            interpretations = self._interpretations(named) if named else {}
        rules = self._rules(files)
        sheets: dict[str, str] = {}
        for file in files:
            if file.suffix == ".sheet":
                with aside():
                    sheets[file.stem] = _sheet_text(file)
        if head is not None:
            self.mistakes.found += self._bad_head(head, written, named)
        self.mistakes.refuse()
        assert head is not None  # else refused
        pack = Pack(
            head=head,
            folder=self.folder,
            content_hash=content_hash(self.folder),
            chapters=chapters,
            clauses={key: _with_stages(clause, rules) for key, clause in clauses.items()},
            interpretations=interpretations,
            rules=rules,
            sheets=sheets,
            areas=self.areas,
            sources=self.sources,
            is_known_good=self.is_known_good,
        )
        self._check(pack)
        with aside():
            check_uses(pack, written)
        self.mistakes.refuse()
        if not self.is_known_good:  # a revision of before names no calendar: it counted by the published one
            self.mistakes.found += counts_without_calendar(pack, written)
            with aside():  # nor what its interpretations decide
                check_interpretations(pack, self.sources)
        self.mistakes.refuse()
        return pack

    def _bad_head(self, head: PackHead, written: YamlNode, clauses: Mapping[str, Any]) -> Iterator[PackError]:
        if head.pack != self.folder.name and not self.is_copy:
            yield written.error(
                Words(
                    f"pack 是“{head.pack}”，文件夹是“{self.folder.name}”",
                    f'pack says "{head.pack}" but the folder is "{self.folder.name}"',
                ),
                Words("两者要相同", "make them the same"),
                loc=("pack",),
            )
        for index, cite in enumerate(head.charges_by):
            if clauses and cite not in clauses:
                yield written.error(*_no_clause(cite), loc=("charges_by", index))
        if not self.is_known_good:
            yield from bad_days(head, written)

    def _clauses(self) -> tuple[dict[str, Chapter], dict[str, Clause]]:
        chapters: dict[str, Chapter] = {}
        clauses: dict[str, Clause] = {}
        with self.mistakes.aside():
            if not (self.folder / "clauses.yaml").is_file():
                raise _file_error(
                    self.folder / "clauses.yaml",
                    Words("没有 clauses.yaml", "there is no clauses.yaml"),
                    Words("逐条写出文件的条款", "write the document's clauses, one by one"),
                )
            source = read_yaml(self.folder / "clauses.yaml", languages=self.languages)
            chapters |= {c.id: c for c in read_model(source, ClauseFile).chapters}
            for item in source.at("clauses").items():
                self.clauses_named.append(_written_id(item))
                with self.mistakes.aside():
                    self._clause(item, chapters, clauses)
        return chapters, clauses

    def _clause(self, item: YamlNode, chapters: Mapping[str, Chapter], clauses: dict[str, Clause]) -> None:
        clause = read_model(item, Clause)
        if clause.id in clauses:
            raise item.error(
                Words(f"条款 {clause.id} 写了两次", f"clause {clause.id} is written twice"),
                Words("删去一个", "remove one"),
            )
        clauses[clause.id] = clause
        self.sources[f"clause {clause.id}"] = item
        if clause.chapter not in chapters:
            raise item.error(
                Words(f"没有章 {clause.chapter}", f"there is no chapter {clause.chapter}"),
                Words("写进 chapters", "declare it under chapters"),
                loc=("in",),
            )

    def _interpretations(self, clauses: Mapping[str, Any]) -> dict[str, Interpretation]:
        file = self.folder / "interpretations.yaml"
        found: dict[str, Interpretation] = {}
        if not file.is_file():
            return found
        source = read_yaml(file, languages=self.languages)
        read_model(source, InterpretationFile)
        for item in source.at("interpretations").items():
            one = read_model(item, Interpretation)
            if one.id in found:
                raise item.error(
                    Words(f"解读 {one.id} 写了两次", f"interpretation {one.id} is written twice"),
                    Words("删去一个", "remove one"),
                )
            if one.clause not in clauses:
                raise item.error(*_no_clause(one.clause), loc=("clause",))
            found[one.id] = one
            self.sources[f"interpretation {one.id}"] = item
        return found

    def _rules(self, files: list[Path]) -> dict[str, Rule]:
        rules: dict[str, Rule] = {}
        for file in files:
            if file.suffix != ".yaml" or file.name in _FIXED:
                continue
            members: list[YamlNode] = []
            with self.mistakes.aside():
                source = read_yaml(file, languages=self.languages)
                members = [source]
                if file.parent == self.folder:
                    members = list(source.at("rules").items())
                    read_model(source, _RuleFile)
            for item in members:
                with self.mistakes.aside():
                    rule = self._rule(item, file)
                    if rule.rule in rules:
                        raise item.error(
                            Words(f"规则 {rule.rule} 写了两次", f"rule {rule.rule} is written twice"),
                            Words("换一个名称", "rename one"),
                        )
                    rules[rule.rule] = rule
                    self.sources[rule.rule] = item
                    self.areas[rule.rule] = file.stem if file.parent == self.folder else file.parent.name
            if len(rules) > MAX_RULES:
                raise _file_error(
                    file,
                    Words("规则过多", "too many rules"),
                    Words(f"至多 {MAX_RULES} 条", f"keep it within {MAX_RULES}"),
                )
        return rules

    def _rule(self, item: YamlNode, file: Path) -> Rule:
        data = item.plain()
        known = kinds()
        # a file of its own may say what it is by its first word: `process: low-voltage-connection`
        name = data.get("kind") if isinstance(data, dict) else None
        if name is None and isinstance(data, dict):
            name = next((key for key in known if key in data), None)
        if name not in known:
            raise item.error(
                Words(f"没有这一类规则：{name}", f"there is no kind of rule {name!r}"),
                Words(f"可用：{'、'.join(sorted(known))}", f"the kinds are {', '.join(sorted(known))}"),
                loc=("kind",),
            )
        return read_model(item, known[str(name)])

    def _check(self, pack: Pack) -> None:
        fallen: Exception | None = None
        for name, rule in pack.rules.items():
            source = self.sources[name]
            for index, version in enumerate(rule.versions):
                for cite in version.cite:
                    if cite not in pack.clauses:
                        self.mistakes.found.append(
                            source.error(*_no_clause(cite), loc=("versions", index, "cite"))
                        )
            with self.mistakes.aside():
                rule.check_versions(pack, source)
            try:
                with self.mistakes.aside():
                    rule.check(pack, source)
            except Exception as error:  # over a rule that it looks up, whose mistake is told itself
                fallen = error
            if not rule.tests and not self._needs_no_test(rule):
                self.mistakes.found.append(
                    source.error(
                        Words(f"规则 {name} 没有测试", f"rule {name} has no test"),
                        Words(
                            "写 tests: - {on: …, given: …, expect: …}",
                            "add tests: - {on: …, given: …, expect: …}",
                        ),
                    )
                )
        if fallen is not None and not self.mistakes.found:
            raise fallen
        for clause in pack.clauses.values():
            for name in clause.by:
                if name not in pack.rules:
                    self.mistakes.found.append(
                        self.sources[f"clause {clause.id}"].error(
                            Words(f"没有规则“{name}”", f'there is no rule "{name}"'),
                            Words("写出规则，或改为 planned", "write the rule, or say planned: area"),
                            loc=("by",),
                        )
                    )

    @staticmethod
    def _needs_no_test(rule: Rule) -> bool:
        return rule.kind == "table"  # rows are data; the sheets that read them are tested


def _written_id(item: YamlNode) -> str:
    data = item.plain()
    return str(data.get("id")) if isinstance(data, dict) else ""


def _with_stages(clause: Clause, rules: Mapping[str, Rule]) -> Clause:
    """A clause is planned in part as long as a stage of its processes is."""
    areas = [area for name in clause.by if name in rules for area in rules[name].planned_areas]
    return clause.model_copy(update={"planned": tuple(dict.fromkeys((*clause.planned, *areas)))})


def _no_clause(clause: str) -> tuple[Words, Words]:
    return (
        Words(f"没有条款“{clause}”", f'there is no clause "{clause}"'),
        Words("核对编号，或写进 clauses.yaml", "check the number, or add it to clauses.yaml"),
    )


def _sheet_text(file: Path) -> str:
    if file.stat().st_size > 100_000:
        raise _file_error(
            file, Words("表过大", "the sheet is too large"), Words("至多 100 KB", "keep it within 100 KB")
        )
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise _file_error(
            file, Words("不是 UTF-8 编码", "the file is not UTF-8"), Words("另存为 UTF-8", "save it as UTF-8")
        ) from None


def run_pack_tests(pack: Pack) -> int:
    """Run every test of the pack; the count. Raises PackError at those that do not hold."""
    count, mistakes = 0, Mistakes()
    for rule, number, test in pack.tests():
        count += 1
        with mistakes.aside(), noting():  # what an example lacks is no matter of whoever asks now
            problem = rule.run_test(pack, test)
            if problem is not None:
                raise pack.sources[rule.rule].error(
                    Words(
                        f"{rule.rule} 的测试 {number + 1} 不成立：{problem.zh}",
                        f"test {number + 1} of {rule.rule} fails: {problem.en}",
                    ),
                    Words("改规则，或改测试", "mend the rule, or the test"),
                    loc=("tests", number),
                )
    mistakes.refuse()
    return count
