"""The kind `process`: a stage graph with dated versions, checked and tried out at load."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import PrivateAttr, model_validator

from tongdian.calendar import NATIONAL
from tongdian.policy.answer import Answer
from tongdian.policy.choices import check_choices
from tongdian.policy.interpretations import check_take
from tongdian.policy.kinds import Rule, answer_of, describe_input, kind
from tongdian.policy.process.checks import check_process
from tongdian.policy.process.clocks import limit_for
from tongdian.policy.process.commands import first_facts
from tongdian.policy.process.conditions import say_condition
from tongdian.policy.process.limits import limits_of
from tongdian.policy.process.model import Limited, ProcessVersion, Service
from tongdian.policy.process.readings import Limit
from tongdian.policy.process.refusals import UnknownVersion
from tongdian.policy.process.stories import Story, run_story, said_as
from tongdian.policy.reading import Name, Texts, YamlNode
from tongdian.policy.refusals import BadInput, Refusal
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


@kind("process")
class Process(Rule):
    """A process with every version it had; a case is pinned to one of them (`at`).

    `service` is the group under which the public finds it; none: it begins inside another case, of one of
    the processes that it `serves`, or of any connection where none is named.
    `customer_classes` are the classes of customers whom it is for; none: for everybody.
    """

    kind: Literal["process"] = "process"
    service: Service | None = None
    serves: Texts = ()
    customer_classes: tuple[Name, ...] = ()
    versions: tuple[ProcessVersion, ...]
    tests: tuple[Story, ...] = ()

    _chosen: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _named_by_process(cls, data: Any) -> Any:
        # a process file says `process: id`, where other rules say `rule: id` and `kind`
        if isinstance(data, dict) and "process" in data and "rule" not in data:
            data = {("rule" if key == "process" else key): item for key, item in data.items()}
        return data

    def may_serve(self, process: str) -> bool:
        """Whether a case of this process may be opened inside one of another."""
        return not self.serves or process in self.serves

    # --- versions ---
    @cached_property
    def depends(self) -> tuple[str, ...]:
        """The interpretations that decide between versions, and those that decide their settings."""
        settings = (key for version in self.versions for key in version.choices)
        return tuple(dict.fromkeys([*super().depends, *settings]))

    def version_on(self, on: dt.date, taken: Mapping[str, str]) -> ProcessVersion:
        """The version in force on `on`, as taken. Raises NotInForce."""
        version: ProcessVersion = super().version_on(on, taken)
        return version.under(taken)

    def versions_under(self, taken: Mapping[str, str]) -> tuple[ProcessVersion, ...]:
        """Every version of one way of taking the interpretations, oldest first."""
        return tuple(
            version.under(taken)
            for version in self.versions
            if all(taken.get(key) == option for key, option in version.taking.items())
        )

    def at(self, key: str) -> ProcessVersion:
        """The version a case is pinned to. Raises UnknownVersion.

        A key names the options that its case goes by. One made before a setting was left to an
        interpretation names none for it: `formerly` says what such a case keeps, and without
        it what the pack chose.
        """
        if key not in self._by_key:
            self._by_key[key] = self._wording(key)
        return self._by_key[key]

    @cached_property
    def _by_key(self) -> dict[str, ProcessVersion]:
        """The versions that cases were pinned to: a step of a case asks a dozen times."""
        return {}

    def _wording(self, key: str) -> ProcessVersion:
        start, *named = key.split(";")
        options = dict(one.partition("=")[::2] for one in named)
        for version in self.versions:
            decides = {**self._chosen, **version.formerly, **options}
            if (
                version.in_force.start.isoformat() == start
                and all(options.get(name) == option for name, option in version.taking.items())
                and all(decides.get(name) in known for name, known in version.choices.items())
            ):
                return version.under(decides)
        raise UnknownVersion(process=self.title, version=key, known=[one.key for one in self.versions])

    @property
    def asks_rules(self) -> tuple[str, ...]:
        """The rules of its limits, its lists of papers, of the amounts that lie within one, and of its checks."""
        named = [part.limit for version in self.versions for part in version.clocks.values()]
        for version in self.versions:
            named += [name for stage in version.stages.values() for name in (stage.limit, stage.papers)]
            named += [fact.within for fact in version.facts.values()]
            named += [one.rule for one in version.checks]
            named += [read for read in version.reads.values() if isinstance(read, str)]
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def planned_areas(self) -> tuple[str, ...]:
        """The areas for which a stage waits: until then a person does it."""
        stages = [stage for version in self.versions for stage in version.stages.values()]
        return tuple(dict.fromkeys(stage.planned for stage in stages if stage.planned is not None))

    def taken(self, pack: Pack, take: Mapping[str, str]) -> dict[str, str]:
        """Also what is taken of those of its limits and papers; what nobody has chosen is left out."""
        found = super().taken(pack, take)
        return {**found, **{key: option for key, option in take.items() if key not in found}}

    def check(self, pack: Pack, source: YamlNode) -> None:
        for number, version in enumerate(self.versions):
            check_choices(pack, source, version, ("versions", number))
            self._chosen.update({key: pack.interpretations[key].chosen for key in version.choices})
        self._by_key.clear()  # made before the pack had said what it chooses
        for index, name in enumerate(self.serves):
            if not pack.is_known_good and not isinstance(pack.rules.get(name), Process):
                raise source.error(
                    Words(f"没有流程“{name}”", f'there is no process "{name}"'),
                    Words("核对编号", "check the name"),
                    loc=("serves", index),
                )
        check_process(self, pack, source)

    def run_test(self, pack: Pack, test: Any) -> Words | None:
        """What is wrong with one of the process's stories, or None."""
        try:
            check_take(pack, self, test.take)
        except Refusal as refusal:
            return refusal.words
        version = self.version_on(test.on, self.taken(pack, test.take))
        wrong = run_story(
            self,
            test,
            version=version.key,
            calendar=pack.calendar,
            limit_of=limits_of(pack, test.take),
            region=pack.head.region or NATIONAL,
        )
        if not wrong:
            return None
        said = [f"{name}: {said_as(want)} ≠ {said_as(found)}" for name, (want, found) in wrong.items()]
        return Words("；".join(said), "; ".join(said))

    def limits(
        self,
        pack: Pack,
        version: ProcessVersion,
        *,
        on: dt.date,
        facts: Mapping[str, Value],
        take: Mapping[str, str] | None = None,
    ) -> dict[str, Limit]:
        """The limit of every stage and clock that has one, for an application on `on`.

        One whose rule asks for a fact not given is left out.
        """
        limit_of, limits = limits_of(pack, take), {}
        for key, limited in (*version.stages.items(), *version.clocks.items()):
            try:
                limit = limit_for(version, limited, on, facts, limit_of)
            except BadInput:
                continue
            if limit is not None:
                limits[key] = limit
        return limits

    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """The stages an application with these facts goes through, with roles and limits.

        A stage whose condition asks for a fact not given is listed with its condition.
        """
        facts = first_facts(version, given)
        needed = {key: version.graph.is_needed(key, facts) for key in version.graph.order}
        way = [key for key, is_needed in needed.items() if is_needed is not False]
        limits = self.limits(pack, version, on=on, facts=facts, take=taken)

        def say(language: str) -> str:
            stages = [_say_stage(version, key, limits.get(key), needed[key] is None, language) for key in way]
            clocks = [
                f"{clock.title.say(language)} {limits[name].words.say(language)}"
                for name, clock in version.clocks.items()
                if name in limits
            ]
            return Words("；", "; ").say(language).join([" → ".join(stages), *clocks])

        return answer_of(
            self,
            pack,
            version,
            on,
            value=", ".join(way),
            inputs=facts,
            taken=taken,
            reason=lambda language: _say_facts(version, facts, language),
            say_option=say,
        )

    def describe(self) -> dict[str, Any]:
        """The kernel's description with each version's facts, stages and clocks."""
        described = super().describe()
        described["service"] = self.service
        for plain, version in zip(described["versions"], self.versions, strict=True):
            plain["facts"] = {name: describe_input(declared) for name, declared in version.facts.items()}
            plain["asks"] = list(version.asks)
            plain["not_asked"] = list(version.not_asked)
            plain["stages"] = {
                key: {
                    "title": stage.title._asdict(),
                    "role": stage.role,
                    "owner": version.owner_of(key),
                    "after": list(stage.after),
                    "when": stage.when,
                    "back": list(stage.back),
                    "limit": _plain_limit(stage),
                    "papers": stage.papers,
                    "effect": stage.effect,
                    "effect_given": dict(stage.effect_given),
                    "planned": stage.planned,
                    "refuses": stage.refuses,
                    "cite": list(stage.cite),
                }
                for key, stage in version.stages.items()
            }
            plain["clocks"] = {
                name: {
                    "title": clock.title._asdict(),
                    "of": clock.of,
                    "owner": clock.owner,
                    "stages": list(clock.stages),
                    "limit": _plain_limit(clock),
                    "cite": list(clock.cite),
                }
                for name, clock in version.clocks.items()
            }
        return described


def _say_stage(
    version: ProcessVersion, key: str, limit: Limit | None, is_conditional: bool, language: str
) -> str:
    """供电方案答复（供电企业，3 个工作日）."""
    stage = version.stages[key]
    notes = [version.all_roles[stage.role].title.say(language)]
    if limit is not None:
        notes.append(limit.words.say(language))
    if is_conditional:
        said = say_condition(version.graph.guards[key], version.facts).say(language)
        notes.append(Words(f"如{said}", f"if {said}").say(language))
    title, inside = stage.title.say(language), Words("，", ", ").say(language).join(notes)
    return Words(f"{title}（{inside}）", f"{title} ({inside})").say(language)


def _say_facts(version: ProcessVersion, facts: Mapping[str, Value], language: str) -> str:
    said = []
    for name, value in facts.items():
        declared = version.facts[name]
        title = declared.title.say(language) if declared.title else name
        said.append(f"{title} {declared.label(value, language)}")
    return Words("，", ", ").say(language).join(said)


def _plain_limit(limited: Limited) -> dict[str, Any] | None:
    if limited.working_days is not None:
        return {"working_days": limited.working_days}
    if limited.calendar_days is not None:
        return {"calendar_days": limited.calendar_days}
    return {"rule": limited.limit, "given": dict(limited.given)} if limited.limit else None


__all__ = ["Process"]
