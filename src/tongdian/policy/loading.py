"""Loading a pack: its folder read strictly, checked as a whole, and its own tests run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tongdian.calendar import noting
from tongdian.policy.calendars import bad_days
from tongdian.policy.clauses import Chapter, Clause, ClauseFile, Interpretation, InterpretationFile, PackHead
from tongdian.policy.counting import counts_without_calendar
from tongdian.policy.interpretations import check_interpretations
from tongdian.policy.kinds import Rule
from tongdian.policy.later import RELATIONS
from tongdian.policy.overlays.laying import FILES, check_changes, lay
from tongdian.policy.pack_files import content_hash, file_error, folders_of, pack_files, sheet_text
from tongdian.policy.packs import Pack
from tongdian.policy.reading import BOTH, YamlNode, read_model, read_yaml
from tongdian.policy.refusals import Mistakes, PackError
from tongdian.policy.rule_files import (
    RuleFile,
    area_of,
    holds_rules,
    read_head,
    read_rule,
    stands_alone,
    with_stages,
)
from tongdian.policy.uses import check_uses
from tongdian.policy.words import Words

MAX_RULES = 500


def load_pack(
    folder: Path | str,
    *,
    run_tests: bool = True,
    is_copy: bool = False,
    above: Callable[[Path], Pack] | None = None,
) -> Pack:
    """Load and check a pack folder. Raises PackError with file, line and remedy, and the `others` that
    were found with it: what cannot be read, else what does not fit together, else tests that fail.

    The folder is named as the pack, unless it `is_copy` that is only compared.

    `run_tests` also tries every sheet under every option and runs the pack's own tests; callers
    that keep a record of checked content hashes leave that out for a hash already checked. `above`
    loads the pack that an overlay lies over, from its folder.
    """

    def parent(folder: Path) -> Pack:
        return load_pack(folder, run_tests=run_tests)

    pack = _Loader(Path(folder), is_known_good=not run_tests, is_copy=is_copy, above=above or parent).load()
    if run_tests:
        run_pack_tests(pack)
    return pack


class _Loader:
    def __init__(
        self, folder: Path, *, is_known_good: bool, is_copy: bool, above: Callable[[Path], Pack]
    ) -> None:
        self.folder, self.is_known_good, self.is_copy = folder, is_known_good, is_copy
        self.above = above
        self.mistakes = Mistakes()
        self.languages: tuple[str, ...] = BOTH
        self.clauses_named: list[str] = []
        self.sources: dict[str, YamlNode] = {}
        self.areas: dict[str, str] = {}

    def load(self) -> Pack:
        if not (self.folder / "pack.yaml").is_file():
            raise file_error(
                self.folder / "pack.yaml",
                Words("没有 pack.yaml", "there is no pack.yaml"),
                Words("写出它，或核对文件夹", "write it, or check the folder's name"),
            )
        files = pack_files(self.folder)
        aside, head = self.mistakes.aside, None
        with aside():
            written = read_head(self.folder)
            self.languages = written.languages
            head = read_model(written, PackHead)
        chapters, clauses = self._clauses()
        if head is not None and head.over is not None:
            return self._overlay(head, written, chapters, clauses, files)
        named = dict.fromkeys(self.clauses_named)  # one that is written badly is not missing as well
        interpretations: dict[str, Interpretation] = {}
        with aside():
            interpretations = self._interpretations(named) if named else {}
        rules = self._rules(files)
        sheets: dict[str, str] = {}
        for file in files:
            if file.suffix == ".sheet":
                with aside():
                    sheets[file.stem] = sheet_text(file)
        if head is not None:
            self.mistakes.found += self._bad_head(head, written, named)
        self.mistakes.refuse()
        assert head is not None  # else refused
        pack = Pack(
            head=head,
            folder=self.folder,
            content_hash=content_hash(self.folder),
            chapters=chapters,
            clauses={key: with_stages(clause, rules) for key, clause in clauses.items()},
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

    def _overlay(
        self,
        head: PackHead,
        written: YamlNode,
        chapters: Mapping[str, Chapter],
        clauses: Mapping[str, Clause],
        files: list[Path],
    ) -> Pack:
        """An overlay: its own clauses and changes over its parent's rules, checked as a whole."""
        self.mistakes.found += self._bad_head(head, written, {})
        for file in files:
            if (file.suffix == ".yaml" and file.name not in FILES) or file.parent != self.folder:
                self.mistakes.found.append(
                    file_error(
                        file,
                        Words("下级的包没有这个文件", "an overlay has no such file"),
                        Words("规则的改写写进 overlay.yaml", "write changes of rules into overlay.yaml"),
                    )
                )
        if not (self.folder / "overlay.yaml").is_file():
            self.mistakes.found.append(
                file_error(
                    self.folder / "overlay.yaml",
                    Words("没有 overlay.yaml", "there is no overlay.yaml"),
                    Words("写出改写了哪些规则", "write which rules it changes"),
                )
            )
        self.mistakes.refuse()
        changes = read_yaml(self.folder / "overlay.yaml", languages=self.languages)
        parent = self.above(folders_of(self.folder)[1])
        pack = lay(
            parent,
            head,
            written,
            changes,
            own=(chapters, clauses),
            sources=self.sources,
            digest=content_hash(self.folder),
            is_known_good=self.is_known_good,
        )
        if not self.is_known_good:
            self.mistakes.found += check_changes(pack, changes)
        self._check(pack)
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
        for how in RELATIONS:
            for name, related in getattr(head, how).items():
                for old, own in related.items():
                    for cite in own:
                        if self.clauses_named and cite not in self.clauses_named:
                            yield written.error(*_no_clause(cite), loc=(how, name, old))
        for at, later in enumerate(head.known_later):
            for index, cite in enumerate(later.concerns):
                if clauses and cite not in clauses:
                    yield written.error(*_no_clause(cite), loc=("known_later", at, "concerns", index))
        for index, cite in enumerate(head.charges_by):
            if clauses and cite not in clauses:
                yield written.error(*_no_clause(cite), loc=("charges_by", index))
        for index, cite in enumerate(head.interpreted_by.cite if head.interpreted_by else ()):
            if clauses and cite not in clauses:
                yield written.error(*_no_clause(cite), loc=("interpreted_by", "cite", index))
        if not self.is_known_good:
            yield from bad_days(head, written)

    def _clauses(self) -> tuple[dict[str, Chapter], dict[str, Clause]]:
        chapters: dict[str, Chapter] = {}
        clauses: dict[str, Clause] = {}
        with self.mistakes.aside():
            if not (self.folder / "clauses.yaml").is_file():
                raise file_error(
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
            if not holds_rules(file):
                continue
            members: list[YamlNode] = []
            with self.mistakes.aside():
                source = read_yaml(file, languages=self.languages)
                members = [source]
                if not stands_alone(self.folder, file):
                    members = list(source.at("rules").items())
                    read_model(source, RuleFile)
            for item in members:
                with self.mistakes.aside():
                    rule = read_rule(item)
                    if rule.rule in rules:
                        raise item.error(
                            Words(f"规则 {rule.rule} 写了两次", f"rule {rule.rule} is written twice"),
                            Words("换一个名称", "rename one"),
                        )
                    rules[rule.rule] = rule
                    self.sources[rule.rule] = item
                    self.areas[rule.rule] = area_of(self.folder, file)
            if len(rules) > MAX_RULES:
                raise file_error(
                    file,
                    Words("规则过多", "too many rules"),
                    Words(f"至多 {MAX_RULES} 条", f"keep it within {MAX_RULES}"),
                )
        return rules

    def _check(self, pack: Pack) -> None:
        fallen: Exception | None = None
        changed = {change.rule for change in pack.changes if change.is_change}
        for name, rule in pack.rules.items():
            source = pack.sources[name]
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
            if not rule.tests and not self._needs_no_test(rule) and (pack.over is None or name in changed):
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
                        pack.sources[f"clause {clause.id}"].error(
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


def _no_clause(clause: str) -> tuple[Words, Words]:
    return (
        Words(f"没有条款“{clause}”", f'there is no clause "{clause}"'),
        Words("核对编号，或写进 clauses.yaml", "check the number, or add it to clauses.yaml"),
    )


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
