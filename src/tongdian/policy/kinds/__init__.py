"""Kinds of rule: a closed, registered set, one typed model and one `answer` each.

An area adds a kind by subclassing `Rule`, decorating it with `@kind("name")`, and naming its module
in `CATALOGUE` or importing it at its own start-up (docs/how-to/add-a-kind.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cached_property
from importlib import import_module
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import Field, model_validator

from tongdian.policy.answer import Answer, Said, plain
from tongdian.policy.asked_defaults import asked_of, check_defaults
from tongdian.policy.inputs import Input
from tongdian.policy.kinds.catalogue import CATALOGUE
from tongdian.policy.language import Node
from tongdian.policy.later import notes
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.reading import Bilingual, Day, Id, Model, Name, Number, Texts, YamlNode
from tongdian.policy.refusals import InterpretationNotChosen, NotInForce, Refusal, UnknownOption
from tongdian.policy.types import LanguageError, Value
from tongdian.policy.units import BARE, Unit
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

MAX_TAKINGS = 64  # combinations of interpretations one rule may depend on


class InForce(Model):
    """A half-open period of days: `from` is in force, `before` no longer is."""

    start: Day = Field(alias="from")
    before: Day | None = None

    @model_validator(mode="after")
    def _runs_forward(self) -> InForce:
        if self.before is not None and self.before <= self.start:
            raise Miswritten("before 应晚于 from", "before must be later than from")
        return self

    def covers(self, day: dt.date) -> bool:
        """Whether `day` is inside."""
        return self.start <= day and (self.before is None or day < self.before)


class Version(Model):
    """One dated wording of a rule. `taking` limits it to an option of an interpretation."""

    in_force: InForce
    cite: Texts
    taking: dict[Id, str] = {}
    corrects: Bilingual | None = None

    @property
    def cites(self) -> tuple[str, ...]:
        """Every article that an answer by this version may cite."""
        return tuple(self.cite)


class Test(Model):
    """One example: what is given on a day, and the value or refusal that must come back."""

    __test__: ClassVar[bool] = False  # not a pytest class

    on: Day
    shows: str = ""
    given: dict[str, Any] = {}
    take: dict[Id, str] = {}
    expect: Any = None
    refused: str | None = None

    @model_validator(mode="after")
    def _expects_one_thing(self) -> Test:
        if (self.expect is None) == (self.refused is None):
            raise Miswritten("一个例子要么写 expect，要么写 refused", "a test has either expect or refused")
        return self


class LikelySlip(Model):
    """A value that may stand and is probably a slip: yuan for 万元, say. It is told and never refused."""

    input: Name
    below: Number | None = None
    from_: Number | None = Field(default=None, alias="from")
    says: Bilingual

    def raised_by(self, given: Mapping[str, Any]) -> bool:
        """Whether what was given, as text or number, is beyond."""
        try:
            value = Decimal(str(given.get(self.input)))
        except InvalidOperation:
            return False
        return (self.below is not None and value < self.below) or (
            self.from_ is not None and value >= self.from_
        )


class Rule(Model):
    """What every kind shares: an id, a title, dated versions, and tests; `doubts` ask back."""

    rule: Id
    kind: str
    title: Bilingual
    note: Bilingual | None = None
    decided_on: Literal["application", "event", "segment", "period"] = "application"
    input: dict[Name, Input] = {}
    versions: Sequence[Version]
    doubts: tuple[LikelySlip, ...] = ()
    tests: tuple[Test, ...] = ()

    # --- what a kind says of itself ---
    @property
    def unit(self) -> Unit:
        """The unit of the answer."""
        return BARE

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """The Answer of one version. Every kind writes this."""
        raise NotImplementedError

    def check(self, pack: Pack, source: YamlNode) -> None:
        """Refuse what only the whole pack can show: unknown names, cites, references."""

    def matches(self, answer: Answer, expect: Any) -> bool:
        """Whether a test's `expect` is what the answer says."""
        return same(plain(answer.value), expect)

    def run_test(self, pack: Pack, test: Any) -> Words | None:
        """What is wrong with one of the rule's own tests, or None. A process overrides this."""
        try:
            answer = pack.answer(self.rule, on=test.on, given=test.given, take=test.take)
        except Refusal as refusal:
            return refused_otherwise(test, refusal)
        if test.refused is not None:
            return Words(
                "本应拒绝，却有结果",
                f"it should have been refused ({test.refused}) but answered {plain(answer.value)}",
            )
        if not self.matches(answer, test.expect):
            got = {line.name: plain(line.value) for line in answer.lines}
            value = plain(answer.value)
            return Words(f"得到 {value}", f"expected {test.expect}, got {value} {got or ''}".strip())
        return None

    def as_node(self, version: Any) -> Node:
        """This version as an expression over its inputs, for use inside a sheet."""
        raise LanguageError(
            Words(
                f"{self.kind} 类规则不能在计算表里引用", f"a {self.kind} rule cannot be looked up in a sheet"
            ),
            Words(
                "引用 value、bands、limits、class 或 table", "look up a value, bands, limits, class or table"
            ),
        )

    def describe(self) -> dict[str, Any]:
        """Inputs with units and ranges, and versions, as plain data."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "title": self.title._asdict(),
            "note": self.note._asdict() if self.note else None,
            "unit": str(self.unit),
            "decided_on": self.decided_on,
            "inputs": {name: describe_input(declared) for name, declared in self.input.items()},
            "interpretations": list(self.depends),
            "versions": [
                {
                    "from": version.in_force.start.isoformat(),
                    "before": version.in_force.before.isoformat() if version.in_force.before else None,
                    "cite": list(version.cites),
                    "taking": dict(version.taking),
                }
                for version in self.versions
            ],
        }

    # --- versions ---
    @cached_property
    def depends(self) -> tuple[str, ...]:
        """The interpretations that decide between versions."""
        return tuple(dict.fromkeys(key for version in self.versions for key in version.taking))

    def version_on(self, on: dt.date, taken: Mapping[str, str]) -> Any:
        """The version in force on `on` under what was taken. Raises NotInForce."""
        for version in self.versions:
            if version.taking.items() <= taken.items() and version.in_force.covers(on):
                return version
        starts = [
            str(version.in_force.start)
            for version in self.versions
            if version.taking.items() <= taken.items()
        ]
        raise NotInForce(rule=self.title, day=on, first=starts)

    def check_versions(self, pack: Pack, source: YamlNode) -> None:
        """Versions follow one another without gap or overlap, whatever is taken."""
        if not self.versions:
            raise source.error(
                Words("没有版本", "there is no version"),
                Words("写 versions", "write versions with in_force and cite"),
            )
        if self.input:
            self.check_doubts(self.input, source)
            check_defaults(pack, self.input, source)
        for index, version in enumerate(self.versions):
            for key, option in version.taking.items():
                known = pack.interpretations.get(key)
                if known is None or option not in known.options:
                    raise source.error(
                        Words(
                            f"没有解读或选项 {key}={option}",
                            f"there is no interpretation or option {key}={option}",
                        ),
                        Words("写进 interpretations.yaml", "declare it in interpretations.yaml"),
                        loc=("versions", index, "taking", key),
                    )
        for combination in self._combinations(pack, source):
            chosen = [
                (index, version)
                for index, version in enumerate(self.versions)
                if all(combination[key] == option for key, option in version.taking.items())
            ]
            for (_, earlier), (index, later) in pairwise(chosen):
                if earlier.in_force.before != later.in_force.start:
                    raise source.error(
                        Words(
                            f"{later.in_force.start} 之前有空缺或重叠",
                            f"gap or overlap before {later.in_force.start}",
                        ),
                        Words(
                            "上一版本的 before 要等于这一版本的 from",
                            "the earlier version's before must equal this version's from",
                        ),
                        loc=("versions", index, "in_force"),
                    )
            if not chosen:
                raise source.error(
                    Words(f"选 {combination} 时没有版本", f"no version is left when taking {combination}"),
                    Words("每个选项都要有版本", "give every option a version"),
                    loc=("versions",),
                )

    def check_doubts(self, inputs: Collection[str], source: YamlNode) -> None:
        """Raise PackError for a doubt about what is not an input: it would never be told."""
        for number, doubt in enumerate(self.doubts):
            if doubt.input not in inputs:
                raise source.error(
                    Words(f"没有输入“{doubt.input}”", f'there is no input "{doubt.input}"'),
                    Words("核对名称", "check the name"),
                    loc=("doubts", number, "input"),
                )

    def _combinations(self, pack: Pack, source: YamlNode) -> Iterator[dict[str, str]]:
        # only what decides between versions can leave a gap between them, not what decides a setting of one
        keys = tuple(dict.fromkeys(key for version in self.versions for key in version.taking))
        options = [tuple(pack.interpretations[key].options) for key in keys]
        count = 1
        for choice in options:
            count *= len(choice)
        if count > MAX_TAKINGS:
            raise source.error(
                Words("依赖的解读过多", "the rule depends on too many interpretations"),
                Words("拆成几条规则", "split it into several rules"),
            )
        for combination in product(*options):
            yield dict(zip(keys, combination, strict=True))

    def reads(self, pack: Pack) -> tuple[str, ...]:
        """The interpretations that this rule itself follows."""
        return self.depends

    @property
    def asks_rules(self) -> tuple[str, ...]:
        """Other rules that it asks when it answers, which follow interpretations of their own."""
        return self.asked_for_defaults

    @cached_property
    def asked_for_defaults(self) -> tuple[str, ...]:
        """The rules that say what some of its inputs are where nobody says otherwise."""
        return asked_of(self.input)

    @property
    def planned_areas(self) -> tuple[str, ...]:
        """The areas that are to come before the rule is carried out whole."""
        return ()

    def taken(self, pack: Pack, take: Mapping[str, str]) -> dict[str, str]:
        """What this rule's interpretations are, from `take` or the pack's choice.

        Raises InterpretationNotChosen, UnknownOption.
        """
        return {key: pack.option(key, take) for key in self.depends}


def refused_otherwise(test: Test, refusal: Refusal) -> Words | None:
    """What is wrong with a refusal that a test met: None when it is the one expected."""
    if test.refused is None:
        return refusal.words
    said = (refusal.say("en"), refusal.say("zh"))
    if test.refused == refusal.code or any(test.refused in sentence for sentence in said):
        return None
    return Words(f"理由是“{refusal.say('zh')}”", f"it was refused because: {refusal.say('en')}")


def same(value: Any, expect: Any) -> bool:
    """Whether plain data equals what a test expects; numbers by value, so 5 equals 5.00."""
    if isinstance(expect, dict) and isinstance(value, dict):
        return all(key in value and same(value[key], item) for key, item in expect.items())
    if isinstance(expect, list) and isinstance(value, list):
        return len(expect) == len(value) and all(map(same, value, expect))
    if isinstance(value, bool):
        return expect in (value, str(value).lower())
    if isinstance(value, str) and isinstance(expect, str):
        return value == expect or (_number(value) is not None and _number(value) == _number(expect))
    return bool(value == expect)


def _number(text: str) -> Any:
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def describe_input(declared: Input) -> dict[str, Any]:
    """One input as plain data."""
    kind = declared.value_type
    return {
        "title": declared.title._asdict() if declared.title else None,
        "type": str(kind),
        "unit": declared.unit,
        "scale": declared.scale,
        "min": f"{declared.min:f}" if declared.min is not None else None,
        "max": f"{declared.max:f}" if declared.max is not None else None,
        "one_of": list(declared.one_of) if declared.one_of else None,
        "labels": {key: words._asdict() for key, words in declared.labels.items()},
        "default": declared.default,
        "example": declared.example,
    }


def answer_of(
    rule: Rule,
    pack: Pack,
    version: Version,
    on: dt.date,
    *,
    value: Said,
    inputs: Mapping[str, Value],
    taken: Mapping[str, str],
    reason: Callable[[str], str],
    cite: tuple[str, ...] = (),
    unit: Unit | None = None,
    warnings: tuple[Words, ...] = (),
    **more: Any,
) -> Answer:
    """An Answer with what every kind fills the same way, and what came after the document."""
    cites = cite or version.cite
    return Answer(
        value=value,
        unit=rule.unit if unit is None else unit,
        rule=rule.rule,
        title=rule.title,
        pack=pack.id,
        number=pack.number,
        pack_hash=pack.content_hash,
        version=version.in_force.start,
        cite=cites,
        day=on,
        inputs=inputs,
        interpretations=taken,
        reason=reason,
        cited=lambda language: pack.say_cite(cites, language),
        warnings=(
            *warnings,
            *(one.says for one in rule.doubts if one.raised_by(inputs)),
            *notes(pack, cites, on),
        ),
        **more,
    )


R = TypeVar("R", bound=Rule)
_KINDS: dict[str, type[Rule]] = {}


def kind(name: str) -> Callable[[type[R]], type[R]]:
    """Register a Rule subclass as the kind `name`."""

    def register(model: type[R]) -> type[R]:
        _KINDS[name] = model
        return model

    return register


def kind_names() -> Collection[str]:
    """The name of every kind."""
    return {**CATALOGUE, **_KINDS}


def kind_named(name: str) -> type[Rule]:
    """One kind, imported with the first rule of it: a bill waits for no stage graphs."""
    if name not in _KINDS:
        import_module(CATALOGUE[name])
    return _KINDS[name]


def kinds() -> Mapping[str, type[Rule]]:
    """Every kind by name."""
    return {name: kind_named(name) for name in kind_names()}


__all__ = [
    "InForce",
    "InterpretationNotChosen",
    "Rule",
    "Test",
    "UnknownOption",
    "Version",
    "answer_of",
    "describe_input",
    "kind",
    "kind_named",
    "kind_names",
    "kinds",
    "same",
]
