"""The kind `process`: a stage graph with dated versions, checked and tried out at load."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from tongdian.calendar import NATIONAL
from tongdian.policy.answer import Answer
from tongdian.policy.inputs import say_value
from tongdian.policy.kinds import Rule, answer_of, describe_input, kind
from tongdian.policy.process.checks import check_process
from tongdian.policy.process.clocks import Limit
from tongdian.policy.process.commands import read_fact
from tongdian.policy.process.limits import limits_of
from tongdian.policy.process.model import OWNERS, Limited, ProcessVersion
from tongdian.policy.process.refusals import UnknownVersion
from tongdian.policy.process.stories import Story, run_story, said_as
from tongdian.policy.reading import Source
from tongdian.policy.types import Value
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack


@kind("process")
class Process(Rule):
    """A process with every version it had; a case is pinned to one of them (`at`)."""

    kind: Literal["process"] = "process"
    versions: tuple[ProcessVersion, ...]
    tests: tuple[Story, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _named_by_process(cls, data: Any) -> Any:
        # a process file says `process: id`, where other rules say `rule: id` and `kind`
        if isinstance(data, dict) and "process" in data and "rule" not in data:
            data = {("rule" if key == "process" else key): item for key, item in data.items()}
        return data

    @cached_property
    def _by_key(self) -> dict[str, ProcessVersion]:
        return {version.key: version for version in self.versions}

    def at(self, key: str) -> ProcessVersion:
        """The version a case is pinned to. Raises UnknownVersion."""
        version = self._by_key.get(key)
        if version is None:
            raise UnknownVersion(process=self.title, version=key, known="、".join(self._by_key))
        return version

    def check(self, pack: Pack, source: Source) -> None:
        check_process(self, pack, source)

    def run_test(self, pack: Pack, test: Any) -> Words | None:
        """What is wrong with one of the process's stories, or None."""
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
        said = [
            f"{name}: {said_as(want)} ≠ {said_as(found)}" for name, (want, found) in wrong.items()
        ]
        return Words("；".join(said), "; ".join(said))

    def decide(
        self,
        pack: Pack,
        version: Any,
        on: dt.date,
        given: Mapping[str, Any],
        taken: Mapping[str, str],
    ) -> Answer:
        """The stages an application with these facts goes through, with roles and limits.

        A stage whose condition asks for a fact not given is listed with its condition.
        """
        facts: dict[str, Value] = {
            name: read_fact(version, name, value) for name, value in given.items()
        }
        limit_of = limits_of(pack, taken)
        lines = [
            _Line(version, key, _limit(version.stages[key], on, facts, limit_of), needed is None)
            for key in version.graph.order
            if (needed := version.graph.is_needed(key, facts)) is not False
        ]
        return answer_of(
            self,
            pack,
            version,
            on,
            value=", ".join(line.key for line in lines),
            inputs=facts,
            taken=taken,
            reason=lambda language: (
                Words("，", ", ")
                .say(language)
                .join(
                    say_value(value, version.facts[name].value_type, language)
                    for name, value in facts.items()
                )
            ),
            say_option=lambda language: (
                Words(" → ", " → ").say(language).join(line.say(language) for line in lines)
            ),
        )

    def describe(self) -> dict[str, Any]:
        """The kernel's description with each version's facts, stages and clocks."""
        described = super().describe()
        for plain, version in zip(described["versions"], self.versions, strict=True):
            plain["facts"] = {
                name: describe_input(declared) for name, declared in version.facts.items()
            }
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
                    "planned": stage.planned,
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


class _Line:
    """One stage as the answer says it: 供电方案答复（供电方，3 个工作日）."""

    def __init__(
        self, version: ProcessVersion, key: str, limit: Limit | None, is_conditional: bool
    ) -> None:
        self.key, self._version = key, version
        self._limit, self._is_conditional = limit, is_conditional

    def say(self, language: str) -> str:
        stage = self._version.stages[self.key]
        notes = [self._version.all_roles[stage.role].title.say(language)]
        if self._limit is not None:
            notes.append(say_limit(self._limit).say(language))
        if self._is_conditional and stage.when:
            notes.append(Words(f"如 {stage.when}", f"if {stage.when}").say(language))
        inside = Words("，", ", ").say(language).join(notes)
        title = stage.title.say(language)
        return Words(f"{title}（{inside}）", f"{title} ({inside})").say(language)


def say_limit(limit: Limit) -> Words:
    """3 个工作日, 1 working day."""
    plural = "" if limit.days == 1 else "s"
    if limit.in_working_days:
        return Words(f"{limit.days} 个工作日", f"{limit.days} working day{plural}")
    return Words(f"{limit.days} 日", f"{limit.days} calendar day{plural}")


def _limit(stage: Limited, on: dt.date, facts: Mapping[str, Value], limit_of: Any) -> Limit | None:
    if stage.working_days is not None:
        return Limit(stage.working_days)
    if stage.calendar_days is not None:
        return Limit(stage.calendar_days, in_working_days=False)
    if stage.limit is not None:
        found: Limit | None = limit_of(stage.limit, on, {**facts, **stage.given})
        return found
    return None


def _plain_limit(limited: Limited) -> dict[str, Any] | None:
    if limited.working_days is not None:
        return {"working_days": limited.working_days}
    if limited.calendar_days is not None:
        return {"calendar_days": limited.calendar_days}
    return {"rule": limited.limit, "given": dict(limited.given)} if limited.limit else None


__all__ = ["OWNERS", "Process", "say_limit"]
