"""ladder: what follows an act the first, the second, the third time within a window, and when it is not put right.

Answered for one subject from all its acts, whatever order they were entered in (`policy/ladders.py`): what follows
the acts of the last day. An act that is taken back stays in the lines and counts for nothing, so that what it
had led to is seen to change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from tongdian.policy.answer import Answer, AnswerLine, Consequence, Consequences
from tongdian.policy.choices import check_choices
from tongdian.policy.code import Condition
from tongdian.policy.inputs import Input, read_inputs, read_value
from tongdian.policy.kinds import Rule, answer_of, describe_input, kind
from tongdian.policy.kinds.rows import say_inputs
from tongdian.policy.ladders import (
    ACT,
    ON,
    WITHDRAWN,
    LadderAct,
    LadderVersion,
    SubjectAct,
    as_rows,
    times,
    wordings,
)
from tongdian.policy.reading import Bilingual, Id, Name, YamlNode
from tongdian.policy.refusals import BadInput, NotApplicable
from tongdian.policy.types import LanguageError, Num, Value
from tongdian.policy.units import BARE
from tongdian.policy.words import Words

if TYPE_CHECKING:
    from tongdian.policy.packs import Pack

MAX_TIMES = 1000  # more acts of one subject are no case but a file
_COUNTS = Num(BARE, 0, Decimal(0), Decimal(MAX_TIMES))
_TAKEN_BACK = Words("已撤销，不计次", "taken back, counts for nothing")
_NOT_OF_IT = Words("不适用于此对象，不计次", "not of this subject, counts for nothing")
_LATER = Words("此日以后的 {} 起未计入", "{} acts after that day are left out")


@dataclass(frozen=True, slots=True)
class ActRuling:
    """The version of an act's own day, the act as it words it, the act as which it counts (`item`), and `why` it counts for
    nothing, where it does."""

    version: LadderVersion
    act: LadderAct
    why: Words | None
    item: str


@dataclass(frozen=True, slots=True)
class ActStep:
    """What one act came to: the `time` (0: it counts for nothing, and `why`) and what follows."""

    done: SubjectAct
    act: LadderAct
    time: int
    follows: tuple[Consequence, ...]
    why: Words | None = None


@kind("ladder")
class LadderRule(Rule):
    """`input` are facts of the subject, `marks` are what may be true of one of its acts: that it was not put right,
    that it is grave. `consequences` names what may follow; a ladder that names none takes the names of the
    ladder `consequences_of`."""

    kind: Literal["ladder"]
    decided_on: Literal["event"] = "event"
    marks: dict[Name, Bilingual] = {}
    consequences: dict[Id, Bilingual] = {}
    consequences_of: Id | None = None
    versions: tuple[LadderVersion, ...]

    @cached_property
    def depends(self) -> tuple[str, ...]:
        chosen = (key for version in self.versions for key in version.choices)
        return tuple(dict.fromkeys([*super().depends, *chosen]))

    def version_on(self, on: dt.date, taken: Mapping[str, str]) -> LadderVersion:
        version: LadderVersion = super().version_on(on, taken)
        return version.under({**version.options, **taken})

    # ------------------------------------------------------------- what it names
    def acts(self, pack: Pack, version: LadderVersion) -> dict[str, LadderAct]:
        """Every act that counts under a version, its own first."""
        found = dict(version.acts)
        for other in version.others:
            ladder = pack.rules[other]
            assert isinstance(ladder, LadderRule)
            some = version.some_acts_of.get(other, {})
            for wording in ladder.versions:  # an act of an earlier wording was done all the same
                for key, act in wording.acts.items():
                    cite = version.acts_of.get(other) or some.get(key)
                    if cite is not None:
                        words = ladder.act_words(pack, act)
                        more = {"when": None, "title": words, "cite": (*act.cite, *cite)}
                        found.setdefault(key, act.model_copy(update=more))
        return found

    def counted_with(self, pack: Pack, version: LadderVersion, act: str) -> frozenset[str]:
        """The acts of one day that make one time with an act: those of its item, or all where all count together. What
        follows another act of the day is that act's."""
        acts = self.acts(pack, version)
        if version.counts != "each_act":
            return frozenset(acts)
        item = acts[act].counts_as or act
        return frozenset(key for key, one in acts.items() if (one.counts_as or key) == item)

    def act_words(self, pack: Pack, act: LadderAct) -> Words:
        """What an act is called: its own title, else that of the clause that names it."""
        return act.title or pack.clauses[act.cite[0]].title

    def consequence_words(self, pack: Pack) -> Mapping[str, Words]:
        """What may follow, by id."""
        if self.consequences or self.consequences_of is None:
            return self.consequences
        other = pack.rules[self.consequences_of]
        assert isinstance(other, LadderRule)
        return other.consequences

    def row_inputs(self, pack: Pack, version: LadderVersion) -> dict[str, Input]:
        """The columns of an act: which, when, its marks, whether it was taken back."""
        acts = self.acts(pack, version)
        labels = {key: self.act_words(pack, act) for key, act in acts.items()}
        marks = {
            key: Input(title=words, type="bool", default="false")
            for key, words in {**self.marks, WITHDRAWN: Words("已撤销", "taken back")}.items()
        }
        return {
            ACT: Input(title=Words("行为", "act"), one_of=tuple(acts), labels=labels),
            ON: Input(title=Words("行为日", "day of the act"), type="date"),
            **marks,
        }

    # ------------------------------------------------------------- one subject
    def decide(
        self, pack: Pack, version: Any, on: dt.date, given: Mapping[str, Any], taken: Mapping[str, str]
    ) -> Answer:
        """What follows the acts of the last day up to `on`. `given` holds the rows `act` and the subject's facts.

        Raises BadInput, NotInForce for an act before the first version, NotApplicable where the last act is none of
        this subject's.
        """
        facts = read_inputs(self.input, {name: one for name, one in given.items() if name != ACT})
        acts = self.read_acts(pack, version, given.get(ACT))
        known = [one for one in acts if one.on <= on]
        if not known:
            raise BadInput(name=ACT, problem=Words(f"{on} 以前没有行为", f"there is no act up to {on}"))
        steps = self.steps(pack, known, facts, taken)
        last = max((one.done.on for one in steps if one.time), default=max(one.on for one in known))
        final = [one for one in steps if one.done.on == last and one.time]
        if not final and all(one.why is _NOT_OF_IT for one in steps if one.done.on == last):
            said = Words(*(say_inputs(self, facts, language) for language in ("zh", "en")))
            raise NotApplicable(rule=self.title, given=said)
        inputs: dict[str, Any] = {**facts, ACT: as_rows(known)}
        value = Consequences(max((one.time for one in final), default=0), _merged(final))
        cites = dict.fromkeys(cite for one in final for cite in one.act.cite)
        cites |= dict.fromkeys(cite for one in value.follows for cite in one.cite)
        later = len(acts) - len(known)
        ruling = self.version_on(last, taken)

        def reason(language: str) -> str:
            said = [self.act_words(pack, one.act).say(language) for one in final]
            if ruling.nothing is not None:
                said.append(ruling.nothing.say(language))
            return Words("，", ", ").say(language).join(dict.fromkeys(said))

        return answer_of(
            self, pack, version, on, value=value, inputs=inputs, taken=taken,
            cite=tuple(cites), reason=reason, make_lines=lambda: self._lines(pack, steps),
            warnings=(Words(_LATER.zh.format(later), _LATER.en.format(later)),) if later else (),
        )  # fmt: skip

    def read_acts(self, pack: Pack, version: LadderVersion, rows: Any) -> list[SubjectAct]:
        """The rows of a subject's acts. Raises BadInput, naming row and column."""
        if not isinstance(rows, (list, tuple)) or len(rows) > MAX_TIMES:
            raise BadInput(
                name=ACT,
                problem=Words(
                    f"应为至多 {MAX_TIMES} 行的列表", f"expected a list of at most {MAX_TIMES} rows"
                ),
            )
        declared = self.row_inputs(pack, version)
        found = []
        for number, row in enumerate(rows):
            if not isinstance(row, Mapping) or row.keys() - declared.keys():
                raise BadInput(
                    name=f"{ACT}[{number}]",
                    problem=Words(f"各列为 {'、'.join(declared)}", f"its columns are {', '.join(declared)}"),
                )
            read: dict[str, Any] = {
                name: read_value(f"{ACT}[{number}].{name}", row.get(name, one.default), one.value_type)
                for name, one in declared.items()
            }
            marks = frozenset(name for name in self.marks if read[name])
            found.append(SubjectAct(read[ACT], read[ON], marks, read[WITHDRAWN]))
        return found

    def steps(
        self, pack: Pack, done: Sequence[SubjectAct], facts: Mapping[str, Value], taken: Mapping[str, str]
    ) -> tuple[ActStep, ...]:
        """What each act came to by the version of its own day, in the order of days. Raises NotInForce."""
        found: dict[tuple[Any, ...], list[ActStep]] = {}
        read = [(one, self.ruling(pack, one, facts, taken)) for one in done]
        ends: dict[str, dict[tuple[str, dt.date], dt.date | None]] = {}  # of each act, and of all together
        for one, ruling in read:
            if ruling.why is None:
                for key in (ruling.item, ""):
                    ends.setdefault(key, {})[ruling.item, one.on] = ruling.version.window.window.end(one.on)
        counted = {key: times(days) for key, days in ends.items()}
        for one, ruling in read:
            time = 0
            if ruling.why is None:
                time = counted[ruling.item if ruling.version.counts == "each_act" else ""][one.on]
            follows = self.following(pack, ruling, time, one.marks)
            order = (one.on, one.act, tuple(sorted(one.marks)), one.is_withdrawn)
            found.setdefault(order, []).append(ActStep(one, ruling.act, time, follows, ruling.why))
        return tuple(step for order in sorted(found) for step in found[order])

    def following(
        self, pack: Pack, ruling: ActRuling, time: int, marks: Collection[str]
    ) -> tuple[Consequence, ...]:
        """What follows an act the `time`th time; nothing where it counts for nothing."""
        words = self.consequence_words(pack)
        said = ruling.version.follows(time, marks) if time else ()
        return tuple(Consequence(name, words[name], cite) for name, cite in said)

    def ruling(
        self, pack: Pack, done: SubjectAct, facts: Mapping[str, Value], taken: Mapping[str, str]
    ) -> ActRuling:
        """What rules an act on its own day. Raises NotInForce, BadInput for an act that was none then."""
        version = self.version_on(done.on, taken)
        acts = self.acts(pack, version)
        if done.act not in acts:
            raise BadInput(
                name=ACT,
                problem=Words(
                    f"{done.on} 的规定没有“{done.act}”", f"on {done.on} there was no act {done.act!r}"
                ),
            )
        act, why = acts[done.act], None
        if done.is_withdrawn:
            why = _TAKEN_BACK
        elif act.when is not None and not Condition.parse(act.when, self.input).holds(facts):
            why = _NOT_OF_IT
        return ActRuling(version, act, why, act.counts_as or done.act)

    def _lines(self, pack: Pack, steps: Sequence[ActStep]) -> tuple[AnswerLine, ...]:
        lines = []
        for number, one in enumerate(steps, start=1):
            label = one.why
            if label is None:
                said = [c.title for c in one.follows]
                label = Words(
                    f"第 {one.time} 次：" + ("、".join(w.zh for w in said) or "—"),
                    f"time {one.time}: " + ("; ".join(w.en for w in said) or "—"),
                )
            lines.append(
                AnswerLine(
                    ACT, str(number), one.done.act, str(one.done.on), Decimal(one.time), _COUNTS,
                    cite=one.act.cite[0], label=label,
                )
            )  # fmt: skip
        return tuple(lines)

    def matches(self, answer: Answer, expect: Any) -> bool:
        """`expect: {time: 2, follows: [publication], times: [1, 2]}`: any of them; `times` are of all acts by day."""
        value = answer.value
        assert isinstance(value, Consequences)
        said = {
            "time": str(value.time),
            "follows": [one.id for one in value.follows],
            "times": [str(line.value) for line in answer.lines],
        }
        return isinstance(expect, dict) and all(said.get(name) == one for name, one in expect.items())

    def describe(self) -> dict[str, Any]:
        """Also its acts, what follows them, and within which window."""
        described = super().describe()
        for version, said in zip(self.versions, described["versions"], strict=True):
            said["acts"] = {
                key: {
                    "cite": list(act.cite),
                    "breaks": list(act.breaks),
                    "when": act.when,
                    "counts_as": act.counts_as,
                    "picked": act.picked,
                }
                for key, act in version.acts.items()
            }
            said["acts_of"] = list(version.acts_of)
            said["some_acts_of"] = {other: list(some) for other, some in version.some_acts_of.items()}
            said["steps"] = [
                {"time": step.time, "follows": list(step.follows), "cite": list(step.cite)}
                for step in version.steps
            ]
            said["marked"] = {
                mark: {"time": on.time, "follows": list(on.follows), "cite": list(on.cite)}
                for mark, on in version.marked.items()
            }
            said["counts"] = version.counts
            said["window"] = version.window.model_dump()
        described["marks"] = {key: words._asdict() for key, words in self.marks.items()}
        described["consequences"] = {key: words._asdict() for key, words in self.consequences.items()}
        return described

    def describe_inputs(self, pack: Pack) -> dict[str, Any]:
        """The subject's facts, and the columns of an act."""
        version = self.versions[-1]
        rows = {name: describe_input(one) for name, one in self.row_inputs(pack, version).items()}
        facts = {name: describe_input(one) for name, one in self.input.items()}
        return {"subject": facts, ACT: rows} if facts else {ACT: rows}

    # ------------------------------------------------------------- what is wrong with one
    def check(self, pack: Pack, source: YamlNode) -> None:
        for name in self.marks:
            if name in (ACT, ON, WITHDRAWN):
                raise source.error(
                    Words(f"每起行为都有“{name}”", f'every act has "{name}"'),
                    Words("另起一个名字", "take another name"),
                    loc=("marks", name),
                )
        if self.consequences_of is not None:
            named = pack.rules.get(self.consequences_of)
            if self.consequences or not isinstance(named, LadderRule) or not named.consequences:
                raise source.error(
                    Words(
                        "consequences_of 指向写有 consequences 的递进处理",
                        "consequences_of names a ladder that has its own",
                    ),
                    Words("只写其中一处", "write the names in one place only"),
                    loc=("consequences_of",),
                )
        for at, version in enumerate(self.versions):
            check_choices(pack, source, version, ("versions", at))
            for wording in wordings(version):
                self._check_wording(pack, source, wording, ("versions", at))
        self._check_examples(source)

    def _check_wording(
        self, pack: Pack, source: YamlNode, version: LadderVersion, loc: tuple[str | int, ...]
    ) -> None:
        for other in version.others:
            if not isinstance(pack.rules.get(other), LadderRule):
                raise source.error(
                    Words(f"没有递进处理“{other}”", f'there is no ladder "{other}"'),
                    Words("核对名称", "check the name"),
                    loc=(*loc, "acts_of"),
                )
        named = [*version.acts, *(key for other in version.acts_of for key in _acts_of(pack.rules[other]))]
        for other, some in version.some_acts_of.items():
            named += some
            if unknown := next((key for key in some if key not in _acts_of(pack.rules[other])), None):
                raise source.error(
                    Words(f"“{other}”没有行为“{unknown}”", f'"{other}" has no act "{unknown}"'),
                    Words("核对名称", "check the name"),
                    loc=(*loc, "some_acts_of"),
                )
        if twice := next((key for key in named if named.count(key) > 1), None):
            raise source.error(
                Words(f"行为“{twice}”有两处", f'the act "{twice}" is named twice'),
                Words("另起一个名字", "give each its own name"),
                loc=(*loc, "acts_of"),
            )
        listed = [*version.cites, *(clause for act in version.acts.values() for clause in act.breaks)]
        if unknown := next((one for one in listed if one not in pack.clauses), None):
            raise source.error(
                Words(f"没有条款“{unknown}”", f'there is no clause "{unknown}"'),
                Words("核对编号", "check the number"),
                loc=(*loc, "acts"),
            )
        names = self.consequence_words(pack)
        for one in version.speaking:
            if unknown := next((name for name in one.follows if name not in names), None):
                raise source.error(
                    Words(f"没有给后果“{unknown}”命名", f'the consequence "{unknown}" has no name'),
                    Words("写进 consequences", "add it under consequences"),
                    loc=(*loc, "steps"),
                )
        if unknown := next((mark for mark in version.marked if mark not in self.marks), None):
            raise source.error(
                Words(f"没有标记“{unknown}”", f'there is no mark "{unknown}"'),
                Words("写进 marks", "add it under marks"),
                loc=(*loc, "marked"),
            )
        for key, act in version.acts.items():
            if act.counts_as is not None and act.counts_as not in named:
                raise source.error(
                    Words(f"没有行为“{act.counts_as}”", f'there is no act "{act.counts_as}"'),
                    Words("核对名称", "check the name"),
                    loc=(*loc, "acts", key),
                )
            try:
                if act.when is not None:
                    Condition.parse(act.when, self.input)
            except LanguageError as error:
                raise source.error(error.problem, error.remedy, loc=(*loc, "acts", key)) from None

    def _check_examples(self, source: YamlNode) -> None:
        """Raise PackError where no example reaches a consequence: nobody would have read it."""
        expected = {
            name
            for test in self.tests
            if isinstance(test.expect, dict)
            for name in test.expect.get("follows") or ()
        }
        reached = {
            name
            for version in self.versions
            for wording in wordings(version)
            for one in wording.speaking
            for name in one.follows
        }
        if missing := min(reached - expected, default=None):
            raise source.error(
                Words(f"没有例子得出“{missing}”", f'no example comes to "{missing}"'),
                Words("在 tests 里写一个", "write one under tests"),
            )


def _acts_of(rule: Any) -> dict[str, None]:
    """The ids of a ladder's own acts, in any of its wordings."""
    return dict.fromkeys(key for version in rule.versions for key in version.acts)


def _merged(steps: Sequence[ActStep]) -> tuple[Consequence, ...]:
    """What follows several acts of one day, each thing once, with all clauses that say so."""
    found: dict[str, Consequence] = {}
    for one in (follows for step in steps for follows in step.follows):
        known = found.get(one.id)
        cite = tuple(dict.fromkeys([*(known.cite if known else ()), *one.cite]))
        found[one.id] = Consequence(one.id, one.title, cite)
    return tuple(found.values())
