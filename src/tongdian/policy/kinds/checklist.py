"""checklist: the papers that may be asked for, by stage and case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy import language as grammar
from tongdian.policy.answer import Answer, PaperOption, PaperOptions, plain
from tongdian.policy.code import Condition
from tongdian.policy.inputs import read_inputs
from tongdian.policy.kinds import Rule, Version, answer_of, kind
from tongdian.policy.kinds.rows import Row, WithoutLimit, check_without, refuse_without
from tongdian.policy.language import Node
from tongdian.policy.reading import Bilingual, Flag, Id, YamlNode
from tongdian.policy.refusals import Refusal
from tongdian.policy.types import LanguageError
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


class PaperNotAllowed(Refusal):
    """A paper that the document forbids asking for."""

    says = Words(
        "不得索要“{paper}”：{cited} 规定仅需 {listed}。",
        '"{paper}" may not be asked for: {cited} allows only {listed}.',
    )


class PaperRow(Row):
    """Papers asked for when the row holds. `closed` where nothing may be added, `and_the_like` where
    the document's list goes on with 等: it is said only there."""

    papers: tuple[Id, ...]
    closed: Flag = False
    and_the_like: Flag = False


class ChecklistVersion(Version):
    """Every row that holds adds its papers; what is said `without` one."""

    lists: tuple[PaperRow, ...]
    without: tuple[WithoutLimit, ...] = ()


@kind("checklist")
class ChecklistRule(Rule):
    """`papers` names each paper; a row lists them for a stage or case. `identity` says which of them
    show a natural person's identity document (个人信息保护法 28): `person` always, `customer` only
    where the customer is no firm, whose document is its licence.

    Unlike limits and class, all rows that hold count. The answer is closed when each of them is.
    """

    kind: Literal["checklist"]
    papers: dict[Id, Bilingual]
    identity: dict[Id, Literal["person", "customer"]] = {}
    versions: tuple[ChecklistVersion, ...]

    @cached_property
    def conditions(self) -> dict[int, list[Condition | None]]:
        """The compiled `when` of every row, by the version's identity."""
        return {
            id(version): [Condition.parse(r.when, self.input) if r.when else None for r in version.lists]
            for version in self.versions
        }

    def check(self, pack: Pack, source: YamlNode) -> None:
        for paper in self.identity:
            if paper not in self.papers:
                raise source.error(
                    Words(f"没有给材料“{paper}”命名", f'the paper "{paper}" has no name'),
                    Words("写进 papers", "add it under papers"),
                    loc=("identity", paper),
                )
        for v, version in enumerate(self.versions):
            for r, row in enumerate(version.lists):
                loc = ("versions", v, "lists", r)
                for paper in row.papers:
                    if paper not in self.papers:
                        raise source.error(
                            Words(f"没有给材料“{paper}”命名", f'the paper "{paper}" has no name'),
                            Words("写进 papers", "add it under papers"),
                            loc=loc,
                        )
                try:
                    if row.when is not None:
                        Condition.parse(row.when, self.input)
                except LanguageError as error:
                    raise source.error(error.problem, error.remedy, loc=(*loc, "when")) from None
        check_without(self, source)

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        inputs = read_inputs(self.input, given)
        holding = [
            (index, row)
            for index, (row, condition) in enumerate(
                zip(version.lists, self.conditions[id(version)], strict=True)
            )
            if condition is None or condition.holds(inputs)
        ]
        if not holding:
            refuse_without(self, pack, version.without, inputs)
        ids = dict.fromkeys(paper for _, row in holding for paper in row.papers)
        value = PaperOptions(
            tuple(PaperOption(paper, self.papers[paper]) for paper in ids),
            all(row.closed for _, row in holding),
            any(row.and_the_like for _, row in holding),
        )
        cites = tuple(dict.fromkeys(cite for _, row in holding for cite in row.cite))
        return answer_of(
            self,
            pack,
            version,
            on,
            value=value,
            inputs=inputs,
            taken=taken,
            row=holding[0][0],
            cite=cites,
            reason=lambda language: (
                Words("，", ", ")
                .say(language)
                .join(self.input[name].label(item, language) for name, item in inputs.items())
            ),
        )

    def as_node(self, version: Any) -> Node:
        """How many papers the lists that hold ask for, each once; none where no list holds. Whether a list is
        closed is not said: a sheet that counts takes the interpretation that closes it."""
        lists: dict[str, list[str | None]] = {}
        for row in version.lists:
            for paper in dict.fromkeys(row.papers):
                lists.setdefault(paper, []).append(row.when)
        one, none = (Node("lit", value=Decimal(number)) for number in (1, 0))
        counted = []
        for whens in lists.values():
            node = one
            if None not in whens:
                conditions = [grammar.parse(when) for when in whens if when is not None]
                node = Node("if", (reduce(lambda a, b: Node("or", (a, b)), conditions), one, none))
            counted.append(node)
        return reduce(lambda a, b: Node("+", (a, b)), counted, none)

    def matches(self, answer: Answer, expect: Any) -> bool:
        """`expect: [paper, …]` or `{papers: […], closed: true, and_the_like: true}`."""
        value = plain(answer.value)
        ids = [paper["id"] for paper in value["papers"]]
        if isinstance(expect, list):
            return ids == expect
        said = {name: str(value[name]).lower() for name in ("closed", "and_the_like")}
        return bool(
            ids == expect.get("papers", ids)
            and all(expect.get(name, found) == found for name, found in said.items())
        )


def shows_identity(pack: Pack, paper: str, *, of_a_firm: bool) -> bool:
    """Whether a paper that this customer hands in shows a natural person's identity document."""
    return any(
        whose == "person" or not of_a_firm
        for rule in pack.rules.values()
        if isinstance(rule, ChecklistRule)
        if (whose := rule.identity.get(paper)) is not None
    )


def refuse_extra(answer: Answer, paper: str) -> None:
    """Raise PaperNotAllowed when `answer` is a closed list without `paper`."""
    value = answer.value
    if isinstance(value, PaperOptions) and value.closed and paper not in value:
        listed = Words(
            "、".join(known.title.zh for known in value.papers),
            "; ".join(known.title.en for known in value.papers),
        )
        cited = Words(answer.cited("zh"), answer.cited("en"))
        raise PaperNotAllowed(paper=paper, listed=listed, cited=cited)
