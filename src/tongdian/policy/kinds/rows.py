"""limits and class: the first row whose `when` holds decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from pydantic import model_validator

from tongdian.policy import language as grammar
from tongdian.policy.answer import Answer
from tongdian.policy.code import Condition
from tongdian.policy.inputs import read_inputs
from tongdian.policy.kinds import Rule, Version, answer_of, kind
from tongdian.policy.kinds.value import _rename
from tongdian.policy.language import Node
from tongdian.policy.reading import Bilingual, Id, Model, Name, Number, Texts, Whole, YamlNode
from tongdian.policy.refusals import NotApplicable, RuledWithoutLimit
from tongdian.policy.types import LanguageError
from tongdian.policy.units import Unit
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class Row(Model):
    """One row: `when` it holds (always, without one), and the clause that says so."""

    when: str | None = None
    cite: Texts = ()


class WithoutLimit(Row):
    """What the document says where it sets no limit and asks for no paper: that a stage is abolished, say."""

    says: Bilingual


def check_without(rule: Rule, source: YamlNode) -> None:
    """Raise PackError where a condition of `without` cannot be read."""
    for v, version in enumerate(rule.versions):
        for r, row in enumerate(version.without):  # type: ignore[attr-defined]
            try:
                if row.when is not None:
                    Condition.parse(row.when, rule.input)
            except LanguageError as error:
                loc = ("versions", v, "without", r, "when")
                raise source.error(error.problem, error.remedy, loc=loc) from None


def refuse_without(
    rule: Rule, pack: Pack, without: tuple[WithoutLimit, ...], inputs: Mapping[str, Any]
) -> NoReturn:
    """Raise RuledWithoutLimit where the document does speak of these inputs, else NotApplicable."""
    for row in without:
        if row.when is None or Condition.parse(row.when, rule.input).holds(inputs):
            cite = Words(*(pack.say_cite(row.cite, language) for language in ("zh", "en")))
            raise RuledWithoutLimit(rule=rule.title, said=row.says, cite=cite)
    raise NotApplicable(
        rule=rule.title, given=Words(*(say_inputs(rule, inputs, one) for one in ("zh", "en")))
    )


def say_inputs(rule: Rule, inputs: Mapping[str, Any], language: str) -> str:
    """电压 低压，环节 设计审查."""
    return (
        Words("，", ", ")
        .say(language)
        .join(
            f"{(rule.input[name].title or Words(name, name)).say(language)} "
            f"{rule.input[name].label(value, language)}"
            for name, value in inputs.items()
        )
    )


class _RowsRule(Rule):
    """What limits and class share: finding the row and saying why."""

    @cached_property
    def conditions(self) -> dict[int, list[Condition | None]]:
        """The compiled `when` of every row, by the version's identity."""
        return {
            id(version): [
                Condition.parse(row.when, self.input) if row.when else None for row in self.rows(version)
            ]
            for version in self.versions
        }

    def rows(self, version: Any) -> tuple[Any, ...]:
        """The rows of a version."""
        raise NotImplementedError

    def check(self, pack: Pack, source: YamlNode) -> None:
        key = "limits" if self.kind == "limits" else "classes"
        for v, version in enumerate(self.versions):
            rows = self.rows(version)
            if not rows:
                raise source.error(
                    Words("没有行", "there are no rows"),
                    Words("至少写一行", "write at least one row"),
                    loc=("versions", v),
                )
            for r, row in enumerate(rows):
                loc = ("versions", v, key, r, "when")
                if row.when is None and r < len(rows) - 1:
                    raise source.error(
                        Words(
                            "无条件的行之后还有行，永远用不到",
                            "rows after an unconditional row are never reached",
                        ),
                        Words("把它移到最后", "move it to the end"),
                        loc=loc,
                    )
                try:
                    if row.when is not None:
                        Condition.parse(row.when, self.input)
                except LanguageError as error:
                    raise source.error(error.problem, error.remedy, loc=loc) from None

    def _row(self, pack: Pack, version: Any, given: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        inputs = read_inputs(self.input, given)
        for index, condition in enumerate(self.conditions[id(version)]):
            if condition is None or condition.holds(inputs):
                return index, inputs
        refuse_without(self, pack, getattr(version, "without", ()), inputs)

    def _chain(self, version: Any, values: list[Node]) -> Node:
        """Nested ifs over the rows' conditions."""
        rows = self.rows(version)
        if rows[-1].when is not None:
            raise LanguageError(
                Words(f"{self.rule} 没有兜底的行", f"{self.rule} has no last row without a condition"),
                Words("补上一行没有 when 的", "add a row without when"),
            )
        node = values[-1]
        for row, value in reversed(list(zip(rows[:-1], values[:-1], strict=True))):
            node = Node("if", (grammar.parse(row.when), value, node))
        return node


class LimitRow(Row):
    """One limit, in the rule's unit; `owner` is whose clock it is: supplier, customer, government,
    or whoever pack.yaml names under `uses: names:`. Where the limit is the number of stages that the owner
    has in a process, `counts` names it: an overlay that removes one of them lowers the limit too."""

    limit: Number
    owner: Id | None = None
    counts: Id | None = None


class LimitsVersion(Version):
    """Limits while this version is in force, and what is said `without` one."""

    limits: tuple[LimitRow, ...]
    without: tuple[WithoutLimit, ...] = ()


@kind("limits")
class LimitsRule(_RowsRule):
    """`{kind: limits, unit: workday, …, limits: [{when: 'class = residential', limit: 5}]}`. An overlay may
    only write what is `stricter`."""

    kind: Literal["limits"]
    of_unit: str = "workday"
    scale: Whole = 0
    stricter: Literal["less", "more"] = "less"
    versions: tuple[LimitsVersion, ...]

    @model_validator(mode="before")
    @classmethod
    def _unit_key(cls, data: Any) -> Any:
        return _rename(data)

    @property
    def unit(self) -> Unit:
        return Unit.parse(self.of_unit)

    def rows(self, version: Any) -> tuple[Any, ...]:
        limits: tuple[LimitRow, ...] = version.limits
        return limits

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        index, inputs = self._row(pack, version, given)
        limit = version.limits[index]
        return answer_of(
            self,
            pack,
            version,
            on,
            value=limit.limit,
            inputs=inputs,
            taken=taken,
            row=index,
            cite=tuple(limit.cite),
            owner=limit.owner or "",
            reason=lambda language: say_inputs(self, inputs, language),
        )

    def check(self, pack: Pack, source: YamlNode) -> None:
        super().check(pack, source)
        check_without(self, source)
        for v, version in enumerate(self.versions):
            for r, row in enumerate(version.limits):
                if row.counts is not None and pack.over is None and not pack.is_known_good:
                    self._check_count(pack, source, version, row, ("versions", v, "limits", r, "counts"))

    def _check_count(
        self, pack: Pack, source: YamlNode, version: LimitsVersion, row: LimitRow, loc: tuple[str | int, ...]
    ) -> None:
        process: Any = pack.rules.get(row.counts or "")
        found = {
            sum(form.owner_of(stage) == row.owner for stage in form.stages)
            for form in (process.versions if process is not None and process.kind == "process" else ())
            if (form.in_force.before is None or form.in_force.before > version.in_force.start)
            and (version.in_force.before is None or form.in_force.start < version.in_force.before)
        }
        if found != {row.limit}:
            said = "、".join(map(str, sorted(found))), ", ".join(map(str, sorted(found)))
            raise source.error(
                Words(
                    f"流程“{row.counts}”中 {row.owner} 的环节数是 {said[0] or '未知'}，不是 {row.limit}",
                    f'in the process "{row.counts}" {row.owner} has {said[1] or "no"} stages, not {row.limit}',
                ),
                Words("核对流程、owner 和 limit", "check the process, the owner and the limit"),
                loc=loc,
            )

    def as_node(self, version: Any) -> Node:
        return self._chain(version, [Node("lit", value=row.limit) for row in version.limits])


class ClassRow(Row):
    """One row of a classification."""

    becomes: Name


class ClassVersion(Version):
    """Rows of the classification while this version is in force."""

    classes: tuple[ClassRow, ...]


@kind("class")
class ClassRule(_RowsRule):
    """The first row that holds names the class; `names` says each class in both languages. `better` orders
    them, the best for the customer first: an overlay may only move a customer that way."""

    kind: Literal["class"]
    names: dict[Name, Bilingual]
    better: tuple[Name, ...] = ()
    versions: tuple[ClassVersion, ...]

    def rows(self, version: Any) -> tuple[Any, ...]:
        classes: tuple[ClassRow, ...] = version.classes
        return classes

    def check(self, pack: Pack, source: YamlNode) -> None:
        super().check(pack, source)
        if self.better and set(self.better) != set(self.names):
            raise source.error(
                Words("better 没有排出每一类", "better does not order every class"),
                Words("写全 names 中的类别，最有利的在前", "list every class of names, the best first"),
                loc=("better",),
            )
        for v, version in enumerate(self.versions):
            for r, row in enumerate(version.classes):
                if row.becomes not in self.names:
                    raise source.error(
                        Words(f"没有给“{row.becomes}”命名", f'the class "{row.becomes}" has no name'),
                        Words("写进 names", "add it under names"),
                        loc=("versions", v, "classes", r),
                    )

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        index, inputs = self._row(pack, version, given)
        row = version.classes[index]
        return answer_of(
            self,
            pack,
            version,
            on,
            value=row.becomes,
            inputs=inputs,
            taken=taken,
            row=index,
            cite=tuple(row.cite),
            reason=lambda language: say_inputs(self, inputs, language),
            say_option=self.names[row.becomes].say,
        )

    def as_node(self, version: Any) -> Node:
        return self._chain(version, [Node("word", value=row.becomes) for row in version.classes])
