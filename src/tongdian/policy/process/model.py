"""A process as a pack writes it: one stage, one line.

process: low-voltage-connection
title: {zh: …, en: …}
versions:
- in_force: {from: 2020-01-01}
  cite: "附件2-2/3"
  facts: {capacity: {unit: kW, min: 0, max: 160}}
  stages:
    accept: {title: {zh: 业务受理, en: Acceptance}, role: supplier, working_days: 1}
    reply:  {title: {…}, role: supplier, working_days: 3, after: [accept]}
  clocks:
    handling: {title: {…}, of: sum, owner: supplier, working_days: 6}
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from tongdian.policy.choices import ChoosingVersion
from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input, read_value
from tongdian.policy.miswritten import Miswritten
from tongdian.policy.process.graph import Graph
from tongdian.policy.reading import Bilingual, Flag, Id, Model, Name, Number, Texts, Whole
from tongdian.policy.typed import names_in
from tongdian.policy.types import Value
from tongdian.policy.words import Words

Owner = Literal["supplier", "customer", "government"]
OWNERS: dict[Owner, Words] = {
    "supplier": Words("供电（水）方", "supplier"),
    "customer": Words("客户", "customer"),
    "government": Words("政府部门", "government"),
}
Question = Literal["purpose", "last_on"]  # of those that every application asks
ForceMajeure = Literal["counts", "subtract", "exempt"]
Rank = Literal["officer", "clerk", "technician"]  # what somebody is in an office


def _title(value: object) -> Words:
    """A title in both languages, or one text that serves both."""
    if isinstance(value, Words):
        return value
    if isinstance(value, str) and value.strip():
        return Words(value.strip(), value.strip())
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        zh, en = value["zh"], value["en"]
        if isinstance(zh, str) and isinstance(en, str) and zh.strip() and en.strip():
            return Words(zh.strip(), en.strip())
    raise Miswritten(
        "写一个标题，或两种语言都写：{zh: …, en: …}", "write a title, or both languages: {zh: …, en: …}"
    )


Title = Annotated[Words, PlainValidator(_title)]
Days = Annotated[Whole, Field(ge=1, le=3660)]


class Limited(Model):
    """Something that may have a limit, written in exactly one way.

    `limit` names a rule that answers in days for the day of application; its inputs are the
    facts of the same name, and `given` for what is fixed in this process. Where that rule does
    not apply, the document sets no limit.
    """

    working_days: Days | None = None
    calendar_days: Days | None = None
    limit: Id | None = None
    given: dict[Name, str] = {}

    @model_validator(mode="after")
    def _has_one_limit(self) -> Limited:
        written = (self.working_days, self.calendar_days, self.limit)
        if sum(way is not None for way in written) > 1:
            raise Miswritten(
                "working_days、calendar_days、limit 只写一个",
                "write one of working_days, calendar_days and limit",
            )
        return self


class Stage(Limited):
    """One step of one role. `after` waits for all of them; `when` decides whether it is needed.

    `back` lists the earlier stages it may return the case to. `effect` names what happens on
    closing, told `effect_given`; with `planned` its area is still to come, so a person does it and
    keeps evidence. `papers` names the checklist; `given` fixes its inputs too. One that `refuses`
    tells the applicant no, and is not closed without the reason.

    What a stage brings about is written down as it is closed: `yields` names the facts, asked anew
    each time, and `document` what must be handed in as a file, such as the supply plan. `opinion` is what
    a form says of it where it decides nothing. `by` says who of the office does it, where the document
    names the person and not only the office: whoever holds one of these ranks in that very office.
    """

    title: Title
    role: Id
    by: tuple[Rank, ...] = ()
    after: Texts = ()
    when: str | None = None
    back: Texts = ()
    papers: Id | None = None
    effect: Id | None = None
    effect_given: dict[Name, str] = {}
    planned: Id | None = None
    refuses: Flag = False
    yields: Texts = ()
    document: Title | None = None
    opinion: Bilingual | None = None
    cite: Texts = ()
    note: Bilingual | None = None

    @model_validator(mode="after")
    def _plans_an_effect(self) -> Stage:
        if self.planned and not self.effect:
            raise Miswritten(
                "planned 是某个 effect 所在的领域：请同时写 effect",
                "planned names the area of an effect: write the effect too",
            )
        if self.effect_given and not self.effect:
            raise Miswritten(
                "effect_given 说明某个 effect：请同时写 effect",
                "effect_given tells an effect: write the effect too",
            )
        return self


Service = Literal["connect", "change", "end", "temporary", "certificate", "review"]
SERVICES: dict[Service, Words] = {
    "connect": Words("新装开通", "New supply"),
    "change": Words("变更", "Changes"),
    "end": Words("停用与退出", "Stopping and leaving"),
    "temporary": Words("临时与计划外用水用电", "Temporary and unplanned use"),
    "certificate": Words("证明", "Certificates"),
    "review": Words("图纸与设备", "Drawings and equipment"),
}


class ProcessRole(Model):
    """Who acts, and whose clock runs meanwhile."""

    title: Title
    owner: Owner


DEFAULT_ROLES: dict[str, ProcessRole] = {
    owner: ProcessRole(title=title, owner=owner) for owner, title in OWNERS.items()
}


class Cause(Model):
    """Why a case may stand still."""

    title: Title
    force_majeure: Flag = False
    cite: Texts = ()


FORCE_MAJEURE = "force-majeure"
DEFAULT_CAUSES: dict[str, Cause] = {
    FORCE_MAJEURE: Cause(title=Words("不可抗力", "force majeure"), force_majeure=True)
}


class Clock(Limited):
    """A total over the case.

    `sum` adds the days of each stage (of one owner, or of the stages named), so parallel stages
    each count; `span` counts days in which any of them was open, and without owner or stages
    runs from application to the end. Without a limit it only shows.
    """

    title: Title
    of: Literal["sum", "span"]
    owner: Owner | None = None
    stages: Texts = ()
    cite: Texts = ()
    force_majeure: ForceMajeure | None = None
    stopped_by: Texts | None = None  # the causes that stop it; without, those of the version

    @model_validator(mode="before")
    @classmethod
    def _anybody(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("owner") == "anybody":
            return {key: value for key, value in data.items() if key != "owner"}
        return data

    @model_validator(mode="after")
    def _names_what_it_adds(self) -> Clock:
        if self.owner and self.stages:
            raise Miswritten("owner 和 stages 只写一个", "write owner or stages, not both")
        return self


class Fact(Input):
    """Something that becomes known about a case. `within` names the rule that says, from the other
    facts, which amount or range it must lie in. A stage that yields it asks it only `when` that holds,
    or cannot be told yet."""

    within: Id | None = None
    when: str | None = None


class Check(Model):
    """What the facts of a case must be by a rule that answers in words: one of `is`, or else `or` holds.

    It is asked when the case is opened and when a stage `at` is closed. What is `doubtful` is told and not
    refused. `given` fixes inputs of the rule.
    """

    rule: Id
    accepts: Texts = Field(alias="is")
    doubtful: Texts = ()
    unless: str | None = Field(default=None, alias="or")
    given: dict[Name, str] = {}
    at: Texts = ()


class ProcessVersion(ChoosingVersion):
    """One dated wording of a process. `given` fixes inputs of rules for every stage and clock;
    `asks` are the facts that an applicant states on the form; `not_asked` the questions of every
    application that say nothing here, such as what a home is used for;
    `not_at` the kinds of places for which it is not, such as a shop for a home; `doubtful_at` and
    `doubtful_for` the kinds of places and of customers (`person`, `firm`) that are asked why it is this
    process all the same.

    `checks` hold the facts to rules; `reads` says how an input of such a rule follows from facts: by a
    condition for each of its words, or as another rule answers.

    The day a stage opens is not counted (民法典 201) unless `count_day_zero`. Days lost to
    force majeure keep counting unless `force_majeure` says `subtract`, or `exempt`: then they
    count and the case is reported apart. `stopped_by` names the causes that stop its stages, and the
    clocks that name none themselves; without it every one but force majeure does.
    """

    facts: dict[Name, Fact] = {}
    asks: Texts = ()
    not_asked: tuple[Question, ...] = ()
    not_at: Texts = ()
    doubtful_at: Texts = ()
    doubtful_for: Texts = ()
    given: dict[Name, str] = {}
    roles: dict[Id, ProcessRole] = {}
    stages: dict[Name, Stage]
    clocks: dict[Name, Clock] = {}
    suspensions: dict[Id, Cause] = {}
    count_day_zero: Flag = False
    force_majeure: ForceMajeure = "counts"
    stopped_by: Texts | None = None
    reads: dict[Name, dict[Name, str] | Id] = {}
    converts: dict[Name, Number] = {}  # a fact in another unit than the rules of `checks` ask: times this
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _has_stages(self) -> ProcessVersion:
        if not 1 <= len(self.stages) <= MAX_STAGES:
            raise Miswritten(
                f"一个流程有 1 至 {MAX_STAGES} 个环节", f"a process has 1 to {MAX_STAGES} stages"
            )
        for name in self.asks:
            if name not in self.facts:
                raise Miswritten(f"asks 所写的“{name}”不是 facts 中的一项", f'asks names no fact "{name}"')
        for stopping in (self.stopped_by, *(clock.stopped_by for clock in self.clocks.values())):
            for cause in stopping or ():
                if cause not in self.causes:
                    raise Miswritten(
                        f"stopped_by 所写的“{cause}”不是 causes 中的一项",
                        f'stopped_by names no cause "{cause}"',
                    )
        return self

    @cached_property
    def key(self) -> str:
        """What a case is pinned to: the first day in force, and the options taken."""
        decided = {**self.taking, **self.options}
        options = [f"{name}={option}" for name, option in sorted(decided.items())]
        return ";".join([self.in_force.start.isoformat(), *options])

    @cached_property
    def graph(self) -> Graph:
        """The stages with their order and conditions compiled."""
        return Graph(self.stages, self.facts)

    @cached_property
    def all_roles(self) -> dict[str, ProcessRole]:
        return {**DEFAULT_ROLES, **self.roles}

    @cached_property
    def causes(self) -> dict[str, Cause]:
        return {**DEFAULT_CAUSES, **self.suspensions}

    def stopping(self, clock: Clock | None = None) -> frozenset[str]:
        """The causes that stop a clock, or the stages' own times without one."""
        mode = (clock and clock.force_majeure) or self.force_majeure
        named = self.stopped_by if clock is None or clock.stopped_by is None else clock.stopped_by
        return frozenset(
            cause
            for cause, declared in self.causes.items()
            if (mode == "subtract" if declared.force_majeure else named is None or cause in named)
        )

    def counts(self, clock: Clock, stage: str) -> bool:
        """Whether the visits to a stage are of a clock's time."""
        if clock.stages:
            return stage in clock.stages
        return not clock.owner or self.owner_of(stage) == clock.owner

    @cached_property
    def whens(self) -> dict[str, Condition]:
        """The facts that are asked under a condition. Raises LanguageError."""
        return {
            name: Condition.parse(fact.when, self.facts) for name, fact in self.facts.items() if fact.when
        }

    def told_by_others(self, fact: str, role: str) -> tuple[str, ...]:
        """The roles whose stages alone yield a fact, where `role` has none of them: what one office decides, another
        does not say for it."""
        owners = dict.fromkeys(one.role for one in self.stages.values() if fact in one.yields)
        return () if role in owners else tuple(owners)

    def yields_of(self, stage: str, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """The facts that closing a stage asks anew, by what is known."""
        return tuple(
            name
            for name in self.stages[stage].yields
            if (when := self.whens.get(name)) is None
            or any(one not in facts for one in names_in(when.expr))
            or when.holds(facts)
        )

    def hanging(self, stage: str, facts: Mapping[str, Value]) -> tuple[str, ...]:
        """Those that are asked only by what is said with the same closing: the receipt of a deposit,
        where the stage finds out whether one was paid."""
        return tuple(
            name
            for name in self.yields_of(stage, facts)
            if (when := self.whens.get(name)) and any(one not in facts for one in names_in(when.expr))
        )

    def products(
        self, stage: str, facts: Mapping[str, Value], told: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """What a stage yields beside what is `told`, as the examples say: for stories and
        demonstrations."""
        if stage not in self.stages:
            return {}
        declared = {name: self.facts[name] for name in self.stages[stage].yields}
        examples = {name: one.example for name, one in declared.items() if name not in (told or {})}
        known = {
            name: read_value(name, value, self.facts[name].value_type)
            for name, value in {**examples, **(told or {})}.items()
            if name in self.facts and value not in (None, "")
        }
        asked = self.yields_of(stage, {**facts, **known})
        return {name: str(examples[name]) for name in asked if name in examples}

    def owner_of(self, stage: str) -> Owner:
        """Whose clock runs while the stage is open."""
        return self.all_roles[self.stages[stage].role].owner


MAX_STAGES = 40
